"""How much work a run does: a glance, some minutes, or everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """The sizes of all benchmarks."""

    rounds: int
    """How many blocks each side does."""
    seconds: float
    """How long a block of postings lasts."""
    reading_seconds: float
    """How long a block of reads lasts."""
    connections: int
    accounts: int
    """How many accounts a tenant has; few of them are hot when all connections post to one tenant."""
    categories: int
    receivables: int
    spread: int
    """Over how many categories the revenue of the receivables is spread, for comparison."""
    batch: int
    batches: int
    """How many batches each side posts."""
    grown_to: tuple[int, ...]
    """At how many transactions dashboards are read; each more than the one before."""
    spread_out: int
    """How many transactions lie on few accounts and on many, for comparison."""
    spread_over: tuple[int, int]
    """On how many accounts."""
    verified_at: tuple[int, int]
    """At which two of those sizes books are verified."""
    stored: int
    """How many transactions are posted to see how much room they take."""
    statement_rows: int
    """How many rows a bank's file has."""
    statement_mib: int = 0
    """How long a bank's file is that is imported once; none if 0."""


SMOKE: Final = Sizes(
    rounds=1,
    seconds=0.1,
    reading_seconds=0.01,
    connections=3,
    accounts=6,
    categories=3,
    receivables=20,
    spread=4,
    batch=50,
    batches=1,
    grown_to=(50, 200),
    spread_out=100,
    spread_over=(1, 5),
    verified_at=(50, 200),
    stored=20,
    statement_rows=100,
)
DEFAULT: Final = Sizes(
    rounds=5,
    seconds=2,
    reading_seconds=0.3,
    connections=8,
    accounts=22,
    categories=10,
    receivables=10_000,
    spread=100,
    batch=1_000,
    batches=8,
    grown_to=(1_000, 10_000, 100_000),
    spread_out=10_000,
    spread_over=(1, 100),
    verified_at=(10_000, 100_000),
    stored=2_000,
    statement_rows=20_000,
)
FULL: Final = Sizes(
    rounds=7,
    seconds=4,
    reading_seconds=1,
    connections=8,
    accounts=22,
    categories=10,
    receivables=10_000,
    spread=100,
    batch=1_000,
    batches=20,
    grown_to=(1_000, 10_000, 100_000, 1_000_000),
    spread_out=10_000,
    spread_over=(1, 100),
    verified_at=(100_000, 1_000_000),
    stored=10_000,
    statement_rows=100_000,
    statement_mib=200,
)

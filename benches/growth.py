"""What becomes of dashboards and verification as books grow: tenants of different sizes, measured in turns."""

from __future__ import annotations

import itertools
import statistics
import time
from functools import partial
from typing import TYPE_CHECKING, Final

from benches.figures import Figure, at_most, compared
from benches.measuring import in_turns, milliseconds, peak_growth
from benches.ours import open_tenant
from benches.sides import orders

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benches.grounds import Ground, Grounds
    from benches.sizes import Sizes

_BATCH: Final = 5_000
_DAYS: Final = 365
_NOISE_MIB: Final = 8.0
"""Memory that means nothing, added to both sides of a ratio that might otherwise be of nothing to nothing."""


READS: Final = ("overview", "summary", "accounts", "transactions", "cash_flow", "net_worth", "categories")
"""The answers of the dashboard, as `books.dashboard` names them."""


def breadth(grounds: Grounds, sizes: Sizes) -> Iterator[Figure]:
    """Both databases: every answer of the dashboard, on as many transactions on few accounts and on many."""
    for ground in grounds.each():
        few, many = (_Books(ground, sizes, sizes.spread_out, accounts=accounts) for accounts in sizes.spread_over)
        ground.settle()
        for read in READS:
            mine = [
                partial(milliseconds, partial(one.ours.look, read), seconds=sizes.reading_seconds)
                for one in (few, many)
            ]
            on_few, on_many = in_turns(mine, rounds=sizes.rounds)
            name = f"{ground.name}, {read} on {sizes.spread_over[1]} accounts"
            yield compared(name, "ms", ours=on_many, beside=on_few, against=f"ours on {sizes.spread_over[0]}")


def growth(grounds: Grounds, sizes: Sizes) -> Iterator[Figure]:
    """Both databases: every answer of the dashboard, kept and not, and verify, on books of growing size."""
    for ground in grounds.each():
        books = [_Books(ground, sizes, size) for size in sizes.grown_to]
        ground.settle()
        yield from _overviews(ground.name, books, sizes)
        yield from _reads(ground.name, books, sizes)
        yield from _verifications(ground.name, [one for one in books if one.size in sizes.verified_at], sizes)


class _Books:
    """One tenant's books of a certain size, a year of them."""

    def __init__(self, ground: Ground, sizes: Sizes, size: int, *, accounts: int | None = None) -> None:
        tenant = open_tenant(ground, accounts=accounts or sizes.accounts, categories=sizes.categories)
        self.size = size
        self.ours, self.raw = ground.ours(tenant), ground.raw(tenant)
        self._ground, self._tenant = ground, tenant
        self.memory_mib: list[float] = []
        queue = orders(tenant, seed=1, days=_DAYS)
        missing = size - len(tenant.leaves)
        for start in range(0, missing, _BATCH):
            self.ours.post_many(list(itertools.islice(queue, min(_BATCH, missing - start))))
        # All three answers must be the same before it matters how fast they come.
        assert self.ours.overview() == self.raw.overview() == self.raw.overview_from_entries()

    @property
    def entries(self) -> int:
        """How many entries there are: two a transaction."""
        return 2 * self.size

    def verify(self) -> float:
        """Return how many entries a second the library verifies."""
        start = time.perf_counter()
        grown = peak_growth(self._verify)
        if grown is not None:
            self.memory_mib.append(grown)
        return self.entries / (time.perf_counter() - start)

    def pass_once(self) -> float:
        """Return how many entries a second the database adds up."""
        start = time.perf_counter()
        assert self.raw.sum_of_entries() == self.entries
        return self.entries / (time.perf_counter() - start)

    def _verify(self) -> None:
        found = self._ground.stronghold.verify(self._tenant.id)
        assert found.is_sound, found.findings
        assert found.entries == self.entries


def _overviews(database: str, books: Sequence[_Books], sizes: Sizes) -> Iterator[Figure]:
    seconds = sizes.reading_seconds
    ours = [partial(milliseconds, one.ours.overview, seconds=seconds) for one in books]
    totals = [partial(milliseconds, one.raw.overview, seconds=seconds) for one in books]
    entries = [partial(milliseconds, one.raw.overview_from_entries, seconds=seconds) for one in books]
    seen = in_turns([side for one in zip(ours, totals, entries, strict=True) for side in one], rounds=sizes.rounds)
    ours_seen, totals_seen, entries_seen = seen[0::3], seen[1::3], seen[2::3]
    for one, mine, from_totals, from_entries in zip(books, ours_seen, totals_seen, entries_seen, strict=True):
        name = f"{database}, overview at {one.size:,} transactions"
        yield compared(name, "ms", ours=mine, beside=from_totals, against="raw totals", target=at_most(3))
        target = at_most(0.01) if one.size >= 1_000_000 else None
        yield compared(name, "ms", ours=mine, beside=from_entries, against="raw GROUP BY", target=target)


def _reads(database: str, books: Sequence[_Books], sizes: Sizes) -> Iterator[Figure]:
    """Compare each answer on the largest books with the smallest, and the overview with one that was kept."""
    small, large = books[0], books[-1]
    for read in READS:
        sides = [
            partial(milliseconds, partial(one.ours.look, read), seconds=sizes.reading_seconds) for one in (small, large)
        ]
        on_small, on_large = in_turns(sides, rounds=sizes.rounds)
        name = f"{database}, {read} at {large.size:,} transactions"
        against = f"ours at {small.size:,}"
        yield compared(name, "ms", ours=on_large, beside=on_small, against=against, target=at_most(1.5))
    overviews = [
        partial(milliseconds, read, seconds=sizes.reading_seconds)
        for read in (large.ours.kept_overview, large.ours.overview)
    ]
    kept, worked_out = in_turns(overviews, rounds=sizes.rounds)
    name = f"{database}, overview that was kept at {large.size:,} transactions"
    yield compared(name, "ms", ours=kept, beside=worked_out, against="worked out", target=at_most(0.3))


def _verifications(database: str, books: Sequence[_Books], sizes: Sizes) -> Iterator[Figure]:
    sides = [side for one in books for side in (one.verify, one.pass_once)]
    seen = in_turns(sides, rounds=max(1, sizes.rounds // 2))
    for one, rates, passes in zip(books, seen[0::2], seen[1::2], strict=True):
        name = f"{database}, verify at {one.size:,} transactions"
        yield compared(name, "entries/s", ours=rates, beside=passes, against="raw, one pass")
    small, large = books
    if small.memory_mib and large.memory_mib:
        yield _flat_memory(database, small, large)


def _flat_memory(database: str, small: _Books, large: _Books) -> Figure:
    before, after = statistics.median(small.memory_mib), statistics.median(large.memory_mib)
    return Figure(
        name=f"{database}, memory that verify takes at {large.size:,} transactions",
        unit="MiB",
        ours=after,
        beside=before,
        ratio=(after + _NOISE_MIB) / (before + _NOISE_MIB),
        against=f"ours at {small.size:,}",
        target=at_most(2),
    )

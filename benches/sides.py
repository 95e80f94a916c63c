"""What is measured: the same orders, given to the library and to a bare driver."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

PRINCIPAL: Final = "user:ada"
WORDS: Final = "Coffee and a sandwich at the corner 40c"
PAYEE: Final = "Corner 40c"


class Order(NamedTuple):
    """One posting to be: money that an account spends on, or earns by, one category."""

    account: UUID
    category: UUID
    leaf: UUID
    """The nominal account behind the category: a bare driver has to know it."""
    amount: str
    amount_minor: int
    day: date
    key: str


@dataclass(frozen=True)
class Tenant:
    """A tenant with accounts and categories, all in one currency of two decimals."""

    id: UUID
    accounts: Sequence[UUID]
    leaves: Mapping[UUID, UUID]
    """Each category with the nominal account behind it."""


class Side(Protocol):
    """One way to keep the books of one tenant, on one connection at a time."""

    def post(self, order: Order) -> None:
        """Post one order in a transaction of its own."""

    def post_many(self, orders: Sequence[Order]) -> None:
        """Post many orders in one transaction."""

    def read_account(self) -> int:
        """Read one account in a transaction of its own; return its balance in minor units."""

    def overview(self) -> int:
        """Read what the overview shows; return the net worth in minor units."""


class RawSide(Side, Protocol):
    """The same with a bare driver, and what only serves as a yardstick."""

    def post_without_audit(self, order: Order) -> None:
        """Post one order, but leave the audit event out."""

    def overview_from_entries(self) -> int:
        """Read what the overview shows by adding up entries, as a ledger without totals has to."""

    def sum_of_entries(self) -> int:
        """Go over every entry once, adding up by account; return how many there are."""

    def close(self) -> None:
        """Close the connection."""


def orders(tenant: Tenant, *, seed: int, days: int = 1) -> Iterator[Order]:
    """Make orders without end, the same ones for the same *seed*, dated within the last *days* days.

    A key contains the seed, so orders of two seeds never repeat each other.
    """
    chance = random.Random(seed)
    categories = list(tenant.leaves)
    today = datetime.now(UTC).date()
    for number in itertools.count():
        category = chance.choice(categories)
        cents = chance.randrange(100, 99_999)
        yield Order(
            account=chance.choice(tenant.accounts),
            category=category,
            leaf=tenant.leaves[category],
            amount=f"-{cents // 100}.{cents % 100:02d}",
            amount_minor=-cents,
            day=today - timedelta(days=chance.randrange(days)),
            key=f"order-{seed}-{number}",
        )

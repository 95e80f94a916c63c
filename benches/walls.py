"""What each wall between tenants costs: the same work with it and without it, in turns.

A wall is only ever left out here, in databases of their own, to see what it costs.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from benches.figures import compared
from benches.measuring import in_turns, milliseconds
from benches.ours import Ours, open_tenant
from benches.postings import poster
from benches.sides import PRINCIPAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benches.figures import Figure
    from benches.grounds import Ground, Grounds
    from benches.sides import Tenant
    from benches.sizes import Sizes
    from stronghold_core import Books, Stronghold


class Reader:
    """Reads the lists of categories and members, which come through the session of the unit."""

    def __init__(self, stronghold: Stronghold, tenant: Tenant, prepare: Callable[[Books], None]) -> None:
        self._stronghold = stronghold
        self._tenant = tenant
        self._prepare = prepare

    def read(self) -> None:
        """Read both in a unit of its own."""
        with self._stronghold.books(self._tenant.id, principal=PRINCIPAL, read_only=True) as books:
            self._prepare(books)
            books.categories.list()
            books.members.list()


def walls(grounds: Grounds, sizes: Sizes) -> Iterator[Figure]:
    """Both databases: reading and posting with each wall and without it: guard, row-level security, keys."""
    for ground in grounds.each():
        tenant = open_tenant(ground, accounts=sizes.accounts, categories=sizes.categories)
        readers = [Reader(ground.stronghold, tenant, prepare) for prepare in (_leave, _without_guard)]
        guarded, free = in_turns(
            [partial(milliseconds, reader.read, seconds=sizes.reading_seconds) for reader in readers],
            rounds=sizes.rounds,
        )
        yield compared(
            f"{ground.name}, reading, the session's guard", "ms", ours=guarded, beside=free, against="without it"
        )
    if grounds.has_postgresql:
        yield from _beside(grounds, "row-level security", grounds.postgresql_without_row_level_security(), sizes)
        yield from _beside(grounds, "foreign keys", grounds.postgresql_without_foreign_keys(), sizes)


def _beside(grounds: Grounds, wall: str, lacking: Ground, sizes: Sizes) -> Iterator[Figure]:
    """Compare a database with all walls with one that lacks *wall*."""
    both = [grounds.postgresql(), lacking]
    tenants = [open_tenant(ground, accounts=sizes.accounts, categories=sizes.categories) for ground in both]
    pairs = list(zip(both, tenants, strict=True))
    readers = [Reader(ground.stronghold, tenant, _leave).read for ground, tenant in pairs]
    posters = [poster(tenant, Ours(ground.stronghold, tenant).post) for ground, tenant in pairs]
    for ground in both:
        ground.settle()
    for work, steps, seconds in (
        ("reading", readers, sizes.reading_seconds),
        ("a single posting", posters, sizes.seconds / 4),
    ):
        walled, free = in_turns([partial(milliseconds, step, seconds=seconds) for step in steps], rounds=sizes.rounds)
        yield compared(f"PostgreSQL, {work}, {wall}", "ms", ours=walled, beside=free, against="without")
    for ground in both:
        ground.close()


def _leave(_books: Books) -> None:
    """Leave the unit as it is."""


def _without_guard(books: Books) -> None:
    """Give the unit a session of SQLAlchemy's own, as it was before there was a guard."""
    unit = books._unit  # noqa: SLF001 - there is no way to do without the guard
    unit.__dict__["_session"] = Session(unit.connection, join_transaction_mode="rollback_only", expire_on_commit=False)

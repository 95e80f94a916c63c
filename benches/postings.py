"""Single postings, each committed by itself."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from benches.figures import at_least, compared
from benches.measuring import in_turns, rate
from benches.ours import open_tenant
from benches.sides import Tenant, orders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from uuid import UUID

    from benches.figures import Figure
    from benches.grounds import Ground, Grounds
    from benches.sides import Order, Side
    from benches.sizes import Sizes

_seeds = itertools.count(1)


def poster(tenant: Tenant, post: Callable[[Order], None]) -> Callable[[], None]:
    """Return a step that posts the next order of *tenant*."""
    queue = orders(tenant, seed=next(_seeds))
    return lambda: post(next(queue))


def against_raw(ground: Ground, tenants: Sequence[Tenant], sizes: Sizes) -> tuple[list[float], list[float]]:
    """Measure postings a second of both sides; one connection per member of *tenants*, which may repeat one tenant."""
    sides: list[Sequence[Side]] = [
        [ground.ours(tenant) for tenant in tenants],
        [ground.raw(tenant, lane=0 if ground.name == "SQLite" else n % 8) for n, tenant in enumerate(tenants)],
    ]
    workers = [[poster(t, side.post) for t, side in zip(tenants, ways, strict=True)] for ways in sides]
    for steps in workers:
        rate(steps, seconds=sizes.seconds / 2)
    ground.settle()
    ours, raw = in_turns([lambda w=w: rate(w, seconds=sizes.seconds) for w in workers], rounds=sizes.rounds)  # type: ignore[misc]
    return ours, raw


def single(grounds: Grounds, sizes: Sizes) -> Iterator[Figure]:
    """PostgreSQL: one posting per commit, on one connection and on several, each with a tenant of its own."""
    for connections in (1, sizes.connections):
        ground = grounds.postgresql()
        tenants = [
            open_tenant(ground, accounts=sizes.accounts, categories=sizes.categories) for _ in range(connections)
        ]
        ours, raw = against_raw(ground, tenants, sizes)
        name = f"single postings, {_connections(connections)}"
        yield compared(name, "postings/s", ours=ours, beside=raw, target=at_least(0.7))
        ground.close()


def hot(grounds: Grounds, sizes: Sizes) -> Iterator[Figure]:
    """PostgreSQL: one posting per commit, all connections on the 22 accounts of one tenant."""
    ground = grounds.postgresql()
    tenant = open_tenant(ground, accounts=sizes.accounts, categories=sizes.categories)
    ours, raw = against_raw(ground, [tenant] * sizes.connections, sizes)
    name = f"single postings, {_connections(sizes.connections)}, one hot tenant"
    yield compared(name, "postings/s", ours=ours, beside=raw, target=at_least(0.7))
    ground.close()


def receivables(grounds: Grounds, sizes: Sizes) -> Iterator[Figure]:
    """PostgreSQL: many receivables against one revenue category, beside revenue spread over many; ours both times."""
    ground = grounds.postgresql()
    tenant = open_tenant(ground, accounts=sizes.receivables, categories=sizes.spread, kind="income")
    one = Tenant(tenant.id, tenant.accounts, _first_of(tenant.leaves))
    # Every account is met once: a process that has run for a while knows the accounts it posts to.
    ground.ours(tenant).post_many(_one_each(tenant))
    workers = [[poster(books, ground.ours(books).post) for _ in range(sizes.connections)] for books in (one, tenant)]
    for steps in workers:
        rate(steps, seconds=sizes.seconds / 2)
    ground.settle()
    ours, spread = in_turns([lambda w=w: rate(w, seconds=sizes.seconds) for w in workers], rounds=sizes.rounds)  # type: ignore[misc]
    yield compared(
        f"{sizes.receivables:,} receivables against one category, {_connections(sizes.connections)}",
        "postings/s",
        ours=ours,
        beside=spread,
        against=f"ours over {sizes.spread} categories",
        target=at_least(0.9),
    )
    ground.close()


def sqlite(grounds: Grounds, sizes: Sizes) -> Iterator[Figure]:
    """SQLite: one posting per commit."""
    ground = grounds.sqlite()
    tenant = open_tenant(ground, accounts=sizes.accounts, categories=sizes.categories)
    ours, raw = against_raw(ground, [tenant], sizes)
    yield compared("SQLite, single postings", "postings/s", ours=ours, beside=raw, target=at_least(0.5))
    ground.close()


def _one_each(tenant: Tenant) -> list[Order]:
    queue = orders(tenant, seed=next(_seeds))
    return [order._replace(account=account) for account, order in zip(tenant.accounts, queue, strict=False)]


def _first_of(leaves: Mapping[UUID, UUID]) -> Mapping[UUID, UUID]:
    return dict(itertools.islice(leaves.items(), 1))


def _connections(count: int) -> str:
    return "1 connection" if count == 1 else f"{count} connections"

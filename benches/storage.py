"""How much room a posting takes, tables and indexes together."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from benches.figures import Figure
from benches.ours import open_tenant
from benches.sides import orders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benches.grounds import Ground, Grounds
    from benches.sizes import Sizes


def room(grounds: Grounds, sizes: Sizes) -> Iterator[Figure]:
    """Both databases: bytes per posting, one by one (each with an audit event of its own) beside in batches."""
    for ground in grounds.each():
        yield _bytes_per_posting(ground, sizes)


def _bytes_per_posting(ground: Ground, sizes: Sizes) -> Figure:
    tenant = open_tenant(ground, accounts=sizes.accounts, categories=sizes.categories)
    ours = ground.ours(tenant)
    used = [_settled(ground)]
    for order in itertools.islice(orders(tenant, seed=1), sizes.stored):
        ours.post(order)
    used.append(_settled(ground))
    ours.post_many(list(itertools.islice(orders(tenant, seed=2), sizes.stored)))
    used.append(_settled(ground))
    singly, together = ((after - before) / sizes.stored for before, after in itertools.pairwise(used))
    return Figure(
        name=f"{ground.name}, bytes per posting",
        unit="bytes",
        ours=singly,
        beside=together,
        ratio=singly / together,
        against="ours in batches",
    )


def _settled(ground: Ground) -> int:
    ground.settle()
    return ground.bytes_used()

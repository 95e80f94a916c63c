"""Batches: many postings in one commit."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Final

from benches.figures import at_least, compared
from benches.measuring import in_turns
from benches.ours import open_tenant
from benches.sides import orders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benches.figures import Figure, Target
    from benches.grounds import Ground, Grounds
    from benches.sides import Side, Tenant
    from benches.sizes import Sizes

_YARDSTICKS: Final = {"PostgreSQL": ("unnest", at_least(0.7)), "SQLite": ("executemany", at_least(0.35))}


def batch(grounds: Grounds, sizes: Sizes) -> Iterator[Figure]:
    """Both databases: batches, beside unnest or executemany of the same rows."""
    for ground in grounds.each():
        means, target = _YARDSTICKS[ground.name]
        yield _batches(ground, sizes, means, target)


def _batches(ground: Ground, sizes: Sizes, means: str, target: Target) -> Figure:
    tenant = open_tenant(ground, accounts=sizes.accounts, categories=sizes.categories)
    sides = [
        _batch_rate(tenant, ground.ours(tenant), sizes.batch, seed=1),
        _batch_rate(tenant, ground.raw(tenant), sizes.batch, seed=2),
    ]
    for side in sides:
        side()
    ground.settle()
    ours, raw = in_turns(sides, rounds=sizes.batches)
    return compared(
        f"{ground.name}, batches of {sizes.batch:,}",
        "postings/s",
        ours=ours,
        beside=raw,
        against=f"raw {means}",
        target=target,
    )


def _batch_rate(tenant: Tenant, side: Side, size: int, *, seed: int) -> Callable[[], float]:
    queue = orders(tenant, seed=seed, days=90)

    def post_one_batch() -> float:
        given = list(itertools.islice(queue, size))
        start = time.perf_counter()
        side.post_many(given)
        return size / (time.perf_counter() - start)

    return post_one_batch

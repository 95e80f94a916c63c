"""What it costs to find out whether somebody may do something."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final

from benches.figures import at_most, compared
from benches.measuring import in_turns
from benches.ours import open_tenant
from benches.sides import PRINCIPAL
from stronghold_core import Permission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from benches.figures import Figure
    from benches.grounds import Ground, Grounds
    from benches.sizes import Sizes
    from stronghold_core import Context, Stronghold

DEPTH: Final = 20
"""How many roles the last one inherits, each by way of the next."""
HEIR, VIEWER = "user:heir", "user:viewer"
CHECKS: Final = 1_000
"""How many checks are made between two looks at the clock, which takes as long as one of them."""


def permission(grounds: Grounds, sizes: Sizes) -> Iterator[Figure]:
    """Both databases: a check; and the first unit of somebody whose role inherits twenty others."""
    for ground in grounds.each():
        tenant = open_tenant(ground, accounts=1, categories=1).id
        seat_members(ground.stronghold, tenant)
        with ground.stronghold.books(tenant, principal=HEIR) as books:
            check = partial(microseconds_of_checks, books.context, seconds=sizes.reading_seconds)
            (checks,) = in_turns([check], rounds=sizes.rounds)
        yield compared(
            f"{ground.name}, a permission check",
            "µs",
            ours=checks,
            beside=[1.0] * len(checks),
            against="what it ought to take",
            target=at_most(1),
        )
        yield from _units(ground, tenant, sizes)


def _units(ground: Ground, tenant: UUID, sizes: Sizes) -> Iterator[Figure]:
    stronghold = ground.stronghold

    def forget() -> None:
        # Whatever is switched, all that is remembered of who may what is out of date.
        stronghold.tenants.switch_capabilities(tenant, {})

    steps = [(HEIR, forget), (HEIR, _nothing), (VIEWER, _nothing)]
    cold, warm, built_in = in_turns(
        [
            partial(milliseconds_of_units, stronghold, tenant, who, before=before, seconds=sizes.reading_seconds)
            for who, before in steps
        ],
        rounds=sizes.rounds,
    )
    name = f"{ground.name}, an empty unit by a role that inherits {DEPTH} others"
    yield compared(f"{name}, cold", "ms", ours=cold, beside=warm, against="the same, warm")
    yield compared(f"{name}, warm", "ms", ours=warm, beside=built_in, against="by a built-in role")


def seat_members(stronghold: Stronghold, tenant: UUID) -> None:
    """Define roles that inherit each other in a row, and seat somebody at its end, and a viewer."""
    says = [str(one) for one in Permission if one is not Permission.OWNER_WRITE]
    with stronghold.books(tenant, principal=PRINCIPAL) as books:
        for number in range(DEPTH + 1):
            below = [f"role-{number - 1}"] if number else []
            books.roles.create(f"role-{number}", permissions=[says[number % len(says)]], inherits=below)
        books.members.add(HEIR, role=f"role-{DEPTH}")
        books.members.add(VIEWER, role="viewer")


def microseconds_of_checks(context: Context, *, seconds: float) -> float:
    """Return the mean time of one check that passes."""
    wanted = Permission.TENANT_READ
    done, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds or not done:
        for _ in range(CHECKS):
            context.require(wanted)
        done += CHECKS
    return 1e6 * spent / done


def milliseconds_of_units(
    stronghold: Stronghold, tenant: UUID, principal: str, *, before: Callable[[], None], seconds: float
) -> float:
    """Return the mean time of one unit that reads nothing; what happens *before* each is not counted."""
    done, spent = 0, 0.0
    while spent < seconds or not done:
        before()
        start = time.perf_counter()
        with stronghold.books(tenant, principal=principal, read_only=True):
            pass
        spent += time.perf_counter() - start
        done += 1
    return 1000 * spent / done


def _nothing() -> None:
    """Change nothing."""

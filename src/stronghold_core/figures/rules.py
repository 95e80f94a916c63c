"""The arithmetic of figures, without a database."""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from stronghold_core.errors import InvalidInputError
from stronghold_core.figures.records import CategoryFlow, CategoryNode, Flow, NetWorth, NetWorthPoint
from stronghold_core.ledger.categories.records import CategoryKind
from stronghold_core.money import Money
from stronghold_core.periods import DateRange, Step, beginning_of, divided

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from stronghold_core.ids import CategoryId
    from stronghold_core.ledger.categories.records import CategoryRecord

MAX_POINTS: Final = 1_000
"""How many parts a series has at most: more are nobody's to look at."""

_EXACT_ENOUGH: Final = Context(prec=60, rounding=ROUND_HALF_EVEN)
"""Our own, so that a host's decimal context changes no figure."""


class Moved(NamedTuple):
    """By how much the accounts of one type and currency changed, dated within or at the beginning of a step."""

    day: date
    currency: str
    type: str
    minor: int
    """Debit positive."""


def share_of(part: Money, whole: Money) -> Decimal | None:
    """Return what share *part* is of *whole*, to four decimals; none of a whole that is not positive.

    >>> share_of(Money.of("1000.00", "EUR"), Money.of("3000.00", "EUR"))
    Decimal('0.3333')
    """
    return ratio(part.minor, whole.minor, decimals=4)


def ratio(part: int, whole: int, *, decimals: int) -> Decimal | None:
    """Divide, rounding half to even; none by what is not positive.

    >>> ratio(1, 8, decimals=2), ratio(1, 0, decimals=2)
    (Decimal('0.12'), None)
    """
    if whole <= 0:
        return None
    exact = _EXACT_ENOUGH.divide(Decimal(part), Decimal(whole))
    return exact.quantize(Decimal((0, (1,), -decimals)), context=_EXACT_ENOUGH)


def parts_of(period: DateRange, step: Step) -> tuple[DateRange, ...]:
    """Divide a period for a series.

    >>> len(parts_of(DateRange("2026-01-01", "2026-12-31"), Step.WEEK))
    53

    Raises:
        InvalidInputError: If there would be more than `MAX_POINTS`.
    """
    days = {Step.DAY: 1, Step.WEEK: 7, Step.MONTH: 28}[step]
    # Counted before they are made: a period may reach over eight thousand years.
    if period.days // days > 2 * MAX_POINTS or len(parts := divided(period, step)) > MAX_POINTS:
        raise InvalidInputError(
            field="period",
            reason=f"it has more than {MAX_POINTS:,} {step.value}s, the most of one series; shorten it, or take a "
            "larger step.",
        )
    return parts


def flows_of(moved: Iterable[Moved], parts: Sequence[DateRange], step: Step) -> dict[str, list[Flow]]:
    """Gather what moved into *parts*, per currency; parts without anything are there, with nothing.

    >>> moved = [Moved(DateRange("2026-11-03", "2026-11-03").first, "EUR", "expense", 500)]
    >>> months = divided(DateRange("2026-10-01", "2026-11-30"), Step.MONTH)
    >>> [str(flow.expenses) for flow in flows_of(moved, months, Step.MONTH)["EUR"]]
    ['0.00 EUR', '5.00 EUR']
    """
    sums: dict[str, defaultdict[tuple[date, str], int]] = {}
    for one in moved:
        sums.setdefault(one.currency, defaultdict(int))[beginning_of(one.day, step), one.type] += one.minor
    return {code: [_flow(code, part, found, step) for part in parts] for code, found in sorted(sums.items())}


def flow_of(moved: Iterable[Moved], period: DateRange) -> dict[str, Flow]:
    """Add up what moved within *period*, per currency.

    >>> moved = [Moved(DateRange("2026-11-03", "2026-11-03").first, "EUR", "income", -500)] * 2
    >>> str(flow_of(moved, DateRange("2026-10-01", "2026-11-30"))["EUR"].income)
    '10.00 EUR'
    """
    sums: dict[str, defaultdict[str, int]] = {}
    for one in moved:
        sums.setdefault(one.currency, defaultdict(int))[one.type] += one.minor
    return {
        code: make_flow(code, period, income_minor=-found["income"], expenses_minor=found["expense"])
        for code, found in sorted(sums.items())
    }


def _flow(code: str, part: DateRange, sums: Mapping[tuple[date, str], int], step: Step) -> Flow:
    # Parts that are cut off begin later than their step.
    begun = beginning_of(part.first, step)
    income, expenses = -sums.get((begun, "income"), 0), sums.get((begun, "expense"), 0)
    return make_flow(code, part, income_minor=income, expenses_minor=expenses)


def make_flow(code: str, period: DateRange, *, income_minor: int = 0, expenses_minor: int = 0) -> Flow:
    """Make the record of a flow; with nothing, unless said otherwise."""
    return Flow(
        first=period.first,
        last=period.last,
        income=Money(income_minor, code),
        expenses=Money(expenses_minor, code),
        savings=Money(income_minor - expenses_minor, code),
    )


def net_worth_of(code: str, sides: Mapping[str, int]) -> NetWorth:
    """Make the record of what is owned and owed.

    >>> str(net_worth_of("EUR", {"asset": 500, "liability": -200}).net)
    '3.00 EUR'
    """
    assets, liabilities = sides.get("asset", 0), sides.get("liability", 0)
    return NetWorth(
        assets=Money(assets, code), liabilities=Money(-liabilities, code), net=Money(assets + liabilities, code)
    )


def sides_of(balances: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """Add up by type what is known by type and subtype.

    >>> sides_of({("asset", "cash"): 1, ("asset", "checking"): 2})
    {'asset': 3}
    """
    sides: dict[str, int] = {}
    for (kind, _), minor in balances.items():
        sides[kind] = sides.get(kind, 0) + minor
    return sides


def worth_series(
    now: Mapping[str, Mapping[str, int]], moved: Iterable[Moved], parts: Sequence[DateRange], step: Step
) -> dict[str, list[NetWorthPoint]]:
    """Go back from what is owned and owed now to the end of each part, by what has moved since.

    Args:
        now: Balances by currency and type of account.
        moved: Everything from the first part on, also what comes after the last one.
        parts: In order.
        step: How the period was divided; what moved after its end may be dated later than its step begins.
    """
    balances = {code: defaultdict(int, sides) for code, sides in now.items()}
    last = parts[-1].last
    changes: defaultdict[date, list[Moved]] = defaultdict(list)
    for one in moved:
        sides = balances.setdefault(one.currency, defaultdict(int))
        if one.day > last:
            sides[one.type] -= one.minor
        else:
            changes[beginning_of(one.day, step)].append(one)
    points: dict[str, list[NetWorthPoint]] = {code: [] for code in sorted(balances)}
    for part in reversed(parts):
        for code, series in points.items():
            worth = net_worth_of(code, balances[code])
            series.append(NetWorthPoint(day=part.last, **dict(worth)))
        for one in changes[beginning_of(part.first, step)]:
            balances[one.currency][one.type] -= one.minor
    return {code: series[::-1] for code, series in points.items()}


def tree_of(
    flows: Sequence[CategoryFlow], categories: Mapping[CategoryId, CategoryRecord], code: str
) -> tuple[CategoryNode, ...]:
    """Put the flows of one currency under the categories above them, the largest total first.

    A category is there if it, or one below it, moved anything; so one that came to nothing is.
    """
    own = {flow.category_id: flow.amount.minor for flow in flows}
    children: defaultdict[CategoryId | None, set[CategoryId]] = defaultdict(set)
    for category_id in own:
        below: CategoryId | None = category_id
        while below is not None:
            above = categories[below].parent_id
            children[above].add(below)
            below = above
    wholes = {kind: Money(sum(flow.amount.minor for flow in flows if flow.kind is kind), code) for kind in CategoryKind}

    def nodes(above: CategoryId | None) -> tuple[CategoryNode, ...]:
        made = [node(one) for one in children[above]]
        return tuple(sorted(made, key=lambda one: (one.kind, -one.total.minor, one.name)))

    def node(category_id: CategoryId) -> CategoryNode:
        category, below = categories[category_id], nodes(category_id)
        total = Money(own.get(category_id, 0) + sum(one.total.minor for one in below), code)
        return CategoryNode(
            category_id=category_id,
            name=category.name,
            kind=category.kind,
            own=Money(own.get(category_id, 0), code),
            total=total,
            share=share_of(total, wholes[category.kind]),
            children=below,
        )

    return nodes(None)


def as_people_read(kind: str, minor: int) -> int:
    """Turn income, which stands on the credit side, round; spending reads as it stands."""
    return -minor if kind == "income" else minor

"""What each answer says, worked out from figures: one function an answer, which returns its fields."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from stronghold_core.dashboards.records import (
    CurrencyCashFlow,
    CurrencyCategories,
    CurrencyMovements,
    CurrencyNetWorth,
    CurrencyOverview,
)
from stronghold_core.dashboards.rules import base_first, months_before, summary_of
from stronghold_core.figures import (
    NetWorthPoint,
    account_balances,
    balances_by_subtype,
    category_flows,
    flow_of_period,
    flows,
    largest_movements,
    make_flow,
    net_worth,
    net_worth_of,
    net_worth_series,
    parts_of,
    share_of,
    tree_of,
)
from stronghold_core.ledger import CategoryKind, latest_transactions, load_tree
from stronghold_core.money import Money
from stronghold_core.periods import DateRange, Step, add_months, month_of, previous

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stronghold_core.context import Reach
    from stronghold_core.db import Unit
    from stronghold_core.figures import CategoryFlow, Flow, NetWorth
    from stronghold_core.ids import AccountId, CategoryId
    from stronghold_core.ledger import CategoryRecord, TransactionRecord

Fields = dict[str, Any]

MONTHS_SHOWN: Final = 12
"""How many months an overview's cash flow has, and a series whose period is left out."""

LISTED: Final = 100
"""How many accounts an overview lists."""

_LATEST: Final = 5


class View(NamedTuple):
    """What is looked at: all that a caller chose, and the day it is."""

    period: DateRange
    accounts: tuple[AccountId, ...] | None
    as_of: date | None
    step: Step
    limit: int
    base_currency: str
    today: date
    within: Reach
    """The accounts that whoever looks may see."""

    def codes(self, *found: Iterable[str]) -> list[str]:
        """Put the currencies that were found into the order in which they are shown."""
        return base_first({code for codes in found for code in codes}, self.base_currency)


def overview(unit: Unit, view: View) -> Fields:
    """Tell how the tenant stands, and what came and went."""
    return {
        **_days(view),
        "currencies": _overviews(unit, view),
        "accounts": account_balances(unit, on=view.as_of, accounts=view.accounts, limit=LISTED),
        "latest": _latest(unit, view, count=_LATEST, until=view.as_of),
    }


def summary(unit: Unit, view: View) -> Fields:
    """Tell the headline figures, each beside the period before."""
    period, before, accounts = view.period, previous(view.period), view.accounts
    # Beside its eve, a period that is over is shown as it ended.
    day = view.as_of or (period.last if period.last < view.today else None)
    balances = balances_by_subtype(unit, on=day, accounts=accounts)
    balances_before = balances_by_subtype(unit, on=period.first - timedelta(days=1), accounts=accounts)
    flow = flow_of_period(unit, period, accounts=accounts)
    flow_before = flow_of_period(unit, before, accounts=accounts)
    expenses = flow_of_period(unit, months_before(min(day or view.today, period.last)), accounts=accounts)
    return {
        **_days(view),
        "previous_first": before.first,
        "previous_last": before.last,
        "currencies": tuple(
            summary_of(
                code,
                balances=balances.get(code, {}),
                balances_before=balances_before.get(code, {}),
                flow=flow.get(code) or make_flow(code, period),
                flow_before=flow_before.get(code) or make_flow(code, before),
                expenses=expenses[code].expenses if code in expenses else Money(0, code),
            )
            for code in view.codes(balances, balances_before, flow, flow_before, expenses)
        ),
    }


def accounts(unit: Unit, view: View) -> Fields:
    """Tell what each account holds, and all together."""
    worth = net_worth(unit, on=view.as_of, accounts=view.accounts)
    found = account_balances(unit, on=view.as_of, accounts=view.accounts, limit=view.limit + 1)
    return {
        "as_of": view.as_of,
        "totals": tuple(worth.get(code) or net_worth_of(code, {}) for code in view.codes(worth)),
        "accounts": found[: view.limit],
        "has_more": len(found) > view.limit,
    }


def transactions(unit: Unit, view: View) -> Fields:
    """Tell what moved most within the period, and what moved last."""
    found = largest_movements(unit, view.period, count=view.limit, accounts=view.accounts)
    return {
        **_days(view),
        "currencies": tuple(
            CurrencyMovements(currency=code, largest=found.get(code, ())) for code in view.codes(found)
        ),
        "latest": _latest(unit, view, count=view.limit),
    }


def budgets(_unit: Unit, view: View) -> Fields:
    """There are none yet."""
    return {**_days(view), "lines": ()}


def cash_flow(unit: Unit, view: View) -> Fields:
    """Tell what came in and was spent, part by part."""
    found = flows(unit, view.period, view.step, accounts=view.accounts)
    return {
        **_days(view),
        "step": view.step,
        "currencies": tuple(
            CurrencyCashFlow(currency=code, total=_total(code, view.period, parts), parts=tuple(parts))
            for code in view.codes(found)
            for parts in [found.get(code) or _no_flows(code, view.period, view.step)]
        ),
    }


def net_worth_over_time(unit: Unit, view: View) -> Fields:
    """Tell what was owned and owed at the end of each part of the period."""
    found = net_worth_series(unit, view.period, view.step, accounts=view.accounts)
    return {
        **_days(view),
        "step": view.step,
        "currencies": tuple(
            CurrencyNetWorth(currency=code, points=tuple(found.get(code) or _no_worth(code, view)))
            for code in view.codes(found)
        ),
    }


def categories(unit: Unit, view: View) -> Fields:
    """Tell what money came in and went out for, each category with those below it."""
    moved: dict[str, list[CategoryFlow]] = {}
    for flow in category_flows(unit, view.period, accounts=view.accounts):
        moved.setdefault(flow.amount.currency.code, []).append(flow)
    tree = load_tree(unit)
    return {
        **_days(view),
        "currencies": tuple(_breakdown(code, view.period, moved.get(code, []), tree) for code in view.codes(moved)),
    }


def _latest(unit: Unit, view: View, *, count: int, until: date | None = None) -> tuple[TransactionRecord, ...]:
    return latest_transactions(unit, count=count, until=until, accounts=view.accounts, within=view.within)


def _days(view: View) -> Fields:
    return {"first": view.period.first, "last": view.period.last}


# ------------------------------------------------------------------ one currency


def _overviews(unit: Unit, view: View) -> tuple[CurrencyOverview, ...]:
    worth = net_worth(unit, on=view.as_of, accounts=view.accounts)
    moved = category_flows(unit, view.period, accounts=view.accounts)
    month = month_of(view.period.last)
    year = DateRange(add_months(month.first, 1 - MONTHS_SHOWN), month.last)
    months = flows(unit, year, Step.MONTH, accounts=view.accounts)
    return tuple(
        _overview(code, worth.get(code), moved, months.get(code) or _no_flows(code, year, Step.MONTH))
        for code in view.codes(worth, months, (flow.amount.currency.code for flow in moved))
    )


def _overview(
    code: str, worth: NetWorth | None, moved: Sequence[CategoryFlow], months: Sequence[Flow]
) -> CurrencyOverview:
    mine = [flow for flow in moved if flow.amount.currency.code == code]
    income, expenses = _sum_of(mine, CategoryKind.INCOME, code), _sum_of(mine, CategoryKind.EXPENSE, code)
    return CurrencyOverview(
        currency=code,
        net_worth=worth or net_worth_of(code, {}),
        income=income,
        expenses=expenses,
        savings=income - expenses,
        savings_rate=share_of(income - expenses, income),
        categories=tuple(mine),
        cash_flow=tuple(months),
    )


def _breakdown(
    code: str, period: DateRange, moved: Sequence[CategoryFlow], tree: Mapping[CategoryId, CategoryRecord]
) -> CurrencyCategories:
    roots = tree_of(moved, tree, code)
    income, expenses = _sum_of(moved, CategoryKind.INCOME, code), _sum_of(moved, CategoryKind.EXPENSE, code)
    return CurrencyCategories(
        currency=code,
        total=make_flow(code, period, income_minor=income.minor, expenses_minor=expenses.minor),
        income=tuple(root for root in roots if root.kind is CategoryKind.INCOME),
        expenses=tuple(root for root in roots if root.kind is CategoryKind.EXPENSE),
    )


def _total(code: str, period: DateRange, parts: Sequence[Flow]) -> Flow:
    income, expenses = sum(part.income.minor for part in parts), sum(part.expenses.minor for part in parts)
    return make_flow(code, period, income_minor=income, expenses_minor=expenses)


def _no_flows(code: str, period: DateRange, step: Step) -> list[Flow]:
    return [make_flow(code, part) for part in parts_of(period, step)]


def _no_worth(code: str, view: View) -> list[NetWorthPoint]:
    nothing = dict(net_worth_of(code, {}))
    return [NetWorthPoint(day=part.last, **nothing) for part in parts_of(view.period, view.step)]


def _sum_of(moved: Sequence[CategoryFlow], kind: CategoryKind, code: str) -> Money:
    return Money(sum(flow.amount.minor for flow in moved if flow.kind is kind), code)

"""The figures themselves, one statement each, made once: building one takes longer than running it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, or_, select, union_all

from stronghold_core.db import BusinessDate, Id, exact_sum
from stronghold_core.figures.records import CategoryFlow, MonthFlow, NetWorth
from stronghold_core.ids import CategoryId
from stronghold_core.ledger import CategoryKind
from stronghold_core.ledger.tables import account, category, day_total, month_total
from stronghold_core.money import Money
from stronghold_core.periods import DateRange, add_months, months_between

if TYPE_CHECKING:
    from stronghold_core.db import Unit


def net_worth(unit: Unit) -> list[NetWorth]:
    """Return what is owned and owed now, a record per currency, by code."""
    sums: dict[str, dict[str, int]] = {}
    for row in unit.connection.execute(_NET_WORTH, {"tenant": unit.tenant_id}):
        sums.setdefault(row.currency, {})[row.type] = row.balance
    return [_net_worth(code, sides) for code, sides in sorted(sums.items())]


def category_flows(unit: Unit, period: DateRange) -> list[CategoryFlow]:
    """Return what each category moved within *period*, per currency; the largest first."""
    flows = [
        CategoryFlow(
            category_id=CategoryId(row.id),
            name=row.name,
            kind=CategoryKind(row.kind),
            parent_id=None if row.parent_id is None else CategoryId(row.parent_id),
            amount=Money(_as_people_read(row.kind, row.balance), row.currency),
        )
        for row in unit.connection.execute(_CATEGORY_FLOWS, {"tenant": unit.tenant_id, **_stretches(period)})
    ]
    return sorted(flows, key=lambda flow: (flow.amount.currency.code, flow.kind, -flow.amount.minor, flow.name))


def cash_flow(unit: Unit, months: DateRange) -> dict[str, list[MonthFlow]]:
    """Return income and expenses month by month, per currency; months without any are there, with nothing.

    Args:
        unit: The unit of work.
        months: The whole months that it touches are counted.
    """
    first, last = months.first.replace(day=1), months.last.replace(day=1)
    sums: dict[str, dict[tuple[date, str], int]] = {}
    for row in unit.connection.execute(_CASH_FLOW, {"tenant": unit.tenant_id, "first": first, "last": last}):
        sums.setdefault(row.currency, {})[row.month, row.type] = _as_people_read(row.type, row.balance)
    return {code: _month_flows(code, moved, first, last) for code, moved in sorted(sums.items())}


def _stretches(period: DateRange) -> dict[str, date]:
    """Divide *period* into days before its whole months, the months, and days after them; each may be none.

    >>> for name, day in _stretches(DateRange(date(2026, 1, 30), date(2026, 3, 2))).items():
    ...     print(name, day)
    head_first 2026-01-30
    head_last 2026-01-31
    month_first 2026-02-01
    month_last 2026-02-28
    tail_first 2026-03-01
    tail_last 2026-03-02
    """
    month_first = period.first if period.first.day == 1 else add_months(period.first.replace(day=1), 1)
    tail_first = (period.last + timedelta(days=1)).replace(day=1)
    if month_first >= tail_first:  # No whole month: all of it is head.
        month_first = tail_first = period.last + timedelta(days=1)
    day = timedelta(days=1)
    return {
        "head_first": period.first,
        "head_last": month_first - day,
        "month_first": month_first,
        "month_last": tail_first - day,
        "tail_first": tail_first,
        "tail_last": period.last,
    }


def _day(name: str) -> ColumnElement[date]:
    return bindparam(name, type_=BusinessDate)


def _moved(table: Any, *conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:  # noqa: ANN401 - a table of totals
    return select(table.c.account_id, table.c.debit_minor, table.c.credit_minor).where(
        table.c.tenant_id == _TENANT, *conditions
    )


_TENANT: Final = bindparam("tenant", type_=Id)

_NET_WORTH: Final = (
    select(account.c.currency, account.c.type, exact_sum(account.c.balance_minor).label("balance"))
    .where(account.c.tenant_id == _TENANT, account.c.is_chained)
    .group_by(account.c.currency, account.c.type)
)

_MOVED: Final = union_all(
    _moved(month_total, month_total.c.month.between(_day("month_first"), _day("month_last"))),
    _moved(
        day_total,
        or_(
            day_total.c.day.between(_day("head_first"), _day("head_last")),
            day_total.c.day.between(_day("tail_first"), _day("tail_last")),
        ),
    ),
).subquery("moved")

_CATEGORY_FLOWS: Final = (
    select(
        category.c.id,
        category.c.name,
        category.c.kind,
        category.c.parent_id,
        account.c.currency,
        exact_sum(_MOVED.c.debit_minor - _MOVED.c.credit_minor).label("balance"),
    )
    .select_from(_MOVED)
    .join(account, (account.c.tenant_id == _TENANT) & (account.c.id == _MOVED.c.account_id))
    .join(category, (category.c.tenant_id == _TENANT) & (category.c.id == account.c.category_id))
    .group_by(category.c.id, category.c.name, category.c.kind, category.c.parent_id, account.c.currency)
)

_CASH_FLOW: Final = (
    select(
        month_total.c.month,
        account.c.currency,
        account.c.type,
        exact_sum(month_total.c.debit_minor - month_total.c.credit_minor).label("balance"),
    )
    .join(account, (account.c.tenant_id == month_total.c.tenant_id) & (account.c.id == month_total.c.account_id))
    .where(
        month_total.c.tenant_id == _TENANT,
        month_total.c.month.between(_day("first"), _day("last")),
        account.c.type.in_(["income", "expense"]),
    )
    .group_by(month_total.c.month, account.c.currency, account.c.type)
)


def _net_worth(code: str, sides: dict[str, int]) -> NetWorth:
    assets, liabilities = sides.get("asset", 0), sides.get("liability", 0)
    return NetWorth(
        assets=Money(assets, code), liabilities=Money(-liabilities, code), net=Money(assets + liabilities, code)
    )


def _month_flows(code: str, moved: dict[tuple[date, str], int], first: date, last: date) -> list[MonthFlow]:
    return [
        MonthFlow(
            month=month,
            income=Money(moved.get((month, "income"), 0), code),
            expenses=Money(moved.get((month, "expense"), 0), code),
        )
        for month in months_between(first, last)
    ]


def _as_people_read(kind: str, balance_minor: int) -> int:
    """Turn income, which stands on the credit side, round; spending reads as it stands."""
    return -balance_minor if kind == "income" else balance_minor

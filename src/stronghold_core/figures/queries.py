"""The figures themselves, one statement each."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Select, and_, func, or_, select, union_all

from stronghold_core.figures.records import CategoryFlow, MonthFlow, NetWorth
from stronghold_core.ids import CategoryId
from stronghold_core.ledger import CategoryKind
from stronghold_core.ledger.tables import account, category, day_total, month_total
from stronghold_core.money import Money
from stronghold_core.periods import DateRange, add_months, months_between

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Subquery

    from stronghold_core.db import Unit


def net_worth(unit: Unit) -> list[NetWorth]:
    """Return what is owned and owed now, a record per currency, by code."""
    query = (
        select(account.c.currency, account.c.type, func.sum(account.c.balance_minor).label("balance"))
        .where(account.c.tenant_id == unit.tenant_id, account.c.is_chained)
        .group_by(account.c.currency, account.c.type)
    )
    sums: dict[str, dict[str, int]] = {}
    for row in unit.connection.execute(query):
        sums.setdefault(row.currency, {})[row.type] = int(row.balance)
    return [_net_worth(code, sides) for code, sides in sorted(sums.items())]


def category_flows(unit: Unit, period: DateRange) -> list[CategoryFlow]:
    """Return what each category moved within *period*, per currency; the largest first."""
    moved = _moved(unit, period)
    query = (
        select(
            category.c.id,
            category.c.name,
            category.c.kind,
            account.c.currency,
            func.sum(moved.c.debit_minor - moved.c.credit_minor).label("balance"),
        )
        .select_from(moved)
        .join(account, and_(account.c.tenant_id == unit.tenant_id, account.c.id == moved.c.account_id))
        .join(category, and_(category.c.tenant_id == unit.tenant_id, category.c.id == account.c.category_id))
        .group_by(category.c.id, category.c.name, category.c.kind, account.c.currency)
    )
    flows = [
        CategoryFlow(
            category_id=CategoryId(row.id),
            name=row.name,
            kind=CategoryKind(row.kind),
            amount=Money(_as_people_read(row.kind, int(row.balance)), row.currency),
        )
        for row in unit.connection.execute(query)
    ]
    return sorted(flows, key=lambda flow: (flow.amount.currency.code, flow.kind, -flow.amount.minor, flow.name))


def cash_flow(unit: Unit, months: DateRange) -> dict[str, list[MonthFlow]]:
    """Return income and expenses month by month, per currency; months without any are there, with nothing.

    Args:
        unit: The unit of work.
        months: The whole months that it touches are counted.
    """
    first, last = months.first.replace(day=1), months.last.replace(day=1)
    query = (
        select(
            month_total.c.month,
            account.c.currency,
            account.c.type,
            func.sum(month_total.c.debit_minor - month_total.c.credit_minor).label("balance"),
        )
        .join(account, and_(account.c.tenant_id == month_total.c.tenant_id, account.c.id == month_total.c.account_id))
        .where(
            month_total.c.tenant_id == unit.tenant_id,
            month_total.c.month >= first,
            month_total.c.month <= last,
            account.c.type.in_(["income", "expense"]),
        )
        .group_by(month_total.c.month, account.c.currency, account.c.type)
    )
    sums: dict[str, dict[tuple[date, str], int]] = {}
    for row in unit.connection.execute(query):
        sums.setdefault(row.currency, {})[row.month, row.type] = _as_people_read(row.type, int(row.balance))
    return {code: _month_flows(code, moved, first, last) for code, moved in sorted(sums.items())}


def _moved(unit: Unit, period: DateRange) -> Subquery:
    """Gather what accounts moved in *period*: whole months from their totals, the days at its ends from theirs."""
    first_whole = period.first if period.first.day == 1 else add_months(period.first.replace(day=1), 1)
    after_whole = (period.last + timedelta(days=1)).replace(day=1)
    days = _rows(day_total).where(day_total.c.tenant_id == unit.tenant_id)
    if first_whole >= after_whole:
        return days.where(day_total.c.day.between(period.first, period.last)).subquery("moved")
    months = _rows(month_total).where(
        month_total.c.tenant_id == unit.tenant_id, month_total.c.month >= first_whole, month_total.c.month < after_whole
    )
    edges = days.where(
        or_(
            day_total.c.day.between(period.first, first_whole - timedelta(days=1)),
            day_total.c.day.between(after_whole, period.last),
        )
    )
    return union_all(months, edges).subquery("moved")


def _rows(table: Any) -> Select[*tuple[Any, ...]]:  # noqa: ANN401 - one of the two tables of totals
    return select(table.c.account_id, table.c.debit_minor, table.c.credit_minor)


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

"""The figures themselves, one statement each, made once: building one takes longer than running it."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, or_, select, union_all

from stronghold_core.currencies import get_currency
from stronghold_core.db import FixedStatement, exact_sum, is_something
from stronghold_core.db.joins import one_by_one
from stronghold_core.figures.records import AccountBalance, CategoryFlow
from stronghold_core.figures.rules import (
    Moved,
    as_people_read,
    flow_of,
    flows_of,
    net_worth_of,
    parts_of,
    sides_of,
    worth_series,
)
from stronghold_core.figures.sources import (
    CHAINED,
    NOMINAL,
    TENANT,
    Shape,
    Source,
    accounts_of,
    days_of,
    entries,
    moved,
    stretches_of,
    totals,
)
from stronghold_core.ids import AccountId, CategoryId
from stronghold_core.ledger import AccountStatus, AccountType, CategoryKind
from stronghold_core.ledger.tables import account, category
from stronghold_core.money import Money
from stronghold_core.periods import LAST_DAY, DateRange, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Subquery

    from stronghold_core.db import Unit
    from stronghold_core.figures.records import Flow, NetWorth, NetWorthPoint

SubtypeBalances = dict[str, dict[tuple[str, str], int]]
"""Minor units by currency, then by type and subtype of account."""


# ------------------------------------------------------------------ what is owned and owed


def balances_by_subtype(
    unit: Unit, *, on: date | None = None, accounts: Sequence[AccountId] | None = None
) -> SubtypeBalances:
    """Return what asset and liability accounts hold, added up by currency and by type and subtype of account.

    Args:
        unit: The unit of work.
        on: At the end of which day; everything that is booked, also for days to come, if left out.
        accounts: Of these alone.
    """
    source = _balances_source(unit, on, accounts)
    sums: SubtypeBalances = {}
    for row in _by_subtype(source.shape).rows(unit.connection, source.parameters):
        sums.setdefault(row.currency, {})[row.type, row.subtype] = row.minor
    return sums


def net_worth(
    unit: Unit, *, on: date | None = None, accounts: Sequence[AccountId] | None = None
) -> dict[str, NetWorth]:
    """Return what is owned and owed, by the currency's code; arguments as for `balances_by_subtype`."""
    return {
        code: net_worth_of(code, sides_of(found))
        for code, found in sorted(balances_by_subtype(unit, on=on, accounts=accounts).items())
    }


def account_balances(
    unit: Unit, *, limit: int, on: date | None = None, accounts: Sequence[AccountId] | None = None
) -> tuple[AccountBalance, ...]:
    """Return the first *limit* asset and liability accounts by name, without those that are closed and empty."""
    source = _balances_source(unit, on, accounts)
    rows = _by_account(source.shape).rows(unit.connection, {**source.parameters, "limit": limit})
    return tuple(
        AccountBalance(
            id=AccountId(row.id),
            name=row.name,
            type=AccountType(row.type),
            subtype=row.subtype,
            status=AccountStatus(row.status),
            balance=Money(row.minor, get_currency(row.currency)),
        )
        for row in rows
    )


def net_worth_series(
    unit: Unit, period: DateRange, step: Step, *, accounts: Sequence[AccountId] | None = None
) -> dict[str, list[NetWorthPoint]]:
    """Return what was owned and owed at the end of each part of *period*, per currency.

    Raises:
        InvalidInputError: If the parts are too many.
    """
    parts = parts_of(period, step)
    now = {code: sides_of(found) for code, found in balances_by_subtype(unit, accounts=accounts).items()}
    read = stretches_of if step is Step.MONTH else days_of
    after = period.last + timedelta(days=1)
    stretches = [*read(period), *(stretches_of(DateRange(after, LAST_DAY)) if after <= LAST_DAY else ())]
    return worth_series(now, _moved_by_day(unit, totals(unit, CHAINED, stretches, accounts)), parts, step)


# ------------------------------------------------------------------ what came in and went out


def flows(
    unit: Unit, period: DateRange, step: Step, *, accounts: Sequence[AccountId] | None = None
) -> dict[str, list[Flow]]:
    """Return income and expenses in each part of *period*, per currency; parts without any are there, with nothing.

    Args:
        unit: The unit of work.
        period: Which days.
        step: How finely it is divided.
        accounts: Only of transactions that touch one of these. Then entries are read, not totals: it costs as much as
            those accounts have entries in the period.

    Raises:
        InvalidInputError: If the parts are too many.
    """
    parts = parts_of(period, step)
    return flows_of(_moved_by_day(unit, _flow_source(unit, period, step, accounts)), parts, step)


def flow_of_period(unit: Unit, period: DateRange, *, accounts: Sequence[AccountId] | None = None) -> dict[str, Flow]:
    """Return income and expenses of the whole *period*, per currency; *accounts* as for `flows`."""
    return flow_of(_moved_by_day(unit, _flow_source(unit, period, Step.MONTH, accounts)), period)


def category_flows(unit: Unit, period: DateRange, *, accounts: Sequence[AccountId] | None = None) -> list[CategoryFlow]:
    """Return what each category moved within *period*, per currency, the largest first; *accounts* as for `flows`."""
    source = _flow_source(unit, period, Step.MONTH, accounts)
    found = [
        CategoryFlow(
            category_id=CategoryId(row.id),
            name=row.name,
            kind=CategoryKind(row.kind),
            parent_id=None if row.parent_id is None else CategoryId(row.parent_id),
            amount=Money(as_people_read(row.kind, row.minor), get_currency(row.currency)),
        )
        for row in _by_category(source.shape).rows(unit.connection, source.parameters)
    ]
    return sorted(found, key=lambda flow: (flow.amount.currency.code, flow.kind, -flow.amount.minor, flow.name))


# ------------------------------------------------------------------ statements


def _balances_source(unit: Unit, on: date | None, accounts: Sequence[AccountId] | None) -> Source:
    """Read balances now, and what moved after the day *on*, which is then taken off."""
    is_past = on is not None and on < LAST_DAY
    after = stretches_of(DateRange(on + timedelta(days=1), LAST_DAY)) if on is not None and is_past else []
    return totals(unit, CHAINED, after, accounts)


def _flow_source(unit: Unit, period: DateRange, step: Step, accounts: Sequence[AccountId] | None) -> Source:
    if accounts is not None:
        return entries(unit, NOMINAL, period, accounts)
    return totals(unit, NOMINAL, stretches_of(period) if step is Step.MONTH else days_of(period), None)


def _moved_by_day(unit: Unit, source: Source) -> list[Moved]:
    return [Moved(*row) for row in _by_day(source.shape).rows(unit.connection, source.parameters)]


@cache
def _balances(shape: Shape) -> Subquery:
    """Return each account's parts of its balance: what it holds now, less what moved since."""
    source, where = accounts_of(shape)
    shown = account.c.id.label("account_id"), account.c.currency, account.c.type, account.c.subtype
    now = select(*shown, account.c.balance_minor).select_from(source).where(*where)
    if not shape.tables:
        return now.subquery("balances")
    since = moved(shape)
    undone = select(since.c.account_id, since.c.currency, since.c.type, since.c.subtype, -since.c.minor)
    return union_all(now, undone).subquery("balances")


@cache
def _by_subtype(shape: Shape) -> FixedStatement:
    found = _balances(shape)
    key = found.c.currency, found.c.type, found.c.subtype
    return FixedStatement(select(*key, exact_sum(found.c.balance_minor).label("minor")).group_by(*key))


@cache
def _by_account(shape: Shape) -> FixedStatement:
    found = _balances(shape)
    minor = found.c.balance_minor
    sums = (
        select(found.c.account_id, exact_sum(minor).label("minor"), is_something(minor).label("is_something"))
        .group_by(found.c.account_id)
        .subquery("sums")
    )
    shown = (account.c.id, account.c.name, account.c.type, account.c.subtype, account.c.status, account.c.currency)
    return FixedStatement(
        select(*shown, sums.c.minor)
        .select_from(one_by_one(sums, account, (account.c.tenant_id == TENANT) & (account.c.id == sums.c.account_id)))
        .where(or_(account.c.status == "open", sums.c.is_something))
        .order_by(account.c.name, account.c.id)
        .limit(bindparam("limit"))
    )


@cache
def _by_day(shape: Shape) -> FixedStatement:
    found = moved(shape)
    key = found.c.day, found.c.currency, found.c.type
    return FixedStatement(select(*key, exact_sum(found.c.minor).label("minor")).group_by(*key))


@cache
def _by_category(shape: Shape) -> FixedStatement:
    found = moved(shape)
    sums = (
        select(found.c.category_id, found.c.currency, exact_sum(found.c.minor).label("minor"))
        .group_by(found.c.category_id, found.c.currency)
        .subquery("sums")
    )
    shown = category.c.id, category.c.name, category.c.kind, category.c.parent_id
    return FixedStatement(
        select(*shown, sums.c.currency, sums.c.minor).select_from(
            one_by_one(sums, category, (category.c.tenant_id == TENANT) & (category.c.id == sums.c.category_id))
        )
    )

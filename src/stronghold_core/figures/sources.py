"""Where figures take their amounts from, as SQL: totals if they can, entries if they are asked for some accounts only.

Totals are read account by account: each arm of the union is one range of the totals' primary key for each account of
the wanted types. So a period costs accounts × months, however many transactions there are; the days at its ends, which
fill no month, are read from the totals of days. Accounts and entries are looked up one by one in the same way, so that
nothing depends on what PostgreSQL knows of the tenant.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Select, Subquery, and_, bindparam, func, literal_column, select, type_coerce, union_all

from stronghold_core.db import BusinessDate, Id
from stronghold_core.db.joins import one_by_one
from stronghold_core.db.lists import LIST, looked_up
from stronghold_core.ledger.tables import account, day_total, entry, month_total
from stronghold_core.periods import DateRange, add_months

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, FromClause, Join, Table

    from stronghold_core.db import Unit
    from stronghold_core.ids import AccountId

NOMINAL: Final = ("income", "expense")
CHAINED: Final = ("asset", "liability")
TENANT: Final = bindparam("tenant", type_=Id)


class Stretch(NamedTuple):
    """Days that are read from one table of totals."""

    table: str
    """``day`` or ``month``."""
    first: date
    last: date


class Shape(NamedTuple):
    """What a statement depends on besides its parameters; statements are made once for each."""

    dialect: str
    types: tuple[str, ...]
    """The types of the accounts that are read."""
    tables: tuple[str, ...]
    """The tables of the stretches; none to read entries."""
    is_chosen: bool = False
    """Whether only the accounts of the parameter `LIST` count."""


class Source(NamedTuple):
    """A statement's shape, and the parameters that go with it."""

    shape: Shape
    parameters: dict[str, Any]


def totals(unit: Unit, types: tuple[str, ...], stretches: Sequence[Stretch], of: Sequence[AccountId] | None) -> Source:
    """Read the totals of accounts of *types*, of all or of those listed in *of*, each once."""
    shape = Shape(unit.backend.name, types, tuple(stretch.table for stretch in stretches), of is not None)
    parameters: dict[str, Any] = {"tenant": unit.tenant_id}
    for number, stretch in enumerate(stretches):
        parameters |= {f"first_{number}": stretch.first, f"last_{number}": stretch.last}
    return Source(shape, parameters if of is None else {**parameters, LIST: list(of)})


def entries(unit: Unit, types: tuple[str, ...], period: DateRange, touching: Sequence[AccountId]) -> Source:
    """Read the entries on accounts of *types*, of the transactions that touch an account of *touching*."""
    parameters = {"tenant": unit.tenant_id, "first_0": period.first, "last_0": period.last, LIST: list(touching)}
    return Source(Shape(unit.backend.name, types, (), is_chosen=True), parameters)


def stretches_of(period: DateRange) -> list[Stretch]:
    """Divide *period* into the days before its whole months, the months, and the days after them.

    >>> for table, first, last in stretches_of(DateRange(date(2026, 1, 30), date(2026, 3, 2))):
    ...     print(table, first, last)
    day 2026-01-30 2026-01-31
    month 2026-02-01 2026-02-28
    day 2026-03-01 2026-03-02
    >>> [stretch.table for stretch in stretches_of(DateRange(date(2026, 1, 1), date(2026, 12, 31)))]
    ['month']
    """
    day = timedelta(days=1)
    months_first = period.first if period.first.day == 1 else add_months(period.first.replace(day=1), 1)
    months_end = (period.last + day).replace(day=1)
    if months_first >= months_end:
        return [Stretch("day", period.first, period.last)]
    # Days of which there are none may lie before the calendar.
    before = [Stretch("day", period.first, months_first - day)] if period.first < months_first else []
    after = [Stretch("day", months_end, period.last)] if months_end <= period.last else []
    return [*before, Stretch("month", months_first, months_end - day), *after]


def days_of(period: DateRange) -> list[Stretch]:
    """Read all of *period* day by day."""
    return [Stretch("day", *period)]


@cache
def moved(shape: Shape) -> Subquery:
    """Return the selectable of what moved: account, its category, currency, type and subtype; a day; the amount."""
    if not shape.tables:
        return _entries(shape).subquery("moved")
    arms = [_totals(shape, table, number) for number, table in enumerate(shape.tables)]
    return (union_all(*arms) if len(arms) > 1 else arms[0]).subquery("moved")


def accounts_of(shape: Shape) -> tuple[FromClause, tuple[ColumnElement[bool], ...]]:
    """Return what to select the accounts from that are read, and under which conditions."""
    of_tenant, kind = account.c.tenant_id == TENANT, _is_of(shape.types)
    if not shape.is_chosen:
        return account, (of_tenant, kind)
    source, where = looked_up(account.c.id, shape.dialect, of_tenant)
    return source, (*where, kind)


def day_parameter(name: str) -> ColumnElement[date]:
    """Return a parameter that takes a day."""
    return bindparam(name, type_=BusinessDate)


def last_of_month(month: ColumnElement[date], dialect: str) -> ColumnElement[date]:
    """Return what no day of *month* is after, and each later month is; *month* is a first day."""
    if dialect == "postgresql":
        return func.date(month.op("+")(literal_column("INTERVAL '1 month -1 day'")))
    # Days are text there; a day that the month may not have compares as well.
    return type_coerce(func.substr(month, 1, 8).concat(literal_column("'31'")), BusinessDate)


_ACCOUNT: Final = (
    account.c.id.label("account_id"),
    account.c.category_id,
    account.c.currency,
    account.c.type,
    account.c.subtype,
)


def _is_of(types: tuple[str, ...]) -> ColumnElement[bool]:
    # Written into the text: a list of parameters would be spelt out anew for each execution.
    return account.c.type.in_([literal_column(f"'{kind}'") for kind in types])


def _totals(shape: Shape, table: str, number: int) -> Select[*tuple[Any, ...]]:
    found = month_total if table == "month" else day_total
    day = found.c[table]
    source, where = accounts_of(shape)
    return (
        select(*_ACCOUNT, day.label("day"), (found.c.debit_minor - found.c.credit_minor).label("minor"))
        .select_from(one_by_one(source, found, totals_within(found, day, number)))
        .where(*where)
    )


def totals_within(found: Table, day: ColumnElement[date], number: int) -> ColumnElement[bool]:
    """Join an account with those of its totals that lie between two parameters, ``first_`` and ``last_`` *number*."""
    within = day.between(day_parameter(f"first_{number}"), day_parameter(f"last_{number}"))
    return and_(found.c.tenant_id == TENANT, found.c.account_id == account.c.id, within)


def touched(dialect: str) -> Subquery:
    """Return the transactions of the days from ``first_0`` to ``last_0`` that touch an account of the list."""
    within = entry.c.effective_date.between(day_parameter("first_0"), day_parameter("last_0"))
    source, where = looked_up(entry.c.account_id, dialect, entry.c.tenant_id == TENANT, within)
    return select(entry.c.transaction_id).select_from(source).where(*where).distinct().subquery("touched")


def entries_touched(dialect: str) -> Join:
    """Return all entries of the transactions of `touched`, each with its account."""
    chosen = touched(dialect)
    theirs = (entry.c.tenant_id == TENANT) & (entry.c.transaction_id == chosen.c.transaction_id)
    of_entry = (account.c.tenant_id == TENANT) & (account.c.id == entry.c.account_id)
    return one_by_one(one_by_one(chosen, entry, theirs), account, of_entry)


def _entries(shape: Shape) -> Select[*tuple[Any, ...]]:
    return (
        select(*_ACCOUNT, entry.c.effective_date.label("day"), entry.c.amount_minor.label("minor"))
        .select_from(entries_touched(shape.dialect))
        .where(_is_of(shape.types))
    )

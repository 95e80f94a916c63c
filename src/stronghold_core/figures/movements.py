"""The largest single amounts of a period.

Totals tell how large the largest entry of a month or a day is. So the months that may hold one of the first *n* are
found among all, then the days among those of these months, and only the entries of those days are read. It costs
accounts × months, and what the accounts behind categories have on *n* days; not what they have in the period.

Let the spans of time that do not overlap, each of one account, stand in the order of their largest amounts, of equal
ones the latest first. Each span holds an entry as large as that. So whatever lies in a span before which *n* others
stand has *n* entries before it, one in each of those: it is none of the first *n*, and the span need not be looked
into. Several accounts may tie, on the same days and with the same largest amount; then all of them are looked into.
The lanes of a span are spans by themselves: no entry is counted in two of them.

For the same reason nothing smaller than the largest amount of the *n*-th span is among the first *n*. That is the floor
below which days, and then entries, are left out before they are put in order.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Integer, Select, bindparam, func, select, union_all

from stronghold_core.currencies import get_currency
from stronghold_core.db.joins import one_by_one
from stronghold_core.figures.records import Movement
from stronghold_core.figures.rules import as_people_read
from stronghold_core.figures.sources import (
    NOMINAL,
    TENANT,
    Shape,
    entries,
    entries_touched,
    last_of_month,
    stretches_of,
    totals,
    totals_within,
)
from stronghold_core.ids import CategoryId, TransactionId
from stronghold_core.ledger import CategoryKind
from stronghold_core.ledger.tables import account, category, day_total, entry, month_total, transaction
from stronghold_core.money import Money

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import ColumnElement, Join, Subquery

    from stronghold_core.db import AnyRow, Unit
    from stronghold_core.ids import AccountId
    from stronghold_core.periods import DateRange


def largest_movements(
    unit: Unit, period: DateRange, *, count: int, accounts: Sequence[AccountId] | None = None
) -> dict[str, tuple[Movement, ...]]:
    """Return the *count* largest amounts on categories within *period*, per currency, the largest first.

    Of equal amounts the latest comes first.

    Args:
        unit: The unit of work.
        period: Which days.
        count: How many of each currency.
        accounts: Only of transactions that touch one of these. Then entries are read, not totals: it costs as much as
            those accounts have entries in the period.
    """
    if accounts is None:
        source = totals(unit, NOMINAL, stretches_of(period), None)
        statement = _largest_of_all(source.shape)
    else:
        source = entries(unit, NOMINAL, period, accounts)
        statement = _largest_touching(source.shape)
    movements: dict[str, list[Movement]] = {}
    for row in unit.connection.execute(statement, {**source.parameters, "count": count}):
        movements.setdefault(row.currency, []).append(_movement(row))
    return {code: tuple(found) for code, found in sorted(movements.items())}


def _movement(row: AnyRow) -> Movement:
    return Movement(
        transaction_id=TransactionId(row.transaction_id),
        effective_date=row.effective_date,
        description=row.description,
        payee=row.payee,
        category_id=CategoryId(row.category_id),
        category=row.category,
        kind=CategoryKind(row.kind),
        amount=Money(as_people_read(row.kind, row.amount_minor), get_currency(row.currency)),
    )


# ------------------------------------------------------------------ statements

_ACCOUNT: Final = (account.c.id.label("account_id"), account.c.currency, account.c.category_id)


@cache
def _largest_of_all(shape: Shape) -> Select[*tuple[Any, ...]]:
    """Look into fewer and fewer spans of time, and then into the entries of some days."""
    arms = [_spans(shape, table, number) for number, table in enumerate(shape.tables)]
    days = _leading(_days_within(_leading(union_all(*arms).subquery("spans"))))
    # Each side by itself, as SQLite's index has amounts.
    is_large = (entry.c.amount_minor >= days.c.floor_minor) | (entry.c.amount_minor <= -days.c.floor_minor)
    on_them = (entry.c.account_id == days.c.account_id) & (entry.c.effective_date == days.c.first) & is_large
    return _shown(days.c.currency, days.c.category_id, one_by_one(days, entry, (entry.c.tenant_id == TENANT) & on_them))


def _spans(shape: Shape, table: str, number: int) -> Select[*tuple[Any, ...]]:
    """Return the months or days of each account behind a category, and how large their largest entries are."""
    found = month_total if table == "month" else day_total
    first = found.c[table]
    last = last_of_month(first, shape.dialect) if table == "month" else first
    return (
        select(*_ACCOUNT, first.label("first"), last.label("last"), found.c.largest_minor)
        .select_from(one_by_one(account, found, totals_within(found, first, number)))
        .where(account.c.tenant_id == TENANT, account.c.category_id.is_not(None))
    )


def _days_within(spans: Subquery) -> Subquery:
    """Return the days of *spans*, which are days already or months; without those that reach no floor."""
    theirs = (
        (day_total.c.tenant_id == TENANT)
        & (day_total.c.account_id == spans.c.account_id)
        & day_total.c.day.between(spans.c.first, spans.c.last)
        & (day_total.c.largest_minor >= spans.c.floor_minor)
    )
    day = day_total.c.day
    whose = spans.c.account_id, spans.c.currency, spans.c.category_id
    return (
        select(*whose, day.label("first"), day.label("last"), day_total.c.largest_minor)
        .select_from(one_by_one(spans, day_total, theirs))
        .subquery("days")
    )


def _leading(spans: Subquery) -> Subquery:
    """Return those of *spans*, each once, before which fewer than the wanted number stand; ties are all in.

    With each comes the floor of its currency: what the last of the wanted number has at most; nothing of fewer spans.
    """
    mine, count = spans.c.currency, bindparam("count", type_=Integer)
    order = spans.c.largest_minor.desc(), spans.c.first.desc()
    place = func.rank().over(partition_by=mine, order_by=order)
    nth = func.nth_value(spans.c.largest_minor, count).over(partition_by=mine, order_by=order, rows=(None, None))
    placed = select(spans, place.label("place"), func.coalesce(nth, 0).label("floor_minor")).subquery()
    columns = (placed.c[name] for name in ("account_id", "currency", "category_id", "first", "last", "floor_minor"))
    return select(*columns).where(placed.c.place <= count).distinct().subquery()


@cache
def _largest_touching(shape: Shape) -> Select[*tuple[Any, ...]]:
    """Go through all entries of the transactions that touch a listed account.

    No total helps here. What the account itself moved does not bound what the transaction moved on a category, if it
    was paid from two accounts; and the largest of a category may all be other accounts'.
    """
    return _shown(account.c.currency, account.c.category_id, entries_touched(shape.dialect))


def _shown(currency: ColumnElement[str], category_id: ColumnElement[UUID], lines: Join) -> Select[*tuple[Any, ...]]:
    """Rank the entries of *lines* first, and look up the words of those alone that are shown."""
    order = (
        func.abs(entry.c.amount_minor).desc(),
        entry.c.effective_date.desc(),
        entry.c.transaction_id,
        entry.c.line,
    )
    place = func.row_number().over(partition_by=currency, order_by=order).label("place")
    columns = entry.c.transaction_id, entry.c.line, entry.c.amount_minor, entry.c.effective_date
    on_categories = select(*columns, currency, category_id, place).select_from(lines).where(category_id.is_not(None))
    ranked = on_categories.subquery("ranked")
    first = select(ranked).where(ranked.c.place <= bindparam("count")).subquery("first")
    its_category = (category.c.tenant_id == TENANT) & (category.c.id == first.c.category_id)
    # Its day is said although its id is enough: of a tenant whom PostgreSQL does not know yet, it may take the index of
    # days for as good as the primary key, and then reads no more than that day.
    that_day = transaction.c.effective_date == first.c.effective_date
    itself = (transaction.c.tenant_id == TENANT) & (transaction.c.id == first.c.transaction_id) & that_day
    words = category.c.name.label("category"), category.c.kind, transaction.c.description, transaction.c.payee
    return (
        select(first, *words)
        .select_from(one_by_one(one_by_one(first, category, its_category), transaction, itself))
        .order_by(first.c.currency, first.c.place)
    )

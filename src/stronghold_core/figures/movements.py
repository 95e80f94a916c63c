"""The largest single amounts of a period, found without going over all of its entries.

No amount is larger than all that its account moved that day. So the days of accounts are taken by what they moved in
all, the most first, and their entries are read, until no day that is left can hold a larger amount than those found.
Where only some accounts count, the entries of their transactions are read instead: what a day moved in all says nothing
of them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Select, bindparam, case, func, select, tuple_

from stronghold_core.currencies import get_currency
from stronghold_core.db.lists import LIST
from stronghold_core.figures.records import Movement
from stronghold_core.figures.rules import as_people_read
from stronghold_core.figures.sources import TENANT, day_parameter, is_touching
from stronghold_core.ids import CategoryId, TransactionId
from stronghold_core.ledger import CategoryKind
from stronghold_core.ledger.tables import account, category, day_total, entry, transaction
from stronghold_core.money import Money

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from stronghold_core.db import AnyRow, Unit
    from stronghold_core.ids import AccountId
    from stronghold_core.periods import DateRange

_DAYS_AT_ONCE: Final = 100


class _Day(NamedTuple):
    """What an account moved on a day, at most in one entry; the larger and the later of two is the greater one."""

    most: int
    day: date
    account_id: UUID


def largest_movements(
    unit: Unit, period: DateRange, *, count: int, accounts: Sequence[AccountId] | None = None
) -> dict[str, tuple[Movement, ...]]:
    """Return the *count* largest amounts on categories within *period*, per currency, the largest first.

    Args:
        unit: The unit of work.
        period: Which days.
        count: How many of each currency.
        accounts: Only of transactions that touch one of these; it costs as much as they have entries in the period.
    """
    if accounts is not None:
        return _largest_touching(unit, period, count, accounts)
    days: dict[str, list[_Day]] = {}
    span = {"tenant": unit.tenant_id, "first": period.first, "last": period.last}
    for row in unit.connection.execute(_DAYS, span):
        days.setdefault(row.currency, []).append(_Day(row.most, row.day, row.account_id))
    return {code: _largest(unit, found, count) for code, found in sorted(days.items())}


def _largest_touching(
    unit: Unit, period: DateRange, count: int, accounts: Sequence[AccountId]
) -> dict[str, tuple[Movement, ...]]:
    parameters = {"tenant": unit.tenant_id, "first_0": period.first, "last_0": period.last, "count": count}
    movements: dict[str, list[Movement]] = {}
    for row in unit.connection.execute(_touching(unit.backend.name), {**parameters, LIST: list(accounts)}):
        movements.setdefault(row.currency, []).append(_movement(row))
    return {code: tuple(found) for code, found in sorted(movements.items())}


def _largest(unit: Unit, days: Sequence[_Day], count: int) -> tuple[Movement, ...]:
    """Go through *days*, which are sorted, until the rest can't matter."""
    found: list[AnyRow] = []
    for start in range(0, len(days), _DAYS_AT_ONCE):
        few = days[start : start + _DAYS_AT_ONCE]
        if len(found) == count and (abs(found[-1].amount_minor), found[-1].effective_date) > few[0][:2]:
            break
        found = sorted([*found, *_entries(unit, few, count)], key=_size)[:count]
    return tuple(_movement(row) for row in found)


def _entries(unit: Unit, days: Sequence[_Day], count: int) -> Sequence[AnyRow]:
    chosen = [(one.account_id, one.day) for one in days]
    return unit.connection.execute(_OF_DAYS, {"tenant": unit.tenant_id, "days": chosen, "count": count}).all()


def _size(row: AnyRow) -> tuple[int, int, UUID, int]:
    """Sort by size; of equal ones the latest comes first, as the statements have it."""
    return (-abs(row.amount_minor), -row.effective_date.toordinal(), row.transaction_id, row.line)


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


_MOST: Final = case(
    (day_total.c.debit_minor > day_total.c.credit_minor, day_total.c.debit_minor), else_=day_total.c.credit_minor
)
# A lane is a part of a day, and an entry lies in one lane; so the most of any lane bounds each of the day's entries.
_DAYS: Final = (
    select(account.c.currency, day_total.c.account_id, day_total.c.day, func.max(_MOST).label("most"))
    .join(day_total, (day_total.c.tenant_id == TENANT) & (day_total.c.account_id == account.c.id))
    .where(
        account.c.tenant_id == TENANT,
        account.c.category_id.is_not(None),
        day_total.c.day.between(day_parameter("first"), day_parameter("last")),
    )
    .group_by(account.c.currency, day_total.c.account_id, day_total.c.day)
    .order_by(func.max(_MOST).desc(), day_total.c.day.desc(), day_total.c.account_id)
)
_LARGEST_FIRST: Final = (
    func.abs(entry.c.amount_minor).desc(),
    entry.c.effective_date.desc(),
    entry.c.transaction_id,
    entry.c.line,
)
_MOVEMENTS: Final = (
    select(
        entry.c.transaction_id,
        entry.c.line,
        entry.c.amount_minor,
        entry.c.effective_date,
        account.c.currency,
        account.c.category_id,
        category.c.name.label("category"),
        category.c.kind,
        transaction.c.description,
        transaction.c.payee,
    )
    .join(account, (account.c.tenant_id == TENANT) & (account.c.id == entry.c.account_id))
    .join(category, (category.c.tenant_id == TENANT) & (category.c.id == account.c.category_id))
    .join(transaction, (transaction.c.tenant_id == TENANT) & (transaction.c.id == entry.c.transaction_id))
    .where(entry.c.tenant_id == TENANT)
)
_OF_DAYS: Final = (
    _MOVEMENTS.where(tuple_(entry.c.account_id, entry.c.effective_date).in_(bindparam("days", expanding=True)))
    .order_by(*_LARGEST_FIRST)
    .limit(bindparam("count"))
)


@cache
def _touching(dialect: str) -> Select[*tuple[Any, ...]]:
    place = func.row_number().over(partition_by=account.c.currency, order_by=_LARGEST_FIRST).label("place")
    ranked = _MOVEMENTS.add_columns(place).where(is_touching(entry.c.transaction_id, dialect)).subquery("ranked")
    return select(ranked).where(ranked.c.place <= bindparam("count")).order_by(ranked.c.currency, ranked.c.place)

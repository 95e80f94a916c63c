"""The largest single amounts of a period, found without going over all of its entries.

No amount is larger than all that its account moved that day. So the days of accounts are taken by what they moved in
all, the most first, and their entries are read, until no day that is left can hold a larger amount than those found.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import BindParameter, Select, bindparam, case, func, select, tuple_

from stronghold_core.currencies import get_currency
from stronghold_core.db.lists import LIST, is_listed
from stronghold_core.figures.records import Movement
from stronghold_core.figures.rules import as_people_read
from stronghold_core.figures.sources import TENANT, day_parameter
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
    """What an account moved on a day, at most in one entry."""

    account_id: UUID
    day: date
    most: int


def largest_movements(
    unit: Unit, period: DateRange, *, count: int, accounts: Sequence[AccountId] | None = None
) -> dict[str, tuple[Movement, ...]]:
    """Return the *count* largest amounts on categories within *period*, per currency, the largest first.

    Args:
        unit: The unit of work.
        period: Which days.
        count: How many of each currency.
        accounts: Only of transactions that touch one of these.
    """
    days: dict[str, list[_Day]] = {}
    span = {"tenant": unit.tenant_id, "first": period.first, "last": period.last}
    for row in unit.connection.execute(_DAYS, span):
        days.setdefault(row.currency, []).append(_Day(row.account_id, row.day, row.most))
    return {code: _largest(unit, found, count, accounts) for code, found in sorted(days.items())}


def _largest(
    unit: Unit, days: Sequence[_Day], count: int, accounts: Sequence[AccountId] | None
) -> tuple[Movement, ...]:
    """Go through *days*, which are sorted, until the rest can't matter."""
    found: list[AnyRow] = []
    for start in range(0, len(days), _DAYS_AT_ONCE):
        few = days[start : start + _DAYS_AT_ONCE]
        if len(found) == count and abs(found[-1].amount_minor) >= few[0].most:
            break
        found = sorted([*found, *_entries(unit, few, count, accounts)], key=_size)[:count]
    return tuple(_movement(row) for row in found)


def _entries(unit: Unit, days: Sequence[_Day], count: int, accounts: Sequence[AccountId] | None) -> Sequence[AnyRow]:
    parameters: dict[str, Any] = {
        "tenant": unit.tenant_id,
        "days": [(one.account_id, one.day) for one in days],
        "count": count,
    }
    if accounts is not None:
        parameters[LIST] = list(accounts)
    return unit.connection.execute(_largest_of(unit.backend.name, accounts is not None), parameters).all()


def _size(row: AnyRow) -> tuple[int, int, UUID, int]:
    """Sort by size; of equal ones the latest comes first, as the statement has it."""
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
    .order_by(func.max(_MOST).desc())
)


@cache
def _largest_of(dialect: str, is_restricted: bool) -> Select[*tuple[Any, ...]]:  # noqa: FBT001 - a part of the key
    days: BindParameter[Any] = bindparam("days", expanding=True)
    touching = entry.alias("touching")
    query = (
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
        .where(entry.c.tenant_id == TENANT, tuple_(entry.c.account_id, entry.c.effective_date).in_(days))
        .order_by(func.abs(entry.c.amount_minor).desc(), entry.c.effective_date.desc(), entry.c.transaction_id)
        .limit(bindparam("count"))
    )
    if not is_restricted:
        return query
    touches = select(touching.c.line).where(
        touching.c.tenant_id == TENANT,
        touching.c.transaction_id == entry.c.transaction_id,
        is_listed(touching.c.account_id, dialect),
    )
    return query.where(touches.exists())

"""The largest single amounts of a period.

No total tells which entry of a day was the largest, so this is the one figure that always reads entries: those on
categories, within the period, by their account's index.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Join, Select, bindparam, func, select

from stronghold_core.currencies import get_currency
from stronghold_core.db.joins import in_order
from stronghold_core.db.lists import LIST
from stronghold_core.figures.records import Movement
from stronghold_core.figures.rules import as_people_read
from stronghold_core.figures.sources import TENANT, day_parameter, touched
from stronghold_core.ids import CategoryId, TransactionId
from stronghold_core.ledger import CategoryKind
from stronghold_core.ledger.tables import account, category, entry, transaction
from stronghold_core.money import Money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stronghold_core.db import AnyRow, Unit
    from stronghold_core.ids import AccountId
    from stronghold_core.periods import DateRange


def largest_movements(
    unit: Unit, period: DateRange, *, count: int, accounts: Sequence[AccountId] | None = None
) -> dict[str, tuple[Movement, ...]]:
    """Return the *count* largest amounts on categories within *period*, per currency, the largest first.

    Of equal amounts the latest comes first. It costs as much as there are entries on categories in the period.

    Args:
        unit: The unit of work.
        period: Which days.
        count: How many of each currency.
        accounts: Only of transactions that touch one of these; then only their entries are read.
    """
    given = {"tenant": unit.tenant_id, "first_0": period.first, "last_0": period.last, "count": count}
    chosen = {} if accounts is None else {LIST: list(accounts)}
    movements: dict[str, list[Movement]] = {}
    for row in unit.connection.execute(_largest(unit.backend.name, accounts is not None), {**given, **chosen}):
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


@cache
def _largest(dialect: str, is_restricted: bool) -> Select[*tuple[Any, ...]]:  # noqa: FBT001 - a part of the key
    """Rank the entries first, and look up the words of those alone that are shown."""
    order = (
        func.abs(entry.c.amount_minor).desc(),
        entry.c.effective_date.desc(),
        entry.c.transaction_id,
        entry.c.line,
    )
    place = func.row_number().over(partition_by=account.c.currency, order_by=order).label("place")
    entries = entry.c.transaction_id, entry.c.line, entry.c.amount_minor, entry.c.effective_date
    ranked = (
        select(*entries, account.c.currency, account.c.category_id, place)
        .select_from(_entries_touching(dialect) if is_restricted else _entries())
        .where(
            account.c.tenant_id == TENANT,
            account.c.category_id.is_not(None),
            entry.c.effective_date.between(day_parameter("first_0"), day_parameter("last_0")),
        )
        .subquery("ranked")
    )
    return (
        select(
            ranked,
            category.c.name.label("category"),
            category.c.kind,
            transaction.c.description,
            transaction.c.payee,
        )
        .join(category, (category.c.tenant_id == TENANT) & (category.c.id == ranked.c.category_id))
        .join(transaction, (transaction.c.tenant_id == TENANT) & (transaction.c.id == ranked.c.transaction_id))
        .where(ranked.c.place <= bindparam("count"))
        .order_by(ranked.c.currency, ranked.c.place)
    )


def _entries() -> Join:
    return in_order(account, entry, (entry.c.tenant_id == TENANT) & (entry.c.account_id == account.c.id))


def _entries_touching(dialect: str) -> Join:
    chosen = touched(dialect)
    theirs = (entry.c.tenant_id == TENANT) & (entry.c.transaction_id == chosen.c.transaction_id)
    return in_order(in_order(chosen, entry, theirs), account, account.c.id == entry.c.account_id)

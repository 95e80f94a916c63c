"""Finding transactions."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select

from stronghold_core.context import EVERYWHERE
from stronghold_core.db import BusinessDate, FixedStatement, Id, table_of
from stronghold_core.db.joins import one_by_one
from stronghold_core.db.lists import LIST, is_listed
from stronghold_core.db.search import mentions
from stronghold_core.ids import TransactionId
from stronghold_core.ledger.accounts.models import Account
from stronghold_core.ledger.accounts.records import Purpose
from stronghold_core.ledger.categories.queries import accounts_below
from stronghold_core.ledger.posting.models import Entry, Transaction
from stronghold_core.ledger.posting.queries import (
    TRANSACTIONS,
    entries_of,
    load_transactions,
    records_with_entries,
    with_entries,
)
from stronghold_core.ledger.transactions.sight import seen_within
from stronghold_core.pagination import Page, decode_position, encode_cursor
from stronghold_core.periods import LAST_DAY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stronghold_core.context import Reach
    from stronghold_core.db import Unit
    from stronghold_core.ids import AccountId
    from stronghold_core.ledger.posting.records import TransactionRecord
    from stronghold_core.ledger.transactions.records import TransactionFilter

_account, _entry, _transaction = table_of(Account), table_of(Entry), table_of(Transaction)
_WORDS: Final = (_transaction.c.description, _transaction.c.payee, _transaction.c.note, _transaction.c.reference)
_AT_A_TIME: Final = 500


def list_transactions(
    unit: Unit, wanted: TransactionFilter, *, limit: int, after: str | None
) -> Page[TransactionRecord]:
    """Return one page of transactions, the latest business date first."""
    scope = ("transactions", unit.tenant_id, wanted)
    query = (
        TRANSACTIONS.where(_transaction.c.tenant_id == unit.tenant_id, *_conditions(unit, wanted))
        .order_by(_transaction.c.effective_date.desc(), _transaction.c.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = _after(query, *decode_position(after, date.fromisoformat, UUID, scope=scope))
    rows = unit.connection.execute(query).all()
    has_more, rows = len(rows) > limit, rows[:limit]
    cursor = encode_cursor([rows[-1].effective_date.isoformat(), str(rows[-1].id)], scope=scope) if has_more else None
    return Page(items=tuple(with_entries(unit, rows)), next_cursor=cursor)


def iterate_transactions(unit: Unit, wanted: TransactionFilter) -> Iterator[list[TransactionRecord]]:
    """Go through all transactions, the earliest business date first, some hundred at a time; memory stays flat."""
    query = (
        TRANSACTIONS.where(_transaction.c.tenant_id == unit.tenant_id, *_conditions(unit, wanted))
        .order_by(_transaction.c.effective_date, _transaction.c.id)
        .limit(_AT_A_TIME)
    )
    rows = unit.connection.execute(query).all()
    while rows:
        yield with_entries(unit, rows)
        day, last = rows[-1].effective_date, rows[-1].id
        # Said twice, so that an index knows where to begin.
        later = or_(_transaction.c.effective_date > day, _transaction.c.id > last)
        rows = unit.connection.execute(query.where(_transaction.c.effective_date >= day, later)).all()


_TENANT: Final = bindparam("tenant", type_=Id)
_UNTIL: Final = bindparam("until", type_=BusinessDate)
_LATEST: Final = (
    TRANSACTIONS.where(_transaction.c.tenant_id == _TENANT, _transaction.c.effective_date <= _UNTIL)
    .order_by(_transaction.c.effective_date.desc(), _transaction.c.id.desc())
    .limit(bindparam("count"))
    .subquery("latest")
)
_LATEST_WITH_ENTRIES: Final = FixedStatement(
    entries_of(_LATEST).order_by(_LATEST.c.effective_date.desc(), _LATEST.c.id.desc(), _entry.c.line)
)


def latest_transactions(
    unit: Unit,
    *,
    count: int,
    until: date | None = None,
    accounts: Sequence[AccountId] | None = None,
    within: Reach = EVERYWHERE,
) -> tuple[TransactionRecord, ...]:
    """Return the latest transactions by business date.

    Args:
        unit: The unit of work.
        count: How many.
        until: None after this day.
        accounts: Only those that touch one of these. It costs as much as they have entries on the days of their own
            latest transactions, so many as are wanted.
        within: The accounts that the reader sees; the others' entries are left out.
    """
    given = {"tenant": unit.tenant_id, "count": count, "until": until or LAST_DAY}
    if accounts is None:
        return tuple(records_with_entries(_LATEST_WITH_ENTRIES.rows(unit.connection, given)))
    found = unit.connection.execute(_latest_touching(unit.backend.name), {**given, LIST: list(accounts)})
    records = load_transactions(unit, [TransactionId(row.transaction_id) for row in found])
    return tuple(seen_within(unit, within, records))


@cache
def _latest_touching(dialect: str) -> Select[*tuple[Any, ...]]:
    """Find out since when each account has as many transactions as are wanted, and read those of all accounts."""
    own = _entry.alias("own")
    last = (
        select(own.c.effective_date)
        .where(own.c.tenant_id == _TENANT, own.c.account_id == _account.c.id, own.c.effective_date <= _UNTIL)
        # A transaction may touch an account more than once.
        .group_by(own.c.effective_date, own.c.transaction_id)
        .order_by(own.c.effective_date.desc(), own.c.transaction_id.desc())
        .limit(bindparam("count"))
        .correlate(_account)
        .subquery()
    )
    since = select(func.min(last.c.effective_date)).scalar_subquery()
    theirs = (
        (_entry.c.tenant_id == _TENANT)
        & (_entry.c.account_id == _account.c.id)
        & _entry.c.effective_date.between(since, _UNTIL)
    )
    return (
        select(_entry.c.effective_date, _entry.c.transaction_id)
        .select_from(one_by_one(_account, _entry, theirs))
        .where(_account.c.tenant_id == _TENANT, is_listed(_account.c.id, dialect))
        .distinct()
        .order_by(_entry.c.effective_date.desc(), _entry.c.transaction_id.desc())
        .limit(bindparam("count"))
    )


def _after(query: Select[*tuple[Any, ...]], day: date, transaction_id: UUID) -> Select[*tuple[Any, ...]]:
    earlier_that_day = and_(_transaction.c.effective_date == day, _transaction.c.id < transaction_id)
    return query.where(or_(_transaction.c.effective_date < day, earlier_that_day))


def _conditions(unit: Unit, wanted: TransactionFilter) -> list[ColumnElement[bool]]:
    # Said also where any day will do: PostgreSQL's index of days is partial, and answers nothing that asks for none.
    conditions: list[ColumnElement[bool]] = [_transaction.c.effective_date <= (wanted.last or LAST_DAY)]
    if wanted.first is not None:
        conditions.append(_transaction.c.effective_date >= wanted.first)
    if wanted.text:
        conditions.append(mentions(_WORDS, wanted.text, unit.backend.name))
    if wanted.within is not None:
        conditions.append(_has_entry(unit, _entry.c.account_id.in_(wanted.within)))
    if wanted.account is not None:
        conditions.append(_has_entry(unit, _entry.c.account_id == wanted.account, *_seen(unit, wanted)))
    if wanted.category is not None:
        conditions.append(_has_entry(unit, _entry.c.account_id.in_(_category_accounts(unit, wanted))))
    if wanted.min_amount is not None or wanted.max_amount is not None:
        conditions.append(_has_entry(unit, *_sizes(unit, wanted), *_seen(unit, wanted)))
    return conditions


def _has_entry(unit: Unit, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        _entry.c.tenant_id == unit.tenant_id, _entry.c.transaction_id == _transaction.c.id, *conditions
    )


def _seen(unit: Unit, wanted: TransactionFilter) -> list[ColumnElement[bool]]:
    """Say that an entry is on an account that the reader sees, or on one that says no more than that.

    Trading accounts hold the opposite of what happened to the other side, which the reader may not see.
    """
    if wanted.within is None:
        return []
    is_nobodys = exists().where(
        _account.c.tenant_id == unit.tenant_id,
        _account.c.id == _entry.c.account_id,
        _account.c.purpose.in_([Purpose.CATEGORY.value, Purpose.OPENING.value]),
    )
    return [or_(_entry.c.account_id.in_(wanted.within), is_nobodys)]


def _category_accounts(unit: Unit, wanted: TransactionFilter) -> list[AccountId]:
    return accounts_below(unit, wanted.category) if wanted.category is not None else []


def _sizes(unit: Unit, wanted: TransactionFilter) -> list[ColumnElement[bool]]:
    bound = wanted.max_amount if wanted.min_amount is None else wanted.min_amount
    code = bound.currency.code if bound is not None else ""
    in_currency = exists().where(
        _account.c.tenant_id == unit.tenant_id, _account.c.id == _entry.c.account_id, _account.c.currency == code
    )
    conditions: list[ColumnElement[bool]] = [in_currency]
    if wanted.min_amount is not None:
        conditions.append(func.abs(_entry.c.amount_minor) >= wanted.min_amount.minor)
    if wanted.max_amount is not None:
        conditions.append(func.abs(_entry.c.amount_minor) <= wanted.max_amount.minor)
    return conditions

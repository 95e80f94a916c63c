"""Working out balances from totals, with a handful of indexed reads however many entries there are.

Now: the account's own row if it is chained, else the sum of its months. On a day: the months before that day's month,
plus the days of the month up to it. As recorded at an instant: today's balance less what was recorded since.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from stronghold_core.db import exact_sum, table_of
from stronghold_core.ids import AccountId, TransactionId
from stronghold_core.ledger.accounts.models import Account
from stronghold_core.ledger.balances.records import HistoryRow
from stronghold_core.ledger.posting.models import DayTotal, Entry, MonthTotal, Transaction
from stronghold_core.ledger.posting.records import TransactionKind
from stronghold_core.money import Money
from stronghold_core.pagination import Page, decode_position, encode_cursor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stronghold_core.currencies import Currency
    from stronghold_core.db import Unit
    from stronghold_core.ledger.accounts.records import AccountFacts

_account, _entry, _transaction = table_of(Account), table_of(Entry), table_of(Transaction)
_day, _month = table_of(DayTotal), table_of(MonthTotal)


class _Place(NamedTuple):
    """Where an entry stands in its account's history."""

    day: date
    transaction_id: UUID
    line: int


def balance_now(unit: Unit, account: AccountFacts) -> int:
    """Return the present balance in minor units."""
    if account.is_chained:
        query = select(_account.c.balance_minor).where(
            _account.c.tenant_id == unit.tenant_id, _account.c.id == account.id
        )
        return int(unit.connection.execute(query).scalar_one())
    return nominal_balances(unit, [account.id]).get(account.id, 0)


def nominal_balances(unit: Unit, ids: Sequence[AccountId]) -> dict[AccountId, int]:
    """Return the present balances of accounts without a chain; those without entries are left out."""
    if not ids:
        return {}
    query = (
        select(_month.c.account_id, exact_sum(_month.c.debit_minor - _month.c.credit_minor).label("balance"))
        .where(_month.c.tenant_id == unit.tenant_id, _month.c.account_id.in_(ids))
        .group_by(_month.c.account_id)
    )
    return {AccountId(row.account_id): row.balance for row in unit.connection.execute(query)}


def balance_on(unit: Unit, account_id: AccountId, day: date) -> int:
    """Return the balance at the end of *day*, counting everything known now."""
    month = day.replace(day=1)
    before = _sum(unit, _month, account_id, _month.c.month < month)
    return before + _sum(unit, _day, account_id, and_(_day.c.day >= month, _day.c.day <= day))


def balance_recorded_at(unit: Unit, account: AccountFacts, instant: datetime) -> int:
    """Return the balance as it was known at *instant*: the present one less what was recorded since."""
    query = select(exact_sum(_entry.c.amount_minor)).where(
        _entry.c.tenant_id == unit.tenant_id, _entry.c.account_id == account.id, _entry.c.recorded_at > instant
    )
    return balance_now(unit, account) - int(unit.connection.execute(query).scalar_one())


def list_history(
    unit: Unit,
    account: AccountFacts,
    *,
    first: date | None,
    last: date | None,
    limit: int,
    after: str | None,
) -> Page[HistoryRow]:
    """Return one page of an account's entries, the latest business date first, each with the balance after it."""
    scope = ("history", unit.tenant_id, account.id, first, last)
    place = None if after is None else _Place(*decode_position(after, date.fromisoformat, UUID, _line, scope=scope))
    rows = _history_rows(unit, _entries_between(unit, account.id, first, last), place, limit + 1)
    has_more, rows = len(rows) > limit, rows[:limit]
    running = _balance_after(unit, account.id, rows[0]) if rows else 0
    records = []
    for row in rows:
        records.append(_history_row(row, running, account.currency))
        running -= row.amount_minor
    cursor = encode_cursor(_position(rows[-1]), scope=scope) if has_more else None
    return Page(items=tuple(records), next_cursor=cursor)


def _entries_between(
    unit: Unit, account_id: AccountId, first: date | None, last: date | None
) -> list[ColumnElement[bool]]:
    conditions = [_entry.c.tenant_id == unit.tenant_id, _entry.c.account_id == account_id]
    if first is not None:
        conditions.append(_entry.c.effective_date >= first)
    if last is not None:
        conditions.append(_entry.c.effective_date <= last)
    return conditions


def _history_rows(
    unit: Unit, conditions: Sequence[ColumnElement[bool]], place: _Place | None, limit: int
) -> Sequence[Any]:
    query = (
        select(
            _entry,
            _transaction.c.kind,
            _transaction.c.description,
            _transaction.c.payee,
        )
        .join(
            _transaction,
            and_(_transaction.c.tenant_id == _entry.c.tenant_id, _transaction.c.id == _entry.c.transaction_id),
        )
        .where(*conditions)
        .order_by(_entry.c.effective_date.desc(), _entry.c.transaction_id.desc(), _entry.c.line.desc())
        .limit(limit)
    )
    if place is not None:
        query = query.where(_before(place))
    return unit.connection.execute(query).all()


def _balance_after(unit: Unit, account_id: AccountId, row: Any) -> int:  # noqa: ANN401 - a row of entries
    """Return the balance after the entry *row*: the end of its day, less the entries of that day that follow it."""
    day = row.effective_date
    following = select(exact_sum(_entry.c.amount_minor)).where(
        _entry.c.tenant_id == unit.tenant_id,
        _entry.c.account_id == account_id,
        _entry.c.effective_date == day,
        or_(
            _entry.c.transaction_id > row.transaction_id,
            and_(_entry.c.transaction_id == row.transaction_id, _entry.c.line > row.line),
        ),
    )
    return balance_on(unit, account_id, day) - int(unit.connection.execute(following).scalar_one())


def _before(place: _Place) -> ColumnElement[bool]:
    return or_(
        _entry.c.effective_date < place.day,
        and_(
            _entry.c.effective_date == place.day,
            or_(
                _entry.c.transaction_id < place.transaction_id,
                and_(_entry.c.transaction_id == place.transaction_id, _entry.c.line < place.line),
            ),
        ),
    )


def _line(text: str) -> int:
    """Read a line's number; PostgreSQL would refuse to compare a SMALLINT with a larger one."""
    if not 0 < int(text) < 2**15:
        raise ValueError(text)
    return int(text)


def _position(row: Any) -> list[str | int]:  # noqa: ANN401 - a row of entries
    return [row.effective_date.isoformat(), str(row.transaction_id), row.line]


def _sum(unit: Unit, table: Any, account_id: AccountId, span: ColumnElement[bool]) -> int:  # noqa: ANN401 - one of two tables
    query = select(exact_sum(table.c.debit_minor - table.c.credit_minor)).where(
        table.c.tenant_id == unit.tenant_id, table.c.account_id == account_id, span
    )
    return int(unit.connection.execute(query).scalar_one())


def _history_row(row: Any, running_minor: int, currency: Currency) -> HistoryRow:  # noqa: ANN401 - a row of entries
    return HistoryRow(
        transaction_id=TransactionId(row.transaction_id),
        line=row.line,
        kind=TransactionKind(row.kind),
        effective_date=row.effective_date,
        recorded_at=row.recorded_at,
        description=row.description,
        payee=row.payee,
        amount=Money(row.amount_minor, currency),
        running_balance=Money(running_minor, currency),
    )

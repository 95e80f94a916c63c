"""Reading transactions with their entries, and what was posted under a key or a reference."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Select, Subquery, bindparam, delete, select, update

from stronghold_core.currencies import Currency, get_currency
from stronghold_core.db import AnyRow, FixedStatement, Id, table_of
from stronghold_core.db.joins import one_by_one
from stronghold_core.db.lists import looked_up, rows_of_list, where_listed
from stronghold_core.errors import NotFoundError
from stronghold_core.ids import AccountId, CategoryId, TransactionId
from stronghold_core.ledger.accounts.models import Account
from stronghold_core.ledger.posting.models import Entry, IdempotencyKey, Transaction
from stronghold_core.ledger.posting.records import EntryRecord, TransactionKind, TransactionRecord
from stronghold_core.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from stronghold_core.db import Unit

_transaction, _entry, _account, _key = (
    table_of(Transaction),
    table_of(Entry),
    table_of(Account),
    table_of(IdempotencyKey),
)


_reversal = _transaction.alias("reversal")
# A transaction is reversed at most once: the unique index by which this looks is what says so.
_REVERSED_BY = (
    select(_reversal.c.id)
    .where(_reversal.c.tenant_id == _transaction.c.tenant_id, _reversal.c.reverses_id == _transaction.c.id)
    .scalar_subquery()
    .label("reversed_by_id")
)
TRANSACTIONS: Final = select(_transaction, _REVERSED_BY)
"""Reads what `with_entries` makes records of; whoever uses it says of which tenant, and which."""


class KeptRequest(NamedTuple):
    """A request that was carried out under an idempotency key."""

    fingerprint: bytes
    transaction_id: TransactionId


def find_keys(unit: Unit, keys: Sequence[str]) -> dict[str, KeptRequest]:
    """Look up the requests of this principal under *keys*."""
    statement = _statements(unit.backend.name)["keys"]
    parameters = {"tenant": unit.tenant_id, "principal": unit.context.principal}
    rows = rows_of_list(unit.connection, statement, keys, parameters)
    return {row.key: KeptRequest(bytes(row.fingerprint), TransactionId(row.transaction_id)) for row in rows}


def delete_keys(unit: Unit, used_before: datetime) -> int:
    """Delete the keys used before an instant; return how many."""
    statement = delete(_key).where(_key.c.tenant_id == unit.tenant_id, _key.c.created_at < used_before)
    return unit.connection.execute(statement).rowcount


def find_references(unit: Unit, references: Sequence[str]) -> dict[str, TransactionId]:
    """Look up the transactions that have *references*."""
    statement = _statements(unit.backend.name)["references"]
    rows = rows_of_list(unit.connection, statement, references, {"tenant": unit.tenant_id})
    return {row.reference: TransactionId(row.id) for row in rows}


def find_reversal(unit: Unit, transaction_id: TransactionId) -> TransactionId | None:
    """Return the reversal of a transaction, if there is one."""
    query = select(_transaction.c.id).where(
        _transaction.c.tenant_id == unit.tenant_id, _transaction.c.reverses_id == transaction_id
    )
    found = unit.connection.execute(query).scalar_one_or_none()
    return None if found is None else TransactionId(found)


_LOCK: Final = (
    update(_transaction)
    .where(
        _transaction.c.tenant_id == bindparam("tenant", type_=Id),
        _transaction.c.id == bindparam("transaction", type_=Id),
    )
    .values(note=_transaction.c.note)
)


def lock_transaction(unit: Unit, transaction_id: TransactionId) -> None:
    """Let corrections and reversals of one transaction happen one after another.

    The row is written as it stands, because a mere lock would let a unit under REPEATABLE READ (a host's choice) go on
    from what it saw before another one corrected the transaction; so it gets a conflict.
    """
    unit.connection.execute(_LOCK, {"tenant": unit.tenant_id, "transaction": transaction_id})


def lock_transactions(unit: Unit, ids: Sequence[TransactionId]) -> None:
    """Do the same for many transactions at once: one by one by their key, which one statement for all may not use."""
    if unit.backend.locks_rows and ids:
        each = [{"tenant": unit.tenant_id, "transaction": transaction_id} for transaction_id in sorted(ids)]
        unit.connection.execute(_LOCK, each)


def get_transaction(unit: Unit, transaction_id: TransactionId) -> TransactionRecord:
    """Return one transaction.

    Raises:
        NotFoundError: If the tenant has none with that id.
    """
    found = load_transactions(unit, [transaction_id])
    if not found:
        raise NotFoundError(kind="transaction", key=transaction_id)
    return found[0]


def load_transactions(unit: Unit, ids: Sequence[TransactionId]) -> list[TransactionRecord]:
    """Return the transactions *ids* with their entries, in the order of *ids*; missing ones are left out."""
    statement = _statements(unit.backend.name)["transactions"]
    rows = rows_of_list(unit.connection, statement, ids, {"tenant": unit.tenant_id})
    records = {record.id: record for record in with_entries(unit, rows)}
    return [records[transaction_id] for transaction_id in ids if transaction_id in records]


def with_entries(unit: Unit, rows: Sequence[AnyRow]) -> list[TransactionRecord]:
    """Make the records of *rows* that `TRANSACTIONS` read, in their order, with the entries of all."""
    entries = _entries_of(unit, [TransactionId(row.id) for row in rows])
    return [transaction_record(row, entries.get(row.id, ())) for row in rows]


def records_with_entries(rows: Iterable[AnyRow]) -> list[TransactionRecord]:
    """Make the records of what `entries_of` reads, in their order, which keeps a transaction together."""
    records: list[TransactionRecord] = []
    for _, lines in groupby(rows, attrgetter("id")):
        found = [*lines]
        entries = [entry_record(line, get_currency(line.currency)) for line in found]
        records.append(transaction_record(found[0], entries))
    return records


def entries_of(transactions: Subquery) -> Select[*tuple[Any, ...]]:
    """Read *transactions*, which `TRANSACTIONS` selects, with the entries of each beside it."""
    theirs = (_entry.c.tenant_id == transactions.c.tenant_id) & (_entry.c.transaction_id == transactions.c.id)
    of_entry = (_account.c.tenant_id == _entry.c.tenant_id) & (_account.c.id == _entry.c.account_id)
    own = (column for column in _entry.c if column.name not in transactions.c)
    return select(transactions, *own, _account.c.currency, _account.c.category_id).select_from(
        one_by_one(one_by_one(transactions, _entry, theirs), _account, of_entry)
    )


def _entries_of(unit: Unit, ids: Sequence[TransactionId]) -> dict[UUID, list[EntryRecord]]:
    statement = _statements(unit.backend.name)["entries"]
    entries: dict[UUID, list[EntryRecord]] = {}
    for row in rows_of_list(unit.connection, statement, ids, {"tenant": unit.tenant_id}):
        entries.setdefault(row.transaction_id, []).append(entry_record(row, get_currency(row.currency)))
    return entries


@cache
def _statements(dialect: str) -> dict[str, FixedStatement]:
    tenant = bindparam("tenant", type_=Id)
    keys = where_listed(
        select(_key.c.key, _key.c.fingerprint, _key.c.transaction_id),
        _key.c.key,
        dialect,
        _key.c.tenant_id == tenant,
        _key.c.principal_id == bindparam("principal"),
    )
    references = where_listed(
        select(_transaction.c.reference, _transaction.c.id),
        _transaction.c.reference,
        dialect,
        _transaction.c.tenant_id == tenant,
    )
    transactions = where_listed(TRANSACTIONS, _transaction.c.id, dialect, _transaction.c.tenant_id == tenant)
    theirs, where = looked_up(_entry.c.transaction_id, dialect, _entry.c.tenant_id == tenant)
    of_entry = (_account.c.tenant_id == tenant) & (_account.c.id == _entry.c.account_id)
    entries = (
        select(_entry, _account.c.currency, _account.c.category_id)
        .select_from(one_by_one(theirs, _account, of_entry))
        .where(*where)
        .order_by(_entry.c.transaction_id, _entry.c.line)
    )
    made = {"keys": keys, "references": references, "transactions": transactions, "entries": entries}
    return {purpose: FixedStatement(statement) for purpose, statement in made.items()}


def entry_record(row: Any, currency: Currency) -> EntryRecord:  # noqa: ANN401 - a row, or a step that looks like one
    """Make the record of one entry."""
    after = row.balance_after_minor
    return EntryRecord(
        line=row.line,
        account_id=AccountId(row.account_id),
        category_id=None if row.category_id is None else CategoryId(row.category_id),
        amount=Money(row.amount_minor, currency),
        balance_after=None if after is None else Money(after, currency),
        account_version=row.account_version,
    )


def transaction_record(row: AnyRow, entries: Iterable[EntryRecord]) -> TransactionRecord:
    """Make the record of one transaction."""
    return TransactionRecord(
        id=TransactionId(row.id),
        kind=TransactionKind(row.kind),
        effective_date=row.effective_date,
        recorded_at=row.recorded_at,
        description=row.description,
        payee=row.payee,
        note=row.note,
        reference=row.reference,
        reverses_id=None if row.reverses_id is None else TransactionId(row.reverses_id),
        reversed_by_id=None if row.reversed_by_id is None else TransactionId(row.reversed_by_id),
        entries=tuple(entries),
    )

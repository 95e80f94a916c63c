"""Writing a planned batch: a constant number of statements, however many transactions it holds."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from stronghold_core.db import FixedStatement, table_of
from stronghold_core.db.bulk import BulkInsert, array_text, postgresql_type, sqlite_column, sqlite_value
from stronghold_core.db.fixed import run_for_each
from stronghold_core.db.lanes import free_lane
from stronghold_core.ledger.accounts.models import Account
from stronghold_core.ledger.posting.models import DayTotal, Entry, IdempotencyKey, MonthTotal, Transaction
from stronghold_core.money import checked_minor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from stronghold_core.db import Unit
    from stronghold_core.ids import AccountId, AuditId
    from stronghold_core.ledger.posting.batch import Request
    from stronghold_core.ledger.posting.rules import Standing

_TRANSACTIONS = BulkInsert(
    table_of(Transaction),
    ["id", "kind", "effective_date", "description", "payee", "note", "reference", "reverses_id"],
    ["tenant_id", "recorded_at", "audit_id"],
)
_ENTRIES = BulkInsert(
    table_of(Entry),
    [
        "transaction_id",
        "line",
        "account_id",
        "amount_minor",
        "effective_date",
        "balance_after_minor",
        "account_version",
    ],
    ["tenant_id", "recorded_at"],
)
_ADD = (
    "debit_minor = t.debit_minor + excluded.debit_minor, credit_minor = t.credit_minor + excluded.credit_minor,"
    " largest_minor = CASE WHEN excluded.largest_minor > t.largest_minor"
    " THEN excluded.largest_minor ELSE t.largest_minor END, count = t.count + excluded.count"
)
_DAYS = BulkInsert(
    table_of(DayTotal),
    ["account_id", "lane", "day", "debit_minor", "credit_minor", "largest_minor", "count"],
    ["tenant_id"],
    f"ON CONFLICT (tenant_id, account_id, day, lane) DO UPDATE SET {_ADD}",
)
_MONTHS = BulkInsert(
    table_of(MonthTotal),
    ["account_id", "lane", "month", "debit_minor", "credit_minor", "largest_minor", "count"],
    ["tenant_id"],
    f"ON CONFLICT (tenant_id, account_id, month, lane) DO UPDATE SET {_ADD}",
)
_KEYS = BulkInsert(
    table_of(IdempotencyKey),
    ["key", "fingerprint", "transaction_id"],
    ["tenant_id", "principal_id", "created_at"],
)
_MOVE_POSTGRESQL = FixedStatement(
    text(
        "UPDATE stronghold_account AS a SET balance_minor = u.balance_minor, version = u.version,"
        " last_recorded_at = :recorded_at FROM unnest(CAST(:id AS uuid[]), CAST(:balance_minor AS bigint[]),"
        " CAST(:version AS bigint[])) AS u(id, balance_minor, version)"
        " WHERE a.tenant_id = :tenant_id AND a.id = ANY (CAST(:id AS uuid[])) AND a.id = u.id"
    )
)
_MOVE_SQLITE = (
    "UPDATE stronghold_account SET balance_minor = ?, version = ?, last_recorded_at = ? WHERE tenant_id = ? AND id = ?"
)


def write_batch(
    unit: Unit,
    batch: Sequence[Request],
    standings: Mapping[AccountId, Standing],
    *,
    audit_id: AuditId,
    recorded_at: datetime,
) -> None:
    """Write transactions, entries, balances, totals and idempotency keys of *batch*."""
    constants = {"tenant_id": unit.tenant_id, "recorded_at": recorded_at, "audit_id": audit_id}
    _TRANSACTIONS.run(unit.connection, _transaction_columns(batch), constants)
    write_entries(unit, batch, standings, recorded_at=recorded_at)
    _write_keys(unit, batch, recorded_at)


def write_entries(
    unit: Unit, batch: Sequence[Request], standings: Mapping[AccountId, Standing], *, recorded_at: datetime
) -> None:
    """Write the entries of *batch*, and with them the balances and totals they change."""
    connection = unit.connection
    lane = (
        0
        if all(step.line.account.is_chained for request in batch for step in request.steps)
        else free_lane(connection, unit.tenant_id)
    )
    days, months = _totals(batch, lane)
    _move_balances(unit, batch, standings, recorded_at)
    _ENTRIES.run(connection, _entry_columns(batch), {"tenant_id": unit.tenant_id, "recorded_at": recorded_at})
    # Totals come last: on nominal accounts theirs are the only locks another unit may wait for.
    _DAYS.run(connection, _total_columns(days, "day"), {"tenant_id": unit.tenant_id})
    _MONTHS.run(connection, _total_columns(months, "month"), {"tenant_id": unit.tenant_id})


def _move_balances(
    unit: Unit, batch: Sequence[Request], standings: Mapping[AccountId, Standing], recorded_at: datetime
) -> None:
    touched = {step.line.account.id for request in batch for step in request.steps if step.line.account.is_chained}
    moved = [standings[account_id] for account_id in sorted(touched)]
    if not moved:
        return
    columns: dict[str, list[Any]] = {
        "balance_minor": [standing.balance_minor for standing in moved],
        "version": [standing.version for standing in moved],
        "id": [standing.facts.id for standing in moved],
    }
    table = table_of(Account)
    if unit.backend.name == "postgresql":
        arrays = {name: array_text(postgresql_type(table, name), columns[name]) for name in columns}
        constants = {"recorded_at": recorded_at, "tenant_id": unit.tenant_id}
        _MOVE_POSTGRESQL.run(unit.connection, {**arrays, **constants})
        return
    at = sqlite_value(table, "last_recorded_at", recorded_at)
    tenant = sqlite_value(table, "tenant_id", unit.tenant_id)
    rows = zip(columns["balance_minor"], columns["version"], sqlite_column(table, "id", columns["id"]), strict=True)
    moves = [(balance, version, at, tenant, account_id) for balance, version, account_id in rows]
    run_for_each(unit.connection, _MOVE_SQLITE, moves)


def _transaction_columns(batch: Sequence[Request]) -> dict[str, list[Any]]:
    postings = [request.posted() for request in batch]
    return {
        "id": [posting.id for posting in postings],
        "kind": [posting.kind.value for posting in postings],
        "effective_date": [posting.effective_date for posting in postings],
        "description": [posting.draft.description for posting in postings],
        "payee": [posting.draft.payee for posting in postings],
        "note": [posting.draft.note for posting in postings],
        "reference": [posting.draft.reference for posting in postings],
        "reverses_id": [posting.reverses_id for posting in postings],
    }


def _entry_columns(batch: Sequence[Request]) -> dict[str, list[Any]]:
    rows = [
        (request.posted(), number, step)
        for request in batch
        for number, step in enumerate(request.steps, request.first_line)
    ]
    return {
        "transaction_id": [posting.id for posting, _, _ in rows],
        "line": [number for _, number, _ in rows],
        "account_id": [step.line.account.id for _, _, step in rows],
        "amount_minor": [step.line.amount_minor for _, _, step in rows],
        "effective_date": [posting.effective_date for posting, _, _ in rows],
        "balance_after_minor": [step.balance_after_minor for _, _, step in rows],
        "account_version": [step.account_version for _, _, step in rows],
    }


class _Sides:
    """Debits, credits, the largest and the number of entries of one account in one span of time."""

    __slots__ = ("count", "credit", "debit", "largest")

    def __init__(self) -> None:
        self.debit = self.credit = self.largest = self.count = 0

    def add(self, amount_minor: int) -> None:
        """Count one entry."""
        if amount_minor > 0:
            self.debit += amount_minor
        else:
            self.credit -= amount_minor
        self.largest = max(self.largest, abs(amount_minor))
        self.count += 1


Totals = dict[tuple["UUID", int, date], _Sides]


def _totals(batch: Sequence[Request], lane: int) -> tuple[Totals, Totals]:
    days: Totals = {}
    months: Totals = {}
    for request in batch:
        day = request.posted().effective_date
        month = day.replace(day=1)
        for step in request.steps:
            account = step.line.account
            own_lane = 0 if account.is_chained else lane
            for totals, span in ((days, day), (months, month)):
                key = (account.id, own_lane, span)
                sides = totals.get(key)
                if sides is None:
                    sides = totals[key] = _Sides()
                sides.add(step.line.amount_minor)
    return days, months


def _total_columns(totals: Totals, span: str) -> dict[str, list[Any]]:
    # Sorted, so that two units add to the same rows in the same order.
    ordered = sorted(totals.items(), key=lambda item: item[0])
    return {
        "account_id": [account for (account, _, _), _ in ordered],
        "lane": [lane for (_, lane, _), _ in ordered],
        span: [day for (_, _, day), _ in ordered],
        "debit_minor": [checked_minor(sides.debit, "A total") for _, sides in ordered],
        "credit_minor": [checked_minor(sides.credit, "A total") for _, sides in ordered],
        "largest_minor": [sides.largest for _, sides in ordered],
        "count": [sides.count for _, sides in ordered],
    }


def _write_keys(unit: Unit, batch: Sequence[Request], recorded_at: datetime) -> None:
    keyed = [request for request in batch if request.fingerprint is not None]
    _KEYS.run(
        unit.connection,
        {
            "key": [request.draft.idempotency_key for request in keyed],
            "fingerprint": [request.fingerprint for request in keyed],
            "transaction_id": [request.posted().id for request in keyed],
        },
        {"tenant_id": unit.tenant_id, "principal_id": unit.context.principal, "created_at": recorded_at},
    )

"""SQLite through the driver of the standard library alone: the least that keeping these books costs.

The tables, the durability (WAL, synchronous FULL) and the guarantees are the library's own, as in `benches.raw`.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from benches.bookkeeping import by_month, entry_rows, payload_of, totals_of, year_before
from benches.sides import PAYEE, PRINCIPAL, WORDS, Order, Tenant
from stronghold_core.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from uuid import UUID

_PRAGMAS: Final = ("foreign_keys = ON", "journal_mode = WAL", "synchronous = FULL")


class RawSQLite:
    """One tenant's books on one connection."""

    def __init__(self, path: Path, tenant: Tenant) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in _PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}")
        self._id = tenant.id.bytes
        self._tenant = tenant

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    # ------------------------------------------------------------------ writing

    def post(self, order: Order) -> None:
        """Post one order."""
        with self._writing():
            transaction_id, event = new_id(), new_id()
            self._write([order], [transaction_id], event)
            self._record(event, ("transaction.record", "transaction", transaction_id.bytes), payload_of(order))

    def post_without_audit(self, order: Order) -> None:
        """Post one order, but leave the audit event out."""
        with self._writing():
            self._write([order], [new_id()], new_id())

    def post_many(self, orders: Sequence[Order]) -> None:
        """Carry the orders out in memory and write each table with one `executemany`."""
        with self._writing():
            event = new_id()
            self._write(orders, [new_id() for _ in orders], event)
            self._record(event, ("transaction.post_many", "batch", None), json.dumps({"transactions": len(orders)}))

    def _write(self, orders: Sequence[Order], ids: Sequence[UUID], event: UUID) -> None:
        tenant, now = self._id, _now()
        standing = {account: self._standing(account) for account in {order.account for order in orders}}
        entries = entry_rows(orders, ids, standing)
        totals = totals_of(orders, lane=0)
        many = self._connection.executemany
        rows = zip(ids, orders, strict=True)
        many(
            _TRANSACTION,
            [(tenant, i.bytes, order.day.isoformat(), now, WORDS, PAYEE, event.bytes) for i, order in rows],
        )
        many(_BALANCE, [(balance, version, now, tenant, i.bytes) for i, (balance, version) in standing.items()])
        many(
            _ENTRY,
            [
                (tenant, i.bytes, line, account.bytes, amount, day.isoformat(), now, balance, version)
                for i, line, account, amount, day, balance, version in entries
            ],
        )
        many(_DAY, [(tenant, a.bytes, day.isoformat(), lane, *sides) for (a, day, lane), sides in totals.items()])
        many(_MONTH, [(tenant, a.bytes, day.isoformat(), *rest) for a, day, *rest in by_month(totals)])
        many(_KEY, [(tenant, PRINCIPAL, o.key, _digest(o), i.bytes, now) for i, o in zip(ids, orders, strict=True)])

    def _standing(self, account: UUID) -> list[int]:
        balance, version, low, status = self._connection.execute(_STANDING, (self._id, account.bytes)).fetchone()
        assert status == "open"
        assert low is None
        return [balance, version]

    def _record(self, event: UUID, what: tuple[str, str, bytes | None], payload: str) -> None:
        salt = os.urandom(16)
        commitment = hashlib.sha256(salt + payload.encode()).digest()
        values = (self._id, event.bytes, _now(), PRINCIPAL, *what, commitment, salt, payload)
        self._connection.execute(_EVENT, values)

    # ------------------------------------------------------------------ reading

    def read_account(self) -> int:
        """Read one account."""
        with self._reading():
            row = self._connection.execute(_ACCOUNT, (self._id, self._tenant.accounts[0].bytes)).fetchone()
        return int(row[0])

    def overview(self) -> int:
        """Read accounts, a year of totals by category, and the latest transactions."""
        with self._reading():
            accounts = self._accounts_flows_and_latest(_FLOWS)
        return sum(row[2] for row in accounts)

    def overview_from_entries(self) -> int:
        """Read the same, but add up balances and flows from the entries."""
        with self._reading():
            chained = {row[0] for row in self._accounts_flows_and_latest(_FLOWS_OF_ENTRIES)}
            rows = self._connection.execute(_BALANCES_OF_ENTRIES, (self._id,)).fetchall()
        return sum(row[1] for row in rows if row[0] in chained)

    def sum_of_entries(self) -> int:
        """Add up all entries by account."""
        with self._reading():
            rows = self._connection.execute(_BALANCES_OF_ENTRIES, (self._id,)).fetchall()
        return sum(row[2] for row in rows)

    def _accounts_flows_and_latest(self, flows: str) -> list[tuple[bytes, str, int]]:
        since = year_before(datetime.now(UTC).date())
        accounts = self._connection.execute(_ACCOUNTS, (self._id,)).fetchall()
        self._connection.execute(flows, (self._id, since.isoformat())).fetchall()
        self._connection.execute(_LATEST, {"tenant": self._id}).fetchall()
        return accounts

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        yield
        self._connection.execute("COMMIT")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        self._connection.execute("BEGIN")
        yield
        self._connection.execute("COMMIT")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _digest(order: Order) -> bytes:
    return hashlib.sha256(payload_of(order).encode()).digest()


# ------------------------------------------------------------------ statements

_STANDING: Final = """
SELECT balance_minor, version, min_balance_minor, status FROM stronghold_account WHERE tenant_id = ? AND id = ?
"""

_TRANSACTION: Final = """
INSERT INTO stronghold_transaction (tenant_id, id, kind, effective_date, recorded_at, description, payee, audit_id)
VALUES (?, ?, 'record', ?, ?, ?, ?, ?)
"""

_BALANCE: Final = """
UPDATE stronghold_account SET balance_minor = ?, version = ?, last_recorded_at = ? WHERE tenant_id = ? AND id = ?
"""

_ENTRY: Final = """
INSERT INTO stronghold_entry (tenant_id, transaction_id, line, account_id, amount_minor, effective_date, recorded_at,
                              balance_after_minor, account_version)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

_DAY: Final = """
INSERT INTO stronghold_day_total (tenant_id, account_id, day, lane, debit_minor, credit_minor, largest_minor, count)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant_id, account_id, day, lane) DO UPDATE
   SET debit_minor = debit_minor + excluded.debit_minor, credit_minor = credit_minor + excluded.credit_minor,
       largest_minor = max(largest_minor, excluded.largest_minor), count = count + excluded.count
"""

_MONTH: Final = """
INSERT INTO stronghold_month_total (tenant_id, account_id, month, lane, debit_minor, credit_minor, largest_minor, count)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant_id, account_id, month, lane) DO UPDATE
   SET debit_minor = debit_minor + excluded.debit_minor, credit_minor = credit_minor + excluded.credit_minor,
       largest_minor = max(largest_minor, excluded.largest_minor), count = count + excluded.count
"""

_KEY: Final = """
INSERT INTO stronghold_idempotency_key (tenant_id, principal_id, key, fingerprint, transaction_id, created_at)
VALUES (?, ?, ?, ?, ?, ?)
"""

_EVENT: Final = """
INSERT INTO stronghold_audit_event
       (tenant_id, id, at, actor, action, object_type, object_id, commitment, salt, payload, kind, outcome, version)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'change', 'done', 1)
"""

_ACCOUNT: Final = """
SELECT balance_minor, name, type, subtype, currency, held_minor, min_balance_minor, max_balance_minor, status
  FROM stronghold_account WHERE tenant_id = ? AND id = ?
"""

_ACCOUNTS: Final = """
SELECT id, name, balance_minor, type, subtype, currency, held_minor, min_balance_minor, max_balance_minor
  FROM stronghold_account WHERE tenant_id = ? AND is_chained AND status = 'open' ORDER BY name
"""

_FLOWS: Final = """
SELECT t.month, c.id, c.name, c.kind, a.currency, sum(t.debit_minor - t.credit_minor)
  FROM stronghold_month_total t
  JOIN stronghold_account a ON a.tenant_id = t.tenant_id AND a.id = t.account_id
  JOIN stronghold_category c ON c.tenant_id = a.tenant_id AND c.id = a.category_id
 WHERE t.tenant_id = ? AND t.month >= ?
 GROUP BY t.month, c.id, c.name, c.kind, a.currency
"""

_FLOWS_OF_ENTRIES: Final = """
SELECT substr(e.effective_date, 1, 7), c.id, c.name, c.kind, a.currency, sum(e.amount_minor)
  FROM stronghold_entry e
  JOIN stronghold_account a ON a.tenant_id = e.tenant_id AND a.id = e.account_id
  JOIN stronghold_category c ON c.tenant_id = a.tenant_id AND c.id = a.category_id
 WHERE e.tenant_id = ? AND e.effective_date >= ?
 GROUP BY 1, c.id, c.name, c.kind, a.currency
"""

_BALANCES_OF_ENTRIES: Final = """
SELECT account_id, sum(amount_minor), count(*) FROM stronghold_entry WHERE tenant_id = ? GROUP BY account_id
"""

_LATEST: Final = """
SELECT t.*, e.line, e.account_id, e.amount_minor, e.balance_after_minor, e.account_version, a.currency
  FROM (SELECT id, kind, effective_date, recorded_at, description, payee, note, reference, reverses_id
          FROM stronghold_transaction WHERE tenant_id = :tenant ORDER BY effective_date DESC, id DESC LIMIT 5) t
  JOIN stronghold_entry e ON e.tenant_id = :tenant AND e.transaction_id = t.id
  JOIN stronghold_account a ON a.tenant_id = :tenant AND a.id = e.account_id
 ORDER BY t.effective_date DESC, t.id DESC, e.line
"""

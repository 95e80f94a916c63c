"""PostgreSQL through psycopg alone: the least that keeping these books costs, every guarantee on.

The tables are the library's own, so keys, foreign keys, row-level security, triggers and indexes are the same. A
posting is BEGIN, a call that binds role and tenant, one statement, COMMIT: it locks and checks the account, writes
transaction, entries, running balance, day and month totals, idempotency key and audit event. What it lacks is what
makes a library: rules with errors of their own, permissions, replays, records.
"""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import psycopg

from benches.bookkeeping import by_month, entry_rows, payload_of, totals_of, year_before
from benches.sides import PAYEE, PRINCIPAL, WORDS, Order, Tenant
from stronghold_core.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID


class RawPostgreSQL:
    """One tenant's books on one connection.

    Args:
        url: How a plain member of the app role logs in.
        app_role: What it becomes for each transaction.
        tenant: Whose books.
        lane: Which of a nominal account's total rows this connection adds to, so that none waits for another.
    """

    def __init__(self, url: str, app_role: str, tenant: Tenant, *, lane: int = 0) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._binding = (app_role, str(tenant.id))
        self._tenant = tenant
        self._lane = lane

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    # ------------------------------------------------------------------ writing

    def post(self, order: Order) -> None:
        """Post one order: four round trips."""
        self._post(order, _POST)

    def post_without_audit(self, order: Order) -> None:
        """Post one order, but leave the audit event out."""
        self._post(order, _POST_UNAUDITED)

    def post_many(self, orders: Sequence[Order]) -> None:
        """Lock the accounts, carry the orders out in memory, and write each table with one statement."""
        with self._connection.transaction():
            self._bind()
            self._write(orders, self._lock(orders))

    def _post(self, order: Order, statement: str) -> None:
        payload = payload_of(order)
        salt = os.urandom(16)
        with self._connection.transaction():
            self._bind()
            written = self._connection.execute(
                statement,
                {
                    "tenant": self._tenant.id,
                    "ids": [order.account, order.leaf],
                    "amounts": [order.amount_minor, -order.amount_minor],
                    "account": order.account,
                    "id": new_id(),
                    "day": order.day,
                    "month": order.day.replace(day=1),
                    "now": datetime.now(UTC),
                    "words": WORDS,
                    "payee": PAYEE,
                    "who": PRINCIPAL,
                    "key": order.key,
                    "digest": hashlib.sha256(payload.encode()).digest(),
                    "lane": self._lane,
                    "event": new_id(),
                    "salt": salt,
                    "commitment": hashlib.sha256(salt + payload.encode()).digest(),
                    "payload": payload,
                },
            ).fetchall()
        assert len(written) == 1

    def _lock(self, orders: Sequence[Order]) -> dict[UUID, list[int]]:
        ids = list({order.account for order in orders})
        rows = self._connection.execute(_LOCK, [self._tenant.id, ids])
        return {account: [balance, version] for account, balance, version in rows}

    def _write(self, orders: Sequence[Order], standing: dict[UUID, list[int]]) -> None:
        tenant, now, event = self._tenant.id, datetime.now(UTC), new_id()
        ids = [new_id() for _ in orders]
        entries = entry_rows(orders, ids, standing)
        totals = totals_of(orders, lane=self._lane)
        days = [(account, day, lane, *sides) for (account, day, lane), sides in sorted(totals.items())]
        months = by_month(totals)
        words, payees = [WORDS] * len(orders), [PAYEE] * len(orders)
        dates, keys = [order.day for order in orders], [order.key for order in orders]
        digests = [hashlib.sha256(payload_of(order).encode()).digest() for order in orders]
        execute = self._connection.execute
        execute(_MANY_TRANSACTIONS, [tenant, now, event, ids, dates, words, payees])
        execute(_MANY_ENTRIES, [tenant, now, *_columns(entries)])
        moved = [(account, *state) for account, state in standing.items()]
        execute(_MANY_BALANCES, [now, *_columns(moved), tenant])
        execute(_MANY_DAYS, [tenant, *_columns(days)])
        execute(_MANY_MONTHS, [tenant, *_columns(months)])
        execute(_MANY_KEYS, [tenant, PRINCIPAL, now, keys, digests, ids])
        payload, salt = json.dumps({"transactions": len(orders)}), os.urandom(16)
        commitment = hashlib.sha256(salt + payload.encode()).digest()
        execute(_BATCH_EVENT, [tenant, event, now, PRINCIPAL, commitment, salt, payload])

    # ------------------------------------------------------------------ reading

    def read_account(self) -> int:
        """Read one account."""
        with self._connection.transaction():
            self._bind()
            row = self._connection.execute(_ACCOUNT, [self._tenant.id, self._tenant.accounts[0]]).fetchone()
        assert row is not None
        return int(row[0])

    def overview(self) -> int:
        """Read accounts, a year of totals by category, and the latest transactions."""
        return self._overview(_FLOWS)

    def overview_from_entries(self) -> int:
        """Read the same, but add up balances and flows from the entries."""
        return self._overview(_FLOWS_OF_ENTRIES, _BALANCES_OF_ENTRIES)

    def sum_of_entries(self) -> int:
        """Add up all entries by account."""
        with self._connection.transaction():
            self._bind()
            rows = self._connection.execute(_BALANCES_OF_ENTRIES, {"tenant": self._tenant.id}).fetchall()
        return sum(row[2] for row in rows)

    def _overview(self, flows: str, balances: str | None = None) -> int:
        since = year_before(datetime.now(UTC).date())
        parameters: Mapping[str, Any] = {"tenant": self._tenant.id, "since": since}
        with self._connection.transaction():
            self._bind()
            accounts = self._connection.execute(_ACCOUNTS, parameters).fetchall()
            self._connection.execute(flows, parameters).fetchall()
            self._connection.execute(_LATEST, parameters).fetchall()
            if balances is None:
                return sum(row[2] for row in accounts)
            chained = {row[0] for row in accounts}
            rows = self._connection.execute(balances, parameters).fetchall()
        return sum(int(row[1]) for row in rows if row[0] in chained)

    def _bind(self) -> None:
        self._connection.execute(_BIND, self._binding)


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


# ------------------------------------------------------------------ statements

_BIND: Final = "SELECT set_config('role', %s, true), set_config('stronghold.tenant_id', %s, true)"

_POST_UNAUDITED: Final = """
WITH v AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(amounts)s::bigint[]) WITH ORDINALITY AS v(id, amount, line)
), locked AS MATERIALIZED (
    SELECT id FROM stronghold_account WHERE tenant_id = %(tenant)s AND id = %(account)s FOR NO KEY UPDATE
), moved AS (
    UPDATE stronghold_account a
       SET balance_minor = a.balance_minor + v.amount, version = a.version + 1, last_recorded_at = %(now)s
      FROM v, locked
     WHERE a.tenant_id = %(tenant)s AND a.id = %(account)s AND v.id = a.id AND a.id = locked.id AND a.status = 'open'
       AND (a.min_balance_minor IS NULL OR a.balance_minor + v.amount >= a.min_balance_minor)
    RETURNING a.id, a.balance_minor, a.version
), tx AS (
    INSERT INTO stronghold_transaction
           (tenant_id, id, kind, effective_date, recorded_at, description, payee, audit_id)
    VALUES (%(tenant)s, %(id)s, 'record', %(day)s, %(now)s, %(words)s, %(payee)s, %(event)s)
), key AS (
    INSERT INTO stronghold_idempotency_key (tenant_id, principal_id, key, fingerprint, transaction_id, created_at)
    VALUES (%(tenant)s, %(who)s, %(key)s, %(digest)s, %(id)s, %(now)s)
), entries AS (
    INSERT INTO stronghold_entry
           (tenant_id, transaction_id, line, account_id, amount_minor, effective_date, recorded_at,
            balance_after_minor, account_version)
    SELECT %(tenant)s, %(id)s, v.line, v.id, v.amount, %(day)s, %(now)s, m.balance_minor, m.version
      FROM v LEFT JOIN moved m ON m.id = v.id
), days AS (
    INSERT INTO stronghold_day_total AS t
           (tenant_id, account_id, day, lane, debit_minor, credit_minor, largest_minor, count)
    SELECT %(tenant)s, id, %(day)s, CASE line WHEN 1 THEN 0 ELSE %(lane)s END,
           greatest(amount, 0), greatest(-amount, 0), abs(amount), 1 FROM v
    ON CONFLICT (tenant_id, account_id, day, lane) DO UPDATE
       SET debit_minor = t.debit_minor + excluded.debit_minor, credit_minor = t.credit_minor + excluded.credit_minor,
           largest_minor = greatest(t.largest_minor, excluded.largest_minor), count = t.count + 1
), months AS (
    INSERT INTO stronghold_month_total AS t
           (tenant_id, account_id, month, lane, debit_minor, credit_minor, largest_minor, count)
    SELECT %(tenant)s, id, %(month)s, CASE line WHEN 1 THEN 0 ELSE %(lane)s END,
           greatest(amount, 0), greatest(-amount, 0), abs(amount), 1 FROM v
    ON CONFLICT (tenant_id, account_id, month, lane) DO UPDATE
       SET debit_minor = t.debit_minor + excluded.debit_minor, credit_minor = t.credit_minor + excluded.credit_minor,
           largest_minor = greatest(t.largest_minor, excluded.largest_minor), count = t.count + 1
)
SELECT balance_minor, version FROM moved
"""

_EVENT: Final = """, audit AS (
    INSERT INTO stronghold_audit_event
           (tenant_id, id, at, kind, actor, action, object_type, object_id, outcome, version, commitment, salt, payload)
    VALUES (%(tenant)s, %(event)s, %(now)s, 'change', %(who)s, 'transaction.record', 'transaction', %(id)s, 'done', 1,
            %(commitment)s, %(salt)s, %(payload)s)
)
SELECT balance_minor, version FROM moved
"""

_POST: Final = _POST_UNAUDITED.replace("\nSELECT balance_minor, version FROM moved\n", _EVENT)

_LOCK: Final = """
SELECT id, balance_minor, version FROM stronghold_account
 WHERE tenant_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""

_MANY_TRANSACTIONS: Final = """
INSERT INTO stronghold_transaction (tenant_id, recorded_at, audit_id, kind, id, effective_date, description, payee)
SELECT %s, %s, %s, 'record', u.* FROM unnest(%s::uuid[], %s::date[], %s::text[], %s::text[]) u
"""

_MANY_ENTRIES: Final = """
INSERT INTO stronghold_entry (tenant_id, recorded_at, transaction_id, line, account_id, amount_minor, effective_date,
                              balance_after_minor, account_version)
SELECT %s, %s, u.*
  FROM unnest(%s::uuid[], %s::smallint[], %s::uuid[], %s::bigint[], %s::date[], %s::bigint[], %s::bigint[]) u
"""

_MANY_BALANCES: Final = """
UPDATE stronghold_account a SET balance_minor = u.balance, version = u.version, last_recorded_at = %s
  FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[]) AS u(id, balance, version)
 WHERE a.tenant_id = %s AND a.id = u.id
"""

_MANY_DAYS: Final = """
INSERT INTO stronghold_day_total AS t
       (tenant_id, account_id, day, lane, debit_minor, credit_minor, largest_minor, count)
SELECT %s, u.*
  FROM unnest(%s::uuid[], %s::date[], %s::smallint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::integer[]) u
ON CONFLICT (tenant_id, account_id, day, lane) DO UPDATE
   SET debit_minor = t.debit_minor + excluded.debit_minor, credit_minor = t.credit_minor + excluded.credit_minor,
       largest_minor = greatest(t.largest_minor, excluded.largest_minor), count = t.count + excluded.count
"""

_MANY_MONTHS: Final = """
INSERT INTO stronghold_month_total AS t
       (tenant_id, account_id, month, lane, debit_minor, credit_minor, largest_minor, count)
SELECT %s, u.*
  FROM unnest(%s::uuid[], %s::date[], %s::smallint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::integer[]) u
ON CONFLICT (tenant_id, account_id, month, lane) DO UPDATE
   SET debit_minor = t.debit_minor + excluded.debit_minor, credit_minor = t.credit_minor + excluded.credit_minor,
       largest_minor = greatest(t.largest_minor, excluded.largest_minor), count = t.count + excluded.count
"""

_MANY_KEYS: Final = """
INSERT INTO stronghold_idempotency_key (tenant_id, principal_id, created_at, key, fingerprint, transaction_id)
SELECT %s, %s, %s, u.* FROM unnest(%s::text[], %s::bytea[], %s::uuid[]) u
"""

_BATCH_EVENT: Final = """
INSERT INTO stronghold_audit_event
       (tenant_id, id, at, actor, kind, action, object_type, outcome, version, commitment, salt, payload)
VALUES (%s, %s, %s, %s, 'change', 'transaction.post_many', 'batch', 'done', 1, %s, %s, %s)
"""

_ACCOUNT: Final = """
SELECT balance_minor, name, type, subtype, currency, held_minor, min_balance_minor, max_balance_minor, status
  FROM stronghold_account WHERE tenant_id = %s AND id = %s
"""

_ACCOUNTS: Final = """
SELECT id, name, balance_minor, type, subtype, currency, held_minor, min_balance_minor, max_balance_minor
  FROM stronghold_account WHERE tenant_id = %(tenant)s AND is_chained AND status = 'open' ORDER BY name
"""

_FLOWS: Final = """
SELECT t.month, c.id, c.name, c.kind, a.currency, sum(t.debit_minor - t.credit_minor)
  FROM stronghold_month_total t
  JOIN stronghold_account a ON a.tenant_id = t.tenant_id AND a.id = t.account_id
  JOIN stronghold_category c ON c.tenant_id = a.tenant_id AND c.id = a.category_id
 WHERE t.tenant_id = %(tenant)s AND t.month >= %(since)s
 GROUP BY t.month, c.id, c.name, c.kind, a.currency
"""

_FLOWS_OF_ENTRIES: Final = """
SELECT date_trunc('month', e.effective_date), c.id, c.name, c.kind, a.currency, sum(e.amount_minor)
  FROM stronghold_entry e
  JOIN stronghold_account a ON a.tenant_id = e.tenant_id AND a.id = e.account_id
  JOIN stronghold_category c ON c.tenant_id = a.tenant_id AND c.id = a.category_id
 WHERE e.tenant_id = %(tenant)s AND e.effective_date >= %(since)s
 GROUP BY 1, c.id, c.name, c.kind, a.currency
"""

_BALANCES_OF_ENTRIES: Final = """
SELECT account_id, sum(amount_minor), count(*) FROM stronghold_entry WHERE tenant_id = %(tenant)s GROUP BY account_id
"""

_LATEST: Final = """
SELECT t.*, e.line, e.account_id, e.amount_minor, e.balance_after_minor, e.account_version, a.currency
  FROM (SELECT id, kind, effective_date, recorded_at, description, payee, note, reference, reverses_id
          FROM stronghold_transaction WHERE tenant_id = %(tenant)s AND effective_date <= 'infinity'
         ORDER BY effective_date DESC, id DESC LIMIT 5) t
  JOIN stronghold_entry e ON e.tenant_id = %(tenant)s AND e.transaction_id = t.id
  JOIN stronghold_account a ON a.tenant_id = %(tenant)s AND a.id = e.account_id
 ORDER BY t.effective_date DESC, t.id DESC, e.line
"""

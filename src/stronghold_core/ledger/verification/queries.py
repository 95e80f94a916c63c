"""The rules of the ledger as statements, each returning the first row that breaks it.

They recompute balances, chains and totals from the entries alone, inside the database, so memory stays flat however
long the books are. Every statement returns ``place``, ``found`` and ``expected`` as text, or no row.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from sqlalchemy import TextClause, text

_BALANCED: Final = """
    SELECT 'transaction ' || e.transaction_id || ', ' || a.currency AS place,
           CAST(sum(e.amount_minor) AS text) AS found, '0' AS expected
      FROM stronghold_entry e
      JOIN stronghold_account a ON a.tenant_id = e.tenant_id AND a.id = e.account_id
     WHERE e.tenant_id = :tenant_id
     GROUP BY e.transaction_id, a.currency HAVING sum(e.amount_minor) <> 0
     LIMIT 1
"""

_COMPLETE: Final = """
    SELECT 'transaction ' || t.id AS place,
           count(e.line) || ' entries up to line ' || coalesce(max(e.line), 0) AS found,
           'two entries or more, none missing' AS expected
      FROM stronghold_transaction t
      LEFT JOIN stronghold_entry e ON e.tenant_id = t.tenant_id AND e.transaction_id = t.id
     WHERE t.tenant_id = :tenant_id
     GROUP BY t.id HAVING count(e.line) < 2 OR max(e.line) <> count(e.line)
     LIMIT 1
"""

_ORPHANED: Final = """
    SELECT 'entry ' || e.transaction_id || ' line ' || e.line AS place,
           'no transaction, no account, or another date' AS found, 'both, and its transaction''s date' AS expected
      FROM stronghold_entry e
     WHERE e.tenant_id = :tenant_id
       AND (NOT EXISTS (SELECT 1 FROM stronghold_transaction t
                         WHERE t.tenant_id = e.tenant_id AND t.id = e.transaction_id
                           AND t.effective_date = e.effective_date)
         OR NOT EXISTS (SELECT 1 FROM stronghold_account a WHERE a.tenant_id = e.tenant_id AND a.id = e.account_id
                           AND a.is_chained = (e.account_version IS NOT NULL)))
     LIMIT 1
"""

_CHAIN: Final = """
    SELECT 'account ' || account_id || ' version ' || account_version AS place,
           CAST(balance_after_minor AS text) AS found,
           expected_balance || ' as version ' || expected_version AS expected
      FROM (SELECT account_id, account_version, balance_after_minor, recorded_at,
                   lag(balance_after_minor, 1, CAST(0 AS bigint)) OVER chain + amount_minor AS expected_balance,
                   lag(account_version, 1, CAST(0 AS bigint)) OVER chain + 1 AS expected_version,
                   lag(recorded_at) OVER chain AS recorded_before
              FROM stronghold_entry
             WHERE tenant_id = :tenant_id AND account_version IS NOT NULL
            WINDOW chain AS (PARTITION BY account_id ORDER BY account_version)) AS links
     WHERE balance_after_minor <> expected_balance OR account_version <> expected_version
        OR recorded_at < recorded_before
     LIMIT 1
"""

_BALANCE: Final = """
    SELECT 'account ' || a.id AS place,
           a.balance_minor || ' as version ' || a.version AS found,
           coalesce(e.balance, 0) || ' as version ' || coalesce(e.version, 0) AS expected
      FROM stronghold_account a
      LEFT JOIN (SELECT account_id, sum(amount_minor) AS balance, count(*) AS version
                   FROM stronghold_entry WHERE tenant_id = :tenant_id AND account_version IS NOT NULL
                   GROUP BY account_id) e ON e.account_id = a.id
     WHERE a.tenant_id = :tenant_id AND a.is_chained
       AND (a.balance_minor <> coalesce(e.balance, 0) OR a.version <> coalesce(e.version, 0))
     LIMIT 1
"""

_REVERSAL: Final = """
    SELECT 'transaction ' || pair || ' and its reversal, account ' || account_id AS place,
           CAST(sum(amount_minor) AS text) AS found, '0' AS expected
      FROM (SELECT t.reverses_id AS pair, e.account_id, e.amount_minor
              FROM stronghold_transaction t
              JOIN stronghold_entry e ON e.tenant_id = t.tenant_id AND e.transaction_id = t.id
             WHERE t.tenant_id = :tenant_id AND t.reverses_id IS NOT NULL
            UNION ALL
            SELECT e.transaction_id, e.account_id, e.amount_minor
              FROM stronghold_entry e
             WHERE e.tenant_id = :tenant_id
               AND EXISTS (SELECT 1 FROM stronghold_transaction t
                            WHERE t.tenant_id = e.tenant_id AND t.reverses_id = e.transaction_id)) AS both_sides
     GROUP BY pair, account_id HAVING sum(amount_minor) <> 0
     LIMIT 1
"""

_AUDITED: Final = """
    SELECT 'transaction ' || t.id AS place, 'no audit event ' || t.audit_id AS found, 'one' AS expected
      FROM stronghold_transaction t
     WHERE t.tenant_id = :tenant_id
       AND NOT EXISTS (SELECT 1 FROM stronghold_audit_event v WHERE v.tenant_id = t.tenant_id AND v.id = t.audit_id)
     LIMIT 1
"""

_MONTH_OF_ENTRY: Final = {
    "postgresql": "CAST(date_trunc('month', effective_date) AS date)",
    "sqlite": "substr(effective_date, 1, 7) || '-01'",
}


def _totals(table: str, span: str, span_of_entry: str) -> str:
    """Compare totals with the entries, both ways: wrong, missing and superfluous rows add up to something."""
    return f"""
    SELECT 'account ' || account_id || ' on ' || span AS place,
           sum(debit) || ' debit, ' || sum(credit) || ' credit, ' || sum(n) || ' entries' AS found,
           sum(e_debit) || ' debit, ' || sum(e_credit) || ' credit, ' || sum(e_n) || ' entries' AS expected
      FROM (SELECT account_id, {span} AS span, debit_minor AS debit, credit_minor AS credit, count AS n,
                   CAST(0 AS bigint) AS e_debit, CAST(0 AS bigint) AS e_credit, CAST(0 AS bigint) AS e_n
              FROM {table} WHERE tenant_id = :tenant_id
            UNION ALL
            SELECT account_id, {span_of_entry}, 0, 0, 0,
                   CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END,
                   CASE WHEN amount_minor < 0 THEN -amount_minor ELSE 0 END, 1
              FROM stronghold_entry WHERE tenant_id = :tenant_id) AS both_sides
     GROUP BY account_id, span
    HAVING sum(debit) <> sum(e_debit) OR sum(credit) <> sum(e_credit) OR sum(n) <> sum(e_n)
     LIMIT 1
    """  # noqa: S608 - names of our own


@cache
def checks(dialect: str) -> tuple[tuple[str, TextClause], ...]:
    """Return every rule's name with its statement."""
    rules = {
        "complete": _COMPLETE,
        "balanced": _BALANCED,
        "orphaned": _ORPHANED,
        "chain": _CHAIN,
        "balance": _BALANCE,
        "day_total": _totals("stronghold_day_total", "day", "effective_date"),
        "month_total": _totals("stronghold_month_total", "month", _MONTH_OF_ENTRY[dialect]),
        "reversal": _REVERSAL,
        "audited": _AUDITED,
    }
    if dialect == "sqlite":
        # Ids are bytes there, which people can't read.
        rules = {name: _readable(sql) for name, sql in rules.items()}
    return tuple((name, text(sql)) for name, sql in rules.items())


def _readable(sql: str) -> str:
    for column in ("e.transaction_id", "t.id", "a.id", "t.audit_id", "account_id", "pair"):
        sql = sql.replace(f"|| {column}", f"|| lower(hex({column}))")
    return sql


COUNT: Final = text(
    "SELECT (SELECT count(*) FROM stronghold_transaction WHERE tenant_id = :tenant_id) AS transactions,"
    " (SELECT count(*) FROM stronghold_entry WHERE tenant_id = :tenant_id) AS entries"
)

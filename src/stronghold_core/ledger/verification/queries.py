"""The rules of the ledger as statements, each returning the rows that break it.

They recompute balances, chains and totals from the entries alone, and compare what was posted with what the audit log
says of it, inside the database, so memory stays flat however long the books are. Every statement returns ``place``,
``found`` and ``expected`` as text, or no row.

Events are joined by their id, or as sets made once: SQLite would look for an object's events among all of the tenant's,
anew for each row.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from sqlalchemy import TextClause, text

from stronghold_core.ledger.verification.dialects import DIALECTS, Dialect

# ------------------------------------------------------------------ entries by themselves


def _dropped(instant: str) -> str:
    """Return the condition that an event of that instant may be gone because its time was over."""
    return (
        "EXISTS (SELECT 1 FROM stronghold_audit_head h"  # noqa: S608
        f" WHERE h.tenant_id = :tenant_id AND h.dropped_at >= {instant})"
    )


def _balanced(d: Dialect) -> str:
    return f"""
    SELECT 'transaction ' || {d.id("e.transaction_id")} || ', ' || a.currency AS place,
           {d.total("e.amount_minor")} AS found, '0' AS expected
      FROM stronghold_entry e
      JOIN stronghold_account a ON a.tenant_id = e.tenant_id AND a.id = e.account_id
     WHERE e.tenant_id = :tenant_id
     GROUP BY e.transaction_id, a.currency HAVING {d.total("e.amount_minor")} <> '0'
    """  # noqa: S608 - words of our own, here and below


def _complete(d: Dialect) -> str:
    return f"""
    SELECT 'transaction ' || {d.id("t.id")} AS place,
           count(e.line) || ' entries from line ' || coalesce(min(e.line), 0) || ' to ' || coalesce(max(e.line), 0)
           AS found, 'two entries or more, from line 1, none missing' AS expected
      FROM stronghold_transaction t
      LEFT JOIN stronghold_entry e ON e.tenant_id = t.tenant_id AND e.transaction_id = t.id
     WHERE t.tenant_id = :tenant_id
     GROUP BY t.id HAVING count(e.line) < 2 OR min(e.line) <> 1 OR max(e.line) <> count(e.line)
    """  # noqa: S608


def _whole(d: Dialect) -> str:
    """PostgreSQL knows nothing but whole numbers here; a column of SQLite takes anything."""
    return f"""
    SELECT 'entry ' || {d.id("e.transaction_id")} || ' line ' || e.line AS place,
           typeof(e.amount_minor) || ', ' || typeof(e.balance_after_minor) AS found, 'whole numbers' AS expected
      FROM stronghold_entry e
     WHERE e.tenant_id = :tenant_id
       AND (typeof(e.amount_minor) <> 'integer' OR typeof(e.balance_after_minor) NOT IN ('integer', 'null'))
    """  # noqa: S608


def _orphaned(d: Dialect) -> str:
    return f"""
    SELECT 'entry ' || {d.id("e.transaction_id")} || ' line ' || e.line AS place,
           'no transaction, no account, or another date' AS found, 'both, and its transaction''s date' AS expected
      FROM stronghold_entry e
     WHERE e.tenant_id = :tenant_id
       AND (NOT EXISTS (SELECT 1 FROM stronghold_transaction t
                         WHERE t.tenant_id = e.tenant_id AND t.id = e.transaction_id
                           AND t.effective_date = e.effective_date)
         OR NOT EXISTS (SELECT 1 FROM stronghold_account a WHERE a.tenant_id = e.tenant_id AND a.id = e.account_id
                           AND a.is_chained = (e.account_version IS NOT NULL)))
    """  # noqa: S608


def _recorded(d: Dialect) -> str:
    """Entries are recorded with their transaction, or by a correction of it, which touches no chain."""
    return f"""
    SELECT 'entry ' || {d.id("e.transaction_id")} || ' line ' || e.line AS place,
           CAST(e.recorded_at AS text) AS found, 'when the transaction was, or a correction of it' AS expected
      FROM stronghold_entry e
      JOIN stronghold_transaction t ON t.tenant_id = e.tenant_id AND t.id = e.transaction_id
      LEFT JOIN (SELECT DISTINCT object_id, at FROM stronghold_audit_event
                  WHERE tenant_id = :tenant_id AND action = 'transaction.recategorise') v
             ON v.object_id = e.transaction_id AND v.at = e.recorded_at
     WHERE e.tenant_id = :tenant_id AND e.recorded_at <> t.recorded_at
       AND (e.account_version IS NOT NULL OR v.object_id IS NULL AND NOT {_dropped("e.recorded_at")})
    """  # noqa: S608


# ------------------------------------------------------------------ what follows from the entries


def _chain(d: Dialect) -> str:
    return f"""
    SELECT 'account ' || {d.id("account_id")} || ' version ' || account_version AS place,
           CAST(balance_after_minor AS text) AS found,
           expected_balance || ' as version ' || expected_version AS expected
      FROM (SELECT account_id, account_version, balance_after_minor, recorded_at,
                   CAST(lag(balance_after_minor, 1, CAST(0 AS bigint)) OVER chain AS numeric) + amount_minor
                   AS expected_balance,
                   lag(account_version, 1, CAST(0 AS bigint)) OVER chain + 1 AS expected_version,
                   lag(recorded_at) OVER chain AS recorded_before
              FROM stronghold_entry
             WHERE tenant_id = :tenant_id AND account_version IS NOT NULL
            WINDOW chain AS (PARTITION BY account_id ORDER BY account_version)) AS links
     WHERE balance_after_minor <> expected_balance OR account_version <> expected_version
        OR recorded_at < recorded_before
    """  # noqa: S608


def _balance(d: Dialect) -> str:
    return f"""
    SELECT place, found, expected
      FROM (SELECT 'account ' || {d.id("a.id")} AS place,
                   a.balance_minor || ' as version ' || a.version AS found,
                   coalesce(e.balance, '0') || ' as version ' || coalesce(e.version, 0) AS expected
              FROM stronghold_account a
              LEFT JOIN (SELECT account_id, {d.total("amount_minor")} AS balance, count(*) AS version
                           FROM stronghold_entry WHERE tenant_id = :tenant_id AND account_version IS NOT NULL
                           GROUP BY account_id) e ON e.account_id = a.id
             WHERE a.tenant_id = :tenant_id AND a.is_chained) AS standings
     WHERE found <> expected
    """  # noqa: S608


def _last_recorded(d: Dialect) -> str:
    return f"""
    SELECT 'account ' || {d.id("a.id")} AS place, coalesce(CAST(a.last_recorded_at AS text), 'never') AS found,
           coalesce(CAST(e.newest AS text), 'never') AS expected
      FROM stronghold_account a
      LEFT JOIN (SELECT account_id, max(recorded_at) AS newest
                   FROM stronghold_entry WHERE tenant_id = :tenant_id AND account_version IS NOT NULL
                   GROUP BY account_id) e ON e.account_id = a.id
     WHERE a.tenant_id = :tenant_id AND a.last_recorded_at {d.differs} e.newest
    """  # noqa: S608


def _totals(d: Dialect, table: str, span: str, span_of_entry: str) -> str:
    """Compare totals with the entries, both ways: wrong, missing and superfluous rows add up to something.

    Which lane an entry was counted in is not known, so the largest is that of all lanes; nobody reads another.
    """

    def sums(debit: str, credit: str, largest: str, count: str) -> str:
        return (
            f"{d.total(debit)} || ' debit, ' || {d.total(credit)} || ' credit, '"
            f" || max({largest}) || ' at most, ' || {d.total(count)} || ' entries'"
        )

    return f"""
    SELECT place, found, expected
      FROM (SELECT 'account ' || {d.id("account_id")} || ' on ' || span AS place,
                   {sums("debit", "credit", "largest", "n")} AS found,
                   {sums("e_debit", "e_credit", "e_debit + e_credit", "e_n")} AS expected
              FROM (SELECT account_id, {span} AS span, CAST(debit_minor AS numeric) AS debit,
                           CAST(credit_minor AS numeric) AS credit, CAST(largest_minor AS numeric) AS largest,
                           CAST(count AS numeric) AS n,
                           CAST(0 AS numeric) AS e_debit, CAST(0 AS numeric) AS e_credit, CAST(0 AS numeric) AS e_n
                      FROM {table} WHERE tenant_id = :tenant_id
                    UNION ALL
                    SELECT account_id, {span_of_entry}, 0, 0, 0, 0,
                           CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END,
                           CASE WHEN amount_minor < 0 THEN -CAST(amount_minor AS numeric) ELSE 0 END, 1
                      FROM stronghold_entry WHERE tenant_id = :tenant_id) AS both_sides
             GROUP BY account_id, span) AS sums
     WHERE found <> expected
    """  # noqa: S608


# ------------------------------------------------------------------ transactions and accounts as what they are


_KEY: Final = """
    SELECT 'idempotency key ' || k.key || ' of ' || k.principal_id AS place,
           'a transaction of another time or principal' AS found, 'the transaction posted under it' AS expected
      FROM stronghold_idempotency_key k
      LEFT JOIN stronghold_transaction t ON t.tenant_id = k.tenant_id AND t.id = k.transaction_id
      LEFT JOIN stronghold_audit_event v ON v.tenant_id = t.tenant_id AND v.id = t.audit_id
     WHERE k.tenant_id = :tenant_id
       AND (t.id IS NULL OR t.recorded_at <> k.created_at OR v.actor <> k.principal_id)
"""


def _kind(d: Dialect) -> str:
    return f"""
    SELECT 'transaction ' || {d.id("t.id")} AS place,
           t.kind || CASE WHEN t.reverses_id IS NULL THEN ', reversing none' ELSE ', reversing one' END AS found,
           'a reversal if and only if it reverses one' AS expected
      FROM stronghold_transaction t
     WHERE t.tenant_id = :tenant_id AND (t.kind = 'reversal') <> (t.reverses_id IS NOT NULL)
    """  # noqa: S608


def _reversal(d: Dialect) -> str:
    return f"""
    SELECT 'transaction ' || {d.id("pair")} || ' and its reversal, account ' || {d.id("account_id")} AS place,
           {d.total("amount_minor")} AS found, '0' AS expected
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
     GROUP BY pair, account_id HAVING {d.total("amount_minor")} <> '0'
    """  # noqa: S608


def _account(d: Dialect) -> str:
    """A caller's account is what its event says; the engine's follow from what they are for."""
    return f"""
    SELECT 'account ' || {d.id("a.id")} AS place, a.purpose || ', ' || a.type || ', ' || a.currency AS found,
           'the purpose, type and currency that it was opened with' AS expected
      FROM stronghold_account a
      LEFT JOIN stronghold_category c ON c.tenant_id = a.tenant_id AND c.id = a.category_id
      LEFT JOIN (SELECT object_id, max(payload) AS payload FROM stronghold_audit_event
                  WHERE tenant_id = :tenant_id AND action = 'account.open' GROUP BY object_id) v ON v.object_id = a.id
     WHERE a.tenant_id = :tenant_id
       AND NOT coalesce(CASE a.purpose
               WHEN 'own' THEN (v.object_id IS NOT NULL OR {_dropped("a.created_at")})
                    AND (v.payload IS NULL OR ({d.said("type")} = a.type AND {d.said("currency")} = a.currency))
               WHEN 'category' THEN a.type = c.kind
               ELSE a.type = 'equity' END, false)
    """  # noqa: S608


# ------------------------------------------------------------------ what the audit log says


def _audited(d: Dialect) -> str:
    """The event is the transaction's own, of the batch or statement that it came in, or of the account it opened."""
    return f"""
    SELECT 'transaction ' || {d.id("t.id")} AS place,
           coalesce('the event ' || {d.id("v.id")} || ', ' || v.action, 'no audit event') AS found,
           'the event of its posting' AS expected
      FROM stronghold_transaction t
      LEFT JOIN stronghold_audit_event v ON v.tenant_id = t.tenant_id AND v.id = t.audit_id
     WHERE t.tenant_id = :tenant_id
       AND NOT coalesce(v.outcome = 'done' AND CASE v.object_type
               WHEN 'transaction' THEN v.object_id = t.id AND v.at = t.recorded_at
                    AND v.action IN ('transaction.' || t.kind, 'transaction.post_many')
               WHEN 'batch' THEN v.action = 'transaction.post_many' AND v.at = t.recorded_at
               WHEN 'statement' THEN v.at = t.recorded_at
                    AND v.action = CASE t.kind WHEN 'reversal' THEN 'statement.revert' ELSE 'statement.import' END
               WHEN 'account' THEN v.action = 'account.open' AND t.kind = 'opening'
                    AND v.object_id IN (SELECT e.account_id FROM stronghold_entry e
                                         WHERE e.tenant_id = t.tenant_id AND e.transaction_id = t.id)
               ELSE false END, false)
       AND NOT (v.id IS NULL AND {_dropped("t.recorded_at")})
    """  # noqa: S608


def _posted(d: Dialect) -> str:
    """What an event says was posted is there: of a batch as many as it tells; of an erased one nothing is known."""
    return f"""
    SELECT place, CAST(found AS text) AS found, expected
      FROM (SELECT 'event ' || {d.id("v.id")} || ', ' || v.action || ', transactions' AS place,
                   CASE WHEN v.action IN ('transaction.edit', 'transaction.recategorise')
                        THEN (SELECT count(*) FROM stronghold_transaction t
                               WHERE t.tenant_id = v.tenant_id AND t.id = v.object_id)
                        ELSE coalesce(p.n, 0) END AS found,
                   CASE v.object_type WHEN 'transaction' THEN '1'
                        WHEN 'account' THEN CASE WHEN {d.said("opening_balance")} IS NULL THEN '0' ELSE '1' END
                        ELSE coalesce({d.said("transactions")}, 'a number')
                   END AS expected
              FROM stronghold_audit_event v
              LEFT JOIN (SELECT audit_id, count(*) AS n FROM stronghold_transaction
                          WHERE tenant_id = :tenant_id GROUP BY audit_id) p ON p.audit_id = v.id
             WHERE v.tenant_id = :tenant_id AND v.outcome = 'done'
               AND (v.object_type = 'transaction'
                    OR (v.action IN ('transaction.post_many', 'statement.import', 'statement.revert', 'account.open')
                        AND v.payload IS NOT NULL))) AS counts
     WHERE CAST(found AS text) <> expected
    """  # noqa: S608


def _told(d: Dialect) -> str:
    """What the event of a single transaction says of it: date, reference, what it reverses, how many entries."""
    return f"""
    SELECT 'transaction ' || {d.id("t.id")} AS place,
           t.effective_date || ', ' || coalesce(t.reference, 'no reference') AS found,
           coalesce({d.said("date")}, 'no date') || ', ' || coalesce({d.said("reference")}, 'no reference')
           || ', reversal and number of entries as in its audit event' AS expected
      FROM stronghold_transaction t
      JOIN stronghold_audit_event v ON v.tenant_id = t.tenant_id AND v.id = t.audit_id
      LEFT JOIN (SELECT object_id, count(*) AS n FROM stronghold_audit_event
                  WHERE tenant_id = :tenant_id AND action = 'transaction.recategorise' GROUP BY object_id) c
             ON c.object_id = t.id
     WHERE t.tenant_id = :tenant_id AND v.object_type = 'transaction' AND v.payload IS NOT NULL
       AND ({d.said("date")} {d.differs} CAST(t.effective_date AS text)
         OR {d.said("reference")} {d.differs} t.reference
         OR {d.said_id("reverses")} {d.differs} CASE WHEN t.reverses_id IS NOT NULL THEN {d.id("t.reverses_id")} END
         OR (SELECT count(*) FROM stronghold_entry e WHERE e.tenant_id = t.tenant_id AND e.transaction_id = t.id)
            <> {d.said_count} + 2 * coalesce(c.n, 0))
    """  # noqa: S608


def _told_entries(d: Dialect) -> str:
    """What the event of a single transaction says of its entries: account, amount, currency."""
    return f"""
    SELECT 'entry ' || {d.id("v.object_id")} || ' line ' || said.line AS place,
           coalesce({d.id("e.account_id")} || ' ' || e.amount_minor || ' ' || a.currency, 'none') AS found,
           coalesce(said.account || ' ' || said.minor || ' ' || said.currency, 'none') AS expected
      FROM stronghold_audit_event v {d.said_lines}
      LEFT JOIN stronghold_entry e ON e.tenant_id = :tenant_id AND e.transaction_id = v.object_id AND e.line = said.line
      LEFT JOIN stronghold_account a ON a.tenant_id = :tenant_id AND a.id = e.account_id
     WHERE v.tenant_id = :tenant_id AND v.object_type = 'transaction'
       AND ({d.id("e.account_id")} {d.differs} said.account OR e.amount_minor {d.differs} said.minor
         OR a.currency {d.differs} said.currency)
    """  # noqa: S608


@cache
def checks(dialect: str) -> tuple[tuple[str, TextClause], ...]:
    """Return every rule's name with its statement."""
    d = DIALECTS[dialect]
    rules = {
        "complete": _complete(d),
        "balanced": _balanced(d),
        "orphaned": _orphaned(d),
        "recorded": _recorded(d),
        "chain": _chain(d),
        "balance": _balance(d),
        "last_recorded": _last_recorded(d),
        "day_total": _totals(d, "stronghold_day_total", "day", "effective_date"),
        "month_total": _totals(d, "stronghold_month_total", "month", d.month),
        "kind": _kind(d),
        "reversal": _reversal(d),
        "account": _account(d),
        "key": _KEY,
        "audited": _audited(d),
        "posted": _posted(d),
        "told": _told(d),
        "told_entries": _told_entries(d),
    }
    if dialect == "sqlite":
        rules["whole"] = _whole(d)
    return tuple((name, text(d.first(sql))) for name, sql in rules.items())


COUNT: Final = text(
    "SELECT (SELECT count(*) FROM stronghold_transaction WHERE tenant_id = :tenant_id) AS transactions,"
    " (SELECT count(*) FROM stronghold_entry WHERE tenant_id = :tenant_id) AS entries"
)

"""What a database refuses by itself, whoever asks: the triggers, and the SQL that makes them.

SQLite has no privileges, so triggers keep there what was posted. On PostgreSQL the privileges of the app role do that,
and a trigger lets no statement add entries that do not balance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

BALANCE_TRIGGER: Final = "stronghold_entry_balanced"

BALANCE_BODY: Final = """
DECLARE breach record;
BEGIN
    SELECT n.transaction_id, a.currency, sum(n.amount_minor) AS difference INTO breach
      FROM new_entries n
      JOIN stronghold_account a ON a.tenant_id = n.tenant_id AND a.id = n.account_id
     GROUP BY n.tenant_id, n.transaction_id, a.currency HAVING sum(n.amount_minor) <> 0
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'transaction % does not balance: % differs by %',
            breach.transaction_id, breach.currency, breach.difference
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_stronghold_entry_balanced';
    END IF;
    RETURN NULL;
END
"""

BALANCE_FUNCTION_SQL: Final = (
    f"CREATE OR REPLACE FUNCTION stronghold_refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $${BALANCE_BODY}$$"
)
BALANCE_TRIGGER_SQL: Final = (
    f"CREATE TRIGGER {BALANCE_TRIGGER} AFTER INSERT ON stronghold_entry"
    " REFERENCING NEW TABLE AS new_entries FOR EACH STATEMENT EXECUTE FUNCTION stronghold_refuse_unbalanced()"
)
"""A statement trigger sees all rows of a statement at once, so it costs one look per statement, not one per row, and
decides at once: a trigger deferred to COMMIT would run after a joined unit has handed role and tenant back."""


def append_only_sql(table: str, fixed: Sequence[str]) -> dict[str, str]:
    """Return the SQL of SQLite's triggers on *table*, by name: no row goes, and none of the *fixed* columns changes.

    >>> list(append_only_sql("stronghold_entry", ["amount_minor"]))
    ['stronghold_entry_keep', 'stronghold_entry_stay']
    """
    refusal = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    return {
        f"{table}_keep": f"CREATE TRIGGER {table}_keep BEFORE UPDATE OF {', '.join(fixed)} ON {table} {refusal}",
        f"{table}_stay": f"CREATE TRIGGER {table}_stay BEFORE DELETE ON {table} {refusal}",
    }

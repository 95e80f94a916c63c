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
      LEFT JOIN stronghold_account a ON a.tenant_id = n.tenant_id AND a.id = n.account_id
     GROUP BY n.tenant_id, n.transaction_id, a.currency HAVING sum(n.amount_minor) <> 0 OR a.currency IS NULL
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'transaction % does not balance: % differs by %',
            breach.transaction_id, breach.currency, breach.difference
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_stronghold_entry_balanced';
    END IF;
    RETURN NULL;
END
"""

"""An entry whose account can't be seen is refused, too: else whoever names another tenant within the statement, as its
RETURNING may, would leave nothing to add up."""


def balance_function_sql(schema: str) -> str:
    """Return the SQL that makes the trigger's function in *schema*, which is quoted if need be.

    It looks for tables there only, and for temporary ones last: PostgreSQL would look among these first, and the app
    role may make some, under the names of ours.
    """
    return (
        f"CREATE OR REPLACE FUNCTION {schema}.stronghold_refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql"
        f" SET {balance_setting(schema).replace('=', ' = ')} AS $${BALANCE_BODY}$$"
    )


def balance_setting(schema: str) -> str:
    """Return the setting that the function runs under, as PostgreSQL writes it down.

    >>> balance_setting("books")
    'search_path=books, pg_temp'
    """
    return f"search_path={schema}, pg_temp"


def balance_trigger_sql(schema: str) -> str:
    """Return the SQL that makes the trigger on the entries in *schema*.

    A statement trigger sees all rows of a statement at once, so it costs one look per statement, not one per row, and
    decides at once: a trigger deferred to COMMIT would run after a joined unit has handed role and tenant back.
    """
    return (
        f"CREATE TRIGGER {BALANCE_TRIGGER} AFTER INSERT ON {schema}.stronghold_entry"
        " REFERENCING NEW TABLE AS new_entries FOR EACH STATEMENT"
        f" EXECUTE FUNCTION {schema}.stronghold_refuse_unbalanced()"
    )


def append_only_sql(table: str, fixed: Sequence[str], *, removable_if: str | None = None) -> dict[str, str]:
    """Return the SQL of SQLite's triggers on *table*, by name: no row goes, and none of the *fixed* columns changes.

    Rows for which *removable_if* holds may go.

    >>> list(append_only_sql("stronghold_entry", ["amount_minor"]))
    ['stronghold_entry_keep', 'stronghold_entry_stay']
    """
    refusal = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    staying = f" WHEN ({removable_if}) IS NOT TRUE" if removable_if else ""
    return {
        f"{table}_keep": f"CREATE TRIGGER {table}_keep BEFORE UPDATE OF {', '.join(fixed)} ON {table} {refusal}",
        f"{table}_stay": f"CREATE TRIGGER {table}_stay BEFORE DELETE ON {table}{staying} {refusal}",
    }


def sealed_once_sql() -> dict[str, str]:
    """Return the SQL of SQLite's triggers on audit events, by name: a number is given once, a payload only erased."""
    table = "stronghold_audit_event"
    refusal = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    return {
        f"{table}_number": f"CREATE TRIGGER {table}_number BEFORE UPDATE OF seq, leaf ON {table}"
        f" WHEN OLD.seq IS NOT NULL OR NEW.seq IS NULL {refusal}",
        f"{table}_erase": f"CREATE TRIGGER {table}_erase BEFORE UPDATE OF salt, payload ON {table}"
        f" WHEN NEW.salt IS NOT NULL OR NEW.payload IS NOT NULL {refusal}",
    }

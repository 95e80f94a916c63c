"""Whether a database is fit to hold money: one check for each thing looked at, each with what to run if it is not so.

Nothing here changes the database. What the app role may do is compared exactly: a missing privilege stops a verb, and
one too many is a hole in a wall.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from stronghold_core.db.base import Base, Scope
from stronghold_core.db.engine import missing_file
from stronghold_core.db.migrate import check_schema, current_revision, head_revision
from stronghold_core.db.roles import check_roles, role_facts
from stronghold_core.db.translate import translate
from stronghold_core.errors import (
    RetryableConflictError,
    RoleMissingError,
    SchemaMissingError,
    SchemaNewerError,
    SchemaOutdatedError,
    UnsafeRoleError,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from sqlalchemy import Connection, Engine, RowMapping

    from stronghold_core.db.backends import Backend
    from stronghold_core.db.roles import RoleFacts
    from stronghold_core.settings import Settings

UPDATABLE: Final[dict[str, frozenset[str]]] = {
    "stronghold_account": frozenset(
        {
            "name",
            "status",
            "balance_minor",
            "version",
            "held_minor",
            "min_balance_minor",
            "max_balance_minor",
            "last_recorded_at",
        }
    ),
    "stronghold_category": frozenset({"name", "status", "is_default"}),
    "stronghold_day_total": frozenset({"debit_minor", "credit_minor", "count"}),
    "stronghold_membership": frozenset({"role"}),
    "stronghold_month_total": frozenset({"debit_minor", "credit_minor", "count"}),
    "stronghold_tenant": frozenset({"name", "time_zone", "days_ahead", "settings_version", "authz_version"}),
    "stronghold_transaction": frozenset({"description", "payee", "note"}),
}
"""The columns that the app role may change, by table; no other."""

DELETABLE: Final = frozenset({"stronghold_idempotency_key", "stronghold_membership"})
"""The tables that the app role may delete rows from."""

APPEND_ONLY: Final = ("stronghold_audit_event", "stronghold_entry", "stronghold_transaction")
"""The tables that triggers protect on SQLite."""

_BOUND_TENANT: Final = "stronghold.tenant_id"
"""What every policy of ours reads."""

_PRIVILEGES = text(
    """
    SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS is_walled,
           has_table_privilege(:role, c.oid, 'SELECT') AS may_select,
           has_table_privilege(:role, c.oid, 'INSERT') AS may_insert,
           has_table_privilege(:role, c.oid, 'DELETE') AS may_delete,
           has_table_privilege(:role, c.oid, 'TRUNCATE') AS may_truncate,
           ARRAY(SELECT a.attname::text FROM pg_attribute a
                  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                    AND has_column_privilege(:role, c.oid, a.attname, 'UPDATE')) AS updatable
      FROM pg_class c
     WHERE c.relname = ANY (:tables) AND c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid)
     ORDER BY c.relname
    """
)
_POLICIES = text(
    """
    SELECT c.relname AS table, p.polname AS name,
           concat(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) AS condition
      FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
     WHERE c.relname = ANY (:tables) AND pg_table_is_visible(c.oid)
     ORDER BY c.relname, p.polname
    """
)


class Check(BaseModel):
    """One thing that was looked at."""

    model_config = ConfigDict(frozen=True)

    subject: str
    """What was looked at: ``connection``, ``schema``, ``app role``, …"""
    is_ok: bool
    fact: str
    """What was found."""
    remedy: str | None = None
    """What to run, SQL or a command; none if nothing is wrong or no command helps."""


def examine(engine: Engine, backend: Backend, settings: Settings) -> tuple[Check, ...]:
    """Look at everything that a database must have. A database that can't be reached is a finding, not an error."""
    checks: list[Check] = []
    try:
        checks.extend(_examine_file(engine))
        if not checks:
            with engine.connect() as connection:
                checks.append(Check(subject="connection", is_ok=True, fact=_described(connection)))
                examined = _examine_postgresql if backend.has_row_level_security else _examine_sqlite
                for check in examined(connection, settings):
                    checks.append(check)  # noqa: PERF402 - a failing check must not take those before it away
    except DBAPIError as error:
        checks.append(
            Check(subject="connection" if not checks else "database", is_ok=False, fact=f"{translate(error)}")
        )
    return tuple(checks)


def _examine_file(engine: Engine) -> Generator[Check]:
    """Report a missing file: connecting would create it."""
    if name := missing_file(engine.url):
        yield Check(subject="connection", is_ok=False, fact=f"there is no file {name}", remedy="stronghold migrate")


def _described(connection: Connection) -> str:
    if connection.dialect.name == "sqlite":
        return f"SQLite {connection.exec_driver_sql('SELECT sqlite_version()').scalar()}"
    return f"PostgreSQL {connection.exec_driver_sql('SHOW server_version').scalar()}"


def _examine_schema(connection: Connection) -> Check:
    needed = head_revision()
    try:
        check_schema(connection)
    except SchemaNewerError as error:
        fact = f"{error.found}, which this version does not know; it needs {needed}"
        return Check(subject="schema", is_ok=False, fact=fact, remedy="pip install --upgrade financial-stronghold")
    except (SchemaMissingError, SchemaOutdatedError):
        fact = f"{current_revision(connection) or 'none yet'}; {needed} is needed"
        return Check(subject="schema", is_ok=False, fact=fact, remedy="stronghold migrate")
    return Check(subject="schema", is_ok=True, fact=f"{needed}, as this version needs")


# ------------------------------------------------------------------ SQLite


def _examine_sqlite(connection: Connection, _settings: Settings) -> Generator[Check]:
    def pragma(name: str) -> str:
        return str(connection.exec_driver_sql(f"PRAGMA {name}").scalar())

    schema = _examine_schema(connection)
    yield schema
    yield _pragma("foreign_keys", pragma("foreign_keys"), {"1": "enforced"}, otherwise="not enforced")
    modes = {"wal": "write-ahead log", "memory": "in memory"}
    yield _pragma("journal_mode", pragma("journal_mode"), modes, otherwise="no write-ahead log")
    durable = {"2": "a commit survives a power cut", "3": "a commit survives a power cut"}
    yield _pragma("synchronous", pragma("synchronous"), durable, otherwise="a power cut may lose commits")
    if schema.is_ok:
        yield _examine_triggers(connection)
    yield _examine_write_lock(connection)


def _pragma(name: str, value: str, good: dict[str, str], *, otherwise: str) -> Check:
    if value in good:
        return Check(subject=name, is_ok=True, fact=good[value])
    remedy = "call prepare_sqlite(engine) once, right after creating the engine"
    return Check(subject=name, is_ok=False, fact=f"{otherwise} ({value})", remedy=remedy)


def _examine_triggers(connection: Connection) -> Check:
    wanted = {f"{table}_{suffix}" for table in APPEND_ONLY for suffix in ("keep", "stay")}
    missing = wanted.difference(
        connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars()
    )
    if not missing:
        return Check(subject="append-only", is_ok=True, fact=f"{len(wanted)} triggers guard what was posted")
    remedy = "copy them from a new database: SELECT sql FROM sqlite_master WHERE type = 'trigger';"
    return Check(subject="append-only", is_ok=False, fact=f"missing: {_listed(missing)}", remedy=remedy)


def _examine_write_lock(connection: Connection) -> Check:
    connection.rollback()
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except DBAPIError as error:
        failure = translate(error)
        # A check is no unit of work, so advice about running one again would be none.
        fact = failure.reason if isinstance(failure, RetryableConflictError) else f"{failure}"
        return Check(subject="writable", is_ok=False, fact=fact)
    connection.rollback()
    return Check(subject="writable", is_ok=True, fact="nobody holds the lock")


# ------------------------------------------------------------------ PostgreSQL


def _examine_postgresql(connection: Connection, settings: Settings) -> Generator[Check]:
    yield _examine_access(connection)
    role = settings.app_role
    if settings.dangerously_skip_row_level_security:
        yield _examine_schema(connection)
        yield Check(subject="app role", is_ok=False, fact="skipped: the settings switch row-level security off")
        return
    facts = role_facts(connection, role)
    yield _examine_role(facts, role)
    if facts.may_become:
        # From here on as a unit would: a login need not inherit what the app role may read.
        connection.execute(text("SELECT set_config('role', :role, true)"), {"role": role})
    elif facts.exists:
        return  # this login can't see more
    schema = _examine_schema(connection)
    yield schema
    if schema.is_ok and facts.exists:
        yield from _examine_walls(connection, role)


def _examine_access(connection: Connection) -> Check:
    if connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "off":
        return Check(subject="writable", is_ok=True, fact="it takes writes")
    return Check(subject="writable", is_ok=False, fact="it is read-only, perhaps a standby", remedy="use the primary")


def _examine_role(facts: RoleFacts, role: str) -> Check:
    try:
        check_roles(facts, role)
    except RoleMissingError as error:
        return Check(
            subject="app role", is_ok=False, fact=f"{facts.login} can't become {role}: {error.fact}", remedy=error.sql
        )
    except UnsafeRoleError as error:
        return Check(subject="app role", is_ok=False, fact=f"{role} {error.fact}", remedy=error.remedy)
    return Check(subject="app role", is_ok=True, fact=f"{facts.login} becomes {role}")


def _examine_walls(connection: Connection, role: str) -> Generator[Check]:
    names = sorted(table.name for table in Base.metadata.tables.values() if table.info["scope"] is not Scope.GLOBAL)
    tables = connection.execute(_PRIVILEGES, {"role": role, "tables": names}).mappings().all()
    open_tables = [table["name"] for table in tables if not table["is_walled"]]
    missing = sorted(set(names).difference(table["name"] for table in tables))
    yield _verdict(
        "row-level security",
        f"forced on all {len(names)} tables",
        [*(f"not forced on {name}" for name in open_tables), *(f"{name} is missing" for name in missing)],
        [
            f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;\nALTER TABLE {name} FORCE ROW LEVEL SECURITY;"
            for name in open_tables
        ],
    )
    policies = connection.execute(_POLICIES, {"tables": names}).all()
    by_table = {name: {p.name: p.condition for p in group} for name, group in groupby(policies, lambda p: p.table)}
    yield _judge_policies({name: by_table.get(name, {}) for name in names})
    faults = [fault for table in tables for fault in _grant_faults(table, role)]
    yield _verdict(
        "grants",
        f"{role} may do what verbs need, no more",
        [fact for fact, _ in faults],
        [remedy for _, remedy in faults],
    )


def _judge_policies(found: dict[str, dict[str, str]]) -> Check:
    facts, remedies = [], []
    for table, conditions in found.items():
        wanted = {f"{table}_read", f"{table}_add"}
        wanted |= {f"{table}_change"} if table in UPDATABLE else set()
        wanted |= {f"{table}_remove"} if table in DELETABLE else set()
        sound = {name for name in wanted if _BOUND_TENANT in conditions.get(name, "")}
        for name in sorted(conditions.keys() - sound):
            facts.append(f"{table} has a policy {name} that is not ours")
            remedies.append(f'DROP POLICY "{name}" ON {table};')
        for name in sorted(wanted - sound):
            facts.append(f"{table} lacks its policy {name}")
            remedies.append(f"-- take {name} from a new database: pg_dump --schema-only --table={table}")
    return _verdict("policies", "each compares the tenant", facts, remedies)


def _grant_faults(table: RowMapping, role: str) -> Generator[tuple[str, str]]:
    """Name what the app role lacks or has too much on one table, each with the SQL that puts it right."""
    name, found = table["name"], set(table["updatable"])
    updatable, deletable = UPDATABLE.get(name, frozenset()), name in DELETABLE
    for privilege in ("select", "insert", *(["delete"] if deletable else [])):
        if not table[f"may_{privilege}"]:
            yield f"no {privilege.upper()} on {name}", f'GRANT {privilege.upper()} ON {name} TO "{role}";'
    for privilege in ("truncate", *([] if deletable else ["delete"])):
        if table[f"may_{privilege}"]:
            yield f"{privilege.upper()} on {name}", f'REVOKE {privilege.upper()} ON {name} FROM "{role}";'
    if too_many := found - updatable:
        columns = ", ".join(sorted(too_many))
        # A grant on the whole table covers every column, and only a revocation of the same kind takes it back.
        again = f'\nGRANT UPDATE ({", ".join(sorted(updatable))}) ON {name} TO "{role}";' if updatable else ""
        yield f"UPDATE of {columns} on {name}", f'REVOKE UPDATE, UPDATE ({columns}) ON {name} FROM "{role}";{again}'
    if too_few := updatable - found:
        columns = ", ".join(sorted(too_few))
        yield f"no UPDATE of {columns} on {name}", f'GRANT UPDATE ({columns}) ON {name} TO "{role}";'


def _verdict(subject: str, good: str, faults: list[str], remedies: list[str]) -> Check:
    if not faults:
        return Check(subject=subject, is_ok=True, fact=good)
    return Check(subject=subject, is_ok=False, fact="; ".join(faults), remedy="\n".join(remedies) or None)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))

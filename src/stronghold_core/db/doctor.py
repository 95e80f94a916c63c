"""Whether a database is fit to hold money: one check for each thing looked at, each with what to run if it is not so.

Nothing here changes the database. What the app role may do is compared exactly: a missing privilege stops a verb, and
one too many is a hole in a wall.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from stronghold_core.clock import SystemClock
from stronghold_core.db.base import Base, Scope
from stronghold_core.db.date_style import check_date_style
from stronghold_core.db.engine import missing_file
from stronghold_core.db.expected import APPEND_ONLY, DELETABLE, DUTIES, REMOVABLE_IF, SELECTABLE_IF, UPDATABLE
from stronghold_core.db.host_walls import host_table_faults
from stronghold_core.db.migrate import VERSION_TABLE, check_schema, current_revision, head_revision
from stronghold_core.db.roles import (
    OF_PERSON,
    OF_TENANT,
    FoundPolicy,
    check_roles,
    policies,
    policy_faults,
    role_facts,
)
from stronghold_core.db.translate import translate
from stronghold_core.db.triggers import (
    BALANCE_BODY,
    BALANCE_TRIGGER,
    append_only_sql,
    balance_function_sql,
    balance_setting,
    balance_trigger_sql,
    sealed_once_sql,
)
from stronghold_core.errors import (
    DateStyleError,
    RetryableConflictError,
    RoleMissingError,
    SchemaMissingError,
    SchemaNewerError,
    SchemaOutdatedError,
    UnsafeRoleError,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine, Row, RowMapping, Table

    from stronghold_core.clock import Clock
    from stronghold_core.db.backends import Backend
    from stronghold_core.db.roles import Policy, RoleFacts
    from stronghold_core.settings import Settings

_PRIVILEGES = text(
    """
    SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS is_walled,
           ARRAY(SELECT p FROM unnest(CAST(:privileges AS text[])) p WHERE has_table_privilege(:role, c.oid, p))
               AS privileges,
           ARRAY(SELECT a.attname::text FROM pg_attribute a
                  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                    AND has_column_privilege(:role, c.oid, a.attname, 'UPDATE')) AS updatable
      FROM pg_class c
     WHERE c.relname = ANY (:tables) AND c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid)
     ORDER BY c.relname
    """
)
_MOST_APART: Final = timedelta(seconds=5)
"""By how much two clocks that are set by NTP never differ."""
_LOOKED_FOR: Final = ["SELECT", "INSERT", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
"""UPDATE is looked at column by column."""

_POLICIES = text(
    """
    SELECT c.relname AS table, p.polname AS name, p.polpermissive AND p.polroles = '{0}' AS is_for_all,
           CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'
               ELSE 'ALL' END AS command,
           pg_get_expr(p.polqual, p.polrelid) AS using, pg_get_expr(p.polwithcheck, p.polrelid) AS check
      FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
     WHERE c.relname = ANY (:tables) AND pg_table_is_visible(c.oid)
     ORDER BY c.relname, p.polname
    """
)
_CLOSED_SCHEMAS = text(
    """
    SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relname = :table AND NOT has_schema_privilege(n.oid, 'USAGE')
       AND n.nspname = ANY (string_to_array(translate(current_setting('search_path'), '" ', ''), ','))
    """
)
_MAY_READ = text("SELECT coalesce(has_table_privilege(to_regclass(:table), 'SELECT'), true)")
_BALANCE = text(
    """
    SELECT quote_ident(n.nspname) AS schema, t.tgname IS NOT NULL AS is_there, t.tgenabled IN ('O', 'A') AS is_enabled,
           p.prosrc AS body, coalesce(array_to_string(p.proconfig, '; '), '') AS setting
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgname = :trigger
      LEFT JOIN pg_proc p ON p.oid = t.tgfoid
     WHERE c.relname = 'stronghold_entry' AND pg_table_is_visible(c.oid)
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


def examine(
    engine: Engine,
    backend: Backend,
    settings: Settings,
    *,
    clock: Clock | None = None,
    host_tables: Sequence[Table] = (),
) -> tuple[Check, ...]:
    """Look at everything that a database must have, and at the host's tables that hold rows of tenants.

    A database that can't be reached is a finding, not an error. The clock is this machine's, unless another is given.
    """
    checks: list[Check] = []
    try:
        checks.extend(_examine_file(engine))
        if not checks:
            with engine.connect() as connection:
                checks.append(Check(subject="connection", is_ok=True, fact=_described(connection)))
                examined = _examine_postgresql if backend.has_row_level_security else _examine_sqlite
                for check in examined(connection, settings, clock or SystemClock(), host_tables):
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


def _examine_sqlite(
    connection: Connection, _settings: Settings, _clock: Clock, _host_tables: Sequence[Table]
) -> Generator[Check]:
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
    wanted = sealed_once_sql()
    for table, fixed in APPEND_ONLY.items():
        wanted |= append_only_sql(table, fixed, removable_if=REMOVABLE_IF.get(table))
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    found = {name: sql for name, sql in rows if name in wanted}
    missing = sorted(wanted.keys() - found.keys())
    altered = sorted(name for name, sql in found.items() if sql != wanted[name])
    return _verdict(
        "append-only",
        f"{len(wanted)} triggers guard what was posted",
        [*(f"{name} is missing" for name in missing), *(f"{name} is not as it was made" for name in altered)],
        [*(f"DROP TRIGGER {name};" for name in altered), *(f"{wanted[name]};" for name in sorted(missing + altered))],
    )


def _examine_write_lock(connection: Connection) -> Check:
    connection.rollback()
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        # On a file that may only be read, SQLite begins all the same; so something is written, and rolled back.
        version = connection.exec_driver_sql("PRAGMA user_version").scalar()
        connection.exec_driver_sql(f"PRAGMA user_version = {version}")
    except DBAPIError as error:
        failure = translate(error)
        # A check is no unit of work, so advice about running one again would be none.
        fact = failure.reason if isinstance(failure, RetryableConflictError) else f"{failure}"
        return Check(subject="writable", is_ok=False, fact=fact)
    connection.rollback()
    return Check(subject="writable", is_ok=True, fact="nobody holds the lock")


# ------------------------------------------------------------------ PostgreSQL


def _examine_postgresql(
    connection: Connection, settings: Settings, clock: Clock, host_tables: Sequence[Table]
) -> Generator[Check]:
    yield _examine_access(connection)
    yield _examine_clock(connection, clock)
    yield _examine_date_style(connection)
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
        yield from _examine_as_app_role(connection, role, host_tables)
    elif not facts.exists and connection.execute(_MAY_READ, {"table": VERSION_TABLE}).scalar_one():
        yield _examine_schema(connection)


def _examine_as_app_role(connection: Connection, role: str, host_tables: Sequence[Table]) -> Generator[Check]:
    closed = connection.execute(_CLOSED_SCHEMAS, {"table": VERSION_TABLE}).scalars().all()
    if closed:
        yield _verdict(
            "grants",
            "",
            [f"no USAGE on schema {name}" for name in closed],
            [f'GRANT USAGE ON SCHEMA "{name}" TO "{role}";' for name in closed],
        )
        return
    if connection.execute(_MAY_READ, {"table": VERSION_TABLE}).scalar_one():
        schema = _examine_schema(connection)
        yield schema
        if not schema.is_ok:
            return
    yield from _examine_walls(connection, role)
    yield _examine_balance_trigger(connection)
    if host_tables:
        faults = host_table_faults(connection, role, host_tables)
        yield _verdict("host tables", f"all {len(host_tables)} stand behind the wall", *_sorted_out(faults))


def _examine_access(connection: Connection) -> Check:
    if connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "off":
        return Check(subject="writable", is_ok=True, fact="it takes writes")
    return Check(subject="writable", is_ok=False, fact="it is read-only, perhaps a standby", remedy="use the primary")


def _examine_clock(connection: Connection, clock: Clock) -> Check:
    """Compare the database's clock with ours: instants come from here, and whoever compares logs needs both."""
    before = clock.now()
    theirs: datetime = connection.exec_driver_sql("SELECT clock_timestamp() AT TIME ZONE 'UTC'").scalar_one()
    after = clock.now()
    instant = theirs.replace(tzinfo=UTC)
    # What the question itself took is nobody's fault.
    difference = max(before - instant, instant - after, timedelta())
    if difference <= _MOST_APART:
        return Check(subject="clock", is_ok=True, fact="the database's agrees with ours")
    side = "behind" if instant < before else "ahead of"
    fact = f"the database's is {difference.total_seconds():.0f} seconds {side} ours"
    return Check(subject="clock", is_ok=False, fact=fact, remedy="set both machines' clocks by NTP")


def _examine_date_style(connection: Connection) -> Check:
    try:
        style = check_date_style(connection)
    except DateStyleError as error:
        fact = f"{error.style}, which the driver can't read"
        return Check(subject="DateStyle", is_ok=False, fact=fact, remedy=error.sql)
    return Check(subject="DateStyle", is_ok=True, fact=f"{style}, which the driver can read")


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
    asked = {"role": role, "privileges": _LOOKED_FOR, "tables": [*Base.metadata.tables, VERSION_TABLE]}
    tables = connection.execute(_PRIVILEGES, asked).mappings().all()
    open_tables = [table["name"] for table in tables if table["name"] in names and not table["is_walled"]]
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
    found = connection.execute(_POLICIES, {"tables": names}).all()
    by_table = {
        name: [FoundPolicy(*row[1:]) for row in rows] for name, rows in groupby(found, lambda policy: policy.table)
    }
    there = [name for name in names if name not in missing]
    faults = [fault for name in there for fault in policy_faults(name, by_table.get(name, []), _policies_of(name))]
    yield _verdict("policies", "each compares the tenant or the person", *_sorted_out(faults))
    faults = [fault for table in tables for fault in _grant_faults(table, role)]
    yield _verdict("grants", f"{role} may do what verbs need, no more", *_sorted_out(faults))


def _sorted_out(faults: Iterable[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Take facts and remedies apart."""
    pairs = list(faults)
    return [fact for fact, _ in pairs], [remedy for _, remedy in pairs]


def _policies_of(table: str) -> list[Policy]:
    is_personal = Base.metadata.tables[table].info["scope"] is Scope.PERSON
    return policies(
        table,
        mine=OF_PERSON if is_personal else OF_TENANT,
        is_updatable=table in UPDATABLE,
        deletable=table in DELETABLE,
        selectable_if=SELECTABLE_IF.get(table, ""),
        duties=DUTIES.get(table),
    )


def _grant_faults(table: RowMapping, role: str) -> Generator[tuple[str, str]]:
    """Name what the app role lacks or has too much on one table, each with the SQL that puts it right."""
    name = table["name"]
    found, wanted = set(table["privileges"]), {"SELECT"}
    if name != VERSION_TABLE:
        wanted |= {"INSERT", "DELETE"} if name in DELETABLE else {"INSERT"}
    for privilege in sorted(wanted - found):
        yield f"no {privilege} on {name}", f'GRANT {privilege} ON {name} TO "{role}";'
    for privilege in sorted(found - wanted):
        yield f"{privilege} on {name}", f'REVOKE {privilege} ON {name} FROM "{role}", PUBLIC;'
    changeable, updatable = set(table["updatable"]), UPDATABLE.get(name, frozenset())
    if too_many := changeable - updatable:
        columns = ", ".join(sorted(too_many))
        # A grant on the whole table covers every column, and only a revocation of the same kind takes it back.
        again = f'\nGRANT UPDATE ({", ".join(sorted(updatable))}) ON {name} TO "{role}";' if updatable else ""
        revoked = f'REVOKE UPDATE, UPDATE ({columns}) ON {name} FROM "{role}", PUBLIC;'
        yield f"UPDATE of {columns} on {name}", f"{revoked}{again}"
    if too_few := updatable - changeable:
        columns = ", ".join(sorted(too_few))
        yield f"no UPDATE of {columns} on {name}", f'GRANT UPDATE ({columns}) ON {name} TO "{role}";'


def _examine_balance_trigger(connection: Connection) -> Check:
    found = connection.execute(_BALANCE, {"trigger": BALANCE_TRIGGER}).one_or_none()
    faults = [] if found is None else [*_balance_faults(found)]
    return _verdict("balance", "a trigger refuses entries that do not add up", *_sorted_out(faults))


def _balance_faults(found: Row[Any]) -> Generator[tuple[str, str]]:
    """Name what is wrong with the trigger on the entries; where that table is gone, the walls have said so."""
    function = balance_function_sql(found.schema)
    if not found.is_there:
        yield f"{BALANCE_TRIGGER} is missing", f"{function};\n{balance_trigger_sql(found.schema)};"
        return
    if not found.is_enabled:
        enabling = f"ALTER TABLE {found.schema}.stronghold_entry ENABLE TRIGGER {BALANCE_TRIGGER};"
        yield f"{BALANCE_TRIGGER} is disabled", enabling
    if found.body.split() != BALANCE_BODY.split() or found.setting != balance_setting(found.schema):
        yield f"the function of {BALANCE_TRIGGER} is not as it was made", f"{function};"


def _verdict(subject: str, good: str, faults: list[str], remedies: list[str]) -> Check:
    if not faults:
        return Check(subject=subject, is_ok=True, fact=good)
    return Check(subject=subject, is_ok=False, fact="; ".join(faults), remedy="\n".join(remedies) or None)

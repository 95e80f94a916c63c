"""Moving a database from one schema to another, with the Alembic revisions inside this package."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from stronghold_core.db.roles import check_roles, role_facts, role_missing, role_sql
from stronghold_core.db.translate import translate
from stronghold_core.errors import (
    InvalidInputError,
    SchemaMissingError,
    SchemaNewerError,
    SchemaOutdatedError,
)

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy import Connection, Engine

    from stronghold_core.db.backends import Backend
    from stronghold_core.settings import Settings

VERSION_TABLE = "stronghold_schema_version"
_SCRIPTS = Path(__file__).parent / "migrations"
_BEYOND_US = "it can't be created or granted by this login"


def head_revision() -> str:
    """Return the schema this version of the library needs."""
    return str(_scripts().get_current_head())


def current_revision(connection: Connection) -> str | None:
    """Return the schema of the database, or none if it has no tables of ours."""
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def check_schema(connection: Connection) -> None:
    """Pass if the database has exactly the schema this version needs.

    Raises:
        SchemaMissingError, SchemaOutdatedError, SchemaNewerError: Otherwise.
    """
    found, needed = current_revision(connection), head_revision()
    if found is None:
        raise SchemaMissingError
    if found != needed:
        raise SchemaOutdatedError(found=found, needed=needed) if _is_known(found) else SchemaNewerError(found=found)


def migrate(engine: Engine, backend: Backend, settings: Settings, *, to: str = "head") -> str | None:
    """Bring the database to revision *to* in one transaction; return the revision reached.

    Args:
        engine: Where the database is.
        backend: What kind it is.
        settings: Which app role to grant to; none if they skip row-level security.
        to: ``head``, a revision, or ``base``, which drops every table of ours and the money in it.

    Raises:
        SchemaNewerError: If a newer version of the library migrated this database.
        RoleMissingError: If the app role is missing and can't be created.
    """
    with _connected(engine) as connection:
        backend.begin_as_owner(connection)
        found = current_revision(connection)
        if found is not None and not _is_known(found):
            raise SchemaNewerError(found=found)
        if backend.has_row_level_security and not settings.dangerously_skip_row_level_security and to != "base":
            _ensure_app_role(connection, settings)
        _run_revisions(connection, settings, found, to)
        reached = current_revision(connection)
        connection.commit()
    return reached


def create_roles(engine: Engine, settings: Settings, *, login: str | None = None) -> None:
    """Create the app role, where it is missing, and let the connection's login become it, and *login* as well.

    Raises:
        RoleMissingError: If the login may not do that; it names the SQL for somebody who may.
        InvalidInputError: If there is no role *login*.
    """
    with _connected(engine) as connection:
        _ensure_app_role(connection, settings)
        if login is not None:
            _require_role(connection, login)
            _admit(connection, settings, login)
        connection.commit()


@contextmanager
def _connected(engine: Engine) -> Generator[Connection]:
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise translate(error) from error


def _ensure_app_role(connection: Connection, settings: Settings) -> None:
    _admit(connection, settings)
    if not settings.dangerously_skip_row_level_security:
        check_roles(role_facts(connection, settings.app_role), settings.app_role)


def _admit(connection: Connection, settings: Settings, login: str | None = None) -> None:
    """Let *login*, or else the connection's own, become the app role, if it may not yet."""
    facts = role_facts(connection, settings.app_role, login=login)
    if facts.may_become:
        return
    try:
        with connection.begin_nested():
            for statement in role_sql(facts, settings.app_role):
                # A name may hold a percent sign, which is no placeholder.
                connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
    except DBAPIError as error:
        raise role_missing(facts, settings.app_role, fact=_BEYOND_US) from error


def _require_role(connection: Connection, login: str) -> None:
    if connection.execute(text("SELECT FROM pg_roles WHERE rolname = :login"), {"login": login}).first() is None:
        raise InvalidInputError(field="login", reason=f"the server has no role {login!r}; create it first.")


def _run_revisions(connection: Connection, settings: Settings, found: str | None, to: str) -> None:
    if to not in {"head", "base"} and not _is_known(to):
        raise InvalidInputError(field="to", reason=f"there is no revision {to!r}; give head, base, or one of ours.")
    config = _config()
    # Whoever skips the wall may have no role to grant to; policies name none, so they are made all the same.
    app_role = None if settings.dangerously_skip_row_level_security else settings.app_role
    config.attributes.update(connection=connection, app_role=app_role)
    is_downgrade = to == "base" or (found is not None and to != "head" and _is_before(to, found))
    (command.downgrade if is_downgrade else command.upgrade)(config, to)


def _is_before(target: str, found: str) -> bool:
    older = {script.revision for script in _scripts().iterate_revisions(found, "base")}
    return target in older


def _is_known(revision: str) -> bool:
    return revision in {script.revision for script in _scripts().walk_revisions()}


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("path_separator", "os")
    return config

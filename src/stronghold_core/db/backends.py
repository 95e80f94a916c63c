"""What SQLite and PostgreSQL do differently: beginning, binding the tenant, seeing whether a transaction is spoiled.

A backend never keeps a connection; it is told which one. On PostgreSQL a unit of work runs as the *app role* with the
tenant in the setting ``stronghold.tenant_id``; both are local to the transaction, so a pooled connection can't carry
them over. SQLite has neither roles nor row-level security: there the session's guard and the keys are the walls.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol
from uuid import UUID

from sqlalchemy import event, text

from stronghold_core.db.date_style import check_date_style
from stronghold_core.db.fixed import run_text
from stronghold_core.db.questions import answer_after
from stronghold_core.errors import ConfigurationError, UnsupportedDatabaseError
from stronghold_core.ids import TenantId, parse_id

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

    from stronghold_core.db.base import AnyRow
    from stronghold_core.db.questions import Question
    from stronghold_core.settings import Settings


_CITUS: Final = text("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus'), session_user::text")
_NEVER_WRITES: Final = "stronghold_never_writes"
_IN_TRANSACTION: Final = frozenset({1, 2})
"""What libpq says of a connection within a sound transaction: ACTIVE, INTRANS."""
_BEGINNINGS: Final = 1_000
"""Of how many tenants it is remembered how their transactions begin."""
_WAS_AUTOCOMMIT: Final = "stronghold_was_autocommit"


class Binding(NamedTuple):
    """The role and the tenant that a connection works for; both empty where the backend knows neither."""

    role: str
    tenant: str


class Backend(Protocol):
    """One kind of database."""

    name: str
    has_row_level_security: bool
    locks_rows: bool
    """Whether a unit can lock some rows; if not, one that writes has the whole database."""

    def begin(
        self, connection: Connection, tenant_id: TenantId | None, *, read_only: bool, question: Question | None = None
    ) -> AnyRow | None:
        """Start a transaction of our own, bound to one tenant, or to none yet, and answer the *question* in it."""
        ...

    def begin_as_owner(self, connection: Connection) -> None:
        """Start a transaction of the login itself, for migrations."""
        ...

    def end(self, connection: Connection, *, read_only: bool) -> None:
        """Undo what `begin` left on the connection beyond the transaction."""
        ...

    def check(self, connection: Connection) -> None:
        """Pass if *connection* is set as money needs it, be it the host's.

        Raises:
            ConfigurationError: If not; it says what to do.
        """
        ...

    def join(self, connection: Connection, *, read_only: bool) -> None:
        """Make sure that the host's transaction on *connection* has begun for the database, too."""
        ...

    def bind_tenant(self, connection: Connection, tenant_id: TenantId | None) -> None:
        """Make *connection* work for one tenant, or for none yet, until its transaction ends."""
        ...

    def binding(self, connection: Connection) -> Binding:
        """Return what the connection works for now."""
        ...

    def restore(self, connection: Connection, binding: Binding) -> None:
        """Make the connection work for *binding* again."""
        ...

    def set_local(self, connection: Connection, name: str, value: str) -> None:
        """Give a directory policy the key it may look for."""
        ...

    def is_spoiled(self, connection: Connection) -> bool:
        """Tell whether the transaction can only be rolled back, or is gone already."""
        ...


class SQLiteBackend:
    """SQLite: one writer at a time, so a writing unit takes the write lock when it begins."""

    name = "sqlite"
    has_row_level_security = False
    locks_rows = False

    def begin(
        self,
        connection: Connection,
        tenant_id: TenantId | None,  # noqa: ARG002 - the port's signature
        *,
        read_only: bool,
        question: Question | None = None,
    ) -> AnyRow | None:
        """Begin at once: the driver would otherwise wait for the first write, and then fail on a changed snapshot."""
        if read_only and not connection.info.get(_NEVER_WRITES):
            run_text(connection, "PRAGMA query_only = ON")
        self._begin(connection, "BEGIN DEFERRED" if read_only else "BEGIN IMMEDIATE")
        return None if question is None else question.answer(connection)

    def begin_as_owner(self, connection: Connection) -> None:
        """Take the write lock: tables are created in a transaction, too."""
        self._begin(connection, "BEGIN IMMEDIATE")

    def end(self, connection: Connection, *, read_only: bool) -> None:
        """Let the pooled connection write again."""
        if read_only and not connection.info.get(_NEVER_WRITES):
            run_text(connection, "PRAGMA query_only = OFF")
            connection.rollback()

    def check(self, connection: Connection) -> None:
        """Look whether foreign keys are enforced."""
        if not connection.exec_driver_sql("PRAGMA foreign_keys").scalar():
            raise ConfigurationError(
                reason="This SQLite engine does not enforce foreign keys: call prepare_sqlite(engine) once it is made."
            )

    def join(self, connection: Connection, *, read_only: bool) -> None:
        """Begin for the host: the driver waits for its first write, and a savepoint outside commits when released."""
        if not _driver_connection(connection).in_transaction:
            connection.exec_driver_sql("BEGIN DEFERRED" if read_only else "BEGIN IMMEDIATE")

    def bind_tenant(self, connection: Connection, tenant_id: TenantId | None) -> None:
        """Nothing to bind."""

    def binding(self, connection: Connection) -> Binding:  # noqa: ARG002 - the port's signature
        """Nothing is bound."""
        return Binding("", "")

    def restore(self, connection: Connection, binding: Binding) -> None:
        """Nothing to restore."""

    def set_local(self, connection: Connection, name: str, value: str) -> None:
        """No policy would read it."""

    def is_spoiled(self, connection: Connection) -> bool:
        """See whether SQLite rolled back by itself, as it does when the disk is full."""
        return not _driver_connection(connection).in_transaction

    @staticmethod
    def _begin(connection: Connection, statement: str) -> None:
        if not connection.in_transaction():
            connection.begin()
        if _driver_connection(connection).in_transaction:
            # A host's engine may begin by itself (SQLAlchemy's recipe for savepoints), but without the write lock.
            # Nothing has happened since, so this transaction makes room for ours.
            run_text(connection, "ROLLBACK")
        run_text(connection, statement)


class PostgreSQLBackend:
    """PostgreSQL through psycopg 3: the app role and row-level security."""

    name = "postgresql"
    has_row_level_security = True
    locks_rows = True

    _BIND = text(
        "SELECT set_config('role', :role, true), set_config('stronghold.tenant_id', :tenant, true), current_user"
    )
    _BIND_TENANT = text("SELECT set_config('stronghold.tenant_id', :tenant, true)")
    _BINDING = text("SELECT current_setting('role'), coalesce(current_setting('stronghold.tenant_id', true), '')")
    _SET_LOCAL = text("SELECT set_config(:name, :value, true)")

    def __init__(self, settings: Settings) -> None:
        self._role = None if settings.dangerously_skip_row_level_security else settings.app_role
        self._beginning = lru_cache(_BEGINNINGS)(self._written_beginning)

    def begin(
        self, connection: Connection, tenant_id: TenantId | None, *, read_only: bool, question: Question | None = None
    ) -> AnyRow | None:
        """Begin, become the app role, name the tenant and ask the *question*, in one message to the server.

        The driver leaves transactions to us meanwhile; its commit() and rollback() end them all the same. SQLAlchemy's
        level AUTOCOMMIT says so, too, but takes 7 µs to set and reset. Role and tenant are literals, a checked name and
        a parsed UUID: several statements can't share parameters.
        """
        driver_connection = _driver_connection(connection)
        connection.info[_WAS_AUTOCOMMIT] = driver_connection.autocommit
        driver_connection.autocommit = True
        beginning = self._beginning(tenant_id, read_only=read_only)
        connection.begin()
        if question is not None:
            return answer_after(connection, beginning, question)
        run_text(connection, beginning)
        return None

    def _written_beginning(self, tenant_id: TenantId | None, *, read_only: bool) -> str:
        # Said for writing, too: what the server, the database or the login is set to must not decide it.
        mode = "REPEATABLE READ READ ONLY" if read_only else "READ COMMITTED"
        return "; ".join([f"BEGIN ISOLATION LEVEL {mode}", *self._binding_statements(tenant_id)])

    def _binding_statements(self, tenant_id: TenantId | None) -> list[str]:
        """Return what makes a transaction work as the app role, for one tenant or for none."""
        role = [] if self._role is None else [f'SET LOCAL ROLE "{self._role}"']
        tenant = "" if tenant_id is None else str(parse_id(tenant_id, field="tenant_id"))
        return [*role, f"SET LOCAL stronghold.tenant_id = '{tenant}'"]

    def begin_as_owner(self, connection: Connection) -> None:
        """Nothing to do: the driver begins with the first statement."""

    def end(self, connection: Connection, *, read_only: bool) -> None:  # noqa: ARG002 - the port's signature
        """Leave transactions to the driver as before, since whoever gets the connection next relies on it."""
        if connection.invalidated:
            return
        try:
            _driver_connection(connection).autocommit = connection.info[_WAS_AUTOCOMMIT]
        except Exception:
            # It could not be rolled back.
            connection.invalidate()
            raise

    def bind_tenant(self, connection: Connection, tenant_id: TenantId | None) -> None:
        """Become the app role and name the tenant, until the transaction ends."""
        tenant = "" if tenant_id is None else str(tenant_id)
        if self._role is None:
            connection.execute(self._BIND_TENANT, {"tenant": tenant})
            return
        bound = connection.execute(self._BIND, {"role": self._role, "tenant": tenant}).one()
        if bound.current_user != self._role:
            raise ConfigurationError(reason=f"The unit runs as {bound.current_user}, not as {self._role}.")

    def check(self, connection: Connection) -> None:
        """Look whether the driver can read instants."""
        check_date_style(connection)

    def join(self, connection: Connection, *, read_only: bool) -> None:
        """Nothing to do: the driver begins with the first statement, whatever it is."""

    def binding(self, connection: Connection) -> Binding:
        """Read role and tenant as the host left them."""
        role, tenant = connection.execute(self._BINDING).one()
        return Binding(role, tenant)

    def restore(self, connection: Connection, binding: Binding) -> None:
        """Set role and tenant back; SET LOCAL outlives a released savepoint, so somebody has to."""
        connection.execute(
            text("SELECT set_config('role', :role, true), set_config('stronghold.tenant_id', :tenant, true)"),
            binding._asdict(),
        )

    def set_local(self, connection: Connection, name: str, value: str) -> None:
        """Set one of our own settings until the transaction ends."""
        connection.execute(self._SET_LOCAL, {"name": f"stronghold.{name}", "value": value})

    def is_spoiled(self, connection: Connection) -> bool:
        """See whether a failed statement aborted the transaction: COMMIT would silently roll back."""
        if connection.invalidated:
            return True
        return _driver_connection(connection).pgconn.transaction_status not in _IN_TRANSACTION


class CitusBackend(PostgreSQLBackend):
    """PostgreSQL whose tables Citus spreads over workers: they learn of a setting only if it is passed on to them.

    Citus passes on a literal ``SET LOCAL``, once it is told to, and neither ``set_config`` nor a change of role. So the
    tenant is written into the statement, as a parsed UUID, and the login is the app role itself.
    """

    _TOLD_TO_WORKERS: Final = "SET LOCAL citus.propagate_set_commands = 'local'"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._role = None

    def _binding_statements(self, tenant_id: TenantId | None) -> list[str]:
        return [self._TOLD_TO_WORKERS, *super()._binding_statements(tenant_id)]

    def bind_tenant(self, connection: Connection, tenant_id: TenantId | None) -> None:
        """Name the tenant to the coordinator and its workers, until the transaction ends."""
        run_text(connection, "; ".join(self._binding_statements(tenant_id)))

    def set_local(self, connection: Connection, name: str, value: str) -> None:
        """Set one of our own settings on the coordinator and its workers, until the transaction ends."""
        # Here, because SQLite does without the driver.
        from psycopg import sql  # noqa: PLC0415

        literal = sql.Literal(value).as_string(_driver_connection(connection))
        run_text(connection, f"{self._TOLD_TO_WORKERS}; SET LOCAL stronghold.{name} = {literal}")

    def restore(self, connection: Connection, binding: Binding) -> None:
        """Set the tenant back, which must be one: it becomes part of a statement."""
        self.bind_tenant(connection, TenantId(UUID(binding.tenant)) if binding.tenant else None)


def backend_on(connection: Connection, backend: Backend, settings: Settings) -> Backend:
    """Choose between PostgreSQL's backends by what the database has: asked once, at the start.

    Raises:
        ConfigurationError: If Citus is there and the login is not the app role itself: workers know of no other.
    """
    if not isinstance(backend, PostgreSQLBackend):
        return backend
    has_citus, login = connection.execute(_CITUS).one()
    if not has_citus:
        return backend
    if not settings.dangerously_skip_row_level_security and login != settings.app_role:
        raise ConfigurationError(
            reason=f"On Citus the login has to be the app role itself, since workers are told of no other: log in as "
            f"{settings.app_role}, not as {login}, or name that one as Settings.app_role."
        )
    return CitusBackend(settings)


def backend_for(engine: Engine, settings: Settings) -> Backend:
    """Choose the backend of *engine*.

    Raises:
        UnsupportedDatabaseError: If there is none.
    """
    if engine.dialect.name == "sqlite":
        return SQLiteBackend()
    if engine.dialect.name == "postgresql" and engine.dialect.driver == "psycopg":
        return PostgreSQLBackend(settings)
    raise UnsupportedDatabaseError(dialect=f"{engine.dialect.name}+{engine.dialect.driver}")


def prepare_sqlite(engine: Engine) -> None:
    """Give every connection of *engine* the settings that money needs.

    Foreign keys are off by default in SQLite; WAL lets readers work beside the writer; FULL makes a commit survive a
    power cut. A host that brings its own SQLite engine calls this once.

    Connecting then raises ConfigurationError if the driver is in a transaction already, where SQLite ignores or refuses
    these settings.
    """

    @event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        if connection.in_transaction:
            raise ConfigurationError(
                reason="This SQLite engine opens transactions as it connects, and foreign keys can't be enforced then:"
                " leave autocommit out of its connect_args."
            )
        cursor = connection.cursor()
        for pragma in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = FULL", "trusted_schema = OFF"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "invalidate")
    def _let_go(connection: DBAPIConnection, _entry: ConnectionPoolEntry, _error: BaseException | None) -> None:
        # An interrupt makes SQLAlchemy close the connection. A cursor that a traceback still holds would keep it half
        # open, and its transaction with the file's only write lock.
        with suppress(sqlite3.Error):
            connection.rollback()


def keep_from_writing(engine: Engine) -> None:
    """Let no connection of *engine* write, ever.

    Whoever switches that on and off makes SQLite compile all statements of the connection anew, each time.
    """

    @event.listens_for(engine, "connect")
    def _keep(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA query_only = ON")
        cursor.close()
        entry.info[_NEVER_WRITES] = True


def _driver_connection(connection: Connection) -> Any:  # noqa: ANN401 - each driver has its own
    return connection.connection.dbapi_connection

"""One database: its engine, its backend, and whether it is fit to hold money."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from stronghold_core.db.backends import backend_for, backend_on
from stronghold_core.db.doctor import Check, examine
from stronghold_core.db.engine import open_engine, open_reading_engine
from stronghold_core.db.host_tables import HostTables
from stronghold_core.db.host_walls import check_host_tables
from stronghold_core.db.migrate import check_schema, create_roles, migrate
from stronghold_core.db.roles import check_roles, role_facts
from stronghold_core.db.translate import translate
from stronghold_core.errors import ConfigurationError

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection

    from stronghold_core.settings import Settings


class Database:
    """The engine that a `Stronghold` works on, its own or the host's."""

    def __init__(self, target: str | URL | Engine, settings: Settings) -> None:
        self.settings = settings
        self.is_ours = not isinstance(target, Engine)
        self.engine = target if isinstance(target, Engine) else open_engine(target, settings)
        self.reading_engine = open_reading_engine(self.engine, settings) if self.is_ours else self.engine
        """Where units that only read work: the same, unless connections of their own spare them time."""
        self.backend = backend_for(self.engine, settings)
        self.host_tables = HostTables()
        """The host's own tables, as far as it registered them."""
        self._is_ready = False
        self._lock = threading.Lock()

    def ensure_ready(self) -> None:
        """Check schema, roles, pragmas and the host's tables once, before the first unit of work that meets them.

        Raises:
            ConfigurationError: If the database is not fit; the subclass says what is wrong and what to run.
        """
        if self._is_ready and not self.host_tables.has_new:
            return
        with self._lock:
            self.check()
            self._is_ready = True

    def check(self) -> None:
        """Check schema, roles, pragmas and the host's tables now."""
        self.host_tables.learn_new()
        try:
            with self.engine.connect() as connection:
                self._check(connection)
        except DBAPIError as error:
            raise translate(error) from error

    def migrate(self, *, to: str = "head") -> str | None:
        """Bring the schema to revision *to*; return the one reached."""
        self._is_ready = False
        return migrate(self.engine, self.backend, self.settings, to=to)

    def doctor(self) -> tuple[Check, ...]:
        """Look at everything the database must have, and say what to run where it lacks something."""
        self.host_tables.learn_new()
        return examine(self.engine, self.backend, self.settings, host_tables=self.host_tables.of_tenants())

    def create_roles(self, *, login: str | None = None) -> None:
        """Create PostgreSQL's app role where it is missing, and let *login*, or else our own, become it.

        Raises:
            RoleMissingError: If our login may not do that; it names the SQL for somebody who may.
            ConfigurationError: If the database has no roles.
        """
        if not self.backend.has_row_level_security:
            raise ConfigurationError(reason="SQLite has no roles to create: nothing is missing here.")
        create_roles(self.engine, self.settings, login=login)

    def close(self) -> None:
        """Give back the connections of an engine of our own; a host's engine is the host's to close."""
        if self.is_ours:
            self.reading_engine.dispose()
            # Last, because a connection that may write tidies up after all others.
            self.engine.dispose()

    def _check(self, connection: Connection) -> None:
        self.backend = backend_on(connection, self.backend, self.settings)
        is_walled = self.backend.has_row_level_security and not self.settings.dangerously_skip_row_level_security
        if is_walled:
            check_roles(role_facts(connection, self.settings.app_role), self.settings.app_role)
            # From here on as a unit would: a login need not inherit what the app role may read.
            self.backend.bind_tenant(connection, None)
        check_schema(connection)
        self.backend.check(connection)
        if is_walled:
            check_host_tables(connection, self.settings.app_role, self.host_tables.of_tenants())

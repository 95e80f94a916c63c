"""Taking walls down, one by one, in a database that belongs to a test alone: to see what the others stop."""

from __future__ import annotations

import re
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from stronghold_core import Settings, Stronghold
from stronghold_core.db.session import TenantSession
from stronghold_core.testing.isolation.kit import Kit
from tests.support.hosts import HostBase

if TYPE_CHECKING:
    from collections.abc import Collection, Generator

    from sqlalchemy import Connection

    from stronghold_core.ids import TenantId

SESSION, DATABASE, KEYS = "session", "database", "keys"
"""The walls that stand on the way to a table; before them is the door, which asks who is a member."""


def unguarded(connection: Connection, _tenant_id: TenantId) -> Session:
    """Make SQLAlchemy's own session, which looks at nothing."""
    return Session(connection, join_transaction_mode="rollback_only")


@contextmanager
def besieged(url: str, *, without: Collection[str], owner_url: str = "") -> Generator[Kit]:
    """Give a kit against a database that has the host's tables, and some walls less.

    Args:
        url: The database, for a plain member of the app role.
        without: The walls that are taken down.
        owner_url: The same database, for whoever owns the tables; only PostgreSQL has such.
    """
    engine = create_engine((owner_url or url).replace("postgresql://", "postgresql+psycopg://"), poolclass=NullPool)
    with engine.begin() as connection:
        take_down(connection, without)
    engine.dispose()
    skips = DATABASE in without and owner_url != ""
    settings = Settings(dangerously_skip_row_level_security=skips)
    with closing(Stronghold(owner_url if skips else url, settings=settings)) as stronghold:
        stronghold.register_tables(HostBase.metadata)
        yield Kit(stronghold, {}, unguarded if SESSION in without else TenantSession)


def take_down(connection: Connection, walls: Collection[str]) -> None:
    """Take walls of the database down, as the owner of the tables."""
    if connection.dialect.name == "sqlite":
        if KEYS in walls:
            _forget_references(connection)
        return
    tables = connection.execute(
        text("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relname ~ '^(stronghold|host)_'")
    )
    for table in tables.scalars().all():
        if DATABASE in walls:
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    if KEYS in walls:
        keys = text(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'f' AND conparentid = 0"
        )
        for table, name in connection.execute(keys).all():
            connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


_REFERENCE = re.compile(
    r",\s*(?:CONSTRAINT \w+ )?FOREIGN KEY\s*\([^)]*\)\s*REFERENCES \w+ ?\([^)]*\)(?: ON DELETE CASCADE)?"
)


def _forget_references(connection: Connection) -> None:
    """Write the schema anew without foreign keys: SQLite can drop none."""
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    for name, sql in connection.execute(text("SELECT name, sql FROM sqlite_schema WHERE type = 'table'")).all():
        bare = _REFERENCE.sub("", sql)
        connection.execute(text("UPDATE sqlite_schema SET sql = :sql WHERE name = :name"), {"sql": bare, "name": name})
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")

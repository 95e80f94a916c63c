"""Engines with the right defaults for money."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import QueuePool

from stronghold_core.db.backends import keep_from_writing, prepare_sqlite
from stronghold_core.db.date_style import keep_date_style
from stronghold_core.errors import ConfigurationError, UnsupportedDatabaseError

if TYPE_CHECKING:
    from sqlalchemy import URL

    from stronghold_core.settings import Settings


def open_engine(url: str | URL, settings: Settings) -> Engine:
    """Create an engine for *url*: ``sqlite:///books.db``, ``sqlite://`` (in memory) or ``postgresql+psycopg://…``.

    Raises:
        ConfigurationError: If the URL can't be read, or its driver is not installed.
        UnsupportedDatabaseError: If it names another kind of database.
    """
    try:
        return _engine(make_url(url), settings)
    except (ArgumentError, ValueError) as error:
        # The URL may hold a password, so it is not repeated.
        raise ConfigurationError(
            reason="The database URL can't be read: write sqlite:///books.db or postgresql+psycopg://user@host/name."
        ) from error


def open_reading_engine(engine: Engine, settings: Settings) -> Engine:
    """Return the engine for units that only read *engine*'s database: another one if that is a file of SQLite.

    PostgreSQL is told with each transaction, and a database in memory, which a name with ``file:`` may be as well, has
    but one connection.
    """
    is_file = engine.dialect.name == "sqlite" and not _is_in_memory(engine.url)
    if not is_file or str(engine.url.database).startswith("file:"):
        return engine
    reading = _sqlite_engine(engine.url, settings)
    keep_from_writing(reading)
    return reading


def missing_file(url: URL) -> str | None:
    """Return the name of the SQLite file that *url* leads to, if there is none: connecting would leave an empty one.

    >>> missing_file(make_url("sqlite:///no/such/folder/books.db")), missing_file(make_url("sqlite://"))
    ('no/such/folder/books.db', None)
    """
    name = url.database
    if url.get_backend_name() != "sqlite" or not name or name == ":memory:" or name.startswith("file:"):
        return None
    return None if Path(name).exists() else name


def _engine(url: URL, settings: Settings) -> Engine:
    if url.drivername in {"sqlite", "sqlite+pysqlite"}:
        return _sqlite_engine(url, settings)
    if url.get_backend_name() == "postgresql":
        return _postgresql_engine(url)
    raise UnsupportedDatabaseError(dialect=url.drivername)


def _sqlite_engine(url: URL, settings: Settings) -> Engine:
    in_memory = _is_in_memory(url)
    engine = create_engine(
        url,
        connect_args={"timeout": settings.busy_timeout_seconds, "check_same_thread": False},
        poolclass=QueuePool,
        # A database in memory lives and dies with its one connection, so that one is kept and shared in turn.
        **({"pool_size": 1, "max_overflow": 0, "pool_timeout": settings.busy_timeout_seconds} if in_memory else {}),
    )
    prepare_sqlite(engine)
    return engine


def _is_in_memory(url: URL) -> bool:
    return not url.database or url.database == ":memory:"


def _postgresql_engine(url: URL) -> Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername != "postgresql+psycopg":
        raise UnsupportedDatabaseError(dialect=url.drivername)
    try:
        engine = create_engine(url, pool_pre_ping=False, use_native_hstore=False)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise ConfigurationError(
            reason="PostgreSQL needs psycopg 3: install financial-stronghold[postgres]."
        ) from error
    keep_date_style(engine)
    return engine

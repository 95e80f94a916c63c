"""Engines: which URLs are understood, what every connection is set to, and what a database in memory is."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from stronghold_core import Settings, Stronghold
from stronghold_core.db.engine import missing_file, open_engine
from stronghold_core.errors import ConfigurationError, DatabaseBusyError, DatabaseFileError, UnsupportedDatabaseError

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

SETTINGS = Settings(busy_timeout_seconds=0.01)


def pragmas(engine: Engine) -> dict[str, object]:
    """Read what matters for money on a connection of *engine*."""
    names = ("foreign_keys", "journal_mode", "synchronous", "trusted_schema", "busy_timeout")
    with engine.connect() as connection:
        return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}


# --- URLs


@pytest.mark.parametrize("scheme", ["sqlite", "sqlite+pysqlite"])
def test_a_file_is_opened_by_its_path(tmp_path: Path, scheme: str) -> None:
    """With the driver named or not, as text or as a URL object."""
    for url in (f"{scheme}:///{tmp_path / 'books.db'}", make_url(f"{scheme}:///{tmp_path / 'books.db'}")):
        engine = open_engine(url, SETTINGS)
        assert engine.dialect.name == "sqlite"
        engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
def test_postgresql_is_reached_through_psycopg_3(scheme: str) -> None:
    """SQLAlchemy's own default would be another driver."""
    engine = open_engine(f"{scheme}://ada@localhost/books", SETTINGS)
    assert (engine.dialect.name, engine.dialect.driver) == ("postgresql", "psycopg")


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("mysql://ada@localhost/books", "mysql"),
        ("oracle://ada@localhost/books", "oracle"),
        ("postgresql+psycopg2://ada@localhost/books", "postgresql+psycopg2"),
        ("postgresql+asyncpg://ada@localhost/books", "postgresql+asyncpg"),
        ("postgresql+psycopg_async://ada@localhost/books", "postgresql+psycopg_async"),
        ("sqlite+aiosqlite:///books.db", "sqlite+aiosqlite"),
        ("nonsense://somewhere", "nonsense"),
    ],
)
def test_another_kind_of_database_is_refused_by_name(url: str, named: str) -> None:
    """Also a driver that this library was never tested on; the message says what is supported."""
    with pytest.raises(UnsupportedDatabaseError, match=r"use SQLite .* or PostgreSQL") as caught:
        open_engine(url, SETTINGS)
    assert caught.value.dialect == named


@pytest.mark.parametrize(
    "url",
    [
        "",
        "books.db",
        "sqlite://secret.db",
        "sqlite:///secret.db?timeout=soon",
        "postgresql//ada:secret@localhost",
        "postgresql://ada:secret@host:port/x",
    ],
)
def test_a_url_that_cannot_be_read_is_refused_without_repeating_it(url: str) -> None:
    """It may hold a password, and messages end up in logs."""
    with pytest.raises(ConfigurationError, match="can't be read") as caught:
        open_engine(url, SETTINGS)
    assert "secret" not in str(caught.value)


def test_a_missing_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing the library needs no driver; opening PostgreSQL does."""
    for module in [name for name in sys.modules if name.partition(".")[0] == "psycopg"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigurationError, match=r"install financial-stronghold\[postgres\]"):
        open_engine("postgresql://ada@localhost/books", SETTINGS)


# --- files


def test_every_connection_is_set_for_money(tmp_path: Path) -> None:
    """Foreign keys hold, readers work beside the writer, a commit survives a power cut, and waiting has an end."""
    engine = open_engine(f"sqlite:///{tmp_path / 'books.db'}", SETTINGS)
    expected = {"foreign_keys": 1, "journal_mode": "wal", "synchronous": 2, "trusted_schema": 0, "busy_timeout": 10}
    with engine.connect():
        # The first connection is taken, so this is a second one.
        assert pragmas(engine) == expected
    engine.dispose()
    assert pragmas(engine) == expected
    engine.dispose()


def test_a_file_in_a_folder_that_is_not_there_is_an_error_of_the_file(tmp_path: Path) -> None:
    """The message says what to look at."""
    with (
        Stronghold(f"sqlite:///{tmp_path / 'nowhere' / 'books.db'}") as stronghold,
        pytest.raises(DatabaseFileError, match=r"it can't be opened\. Check that the folder exists"),
    ):
        stronghold.migrate()


def test_a_folder_in_place_of_a_file_is_an_error_of_the_file(tmp_path: Path) -> None:
    """SQLite can't open it."""
    with Stronghold(f"sqlite:///{tmp_path}") as stronghold, pytest.raises(DatabaseFileError, match="can't be opened"):
        stronghold.migrate()


def test_a_file_of_something_else_is_an_error_of_the_file(tmp_path: Path) -> None:
    """It is left as it was."""
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir or Madam, " * 100)
    with Stronghold(f"sqlite:///{path}") as stronghold, pytest.raises(DatabaseFileError, match="it is no SQLite file"):
        stronghold.migrate()
    assert path.read_text() == "Dear Sir or Madam, " * 100


def test_a_file_that_may_only_be_read_is_an_error_of_the_file(tmp_path: Path) -> None:
    """Opened so by its URL, since permissions mean nothing to root."""
    path = tmp_path / "books.db"
    with Stronghold(f"sqlite:///{path}") as stronghold:
        stronghold.migrate()
    with (
        Stronghold(f"sqlite:///file:{path}?mode=ro&uri=true") as stronghold,
        pytest.raises(DatabaseFileError, match="it is read-only"),
    ):
        stronghold.tenants.create(kind="user", name="Ada", base_currency="USD", owner="user:ada")


@pytest.mark.parametrize("name", ["", ":memory:", "file:books.db?uri=true"])
def test_what_is_no_plain_file_is_never_missing(name: str) -> None:
    """There is nothing to look for."""
    assert missing_file(make_url(f"sqlite:///{name}")) is None


def test_a_missing_file_is_named_and_not_created(tmp_path: Path) -> None:
    """A doctor who creates the patient would find it healthy."""
    path = tmp_path / "books.db"
    assert missing_file(make_url(f"sqlite:///{path}")) == str(path)
    assert not path.exists()
    path.touch()
    assert missing_file(make_url(f"sqlite:///{path}")) is None


# --- memory


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_lives_as_long_as_its_engine(url: str) -> None:
    """What one connection wrote the next one finds, because they are one."""
    engine = open_engine(url, SETTINGS)
    with engine.begin() as connection:
        connection.exec_driver_sql("create table kept (n int)")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from kept").scalar() == 0
    assert pragmas(engine)["foreign_keys"] == 1
    engine.dispose()


def test_a_database_in_memory_is_shared_in_turn_by_threads() -> None:
    """Nobody sees another one's half-done work, and nothing is lost."""
    engine = open_engine("sqlite://", Settings())
    with engine.begin() as connection:
        connection.exec_driver_sql("create table kept (n int)")

    def add(n: int) -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql("insert into kept values (?)", (n,))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(40)))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from kept").scalar() == 40
    engine.dispose()


def test_a_unit_around_a_unit_of_a_database_in_memory_is_busy() -> None:
    """There is one connection; waiting for it inside its own use has an end, and the message says why."""
    with Stronghold("sqlite://", settings=SETTINGS) as stronghold:
        stronghold.migrate()
        acme = stronghold.tenants.create(kind="organization", name="Acme", base_currency="USD", owner="user:ada")
        with (
            stronghold.books(acme.id, principal="user:ada"),
            pytest.raises(DatabaseBusyError, match="is another unit of work open around this one"),
            stronghold.books(acme.id, principal="user:ada"),
        ):
            pass

"""A database is checked once, before the first unit, and again when its schema moves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError

from stronghold_core import Settings, Stronghold, prepare_sqlite
from stronghold_core.db import Database
from stronghold_core.errors import DatabaseFileError, SchemaMissingError
from tests.support.rows import counted_statements
from tests.support.stronghold import ADA, Desk

if TYPE_CHECKING:
    from pathlib import Path


def test_a_database_that_is_fit_is_checked_once(stronghold: Stronghold) -> None:
    """Many threads may ask at once; afterwards asking costs nothing."""
    database = stronghold.database
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: database.ensure_ready(), range(8)))
    sent: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *arguments: sent.append(arguments[2]))
    database.ensure_ready()
    assert sent == []


def test_a_database_that_is_not_fit_is_checked_again_each_time(tmp_path: Path) -> None:
    """So that it can be made fit without starting the program anew."""
    database = Database(f"sqlite:///{tmp_path / 'books.db'}", Settings())
    for _ in range(2):
        with pytest.raises(SchemaMissingError):
            database.ensure_ready()
    database.migrate()
    database.ensure_ready()
    database.migrate(to="base")
    with pytest.raises(SchemaMissingError):
        database.ensure_ready()
    database.close()


def test_what_the_driver_says_while_checking_is_translated(tmp_path: Path) -> None:
    """A folder that is not there is an error of the file."""
    database = Database(f"sqlite:///{tmp_path / 'nowhere' / 'books.db'}", Settings())
    with pytest.raises(DatabaseFileError):
        database.check()


def test_an_engine_made_from_a_url_is_ours_to_close(sqlite_url: str) -> None:
    """A host's is not; either is used as it is."""
    ours = Database(make_url(sqlite_url), Settings())
    with ours.engine.connect():
        pass
    ours.close()
    engine = create_engine(sqlite_url)
    prepare_sqlite(engine)
    theirs = Database(engine, Settings())
    assert (ours.is_ours, theirs.is_ours) == (True, False)
    assert theirs.engine is engine
    with engine.connect() as connection:
        theirs.close()
        assert connection.exec_driver_sql("select 1").scalar() == 1
    engine.dispose()


# ------------------------------------------------------------------ units that only read


def desk_in(stronghold: Stronghold) -> Desk:
    """Sit down in a tenant of one's own."""
    return Desk(
        stronghold, stronghold.tenants.create(kind="user", name="Ada", base_currency="USD", owner=ADA), principal=ADA
    )


def test_reading_a_file_switches_nothing_between_units(sqlite_url: str) -> None:
    """SQLite would compile every statement of the connection anew."""
    with Stronghold(sqlite_url) as stronghold:
        desk = desk_in(stronghold)
        database = stronghold.database
        with counted_statements(database.engine) as written, counted_statements(database.reading_engine) as read:
            for read_only in (True, False, True):
                with desk.books(read_only=read_only) as books:
                    books.accounts.list()
        assert len(written) < len(read)
        assert not any("PRAGMA" in statement for statement in [*written, *read])


def test_connections_for_reading_never_write(sqlite_url: str) -> None:
    """Whatever runs on them."""
    with (
        Stronghold(sqlite_url) as stronghold,
        stronghold.database.reading_engine.connect() as connection,
        pytest.raises(OperationalError, match="readonly"),
    ):
        connection.execute(text("DELETE FROM stronghold_currency"))


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:books?mode=memory&uri=true"])
def test_what_is_kept_in_memory_is_read_where_it_is_written(url: str) -> None:
    """Another connection would see another database, or none."""
    database = Database(url, Settings())
    assert database.reading_engine is database.engine
    database.close()


def test_a_hosts_engine_is_read_from_as_it_is(sqlite_url: str) -> None:
    """Its connections are the host's to make; they are switched to reading and back."""
    engine = create_engine(sqlite_url)
    prepare_sqlite(engine)
    with Stronghold(engine) as stronghold:
        desk = desk_in(stronghold)
        assert stronghold.database.reading_engine is engine
        with counted_statements(engine) as statements, desk.books(read_only=True) as books:
            books.accounts.list()
        assert [statement for statement in statements if "PRAGMA" in statement] == [
            "PRAGMA query_only = ON",
            "PRAGMA query_only = OFF",
        ]
        with desk.books() as books:
            books.accounts.open(name="Bank", type="asset")
    engine.dispose()

"""A database is checked once, before the first unit, and again when its schema moves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, event, make_url

from stronghold_core import Settings, Stronghold, prepare_sqlite
from stronghold_core.db import Database
from stronghold_core.errors import DatabaseFileError, SchemaMissingError

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

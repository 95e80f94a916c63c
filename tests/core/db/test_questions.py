"""What a transaction asks as it begins is answered the same, whatever the connection can keep in mind."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import String, bindparam, create_engine, event, func, literal_column, make_url, select
from sqlalchemy.exc import ProgrammingError

from stronghold_core import ManualClock, Settings, Stronghold
from stronghold_core.db import FixedStatement, Question
from stronghold_core.db.backends import PostgreSQLBackend, SQLiteBackend
from stronghold_core.errors import NotFoundError
from stronghold_core.ids import TenantId, new_id
from tests.support.stronghold import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from stronghold_core.db import AnyRow

TENANT = TenantId(new_id())
ECHO = FixedStatement(select(bindparam("word", type_=String).label("word"), literal_column("'100 %'").label("share")))
KEPT = "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE starts_with(name, 'stronghold')"

# Names as principals may have them: nothing in them may end a literal.
WORDS = ["user:ada", "user:o'hara", "user:back\\", "user:\\'; ROLLBACK; --", "user:ž€😀", "user:%s%(word)s$1"]


@pytest.fixture
def server(postgresql_url: str) -> Iterator[Engine]:
    """Connect as a plain member of the app role, with one connection."""
    made = create_engine(make_url(postgresql_url).set(drivername="postgresql+psycopg"), pool_size=1, max_overflow=0)
    yield made
    made.dispose()


def ask(engine: Engine, word: str, statement: FixedStatement = ECHO) -> AnyRow | None:
    """Ask for *word* as a transaction begins."""
    backend = PostgreSQLBackend(Settings()) if engine.dialect.name == "postgresql" else SQLiteBackend()
    with engine.connect() as connection:
        return backend.begin(connection, TENANT, read_only=True, question=Question(statement, {"word": word}))


def kept(engine: Engine) -> list[int]:
    """Return how often each query was asked that the server keeps for the connection."""
    with engine.connect() as connection:
        return list(connection.exec_driver_sql(KEPT).scalars())


def send(engine: Engine, statement: str) -> None:
    """Do something to the connection, as a host or a pooler would."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(statement)


@pytest.mark.parametrize("word", WORDS)
def test_the_answer_is_the_same_on_each_database(stronghold: Stronghold, word: str) -> None:
    """The first time as ever after, whatever is asked about."""
    for _ in range(2):
        found: Any = ask(stronghold.database.engine, word)
        assert (found.word, found.share) == (word, "100 %")


def test_no_row_is_no_answer(stronghold: Stronghold) -> None:
    """As of a tenant that is missing."""
    given = bindparam("word", type_=String)
    nothing = FixedStatement(select(given).where(given == literal_column("'other'")))
    for _ in range(2):
        assert ask(stronghold.database.engine, "word", nothing) is None


@pytest.mark.parametrize("word", WORDS)
def test_a_backslash_ends_no_literal_on_a_server_that_takes_it_for_something(server: Engine, word: str) -> None:
    """As all of them did before PostgreSQL 9.1, and may be set to do still."""
    event.listen(server, "connect", lambda connection, _entry: _begin_with(connection, "standard_conforming_strings"))
    found: Any = ask(server, word)
    assert found.word == word


def _begin_with(connection: Any, name: str) -> None:  # noqa: ANN401 - the driver's own
    connection.execute(f"SET {name} = off")
    connection.commit()


def test_a_query_is_prepared_once_for_a_connection(server: Engine) -> None:
    """And asked again by its name, with another word."""
    for word in WORDS:
        ask(server, word)
    assert kept(server) == [len(WORDS)]


def test_who_listens_sees_what_is_asked(server: Engine) -> None:
    """Statement by statement."""
    sent: list[str] = []
    event.listen(server, "before_cursor_execute", lambda *arguments: sent.append(arguments[2].split()[0]))
    found: Any = ask(server, "word")
    assert found.word == "word"
    assert sent == ["BEGIN", "PREPARE", "EXECUTE"]


def test_a_connection_that_has_lost_what_it_prepared_still_answers(server: Engine) -> None:
    """A host's pool may discard everything, and a pooler may have another connection by then."""
    ask(server, "before")
    send(server, "DEALLOCATE ALL")
    for word in ("then", "after"):
        found: Any = ask(server, word)
        assert found.word == word
    assert kept(server) == []


def test_a_connection_that_somebody_prepared_before_still_answers(server: Engine) -> None:
    """Behind a pooler, another of its clients may have had it."""
    ask(server, "before")
    with server.connect() as connection:
        connection.info.clear()
    for word in ("then", "after"):
        found: Any = ask(server, word)
        assert found.word == word


def test_nothing_is_prepared_where_the_driver_may_not(postgresql_url: str) -> None:
    """Whoever knows that a pooler is in between tells the driver so."""
    url = make_url(postgresql_url).set(drivername="postgresql+psycopg")
    engine = create_engine(url, pool_size=1, max_overflow=0, connect_args={"prepare_threshold": None})
    try:
        for word in WORDS:
            found: Any = ask(engine, word)
            assert found.word == word
        assert kept(engine) == []
    finally:
        engine.dispose()


def test_a_query_that_fails_is_not_asked_again(server: Engine) -> None:
    """It says what was wrong, not what the repetition of it met."""
    broken = FixedStatement(select(func.no_such_function(bindparam("word", type_=String))))
    for _ in range(2):
        with pytest.raises(ProgrammingError, match="no_such_function"):
            ask(server, "word", broken)
    found: Any = ask(server, "word")
    assert found.word == "word"


def test_books_open_on_a_connection_that_lost_what_it_prepared(server: Engine) -> None:
    """For their member as for a stranger, and what is posted then is bound to the tenant as ever."""
    with closing(Stronghold(server, clock=ManualClock(NOW))) as stronghold:
        mine = stronghold.tenants.create(kind="user", name="Ada", base_currency="EUR", owner="user:o'hara")
        for _ in range(2):
            with stronghold.books(mine.id, principal="user:o'hara") as books:
                books.accounts.open(name=f"Bank {new_id()}", type="asset")
            with pytest.raises(NotFoundError), stronghold.books(mine.id, principal="user:eve"):
                raise AssertionError
            send(server, "DISCARD ALL")
        with stronghold.books(mine.id, principal="user:o'hara") as books:
            assert len(books.accounts.list()) == 2

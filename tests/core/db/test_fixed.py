"""A fixed statement gives what SQLAlchemy would, and fails as SQLAlchemy does, though the driver runs it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    column,
    event,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    OperationalError,
    PendingRollbackError,
)

from stronghold_core.db import BusinessDate, FixedStatement, Id, UTCDateTime, exact_sum, translate
from stronghold_core.db.fixed import run_for_each, run_text
from stronghold_core.db.lists import LIST
from stronghold_core.errors import DatabaseGoneError
from stronghold_core.ids import new_id

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

NOTES = Table(
    "host_note",
    MetaData(),
    Column("id", Id, primary_key=True),
    Column("at", UTCDateTime),
    Column("day", BusinessDate),
    Column("is_kept", Boolean),
    Column("count", Integer),
    Column("word", String(20)),
)
ADD = FixedStatement(insert(NOTES))
ALL = select(NOTES).order_by(NOTES.c.word)
NOTE: dict[str, Any] = {
    "id": new_id(),
    "at": datetime(2026, 11, 1, 12, 30, tzinfo=UTC),
    "day": date(2026, 11, 1),
    "is_kept": True,
    "count": 3,
    "word": "100 % it's",
}


@pytest.fixture(autouse=True)
def _table(connection: Connection) -> None:
    NOTES.create(connection)


def note(word: str) -> dict[str, Any]:
    """Make another note."""
    return {**NOTE, "id": new_id(), "word": word}


# ------------------------------------------------------------------ values


def test_values_come_back_as_sqlalchemy_gives_them(connection: Connection) -> None:
    """Each type of column writes and reads as ever, by the same names."""
    ADD.run(connection, NOTE)
    (found,) = FixedStatement(ALL).rows(connection, {})
    assert found == tuple(connection.execute(ALL).one()) == tuple(NOTE.values())
    assert {name: getattr(found, name) for name in NOTE} == NOTE


def test_nothing_stays_nothing(connection: Connection) -> None:
    """A column without a value is none, whatever its type."""
    empty = {**dict.fromkeys(NOTE), "id": NOTE["id"]}
    ADD.run(connection, empty)
    assert FixedStatement(ALL).row(connection, {}) == tuple(empty.values())


def test_a_value_that_the_statement_brings_along_is_used(connection: Connection) -> None:
    """Only what has no value yet is a parameter."""
    for word in ("one", "two", "three"):
        ADD.run(connection, note(word))
    wanted = FixedStatement(select(NOTES.c.word).where(NOTES.c.word != "two", NOTES.c.word > bindparam("after")))
    assert [row.word for row in wanted.rows(connection, {"after": "one"})] == ["three"]


def test_a_statement_in_words_says_its_columns(connection: Connection) -> None:
    """Text becomes rows with names and types; a sign of its own is no place for a parameter."""
    ADD.run(connection, NOTE)
    statement = text("SELECT day, word FROM host_note WHERE word LIKE '100 %' AND id = :id").bindparams(
        bindparam("id", type_=Id)
    )
    found = FixedStatement(statement.columns(column("day", BusinessDate), column("word", String)))
    row = found.row(connection, {"id": NOTE["id"]})
    assert row is not None
    assert (row.day, row.word) == (NOTE["day"], NOTE["word"])


def test_no_row_is_none(connection: Connection) -> None:
    """Whoever asks for one row may find none."""
    assert FixedStatement(ALL).row(connection, {}) is None


def test_columns_without_a_name_have_their_place(connection: Connection) -> None:
    """Two functions of one name do not clash."""
    ADD.run(connection, NOTE)
    found = FixedStatement(select(func.max(NOTES.c.day), func.max(NOTES.c.at), exact_sum(NOTES.c["count"])))
    assert found.rows(connection, {}) == [(NOTE["day"], NOTE["at"], 3)]


def test_lists_of_any_length_are_expanded_where_there_are_no_arrays(connection: Connection) -> None:
    """The same statement takes one value, then three, then one again."""
    if connection.dialect.name == "postgresql":
        pytest.skip("PostgreSQL takes a list as one array.")
    notes = [note(word) for word in ("one", "two", "three")]
    for one in notes:
        ADD.run(connection, one)
    found = FixedStatement(
        select(NOTES.c.word)
        .where(NOTES.c.id.in_(bindparam(LIST, expanding=True, type_=Id)), NOTES.c.day == bindparam("day"))
        .order_by(NOTES.c.word)
    )
    for words in (["two"], ["one", "three", "two"], ["three"]):
        ids = [one["id"] for one in notes if one["word"] in words]
        assert [row.word for row in found.rows(connection, {LIST: ids, "day": NOTE["day"]})] == words


# ------------------------------------------------------------------ who watches


def test_who_listens_sees_each_statement(connection: Connection) -> None:
    """A host's tracing loses nothing; and what comes back is the same."""
    seen: list[str] = []
    event.listen(connection, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))
    ADD.run(connection, NOTE)
    assert FixedStatement(ALL).rows(connection, {}) == [tuple(NOTE.values())]
    run_text(connection, "UPDATE host_note SET word = 'x'")
    run_for_each(connection, "UPDATE host_note SET word = 'y'", [(), ()])
    assert [statement.split()[0] for statement in seen] == ["INSERT", "SELECT", "UPDATE", "UPDATE"]


# ------------------------------------------------------------------ failing


def test_a_refused_row_is_sqlalchemys_error(connection: Connection) -> None:
    """It keeps what the driver said, so that it can be told what rule was broken."""
    ADD.run(connection, NOTE)
    savepoint = connection.begin_nested()
    with pytest.raises(IntegrityError) as refused:
        ADD.run(connection, NOTE)
    savepoint.rollback()
    assert isinstance(refused.value.orig, connection.dialect.loaded_dbapi.IntegrityError)
    assert "INSERT INTO host_note" in str(refused.value.statement)
    assert not connection.invalidated


def test_one_of_many_rows_that_is_refused_is_too(connection: Connection) -> None:
    """What runs for each of many rows fails in the same way."""
    marks = "(?, 1)" if connection.dialect.name == "sqlite" else "(%s, 1)"
    identity = NOTE["id"].bytes if connection.dialect.name == "sqlite" else NOTE["id"]
    with pytest.raises(IntegrityError):
        run_for_each(connection, f"INSERT INTO host_note (id, count) VALUES {marks}", [(identity,), (identity,)])


def test_an_error_while_rows_are_fetched_is_too(connection: Connection) -> None:
    """SQLite works while it is read from."""
    if connection.dialect.name == "postgresql":
        pytest.skip("PostgreSQL sends nothing before it is done.")
    many = FixedStatement(
        text(
            "WITH n(x) AS (VALUES (1), (2)) SELECT CASE x WHEN 1 THEN 1 ELSE abs(-9223372036854775807 - 1) END y FROM n"
        ).columns(column("y", Integer))
    )
    with pytest.raises(DBAPIError, match="integer overflow"):
        many.rows(connection, {})


def test_what_is_no_error_of_the_driver_passes_as_it_is(connection: Connection) -> None:
    """A mistake of the program is not dressed up as one of the database."""
    with pytest.raises(ValueError, match="without a time zone"):
        ADD.run(connection, {**NOTE, "at": datetime(2026, 1, 1)})  # noqa: DTZ001 - that is the mistake
    with pytest.raises(KeyError, match="word"):
        ADD.run(connection, {name: value for name, value in NOTE.items() if name != "word"})


def test_a_statement_outside_a_transaction_begins_one(connection: Connection) -> None:
    """As with every other statement, so that nobody thinks it was committed."""
    connection.rollback()
    run_text(connection, "SELECT 1")
    assert connection.in_transaction()


@pytest.mark.postgres
def test_a_connection_that_broke_is_given_up(host_engine: Engine, connection: Connection) -> None:
    """As with every other statement: the pool does not hand it out again, and the caller learns what happened."""
    if host_engine.dialect.name == "sqlite":
        pytest.skip("SQLite has no connection to break.")
    with host_engine.connect() as broken:
        broken.begin()
        pid = FixedStatement(text("SELECT pg_backend_pid() AS pid").columns(column("pid", Integer))).row(broken, {})
        assert pid is not None
        connection.execute(select(func.pg_terminate_backend(pid.pid)))
        with pytest.raises(OperationalError) as gone:
            FixedStatement(text("SELECT 1 AS one").columns(column("one", Integer))).row(broken, {})
        assert broken.invalidated
        assert isinstance(translate(gone.value), DatabaseGoneError)
        with pytest.raises(PendingRollbackError):
            run_text(broken, "SELECT 1")


def test_an_interrupt_gives_the_connection_up(host_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows in the midst of what it was."""

    class Interrupted:
        """A cursor whose user loses patience."""

        def execute(self, _text: str) -> None:
            """Be interrupted."""
            raise KeyboardInterrupt

        def close(self) -> None:
            """Nothing is open."""

    with host_engine.connect() as opened:
        opened.begin()
        monkeypatch.setattr(type(opened.connection), "cursor", lambda _connection: Interrupted())
        with pytest.raises(KeyboardInterrupt):
            run_text(opened, "SELECT 1")
        monkeypatch.undo()
        assert opened.invalidated


# ------------------------------------------------------------------ the cursors that a connection of psycopg keeps


def test_text_stays_what_it_is_when_the_encoding_changes(connection: Connection) -> None:
    """A host may set it between two statements; what was found out for another one would garble words."""
    if connection.dialect.name == "sqlite":
        pytest.skip("SQLite knows no encoding of a connection.")
    measure = FixedStatement(select(func.octet_length(bindparam("word", type_=String)).label("length")))
    seen = []
    for encoding in ("UTF8", "LATIN2", "UTF8"):
        connection.exec_driver_sql(f"SET client_encoding = '{encoding}'")
        seen.append([row.length for row in measure.rows(connection, {"word": "žluť"})])
    assert seen == [[6], [6], [6]]


def test_days_stay_what_they_are_when_the_server_writes_them_otherwise(connection: Connection) -> None:
    """A host may set that as well; read in the way of before, it would be no day, or another one."""
    if connection.dialect.name == "sqlite":
        pytest.skip("SQLite writes days in one way only.")
    same = FixedStatement(select(bindparam("day", type_=BusinessDate).label("day")))
    seen = []
    for style in ("ISO", "SQL, DMY", "SQL, MDY", "ISO"):
        connection.exec_driver_sql(f"SET datestyle = '{style}'")
        seen += [row.day for row in same.rows(connection, {"day": date(2026, 11, 3)})]
    assert seen == [date(2026, 11, 3)] * 4


def test_each_statement_is_run_by_a_cursor_of_its_own(connection: Connection) -> None:
    """What psycopg found out about its values stands until it runs another text."""
    if connection.dialect.name == "sqlite":
        pytest.skip("A cursor of SQLite has nothing to find out.")
    words = [FixedStatement(select(bindparam(name, type_=String).label("word"))) for name in ("one", "other")]
    kept = []
    for _ in range(2):
        for name, statement in zip(("one", "other"), words, strict=True):
            assert statement.rows(connection, {name: name}) == [(name,)]
        run_text(connection, "SELECT 1")
        kept.append(dict(connection.info["stronghold_cursors"][1]))
    assert kept[0] == kept[1]
    assert len(set(kept[0].values())) == len(kept[0]) >= len(words) + 1


def test_a_cursor_that_read_much_is_not_kept(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rows would stay in memory as long as the connection is not used again."""
    for word in "ab":
        ADD.run(connection, note(word))
    monkeypatch.setattr("stronghold_core.db.fixed._FEW_ROWS", 1)
    assert len(FixedStatement(ALL).rows(connection, {})) == 2
    assert "stronghold_cursors" not in connection.info
    ADD.run(connection, note("c"))
    assert ("stronghold_cursors" in connection.info) == (connection.dialect.name == "postgresql")


def test_after_a_refused_statement_others_are_run(connection: Connection) -> None:
    """SQLAlchemy closes the cursor of the one that failed."""
    ADD.run(connection, NOTE)
    savepoint = connection.begin_nested()
    with pytest.raises(IntegrityError):
        ADD.run(connection, NOTE)
    savepoint.rollback()
    ADD.run(connection, note("other"))
    assert len(FixedStatement(ALL).rows(connection, {})) == 2

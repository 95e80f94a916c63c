"""Many rows go in with one statement, exactly as they are, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError

from stronghold_core.db import BusinessDate, Id, UTCDateTime
from stronghold_core.db.bulk import BulkInsert, array_text, postgresql_type, sqlite_column, sqlite_value
from stronghold_core.ids import new_id

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

PARCELS = Table(
    "host_parcel",
    MetaData(),
    Column("owner", Id, primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("id", Id),
    Column("words", String(20)),
    Column("more", Text),
    Column("at", UTCDateTime),
    Column("day", BusinessDate),
    Column("amount", BigInteger),
    Column("lane", SmallInteger),
    Column("is_open", Boolean),
    Column("seal", LargeBinary),
)
VARYING = ["n", "id", "words", "more", "at", "day", "amount", "lane", "is_open", "seal"]
NASTY = ['"', "\\", "{}", "a,b", "NULL", "null", "", "  ", "\n\t", "'; drop table", "\\x00", "Café 家 🏠", "{a}", '\\"']


@pytest.fixture(autouse=True)
def _table(request: pytest.FixtureRequest) -> None:
    """Make the table, where a test asks for a database."""
    if "connection" in request.fixturenames:
        PARCELS.create(request.getfixturevalue("connection"))


def rows(count: int) -> list[dict[str, Any]]:
    """Make rows whose values are hard to quote, at the ends of their ranges, or missing."""
    made = []
    for n in range(count):
        word, is_missing = NASTY[n % len(NASTY)], n % 5 == 4
        row = {
            "n": n,
            "id": new_id(),
            "words": word,
            "more": word * 3,
            "at": datetime(2026, 11, 21, 12, 0, n % 60, n, tzinfo=UTC),
            "day": date(1900 + n, 2, 28),
            "amount": (-1) ** n * (2**63 - 1),
            "lane": -n,
            "is_open": n % 2 == 0,
            "seal": bytes([0, 92, 34, 255, n % 256]),
        }
        made.append({name: None if is_missing and name != "n" else value for name, value in row.items()})
    return made


def columns_of(made: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Turn rows into columns."""
    return {name: [row[name] for row in made] for name in VARYING}


def found(connection: Connection) -> list[dict[str, Any]]:
    """Read all rows back through SQLAlchemy's own types."""
    return [dict(row) for row in connection.execute(select(PARCELS).order_by(PARCELS.c.n)).mappings()]


def test_every_value_comes_back_as_it_went_in(connection: Connection) -> None:
    """Quotes, braces, backslashes, NULL as a word and as nothing, bytes, and the ends of every range."""
    owner, made = new_id(), rows(30)
    BulkInsert(PARCELS, VARYING, ["owner"]).run(connection, columns_of(made), {"owner": owner})
    assert found(connection) == [{"owner": owner, **row} for row in made]


def test_it_stores_what_sqlalchemy_would_store(connection: Connection) -> None:
    """A row that is written either way is found and compared alike."""
    owner, made = new_id(), rows(3)
    BulkInsert(PARCELS, VARYING, ["owner"]).run(connection, columns_of(made), {"owner": owner})
    connection.execute(insert(PARCELS), [{"owner": owner, **row, "n": row["n"] + 100} for row in made])
    for row in made:
        same = select(PARCELS.c.n).where(
            *(PARCELS.c[name] == row[name] for name in ("id", "words", "at", "day", "seal"))
        )
        assert set(connection.execute(same).scalars()) == {row["n"], row["n"] + 100}


def test_constants_of_any_kind_are_the_same_in_every_row(connection: Connection) -> None:
    """Also one that is missing."""
    owner, at = new_id(), datetime(2026, 11, 21, tzinfo=UTC)
    constants = {"owner": owner, "at": at, "day": at.date(), "words": 'a "b"', "more": None, "amount": 5}
    BulkInsert(PARCELS, ["n"], list(constants)).run(connection, {"n": [1, 2]}, constants)
    for row in found(connection):
        assert {name: row[name] for name in constants} == constants


def test_no_rows_are_no_statement(connection: Connection) -> None:
    """An empty batch costs nothing and is no mistake."""
    sent = watched(connection)
    BulkInsert(PARCELS, ["n"], ["owner"]).run(connection, {"n": []}, {"owner": new_id()})
    assert sent == []


def test_the_number_of_statements_does_not_grow_with_the_rows(connection: Connection) -> None:
    """One for three rows, and one for three hundred."""
    bulk = BulkInsert(PARCELS, VARYING, ["owner"])
    sent = watched(connection)
    for count in (3, 300):
        bulk.run(connection, columns_of(rows(count)), {"owner": new_id()})
    assert len(sent) == 2


def watched(connection: Connection) -> list[str]:
    """Note every statement that is sent from now on."""
    sent: list[str] = []

    @event.listens_for(connection, "before_cursor_execute")
    def _note(*arguments: Any) -> None:  # noqa: ANN401 - SQLAlchemy's signature
        sent.append(arguments[2])

    return sent


def test_rows_that_are_there_are_treated_as_was_said(connection: Connection) -> None:
    """The clause is the same on both databases."""
    owner = new_id()
    clause = "ON CONFLICT (owner, n) DO UPDATE SET amount = t.amount + excluded.amount"
    bulk = BulkInsert(PARCELS, ["n", "amount"], ["owner"], clause)
    bulk.run(connection, {"n": [1, 2], "amount": [10, 20]}, {"owner": owner})
    bulk.run(connection, {"n": [2, 3], "amount": [5, 7]}, {"owner": owner})
    assert [(row["n"], row["amount"]) for row in found(connection)] == [(1, 10), (2, 25), (3, 7)]


def test_one_bad_row_stops_them_all(connection: Connection) -> None:
    """The statement fails as a whole: nothing of it is written."""
    owner = new_id()
    bulk = BulkInsert(PARCELS, ["n"], ["owner"])
    bulk.run(connection, {"n": [2]}, {"owner": owner})
    savepoint = connection.begin_nested()
    with pytest.raises(DBAPIError):
        bulk.run(connection, {"n": [1, 2, 3]}, {"owner": owner})
    savepoint.rollback()
    assert [row["n"] for row in found(connection)] == [2]


def test_text_that_is_too_long_for_its_column_is_not_cut_off_by_a_cast(connection: Connection) -> None:
    """PostgreSQL refuses it; SQLite, which has no lengths, keeps it whole. Neither loses a word silently."""
    bulk = BulkInsert(PARCELS, ["n", "words"], ["owner"])
    savepoint = connection.begin_nested()
    try:
        bulk.run(connection, {"n": [1], "words": ["x" * 21]}, {"owner": new_id()})
    except DBAPIError:
        savepoint.rollback()
        assert connection.dialect.name == "postgresql"
        return
    assert [row["words"] for row in found(connection)] == ["x" * 21]
    assert connection.dialect.name == "sqlite"


def test_columns_of_different_lengths_are_refused_on_sqlite() -> None:
    """A slip of the program must not drop rows; PostgreSQL's arrays would fill up with NULL, which the keys refuse."""
    bulk = BulkInsert(PARCELS, ["n", "amount"], ["owner"])
    with pytest.raises(ValueError, match="shorter"):
        list(zip(*bulk._for_sqlite({"n": [1, 2], "amount": [1]}, {"owner": new_id()}), strict=True))


# --- its parts


def test_a_column_has_a_type_to_cast_to() -> None:
    """Text has no length there."""
    types = {column.name: postgresql_type(PARCELS, column.name) for column in PARCELS.columns}
    assert types == {
        "owner": "uuid",
        "n": "integer",
        "id": "uuid",
        "words": "text",
        "more": "text",
        "at": "timestamptz",
        "day": "date",
        "amount": "bigint",
        "lane": "smallint",
        "is_open": "boolean",
        "seal": "bytea",
    }


@pytest.mark.parametrize("kind", ["text", "uuid", "bigint", "bytea", "date", "timestamptz", "boolean"])
def test_nothing_is_null_in_an_array_of_any_kind(kind: str) -> None:
    """And an empty array is empty."""
    assert array_text(kind, [None, None]) == "{NULL,NULL}"
    assert array_text(kind, []) == "{}"


def test_sqlite_gets_what_it_stores() -> None:
    """Ids as bytes, instants and days as text; what it knows itself, untouched."""
    some_id: UUID = new_id()
    assert sqlite_value(PARCELS, "id", some_id) == some_id.bytes
    assert sqlite_value(PARCELS, "at", datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00.000000+00:00"
    assert sqlite_value(PARCELS, "day", None) is None
    values = [1, None, 3]
    assert sqlite_column(PARCELS, "amount", values) is values


def test_a_row_written_in_bulk_can_be_found_and_changed(connection: Connection) -> None:
    """By its id, through SQLAlchemy."""
    owner, some_id = new_id(), new_id()
    BulkInsert(PARCELS, ["n", "id"], ["owner"]).run(connection, {"n": [1], "id": [some_id]}, {"owner": owner})
    changed = connection.execute(update(PARCELS).where(PARCELS.c.id == some_id).values(amount=1))
    assert changed.rowcount == 1

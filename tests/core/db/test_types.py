"""Ids, instants and days mean the same on both databases, and come back as they went in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select, text
from sqlalchemy.exc import StatementError

from stronghold_core.db import BusinessDate, Id, UTCDateTime
from stronghold_core.ids import new_id

if TYPE_CHECKING:
    from sqlalchemy import Connection

THINGS = Table(
    "host_thing",
    MetaData(),
    Column("n", Integer, primary_key=True),
    Column("id", Id),
    Column("at", UTCDateTime),
    Column("day", BusinessDate),
)
NOON = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _table(request: pytest.FixtureRequest) -> None:
    """Make the table, where a test asks for a database."""
    if "connection" in request.fixturenames:
        THINGS.create(request.getfixturevalue("connection"))


def stored(connection: Connection, column: str, value: object) -> object:
    """Write *value*, and read it back."""
    connection.execute(insert(THINGS).values({"n": 1, column: value}))
    return connection.execute(select(THINGS.c[column])).scalar_one()


def kind_in_database(connection: Connection, column: str) -> str:
    """Ask the database in what form it holds what it was given."""
    kind = "typeof" if connection.dialect.name == "sqlite" else "pg_typeof"
    return str(connection.execute(text(f"select {kind}({column}) from host_thing")).scalar_one())


@pytest.mark.parametrize("value", [UUID(int=0), UUID(int=2**128 - 1), UUID(int=7 << 76)], ids=str)
def test_an_id_comes_back(connection: Connection, value: UUID) -> None:
    """As a `UUID`, from the smallest to the largest."""
    assert stored(connection, "id", value) == value


def test_an_id_is_stored_in_sixteen_bytes(connection: Connection) -> None:
    """As text it would take twice the room in every index."""
    stored(connection, "id", new_id())
    assert kind_in_database(connection, "id") in {"blob", "uuid"}
    length = "length(id)" if connection.dialect.name == "sqlite" else "octet_length(uuid_send(id))"
    assert connection.execute(text(f"select {length} from host_thing")).scalar_one() == 16


def test_ids_are_found_and_ordered_by_their_value(connection: Connection) -> None:
    """Both databases sort them as Python does, so that a page goes on where the last one ended."""
    made = sorted([new_id() for _ in range(5)] + [UUID(int=0), UUID(int=2**128 - 1), UUID(int=1 << 127)])
    connection.execute(insert(THINGS), [{"n": n, "id": value} for n, value in enumerate(reversed(made))])
    assert connection.execute(select(THINGS.c.id).order_by(THINGS.c.id)).scalars().all() == made
    assert connection.execute(select(THINGS.c.id).where(THINGS.c.id > made[-2])).scalars().all() == made[-1:]


def test_an_instant_comes_back_in_utc_to_the_microsecond(connection: Connection) -> None:
    """Whatever zone it was written in."""
    in_tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    read = stored(connection, "at", in_tokyo)
    assert isinstance(read, datetime)
    assert (read, read.tzinfo, read.microsecond) == (NOON, UTC, 123456)


@pytest.mark.parametrize(
    "instant",
    [NOON.replace(microsecond=0), datetime(1900, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)],
    ids=str,
)
def test_instants_far_away_and_on_the_second_come_back(connection: Connection, instant: datetime) -> None:
    """A whole second is written with its zeros, so that text sorts like time."""
    assert stored(connection, "at", instant) == instant


def test_instants_are_ordered_by_time(connection: Connection) -> None:
    """Also a whole second beside its fractions, and times written in other zones."""
    later = [
        NOON.replace(microsecond=0),
        NOON.replace(microsecond=1),
        (NOON + timedelta(seconds=1)).astimezone(timezone(timedelta(hours=-5))),
        NOON + timedelta(days=1),
    ]
    connection.execute(insert(THINGS), [{"n": n, "at": at} for n, at in enumerate(reversed(later))])
    assert connection.execute(select(THINGS.c.at).order_by(THINGS.c.at)).scalars().all() == later


def test_an_instant_without_a_zone_is_refused(connection: Connection) -> None:
    """It might mean any hour of a day; nothing is sent to the database."""
    with pytest.raises(StatementError, match="without a time zone"):
        stored(connection, "at", NOON.replace(tzinfo=None))
    assert connection.execute(select(THINGS)).all() == []


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(2028, 2, 29), date(9998, 12, 31)], ids=str)
def test_a_day_comes_back(connection: Connection, day: date) -> None:
    """As a plain date."""
    read = stored(connection, "day", day)
    assert read == day
    assert type(read) is date


def test_days_are_ordered_by_the_calendar(connection: Connection) -> None:
    """Across years and months."""
    days = [date(1999, 12, 31), date(2026, 2, 1), date(2026, 10, 1), date(2026, 11, 9)]
    connection.execute(insert(THINGS), [{"n": n, "day": day} for n, day in enumerate(reversed(days))])
    assert connection.execute(select(THINGS.c.day).order_by(THINGS.c.day)).scalars().all() == days


@pytest.mark.parametrize("column", ["id", "at", "day"])
def test_nothing_stays_nothing(connection: Connection, column: str) -> None:
    """NULL goes in and None comes out."""
    assert stored(connection, column, None) is None


def test_sqlite_declares_plain_types() -> None:
    """Django registers converters for DATE and TIMESTAMP in the whole process; these columns must not meet them."""
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415

    declared = {column.name: str(column.type.compile(sqlite.dialect())) for column in THINGS.columns}
    assert declared == {"n": "INTEGER", "id": "BLOB", "at": "VARCHAR(32)", "day": "VARCHAR(10)"}

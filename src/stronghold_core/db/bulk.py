"""Writing many rows with one statement, column by column.

PostgreSQL gets arrays and unnests them: under row-level security COPY is not to be had, and this is the next fastest.
SQLite gets ``executemany``, which loops in C. Either way the number of statements does not grow with the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, SmallInteger, Table, text

from stronghold_core.db.fixed import FixedStatement, run_for_each
from stronghold_core.db.types import BusinessDate, Id, UTCDateTime

if TYPE_CHECKING:
    from sqlalchemy import Connection

Columns = Mapping[str, Sequence[Any]]
_Writer: TypeAlias = Callable[[Any], object] | None


class BulkInsert:
    """``INSERT`` of rows that share some constant columns, the tenant among them.

    Args:
        table: Where the rows go.
        columns: The columns that differ from row to row.
        constants: The columns that are the same in all rows.
        on_conflict: What to do about rows that are there: SQL that both databases understand.
    """

    def __init__(self, table: Table, columns: Sequence[str], constants: Sequence[str], on_conflict: str = "") -> None:
        self._table, self._columns, self._constants = table, tuple(columns), tuple(constants)
        self._on_conflict = on_conflict

    def run(self, connection: Connection, columns: Columns, constants: Mapping[str, Any]) -> None:
        """Insert the rows; nothing happens if there are none."""
        if not columns[self._columns[0]]:
            return
        if connection.dialect.name == "postgresql":
            arrays = {name: array_text(self._type(name), columns[name]) for name in self._columns}
            self._postgresql.run(connection, {**arrays, **constants})
        else:
            run_for_each(connection, self._sqlite, self._for_sqlite(columns, constants))

    @cached_property
    def _postgresql(self) -> FixedStatement:
        names = [*self._constants, *self._columns]
        values = [f"CAST(:{name} AS {self._type(name)})" for name in self._constants] + [
            f"u.{c}" for c in self._columns
        ]
        arrays = ", ".join(f"CAST(:{name} AS {self._type(name)}[])" for name in self._columns)
        return FixedStatement(
            text(
                f"INSERT INTO {self._table.name} AS t ({', '.join(names)}) SELECT {', '.join(values)} "  # noqa: S608 - our own names
                f"FROM unnest({arrays}) AS u({', '.join(self._columns)}) {self._on_conflict}"
            )
        )

    @cached_property
    def _sqlite(self) -> str:
        names = [*self._constants, *self._columns]
        marks = ", ".join("?" for _ in names)
        return f"INSERT INTO {self._table.name} AS t ({', '.join(names)}) VALUES ({marks}) {self._on_conflict}"  # noqa: S608 - our own names

    @cached_property
    def _sqlite_writers(self) -> dict[str, _Writer]:
        # Looking them up in each run takes longer than writing the values of a few rows.
        return {name: _sqlite_writer(self._table, name) for name in (*self._constants, *self._columns)}

    def _for_sqlite(self, columns: Columns, constants: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        count, writers = len(columns[self._columns[0]]), self._sqlite_writers
        fixed = [[*_written([constants[name]], writers[name])] * count for name in self._constants]
        return list(zip(*fixed, *[_written(columns[name], writers[name]) for name in self._columns], strict=True))

    def _type(self, name: str) -> str:
        return postgresql_type(self._table, name)


def postgresql_type(table: Table, name: str) -> str:
    """Name the type of a column for a cast; text has no length there, since a cast would cut it off silently."""
    kind = table.c[name].type
    for known, written in _POSTGRESQL_TYPES.items():
        if isinstance(kind, known):
            return written
    return "text"


def array_text(kind: str, values: Sequence[Any]) -> str:
    r"""Write *values* as PostgreSQL reads an array; several times as fast as the driver's way by way of each value.

    >>> print(array_text("text", ['a "b"', None, "c\\d"]))
    {"a \"b\"",NULL,"c\\d"}
    """
    write = _POSTGRESQL_WRITERS.get(kind, str)
    return "{" + ",".join(["NULL" if value is None else write(value) for value in values]) + "}"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def sqlite_column(table: Table, name: str, values: Sequence[Any]) -> Sequence[Any]:
    """Turn a column of Python values into what SQLite stores."""
    return _written(values, _sqlite_writer(table, name))


def _written(values: Sequence[Any], write: _Writer) -> Sequence[Any]:
    return values if write is None else [None if value is None else write(value) for value in values]


def sqlite_value(table: Table, name: str, value: object) -> object:
    """Turn one value into what SQLite stores."""
    convert = _sqlite_writer(table, name)
    return value if convert is None or value is None else convert(value)


@cache
def _sqlite_writer(table: Table, name: str) -> _Writer:
    """Find out once how a column's values are written; none if as they are."""
    return _SQLITE_VALUES.get(type(table.c[name].type))


_POSTGRESQL_TYPES: dict[type, str] = {
    Id: "uuid",
    UTCDateTime: "timestamptz",
    BusinessDate: "date",
    BigInteger: "bigint",
    SmallInteger: "smallint",
    Integer: "integer",
    Boolean: "boolean",
    LargeBinary: "bytea",
}

_POSTGRESQL_WRITERS: dict[str, Callable[[Any], str]] = {
    "uuid": lambda value: value.hex,
    "timestamptz": lambda value: f'"{value.isoformat()}"',
    "date": lambda value: value.isoformat(),
    "bytea": lambda value: f'"\\\\x{value.hex()}"',
    "text": _quoted,
}

_SQLITE_VALUES: dict[type, Callable[[Any], object]] = {
    Id: lambda value: value.bytes,
    UTCDateTime: lambda value: value.isoformat(timespec="microseconds"),
    BusinessDate: lambda value: value.isoformat(),
}

"""Comparing a column with a list of values of any length.

PostgreSQL takes the list as one array parameter. SQLite has no arrays: there the list is expanded, in chunks, because
a statement has a limit of parameters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ARRAY, ColumnElement, LargeBinary, Text, Uuid, and_, any_, bindparam, func
from sqlalchemy import column as sql_column

from stronghold_core.db.joins import one_by_one
from stronghold_core.db.types import Id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Column, Connection, FromClause, Select

    from stronghold_core.db.base import AnyRow
    from stronghold_core.db.fixed import FixedStatement

LIST: Final = "listed"
"""The parameter that takes the list."""

_CHUNK: Final = 10_000


def is_listed(column: ColumnElement[Any], dialect: str) -> ColumnElement[bool]:
    """Compare *column* with the values of the parameter `LIST`."""
    if dialect == "postgresql":
        return column == any_(bindparam(LIST, type_=ARRAY(_element(column))))
    return column.in_(bindparam(LIST, type_=column.type, expanding=True))


def where_listed(
    query: Select[*tuple[Any, ...]], column: Column[Any], dialect: str, *conditions: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    """Look the rows of a table up whose *column* is one of the values of the parameter `LIST`, where *conditions* hold.

    A value that is listed twice finds its row twice on PostgreSQL.
    """
    source, where = looked_up(column, dialect, *conditions)
    return query.select_from(source).where(*where)


def looked_up(
    column: Column[Any], dialect: str, *conditions: ColumnElement[bool]
) -> tuple[FromClause, tuple[ColumnElement[bool], ...]]:
    """Return what `where_listed` selects from, and under which conditions, so that more can be joined to it.

    PostgreSQL goes through the values one by one, each by an index on all of these columns. Of a table that it has no
    statistics of, such as one that this very unit fills, it would read all rows of the tenant, and compare each with
    the whole list.
    """
    if dialect != "postgresql":
        return column.table, (*conditions, is_listed(column, dialect))
    kind = _element(column)
    values = func.unnest(bindparam(LIST, type_=ARRAY(kind)))
    wanted = values.table_valued(sql_column("value", kind), name="wanted").render_derived()
    return one_by_one(wanted, column.table, and_(*conditions, column == wanted.c.value)), ()


def _element(column: ColumnElement[Any]) -> Uuid[Any] | LargeBinary | Text:
    if isinstance(column.type, Id):
        return Uuid()
    return LargeBinary() if isinstance(column.type, LargeBinary) else Text()


def rows_of_list(
    connection: Connection, statement: FixedStatement, values: Sequence[Any], parameters: Mapping[str, Any]
) -> list[AnyRow]:
    """Run *statement* for all *values*, each once, and gather its rows; nothing is asked for no values."""
    rows: list[AnyRow] = []
    each = list(dict.fromkeys(values))
    for start in range(0, len(each), _CHUNK):
        rows += statement.rows(connection, {**parameters, LIST: each[start : start + _CHUNK]})
    return rows

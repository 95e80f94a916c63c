"""Comparing a column with a list of values of any length.

PostgreSQL takes the list as one array parameter. SQLite has no arrays: there the list is expanded, in chunks, because
a statement has a limit of parameters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ARRAY, ColumnElement, LargeBinary, Text, Uuid, any_, bindparam

from stronghold_core.db.types import Id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

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


def _element(column: ColumnElement[Any]) -> Uuid[Any] | LargeBinary | Text:
    if isinstance(column.type, Id):
        return Uuid()
    return LargeBinary() if isinstance(column.type, LargeBinary) else Text()


def rows_of_list(
    connection: Connection, statement: FixedStatement, values: Sequence[Any], parameters: Mapping[str, Any]
) -> list[AnyRow]:
    """Run *statement* for all *values*, and gather its rows; nothing is asked for no values."""
    rows: list[AnyRow] = []
    for start in range(0, len(values), _CHUNK):
        rows += statement.rows(connection, {**parameters, LIST: values[start : start + _CHUNK]})
    return rows

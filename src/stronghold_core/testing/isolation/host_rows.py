"""Rows for the host's own tables: made up from their columns, or given by the host where that can't be."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from sqlalchemy import insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import sort_tables

from stronghold_core.db import translated
from stronghold_core.errors import StrongholdError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Column, Table

    from stronghold_core.stronghold import Stronghold
    from stronghold_core.testing.isolation.tenants import Belongings

_DAY: Final = date(2026, 1, 1)


def fill(
    stronghold: Stronghold, whose: Belongings, tables: Sequence[Table], given: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """Give a tenant a row in each of the host's *tables*; return what could not be, and why.

    Numbers in keys are the same for every tenant, so that only the tenant tells their rows apart; words are not.
    """
    gaps: list[str] = []
    for table in sort_tables([*tables]):
        try:
            with translated(), stronghold.books(whose.tenant, principal=whose.principal) as books:
                row = {**_made_up(books.session, table, whose), **given.get(table.name, {})}
                books.session.execute(insert(table).values({**row, "tenant_id": whose.tenant}))
        except (SQLAlchemyError, StrongholdError, LookupError) as error:
            gaps.append(f"no row for {table.name} could be made up, pass one in rows=: {type(error).__name__}: {error}")
    return gaps


def _made_up(session: Any, table: Table, whose: Belongings) -> dict[str, Any]:  # noqa: ANN401 - a session
    row = {
        column.name: _value(column, whose.word)
        for column in table.columns
        if column.name != "tenant_id" and not _fills_itself(column)
    }
    for key in table.foreign_key_constraints:
        row |= _referred(session, [*key.elements], whose)
    return row


def _fills_itself(column: Column[Any]) -> bool:
    return column.server_default is not None or column.computed is not None or column.identity is not None


def _referred(session: Any, elements: list[Any], whose: Belongings) -> dict[str, Any]:  # noqa: ANN401 - SQLAlchemy's
    """Return what a foreign key has to hold to lead to a row that is there."""
    target: Table = elements[0].column.table
    query = select(*(element.column for element in elements)).limit(1)
    if "tenant_id" in target.c:
        query = query.where(target.c.tenant_id == whose.tenant)
    found = session.execute(query).first()
    if found is None:
        raise LookupError(f"{target.name} has no row to refer to")
    values = zip((element.parent.name for element in elements), found, strict=True)
    return {name: value for name, value in values if name != "tenant_id"}


def _value(column: Column[Any], word: str) -> Any:  # noqa: ANN401 - of the column's type
    """Make up a value of a column's type."""
    if choices := getattr(column.type, "enums", None):
        return (getattr(column.type, "enum_class", None) and next(iter(column.type.enum_class))) or choices[0]  # type: ignore[attr-defined]
    kind = column.type.python_type
    if issubclass(kind, enum.Enum):
        return next(iter(kind))
    made: dict[type[Any], Any] = {
        str: f"{word} {column.name}"[: getattr(column.type, "length", None)],
        bytes: word.encode(),
        bool: True,
        int: 1,
        float: 1.0,
        Decimal: Decimal(1),
        date: _DAY,
        datetime: datetime.combine(_DAY, time(), UTC),
        time: time(12),
        timedelta: timedelta(hours=1),
        UUID: uuid4(),
        dict: {"word": word},
        list: [word],
    }
    if kind not in made:
        raise LookupError(f"{column.name} is of the type {column.type!r}")
    return made[kind]

"""What an attempt is aimed at: a table, and a row in it of either tenant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from sqlalchemy import Column, Table, and_, true
from sqlalchemy.orm import Mapper, make_transient_to_detached

from stronghold_core.ids import TenantId, new_id

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from stronghold_core.testing.isolation.seats import Seat


class Seen(NamedTuple):
    """An answer that tells of the victim's rows by being true."""

    is_so: bool


class Counted(NamedTuple):
    """A number of rows; only the attacker's own may be in it."""

    rows: int


class Target(NamedTuple):
    """A table under attack, with a row of the victim's and one of the attacker's."""

    table: Table
    mapper: Mapper[Any] | None
    victim: TenantId
    theirs: dict[str, Any]
    own: dict[str, Any]

    @property
    def rest(self) -> dict[str, Any]:
        """The victim's primary key without the tenant."""
        return {
            column.name: self.theirs[column.name] for column in self.table.primary_key if column.name != "tenant_id"
        }

    @property
    def key(self) -> dict[str, Any]:
        """The victim's primary key."""
        return {"tenant_id": self.victim, **self.rest}

    @property
    def changeable(self) -> Column[Any] | None:
        """A column that a thief would change: a word if there is one."""
        bound = {name for key in self.table.foreign_key_constraints for name in key.column_keys}
        free = [c for c in self.table.columns if not c.primary_key and c.name not in bound]
        words = [column for column in free if isinstance(self.theirs[column.name], str)]
        return next(iter(words or free), None)

    @property
    def stolen(self) -> dict[str, Any]:
        """Another value for that column; nothing if there is none."""
        column = self.changeable
        return {} if column is None else {column.name: another(self.theirs[column.name])}

    def of_theirs(self) -> Any:  # noqa: ANN401 - a condition
        """Say "the victim's row" without saying the tenant."""
        return and_(true(), *(self.table.c[name] == value for name, value in self.rest.items()))

    def moved_row(self) -> dict[str, Any]:
        """Return the attacker's own row under the victim's tenant, and a key that is free there."""
        free = {name: another(value) for name, value in self.rest.items()}
        return {**self.own, **free, "tenant_id": self.victim}

    @property
    def mapped(self) -> Mapper[Any]:
        """The mapper; ways through classes are tried only where there is one."""
        if self.mapper is None:
            raise LookupError(self.table.name)
        return self.mapper

    @property
    def cls(self) -> type[Any]:
        """The class that is mapped to the table."""
        return self.mapped.class_

    def thing(self, session: Session, **changes: Any) -> Any:  # noqa: ANN401 - a mapped object
        """Put the victim's object into *session*, as if it had been loaded elsewhere, and change it."""
        row = self.cls(**self.attributes(self.key))
        make_transient_to_detached(row)
        session.add(row)
        for name, value in self.attributes(changes).items():
            setattr(row, name, value)
        return row

    def made(self, row: dict[str, Any]) -> Any:  # noqa: ANN401 - a mapped object
        """Make a new object of the table's class."""
        return self.cls(**self.attributes(row))

    def attributes(self, row: dict[str, Any]) -> dict[str, Any]:
        """Name the values of a row by attribute."""
        return {self.mapped.get_property_by_column(self.table.c[name]).key: value for name, value in row.items()}


def another(value: Any) -> Any:  # noqa: ANN401 - of whatever type a column has
    """Return another value of the same type.

    >>> another("ab"), another(7), another(True), another(date(2026, 1, 1))
    ('stolen', 8, False, datetime.date(2026, 1, 2))
    """
    if isinstance(value, bool):
        return not value
    if isinstance(value, (datetime, date)):
        return value + timedelta(days=1)
    if isinstance(value, (str, bytes)):
        return type(value)(b"stolen") if isinstance(value, bytes) else "stolen"
    if isinstance(value, int):
        return value + 1
    return new_id() if value is None or hasattr(value, "hex") else value


Path: TypeAlias = Callable[["Seat", Target], object]
"""A way to rows: it returns what it got hold of."""

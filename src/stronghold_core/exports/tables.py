"""A tenant's tables, in the order in which their rows can be written: whatever a row refers to comes before it."""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import Boolean, Column, Integer, LargeBinary, Select, Table, bindparam, literal, null, select

from stronghold_core.db import Base, BusinessDate, Id, Scope, UTCDateTime
from stronghold_core.db.bulk import BulkInsert

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

TENANT: Final = "tenant_id"

_SCOPES: Final = frozenset({Scope.TENANT, Scope.DIRECTORY})
_STAYING: Final = frozenset({"stronghold_api_key", "stronghold_invitation"})
"""What lets somebody in: a file could bring a key that its writer knows, and whoever restores it would not see."""
_FIRST: Final = frozenset({"stronghold_tenant", "stronghold_tenant_directory"})

_KINDS: Final[dict[type[TypeEngine[Any]], type]] = {
    Id: UUID,
    UTCDateTime: datetime,
    BusinessDate: date,
    LargeBinary: bytes,
    Boolean: bool,
    Integer: int,
}
"""What the values of a column are; those of any other type are text."""


class TenantTable:
    """One table of which each row belongs to a tenant."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.name = table.name.removeprefix("stronghold_")
        self.columns = [column.name for column in table.columns if column.name != TENANT]
        self.kinds = {name: _kind_of(table.c[name].type) for name in self.columns}
        keys = [column.name for column in table.primary_key.columns if column.name != TENANT]
        self.group = "transaction_id" if "transaction_id" in keys else None
        """Rows that share this column stand together, and must be written by one statement: the entries of a
        transaction are checked as they come, and only all of them add up to zero. Of other tables any rows may be."""

    @cached_property
    def insert(self) -> BulkInsert:
        """Writes many rows."""
        return BulkInsert(self.table, self.columns, [TENANT])

    def queries(self) -> list[Select[*tuple[Any, ...]]]:
        """Return what reads the rows of the tenant ``:tenant``, those that others refer to first."""
        columns = [self.table.c[name] for name in self.columns]
        mine = self.table.c[TENANT] == bindparam("tenant", type_=Id)
        order = [column for column in self.table.primary_key.columns if column.name != TENANT]
        query = select(*columns).where(mine).order_by(*order)
        parent = self._parent
        if parent is None:
            return [query]
        # A row may refer to one of the same table, that again to another; few do, so their depth is worth finding out.
        depth = self._depths(parent)
        below = select(*columns).join(depth, depth.c.id == self.table.c.id).where(mine)
        return [query.where(parent.is_(null())), below.order_by(depth.c.depth, *order)]

    @cached_property
    def _parent(self) -> Column[Any] | None:
        """The column by which a row refers to one of the same table."""
        return next(
            (
                key.parent
                for constraint in self.table.foreign_key_constraints
                for key in constraint.elements
                if constraint.referred_table is self.table and key.parent.name != TENANT
            ),
            None,
        )

    def _depths(self, parent: Column[Any]) -> Any:  # noqa: ANN401 - a common table expression
        mine = bindparam("tenant", type_=Id)
        above = self.table.alias("above")
        first = (
            select(self.table.c.id, literal(1).label("depth"))
            .join(above, (above.c[TENANT] == self.table.c[TENANT]) & (above.c.id == parent))
            .where(self.table.c[TENANT] == mine, above.c[parent.name].is_(null()))
            .cte("depths", recursive=True)
        )
        child = self.table.alias("child")
        return first.union_all(
            select(child.c.id, first.c.depth + 1)
            .join(first, first.c.id == child.c[parent.name])
            .where(child.c[TENANT] == mine)
        )


def tenant_tables() -> list[TenantTable]:
    """List the tables whose rows leave and come with a tenant; that there is such a tenant comes first."""
    scoped = [table for table in Base.metadata.sorted_tables if table.info.get("scope") in _SCOPES]
    moving = [table for table in scoped if table.name not in _STAYING]
    return [TenantTable(table) for table in sorted(moving, key=lambda table: table.name not in _FIRST)]


def _kind_of(column: TypeEngine[Any]) -> type:
    return next((kind for known, kind in _KINDS.items() if isinstance(column, known)), str)

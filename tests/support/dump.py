"""Everything that is stored for some tenants, read past the library: what a refused operation must leave as it was.

The tables are reflected from the database itself, so a table that is added later is dumped, too. Values come back in
one form whatever the database: ids as `UUID`, instants and days as ISO text, truth values as bool.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Engine, MetaData, Table, create_engine, make_url, select

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = Mapping[str, Any]
Dump = Mapping[str, Sequence[Row]]
"""The rows of each table, in an order that depends on nothing but the rows."""

_TENANT = "tenant_id"


@dataclass(frozen=True)
class Overseer:
    """Sees all rows of all tenants.

    Args:
        engine: Connects as somebody whom no policy stops: a superuser of PostgreSQL, anybody on SQLite.
    """

    engine: Engine

    @classmethod
    def of(cls, url: str) -> Overseer:
        """Watch the database at *url*."""
        parsed = make_url(url)
        is_sqlite = parsed.get_backend_name() == "sqlite"
        return cls(create_engine(parsed if is_sqlite else parsed.set(drivername="postgresql+psycopg")))

    def dump(self, tenants: Iterable[UUID]) -> Dump:
        """Read what is committed for *tenants*."""
        wanted = [tenant.bytes if self.engine.dialect.name == "sqlite" else tenant for tenant in tenants]
        with self.engine.connect() as connection:
            return {
                table.name: sorted(
                    (
                        {name: _plain(name, value) for name, value in row._mapping.items()}
                        for row in connection.execute(select(table).where(table.c[_TENANT].in_(wanted)))
                    ),
                    key=repr,
                )
                for table in self.tables
            }

    @cached_property
    def tables(self) -> list[Table]:
        """The tables that hold rows of tenants."""
        metadata = MetaData()
        metadata.reflect(self.engine)
        return [table for table in metadata.sorted_tables if _TENANT in table.c]


def rows_of(dump: Dump, table: str, tenant: UUID) -> list[Row]:
    """Return the rows that *tenant* has in one table."""
    return [row for row in dump[table] if row[_TENANT] == tenant]


def part_of(dump: Dump, tenant: UUID) -> Dump:
    """Return the part of *dump* that is one tenant's."""
    return {table: rows_of(dump, table, tenant) for table in dump}


def _plain(column: str, value: object) -> object:
    if isinstance(value, bytes) and (column == "id" or column.endswith("_id")):
        return UUID(bytes=value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value

"""A host's own tables: some belong to tenants, some to nobody; and what two tenants keep in them.

The host declares them on a base of its own and with keys of its own choice; only the mixin is this library's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, insert
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from stronghold_core.db import TenantScoped, host_table_sql
from stronghold_core.ids import TenantId

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

MINE, THEIRS = TenantId(UUID(int=0xA << 76)), TenantId(UUID(int=0xB << 76))
WORDS = {MINE: "mine", THEIRS: "theirs"}


class HostBase(DeclarativeBase):
    """The host's own root of mapped classes."""


class Shelf(TenantScoped, HostBase):
    """Something of a tenant's."""

    __tablename__ = "host_shelf"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    books: Mapped[list[Book]] = relationship(back_populates="shelf")


class Book(TenantScoped, HostBase):
    """Something of a tenant's that refers to another one."""

    __tablename__ = "host_book"
    __table_args__ = (ForeignKeyConstraint(["tenant_id", "shelf_id"], ["host_shelf.tenant_id", "host_shelf.id"]),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    shelf_id: Mapped[int]
    title: Mapped[str]
    shelf: Mapped[Shelf] = relationship(back_populates="books")
    # A careless host: joined by a number that every tenant uses.
    namesakes: Mapped[list[Shelf]] = relationship(
        primaryjoin="foreign(Book.shelf_id) == Shelf.id", uselist=True, viewonly=True
    )


class Country(HostBase):
    """Something that belongs to nobody."""

    __tablename__ = "host_country"
    __table_args__ = {"info": {"stronghold": "global"}}  # noqa: RUF012 - SQLAlchemy only reads it

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


SHELVES, BOOKS, COUNTRIES = (HostBase.metadata.tables[name] for name in ("host_shelf", "host_book", "host_country"))


def build_host_tables(engine: Engine) -> None:
    """Create the tables, and give both tenants rows with the same keys, so that only the tenant tells them apart."""
    HostBase.metadata.create_all(engine)
    with engine.begin() as connection:
        fill_host_tables(connection)


def fill_host_tables(connection: Connection) -> None:
    """Give each tenant one shelf with one book, and the world one country."""
    for tenant_id, word in WORDS.items():
        connection.execute(insert(SHELVES).values(tenant_id=tenant_id, id=1, name=f"{word} shelf"))
        connection.execute(insert(BOOKS).values(tenant_id=tenant_id, id=1, shelf_id=1, title=f"{word} book"))
    connection.execute(insert(COUNTRIES).values(code="IS", name="Iceland"))


def host_wall_sql() -> list[str]:
    """Return the SQL that a host's migration runs on PostgreSQL: walls around its tenants' tables, grants on others."""
    walls = [statement for table in (SHELVES, BOOKS) for statement in host_table_sql(table)]
    return [*walls, f'GRANT SELECT, INSERT, UPDATE, DELETE ON {COUNTRIES.name} TO "stronghold_app"']

"""What all mapped classes share: naming convention, the tenant's column, and the class each table declares.

Every table says whether its rows belong to a tenant (``tenant``: filtered by the session, forced row-level security),
are looked up before a tenant is known (``directory``: policies of their own), belong to a person whatever the tenant
(``person``: forced row-level security by ``user_id``) or to nobody (``global``: nothing secret, no tenant). A table
that says nothing can't be declared, so a new one can't slip past the walls.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar, TypeAlias, cast
from uuid import UUID

from sqlalchemy import FromClause, MetaData, Row, Table, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from stronghold_core.db.types import Id

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


AnyRow: TypeAlias = "Row[*tuple[Any, ...]]"
"""A row of whatever columns; its reader knows them by name."""


class Scope(StrEnum):
    """Whose rows a table holds."""

    TENANT = "tenant"
    DIRECTORY = "directory"
    PERSON = "person"
    GLOBAL = "global"


class Base(DeclarativeBase):
    """The root of all mapped classes of this library."""

    metadata = MetaData(naming_convention=NAMING)
    scope: ClassVar[Scope]

    def __init_subclass__(cls) -> None:
        if not isinstance(getattr(cls, "scope", None), Scope):
            raise TypeError(f"{cls.__name__} must declare `scope`: tenant, directory or global.")
        super().__init_subclass__()
        table_of(cls).info["scope"] = cls.scope


class TenantScoped:
    """Mixin of every mapped class whose rows belong to one tenant; a host puts it on classes of its own base, too."""

    scope: ClassVar[Scope] = Scope.TENANT
    tenant_id: Mapped[UUID] = mapped_column(Id, primary_key=True, sort_order=-1)

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        _unmapped[cls] = None


class PersonScoped:
    """Mixin of every mapped class whose rows belong to one person: passwords, sessions, second factors."""

    scope: ClassVar[Scope] = Scope.PERSON
    user_id: Mapped[UUID] = mapped_column(Id, primary_key=True, sort_order=-1)


_unmapped: dict[type[TenantScoped], None] = {}
_tenant_tables: set[str] = set()


def tenant_table_names() -> set[str]:
    """Return the names, in lower case, of all tables whose rows belong to tenants: ours and the host's.

    A class may be mapped only after it is made (`registry.mapped`, `declarative_base()`), so those that had no table
    yet are asked again.
    """
    for cls in [*_unmapped]:
        table = cls.__dict__.get("__table__")
        if isinstance(table, Table):
            _tenant_tables.add(table.name.lower())
            _unmapped.pop(cls, None)
    return _tenant_tables


def declare_tenant_table(table: Table) -> None:
    """Let the guard know that rows of *table* belong to tenants, though no class says so by the mixin."""
    _tenant_tables.add(table.name.lower())


def is_tenant_table(table: FromClause) -> bool:
    """Tell whether rows of *table* belong to tenants, however the table object came about."""
    return str(getattr(table, "name", "")).lower() in tenant_table_names()


def table_of(model: type[Base]) -> Table:
    """Return the table behind a mapped class, for statements that do not need objects."""
    return cast("Table", model.__table__)


def only_where(condition: str) -> dict[str, Any]:
    """Make an index partial, on both databases."""
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}

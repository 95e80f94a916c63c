"""Every table says whose rows it holds, and every key of a tenant's table begins with the tenant."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Table, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, declarative_base, mapped_column, registry

import stronghold_core
from stronghold_core.db import Base, Id, Scope, TenantScoped, only_where
from stronghold_core.db.base import is_tenant_table, table_of, tenant_table_names
from tests.support.hosts import SHELVES

assert stronghold_core  # imports every model

TABLES = sorted(
    (table for table in Base.metadata.tables.values() if table.name.startswith("stronghold_")),
    key=lambda table: table.name,
)
OF_TENANTS = [table for table in TABLES if table.info["scope"] in {Scope.TENANT, Scope.DIRECTORY}]
OF_PEOPLE = [table for table in TABLES if table.info["scope"] is Scope.PERSON]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_declares_a_scope(table: Table) -> None:
    """A table that says nothing can't be declared, so this holds for tables to come."""
    assert isinstance(table.info["scope"], Scope)


def test_only_what_belongs_to_nobody_is_global() -> None:
    """A new global table is a decision, and so is a change of this list."""
    assert {table.name for table in TABLES if table not in (*OF_TENANTS, *OF_PEOPLE)} == {
        "stronghold_currency",
        "stronghold_login_counter",
        "stronghold_staff",
    }


@pytest.mark.parametrize("table", OF_TENANTS, ids=lambda table: table.name)
def test_the_tenant_leads_every_key(table: Table) -> None:
    """Primary, unique and foreign keys begin with tenant_id on both sides, so that no row can refer across tenants."""
    assert next(iter(table.primary_key.columns)).name == "tenant_id"
    for constraint in table.constraints:
        if isinstance(constraint, ForeignKeyConstraint):
            assert [constraint.column_keys[0], constraint.elements[0].column.name] == ["tenant_id", "tenant_id"]
        if isinstance(constraint, UniqueConstraint) and table.info["scope"] is Scope.TENANT:
            assert next(iter(constraint.columns)).name == "tenant_id"
    for index in table.indexes:
        if table.info["scope"] is Scope.TENANT:
            assert next(iter(index.columns)).name == "tenant_id"


def test_only_the_directories_have_a_key_of_another_order() -> None:
    """A host's reference, a principal, a key and an invitation lead to a tenant: asked before that is known."""
    leading = set[tuple[str, str]]()
    for table in OF_TENANTS:
        uniques = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
        for key in [*table.indexes, *uniques]:
            assert isinstance(key, (Index, UniqueConstraint))
            if next(iter(key.columns)).name != "tenant_id":
                leading.add((table.name, str(key.name)))
    assert leading == {
        ("stronghold_api_key", "ix_stronghold_api_key_id"),
        ("stronghold_invitation", "ix_stronghold_invitation_id"),
        ("stronghold_membership", "ix_stronghold_membership_principal"),
        ("stronghold_tenant_directory", "uq_stronghold_tenant_directory_external_reference"),
    }


@pytest.mark.parametrize("table", OF_PEOPLE, ids=lambda table: table.name)
def test_the_person_leads_every_key(table: Table) -> None:
    """So that no row of one person can refer to another's; only names that people sign in with are unique among all."""
    assert next(iter(table.primary_key.columns)).name == "user_id"
    for constraint in table.constraints:
        if isinstance(constraint, ForeignKeyConstraint):
            assert [constraint.column_keys[0], constraint.elements[0].column.name] == ["user_id", "user_id"]
    others = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    assert {str(one.name) for one in others} == (
        {"uq_stronghold_user_login_name", "uq_stronghold_user_principal_id"}
        if table.name == "stronghold_user"
        else set()
    )
    assert all(next(iter(index.columns)).name == "user_id" for index in table.indexes)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_constraints_are_named_by_convention(table: Table) -> None:
    """One place maps a constraint to an error, by its name; so each has one that says kind and table."""
    for constraint in table.constraints:
        kind = {ForeignKeyConstraint: "fk", UniqueConstraint: "uq", CheckConstraint: "ck"}.get(type(constraint), "pk")
        assert str(constraint.name).startswith(f"{kind}_{table.name}")
        assert len(str(constraint.name)) <= 63
    for index in table.indexes:
        assert re.match(rf"(ix|ux)_{table.name}_\w+$", str(index.name))
        assert str(index.name).startswith("ux") == bool(index.unique)


def test_a_class_without_a_scope_cannot_be_declared() -> None:
    """A new table can't slip past the walls by saying nothing."""
    with pytest.raises(TypeError, match="Loose must declare `scope`: tenant, directory or global"):

        class Loose(Base):
            __tablename__ = "loose"

            id: Mapped[int] = mapped_column(primary_key=True)

    assert "loose" not in Base.metadata.tables


def test_a_scope_must_be_one_of_the_three() -> None:
    """A misspelt one is as good as none."""
    with pytest.raises(TypeError, match="must declare `scope`"):

        class Misspelt(Base):
            __tablename__ = "misspelt"
            scope = "tennant"  # type: ignore[assignment]

            id: Mapped[int] = mapped_column(primary_key=True)


@pytest.mark.parametrize("first", [True, False], ids=["mixin first", "mixin last"])
def test_the_mixin_gives_the_tenant_and_makes_the_table_known(*, first: bool) -> None:
    """On a base of the host's own, in either order: the key begins with the tenant, and the guard knows the name."""

    class Own(DeclarativeBase):
        """A base of this test alone."""

    bases = (TenantScoped, Own) if first else (Own, TenantScoped)
    name = f"host_order_{first}"
    columns = {"__annotations__": {"id": Mapped[int]}, "id": mapped_column(primary_key=True)}
    order = type("Order", bases, {"__tablename__": name, "__module__": __name__, **columns})
    table = Own.metadata.tables[name]
    assert order.__doc__ is None
    assert [column.name for column in table.primary_key] == ["tenant_id", "id"]
    assert isinstance(table.c.tenant_id.type, Id)
    assert not table.c.tenant_id.nullable
    assert name.lower() in tenant_table_names()


@pytest.mark.parametrize("form", ["decorator", "declarative_base"])
def test_a_class_that_is_mapped_only_after_it_was_made_is_known_as_well(form: str) -> None:
    """SQLAlchemy's older forms give a class its table when Python has made it already."""
    name = f"host_parcel_{form}"
    columns = {"__annotations__": {"id": Mapped[int]}, "id": mapped_column(primary_key=True)}
    body = {"__tablename__": name, "__module__": __name__, **columns}
    if form == "decorator":
        registry().mapped(type("Parcel", (TenantScoped,), body))
    else:
        base: Any = declarative_base()
        type(base)("Parcel", (TenantScoped, base), body)
    assert name in tenant_table_names()


def test_the_guard_knows_every_table_of_tenants() -> None:
    """Ours by their mixin, a host's as well; a table of nobody's is not among them."""
    assert all(is_tenant_table(table) for table in (*OF_TENANTS, SHELVES))
    assert not any(is_tenant_table(table) for table in TABLES if table not in OF_TENANTS)


def test_a_table_is_to_be_had_from_its_class() -> None:
    """For statements that need no objects."""
    for mapper in Base.registry.mappers:
        assert table_of(mapper.class_) is mapper.local_table


def test_a_partial_index_is_partial_on_both_databases() -> None:
    """One condition, written once."""
    options = only_where("n > 0")
    assert {name: str(condition) for name, condition in options.items()} == {
        "postgresql_where": "n > 0",
        "sqlite_where": "n > 0",
    }
    assert Index("ix_anything", **options).dialect_options["sqlite"]["where"] is options["sqlite_where"]

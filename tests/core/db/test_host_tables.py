"""Each of the host's tables says whose rows it holds, and a tenant's table has no key that leaves the tenant out."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from stronghold_core.db import Base, Id, TenantScoped
from stronghold_core.db.base import is_tenant_table
from stronghold_core.db.host_tables import HostTables
from stronghold_core.errors import ConfigurationError, TenantTableError, UndeclaredTableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from stronghold_core import Stronghold
    from tests.support.stronghold import Desk

NUMBERS = count(1)
"""The guard knows tables by name, in the whole process: so each test makes names of its own."""


def new_name(word: str = "host") -> str:
    """Make a name that no other test uses."""
    return f"{word}_{next(NUMBERS)}"


def tenant_id(**options: Any) -> Column[Any]:  # noqa: ANN401 - a column's
    """Make the column that a tenant's table begins with."""
    return Column("tenant_id", Id, **{"primary_key": True, **options})


def table(metadata: MetaData, *columns: Any, name: str | None = None, scope: str | None = "tenant") -> Table:  # noqa: ANN401
    """Declare a table of the host's."""
    info = {} if scope is None else {"stronghold": scope}
    return Table(name or new_name(), metadata, *columns, info=info)


def registered(metadata: MetaData, **scopes: str) -> HostTables:
    """Register all that *metadata* holds."""
    tables = HostTables()
    tables.register(metadata, scopes)
    return tables


# --- the process's log


def test_each_table_that_is_refused_is_told_to_the_log_by_name(caplog: pytest.LogCaptureFixture) -> None:
    """The error names the first of them alone; whoever runs the program finds all, of either kind."""
    metadata = MetaData()
    silent = [table(metadata, Column("id", Integer, primary_key=True), scope=None) for _ in range(2)]
    leaky = table(metadata, Column("id", Integer, primary_key=True))
    sound = table(metadata, tenant_id(), Column("id", Integer, primary_key=True))
    tables = HostTables()
    with caplog.at_level("WARNING", logger="stronghold.tables"), pytest.raises(UndeclaredTableError) as caught:
        tables.register(metadata, {})
    assert caught.value.table == silent[0].name
    records = [record for record in caplog.records if record.name == "stronghold.tables"]
    assert {record.levelname for record in records} == {"WARNING"}
    told = [record.getMessage() for record in records]
    assert [next(one.name for one in metadata.sorted_tables if f" {one.name} " in f"{text} ") for text in told] == [
        *(one.name for one in silent),
        leaky.name,
    ]
    assert tables.of_tenants() == []
    assert not is_tenant_table(sound)


def test_a_table_that_comes_late_is_told_to_the_log_before_the_next_unit(
    acme: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody asked for it to be registered, so the log is where it is found."""
    metadata = MetaData()
    acme.stronghold.register_tables(metadata)
    late = table(metadata, Column("id", Integer, primary_key=True), scope=None)
    with pytest.raises(UndeclaredTableError), acme.books():
        pass
    (record,) = (record for record in caplog.records if record.name == "stronghold.tables")
    assert late.name in record.getMessage()


def test_tables_that_are_sound_are_not_worth_a_line(caplog: pytest.LogCaptureFixture) -> None:
    """The log says what is wrong."""
    metadata = MetaData()
    table(metadata, tenant_id(), Column("id", Integer, primary_key=True))
    registered(metadata)
    assert not [record for record in caplog.records if record.name == "stronghold.tables"]


# --- saying whose rows a table holds


def test_a_table_may_say_by_its_info_whose_rows_it_holds() -> None:
    """The guard then knows it, though no class is mapped to it."""
    metadata = MetaData()
    own = table(metadata, tenant_id(), Column("id", Integer, primary_key=True))
    everybodys = table(metadata, Column("code", String, primary_key=True), scope="global")
    assert registered(metadata).of_tenants() == [own]
    assert is_tenant_table(own)
    assert not is_tenant_table(everybodys)


def test_a_class_with_the_mixin_says_it_by_that() -> None:
    """Nothing else has to be written."""

    class Root(DeclarativeBase):
        """A host's base."""

    body = {"__annotations__": {"id": Mapped[int]}, "id": mapped_column(primary_key=True), "__module__": __name__}
    type("Order", (TenantScoped, Root), {"__tablename__": (name := new_name()), **body})
    tables = HostTables()
    tables.register(Root.metadata, {})
    assert [table.name for table in tables.of_tenants()] == [name]


def test_a_table_may_be_named_when_it_is_registered() -> None:
    """For one that somebody else declares."""
    metadata = MetaData()
    own = table(metadata, tenant_id(), Column("id", Integer, primary_key=True), scope=None)
    assert registered(metadata, **{own.name: "tenant"}).of_tenants() == [own]


def test_a_table_that_says_nothing_is_refused_with_the_ways_out() -> None:
    """By name; and nothing of the collection is registered then."""
    metadata = MetaData()
    silent = table(metadata, tenant_id(), scope=None)
    tables = HostTables()
    with pytest.raises(UndeclaredTableError) as refused:
        tables.register(metadata, {})
    assert refused.value.table == silent.name
    for way_out in (
        "TenantScoped",
        "{'stronghold': 'tenant'}",
        "{'stronghold': 'global'}",
        f"scopes={{'{silent.name}'",
    ):
        assert way_out in str(refused.value)
    assert tables.of_tenants() == []


@pytest.mark.parametrize("word", ["tennant", "directory", "", None, 1, ["tenant"]])
def test_a_word_that_means_nothing_is_refused(word: Any) -> None:  # noqa: ANN401 - whatever a host writes
    """A misspelt declaration is none; directories are this library's own."""
    metadata = MetaData()
    misspelt = Table(new_name(), metadata, tenant_id(), info={"stronghold": word})
    error = UndeclaredTableError if word is None else ConfigurationError
    with pytest.raises(error, match=misspelt.name):
        registered(metadata)


def test_two_declarations_that_contradict_each_other_are_refused() -> None:
    """Neither wins silently."""
    metadata = MetaData()
    torn = table(metadata, tenant_id(), scope="global")
    with pytest.raises(ConfigurationError, match="declared both tenant and global"):
        registered(metadata, **{torn.name: "tenant"})


def test_a_name_that_is_no_table_is_refused() -> None:
    """A misspelt name would leave the table that was meant undeclared."""
    with pytest.raises(ConfigurationError, match="scopes names nowhere"):
        registered(MetaData(), nowhere="tenant")


def test_this_librarys_tables_in_a_hosts_collection_are_left_alone() -> None:
    """One that was read from the database holds them as well."""
    metadata = MetaData()
    Base.metadata.tables["stronghold_account"].to_metadata(metadata)
    Table("stronghold_schema_version", metadata, Column("version_num", String))
    assert registered(metadata).of_tenants() == []


def test_a_table_that_comes_later_is_looked_at_before_the_next_unit(stronghold: Stronghold, acme: Desk) -> None:
    """A module that is imported late must not slip past; once it is declared, units go on."""
    metadata = MetaData()
    stronghold.register_tables(metadata)
    with acme.books():
        pass
    late = table(metadata, Column("code", String, primary_key=True), scope=None)
    for _ in range(2):
        with pytest.raises(UndeclaredTableError, match=late.name), acme.books():
            pass
    late.info["stronghold"] = "global"
    with acme.books():
        pass


# --- keys


def unique_without_tenant(metadata: MetaData) -> None:
    """Tell whether another tenant uses a number."""
    table(metadata, tenant_id(), Column("number", Integer, unique=True))


def unique_index_without_tenant(metadata: MetaData) -> None:
    """Do the same by an index."""
    table(metadata, tenant_id(), number := Column("number", Integer), Index(new_name("ux"), number, unique=True))


def unique_expression_without_tenant(metadata: MetaData) -> None:
    """Do the same by an index of an expression."""
    made = table(metadata, tenant_id(), Column("name", String))
    Index(new_name("ux"), func.lower(made.c.name), unique=True)


def exclusion_without_tenant(metadata: MetaData) -> None:
    """Do the same by PostgreSQL's exclusion of overlaps."""
    table(metadata, tenant_id(), room := Column("room", Integer), ExcludeConstraint((room, "=")))


def reference_without_tenant(metadata: MetaData) -> None:
    """Lead to another tenant's row."""
    parent = table(metadata, tenant_id(), Column("id", Integer, primary_key=True))
    table(metadata, tenant_id(), Column("parent_id", Integer, ForeignKey(f"{parent.name}.id")))


def reference_that_crosses(metadata: MetaData) -> None:
    """Have the tenant in it, on the wrong side."""
    parent = table(metadata, tenant_id(), Column("owner_id", Id, primary_key=True))
    targets = [f"{parent.name}.owner_id", f"{parent.name}.tenant_id"]
    crossing = ForeignKeyConstraint(["tenant_id", "parent_id"], targets)
    table(metadata, tenant_id(), Column("parent_id", Id), crossing)


def reference_to_the_ledger(metadata: MetaData) -> None:
    """Lead to another tenant's account, which is declared in another collection."""
    table(metadata, tenant_id(), Column("account_id", Id, ForeignKey("stronghold_account.id")))


def reference_of_nobodys(metadata: MetaData) -> None:
    """Lead from everybody's row to a tenant's."""
    parent = table(metadata, tenant_id(), Column("id", Integer, primary_key=True))
    target = [f"{parent.name}.tenant_id", f"{parent.name}.id"]
    columns = [Column("their_tenant", Id, primary_key=True), Column("their_id", Integer)]
    table(metadata, *columns, ForeignKeyConstraint(["their_tenant", "their_id"], target), scope="global")


FAULTS: dict[str, tuple[Callable[[MetaData], object], str]] = {
    "no column": (lambda m: table(m, Column("id", Integer, primary_key=True)), "it has no column tenant_id"),
    "another type": (
        lambda m: table(m, Column("tenant_id", Uuid, primary_key=True)),
        "its tenant_id is of the type Uuid",
    ),
    "may be null": (
        lambda m: table(m, Column("id", Integer, primary_key=True), tenant_id(primary_key=False)),
        "its tenant_id may be NULL",
    ),
    "not in the key": (
        lambda m: table(m, Column("id", Integer, primary_key=True), tenant_id(primary_key=False, nullable=False)),
        "its primary key does not begin with tenant_id",
    ),
    "second in the key": (
        lambda m: table(m, Column("id", Integer, primary_key=True), tenant_id()),
        "its primary key does not begin with tenant_id",
    ),
    "no key": (
        lambda m: table(m, tenant_id(primary_key=False, nullable=False)),
        "its primary key does not begin with tenant_id",
    ),
    "unique": (unique_without_tenant, "the unique key over number tells whether another tenant uses a value"),
    "unique index": (unique_index_without_tenant, "the unique key over number tells"),
    "unique expression": (unique_expression_without_tenant, "the unique key over name tells"),
    "exclusion": (exclusion_without_tenant, "the unique key over room tells"),
    "reference": (reference_without_tenant, "the foreign key over parent_id may lead to another tenant's"),
    "crossing reference": (reference_that_crosses, "the foreign key over tenant_id, parent_id may lead"),
    "reference to the ledger": (reference_to_the_ledger, "may lead to another tenant's stronghold_account"),
    "reference of nobody's": (reference_of_nobodys, "it belongs to nobody and refers to rows of tenants"),
}


@pytest.mark.parametrize(("declare", "fact"), FAULTS.values(), ids=FAULTS.keys())
def test_a_key_without_the_tenant_is_refused_by_name(declare: Callable[[MetaData], object], fact: str) -> None:
    """Neither the guard nor row-level security can see through one, so it must not be there."""
    metadata = MetaData()
    declare(metadata)
    with pytest.raises(TenantTableError) as refused:
        registered(metadata)
    assert fact in refused.value.facts
    assert refused.value.table == [*metadata.tables][-1]


def test_all_that_is_wrong_with_a_table_is_said_at_once() -> None:
    """Nobody wants to find it out piece by piece."""
    metadata = MetaData()
    table(
        metadata,
        Column("id", Integer, primary_key=True),
        tenant_id(primary_key=False),
        Column("n", Integer, unique=True),
    )
    with pytest.raises(TenantTableError) as refused:
        registered(metadata)
    assert refused.value.facts.count("; ") == 2


def test_keys_with_the_tenant_in_them_pass() -> None:
    """The space that the rule leaves: own references, those to the ledger, to nobody's tables, and to itself."""
    metadata = MetaData()
    nobodys = table(metadata, Column("code", String, primary_key=True), scope="global")
    parent = table(
        metadata,
        tenant_id(),
        Column("id", Integer, primary_key=True),
        Column("number", Integer),
        Column("code", String, ForeignKey(nobodys.c.code)),
        Column("next_id", Integer),
        UniqueConstraint("tenant_id", "number"),
        name=(name := new_name()),
    )
    parent.append_constraint(ForeignKeyConstraint(["tenant_id", "next_id"], [f"{name}.tenant_id", f"{name}.id"]))
    Index(new_name("ux"), parent.c.tenant_id, func.lower(parent.c.code), unique=True)
    Index(new_name("ix"), parent.c.number)
    child = table(
        metadata,
        tenant_id(),
        Column("parent_id", Integer, primary_key=True),
        Column("account_id", Id),
        ForeignKeyConstraint(["tenant_id", "parent_id"], [parent.c.tenant_id, parent.c.id]),
        ForeignKeyConstraint(["tenant_id", "account_id"], ["stronghold_account.tenant_id", "stronghold_account.id"]),
    )
    assert registered(metadata).of_tenants() == [parent, child]

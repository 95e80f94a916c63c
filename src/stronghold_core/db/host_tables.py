"""The host's own tables: whose rows each of them holds, and whether its keys keep tenants apart.

A host declares each table *tenant* or *global*, by the mixin `TenantScoped`, in the table's ``info`` under the key
``stronghold``, or by name when it registers them. A table that says nothing is refused, and so is a tenant table with a
key that leaves the tenant out: what the guard and row-level security would let pass there, nothing else could stop.

Audit logs are tenants', and a table that is refused is none of theirs; so each is told to the process's log instead.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import MetaData, UniqueConstraint
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from stronghold_core.db.base import Base, Scope, declare_tenant_table, is_tenant_table, tenant_table_names
from stronghold_core.db.migrate import VERSION_TABLE
from stronghold_core.db.types import Id
from stronghold_core.errors import ConfigurationError, TenantTableError, UndeclaredTableError
from stronghold_core.text import in_short

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from sqlalchemy import ForeignKeyConstraint, Index, Table
    from sqlalchemy.sql.schema import ColumnCollectionConstraint

log = logging.getLogger("stronghold.tables")

INFO_KEY: Final = "stronghold"
_FOR_HOSTS: Final = (Scope.TENANT, Scope.GLOBAL)


class _Collection(NamedTuple):
    """One collection of tables, with what was said of some by name."""

    metadata: MetaData
    scopes: Mapping[str, Scope]


class HostTables:
    """The tables that a host registered with one `Stronghold`."""

    def __init__(self) -> None:
        self._collections: list[_Collection] = []
        self._scopes: dict[Table, Scope] = {}
        self._seen = 0

    def register(self, metadata: MetaData, scopes: Mapping[str, str]) -> None:
        """Learn whose rows each table of *metadata* holds; `Stronghold.register_tables` says the rest."""
        if strangers := sorted(scopes.keys() - metadata.tables.keys()):
            raise ConfigurationError(reason=f"scopes names {strangers[0]}, and there is no such table to register.")
        collection = _Collection(metadata, {name: _scope(name, word) for name, word in scopes.items()})
        self._learn(collection)
        self._collections.append(collection)

    @property
    def has_new(self) -> bool:
        """Whether tables came that nobody has looked at. It is asked before every unit, so it only counts."""
        return self._size() != self._seen

    def learn_new(self) -> None:
        """Look at tables that came into a registered collection since it was registered.

        Raises:
            UndeclaredTableError, TenantTableError, ConfigurationError: As `register`.
        """
        size = self._size()
        for collection in self._collections:
            self._learn(collection)
        self._seen = size

    def of_tenants(self) -> list[Table]:
        """Return the tables that hold rows of tenants."""
        return [table for table, scope in self._scopes.items() if scope is Scope.TENANT]

    def _size(self) -> int:
        return sum(len(metadata.tables) for metadata, _ in self._collections)

    def _learn(self, collection: _Collection) -> None:
        refused: list[ConfigurationError] = []
        new: dict[Table, Scope] = {}
        for table in _of_host(collection.metadata):
            if table not in self._scopes:
                with _gathered(refused):
                    new[table] = declared_scope(table, collection.scopes.get(table.key))
        of_tenants = [table for table, scope in new.items() if scope is Scope.TENANT]
        # All of them first: they may refer to each other.
        names = tenant_table_names() | {table.name.lower() for table in of_tenants}
        for table, scope in new.items():
            with _gathered(refused):
                _check_keys(table, scope, names)
        if refused:
            raise refused[0]
        for table in of_tenants:
            declare_tenant_table(table)
        self._scopes |= new


@contextmanager
def _gathered(refused: list[ConfigurationError]) -> Generator[None]:
    """Go on after a table that is refused, so that the log names them all."""
    try:
        yield
    except ConfigurationError as refusal:
        log.warning("A table of the host's is refused: %s", refusal)
        refused.append(refusal)


def declared_scope(table: Table, named: Scope | None = None) -> Scope:
    """Return whose rows *table* holds, from whatever says so.

    Raises:
        UndeclaredTableError: If nothing does.
        ConfigurationError: If two declarations contradict each other, or one is neither ``tenant`` nor ``global``.
    """
    written = table.info.get(INFO_KEY)
    declared = {
        *([Scope.TENANT] if is_tenant_table(table) else []),
        *([] if written is None else [_scope(table.name, written)]),
        *([] if named is None else [named]),
    }
    if not declared:
        raise UndeclaredTableError(table=table.fullname)
    if len(declared) > 1:
        raise ConfigurationError(
            reason=f"The table {table.fullname} is declared both tenant and global: say one of them, in one place."
        )
    return declared.pop()


def _scope(table: str, word: str) -> Scope:
    if word not in _FOR_HOSTS:
        raise ConfigurationError(
            reason=f"The table {table} is declared {in_short(word)!r}: write 'tenant' or 'global'."
        )
    return Scope(word)


def _of_host(metadata: MetaData) -> list[Table]:
    """Leave out what is ours in a collection that was read from the database."""
    ours = {*Base.metadata.tables, VERSION_TABLE}
    return [table for name, table in metadata.tables.items() if name not in ours]


# ------------------------------------------------------------------ keys


def _check_keys(table: Table, scope: Scope, of_tenants: AbstractSet[str]) -> None:
    """Pass if no key of *table* leaves the tenant out.

    Raises:
        TenantTableError: Otherwise; it names all that is wrong.
    """
    faults = _tenant_faults(table, of_tenants) if scope is Scope.TENANT else _global_faults(table, of_tenants)
    if found := [*faults]:
        raise TenantTableError(table=table.fullname, facts="; ".join(found))


def _tenant_faults(table: Table, of_tenants: AbstractSet[str]) -> Iterator[str]:
    column = table.c.get("tenant_id")
    if column is None:
        yield "it has no column tenant_id: put TenantScoped on its class, or Column('tenant_id', Id, primary_key=True)"
        return
    if not isinstance(column.type, Id):
        yield f"its tenant_id is of the type {column.type!r}: make it stronghold_core.Id"
    if column.nullable:
        yield "its tenant_id may be NULL: make it nullable=False"
    if [key.name for key in table.primary_key.columns][:1] != ["tenant_id"]:
        yield "its primary key does not begin with tenant_id: make that the first of its columns"
    for key in _unique_keys(table):
        if "tenant_id" not in key.columns:
            yield f"the unique key over {_named(key)} tells whether another tenant uses a value: add tenant_id to it"
    for reference in table.foreign_key_constraints:
        if _target(reference) in of_tenants and ("tenant_id", "tenant_id") not in _pairs(reference):
            yield (
                f"the foreign key over {_named(reference)} may lead to another tenant's {_target(reference)}: "
                "add tenant_id to both of its sides"
            )


def _global_faults(table: Table, of_tenants: AbstractSet[str]) -> Iterator[str]:
    for reference in table.foreign_key_constraints:
        if _target(reference) in of_tenants:
            yield f"it belongs to nobody and refers to rows of tenants in {_target(reference)}: declare it tenant, too"


def _unique_keys(table: Table) -> Iterator[ColumnCollectionConstraint | Index]:
    yield from (key for key in table.constraints if isinstance(key, (UniqueConstraint, ExcludeConstraint)))
    yield from (index for index in table.indexes if index.unique)


def _named(key: ColumnCollectionConstraint | Index) -> str:
    return ", ".join(column.name for column in key.columns) or str(key.name)


def _target(reference: ForeignKeyConstraint) -> str:
    """Name the table that a foreign key leads to, which need not be in the same collection."""
    return reference.elements[0].target_fullname.rpartition(".")[0].rpartition(".")[2].lower()


def _pairs(reference: ForeignKeyConstraint) -> set[tuple[str, str]]:
    return {(element.parent.name, element.target_fullname.rpartition(".")[2]) for element in reference.elements}

"""The session of one tenant, and the listeners that keep it there.

They live on our own `Session` class; SQLAlchemy's global classes stay untouched. They add the tenant to every ORM
statement, let Core and text statements on tenant tables pass only if those compare the tenant (`guard`), and look at
every object before it is flushed. The measured holes they close are those of Core tables, ``text()``, bulk updates,
``merge`` and objects of another tenant that reach the session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session, with_loader_criteria
from sqlalchemy.orm.attributes import get_history

from stronghold_core.db.base import TenantScoped, is_tenant_table
from stronghold_core.db.guard import check_statement, check_writes_no_ledger, inserted_tenants, rows_of
from stronghold_core.errors import ForeignTenantRowError, ReadOnlyUnitError, TenantTableError, UnscopedStatementError

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.orm import Mapper, ORMExecuteState, UOWTransaction

    from stronghold_core.ids import TenantId


class TenantSession(Session):
    """A SQLAlchemy session that belongs to one tenant for life."""

    def __init__(self, connection: Connection, tenant_id: TenantId) -> None:
        # The unit of work owns the transaction: closing or committing this session must not end it.
        # The posting engine writes past it, so what it read before is never taken for what is there now.
        super().__init__(
            connection,
            join_transaction_mode="rollback_only",
            expire_on_commit=False,
            execution_options={"populate_existing": True},
        )
        self._tenant_id = tenant_id

    @property
    def tenant_id(self) -> TenantId:
        """The tenant; there is no way to change it."""
        return self._tenant_id

    def connection(self, *_args: object, **_options: object) -> Connection:
        """Refuse: statements on the bare connection would pass the guard by.

        `get_bind` gives it still, because SQLAlchemy asks for it with every statement.
        """
        raise UnscopedStatementError(table="session.connection()")

    def bulk_insert_mappings(self, *_args: object, **_options: object) -> None:
        """Refuse: legacy bulk methods tell no guard what they write."""
        raise UnscopedStatementError(table="bulk_insert_mappings()")

    def bulk_update_mappings(self, *_args: object, **_options: object) -> None:
        """Refuse: legacy bulk methods tell no guard what they write."""
        raise UnscopedStatementError(table="bulk_update_mappings()")

    def bulk_save_objects(self, *_args: object, **_options: object) -> None:
        """Refuse: legacy bulk methods tell no guard what they write."""
        raise UnscopedStatementError(table="bulk_save_objects()")


class HostSession(TenantSession):
    """The session in which the host's own code works on its own tables, inside a unit of work: `Books.session`.

    It is SQLAlchemy's, bound to one tenant for life and guarded like the library's own: what a mapped class with
    `TenantScoped` reads and writes stays within the tenant, and what compares no tenant is refused. The ledger's tables
    may be read along; verbs alone write them. `commit` only flushes, because the unit commits; `rollback` ends all of
    the unit, once something was sent.
    """

    def __init__(self, connection: Connection, tenant_id: TenantId, *, is_read_only: bool) -> None:
        super().__init__(connection, tenant_id)
        self.is_read_only = is_read_only


@event.listens_for(HostSession, "do_orm_execute")
def _guard_ledger(state: ORMExecuteState) -> None:
    """Refuse what would write past the verbs, or is text that might; and in a unit that reads, what writes at all."""
    session: HostSession = state.session  # type: ignore[assignment]
    if session.is_read_only and (state.is_insert or state.is_update or state.is_delete):
        raise ReadOnlyUnitError
    check_writes_no_ledger(state.statement)


@event.listens_for(HostSession, "before_flush")
def _guard_reading(session: HostSession, _context: UOWTransaction, _instances: object) -> None:
    if session.is_read_only and (session.new or session.dirty or session.deleted):
        raise ReadOnlyUnitError


@event.listens_for(TenantSession, "do_orm_execute", propagate=True)
def _guard_statement(state: ORMExecuteState) -> None:
    session: TenantSession = state.session  # type: ignore[assignment]
    tenant_id = session.tenant_id
    if state.execution_options.get("dml_strategy") == "core_only" and not state.is_insert:
        # It would run without the criteria added below.
        raise UnscopedStatementError(table='dml_strategy="core_only"')
    if state.is_insert or (state.is_update and isinstance(state.parameters, list)):
        # INSERT, and UPDATE by primary key, take their tenant from the parameters, past any criteria.
        _check_rows(state, tenant_id)
    check_statement(state.statement, state.parameters, tenant_id)
    if state.is_orm_statement and not state.is_insert:
        state.statement = state.statement.options(
            with_loader_criteria(TenantScoped, lambda cls: cls.tenant_id == tenant_id, include_aliases=True)
        )


@event.listens_for(TenantSession, "before_attach", propagate=True)
def _guard_attach(session: TenantSession, row: object) -> None:
    """Refuse an object of another tenant at once: one that is only looked at never reaches a flush."""
    state = inspect(row)
    _check_class(state.mapper)
    if not isinstance(row, TenantScoped):
        return
    key = dict(zip((column.name for column in state.mapper.primary_key), state.identity or (), strict=False))
    found = key.get("tenant_id") or state.dict.get("tenant_id")
    if found is not None and found != session.tenant_id:
        raise ForeignTenantRowError(table=state.mapper.local_table.description, found=found, expected=session.tenant_id)


@event.listens_for(TenantSession, "before_flush", propagate=True)
def _guard_flush(session: TenantSession, _context: UOWTransaction, _instances: object) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        _check_class(inspect(row).mapper)
        if not isinstance(row, TenantScoped):
            continue
        if row in session.new and row.tenant_id is None:
            row.tenant_id = session.tenant_id
        moved_from = get_history(row, "tenant_id").deleted
        if row.tenant_id != session.tenant_id or (moved_from and moved_from[0] != session.tenant_id):
            table = type(row).__table__.name  # type: ignore[attr-defined]
            raise ForeignTenantRowError(table=table, found=row.tenant_id, expected=session.tenant_id)


def _check_class(mapper: Mapper[Any]) -> None:
    """Pass if objects of a class may be in a tenant's session: if their table is a tenant's, the class has the mixin.

    No criteria reach a class without it, and what is flushed of one is not looked at.
    """
    if issubclass(mapper.class_, TenantScoped):
        return
    for table in mapper.tables:
        if is_tenant_table(table):
            raise TenantTableError(
                table=table.description,
                facts=f"{mapper.class_.__name__} is mapped to it without TenantScoped, which makes a session look at"
                " its objects: put the mixin on the class",
            )


def _check_rows(state: ORMExecuteState, tenant_id: TenantId) -> None:
    """Check that each row of an ORM bulk statement names this tenant."""
    mapper = state.bind_mapper
    if mapper is None or not issubclass(mapper.class_, TenantScoped):
        return
    for found in inserted_tenants(state.statement, rows_of(state.parameters)) - {tenant_id}:
        raise ForeignTenantRowError(table=mapper.local_table.description, found=found, expected=tenant_id)

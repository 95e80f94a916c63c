"""The session of one tenant, and the listeners that keep it there.

They live on our own `Session` class; SQLAlchemy's global classes stay untouched. They add the tenant to every ORM
statement, let Core and text statements on tenant tables pass only if those compare the tenant (`guard`), and look at
every object before it is flushed. The measured holes they close are those of Core tables, ``text()``, bulk updates,
``merge`` and objects of another tenant that reach the session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session, with_loader_criteria
from sqlalchemy.orm.attributes import get_history

from stronghold_core.db.base import TenantScoped
from stronghold_core.db.guard import check_statement, inserted_tenants, rows_of
from stronghold_core.errors import ForeignTenantRowError, UnscopedStatementError

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.orm import ORMExecuteState, UOWTransaction

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


@event.listens_for(TenantSession, "do_orm_execute")
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


@event.listens_for(TenantSession, "before_attach")
def _guard_attach(session: TenantSession, row: object) -> None:
    """Refuse an object of another tenant at once: one that is only looked at never reaches a flush."""
    if not isinstance(row, TenantScoped):
        return
    state = inspect(row)
    key = dict(zip((column.name for column in state.mapper.primary_key), state.identity or (), strict=False))
    found = key.get("tenant_id") or state.dict.get("tenant_id")
    if found is not None and found != session.tenant_id:
        raise ForeignTenantRowError(table=state.mapper.local_table.description, found=found, expected=session.tenant_id)


@event.listens_for(TenantSession, "before_flush")
def _guard_flush(session: TenantSession, _context: UOWTransaction, _instances: object) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, TenantScoped):
            continue
        if row in session.new and row.tenant_id is None:
            row.tenant_id = session.tenant_id
        moved_from = get_history(row, "tenant_id").deleted
        if row.tenant_id != session.tenant_id or (moved_from and moved_from[0] != session.tenant_id):
            table = type(row).__table__.name  # type: ignore[attr-defined]
            raise ForeignTenantRowError(table=table, found=row.tenant_id, expected=session.tenant_id)


def _check_rows(state: ORMExecuteState, tenant_id: TenantId) -> None:
    """Check that each row of an ORM bulk statement names this tenant."""
    mapper = state.bind_mapper
    if mapper is None or not issubclass(mapper.class_, TenantScoped):
        return
    for found in inserted_tenants(state.statement, rows_of(state.parameters)) - {tenant_id}:
        raise ForeignTenantRowError(table=mapper.local_table.description, found=found, expected=tenant_id)

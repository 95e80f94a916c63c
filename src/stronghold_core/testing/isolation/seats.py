"""Sitting down as a tenant at the database: a transaction of which nothing remains, and a session in it.

A session is all that stands between an attacker and the rows besides the database itself, so it can be exchanged: that
is how the kit's own tests take the guard away.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from stronghold_core.db import own_transaction
from stronghold_core.ids import TenantId

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy import Table

    from stronghold_core.db import Database

Rows: TypeAlias = "list[dict[str, Any]]"
SessionMaker: TypeAlias = Callable[[Connection, TenantId], Session]


class Undone(Exception):  # noqa: N818 - an event, not an error
    """Ends a transaction of which nothing shall remain."""


class Seat:
    """An open transaction, bound to one tenant."""

    def __init__(self, database: Database, connection: Connection, tenant_id: TenantId, session: Session) -> None:
        self.tenant_id = tenant_id
        self.session = session
        self.is_postgresql = database.backend.has_row_level_security
        self._backend = database.backend
        self._connection = connection

    @property
    def has_ended(self) -> bool:
        """Whether nothing of the transaction can be committed any more."""
        return not self._connection.in_transaction() or self._backend.is_spoiled(self._connection)

    def rows_of(self, tenant_id: TenantId, table: Table) -> Rows:
        """Read a tenant's rows of *table* as that tenant would, within the same transaction."""
        self._backend.bind_tenant(self._connection, tenant_id)
        found = self._connection.execute(select(table).where(table.c.tenant_id == tenant_id))
        return sorted((dict(row) for row in found.mappings()), key=repr)


@contextmanager
def seated(database: Database, tenant_id: TenantId, make_session: SessionMaker) -> Generator[Seat]:
    """Sit down as one tenant; whatever is done there is undone in the end."""
    with suppress(Undone), own_transaction(database.engine, database.backend, tenant_id, read_only=False) as connection:
        session = make_session(connection, tenant_id)
        try:
            yield Seat(database, connection, tenant_id, session)
        finally:
            session.close()
        raise Undone

"""Refusals: what a unit refused, recorded where no rollback takes it away."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from stronghold_core.audit import AuditKind, AuditOutcome, event_row, write_event_row
from stronghold_core.context import Context, Origin
from stronghold_core.db import Refusal, own_transaction
from stronghold_core.errors import StrongholdError

if TYPE_CHECKING:
    from stronghold_core.clock import Clock
    from stronghold_core.db import Database, HostTransaction, Unit
    from stronghold_core.ids import PrincipalId, TenantId

log = logging.getLogger("stronghold.refusals")


class Refusals:
    """What one unit refused, until it is over and they can be written."""

    def __init__(self, tenant_id: TenantId, principal: PrincipalId, origin: Origin) -> None:
        self.unit: Unit | None = None
        self.is_stranger = False
        """Whether the principal was turned away because they are no member."""
        self._tenant_id, self._principal, self._origin = tenant_id, principal, origin

    def record(self, database: Database, clock: Clock) -> None:
        """Write one security event each, in a transaction of their own."""
        refusals = self._refusals()
        if not refusals:
            return
        try:
            with own_transaction(database.engine, database.backend, self._tenant_id, read_only=False) as connection:
                for refusal in refusals:
                    write_event_row(connection, self._row(refusal, clock))
        except StrongholdError:
            # The refusal itself has reached the caller; that it could not be recorded is for whoever runs this.
            log.exception("%s was refused %s, which could not be recorded.", self._principal, self._actions())

    def record_after(self, host: HostTransaction | None, database: Database, clock: Clock) -> None:
        """Write the events of a joined unit once its host's transaction is over.

        The host may roll back, and on SQLite it holds the file's only write lock until then.
        """
        if not self._refusals():
            return
        if host is not None:
            host.on_end(lambda: self.record(database, clock))
        elif database.backend.has_row_level_security:
            self.record(database, clock)
        else:
            log.warning("A refusal in a joined unit is not recorded: pass host=… to books(). %s", self._actions())

    def _refusals(self) -> list[Refusal]:
        refused = [] if self.unit is None else self.unit.refusals
        return [*refused, Refusal("tenant:enter", "permission", {})] if self.is_stranger else refused

    def _actions(self) -> list[str]:
        return [refusal.action for refusal in self._refusals()]

    def _row(self, refusal: Refusal, clock: Clock) -> dict[str, Any]:
        context = Context(
            tenant_id=self._tenant_id, principal=self._principal, permissions=frozenset(), origin=self._origin
        )
        return event_row(
            context,
            at=clock.now(),
            action=refusal.action,
            object_type=refusal.object_type,
            object_id=None,
            payload=refusal.payload,
            kind=AuditKind.SECURITY,
            outcome=AuditOutcome.DENIED,
        )

"""Writing and reading the audit log: one event per command, in the same transaction."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, insert

from stronghold_core.audit.models import AuditEvent
from stronghold_core.audit.queries import list_events
from stronghold_core.audit.records import AuditEventRecord, AuditKind, AuditOutcome
from stronghold_core.audit.revisions import count_change
from stronghold_core.audit.rules import MAX_ACTION_LENGTH, SCHEMA_VERSION, canonical, commitment
from stronghold_core.audit.sealing.queries import list_checkpoints
from stronghold_core.db import FixedStatement, table_of
from stronghold_core.ids import AuditId, new_id, parse_id, parse_principal
from stronghold_core.pagination import DEFAULT_PAGE_SIZE, Page
from stronghold_core.permissions import Permission
from stronghold_core.text import checked_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

    from stronghold_core.audit.sealing.records import Checkpoint
    from stronghold_core.context import Context
    from stronghold_core.db import Unit
    from stronghold_core.ids import AnId


def event_row(
    context: Context,
    *,
    at: datetime,
    action: str,
    object_type: str,
    object_id: UUID | None,
    payload: Mapping[str, object],
    kind: AuditKind = AuditKind.CHANGE,
    outcome: AuditOutcome = AuditOutcome.DONE,
) -> dict[str, Any]:
    """Prepare the row of one event; the address and browser it came from go into its erasable part."""
    origin = context.origin
    salt = os.urandom(16)
    text = canonical({**payload, "ip": origin.ip, "user_agent": origin.user_agent})
    return {
        "tenant_id": context.tenant_id,
        "id": new_id(),
        "at": at,
        "kind": kind.value,
        "actor": context.principal,
        "on_behalf_of": origin.on_behalf_of,
        "action": action,
        "object_type": object_type,
        "object_id": object_id,
        "outcome": outcome.value,
        "cause": origin.cause,
        "request_id": origin.request_id,
        "version": SCHEMA_VERSION,
        "commitment": commitment(salt, text),
        "salt": salt,
        "payload": text,
    }


def record_event(
    unit: Unit,
    action: str,
    *,
    object_type: str,
    object_id: UUID | None,
    payload: Mapping[str, object],
    at: datetime | None = None,
    event_id: AuditId | None = None,
) -> AuditId:
    """Write one event for the command that *unit* has just carried out: now, or *at* the time that its rows carry.

    Rows that were written before may have named it: then it gets that *event_id*.
    """
    row = event_row(
        unit.context,
        at=at or unit.clock.now(),
        action=action,
        object_type=object_type,
        object_id=object_id,
        payload=payload,
    )
    row["id"] = event_id or row["id"]
    write_event_row(unit.connection, row)
    count_change(unit)
    return AuditId(row["id"])


def write_event_row(connection: Connection, row: dict[str, Any]) -> None:
    """Write an event that `event_row` prepared."""
    _INSERT.run(connection, row)


_event = table_of(AuditEvent)
_WRITTEN: Final = [column for column in _event.columns if column.name not in {"seq", "leaf"}]
"""What the sealer fills in later is no matter of whoever writes."""
_INSERT: Final = FixedStatement(
    insert(_event).values({column.name: bindparam(column.name, type_=column.type) for column in _WRITTEN})
)


class AuditLog:
    """What happened in this tenant: `books.audit`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def list(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        object_id: AnId | None = None,
        limit: int = DEFAULT_PAGE_SIZE,
        after: str | None = None,
    ) -> Page[AuditEventRecord]:
        """List events, the latest first, optionally of one actor, action or object.

        Args:
            actor: The principal who acted.
            action: What was done, such as ``account.open``; of a denial, the permission that was missing.
            object_id: The id of what it was done to.
            limit: How many on a page.
            after: The cursor of the page before.

        Raises:
            InvalidInputError: If a condition can't be meant.
        """
        with self._unit.reading(Permission.AUDIT_READ):
            return list_events(
                self._unit,
                actor=None if actor is None else parse_principal(actor, field="actor"),
                action=None if action is None else checked_text(action, field="action", max_length=MAX_ACTION_LENGTH),
                object_id=None if object_id is None else parse_id(object_id, field="object_id"),
                limit=limit,
                after=after,
            )

    def checkpoints(self, *, limit: int = DEFAULT_PAGE_SIZE, after: str | None = None) -> Page[Checkpoint]:
        """List what the log was each time it was sealed, the latest first.

        Args:
            limit: How many on a page.
            after: The cursor of the page before.
        """
        with self._unit.reading(Permission.AUDIT_READ):
            return list_checkpoints(self._unit, limit=limit, after=after)

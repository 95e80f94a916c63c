"""Writing the audit log: one event a command, in the same transaction."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, insert

from stronghold_core.audit.models import AuditEvent
from stronghold_core.audit.records import AuditKind, AuditOutcome
from stronghold_core.audit.revisions import count_change
from stronghold_core.audit.rules import SCHEMA_VERSION, canonical, commitment
from stronghold_core.db import FixedStatement, table_of
from stronghold_core.ids import AuditId, new_id

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

    from stronghold_core.context import Context
    from stronghold_core.db import Unit


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
        "kind": str(kind),
        "actor": context.principal,
        "on_behalf_of": origin.on_behalf_of,
        "action": action,
        "object_type": object_type,
        "object_id": object_id,
        "outcome": str(outcome),
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

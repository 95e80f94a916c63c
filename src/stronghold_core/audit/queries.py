"""Reading the audit log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from stronghold_core.audit.models import AuditEvent
from stronghold_core.audit.records import AuditEventRecord
from stronghold_core.pagination import Page, checked_limit, decode_position, encode_cursor

if TYPE_CHECKING:
    from stronghold_core.db import Unit


def list_events(
    unit: Unit, *, actor: str | None, action: str | None, object_id: UUID | None, limit: int, after: str | None
) -> Page[AuditEventRecord]:
    """Return one page of events, the latest first."""
    scope = ("audit", unit.tenant_id, actor, action, object_id)
    query = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(checked_limit(limit) + 1)
    if actor is not None:
        query = query.where(AuditEvent.actor == actor)
    if action is not None:
        query = query.where(AuditEvent.action == action)
    if object_id is not None:
        query = query.where(AuditEvent.object_id == object_id)
    if after is not None:
        query = query.where(AuditEvent.id < decode_position(after, UUID, scope=scope)[0])
    events = unit.session.scalars(query).all()
    has_more = len(events) > limit
    events = events[:limit]
    cursor = encode_cursor([str(events[-1].id)], scope=scope) if has_more else None
    return Page(items=tuple(_record(event) for event in events), next_cursor=cursor)


def _record(event: AuditEvent) -> AuditEventRecord:
    columns = {name: getattr(event, name) for name in AuditEventRecord.model_fields if name != "payload"}
    return AuditEventRecord(**columns, payload=None if event.payload is None else json.loads(event.payload))

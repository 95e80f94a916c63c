"""Reading the audit log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from stronghold_core.audit.models import AuditEvent
from stronghold_core.audit.records import AuditEventRecord
from stronghold_core.audit.rules import commitment
from stronghold_core.db import table_of
from stronghold_core.pagination import Page, checked_limit, decode_position, encode_cursor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from stronghold_core.audit.records import AuditKind
    from stronghold_core.db import Unit

_event = table_of(AuditEvent)


class Wanted(NamedTuple):
    """Which events; what is none asks nothing."""

    actor: str | None = None
    action: str | None = None
    kind: AuditKind | None = None
    object_type: str | None = None
    object_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Say so in SQL."""
        for name in ("actor", "action", "kind", "object_type", "object_id"):
            if getattr(self, name) is not None:
                yield _event.c[name] == getattr(self, name)
        if self.since is not None:
            yield _event.c.at >= self.since
        if self.until is not None:
            yield _event.c.at < self.until


def list_events(unit: Unit, wanted: Wanted, *, limit: int, after: str | None) -> Page[AuditEventRecord]:
    """Return one page of events, the latest first."""
    scope = ("audit", unit.tenant_id, *wanted)
    query = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(checked_limit(limit) + 1)
    query = query.where(*wanted.conditions())
    if after is not None:
        query = query.where(AuditEvent.id < decode_position(after, UUID, scope=scope)[0])
    events = unit.session.scalars(query).all()
    has_more = len(events) > limit
    events = events[:limit]
    cursor = encode_cursor([str(events[-1].id)], scope=scope) if has_more else None
    return Page(items=tuple(_record(event) for event in events), next_cursor=cursor)


def sealed_events(unit: Unit, *, after: int, limit: int) -> tuple[AuditEventRecord, ...]:
    """Return sealed events, in the order of their numbers."""
    query = select(AuditEvent).where(AuditEvent.seq > after).order_by(AuditEvent.seq).limit(checked_limit(limit))
    return tuple(_record(event) for event in unit.session.scalars(query))


def find_broken_commitment(unit: Unit) -> UUID | None:
    """Return an event whose payload is not what its commitment was made of; erased payloads can't be told."""
    if unit.backend.name == "postgresql":
        made = func.sha256(_event.c.salt.concat(func.convert_to(_event.c.payload, "UTF8")))
        broken = select(_event.c.id).where(
            _event.c.tenant_id == unit.tenant_id,
            _event.c.payload.is_not(None),
            made.is_distinct_from(_event.c.commitment),
        )
        return unit.connection.execute(broken.limit(1)).scalar()
    # SQLite knows no SHA-256, but hands over row after row of its own process.
    written = select(_event.c.id, _event.c.salt, _event.c.payload, _event.c.commitment).where(
        _event.c.tenant_id == unit.tenant_id, _event.c.payload.is_not(None)
    )
    with unit.connection.execute(written, execution_options={"yield_per": 1_000}) as rows:
        return next((row.id for row in rows if commitment(row.salt or b"", row.payload) != row.commitment), None)


def _record(event: AuditEvent) -> AuditEventRecord:
    columns = {name: getattr(event, name) for name in AuditEventRecord.model_fields if name != "payload"}
    return AuditEventRecord(**columns, payload=None if event.payload is None else json.loads(event.payload))

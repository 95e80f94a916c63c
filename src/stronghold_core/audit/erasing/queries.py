"""What erasing reads and writes, on the bare connection: each statement names the tenant itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from stronghold_core.audit.models import AuditEvent
from stronghold_core.audit.sealing.models import AuditBatch
from stronghold_core.db import table_of

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from stronghold_core.db import AnyRow, Unit

_event = table_of(AuditEvent)
_batch = table_of(AuditBatch)


def find_event(unit: Unit, event_id: UUID) -> AnyRow | None:
    """Return what there is of an event."""
    columns = (_event.c.action, _event.c.seq, _event.c.payload)
    query = select(*columns).where(_event.c.tenant_id == unit.tenant_id, _event.c.id == event_id)
    return unit.connection.execute(query).one_or_none()


def erase_payload(unit: Unit, event_id: UUID) -> bool:
    """Erase a payload and its salt; tell whether there was one."""
    mine = update(_event).where(
        _event.c.tenant_id == unit.tenant_id, _event.c.id == event_id, _event.c.payload.is_not(None)
    )
    return unit.connection.execute(mine.values(payload=None, salt=None)).rowcount > 0


def last_sealed_before(unit: Unit, instant: datetime) -> int:
    """Return the last number of the batches that were sealed before *instant*; 0 if there is none."""
    query = select(func.max(_batch.c.last_seq)).where(
        _batch.c.tenant_id == unit.tenant_id, _batch.c.sealed_at < instant
    )
    return unit.connection.execute(query).scalar() or 0


def latest_until(unit: Unit, seq: int) -> datetime | None:
    """Return when the latest of the events up to a number was recorded."""
    query = select(func.max(_event.c.at)).where(_event.c.tenant_id == unit.tenant_id, _event.c.seq <= seq)
    return unit.connection.execute(query).scalar()


def drop_until(unit: Unit, seq: int) -> int:
    """Drop the events up to a number; return how many there were."""
    gone = delete(_event).where(_event.c.tenant_id == unit.tenant_id, _event.c.seq <= seq)
    return unit.connection.execute(gone).rowcount

"""Going through a sealed log in its order, some rows at a time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from stronghold_core.audit.models import AuditEvent
from stronghold_core.audit.sealing.models import AuditBatch, AuditHead
from stronghold_core.audit.sealing.rules import HEADER_FIELDS
from stronghold_core.db import table_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from stronghold_core.db import AnyRow, Unit

_event = table_of(AuditEvent)
_batch = table_of(AuditBatch)
_head = table_of(AuditHead)

_AT_A_TIME: Final = 1_000
RETENTION: Final = "audit.expire"


def ends(unit: Unit) -> AnyRow:
    """Return the last numbers of batches and events; asked together, since somebody may seal meanwhile."""
    last_batch = select(func.max(_batch.c.number)).where(_batch.c.tenant_id == unit.tenant_id).scalar_subquery()
    last_event = select(func.max(_event.c.seq)).where(_event.c.tenant_id == unit.tenant_id).scalar_subquery()
    columns = [
        func.coalesce(subquery, 0).label(name) for name, subquery in (("batch", last_batch), ("event", last_event))
    ]
    said = [column for column in _head.columns if column.name != "tenant_id"]
    one = select(*columns).subquery("one")
    query = select(one, *said).select_from(one.outerjoin(_head, _head.c.tenant_id == unit.tenant_id))
    return unit.connection.execute(query).one()


def batches_until(unit: Unit, last: int) -> Generator[AnyRow]:
    """Go through the batches up to number *last*."""
    query = select(_batch).where(_batch.c.tenant_id == unit.tenant_id, _batch.c.number <= last)
    yield from _streamed(unit, query.order_by(_batch.c.number))


def events_between(unit: Unit, after: int, last: int) -> Generator[AnyRow]:
    """Go through the events numbered after *after*, up to *last*."""
    columns = [_event.c[name] for name in (*HEADER_FIELDS, "seq", "leaf", "salt", "payload")]
    query = select(*columns).where(_event.c.tenant_id == unit.tenant_id, _event.c.seq > after, _event.c.seq <= last)
    yield from _streamed(unit, query.order_by(_event.c.seq))


def _streamed(unit: Unit, query: Any) -> Generator[AnyRow]:  # noqa: ANN401 - a SELECT of whatever columns
    with unit.connection.execute(query, execution_options={"yield_per": _AT_A_TIME}) as rows:
        yield from rows


def latest_retention(unit: Unit) -> int:
    """Return up to which number events are gone by what the latest event of a retention tells; 0 if there is none."""
    query = select(_event.c.payload).where(_event.c.tenant_id == unit.tenant_id, _event.c.action == RETENTION)
    told = unit.connection.execute(query.order_by(_event.c.id.desc()).limit(1)).scalar()
    try:
        return int(json.loads(told or "{}").get("until", 0))
    except (AttributeError, TypeError, ValueError):
        # What is no payload of ours tells of nothing.
        return 0

"""What the sealer reads and writes, on the bare connection: each statement names the tenant itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, exists, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from stronghold_core.audit.models import AuditEvent
from stronghold_core.audit.sealing.models import AuditBatch, AuditHead
from stronghold_core.audit.sealing.records import Checkpoint
from stronghold_core.audit.sealing.rules import BEGINNING, HEADER_FIELDS
from stronghold_core.db import Id, table_of
from stronghold_core.db.bulk import array_text, sqlite_value
from stronghold_core.db.fixed import run_for_each
from stronghold_core.ids import TenantId
from stronghold_core.pagination import Page, checked_limit, decode_position, encode_cursor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Row, Select

    from stronghold_core.db import AnyRow, Unit

_event = table_of(AuditEvent)
_batch = table_of(AuditBatch)
_head = table_of(AuditHead)

_FIRST_HEAD: Final = {
    "batches": 0,
    "events": 0,
    "header": BEGINNING,
    "frontier": b"",
    "dropped": 0,
    "dropped_at": None,
}

_NUMBER_ON_POSTGRESQL: Final = text(
    "UPDATE stronghold_audit_event AS e SET seq = u.seq, leaf = u.leaf"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:seqs AS bigint[]), CAST(:leaves AS bytea[])) AS u(id, seq, leaf)"
    " WHERE e.tenant_id = :tenant AND e.id = u.id"
).bindparams(bindparam("tenant", type_=Id))
_NUMBER_ON_SQLITE: Final = "UPDATE stronghold_audit_event SET seq = ?, leaf = ? WHERE tenant_id = ? AND id = ?"


def has_unsealed(unit: Unit) -> bool:
    """Tell whether an event waits for its number."""
    waiting = exists().where(_event.c.tenant_id == unit.tenant_id, _event.c.seq.is_(None))
    return unit.connection.execute(select(waiting)).scalar_one()


def unsealed(unit: Unit, limit: int) -> Sequence[AnyRow]:
    """Read events that wait for their number, those with the smallest ids first.

    Not those after some id: a slow transaction may commit one with a smaller id than others that are sealed already.
    """
    columns = [_event.c[name] for name in HEADER_FIELDS]
    waiting = select(*columns).where(_event.c.tenant_id == unit.tenant_id, _event.c.seq.is_(None))
    return unit.connection.execute(waiting.order_by(_event.c.id).limit(limit)).all()


def number_events(unit: Unit, ids: Sequence[UUID], seqs: Sequence[int], leaves: Sequence[bytes]) -> None:
    """Give events their numbers, and keep their hashes."""
    if unit.backend.name == "postgresql":
        arrays = {
            "ids": array_text("uuid", ids),
            "seqs": array_text("bigint", seqs),
            "leaves": array_text("bytea", leaves),
        }
        unit.connection.execute(_NUMBER_ON_POSTGRESQL, {"tenant": unit.tenant_id, **arrays})
        return
    tenant = sqlite_value(_event, "tenant_id", unit.tenant_id)
    rows = [
        (seq, leaf, tenant, sqlite_value(_event, "id", event_id))
        for event_id, seq, leaf in zip(ids, seqs, leaves, strict=True)
    ]
    run_for_each(unit.connection, _NUMBER_ON_SQLITE, rows)


# ------------------------------------------------------------------ the head


def find_head(unit: Unit) -> AnyRow | None:
    """Return how far the log is sealed; none if it never was."""
    return unit.connection.execute(_of_tenant(unit)).one_or_none()


def locked_head(unit: Unit) -> AnyRow:
    """Return the same for whoever changes it, and wait until nobody else does."""
    locking = _of_tenant(unit).with_for_update()
    found = unit.connection.execute(locking).one_or_none()
    if found is not None:
        return found
    maker = postgresql.insert if unit.backend.name == "postgresql" else sqlite.insert
    first = maker(_head).values(tenant_id=unit.tenant_id, **_FIRST_HEAD).on_conflict_do_nothing()
    unit.connection.execute(first)
    return unit.connection.execute(locking).one()


def move_head(unit: Unit, **columns: object) -> None:
    """Write down how far the log is now."""
    unit.connection.execute(update(_head).where(_head.c.tenant_id == unit.tenant_id).values(columns))


def _of_tenant(unit: Unit) -> Select[*tuple[Any, ...]]:
    return select(_head).where(_head.c.tenant_id == unit.tenant_id)


# ------------------------------------------------------------------ batches and their checkpoints


def add_batch(unit: Unit, batch: Mapping[str, object]) -> None:
    """Write down a batch."""
    unit.connection.execute(insert(_batch).values(tenant_id=unit.tenant_id, **batch))


def find_batch(unit: Unit, number: int) -> AnyRow | None:
    """Return the batch of that number."""
    query = select(_batch).where(_batch.c.tenant_id == unit.tenant_id, _batch.c.number == number)
    return unit.connection.execute(query).one_or_none()


def find_batch_of(unit: Unit, seq: int) -> AnyRow | None:
    """Return the batch that an event is in."""
    query = select(_batch).where(_batch.c.tenant_id == unit.tenant_id, _batch.c.first_seq <= seq)
    return unit.connection.execute(query.order_by(_batch.c.number.desc()).limit(1)).one_or_none()


def find_last_batch(unit: Unit) -> AnyRow | None:
    """Return the newest batch."""
    query = select(_batch).where(_batch.c.tenant_id == unit.tenant_id)
    return unit.connection.execute(query.order_by(_batch.c.number.desc()).limit(1)).one_or_none()


def list_checkpoints(unit: Unit, *, limit: int, after: str | None) -> Page[Checkpoint]:
    """Return one page of checkpoints, the latest first."""
    scope = ("checkpoints", unit.tenant_id)
    query = select(_batch).where(_batch.c.tenant_id == unit.tenant_id).order_by(_batch.c.number.desc())
    if after is not None:
        query = query.where(_batch.c.number < decode_position(after, _number, scope=scope)[0])
    rows = unit.connection.execute(query.limit(checked_limit(limit) + 1)).all()
    cursor = encode_cursor([rows[limit - 1].number], scope=scope) if len(rows) > limit else None
    return Page(items=tuple(checkpoint_of(row) for row in rows[:limit]), next_cursor=cursor)


def _number(part: str) -> int:
    """Read the number of a batch; one that no batch can have, the database would choke on."""
    number = int(part)
    if not 0 < number < 1 << 63:
        raise ValueError(number)
    return number


def checkpoint_of(batch: Row[Any]) -> Checkpoint:
    """Return the checkpoint that a batch ends with."""
    return Checkpoint(
        tenant_id=TenantId(batch.tenant_id),
        batches=batch.number,
        events=batch.last_seq,
        root=batch.log_root.hex(),
        sealed_at=batch.sealed_at,
        key_id=batch.key_id,
        signature=None if batch.signature is None else batch.signature.hex(),
    )

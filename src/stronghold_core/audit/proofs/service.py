"""Making proofs from what is stored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import select

from stronghold_core.audit.merkle import consistency_path, inclusion_path, leaf_hash, root_of
from stronghold_core.audit.models import AuditEvent
from stronghold_core.audit.proofs.records import ConsistencyProof, InclusionProof, Opening
from stronghold_core.audit.sealing.queries import checkpoint_of, find_batch_of, find_last_batch
from stronghold_core.audit.sealing.rules import entry, header_of
from stronghold_core.audit.verification.queries import batches_until
from stronghold_core.db import table_of
from stronghold_core.errors import NotFoundError, NotSealedError, ProofRefusedError

if TYPE_CHECKING:
    from uuid import UUID

    from stronghold_core.audit.sealing.records import Checkpoint
    from stronghold_core.db import AnyRow, Unit

_event = table_of(AuditEvent)


def prove_event(unit: Unit, event_id: UUID, *, with_payload: bool) -> InclusionProof:
    """Prove that an event is in the log as it is now.

    Raises:
        NotFoundError: If there is no such event.
        NotSealedError: If it waits for its number.
    """
    event = _find(unit, event_id)
    batch, latest = find_batch_of(unit, event.seq), find_last_batch(unit)
    if batch is None or latest is None:
        raise NotSealedError(thing=f"event {event_id}")
    headers = _headers(unit, latest.number)
    leaves = _leaves(unit, batch)
    opening = None
    if with_payload and event.payload is not None:
        opening = Opening(salt=event.salt.hex(), payload=event.payload)
    return InclusionProof(
        entry=json.loads(entry(event, event.seq)),
        batch=json.loads(header_of(batch)),
        batch_path=_written(inclusion_path(leaves, event.seq - batch.first_seq)),
        log_path=_written(inclusion_path(headers, batch.number - 1)),
        checkpoint=checkpoint_of(latest),
        opening=opening,
    )


def prove_growth(unit: Unit, since: Checkpoint) -> ConsistencyProof:
    """Prove that the log only grew since a checkpoint.

    Raises:
        NotSealedError: If nothing of the log is sealed.
        ProofRefusedError: If it is no checkpoint of this log.
    """
    latest = find_last_batch(unit)
    if latest is None:
        raise NotSealedError(thing="this log")
    headers = _headers(unit, latest.number)
    is_of_this = since.tenant_id == unit.tenant_id and 0 < since.batches <= len(headers)
    if not is_of_this or root_of(headers[: since.batches]).hex() != since.root:
        raise ProofRefusedError
    return ConsistencyProof(
        older=since, newer=checkpoint_of(latest), path=_written(consistency_path(headers, since.batches))
    )


def _find(unit: Unit, event_id: UUID) -> AnyRow:
    query = select(_event).where(_event.c.tenant_id == unit.tenant_id, _event.c.id == event_id)
    event = unit.connection.execute(query).one_or_none()
    if event is None:
        raise NotFoundError(kind="event", key=event_id)
    if event.seq is None:
        raise NotSealedError(thing=f"event {event_id}")
    return event


def _headers(unit: Unit, last: int) -> list[bytes]:
    return [leaf_hash(header_of(batch)) for batch in batches_until(unit, last)]


def _leaves(unit: Unit, batch: AnyRow) -> list[bytes]:
    query = select(_event.c.leaf).where(
        _event.c.tenant_id == unit.tenant_id, _event.c.seq.between(batch.first_seq, batch.last_seq)
    )
    return list(unit.connection.execute(query.order_by(_event.c.seq)).scalars())


def _written(path: list[bytes]) -> tuple[str, ...]:
    return tuple(step.hex() for step in path)

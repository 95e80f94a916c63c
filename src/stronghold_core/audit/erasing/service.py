"""Letting go of what may not or need not be kept, so that the rest of the log goes on proving itself."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from stronghold_core.audit.duties import Duty, on_duty
from stronghold_core.audit.erasing.queries import (
    drop_until,
    erase_payload,
    find_event,
    last_sealed_before,
    latest_until,
)
from stronghold_core.audit.erasing.records import Expired
from stronghold_core.audit.recording import record_event
from stronghold_core.audit.sealing.queries import locked_head, move_head
from stronghold_core.audit.verification.queries import RETENTION
from stronghold_core.errors import AlreadyRedactedError, InvalidInputError, NotFoundError

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection, Engine

    from stronghold_core.db import Unit

log = logging.getLogger("stronghold.audit")

REDACTION: Final = "audit.redact"
MAX_BASIS_LENGTH: Final = 500


def redact(unit: Unit, event_id: UUID, legal_basis: str) -> None:
    """Erase the payload of an event, and the salt without which nobody can try to guess it; tell that and why.

    Raises:
        NotFoundError: If there is no such event.
        InvalidInputError: If it tells itself of what was erased: that is to be known.
        AlreadyRedactedError: If there is nothing left of it.
    """
    event = find_event(unit, event_id)
    if event is None:
        raise NotFoundError(kind="event", key=event_id)
    if event.action in {REDACTION, RETENTION}:
        raise InvalidInputError(field="event_id", reason="what was erased, by whom and why, is not erased itself.")
    _overwrite_on_sqlite(unit)
    with on_duty(unit, Duty.REDACT):
        if not erase_payload(unit, event_id):
            raise AlreadyRedactedError(event_id=event_id)
    payload = {"seq": event.seq, "legal_basis": legal_basis}
    record_event(unit, REDACTION, object_type="event", object_id=event_id, payload=payload)


def expire(unit: Unit, before: datetime, legal_basis: str) -> Expired:
    """Drop the events of all batches that were sealed before an instant; tell that and why, if there were any."""
    head = locked_head(unit)
    until = last_sealed_before(unit, before)
    if until <= head.dropped:
        return Expired(until=head.dropped, events=0)
    # First how far, since SQLite lets nothing else go.
    move_head(unit, dropped=until, dropped_at=latest_until(unit, until))
    _overwrite_on_sqlite(unit)
    with on_duty(unit, Duty.EXPIRE):
        events = drop_until(unit, until)
    payload = {"until": until, "events": events, "legal_basis": legal_basis}
    record_event(unit, RETENTION, object_type="log", object_id=None, payload=payload)
    return Expired(until=until, events=events)


def _overwrite_on_sqlite(unit: Unit) -> None:
    """Have SQLite overwrite what goes, and leave no older page of the file in its write-ahead log."""
    if unit.backend.name != "sqlite":
        return
    unit.connection.exec_driver_sql("PRAGMA secure_delete = ON")
    if unit.knows_its_end:
        engine = unit.connection.engine
        unit.on_commit(lambda: _empty_write_ahead_log(engine))


def _empty_write_ahead_log(engine: Engine) -> None:
    with engine.connect() as connection:
        if _is_busy(connection):
            log.warning("Somebody reads the file: its write-ahead log keeps what was erased until it is written over.")


def _is_busy(connection: Connection) -> bool:
    return bool(connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0])

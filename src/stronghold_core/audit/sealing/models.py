"""The tables of the seal: one row for each batch of events, never changed, and one for each tenant, which says how far.

A batch is a tree over its events; the log is a tree over its batches. So the oldest events may go, while their batches
stay and go on proving the rest.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from stronghold_core.db import Base, TenantScoped, UTCDateTime


class AuditBatch(TenantScoped, Base):
    """Some events that were sealed together, and the checkpoint of the log that ends with them."""

    __tablename__ = "stronghold_audit_batch"
    __table_args__ = (
        CheckConstraint("number > 0 AND first_seq > 0 AND last_seq >= first_seq", name="range"),
        CheckConstraint("(key_id IS NULL) = (signature IS NULL)", name="signed"),
        {"sqlite_with_rowid": False},
    )

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    """Counted from 1, without a gap."""
    first_seq: Mapped[int] = mapped_column(BigInteger)
    last_seq: Mapped[int] = mapped_column(BigInteger)
    sealed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Of the tree over the batch's events."""
    previous: Mapped[bytes] = mapped_column(LargeBinary(32))
    """The hash of the header of the batch before, which chains them."""
    log_root: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Of the tree over the headers of all batches, this one included."""
    key_id: Mapped[str | None] = mapped_column(String(100))
    signature: Mapped[bytes | None] = mapped_column(LargeBinary(64))


class AuditHead(TenantScoped, Base):
    """How far a tenant's log is sealed. Whoever seals holds the lock of this row, so there is one at a time."""

    __tablename__ = "stronghold_audit_head"
    __table_args__ = (CheckConstraint("batches >= 0 AND dropped >= 0 AND events >= dropped", name="counts"),)

    batches: Mapped[int] = mapped_column(BigInteger)
    events: Mapped[int] = mapped_column(BigInteger)
    """The last number given to an event."""
    header: Mapped[bytes] = mapped_column(LargeBinary(32))
    """The hash of the header of the last batch."""
    frontier: Mapped[bytes] = mapped_column(LargeBinary)
    """What the tree over the batches has to remember to grow."""
    dropped: Mapped[int] = mapped_column(BigInteger)
    """Up to which number events were dropped because their time was over."""
    dropped_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the latest of these was recorded."""

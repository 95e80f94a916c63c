"""The audit log's table, and the count of what it recorded.

An event's header (who, what, when, outcome) stays; its payload, which may hold personal data, can be erased, because
only a salted commitment to it is part of the header. There is no foreign key into this table, so that a sealed prefix
may be dropped one day.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from stronghold_core.db import Base, Id, TenantScoped, UTCDateTime, only_where


class AuditEvent(TenantScoped, Base):
    """One command, or one refusal."""

    __tablename__ = "stronghold_audit_event"
    __table_args__ = (
        CheckConstraint("kind IN ('change', 'access', 'security')", name="kind"),
        CheckConstraint("outcome IN ('done', 'denied')", name="outcome"),
        Index("ix_stronghold_audit_event_object", "tenant_id", "object_id"),
        Index("ix_stronghold_audit_event_at", "tenant_id", "at"),
        Index("ix_stronghold_audit_event_unsealed", "tenant_id", "id", **only_where("seq IS NULL")),
        Index("ux_stronghold_audit_event_seq", "tenant_id", "seq", unique=True, **only_where("seq IS NOT NULL")),
        CheckConstraint("(seq IS NULL) = (leaf IS NULL) AND seq > 0", name="sealed"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    kind: Mapped[str] = mapped_column(String(10))
    actor: Mapped[str] = mapped_column(String(200))
    on_behalf_of: Mapped[str | None] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(60))
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[UUID | None] = mapped_column(Id)
    outcome: Mapped[str] = mapped_column(String(10))
    cause: Mapped[str | None] = mapped_column(String(200))
    request_id: Mapped[str | None] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(SmallInteger)
    commitment: Mapped[bytes] = mapped_column(LargeBinary(32))
    salt: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    payload: Mapped[str | None] = mapped_column(Text)
    seq: Mapped[int | None] = mapped_column(BigInteger)
    """Its number in the sealed log; none until the sealer gives it one."""
    leaf: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """Its hash in the tree of its batch, so that a change of one event can be told from that of another."""


class Revision(TenantScoped, Base):
    """How often units changed something of the tenant that no account's version shows: names, words, categories.

    Units that end at the same time add to different lanes. Together with the versions of accounts it tells whether an
    answer about the tenant still holds.
    """

    __tablename__ = "stronghold_revision"
    __table_args__ = (CheckConstraint("count > 0", name="count"), {"sqlite_with_rowid": False})

    lane: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)

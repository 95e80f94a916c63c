"""The tables of roles that tenants define, of the platform's own people, and of tenants that let these in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from stronghold_core.db import Base, Scope, TenantScoped, UTCDateTime


class CustomRole(TenantScoped, Base):
    """A role of one tenant.

    What it allows and inherits stands in it as JSON lists, as they were written: a role is read whole, together with
    all others of its tenant, and never looked up by what it allows.
    """

    __tablename__ = "stronghold_role"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["stronghold_tenant.tenant_id"]),
        {"sqlite_with_rowid": False},
    )

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    description: Mapped[str | None] = mapped_column(String(200))
    permissions: Mapped[str] = mapped_column(Text)
    inherits: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Staff(Base):
    """Somebody who works for the platform. Global: it says nothing of any tenant."""

    __tablename__ = "stronghold_staff"
    __table_args__ = (CheckConstraint("role IN ('support', 'operator')", name="role"),)
    scope = Scope.GLOBAL

    principal_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    role: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime] = mapped_column(UTCDateTime)


class Admission(TenantScoped, Base):
    """A tenant lets somebody of the platform's in, for some days. Nothing but the tenant says so."""

    __tablename__ = "stronghold_admission"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["stronghold_tenant.tenant_id"]),
        {"sqlite_with_rowid": False},
    )

    principal_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    role: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(200))
    admitted_by: Mapped[str] = mapped_column(String(200))
    since: Mapped[datetime] = mapped_column(UTCDateTime)
    until: Mapped[datetime] = mapped_column(UTCDateTime)

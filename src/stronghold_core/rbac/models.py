"""The table of the roles that tenants define themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from stronghold_core.db import Base, TenantScoped, UTCDateTime


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

"""The table of grants on single accounts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from stronghold_core.db import Base, Id, TenantScoped, UTCDateTime


class AccountGrant(TenantScoped, Base):
    """What a member may do with one account. It goes with the membership."""

    __tablename__ = "stronghold_account_grant"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "account_id"], ["stronghold_account.tenant_id", "stronghold_account.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "principal_id"],
            ["stronghold_membership.tenant_id", "stronghold_membership.principal_id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("level IN ('see', 'annotate', 'post')", name="level"),
        {"sqlite_with_rowid": False},
    )

    principal_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    level: Mapped[str] = mapped_column(String(10))
    since: Mapped[datetime] = mapped_column(UTCDateTime)

"""The table of categories: a tree of heads; the accounts below them, one a currency, hold the money."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from stronghold_core.db import Base, Id, TenantScoped, UTCDateTime, only_where


class Category(TenantScoped, Base):
    """A head under which money comes in or goes out."""

    __tablename__ = "stronghold_category"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["stronghold_tenant.tenant_id"]),
        ForeignKeyConstraint(["tenant_id", "parent_id"], ["stronghold_category.tenant_id", "stronghold_category.id"]),
        CheckConstraint("kind IN ('income', 'expense')", name="kind"),
        CheckConstraint("status IN ('open', 'archived')", name="status"),
        CheckConstraint("parent_id <> id", name="parent"),
        Index(
            "ux_stronghold_category_root_name",
            "tenant_id",
            "kind",
            "name",
            unique=True,
            **only_where("parent_id IS NULL"),
        ),
        Index(
            "ux_stronghold_category_child_name",
            "tenant_id",
            "parent_id",
            "name",
            unique=True,
            **only_where("parent_id IS NOT NULL"),
        ),
        Index("ux_stronghold_category_default", "tenant_id", "kind", unique=True, **only_where("is_default")),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(10))
    parent_id: Mapped[UUID | None] = mapped_column(Id)
    status: Mapped[str] = mapped_column(String(10), default="open")
    is_default: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

"""The table of accounts.

A *chained* account (asset, liability) carries its balance and version, changed only under its lock, and each of its
entries carries them too. A *nominal* one (income, expense, equity) does not: its balance is the sum of its totals, so
that a thousand invoices do not queue for one revenue account.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from stronghold_core.db import Base, Id, TenantScoped, UTCDateTime, only_where


class Account(TenantScoped, Base):
    """One account of one currency."""

    __tablename__ = "stronghold_account"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["stronghold_tenant.tenant_id"]),
        ForeignKeyConstraint(["tenant_id", "category_id"], ["stronghold_category.tenant_id", "stronghold_category.id"]),
        CheckConstraint("type IN ('asset', 'liability', 'equity', 'income', 'expense')", name="type"),
        CheckConstraint("is_chained = (type IN ('asset', 'liability'))", name="chained"),
        CheckConstraint("purpose IN ('own', 'category', 'trading', 'opening')", name="purpose"),
        CheckConstraint("(purpose = 'category') = (category_id IS NOT NULL)", name="category"),
        CheckConstraint("status IN ('open', 'closed')", name="status"),
        CheckConstraint("held_minor >= 0", name="held"),
        CheckConstraint("is_chained OR (balance_minor = 0 AND version = 0)", name="nominal_balance"),
        CheckConstraint("min_balance_minor <= max_balance_minor", name="limits"),
        Index("ux_stronghold_account_name", "tenant_id", "name", unique=True, **only_where("purpose = 'own'")),
        Index(
            "ux_stronghold_account_leaf",
            "tenant_id",
            "category_id",
            "currency",
            unique=True,
            **only_where("category_id IS NOT NULL"),
        ),
        Index(
            "ux_stronghold_account_system",
            "tenant_id",
            "purpose",
            "currency",
            unique=True,
            **only_where("purpose IN ('trading', 'opening')"),
        ),
        Index(
            "ux_stronghold_account_external_reference",
            "tenant_id",
            "external_reference",
            unique=True,
            **only_where("external_reference IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(String(12))
    subtype: Mapped[str] = mapped_column(String(30))
    purpose: Mapped[str] = mapped_column(String(12))
    currency: Mapped[str] = mapped_column(String(12))
    is_chained: Mapped[bool] = mapped_column(Boolean(create_constraint=False))
    category_id: Mapped[UUID | None] = mapped_column(Id)
    external_reference: Mapped[str | None] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(10), default="open")
    balance_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    version: Mapped[int] = mapped_column(BigInteger, default=0)
    held_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    min_balance_minor: Mapped[int | None] = mapped_column(BigInteger)
    max_balance_minor: Mapped[int | None] = mapped_column(BigInteger)
    last_recorded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

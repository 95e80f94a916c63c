"""The tables of tenants and their members."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from stronghold_core.db import Base, Id, Scope, TenantScoped, UTCDateTime


class Tenant(TenantScoped, Base):
    """One customer of the host: its own books, its own members."""

    __tablename__ = "stronghold_tenant"
    __table_args__ = (CheckConstraint("kind IN ('user', 'organization')", name="kind"),)

    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    external_reference: Mapped[str | None] = mapped_column(String(200))
    base_currency: Mapped[str] = mapped_column(String(12))
    time_zone: Mapped[str] = mapped_column(String(64))
    days_ahead: Mapped[int] = mapped_column(SmallInteger)
    settings_version: Mapped[int]
    authz_version: Mapped[int] = mapped_column(BigInteger)
    """Random, and replaced by each change of who may do what, or of what the tenant has: `RoleMemory`."""
    capabilities: Mapped[str] = mapped_column(Text)
    """What was turned on or off, as a JSON object of names and booleans."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Membership(TenantScoped, Base):
    """A principal's place in a tenant. A directory: a principal may look up where they belong."""

    __tablename__ = "stronghold_membership"
    __table_args__ = (Index("ix_stronghold_membership_principal", "principal_id"),)
    scope = Scope.DIRECTORY

    tenant_id: Mapped[UUID] = mapped_column(
        Id, ForeignKey("stronghold_tenant.tenant_id"), primary_key=True, sort_order=-1
    )
    principal_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    role: Mapped[str] = mapped_column(String(40))
    has_grants: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether single accounts were granted to them, so that only their units look for that."""
    since: Mapped[datetime] = mapped_column(UTCDateTime)


class TenantDirectory(TenantScoped, Base):
    """Which tenants there are, without a word about them: how a host's reference leads to a tenant."""

    __tablename__ = "stronghold_tenant_directory"
    __table_args__ = (UniqueConstraint("external_reference"),)
    scope = Scope.DIRECTORY

    external_reference: Mapped[str | None] = mapped_column(String(200))


class RegisteredCurrency(Base):
    """A currency of a host's own, as it was when a tenant or an account first used it.

    What is stored in minor units means nothing without their exponent, so every process on this database must agree
    on it. Global: a code and a number of decimals are nobody's secret.
    """

    __tablename__ = "stronghold_currency"
    scope = Scope.GLOBAL

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    exponent: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[str] = mapped_column(String(200))

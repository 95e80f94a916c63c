"""What callers see of tenants and members."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from stronghold_core.ids import PrincipalId, TenantId


class TenantKind(StrEnum):
    """Whether the books belong to a person or to an organization."""

    USER = "user"
    ORGANIZATION = "organization"


class TenantRecord(BaseModel):
    """A tenant and its settings."""

    model_config = ConfigDict(frozen=True)

    id: TenantId
    kind: TenantKind
    name: str
    external_reference: str | None
    """The host's own key of this customer."""
    base_currency: str
    time_zone: str
    """Decides what "today" is for this tenant."""
    days_ahead: int
    """How many days after today a transaction may be dated, on accounts without limits."""
    settings_version: int
    created_at: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The time zone as an object."""
        return ZoneInfo(self.time_zone)


class MembershipRecord(BaseModel):
    """A principal's place in a tenant."""

    model_config = ConfigDict(frozen=True)

    tenant_id: TenantId
    principal: PrincipalId
    role: str
    since: datetime


class TenantOfPrincipal(BaseModel):
    """A tenant that a principal belongs to, and as what."""

    model_config = ConfigDict(frozen=True)

    tenant: TenantRecord
    role: str

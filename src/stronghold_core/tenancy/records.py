"""What callers see of tenants and members."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from stronghold_core.capabilities import turned_on
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
    switches: Mapping[str, bool]
    """Which capabilities were turned on or off for it; of others, those of this library are on."""
    created_at: datetime

    @property
    def capabilities(self) -> frozenset[str]:
        """What the tenant has: parts of this library, and ``app:…`` of the host's own."""
        return turned_on(self.switches)

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

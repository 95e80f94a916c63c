"""What callers see of the platform's own people and of admissions."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from stronghold_core.ids import PrincipalId
from stronghold_core.rbac.staff.rules import StaffRole


class StaffRecord(BaseModel):
    """Somebody who works for the platform."""

    model_config = ConfigDict(frozen=True)

    principal: PrincipalId
    role: StaffRole
    since: datetime


class AdmissionRecord(BaseModel):
    """Somebody of the platform's whom a tenant has let in."""

    model_config = ConfigDict(frozen=True)

    principal: PrincipalId
    role: str
    """The role of the tenant as which they act there."""
    reason: str
    admitted_by: PrincipalId
    since: datetime
    until: datetime
    """When they are let in no more."""

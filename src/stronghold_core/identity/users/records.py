"""What a caller sees of a user."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from stronghold_core.ids import PrincipalId, UserId


class UserStatus(StrEnum):
    """Whether somebody may sign in."""

    ACTIVE = "active"
    DISABLED = "disabled"


class UserRecord(BaseModel):
    """Somebody who can sign in."""

    model_config = ConfigDict(frozen=True)

    id: UserId
    login_name: str
    principal: PrincipalId
    """What they are called as members of tenants, and in audit logs."""
    status: UserStatus
    created_at: datetime

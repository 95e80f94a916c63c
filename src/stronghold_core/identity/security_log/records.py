"""What a caller sees of what happened to somebody's sign-ins."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from stronghold_core.audit.records import AuditOutcome
from stronghold_core.ids import UserId


class SecurityAction(StrEnum):
    """What happened to somebody's account with us; the value is what is stored."""

    SIGN_IN = "sign_in"
    SECOND_FACTOR_ASKED = "sign_in.second_factor"
    REFRESH_REUSED = "session.refresh_reuse"
    SESSION_ENDED = "session.end"
    ALL_SESSIONS_ENDED = "session.end_all"
    USER_CREATED = "user.create"
    USER_DISABLED = "user.disable"
    USER_ENABLED = "user.enable"
    PASSWORD_CHANGED = "password.change"  # noqa: S105 # nosec B105 - a name of an event
    PASSWORD_SET = "password.set"  # noqa: S105 # nosec B105 - the same
    SECOND_FACTOR_BEGUN = "second_factor.begin"
    SECOND_FACTOR_CONFIRMED = "second_factor.confirm"
    SECOND_FACTOR_REMOVED = "second_factor.remove"
    RECOVERY_CODES_RENEWED = "second_factor.renew_recovery_codes"


class SecurityEventRecord(BaseModel):
    """One thing that happened, or was refused."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    user_id: UserId | None
    """Whom it was about; none if somebody tried a name that nobody has."""
    at: datetime
    action: SecurityAction
    outcome: AuditOutcome
    request_id: str | None
    payload: dict[str, Any] | None
    """Where it came from, and why it was refused; none once it was erased."""

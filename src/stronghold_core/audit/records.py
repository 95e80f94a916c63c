"""What a caller sees of the audit log."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from stronghold_core.ids import AuditId, PrincipalId, TenantId


class AuditKind(StrEnum):
    """What sort of thing happened."""

    CHANGE = "change"
    ACCESS = "access"
    SECURITY = "security"


class AuditOutcome(StrEnum):
    """Whether it was done."""

    DONE = "done"
    DENIED = "denied"


class AuditEventRecord(BaseModel):
    """One command, or one refusal, as it was recorded."""

    model_config = ConfigDict(frozen=True)

    tenant_id: TenantId
    id: AuditId
    at: datetime
    kind: AuditKind
    actor: PrincipalId
    on_behalf_of: PrincipalId | None
    action: str
    object_type: str
    object_id: UUID | None
    outcome: AuditOutcome
    cause: str | None
    request_id: str | None
    payload: dict[str, Any] | None
    """What was done, in figures and words; none once it was erased."""
    seq: int | None
    """Its number in the sealed log; none until it is sealed."""

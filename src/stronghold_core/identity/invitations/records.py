"""What a caller sees of invitations."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from stronghold_core.ids import InvitationId, PrincipalId


class InvitationRecord(BaseModel):
    """A tenant asks somebody in."""

    model_config = ConfigDict(frozen=True)

    id: InvitationId
    role: str
    note: str | None
    """Whom it is for, or what for, in the words of who invited them."""
    invited_by: PrincipalId
    invited_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    accepted_by: PrincipalId | None


class NewInvitation(BaseModel):
    """An invitation that was just made."""

    model_config = ConfigDict(frozen=True)

    invitation: InvitationRecord
    token: str = Field(repr=False)
    """What the invited person brings; shown this once, since only a hash of it is kept."""

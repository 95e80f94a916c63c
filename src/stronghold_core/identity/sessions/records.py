"""What a caller sees of sessions."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from stronghold_core.identity.users.records import UserRecord
from stronghold_core.ids import SessionId, UserId


class SessionRecord(BaseModel):
    """A browser or device that somebody has signed in with."""

    model_config = ConfigDict(frozen=True)

    id: SessionId
    user_id: UserId
    started_at: datetime
    used_at: datetime
    """When it was last refreshed."""
    expires_at: datetime
    user_agent: str | None


class SignedIn(BaseModel):
    """Somebody has signed in, or gone on with a session."""

    model_config = ConfigDict(frozen=True)

    user: UserRecord
    session: SessionRecord
    refresh_token: str = Field(repr=False)
    """What the session goes on with, once; for the browser to keep out of the reach of scripts."""

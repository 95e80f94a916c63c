"""What a token says, once it was found to be good."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Bearer(BaseModel):
    """Whom a token proves, and in which tenant."""

    model_config = ConfigDict(frozen=True)

    principal: str
    tenant_id: UUID
    scopes: tuple[str, ...] | None = None
    """What it is good for at most: permissions, and patterns such as ``account:*``. None bounds nothing."""


class AccessClaims(Bearer):
    """What an access token of our own says."""

    token_id: str
    """Its ``jti``: no other token has it."""
    session_id: str | None
    """Its ``sid``: the session that it was issued in, if it was in one."""
    issued_at: datetime
    expires_at: datetime


class IssuedToken(BaseModel):
    """A fresh access token."""

    model_config = ConfigDict(frozen=True)

    token: str = Field(repr=False)
    """Whoever has it is its bearer."""
    token_id: str
    expires_at: datetime
    expires_in_seconds: int

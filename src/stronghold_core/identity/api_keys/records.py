"""What a caller sees of API keys."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from stronghold_core.ids import ApiKeyId, PrincipalId, TenantId


class ApiKeyRecord(BaseModel):
    """A key by which a program acts for a member."""

    model_config = ConfigDict(frozen=True)

    id: ApiKeyId
    principal: PrincipalId
    """For whom: the key may do what they may, within its scopes."""
    name: str
    scopes: tuple[str, ...]
    """Permissions, and patterns such as ``*:read``."""
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class NewApiKey(BaseModel):
    """A key that was just made."""

    model_config = ConfigDict(frozen=True)

    key: ApiKeyRecord
    text: str = Field(repr=False)
    """What the program sends; shown this once, since only a hash of it is kept."""


class ApiKeyHolder(BaseModel):
    """Whom a key acts for: what `stronghold.books` has to be told."""

    model_config = ConfigDict(frozen=True)

    key_id: ApiKeyId
    tenant_id: TenantId
    principal: PrincipalId
    scopes: tuple[str, ...]

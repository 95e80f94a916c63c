"""What callers see of roles, and of why somebody may do something."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from stronghold_core.ids import PrincipalId
from stronghold_core.permissions import Permission


class RoleRecord(BaseModel):
    """A role of a tenant, built-in or its own."""

    model_config = ConfigDict(frozen=True)

    name: str
    description: str | None
    is_built_in: bool
    permissions: tuple[str, ...]
    """As they are written: permissions, and patterns such as ``account:*``."""
    inherits: tuple[str, ...]
    allows: tuple[Permission, ...]
    """Everything it allows, with all that it inherits, in the order of the catalogue."""
    changed_at: datetime | None
    """None for a built-in role, which never changes."""


class Explanation(BaseModel):
    """Why a principal may do something in this tenant, or what is missing. As text it is a sentence."""

    model_config = ConfigDict(frozen=True)

    principal: PrincipalId
    permission: Permission
    is_allowed: bool
    role: str | None
    """The role that the principal holds, or is admitted as; none if they are neither a member nor let in."""
    path: tuple[str, ...]
    """The roles from that one to the one that allows it; empty if none does."""
    pattern: str | None
    """What the last of them says, such as ``account:*``."""
    reason: str
    """In a sentence, for people."""

    def __str__(self) -> str:
        return self.reason

"""Roles, what they allow, and who holds them."""

from __future__ import annotations

from stronghold_core.rbac.explaining import explain
from stronghold_core.rbac.governance import governing
from stronghold_core.rbac.members import Members
from stronghold_core.rbac.memory import RoleMemory
from stronghold_core.rbac.queries import mistake_in_roles
from stronghold_core.rbac.records import Explanation, RoleRecord
from stronghold_core.rbac.rights import Rights
from stronghold_core.rbac.rules import BUILT_IN_ROLES, Role
from stronghold_core.rbac.service import Roles

__all__ = [
    "BUILT_IN_ROLES",
    "Explanation",
    "Members",
    "Rights",
    "Role",
    "RoleMemory",
    "RoleRecord",
    "Roles",
    "explain",
    "governing",
    "mistake_in_roles",
]

"""Roles, and what they allow."""

from __future__ import annotations

from stronghold_core.rbac.rules import BUILT_IN_ROLES, BuiltInAuthoriser, Role

__all__ = ["BUILT_IN_ROLES", "BuiltInAuthoriser", "Role"]

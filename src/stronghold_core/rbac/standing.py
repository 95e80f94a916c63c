"""What somebody holds in a tenant now."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stronghold_core.permissions import Permission
from stronghold_core.tenancy import find_role

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from stronghold_core.context import Context
    from stronghold_core.rbac.rules import RoleBook


class Standing(NamedTuple):
    """Somebody's role, and what they may do by it, whatever the tenant is without."""

    role: str | None
    """None if they are no member."""
    allowed: frozenset[Permission]


def find_standing(connection: Connection, context: Context, book: RoleBook) -> Standing:
    """Read what whoever acts in *context* holds now: by their role, within the bounds that they act in."""
    role = find_role(connection, context.tenant_id, context.principal)
    allowed = frozenset[Permission]() if role is None else book.allowed_by(role)
    behalf = context.origin.on_behalf_of
    if behalf is not None:
        their_role = find_role(connection, context.tenant_id, behalf)
        allowed &= frozenset[Permission]() if their_role is None else book.allowed_by(their_role)
    return Standing(role, allowed if context.scopes is None else allowed & context.scopes)

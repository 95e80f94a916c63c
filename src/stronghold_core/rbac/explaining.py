"""Saying why somebody may do something, or what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stronghold_core.capabilities import NEEDED_FOR
from stronghold_core.permissions import Permission, parse_permission
from stronghold_core.rbac.queries import read_roles
from stronghold_core.rbac.records import Explanation
from stronghold_core.rbac.staff.queries import find_admission
from stronghold_core.rbac.staff.rules import NEVER
from stronghold_core.tenancy import find_role, read_tenant

if TYPE_CHECKING:
    from stronghold_core.db import Unit
    from stronghold_core.ids import PrincipalId
    from stronghold_core.rbac.rules import Grounds, RoleBook


def explain(unit: Unit, principal: PrincipalId, name: str) -> Explanation:
    """Say whether *principal* may do what *name* stands for in the unit's tenant, and by which roles.

    Raises:
        UnknownPermissionError: If there is no such permission.
    """
    permission = parse_permission(name)
    book = read_roles(unit.connection, unit.tenant_id).book
    member_role = find_role(unit.connection, unit.tenant_id, principal)
    admission = None if member_role else find_admission(unit.connection, unit.tenant_id, principal, at=unit.clock.now())
    role = member_role if admission is None else admission.role
    grounds = None if role is None else book.grounds(role, permission)
    obstacle = _obstacle(unit, principal, permission, book, is_guest=admission is not None)
    if role is None:
        reason = f"{principal} is no member of this tenant, so they may do nothing here."
    elif grounds is None:
        reason = _missing(principal, permission, role, book)
    elif obstacle is not None:
        reason = obstacle
    else:
        reason = f"{principal} may do {permission}: {_said(grounds)}."
    return Explanation(
        principal=principal,
        permission=permission,
        is_allowed=grounds is not None and obstacle is None,
        role=role,
        path=() if grounds is None else grounds.path,
        pattern=None if grounds is None else grounds.pattern,
        reason=reason,
    )


def _obstacle(
    unit: Unit, principal: PrincipalId, permission: Permission, book: RoleBook, *, is_guest: bool
) -> str | None:
    """Say what stands in the way although a role allows it."""
    context = unit.context
    needed = NEEDED_FOR.get(permission)
    # As the tenant has them: whoever asks from a desk of the platform's is in no unit of a member's.
    if needed is not None and needed not in read_tenant(unit.connection, unit.tenant_id).capabilities:
        return f"Nobody may do {permission} here: the tenant has no {needed}, which it needs."
    if is_guest and permission in NEVER:
        return f"{principal} may not do {permission}: nobody does who is admitted, whatever their role."
    if principal != context.principal:
        return None
    if context.scopes is not None and permission not in context.scopes:
        return f"{principal} may not do {permission} by this key or token: its scopes do not name it."
    behalf = context.origin.on_behalf_of
    if behalf is not None and not _holds(unit, behalf, permission, book):
        return f"{principal} may not do {permission} on behalf of {behalf}, who may not do it themselves."
    return None


def _holds(unit: Unit, member: PrincipalId, permission: Permission, book: RoleBook) -> bool:
    role = find_role(unit.connection, unit.tenant_id, member)
    return role is not None and permission in book.allowed_by(role)


def _missing(principal: PrincipalId, permission: Permission, role: str, book: RoleBook) -> str:
    others = ", ".join(name for name in book.names if permission in book.allowed_by(name))
    return f"{principal} may not do {permission}: the role {role} does not allow it; of the roles here, {others} do."


def _said(grounds: Grounds) -> str:
    held, *inherited = grounds.path
    way = "".join(f", which inherits {role}" for role in inherited)
    return f"they hold {held}{way}, which allows {grounds.pattern}"

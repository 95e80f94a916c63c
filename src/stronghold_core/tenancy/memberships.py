"""Who belongs to a tenant, as rows: read and written here alone. Who may change them, `rbac` decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from stronghold_core.db import table_of
from stronghold_core.ids import PrincipalId, new_version
from stronghold_core.tenancy.models import Membership, Tenant

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from stronghold_core.db import Unit
    from stronghold_core.ids import TenantId

_membership = table_of(Membership)


def lock_memberships(unit: Unit) -> None:
    """Let changes of who may do what in a tenant happen one after another, and every process see that there was one."""
    unit.session.execute(select(Tenant.tenant_id).with_for_update(key_share=True))
    unit.session.execute(update(Tenant).values(authz_version=new_version()))


def add_membership(unit: Unit, principal: PrincipalId, role: str) -> None:
    """Make somebody a member, who is none."""
    row = Membership(tenant_id=unit.tenant_id, principal_id=principal, role=role, since=unit.clock.now())
    unit.session.add(row)


def change_membership(
    unit: Unit, principal: PrincipalId, *, role: str | None = None, has_grants: bool | None = None
) -> None:
    """Change a member's role, or whether single accounts are granted to them; what is not given stays."""
    given = {"role": role, "has_grants": has_grants}
    changes = {name: value for name, value in given.items() if value is not None}
    unit.session.execute(update(Membership).where(Membership.principal_id == principal).values(**changes))


def end_membership(unit: Unit, principal: PrincipalId) -> None:
    """Let somebody be a member no more. What was granted to them goes with it."""
    unit.session.execute(delete(Membership).where(Membership.principal_id == principal))


def holders_of(unit: Unit, role: str) -> list[PrincipalId]:
    """Return the members that hold *role*, by name."""
    query = select(Membership.principal_id).where(Membership.role == role).order_by(Membership.principal_id)
    return [PrincipalId(name) for name in unit.session.scalars(query)]


def count_holders(unit: Unit, role: str) -> int:
    """Return how many members hold *role*."""
    return unit.session.scalars(select(func.count()).select_from(Membership).where(Membership.role == role)).one()


def roles_held(connection: Connection, tenant_id: TenantId) -> set[str]:
    """Return the roles that somebody holds in a tenant that the connection is bound to."""
    query = select(_membership.c.role).where(_membership.c.tenant_id == tenant_id).distinct()
    return set(connection.execute(query).scalars())


def marked_with_grants(connection: Connection, tenant_id: TenantId) -> set[PrincipalId]:
    """Return the members whose units look for grants, in a tenant that the connection is bound to."""
    query = select(_membership.c.principal_id).where(_membership.c.tenant_id == tenant_id, _membership.c.has_grants)
    return {PrincipalId(name) for name in connection.execute(query).scalars()}

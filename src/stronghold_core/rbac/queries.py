"""Reading roles, and what somebody holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple, cast

from sqlalchemy import bindparam, select

from stronghold_core.db import FixedStatement, table_of
from stronghold_core.errors import RoleCycleError
from stronghold_core.permissions import Permission
from stronghold_core.rbac.models import Admission, CustomRole
from stronghold_core.rbac.records import RoleRecord
from stronghold_core.rbac.rules import BUILT_IN_ROLES, Role, RoleBook, RoleDefinition
from stronghold_core.tenancy import roles_held

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from stronghold_core.ids import TenantId

_role, _admission = table_of(CustomRole), table_of(Admission)
_ROLES = FixedStatement(select(_role).where(_role.c.tenant_id == bindparam("tenant_id")).order_by(_role.c.name))


class StoredRole(NamedTuple):
    """A role of a tenant's own, and what is kept beside its definition."""

    definition: RoleDefinition
    description: str | None
    changed_at: datetime


class StoredRoles:
    """All roles of one tenant, as they are stored now."""

    def __init__(self, roles: Iterable[StoredRole]) -> None:
        self._stored = {role.definition.name: role for role in roles}
        self.book = RoleBook(role.definition for role in self._stored.values())

    def records(self) -> list[RoleRecord]:
        """List all roles, the built-in ones first."""
        return [self.record(name) for name in self.book.names]

    def record(self, name: str) -> RoleRecord:
        """Return one role, which there is."""
        allowed = self.book.allowed_by(name)
        allows = tuple(permission for permission in Permission if permission in allowed)
        stored = self._stored.get(name)
        if stored is None:
            says = BUILT_IN_ROLES[Role(name)]
            written = tuple(str(permission) for permission in Permission if permission in says)
            return RoleRecord(
                name=name,
                description=None,
                is_built_in=True,
                permissions=written,
                inherits=(),
                allows=allows,
                changed_at=None,
            )
        return RoleRecord(
            name=name,
            description=stored.description,
            is_built_in=False,
            permissions=stored.definition.permissions,
            inherits=stored.definition.inherits,
            allows=allows,
            changed_at=stored.changed_at,
        )

    def __len__(self) -> int:
        return len(self._stored)


def read_roles(connection: Connection, tenant_id: TenantId) -> StoredRoles:
    """Read all roles of a tenant that the connection is bound to, in one statement."""
    return StoredRoles(
        StoredRole(
            RoleDefinition(name=row.name, permissions=_names(row.permissions), inherits=_names(row.inherits)),
            row.description,
            row.changed_at,
        )
        for row in _ROLES.rows(connection, {"tenant_id": tenant_id})
    )


def mistake_in_roles(connection: Connection, tenant_id: TenantId) -> str | None:
    """Say what no verb would have stored: no owner, a role that nobody defined, one that inherits itself; else none.

    For rows that came from elsewhere: the database knows no roles by name.
    """
    book = read_roles(connection, tenant_id).book
    named = {parent for name in book.names if (own := book.own(name)) for parent in own.inherits}
    admitted = connection.execute(select(_admission.c.role).where(_admission.c.tenant_id == tenant_id)).scalars()
    held = roles_held(connection, tenant_id)
    if Role.OWNER not in held:
        return "nobody is its owner"
    if unknown := sorted((named | held | {*admitted}) - {*book.names}):
        return f"there is no role {unknown[0]}"
    try:
        for name in book.names:
            book.check_acyclic(name)
    except RoleCycleError as error:
        return f"the role {error.role} inherits itself"
    return None


def written(names: Iterable[str]) -> str:
    """Return *names* as they are stored."""
    return json.dumps(list(names))


def _names(stored: str) -> tuple[str, ...]:
    return tuple(cast("list[str]", json.loads(stored)))

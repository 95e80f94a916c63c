"""The verbs on roles: `books.roles`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from stronghold_core.audit import record_event
from stronghold_core.errors import (
    BuiltInRoleError,
    DuplicateRoleError,
    InvalidInputError,
    NotFoundError,
    RoleInUseError,
)
from stronghold_core.forms import UNCHANGED, Unchanged
from stronghold_core.ids import parse_principal
from stronghold_core.permissions import Permission, checked_patterns
from stronghold_core.rbac.explaining import explain
from stronghold_core.rbac.governance import Governor, governing
from stronghold_core.rbac.models import Admission, CustomRole
from stronghold_core.rbac.queries import read_roles, written
from stronghold_core.rbac.rules import (
    MAX_DESCRIPTION_LENGTH,
    MAX_ROLES,
    RoleDefinition,
    checked_inherited,
    checked_role_name,
)
from stronghold_core.tenancy import holders_of
from stronghold_core.text import in_short, optional_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stronghold_core.db import Unit
    from stronghold_core.rbac.records import Explanation, RoleRecord

_HOLDERS_TOLD = 5


class Roles:
    """What members may be, and what each role allows: `books.roles`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def list(self) -> list[RoleRecord]:
        """List all roles: first the built-in ones, then the tenant's own by name."""
        with self._unit.reading(Permission.ROLE_READ):
            return read_roles(self._unit.connection, self._unit.tenant_id).records()

    def get(self, name: str) -> RoleRecord:
        """Return one role, built-in or the tenant's own.

        Raises:
            NotFoundError: If there is none of that name.
        """
        with self._unit.reading(Permission.ROLE_READ):
            return self._get(name)

    def create(
        self,
        name: str,
        *,
        permissions: Iterable[str] = (),
        inherits: Iterable[str] = (),
        description: str | None = None,
    ) -> RoleRecord:
        """Define a role of the tenant's own.

        Args:
            name: Up to 40 lower-case letters, digits, ``-`` and ``_``, a letter first.
            permissions: What it allows; ``account:*``, ``*:read`` and ``*:*`` stand for several, also for those that a
                later version of the library adds.
            inherits: Other roles, all of whose permissions it has, too.
            description: What it is meant for.

        Raises:
            DuplicateRoleError: If the tenant has a role of that name.
            BuiltInRoleError: If a built-in role has it.
            UnknownPermissionError: If a permission does not exist.
            InvalidInputError: If a role to inherit does not exist, or a field can't be so.
            RoleCycleError: If the role would inherit itself.
            EscalationError: If the role would allow more than the caller holds.
        """
        with governing(self._unit, Permission.ROLE_WRITE, "role.create", role=name) as governor:
            definition = RoleDefinition(
                name=checked_role_name(name),
                permissions=checked_patterns(permissions),
                inherits=checked_inherited(inherits),
            )
            if governor.roles.book.own(definition.name) is not None:
                raise DuplicateRoleError(role=definition.name)
            if len(governor.roles) >= MAX_ROLES:
                raise InvalidInputError(field="name", reason=f"a tenant has at most {MAX_ROLES} roles of its own.")
            _check_definable(governor, definition)
            now = self._unit.clock.now()
            row = CustomRole(
                tenant_id=self._unit.tenant_id,
                name=definition.name,
                description=_description(description),
                permissions=written(definition.permissions),
                inherits=written(definition.inherits),
                created_at=now,
                changed_at=now,
            )
            self._unit.session.add(row)
            self._record("role.create", definition.name, {"after": _payload(definition)})
        return self._get(definition.name)

    def update(
        self,
        name: str,
        *,
        permissions: Iterable[str] | Unchanged = UNCHANGED,
        inherits: Iterable[str] | Unchanged = UNCHANGED,
        description: str | Unchanged | None = UNCHANGED,
    ) -> RoleRecord:
        """Define a role of the tenant's own anew; what is not given stays. It holds from everybody's next unit.

        Raises:
            NotFoundError: If there is none of that name.
            BuiltInRoleError: If it is built-in.
            OwnRoleError: If the caller holds it, or a role that inherits it.
            UnknownPermissionError, InvalidInputError, RoleCycleError: As `create`.
            EscalationError: If it, or a role that inherits it, allows or would allow more than the caller holds.
        """
        with governing(self._unit, Permission.ROLE_WRITE, "role.update", role=name) as governor:
            before = _changeable(governor, name)
            after = RoleDefinition(
                name=before.name,
                permissions=before.permissions if permissions is UNCHANGED else checked_patterns(permissions),
                inherits=before.inherits if inherits is UNCHANGED else checked_inherited(inherits),
            )
            _check_definable(governor, after)
            row = self._row(name)
            row.permissions, row.inherits = written(after.permissions), written(after.inherits)
            if description is not UNCHANGED:
                row.description = _description(description)
            row.changed_at = self._unit.clock.now()
            self._record("role.update", name, {"before": _payload(before), "after": _payload(after)})
        return self._get(name)

    def remove(self, name: str) -> None:
        """Remove a role of the tenant's own that nobody holds and no other role inherits.

        Raises:
            NotFoundError: If there is none of that name.
            BuiltInRoleError: If it is built-in.
            RoleInUseError: If somebody holds it, or a role inherits it; it names some of them.
            EscalationError: If it allows more than the caller holds.
        """
        with governing(self._unit, Permission.ROLE_WRITE, "role.remove", role=name) as governor:
            before = _changeable(governor, name)
            users = [*governor.roles.book.heirs(name), *self._holders(name)]
            if users:
                more = "" if len(users) <= _HOLDERS_TOLD else f" and {len(users) - _HOLDERS_TOLD} more"
                raise RoleInUseError(role=name, users=", ".join(users[:_HOLDERS_TOLD]) + more)
            self._unit.session.delete(self._row(name))
            self._record("role.remove", name, {"before": _payload(before)})

    def explain(self, principal: str, permission: str) -> Explanation:
        """Say which role lets *principal* do something, or what they lack. Anybody may ask about themselves.

        Args:
            principal: Whom it is about.
            permission: What they would do: ``transaction:post``.

        Raises:
            UnknownPermissionError: If there is no such permission.
        """
        member = parse_principal(principal)
        needed = None if member == self._unit.context.principal else Permission.MEMBER_READ
        with self._unit.reading(needed):
            return explain(self._unit, member, permission)

    def _get(self, name: str) -> RoleRecord:
        roles = read_roles(self._unit.connection, self._unit.tenant_id)
        if name not in roles.book.names:
            raise NotFoundError(kind="role", key=in_short(name))
        return roles.record(name)

    def _row(self, name: str) -> CustomRole:
        return self._unit.session.scalars(select(CustomRole).where(CustomRole.name == name)).one()

    def _holders(self, name: str) -> Sequence[str]:
        admitted = select(Admission.principal_id).where(Admission.role == name)
        return sorted({*holders_of(self._unit, name), *self._unit.session.scalars(admitted)})

    def _record(self, action: str, name: str, payload: dict[str, Any]) -> None:
        record_event(self._unit, action, object_type="role", object_id=None, payload={"role": name, **payload})


def _changeable(governor: Governor, name: str) -> RoleDefinition:
    """Return a role as it is written down, if whoever acts may change it."""
    if name not in governor.roles.book.names:
        raise NotFoundError(kind="role", key=in_short(name))
    definition = governor.roles.book.own(name)
    if definition is None:
        raise BuiltInRoleError(role=name)
    governor.check_not_own(name)
    governor.check_may_hand_role(name)
    return definition


def _check_definable(governor: Governor, definition: RoleDefinition) -> None:
    """Pass if a role may be defined so, for itself and for all that inherit it, before and after."""
    book = governor.roles.book
    for parent in definition.inherits:
        if parent != definition.name:
            book.check_known(parent)
    changed = book.with_role(definition)
    changed.check_acyclic(definition.name)
    governor.check_may_hand(changed.allowed_by(definition.name))
    for heir in changed.heirs(definition.name):
        governor.check_may_hand(book.allowed_by(heir) | changed.allowed_by(heir))


def _description(text: str | None) -> str | None:
    return optional_text(text, field="description", max_length=MAX_DESCRIPTION_LENGTH)


def _payload(definition: RoleDefinition) -> dict[str, Any]:
    return {"permissions": definition.permissions, "inherits": definition.inherits}

"""Changing who may do what: one change after another, judged by what whoever acts holds at that moment.

Nobody gives or takes what they do not hold themselves, which is the rule of Kubernetes' RBAC: so no sequence of changes
raises what all members together may do beyond what its authors held. For that to hold while several act at once,
changes of one tenant queue on its row, and under that lock the author's own permissions are read anew. Else two owners
could demote each other and leave none, or somebody could hand on what has just been taken from them.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from stronghold_core.errors import (
    ConflictError,
    EscalationError,
    LastOwnerError,
    NotFoundError,
    OwnRoleError,
    PermissionDeniedError,
    RuleError,
)
from stronghold_core.permissions import Permission
from stronghold_core.rbac.queries import read_roles
from stronghold_core.rbac.rules import Role
from stronghold_core.rbac.standing import find_standing
from stronghold_core.tenancy import count_holders, lock_memberships
from stronghold_core.text import in_short

if TYPE_CHECKING:
    from collections.abc import Generator

    from stronghold_core.db import Unit
    from stronghold_core.ids import PrincipalId

_MOST_TOLD = 100


@contextmanager
def governing(unit: Unit, permission: Permission, action: str, **subject: object) -> Generator[Governor]:
    """Run a verb that changes who may do what; each refusal is recorded, also if the unit is rolled back.

    Args:
        unit: The unit of work.
        permission: What the verb needs.
        action: What it is called in the audit log.
        subject: What it is about, as the caller gave it.

    Raises:
        PermissionDeniedError: If the principal lacks *permission*, or lost it while the unit was running.
    """
    try:
        with unit.verb(permission):
            lock_memberships(unit)
            governor = Governor(unit)
            governor.check_holds(permission)
            yield governor
    except (RuleError, ConflictError, NotFoundError) as refusal:
        told = {name: _told(value) for name, value in subject.items()}
        unit.note_refusal(action, object_type=action.partition(".")[0], payload={"code": refusal.code, **told})
        raise


class Governor:
    """Whoever changes who may do what, with the roles of the tenant and what they hold, under the lock."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self.roles = read_roles(unit.connection, unit.tenant_id)
        self._standing = find_standing(unit.connection, unit.context, self.roles.book)

    def check_holds(self, permission: Permission) -> None:
        """Pass if the principal holds *permission* still."""
        if permission not in self._standing.allowed:
            self._deny(PermissionDeniedError(principal=self._unit.context.principal, permission=permission))

    def check_may_hand(self, allowed: frozenset[Permission]) -> None:
        """Pass if the principal holds all of *allowed* themselves, and so may give or take it.

        Raises:
            EscalationError: If not; it names what they lack.
        """
        missing = sorted(allowed - self._standing.allowed)
        if missing:
            principal = self._unit.context.principal
            self._deny(EscalationError(principal=principal, permission=missing[0], missing=tuple(missing)))

    def check_may_hand_role(self, role: str) -> None:
        """Pass if the principal may make somebody, or have somebody be no more, a holder of *role*.

        Raises:
            InvalidInputError: If there is no such role.
            EscalationError: If it allows more than they hold.
        """
        self.check_may_hand(self.roles.book.allowed_by(role))

    def check_not_own(self, role: str) -> None:
        """Pass if *role* is neither the principal's own nor one that theirs inherits.

        Raises:
            OwnRoleError: If it is: whoever wrote it should not be who lives under it.
        """
        own = self._standing.role
        if own is not None and (own == role or own in self.roles.book.heirs(role)):
            principal = self._unit.context.principal
            self._deny(OwnRoleError(principal=principal, permission=Permission.ROLE_WRITE, role=role))

    def check_not_last_owner(self, member: PrincipalId) -> None:
        """Pass if the tenant has another owner than *member*.

        Raises:
            LastOwnerError: If not.
        """
        if count_holders(self._unit, Role.OWNER) == 1:
            raise LastOwnerError(principal=member)

    def _deny(self, denial: PermissionDeniedError) -> None:
        self._unit.note_denial(denial)
        raise denial


def _told(value: object) -> str:
    """Return what a caller gave, whatever it is, as text that can be stored."""
    return in_short(value, _MOST_TOLD).encode("ascii", "backslashreplace").decode()

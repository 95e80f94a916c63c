"""Who may do what, found out as naively as can be: by recursion over texts, with nothing compiled or remembered.

Only what the built-in roles say is the library's; how patterns, inheritance, bounds and capabilities work together, and
who may change what, is written here a second time.
"""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from stronghold_core import Origin, Permission, Role
from stronghold_core.ids import PrincipalId
from stronghold_core.rbac import BUILT_IN_ROLES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from uuid import UUID

    from tests.support.dump import Dump

CATALOGUE: Final = tuple(map(str, Permission))
NEEDS: Final = {
    "statement:import": "bank_statements",
    "dashboard:read": "dashboards",
    "role:write": "custom_roles",
    "audit:read": "audit_log",
}
LAST: Final = "owner"


@dataclass(frozen=True)
class Written:
    """A role as it is written down."""

    says: tuple[str, ...] = ()
    inherits: tuple[str, ...] = ()


BUILT_IN: Final = {str(role): Written(tuple(map(str, BUILT_IN_ROLES[role]))) for role in Role}


@dataclass(frozen=True)
class Asker:
    """Whoever acts, and the bounds that they act in."""

    principal: str
    behalf: str | None = None
    scopes: tuple[str, ...] | None = None

    @property
    def origin(self) -> Origin:
        """What a unit of work is told of it."""
        return Origin(on_behalf_of=None if self.behalf is None else PrincipalId(self.behalf))


@dataclass
class NaiveRights:
    """The roles and members of one tenant. A verb returns whether it may be done, and does it then."""

    own: dict[str, Written] = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)
    off: Collection[str] = ()

    @classmethod
    def stored(cls, dump: Dump, tenant: UUID) -> NaiveRights:
        """Read what is stored for *tenant*."""
        return cls(
            own={
                row["name"]: Written(tuple(json.loads(row["permissions"])), tuple(json.loads(row["inherits"])))
                for row in dump["stronghold_role"]
                if row["tenant_id"] == tenant
            },
            members={
                row["principal_id"]: row["role"] for row in dump["stronghold_membership"] if row["tenant_id"] == tenant
            },
        )

    # ------------------------------------------------------------------ who may what

    @property
    def roles(self) -> Mapping[str, Written]:
        """All roles that there are."""
        return BUILT_IN | self.own

    def allows(self, role: str, permission: str) -> bool:
        """Tell whether *role* allows *permission*; whoever inherits in a circle never hears an answer."""
        written = self.roles[role]
        return any(names(pattern, permission) for pattern in written.says) or any(
            self.allows(parent, permission) for parent in written.inherits
        )

    def allowed_by(self, role: str) -> set[str]:
        """List what *role* allows."""
        return {permission for permission in CATALOGUE if self.allows(role, permission)}

    def holds(self, asker: Asker, permission: str) -> bool:
        """Tell whether *asker* holds *permission*, whatever the tenant is without."""
        parties = [asker.principal, *([asker.behalf] if asker.behalf else [])]
        return all(party in self.members and self.allows(self.members[party], permission) for party in parties) and (
            asker.scopes is None or any(names(scope, permission) for scope in asker.scopes)
        )

    def may(self, asker: Asker, permission: str) -> bool:
        """Tell whether *asker* may do *permission*."""
        return self.holds(asker, permission) and NEEDS.get(permission) not in self.off

    def rights(self, asker: Asker) -> set[str]:
        """List what *asker* may do."""
        return {permission for permission in CATALOGUE if self.may(asker, permission)}

    def mistakes(self) -> list[str]:
        """Name what no verb may have stored: roles that there are not, and circles."""
        unknown = {role for role in [*self.members.values(), *self._parents()] if role not in self.roles}
        circles = {role for role in self.own if not unknown and role in self._above(role, len(self.own))}
        return [*sorted(unknown), *sorted(circles)]

    # ------------------------------------------------------------------ who may change what

    def add(self, asker: Asker, member: str, role: str) -> bool:
        """Make somebody a member."""
        if not self._may_hand(asker, "member:write", role) or member in self.members:
            return False
        self.members[member] = role
        return True

    def change_role(self, asker: Asker, member: str, role: str) -> bool:
        """Give a member another role."""
        before = self.members.get(member)
        if before is None or not self._may_hand(asker, "member:write", before, role):
            return False
        if role != LAST and self._is_last(member):
            return False
        self.members[member] = role
        return True

    def remove(self, asker: Asker, member: str) -> bool:
        """End a membership."""
        before = self.members.get(member)
        if before is None or not self._may_hand(asker, "member:write", before) or self._is_last(member):
            return False
        del self.members[member]
        return True

    def create(self, asker: Asker, name: str, written: Written) -> bool:
        """Define a role."""
        if name in self.roles or not self._may_define(asker, name, written):
            return False
        self.own[name] = written
        return True

    def update(self, asker: Asker, name: str, written: Written) -> bool:
        """Define a role anew."""
        if not self._may_change(asker, name) or not self._may_define(asker, name, written):
            return False
        self.own[name] = written
        return True

    def drop(self, asker: Asker, name: str) -> bool:
        """Remove a role."""
        if not self._may_change(asker, name) or name in self._parents() or name in self.members.values():
            return False
        del self.own[name]
        return True

    def copy(self) -> NaiveRights:
        """Return another one of the same content."""
        return deepcopy(self)

    def _may_hand(self, asker: Asker, needed: str, *roles: str) -> bool:
        return self.may(asker, needed) and all(
            role in self.roles and all(self.holds(asker, permission) for permission in self.allowed_by(role))
            for role in roles
        )

    def _may_change(self, asker: Asker, name: str) -> bool:
        if name not in self.own or not self._may_hand(asker, "role:write", name):
            return False
        lives_under = self.members[asker.principal]
        return name != lives_under and name not in self._above(lives_under, len(self.own))

    def _may_define(self, asker: Asker, name: str, written: Written) -> bool:
        if not all(any(names(pattern, one) for one in CATALOGUE) for pattern in written.says):
            return False
        after = replace(self, own=self.own | {name: written})
        if not {*written.inherits} <= {*after.roles} or name in after._above(name, len(after.own)):
            return False
        heirs = [heir for heir in after.own if name in after._above(heir, len(after.own))]
        return after._may_hand(asker, "role:write", name, *heirs) and self._may_hand(
            asker, "role:write", *(heir for heir in heirs if heir in self.own)
        )

    def _is_last(self, member: str) -> bool:
        return [one for one, role in self.members.items() if role == LAST] == [member]

    def _parents(self) -> set[str]:
        return {parent for written in self.own.values() for parent in written.inherits}

    def _above(self, role: str, steps: int) -> set[str]:
        """List what *role* inherits within so many steps; as many as there are roles see every circle."""
        parents = self.roles[role].inherits
        return {*parents}.union(*(self._above(parent, steps - 1) for parent in parents if steps))


def names(pattern: str, permission: str) -> bool:
    """Tell whether *pattern* names *permission*."""
    return re.fullmatch(pattern.replace("*", "[a-z]+"), permission) is not None


def patterns() -> Sequence[str]:
    """List everything that a role may say: each permission, and each pattern that names something."""
    resources, actions = ({one.split(":")[place] for one in CATALOGUE} for place in (0, 1))
    wild = [f"{resource}:*" for resource in resources] + [f"*:{action}" for action in actions] + ["*:*"]
    return [*CATALOGUE, *sorted(wild)]

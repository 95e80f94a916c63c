"""Roles: the built-in ones, a tenant's own, and what each allows when all that it inherits is counted.

owner        everything, and there is always one
admin        everything but what an owner alone may do: say who is an owner, let go of the audit log
accountant   posts, corrects and reverses; sees everything
member       posts, categorises and describes; can't reverse
viewer       sees accounts, transactions and dashboards
auditor      sees everything, the audit log included; changes nothing

Roles only ever allow; what none of somebody's roles allows is forbidden (deny by default). So a role that inherits
another allows at least as much, and no order of roles matters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from stronghold_core.errors import BuiltInRoleError, InvalidInputError, RoleCycleError
from stronghold_core.permissions import Permission, expand, expand_all
from stronghold_core.text import in_short

MAX_ROLES: Final = 100
"""How many roles of its own a tenant may have."""
MAX_INHERITED: Final = 20
"""How many roles one role may inherit directly."""
MAX_DESCRIPTION_LENGTH: Final = 200

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class Role(StrEnum):
    """A built-in role of a member."""

    OWNER = "owner"
    ADMIN = "admin"
    ACCOUNTANT = "accountant"
    MEMBER = "member"
    VIEWER = "viewer"
    AUDITOR = "auditor"


_VIEWER = frozenset(
    {
        Permission.TENANT_READ,
        Permission.ACCOUNT_READ,
        Permission.CATEGORY_READ,
        Permission.TRANSACTION_READ,
        Permission.DASHBOARD_READ,
    }
)
_MEMBER = _VIEWER | {
    Permission.TRANSACTION_POST,
    # What they import comes in uncategorised; to say what it was for moves no account's money.
    Permission.TRANSACTION_RECATEGORISE,
    Permission.TRANSACTION_ANNOTATE,
    Permission.STATEMENT_IMPORT,
    # A key of theirs may do no more than they.
    Permission.KEY_WRITE,
}
_ACCOUNTANT = _MEMBER | {
    Permission.ACCOUNT_WRITE,
    Permission.CATEGORY_WRITE,
    Permission.TRANSACTION_REVERSE,
    Permission.MEMBER_READ,
    Permission.ROLE_READ,
    Permission.BOOKS_VERIFY,
}
_AUDITOR = _VIEWER | {Permission.MEMBER_READ, Permission.ROLE_READ, Permission.AUDIT_READ, Permission.BOOKS_VERIFY}
_ADMIN = _ACCOUNTANT | _AUDITOR | {Permission.TENANT_WRITE, Permission.MEMBER_WRITE, Permission.ROLE_WRITE}

BUILT_IN_ROLES: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.OWNER: frozenset(Permission),
    Role.ADMIN: frozenset(_ADMIN),
    Role.ACCOUNTANT: frozenset(_ACCOUNTANT),
    Role.MEMBER: frozenset(_MEMBER),
    Role.VIEWER: _VIEWER,
    Role.AUDITOR: frozenset(_AUDITOR),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDefinition:
    """A role of a tenant's own, as it is written down."""

    name: str
    permissions: tuple[str, ...] = ()
    """Permissions, and patterns such as ``account:*``."""
    inherits: tuple[str, ...] = ()
    """Other roles, all of whose permissions it has, too."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """By which way a role allows something: the roles from the one that is held, and what the last of them says."""

    path: tuple[str, ...]
    pattern: str


class RoleBook:
    """All roles that there are in one tenant: the built-in ones and its own.

    >>> book = RoleBook([RoleDefinition(name="cashier", permissions=("transaction:post",), inherits=("viewer",))])
    >>> sorted(book.allowed_by("cashier") - book.allowed_by("viewer"))
    [<Permission.TRANSACTION_POST: 'transaction:post'>]
    >>> book.grounds("cashier", Permission.ACCOUNT_READ)
    Grounds(path=('cashier', 'viewer'), pattern='account:read')
    """

    def __init__(self, own: Iterable[RoleDefinition] = ()) -> None:
        self._own = {definition.name: definition for definition in own}
        self._allowed: dict[str, frozenset[Permission]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all roles: first the built-in ones, then the tenant's own."""
        return (*map(str, Role), *sorted(self._own))

    def __contains__(self, role: object) -> bool:
        return role in set(Role) or role in self._own

    def own(self, role: str) -> RoleDefinition | None:
        """Return one of the tenant's own roles as it is written down."""
        return self._own.get(role)

    def with_role(self, definition: RoleDefinition) -> RoleBook:
        """Return the roles as they would be with *definition* beside them, or in place of the one of its name."""
        return RoleBook((self._own | {definition.name: definition}).values())

    def allowed_by(self, role: str) -> frozenset[Permission]:
        """Return everything that *role* allows.

        Raises:
            InvalidInputError: If there is no such role.
        """
        self.check_known(role)
        if role not in self._allowed:
            lineage = self._lineage(role)
            self._allowed[role] = frozenset[Permission]().union(*(self._says(name) for name in lineage))
        return self._allowed[role]

    def heirs(self, role: str) -> tuple[str, ...]:
        """Return the roles that inherit *role*, directly or by way of others."""
        return tuple(name for name in sorted(self._own) if name != role and role in self._lineage(name))

    def grounds(self, role: str, permission: Permission) -> Grounds | None:
        """Return the shortest way by which *role* allows *permission*; none if it does not."""
        ways: list[tuple[str, ...]] = [(role,)]
        seen = {role}
        for way in ways:
            if (pattern := self._pattern_of(way[-1], permission)) is not None:
                return Grounds(way, pattern)
            parents = [parent for parent in self._parents(way[-1]) if parent not in seen]
            seen.update(parents)
            ways += [(*way, parent) for parent in parents]
        return None

    def check_known(self, role: str) -> None:
        """Pass if there is such a role.

        Raises:
            InvalidInputError: If not; it lists those that there are.
        """
        if not isinstance(role, str) or role not in self:
            known = ", ".join(self.names)
            raise InvalidInputError(field="role", reason=f"{in_short(role)!r} is no role; choose one of {known}.")

    def check_acyclic(self, role: str) -> None:
        """Pass if *role* does not inherit itself.

        Raises:
            RoleCycleError: If it does; it names the roles on the way.
        """
        ways: list[tuple[str, ...]] = [(role,)]
        seen: set[str] = set()
        for way in ways:
            for parent in self._parents(way[-1]):
                if parent == role:
                    raise RoleCycleError(role=role, path=" → ".join((*way, role)))
                if parent not in seen:
                    seen.add(parent)
                    ways.append((*way, parent))

    def _lineage(self, role: str) -> set[str]:
        """Return *role* and all that it inherits; also where stored roles were made to inherit each other."""
        found = {role}
        waiting = [role]
        while waiting:
            new = set(self._parents(waiting.pop())) - found
            found |= new
            waiting += new
        return found

    def _parents(self, role: str) -> tuple[str, ...]:
        definition = self._own.get(role)
        return () if definition is None else definition.inherits

    def _says(self, role: str) -> frozenset[Permission]:
        """Return what *role* allows without what it inherits."""
        definition = self._own.get(role)
        return BUILT_IN_ROLES[Role(role)] if definition is None else expand_all(definition.permissions)

    def _pattern_of(self, role: str, permission: Permission) -> str | None:
        definition = self._own.get(role)
        if definition is None:
            return str(permission) if permission in BUILT_IN_ROLES[Role(role)] else None
        return next((pattern for pattern in definition.permissions if permission in expand(pattern)), None)


def checked_role_name(name: str) -> str:
    """Return *name* if a tenant may call a role of its own so.

    >>> checked_role_name("cashier")
    'cashier'

    Raises:
        InvalidInputError: If it is not written so.
        BuiltInRoleError: If a built-in role is called so.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidInputError(
            field="name",
            reason=f"{in_short(name)!r} can't be a role's name; write up to 40 lower-case letters, digits, - and _, a "
            "letter first.",
        )
    if name in set(Role):
        raise BuiltInRoleError(role=name)
    return name


def checked_inherited(roles: Iterable[str]) -> tuple[str, ...]:
    """Return *roles*, each once and sorted, if they are a list of names.

    Raises:
        InvalidInputError: If not, or if they are more than `MAX_INHERITED`.
    """
    if isinstance(roles, (str, bytes)) or not isinstance(roles, Iterable):
        raise InvalidInputError(field="inherits", reason=f"it is a list of roles, not {type(roles).__name__}.")
    given = list(roles)
    if len(given) > MAX_INHERITED or not all(isinstance(role, str) for role in given):
        raise InvalidInputError(field="inherits", reason=f"it is a list of at most {MAX_INHERITED} names of roles.")
    return tuple(sorted({str(role) for role in given}))

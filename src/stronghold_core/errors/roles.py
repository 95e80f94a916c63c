"""Errors of roles, permissions and capabilities."""

from __future__ import annotations

from stronghold_core.errors.families import ConflictError, PermissionDeniedError, RuleError


class UnknownPermissionError(RuleError):
    """A role or a key names a permission that does not exist."""

    code = "rbac.unknown_permission"
    template = "{permission!r} is no permission: {reason}"
    permission: str
    reason: str


class EscalationError(PermissionDeniedError):
    """Somebody would give, or take, more than they hold themselves."""

    code = "rbac.escalation"
    template = (
        "{principal} may not do this: it gives or takes {missing}, which {principal} does not hold; ask somebody who "
        "holds all of it."
    )
    missing: tuple[str, ...]


class OwnRoleError(PermissionDeniedError):
    """Somebody would change the role that they hold."""

    code = "rbac.own_role"
    template = "{principal} may not change the role {role}, which they hold: ask another member who may write roles."
    role: str


class CapabilityOffError(PermissionDeniedError):
    """The tenant is without what the verb needs, whatever the principal's role."""

    code = "rbac.capability_off"
    template = "This tenant has no {capability}, which this needs: whoever runs the platform can turn it on."
    capability: str


class StaffDeniedError(PermissionDeniedError):
    """One of the platform's own people would do what their role with the platform does not include."""

    code = "rbac.staff_denied"
    template = "{principal} may not do {permission}: they are {fact}; ask whoever runs the platform."
    fact: str


class BuiltInRoleError(RuleError):
    """A role that comes with the library can't be changed, nor another one have its name."""

    code = "rbac.built_in_role"
    template = "{role} is a built-in role: create one of another name, which may inherit it."
    role: str


class DuplicateRoleError(ConflictError):
    """The tenant has a role of that name."""

    code = "rbac.duplicate_role"
    template = "There is a role {role} already: update it, or choose another name."
    role: str


class RoleCycleError(RuleError):
    """A role would inherit itself."""

    code = "rbac.role_cycle"
    template = "The role {role} would inherit itself, by way of {path}: leave one of them out."
    role: str
    path: str


class RoleInUseError(ConflictError):
    """Members hold the role, or other roles inherit it."""

    code = "rbac.role_in_use"
    template = "The role {role} is still held or inherited by {users}: give these another one first."
    role: str
    users: str

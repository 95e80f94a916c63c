"""The built-in roles. Each is a set compiled once, so that asking it is one look into a frozenset.

owner        everything, and there is always one
admin        everything but nothing an owner alone may do: who is an owner is theirs to say
accountant   posts, corrects and reverses; sees everything
member       posts, categorises and describes; can't reverse
viewer       sees accounts, transactions and dashboards
auditor      sees everything, the audit log included; changes nothing
"""

from __future__ import annotations

from enum import StrEnum

from stronghold_core.errors import InvalidInputError
from stronghold_core.permissions import Permission


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
}
_ACCOUNTANT = _MEMBER | {
    Permission.ACCOUNT_WRITE,
    Permission.CATEGORY_WRITE,
    Permission.TRANSACTION_REVERSE,
    Permission.MEMBER_READ,
    Permission.BOOKS_VERIFY,
}
_AUDITOR = _VIEWER | {Permission.MEMBER_READ, Permission.AUDIT_READ, Permission.BOOKS_VERIFY}
_ADMIN = _ACCOUNTANT | _AUDITOR | {Permission.TENANT_WRITE, Permission.MEMBER_WRITE}

BUILT_IN_ROLES: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.ADMIN: frozenset(_ADMIN),
    Role.ACCOUNTANT: frozenset(_ACCOUNTANT),
    Role.MEMBER: frozenset(_MEMBER),
    Role.VIEWER: _VIEWER,
    Role.AUDITOR: frozenset(_AUDITOR),
}


class BuiltInAuthoriser:
    """Fulfils the `Authoriser` port with the built-in roles.

    >>> Permission.TRANSACTION_REVERSE in BuiltInAuthoriser().permissions_of("member")
    False
    """

    def permissions_of(self, role: str) -> frozenset[Permission]:
        """Return everything that *role* allows.

        Raises:
            InvalidInputError: If there is no such role.
        """
        try:
            return BUILT_IN_ROLES[Role(role)]
        except ValueError as error:
            known = ", ".join(Role)
            raise InvalidInputError(field="role", reason=f"{role!r} is no role; choose one of {known}.") from error

"""What the platform's own people may do. None of it shows a tenant's money: for that a tenant has to admit them.

support    looks up tenants, their settings and members, and why somebody may not do something
operator   the same, and creates tenants, switches their capabilities and verifies their books
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from stronghold_core.errors import InvalidInputError
from stronghold_core.permissions import Permission
from stronghold_core.text import in_short, word_among

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_DAYS: Final = 30
"""For how long a tenant can admit somebody at once."""
MAX_REASON_LENGTH: Final = 200


class StaffRole(StrEnum):
    """What somebody of the platform's own people is."""

    SUPPORT = "support"
    OPERATOR = "operator"


class StaffTask(StrEnum):
    """What the platform's own people do with a tenant; as it is called in the tenant's audit log."""

    SEE_TENANT = "staff.see_tenant"
    SEE_MEMBERS = "staff.see_members"
    EXPLAIN = "staff.explain"
    CREATE_TENANT = "staff.create_tenant"
    SWITCH_CAPABILITIES = "staff.switch_capabilities"
    VERIFY = "staff.verify"


_SUPPORT = frozenset({StaffTask.SEE_TENANT, StaffTask.SEE_MEMBERS, StaffTask.EXPLAIN})

TASKS: Final[Mapping[StaffRole, frozenset[StaffTask]]] = {
    StaffRole.SUPPORT: _SUPPORT,
    StaffRole.OPERATOR: frozenset(StaffTask),
}

NEVER: Final = frozenset(
    {
        Permission.MEMBER_WRITE,
        Permission.ROLE_WRITE,
        Permission.OWNER_WRITE,
        Permission.KEY_WRITE,
        Permission.AUDIT_REDACT,
        Permission.AUDIT_EXPIRE,
    }
)
"""What nobody may do by an admission, whatever the role that they are admitted as: a guest lets nobody else in, and
leaves the log as it is."""


def checked_staff_role(role: str) -> StaffRole:
    """Read what somebody is to be.

    >>> checked_staff_role("support")
    <StaffRole.SUPPORT: 'support'>

    Raises:
        InvalidInputError: If there is no such role.
    """
    found = word_among(StaffRole, role)
    if found is None:
        raise InvalidInputError(field="role", reason=f"{in_short(role)!r} is neither 'support' nor 'operator'.")
    return found


def checked_days(days: int) -> timedelta:
    """Read for how long somebody is admitted.

    >>> checked_days(2)
    datetime.timedelta(days=2)

    Raises:
        InvalidInputError: If it is not 1 to `MAX_DAYS` days.
    """
    if type(days) is not int or not 1 <= days <= MAX_DAYS:
        raise InvalidInputError(field="days", reason=f"give 1 to {MAX_DAYS} days.", value=days)
    return timedelta(days=days)

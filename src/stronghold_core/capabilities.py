"""What a tenant has at all: switches that a host sells or turns off, checked like permissions.

A capability of this library is on unless it was turned off; what it stands for is then allowed to nobody in the tenant,
whatever their role. A host names its own ones ``app:…``; these are off unless they were turned on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from stronghold_core.errors import InvalidInputError
from stronghold_core.permissions import Permission
from stronghold_core.text import in_short

MAX_CAPABILITIES: Final = 200
# As long as the audit log keeps: a refusal is recorded under the name.
_OF_A_HOST: Final = re.compile(r"app:[a-z0-9][a-z0-9._-]{0,55}")


class Capability(StrEnum):
    """A part of this library that a tenant may be without."""

    BANK_STATEMENTS = "bank_statements"
    DASHBOARDS = "dashboards"
    CUSTOM_ROLES = "custom_roles"
    AUDIT_LOG = "audit_log"


OF_THIS_LIBRARY: Final = frozenset(str(one) for one in Capability)
"""All of them, once: going through an enumeration takes longer than what each unit of work asks."""

NEEDED_FOR: Final[Mapping[Permission, Capability]] = {
    Permission.STATEMENT_IMPORT: Capability.BANK_STATEMENTS,
    Permission.DASHBOARD_READ: Capability.DASHBOARDS,
    Permission.ROLE_WRITE: Capability.CUSTOM_ROLES,
    Permission.AUDIT_READ: Capability.AUDIT_LOG,
}
"""Which permissions mean nothing without a capability. The log is kept without its capability, too."""


def is_host_capability(name: str) -> bool:
    """Tell whether *name* is one of a host's own.

    >>> is_host_capability("app:invoicing"), is_host_capability("dashboards")
    (True, False)
    """
    return _OF_A_HOST.fullmatch(name) is not None


def checked_switches(switches: Mapping[str, bool]) -> dict[str, bool]:
    """Return what is switched on or off, by name, if such capabilities can be.

    >>> checked_switches({"dashboards": False, "app:invoicing": True})
    {'app:invoicing': True, 'dashboards': False}

    Raises:
        InvalidInputError: If a name is none, or a switch is neither on nor off.
    """
    if not isinstance(switches, Mapping):
        raise InvalidInputError(field="capabilities", reason="give a mapping of names to True or False.")
    for name, is_on in switches.items():
        if not isinstance(name, str) or not (name in OF_THIS_LIBRARY or is_host_capability(name)):
            known = ", ".join(Capability)
            reason = f"{in_short(name, 80)!r} is none: there are {known}, and those of your own, named 'app:…'."
            raise InvalidInputError(field="capabilities", reason=reason)
        if type(is_on) is not bool:
            raise InvalidInputError(field="capabilities", reason=f"{name} is switched by True or False.")
    if len(switches) > MAX_CAPABILITIES:
        raise InvalidInputError(field="capabilities", reason=f"{MAX_CAPABILITIES} are the most.")
    return {str(name): switches[name] for name in sorted(switches)}


def turned_on(switches: Mapping[str, bool]) -> frozenset[str]:
    """Return the capabilities that a tenant has, given what was switched for it.

    >>> sorted(turned_on({"dashboards": False, "app:invoicing": True}))
    ['app:invoicing', 'audit_log', 'bank_statements', 'custom_roles']
    """
    if not switches:
        return OF_THIS_LIBRARY
    on = frozenset(name for name, is_on in switches.items() if is_on)
    return (OF_THIS_LIBRARY - switches.keys()) | on


def withheld(capabilities: frozenset[str]) -> frozenset[Permission]:
    """Return the permissions that nobody has in a tenant with these *capabilities* alone.

    >>> sorted(withheld(frozenset(Capability) - {"dashboards"}))
    [<Permission.DASHBOARD_READ: 'dashboard:read'>]
    """
    return frozenset(permission for permission, needed in NEEDED_FOR.items() if needed not in capabilities)

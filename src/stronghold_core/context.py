"""Who acts, in which tenant, and what they may do: fixed for the life of a unit of work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from stronghold_core.capabilities import NEEDED_FOR, OF_THIS_LIBRARY, Capability, is_host_capability
from stronghold_core.errors import CapabilityOffError, InvalidInputError, PermissionDeniedError
from stronghold_core.ids import PrincipalId, parse_principal
from stronghold_core.text import in_short, optional_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stronghold_core.ids import AccountId, TenantId
    from stronghold_core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a request came from; everything here is optional and only ever recorded.

    Raises:
        InvalidInputError: If a field is longer than is kept (200 characters; 100 of `ip`, 1,000 of `user_agent`), holds
            control characters, or if `on_behalf_of` is no principal.
    """

    request_id: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    on_behalf_of: PrincipalId | None = None
    """For whom the principal acts; the unit may then do only what both of them may."""
    cause: str | None = None
    """What made the principal act, other than themselves: ``import:…``, ``rule:…``, ``schedule:…``."""

    def __post_init__(self) -> None:
        # It comes from outside, and must not be what makes a posting fail in the end.
        for name, max_length in (("request_id", 200), ("ip", 100), ("user_agent", 1_000), ("cause", 200)):
            object.__setattr__(self, name, optional_text(getattr(self, name), field=name, max_length=max_length))
        if self.on_behalf_of is not None:
            parse_principal(self.on_behalf_of)


NO_ORIGIN: Final = Origin()
"""Of a request that nothing is known about."""


class Reach(NamedTuple):
    """The accounts that a permission reaches."""

    accounts: frozenset[AccountId] | None
    """None stands for every account of the tenant."""

    def covers(self, account: AccountId) -> bool:
        """Tell whether it reaches *account*."""
        return self.accounts is None or account in self.accounts

    def cover(self, accounts: Iterable[AccountId]) -> bool:
        """Tell whether it reaches all of *accounts*."""
        return self.accounts is None or self.accounts.issuperset(accounts)


EVERYWHERE: Final = Reach(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One principal in one tenant, with the permissions they had when the unit of work began."""

    tenant_id: TenantId
    principal: PrincipalId
    permissions: frozenset[Permission]
    """What they may do: by their role, within `scopes`, and as far as the tenant has the capabilities for it."""
    origin: Origin
    capabilities: frozenset[str] = OF_THIS_LIBRARY
    """What the tenant has."""
    scopes: frozenset[Permission] | None = None
    """What the key or token that they act by was made for; none if it bounds nothing."""
    on_accounts: Mapping[AccountId, frozenset[Permission]] = field(default_factory=dict)
    """What they may do with single accounts beyond that, by grants."""

    def require(self, permission: Permission) -> None:
        """Pass if the principal holds *permission*.

        Raises:
            CapabilityOffError: If nobody may, because the tenant is without the capability that it needs.
            PermissionDeniedError: If they do not.
        """
        if permission in self.permissions:
            return
        needed = NEEDED_FOR.get(permission)
        if needed is not None and needed not in self.capabilities:
            raise CapabilityOffError(principal=self.principal, permission=permission, capability=needed)
        raise PermissionDeniedError(principal=self.principal, permission=permission)

    def reach(self, permission: Permission) -> Reach:
        """Return which accounts the principal holds *permission* on: all by their role, or some by grants.

        Raises:
            PermissionDeniedError: If they hold it on none; as `require`.
        """
        if permission in self.permissions:
            return EVERYWHERE
        some = frozenset(account for account, allowed in self.on_accounts.items() if permission in allowed)
        if not some:
            self.require(permission)
        return Reach(some)

    def require_capability(self, name: str) -> None:
        """Pass if the tenant has the capability *name*, of this library or ``app:…`` of the host's own.

        Raises:
            CapabilityOffError: If it does not.
            InvalidInputError: If there can be no such capability.
        """
        if isinstance(name, str) and name in self.capabilities:
            return
        if not isinstance(name, str) or not (name in OF_THIS_LIBRARY or is_host_capability(name)):
            known = ", ".join(Capability)
            reason = f"{in_short(name, 80)!r} is none: there are {known}, and those of your own, named 'app:…'."
            raise InvalidInputError(field="capability", reason=reason)
        raise CapabilityOffError(principal=self.principal, permission=name, capability=name)

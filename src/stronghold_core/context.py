"""Who acts, in which tenant, and what they may do: fixed for the life of a unit of work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from stronghold_core.errors import PermissionDeniedError
from stronghold_core.ids import PrincipalId, parse_principal
from stronghold_core.text import optional_text

if TYPE_CHECKING:
    from stronghold_core.ids import TenantId
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
    cause: str | None = None
    """What made the principal act, other than themselves: ``import:…``, ``rule:…``, ``schedule:…``."""

    def __post_init__(self) -> None:
        # It comes from outside, and must not be what makes a posting fail in the end.
        for name, max_length in (("request_id", 200), ("ip", 100), ("user_agent", 1_000), ("cause", 200)):
            object.__setattr__(self, name, optional_text(getattr(self, name), field=name, max_length=max_length))
        if self.on_behalf_of is not None:
            parse_principal(self.on_behalf_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One principal in one tenant, with the permissions they had when the unit of work began."""

    tenant_id: TenantId
    principal: PrincipalId
    permissions: frozenset[Permission]
    origin: Origin

    def require(self, permission: Permission) -> None:
        """Pass if the principal holds *permission*.

        Raises:
            PermissionDeniedError: If they do not.
        """
        if permission not in self.permissions:
            raise PermissionDeniedError(principal=self.principal, permission=permission)


class Authoriser(Protocol):
    """Turns a role's name into what it allows. `rbac` fulfils this port for the layers below it."""

    def permissions_of(self, role: str) -> frozenset[Permission]:
        """Return everything that *role* allows."""
        ...

"""What somebody may do: in the whole tenant, and with single accounts; and how bounds take from it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stronghold_core.ids import AccountId
    from stronghold_core.permissions import Permission

_NO_ACCOUNTS: Final[Mapping[AccountId, frozenset[Permission]]] = MappingProxyType({})


class Rights(NamedTuple):
    """What somebody may do.

    >>> from stronghold_core.permissions import Permission
    >>> teller = Rights(frozenset({Permission.CATEGORY_READ}))
    >>> teller.within(frozenset({Permission.ACCOUNT_READ})).allowed
    frozenset()
    """

    allowed: frozenset[Permission]
    """By their role, with every account."""
    on_accounts: Mapping[AccountId, frozenset[Permission]] = _NO_ACCOUNTS
    """By grants, with single accounts, beyond that."""

    def both(self, other: Rights) -> Rights:
        """Return what these rights and the *other* ones both allow."""
        allowed = self.allowed & other.allowed
        accounts = {*self.on_accounts, *other.on_accounts}
        common = {account: (self._with(account) & other._with(account)) - allowed for account in accounts}
        return Rights(allowed, {account: found for account, found in common.items() if found})

    def within(self, bounds: frozenset[Permission]) -> Rights:
        """Return those of these rights that are within *bounds*."""
        return Rights(
            self.allowed & bounds, {account: allowed & bounds for account, allowed in self.on_accounts.items()}
        )

    def _with(self, account: AccountId) -> frozenset[Permission]:
        return self.allowed | self.on_accounts.get(account, frozenset())

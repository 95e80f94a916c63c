"""Keeping whoever may post to some accounts only to these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stronghold_core.errors import NotFoundError, PermissionDeniedError
from stronghold_core.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Collection

    from stronghold_core.db import Unit
    from stronghold_core.ids import AccountId


def posts_everywhere(unit: Unit) -> bool:
    """Tell whether the principal may post to every account."""
    return Permission.TRANSACTION_POST in unit.context.permissions


def check_may_post(unit: Unit, accounts: Collection[AccountId]) -> None:
    """Pass if the principal may post to all of *accounts*, which are those of money that a draft names.

    Raises:
        NotFoundError: If they do not see one of them.
        PermissionDeniedError: If they see it, and may not post to it; or if there are none, so that nothing but what is
            behind categories would change, which no grant is on.
    """
    posts = unit.context.reach(Permission.TRANSACTION_POST)
    beyond = [account_id for account_id in accounts if not posts.covers(account_id)]
    for account_id in beyond:
        if not _sees(unit, account_id):
            raise NotFoundError(kind="account", key=account_id)
    if beyond or not accounts:
        denial = PermissionDeniedError(principal=unit.context.principal, permission=Permission.TRANSACTION_POST)
        unit.note_denial(denial)
        raise denial


def _sees(unit: Unit, account_id: AccountId) -> bool:
    context = unit.context
    allowed = context.on_accounts.get(account_id, frozenset())
    return Permission.ACCOUNT_READ in context.permissions or Permission.ACCOUNT_READ in allowed

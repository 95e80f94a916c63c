"""Keeping whoever may post to some accounts only to these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stronghold_core.errors import NotFoundError, PermissionDeniedError
from stronghold_core.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stronghold_core.db import Unit
    from stronghold_core.ids import AccountId


def posts_everywhere(unit: Unit) -> bool:
    """Tell whether the principal may post to every account."""
    return Permission.TRANSACTION_POST in unit.context.permissions


def check_may_post(unit: Unit, accounts: Iterable[AccountId]) -> None:
    """Pass if the principal may post to all of *accounts*.

    Raises:
        NotFoundError: If they do not see one of them.
        PermissionDeniedError: If they see it, and may not post to it.
    """
    context = unit.context
    sees, posts = context.reach(Permission.ACCOUNT_READ), context.reach(Permission.TRANSACTION_POST)
    for account_id in accounts:
        if not sees.covers(account_id):
            raise NotFoundError(kind="account", key=account_id)
        if not posts.covers(account_id):
            denial = PermissionDeniedError(principal=context.principal, permission=Permission.TRANSACTION_POST)
            unit.note_denial(denial)
            raise denial

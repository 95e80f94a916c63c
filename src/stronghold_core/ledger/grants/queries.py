"""Reading grants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from stronghold_core.db import AnyRow, FixedStatement, table_of
from stronghold_core.ids import AccountId, PrincipalId
from stronghold_core.ledger.accounts.models import Account
from stronghold_core.ledger.accounts.records import Purpose
from stronghold_core.ledger.grants.models import AccountGrant
from stronghold_core.ledger.grants.records import GrantRecord
from stronghold_core.ledger.grants.rules import ALLOWS, GrantLevel
from stronghold_core.tenancy import marked_with_grants

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from stronghold_core.db import Unit
    from stronghold_core.ids import TenantId
    from stronghold_core.permissions import Permission

_account, _grant = table_of(Account), table_of(AccountGrant)
_OF_MEMBER = FixedStatement(
    select(_grant.c.account_id, _grant.c.level).where(
        _grant.c.tenant_id == bindparam("tenant_id"), _grant.c.principal_id == bindparam("principal")
    )
)


def granted_on_accounts(
    connection: Connection, tenant_id: TenantId, principal: PrincipalId
) -> dict[AccountId, frozenset[Permission]]:
    """Return what grants let a member do, by account, in a tenant that the connection is bound to."""
    rows = _OF_MEMBER.rows(connection, {"tenant_id": tenant_id, "principal": principal})
    return {AccountId(row.account_id): ALLOWS[GrantLevel(row.level)] for row in rows}


def list_grants(
    unit: Unit, *, principal: PrincipalId | None = None, account: AccountId | None = None
) -> list[GrantRecord]:
    """List grants, by member and account; of one member or on one account alone, if they are given."""
    query = select(_grant).where(_grant.c.tenant_id == unit.tenant_id)
    if principal is not None:
        query = query.where(_grant.c.principal_id == principal)
    if account is not None:
        query = query.where(_grant.c.account_id == account)
    ordered = query.order_by(_grant.c.principal_id, _grant.c.account_id)
    return [_record(row) for row in unit.connection.execute(ordered)]


def mistake_in_grants(connection: Connection, tenant_id: TenantId) -> str | None:
    """Say what no verb would have stored: a grant on an account of the engine's, or one asleep; none if all is well.

    For rows that came from elsewhere. A member whose units do not look for grants would come to hold them all with the
    next one that somebody gives.
    """
    engines = (
        select(_grant.c.account_id)
        .join(_account, (_account.c.tenant_id == _grant.c.tenant_id) & (_account.c.id == _grant.c.account_id))
        .where(_grant.c.tenant_id == tenant_id, _account.c.purpose != Purpose.OWN.value)
        .limit(1)
    )
    if (account := connection.execute(engines).scalar_one_or_none()) is not None:
        return f"nobody opened the account {account}, and there is a grant on it"
    holders = select(_grant.c.principal_id).where(_grant.c.tenant_id == tenant_id).distinct()
    held = set(connection.execute(holders).scalars())
    wrong = sorted(held ^ marked_with_grants(connection, tenant_id))
    return f"{wrong[0]} has grants, and is not marked so, or the other way round" if wrong else None


def _record(row: AnyRow) -> GrantRecord:
    return GrantRecord(
        principal=PrincipalId(row.principal_id),
        account_id=AccountId(row.account_id),
        level=GrantLevel(row.level),
        since=row.since,
    )

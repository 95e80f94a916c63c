"""The verbs on grants: `books.grants`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from stronghold_core.audit import record_event
from stronghold_core.errors import InvalidInputError, NotFoundError
from stronghold_core.ids import AccountId, PrincipalId, parse_id, parse_principal
from stronghold_core.ledger.accounts.queries import load_facts
from stronghold_core.ledger.accounts.records import Purpose
from stronghold_core.ledger.grants.models import AccountGrant
from stronghold_core.ledger.grants.queries import list_grants
from stronghold_core.ledger.grants.rules import ALLOWS, MAX_GRANTS, checked_level
from stronghold_core.permissions import Permission
from stronghold_core.rbac import governing
from stronghold_core.tenancy import change_membership, find_role

if TYPE_CHECKING:
    from stronghold_core.db import Unit
    from stronghold_core.ids import AnId
    from stronghold_core.ledger.grants.records import GrantRecord


class Grants:
    """What members may do with single accounts, beyond what their roles allow: `books.grants`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def list(self, *, principal: str | None = None, account: AnId | None = None) -> list[GrantRecord]:
        """List grants by member and account.

        Args:
            principal: Only this member's.
            account: Only those on this account.
        """
        with self._unit.reading(Permission.MEMBER_READ):
            return list_grants(
                self._unit,
                principal=None if principal is None else parse_principal(principal),
                account=None if account is None else AccountId(parse_id(account, field="account")),
            )

    def give(self, principal: str, *, account: AnId, level: str) -> GrantRecord:
        """Let a member do something with one account, instead of what was granted on it before.

        Args:
            principal: The member. What their role allows, they may do as before.
            account: An account that a caller opened.
            level: ``see`` its entries and its part of dashboards; ``annotate``: also change words and categories;
                ``post``: also post to it.

        Raises:
            NotFoundError: If there is no such member or account.
            EscalationError: If the level allows more than the caller's role does.
            InvalidInputError: If there is no such level, or the member has grants on too many accounts.
        """
        subject = {"member": principal, "account": account, "level": level}
        with governing(self._unit, Permission.MEMBER_WRITE, "grant.give", **subject) as governor:
            member, account_id, wanted = parse_principal(principal), self._own(account), checked_level(level)
            governor.check_may_hand(ALLOWS[wanted])
            before = self._find(member, account_id)
            if before is not None:
                # Whoever lowers a level takes the difference.
                governor.check_may_hand(ALLOWS[before.level])
            self._check_member(member)
            if before is None and self._count(member) >= MAX_GRANTS:
                reason = f"{member} has grants on {MAX_GRANTS:,} accounts, which are the most."
                raise InvalidInputError(field="account", reason=reason)
            row = AccountGrant(
                tenant_id=self._unit.tenant_id,
                principal_id=member,
                account_id=account_id,
                level=wanted.value,
                since=self._unit.clock.now(),
            )
            self._unit.session.merge(row)
            # So that units of theirs look for grants as they begin.
            change_membership(self._unit, member, has_grants=True)
            self._record("grant.give", account_id, {"member": member, "level": wanted})
        return list_grants(self._unit, principal=member, account=account_id)[0]

    def take(self, principal: str, *, account: AnId) -> None:
        """Take a member's grant on one account back; it holds from their next unit of work.

        Raises:
            NotFoundError: If there is none.
            EscalationError: If it allows more than the caller's role does.
        """
        subject = {"member": principal, "account": account}
        with governing(self._unit, Permission.MEMBER_WRITE, "grant.take", **subject) as governor:
            member, account_id = parse_principal(principal), AccountId(parse_id(account, field="account"))
            before = self._find(member, account_id)
            if before is None:
                raise NotFoundError(kind="grant", key=f"of {member} on {account_id}")
            governor.check_may_hand(ALLOWS[before.level])
            self._unit.session.execute(
                delete(AccountGrant).where(AccountGrant.principal_id == member, AccountGrant.account_id == account_id)
            )
            change_membership(self._unit, member, has_grants=self._count(member) > 0)
            self._record("grant.take", account_id, {"member": member, "level": before.level})

    def _own(self, account: AnId) -> AccountId:
        """Return the id of an account that a caller opened; those behind categories belong to no member."""
        account_id = AccountId(parse_id(account, field="account"))
        facts = load_facts(self._unit, [account_id]).get(account_id)
        if facts is None:
            raise NotFoundError(kind="account", key=account_id)
        if facts.purpose is not Purpose.OWN:
            raise InvalidInputError(field="account", reason="it was opened by the engine; grant on accounts of money.")
        return account_id

    def _find(self, member: PrincipalId, account: AccountId) -> GrantRecord | None:
        return next(iter(list_grants(self._unit, principal=member, account=account)), None)

    def _count(self, member: PrincipalId) -> int:
        query = select(func.count()).select_from(AccountGrant).where(AccountGrant.principal_id == member)
        return self._unit.session.scalars(query).one()

    def _check_member(self, member: PrincipalId) -> None:
        if find_role(self._unit.connection, self._unit.tenant_id, member) is None:
            raise NotFoundError(kind="member", key=member)

    def _record(self, action: str, account: AccountId, payload: dict[str, object]) -> None:
        record_event(self._unit, action, object_type="grant", object_id=account, payload=payload)

"""The verbs on the members of a tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from stronghold_core.audit import record_event
from stronghold_core.errors import AlreadyMemberError, NotFoundError
from stronghold_core.ids import PrincipalId, parse_principal
from stronghold_core.permissions import Permission
from stronghold_core.rbac.governance import governing
from stronghold_core.rbac.rules import Role
from stronghold_core.rbac.staff import end_admission
from stronghold_core.tenancy import add_membership, change_membership, end_membership, list_members

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from stronghold_core.db import Unit
    from stronghold_core.ids import AccountId, TenantId
    from stronghold_core.tenancy import MembershipRecord


class GrantsHeld(Protocol):
    """What is asked of whoever grants single accounts, which is above this package."""

    def __call__(
        self, connection: Connection, tenant_id: TenantId, principal: PrincipalId, /
    ) -> Mapping[AccountId, frozenset[Permission]]:
        """Return what grants let a member do now, by account."""
        ...


class Members:
    """Who belongs to this tenant, and as what: `books.members`."""

    def __init__(self, unit: Unit, grants_held: GrantsHeld) -> None:
        self._unit = unit
        self._grants_held = grants_held

    def list(self) -> list[MembershipRecord]:
        """List all members, the longest-standing first."""
        with self._unit.reading(Permission.MEMBER_READ):
            return list_members(self._unit)

    def add(self, principal: str, *, role: str) -> MembershipRecord:
        """Make *principal* a member.

        Raises:
            AlreadyMemberError: If they are one.
            EscalationError: If *role*, or an admission that ends by it, allows more than the caller holds.
            InvalidInputError: If there is no such role or principal.
        """
        with governing(self._unit, Permission.MEMBER_WRITE, "member.add", member=principal, role=role) as governor:
            member = parse_principal(principal)
            governor.check_may_hand_role(role)
            if present := self._find(member):
                raise AlreadyMemberError(principal=member, role=present.role)
            add_membership(self._unit, member, role)
            # Else whoever let them in as a guest before would let them in again once they are a member no more.
            end_admission(self._unit, governor, member)
            self._record("member.add", member, {"role": role})
        return self._get(member)

    def change_role(self, principal: str, *, role: str) -> MembershipRecord:
        """Give *principal* another role; it holds from their next unit of work.

        Raises:
            LastOwnerError: If that would leave the tenant without an owner.
            EscalationError: If the old or the new role allows more than the caller holds.
            NotFoundError: If *principal* is no member.
            InvalidInputError: If there is no such role or principal.
        """
        with governing(self._unit, Permission.MEMBER_WRITE, "member.change_role", member=principal, role=role) as how:
            member = parse_principal(principal)
            before = self._get(member)
            how.check_may_hand_role(before.role)
            how.check_may_hand_role(role)
            if before.role == Role.OWNER and role != Role.OWNER:
                how.check_not_last_owner(member)
            change_membership(self._unit, member, role=role)
            self._record("member.change_role", member, {"before": before.role, "after": role})
        return self._get(member)

    def remove(self, principal: str) -> None:
        """End *principal*'s membership and what was granted to them; it holds from their next unit of work.

        Raises:
            LastOwnerError: If that would leave the tenant without an owner.
            EscalationError: If their role, or a grant of theirs on an account, allows more than the caller holds.
            NotFoundError: If *principal* is no member.
        """
        with governing(self._unit, Permission.MEMBER_WRITE, "member.remove", member=principal) as governor:
            member = parse_principal(principal)
            before = self._get(member)
            governor.check_may_hand_role(before.role)
            # Grants go with the membership, so whoever ends it takes them.
            grants = self._grants_held(self._unit.connection, self._unit.tenant_id, member)
            governor.check_may_hand(frozenset[Permission]().union(*grants.values()))
            if before.role == Role.OWNER:
                governor.check_not_last_owner(member)
            end_membership(self._unit, member)
            self._record("member.remove", member, {"role": before.role})

    def _find(self, member: PrincipalId) -> MembershipRecord | None:
        return next((found for found in list_members(self._unit) if found.principal == member), None)

    def _get(self, member: PrincipalId) -> MembershipRecord:
        found = self._find(member)
        if found is None:
            raise NotFoundError(kind="member", key=member)
        return found

    def _record(self, action: str, member: PrincipalId, payload: dict[str, object]) -> None:
        record_event(self._unit, action, object_type="member", object_id=None, payload={"member": member, **payload})

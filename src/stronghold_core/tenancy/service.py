"""The verbs on tenants and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update

from stronghold_core.audit import record_event
from stronghold_core.clock import today
from stronghold_core.currencies import get_currency
from stronghold_core.db import ConstraintError
from stronghold_core.errors import (
    AlreadyMemberError,
    DuplicateTenantError,
    LastOwnerError,
    NotFoundError,
    PermissionDeniedError,
)
from stronghold_core.ids import PrincipalId, parse_principal
from stronghold_core.permissions import Permission
from stronghold_core.tenancy.currencies import pin_currency
from stronghold_core.tenancy.models import Membership, Tenant, TenantDirectory
from stronghold_core.tenancy.queries import get_tenant, list_members
from stronghold_core.tenancy.rules import (
    MAX_NAME_LENGTH,
    MAX_REFERENCE_LENGTH,
    checked_base_currency,
    checked_days_ahead,
    checked_kind,
    checked_time_zone,
)
from stronghold_core.text import checked_text, optional_text

if TYPE_CHECKING:
    from stronghold_core.context import Authoriser
    from stronghold_core.db import Unit
    from stronghold_core.tenancy.current import CurrentTenant
    from stronghold_core.tenancy.records import MembershipRecord, TenantRecord

OWNER = "owner"
"""The one role that every tenant must keep."""


def create_tenant(
    unit: Unit,
    *,
    kind: str,
    name: str,
    base_currency: str,
    owner: PrincipalId,
    time_zone: str,
    external_reference: str | None,
    days_ahead: int,
) -> TenantRecord:
    """Write the unit's own tenant, which does not exist yet, with its first owner.

    Raises:
        DuplicateTenantError: If another tenant has that external reference.
    """
    reference = optional_text(external_reference, field="external_reference", max_length=MAX_REFERENCE_LENGTH)
    zone = checked_time_zone(time_zone)
    now = unit.clock.now()
    currency = checked_base_currency(base_currency, on=today(unit.clock, ZoneInfo(zone)))
    tenant = Tenant(
        tenant_id=unit.tenant_id,
        kind=checked_kind(kind).value,
        name=checked_text(name, field="name", max_length=MAX_NAME_LENGTH),
        external_reference=reference,
        base_currency=currency,
        time_zone=zone,
        days_ahead=checked_days_ahead(days_ahead),
        settings_version=1,
        authz_version=1,
        created_at=now,
    )
    try:
        with unit.savepoint():
            pin_currency(unit.connection, get_currency(currency))
            unit.session.add(TenantDirectory(tenant_id=unit.tenant_id, external_reference=reference))
            unit.session.add(tenant)
            unit.session.flush()
            unit.session.add(Membership(tenant_id=unit.tenant_id, principal_id=owner, role=OWNER, since=now))
    except ConstraintError as error:
        if reference is not None and "external_reference" in error.constraint:
            raise DuplicateTenantError(external_reference=reference) from error
        raise
    record_event(
        unit,
        "tenant.create",
        object_type="tenant",
        object_id=unit.tenant_id,
        payload={"kind": kind, "name": tenant.name, "base_currency": tenant.base_currency, "owner": owner},
    )
    return get_tenant(unit)


class OwnTenant:
    """The tenant itself: `books.tenant`."""

    def __init__(self, unit: Unit, tenant: CurrentTenant) -> None:
        self._unit = unit
        self._tenant = tenant

    def get(self) -> TenantRecord:
        """Return the tenant and its settings."""
        with self._unit.reading(Permission.TENANT_READ):
            return get_tenant(self._unit)

    def update(
        self, *, name: str | None = None, time_zone: str | None = None, days_ahead: int | None = None
    ) -> TenantRecord:
        """Change the settings that are given; the others stay. They hold at once, also in this unit.

        Args:
            name: What people call the tenant.
            time_zone: An IANA time zone; it decides what "today" is.
            days_ahead: How many days after today a transaction may be dated, on accounts without limits.
        """
        with self._unit.verb(Permission.TENANT_WRITE):
            before = get_tenant(self._unit)
            changes: dict[str, str | int] = {}
            if name is not None:
                changes["name"] = checked_text(name, field="name", max_length=MAX_NAME_LENGTH)
            if time_zone is not None:
                changes["time_zone"] = checked_time_zone(time_zone)
            if days_ahead is not None:
                changes["days_ahead"] = checked_days_ahead(days_ahead)
            statement = update(Tenant).values(**changes, settings_version=Tenant.settings_version + 1)
            self._unit.session.execute(statement)
            record_event(
                self._unit,
                "tenant.update",
                object_type="tenant",
                object_id=before.id,
                payload={"before": {key: getattr(before, key) for key in changes}, "after": changes},
            )
            self._tenant.changed()
            return self._tenant.record


class Members:
    """Who may do what in this tenant: `books.members`."""

    def __init__(self, unit: Unit, authoriser: Authoriser) -> None:
        self._unit = unit
        self._authoriser = authoriser

    def list(self) -> list[MembershipRecord]:
        """List all members, the longest-standing first."""
        with self._unit.reading(Permission.MEMBER_READ):
            return list_members(self._unit)

    def add(self, principal: str, *, role: str) -> MembershipRecord:
        """Make *principal* a member.

        Raises:
            AlreadyMemberError: If they are one.
            PermissionDeniedError: If *role* allows more than the caller holds.
        """
        member = parse_principal(principal)
        with self._unit.verb(Permission.MEMBER_WRITE):
            self._check_grantable(role)
            self._lock_memberships()
            if present := self._find(member):
                raise AlreadyMemberError(principal=member, role=present.role)
            row = Membership(
                tenant_id=self._unit.tenant_id, principal_id=member, role=role, since=self._unit.clock.now()
            )
            self._unit.session.add(row)
            self._record("member.add", member, {"role": role})
        return self._get(member)

    def change_role(self, principal: str, *, role: str) -> MembershipRecord:
        """Give *principal* another role; it holds from their next unit of work.

        Raises:
            LastOwnerError: If that would leave the tenant without an owner.
            PermissionDeniedError: If the old or the new role allows more than the caller holds.
        """
        member = parse_principal(principal)
        with self._unit.verb(Permission.MEMBER_WRITE):
            self._lock_memberships()
            before = self._get(member)
            self._check_grantable(before.role)
            self._check_grantable(role)
            if before.role == OWNER and role != OWNER:
                self._check_not_last_owner(member)
            self._row(member).role = role
            self._record("member.change_role", member, {"before": before.role, "after": role})
        return self._get(member)

    def remove(self, principal: str) -> None:
        """End *principal*'s membership; it holds from their next unit of work.

        Raises:
            LastOwnerError: If that would leave the tenant without an owner.
            PermissionDeniedError: If their role allows more than the caller holds.
        """
        member = parse_principal(principal)
        with self._unit.verb(Permission.MEMBER_WRITE):
            self._lock_memberships()
            before = self._get(member)
            self._check_grantable(before.role)
            if before.role == OWNER:
                self._check_not_last_owner(member)
            self._unit.session.delete(self._row(member))
            self._record("member.remove", member, {"role": before.role})

    def _check_grantable(self, role: str) -> None:
        """Nobody gives or takes what they do not hold themselves (the rule of Kubernetes' RBAC)."""
        missing = self._authoriser.permissions_of(role) - self._unit.context.permissions
        if missing:
            denial = PermissionDeniedError(principal=self._unit.context.principal, permission=min(missing))
            self._unit.denials.append(denial)
            raise denial

    def _lock_memberships(self) -> None:
        """Let membership changes of one tenant happen one after another, and every process see that there was one.

        Without the lock two owners could demote each other at once, and leave none.
        """
        session = self._unit.session
        session.execute(select(Tenant.tenant_id).with_for_update(key_share=True))
        session.execute(update(Tenant).values(authz_version=Tenant.authz_version + 1))

    def _check_not_last_owner(self, member: PrincipalId) -> None:
        owners = select(func.count()).select_from(Membership).where(Membership.role == OWNER)
        if self._unit.session.scalar(owners) == 1:
            raise LastOwnerError(principal=member)

    def _find(self, member: PrincipalId) -> MembershipRecord | None:
        return next((found for found in list_members(self._unit) if found.principal == member), None)

    def _get(self, member: PrincipalId) -> MembershipRecord:
        found = self._find(member)
        if found is None:
            raise NotFoundError(kind="member", key=member)
        return found

    def _row(self, member: PrincipalId) -> Membership:
        return self._unit.session.scalars(select(Membership).where(Membership.principal_id == member)).one()

    def _record(self, action: str, member: PrincipalId, payload: dict[str, object]) -> None:
        record_event(
            self._unit,
            action,
            object_type="member",
            object_id=None,
            payload={"member": member, **payload},
        )

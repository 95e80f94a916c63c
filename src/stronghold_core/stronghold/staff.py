"""The platform's own people: `stronghold.staff`. What they do with a tenant stands in that tenant's audit log."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from stronghold_core.audit import AuditKind, AuditOutcome, event_row, write_event_row
from stronghold_core.context import NO_ORIGIN, Context
from stronghold_core.db import own_transaction
from stronghold_core.errors import NotFoundError, StaffDeniedError
from stronghold_core.ids import PrincipalId, TenantId, new_id, parse_id, parse_principal
from stronghold_core.ledger import Verification, verify_books
from stronghold_core.rbac import explain
from stronghold_core.rbac.staff import appoint, dismiss, find_staff_role, list_staff
from stronghold_core.rbac.staff.rules import TASKS, StaffTask
from stronghold_core.tenancy import (
    create_tenant,
    find_tenant_id,
    is_tenant,
    list_members,
    read_tenant,
    switch_capabilities,
)
from stronghold_core.tenancy.rules import MAX_REFERENCE_LENGTH
from stronghold_core.text import checked_text

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from sqlalchemy import Connection

    from stronghold_core.db import Unit
    from stronghold_core.ids import AnId
    from stronghold_core.rbac import Explanation
    from stronghold_core.rbac.staff import StaffRecord
    from stronghold_core.stronghold.units import Units
    from stronghold_core.tenancy import MembershipRecord, TenantRecord


class Staff:
    """Who works for the platform: `stronghold.staff`. The host calls these in its own name.

    None of them sees a tenant's money: for that the tenant admits them (`books.admissions.admit`), and they open its
    books like a member.
    """

    def __init__(self, units: Units) -> None:
        self._units = units
        self._database = units.database

    def appoint(self, principal: str, *, role: str) -> StaffRecord:
        """Make somebody one of the platform's own people, or give them another role.

        Args:
            principal: Who: ``user:…``.
            role: ``support``, who looks things up, or ``operator``, who also runs things.

        Raises:
            InvalidInputError: If there is no such role, or *principal* is none.
        """
        name = parse_principal(principal)
        self._units.ensure_ready()
        with own_transaction(self._database.engine, self._database.backend, None, read_only=False) as connection:
            return appoint(connection, name, role=role, at=self._units.clock.now())

    def dismiss(self, principal: str) -> None:
        """Let somebody be one of them no more. What tenants admitted them to ends with it, from their next unit on.

        Raises:
            NotFoundError: If they are not.
        """
        name = parse_principal(principal)
        self._units.ensure_ready()
        with own_transaction(self._database.engine, self._database.backend, None, read_only=False) as connection:
            dismiss(connection, name)

    def list(self) -> list[StaffRecord]:
        """List them, the longest-standing first."""
        self._units.ensure_ready()
        with own_transaction(self._database.engine, self._database.backend, None, read_only=True) as connection:
            return list_staff(connection)

    def desk(self, principal: str) -> StaffDesk:
        """Give one of them a desk, at which each verb asks what they may and leaves a trace."""
        return StaffDesk(self._units, parse_principal(principal))


class StaffDesk:
    """What one of the platform's own people does. Each verb is recorded in the log of the tenant that it is about.

    All raise `StaffDeniedError` for somebody who may not, which is recorded as well if there is a tenant whose log can
    say so, and NotFoundError for a tenant that is not there.
    """

    def __init__(self, units: Units, principal: PrincipalId) -> None:
        self._units = units
        self._database = units.database
        self._principal = principal

    def tenant(self, tenant_id: AnId) -> TenantRecord:
        """Return a tenant and its settings."""
        with self._doing(StaffTask.SEE_TENANT, tenant_id) as unit:
            return read_tenant(unit.connection, unit.tenant_id)

    def find(self, *, external_reference: str) -> TenantRecord | None:
        """Return the tenant that the host knows by that key; none if there is none."""
        reference = checked_text(external_reference, field="external_reference", max_length=MAX_REFERENCE_LENGTH)
        self._units.ensure_ready()
        engine, backend = self._database.engine, self._database.backend
        with own_transaction(engine, backend, None, read_only=True) as connection:
            found = find_tenant_id(connection, backend, reference)
            if found is None:
                # That there is none is not for everybody either. Where there is one, its log is to say who asked.
                self._check(connection, StaffTask.SEE_TENANT)
        return None if found is None else self.tenant(found)

    def members(self, tenant_id: AnId) -> list[MembershipRecord]:
        """List a tenant's members."""
        with self._doing(StaffTask.SEE_MEMBERS, tenant_id) as unit:
            return list_members(unit)

    def explain(self, tenant_id: AnId, *, principal: str, permission: str) -> Explanation:
        """Say why somebody may do something in a tenant, or what they lack."""
        member = parse_principal(principal)
        with self._doing(StaffTask.EXPLAIN, tenant_id) as unit:
            return explain(unit, member, permission)

    def verify(self, tenant_id: AnId) -> Verification:
        """Verify a tenant's books."""
        with self._doing(StaffTask.VERIFY, tenant_id) as unit:
            return verify_books(unit)

    def switch_capabilities(self, tenant_id: AnId, switches: Mapping[str, bool]) -> TenantRecord:
        """Turn capabilities of a tenant on or off, as `stronghold.tenants.switch_capabilities` does."""
        with self._doing(StaffTask.SWITCH_CAPABILITIES, tenant_id) as unit:
            return switch_capabilities(unit, switches)

    def create_tenant(
        self,
        *,
        kind: str,
        name: str,
        base_currency: str,
        owner: str,
        time_zone: str = "UTC",
        external_reference: str | None = None,
        days_ahead: int = 0,
    ) -> TenantRecord:
        """Create a tenant with its first owner, as `stronghold.tenants.create` does."""
        member, tenant_id = parse_principal(owner), TenantId(new_id())
        self._units.ensure_ready()
        with self._writing(tenant_id) as unit:
            self._check(unit.connection, StaffTask.CREATE_TENANT)
            return create_tenant(
                unit,
                kind=kind,
                name=name,
                base_currency=base_currency,
                owner=member,
                time_zone=time_zone,
                external_reference=external_reference,
                days_ahead=days_ahead,
            )

    @contextmanager
    def _doing(self, task: StaffTask, tenant_id: AnId) -> Generator[Unit]:
        """Do something with a tenant, and have it recorded there: done, or else denied."""
        tenant = TenantId(parse_id(tenant_id, field="tenant_id"))
        self._units.ensure_ready()
        try:
            with self._writing(tenant) as unit:
                if not is_tenant(unit.connection, tenant):
                    raise NotFoundError(kind="tenant", key=tenant)
                self._check(unit.connection, task)
                self._record(unit, task, AuditKind.ACCESS, AuditOutcome.DONE)
                yield unit
        except StaffDeniedError:
            with self._writing(tenant) as unit:
                self._record(unit, task, AuditKind.SECURITY, AuditOutcome.DENIED)
            raise

    def _check(self, connection: Connection, task: StaffTask) -> None:
        role = find_staff_role(connection, self._principal)
        if role is None or task not in TASKS[role]:
            known = "none of the platform's own people" if role is None else f"of its {role}"
            raise StaffDeniedError(principal=self._principal, permission=task, fact=known)

    def _record(self, unit: Unit, task: StaffTask, kind: AuditKind, outcome: AuditOutcome) -> None:
        row = event_row(
            unit.context,
            at=unit.clock.now(),
            action=task.value,
            object_type="tenant",
            object_id=unit.tenant_id,
            payload={},
            kind=kind,
            outcome=outcome,
        )
        write_event_row(unit.connection, row)

    @contextmanager
    def _writing(self, tenant_id: TenantId) -> Generator[Unit]:
        context = Context(tenant_id=tenant_id, principal=self._principal, permissions=frozenset(), origin=NO_ORIGIN)
        with self._units.platform(context) as unit:
            yield unit

"""The verbs on the platform's own people, and on admissions: `books.admissions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, update

from stronghold_core.audit import record_event
from stronghold_core.db import table_of
from stronghold_core.errors import AlreadyMemberError, NotFoundError
from stronghold_core.ids import PrincipalId, parse_principal
from stronghold_core.permissions import Permission
from stronghold_core.rbac.governance import Governor, governing
from stronghold_core.rbac.models import Admission, Staff
from stronghold_core.rbac.staff.queries import find_admission, find_staff_role, list_admissions, list_staff
from stronghold_core.rbac.staff.rules import MAX_REASON_LENGTH, NEVER, checked_days, checked_staff_role
from stronghold_core.tenancy import find_role
from stronghold_core.text import checked_text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from stronghold_core.db import Unit
    from stronghold_core.rbac.staff.records import AdmissionRecord, StaffRecord

_staff = table_of(Staff)


def appoint(connection: Connection, principal: PrincipalId, *, role: str, at: datetime) -> StaffRecord:
    """Make somebody one of the platform's own people, or give them another role.

    Raises:
        InvalidInputError: If there is no such role.
    """
    values = {"role": checked_staff_role(role).value}
    changed = connection.execute(update(_staff).where(_staff.c.principal_id == principal).values(**values))
    if changed.rowcount == 0:
        connection.execute(insert(_staff).values(principal_id=principal, since=at, **values))
    return next(one for one in list_staff(connection) if one.principal == principal)


def dismiss(connection: Connection, principal: PrincipalId) -> None:
    """Let somebody be one of the platform's own people no more. What tenants admitted them to ends with it.

    Raises:
        NotFoundError: If they are not.
    """
    if connection.execute(delete(_staff).where(_staff.c.principal_id == principal)).rowcount == 0:
        raise NotFoundError(kind="staff", key=principal)


def check_may_end_admission(unit: Unit, governor: Governor, guest: PrincipalId) -> None:
    """Pass if whoever acts may take what *guest* is let in to do now; also if that is nothing.

    Raises:
        EscalationError: If they do not hold all of it.
    """
    admission = find_admission(unit.connection, unit.tenant_id, guest, at=unit.clock.now())
    if admission is not None:
        governor.check_may_hand(governor.roles.book.allowed_by(admission.role) - NEVER)


def end_admission(unit: Unit, governor: Governor, guest: PrincipalId) -> None:
    """Let somebody in no more, if they are let in.

    Raises:
        EscalationError: As `check_may_end_admission`.
    """
    check_may_end_admission(unit, governor, guest)
    unit.session.execute(delete(Admission).where(Admission.principal_id == guest))


class Admissions:
    """Whom of the platform's own people this tenant lets in: `books.admissions`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def list(self) -> list[AdmissionRecord]:
        """List all admissions, the earliest first, also those whose time is over."""
        with self._unit.reading(Permission.MEMBER_READ):
            return list_admissions(self._unit.connection, self._unit.tenant_id)

    def admit(self, principal: str, *, role: str, reason: str, days: int = 1) -> AdmissionRecord:
        """Let somebody of the platform's in for some days, instead of any admission they had.

        Whatever they open is recorded before they see anything. They neither admit members nor write roles, whatever
        *role* allows.

        Args:
            principal: Who: ``user:…``, as the platform named them.
            role: As what they act here.
            reason: What for.
            days: For how long: 1 to 30.

        Raises:
            NotFoundError: If the platform has nobody of that name.
            AlreadyMemberError: If they are a member here.
            EscalationError: If *role*, or as what they are let in now, allows more than the caller holds.
            InvalidInputError: If there is no such role, or a field can't be so.
        """
        subject = {"staff": principal, "role": role}
        with governing(self._unit, Permission.MEMBER_WRITE, "admission.admit", **subject) as governor:
            guest, until = parse_principal(principal), self._unit.clock.now() + checked_days(days)
            words = checked_text(reason, field="reason", max_length=MAX_REASON_LENGTH)
            governor.check_may_hand_role(role)
            if find_staff_role(self._unit.connection, guest) is None:
                raise NotFoundError(kind="staff", key=guest)
            if present := find_role(self._unit.connection, self._unit.tenant_id, guest):
                raise AlreadyMemberError(principal=guest, role=present)
            check_may_end_admission(self._unit, governor, guest)
            row = Admission(
                tenant_id=self._unit.tenant_id,
                principal_id=guest,
                role=role,
                reason=words,
                admitted_by=self._unit.context.principal,
                since=self._unit.clock.now(),
                until=until,
            )
            self._unit.session.merge(row)
            self._record("admission.admit", guest, {"role": role, "reason": words, "until": until})
        return self._get(guest)

    def withdraw(self, principal: str) -> None:
        """Let somebody in no more, from their next unit of work on.

        Raises:
            NotFoundError: If they were not admitted.
            EscalationError: If as what they are let in allows more than the caller holds.
        """
        with governing(self._unit, Permission.MEMBER_WRITE, "admission.withdraw", staff=principal) as governor:
            guest = parse_principal(principal)
            self._get(guest)
            end_admission(self._unit, governor, guest)
            self._record("admission.withdraw", guest, {})

    def _get(self, guest: PrincipalId) -> AdmissionRecord:
        admitted = list_admissions(self._unit.connection, self._unit.tenant_id)
        found = next((one for one in admitted if one.principal == guest), None)
        if found is None:
            raise NotFoundError(kind="admission", key=guest)
        return found

    def _record(self, action: str, guest: PrincipalId, payload: dict[str, object]) -> None:
        record_event(self._unit, action, object_type="admission", object_id=None, payload={"staff": guest, **payload})

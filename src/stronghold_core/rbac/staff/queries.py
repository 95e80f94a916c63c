"""Looking up the platform's own people and admissions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from stronghold_core.db import AnyRow, table_of
from stronghold_core.ids import PrincipalId
from stronghold_core.rbac.models import Admission, Staff
from stronghold_core.rbac.staff.records import AdmissionRecord, StaffRecord
from stronghold_core.rbac.staff.rules import MAX_DAYS, StaffRole
from stronghold_core.tenancy import find_role

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from stronghold_core.ids import TenantId

_staff, _admission = table_of(Staff), table_of(Admission)


def find_staff_role(connection: Connection, principal: PrincipalId) -> StaffRole | None:
    """Return what somebody is to the platform; none if they are nothing."""
    found = connection.execute(select(_staff.c.role).where(_staff.c.principal_id == principal)).scalar_one_or_none()
    return None if found is None else StaffRole(found)


def list_staff(connection: Connection) -> list[StaffRecord]:
    """List the platform's own people, the longest-standing first."""
    rows = connection.execute(select(_staff).order_by(_staff.c.since, _staff.c.principal_id))
    return [
        StaffRecord(principal=PrincipalId(row.principal_id), role=StaffRole(row.role), since=row.since) for row in rows
    ]


def find_admission(
    connection: Connection, tenant_id: TenantId, principal: PrincipalId, *, at: datetime
) -> AdmissionRecord | None:
    """Return how a tenant has let somebody in who is the platform's still; none if it has not, or no more.

    An admission is of those who were the platform's when it was made: the name may have gone to somebody else since.
    """
    query = (
        select(_admission)
        .join(_staff, _staff.c.principal_id == _admission.c.principal_id)
        .where(
            _admission.c.tenant_id == tenant_id,
            _admission.c.principal_id == principal,
            _admission.c.until > at,
            _admission.c.since >= _staff.c.since,
        )
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _admission_record(row)


def list_admissions(connection: Connection, tenant_id: TenantId) -> list[AdmissionRecord]:
    """List whom a tenant has let in, also those whose time is over."""
    query = select(_admission).where(_admission.c.tenant_id == tenant_id)
    ordered = query.order_by(_admission.c.since, _admission.c.principal_id)
    return [_admission_record(row) for row in connection.execute(ordered)]


def mistake_in_admissions(connection: Connection, tenant_id: TenantId, *, at: datetime) -> str | None:
    """Say what no verb would have stored: an admission that lasts too long, begins later, or sleeps; else none.

    For rows that came from elsewhere. A member's would let them in again once they are a member no more.
    """
    for one in list_admissions(connection, tenant_id):
        if one.since > at or one.until - one.since > timedelta(days=MAX_DAYS):
            return f"{one.principal} is let in from {one.since:%Y-%m-%d} until {one.until:%Y-%m-%d}"
        if find_role(connection, tenant_id, one.principal) is not None:
            return f"{one.principal} is let in, and a member"
    return None


def _admission_record(row: AnyRow) -> AdmissionRecord:
    return AdmissionRecord(
        principal=PrincipalId(row.principal_id),
        role=row.role,
        reason=row.reason,
        admitted_by=PrincipalId(row.admitted_by),
        since=row.since,
        until=row.until,
    )

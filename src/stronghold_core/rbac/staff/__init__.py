"""The platform's own people, and which tenants have let them in."""

from __future__ import annotations

from stronghold_core.rbac.staff.queries import find_admission, find_staff_role, list_staff, mistake_in_admissions
from stronghold_core.rbac.staff.records import AdmissionRecord, StaffRecord
from stronghold_core.rbac.staff.rules import StaffRole
from stronghold_core.rbac.staff.service import Admissions, appoint, dismiss, end_admission

__all__ = [
    "AdmissionRecord",
    "Admissions",
    "StaffRecord",
    "StaffRole",
    "appoint",
    "dismiss",
    "end_admission",
    "find_admission",
    "find_staff_role",
    "list_staff",
    "mistake_in_admissions",
]

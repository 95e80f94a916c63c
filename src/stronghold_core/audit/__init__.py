"""The audit log: who did what, when, and from where; one event a command, in the same transaction."""

from __future__ import annotations

from stronghold_core.audit.queries import find_broken_commitment
from stronghold_core.audit.records import AuditEventRecord, AuditKind, AuditOutcome
from stronghold_core.audit.revisions import count_change
from stronghold_core.audit.service import AuditLog, event_row, record_event, write_event_row

__all__ = [
    "AuditEventRecord",
    "AuditKind",
    "AuditLog",
    "AuditOutcome",
    "count_change",
    "event_row",
    "find_broken_commitment",
    "record_event",
    "write_event_row",
]

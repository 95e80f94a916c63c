"""The audit log: who did what, when, and from where; one event a command, in the same transaction."""

from __future__ import annotations

from stronghold_core.audit.records import AuditEventRecord, Kind, Outcome
from stronghold_core.audit.service import AuditLog, event_row, record_event, write_event_row

__all__ = ["AuditEventRecord", "AuditLog", "Kind", "Outcome", "event_row", "record_event", "write_event_row"]

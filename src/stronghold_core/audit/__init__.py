"""The audit log: who did what, when, and from where; one event a command, in the same transaction."""

from __future__ import annotations

from stronghold_core.audit.queries import find_broken_commitment
from stronghold_core.audit.records import AuditEventRecord, AuditKind, AuditOutcome
from stronghold_core.audit.revisions import count_change
from stronghold_core.audit.sealing.queries import has_unsealed
from stronghold_core.audit.sealing.records import Checkpoint, Sealed, SealedBatch, Signer
from stronghold_core.audit.sealing.service import seal_batch
from stronghold_core.audit.service import AuditLog, event_row, record_event, write_event_row

__all__ = [
    "AuditEventRecord",
    "AuditKind",
    "AuditLog",
    "AuditOutcome",
    "Checkpoint",
    "Sealed",
    "SealedBatch",
    "Signer",
    "count_change",
    "event_row",
    "find_broken_commitment",
    "has_unsealed",
    "record_event",
    "seal_batch",
    "write_event_row",
]

"""The audit log: who did what, when, and from where; one event a command, in the same transaction."""

from __future__ import annotations

from stronghold_core.audit.erasing.records import Expired
from stronghold_core.audit.proofs.records import ConsistencyProof, InclusionProof, Opening
from stronghold_core.audit.proofs.rules import verify_checkpoint, verify_consistency, verify_inclusion
from stronghold_core.audit.queries import find_broken_commitment, sealed_events
from stronghold_core.audit.recording import event_row, record_event, write_event_row
from stronghold_core.audit.records import AuditEventRecord, AuditKind, AuditOutcome
from stronghold_core.audit.revisions import count_change
from stronghold_core.audit.rules import checked_number
from stronghold_core.audit.sealing.files import CheckpointFile
from stronghold_core.audit.sealing.queries import has_unsealed
from stronghold_core.audit.sealing.records import Checkpoint, Sealed, SealedBatch, Signer
from stronghold_core.audit.sealing.service import seal_batch
from stronghold_core.audit.service import AuditLog
from stronghold_core.audit.verification.records import LogFinding, LogRule, LogVerification, Verifier, Verifiers
from stronghold_core.audit.verification.service import verify_log

__all__ = [
    "AuditEventRecord",
    "AuditKind",
    "AuditLog",
    "AuditOutcome",
    "Checkpoint",
    "CheckpointFile",
    "ConsistencyProof",
    "Expired",
    "InclusionProof",
    "LogFinding",
    "LogRule",
    "LogVerification",
    "Opening",
    "Sealed",
    "SealedBatch",
    "Signer",
    "Verifier",
    "Verifiers",
    "checked_number",
    "count_change",
    "event_row",
    "find_broken_commitment",
    "has_unsealed",
    "record_event",
    "seal_batch",
    "sealed_events",
    "verify_checkpoint",
    "verify_consistency",
    "verify_inclusion",
    "verify_log",
    "write_event_row",
]

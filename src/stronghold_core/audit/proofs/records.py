"""Proofs, as whoever asked for them keeps them: plain values, so that they travel as JSON."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from stronghold_core.audit.sealing.records import Checkpoint


class Opening(BaseModel):
    """What an event commits to: with it, its payload is proved as well."""

    model_config = ConfigDict(frozen=True)

    salt: str
    """Hexadecimal."""
    payload: str
    """Canonical JSON, exactly as it was hashed."""


class InclusionProof(BaseModel):
    """An event is in the log that a checkpoint tells of."""

    model_config = ConfigDict(frozen=True)

    entry: dict[str, str | int]
    """The event without its payload; its canonical JSON is a leaf of the tree of its batch."""
    batch: dict[str, str | int]
    """The header of its batch; its canonical JSON is a leaf of the tree of the log."""
    batch_path: tuple[str, ...]
    """From the event to the root of the batch: hashes, the lowest first."""
    log_path: tuple[str, ...]
    """From the batch to the root of the log."""
    checkpoint: Checkpoint
    opening: Opening | None = None


class ConsistencyProof(BaseModel):
    """The log of an older checkpoint is the beginning of that of a newer one."""

    model_config = ConfigDict(frozen=True)

    older: Checkpoint
    newer: Checkpoint
    path: tuple[str, ...]

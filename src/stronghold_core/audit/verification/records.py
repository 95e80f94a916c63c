"""What verifying a log finds."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from stronghold_core.ids import TenantId


class Verifier(Protocol):
    """What verifying asks of a key: whether a signature is its own."""

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Tell whether *signature* is this key's of *message*."""
        ...


class Verifiers(Protocol):
    """Keys by their names; a key ring is one."""

    def find(self, kid: str) -> Verifier | None:
        """Return the key of that name, if it is known."""
        ...


class LogRule(StrEnum):
    """What must hold of a sealed log."""

    CHANGED = "changed"
    """An event is as it was sealed."""
    PAYLOAD = "payload"
    """A payload is what its event committed to, or erased with its salt."""
    MISSING = "missing"
    """No number is left out, from the first that was not dropped to the last."""
    ADDED = "added"
    """No event has a number that was never given."""
    BATCH = "batch"
    """A batch's root is that of its events, and its header names the one before."""
    LOG = "log"
    """The root of the log is that of its batches."""
    HEAD = "head"
    """The head says how far the log is."""
    SIGNATURE = "signature"
    """Each signature is by a key that is known, and the last checkpoint has one."""
    CHECKPOINT = "checkpoint"
    """The log is a continuation of the one that a kept checkpoint tells of."""


class LogFinding(BaseModel):
    """The first place at which a log is not what was sealed."""

    model_config = ConfigDict(frozen=True)

    rule: LogRule
    seq: int
    """The first number that can't be relied upon."""
    fact: str


class LogVerification(BaseModel):
    """The result of going through one tenant's sealed log."""

    model_config = ConfigDict(frozen=True)

    tenant_id: TenantId
    batches: int
    events: int
    """How many events were looked at; those of before the kept checkpoint, and dropped ones, were not."""
    finding: LogFinding | None

    @property
    def is_sound(self) -> bool:
        """Whether every rule holds."""
        return self.finding is None

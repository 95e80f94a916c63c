"""What a caller sees of the seal."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict

from stronghold_core.ids import TenantId


class Signer(Protocol):
    """What the sealer asks of a key: a name, and an Ed25519 signature. The active key of a key ring is one."""

    @property
    def kid(self) -> str:
        """What the key is called; whoever verifies finds its public half by this name."""
        ...

    @property
    def algorithm(self) -> str:
        """By what it signs: ``EdDSA``."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of an Ed25519 signature of *message*."""
        ...


class Checkpoint(BaseModel):
    """What a tenant's log was at one moment: whoever keeps one elsewhere notices if its past is rewritten.

    Hashes and signatures are hexadecimal, so a checkpoint can be kept as JSON.
    """

    model_config = ConfigDict(frozen=True)

    tenant_id: TenantId
    batches: int
    events: int
    """How many events the log had: the number of the last one."""
    root: str
    """The root of the tree over its batches."""
    sealed_at: datetime
    key_id: str | None = None
    signature: str | None = None
    """None if the sealer had no key."""

    @property
    def is_signed(self) -> bool:
        """Whether it says whose it is; not whether that is true."""
        return self.signature is not None


class SealedBatch(NamedTuple):
    """One batch, as it was just sealed."""

    checkpoint: Checkpoint
    events: int
    """How many it has."""


class Sealed(BaseModel):
    """What sealing did."""

    model_config = ConfigDict(frozen=True)

    tenants: int
    """How many it looked at."""
    batches: int
    events: int
    """How many events got their numbers."""

    def with_tenant(self) -> Sealed:
        """Count one more tenant."""
        return self.model_copy(update={"tenants": self.tenants + 1})

    def with_batch(self, batch: SealedBatch) -> Sealed:
        """Count one more batch."""
        return self.model_copy(update={"batches": self.batches + 1, "events": self.events + batch.events})

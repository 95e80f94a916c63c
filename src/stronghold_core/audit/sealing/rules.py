"""What is hashed and signed, as bytes: each a canonical JSON object, so that anybody can write it down again.

An *entry* is an event without its payload, but with the commitment to it and with its number; its hash is a leaf of the
tree of its batch. A batch's *header* names that tree's root, its first and last number and the header before; its hash
is a leaf of the tree of the log. A *statement* names the root of that one, and is what a checkpoint signs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from stronghold_core.audit.merkle import HASH_BYTES
from stronghold_core.audit.rules import canonical

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from stronghold_core.audit.sealing.records import Checkpoint

BATCH_EVENTS: Final = 1_000
"""How many events are sealed together at most."""
BEGINNING: Final = bytes(HASH_BYTES)
"""What the first batch names as the header before it."""

STATEMENT: Final = "financial-stronghold checkpoint 1"
"""What a signed statement says it is, so that a key's signature of anything else is none of a checkpoint."""

HEADER_FIELDS: Final = (
    "tenant_id",
    "id",
    "at",
    "kind",
    "actor",
    "on_behalf_of",
    "action",
    "object_type",
    "object_id",
    "outcome",
    "cause",
    "request_id",
    "version",
    "commitment",
)
"""The columns of an event that never change."""


def entry(event: Any, seq: int) -> bytes:  # noqa: ANN401 - a row of the log: rules know no database
    """Return the entry of *event*, a row with `HEADER_FIELDS` and its commitment, as the number *seq*.

    Fields that it has none of are left out.
    """
    fields = {name: getattr(event, name) for name in HEADER_FIELDS}
    return canonical({**fields, "commitment": event.commitment.hex(), "seq": seq}).encode()


def header(
    *, tenant_id: UUID, number: int, first_seq: int, last_seq: int, root: bytes, previous: bytes, sealed_at: datetime
) -> bytes:
    """Return the header of a batch."""
    return canonical(
        {
            "tenant_id": tenant_id,
            "number": number,
            "first_seq": first_seq,
            "last_seq": last_seq,
            "root": root.hex(),
            "previous": previous.hex(),
            "sealed_at": sealed_at,
        }
    ).encode()


def header_of(batch: Any) -> bytes:  # noqa: ANN401 - a row of the table of batches
    """Return the header of a batch that is stored."""
    return header(
        tenant_id=batch.tenant_id,
        number=batch.number,
        first_seq=batch.first_seq,
        last_seq=batch.last_seq,
        root=batch.root,
        previous=batch.previous,
        sealed_at=batch.sealed_at,
    )


def statement(checkpoint: Checkpoint) -> bytes:
    """Return what the signature of *checkpoint* is made over: everything that it says."""
    return canonical({"format": STATEMENT, **checkpoint.model_dump(exclude={"signature"})}).encode()


def is_same(one: Checkpoint, other: Checkpoint) -> bool:
    """Tell whether two checkpoints say the same of a log, whoever signed them."""
    return (one.tenant_id, one.batches, one.events, one.root) == (
        other.tenant_id,
        other.batches,
        other.events,
        other.root,
    )

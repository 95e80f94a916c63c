"""Sealing a tenant's log, one batch in one transaction: all of it holds, or nothing happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stronghold_core.audit.duties import Duty, on_duty
from stronghold_core.audit.merkle import Frontier, leaf_hash, root_of
from stronghold_core.audit.sealing.queries import add_batch, locked_head, move_head, number_events, unsealed
from stronghold_core.audit.sealing.records import Checkpoint, SealedBatch
from stronghold_core.audit.sealing.rules import BATCH_EVENTS, entry, header, statement
from stronghold_core.errors import IntegrityFaultError

if TYPE_CHECKING:
    from stronghold_core.audit.sealing.records import Signer
    from stronghold_core.db import AnyRow, Unit


def seal_batch(unit: Unit, signer: Signer | None, *, limit: int = BATCH_EVENTS) -> SealedBatch | None:
    """Give the next events of the unit's tenant their numbers, and sign what the log is then; none if none waited.

    Whoever holds the head's row is the only one who seals this tenant. Numbers follow each other without a gap, because
    they are given in the transaction that also moves the head.
    """
    head = locked_head(unit)
    events = unsealed(unit, limit)
    if not events:
        return None
    seqs = range(head.events + 1, head.events + len(events) + 1)
    leaves = [leaf_hash(entry(event, seq)) for seq, event in zip(seqs, events, strict=True)]
    with on_duty(unit, Duty.SEAL):
        number_events(unit, [event.id for event in events], seqs, leaves)
    batch = {
        "number": head.batches + 1,
        "first_seq": seqs[0],
        "last_seq": seqs[-1],
        "root": root_of(leaves),
        "previous": head.header,
        "sealed_at": unit.clock.now(),
    }
    return SealedBatch(_close(unit, _frontier(unit, head), batch, signer), len(events))


def _close(unit: Unit, frontier: Frontier, batch: dict[str, Any], signer: Signer | None) -> Checkpoint:
    """Write *batch* down, and its checkpoint."""
    hashed = leaf_hash(header(tenant_id=unit.tenant_id, **batch))
    frontier.append(hashed)
    checkpoint = _signed(
        Checkpoint(
            tenant_id=unit.tenant_id,
            batches=frontier.size,
            events=batch["last_seq"],
            root=frontier.root.hex(),
            sealed_at=batch["sealed_at"],
            key_id=None if signer is None else signer.kid,
        ),
        signer,
    )
    signature = None if checkpoint.signature is None else bytes.fromhex(checkpoint.signature)
    add_batch(unit, {**batch, "log_root": frontier.root, "key_id": checkpoint.key_id, "signature": signature})
    move_head(unit, batches=frontier.size, events=checkpoint.events, header=hashed, frontier=frontier.written())
    return checkpoint


def _frontier(unit: Unit, head: AnyRow) -> Frontier:
    try:
        return Frontier.read(head.batches, head.frontier)
    except ValueError as error:
        reason = f"the head of the audit log of tenant {unit.tenant_id} can't be as it stands."
        raise IntegrityFaultError(reason=reason) from error


def _signed(checkpoint: Checkpoint, signer: Signer | None) -> Checkpoint:
    if signer is None:
        return checkpoint
    return checkpoint.model_copy(update={"signature": signer.sign(statement(checkpoint)).hex()})

"""Verifying a sealed log: batch after batch, event after event, with memory that does not grow.

It stops at the first place at which the log is not what was sealed. What a forger could make agree again, who can write
everything, shows against a checkpoint that was kept elsewhere, and by a signature that they can't make.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stronghold_core.audit.merkle import Frontier, leaf_hash
from stronghold_core.audit.rules import commitment
from stronghold_core.audit.sealing.queries import checkpoint_of
from stronghold_core.audit.sealing.rules import BATCH_EVENTS, BEGINNING, entry, header_of, is_same, statement
from stronghold_core.audit.verification.queries import batches_until, ends, events_between, latest_retention
from stronghold_core.audit.verification.records import LogFinding, LogRule, LogVerification

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stronghold_core.audit.sealing.records import Checkpoint
    from stronghold_core.audit.verification.records import Verifiers
    from stronghold_core.db import AnyRow, Unit


class _Breach(Exception):  # noqa: N818 - what was found, on its way out of the loops
    """The first place at which the log is not what was sealed."""

    def __init__(self, rule: LogRule, seq: int, fact: str) -> None:
        super().__init__(fact)
        self.finding = LogFinding(rule=rule, seq=seq, fact=fact)


def verify_log(
    unit: Unit, *, since: Checkpoint | None = None, keys: Verifiers | None = None, with_payloads: bool = True
) -> LogVerification:
    """Go through the unit's tenant's log, and name the first place at which it is not what was sealed.

    Args:
        unit: Whose.
        since: A checkpoint that was kept: what it tells of must be the beginning of this log, and is not gone through
            again event by event.
        keys: By which signatures are verified; they are not if left out.
        with_payloads: Whether to compare payloads with what events committed to.
    """
    walk = _Walk(unit, since, keys, with_payloads=with_payloads)
    finding = None
    try:
        walk.go()
    except _Breach as breach:
        finding = breach.finding
    return LogVerification(tenant_id=unit.tenant_id, batches=walk.frontier.size, events=walk.seen, finding=finding)


class _Walk:
    """How far a verification is."""

    def __init__(self, unit: Unit, since: Checkpoint | None, keys: Verifiers | None, *, with_payloads: bool) -> None:
        self._unit, self._since, self._keys, self._with_payloads = unit, since, keys, with_payloads
        self._ends = ends(unit)
        self._last = 0
        """The last number of the batches so far."""
        self._header = BEGINNING
        self.frontier = Frontier()
        self.seen = 0

    def go(self) -> None:
        """Look at everything.

        Raises:
            _Breach: At the first fault.
        """
        self._check_kept_is_ours()
        self._check_dropped()
        begun = max(self._ends.dropped or 0, self._since.events if self._since is not None else 0)
        events = events_between(self._unit, begun, self._ends.event)
        latest = None
        for batch in batches_until(self._unit, self._ends.batch):
            latest = batch
            self._check_header(batch)
            if batch.last_seq > begun:
                self._check_events(batch, events)
            self._grow(batch)
        self._check_end(latest)
        for event in events:
            raise _Breach(LogRule.ADDED, event.seq, "an event has this number, which no batch gave")

    def _check_kept_is_ours(self) -> None:
        kept = self._since
        if kept is not None and kept.tenant_id != self._unit.tenant_id:
            raise _Breach(LogRule.CHECKPOINT, 1, "the kept checkpoint is of another log")

    def _check_dropped(self) -> None:
        """Compare what was dropped with what an event tells of it, which is in the part that was not."""
        dropped, told = self._ends.dropped or 0, latest_retention(self._unit)
        if dropped != told:
            fact = f"events up to {dropped:,} are gone, but up to {told:,} by what the log tells of it"
            raise _Breach(LogRule.HEAD, 1, fact)

    def _check_header(self, batch: AnyRow) -> None:
        """Compare what a batch says of its place with those before."""
        seq = self._last + 1
        if batch.number != self.frontier.size + 1:
            raise _Breach(LogRule.MISSING, seq, f"batch {self.frontier.size + 1} is not there")
        if batch.first_seq != seq or not 0 <= batch.last_seq - batch.first_seq < BATCH_EVENTS:
            raise _Breach(LogRule.BATCH, seq, f"batch {batch.number} is from {batch.first_seq} to {batch.last_seq}")
        if batch.previous != self._header:
            raise _Breach(LogRule.BATCH, seq, f"batch {batch.number} names another batch before it")

    def _check_events(self, batch: AnyRow, events: Iterator[AnyRow]) -> None:
        """Make the batch's tree again."""
        tree = Frontier()
        for seq in range(batch.first_seq, batch.last_seq + 1):
            event = next(events, None)
            if event is None or event.seq != seq:
                raise _Breach(LogRule.MISSING, seq, "no event has this number")
            leaf = leaf_hash(entry(event, seq))
            if leaf != event.leaf:
                raise _Breach(LogRule.CHANGED, seq, f"event {event.id} is not as it was sealed")
            if self._with_payloads and not _is_committed(event):
                raise _Breach(LogRule.PAYLOAD, seq, f"the payload of event {event.id} is not what it committed to")
            tree.append(leaf)
            self.seen += 1
        if tree.root != batch.root:
            fact = f"the events from {batch.first_seq} to {batch.last_seq} are not those that were sealed"
            raise _Breach(LogRule.BATCH, batch.first_seq, fact)

    def _grow(self, batch: AnyRow) -> None:
        """Let the tree of the log grow by one batch."""
        self._header = leaf_hash(header_of(batch))
        self.frontier.append(self._header)
        self._last = batch.last_seq
        if self.frontier.root != batch.log_root:
            raise _Breach(LogRule.LOG, batch.first_seq, f"the root of the log at batch {batch.number} is another")
        if self._keys is not None and batch.signature is not None:
            self._check_signature(checkpoint_of(batch), batch.first_seq)
        kept = self._since
        if kept is not None and kept.batches == batch.number and not is_same(kept, checkpoint_of(batch)):
            raise _Breach(LogRule.CHECKPOINT, 1, f"the log was another when it had {kept.events:,} events")

    def _check_signature(self, checkpoint: Checkpoint, seq: int) -> None:
        key = None if self._keys is None else self._keys.find(checkpoint.key_id or "")
        signature = bytes.fromhex(checkpoint.signature or "")
        if key is None:
            raise _Breach(LogRule.SIGNATURE, seq, f"checkpoint {checkpoint.batches} is signed by an unknown key")
        if not key.verify(signature, statement(checkpoint)):
            raise _Breach(LogRule.SIGNATURE, seq, f"the signature of checkpoint {checkpoint.batches} is not the key's")

    def _check_end(self, latest: AnyRow | None) -> None:
        """Compare the end of the log with what the head and a kept checkpoint say."""
        seq, kept, said = self._last + 1, self._since, self._ends
        if kept is not None and kept.batches > self.frontier.size:
            raise _Breach(LogRule.CHECKPOINT, seq, f"the log ends, and had {kept.events:,} events once")
        if self._keys is not None and latest is not None and latest.signature is None:
            raise _Breach(LogRule.SIGNATURE, latest.first_seq, f"the last checkpoint, {latest.number}, is not signed")
        is_begun = said.batches is not None
        found = (said.batches, said.events, said.header, said.frontier) if is_begun else (0, 0, BEGINNING, b"")
        if found != (self.frontier.size, self._last, self._header, self.frontier.written()):
            raise _Breach(LogRule.HEAD, seq, f"the head tells of {found[1]:,} events in {found[0]:,} batches")


def _is_committed(event: AnyRow) -> bool:
    """Tell whether a payload is what its event committed to; one that is erased, and its salt with it, is."""
    if event.payload is None:
        return event.salt is None
    return event.salt is not None and commitment(event.salt, event.payload) == event.commitment

"""The verbs of the audit log; `recording` writes it, as part of whatever else is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stronghold_core.audit.erasing.service import MAX_BASIS_LENGTH, expire, redact
from stronghold_core.audit.proofs.service import prove_event, prove_growth
from stronghold_core.audit.queries import Wanted, list_events, sealed_events
from stronghold_core.audit.rules import MAX_ACTION_LENGTH, MAX_OBJECT_TYPE_LENGTH, checked_kind, checked_number
from stronghold_core.audit.sealing.queries import list_checkpoints
from stronghold_core.audit.verification.service import verify_log
from stronghold_core.clock import checked_instant
from stronghold_core.ids import parse_id, parse_principal
from stronghold_core.pagination import DEFAULT_PAGE_SIZE, Page
from stronghold_core.permissions import Permission
from stronghold_core.text import checked_text

if TYPE_CHECKING:
    from stronghold_core.audit.erasing.records import Expired
    from stronghold_core.audit.proofs.records import ConsistencyProof, InclusionProof
    from stronghold_core.audit.records import AuditEventRecord, AuditKind
    from stronghold_core.audit.sealing.records import Checkpoint
    from stronghold_core.audit.verification.records import LogVerification, Verifiers
    from stronghold_core.clock import AnInstant
    from stronghold_core.db import Unit
    from stronghold_core.ids import AnId


class AuditLog:
    """What happened in this tenant: `books.audit`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def list(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        kind: AuditKind | str | None = None,
        object_type: str | None = None,
        object_id: AnId | None = None,
        since: AnInstant | None = None,
        until: AnInstant | None = None,
        limit: int = DEFAULT_PAGE_SIZE,
        after: str | None = None,
    ) -> Page[AuditEventRecord]:
        """List events, the latest first; conditions may be combined.

        Args:
            actor: The principal who acted.
            action: What was done, such as ``account.open``; of a denial, the permission that was missing.
            kind: ``change``, ``access`` or ``security``.
            object_type: What sort of thing it was done to, such as ``account``.
            object_id: The id of what it was done to.
            since: Not before that instant.
            until: Before that instant.
            limit: How many on a page.
            after: The cursor of the page before.

        Raises:
            InvalidInputError: If a condition can't be meant.
        """
        with self._unit.reading(Permission.AUDIT_READ):
            wanted = Wanted(
                actor=None if actor is None else parse_principal(actor, field="actor"),
                action=_word(action, "action", MAX_ACTION_LENGTH),
                kind=None if kind is None else checked_kind(kind),
                object_type=_word(object_type, "object_type", MAX_OBJECT_TYPE_LENGTH),
                object_id=None if object_id is None else parse_id(object_id, field="object_id"),
                since=None if since is None else checked_instant(since, field="since"),
                until=None if until is None else checked_instant(until, field="until"),
            )
            return list_events(self._unit, wanted, limit=limit, after=after)

    def stream(self, *, after: int = 0, limit: int = DEFAULT_PAGE_SIZE) -> tuple[AuditEventRecord, ...]:
        """Return sealed events in the order of their numbers, which has no gap; what waits for its number is not in it.

        `Stronghold.stream` seals first.

        Args:
            after: The number of the last event that was read; from the first that is left, if left out.
            limit: How many at most.
        """
        with self._unit.reading(Permission.AUDIT_READ):
            return sealed_events(self._unit, after=checked_number(after, field="after"), limit=limit)

    def checkpoints(self, *, limit: int = DEFAULT_PAGE_SIZE, after: str | None = None) -> Page[Checkpoint]:
        """List what the log was each time it was sealed, the latest first.

        Args:
            limit: How many on a page.
            after: The cursor of the page before.
        """
        with self._unit.reading(Permission.AUDIT_READ):
            return list_checkpoints(self._unit, limit=limit, after=after)

    def verify(self, *, since: Checkpoint | None = None, keys: Verifiers | None = None) -> LogVerification:
        """Go through the sealed log, and name the first number from which it is not what was sealed.

        Args:
            since: A checkpoint that was kept: its log must be the beginning of this one, and is not gone through again.
            keys: A key ring by which signatures are verified; they are not if left out.
        """
        with self._unit.reading(Permission.BOOKS_VERIFY):
            return verify_log(self._unit, since=since, keys=keys)

    def prove(self, event_id: AnId, *, with_payload: bool = False) -> InclusionProof:
        """Prove that an event is in the log: `verify_inclusion` checks that anywhere.

        Args:
            event_id: Which.
            with_payload: Whether to disclose what the event commits to, so that this is proved, too.

        Raises:
            NotFoundError: If there is no such event.
            NotSealedError: If it waits for its number.
        """
        with self._unit.reading(Permission.AUDIT_READ):
            return prove_event(self._unit, parse_id(event_id, field="event_id"), with_payload=with_payload)

    def prove_growth(self, since: Checkpoint) -> ConsistencyProof:
        """Prove that the log only grew since a checkpoint: `verify_consistency` checks that anywhere.

        Raises:
            NotSealedError: If nothing of the log is sealed.
            ProofRefusedError: If it is no checkpoint of this log.
        """
        with self._unit.reading(Permission.AUDIT_READ):
            return prove_growth(self._unit, since)

    def redact(self, event_id: AnId, *, legal_basis: str) -> None:
        """Erase what an event tells beyond its header: its words, amounts, address and browser.

        Its commitment stays, so the log goes on proving that the event was there; what it said, nobody can say again.
        Rows that are no events, such as the words of a transaction, are not touched.

        Args:
            event_id: Which.
            legal_basis: Why it may be, or must: kept for ever.

        Raises:
            NotFoundError: If there is no such event.
            InvalidInputError: If the event tells of an erasure itself, or no basis is given.
            AlreadyRedactedError: If it was erased before.
        """
        with self._unit.verb(Permission.AUDIT_REDACT):
            basis = checked_text(legal_basis, field="legal_basis", max_length=MAX_BASIS_LENGTH)
            redact(self._unit, parse_id(event_id, field="event_id"), basis)

    def expire(self, *, sealed_before: AnInstant, legal_basis: str) -> Expired:
        """Drop the oldest events, in whole batches; what follows them is proved as before.

        Args:
            sealed_before: Batches that were sealed before it go.
            legal_basis: Why they need not be kept any longer.

        Raises:
            InvalidInputError: If that is no instant, or no basis is given.
        """
        with self._unit.verb(Permission.AUDIT_EXPIRE):
            basis = checked_text(legal_basis, field="legal_basis", max_length=MAX_BASIS_LENGTH)
            return expire(self._unit, checked_instant(sealed_before, field="sealed_before"), basis)


def _word(value: str | None, field: str, max_length: int) -> str | None:
    return None if value is None else checked_text(value, field=field, max_length=max_length)

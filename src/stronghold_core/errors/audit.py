"""Errors of the audit log: its seal, its proofs, and what may go from it."""

from __future__ import annotations

from stronghold_core.errors.families import ConflictError, RuleError


class NotSealedError(ConflictError):
    """There is no proof of an event that has no place in the sealed log yet."""

    code = "audit.not_sealed"
    template = "{thing} is not sealed yet: run `stronghold seal`, or call stronghold.seal(), and ask again."
    thing: str


class AlreadyRedactedError(ConflictError):
    """The payload of an event was erased before."""

    code = "audit.already_redacted"
    template = "The payload of event {event_id} is erased already; the log says by whom, and why."
    event_id: object


class ProofRefusedError(RuleError):
    """A proof or a checkpoint does not prove what it is to prove. It says no more, whoever made it."""

    code = "audit.proof_refused"
    template = "This proves nothing of the log in question: ask for it again where the log is kept."

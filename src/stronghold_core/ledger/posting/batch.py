"""A batch on its way through the engine: what is known of each draft so far, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from stronghold_core.errors import NotFoundError, StrongholdError
from stronghold_core.ids import AuditId, TransactionId, new_id
from stronghold_core.ledger.posting.records import (
    AnyDraft,
    Draft,
    EntryRecord,
    Outcome,
    PostResult,
    TransactionKind,
    TransactionRecord,
)
from stronghold_core.ledger.posting.rules import Head, Line, Posting, Step, Touch, accounts_of, lines_of, touches_of
from stronghold_core.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from stronghold_core.ids import AccountId
    from stronghold_core.ledger.accounts.records import AccountFacts

OnError = Literal["stop", "continue"]


@dataclass(slots=True)
class Request:
    """One draft: first touches, then lines, then a posting and its steps; or a repetition, or a refusal."""

    draft: AnyDraft | Draft
    kind: TransactionKind
    lines: Sequence[Line] = ()
    reverses_id: TransactionId | None = None
    part_of: AuditId | None = None
    """The audit event of the command that the posting is a part of; none if it is a command of its own."""
    touches: Sequence[Touch] = ()
    posting: Posting | None = None
    steps: Sequence[Step] = ()
    first_line: int = 1
    recorded_at: datetime | None = None
    fingerprint: bytes | None = None
    replays: TransactionId | None = None
    error: StrongholdError | None = None
    id: TransactionId = field(default_factory=lambda: TransactionId(new_id()))
    """What the transaction will be called, however often the batch is planned."""

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing left to do about it."""
        return self.replays is not None or self.error is not None

    def accounts(self) -> Iterator[AccountId]:
        """Name the accounts that the draft names; none if its lines were given."""
        return iter(()) if self.lines else accounts_of(self.draft)  # type: ignore[arg-type]

    def heads(self) -> Iterator[Head]:
        """Name the heads that the draft touches."""
        return (touch.target for touch in self.touches if isinstance(touch.target, Head))

    def find_touches(self, facts: Mapping[AccountId, AccountFacts]) -> None:
        """Read the draft's amounts, now that the accounts' currencies are known."""
        for account_id in self.accounts():
            if account_id not in facts:
                raise NotFoundError(kind="account", key=account_id)
        if not self.lines:
            self.touches = touches_of(self.draft, facts)  # type: ignore[arg-type]

    def find_lines(self, facts: Mapping[AccountId, AccountFacts], heads: HeadsFound) -> None:
        """Put accounts in the place of heads."""
        for head in self.heads():
            if head in heads.refused:
                raise heads.refused[head]
        if self.touches:
            self.lines = lines_of(self.touches, facts, heads.found)

    def result(self) -> PostResult:
        """Say what became of the draft."""
        if self.error is not None:
            return PostResult(outcome=Outcome.REFUSED, transaction_id=None, error=self.error)
        if self.replays is not None:
            return PostResult(outcome=Outcome.REPLAYED, transaction_id=self.replays)
        return PostResult(outcome=Outcome.POSTED, transaction_id=self.posted().id)

    def record(self) -> TransactionRecord:
        """Return the transaction that was just posted, as a caller sees it."""
        if self.recorded_at is None:
            raise LookupError("This request was not written.")
        return record_of(self.posted(), self.steps, recorded_at=self.recorded_at, first_line=self.first_line)

    def posted(self) -> Posting:
        """Return the posting of a request that was carried out."""
        if self.posting is None:
            raise LookupError("This request was not carried out.")
        return self.posting


def record_of(
    posting: Posting, steps: Sequence[Step], *, recorded_at: datetime, first_line: int = 1
) -> TransactionRecord:
    """Return a transaction that was just posted, as a caller sees it."""
    draft = posting.draft
    return TransactionRecord(
        id=posting.id,
        kind=posting.kind,
        effective_date=posting.effective_date,
        recorded_at=recorded_at,
        description=draft.description,
        payee=draft.payee,
        note=draft.note,
        reference=draft.reference,
        reverses_id=posting.reverses_id,
        entries=tuple([_entry_record(number, step) for number, step in enumerate(steps, first_line)]),
    )


def _entry_record(number: int, step: Step) -> EntryRecord:
    account, after = step.line.account, step.balance_after_minor
    return EntryRecord(
        line=number,
        account_id=account.id,
        category_id=account.category_id,
        amount=Money(step.line.amount_minor, account.currency),
        balance_after=None if after is None else Money(after, account.currency),
        account_version=step.account_version,
    )


@dataclass(slots=True, frozen=True)
class HeadsFound:
    """The accounts behind heads, and why some have none."""

    found: Mapping[Head, AccountFacts]
    refused: Mapping[Head, StrongholdError]


@dataclass(slots=True)
class Command:
    """A command that is carried out in several batches: all of them happen at one instant, under one audit event.

    Whoever gives it writes that event. The first batch locks the accounts that the others touch, and sets the time.
    """

    id: AuditId = field(default_factory=lambda: AuditId(new_id()))
    """What the event will be called."""
    at: datetime | None = None
    """When it happened; none before the first batch."""


class Batch:
    """Requests in their order, and what to do when one is refused."""

    def __init__(
        self,
        requests: Sequence[Request],
        on_error: OnError,
        *,
        is_many: bool = False,
        recorded_at: datetime | None = None,
    ) -> None:
        """Take *requests*.

        Args:
            requests: What to carry out.
            on_error: Whether the first refusal ends it.
            is_many: Whether their caller counts them, also if there is only one.
            recorded_at: The instant of the command that they are a part of, if it has one already.
        """
        self.requests = requests
        self.recorded_at = recorded_at
        self._on_error = on_error
        self._is_many = is_many

    def open(self) -> Iterator[Request]:
        """Go through the requests that are not settled."""
        return (request for request in self.requests if not request.is_settled)

    def each(self, step: Callable[[Request], None]) -> None:
        """Take every open request one *step* further; a refusal ends the batch, or only that request."""
        for number, request in enumerate(self.requests):
            if request.is_settled:
                continue
            try:
                step(request)
            except StrongholdError as error:
                if self._on_error == "stop":
                    if self._is_many:
                        error.draft_number = number
                        error.add_note(f"It was draft {number} of the batch, counted from 0; nothing was posted.")
                    raise
                request.error = error

    def planned(self) -> list[Request]:
        """Return the requests to be written."""
        return [request for request in self.requests if request.posting is not None and not request.is_settled]

    def start_again(self, *, refused_again: bool = True) -> None:
        """Forget what an attempt found out, which another unit has overtaken; its refusals only if they may change."""
        for request in self.requests:
            if request.error is not None and not refused_again:
                continue
            if request.touches:
                request.lines = ()
            request.touches, request.steps = (), ()
            request.posting, request.replays, request.error = None, None, None

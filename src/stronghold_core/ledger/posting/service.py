"""The posting engine: drafts in, transactions out.

`Poster` plans a batch in memory under the accounts' locks and writes it with a constant number of statements. A single
posting whose accounts are known takes a short form instead, each database its own, which gives the same result or
nothing at all; whatever it can't do, or refuses, is done again here, where every refusal has its own error.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from stronghold_core.audit import count_change, event_row, write_event_row
from stronghold_core.clock import today
from stronghold_core.db import ConstraintError
from stronghold_core.errors import (
    DuplicateReferenceError,
    InvalidInputError,
    NotFoundError,
    RetryableConflictError,
    RuleError,
    TooManyEntriesError,
)
from stronghold_core.ids import AccountId, AuditId, TransactionId, new_id
from stronghold_core.ledger.accounts.queries import load_facts, load_standings, read_standings
from stronghold_core.ledger.accounts.records import Purpose
from stronghold_core.ledger.posting import few_statements, one_statement
from stronghold_core.ledger.posting.batch import Batch, Command, HeadsFound, OnError, Request
from stronghold_core.ledger.posting.fingerprints import check_same_request, fingerprint
from stronghold_core.ledger.posting.heads import resolve_heads
from stronghold_core.ledger.posting.queries import KeptRequest, find_keys, find_references, get_transaction
from stronghold_core.ledger.posting.reach import check_may_post, posts_everywhere
from stronghold_core.ledger.posting.records import AnyDraft, Draft, PostResult, TransactionKind, TransactionRecord
from stronghold_core.ledger.posting.rules import (
    EARLIEST,
    Head,
    Line,
    Posting,
    Standing,
    accounts_of,
    apply,
    check_date,
    check_lines,
    kind_of,
    lines_of,
    touches_of,
)
from stronghold_core.ledger.posting.trial import Trial
from stronghold_core.ledger.posting.writes import write_batch
from stronghold_core.money import money_text
from stronghold_core.permissions import Permission
from stronghold_core.text import in_short

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from stronghold_core.db import Unit
    from stronghold_core.ledger.accounts.records import AccountFacts
    from stronghold_core.ledger.posting.memory import AccountMemory
    from stronghold_core.tenancy import CurrentTenant

_ATTEMPTS: Final = 3
"""How often a batch is planned when another unit posts the same key or reference at the same moment."""

Key = TypeVar("Key", AccountId, Head)

_RACED: Final = frozenset(
    {"pk_stronghold_idempotency_key", "ux_stronghold_transaction_reference", "ux_stronghold_category_default"}
)


class ShortForm(Protocol):
    """What the short form of each database does: the same, or nothing at all."""

    def fits(self, draft: AnyDraft, lines: Sequence[Line], /) -> bool:
        """Tell whether a posting can take this form."""
        ...

    def post(self, unit: Unit, posting: Posting, event: dict[str, Any], /) -> TransactionRecord | None:
        """Post, or change nothing and return none."""
        ...


_SHORT_FORMS: Final[Mapping[str, ShortForm]] = {"postgresql": one_statement, "sqlite": few_statements}


class _OpenedForNothingError(Exception):
    """Accounts may have been opened for drafts that were then refused: undo that, and plan without those drafts."""


class _NeverWereError(Exception):
    """Accounts that were remembered are not there: plan again without the memory of them."""


@dataclass(slots=True)
class Taken:
    """Keys and references in use: those found in the database, and those of the batch so far."""

    keys: dict[str, KeptRequest]
    references: dict[str, TransactionId]


class Poster:
    """Posts for one unit of work."""

    def __init__(self, unit: Unit, tenant: CurrentTenant, memory: AccountMemory) -> None:
        self._unit = unit
        self._tenant = tenant
        self._memory = memory
        self._learned: dict[AccountId | Head, AccountFacts] = {}
        self._undone = 0

    # ------------------------------------------------------------------ verbs

    def post(self, draft: AnyDraft) -> TransactionRecord:
        """Post one draft.

        Raises:
            RuleError: Any of those that a posting can break; nothing has changed then.
        """
        with self._unit.verb_on_accounts(Permission.TRANSACTION_POST, atomic=False):
            return self._post_in_short(draft) or self._post_one(Request(draft, kind_of(draft)))

    def post_lines(
        self,
        draft: Draft,
        kind: TransactionKind,
        lines: Sequence[Line],
        *,
        reverses_id: TransactionId | None = None,
        part_of: AuditId | None = None,
    ) -> TransactionRecord:
        """Post a transaction whose lines the caller worked out, inside a verb of its own."""
        return self._post_one(Request(draft, kind, lines=lines, reverses_id=reverses_id, part_of=part_of))

    def find_replay(self, draft: Draft) -> TransactionRecord | None:
        """Return what the same request led to before, under the same key; none if it is new.

        Raises:
            IdempotencyMismatchError: If the key was used for another request.
        """
        request = Request(draft, TransactionKind.POST)
        _settle_repetition(request, find_keys(self._unit, _present([draft.idempotency_key])))
        return None if request.replays is None else self._replay(request.replays)

    def post_many(self, drafts: Sequence[AnyDraft], *, on_error: OnError) -> list[PostResult]:
        """Post *drafts* in their order, in one go.

        Args:
            drafts: What to post.
            on_error: With "stop" the first refusal is raised and nothing of the batch is posted; with "continue"
                refused drafts are reported in their place, and the others are posted.

        Raises:
            TooManyEntriesError: If the batch is larger than the settings allow.
        """
        if on_error not in ("stop", "continue"):
            raise InvalidInputError(
                field="on_error", reason=f"{in_short(on_error)!r} is neither 'stop' nor 'continue'."
            )
        limit = self._unit.settings.max_drafts_per_batch
        if len(drafts) > limit:
            raise TooManyEntriesError(kind="drafts", found=len(drafts), limit=limit)
        with self._unit.verb_on_accounts(Permission.TRANSACTION_POST, atomic=False):
            batch = Batch([Request(draft, kind_of(draft)) for draft in drafts], on_error, is_many=True)
            self._carry_out(batch, action="transaction.post_many")
        return [request.result() for request in batch.requests]

    def post_part(self, drafts: Sequence[AnyDraft], *, command: Command) -> list[PostResult]:
        """Post some of the drafts of a longer command, inside a verb of its own; refused ones are reported."""
        requests = [Request(draft, kind_of(draft), part_of=command.id) for draft in drafts]
        self.carry_out_part(requests, command=command, on_error="continue")
        return [request.result() for request in requests]

    def carry_out_part(self, requests: Sequence[Request], *, command: Command, on_error: OnError) -> None:
        """Carry out some of the requests of a longer command, inside a verb of its own."""
        batch = Batch(requests, on_error, recorded_at=command.at)
        self._carry_out(batch, action="")
        command.at = next((request.recorded_at for request in batch.planned()), command.at)

    def trial(self, account_id: AccountId, *, lock: bool) -> Trial:
        """Stand an account up for trying what the books would say of rows that touch it, without posting them.

        Args:
            account_id: The account.
            lock: Whether nobody else shall post to it, if it is chained, until this unit ends.

        Raises:
            NotFoundError: If this tenant has no such account.
        """
        read = partial(load_standings, lock=True) if lock else read_standings
        rows = read(self._unit, [account_id])
        facts = self.facts([account_id]).get(account_id)
        if facts is None or not rows:
            raise NotFoundError(kind="account", key=account_id)
        standing = Standing(facts, *rows[0][1:])
        return Trial(standing, today=self._today(), days_ahead=self._tenant.record.days_ahead)

    def facts(self, ids: Iterable[AccountId]) -> dict[AccountId, AccountFacts]:
        """Return the facts of those accounts that exist, remembered or read."""
        known, missing = self._recall({*ids})
        if missing:
            loaded = load_facts(self._unit, missing)
            self._learn(loaded)
            known |= loaded
        return known

    def heads(self, heads: Iterable[Head]) -> HeadsFound:
        """Return the accounts behind heads, remembered, read, or opened now."""
        known, missing = self._recall({*heads})
        if not missing:
            return HeadsFound(known, {})
        resolved = resolve_heads(self._unit, missing)
        self._learn(resolved.found)
        return HeadsFound(known | dict(resolved.found), resolved.refused)

    # ------------------------------------------------------------------ the two forms

    def _post_in_short(self, draft: AnyDraft) -> TransactionRecord | None:
        """Post in the database's short form; or do nothing and return none, for whatever reason."""
        if not posts_everywhere(self._unit):
            return None
        facts, unknown = self._recall([*accounts_of(draft)])
        if unknown:
            return None
        try:
            touches = touches_of(draft, facts)
            heads, missing = self._recall([target for target, _ in touches if isinstance(target, Head)])
            if missing:
                return None
            lines = lines_of(touches, facts, heads)
            check_lines(lines, max_entries=self._unit.settings.max_entries_per_transaction, kind=kind_of(draft))
            now = self._today()
            day = draft.on or now
            check_date(day, today=now, days_ahead=0)
        except RuleError:
            return None
        short_form = _SHORT_FORMS[self._unit.backend.name]
        if not short_form.fits(draft, lines):
            return None
        posting = Posting(TransactionId(new_id()), kind_of(draft), day, draft, lines)
        event = self._event(f"transaction.{posting.kind}", [posting], at=self._unit.clock.now())
        return short_form.post(self._unit, posting, event)

    def _post_one(self, request: Request) -> TransactionRecord:
        self._carry_out(Batch([request], "stop"), action=f"transaction.{request.kind.value}")
        return request.record() if request.replays is None else self._replay(request.replays)

    def _replay(self, transaction_id: TransactionId) -> TransactionRecord:
        return get_transaction(self._unit, transaction_id).model_copy(update={"is_replay": True})

    def _carry_out(self, batch: Batch, *, action: str) -> None:
        for _ in range(_ATTEMPTS):
            try:
                with self._unit.bare_savepoint():
                    self._attempt(batch, action)
            except ConstraintError as conflict:
                if conflict.constraint not in _RACED:
                    raise
                # Another unit committed the same key, reference or default category; now it can be seen, so plan again.
                batch.start_again()
            except _NeverWereError:
                batch.start_again()
            except _OpenedForNothingError:
                batch.start_again(refused_again=False)
            else:
                return
        raise RetryableConflictError

    def _attempt(self, batch: Batch, action: str) -> None:
        tried = list(batch.open())
        self._check_reach(batch)
        known = self._taken(batch)
        batch.each(lambda request: _settle_repetition(request, known.keys))
        facts = self.facts(account for request in batch.open() for account in request.accounts())
        batch.each(lambda request: request.find_touches(facts))
        wanted = {head for request in batch.open() for head in request.heads()}
        _, unknown = self._recall(wanted)
        heads = self.heads(wanted)
        batch.each(lambda request: request.find_lines(facts, heads))
        standings = self._lock(batch)
        # While this unit waited for a lock, another may have carried out the same request: a repetition then, however
        # the accounts stand since.
        taken = self._taken(batch) if self._unit.backend.locks_rows else known
        recorded_at = batch.recorded_at or self._recorded_at(standings)
        batch.each(lambda request: self._plan(request, standings, taken))
        if any(unknown.intersection(request.heads()) for request in tried if request.error is not None):
            raise _OpenedForNothingError
        self._write(batch.planned(), standings, action, recorded_at)

    def _check_reach(self, batch: Batch) -> None:
        """Refuse drafts that name accounts to which the principal may not post, repeated ones included.

        A missing account is refused here as well, like one that the principal does not see. Lines that a verb worked
        out are that verb's to allow.
        """
        if posts_everywhere(self._unit):
            return
        named = self.facts(account for request in batch.open() for account in request.accounts())
        nobodys = {account for account, facts in named.items() if facts.purpose is not Purpose.OWN}
        batch.each(
            lambda request: None if request.lines else check_may_post(self._unit, {*request.accounts()} - nobodys)
        )

    # ------------------------------------------------------------------ planning

    def _taken(self, batch: Batch) -> Taken:
        """Look up the keys and references of the batch that are in use by now."""
        return Taken(
            keys=find_keys(self._unit, _present(request.draft.idempotency_key for request in batch.requests)),
            references=find_references(self._unit, _present(request.draft.reference for request in batch.requests)),
        )

    def _lock(self, batch: Batch) -> dict[AccountId, Standing]:
        """Lock the chained accounts of the batch and read how all of them stand."""
        touched = {line.account.id: line.account for request in batch.open() for line in request.lines}
        if self._unit.backend.locks_rows:
            chained = [account_id for account_id, facts in touched.items() if facts.is_chained]
            nominal = [account_id for account_id, facts in touched.items() if not facts.is_chained]
            rows = load_standings(self._unit, chained, lock=True) + load_standings(self._unit, nominal, lock=False)
        else:
            rows = load_standings(self._unit, touched, lock=False)
        standings = {AccountId(row.id): Standing(touched[row.id], *row[1:]) for row in rows}
        if gone := touched.keys() - standings.keys():
            self._memory.forget(self._unit.tenant_id, gone)
            raise _NeverWereError
        return standings

    def _plan(self, request: Request, standings: Mapping[AccountId, Standing], taken: Taken) -> None:
        """Check one request against the accounts as the requests before it leave them, and carry it out there."""
        _settle_repetition(request, taken.keys)
        if request.is_settled:
            return
        draft, lines = request.draft, request.lines
        check_lines(lines, max_entries=self._unit.settings.max_entries_per_transaction, kind=request.kind)
        day = self._checked_day(draft, [standings[line.account.id] for line in lines])
        if draft.reference is not None and draft.reference in taken.references:
            # Its id is that of a transaction which a guest may not see.
            found = taken.references[draft.reference] if posts_everywhere(self._unit) else None
            raise DuplicateReferenceError(reference=draft.reference, transaction_id=found)
        request.steps = apply(lines, standings)
        posting = Posting(request.id, request.kind, day, draft, lines, request.reverses_id)
        request.posting = posting
        if draft.reference is not None:
            taken.references[draft.reference] = posting.id
        if draft.idempotency_key is not None:
            request.fingerprint = fingerprint(draft)
            taken.keys[draft.idempotency_key] = KeptRequest(request.fingerprint, posting.id)

    def _checked_day(self, draft: Draft, touched: Iterable[Standing]) -> date:
        """Return the business date; days ahead are only for accounts without limits, whose "now" must be true."""
        now = self._today()
        day = draft.on or now
        if EARLIEST <= day <= now:
            return day
        days_ahead = 0 if any(standing.has_limits for standing in touched) else self._tenant.record.days_ahead
        check_date(day, today=now, days_ahead=days_ahead)
        return day

    def _recorded_at(self, standings: Mapping[AccountId, Standing]) -> datetime:
        """Tell the time, never earlier than the last posting to an account that is locked now."""
        last = [standing.last_recorded_at for standing in standings.values() if standing.last_recorded_at is not None]
        return max([self._unit.clock.now(), *last])

    def _today(self) -> date:
        return today(self._unit.clock, self._tenant.record.zone)

    # ------------------------------------------------------------------ writing

    def _write(
        self, planned: Sequence[Request], standings: Mapping[AccountId, Standing], action: str, recorded_at: datetime
    ) -> None:
        if not planned:
            return
        for request in planned:
            request.recorded_at = recorded_at
        event = self._event(action, [request.posted() for request in planned], at=recorded_at)
        part_of = planned[0].part_of
        audit_id = part_of or AuditId(event["id"])
        write_batch(self._unit, planned, standings, audit_id=audit_id, recorded_at=recorded_at)
        if part_of is None:
            write_event_row(self._unit.connection, event)
        if not any(line.account.is_chained for request in planned for line in request.lines):
            # No account's version tells of it.
            count_change(self._unit)

    def _event(self, action: str, postings: Sequence[Posting], *, at: datetime) -> dict[str, Any]:
        """Prepare the one audit event of a command; a batch's transactions point to it by their audit_id."""
        single = postings[0] if len(postings) == 1 else None
        return event_row(
            self._unit.context,
            at=at,
            action=action,
            object_type="batch" if single is None else "transaction",
            object_id=None if single is None else single.id,
            payload={"transactions": len(postings)} if single is None else _payload(single),
        )

    # ------------------------------------------------------------------ memory

    def _recall(self, keys: Iterable[Key]) -> tuple[dict[Key, AccountFacts], set[Key]]:
        self._forget_undone()
        learned, tenant_id = self._learned, self._unit.tenant_id
        found: dict[Key, AccountFacts] = {}
        missing: set[Key] = set()
        for key in keys:
            # Hashing a key of ids takes long, and mostly nothing was learned.
            facts = (learned.get(key) if learned else None) or self._memory.recall(tenant_id, key)
            if facts is None:
                missing.add(key)
            else:
                found[key] = facts
        return found, missing

    def _learn(self, facts: Mapping[Key, AccountFacts]) -> None:
        """Remember facts for this unit, and for the process once they are known to be committed."""
        self._forget_undone()
        if not self._learned and self._unit.knows_its_end:
            self._unit.on_commit(self._remember)
        for key, fact in facts.items():
            self._learned[key] = fact

    def _remember(self) -> None:
        self._forget_undone()
        self._memory.remember(self._unit.tenant_id, self._learned)

    def _forget_undone(self) -> None:
        """Forget what was learned before a savepoint was rolled back: accounts opened in it are gone."""
        if self._undone != self._unit.undone:
            self._undone = self._unit.undone
            self._learned.clear()


def _settle_repetition(request: Request, keys: Mapping[str, KeptRequest]) -> None:
    """Find out whether the request was carried out before, under the same key.

    Raises:
        IdempotencyMismatchError: If another one was.
    """
    key = request.draft.idempotency_key
    if key is not None and key in keys:
        check_same_request(key, keys[key].fingerprint, request.draft)
        request.replays = keys[key].transaction_id


def _present(values: Iterable[str | None]) -> list[str]:
    return sorted({value for value in values if value is not None})


def _payload(posting: Posting) -> dict[str, object]:
    draft = posting.draft
    return {
        "date": posting.effective_date,
        "description": draft.description,
        "payee": draft.payee,
        "reference": draft.reference,
        "reverses": posting.reverses_id,
        "entries": [
            [str(line.account.id), money_text(line.amount_minor, line.account.currency)] for line in posting.lines
        ],
    }

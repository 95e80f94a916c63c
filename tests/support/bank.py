"""A bank whose workers may be killed at any instruction: what each of them does, and what it writes down.

Eight accounts that may not go below zero, one category for fees and one for interest. Money moves between them all the
time, yet the ten balances always add up to what the bank opened with (after Jepsen's test of the same name).

A worker is a process of its own. Before it acts it logs its intent, afterwards the outcome, each line synced to disk.
An intent without an outcome is finished, under the same idempotency keys, by whoever takes the dead worker's place.

``python -m tests.support.bank PLAN`` is the nursery: it has loaded the library once and forks a worker for each line of
its input, since loading takes longer than many a worker lives.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
import traceback
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from stronghold_core import Money, Record, Stronghold, Transfer
from stronghold_core.errors import (
    CommitOutcomeUnknownError,
    DuplicateReferenceError,
    InsufficientFundsError,
    UnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stronghold_core import Books

OWNER: Final = "user:ada"
ACCOUNTS: Final = 8
OPENING_MINOR: Final = 100_00
MOST_MINOR: Final = 25_00
LARGEST_BATCH: Final = 6

POSTED, REPLAYED, REFUSED = "posted", "replayed", "refused"


@dataclass(frozen=True)
class Plan:
    """What all workers know of the bank; ids are text."""

    tenant: str
    accounts: tuple[str, ...]
    fees: str
    """The category, and below the nominal account behind it."""
    fees_account: str
    interest: str
    interest_account: str
    stop_file: str
    """When it exists, workers finish what they are at, and leave."""

    @property
    def total_minor(self) -> int:
        """What all balances together always come to."""
        return len(self.accounts) * OPENING_MINOR

    def save(self, path: Path) -> Path:
        """Write the plan to *path*."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")
        return path

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        told = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**told, "accounts": tuple(told["accounts"])})


class Move(NamedTuple):
    """One transaction to be: its name is its description, by which the auditor finds it."""

    name: str
    source: str
    target: str
    minor: int
    has_key: bool
    has_reference: bool


@dataclass(frozen=True)
class Intent:
    """What a worker sets out to do in one unit of work."""

    moves: tuple[Move, ...]
    on_error: str | None = None
    """How a batch treats refusals; none for a single posting."""


@dataclass
class Log:
    """What one worker wrote down."""

    intents: list[Intent] = field(default_factory=list)
    outcomes: dict[str, str] = field(default_factory=dict)
    """What became of each move, by name; those of an open intent are missing."""
    counts: Counter[str] = field(default_factory=Counter)
    """How often something else happened: full reads, unknown outcomes, errors by class."""
    complaint: str = ""
    """What the worker failed of."""

    @property
    def open_intents(self) -> list[Intent]:
        """The intents whose outcome nobody knows: the worker died, or was told to stop."""
        return [intent for intent in self.intents if intent.moves[0].name not in self.outcomes]


def read_log(path: Path) -> Log:
    """Read a log; the last line of a killed worker may be torn."""
    log = Log()
    for line in path.read_bytes().splitlines(keepends=True):
        if not line.endswith(b"\n"):
            break
        kind, told = json.loads(line)
        if kind == "intent":
            log.intents.append(Intent(tuple(Move(*move) for move in told["moves"]), told["on_error"]))
        elif kind == "outcome":
            log.outcomes |= told
        elif kind == "complaint":
            log.complaint = told
        else:
            log.counts[told] += 1
    return log


class Worker:
    """One process of the bank."""

    def __init__(self, plan: Plan, url: str, log_path: Path) -> None:
        self._plan = plan
        self._stronghold = Stronghold(url)
        self._name = log_path.stem
        self._log_file = os.open(log_path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        self._random = random.Random(self._name)  # noqa: S311 - a load, not a secret
        self._stop_file = Path(plan.stop_file)
        self._parent = os.getppid()

    def work(self, left_over: Sequence[Intent]) -> None:
        """Finish what a predecessor left, then go on until told to stop.

        Raises:
            Exception: Whatever it did not expect, which it also logs.
        """
        try:
            self._work(left_over)
        except Exception:
            self._write("complaint", traceback.format_exc())
            raise

    def _work(self, left_over: Sequence[Intent]) -> None:
        for intent in left_over:
            self._carry_out(intent, may_be_there=True)
        for number in self._numbers():
            if number % 5 == 0:
                self._read_all()
            else:
                self._carry_out(self._intent(f"{self._name}-{number}"))

    def _numbers(self) -> Iterator[int]:
        number = 0
        while not self._stop_file.exists():
            self._leave_if_orphaned()
            number += 1
            yield number

    # ------------------------------------------------------------------ intents

    def _intent(self, name: str) -> Intent:
        form = self._random.choice(["key", "key", "reference", "both", "stop", "continue"])
        if form in {"stop", "continue"}:
            size = self._random.randint(2, LARGEST_BATCH)
            moves = [self._move(f"{name}/{part}", has_key=True, has_reference=part % 2 == 0) for part in range(size)]
            return Intent(tuple(moves), form)
        return Intent((self._move(name, has_key=form != "reference", has_reference=form != "key"),))

    def _move(self, name: str, *, has_key: bool, has_reference: bool) -> Move:
        source, target = self._random.sample(self._plan.accounts, 2)
        what = self._random.random()
        if what < 0.2:
            target = self._plan.fees_account
        elif what < 0.4:
            source = self._plan.interest_account
        return Move(name, source, target, self._random.randint(1, MOST_MINOR), has_key, has_reference)

    # ------------------------------------------------------------------ carrying them out

    def _carry_out(self, intent: Intent, *, may_be_there: bool = False) -> None:
        self._write("intent", {"moves": intent.moves, "on_error": intent.on_error})
        outcomes = self._outcomes(intent, may_be_there=may_be_there)
        self._write("outcome", {move.name: outcome for move, outcome in zip(intent.moves, outcomes, strict=True)})

    def _outcomes(self, intent: Intent, *, may_be_there: bool) -> list[str]:
        """Try until there is an answer; the keys and references make that safe."""
        is_unknown = False
        outcomes: list[str] = []
        while not outcomes:
            try:
                outcomes = self._attempt(intent)
            except CommitOutcomeUnknownError:
                is_unknown = True
                self._write("count", "CommitOutcomeUnknownError")
            except UnavailableError as error:
                self._write("count", type(error).__name__)
                self._pause()
        if is_unknown:
            self._write("count", f"unknown, then {outcomes[0]}")
        # Were it otherwise, the library would have told "nothing was written" of a unit that was.
        assert may_be_there or is_unknown or REPLAYED not in outcomes, intent
        return outcomes

    def _attempt(self, intent: Intent) -> list[str]:
        try:
            return self._stronghold.run(self._plan.tenant, principal=OWNER, do=lambda books: self._post(books, intent))
        except InsufficientFundsError:
            return [REFUSED] * len(intent.moves)
        except DuplicateReferenceError:
            # Without a key a repetition is an error, which says that the first attempt went through.
            if any(move.has_key for move in intent.moves):
                raise
            return [REPLAYED]

    def _post(self, books: Books, intent: Intent) -> list[str]:
        if intent.on_error is not None:
            drafts = [self._draft(move) for move in intent.moves]
            results = books.transactions.post_many(drafts, on_error="stop" if intent.on_error == "stop" else "continue")
            for result in results:
                if result.error is not None and not isinstance(result.error, InsufficientFundsError):
                    raise result.error
            return [result.outcome.value for result in results]
        draft = self._draft(intent.moves[0])
        fields = {name: getattr(draft, name) for name in draft.model_fields_set}
        verb = books.transactions.transfer if isinstance(draft, Transfer) else books.transactions.record
        return [REPLAYED if verb(**fields).is_replay else POSTED]

    def _draft(self, move: Move) -> Transfer | Record:
        amount = Money(move.minor, "USD")
        words = {
            "description": move.name,
            "idempotency_key": move.name if move.has_key else None,
            "reference": move.name if move.has_reference else None,
        }
        if move.target == self._plan.fees_account:
            return Record(account=move.source, amount=-amount, category=self._plan.fees, **words)
        if move.source == self._plan.interest_account:
            return Record(account=move.target, amount=amount, category=self._plan.interest, **words)
        return Transfer(from_account=move.source, to_account=move.target, amount=amount, **words)

    # ------------------------------------------------------------------ reading

    def _read_all(self) -> None:
        try:
            balances = self._stronghold.read(
                self._plan.tenant, principal=OWNER, do=lambda books: read(books, self._plan)
            )
        except UnavailableError as error:
            self._write("count", type(error).__name__)
            self._pause()
            return
        check(balances, self._plan)
        self._write("count", "read")

    # ------------------------------------------------------------------ inside

    def _write(self, kind: str, told: object) -> None:
        os.write(self._log_file, json.dumps([kind, told]).encode() + b"\n")
        os.fsync(self._log_file)

    def _pause(self) -> None:
        self._leave_if_orphaned()
        time.sleep(0.05)

    def _leave_if_orphaned(self) -> None:
        if os.getppid() != self._parent:
            sys.exit("Whoever started this worker is gone.")


def read(books: Books, plan: Plan) -> dict[str, int]:
    """Read all balances of the bank."""
    accounts = (*plan.accounts, plan.fees_account, plan.interest_account)
    return {account: books.accounts.balance(account).minor for account in accounts}


def check(balances: dict[str, int], plan: Plan) -> None:
    """Pass if no money was lost or made, and no account is overdrawn."""
    assert sum(balances.values()) == plan.total_minor, balances
    assert min(balances[account] for account in plan.accounts) >= 0, balances


def found_bank(url: str, stop_file: Path) -> Plan:
    """Open the accounts of a new bank."""
    with Stronghold(url) as stronghold:
        tenant = stronghold.tenants.create(kind="organization", name="Bank", base_currency="USD", owner=OWNER)
        return stronghold.run(tenant.id, principal=OWNER, do=lambda books: _open_accounts(books, stop_file))


def _open_accounts(books: Books, stop_file: Path) -> Plan:
    opening = Money(OPENING_MINOR, "USD")
    accounts = [
        books.accounts.open(name=f"Account {n}", type="asset", min_balance="0", opening_balance=opening)
        for n in range(ACCOUNTS)
    ]
    fees = books.categories.create(name="Fees", kind="expense")
    interest = books.categories.create(name="Interest", kind="income")
    # The nominal accounts behind the categories are opened by the first posting, which is then taken back.
    paid = books.transactions.record(account=accounts[0].id, amount="-0.01", category=fees.id)
    earned = books.transactions.record(account=accounts[0].id, amount="0.01", category=interest.id)
    for transaction in (paid, earned):
        books.transactions.reverse(transaction.id, on=transaction.effective_date)
    return Plan(
        tenant=str(books.context.tenant_id),
        accounts=tuple(str(account.id) for account in accounts),
        fees=str(fees.id),
        fees_account=str(paid.entries[1].account_id),
        interest=str(interest.id),
        interest_account=str(earned.entries[1].account_id),
        stop_file=str(stop_file),
    )


def nurse(plan: Plan) -> None:
    """Serve requests, one JSON list a line: `[url, log, predecessor's log…]` hires a worker and answers with its pid,
    `[pid]` answers with that worker's exit status, or null while it works.
    """
    for line in sys.stdin:
        first, *rest = json.loads(line)
        if rest:
            answer: int | None = os.fork()
            if not answer:
                log, *predecessors = map(Path, rest)
                left_over = [intent for path in predecessors for intent in read_log(path).open_intents]
                Worker(plan, first, log).work(left_over)
                return
        else:
            ended, status = os.waitpid(first, os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if ended else None
        print(json.dumps(answer), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    nurse(Plan.load(Path(sys.argv[1])))

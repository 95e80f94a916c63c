"""Somebody who does things to the real books, and sees to it that the auditor agrees with what came of it.

Each method asks the auditor first, then the library, compares, and writes down in the auditor's books what happened.
An error that the auditor did not predict, or none where he predicted one, is an `AssertionError`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from stronghold_core import StrongholdError
from stronghold_core.ledger import Outcome
from tests.support.auditor import chart, checks, rules
from tests.support.auditor.books import UNCATEGORISED, Account, AuditorsBooks, Category, Head
from tests.support.auditor.rules import Accepted, Line, Refused, Repeated, Verdict
from tests.support.auditor.wishes import LONGEST, Amount, SilentWish, cleaned

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from stronghold_core import Books
    from stronghold_core.errors import IdempotencyMismatchError
    from stronghold_core.ledger import EntryRecord, PostResult, TransactionRecord
    from stronghold_core.ledger.posting.batch import OnError
    from tests.support.auditor.wishes import DraftedWish, Wish

Result = TypeVar("Result")


@dataclass
class Clerk:
    """Works in one unit of work.

    Args:
        known: The tenant's books as the auditor keeps them.
        books: The real ones.
        principal: Who works.
        now: What time it is.
    """

    known: AuditorsBooks
    books: Books
    principal: str
    now: datetime
    was_refused: bool = field(default=False, init=False)
    """Whether the library refused something, as it had to."""

    def attempt(self, codes: Collection[str], act: Callable[[], Result]) -> Result | None:
        """Do what must be refused with one of *codes*, or must succeed if there are none."""
        try:
            result = act()
        except StrongholdError as error:
            assert error.code in codes, f"refused with {error!r}; the auditor allows {sorted(codes)}"
            self.was_refused = True
            return None
        assert not codes, f"accepted, though it must be refused with one of {sorted(codes)}"
        return result

    # ------------------------------------------------------------------ posting

    def send(self, wish: Wish) -> bool:
        """Post *wish*, take it back, or repeat it; tell whether that was allowed."""
        verdict = rules.judge(self.known, wish, principal=self.principal, now=self.now)

        def send() -> TransactionRecord:
            try:
                return wish.send(self.books, self.known.currency_of)
            except StrongholdError as error:
                _check_field(error, verdict)
                raise

        record = self.attempt(verdict.codes if isinstance(verdict, Refused) else (), send)
        if record is None:
            return False
        self._write_down(wish, verdict, record)
        self.known.events += isinstance(verdict, Accepted)
        checks.check_transaction(self.known, record, is_replay=isinstance(verdict, Repeated))
        return True

    def send_many(self, wishes: Sequence[DraftedWish], on_error: OnError) -> None:
        """Post a batch."""
        codes = self._codes_of_batch(wishes, on_error)

        def send() -> list[PostResult]:
            drafts = [wish.draft(self.known.currency_of) for wish in wishes]
            return self.books.transactions.post_many(drafts, on_error=on_error)

        results = self.attempt(codes, send)
        if results is None:
            return
        for wish, result in zip(wishes, results, strict=True):
            self._compare(wish, result)
        self.known.events += any(result.outcome is Outcome.POSTED for result in results)

    def _codes_of_batch(self, wishes: Sequence[Wish], on_error: str) -> set[str]:
        """Say what is wrong with the batch as a whole, by carrying it out on trial."""
        if faults := {fault for wish in wishes for fault in wish.form_faults()}:
            return faults
        if len(wishes) > self.known.max_drafts:
            return {"ledger.too_many"}
        trial = self.known.copy()
        codes: set[str] = set()
        for wish in wishes:
            verdict = rules.judge(trial, wish, principal=self.principal, now=self.now, is_one_of_many=True)
            if isinstance(verdict, Accepted):
                rules.enter(trial, verdict, wish=wish, principal=self.principal)
            elif isinstance(verdict, Refused) and on_error == "stop":
                codes |= verdict.codes
        return codes | ({"amount.overflow"} if trial.totals_overflow() else set())

    def _compare(self, wish: Wish, result: PostResult) -> None:
        verdict = rules.judge(self.known, wish, principal=self.principal, now=self.now, is_one_of_many=True)
        if isinstance(verdict, Refused):
            assert result.outcome is Outcome.REFUSED, (result, verdict)
            assert result.error is not None
            assert result.error.code in verdict.codes, (result, verdict)
            _check_field(result.error, verdict)
            return
        assert result.outcome is (Outcome.POSTED if isinstance(verdict, Accepted) else Outcome.REPLAYED), result
        assert result.transaction_id is not None
        record = self.books.transactions.get(result.transaction_id)
        self._write_down(wish, verdict, record)
        checks.check_transaction(self.known, record)

    def _write_down(self, wish: Wish, verdict: Verdict, record: TransactionRecord) -> None:
        if isinstance(verdict, Repeated):
            assert record.id == verdict.transaction
        elif isinstance(verdict, Accepted):
            assert len(record.entries) == len(verdict.lines)
            assert record.id not in self.known.transactions
            assert record.recorded_at >= self.now
            rules.enter(
                self.known,
                verdict,
                transaction=record.id,
                recorded_at=record.recorded_at,
                wish=wish,
                principal=self.principal,
                opened=self._opened(verdict.lines, record.entries),
            )

    def _opened(self, lines: Iterable[Line], entries: Iterable[EntryRecord]) -> dict[Head, Account]:
        """Look at the accounts that were opened for the heads among *lines*."""
        pairs = zip(lines, entries, strict=True)
        return {key: self._account_behind(key, entry.account_id) for (key, _), entry in pairs if isinstance(key, Head)}

    def _account_behind(self, head: Head, account: UUID) -> Account:
        category = head.category
        if isinstance(category, str):
            found = self.books.accounts.get(account).category_id
            assert found is not None
            record = self.books.categories.get(found)
            assert (record.name, record.kind, record.parent_id) == (UNCATEGORISED, category, None)
            assert record.is_default
            category = record.id
        return rules.expected_account(self.known, head, account, category)

    # ------------------------------------------------------------------ correcting

    def recategorise(self, transaction: UUID, category: UUID, replaces: UUID | None) -> None:
        """Move a transaction to another category."""
        verdict = rules.judge_recategorising(self.known, transaction, category, replaces)
        if isinstance(verdict, Refused):
            verb = self.books.transactions.recategorise
            self.attempt(verdict.codes, lambda: verb(transaction, category=category, replaces=replaces))
            return
        trial = self.known.copy()
        rules.correct(trial, transaction, verdict)
        codes = {"amount.overflow"} if trial.totals_overflow() else set()
        verb = self.books.transactions.recategorise
        record = self.attempt(codes, lambda: verb(transaction, category=category, replaces=replaces))
        if record is not None:
            added = record.entries[len(record.entries) - len(verdict) :]
            opened = self._opened(verdict, added)
            rules.correct(self.known, transaction, verdict, recorded_at=self.now, opened=opened)
            self.known.events += bool(verdict)
            checks.check_transaction(self.known, record)

    def edit(self, transaction: UUID, name: str, text: str | None) -> None:
        """Change one of the words of a transaction."""
        known = self.known.transactions.get(transaction)
        codes = {"input.invalid"} if len(text or "") > LONGEST[name] else set()
        codes |= {"not_found"} if known is None else set()
        record = self.attempt(codes, lambda: self.books.transactions.edit(transaction, **{name: text}))
        if record is not None and known is not None:
            changed = replace(known, **{name: cleaned(text)})
            self.known.transactions[transaction] = changed
            self.known.events += changed != known
            checks.check_transaction(self.known, record)

    # ------------------------------------------------------------------ accounts

    def open_account(self, wish: chart.AccountWish) -> None:
        """Open an account."""
        codes = chart.judge_account(self.known, wish, self.now)
        record = self.attempt(codes, lambda: self.books.accounts.open(**wish.arguments()))
        if record is None:
            return
        account = chart.new_account(wish, record.id)
        self.known.accounts[account.id] = account
        self.known.events += 1
        if wish.opening is not None and wish.opening.minor:
            day = wish.on or self.known.today(self.now)
            verdict = chart.opening_of(self.known, account, wish.opening.minor, day)
            posted = self.books.transactions.list(account=account.id).items[0]
            self._write_down(SilentWish(), verdict, posted)
            checks.check_transaction(self.known, posted)
        checks.check_account_record(self.known, record)

    def close_account(self, account: UUID) -> None:
        """Close an account."""
        codes = chart.judge_closing(self.known, account)
        self._set_open(codes, account, lambda: self.books.accounts.close(account), is_open=False)

    def reopen_account(self, account: UUID) -> None:
        """Open a closed account again."""
        codes = chart.judge_own(self.known, account)
        self._set_open(codes, account, lambda: self.books.accounts.reopen(account), is_open=True)

    def _set_open(self, codes: set[str], account: UUID, verb: Callable[[], object], *, is_open: bool) -> None:
        if self.attempt(codes, verb) is not None:
            self.known.accounts[account] = replace(self.known.accounts[account], is_open=is_open)
            self.known.events += 1

    def set_limits(self, account: UUID, low: Amount | None, high: Amount | None) -> None:
        """Set the limits of an account."""
        currency = self.known.currency_of(account)
        given = {"min_balance": low and low.given(currency), "max_balance": high and high.given(currency)}
        codes = chart.judge_limits(self.known, account, low, high)
        if self.attempt(codes, lambda: self.books.accounts.set_limits(account, **given)) is not None:
            minors = {"low": low and low.minor, "high": high and high.minor}
            self.known.accounts[account] = replace(self.known.accounts[account], **minors)
            self.known.events += 1

    # ------------------------------------------------------------------ categories

    def create_category(self, name: str, kind: str, parent: UUID | None) -> None:
        """Create a category."""
        codes = chart.judge_category(self.known, name=name, kind=kind, parent=parent)
        record = self.attempt(codes, lambda: self.books.categories.create(name=name, kind=kind, parent=parent))
        if record is not None:
            self.known.categories[record.id] = Category(id=record.id, name=name, kind=kind, parent=parent)
            self.known.events += 1

    def rename_category(self, category: UUID, name: str) -> None:
        """Give a category another name."""
        codes = chart.judge_renaming(self.known, category, name)
        if self.attempt(codes, lambda: self.books.categories.rename(category, name=name)) is not None:
            chart.change_category(self.known, category, name=name)
            self.known.events += 1

    def archive_or_restore(self, category: UUID, *, is_open: bool) -> None:
        """Take a category out of use, or back into it."""
        codes = set() if category in self.known.categories else {"not_found"}
        verb = self.books.categories.restore if is_open else self.books.categories.archive
        if self.attempt(codes, lambda: verb(category)) is not None:
            chart.change_category(self.known, category, is_open=is_open)
            self.known.events += 1


def _check_field(error: StrongholdError, verdict: Verdict) -> None:
    """See that a mismatch names a field that differs."""
    if error.code == "ledger.idempotency_mismatch":
        mismatch: IdempotencyMismatchError = error  # type: ignore[assignment]
        assert isinstance(verdict, Refused), verdict
        assert mismatch.field in verdict.fields, (error, verdict)

"""Posting the rows of one file as one import, chunk by chunk, under one event of the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stronghold_core.audit import record_event
from stronghold_core.bank_statements.queries import add_import, add_rows, count_import
from stronghold_core.bank_statements.records import MAX_REFUSED_ROWS, ImportResult, RefusedRow, Verdict
from stronghold_core.db import ConstraintError
from stronghold_core.errors import RetryableConflictError, StatementBalanceError, StatementRowError
from stronghold_core.ids import ImportId
from stronghold_core.ledger import Command, Outcome, Record
from stronghold_core.ledger.posting.records import MAX_DESCRIPTION_LENGTH
from stronghold_core.money import Money, checked_minor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from stronghold_core.bank_statements.judging import Judged
    from stronghold_core.bank_statements.records import StatementLine
    from stronghold_core.db import Unit
    from stronghold_core.ids import AccountId, TransactionId
    from stronghold_core.ledger import Poster
    from stronghold_core.ledger.accounts.records import AccountFacts

_CUT_OFF: Final = "…"


class Import:
    """One file on its way into the books.

    Args:
        unit: The unit.
        poster: Its poster.
        source: The name of the file.
        skips_invalid: Whether rows that can't be posted are left out, instead of ending it.
        accepts_mismatches: Whether rows whose balance does not add up are posted, instead of ending it.
        progress: Called after each chunk with the number of rows so far.
    """

    def __init__(
        self,
        unit: Unit,
        poster: Poster,
        *,
        source: str | None,
        skips_invalid: bool,
        accepts_mismatches: bool,
        progress: Callable[[int], object] | None,
    ) -> None:
        self._unit = unit
        self._poster = poster
        self._source = source
        self._skips_invalid = skips_invalid
        self._accepts_mismatches = accepts_mismatches
        self._progress = progress
        self._command = Command()
        self._posted = self._there = self._empty = self._unbooked = self._refused = self._mismatches = 0
        self._refused_rows: list[RefusedRow] = []
        self._days: list[date] = []
        self._incoming = self._outgoing = 0

    def add(self, judged: Sequence[Judged], account: AccountFacts, *, happened: Sequence[Judged]) -> None:
        """Post the new ones among the next rows.

        Args:
            judged: The rows, in the order of the file.
            account: Where they go.
            happened: The same, in the order in which they happened.

        Raises:
            StatementRowError: If one can't be posted, unless such rows are skipped.
            StatementBalanceError: If a balance does not add up, unless that is accepted.
        """
        for one in judged:
            self._check(one)
        new = [
            (one, line) for one in happened if one.verdict is Verdict.NEW and (line := one.statement_line) is not None
        ]
        drafts = [_draft(line, account.id) for _, line in new]
        results = self._poster.post_part(drafts, command=self._command) if drafts else []
        posted: list[tuple[Judged, TransactionId]] = []
        for (one, _), result in zip(new, results, strict=True):
            if result.outcome is Outcome.POSTED and result.transaction_id is not None:
                posted.append((one, result.transaction_id))
            else:
                one.refuse(f"{result.error}")
                self._check(one)
        self._remember(posted, account.id)
        self._count(judged, [one for one, _ in posted])
        if self._progress is not None:
            self._progress(self._posted + self._there + self._empty + self._unbooked + self._refused)

    def finish(self, account: AccountFacts) -> ImportResult:
        """Write down what the import came to."""
        if self._posted:
            self._write_event(account)
        return ImportResult(
            import_id=ImportId(self._command.id) if self._posted else None,
            posted=self._posted,
            already_there=self._there,
            without_amount=self._empty,
            unbooked=self._unbooked,
            refused=self._refused,
            refused_rows=tuple(self._refused_rows),
            mismatches=self._mismatches,
        )

    # ------------------------------------------------------------------ inside

    def _check(self, one: Judged) -> None:
        if one.verdict is Verdict.INVALID and not self._skips_invalid:
            raise StatementRowError(line=one.line, reason=one.reason or "it can't be read.")
        if one.mismatch is not None and not self._accepts_mismatches:
            stated, computed = one.mismatch
            raise StatementBalanceError(line=one.line, stated=f"{stated}", computed=f"{computed}")

    def _remember(self, posted: Sequence[tuple[Judged, TransactionId]], account_id: AccountId) -> None:
        if not posted:
            return
        if not self._posted:
            self._add_import(posted[0][0], account_id)
        rows = [(one.digest, one.occurrence, transaction_id) for one, transaction_id in posted]
        try:
            with self._unit.savepoint():
                add_rows(self._unit, account_id, ImportId(self._command.id), rows)
        except ConstraintError as conflict:
            if conflict.constraint != "pk_stronghold_statement_row":
                raise
            # Under REPEATABLE READ (a host's choice) rows that another unit has just brought can't be seen.
            raise RetryableConflictError from conflict

    def _add_import(self, first: Judged, account_id: AccountId) -> None:
        day = first.statement_line.on if first.statement_line is not None else None
        add_import(
            self._unit,
            ImportId(self._command.id),
            {
                "account_id": account_id,
                "source": self._source,
                "imported_at": self._command.at,
                "imported_by": self._unit.context.principal,
                "first_date": day,
                "last_date": day,
                **dict.fromkeys(_COUNTS, 0),
            },
        )

    def _count(self, judged: Sequence[Judged], posted: Sequence[Judged]) -> None:
        self._posted += len(posted)
        self._there += sum(one.verdict is Verdict.DUPLICATE for one in judged)
        self._empty += sum(one.verdict is Verdict.EMPTY for one in judged)
        self._unbooked += sum(one.verdict is Verdict.UNBOOKED for one in judged)
        self._mismatches += sum(one.mismatch is not None for one in judged)
        refused = [one for one in judged if one.verdict is Verdict.INVALID]
        self._refused += len(refused)
        room = MAX_REFUSED_ROWS - len(self._refused_rows)
        self._refused_rows += [RefusedRow(line=one.line, reason=one.reason or "") for one in refused[:room]]
        days = [*self._days, *(line.on for one in posted if (line := one.statement_line) is not None)]
        self._days = [min(days), max(days)] if days else []
        self._incoming += sum(one.amount_minor for one in posted if one.amount_minor > 0)
        self._outgoing += sum(one.amount_minor for one in posted if one.amount_minor < 0)

    def _write_event(self, account: AccountFacts) -> None:
        counts = {
            "posted": self._posted,
            "already_there": self._there,
            "without_amount": self._empty,
            "refused": self._refused,
        }
        money = {"incoming": self._incoming, "outgoing": self._outgoing}
        for minor in money.values():
            checked_minor(minor, "What the file brings or takes")
        first, last = self._days
        columns = {**counts, **{f"{name}_minor": minor for name, minor in money.items()}}
        count_import(self._unit, ImportId(self._command.id), {**columns, "first_date": first, "last_date": last})
        record_event(
            self._unit,
            "statement.import",
            object_type="statement",
            object_id=self._command.id,
            payload={
                "transactions": self._posted,
                "account": account.id,
                "source": self._source,
                "first": first,
                "last": last,
                **{name: Money(minor, account.currency) for name, minor in money.items()},
                **{name: count for name, count in counts.items() if name != "posted"},
                "unbooked": self._unbooked,
            },
            at=self._command.at,
            event_id=self._command.id,
        )


_COUNTS: Final = ("posted", "already_there", "without_amount", "refused", "incoming_minor", "outgoing_minor")


def _draft(line: StatementLine, account_id: AccountId) -> Record:
    """Make a row a draft; words that are too many for a description are whole in the note."""
    words = line.description or ""
    is_long = len(words) > MAX_DESCRIPTION_LENGTH
    return Record(
        account=account_id,
        amount=line.amount,
        on=line.on,
        description=words[: MAX_DESCRIPTION_LENGTH - 1] + _CUT_OFF if is_long else line.description,
        payee=line.payee,
        note=words if is_long else None,
    )

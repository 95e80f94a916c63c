"""A bank's file as it would be imported, row by row, and its summary."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from stronghold_core.bank_statements.csv_files.reader import CsvStatement
from stronghold_core.bank_statements.records import PreviewRow, PreviewSummary, Verdict
from stronghold_core.money import Money

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from datetime import date

    from stronghold_core.bank_statements.judging import Judge, Judged
    from stronghold_core.bank_statements.records import RefusedRow, StatementLine
    from stronghold_core.ledger import Trial


class Preview:
    """The rows of a file with their verdicts, to be gone through once; what is kept of them is the summary."""

    def __init__(
        self, judge: Judge, trial: Trial, rows: Iterator[StatementLine | RefusedRow] | CsvStatement, *, size: int
    ) -> None:
        self._judge = judge
        self._trial = trial
        self._source = rows
        self._size = size
        self._verdicts: Counter[Verdict] = Counter()
        self._days: list[date] = []
        self._incoming = self._outgoing = self._warnings = 0
        self._rows = self._judged()

    def __iter__(self) -> Iterator[PreviewRow]:
        return self._rows

    @property
    def summary(self) -> PreviewSummary:
        """What would become of the rows so far; of the whole file once it was gone through."""
        currency = self._trial.account.currency
        statement = self._source if isinstance(self._source, CsvStatement) else None
        return PreviewSummary(
            new=self._verdicts[Verdict.NEW],
            duplicates=self._verdicts[Verdict.DUPLICATE],
            empty=self._verdicts[Verdict.EMPTY],
            unbooked=self._verdicts[Verdict.UNBOOKED],
            invalid=self._verdicts[Verdict.INVALID],
            passed_over=0 if statement is None else statement.passed_over,
            warnings=self._warnings,
            checked_balances=self._judge.checked_balances,
            first=min(self._days, default=None),
            last=max(self._days, default=None),
            incoming=Money(self._incoming, currency),
            outgoing=Money(self._outgoing, currency),
            account_number=self._judge.account_number,
            layout=None if statement is None else statement.layout,
        )

    def _judged(self) -> Generator[PreviewRow]:
        while chunk := list(islice(self._source, self._size)):
            judged = self._judge.judge(chunk)
            self._judge.rehearse(judged)
            self._count(judged)
            for one in judged:
                yield PreviewRow(
                    line=one.line,
                    verdict=one.verdict,
                    reason=one.reason,
                    warning=one.warning,
                    statement_line=one.statement_line,
                    transaction_id=one.transaction_id,
                )

    def _count(self, judged: list[Judged]) -> None:
        self._verdicts.update(one.verdict for one in judged)
        self._warnings += sum(one.warning is not None for one in judged)
        days = [*self._days, *(line.on for one in judged if (line := one.statement_line) is not None)]
        self._days = [min(days), max(days)] if days else []
        amounts = [one.amount_minor for one in judged if one.verdict is Verdict.NEW]
        self._incoming += sum(amount for amount in amounts if amount > 0)
        self._outgoing += sum(amount for amount in amounts if amount < 0)

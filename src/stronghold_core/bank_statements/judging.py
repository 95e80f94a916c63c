"""What would become of each row of a bank's file: new, a duplicate, empty, not booked or invalid, and why.

Rows are judged in chunks, with one look into the books for each, so memory stays flat however long the file is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stronghold_core.bank_statements.queries import find_rows
from stronghold_core.bank_statements.records import RefusedRow, StatementLine, Verdict
from stronghold_core.bank_statements.rules import BalanceCheck, Stated, digest, is_same_account
from stronghold_core.errors import CurrencyMismatchError, InvalidInputError, RuleError, StatementAccountError
from stronghold_core.money import Money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stronghold_core.bank_statements.occurrences import Occurrences
    from stronghold_core.bank_statements.rules import Mismatch
    from stronghold_core.db import Unit
    from stronghold_core.ids import TransactionId
    from stronghold_core.ledger import Trial


@dataclass(slots=True)
class Judged:
    """A row, and what would become of it."""

    row: StatementLine | RefusedRow
    verdict: Verdict
    reason: str | None = None
    warning: str | None = None
    mismatch: tuple[Money, Money] | None = None
    """The balance that the row states, and the one that the amounts lead to."""
    amount_minor: int = 0
    balance_minor: int | None = None
    digest: bytes = b""
    occurrence: int = 0
    transaction_id: TransactionId | None = None

    @property
    def line(self) -> int:
        """The number of the row's line."""
        return self.row.line

    @property
    def statement_line(self) -> StatementLine | None:
        """What the row says, if it could be read."""
        return self.row if isinstance(self.row, StatementLine) else None

    def refuse(self, reason: str) -> None:
        """Find the row invalid."""
        self.verdict, self.reason = Verdict.INVALID, reason


class Judge:
    """Judges the rows of one file for one account.

    Args:
        unit: The unit whose books are looked into.
        trial: The account.
        occurrences: Counts how often the file has said the same.
        account_number: The bank's number of the account, as earlier files gave it; none if none did.
    """

    def __init__(self, unit: Unit, trial: Trial, occurrences: Occurrences, *, account_number: str | None) -> None:
        self._unit = unit
        self._trial = trial
        self._occurrences = occurrences
        self._remembered = account_number
        self._balances = BalanceCheck()
        self._has_fitted = False
        self.account_number = account_number
        """The number that rows must have: that of earlier files, or else of the file's first row."""

    @property
    def checked_balances(self) -> int:
        """How many balances were compared so far."""
        return self._balances.compared

    def check_account(self, number: str | None) -> None:
        """Pass if a file that gives *number* may be the account's.

        Raises:
            StatementAccountError: If earlier files of the account gave another one.
        """
        if number is None:
            return
        if self._remembered is not None and not is_same_account(number, self._remembered):
            raise StatementAccountError(name=self._trial.name, found=number, expected=self._remembered)
        self.account_number = self.account_number or number

    def judge(self, rows: Sequence[StatementLine | RefusedRow]) -> list[Judged]:
        """Judge the next rows of the file, but for what the books say of their amounts and days."""
        judged = [self._read(row) for row in rows]
        self._know_again([one for one in judged if one.verdict is Verdict.NEW])
        self._add_up(judged)
        return judged

    def chronological(self, judged: Sequence[Judged]) -> Sequence[Judged]:
        """Return rows in the order in which they happened, for a limit holds from one to the next.

        Balances tell it where there are some; otherwise the first day and the last one do.
        """
        days = [line.on for one in judged if (line := one.statement_line) is not None]
        is_ascending = self._balances.is_ascending
        if is_ascending is None:
            is_ascending = not days or days[0] <= days[-1]
        return judged if is_ascending else judged[::-1]

    def rehearse(self, judged: Sequence[Judged]) -> None:
        """Find those new rows invalid that the books would refuse, as they would one after another."""
        for one in self.chronological(judged):
            if one.verdict is Verdict.NEW and isinstance(one.row, StatementLine):
                try:
                    self._trial.post(one.amount_minor, on=one.row.on)
                except RuleError as error:
                    one.refuse(f"{error}")

    # ------------------------------------------------------------------ inside

    def _read(self, row: StatementLine | RefusedRow) -> Judged:
        if isinstance(row, RefusedRow):
            return Judged(row, Verdict.UNBOOKED if row.is_unbooked else Verdict.INVALID, row.reason)
        try:
            self._check_currency(row)
            self._check_number(row)
            amount = self._trial.minor(row.amount)
            balance = None if row.balance is None else self._trial.minor(row.balance)
        except StatementAccountError:
            raise
        except RuleError as error:
            return Judged(row, Verdict.INVALID, f"{error}")
        verdict = Verdict.NEW if amount else Verdict.EMPTY
        return Judged(row, verdict, amount_minor=amount, balance_minor=balance)

    def _check_currency(self, row: StatementLine) -> None:
        expected = self._trial.account.currency.code
        if row.currency is not None and row.currency.upper() != expected:
            raise CurrencyMismatchError(
                subject=f"Account {self._trial.name!r}",
                expected=expected,
                found=row.currency,
                remedy="import such rows into an account of their own.",
            )

    def _check_number(self, row: StatementLine) -> None:
        if row.account_number is None:
            return
        if self.account_number is None or self.account_number == row.account_number:
            self.account_number = row.account_number
        elif not is_same_account(row.account_number, self.account_number):
            if not self._has_fitted:
                self.check_account(row.account_number)
            reason = f"it is of account {row.account_number}, the rows before it of {self.account_number}."
            raise InvalidInputError(field="account", reason=reason)
        self._has_fitted = True

    def _know_again(self, judged: Sequence[Judged]) -> None:
        for one in judged:
            if isinstance(one.row, StatementLine):
                one.digest = digest(one.row)
                one.occurrence = self._occurrences.count(one.digest)
        known = find_rows(self._unit, self._trial.account.id, sorted({one.digest for one in judged}))
        for one in judged:
            one.transaction_id = known.get((one.digest, one.occurrence))
            if one.transaction_id is not None:
                one.verdict, one.reason = Verdict.DUPLICATE, f"it is in the books as {one.transaction_id}."

    def _add_up(self, judged: Sequence[Judged]) -> None:
        # What is not booked is in no balance.
        booked = [one for one in judged if one.verdict is not Verdict.UNBOOKED]
        rows = [
            Stated(one.amount_minor, one.balance_minor) if one.verdict is not Verdict.INVALID else None
            for one in booked
        ]
        mismatches = self._balances.check(rows)
        for number, mismatch in mismatches.items():
            self._warn(booked[number], mismatch)

    def _warn(self, one: Judged, mismatch: Mismatch) -> None:
        currency = self._trial.account.currency
        stated, computed = Money(mismatch.stated_minor, currency), Money(mismatch.computed_minor, currency)
        one.mismatch = stated, computed
        one.warning = f"it states a balance of {stated}, but the amounts lead to {computed}."

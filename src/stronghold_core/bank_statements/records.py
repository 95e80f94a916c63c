"""What a bank's file says row by row, what would become of its rows, and what became of them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict

from stronghold_core.bank_statements.csv_files.records import CsvLayout
from stronghold_core.forms import Form
from stronghold_core.ids import AccountId, ImportId, PrincipalId, TransactionId
from stronghold_core.money import Money

MAX_REFUSED_ROWS: Final = 100
"""How many refused rows a result names; it counts all of them."""


class StatementLine(Form):
    """One row of a bank's file that could be read."""

    line: int
    """The number of its line in the file, from 1."""
    on: date
    amount: str
    """A plain decimal number in the account's currency, negative if money left."""
    description: str | None = None
    payee: str | None = None
    bank_id: str | None = None
    """The bank's own number of the transaction; if there is one, it stands for the words when a row is known again."""
    balance: str | None = None
    """What the bank says that the account held after this row: a plain decimal number."""
    currency: str | None = None
    """The code that the file gives; that of the account, or the row is invalid."""
    account_number: str | None = None
    """The number of the account that the file gives."""


class RefusedRow(Form):
    """One row of a bank's file that could not be read, or was not posted."""

    line: int
    """The number of its line in the file, from 1."""
    reason: str
    is_unbooked: bool = False
    """Whether nothing is wrong with it but that the bank has not booked it."""


class Verdict(StrEnum):
    """What would become of a row."""

    NEW = "new"
    DUPLICATE = "duplicate"
    """It is in the books already."""
    EMPTY = "empty"
    """It moves nothing, such as a bank's notice between its postings."""
    UNBOOKED = "unbooked"
    """The bank has not booked it yet, or never will; once it has, a later file says so."""
    INVALID = "invalid"
    """It can't be read, or the books would refuse it."""


class PreviewRow(BaseModel):
    """One row of a bank's file, and what would become of it."""

    model_config = ConfigDict(frozen=True)

    line: int
    verdict: Verdict
    reason: str | None = None
    """Why it is invalid or not booked, or of what it is a duplicate."""
    warning: str | None = None
    """What is wrong with the balance beside it."""
    statement_line: StatementLine | None = None
    """What it says; none if it can't be read."""
    transaction_id: TransactionId | None = None
    """The transaction that it is a duplicate of."""


class PreviewSummary(BaseModel):
    """What would become of a file as a whole."""

    model_config = ConfigDict(frozen=True)

    new: int = 0
    duplicates: int = 0
    empty: int = 0
    unbooked: int = 0
    """Rows that the bank has not booked."""
    invalid: int = 0
    passed_over: int = 0
    """Rows that only tell a balance or a total, and words below the last row."""
    warnings: int = 0
    """Rows whose balance is not what the amounts lead to."""
    checked_balances: int = 0
    first: date | None = None
    """The earliest day of a row that can be read."""
    last: date | None = None
    incoming: Money
    """What the new rows would bring."""
    outgoing: Money
    """What they would take: negative."""
    account_number: str | None = None
    """The number of the account that the file gives."""
    layout: CsvLayout | None = None
    """How the file was read; none if the caller read it."""

    @property
    def rows(self) -> int:
        """How many rows there are, those aside that were passed over."""
        return self.new + self.duplicates + self.empty + self.unbooked + self.invalid


class ImportResult(BaseModel):
    """What became of the rows of a bank's file."""

    model_config = ConfigDict(frozen=True)

    import_id: ImportId | None = None
    """The import, to be taken back by; none if nothing was posted."""
    posted: int = 0
    already_there: int = 0
    """Rows that an earlier import had posted."""
    without_amount: int = 0
    """Rows of zero, such as a bank's notice between its postings: they move nothing, so nothing is posted."""
    unbooked: int = 0
    """Rows that the bank has not booked: left out, and posted once a later file says that they are."""
    refused: int = 0
    refused_rows: tuple[RefusedRow, ...] = ()
    """The first refused rows, up to `MAX_REFUSED_ROWS`."""
    mismatches: int = 0
    """Rows whose balance is not what the amounts lead to."""
    passed_over: int = 0
    """Rows that only tell a balance or a total, and words below the last row."""

    @property
    def rows(self) -> int:
        """How many rows there were, those aside that were passed over."""
        return self.posted + self.already_there + self.without_amount + self.unbooked + self.refused


class ImportRecord(BaseModel):
    """A file that was imported: what it brought, and whether it was taken back."""

    model_config = ConfigDict(frozen=True)

    id: ImportId
    """Also the id of its event in the audit log."""
    account_id: AccountId
    source: str | None
    """The name of the file, if it had one."""
    imported_at: datetime
    imported_by: PrincipalId
    posted: int
    already_there: int
    without_amount: int
    refused: int
    first: date
    """The earliest business date of what was posted."""
    last: date
    incoming: Money
    outgoing: Money
    """What left the account: negative."""
    reverted_at: datetime | None = None
    reverted_by: PrincipalId | None = None


class RevertResult(BaseModel):
    """What became of an import that was taken back."""

    model_config = ConfigDict(frozen=True)

    import_id: ImportId
    reversed: int
    """How many transactions were taken back now."""
    already_reversed: int
    """How many somebody had taken back one by one before."""


class SavedLayout(BaseModel):
    """What is kept of an account's files."""

    model_config = ConfigDict(frozen=True)

    account_id: AccountId
    layout: CsvLayout
    account_number: str | None
    """The bank's number of the account; files of others are refused."""
    saved_at: datetime

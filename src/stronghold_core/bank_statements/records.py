"""How a bank's file is laid out, what its rows say, and what became of them."""

from __future__ import annotations

from datetime import date
from typing import Final

from pydantic import BaseModel, ConfigDict

from stronghold_core.forms import Form

MAX_REFUSED_ROWS: Final = 100
"""How many refused rows a result names; it counts all of them."""


class CsvLayout(Form):
    """Where a bank's CSV file keeps what, and how it writes dates and amounts.

    A column is a name in the file's header, or a number counted from 0. Lines above the header are passed over.
    """

    date_column: str | int
    description_column: str | int
    amount_column: str | int
    """Signed as the account saw it: negative if money left."""
    delimiter: str | None = None
    """What separates the columns; found out among semicolon, tab and comma if left out."""
    encoding: str = "utf-8-sig"
    """One of Python's text encodings; the default also takes the mark that Excel puts before UTF-8."""
    date_format: str | None = None
    """A pattern such as ``%d.%m.%Y`` (as for `datetime.strptime`); ISO dates (2026-11-01) if left out."""
    decimal_mark: str = "."
    thousands_mark: str | None = None
    """What groups the digits by three; if left out, grouped digits are refused, since ``1.234`` may mean either."""


class StatementLine(Form):
    """One row of a bank's file that could be read."""

    line: int
    """The number of its line in the file, from 1."""
    on: date
    amount: str
    """A plain decimal number in the account's currency."""
    description: str | None
    occurrence: int
    """How many rows of the file, this one included, have said exactly the same so far."""


class RefusedRow(Form):
    """One row of a bank's file that was not posted."""

    line: int
    """The number of its line in the file, from 1."""
    reason: str


class ImportResult(BaseModel):
    """What became of the rows of a bank's file. Results of parts of a file can be added.

    >>> first = ImportResult(posted=2, refused=1, refused_rows=(RefusedRow(line=3, reason="no date"),))
    >>> (first + ImportResult(already_there=4, without_amount=1)).rows
    8
    """

    model_config = ConfigDict(frozen=True)

    posted: int = 0
    already_there: int = 0
    """Rows that an earlier import, or another one at the same time, had posted."""
    without_amount: int = 0
    """Rows of zero, such as a bank's notice between its postings: they move nothing, so nothing is posted."""
    refused: int = 0
    refused_rows: tuple[RefusedRow, ...] = ()
    """The first refused rows, up to `MAX_REFUSED_ROWS`."""

    @property
    def rows(self) -> int:
        """How many rows there were."""
        return self.posted + self.already_there + self.without_amount + self.refused

    def __add__(self, other: ImportResult) -> ImportResult:
        return ImportResult(
            posted=self.posted + other.posted,
            already_there=self.already_there + other.already_there,
            without_amount=self.without_amount + other.without_amount,
            refused=self.refused + other.refused,
            refused_rows=(*self.refused_rows, *other.refused_rows)[:MAX_REFUSED_ROWS],
        )

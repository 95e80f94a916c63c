"""How a bank's CSV file is laid out."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from stronghold_core.errors import AmbiguousStatementError
from stronghold_core.forms import Form

DebitMinus = Literal["always", "never", "back"]
"""Which numbers in a column of debits have a minus: all, none, or those of debits that were taken back."""

Column = str | int
"""A name in the file's header, or a number counted from 0."""


class CsvLayout(Form):
    """Where a bank's CSV file keeps what, and how it writes dates and amounts.

    What is left out is found in the file, and asked for where the file leaves it open. Once the columns of days and
    amounts are named, no other column is looked for; a layout that says all that reading needs (`is_complete`) is taken
    as it is.

    A column is a name in the file's header, or a number counted from 0. Lines above the header are passed over.

    >>> CsvLayout(date_format="%d/%m/%Y").is_complete
    False
    """

    columns: ClassVar[tuple[str, ...]] = (
        "date_column",
        "amount_column",
        "debit_column",
        "credit_column",
        "direction_column",
        "description_column",
        "payee_column",
        "bank_id_column",
        "balance_column",
        "currency_column",
        "account_column",
        "status_column",
    )

    date_column: str | int | None = None
    """The day of booking."""
    amount_column: str | int | None = None
    """Signed as the account saw it: negative if money left; or without signs, beside a *direction_column*."""
    debit_column: str | int | None = None
    """What left the account, in a column of its own."""
    credit_column: str | int | None = None
    """What came to it, in a column of its own."""
    debit_minus: DebitMinus | None = None
    """Which debits have a minus: ``always`` all of them, ``never`` none, ``back`` those that were taken back, so that
    money came. A row that does not keep to the first two is refused, and none may have one while it is not known."""
    direction_column: str | int | None = None
    """Says in a word of each row whether money left or came."""
    debit_words: tuple[str, ...] = ()
    """What *direction_column* says if money left; the words of banks in eight languages if left out."""
    credit_words: tuple[str, ...] = ()
    """What it says if money came."""
    is_inverted: bool = False
    """Whether amounts are positive where money left, as cards' files have it."""
    description_column: str | int | None = None
    payee_column: str | int | None = None
    """Who was on the other side."""
    bank_id_column: str | int | None = None
    """The bank's own number of the transaction; with its day and amount it is known again even if its text changes."""
    balance_column: str | int | None = None
    """What the account held after the row; checked row by row."""
    currency_column: str | int | None = None
    account_column: str | int | None = None
    """The number of the account that the row belongs to, not that of the other side."""
    status_column: str | int | None = None
    """Says in a word whether the bank has booked the row; one that it has not is not posted."""
    booked_words: tuple[str, ...] = ()
    """What *status_column* says of rows that are booked, beside the words of banks in eight languages."""
    delimiter: str | None = None
    """What separates the columns."""
    encoding: str | None = None
    """One of Python's text encodings, such as ``utf-8`` or ``cp1252``."""
    date_format: str | None = None
    """A pattern such as ``%d.%m.%Y`` (as for `datetime.strptime`); a time of day after it is passed over."""
    decimal_mark: str | None = None
    """A point or a comma; in a file of whole amounts there is none."""
    thousands_mark: str | None = None
    """What groups the digits by three, if anything does."""

    @property
    def is_complete(self) -> bool:
        """Whether a file can be read without looking for anything."""
        said = (self.delimiter, self.encoding, self.date_format, self.decimal_mark, self.date_column)
        return None not in said and self.has_amounts

    @property
    def has_amounts(self) -> bool:
        """Whether it says where amounts are."""
        return self.amount_column is not None or (self.debit_column is not None and self.credit_column is not None)

    def named(self) -> dict[str, str | int]:
        """Return the columns that it says, by field; names without the spaces around them."""
        found: dict[str, Any] = {field: getattr(self, field) for field in self.columns}
        return {
            field: column.strip() if isinstance(column, str) else column
            for field, column in found.items()
            if column is not None
        }


def open_question(field: str, fact: str, *candidates: object) -> AmbiguousStatementError:
    """Make the error that asks for a field of the layout, since the file leaves it open.

    >>> open_question("date_format", "its days are few", "%d/%m/%Y", "%m/%d/%Y").choices
    "date_format='%d/%m/%Y' or date_format='%m/%d/%Y'"
    """
    choices = " or ".join(f"{field}={candidate!r}" for candidate in candidates)
    return AmbiguousStatementError(field=field, fact=fact, candidates=candidates, choices=choices)

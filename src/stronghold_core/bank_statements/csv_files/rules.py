"""How the rows of a bank's CSV file are understood. Pure: no file and no database here.

Nothing is guessed about money: an amount or a date that is not exactly of the stated form is refused.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from stronghold_core.bank_statements.csv_files.amounts import (
    THOUSANDS,
    AmountRead,
    currency_code,
    has_number,
    read_amount,
)
from stronghold_core.bank_statements.csv_files.cells import UNREADABLE
from stronghold_core.bank_statements.csv_files.dates import begins_like_a_day, check_date_format, read_date
from stronghold_core.bank_statements.csv_files.records import CsvLayout
from stronghold_core.bank_statements.csv_files.words import (
    BOOKED_WORDS,
    CREDIT_WORDS,
    DEBIT_WORDS,
    FAILED_WORDS,
    PENDING_WORDS,
    is_balance,
    is_total,
    normalised,
)
from stronghold_core.bank_statements.records import StatementLine
from stronghold_core.errors import InvalidInputError
from stronghold_core.ledger.posting.records import MAX_NOTE_LENGTH, MAX_PAYEE_LENGTH
from stronghold_core.text import in_short, optional_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stronghold_core.bank_statements.csv_files.cells import Row
    from stronghold_core.bank_statements.csv_files.columns import Columns

_MAX_ID_LENGTH: Final = 200
_WORDS: Final = {
    "description": MAX_NOTE_LENGTH,
    "payee": MAX_PAYEE_LENGTH,
    "bank_id": _MAX_ID_LENGTH,
    "currency": 12,
    "account_number": _MAX_ID_LENGTH,
}
"""The words of a row, and how long they may be."""
_FIELDS: Final = {name: f"{name}_column" for name in _WORDS} | {"account_number": "account_column"}
"""The columns that hold them."""


# ------------------------------------------------------------------ the layout


def check_layout(layout: CsvLayout) -> None:
    """Pass if a file can be laid out like that.

    Raises:
        InvalidInputError: If not; it names the field.
    """
    if not isinstance(layout, CsvLayout):
        raise InvalidInputError(field="layout", reason=f"{type(layout).__name__} is none; make a CsvLayout.")
    for field, column in layout.named().items():
        if column == "" or (isinstance(column, int) and column < 0):
            raise InvalidInputError(field=field, reason="it is a name in the header, or a number counted from 0.")
    if layout.amount_column is not None and (layout.debit_column is not None or layout.credit_column is not None):
        raise InvalidInputError(field="amount_column", reason="a file has either amounts, or debits and credits.")
    if layout.delimiter is not None and (len(layout.delimiter) != 1 or layout.delimiter in '"\r\n'):
        raise InvalidInputError(field="delimiter", reason="it is one character, such as ; or a tab.")
    _check_marks(layout)
    if layout.encoding is not None:
        _check_encoding(layout.encoding)
    if layout.date_format is not None:
        check_date_format(layout.date_format)


def _check_marks(layout: CsvLayout) -> None:
    if layout.decimal_mark not in {None, ".", ","}:
        raise InvalidInputError(field="decimal_mark", reason="it is a point or a comma.")
    if layout.thousands_mark is not None and layout.thousands_mark not in THOUSANDS:
        raise InvalidInputError(field="thousands_mark", reason="it is a point, a comma, an apostrophe or a space.")
    if layout.thousands_mark is not None and layout.thousands_mark == layout.decimal_mark:
        raise InvalidInputError(field="thousands_mark", reason="it can't be the decimal mark as well.")


def _check_encoding(name: str) -> None:
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=name)
    except (LookupError, ValueError) as error:
        reason = f"{in_short(name)!r} is no text encoding; write one such as utf-8, cp1252 or utf-16."
        raise InvalidInputError(field="encoding", reason=reason) from error


# ------------------------------------------------------------------ from a row to what it says


class RowReader:
    """Understands the rows of one file."""

    def __init__(self, columns: Columns, layout: CsvLayout) -> None:
        self._columns = columns
        self._layout = layout
        self._at = columns.at
        self._words_at = [
            (name, place) for name, field in _FIELDS.items() if (place := columns.at.get(field)) is not None
        ]
        self._debits = frozenset(map(normalised, layout.debit_words)) or DEBIT_WORDS
        self._credits = frozenset(map(normalised, layout.credit_words)) or CREDIT_WORDS
        self._booked = BOOKED_WORDS | {"", *map(normalised, layout.booked_words)}

    def read(self, row: Row) -> StatementLine:
        """Understand one row.

        Raises:
            InvalidInputError: If it has too few columns, or one of them can't be read.
        """
        self._check_shape(row)
        cells = row.cells
        amount = self._amount(cells)
        words = {name: self._words(cells, place, name) for name, place in self._words_at}
        if (written := words.get("currency")) is not None:
            words["currency"] = currency_code(written)
        if amount.currency is not None:
            _check_currencies(amount.currency, words.get("currency"))
            words["currency"] = amount.currency
        return StatementLine(
            line=row.line,
            on=read_date(self._cell(cells, "date_column"), self._layout.date_format or "%Y-%m-%d"),
            amount=amount.number,
            balance=self._balance(cells) if "balance_column" in self._at else None,
            **words,
        )

    def why_unbooked(self, row: Row) -> str | None:
        """Say why *row* moves no money yet, or never will; None if the bank has booked it, or says nothing about it.

        Raises:
            InvalidInputError: If its status is of no known meaning.
        """
        status = self._cell(row.cells, "status_column").strip()
        word = normalised(status)
        if word in self._booked:
            return None
        if word in PENDING_WORDS:
            return f"not booked yet: status {status!r}."
        if word in FAILED_WORDS:
            return f"not booked: status {status!r}."
        reason = f"{status[:40]!r} says neither that it is booked nor that it is not; state booked_words."
        raise InvalidInputError(field="status", reason=reason)

    def says_nothing(self, row: Row) -> bool:
        """Tell whether *row* only tells how much there is, or adds others up; it can be passed over anywhere.

        A row with an amount is passed over only if it calls itself nothing but an opening or closing balance: "Total"
        may be the name of a filling station, and the row one that has lost its day.
        """
        if row.fault is not None:
            return False
        if is_balance(self._cell(row.cells, "description_column")):
            return True
        return not self._has_day(row) and (is_balance(_first(row)) or (self._is_total(row) and not self._amounts(row)))

    def may_be_total(self, row: Row) -> bool:
        """Tell whether *row* could be the sum of those above it: it begins like one, and has amounts and no day."""
        return row.fault is None and not self._has_day(row) and self._is_total(row) and bool(self._amounts(row))

    def totals(self, row: Row) -> list[str]:
        """Return the amounts of a row that may be a total, as plain decimal numbers.

        Raises:
            InvalidInputError: If one can't be read.
        """
        return [self._number(row.cells, field).number for field in self._amounts(row)]

    def may_be_footer(self, row: Row) -> bool:
        """Tell whether *row* could be words below the last one: it has neither a day nor an amount in its place."""
        return row.fault is None and not self._has_day(row) and not self._amounts(row)

    def repeats_header(self, row: Row) -> bool:
        """Tell whether *row* is the header once more."""
        header = self._columns.header
        return header is not None and row.cells == header

    def _amounts(self, row: Row) -> list[str]:
        """Return the columns in which *row* has an amount that would move money."""
        fields = ("amount_column", "debit_column", "credit_column")
        return [field for field in fields if has_number(self._cell(row.cells, field))]

    def _is_total(self, row: Row) -> bool:
        return is_total(_first(row)) or is_total(self._cell(row.cells, "description_column"))

    def _has_day(self, row: Row) -> bool:
        return begins_like_a_day(self._cell(row.cells, "date_column"))

    def _cell(self, cells: Sequence[str], field: str) -> str:
        place = self._at.get(field)
        return cells[place] if place is not None and place < len(cells) else ""

    def _words(self, cells: Sequence[str], place: int, name: str) -> str | None:
        text = cells[place] if place < len(cells) else ""
        if not text:
            return None
        if UNREADABLE in text:
            raise self._unreadable(name)
        return optional_text(text, field=name, max_length=_WORDS[name])

    def _unreadable(self, field: str) -> InvalidInputError:
        reason = f"it is not written in {self._layout.encoding}; state the encoding."
        return InvalidInputError(field=field.removesuffix("_column"), reason=reason)

    def _check_shape(self, row: Row) -> None:
        if row.fault is not None:
            raise InvalidInputError(field="row", reason=row.fault)
        cells, columns = row.cells, self._columns
        if len(cells) < columns.needed:
            reason = f"it has {len(cells)} of the {columns.needed} columns needed; is the delimiter right?"
            raise InvalidInputError(field="row", reason=reason)
        if len(cells) > columns.width and any(cell.strip() for cell in cells[columns.width :]):
            # A mark inside an amount, such as 1,234.00 without quotes, would make 1 of it.
            reason = f"it has {len(cells)} columns, more than the {columns.width} of the file; are quotes missing?"
            raise InvalidInputError(field="row", reason=reason)

    # ------------------------------------------------------------------ amounts

    def _amount(self, cells: Sequence[str]) -> AmountRead:
        amount = self._single(cells) if "amount_column" in self._at else self._of_pair(cells)
        return amount._replace(number=_negated(amount.number)) if self._layout.is_inverted else amount

    def _single(self, cells: Sequence[str]) -> AmountRead:
        amount = self._number(cells, "amount_column")
        if "direction_column" not in self._at:
            return amount
        is_debit = self._is_debit(self._cell(cells, "direction_column"))
        if amount.number.startswith("-"):
            if not is_debit:
                reason = f"{amount.number} is negative, but the row says that money came."
                raise InvalidInputError(field="amount", reason=reason)
            return amount
        return amount._replace(number=_negated(amount.number)) if is_debit else amount

    def _is_debit(self, text: str) -> bool:
        word = normalised(text) or {"-": "debit", "+": "credit"}.get(text.strip(), "")
        if word in self._debits:
            return True
        if word in self._credits:
            return False
        reason = f"{text.strip()[:40]!r} says neither that money left nor that it came; state debit_words."
        raise InvalidInputError(field="direction", reason=reason)

    def _of_pair(self, cells: Sequence[str]) -> AmountRead:
        """Read the one of the two columns that says something; of zero and another amount, the other one."""
        said = {field: self._cell(cells, field).strip() for field in ("debit_column", "credit_column")}
        read = {field: self._number(cells, field) for field, text in said.items() if text and text not in {"-", "–"}}
        if len(read) > 1:
            told = {field: amount for field, amount in read.items() if not is_nothing(amount.number)}
            read = told or dict([*read.items()][:1])
        if len(read) != 1:
            reason = "it has both a debit and a credit." if read else "it has neither a debit nor a credit."
            raise InvalidInputError(field="amount", reason=reason)
        ((field, amount),) = read.items()
        return self._debit(amount) if field == "debit_column" else amount

    def _debit(self, amount: AmountRead) -> AmountRead:
        """Read what left: a minus means that all debits have one, or that this one was taken back, never both."""
        has_minus, rule = amount.number.startswith("-"), self._layout.debit_minus
        if rule == "back":
            return amount._replace(number=_negated(amount.number))
        if has_minus != (rule == "always") and not is_nothing(amount.number):
            others = {"always": "lacks the minus that others have", "never": "has a minus, which others have not"}
            fact = others.get(rule or "", "has a minus, which may mean that it was taken back")
            reason = f"the debit {amount.number} {fact}; state debit_minus, or enter the row by hand."
            raise InvalidInputError(field="amount", reason=reason)
        return amount._replace(number=f"-{amount.number.removeprefix('-')}")

    def _number(self, cells: Sequence[str], field: str) -> AmountRead:
        text = self._cell(cells, field)
        if UNREADABLE in text:
            raise self._unreadable(field)
        if not text.strip():
            raise InvalidInputError(field="amount", reason="it is empty.")
        return read_amount(text, decimal_mark=self._layout.decimal_mark, thousands_mark=self._layout.thousands_mark)

    def _balance(self, cells: Sequence[str]) -> str | None:
        text = self._cell(cells, "balance_column").strip()
        if not text or text in {"-", "–"}:
            return None
        try:
            return self._number(cells, "balance_column").number
        except InvalidInputError as error:
            raise InvalidInputError(field="balance", reason=error.reason) from error


def _check_currencies(beside: str, column: str | None) -> None:
    if column is not None and column != beside:
        reason = f"it is in {beside}, but the row is said to be in {column}."
        raise InvalidInputError(field="currency", reason=reason)


def _first(row: Row) -> str:
    return next((cell for cell in row.cells if cell.strip()), "")


def _negated(number: str) -> str:
    return number[1:] if number.startswith("-") else f"-{number}"


def is_nothing(number: str) -> bool:
    """Tell whether a number is zero, however many zeros a bank writes.

    >>> is_nothing("0.00"), is_nothing("-0"), is_nothing("0.01")
    (True, True, False)
    """
    return not number.strip("+-0.")

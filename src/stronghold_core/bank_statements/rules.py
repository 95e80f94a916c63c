"""How the rows of a bank's CSV file are understood, and how one is known again. Pure: no file and no database here.

Nothing is guessed about money: an amount or a date that is not exactly of the stated form is refused.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from stronghold_core.bank_statements.records import CsvLayout
from stronghold_core.errors import InvalidInputError, StatementColumnError, StatementFileError
from stronghold_core.ledger.posting.records import MAX_DESCRIPTION_LENGTH
from stronghold_core.text import optional_text

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from stronghold_core.bank_statements.records import StatementLine
    from stronghold_core.ids import AccountId

DELIMITERS: Final = (";", "\t", ",")
"""What is tried, in this order; a comma comes last, because it also stands in amounts and descriptions."""

UNREADABLE: Final = "\N{REPLACEMENT CHARACTER}"
"""What stands in decoded text for bytes that the encoding does not know."""

_THOUSANDS_MARKS: Final = {".": r"\.", ",": ",", "'": "['’]", " ": "[ \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]"}
_SAMPLE_DAY: Final = date(2026, 12, 31)
_DIGEST_BYTES: Final = 16


class Row(NamedTuple):
    """One row of the file, which may run over several lines."""

    line: int
    """The number of its first line, from 1."""
    cells: Sequence[str]
    fault: str | None
    """Why it could not be split into cells."""


class Columns(NamedTuple):
    """Where the three columns are, counted from 0."""

    date: int
    description: int
    amount: int
    width: int
    """How many columns the file has in all."""

    @property
    def last(self) -> int:
        """The last of the three."""
        return max(self.date, self.description, self.amount)


class Reading(NamedTuple):
    """What one row says."""

    on: date
    amount: str
    description: str | None


# ------------------------------------------------------------------ the layout


def check_layout(layout: CsvLayout) -> None:
    """Pass if a file can be laid out like that.

    Raises:
        InvalidInputError: If not; it names the field.
    """
    if not isinstance(layout, CsvLayout):
        raise InvalidInputError(field="layout", reason=f"{type(layout).__name__} is none; make a CsvLayout.")
    for field, column in _wanted(layout).items():
        if column == "" or (isinstance(column, int) and column < 0):
            raise InvalidInputError(field=field, reason="it is a name in the header, or a number counted from 0.")
    if layout.delimiter is not None and (len(layout.delimiter) != 1 or layout.delimiter in '"\r\n'):
        raise InvalidInputError(field="delimiter", reason="it is one character, such as ; or a tab.")
    if layout.decimal_mark not in {".", ","}:
        raise InvalidInputError(field="decimal_mark", reason="it is a point or a comma.")
    if layout.thousands_mark is not None and layout.thousands_mark not in _THOUSANDS_MARKS:
        raise InvalidInputError(field="thousands_mark", reason="it is a point, a comma, an apostrophe or a space.")
    if layout.thousands_mark == layout.decimal_mark:
        raise InvalidInputError(field="thousands_mark", reason="it can't be the decimal mark as well.")
    _check_encoding(layout.encoding)
    if layout.date_format is not None:
        _check_date_format(layout.date_format)


def _check_encoding(name: str) -> None:
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=name)
    except (LookupError, ValueError) as error:
        reason = f"{name!r} is no text encoding; write one such as utf-8, cp1252 or utf-16."
        raise InvalidInputError(field="encoding", reason=reason) from error


def _check_date_format(pattern: str) -> None:
    """Try the pattern on a day: it must give the same day back."""
    mistake = InvalidInputError(
        field="date_format", reason=f"{pattern!r} does not say day, month and year; write one such as %d.%m.%Y."
    )
    if not re.search("%[yY]", pattern):
        raise mistake
    try:
        found = _day_of(_SAMPLE_DAY.strftime(pattern), pattern)
    except ValueError as error:
        raise mistake from error
    if found != _SAMPLE_DAY:
        raise mistake


def _wanted(layout: CsvLayout) -> dict[str, str | int]:
    columns = {
        "date_column": layout.date_column,
        "description_column": layout.description_column,
        "amount_column": layout.amount_column,
    }
    return {field: column.strip() if isinstance(column, str) else column for field, column in columns.items()}


def _names(layout: CsvLayout) -> list[str]:
    return [column for column in _wanted(layout).values() if isinstance(column, str)]


# ------------------------------------------------------------------ from lines to rows


def split_rows(lines: Iterable[str], delimiter: str) -> Generator[Row]:
    r"""Split lines into the cells of rows, without the empty rows.

    The rules of CSV are taken strictly: a quotation mark that was forgotten must not swallow the rows after it unseen.

    >>> [(row.line, row.cells) for row in split_rows(["Date;Text\n", "\n", "1;'a'\n"], ";")]
    [(1, ['Date', 'Text']), (3, ['1', "'a'"])]
    """
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        first = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(first, (), _fault(error, first, reader.line_num))
            continue
        if any(cell.strip() for cell in cells):
            yield Row(first, cells, None)


def _fault(error: csv.Error, first: int, last: int) -> str:
    reach = f" and runs to line {last}: is a quotation mark missing?" if last > first else "."
    return f"it breaks the rules of CSV ({error}){reach}"


def check_readable(head: Sequence[str], encoding: str) -> None:
    """Pass if the first lines of a file are text.

    >>> check_readable(["Date;Amount", "2026-11-01;5"], "utf-8")

    Raises:
        StatementFileError: If there are none, or a tenth of their characters can't belong to text.
    """
    text = "".join(head)
    if not text.strip():
        raise StatementFileError(reason="it is empty.")
    strange = sum(character == UNREADABLE or (character < " " and character not in "\t\r\n\f") for character in text)
    if strange * 10 > len(text):
        raise StatementFileError(
            reason=f"it is not text in {encoding}; if it is text at all, state its encoding, such as cp1252 or utf-16."
        )


def find_delimiter(head: Sequence[str], layout: CsvLayout) -> str:
    """Return the delimiter that *layout* states, or else the one that makes columns out of the first lines.

    >>> from stronghold_core.bank_statements import CsvLayout
    >>> layout = CsvLayout(date_column=0, description_column=1, amount_column=2)
    >>> find_delimiter(["01.02.2026;Shop, Berlin;-12,30"], layout)
    ';'
    """
    if layout.delimiter is not None:
        return layout.delimiter
    highest = max((column for column in _wanted(layout).values() if isinstance(column, int)), default=0)

    def fitness(delimiter: str) -> tuple[int, int]:
        rows = [row.cells for row in split_rows(head, delimiter)]
        fitting = sum(len(cells) > highest and _has_names(cells, layout) for cells in rows)
        # If none fits, the one that makes the most cells lets the error name what columns there are.
        return fitting, 0 if fitting else max(map(len, rows), default=0)

    return max(DELIMITERS, key=fitness)


def find_columns(rows: Iterable[Row], layout: CsvLayout) -> Columns:
    """Find the columns that *layout* asks for; those it names in the first row that has all the names.

    >>> from stronghold_core.bank_statements import CsvLayout
    >>> layout = CsvLayout(date_column="Date", description_column=3, amount_column="Amount")
    >>> find_columns(split_rows(["Account,42", "Date,Amount,Balance,Text"], ","), layout)
    Columns(date=0, description=3, amount=1, width=4)

    Raises:
        StatementColumnError: If no row has them all; it names what the most promising one has.
        StatementFileError: If a name appears twice.
    """
    header = [cell.strip() for cell in _most_promising([row.cells for row in rows], layout)]
    date_at, description_at, amount_at = (_place(column, header) for column in _wanted(layout).values())
    return Columns(date_at, description_at, amount_at, width=len(header))


def _place(column: str | int, header: Sequence[str]) -> int:
    if isinstance(column, int):
        if column < len(header):
            return column
    elif header.count(column) > 1:
        raise StatementFileError(reason=f"it has two columns {column!r}: give the number of the right one, from 0.")
    elif column in header:
        return header.index(column)
    found = ", ".join(repr(cell[:40]) for cell in header if cell) or "none at all"
    raise StatementColumnError(column=f"{column}", found=found)


def _most_promising(rows: Sequence[Sequence[str]], layout: CsvLayout) -> Sequence[str]:
    """Return the row with the most of the names; without names, one with as many cells as most rows have."""
    if names := _names(layout):
        return max(rows, key=lambda cells: (len(_stripped(cells, names)), len(cells)), default=())
    lengths = Counter(len(cells) for cells in rows)
    return max(rows, key=lambda cells: lengths[len(cells)], default=())


def is_header(row: Row, columns: Columns, layout: CsvLayout) -> bool:
    """Tell whether *row* is the header: it has all the names; without names, it has neither a day nor an amount.

    >>> from stronghold_core.bank_statements import CsvLayout
    >>> layout = CsvLayout(date_column=0, description_column=1, amount_column=2)
    >>> is_header(Row(1, ["Date", "Text", "Amount"], None), Columns(0, 1, 2, 3), layout)
    True
    >>> is_header(Row(1, ["2026-11-31", "Coffee", "-5.00"], None), Columns(0, 1, 2, 3), layout)
    False
    """
    if _names(layout):
        return _has_names(row.cells, layout)
    return len(row.cells) > columns.last and not any(
        re.search(r"\d", row.cells[position]) for position in (columns.date, columns.amount)
    )


def _has_names(cells: Sequence[str], layout: CsvLayout) -> bool:
    names = _names(layout)
    return len(_stripped(cells, names)) == len(set(names))


def _stripped(cells: Sequence[str], among: Sequence[str]) -> set[str]:
    return {cell.strip() for cell in cells}.intersection(among)


# ------------------------------------------------------------------ from a row to what it says


def read_row(row: Row, columns: Columns, layout: CsvLayout) -> Reading:
    """Understand one row.

    Raises:
        InvalidInputError: If it has too few columns, or one of the three can't be read.
    """
    if row.fault is not None:
        raise InvalidInputError(field="row", reason=row.fault)
    cells = row.cells
    if len(cells) <= columns.last:
        reason = f"it has {len(cells)} of the {columns.last + 1} columns needed; is the delimiter right?"
        raise InvalidInputError(field="row", reason=reason)
    if any(cell.strip() for cell in cells[columns.width :]):
        # A mark inside an amount, such as 1,234.00 without quotes, would make 1 of it.
        reason = f"it has {len(cells)} columns, more than the {columns.width} of the file; are quotes missing?"
        raise InvalidInputError(field="row", reason=reason)
    texts = {"date": cells[columns.date], "description": cells[columns.description], "amount": cells[columns.amount]}
    for field, text in texts.items():
        if UNREADABLE in text:
            raise InvalidInputError(field=field, reason=f"it is not written in {layout.encoding}; state the encoding.")
    return Reading(
        on=read_date(texts["date"], layout.date_format),
        amount=read_amount(texts["amount"], decimal_mark=layout.decimal_mark, thousands_mark=layout.thousands_mark),
        description=optional_text(texts["description"], field="description", max_length=MAX_DESCRIPTION_LENGTH),
    )


def read_date(text: str, pattern: str | None) -> date:
    """Read a day.

    >>> read_date("2026-11-01", None), read_date("1.11.26", "%d.%m.%y")
    (datetime.date(2026, 11, 1), datetime.date(2026, 11, 1))

    Raises:
        InvalidInputError: If *text* is not of that form, or there is no such day.
    """
    written = text.strip()
    try:
        if pattern is None:
            return date.fromisoformat(written)
        return _day_of(written, pattern)
    except ValueError as error:
        if _names_a_missing_day(written, pattern or "%Y-%m-%d"):
            reason = f"{written!r} does not exist: that month has fewer days."
        else:
            form = "an ISO date such as 2026-11-01" if pattern is None else f"a day of the form {pattern}"
            reason = f"{written[:40]!r} is not {form}."
        raise InvalidInputError(field="date", reason=reason) from error


def _names_a_missing_day(text: str, pattern: str) -> bool:
    """Tell whether *text*, which is no day, has the form of one: the 31st of November, say.

    >>> _names_a_missing_day("31.11.2025", "%d.%m.%Y"), _names_a_missing_day("11/31/2025", "%d/%m/%Y")
    (True, False)
    """
    try:
        # The number of a day in its year may be any up to 366, and is not compared with the month.
        _day_of(text, pattern.replace("%d", "%j"))
    except ValueError:
        return False
    return True


def _day_of(text: str, pattern: str) -> date:
    return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a business date has no zone


def read_amount(text: str, *, decimal_mark: str, thousands_mark: str | None) -> str:
    """Read an amount into a plain decimal number, without rounding or dropping anything.

    >>> read_amount("-1.234,50", decimal_mark=",", thousands_mark=".")
    '-1234.50'
    >>> read_amount("+12.3", decimal_mark=".", thousands_mark=None)
    '12.3'

    Raises:
        InvalidInputError: If *text* is not a number with exactly these marks.
    """
    whole = r"\d+"
    if thousands_mark is not None:
        whole = rf"\d{{1,3}}(?:{_THOUSANDS_MARKS[thousands_mark]}\d{{3}})+|\d+"
    match = re.fullmatch(rf"([+\-−]?)({whole})(?:{re.escape(decimal_mark)}(\d+))?", text.strip(), re.ASCII)
    if match is None:
        grouping = "no mark between thousands" if thousands_mark is None else f"{thousands_mark!r} between thousands"
        reason = f"{text.strip()[:40]!r} is not a number with {decimal_mark!r} before the decimals and {grouping}."
        raise InvalidInputError(field="amount", reason=reason)
    sign = "" if match[1] in {"", "+"} else "-"
    return f"{sign}{re.sub('[^0-9]', '', match[2])}" + ("" if match[3] is None else f".{match[3]}")


def is_zero(line: StatementLine) -> bool:
    """Tell whether a row moves nothing, however many zeros a bank writes.

    >>> from stronghold_core.bank_statements import StatementLine
    >>> notice = StatementLine(line=2, on=date(2026, 11, 1), amount="0.00", description="New terms", occurrence=1)
    >>> is_zero(notice)
    True
    """
    return re.fullmatch(r"[+-]?0+(\.0+)?", line.amount) is not None


# ------------------------------------------------------------------ knowing a row again


def canonical(reading: Reading) -> Reading:
    """Write the amount in the one form that equal amounts share, however many zeros a bank writes.

    >>> canonical(Reading(date(2026, 11, 1), "-05.50", None)).amount
    '-5.5'
    """
    sign, digits = ("-", reading.amount[1:]) if reading.amount.startswith("-") else ("", reading.amount)
    whole, _, decimals = digits.partition(".")
    return reading._replace(amount=f"{sign}{whole.lstrip('0') or '0'}.{decimals.rstrip('0') or '0'}")


def digest(account_id: AccountId, line: StatementLine) -> str:
    """Return what tells a row of an account from every other one, from whatever file and however often it comes.

    It is written like the fingerprint of a key, in pairs of characters, so that nobody who searches transactions for a
    word or a number meets it by accident.

    >>> from stronghold_core.bank_statements import StatementLine
    >>> from stronghold_core.ids import AccountId, parse_id
    >>> bank = AccountId(parse_id("019a9d3c-0000-7000-8000-000000000001", field="account"))
    >>> digest(bank, StatementLine(line=2, on=date(2026, 11, 1), amount="-5.00", description="Coffee", occurrence=1))
    '11:86:16:a7:44:a7:1c:94:2e:af:64:a9:f8:5f:c1:c6'
    """
    said = canonical(Reading(line.on, line.amount, line.description))
    parts = (str(account_id), said.on.isoformat(), said.amount, said.description or "", str(line.occurrence))
    return hashlib.sha256("\x1f".join(parts).encode()).digest()[:_DIGEST_BYTES].hex(":")

"""Finding out how a bank's file is laid out, from its first rows and the names of its columns. Pure.

What a caller states is kept; only what is missing is found. Where a file leaves open what would change an amount or a
day, it is asked for.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from stronghold_core.bank_statements.csv_files.amounts import find_marks, has_number, has_sign, is_more_than_nothing
from stronghold_core.bank_statements.csv_files.cells import DELIMITERS, split_rows
from stronghold_core.bank_statements.csv_files.columns import names_of
from stronghold_core.bank_statements.csv_files.dates import find_date_format, looks_like_a_day
from stronghold_core.bank_statements.csv_files.headers import (
    HEAD_LINES,
    SAMPLE_ROWS,
    has_name,
    is_enough,
    named_after,
    named_fields,
)
from stronghold_core.bank_statements.csv_files.records import open_question
from stronghold_core.bank_statements.csv_files.words import (
    ranks_of,
)
from stronghold_core.errors import AmbiguousStatementError, StatementColumnError, StatementFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stronghold_core.bank_statements.csv_files.cells import Row
    from stronghold_core.bank_statements.csv_files.columns import Columns
    from stronghold_core.bank_statements.csv_files.records import CsvLayout, DebitMinus

_AMOUNTS: Final = ("amount_column", "debit_column", "credit_column", "balance_column")
_ENOUGH_DEBITS: Final = 2_000
"""How many debits are looked at; each is compared with what they have shown when it is read."""

_SAID_DELIMITER: Final = re.compile(r"sep=(.)\s*", re.IGNORECASE)


def find_structure(lines: Sequence[str], layout: CsvLayout) -> CsvLayout:
    """Find delimiter and columns in the first *lines* of a file.

    >>> from stronghold_core.bank_statements.csv_files.records import CsvLayout
    >>> found = find_structure(["Buchungstag;Verwendungszweck;Betrag", "01.11.2026;Kaffee;-3,50"], CsvLayout())
    >>> found.delimiter, found.date_column, found.description_column, found.amount_column
    (';', 'Buchungstag', 'Verwendungszweck', 'Betrag')

    Raises:
        StatementColumnError: If no row names the columns that are needed; it tells what names there are.
        AmbiguousStatementError: If two columns could be meant.
        StatementFileError: If nothing separates columns.
    """
    delimiter = layout.delimiter or _find_delimiter(lines, layout)
    layout = layout.model_copy(update={"delimiter": delimiter})
    rows = [row for row in split_rows(lines, delimiter) if row.fault is None]
    if layout.date_column is not None and layout.has_amounts:
        # It names all columns that count: by others, rows of an earlier file would not be known again.
        return layout
    header = max(rows[:HEAD_LINES], key=lambda row: named_fields(row.cells), default=None)
    if header is not None and is_enough(header.cells, layout):
        return named_after(header, rows, layout)
    if (counted := _counted(rows, layout)) is not None:
        return counted
    found = ", ".join(repr(cell.strip()[:40]) for cell in (header.cells if header is not None else ()) if cell.strip())
    missing = "amount_column" if layout.date_column is not None or has_name(header, "date_column") else "date_column"
    remedy = f"none of these is a name that is known; state {missing} as one of them, or as a number from 0."
    raise StatementColumnError(column=missing, found=found or "none at all", remedy=remedy)


def find_values(rows: Callable[[], Iterable[Row]], columns: Columns, layout: CsvLayout) -> CsvLayout:
    """Find how days and amounts are written, in as many *rows* as that takes.

    Raises:
        AmbiguousStatementError: If the rows leave it open.
        StatementFileError: If they contradict each other.
    """
    found: dict[str, Any] = {}
    if layout.date_format is None:
        found["date_format"] = _date_format(rows, columns)
    if layout.decimal_mark is None:
        marks = find_marks(_cells_of(rows(), [columns.at[field] for field in _AMOUNTS if field in columns.at]))
        found["decimal_mark"] = marks.decimal
        if layout.thousands_mark is None:
            found["thousands_mark"] = marks.thousands
    if layout.debit_minus is None and "debit_column" in columns.at:
        found["debit_minus"] = _debit_minus(_cells_of(rows(), [columns.at["debit_column"]]))
    return layout.model_copy(update=found)


# ------------------------------------------------------------------ the delimiter


def _find_delimiter(lines: Sequence[str], layout: CsvLayout) -> str:
    if lines and (said := _SAID_DELIMITER.fullmatch(lines[0])):
        return said[1]
    best = max(DELIMITERS, key=lambda delimiter: _fitness(lines, delimiter, layout))
    if _fitness(lines, best, layout)[2] < 2:  # noqa: PLR2004 - a day and an amount
        raise StatementFileError(reason="nothing separates its columns; if something does, state it as delimiter.")
    return best


def _fitness(lines: Sequence[str], delimiter: str, layout: CsvLayout) -> tuple[int, int, int]:
    """Say how many columns are known by their names, how many rows have as many cells, and how many that is."""
    rows = [row.cells for row in split_rows(lines, delimiter)]
    wanted = set(names_of(layout))
    named = max(
        (named_fields(cells) + len(wanted.intersection(map(str.strip, cells))) for cells in rows[:HEAD_LINES]),
        default=0,
    )
    lengths = Counter(len(cells) for cells in rows if len(cells) > 1)
    width, count = lengths.most_common(1)[0] if lengths else (1, 0)
    return named, count, width


# ------------------------------------------------------------------ columns of a file without a header


def _counted(rows: Sequence[Row], layout: CsvLayout) -> CsvLayout | None:
    """Find the columns of a file without a header: one of days, one of amounts, one of words; none if several could be.

    The day of booking stands before the day of value; an amount has decimals or a sign in some row.
    """
    sample = [row.cells for row in rows[:SAMPLE_ROWS]]
    width = len(sample[0]) if sample else 0
    if width < 2 or any(len(cells) != width for cells in sample):  # noqa: PLR2004 - a day and an amount
        return None
    columns = [[cells[place].strip() for cells in sample] for place in range(width)]
    days = [place for place, column in enumerate(columns) if all(map(looks_like_a_day, column))]
    amounts = [place for place, column in enumerate(columns) if place not in days and _holds_amounts(column)]
    if len(days) != 1 or len(amounts) != 1:
        return None
    words = [place for place in range(width) if place not in {*days, *amounts}]
    longest = max(words, key=lambda place: sum(map(len, columns[place])), default=None)
    return layout.model_copy(
        update={
            "date_column": days[0],
            "amount_column": amounts[0],
            "description_column": layout.description_column or longest,
        }
    )


def _holds_amounts(column: Sequence[str]) -> bool:
    return all(map(has_number, column)) and any(re.search(r"[.,+\-]", text) for text in column)


def _date_format(rows: Callable[[], Iterable[Row]], columns: Columns) -> str | None:
    """Find how days are written; where those of booking leave it open, the other days of the file may tell."""
    place = columns.at["date_column"]
    try:
        return find_date_format(_cells_of(rows(), [place]))
    except AmbiguousStatementError:
        others = [other for other, name in enumerate(columns.header or ()) if "date_column" in ranks_of(name)]
        if others in ([], [place]):
            raise
        return find_date_format(_cells_of(rows(), others))


def _debit_minus(debits: Iterable[tuple[int, str]]) -> DebitMinus | None:
    """Find whether debits have a minus; none if there is no debit.

    Raises:
        AmbiguousStatementError: If some do: then it may be that they were taken back.
    """
    first: dict[bool, tuple[int, str]] = {}
    for line, text in islice((debit for debit in debits if is_more_than_nothing(debit[1])), _ENOUGH_DEBITS):
        first.setdefault(has_sign(text), (line, text))
    if len(first) > 1:
        (line, signed), (other, unsigned) = first[True], first[False]
        fact = f"the debit {signed!r} in line {line} has a minus, {unsigned!r} in line {other} has none"
        raise open_question("debit_minus", fact, "back", "never", "always")
    return None if not first else "always" if True in first else "never"


def _cells_of(rows: Iterable[Row], places: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Go through the cells of some columns, with the numbers of their lines."""
    for row in rows:
        for place in places:
            if place < len(row.cells) and (text := row.cells[place].strip()):
                yield row.line, text

"""From the lines of a CSV file to the cells of rows. Pure.

The rules of CSV are taken strictly: a quotation mark that was forgotten must not swallow the rows after it unseen.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final, NamedTuple

from stronghold_core.errors import StatementFileError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

DELIMITERS: Final = (";", "\t", "|", ",")
"""What is tried, in this order; a comma comes last, because it also stands in amounts and descriptions."""

UNREADABLE: Final = "\N{REPLACEMENT CHARACTER}"
"""What stands in decoded text for bytes that the encoding does not know."""

_OTHER_FORMATS: Final = (
    ("OFXHEADER", "OFX"),
    ("<OFX", "OFX"),
    ("<?OFX", "OFX"),
    ("<?xml", "XML, such as CAMT or OFX"),
    ("<html", "a web page"),
    ("<!doctype html", "a web page"),
    ("!Type:", "QIF"),
    ("!Account", "QIF"),
    (":20:", "MT940"),
    ("{1:", "MT940"),
    ("%PDF", "a PDF document"),
    ("PK\x03\x04", "a packed file, such as an Excel workbook"),
    ("\xd0\xcf\x11\xe0", "an old Excel workbook"),
)


class Row(NamedTuple):
    """One row of the file, which may run over several lines."""

    line: int
    """The number of its first line, from 1."""
    cells: Sequence[str]
    fault: str | None
    """Why it could not be split into cells."""


def split_rows(lines: Iterable[str], delimiter: str) -> Generator[Row]:
    r"""Split lines into the cells of rows, without the empty rows.

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
    """Pass if the first lines of a file are text, and not that of another kind of file.

    >>> check_readable(["Date;Amount", "2026-11-01;5"], "utf-8")

    Raises:
        StatementFileError: If there are none, a tenth of their characters can't belong to text, or they are no CSV.
    """
    text = "".join(head)
    if not text.strip():
        raise StatementFileError(reason="it is empty.")
    for beginning, name in _OTHER_FORMATS:
        if text.lstrip("\r\n\t \N{ZERO WIDTH NO-BREAK SPACE}")[: len(beginning)].lower() == beginning.lower():
            raise StatementFileError(reason=f"it is {name}, not CSV; ask the bank for its CSV export.")
    if any(line.startswith((":61:", ":60F:")) for line in head):
        raise StatementFileError(reason="it is MT940, not CSV; ask the bank for its CSV export.")
    strange = sum(character == UNREADABLE or (character < " " and character not in "\t\r\n\f") for character in text)
    if strange * 10 > len(text):
        raise StatementFileError(
            reason=f"it is not text in {encoding}; if it is text at all, state its encoding, such as cp1252 or utf-16."
        )

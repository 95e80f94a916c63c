"""Reading a bank's CSV file row by row, however long it is.

Bytes that the encoding does not know, and rows that break the rules of CSV, cost only their own row. All that is kept
of the rows is how often each was said, because two equal purchases on a day are two.
"""

from __future__ import annotations

import io
from collections import Counter
from functools import partial
from itertools import chain, dropwhile, islice
from typing import TYPE_CHECKING, Final

from stronghold_core.bank_statements.records import RefusedRow, StatementLine
from stronghold_core.bank_statements.rules import (
    Columns,
    Reading,
    Row,
    canonical,
    check_layout,
    check_readable,
    find_columns,
    find_delimiter,
    is_header,
    read_row,
    split_rows,
)
from stronghold_core.errors import InvalidInputError, StatementFileError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from typing import BinaryIO

    from stronghold_core.bank_statements.records import CsvLayout

_HEAD_LINES: Final = 50
"""How far down the header may stand."""

_MAX_LINE_LENGTH: Final = 1 << 20
"""A line longer than this is read in pieces, so that a file without line ends can't fill the memory."""


def read_csv(file: BinaryIO, layout: CsvLayout) -> Iterator[StatementLine | RefusedRow]:
    """Read the rows of a bank's file as they are asked for.

    Args:
        file: The file, opened for reading bytes; it is the opener's to close, after the last row.
        layout: Where the file keeps what.

    Raises:
        InvalidInputError: If the file is not open for reading bytes, or the layout can't be meant.
        StatementFileError: If the file is empty, or no text, or can't be read on.
        StatementColumnError: If a named column is missing.
    """
    check_layout(layout)
    if isinstance(file, io.TextIOBase) or not hasattr(file, "readable"):
        reason = f"{type(file).__name__} does not give bytes; pass a path, or open(path, 'rb')."
        raise InvalidInputError(field="file", reason=reason)
    lines = _lines(file, layout.encoding)
    head = list(islice(lines, _HEAD_LINES))
    check_readable(head, layout.encoding)
    delimiter = find_delimiter(head, layout)
    columns = find_columns(split_rows(head, delimiter), layout)
    rows = split_rows(chain(head, lines), delimiter)
    return _read(_below_header(rows, columns, layout), columns, layout)


def _lines(file: BinaryIO, encoding: str) -> Generator[str]:
    # Line ends are left as they are: a quoted cell may hold some.
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
    try:
        yield from iter(partial(text.readline, _MAX_LINE_LENGTH), "")
    except (OSError, UnicodeError) as error:
        raise StatementFileError(reason=f"reading it failed ({error}).") from error
    finally:
        # Otherwise the wrapper would close the file together with itself; the opener may have done so already.
        if not file.closed:
            text.detach()


def _below_header(rows: Iterator[Row], columns: Columns, layout: CsvLayout) -> Iterator[Row]:
    """Pass over the header and what stands above it; without names, the first row may be one or not."""
    if any(isinstance(column, str) for column in (layout.date_column, layout.description_column, layout.amount_column)):
        return islice(dropwhile(lambda row: not is_header(row, columns, layout), rows), 1, None)
    first = list(islice(rows, 1))
    return chain((row for row in first if not is_header(row, columns, layout)), rows)


def _read(rows: Iterable[Row], columns: Columns, layout: CsvLayout) -> Generator[StatementLine | RefusedRow]:
    said: Counter[Reading] = Counter()
    for row in rows:
        try:
            reading = read_row(row, columns, layout)
        except InvalidInputError as error:
            yield RefusedRow(line=row.line, reason=str(error))
            continue
        key = canonical(reading)
        said[key] += 1
        yield StatementLine(
            line=row.line,
            on=reading.on,
            amount=reading.amount,
            description=reading.description,
            occurrence=said[key],
        )

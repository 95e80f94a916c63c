"""Reading a bank's CSV file row by row, however long it is.

Bytes that the encoding does not know, and rows that break the rules of CSV, cost only their own row. Whoever states a
whole layout has the file read once, from a pipe as well; what is to be found out is looked for in the first 64 KiB of a
pipe, and in all of a file that can be read again, as far as that takes.
"""

from __future__ import annotations

import csv
import io
from contextlib import contextmanager
from functools import partial
from itertools import chain, dropwhile, islice
from typing import TYPE_CHECKING, Final

from stronghold_core.bank_statements.csv_files.account_numbers import find_account_number
from stronghold_core.bank_statements.csv_files.cells import check_readable, split_rows
from stronghold_core.bank_statements.csv_files.columns import find_columns, is_header, names_of
from stronghold_core.bank_statements.csv_files.detection import find_structure, find_values
from stronghold_core.bank_statements.csv_files.encodings import find_encoding
from stronghold_core.bank_statements.csv_files.headers import HEAD_LINES
from stronghold_core.bank_statements.csv_files.records import CsvLayout
from stronghold_core.bank_statements.csv_files.rules import RowReader, check_layout
from stronghold_core.bank_statements.csv_files.sums import Sums
from stronghold_core.bank_statements.records import RefusedRow, StatementLine
from stronghold_core.errors import InvalidInputError, StatementFileError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from typing import BinaryIO

    from stronghold_core.bank_statements.csv_files.cells import Row
    from stronghold_core.bank_statements.csv_files.columns import Columns

_HEAD_BYTES: Final = 1 << 16
_BLOCK_BYTES: Final = 1 << 20

_MAX_LINE_LENGTH: Final = 1 << 20
"""Nothing of a line longer than this is kept, so that a file without line ends can't fill the memory."""

_MAX_FOOTER_ROWS: Final = 50
"""How many rows of words may stand below the last one."""


class CsvStatement:
    """A bank's file, to be gone through once, as its rows are asked for.

    Rows that only tell a balance or a total, and words below the last row, are passed over.
    """

    def __init__(self, rows: Iterator[Row], columns: Columns, layout: CsvLayout, account_number: str | None) -> None:
        self.layout = layout
        """How the file is laid out: what was stated, and what was found."""
        self.account_number = account_number
        """The number of the account that stands above the rows, if one does."""
        self.passed_over = 0
        """How many rows were passed over so far."""
        self._rows = self._read(rows, RowReader(columns, layout))

    def __iter__(self) -> Iterator[StatementLine | RefusedRow]:
        return self._rows

    def __next__(self) -> StatementLine | RefusedRow:
        return next(self._rows)

    def _read(self, rows: Iterable[Row], reader: RowReader) -> Generator[StatementLine | RefusedRow]:
        # Only the end of the file tells whether words or totals stand below the last row, or among the others.
        held: list[tuple[Row, RefusedRow]] = []
        sums = Sums()
        for row in rows:
            if reader.says_nothing(row):
                self.passed_over += 1
                continue
            try:
                unbooked = reader.why_unbooked(row)
                read: StatementLine | RefusedRow = (
                    reader.read(row)
                    if unbooked is None
                    else RefusedRow(line=row.line, reason=unbooked, is_unbooked=True)
                )
            except InvalidInputError as error:
                read = RefusedRow(line=row.line, reason=_reason(row, reader, error))
                if len(held) < _MAX_FOOTER_ROWS and (reader.may_be_footer(row) or reader.may_be_total(row)):
                    held.append((row, read))
                    continue
            yield from (refused for _, refused in held)
            held.clear()
            if isinstance(read, StatementLine):
                sums.add(read)
            yield read
        for row, refused in held:
            if reader.may_be_total(row) and not sums.has(reader, row):
                yield refused
            else:
                self.passed_over += 1


def _reason(row: Row, reader: RowReader, error: InvalidInputError) -> str:
    if reader.repeats_header(row):
        return "it is the header once more; have two files been joined?"
    if reader.may_be_total(row):
        return "it has an amount and no day, and is no total below the last row that the rows add up to."
    return f"{error}"


def read_csv(file: BinaryIO, layout: CsvLayout | None = None) -> CsvStatement:
    """Read the rows of a bank's file as they are asked for.

    Args:
        file: The file, opened for reading bytes; it is the opener's to close, after the last row.
        layout: Where the file keeps what; what it leaves out is found in the file.

    Raises:
        InvalidInputError: If the file is not open for reading bytes, or the layout can't be meant.
        StatementFileError: If the file is empty, or no text, or can't be read on, or contradicts itself.
        StatementColumnError: If a column is missing.
        AmbiguousStatementError: If the file leaves open how it is to be read.
    """
    layout = layout if layout is not None else CsvLayout()
    check_layout(layout)
    if isinstance(file, io.TextIOBase) or not hasattr(file, "readable"):
        reason = f"{type(file).__name__} does not give bytes; pass a path, or open(path, 'rb')."
        raise InvalidInputError(field="file", reason=reason)
    if not layout.is_complete:
        file, layout = _found(file, layout)
    lines = _lines(file, layout.encoding or "utf-8")
    head = list(islice(lines, HEAD_LINES))
    check_readable(head, layout.encoding or "utf-8")
    delimiter = layout.delimiter or ","
    first = list(split_rows(head, delimiter))
    columns = find_columns(first, layout)
    rows = split_rows(chain(head, lines), delimiter)
    number = find_account_number(_above_header(first, columns, layout))
    return CsvStatement(_below_header(rows, columns, layout), columns, layout, number)


def detect_layout(file: BinaryIO, layout: CsvLayout | None = None) -> CsvLayout:
    """Find out how a bank's file is laid out, without reading more of it than that takes.

    Args:
        file: The file, opened for reading bytes, from its beginning; one that can be rewound is, afterwards.
        layout: What is known about it; it is kept.

    Raises:
        StatementFileError: If the file is empty, or no text, or contradicts itself.
        StatementColumnError: If no row names the columns that are needed.
        AmbiguousStatementError: If the file leaves it open; state what it asks for in *layout*.
    """
    return read_csv(file, layout).layout if not file.seekable() else _rewound(file, layout)


def _rewound(file: BinaryIO, layout: CsvLayout | None) -> CsvLayout:
    start = file.tell()
    try:
        return read_csv(file, layout).layout
    finally:
        file.seek(start)


# ------------------------------------------------------------------ finding


def _found(file: BinaryIO, layout: CsvLayout) -> tuple[BinaryIO, CsvLayout]:
    """Find what *layout* leaves out; return the file, to be read from its beginning, and the whole layout."""
    with _reading():
        if file.seekable():
            start = file.tell()
            layout = _found_in(file, layout, start)
            file.seek(start)
            return file, layout
        head = _head_of(file)
        layout = _found_in(io.BytesIO(head), layout, 0, is_whole=len(head) < _HEAD_BYTES)
        return io.BufferedReader(_Replayed(head, file)), layout


def _found_in(file: BinaryIO, layout: CsvLayout, start: int, *, is_whole: bool = True) -> CsvLayout:
    if layout.encoding is None:
        encoding = find_encoding(iter(partial(file.read, _BLOCK_BYTES), b""))
        layout = layout.model_copy(update={"encoding": encoding})
        file.seek(start)
    encoding = layout.encoding or "utf-8"
    lines = _lines(file, encoding)
    head = list(_within(lines, _HEAD_BYTES))
    lines.close()
    if not is_whole and len(head) > 1:
        # The last line may have been cut off.
        head.pop()
    check_readable(head, encoding)
    layout = find_structure(head, layout)
    columns = find_columns(list(islice(split_rows(head, layout.delimiter or ","), HEAD_LINES)), layout)

    def rows() -> Iterator[Row]:
        file.seek(start)
        return _below_header(split_rows(_lines(file, encoding), layout.delimiter or ","), columns, layout)

    return find_values(rows, columns, layout)


def _within(lines: Iterable[str], size: int) -> Iterator[str]:
    for line in lines:
        yield line
        size -= len(line)
        if size < 0:
            return


def _head_of(file: BinaryIO) -> bytes:
    """Read the beginning of a pipe, which may give less at once than it will."""
    blocks: list[bytes] = []
    size = 0
    while size < _HEAD_BYTES and (block := file.read(_HEAD_BYTES - size)):
        blocks.append(block)
        size += len(block)
    return b"".join(blocks)


class _Replayed(io.RawIOBase):
    """A pipe from its beginning, of which some was read already."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # bytes are all it is ever given
        """Fill *buffer* with what comes next."""
        block = bytes(self._head[: len(buffer)])
        self._head = self._head[len(block) :]
        block = block or self._rest.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)


# ------------------------------------------------------------------ lines and rows


@contextmanager
def _reading() -> Generator[None]:
    try:
        yield
    except (OSError, UnicodeError) as error:
        raise StatementFileError(reason=f"reading it failed ({error}).") from error


def _lines(file: BinaryIO, encoding: str) -> Generator[str]:
    # Line ends are left as they are: a quoted cell may hold some.
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
    try:
        with _reading():
            for piece in iter(partial(text.readline, _MAX_LINE_LENGTH), ""):
                yield piece if _is_whole(piece) else _passed_over(text)
    finally:
        # Otherwise the wrapper would close the file together with itself; the opener may have done so already.
        if not file.closed:
            text.detach()


def _is_whole(piece: str) -> bool:
    return len(piece) < _MAX_LINE_LENGTH or piece.endswith(("\n", "\r"))


def _passed_over(text: io.TextIOWrapper) -> str:
    """Pass over the rest of a line, whose end is no row by itself, and return one that is refused."""
    any(map(_is_whole, iter(partial(text.readline, _MAX_LINE_LENGTH), "")))
    return "…" * (csv.field_size_limit() + 1) + "\n"


def _below_header(rows: Iterator[Row], columns: Columns, layout: CsvLayout) -> Iterator[Row]:
    """Pass over the header and what stands above it; without names, the first row may be one or not."""
    if names_of(layout):
        return islice(dropwhile(lambda row: not is_header(row, columns, layout), rows), 1, None)
    first = list(islice(rows, 1))
    return chain((row for row in first if not is_header(row, columns, layout)), rows)


def _above_header(rows: Iterable[Row], columns: Columns, layout: CsvLayout) -> list[Row]:
    if not names_of(layout):
        return []
    above: list[Row] = []
    for row in rows:
        if is_header(row, columns, layout):
            return above
        above.append(row)
    return []

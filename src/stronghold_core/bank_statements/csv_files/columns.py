"""Where a bank's CSV file has the columns that a layout names. Pure."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from stronghold_core.errors import StatementColumnError, StatementFileError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stronghold_core.bank_statements.csv_files.cells import Row
    from stronghold_core.bank_statements.csv_files.records import CsvLayout


class Columns(NamedTuple):
    """Where the columns are, counted from 0."""

    at: Mapping[str, int]
    """By the layout's fields; those that the file does not have are missing."""
    needed: int
    """How many columns a row must have to say all that a posting needs."""
    width: int
    """How many columns the file has in all."""
    header: Sequence[str] | None
    """The names, as the file has them; none if columns are counted."""


def names_of(layout: CsvLayout) -> list[str]:
    """Return the columns that *layout* says by name."""
    return [column for column in layout.named().values() if isinstance(column, str)]


def find_columns(rows: Sequence[Row], layout: CsvLayout) -> Columns:
    """Find the columns that *layout* says; those it names in the first row that has all the names.

    >>> from stronghold_core.bank_statements.csv_files.cells import split_rows
    >>> from stronghold_core.bank_statements.csv_files.records import CsvLayout
    >>> layout = CsvLayout(date_column="Date", description_column=3, amount_column="Amount")
    >>> found = find_columns(list(split_rows(["Account,42", "Date,Amount,Balance,Text"], ",")), layout)
    >>> found.at, found.width
    ({'date_column': 0, 'amount_column': 1, 'description_column': 3}, 4)

    Raises:
        StatementColumnError: If no row has them all; it names what the most promising one has.
        StatementFileError: If a name appears twice.
    """
    cells = _most_promising([row.cells for row in rows], layout)
    header = [cell.strip() for cell in cells]
    at = {field: _place(column, header) for field, column in layout.named().items()}
    needed = 1 + max(
        (at[field] for field in ("date_column", "amount_column", "debit_column", "credit_column") if field in at),
        default=0,
    )
    return Columns(at, needed, len(header), cells if names_of(layout) else None)


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
    if names := names_of(layout):
        return max(rows, key=lambda cells: (len(_stripped(cells, names)), len(cells)), default=())
    lengths = Counter(len(cells) for cells in rows)
    return max(rows, key=lambda cells: lengths[len(cells)], default=())


def is_header(row: Row, columns: Columns, layout: CsvLayout) -> bool:
    """Tell whether *row* is the header: it has all the names; without names, it has neither a day nor an amount.

    >>> from stronghold_core.bank_statements.csv_files.cells import split_rows
    >>> from stronghold_core.bank_statements.csv_files.records import CsvLayout
    >>> layout = CsvLayout(date_column=0, description_column=1, amount_column=2)
    >>> columns = Columns({"date_column": 0, "description_column": 1, "amount_column": 2}, 3, 3, None)
    >>> [is_header(row, columns, layout) for row in split_rows(["Date,Text,Amount", "2026-11-31,Coffee,-5.00"], ",")]
    [True, False]
    """
    if names := names_of(layout):
        return len(_stripped(row.cells, names)) == len(set(names))
    return len(row.cells) >= columns.needed and not any(
        re.search(r"\d", row.cells[columns.at[field]])
        for field in ("date_column", "amount_column")
        if field in columns.at
    )


def _stripped(cells: Sequence[str], among: Sequence[str]) -> set[str]:
    return {cell.strip() for cell in cells}.intersection(among)

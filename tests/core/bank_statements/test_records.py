"""What an import reports."""

from __future__ import annotations

from stronghold_core.bank_statements import ImportResult, RefusedRow
from stronghold_core.bank_statements.records import MAX_REFUSED_ROWS


def test_the_results_of_parts_add_up() -> None:
    """A long file is imported in parts, and reported as one."""
    first = ImportResult(posted=1, already_there=2, refused=1, refused_rows=(RefusedRow(line=3, reason="no day"),))
    second = ImportResult(posted=10, refused=1, refused_rows=(RefusedRow(line=9, reason="no amount"),))
    both = first + second
    assert (both.posted, both.already_there, both.refused, both.rows) == (11, 2, 2, 15)
    assert [row.line for row in both.refused_rows] == [3, 9]


def test_only_the_first_refused_rows_are_named_but_all_are_counted() -> None:
    """A file of a million bad rows must not fill the memory with reasons."""
    rows = tuple(RefusedRow(line=number, reason="no day") for number in range(80))
    both = ImportResult(refused=80, refused_rows=rows) + ImportResult(refused=80, refused_rows=rows)
    assert both.refused == 160
    assert len(both.refused_rows) == MAX_REFUSED_ROWS == 100

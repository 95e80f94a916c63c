"""What an import reports."""

from __future__ import annotations

from typing import Any

import pytest

from stronghold_core import CsvLayout
from stronghold_core.bank_statements import ImportResult, RefusedRow, StatementLine
from stronghold_core.bank_statements.records import MAX_REFUSED_ROWS
from stronghold_core.errors import InvalidInputError

COLUMNS: dict[str, Any] = {"date_column": 0, "description_column": "Text", "amount_column": 2}


def test_the_results_of_parts_add_up() -> None:
    """A long file is imported in parts, and reported as one."""
    first = ImportResult(
        posted=1, already_there=2, without_amount=3, refused=1, refused_rows=(RefusedRow(line=3, reason="no day"),)
    )
    second = ImportResult(
        posted=10, without_amount=4, refused=1, refused_rows=(RefusedRow(line=9, reason="no amount"),)
    )
    both = first + second
    assert (both.posted, both.already_there, both.without_amount, both.refused) == (11, 2, 7, 2)
    assert both.rows == 22
    assert [row.line for row in both.refused_rows] == [3, 9]


def test_only_the_first_refused_rows_are_named_but_all_are_counted() -> None:
    """A file of a million bad rows must not fill the memory with reasons."""
    rows = tuple(RefusedRow(line=number, reason="no day") for number in range(80))
    both = ImportResult(refused=80, refused_rows=rows) + ImportResult(refused=80, refused_rows=rows)
    assert both.refused == 160
    assert len(both.refused_rows) == MAX_REFUSED_ROWS == 100


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"date_column": 0, "amount_column": 2}, "description_column"),
        (COLUMNS | {"quote": "'"}, "quote"),
        (COLUMNS | {"amount_column": 1.5}, "amount_column"),
        (COLUMNS | {"delimiter": 7}, "delimiter"),
    ],
    ids=["missing", "unknown", "half a column", "number"],
)
def test_a_layout_that_cannot_be_meant_is_refused_by_its_field(fields: dict[str, Any], field: str) -> None:
    """With an error of ours, like everything else that a caller fills in."""
    with pytest.raises(InvalidInputError) as caught:
        CsvLayout(**fields)
    assert caught.value.field == field


def test_a_line_that_a_host_made_itself_is_checked() -> None:
    """A host may read files of another kind, and post their rows."""
    line: dict[str, Any] = {"line": 1, "on": "2026-11-01", "amount": "-5.00", "description": None, "occurrence": 1}
    assert str(StatementLine(**line).on) == "2026-11-01"
    with pytest.raises(InvalidInputError) as caught:
        StatementLine(**line | {"on": "yesterday"})
    assert caught.value.field == "on"

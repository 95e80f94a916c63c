"""What an import reports."""

from __future__ import annotations

from typing import Any

import pytest

from stronghold_core import CsvLayout
from stronghold_core.bank_statements import ImportResult, StatementLine
from stronghold_core.errors import InvalidInputError

COLUMNS: dict[str, Any] = {"date_column": 0, "description_column": "Text", "amount_column": 2}


def test_a_layout_is_complete_once_a_file_can_be_read_without_looking() -> None:
    """Then a pipe is read in one pass, and no further column is looked for."""
    stated: dict[str, Any] = {"delimiter": ",", "encoding": "utf-8", "date_format": "%Y-%m-%d", "decimal_mark": "."}
    assert CsvLayout(**COLUMNS, **stated).is_complete
    assert CsvLayout(date_column=0, debit_column=1, credit_column=2, **stated).is_complete
    for field in stated:
        assert not CsvLayout(**COLUMNS, **{name: value for name, value in stated.items() if name != field}).is_complete
    assert not CsvLayout(date_column=0, debit_column=1, **stated).is_complete
    assert not CsvLayout(amount_column=0, **stated).is_complete


def test_rows_are_counted_by_what_became_of_them() -> None:
    """Those that were passed over are none."""
    assert ImportResult(posted=2, already_there=4, without_amount=1, refused=1, passed_over=9).rows == 8


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        (COLUMNS | {"quote": "'"}, "quote"),
        (COLUMNS | {"amount_column": 1.5}, "amount_column"),
        (COLUMNS | {"delimiter": 7}, "delimiter"),
    ],
    ids=["unknown", "half a column", "number"],
)
def test_a_layout_that_cannot_be_meant_is_refused_by_its_field(fields: dict[str, Any], field: str) -> None:
    """With an error of ours, like everything else that a caller fills in."""
    with pytest.raises(InvalidInputError) as caught:
        CsvLayout(**fields)
    assert caught.value.field == field


def test_a_line_that_a_host_made_itself_is_checked() -> None:
    """A host may read files of another kind, and post their rows."""
    line: dict[str, Any] = {"line": 1, "on": "2026-11-01", "amount": "-5.00", "description": None}
    assert str(StatementLine(**line).on) == "2026-11-01"
    with pytest.raises(InvalidInputError) as caught:
        StatementLine(**line | {"on": "yesterday"})
    assert caught.value.field == "on"

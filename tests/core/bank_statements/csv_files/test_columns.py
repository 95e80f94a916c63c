"""Where the columns that a layout names are found."""

from __future__ import annotations

import pytest

from stronghold_core.bank_statements import CsvLayout
from stronghold_core.bank_statements.csv_files.cells import Row, split_rows
from stronghold_core.bank_statements.csv_files.columns import Columns, find_columns, is_header
from stronghold_core.errors import StatementColumnError, StatementFileError

NAMED = CsvLayout(date_column="Date", description_column="Text", amount_column="Amount")
COUNTED = CsvLayout(date_column=0, description_column=1, amount_column=2)
FIRST_THREE = Columns({"date_column": 0, "description_column": 1, "amount_column": 2}, 3, 3, None)


def rows_of(lines: list[str], delimiter: str) -> list[Row]:
    """Split lines."""
    return list(split_rows(lines, delimiter))


def test_named_columns_are_found_wherever_the_header_stands() -> None:
    """Banks write the account's number and other things above it."""
    rows = rows_of(["Account;42", "Amount;Balance;Text;Date", "1;2;x;2026-11-01"], ";")
    found = find_columns(rows, NAMED)
    assert found.at == {"date_column": 3, "amount_column": 0, "description_column": 2}
    assert (found.needed, found.width) == (4, 4)


def test_names_and_numbers_may_be_mixed() -> None:
    """A column without a name has a number."""
    layout = NAMED.model_copy(update={"description_column": 1})
    assert find_columns(rows_of(["Date,,Amount"], ","), layout).at == FIRST_THREE.at


def test_a_missing_column_is_named_with_what_there_is() -> None:
    """Mostly it is a typing error, and the right name is in sight."""
    with pytest.raises(StatementColumnError) as refusal:
        find_columns(rows_of(["Konto;42", "Date;Text;Betrag", "x;y;z"], ";"), NAMED)
    assert refusal.value.column == "Amount"
    assert refusal.value.found == "'Date', 'Text', 'Betrag'"


def test_a_number_past_the_last_column_is_a_missing_column() -> None:
    """It would refuse every single row."""
    with pytest.raises(StatementColumnError) as refusal:
        find_columns(rows_of(["2026-11-01,x"], ","), COUNTED)
    assert refusal.value.column == "2"


def test_a_name_that_two_columns_have_is_refused() -> None:
    """Nobody knows which of two amounts was meant, so a number has to say it."""
    with pytest.raises(StatementFileError, match="two columns 'Amount'"):
        find_columns(rows_of(["Date,Text,Amount,Amount"], ","), NAMED)


def test_a_first_row_without_any_digit_where_day_and_amount_belong_is_a_header() -> None:
    """Columns may be counted although the file has a header."""
    assert is_header(Row(1, ["Date", "Text 2", "Amount"], None), FIRST_THREE, COUNTED)


def test_a_first_row_with_a_bad_day_is_no_header() -> None:
    """A transaction that can't be read must be refused by name, never passed over."""
    assert not is_header(Row(1, ["2026-13-45", "Shop", "?"], None), FIRST_THREE, COUNTED)

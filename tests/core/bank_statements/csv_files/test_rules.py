"""How the rows of a bank's CSV file are understood."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from stronghold_core.bank_statements import CsvLayout
from stronghold_core.bank_statements.csv_files.cells import Row
from stronghold_core.bank_statements.csv_files.columns import Columns
from stronghold_core.bank_statements.csv_files.rules import RowReader, check_layout, is_nothing
from stronghold_core.errors import InvalidInputError

if TYPE_CHECKING:
    from stronghold_core.bank_statements.csv_files.records import DebitMinus

NAMED = CsvLayout(date_column="Date", description_column="Text", amount_column="Amount")
COUNTED = CsvLayout(date_column=0, description_column=1, amount_column=2)
FIRST_THREE = Columns({"date_column": 0, "description_column": 1, "amount_column": 2}, 3, 3, None)
DAY = date(2026, 11, 1)


# ------------------------------------------------------------------ the layout


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"delimiter": "|"},
        {"delimiter": "\t"},
        {"encoding": "cp1252"},
        {"encoding": "UTF-16"},
        {"date_format": "%d.%m.%y"},
        {"date_format": "%Y-%m-%d %H:%M:%S"},
        {"date_format": "%d %b %Y"},
        {"decimal_mark": ",", "thousands_mark": "."},
        {"thousands_mark": "'"},
        {"date_column": 7},
    ],
)
def test_a_layout_that_can_be_meant_passes(change: dict[str, str | int]) -> None:
    """Whatever banks do, from tabs to apostrophes between thousands, can be said."""
    check_layout(NAMED.model_copy(update=change))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"delimiter": ""}, "delimiter"),
        ({"delimiter": ";;"}, "delimiter"),
        ({"delimiter": '"'}, "delimiter"),
        ({"delimiter": "\n"}, "delimiter"),
        ({"encoding": "klingon"}, "encoding"),
        ({"encoding": "hex"}, "encoding"),
        ({"date_format": "%d.%m."}, "date_format"),
        ({"date_format": "%Y"}, "date_format"),
        ({"date_format": "%Q.%Y"}, "date_format"),
        ({"date_format": ""}, "date_format"),
        ({"decimal_mark": ";"}, "decimal_mark"),
        ({"decimal_mark": ""}, "decimal_mark"),
        ({"thousands_mark": "_"}, "thousands_mark"),
        ({"date_column": -1}, "date_column"),
        ({"amount_column": "  "}, "amount_column"),
        ({"debit_column": 3}, "amount_column"),
        ({"date_column": ""}, "date_column"),
    ],
)
def test_a_layout_that_can_not_be_meant_is_refused(change: dict[str, str | int], field: str) -> None:
    """A mistake in the layout is named before any row is read, instead of once for every row."""
    with pytest.raises(InvalidInputError) as refusal:
        check_layout(NAMED.model_copy(update=change))
    assert refusal.value.field == field


def test_the_two_marks_of_amounts_differ() -> None:
    """Else nobody could read one."""
    with pytest.raises(InvalidInputError, match="decimal mark as well"):
        check_layout(NAMED.model_copy(update={"decimal_mark": ".", "thousands_mark": "."}))


# ------------------------------------------------------------------ a row


def reading(layout: CsvLayout, columns: Columns = FIRST_THREE) -> RowReader:
    """Make a reader of rows of ISO days and decimal points."""
    stated = {"date_format": "%Y-%m-%d", "decimal_mark": ".", "encoding": "utf-8"}
    return RowReader(columns, layout.model_copy(update=stated))


def test_a_row_is_read() -> None:
    """Spaces around the cells do not count, and columns that nobody asked for are passed over."""
    row = Row(2, [" 2026-11-01 ", " Corner  Shop ", " -12.30 ", "ignored"], None)
    read = reading(NAMED, FIRST_THREE._replace(width=4)).read(row)
    assert (read.line, read.on, read.amount, read.description) == (2, DAY, "-12.30", "Corner  Shop")


def test_a_row_may_have_no_description() -> None:
    """Money moved all the same."""
    assert reading(NAMED).read(Row(2, ["2026-11-01", " ", "1"], None)).description is None


def test_empty_cells_at_the_end_of_a_row_do_not_matter() -> None:
    """Some banks end every row with a delimiter, but not the header."""
    assert reading(NAMED).read(Row(2, ["2026-11-01", "x", "1", ""], None)).amount == "1"


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        (["2026-11-01", "x"], "row"),
        (["2026-11-01", "x", "1", "234.00"], "row"),
        (["2026-11-31", "x", "1"], "date"),
        (["yesterday", "x", "1"], "date"),
        (["", "x", "1"], "date"),
        (["2026-11-01", "x", ""], "amount"),
        (["2026-11-01", "x", "1e3"], "amount"),
        (["2026-11-01", "x", "1,50"], "amount"),
        (["2026-11-01", "a\x00b", "1"], "description"),
        (["2026-11-01", "B\N{REPLACEMENT CHARACTER}cker", "1"], "description"),
        (["2026-11-01", "x" * 4_001, "1"], "description"),
    ],
)
def test_a_row_that_can_not_be_read_names_what_is_wrong_with_it(cells: list[str], field: str) -> None:
    """Nothing is guessed: an unquoted 1,234.00 in a file of commas would else be 1."""
    with pytest.raises(InvalidInputError) as refusal:
        reading(NAMED).read(Row(2, cells, None))
    assert refusal.value.field == field


PAIR = Columns({"date_column": 0, "debit_column": 1, "credit_column": 2}, 3, 3, None)
PAIRED = CsvLayout(date_column=0, debit_column=1, credit_column=2)


@pytest.mark.parametrize(
    ("debit", "credit", "amount"),
    [
        ("5.00", "", "-5.00"),
        ("", "5.00", "5.00"),
        ("", "-5.00", "-5.00"),
        ("0.00", "5.00", "5.00"),
        ("5.00", "0", "-5.00"),
        ("-", "5.00", "5.00"),
        ("0.00", "0.00", "-0.00"),
    ],
)
def test_debits_and_credits_have_columns_of_their_own(debit: str, credit: str, amount: str) -> None:
    """What left is a debit; a credit taken back keeps its minus."""
    assert reading(PAIRED, PAIR).read(Row(2, ["2026-11-01", debit, credit], None)).amount == amount


@pytest.mark.parametrize(
    ("rule", "debit", "amount"),
    [
        ("always", "-5.00", "-5.00"),
        ("always", "0.00", "-0.00"),
        ("never", "5.00", "-5.00"),
        ("back", "5.00", "-5.00"),
        ("back", "-5.00", "5.00"),
    ],
)
def test_a_minus_beside_debits_means_what_the_others_show(rule: DebitMinus, debit: str, amount: str) -> None:
    """Some banks write it beside all of them, others beside those that they take back."""
    layout = PAIRED.model_copy(update={"debit_minus": rule})
    assert reading(layout, PAIR).read(Row(2, ["2026-11-01", debit, ""], None)).amount == amount


@pytest.mark.parametrize(
    ("rule", "debit", "said"),
    [
        ("always", "5.00", "lacks the minus that others have"),
        ("never", "-5.00", "has a minus, which others have not"),
        (None, "-5.00", "may mean that it was taken back"),
        ("never", "(5.00)", "has a minus"),
    ],
)
def test_a_debit_unlike_the_others_is_refused(rule: DebitMinus | None, debit: str, said: str) -> None:
    """It may be money that came back: read as money that left, it would be wrong by twice as much."""
    layout = PAIRED.model_copy(update={"debit_minus": rule})
    with pytest.raises(InvalidInputError, match=said):
        reading(layout, PAIR).read(Row(2, ["2026-11-01", debit, ""], None))


@pytest.mark.parametrize(("debit", "credit", "said"), [("5", "5", "both"), ("", "", "neither"), ("-", "-", "neither")])
def test_a_row_with_both_or_neither_is_refused(debit: str, credit: str, said: str) -> None:
    """Which of the two moved money can't be known."""
    with pytest.raises(InvalidInputError, match=said):
        reading(PAIRED, PAIR).read(Row(2, ["2026-11-01", debit, credit], None))


TOLD = Columns({"date_column": 0, "amount_column": 1, "direction_column": 2}, 2, 3, None)


@pytest.mark.parametrize(
    ("amount", "word", "read"),
    [
        ("5.00", "D", "-5.00"),
        ("5.00", "Credit", "5.00"),
        ("5.00", "Af", "-5.00"),
        ("5.00", "Haben", "5.00"),
        ("5.00", "-", "-5.00"),
        ("5.00", "+", "5.00"),
        ("-5.00", "Débit", "-5.00"),
    ],
)
def test_a_column_may_tell_the_direction(amount: str, word: str, read: str) -> None:
    """In the words of eight languages."""
    layout = CsvLayout(date_column=0, amount_column=1, direction_column=2)
    assert reading(layout, TOLD).read(Row(2, ["2026-11-01", amount, word], None)).amount == read


@pytest.mark.parametrize(("amount", "word"), [("5.00", "?"), ("5.00", ""), ("-5.00", "Credit")])
def test_a_direction_that_says_nothing_or_contradicts_the_sign_is_refused(amount: str, word: str) -> None:
    """A wrong sign would count twice."""
    layout = CsvLayout(date_column=0, amount_column=1, direction_column=2)
    with pytest.raises(InvalidInputError):
        reading(layout, TOLD).read(Row(2, ["2026-11-01", amount, word], None))


def test_words_for_the_direction_may_be_stated() -> None:
    """A bank may have its own."""
    layout = CsvLayout(
        date_column=0, amount_column=1, direction_column=2, debit_words=("raus",), credit_words=("rein",)
    )
    read = [reading(layout, TOLD).read(Row(2, ["2026-11-01", "5", word], None)).amount for word in ("Raus", "rein")]
    assert read == ["-5", "5"]


def test_amounts_of_a_card_may_be_the_other_way_round() -> None:
    """Where what was spent has no minus."""
    inverted = NAMED.model_copy(update={"is_inverted": True})
    read = [reading(inverted).read(Row(2, ["2026-11-01", "x", amount], None)).amount for amount in ("5", "-5")]
    assert read == ["-5", "5"]


def test_a_currency_beside_the_amount_and_one_in_a_column_agree() -> None:
    """Else one of them is of something else: a fee, or the price abroad."""
    columns = Columns({"date_column": 0, "currency_column": 1, "amount_column": 2}, 3, 3, None)
    reader = reading(CsvLayout(date_column=0, currency_column=1, amount_column=2), columns)
    assert reader.read(Row(2, ["2026-11-01", "eur", "5.00 €"], None)).currency == "EUR"
    assert reader.read(Row(2, ["2026-11-01", "€", "5.00"], None)).currency == "EUR"
    assert reader.read(Row(2, ["2026-11-01", "$", "5.00"], None)).currency is None
    with pytest.raises(InvalidInputError, match="in USD"):
        reader.read(Row(2, ["2026-11-01", "EUR", "USD 5.00"], None))


@pytest.mark.parametrize(
    ("cells", "is_passed_over"),
    [
        (["", "Total", ""], True),
        (["Total", "", ""], True),
        (["", "Closing balance", "123.00"], True),
        (["Closing balance", "", "123.00"], True),
        (["", "Total", "123.00"], False),
        (["Total", "", "123.00"], False),
        (["2026-11-01", "Opening balance", "123.00"], True),
        (["2026-11-01", "SALDO FINAL", ""], True),
        (["2026-11-01", "Total", "-50.00"], False),
        (["", "Coffee", "-3.50"], False),
        (["2026-11-01", "Balance of invoice 7", "-50.00"], False),
    ],
)
def test_only_what_calls_itself_a_balance_or_a_total_is_passed_over(cells: list[str], *, is_passed_over: bool) -> None:
    """A row with a day and an amount moves money, also at a filling station of that name."""
    assert reading(NAMED).says_nothing(Row(9, cells, None)) is is_passed_over


@pytest.mark.parametrize(
    ("cells", "may_be"),
    [
        (["3 rows"], False),
        (["*** end of file ***"], True),
        (["", "Kind regards", ""], True),
        (["Rows: 3"], True),
        (["2026-1"], False),
        (["Nov 1"], False),
        (["", "Coffee", "-3.50"], False),
    ],
)
def test_only_words_may_be_a_footer(cells: list[str], *, may_be: bool) -> None:
    """A row that was cut off in its day, or has lost it, is a row."""
    assert reading(NAMED).may_be_footer(Row(9, cells, None)) is may_be


@pytest.mark.parametrize(
    ("number", "is_zero"), [("0", True), ("-0.00", True), ("+000.000", True), ("0.01", False), ("-10", False)]
)
def test_only_a_number_of_zeros_is_zero(number: str, *, is_zero: bool) -> None:
    """However it is written."""
    assert is_nothing(number) is is_zero

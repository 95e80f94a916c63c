"""How a bank's rows are understood."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stronghold_core.bank_statements import CsvLayout, StatementLine
from stronghold_core.bank_statements.rules import (
    Columns,
    Reading,
    Row,
    canonical,
    check_layout,
    check_readable,
    digest,
    find_columns,
    find_delimiter,
    is_header,
    is_zero,
    read_amount,
    read_date,
    read_row,
    split_rows,
)
from stronghold_core.errors import InvalidInputError, StatementColumnError, StatementFileError
from stronghold_core.ids import AccountId, new_id

NAMED = CsvLayout(date_column="Date", description_column="Text", amount_column="Amount")
COUNTED = CsvLayout(date_column=0, description_column=1, amount_column=2)
FIRST_THREE = Columns(0, 1, 2, 3)
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
        ({"thousands_mark": "."}, "thousands_mark"),
        ({"thousands_mark": "_"}, "thousands_mark"),
        ({"date_column": -1}, "date_column"),
        ({"amount_column": "  "}, "amount_column"),
    ],
)
def test_a_layout_that_can_not_be_meant_is_refused(change: dict[str, str | int], field: str) -> None:
    """A mistake in the layout is named before any row is read, instead of once for every row."""
    with pytest.raises(InvalidInputError) as refusal:
        check_layout(NAMED.model_copy(update=change))
    assert refusal.value.field == field


# ------------------------------------------------------------------ rows and columns


def test_empty_rows_are_passed_over_and_lines_keep_their_numbers() -> None:
    """A person finds a row by the number that an editor shows."""
    rows = list(split_rows(["a;b\n", "\n", " ; \n", "1;2\n"], ";"))
    assert [(row.line, list(row.cells)) for row in rows] == [(1, ["a", "b"]), (4, ["1", "2"])]


def test_a_quoted_cell_may_hold_line_ends_and_delimiters() -> None:
    """Some banks break the description in two; the row is known by its first line."""
    rows = list(split_rows(['1;"two\n', 'lines; here"\n', "2;x\n"], ";"))
    assert [(row.line, list(row.cells)) for row in rows] == [(1, ["1", "two\nlines; here"]), (3, ["2", "x"])]


def test_a_forgotten_quotation_mark_never_swallows_rows_unseen() -> None:
    """Rows that a stray quotation mark ran together are one fault that names all their lines."""
    rows = list(split_rows(["1;a\n", '2;"b\n', '3;"c"\n', "4;d\n"], ";"))
    assert [row.line for row in rows] == [1, 2, 4]
    assert rows[1].fault is not None
    assert "runs to line 3" in rows[1].fault


def test_a_quotation_mark_that_is_never_closed_is_a_fault() -> None:
    """The rest of the file is lost to it, which must be said."""
    (row,) = split_rows(['1;"a\n', "2;b\n"], ";")
    assert row.fault is not None
    assert "runs to line 2" in row.fault


@pytest.mark.parametrize(
    ("head", "delimiter"),
    [
        (["Date;Text;Amount", "2026-11-01;Shop, Berlin, Mitte;-12,30"], ";"),
        (["Date\tText\tAmount", "2026-11-01\tShop; Berlin\t-12.30"], "\t"),
        (["Date,Text,Amount", "2026-11-01,Shop; Berlin;,-12.30"], ","),
        (["Account;Checking", "", 'Date,Text,"Amount"', "2026-11-01,Shop,-12.30"], ","),
    ],
)
def test_the_delimiter_is_the_one_that_makes_the_named_columns(head: list[str], delimiter: str) -> None:
    """Other marks may appear in texts and amounts as often as they like."""
    assert find_delimiter(head, NAMED) == delimiter


def test_the_delimiter_of_a_file_without_header_is_the_one_that_makes_enough_columns() -> None:
    """A decimal comma makes columns, too; the semicolon is tried first."""
    assert find_delimiter(["01.11.2026;Shop, Berlin;-12,30", "02.11.2026;Bar;-1,00"], COUNTED) == ";"
    assert find_delimiter(["2026-11-01,Shop,-12.30"], COUNTED) == ","


def test_a_stated_delimiter_is_not_questioned() -> None:
    """Whoever states it knows their file."""
    assert find_delimiter(["Date;Text;Amount"], NAMED.model_copy(update={"delimiter": "|"})) == "|"


def test_named_columns_are_found_wherever_the_header_stands() -> None:
    """Banks write the account's number and other things above it."""
    rows = split_rows(["Account;42", "Amount;Balance;Text;Date", "1;2;x;2026-11-01"], ";")
    assert find_columns(rows, NAMED) == Columns(date=3, description=2, amount=0, width=4)


def test_names_and_numbers_may_be_mixed() -> None:
    """A column without a name has a number."""
    layout = NAMED.model_copy(update={"description_column": 1})
    assert find_columns(split_rows(["Date,,Amount"], ","), layout) == FIRST_THREE


def test_a_missing_column_is_named_with_what_there_is() -> None:
    """Mostly it is a typing error, and the right name is in sight."""
    with pytest.raises(StatementColumnError) as refusal:
        find_columns(split_rows(["Konto;42", "Date;Text;Betrag", "x;y;z"], ";"), NAMED)
    assert refusal.value.column == "Amount"
    assert refusal.value.found == "'Date', 'Text', 'Betrag'"


def test_a_number_past_the_last_column_is_a_missing_column() -> None:
    """It would refuse every single row."""
    with pytest.raises(StatementColumnError) as refusal:
        find_columns(split_rows(["2026-11-01,x"], ","), COUNTED)
    assert refusal.value.column == "2"


def test_a_name_that_two_columns_have_is_refused() -> None:
    """Nobody knows which of two amounts was meant, so a number has to say it."""
    with pytest.raises(StatementFileError, match="two columns 'Amount'"):
        find_columns(split_rows(["Date,Text,Amount,Amount"], ","), NAMED)


def test_a_first_row_without_any_digit_where_day_and_amount_belong_is_a_header() -> None:
    """Columns may be counted although the file has a header."""
    assert is_header(Row(1, ["Date", "Text 2", "Amount"], None), FIRST_THREE, COUNTED)


def test_a_first_row_with_a_bad_day_is_no_header() -> None:
    """A transaction that can't be read must be refused by name, never passed over."""
    assert not is_header(Row(1, ["2026-13-45", "Shop", "?"], None), FIRST_THREE, COUNTED)


def test_text_passes_and_bytes_that_are_no_text_do_not() -> None:
    """An umlaut in the wrong encoding costs its row, but a spreadsheet's own format is no CSV at all."""
    check_readable(["Date;Text;Amount\n", "2026-11-01;B\N{REPLACEMENT CHARACTER}cker;-1\n"], "utf-8")
    with pytest.raises(StatementFileError, match="not text in utf-8"):
        check_readable(["PK\x03\x04\x14\x00\x06\x00"], "utf-8")


@pytest.mark.parametrize("head", [[], ["\n", "  \n"]])
def test_an_empty_file_is_refused(head: list[str]) -> None:
    """It is no statement without transactions: that one has a header."""
    with pytest.raises(StatementFileError, match="empty"):
        check_readable(head, "utf-8")


# ------------------------------------------------------------------ a row


def test_a_row_is_read() -> None:
    """Spaces around the cells do not count, and columns that nobody asked for are passed over."""
    row = Row(2, [" 2026-11-01 ", " Corner  Shop ", " -12.30 ", "ignored"], None)
    assert read_row(row, Columns(0, 1, 2, 4), NAMED) == Reading(DAY, "-12.30", "Corner  Shop")


def test_a_row_may_have_no_description() -> None:
    """Money moved all the same."""
    assert read_row(Row(2, ["2026-11-01", " ", "1"], None), FIRST_THREE, NAMED).description is None


def test_empty_cells_at_the_end_of_a_row_do_not_matter() -> None:
    """Some banks end every row with a delimiter, but not the header."""
    assert read_row(Row(2, ["2026-11-01", "x", "1", ""], None), FIRST_THREE, NAMED).amount == "1"


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
        (["2026-11-01", "x", "$5.00"], "amount"),
        (["2026-11-01", "a\x00b", "1"], "description"),
        (["2026-11-01", "B\N{REPLACEMENT CHARACTER}cker", "1"], "description"),
        (["2026-11-01", "x" * 501, "1"], "description"),
    ],
)
def test_a_row_that_can_not_be_read_names_what_is_wrong_with_it(cells: list[str], field: str) -> None:
    """Nothing is guessed: an unquoted 1,234.00 in a file of commas would else be 1."""
    with pytest.raises(InvalidInputError) as refusal:
        read_row(Row(2, cells, None), FIRST_THREE, NAMED)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("text", "decimal", "thousands", "amount"),
    [
        ("12", ".", None, "12"),
        ("+12.30", ".", None, "12.30"),
        ("-0,05", ",", None, "-0.05"),
        ("\N{MINUS SIGN}7", ".", None, "-7"),
        ("1,234,567.89", ".", ",", "1234567.89"),
        ("1234567.89", ".", ",", "1234567.89"),
        ("-1.234,50", ",", ".", "-1234.50"),
        ("1'234.50", ".", "'", "1234.50"),
        ("1\N{NO-BREAK SPACE}234,50", ",", " ", "1234.50"),
        ("\N{NO-BREAK SPACE}5\N{NO-BREAK SPACE}", ".", None, "5"),
    ],
)
def test_an_amount_is_read_exactly(text: str, decimal: str, thousands: str | None, amount: str) -> None:
    """As the bank wrote it, with a point before the decimals and no more zeros than it wrote."""
    assert read_amount(text, decimal_mark=decimal, thousands_mark=thousands) == amount


@pytest.mark.parametrize(
    ("text", "decimal", "thousands"),
    [
        ("1,234.00", ".", None),
        ("1.234", ",", None),
        ("12,34.00", ".", ","),
        ("1,2345.00", ".", ","),
        (",234", ".", ","),
        ("1.234,50", ".", ","),
        ("1.50.2", ".", None),
        (".50", ".", None),
        ("5.", ".", None),
        ("--5", ".", None),
        ("5-", ".", None),
        ("\N{ARABIC-INDIC DIGIT FIVE}", ".", None),
        ("", ".", None),
    ],
)
def test_an_amount_in_another_form_is_refused(text: str, decimal: str, thousands: str | None) -> None:
    """What could mean two amounts means none."""
    with pytest.raises(InvalidInputError, match="amount"):
        read_amount(text, decimal_mark=decimal, thousands_mark=thousands)


@given(st.integers(min_value=-(10**15), max_value=10**15), st.sampled_from([(".", ","), (",", "."), (".", None)]))
def test_every_amount_comes_back_as_it_was_written(minor: int, marks: tuple[str, str | None]) -> None:
    """Writing an amount with any marks and reading it again changes nothing."""
    decimal, thousands = marks
    sign, whole, cents = "-" if minor < 0 else "", abs(minor) // 100, abs(minor) % 100
    grouped = f"{whole:,}".replace(",", thousands or "")
    written = f"{sign}{grouped}{decimal}{cents:02d}"
    assert read_amount(written, decimal_mark=decimal, thousands_mark=thousands) == f"{sign}{whole}.{cents:02d}"


def test_a_day_has_exactly_the_stated_form() -> None:
    """Day and month are never swapped to make a row fit."""
    assert read_date("11/30/2026", "%m/%d/%Y") == date(2026, 11, 30)
    with pytest.raises(InvalidInputError, match=r"'30/11/2026' is not a day of the form %m/%d/%Y"):
        read_date("30/11/2026", "%m/%d/%Y")


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("31.11.2025", "%d.%m.%Y"),
        (" 30.2.24 ", "%d.%m.%y"),
        ("02/29/2025", "%m/%d/%Y"),
        ("2025-02-29", "%Y-%m-%d"),
        ("2025-11-31", None),
        ("31 Nov 2025", "%d %b %Y"),
    ],
)
def test_a_day_that_its_month_does_not_have_is_called_so(text: str, pattern: str | None) -> None:
    """Its form is right, so to repeat the form would send the reader the wrong way."""
    with pytest.raises(InvalidInputError) as caught:
        read_date(text, pattern)
    assert str(caught.value) == f"date: {text.strip()!r} does not exist: that month has fewer days."


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("31.11.2025", None),
        ("31.11.", "%d.%m.%Y"),
        ("1.13.2025", "%d.%m.%Y"),
        ("31.11.2025 ", "%d.%m.%y"),
        ("2025-13-31", None),
        ("yesterday", "%d.%m.%Y"),
        ("", None),
    ],
)
def test_what_has_not_the_form_of_a_day_is_told_the_form(text: str, pattern: str | None) -> None:
    """Whatever digits it has."""
    with pytest.raises(InvalidInputError, match=pattern or "2026-11-01"):
        read_date(text, pattern)


# ------------------------------------------------------------------ knowing a row again


def line(**changes: object) -> StatementLine:
    """Make a row; two made alike are equal."""
    said = {"line": 2, "on": DAY, "amount": "-5.00", "description": "Coffee", "occurrence": 1}
    return StatementLine.model_validate(said | changes)


@pytest.mark.parametrize(
    ("amount", "is_nothing"),
    [("0", True), ("-0.00", True), ("+000.000", True), ("0.01", False), ("-10", False), ("", False), (".", False)],
)
def test_only_a_number_of_zeros_is_zero(amount: str, *, is_nothing: bool) -> None:
    """However it is written; what is no number is not passed over, so that its refusal names it."""
    line = StatementLine(line=2, on=date(2026, 11, 1), amount=amount, description=None, occurrence=1)
    assert is_zero(line) is is_nothing


def test_the_same_row_is_known_again_wherever_it_stands_and_however_its_zeros_are_written() -> None:
    """The line's number says nothing about the transaction: the next export begins elsewhere."""
    bank = AccountId(new_id())
    assert digest(bank, line()) == digest(bank, line(line=900, amount="-05.0"))


@pytest.mark.parametrize(
    "change",
    [{"on": date(2026, 11, 2)}, {"amount": "5.00"}, {"amount": "-50.0"}, {"description": "coffee"}, {"occurrence": 2}],
)
def test_another_row_is_another_row(change: dict[str, object]) -> None:
    """Day, amount, text and occurrence all count."""
    bank = AccountId(new_id())
    assert digest(bank, line()) != digest(bank, line(**change))


def test_the_same_row_of_another_account_is_another_row() -> None:
    """A transfer between two accounts may read alike on both statements."""
    assert digest(AccountId(new_id()), line()) != digest(AccountId(new_id()), line())


def test_a_digest_is_met_by_no_search_for_a_word_or_number() -> None:
    """It is kept as the transaction's reference, and references are searched: no three characters stand together."""
    assert max(map(len, digest(AccountId(new_id()), line()).split(":"))) == 2


@pytest.mark.parametrize(
    ("amount", "same"), [("5", "5.0"), ("5.00", "5.0"), ("-05.50", "-5.5"), ("0.10", "0.1"), ("100", "100.0")]
)
def test_equal_amounts_have_one_form(amount: str, same: str) -> None:
    """And no zero is dropped that counts."""
    assert canonical(Reading(DAY, amount, None)).amount == same

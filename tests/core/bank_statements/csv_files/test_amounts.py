"""Reading amounts, and finding out how they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stronghold_core.bank_statements.csv_files.amounts import Marks, canonical, find_marks, has_number, read_amount
from stronghold_core.errors import AmbiguousStatementError, InvalidInputError, StatementFileError


def lined(*texts: str) -> list[tuple[int, str]]:
    """Number *texts* as the lines of a file below its header."""
    return list(enumerate(texts, 2))


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
    assert read_amount(text, decimal_mark=decimal, thousands_mark=thousands).number == amount


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
    assert read_amount(written, decimal_mark=decimal, thousands_mark=thousands).number == f"{sign}{whole}.{cents:02d}"


@pytest.mark.parametrize(
    ("amount", "same"), [("5", "5.0"), ("5.00", "5.0"), ("-05.50", "-5.5"), ("0.10", "0.1"), ("100", "100.0")]
)
def test_equal_amounts_have_one_form(amount: str, same: str) -> None:
    """And no zero is dropped that counts."""
    assert canonical(amount) == same


@pytest.mark.parametrize(
    ("text", "number", "currency"),
    [
        ("5.00-", "-5.00", None),
        ("5.00 +", "5.00", None),
        ("(5.00)", "-5.00", None),
        ("($1,234.50)", "-1234.50", None),
        ("-$5.00", "-5.00", None),
        ("$-5.00", "-5.00", None),
        ("€ 5.00", "5.00", "EUR"),
        ("5.00 zł", "5.00", "PLN"),
        ("USD 5.00", "5.00", "USD"),
        ("-5.00 CHF", "-5.00", "CHF"),
        ("5.00 DR", "-5.00", None),
        ("5.00 CR", "5.00", None),
        ("5.00 S", "-5.00", None),
        ("5.00 H", "5.00", None),
    ],
)
def test_signs_and_currencies_may_stand_before_or_behind(text: str, number: str, currency: str | None) -> None:
    """As banks set them."""
    assert read_amount(text, decimal_mark=".", thousands_mark=",") == (number, currency)


@pytest.mark.parametrize(
    "text", ["-5.00-", "(-5.00)", "-5.00 DR", "EUR 5.00 USD", "5.00 XX", "5.00 for 2", "(5.00", "$", "-"]
)
def test_what_is_signed_twice_or_strangely_is_refused(text: str) -> None:
    """Two signs may cancel out or agree: nobody knows."""
    with pytest.raises(InvalidInputError, match="amount"):
        read_amount(text, decimal_mark=".", thousands_mark=",")


def test_without_a_decimal_mark_only_whole_numbers_are_read() -> None:
    """Nothing in the file has said what a mark means."""
    assert read_amount("-1200", decimal_mark=None, thousands_mark=None).number == "-1200"
    with pytest.raises(InvalidInputError, match="state decimal_mark"):
        read_amount("12.5", decimal_mark=None, thousands_mark=None)


@pytest.mark.parametrize(
    ("texts", "marks"),
    [
        (["3.50"], Marks(".", ",")),
        (["3,50"], Marks(",", ".")),
        (["1.234,50", "7"], Marks(",", ".")),
        (["1,234.50"], Marks(".", ",")),
        (["1.234", "-3,5"], Marks(",", ".")),
        (["1,234", "3.5"], Marks(".", ",")),
        (["1.234.567"], Marks(",", ".")),
        (["1'234.50"], Marks(".", "'")),
        (["1 234,50 zł"], Marks(",", " ")),
        (["1\N{NARROW NO-BREAK SPACE}234,50"], Marks(",", " ")),
        (["0,123"], Marks(",", ".")),
        (["1234.567"], Marks(".", ",")),
        (["5", "-12"], Marks(None, None)),
        (["", "x"], Marks(None, None)),
        (["(1,234.00)", "5.00 DR"], Marks(".", ",")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_marks_are_found_where_an_amount_proves_them(texts: list[str], marks: Marks) -> None:
    """Once one of point and comma is the decimal mark, the other can only group."""
    assert find_marks(lined(*texts)) == marks


@pytest.mark.parametrize("text", ["1.234", "-12,345", "999.999"])
def test_an_amount_that_may_be_a_thousand_times_as_much_is_asked_about(text: str) -> None:
    """It is money: nobody guesses."""
    with pytest.raises(AmbiguousStatementError) as caught:
        find_marks(lined("5", text, "7"))
    assert caught.value.field == "decimal_mark"
    assert caught.value.candidates == (",", ".")
    assert text in str(caught.value)
    assert "decimal_mark=',' or decimal_mark='.'" in str(caught.value)


def test_two_decimal_marks_in_one_file_are_refused_with_their_rows() -> None:
    """Two files were joined, or a person has edited it."""
    with pytest.raises(StatementFileError, match=r"'1.5' in line 2, '1,5' in line 3"):
        find_marks(lined("1.5", "1,5"))


def test_numbers_are_told_from_words() -> None:
    """For rows that may be a footer."""
    assert [text for text in ["1.234,50-", "12", "Total", "", "12 rows", "- 5,00 EUR"] if has_number(text)] == [
        "1.234,50-",
        "12",
        "- 5,00 EUR",
    ]

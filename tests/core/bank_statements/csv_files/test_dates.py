"""Reading days, and finding out how they are written."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stronghold_core.bank_statements.csv_files.dates import find_date_format, looks_like_a_day, read_date
from stronghold_core.errors import AmbiguousStatementError, InvalidInputError, StatementFileError


def forms_of(days: list[tuple[int, str]]) -> tuple[object, ...]:
    """Return the form that is found, or those that are asked about."""
    try:
        return (find_date_format(days),)
    except AmbiguousStatementError as error:
        return error.candidates


def lined(*texts: str) -> list[tuple[int, str]]:
    """Number *texts* as the lines of a file below its header."""
    return list(enumerate(texts, 2))


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
        ("2025-11-31", "%Y-%m-%d"),
        ("31 Nov 2025", "%d %b %Y"),
    ],
)
def test_a_day_that_its_month_does_not_have_is_called_so(text: str, pattern: str) -> None:
    """Its form is right, so to repeat the form would send the reader the wrong way."""
    with pytest.raises(InvalidInputError) as caught:
        read_date(text, pattern)
    assert str(caught.value) == f"date: {text.strip()!r} does not exist: that month has fewer days."


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("31.11.2025", "%Y-%m-%d"),
        ("31.11.", "%d.%m.%Y"),
        ("1.13.2025", "%d.%m.%Y"),
        ("31.11.2025 ", "%d.%m.%y"),
        ("2025-13-31", "%Y-%m-%d"),
        ("yesterday", "%d.%m.%Y"),
        ("", "%Y-%m-%d"),
    ],
)
def test_what_has_not_the_form_of_a_day_is_told_the_form(text: str, pattern: str) -> None:
    """Whatever digits it has."""
    with pytest.raises(InvalidInputError, match=pattern):
        read_date(text, pattern)


@pytest.mark.parametrize(
    "text", ["2026-11-01 08:15:01", "2026-11-01T08:15:01Z", "2026-11-01T08:15:01.123+01:00", "2026-11-01, 8:15 pm"]
)
def test_a_time_of_day_is_passed_over(text: str) -> None:
    """Books know days."""
    assert read_date(text, "%Y-%m-%d") == date(2026, 11, 1)
    assert find_date_format(lined(text)) == "%Y-%m-%d"


@pytest.mark.parametrize(
    ("texts", "pattern"),
    [
        (["2026-11-01"], "%Y-%m-%d"),
        (["2026/11/01"], "%Y/%m/%d"),
        (["01.11.2026"], "%d.%m.%Y"),
        (["1.2.26"], "%d.%m.%y"),
        (["01/11/2026", "13/11/2026"], "%d/%m/%Y"),
        (["11/01/2026", "11/13/2026"], "%m/%d/%Y"),
        (["01-11-2026", "21-11-2026"], "%d-%m-%Y"),
        (["11/13/26"], "%m/%d/%y"),
        (["20261101"], "%Y%m%d"),
        (["13112026"], "%d%m%Y"),
        (["13 Nov 2026"], "%d %b %Y"),
        (["13-Nov-26"], "%d-%b-%y"),
        (["Nov 13, 2026"], "%b %d, %Y"),
        (["13 November 2026"], "%d %B %Y"),
        (["13/11/2026", "31/11/2026", "Total"], "%d/%m/%Y"),
        ([], None),
        (["Total"], None),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_form_of_days_is_found_where_a_day_proves_it(texts: list[str], pattern: str | None) -> None:
    """What is no day at all decides nothing."""
    assert find_date_format(lined(*texts)) == pattern


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("03/04/2026", ("%d/%m/%Y", "%m/%d/%Y")),
        ("03-04-26", ("%d-%m-%y", "%m-%d-%y", "%y-%m-%d")),
        ("26-11-03", ("%d-%m-%y", "%y-%m-%d")),
        ("12/12/2026", ("%d/%m/%Y", "%m/%d/%Y")),
    ],
)
def test_an_open_order_of_day_and_month_is_asked_about(text: str, candidates: tuple[str, ...]) -> None:
    """However many rows there are; the message says what to write."""
    with pytest.raises(AmbiguousStatementError) as caught:
        find_date_format(lined(text, text, text))
    assert caught.value.field == "date_format"
    assert caught.value.candidates == candidates
    assert f"date_format='{candidates[0]}' or date_format='{candidates[1]}'" in str(caught.value)


def test_two_orders_in_one_file_are_refused_with_their_rows() -> None:
    """Taking the one that fits more rows would move money by months."""
    with pytest.raises(StatementFileError, match=r"'13/11/2026' in line 3 has the day first, '11/14/2026' in line 4"):
        find_date_format(lined("01/11/2026", "13/11/2026", "11/14/2026", "15/11/2026"))


@given(
    st.lists(st.dates(date(1990, 1, 1), date(2068, 12, 31)), min_size=1, max_size=30),
    st.sampled_from(
        [
            "%d/%m/%Y",
            "%m/%d/%Y",
            "%Y-%m-%d",
            "%d.%m.%y",
            "%d-%m-%Y",
            "%m-%d-%y",
            "%y-%m-%d",
            "%y/%m/%d",
            "%Y%m%d",
            "%d %b %Y",
        ]
    ),
)
def test_days_are_never_read_in_another_order_than_they_were_written(days: list[date], pattern: str) -> None:
    """Either the form is found, or it is asked for, with the true one among the candidates."""
    written = lined(*(day.strftime(pattern) for day in days))
    found = forms_of(written)
    assert pattern in found
    assert len(found) > 1 or [read_date(text, pattern) for _, text in written] == days


def test_a_long_file_in_agreement_is_not_read_to_its_end() -> None:
    """Every row is checked when it is read, anyway."""
    asked = 0

    def days() -> object:
        nonlocal asked
        for number in range(100_000):
            asked += 1
            yield number, (date(2020, 1, 1) + timedelta(days=number % 700)).strftime("%d/%m/%Y")

    assert find_date_format(days()) == "%d/%m/%Y"  # type: ignore[arg-type]
    assert asked == 2_000


def test_days_are_told_from_words_and_numbers() -> None:
    """For files without a header."""
    texts = ["13.11.2026", "2026-11-13", "13.11", "4711", "20261301", "x"]
    assert [text for text in texts if looks_like_a_day(text)] == ["13.11.2026", "2026-11-13"]

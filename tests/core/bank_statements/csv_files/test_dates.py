"""Reading days, and finding out how they are written."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stronghold_core.bank_statements.csv_files import words
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
        (["3 mars 2025"], "%d %b %Y"),
        (["01/11/2026", "13/11/2026"], "%d/%m/%Y"),
        (["11/01/2026", "11/13/2026"], "%m/%d/%Y"),
        (["01-11-2026", "21-11-2026"], "%d-%m-%Y"),
        (["11/13/26"], "%m/%d/%y"),
        (["20261101"], "%Y%m%d"),
        (["13112026"], "%d%m%Y"),
        (["13 Nov 2026"], "%d %b %Y"),
        (["13-Nov-26"], "%d-%b-%y"),
        (["Nov 13, 2026"], "%b %d, %Y"),
        (["13 November 2026"], "%d %b %Y"),
        (["13 May 2026"], "%d %b %Y"),
        (["13MAY2026"], "%d %b %Y"),
        (["13.11.32"], "%d.%m.%y"),
        (["32.11.13"], "%y.%m.%d"),
        (["03.11.26", "14.11.26"], "%d.%m.%y"),
        (["28.11.26", "30.11.26", "01.12.26", "31.12.26", "02.01.27"], "%d.%m.%y"),
        ([f"26.11.{day:02}" for day in range(24, 31)] + ["26.12.01"], "%y.%m.%d"),
        ([f"{day:02}.11.24" for day in range(24, 31)] + ["01.12.24", "01.12.26"], "%d.%m.%y"),
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
        ("26.11.03", ("%d.%m.%y", "%y.%m.%d")),
        ("13.11.26", ("%d.%m.%y", "%y.%m.%d")),
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


@pytest.mark.parametrize(
    "texts",
    [
        ["25.12.31", "26.12.31"],
        ["24.01.01", "24.02.01", "24.12.01", "25.01.01", "26.01.01"],
        ["26.11.03", "03.11.26", "14.11.26"],
        ["26.11.03", "26.11.09"],
    ],
    ids=["interest of two years", "a month each", "in no order", "days or years"],
)
def test_a_sequence_that_could_be_either_settles_nothing(texts: list[str]) -> None:
    """Interest of each year's end looks like two days before 2032."""
    assert forms_of(lined(*texts)) == ("%d.%m.%y", "%y.%m.%d")


@pytest.mark.parametrize(
    "text",
    [
        *("3 mars 2025", "3 March 2025", "3. März 2025", "3. Mär. 2025", "3. Mrz 2025", "3 de marzo de 2025"),
        *("3 mrt. 2025", "3 maart 2025", "3 marzo 2025", "3 de março de 2025", "3 marca 2025", "3 MAR 2025"),
        *("03MAR2025", "3 Mar 2025 08:15"),
    ],
)
def test_months_have_names_in_eight_languages(text: str) -> None:
    """Whole or short, with the points and little words around them."""
    assert forms_of(lined(text)) == ("%d %b %Y",)
    assert read_date(text, "%d %b %Y") == read_date(text, "%d. %B %Y") == date(2025, 3, 3)


@pytest.mark.parametrize(
    ("text", "pattern", "day"),
    [
        ("03-paź-25", "%d-%b-%y", date(2025, 10, 3)),
        ("1er août 2025", "%d %b %Y", date(2025, 8, 1)),
        ("03/set/2025", "%d/%b/%Y", date(2025, 9, 3)),
        ("lipca 3, 2025", "%b %d, %Y", date(2025, 7, 3)),
        ("3 MA\N{COMBINING DIAERESIS}R 2025", "%d %b %Y", date(2025, 3, 3)),
    ],
)
def test_names_of_months_stand_where_english_ones_do(text: str, pattern: str, day: date) -> None:
    """One form is for all languages, so a file may mix them."""
    assert forms_of(lined(text)) == (pattern,)
    assert read_date(text, pattern) == day


@pytest.mark.parametrize("text", ["3 jui 2025", "3 mar mar 2025", "3 ma 2025", "3 Foo 2025", "mar 3 mars 2025"])
def test_a_name_that_is_no_month_or_could_be_two_is_no_day(text: str) -> None:
    """French "jui" is June or July; "mar" beside a month is Tuesday."""
    assert forms_of(lined(text)) == (None,)
    with pytest.raises(InvalidInputError):
        read_date(text, "%d %b %Y")


def test_each_name_means_one_month_in_all_languages() -> None:
    """Else a file of one language would be read by months of another one."""
    names = [name.strip() for line in words._MONTHS for name in line.split(",")]
    assert len(names) == len(set(names)) == len(words.MONTHS)
    assert all(words.plain_letters(name) == name and len(name) > 2 for name in names)
    assert sorted(set(words.MONTHS.values())) == list(range(1, 13))


def test_two_orders_in_one_file_are_refused_with_their_rows() -> None:
    """Taking the one that fits more rows would move money by months."""
    with pytest.raises(StatementFileError, match=r"'13/11/2026' in line 3 has the day first, '11/14/2026' in line 4"):
        find_date_format(lined("01/11/2026", "13/11/2026", "11/14/2026", "15/11/2026"))


@given(
    first=st.dates(date(2001, 1, 1), date(2066, 1, 1)),
    steps=st.lists(st.integers(0, 40), max_size=30),
    is_year_first=st.booleans(),
)
def test_the_days_of_a_statement_with_points_keep_their_order(
    first: date, steps: list[int], *, is_year_first: bool
) -> None:
    """Rows follow each other by no more than weeks; the way they are written in is found or asked about."""
    days = [first + timedelta(days=sum(steps[:count])) for count in range(len(steps) + 1)]
    pattern = "%y.%m.%d" if is_year_first else "%d.%m.%y"
    assert pattern in forms_of(lined(*(day.strftime(pattern) for day in days)))


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

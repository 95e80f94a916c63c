"""A range of business dates includes both ends, and months are whole."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from stronghold_core import DateRange
from stronghold_core.errors import InvalidInputError
from stronghold_core.periods import add_months, checked_day, date_range, month_of, months_between


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (date(2026, 11, 21), date(2026, 11, 21), 1),
        (date(2026, 11, 1), date(2026, 11, 30), 30),
        (date(2028, 2, 1), date(2028, 3, 1), 30),
        (date(1900, 1, 1), date(1900, 12, 31), 365),
    ],
)
def test_a_range_counts_both_its_ends(first: date, last: date, days: int) -> None:
    """A single day is a range of one; 2028 has a 29th of February, 1900 had none."""
    assert date_range(first, last).days == days


def test_a_range_is_its_two_days() -> None:
    """It unpacks like a pair."""
    first, last = date_range(date(2026, 1, 1), date(2026, 1, 31))
    assert (first, last) == (date(2026, 1, 1), date(2026, 1, 31))


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    """The message says both days."""
    with pytest.raises(InvalidInputError, match="ends on 2026-01-01, before it begins on 2026-01-02") as caught:
        date_range(date(2026, 1, 2), date(2026, 1, 1))
    assert caught.value.field == "period"


@pytest.mark.parametrize(("first", "last"), [(date.min, date(2026, 1, 1)), (date(2026, 1, 1), date.max)])
def test_a_range_that_no_books_reach_is_refused(first: date, last: date) -> None:
    """Python's first and last day are nobody's business dates, and the month after the last can't be written."""
    with pytest.raises(InvalidInputError, match="not between 1900-01-01 and"):
        date_range(first, last)


@pytest.mark.parametrize("wrong", ["2026-01-01", 20260101, datetime(2026, 1, 1, tzinfo=UTC)], ids=repr)
def test_what_is_not_a_day_is_refused(wrong: object) -> None:
    """A timestamp is a day only with a time zone, so it is not taken for one."""
    with pytest.raises(InvalidInputError, match="is not a day"):
        date_range(wrong, date(2026, 1, 31))  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="is not a day") as caught:
        checked_day(wrong, field="on")  # type: ignore[arg-type]
    assert caught.value.field == "on"


def test_a_day_may_be_left_out() -> None:
    """A field that may be empty is checked only when it is not."""
    assert checked_day(None, field="on") is None
    assert checked_day(date(2026, 1, 1), field="on") == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("day", "last"),
    [
        (date(2026, 1, 1), date(2026, 1, 31)),
        (date(2026, 2, 28), date(2026, 2, 28)),
        (date(2028, 2, 29), date(2028, 2, 29)),
        (date(2000, 2, 1), date(2000, 2, 29)),
        (date(1900, 2, 1), date(1900, 2, 28)),
        (date(2026, 12, 31), date(2026, 12, 31)),
    ],
)
def test_a_month_runs_from_its_first_day_to_its_last(day: date, last: date) -> None:
    """Leap years and the turn of the year included."""
    assert month_of(day) == DateRange(day.replace(day=1), last)


@pytest.mark.parametrize(
    ("months", "moved"),
    [
        (0, date(2026, 11, 1)),
        (1, date(2026, 12, 1)),
        (2, date(2027, 1, 1)),
        (14, date(2028, 1, 1)),
        (-10, date(2026, 1, 1)),
        (-11, date(2025, 12, 1)),
        (-1200, date(1926, 11, 1)),
    ],
)
def test_moving_by_months_crosses_years(months: int, moved: date) -> None:
    """Forwards and backwards, by any number."""
    assert add_months(date(2026, 11, 1), months) == moved


def test_moving_there_and_back_ends_where_it_began() -> None:
    """Every month of four years, by every distance up to three."""
    for start in months_between(date(2024, 1, 1), date(2027, 12, 31)):
        for months in range(-36, 37):
            assert add_months(add_months(start, months), -months) == start


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        (date(2026, 11, 1), date(2026, 11, 30), 1),
        (date(2026, 11, 30), date(2026, 12, 1), 2),
        (date(2025, 12, 31), date(2027, 1, 1), 14),
        (date(2026, 11, 2), date(2026, 11, 1), 1),
        (date(2026, 12, 1), date(2026, 11, 1), 0),
    ],
)
def test_months_between_are_all_that_the_range_touches(first: date, last: date, count: int) -> None:
    """One day in a month is enough; each is given by its first day."""
    months = months_between(first, last)
    assert len(months) == count
    assert all(month.day == 1 for month in months)
    assert months == sorted(set(months))

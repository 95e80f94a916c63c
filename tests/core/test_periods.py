"""A range of business dates includes both ends, and months are whole."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from stronghold_core import DateRange
from stronghold_core.errors import InvalidInputError
from stronghold_core.periods import (
    add_months,
    checked_day,
    checked_period,
    month_of,
    months_between,
    optional_day,
)

if TYPE_CHECKING:
    from stronghold_core.periods import ADay

WRONG = ["yesterday", "2026-02-29", "1.11.2026", "", 20260101, datetime(2026, 1, 1, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (date(2026, 11, 21), date(2026, 11, 21), 1),
        (date(2026, 11, 1), date(2026, 11, 30), 30),
        (date(2028, 2, 1), date(2028, 3, 1), 30),
        (date(1900, 1, 1), date(1900, 12, 31), 365),
        ("2026-11-01", date(2026, 11, 30), 30),
    ],
)
def test_a_range_counts_both_its_ends(first: ADay, last: ADay, days: int) -> None:
    """A single day is a range of one; 2028 has a 29th of February, 1900 had none; a day may be text."""
    assert DateRange(first, last).days == days


def test_a_range_is_its_two_days() -> None:
    """It unpacks like a pair, and travels."""
    january = DateRange("2026-01-01", "2026-01-31")
    first, last = january
    assert (first, last) == (january.first, january.last) == (date(2026, 1, 1), date(2026, 1, 31))
    assert pickle.loads(pickle.dumps(january)) == january  # noqa: S301 - our own bytes
    assert repr(january) == "DateRange(first=datetime.date(2026, 1, 1), last=datetime.date(2026, 1, 31))"


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    """The message says both days."""
    with pytest.raises(InvalidInputError, match="ends on 2026-01-01, before it begins on 2026-01-02") as caught:
        DateRange(date(2026, 1, 2), date(2026, 1, 1))
    assert caught.value.field == "period"


@pytest.mark.parametrize("period", [("1900-01-01", "9998-12-31"), DateRange("2026-01-01", "2026-01-01")])
def test_a_period_is_a_range_that_books_can_reach(period: tuple[ADay, ADay]) -> None:
    """A plain pair of days is one, too."""
    assert checked_period(period) == DateRange(*period)


@pytest.mark.parametrize(("first", "last"), [(date.min, date(2026, 1, 1)), (date(2026, 1, 1), date.max)])
def test_a_period_that_no_books_reach_is_refused(first: date, last: date) -> None:
    """Python's first and last day are nobody's business dates, and the month after the last can't be written."""
    with pytest.raises(InvalidInputError, match="not between 1900-01-01 and"):
        checked_period(DateRange(first, last))


@pytest.mark.parametrize("wrong", ["2026-11", (), ("2026-11-01",), date(2026, 11, 1), 11], ids=repr)
def test_what_is_no_pair_of_days_is_no_period(wrong: object) -> None:
    """A month's name is none yet: `month_of` makes one of a day."""
    with pytest.raises(InvalidInputError) as caught:
        checked_period(wrong)  # type: ignore[arg-type]
    assert caught.value.field == "period"


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_what_is_not_a_day_is_refused(wrong: Any) -> None:  # noqa: ANN401 - what callers pass
    """A timestamp is a day only with a time zone, so it is not taken for one."""
    for first, last in ((wrong, date(2026, 1, 31)), (date(2026, 1, 31), wrong)):
        with pytest.raises(InvalidInputError, match="is not a day"):
            DateRange(first, last)
    for read in (checked_day, optional_day):
        with pytest.raises(InvalidInputError, match="is not a day") as caught:
            read(wrong, field="on")
        assert caught.value.field == "on"
    with pytest.raises(InvalidInputError, match="is not a day"):
        month_of(wrong)


@pytest.mark.parametrize("day", ["2026-01-01", date(2026, 1, 1)], ids=repr)
def test_a_day_is_a_date_or_iso_text(day: ADay) -> None:
    """Both mean the same."""
    assert checked_day(day, field="on") == optional_day(day, field="on") == date(2026, 1, 1)


def test_a_day_may_be_left_out() -> None:
    """A field that may be empty is checked only when it is not."""
    assert optional_day(None, field="on") is None


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
    assert month_of(day) == month_of(day.isoformat()) == DateRange(day.replace(day=1), last)


def test_the_last_month_that_python_knows_is_none() -> None:
    """Nobody could write the day after it."""
    assert month_of("9998-12-31").last == date(9998, 12, 31)
    with pytest.raises(InvalidInputError, match="after 9998-12-31"):
        month_of(date(9999, 12, 1))


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

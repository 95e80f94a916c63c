"""Business dates, and ranges of them. A range includes both its ends, as people say it: "the 1st to the 30th"."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from stronghold_core.errors import InvalidInputError
from stronghold_core.text import in_short, word_among

if TYPE_CHECKING:
    from typing import Self

ADay = date | str
"""A business date as callers give it: a date, or ISO text."""

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(9998, 12, 31)
"""How far books reach."""


class _TwoDays(NamedTuple):
    first: date
    last: date


class DateRange(_TwoDays):
    """All days from *first* to *last*, both included.

    >>> DateRange("2026-11-01", "2026-11-30").days
    30

    Raises:
        InvalidInputError: If one is no day, or *last* lies before *first*.
    """

    __slots__ = ()

    def __new__(cls, first: ADay, last: ADay) -> Self:
        """Read both days, and see that they are in order."""
        begin, end = checked_day(first, field="period"), checked_day(last, field="period")
        if end < begin:
            raise InvalidInputError(field="period", reason=f"it ends on {end}, before it begins on {begin}.")
        return super().__new__(cls, begin, end)

    @property
    def days(self) -> int:
        """How many days the range has.

        >>> month_of(date(2028, 2, 7)).days
        29
        """
        return (self.last - self.first).days + 1


def checked_day(day: ADay, *, field: str) -> date:
    """Return *day* if it is a date, or ISO text of one.

    A timestamp, which Python takes for a date, needs a time zone to be one, so it is refused.

    >>> checked_day("2026-11-01", field="on")
    datetime.date(2026, 11, 1)

    Raises:
        InvalidInputError: Otherwise; it names *field*.
    """
    if isinstance(day, date) and not isinstance(day, datetime):
        return day
    if isinstance(day, str):
        try:
            return date.fromisoformat(day)
        except ValueError:
            pass
    reason = f"{in_short(day, 40)!r} is not a day; give a date, or text like 2026-11-01."
    raise InvalidInputError(field=field, reason=reason)


def optional_day(day: ADay | None, *, field: str) -> date | None:
    """Do the same for a day that may be left out.

    >>> optional_day(None, field="on") is None
    True
    """
    return None if day is None else checked_day(day, field=field)


def checked_period(period: tuple[ADay, ADay]) -> DateRange:
    """Return *period* as a range, if books reach there.

    Raises:
        InvalidInputError: If it is no pair of days, or they contradict each other, or lie outside of all books.
    """
    if not isinstance(period, tuple) or len(period) != 2:  # noqa: PLR2004 - a pair
        raise InvalidInputError(field="period", reason="it is a DateRange: its first day and its last.")
    found = DateRange(*period)
    if found.first < FIRST_DAY or found.last > LAST_DAY:
        raise InvalidInputError(field="period", reason=f"it is not between {FIRST_DAY} and {LAST_DAY}.")
    return found


def month_of(day: ADay) -> DateRange:
    """Return the calendar month that *day* lies in.

    >>> month_of("2026-12-31")
    DateRange(first=datetime.date(2026, 12, 1), last=datetime.date(2026, 12, 31))

    Raises:
        InvalidInputError: If *day* is none, or in the last month that Python knows.
    """
    first = checked_day(day, field="day").replace(day=1)
    if first > LAST_DAY:
        raise InvalidInputError(field="day", reason=f"it is after {LAST_DAY}.")
    return DateRange(first, add_months(first, 1) - timedelta(days=1))


def add_months(first_of_month: date, months: int) -> date:
    """Move the first day of a month by whole *months*.

    >>> add_months(date(2026, 11, 1), 3), add_months(date(2026, 1, 1), -1)
    (datetime.date(2027, 2, 1), datetime.date(2025, 12, 1))
    """
    count = first_of_month.year * 12 + first_of_month.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def months_between(first: date, last: date) -> list[date]:
    """List the first days of all months that the range touches.

    >>> months_between(date(2026, 11, 30), date(2027, 1, 1))
    [datetime.date(2026, 11, 1), datetime.date(2026, 12, 1), datetime.date(2027, 1, 1)]
    """
    month = first.replace(day=1)
    months: list[date] = []
    while month <= last:
        months.append(month)
        month = add_months(month, 1)
    return months


class Step(StrEnum):
    """How finely a period is divided."""

    DAY = "day"
    WEEK = "week"
    """From Monday to Sunday (ISO 8601)."""
    MONTH = "month"


def checked_step(step: str) -> Step:
    """Return the step of that name.

    >>> checked_step("week")
    <Step.WEEK: 'week'>

    Raises:
        InvalidInputError: If there is none.
    """
    found = word_among(Step, step)
    if found is None:
        raise InvalidInputError(field="step", reason=f"{in_short(step)!r} is neither 'day' nor 'week' nor 'month'.")
    return found


def beginning_of(day: date, step: Step) -> date:
    """Return the first day of the week or month that *day* lies in; or the day itself.

    >>> beginning_of(date(2026, 11, 21), Step.WEEK), beginning_of(date(2026, 11, 21), Step.MONTH)
    (datetime.date(2026, 11, 16), datetime.date(2026, 11, 1))
    """
    if step is Step.DAY:
        return day
    return day.replace(day=1) if step is Step.MONTH else day - timedelta(days=day.weekday())


@lru_cache(maxsize=256)
def divided(period: DateRange, step: Step) -> tuple[DateRange, ...]:
    """Divide *period* into days, weeks or months; the first and the last of them may be cut off.

    The last answers are kept: every dashboard of a month divides the same year.

    >>> [part.days for part in divided(DateRange("2026-10-30", "2026-11-21"), Step.MONTH)]
    [2, 21]
    >>> [part.days for part in divided(DateRange("2026-11-07", "2026-11-21"), Step.WEEK)]
    [2, 7, 6]
    """
    parts: list[DateRange] = []
    first = period.first
    while first <= period.last:
        last = min(_end_of(first, step), period.last)
        parts.append(DateRange(first, last))
        first = last + timedelta(days=1)
    return tuple(parts)


def previous(period: DateRange) -> DateRange:
    """Return the period before, for comparison: as many whole months if it consists of such, else as many days.

    >>> previous(month_of("2026-03-01")).days, previous(DateRange("2026-03-02", "2026-03-08")).first.isoformat()
    (28, '2026-02-23')

    Books begin on `FIRST_DAY`, but a period may be compared with days before, on which there was nothing. What would
    lie before the calendar is cut off.

    >>> previous(DateRange(FIRST_DAY, LAST_DAY)).first.isoformat()
    '0001-01-01'
    """
    last = period.first - timedelta(days=1)
    is_whole = period.first.day == 1 and (period.last + timedelta(days=1)).day == 1
    if is_whole:
        months_there_are = (period.first.year - 1) * 12 + period.first.month - 1
        return DateRange(add_months(period.first, -min(len(months_between(*period)), months_there_are)), last)
    return DateRange(last - min(timedelta(days=period.days - 1), last - date.min), last)


def _end_of(day: date, step: Step) -> date:
    if step is Step.DAY:
        return day
    return month_of(day).last if step is Step.MONTH else day + timedelta(days=6 - day.weekday())

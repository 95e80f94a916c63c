"""Business dates, and ranges of them. A range includes both its ends, as people say it: "the 1st to the 30th"."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from stronghold_core.errors import InvalidInputError

if TYPE_CHECKING:
    from typing import Self

ADay = date | str
"""A business date as callers give it: a date, or ISO text."""

_FIRST, _LAST = date(1900, 1, 1), date(9998, 12, 31)


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
    reason = f"{str(day)[:40]!r} is not a day; give a date, or text like 2026-11-01."
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
    if found.first < _FIRST or found.last > _LAST:
        raise InvalidInputError(field="period", reason=f"it is not between {_FIRST} and {_LAST}.")
    return found


def month_of(day: ADay) -> DateRange:
    """Return the calendar month that *day* lies in.

    >>> month_of("2026-12-31")
    DateRange(first=datetime.date(2026, 12, 1), last=datetime.date(2026, 12, 31))

    Raises:
        InvalidInputError: If *day* is none, or in the last month that Python knows.
    """
    first = checked_day(day, field="day").replace(day=1)
    if first > _LAST:
        raise InvalidInputError(field="day", reason=f"it is after {_LAST}.")
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

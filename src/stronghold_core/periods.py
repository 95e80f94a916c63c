"""Ranges of business dates. A range includes both its ends, as people say it: "the 1st to the 30th"."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from stronghold_core.errors import InvalidInputError

_FIRST, _LAST = date(1900, 1, 1), date(9998, 12, 31)


class DateRange(NamedTuple):
    """All days from *first* to *last*, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days the range has.

        >>> month_of(date(2028, 2, 7)).days
        29
        """
        return (self.last - self.first).days + 1


def checked_day(day: date | None, *, field: str) -> date | None:
    """Return *day* if it is none or a date; a timestamp, which Python takes for a date, needs a time zone to be one.

    >>> checked_day(date(2026, 11, 1), field="on")
    datetime.date(2026, 11, 1)

    Raises:
        InvalidInputError: Otherwise; it names *field*.
    """
    if day is not None and (isinstance(day, datetime) or not isinstance(day, date)):
        raise InvalidInputError(field=field, reason=f"{str(day)[:40]!r} is not a day; give a date.")
    return day


def date_range(first: date, last: date) -> DateRange:
    """Make a range.

    Raises:
        InvalidInputError: If one is no day, *last* lies before *first*, or no books reach there.
    """
    checked_day(first, field="period")
    checked_day(last, field="period")
    if first < _FIRST or last > _LAST:
        raise InvalidInputError(field="period", reason=f"it is not between {_FIRST} and {_LAST}.")
    if last < first:
        raise InvalidInputError(field="period", reason=f"it ends on {last}, before it begins on {first}.")
    return DateRange(first, last)


def month_of(day: date) -> DateRange:
    """Return the calendar month that *day* lies in.

    >>> month_of(date(2026, 12, 31))
    DateRange(first=datetime.date(2026, 12, 1), last=datetime.date(2026, 12, 31))
    """
    first = day.replace(day=1)
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

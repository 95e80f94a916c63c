"""Where "now" and "today" come from, so that a test or a simulation can say what time it is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from stronghold_core.errors import InvalidInputError
from stronghold_core.text import in_short

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


AnInstant = datetime | str
"""A moment as callers give it: a datetime with a time zone, or ISO text with one."""


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present instant as an aware datetime in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved; for tests and simulations.

    >>> from zoneinfo import ZoneInfo
    >>> clock = ManualClock(datetime(2026, 11, 1, 23, 30, tzinfo=UTC))
    >>> today(clock, ZoneInfo("Europe/Berlin"))
    datetime.date(2026, 11, 2)
    """

    def __init__(self, instant: AnInstant) -> None:
        self._instant = checked_instant(instant, field="instant")

    def now(self) -> datetime:
        """Return the instant at which the clock stands."""
        return self._instant

    def advance(self, step: timedelta) -> None:
        """Move the clock by *step*."""
        self._instant += step


def checked_instant(instant: AnInstant, *, field: str) -> datetime:
    """Return *instant* in UTC.

    >>> checked_instant("2026-11-01T23:30:00+01:00", field="recorded_at")
    datetime.datetime(2026, 11, 1, 22, 30, tzinfo=datetime.timezone.utc)

    Raises:
        InvalidInputError: If it is none, or has no time zone, or lies outside of Python's years; it names *field*.
    """
    found = _datetime_of(instant)
    if found is None:
        reason = f"{in_short(instant, 40)!r} is not an instant; give a datetime, or text like 2026-11-01T12:00:00Z."
        raise InvalidInputError(field=field, reason=reason)
    if found.utcoffset() is None:
        raise InvalidInputError(field=field, reason="an instant needs a time zone; add tzinfo, or Z to the text.")
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise InvalidInputError(field=field, reason=f"{found} has no date in UTC; check the year.") from error


def _datetime_of(instant: object) -> datetime | None:
    if isinstance(instant, str):
        try:
            return datetime.fromisoformat(instant)
        except ValueError:
            return None
    return instant if isinstance(instant, datetime) else None


def today(clock: Clock, zone: ZoneInfo) -> date:
    """Return the calendar day it is in *zone*: a business date, which has no zone itself."""
    return clock.now().astimezone(zone).date()

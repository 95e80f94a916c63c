"""Where "now" and "today" come from, so that a test or a simulation can say what time it is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from stronghold_core.errors import InvalidInputError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


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

    def __init__(self, instant: datetime) -> None:
        if instant.tzinfo is None:
            raise InvalidInputError(field="instant", reason="a clock needs an aware datetime; add tzinfo=UTC.")
        self._instant = instant.astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant at which the clock stands."""
        return self._instant

    def advance(self, step: timedelta) -> None:
        """Move the clock by *step*."""
        self._instant += step


def today(clock: Clock, zone: ZoneInfo) -> date:
    """Return the calendar day it is in *zone*: a business date, which has no zone itself."""
    return clock.now().astimezone(zone).date()

"""A clock says what instant it is; the tenant's time zone makes a business date of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from stronghold_core import Clock, ManualClock, SystemClock
from stronghold_core.clock import today
from stronghold_core.errors import InvalidInputError

LATE_IN_LONDON = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)


def test_the_system_clock_tells_an_aware_instant_of_now() -> None:
    """It lies between two looks at the machine's own clock, and is in UTC."""
    before = datetime.now(UTC)
    told = SystemClock().now()
    assert before <= told <= datetime.now(UTC)
    assert told.tzinfo is UTC


def test_a_manual_clock_stands_still() -> None:
    """Asking does not move it."""
    clock = ManualClock(LATE_IN_LONDON)
    assert clock.now() == clock.now() == LATE_IN_LONDON


def test_a_manual_clock_moves_when_it_is_told() -> None:
    """It can be moved on, and back, as a machine's clock is when it is corrected."""
    clock = ManualClock(LATE_IN_LONDON)
    clock.advance(timedelta(hours=1))
    assert clock.now() == datetime(2026, 11, 2, 0, 30, tzinfo=UTC)
    clock.advance(timedelta(hours=-2))
    assert clock.now() == datetime(2026, 11, 1, 22, 30, tzinfo=UTC)


def test_a_manual_clock_tells_utc_whatever_zone_it_was_set_in() -> None:
    """The instant is the same; the zone it was written in is forgotten."""
    clock = ManualClock(datetime(2026, 11, 2, 0, 30, tzinfo=timezone(timedelta(hours=1))))
    assert clock.now() == LATE_IN_LONDON
    assert clock.now().tzinfo is UTC


def test_a_clock_without_a_zone_is_refused() -> None:
    """A naive datetime might mean any instant of a whole day."""
    with pytest.raises(InvalidInputError, match="aware datetime"):
        ManualClock(datetime(2026, 11, 1, 23, 30))  # noqa: DTZ001 - the mistake under test


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("UTC", date(2026, 11, 1)),
        ("Europe/Berlin", date(2026, 11, 2)),
        ("America/New_York", date(2026, 11, 1)),
        ("Pacific/Kiritimati", date(2026, 11, 2)),
    ],
)
def test_today_is_the_day_in_the_tenants_zone(zone: str, day: date) -> None:
    """One instant is two days on Earth; the tenant's zone decides."""
    assert today(ManualClock(LATE_IN_LONDON), ZoneInfo(zone)) == day


def test_today_follows_summer_time() -> None:
    """The offset is that of the day itself: 22:30 UTC is tomorrow in Berlin in July and today in December."""
    berlin = ZoneInfo("Europe/Berlin")
    assert today(ManualClock(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)), berlin) == date(2026, 7, 2)
    assert today(ManualClock(datetime(2026, 12, 1, 22, 30, tzinfo=UTC)), berlin) == date(2026, 12, 1)


def test_anything_that_tells_the_time_is_a_clock() -> None:
    """A host brings its own without inheriting from anything."""

    class Frozen:
        def now(self) -> datetime:
            return LATE_IN_LONDON

    clock: Clock = Frozen()
    assert today(clock, ZoneInfo("UTC")) == date(2026, 11, 1)

"""A clock says what instant it is; the tenant's time zone makes a business date of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from stronghold_core import Clock, ManualClock, SystemClock
from stronghold_core.clock import checked_instant, today
from stronghold_core.errors import InvalidInputError

if TYPE_CHECKING:
    from stronghold_core.clock import AnInstant

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
    with pytest.raises(InvalidInputError, match="needs a time zone"):
        ManualClock(datetime(2026, 11, 1, 23, 30))  # noqa: DTZ001 - the mistake under test


@pytest.mark.parametrize(
    "instant", [LATE_IN_LONDON, "2026-11-01T23:30:00Z", "2026-11-02 00:30+01:00"], ids=["datetime", "utc", "berlin"]
)
def test_an_instant_is_a_datetime_or_iso_text_with_a_zone(instant: AnInstant) -> None:
    """However it is written, it comes out in UTC."""
    found = checked_instant(instant, field="recorded_at")
    assert (found, found.tzinfo) == (LATE_IN_LONDON, UTC)
    assert ManualClock(instant).now() == LATE_IN_LONDON


@pytest.mark.parametrize(
    "wrong",
    ["noon", "", "2026-11-01", "2026-11-01T23:30:00", date(2026, 11, 1), 1_793_575_800, "9999-12-31T23:59:59-01:00"],
    ids=repr,
)
def test_what_is_no_instant_is_refused(wrong: object) -> None:
    """A day, a number, a time that nobody can place, and one after the last year of UTC."""
    with pytest.raises(InvalidInputError) as caught:
        checked_instant(wrong, field="recorded_at")  # type: ignore[arg-type]
    assert caught.value.field == "recorded_at"


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

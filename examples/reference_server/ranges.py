"""Which days a page is about: a range with a name, or two days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from stronghold_core import DateRange, Step, month_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from stronghold_core import Books

DEFAULT: Final = "last-12-months"
PRESETS: Final = {
    "this-month": "This month",
    "last-month": "Last month",
    "this-year": "This year",
    "last-12-months": "Last 12 months",
    "all": "All",
}
_EARLIEST_YEARS: Final = 80
"""How far back "all" looks; a series of months has at most a thousand parts."""


class Days(NamedTuple):
    """What a reader asked for."""

    preset: str | None
    """One of `PRESETS`; none for two days."""
    period: DateRange

    @property
    def query(self) -> dict[str, str]:
        """How a link asks for the same."""
        if self.preset is not None:
            return {"range": self.preset}
        return self.dates

    @property
    def dates(self) -> dict[str, str]:
        """How a link asks for the same days, even tomorrow."""
        return {"first": f"{self.period.first}", "last": f"{self.period.last}"}

    def past(self, today: date) -> DateRange:
        """Leave out what is still to come of a range with a name; two days are taken as they are."""
        if self.preset is None or self.period.last <= today:
            return self.period
        return DateRange(self.period.first, today)

    @property
    def step(self) -> Step:
        """How finely the days are drawn."""
        if self.period.days <= 31:
            return Step.DAY
        return Step.WEEK if self.period.days <= 92 else Step.MONTH


def chosen_days(preset: str, first: str, last: str, *, today: date, begin: Callable[[], date]) -> Days:
    """Read what a page was asked for; an end that is left out is open.

    Args:
        preset: One of `PRESETS`; anything else is the default.
        first: The first day as ISO text, or nothing.
        last: The last day, likewise.
        today: The tenant's.
        begin: Looks for the day on which the books begin.

    >>> today = date(2026, 11, 21)
    >>> chosen_days("last-month", "", "", today=today, begin=lambda: today).period.first.isoformat()
    '2026-10-01'
    >>> chosen_days("", "2026-11-02", "", today=today, begin=lambda: today).period.days
    20

    Raises:
        InvalidInputError: If one of the days is none, or they are not in order.
    """
    if first or last:
        return Days(None, DateRange(first or begin(), last or today))
    name = preset if preset in PRESETS else DEFAULT
    month = month_of(today)
    if name == "this-month":
        return Days(name, month)
    if name == "last-month":
        return Days(name, month_of(month.first - timedelta(days=1)))
    if name == "this-year":
        return Days(name, DateRange(date(today.year, 1, 1), today))
    if name == "all":
        return Days(name, DateRange(begin(), today))
    return Days(name, DateRange(date(today.year - (today.month < 12), today.month % 12 + 1, 1), today))


def first_day_of(books: Books, today: date) -> date:
    """Find the month in which the books begin: the first after which something is owned, owed, earned or spent."""
    longest = DateRange(date(today.year - _EARLIEST_YEARS, 1, 1), today)
    flows = books.dashboard.cash_flow(longest, step="month")
    worth = books.dashboard.net_worth(longest, step="month")
    moved = [part.first for one in flows.currencies for part in one.parts if part.income or part.expenses]
    held = [
        point.day.replace(day=1)
        for one in worth.currencies
        for point in one.points
        if point.assets or point.liabilities
    ]
    return min([*moved, *held], default=today.replace(day=1))

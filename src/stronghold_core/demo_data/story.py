"""How a story is told: month after month, so many events in each, day after day.

A month has events that must come (rent, wages, what a card owes) and fills up with such as may (purchases, invoices).
Each is made when its day comes, from what the accounts hold then: that is why nothing is ever overdrawn.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from calendar import monthrange
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from stronghold_core.demo_data.balances import Balances
from stronghold_core.demo_data.records import DemoCategory, DemoRecord, DemoTransfer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stronghold_core.demo_data.dice import Dice
    from stronghold_core.demo_data.records import DemoAccount, DemoEvent, Path

Make = Callable[[date], "DemoEvent"]
"""Makes an event when its day has come."""


class Step(NamedTuple):
    """Something that is to happen on a day of the month."""

    day: int
    make: Make


class Month(NamedTuple):
    """A month of a story, or as much of it as the story covers."""

    number: int
    """Counted from 0."""
    first: date
    last: date

    def day(self, wish: int) -> date:
        """Return the day of the month nearest to *wish* that the story covers.

        >>> Month(0, date(2026, 2, 10), date(2026, 2, 28)).day(31)
        datetime.date(2026, 2, 28)
        """
        return self.first.replace(day=min(max(wish, self.first.day), self.last.day))

    def has(self, day: int) -> bool:
        """Tell whether the story covers that day of the month; the last day stands for those that a month lacks.

        >>> [Month(0, date(2026, 2, 1), date(2026, 2, last)).has(30) for last in (10, 28)]
        [False, True]
        """
        ends = self.last.day == monthrange(self.last.year, self.last.month)[1]
        return self.first.day <= day and (ends or day <= self.last.day)


def months_between(first: date, last: date) -> list[Month]:
    """Cut the days from *first* to *last* into months.

    >>> [str(month.first) for month in months_between(date(2025, 12, 15), date(2026, 2, 3))]
    ['2025-12-15', '2026-01-01', '2026-02-01']
    """
    months: list[Month] = []
    start = first
    while start <= last:
        end = start.replace(day=monthrange(start.year, start.month)[1])
        months.append(Month(len(months), start, min(end, last)))
        if end == date.max:
            break
        start = date.fromordinal(end.toordinal() + 1)
    return months


class Story(ABC):
    """One set of books, told from its first day on.

    Args:
        dice: Its chance.
        first: Its first day.
        a_month: How many events an average month has.
    """

    categories: Mapping[str, Sequence[Path]]
    """By kind, parents first."""
    purse: str
    """The account that what nobody foresaw is paid from."""

    def __init__(self, dice: Dice, *, first: date, a_month: int) -> None:
        self.dice = dice
        self.first = first
        self.a_month = a_month
        self.balances = Balances()

    # ------------------------------------------------------------------ what a kind of books brings

    @abstractmethod
    def accounts(self) -> Iterable[DemoAccount]:
        """Return the accounts to begin with."""

    def joining(self, month: Month, count: int) -> Iterable[DemoAccount]:  # noqa: ARG002 - most kinds open none later
        """Return the accounts that are opened before *month*, which will have *count* events."""
        return ()

    @abstractmethod
    def must(self, month: Month) -> Iterator[Step]:
        """Go through what must come this month, the most important first."""

    @abstractmethod
    def may(self, month: Month, count: int) -> Iterator[Step]:
        """Make exactly *count* steps of what may come this month."""

    # ------------------------------------------------------------------ telling

    def begin(self) -> Iterator[DemoCategory | DemoAccount]:
        """Say which categories and accounts there are to begin with."""
        for kind, paths in self.categories.items():
            yield from (DemoCategory(path, kind) for path in paths)
        yield from self._opened(self.accounts())

    def tell(self, month: Month, count: int) -> Iterator[DemoAccount | DemoEvent]:
        """Tell one month with exactly *count* events, in the order of days."""
        yield from self._opened(self.joining(month, count))
        steps = [step for step in self.must(month) if month.has(step.day)][:count]
        steps += self.may(month, count - len(steps))
        steps.sort(key=lambda step: step.day)
        for step in steps:
            event = step.make(month.day(step.day))
            self.balances.apply(event)
            yield event

    def _opened(self, accounts: Iterable[DemoAccount]) -> Iterator[DemoAccount]:
        for account in accounts:
            self.balances.open(account)
            yield account

    # ------------------------------------------------------------------ what all kinds need

    def grown(self, minor: int, month: Month, *, percent: int) -> int:
        """Return what an amount of the first year has become, growing by so many percent each year.

        A year's part at a time, without compounding: prices do not jump in January.
        """
        return minor + minor * percent * month.number // 1_200

    def paying(self, minor: int, *accounts: str) -> str | None:
        """Return the first of *accounts* that can pay *minor*; none if none can."""
        return next((account for account in accounts if self.balances.headroom(account) >= minor), None)

    def moved(self, on: date, source: str, target: str, minor: int, words: str) -> DemoEvent:
        """Move at most *minor* between accounts of one currency; what cannot be moved is earned instead."""
        minor = min(minor, self.balances.headroom(source))
        if minor <= 0:
            return self.windfall(on)
        return DemoTransfer(on, source, target, minor, None, "", words)

    @abstractmethod
    def windfall(self, on: date) -> DemoRecord:
        """Let a little money come in: what happens instead of a payment that nobody could make."""

"""Telling a whole story: what kind of books, how many events, over which days."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from stronghold_core.demo_data.company import Company
from stronghold_core.demo_data.dice import Dice
from stronghold_core.demo_data.household import Household
from stronghold_core.demo_data.provider import Provider
from stronghold_core.demo_data.records import DemoKind
from stronghold_core.demo_data.story import months_between
from stronghold_core.errors import InvalidInputError
from stronghold_core.text import in_short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stronghold_core.demo_data.records import DemoItem
    from stronghold_core.demo_data.story import Month, Story

MAX_TRANSACTIONS: Final = 100_000_000
_GROWTH: Final = 6
"""By how many percent of the first month's a year adds to the number of events."""


class _Pace(NamedTuple):
    """How a kind of books is told."""

    story: type[Story]
    a_month: int
    """How many events make a month, as long as the story is neither too short nor too long."""
    months: tuple[int, int]
    """The fewest and the most months that a story takes."""
    is_daily: bool = True
    """Whether half a month has half of a month's events; if not, most belong to its first day."""


_PACES: Final = {
    DemoKind.HOUSEHOLD: _Pace(Household, 100, (6, 240)),
    DemoKind.COMPANY: _Pace(Company, 120, (6, 240)),
    DemoKind.PROVIDER: _Pace(Provider, 4_000, (12, 60), is_daily=False),
}


def first_day(kind: str, *, transactions: int, last: date) -> date:
    """Return the day on which a story of so many events begins if it is to end on *last*.

    >>> first_day("household", transactions=20_000, last=date(2026, 11, 21))
    datetime.date(2010, 3, 1)
    """
    pace = _PACES[checked_kind(kind)]
    months = min(max(checked_count(transactions) // pace.a_month, pace.months[0]), pace.months[1])
    start = last.year * 12 + last.month - 1 - months
    return date(start // 12, start % 12 + 1, 1)


def generate(kind: str, *, seed: int, first: date, last: date, transactions: int) -> Iterator[DemoItem]:
    """Tell the books of a household, a company or an internet provider.

    Categories and accounts come before what happens on them; what happens comes in the order of days, exactly
    *transactions* of it. The same arguments tell the same story, on every machine and every version of Python, and
    nothing of it is kept in memory but the accounts.

    Args:
        kind: ``household``, ``company`` or ``provider``.
        seed: Which one of them.
        first: The day of the opening balances.
        last: The last day.
        transactions: How many events there are, opening balances not counted.

    >>> import hashlib
    >>> days = {"first": date(2025, 1, 1), "last": date(2025, 12, 31)}
    >>> story = list(generate("household", seed=1, transactions=1_200, **days))
    >>> print(*story[-1][1:])
    Checking -3807 ('Food', 'Groceries') Corner Grocer Corner Grocer, groceries
    >>> hashlib.sha256(repr(story).encode()).hexdigest()[:16]
    'da234aaa8bb82958'

    Raises:
        InvalidInputError: If there is no such kind, or *last* is before *first*, or the number can't be meant.
    """
    pace, count = _PACES[checked_kind(kind)], checked_count(transactions)
    if last < first:
        raise InvalidInputError(field="last", reason=f"{last} is before {first}, the first day.")
    months = months_between(first, last)
    weights = [_weight(month, is_daily=pace.is_daily) for month in months]
    return _told(pace.story(Dice(seed), first=first, a_month=count // len(months)), months, weights, count)


def _told(story: Story, months: list[Month], weights: list[int], transactions: int) -> Iterator[DemoItem]:
    yield from story.begin()
    whole, passed, told = sum(weights), 0, 0
    for month, weight in zip(months, weights, strict=True):
        passed += weight
        until = transactions * passed // whole
        yield from story.tell(month, until - told)
        told = until


def _weight(month: Month, *, is_daily: bool) -> int:
    """How much of the story a month takes: by its days, and growing."""
    days = (month.last - month.first).days + 1 if is_daily else 30
    return days * (1_200 + _GROWTH * month.number)


def checked_kind(value: str) -> DemoKind:
    """Read what kind of books is meant.

    >>> checked_kind("company").value
    'company'
    """
    try:
        return DemoKind(value)
    except ValueError as error:
        known = ", ".join(DemoKind)
        raise InvalidInputError(field="kind", reason=f"{in_short(value)!r} is none of {known}.") from error


def checked_count(transactions: int) -> int:
    """Return *transactions* if a story can have so many events."""
    if type(transactions) is not int or not 1 <= transactions <= MAX_TRANSACTIONS:
        reason = f"a story has from 1 to {MAX_TRANSACTIONS:,} of them."
        raise InvalidInputError(field="transactions", reason=reason, value=transactions)
    return transactions

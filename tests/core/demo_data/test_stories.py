"""Stories: any size, the same for the same seed, and nothing in them that the books would refuse."""

from __future__ import annotations

import itertools
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stronghold_core.demo_data import (
    DemoAccount,
    DemoCategory,
    DemoKind,
    DemoRecord,
    DemoSplit,
    DemoTransfer,
    first_day,
    generate,
)
from stronghold_core.demo_data.balances import Balances
from stronghold_core.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stronghold_core.demo_data import DemoEvent, DemoItem

KINDS = [kind.value for kind in DemoKind]
FIRST, LAST = date(2023, 11, 7), date(2025, 11, 21)

each_kind = pytest.mark.parametrize("kind", KINDS)


def events_of(story: Iterable[DemoItem]) -> list[DemoEvent]:
    """Leave out categories and accounts."""
    return [item for item in story if not isinstance(item, (DemoCategory, DemoAccount))]


@given(
    kind=st.sampled_from(KINDS),
    seed=st.integers(0, 2**64),
    count=st.integers(1, 900),
    days=st.tuples(st.dates(date(1980, 1, 1), date(2040, 1, 1)), st.integers(0, 1_200)),
)
def test_a_story_asks_nothing_of_the_books_that_they_would_refuse(
    kind: str, seed: int, count: int, days: tuple[date, int]
) -> None:
    """Whatever its size, seed and days: all is known before it is used, it adds up, and no limit is ever passed."""
    first, last = days[0], date.fromordinal(days[0].toordinal() + days[1])
    watch = Watch(first, last)
    for item in generate(kind, seed=seed, first=first, last=last, transactions=count):
        watch.see(item)
    assert watch.events == count


class Watch:
    """Goes along with a story, and checks each thing that it tells."""

    def __init__(self, first: date, last: date) -> None:
        self.events = 0
        self._now, self._last = first, last
        self._balances = Balances()
        self._accounts: dict[str, DemoAccount] = {}
        self._categories: set[tuple[str, ...]] = set()

    def see(self, item: DemoItem) -> None:
        """Check one item."""
        if isinstance(item, DemoCategory):
            assert item.path not in self._categories
            assert len(item.path) == 1 or item.path[:-1] in self._categories
            self._categories.add(item.path)
        elif isinstance(item, DemoAccount):
            assert item.name not in self._accounts
            assert item.on <= self._last
            self._accounts[item.name] = item
            self._balances.open(item)
        else:
            self._see_event(item)

    def _see_event(self, event: DemoEvent) -> None:
        assert self._now <= event.on <= self._last
        self._now = event.on
        self.events += 1
        touched = self._touched(event)
        self._balances.apply(event)
        for name in touched:
            account = self._accounts[name]
            assert account.min_minor is None or account.min_minor <= self._balances[name], event
            assert account.max_minor is None or account.max_minor >= self._balances[name], event

    def _touched(self, event: DemoEvent) -> list[str]:
        assert event.minor
        if isinstance(event, DemoRecord):
            assert event.category in self._categories
            return [event.account]
        if isinstance(event, DemoTransfer):
            source, target = self._accounts[event.from_account], self._accounts[event.to_account]
            assert source != target
            assert (event.to_minor is None) == (source.currency == target.currency)
            assert min(event.minor, event.to_minor or 1) > 0
            return [source.name, target.name]
        assert isinstance(event, DemoSplit)
        assert sum(minor for _, minor in event.parts) == event.minor
        assert all(minor for _, minor in event.parts)
        others = [target for target, _ in event.parts if isinstance(target, str)]
        assert self._categories.issuperset(target for target, _ in event.parts if not isinstance(target, str))
        return [event.account, *others]


@each_kind
def test_the_same_seed_tells_the_same_story_and_another_one_another(kind: str) -> None:
    """Item by item."""
    first, again, other = (
        list(generate(kind, seed=seed, first=FIRST, last=LAST, transactions=2_000)) for seed in (5, 5, 6)
    )
    assert first == again
    assert first != other


@each_kind
def test_a_story_is_told_as_it_is_asked_for(kind: str) -> None:
    """The beginning of a hundred million events comes at once: nothing is prepared for all of them."""
    story = generate(kind, seed=1, first=date(2025, 1, 1), last=date(2025, 1, 2), transactions=2_000)
    assert isinstance(next(story), DemoCategory)
    items = itertools.islice(generate(kind, seed=1, first=FIRST, last=LAST, transactions=100_000_000), 20)
    assert len(list(items)) == 20


@each_kind
def test_books_grow_and_every_sort_of_event_is_in_them(kind: str) -> None:
    """More income than spending over the years, more events each year, splits and transfers."""
    events = events_of(generate(kind, seed=3, first=date(2019, 1, 1), last=date(2024, 12, 31), transactions=12_000))
    assert {type(event) for event in events} == {DemoRecord, DemoSplit, DemoTransfer}
    yearly = [sum(event.on.year == year for event in events) for year in range(2019, 2025)]
    assert yearly == sorted(yearly)
    assert any(isinstance(event, DemoTransfer) and event.to_minor is not None for event in events)
    assert "refund" in " ".join(event.description.lower() for event in events)
    assert sum(map(gained, events)) > 0


def gained(event: DemoEvent) -> int:
    """Say what an event changed in what is owned less what is owed; foreign money at its number."""
    if isinstance(event, DemoRecord):
        return event.minor
    if isinstance(event, DemoSplit):
        return sum(minor for target, minor in event.parts if not isinstance(target, str))
    return 0


def test_a_household_has_seasons() -> None:
    """Heating in winter, gifts before Christmas, holidays in July, a bonus in December."""
    events = events_of(
        generate("household", seed=1, first=date(2022, 1, 1), last=date(2024, 12, 31), transactions=9_000)
    )
    records = [event for event in events if isinstance(event, DemoRecord)]

    def spent(name: str, *months: int) -> int:
        return -sum(one.minor for one in records if one.category[-1] == name and one.on.month in months)

    assert spent("Heating", 1, 2, 12) > 4 * spent("Heating", 6, 7, 8)
    assert spent("Gifts", 12) > spent("Gifts", 1, 2, 3)
    assert spent("Flights", 2, 7) == spent("Flights", *range(1, 13)) > 0
    assert spent("Bonus", 12) == spent("Bonus", *range(1, 13)) < 0


def test_a_provider_has_as_many_customers_as_events_for_them() -> None:
    """Thousands, if the books are large; each with an account for what they owe."""
    few, many = (
        sum(
            isinstance(item, DemoAccount) and item.subtype == "receivable"
            for item in generate(
                "provider", seed=1, first=date(2024, 1, 1), last=date(2024, 12, 31), transactions=count
            )
        )
        for count in (3_000, 40_000)
    )
    assert 50 < few < many / 8
    assert many > 1_000


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "circus"}, "kind"),
        ({"transactions": 0}, "transactions"),
        ({"transactions": 100_000_001}, "transactions"),
        ({"transactions": 1.5}, "transactions"),
        ({"last": date(2023, 11, 6)}, "last"),
    ],
    ids=["kind", "none", "too many", "half", "backwards"],
)
def test_what_cannot_be_told_is_refused_at_once(fields: dict[str, object], field: str) -> None:
    """Before the first item is asked for."""
    asked = {"kind": "household", "seed": 1, "first": FIRST, "last": LAST, "transactions": 10} | fields
    with pytest.raises(InvalidInputError) as caught:
        generate(**asked)  # type: ignore[arg-type]
    assert caught.value.field == field


@each_kind
def test_more_events_take_more_time_but_never_more_than_a_life(kind: str) -> None:
    """A story ends on its last day; how long before that it began follows from its size."""
    starts = [first_day(kind, transactions=count, last=LAST) for count in (1, 1_000, 100_000, 10_000_000)]
    assert starts == sorted(starts, reverse=True)
    assert starts[-1].year >= 2005
    assert all(start.day == 1 for start in starts)

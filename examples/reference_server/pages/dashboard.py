"""The first page: how the books stand, and what came and went within some days."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from examples.reference_server import formats
from examples.reference_server.charts import Bars, bars
from examples.reference_server.desk import ASeat, Seat
from examples.reference_server.lines import Line, Names, line_of
from examples.reference_server.pages.asked import AskedDays, SomeDays
from examples.reference_server.ranges import PRESETS, Days
from stronghold_core import (
    AccountBoard,
    Books,
    CurrencyCashFlow,
    CurrencyCategories,
    CurrencyNetWorth,
    CurrencySummary,
    Flow,
    Money,
    Step,
    Summary,
    Trend,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

router = APIRouter(prefix="/t/{tenant:uuid}")

AnyCurrency = TypeVar("AnyCurrency", CurrencyNetWorth, CurrencyCashFlow, CurrencyCategories)

_LATEST = 8
_CHART_HEIGHT = 200
_NAMES_SHOWN = 12


@router.get("")
def show(seat: ASeat, asked: SomeDays, currency: str = "") -> HTMLResponse:
    """Show the dashboard."""
    board = seat.read(lambda books: read_board(books, seat, asked, currency))
    return seat.page("dashboard.html", board=board, presets=PRESETS, here="dashboard")


@dataclass(frozen=True, slots=True)
class Tile:
    """A headline figure beside what it was in the period before."""

    title: str
    value: str
    unit: str
    change: str
    """By how much it changed, in words and signs; empty if there is nothing to compare with."""
    direction: int
    """1 if it rose, −1 if it fell."""
    is_better: bool
    before: str


@dataclass(frozen=True, slots=True)
class Board:
    """Everything on the page, of one snapshot."""

    days: Days
    summary: Summary
    currency: str
    """The one that is drawn."""
    tiles: tuple[Tile, ...]
    step: Step
    worth: CurrencyNetWorth | None
    """None where the currency had nothing of the kind in these days; so are the next two."""
    flow: CurrencyCashFlow | None
    categories: CurrencyCategories | None
    accounts: AccountBoard
    latest: tuple[Line, ...]

    @property
    def currencies(self) -> tuple[CurrencySummary, ...]:
        """The currencies that matter, the base currency first."""
        return shown_currencies(self.summary)

    def drawn(self, parts: Sequence[Flow]) -> Bars:
        """Lay out a bar each for what came in and what was spent."""
        return bars([[part.income.minor, part.expenses.minor] for part in parts], height=_CHART_HEIGHT)

    def label_every(self, parts: Sequence[Flow]) -> int:
        """How many groups of bars share one name on the axis."""
        return -(-len(parts) // _NAMES_SHOWN)

    def part_name(self, part: Flow) -> str:
        """Name the days of some bars."""
        return formats.part(part.first, self.step)

    def short(self, minor: int) -> str:
        """Write an amount on the axis."""
        return formats.short(Money(minor, self.currency))

    def link_to(self, **more: object) -> dict[str, object]:
        """How a link on the page keeps what was asked for."""
        return {**self.days.query, "currency": self.currency, **more}


def read_board(books: Books, seat: Seat, asked: AskedDays, currency: str) -> Board:
    """Read everything that the page shows."""
    days = asked.within(books, seat)
    summary = books.dashboard.summary(days.period)
    shown = next((one for one in shown_currencies(summary) if one.currency == currency), summary.currencies[0])
    step = days.step
    latest = books.transactions.list(last=days.period.last, limit=_LATEST).items
    names = Names(books, latest)
    return Board(
        days=days,
        summary=summary,
        currency=shown.currency,
        tiles=tiles_of(shown),
        step=step,
        worth=_in(shown.currency, books.dashboard.net_worth(days.past(seat.today), step=step).currencies),
        flow=_in(shown.currency, books.dashboard.cash_flow(days.period, step=step).currencies),
        categories=_in(shown.currency, books.dashboard.categories(days.period).currencies),
        accounts=books.dashboard.accounts(as_of=days.period.last if days.period.last < seat.today else None),
        latest=tuple(line_of(one, names) for one in latest),
    )


def shown_currencies(summary: Summary) -> tuple[CurrencySummary, ...]:
    """Leave out currencies other than the first in which there is nothing."""
    first, *others = summary.currencies
    return (first, *(one for one in others if one.assets or one.liabilities or one.income.now or one.expenses.now))


def _in(currency: str, found: Sequence[AnyCurrency]) -> AnyCurrency | None:
    return next((one for one in found if one.currency == currency), None)


# ------------------------------------------------------------------ tiles


def tiles_of(one: CurrencySummary) -> tuple[Tile, ...]:
    """Choose the headline figures of a currency."""
    return (
        _amount("Net worth", one.net_worth),
        _amount("Income", one.income),
        _amount("Expenses", one.expenses, is_good_up=False),
        _savings_rate(one),
    )


def _amount(title: str, trend: Trend, *, is_good_up: bool = True) -> Tile:
    rose = (trend.difference.minor > 0) - (trend.difference.minor < 0)
    change = formats.percent(trend.change, sign=True) if trend.change is not None else ""
    return Tile(
        title=title,
        value=formats.money(trend.now),
        unit=trend.now.currency.code,
        change=change or (formats.money(trend.difference, sign=True) if trend.before else ""),
        direction=rose,
        is_better=(rose > 0) == is_good_up,
        before=formats.money(trend.before),
    )


def _savings_rate(one: CurrencySummary) -> Tile:
    now, before = one.health.savings_rate, rate(one.savings.before, one.income.before)
    points = None if now is None or before is None else now - before
    return Tile(
        title="Savings rate",
        value=formats.percent(now),
        unit="",
        change="" if points is None else f"{formats.points(points)}",
        direction=0 if points is None else (points > 0) - (points < 0),
        is_better=points is not None and points > 0,
        before=formats.percent(before),
    )


def rate(savings: Money, income: Money) -> Decimal | None:
    """Say which share of an income was saved; none without income.

    >>> rate(Money(25, "EUR"), Money(100, "EUR"))
    Decimal('0.25')
    """
    return Decimal(savings.minor) / Decimal(income.minor) if income.minor > 0 else None

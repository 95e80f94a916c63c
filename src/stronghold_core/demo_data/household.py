"""A household: two salaries, a rent, children, a car, holidays abroad, and a little more left every year."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from stronghold_core.demo_data.dice import Weighted
from stronghold_core.demo_data.records import DemoAccount, DemoRecord, DemoSplit, DemoTransfer
from stronghold_core.demo_data.story import Month, Step, Story

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from stronghold_core.demo_data.records import DemoEvent, Path

CHECKING: Final = "Checking"
SAVINGS: Final = "Savings"
CASH: Final = "Cash"
CARD: Final = "Credit card"
FUND: Final = "Index fund"
DOLLARS: Final = "Travel money USD"
POUNDS: Final = "Travel money GBP"
CAR_LOAN: Final = "Car loan"

_MUST_A_MONTH: Final = 20
"""About how many events of a month are not purchases."""
_PURCHASES_A_MONTH: Final = 80
"""How many purchases the salaries are made for; with more of them, salaries and rent are larger as well."""


class _Habit(NamedTuple):
    """Something that people buy again and again."""

    category: Path
    account: str
    payees: tuple[str, ...]
    words: str
    minor: int
    weight: int
    in_december: int
    in_summer: int


def _habit(path: str, account: str, payees: str, words: str, minor: int, *weights: int) -> _Habit:
    ordinary, december, summer = weights
    return _Habit(tuple(path.split("/")), account, tuple(payees.split(", ")), words, minor, ordinary, december, summer)


_HABITS: Final = (
    _habit(
        "Food/Groceries",
        CHECKING,
        "Hillside Market, Green Basket, Corner Grocer, Farm & Mill",
        "Groceries",
        46_00,
        30,
        32,
        26,
    ),
    _habit(
        "Food/Bakery and coffee",
        CASH,
        "Old Oven Bakery, Bluebird Coffee, Station Kiosk",
        "Bread and coffee",
        7_20,
        16,
        16,
        14,
    ),
    _habit(
        "Food/Restaurants",
        CARD,
        "Trattoria Lungo, Noodle House, The Copper Pan, Taverna Delos",
        "Dinner",
        42_00,
        8,
        9,
        12,
    ),
    _habit("Transport/Fuel", CARD, "Ring Road Fuel, Northway Station", "Fuel", 58_00, 5, 5, 9),
    _habit("Transport/Tickets", CHECKING, "City Transit", "Single tickets", 9_60, 5, 5, 3),
    _habit("Health/Pharmacy", CHECKING, "Linden Pharmacy, Pharmacy at the Bridge", "Pharmacy", 18_50, 4, 6, 2),
    _habit("Leisure/Books and games", CARD, "Paper Lantern Books, Pixel & Dice", "Books", 24_00, 3, 6, 3),
    _habit("Leisure/Outings", CARD, "Museum of Rivers, Lido Nord, Arthouse Cinema", "Tickets", 27_00, 3, 3, 8),
    _habit("Clothing", CARD, "Thread & Needle, Outdoor Depot, Small Feet Shoes", "Clothes", 64_00, 4, 5, 4),
    _habit("Home/Household goods", CARD, "Home & Hearth, Hardware Hall", "Household goods", 38_00, 5, 5, 4),
    _habit("Gifts", CARD, "Wunderkiste Toys, Flowers by Nora, Paper Lantern Books", "Gift", 33_00, 2, 18, 2),
    _habit("Children/Activities", CHECKING, "Swimming Club, Music School", "Course fee", 36_00, 2, 1, 2),
)
_SEASONS: Final = {
    "ordinary": Weighted((habit, habit.weight) for habit in _HABITS),
    "december": Weighted((habit, habit.in_december) for habit in _HABITS),
    "summer": Weighted((habit, habit.in_summer) for habit in _HABITS),
}
_ABROAD: Final = (
    (("Holidays", "Meals"), "Harbor Grill", "Dinner on the trip", 38_00),
    (("Holidays", "Hotels"), "Seaview Inn", "Two nights", 182_00),
    (("Holidays", "Getting around"), "Island Ferries", "Ferry", 26_00),
    (("Holidays", "Meals"), "Market Hall", "Lunch on the trip", 17_00),
)
_RATES: Final = {DOLLARS: 108, POUNDS: 86}
"""How much of the currency a hundred euros buy, in the first year."""


class Household(Story):
    """The books of a family."""

    purse = CHECKING
    categories = {  # noqa: RUF012 - never changed
        "income": [
            ("Salary",),
            ("Salary", "Ada's salary"),
            ("Salary", "Ben's salary"),
            ("Salary", "Bonus"),
            ("Interest",),
            ("Child benefit",),
            ("Tax refund",),
            ("Sold things",),
        ],
        "expense": [
            ("Home",),
            *(("Home", name) for name in ("Rent", "Electricity", "Heating", "Internet and phone", "Household goods")),
            ("Food",),
            *(("Food", name) for name in ("Groceries", "Restaurants", "Bakery and coffee")),
            ("Transport",),
            *(("Transport", name) for name in ("Fuel", "Tickets", "Car insurance", "Car loan interest", "Repairs")),
            ("Health",),
            *(("Health", name) for name in ("Pharmacy", "Dentist")),
            ("Leisure",),
            *(("Leisure", name) for name in ("Books and games", "Outings", "Streaming", "Sports club")),
            ("Holidays",),
            *(("Holidays", name) for name in ("Flights", "Hotels", "Meals", "Getting around")),
            ("Children",),
            *(("Children", name) for name in ("Nursery", "Activities", "School things")),
            ("Clothing",),
            ("Gifts",),
            ("Insurance",),
            ("Bank fees",),
        ],
    }

    def accounts(self) -> Iterable[DemoAccount]:
        """Return what a family has at its bank, in its purse and on its cards."""
        day = self.first
        yield DemoAccount(CHECKING, "asset", "checking", "EUR", day, self._scaled(4_850_00), -self._scaled(1_000_00))
        yield DemoAccount(SAVINGS, "asset", "savings", "EUR", day, self._scaled(9_200_00), 0)
        yield DemoAccount(CASH, "asset", "cash", "EUR", day, 140_00, 0)
        yield DemoAccount(CARD, "liability", "credit_card", "EUR", day, 0, -self._scaled(5_000_00))
        yield DemoAccount(FUND, "asset", "investment", "EUR", day, self._scaled(3_000_00), 0)
        yield DemoAccount(DOLLARS, "asset", "checking", "USD", day, 0, 0)
        yield DemoAccount(POUNDS, "asset", "checking", "GBP", day, 0, 0)
        yield DemoAccount(CAR_LOAN, "liability", "loan", "EUR", day, -self._scaled(14_400_00), None, 0)

    # ------------------------------------------------------------------ what must come

    def must(self, month: Month) -> Iterator[Step]:
        """Go through salaries, bills, savings and the card, then what only some months bring."""
        yield Step(1, partial(self._income, month, 3_420_00, ("Salary", "Ada's salary"), "Brightwater Ltd", "Salary"))
        yield Step(2, partial(self._bill, month, 1_180_00, ("Home", "Rent"), "Elm Street Housing", "Rent"))
        yield Step(14, partial(self._income, month, 2_260_00, ("Salary", "Ben's salary"), "Northgate School", "Salary"))
        yield Step(15, self._pay_card)
        yield Step(3, partial(self._save, month))
        yield Step(20, self._pay_loan)
        yield Step(5, partial(self._bill, month, 78_00, ("Home", "Electricity"), "Evenwind Energy", "Electricity"))
        yield Step(5, partial(self._heating, month))
        yield Step(7, partial(self._bill, month, 54_90, ("Home", "Internet and phone"), "Fiberline", "Internet, phone"))
        yield Step(4, partial(self._bill, month, 96_40, ("Insurance",), "Harbour Mutual", "Insurance"))
        yield Step(10, partial(self._income, month, 255_00, ("Child benefit",), "Family Office", "Child benefit"))
        yield Step(6, partial(self._bill, month, 210_00, ("Children", "Nursery"), "Little Acorns", "Nursery"))
        yield Step(12, partial(self._bill, month, 13_99, ("Leisure", "Streaming"), "Moonbeam TV", "Subscription"))
        yield Step(1, partial(self._bill, month, 45_00, ("Leisure", "Sports club"), "Riverside Sports", "Membership"))
        yield Step(8, self._withdraw)
        yield Step(29, self._sweep)
        yield from self._seasonal(month)

    def _seasonal(self, month: Month) -> Iterator[Step]:
        calendar_month = month.first.month
        if calendar_month == 1:
            yield Step(9, partial(self._bill, month, 612_00, ("Transport", "Car insurance"), "Harbour Mutual", "Car"))
        if calendar_month == 5:
            yield Step(22, partial(self._income, month, 740_00, ("Tax refund",), "Tax Office", "Refund of income tax"))
        if calendar_month == 8:
            yield Step(24, partial(self._bill, month, 186_00, ("Children", "School things"), "Paper Mill", "School"))
        if calendar_month == 10:
            yield Step(14, partial(self._bill, month, 388_00, ("Transport", "Repairs"), "Garage Ost", "Winter check"))
        if calendar_month == 12:
            yield Step(12, partial(self._income, month, 2_900_00, ("Salary", "Bonus"), "Brightwater Ltd", "Bonus"))
        if calendar_month in {3, 6, 9, 12}:
            yield Step(30, self._interest)
            yield Step(30, partial(self._bill, month, 8_70, ("Bank fees",), "Savings Bank", "Account fee"))
        if calendar_month in {2, 7}:
            yield from self._holiday(month, POUNDS if calendar_month == 2 else DOLLARS)

    def _holiday(self, month: Month, purse: str) -> Iterator[Step]:
        yield Step(3, partial(self._bill, month, 640_00, ("Holidays", "Flights"), "Lark Airways", "Flights"))
        yield Step(9, partial(self._exchange, month, purse))
        for day in range(11, 19):
            yield Step(day, partial(self._abroad, purse))

    # ------------------------------------------------------------------ what may come

    def may(self, month: Month, count: int) -> Iterator[Step]:
        """Make purchases: some paid in cash, some split, some taken back."""
        season = {12: "december", 6: "summer", 7: "summer", 8: "summer"}.get(month.first.month, "ordinary")
        habits, dice = _SEASONS[season], self.dice
        for _ in range(count):
            habit, day = habits.pick(dice), dice.between(1, 31)
            if dice.percent(2):
                yield Step(day, partial(self._returned, month, habit))
            elif habit.category == ("Food", "Groceries") and dice.percent(20):
                yield Step(day, partial(self._big_shop, month, habit))
            else:
                yield Step(day, partial(self._purchase, month, habit))

    def _purchase(self, month: Month, habit: _Habit, on: date) -> DemoEvent:
        minor = self.grown(self.dice.around(habit.minor), month, percent=2)
        account = self.paying(minor, habit.account, CHECKING, CARD)
        if account is None:
            return self.windfall(on)
        payee = self.dice.pick(habit.payees)
        return DemoRecord(on, account, -minor, habit.category, payee, f"{payee}, {habit.words.lower()}")

    def _big_shop(self, month: Month, habit: _Habit, on: date) -> DemoEvent:
        food = self.grown(self.dice.around(92_00), month, percent=2)
        goods = self.grown(self.dice.around(21_00), month, percent=2)
        account = self.paying(food + goods, CHECKING, CARD)
        if account is None:
            return self.windfall(on)
        parts = ((habit.category, -food), (("Home", "Household goods"), -goods))
        return DemoSplit(on, account, -food - goods, parts, "Hypermart West", "Hypermart West, weekly shop")

    def _returned(self, month: Month, habit: _Habit, on: date) -> DemoEvent:
        minor = self.grown(self.dice.around(habit.minor) * 2 // 3, month, percent=2)
        account = CHECKING if habit.account == CASH else habit.account
        payee = self.dice.pick(habit.payees)
        return DemoRecord(on, account, minor, habit.category, payee, f"{payee}, refund")

    # ------------------------------------------------------------------ how each is made

    def _scaled(self, minor: int) -> int:
        """Make an amount fit the number of purchases that it has to pay for."""
        return minor * max(100, (self.a_month - _MUST_A_MONTH) * 100 // _PURCHASES_A_MONTH) // 100

    def _income(self, month: Month, minor: int, category: Path, payee: str, words: str, on: date) -> DemoEvent:
        earned = self._scaled(self.grown(minor, month, percent=3))
        return DemoRecord(on, CHECKING, earned, category, payee, f"{words} {on:%m/%Y}")

    def _bill(self, month: Month, minor: int, category: Path, payee: str, words: str, on: date) -> DemoEvent:
        due = self._scaled(self.grown(minor, month, percent=2))
        account = self.paying(due, CHECKING, CARD, SAVINGS)
        if account is None:
            return self.windfall(on)
        return DemoRecord(on, account, -due, category, payee, f"{words} {on:%m/%Y}")

    def _heating(self, month: Month, on: date) -> DemoEvent:
        percent = {12: 210, 1: 230, 2: 210, 3: 150, 11: 150, 4: 90, 10: 90}.get(on.month, 30)
        return self._bill(month, 82_00 * percent // 100, ("Home", "Heating"), "City Heating", "Heating", on)

    def _pay_card(self, on: date) -> DemoEvent:
        return self.moved(on, CHECKING, CARD, self.balances.owed(CARD), "Card statement")

    def _save(self, month: Month, on: date) -> DemoEvent:
        minor = self._scaled(self.grown(250_00, month, percent=3))
        return self.moved(on, CHECKING, FUND, minor, "Savings plan, index fund")

    def _pay_loan(self, on: date) -> DemoEvent:
        owed = self.balances.owed(CAR_LOAN)
        interest = owed * 4 // 1_200
        principal = min(owed, self._scaled(300_00))
        if principal == 0 or interest == 0 or self.paying(principal + interest, CHECKING) is None:
            return self.moved(on, CHECKING, SAVINGS, self._scaled(150_00), "Put aside")
        parts = ((CAR_LOAN, -principal), (("Transport", "Car loan interest"), -interest))
        return DemoSplit(on, CHECKING, -principal - interest, parts, "Motor Credit", f"Car loan {on:%m/%Y}")

    def _withdraw(self, on: date) -> DemoEvent:
        wanted = self._scaled(180_00) - self.balances[CASH]
        return self.moved(on, CHECKING, CASH, max(wanted // 10_00 * 10_00, 20_00), "Cash machine")

    def _sweep(self, on: date) -> DemoEvent:
        """Put what the next month does not need into savings."""
        left = self.balances[CHECKING] - self._scaled(3_400_00) - self.balances.owed(CARD)
        return self.moved(on, CHECKING, SAVINGS, max(left // 50_00 * 50_00, 25_00), "Put aside")

    def _interest(self, on: date) -> DemoEvent:
        minor = max(1, self.balances[SAVINGS] * 3 // 800)
        return DemoRecord(on, SAVINGS, minor, ("Interest",), "Savings Bank", "Interest of the quarter")

    def _exchange(self, month: Month, purse: str, on: date) -> DemoEvent:
        """Buy foreign money for the journey, at the rate of the day; what is left of the last one, change back."""
        rate = _RATES[purse] * 100 + self.dice.between(-600, 600)
        left = self.balances[purse]
        wanted = self._scaled(self.grown(640_00, month, percent=2)) - left * 10_000 // rate
        if wanted < 10_00 < left:
            return DemoTransfer(on, purse, CHECKING, left, left * 10_000 // rate, "", "Foreign money changed back")
        euros = min(wanted, self.balances.headroom(CHECKING))
        if euros < 10_00:
            return self.windfall(on)
        return DemoTransfer(on, CHECKING, purse, euros, euros * rate // 10_000, "", "Foreign money for the journey")

    def _abroad(self, purse: str, on: date) -> DemoEvent:
        category, payee, words, minor = self.dice.pick(_ABROAD)
        minor = min(self._scaled(self.dice.around(minor)), self.balances.headroom(purse))
        if minor <= 0:
            return self.windfall(on)
        return DemoRecord(on, purse, -minor, category, payee, f"{payee}, {words.lower()}")

    def windfall(self, on: date) -> DemoRecord:
        """Sell something that nobody uses any more."""
        minor = self._scaled(self.dice.around(60_00))
        return DemoRecord(on, CHECKING, minor, ("Sold things",), "Flea Market Online", "Sold things")

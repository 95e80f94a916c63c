"""A small company: invoices with tax to customers who pay later, wages, rent, software in dollars, a loan."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Final

from stronghold_core.demo_data.dice import Weighted
from stronghold_core.demo_data.records import DemoAccount, DemoRecord, DemoSplit, DemoTransfer
from stronghold_core.demo_data.story import Month, Step, Story

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from stronghold_core.demo_data.dice import Dice
    from stronghold_core.demo_data.records import DemoEvent, Path

BANK: Final = "Business checking"
RESERVE: Final = "Tax reserve"
CARD: Final = "Company card"
DOLLARS: Final = "Dollar account"
LOAN: Final = "Bank loan"
TAX: Final = "Sales tax"
WAGE_TAX: Final = "Wage tax"
EQUIPMENT: Final = "Equipment"

_MUST_A_MONTH: Final = 18
_MAY_A_MONTH: Final = 75
"""How many invoices, payments and purchases the wages and the rent are made for."""

_CUSTOMERS: Final = (
    *("Aldermoor Foods", "Bluefin Logistics", "Carraway Press", "Dovetail Furniture", "Eastlight Clinics"),
    *("Fernhill Schools", "Greymouth Shipping", "Halden Optics", "Ironbark Tools", "Juniper Hotels"),
    *("Kestrel Insurance", "Larkfield Council", "Meridian Theatre", "Norrland Timber", "Oakhaven Trust"),
    *("Pinewood Dairy", "Quayside Market", "Ravenna Ceramics", "Silverbirch Homes", "Tidewater Museum"),
)
_WORK: Final = (
    (("Sales", "Projects"), "Project work", 1_290_00),
    (("Sales", "Maintenance"), "Maintenance", 380_00),
    (("Sales", "Training"), "Training day", 720_00),
)
_PURCHASES: Final = Weighted(
    (
        ((("Office", "Supplies"), CARD, "Papyrus Office", "Office supplies", 64_00), 8),
        ((("Travel", "Trains"), CARD, "Continental Rail", "Train tickets", 118_00), 7),
        ((("Travel", "Hotels"), CARD, "Station Hotel", "Hotel", 134_00), 4),
        ((("Travel", "Meals"), CARD, "Bistro Morgen", "Lunch with a customer", 56_00), 5),
        ((("Staff", "Freelancers"), BANK, "Studio Okafor", "Freelance design", 860_00), 3),
        ((("Office", "Post and parcels"), CARD, "Swift Parcel", "Parcels", 23_00), 5),
        ((("Marketing",), CARD, "Signal Ads", "Campaign", 210_00), 4),
        ((("Office", "Books and courses"), CARD, "Paper Lantern Books", "Professional books", 48_00), 2),
    )
)
_SOFTWARE: Final = (
    ("Cloudspire", "Hosting", 164_00),
    ("Taskyard", "Licences", 78_00),
    ("Mailcove", "Mailboxes", 42_00),
)


class Company(Story):
    """The books of an agency of a few people."""

    purse = BANK
    categories = {  # noqa: RUF012 - never changed
        "income": [
            ("Sales",),
            *(("Sales", name) for name in ("Projects", "Maintenance", "Training", "Small sales")),
            ("Interest",),
        ],
        "expense": [
            ("Staff",),
            *(("Staff", name) for name in ("Wages", "Bonuses", "Freelancers")),
            ("Office",),
            *(("Office", name) for name in ("Rent", "Heating", "Supplies", "Post and parcels", "Books and courses")),
            ("Software",),
            ("Travel",),
            *(("Travel", name) for name in ("Trains", "Hotels", "Meals")),
            ("Marketing",),
            ("Insurance",),
            ("Bank",),
            *(("Bank", name) for name in ("Fees", "Loan interest")),
            ("Depreciation",),
        ],
    }

    def __init__(self, dice: Dice, *, first: date, a_month: int) -> None:
        super().__init__(dice, first=first, a_month=a_month)
        self._unpaid: deque[tuple[str, int]] = deque()
        """Invoices that have not been paid, the oldest first: customer and amount."""
        self._invoices = 0

    def accounts(self) -> Iterable[DemoAccount]:
        """Return bank, card and loan, what is owed to the tax office, and one account for each customer."""
        day = self.first
        yield DemoAccount(BANK, "asset", "checking", "EUR", day, self._scaled(38_500_00), 0)
        yield DemoAccount(RESERVE, "asset", "savings", "EUR", day, self._scaled(6_000_00), 0)
        yield DemoAccount(DOLLARS, "asset", "checking", "USD", day, 2_400_00, 0)
        yield DemoAccount(CARD, "liability", "credit_card", "EUR", day, 0, -self._scaled(10_000_00))
        yield DemoAccount(LOAN, "liability", "loan", "EUR", day, -self._scaled(48_000_00), None, 0)
        yield DemoAccount(TAX, "liability", "tax", "EUR", day)
        yield DemoAccount(WAGE_TAX, "liability", "tax", "EUR", day)
        yield DemoAccount(EQUIPMENT, "asset", "fixed_asset", "EUR", day, self._scaled(24_000_00), 0)
        for customer in _CUSTOMERS:
            yield DemoAccount(_owed_by(customer), "asset", "receivable", "EUR", day)

    # ------------------------------------------------------------------ what must come

    def must(self, month: Month) -> Iterator[Step]:
        """Go through wages, rent, what is due to banks and offices, and what customers pay."""
        due = len(self._unpaid) * 4 // 5
        yield Step(2, partial(self._bill, month, 1_650_00, ("Office", "Rent"), "Mill Yard Offices", "Rent"))
        for name in ("J. Castell", "M. Oyelaran", "S. Varga"):
            yield Step(27, partial(self._wage, month, name))
        yield from (Step(self.dice.between(3, 26), self._paid) for _ in range(due))
        yield Step(14, self._pay_card)
        yield Step(10, partial(self._pay_tax, WAGE_TAX, "Wage tax of the month before"))
        yield Step(20, self._pay_loan)
        yield Step(6, partial(self._heating, month))
        yield Step(4, partial(self._bill, month, 142_00, ("Insurance",), "Harbour Mutual", "Liability insurance"))
        yield Step(30, partial(self._bill, month, 18_50, ("Bank", "Fees"), "Merchants Bank", "Account fee"))
        yield Step(3, self._buy_dollars)
        for payee, words, minor in _SOFTWARE:
            yield Step(12, partial(self._software, month, payee, words, minor))
        yield Step(28, self._depreciate)
        yield Step(25, self._set_aside)
        yield from self._seasonal(month)

    def _seasonal(self, month: Month) -> Iterator[Step]:
        calendar_month = month.first.month
        if calendar_month in {1, 4, 7, 10}:
            yield Step(10, partial(self._pay_tax, TAX, "Sales tax of the quarter"))
        if calendar_month == 12:
            yield Step(15, partial(self._bill, month, 2_100_00, ("Staff", "Bonuses"), "Staff", "Christmas bonus"))
        if calendar_month == 3:
            yield Step(18, self._buy_equipment)
        if calendar_month in {6, 12}:
            yield Step(30, self._interest)

    # ------------------------------------------------------------------ what may come

    def may(self, month: Month, count: int) -> Iterator[Step]:
        """Write invoices, fewer in August, and buy what work needs; a few invoices are corrected."""
        share = {8: 26, 12: 34}.get(month.first.month, 42)
        dice = self.dice
        for _ in range(count):
            day = dice.between(1, 31)
            if not dice.percent(share):
                yield Step(day, partial(self._purchase, month))
            elif dice.percent(3):
                yield Step(day, self._credit_note)
            else:
                yield Step(day, partial(self._invoice, month))

    def _invoice(self, month: Month, on: date) -> DemoEvent:
        customer = self.dice.pick(_CUSTOMERS)
        category, words, typical = self.dice.pick(_WORK)
        net = self.grown(self.dice.around(typical), month, percent=3)
        tax = net // 5
        self._invoices += 1
        self._unpaid.append((customer, net + tax))
        words = f"Invoice {on:%Y}-{self._invoices:05}, {words.lower()}"
        return DemoSplit(on, _owed_by(customer), net + tax, ((category, net), (TAX, tax)), customer, words)

    def _credit_note(self, on: date) -> DemoEvent:
        """Take a part of an invoice back that was not paid yet."""
        if not self._unpaid:
            return self.windfall(on)
        customer, owed = self._unpaid.pop()
        net = max(1, owed * 5 // 6 // 10)
        tax = net // 5
        self._unpaid.append((customer, owed - net - tax))
        parts = ((("Sales", "Projects"), -net), (TAX, -tax)) if tax else ((("Sales", "Projects"), -net),)
        return DemoSplit(on, _owed_by(customer), -net - tax, parts, customer, "Credit note")

    def _paid(self, on: date) -> DemoEvent:
        if not self._unpaid:
            return self.windfall(on)
        customer, owed = self._unpaid.popleft()
        return DemoTransfer(on, _owed_by(customer), BANK, owed, None, customer, f"{customer}, payment of an invoice")

    def _purchase(self, month: Month, on: date) -> DemoEvent:
        category, account, payee, words, typical = _PURCHASES.pick(self.dice)
        net = self.grown(self.dice.around(typical), month, percent=2)
        if self.dice.percent(2):
            return DemoRecord(on, account, net, category, payee, f"{payee}, refund")
        return self._bought(on, account, net, category, payee, f"{payee}, {words.lower()}")

    def _bought(self, on: date, account: str, net: int, category: Path, payee: str, words: str) -> DemoEvent:
        """Pay a bill, whose tax the company gets back."""
        tax = net // 5
        paying = self.paying(net + tax, account, BANK, CARD)
        if paying is None:
            return self.windfall(on)
        parts = ((category, -net), (TAX, -tax)) if tax else ((category, -net),)
        return DemoSplit(on, paying, -net - tax, parts, payee, words)

    # ------------------------------------------------------------------ how each is made

    def _scaled(self, minor: int) -> int:
        return minor * max(100, (self.a_month - _MUST_A_MONTH) * 100 // _MAY_A_MONTH) // 100

    def _bill(self, month: Month, minor: int, category: Path, payee: str, words: str, on: date) -> DemoEvent:
        due = self._scaled(self.grown(minor, month, percent=2))
        if self.paying(due, BANK) is None:
            return self.windfall(on)
        return DemoRecord(on, BANK, -due, category, payee, f"{words} {on:%m/%Y}")

    def _heating(self, month: Month, on: date) -> DemoEvent:
        percent = {12: 200, 1: 220, 2: 200, 3: 140, 11: 140}.get(on.month, 40)
        return self._bill(month, 118_00 * percent // 100, ("Office", "Heating"), "City Heating", "Heating", on)

    def _wage(self, month: Month, name: str, on: date) -> DemoEvent:
        """Pay a wage; its tax is kept back, and owed to the tax office until next month."""
        gross = self._scaled(self.grown(3_150_00, month, percent=3))
        tax = gross * 28 // 100
        if self.paying(gross - tax, BANK) is None:
            return self.windfall(on)
        parts = ((("Staff", "Wages"), -gross), (WAGE_TAX, tax))
        return DemoSplit(on, BANK, tax - gross, parts, name, f"Wage {on:%m/%Y}, {name}")

    def _pay_tax(self, account: str, words: str, on: date) -> DemoEvent:
        source = RESERVE if self.balances.headroom(RESERVE) >= self.balances.owed(account) else BANK
        return self.moved(on, source, account, self.balances.owed(account), words)

    def _pay_card(self, on: date) -> DemoEvent:
        return self.moved(on, BANK, CARD, self.balances.owed(CARD), "Card statement")

    def _pay_loan(self, on: date) -> DemoEvent:
        owed = self.balances.owed(LOAN)
        interest, principal = owed * 5 // 1_200, min(owed, self._scaled(800_00))
        if interest == 0 or self.paying(principal + interest, BANK) is None:
            return self.moved(on, BANK, RESERVE, self._scaled(200_00), "Put aside")
        parts = ((LOAN, -principal), (("Bank", "Loan interest"), -interest))
        return DemoSplit(on, BANK, -principal - interest, parts, "Merchants Bank", f"Loan {on:%m/%Y}")

    def _buy_dollars(self, on: date) -> DemoEvent:
        euros = min(self._scaled(320_00), self.balances.headroom(BANK))
        if self.balances[DOLLARS] > 2 * self._scaled(320_00):
            return self.moved(on, BANK, RESERVE, self._scaled(100_00), "Put aside")
        if euros < 10_00:
            return self.windfall(on)
        rate = 10_800 + self.dice.between(-700, 700)
        return DemoTransfer(on, BANK, DOLLARS, euros, euros * rate // 10_000, "", "Dollars for software")

    def _software(self, month: Month, payee: str, words: str, minor: int, on: date) -> DemoEvent:
        due = min(self._scaled(self.grown(minor, month, percent=2)), self.balances.headroom(DOLLARS))
        if due <= 0:
            return self.windfall(on)
        return DemoRecord(on, DOLLARS, -due, ("Software",), payee, f"{payee}, {words.lower()} {on:%m/%Y}")

    def _set_aside(self, on: date) -> DemoEvent:
        """Put the tax that was collected, and what the next month does not need, into the reserve."""
        wanted = self.balances.owed(TAX) - self.balances[RESERVE] // 2
        return self.moved(on, BANK, RESERVE, max(wanted // 100_00 * 100_00, 100_00), "Tax put aside")

    def _buy_equipment(self, on: date) -> DemoEvent:
        return self.moved(on, BANK, EQUIPMENT, self._scaled(5_200_00), "New machines")

    def _depreciate(self, on: date) -> DemoEvent:
        minor = max(1, self.balances[EQUIPMENT] // 48)
        if self.paying(minor, EQUIPMENT) is None:
            return self.windfall(on)
        return DemoRecord(on, EQUIPMENT, -minor, ("Depreciation",), "", f"Depreciation {on:%m/%Y}")

    def _interest(self, on: date) -> DemoEvent:
        minor = max(1, self.balances[RESERVE] // 100)
        return DemoRecord(on, RESERVE, minor, ("Interest",), "Merchants Bank", "Interest of the half year")

    def windfall(self, on: date) -> DemoRecord:
        """Sell something small that is paid at once."""
        minor = self._scaled(self.dice.around(240_00))
        return DemoRecord(on, BANK, minor, ("Sales", "Small sales"), "Walk-in customer", "Small sale, paid at once")


def _owed_by(customer: str) -> str:
    return f"Owed by {customer}"

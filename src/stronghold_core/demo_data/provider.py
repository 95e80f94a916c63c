"""An internet provider: thousands of customers, each with an account for what they owe, invoiced every month."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

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
TAX: Final = "Sales tax"
NETWORK: Final = "Network"

_MUST_A_MONTH: Final = 16
_EVENTS_OF_A_CUSTOMER: Final = 220
"""How many events a hundred customers make in a month: invoices and payments, and a few of other kinds."""

_GIVEN: Final = (
    *("Amara", "Bela", "Chiara", "Dario", "Elif", "Farid", "Greta", "Hanno", "Ilse", "Jonas", "Kaya", "Levi"),
    *("Mira", "Nils", "Oona", "Pavel", "Rosa", "Sami", "Tilda", "Umberto", "Vera", "Wim", "Yara", "Zeno"),
)
_FAMILY: Final = (
    *("Abendrot", "Bergström", "Castellan", "Dovic", "Elmgrove", "Fjellman", "Garrow", "Hollin", "Iversund"),
    *("Jarnik", "Kestner", "Lindqvold", "Marchetto", "Norbury", "Oakden", "Petrosk", "Quintero", "Rosmarin"),
    *("Solheim", "Talvik", "Underwald", "Vasquin", "Westerby", "Yelland", "Zimmerlin"),
)


class _Plan(NamedTuple):
    """What a customer has subscribed to."""

    name: str
    category: Path
    minor: int
    """The monthly price without tax."""


_PLANS: Final = (
    *[_Plan("Home 100", ("Subscriptions", "Home"), 24_90)] * 5,
    *[_Plan("Home 250", ("Subscriptions", "Home"), 32_90)] * 3,
    _Plan("Home 1000", ("Subscriptions", "Home"), 49_90),
    _Plan("Business 500", ("Subscriptions", "Business"), 89_00),
)
_EXTRAS: Final = (
    (("One-off sales", "Routers"), "Router", 74_00),
    (("One-off sales", "Installation"), "Installation visit", 49_00),
    (("One-off sales", "Static addresses"), "Static address, one year", 30_00),
)


class _Customer(NamedTuple):
    """Somebody with a line."""

    account: str
    name: str
    plan: _Plan


class Provider(Story):
    """The books of an internet provider."""

    purse = BANK
    categories = {  # noqa: RUF012 - never changed
        "income": [
            ("Subscriptions",),
            *(("Subscriptions", name) for name in ("Home", "Business")),
            ("One-off sales",),
            *(("One-off sales", name) for name in ("Routers", "Installation", "Static addresses")),
            ("Late fees",),
            ("Interest",),
        ],
        "expense": [
            ("Network",),
            *(("Network", name) for name in ("Bandwidth", "Masts and ducts", "Electricity", "Depreciation")),
            ("Staff",),
            *(("Staff", name) for name in ("Wages", "Bonuses")),
            ("Offices",),
            ("Software",),
            ("Payment fees",),
            ("Goodwill",),
            ("Bad debts",),
        ],
    }

    def __init__(self, dice: Dice, *, first: date, a_month: int) -> None:
        super().__init__(dice, first=first, a_month=a_month)
        self._customers: list[_Customer] = []
        self._late: list[_Customer] = []
        """Those who did not pay last month."""
        self._next_late: list[_Customer] = []
        self._joined = self._invoices = 0

    def accounts(self) -> Iterable[DemoAccount]:
        """Return bank, card, the network and what is owed to the tax office; customers join later."""
        day = self.first
        yield DemoAccount(BANK, "asset", "checking", "EUR", day, self._scaled(24_000_00), 0)
        yield DemoAccount(RESERVE, "asset", "savings", "EUR", day, self._scaled(2_000_00), 0)
        yield DemoAccount(DOLLARS, "asset", "checking", "USD", day, 1_000_00, 0)
        yield DemoAccount(CARD, "liability", "credit_card", "EUR", day, 0, -self._scaled(6_000_00))
        yield DemoAccount(TAX, "liability", "tax", "EUR", day)
        yield DemoAccount(NETWORK, "asset", "fixed_asset", "EUR", day, self._scaled(60_000_00), 0)

    def joining(self, month: Month, count: int) -> Iterable[DemoAccount]:
        """Win as many customers as a month of *count* events needs; one in a hundred leaves."""
        for _ in range(len(self._customers) // 100):
            self._customers.pop(self.dice.between(0, len(self._customers) - 1))
        wanted = max(1, (count - _MUST_A_MONTH) * 100 // _EVENTS_OF_A_CUSTOMER)
        for _ in range(wanted - len(self._customers)):
            self._joined += 1
            name = f"{self.dice.pick(_GIVEN)} {self.dice.pick(_FAMILY)}"
            account = f"Customer {self._joined:06}"
            self._customers.append(_Customer(account, name, self.dice.pick(_PLANS)))
            yield DemoAccount(account, "asset", "receivable", "EUR", month.first)

    # ------------------------------------------------------------------ what must come

    def must(self, month: Month) -> Iterator[Step]:
        """Go through what the network and its people cost, then the invoices and what is paid of them."""
        yield Step(27, partial(self._bill, month, 2_500_00, ("Staff", "Wages"), "Staff", "Wages"))
        yield Step(8, partial(self._bandwidth, month))
        yield Step(5, partial(self._bill, month, 620_00, ("Network", "Masts and ducts"), "Ductworks Union", "Ducts"))
        yield Step(9, partial(self._bill, month, 480_00, ("Network", "Electricity"), "Evenwind Energy", "Electricity"))
        yield Step(2, partial(self._bill, month, 540_00, ("Offices",), "Mill Yard Offices", "Rent"))
        yield Step(30, partial(self._bill, month, 96_00, ("Payment fees",), "Clearing House", "Direct debits"))
        yield Step(6, self._buy_dollars)
        yield Step(14, partial(self._software, month))
        yield Step(21, self._pay_card)
        yield Step(28, self._depreciate)
        yield Step(26, self._set_aside)
        if month.first.month in {1, 4, 7, 10}:
            yield Step(10, self._pay_tax)
        if month.first.month == 12:
            yield Step(15, partial(self._bill, month, 2_600_00, ("Staff", "Bonuses"), "Staff", "Christmas bonus"))
        if month.first.month in {3, 9}:
            yield Step(18, self._extend)
        yield from self._subscriptions(month)

    def _subscriptions(self, month: Month) -> Iterator[Step]:
        self._late, self._next_late = self._next_late, []
        behind = {customer.account for customer in self._late}
        for customer in self._late:
            # Most pay after a reminder; of the others the debt is written off.
            yield Step(4, partial(self._remind, customer))
            yield Step(12, partial(self._settle if self.dice.percent(92) else self._write_off, customer))
        for customer in self._customers:
            yield Step(1, partial(self._invoice, month, customer))
            chance = self.dice.between(1, 100)
            if customer.account in behind:
                # What they pay after the reminder is all that they owe by then.
                continue
            if chance <= 94:
                yield Step(self.dice.between(5, 24), partial(self._settle, customer))
            else:
                self._next_late.append(customer)
            if chance <= 2:
                yield Step(25, partial(self._goodwill, customer))

    # ------------------------------------------------------------------ what may come

    def may(self, month: Month, count: int) -> Iterator[Step]:
        """Sell routers and visits, and buy what technicians need."""
        for _ in range(count):
            make = self._purchase if self.dice.percent(30) else self._extra
            yield Step(self.dice.between(1, 31), partial(make, month))

    def _extra(self, month: Month, on: date) -> DemoEvent:
        category, words, typical = self.dice.pick(_EXTRAS)
        net = self.grown(typical, month, percent=2)
        parts = ((category, net), (TAX, net // 5))
        return DemoSplit(on, BANK, net + net // 5, parts, self.dice.pick(_FAMILY), f"{words}, paid by card")

    def _purchase(self, month: Month, on: date) -> DemoEvent:
        net = self.grown(self.dice.around(38_00), month, percent=2)
        account = self.paying(net + net // 5, CARD, BANK)
        if account is None:
            return self.windfall(on)
        parts = ((("Network", "Masts and ducts"), -net), (TAX, -(net // 5)))
        return DemoSplit(on, account, -net - net // 5, parts, "Hardware Hall", "Hardware Hall, cables and clamps")

    # ------------------------------------------------------------------ customers

    def _invoice(self, month: Month, customer: _Customer, on: date) -> DemoEvent:
        net = self.grown(customer.plan.minor, month, percent=2)
        tax = net // 5
        self._invoices += 1
        words = f"Invoice {self._invoices:08}, {customer.plan.name} {on:%m/%Y}"
        parts = ((customer.plan.category, net), (TAX, tax))
        return DemoSplit(on, customer.account, net + tax, parts, customer.name, words)

    def _settle(self, customer: _Customer, on: date) -> DemoEvent:
        owed = self.balances[customer.account]
        if owed <= 0:
            return self.windfall(on)
        return DemoTransfer(on, customer.account, BANK, owed, None, customer.name, "Direct debit")

    def _remind(self, customer: _Customer, on: date) -> DemoEvent:
        return DemoRecord(on, customer.account, 5_00, ("Late fees",), customer.name, "Reminder, late fee")

    def _write_off(self, customer: _Customer, on: date) -> DemoEvent:
        owed = self.balances[customer.account]
        if owed <= 0:
            return self.windfall(on)
        return DemoRecord(on, customer.account, -owed, ("Bad debts",), customer.name, "Debt written off")

    def _goodwill(self, customer: _Customer, on: date) -> DemoEvent:
        """Give money back after an outage."""
        minor = self.dice.between(4, 12) * 1_00
        if self.paying(minor, BANK) is None:
            return self.windfall(on)
        return DemoRecord(on, BANK, -minor, ("Goodwill",), customer.name, "Refund after an outage")

    # ------------------------------------------------------------------ how each is made

    def _scaled(self, minor: int) -> int:
        """Make an amount fit the number of customers; what is written here is for a hundred and fifty."""
        return minor * max(10, (self.a_month - _MUST_A_MONTH) * 10_000 // _EVENTS_OF_A_CUSTOMER // 150) // 100

    def _bill(self, month: Month, minor: int, category: Path, payee: str, words: str, on: date) -> DemoEvent:
        due = max(1, self._scaled(self.grown(minor, month, percent=2)))
        due = due * self._size() // 100
        if due == 0 or self.paying(due, BANK) is None:
            return self.windfall(on)
        return DemoRecord(on, BANK, -due, category, payee, f"{words} {on:%m/%Y}")

    def _size(self) -> int:
        """How large the network is, in percent of what it is on average: costs grow with the customers."""
        average = max(1, (self.a_month - _MUST_A_MONTH) * 100 // _EVENTS_OF_A_CUSTOMER)
        return max(20, len(self._customers) * 100 // average)

    def _bandwidth(self, month: Month, on: date) -> DemoEvent:
        percent = {12: 115, 1: 112, 7: 92, 8: 92}.get(on.month, 100)
        minor = 610_00 * percent // 100
        return self._bill(month, minor, ("Network", "Bandwidth"), "Transit Exchange North", "Bandwidth", on)

    def _buy_dollars(self, on: date) -> DemoEvent:
        euros = min(self._scaled(140_00), self.balances.headroom(BANK))
        if euros < 1_00:
            return self.windfall(on)
        rate = 10_800 + self.dice.between(-700, 700)
        return DemoTransfer(on, BANK, DOLLARS, euros, euros * rate // 10_000, "", "Dollars for software")

    def _software(self, month: Month, on: date) -> DemoEvent:
        due = min(self._scaled(self.grown(130_00, month, percent=2)), self.balances.headroom(DOLLARS))
        if due <= 0:
            return self.windfall(on)
        return DemoRecord(on, DOLLARS, -due, ("Software",), "Cloudspire", f"Cloudspire, hosting {on:%m/%Y}")

    def _pay_card(self, on: date) -> DemoEvent:
        return self.moved(on, BANK, CARD, self.balances.owed(CARD), "Card statement")

    def _pay_tax(self, on: date) -> DemoEvent:
        source = RESERVE if self.balances.headroom(RESERVE) >= self.balances.owed(TAX) else BANK
        return self.moved(on, source, TAX, self.balances.owed(TAX), "Sales tax of the quarter")

    def _set_aside(self, on: date) -> DemoEvent:
        wanted = self.balances.owed(TAX) - self.balances[RESERVE] // 2
        return self.moved(on, BANK, RESERVE, max(wanted // 100_00 * 100_00, 10_00), "Tax put aside")

    def _extend(self, on: date) -> DemoEvent:
        return self.moved(on, BANK, NETWORK, self._scaled(4_000_00), "New cabinets and fibre")

    def _depreciate(self, on: date) -> DemoEvent:
        minor = max(1, self.balances[NETWORK] // 120)
        if self.paying(minor, NETWORK) is None:
            return self.windfall(on)
        return DemoRecord(on, NETWORK, -minor, ("Network", "Depreciation"), "", f"Depreciation {on:%m/%Y}")

    def windfall(self, on: date) -> DemoRecord:
        """Sell a router over the counter."""
        return DemoRecord(on, BANK, 89_00, ("One-off sales", "Routers"), "Walk-in customer", "Router, paid in cash")

"""What the auditor knows of one tenant: a list of entries, and what they hang on.

Balances, versions, totals and figures are not kept but worked out from the entries whenever somebody asks, so there is
nothing here that could be out of step with them. Values are immutable; a copy of the containers is a copy of the books.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple, Self
from zoneinfo import ZoneInfo

from tests.support.auditor.wishes import MAX_MINOR

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

UNCATEGORISED: Final = "Uncategorised"


class Head(NamedTuple):
    """Stands for an account that is opened when it is first needed."""

    purpose: str
    category: UUID | str | None
    """The category; its kind for the default one that is not there yet; none for trading and opening balances."""
    currency: str


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account; its limits in minor units."""

    id: UUID
    name: str
    type: str
    currency: str
    purpose: str = "own"
    category: UUID | None = None
    low: int | None = None
    high: int | None = None
    is_open: bool = True

    @property
    def is_chained(self) -> bool:
        """Whether each entry carries balance and version."""
        return self.type in {"asset", "liability"}


@dataclass(frozen=True, kw_only=True)
class Category:
    """A category."""

    id: UUID
    name: str
    kind: str
    parent: UUID | None = None
    is_open: bool = True


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of a transaction."""

    transaction: UUID
    line: int
    account: UUID
    minor: int
    day: date
    recorded_at: datetime
    version: int | None
    after: int | None


@dataclass(frozen=True, kw_only=True)
class Transaction:
    """A transaction without its lines."""

    id: UUID
    kind: str
    day: date
    description: str | None
    payee: str | None
    note: str | None
    reference: str | None
    reverses: UUID | None
    recorded_at: datetime


class Sides(NamedTuple):
    """Debits, credits, the size of the largest entry, and the number of entries."""

    debit: int
    credit: int
    largest: int
    entries: int


class KeptWish(NamedTuple):
    """What was asked under an idempotency key, and what it led to."""

    says: dict[str, object]
    transaction: UUID


@dataclass(kw_only=True)
class AuditorsBooks:
    """One tenant's books as the auditor keeps them."""

    tenant: UUID
    base: str
    time_zone: str
    days_ahead: int
    max_entries: int = 1_000
    max_drafts: int = 10_000
    max_depth: int = 8
    accounts: dict[UUID, Account] = field(default_factory=dict)
    heads: dict[Head, UUID] = field(default_factory=dict)
    categories: dict[UUID, Category] = field(default_factory=dict)
    defaults: dict[str, UUID] = field(default_factory=dict)
    """The category of each kind that has taken what nobody categorised; it goes on to, whatever its name."""
    transactions: dict[UUID, Transaction] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    keys: dict[tuple[str, str], KeptWish] = field(default_factory=dict)
    events: int = 0
    """How many commands the audit log must show."""

    def copy(self) -> Self:
        """Return books that may go their own way."""
        containers = ("accounts", "heads", "categories", "defaults", "transactions", "entries", "keys")
        return replace(self, **{name: getattr(self, name).copy() for name in containers})

    # ------------------------------------------------------------------ looking up

    def today(self, now: datetime) -> date:
        """Return the calendar day it is for the tenant."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()

    def currency_of(self, account: UUID) -> str:
        """Return an account's currency; of an account that is not there, any."""
        return self.accounts[account].currency if account in self.accounts else self.base

    def entries_of(self, account: UUID) -> list[Entry]:
        """Return an account's entries in posting order."""
        return [entry for entry in self.entries if entry.account == account]

    def lines_of(self, transaction: UUID) -> list[Entry]:
        """Return a transaction's entries."""
        return [entry for entry in self.entries if entry.transaction == transaction]

    def net_of(self, transaction: UUID) -> dict[UUID, int]:
        """Add a transaction's entries up by account; what cancels out is left out."""
        net: dict[UUID, int] = {}
        for entry in self.lines_of(transaction):
            net[entry.account] = net.get(entry.account, 0) + entry.minor
        return {account: minor for account, minor in net.items() if minor}

    def reversal_of(self, transaction: UUID) -> UUID | None:
        """Return what reverses a transaction."""
        return next((one.id for one in self.transactions.values() if one.reverses == transaction), None)

    def default_category(self, kind: str) -> UUID | None:
        """Return the category for what nobody categorised: the one that took it before, else one of that name."""
        if kind in self.defaults:
            return self.defaults[kind]
        wanted = (UNCATEGORISED, kind, None)
        found = (one.id for one in self.categories.values() if (one.name, one.kind, one.parent) == wanted)
        return next(found, None)

    def own_accounts(self) -> list[Account]:
        """Return the accounts that the tenant opened."""
        return [account for account in self.accounts.values() if account.purpose == "own"]

    # ------------------------------------------------------------------ working out

    def balance(self, account: UUID) -> int:
        """Add up all entries."""
        return sum(entry.minor for entry in self.entries_of(account))

    def balance_on(self, account: UUID, day: date) -> int:
        """Add up what is dated on *day* or before."""
        return sum(entry.minor for entry in self.entries_of(account) if entry.day <= day)

    def balance_recorded_at(self, account: UUID, instant: datetime) -> int:
        """Add up what was recorded by then."""
        return sum(entry.minor for entry in self.entries_of(account) if entry.recorded_at <= instant)

    def history(self, account: UUID) -> list[tuple[Entry, int]]:
        """Return the entries, the latest business date first, each with the balance after it in that order."""
        running, rows = 0, []
        for entry in sorted(self.entries_of(account), key=lambda one: (one.day, one.transaction.bytes, one.line)):
            running += entry.minor
            rows.append((entry, running))
        return rows[::-1]

    def totals(self, *, by_month: bool) -> dict[tuple[UUID, date], Sides]:
        """Add up debits and credits by account and day, or month."""
        sums: dict[tuple[UUID, date], Sides] = {}
        for entry in self.entries:
            key = (entry.account, entry.day.replace(day=1) if by_month else entry.day)
            debit, credit, largest, count = sums.get(key, Sides(0, 0, 0, 0))
            debit, credit = debit + max(entry.minor, 0), credit + max(-entry.minor, 0)
            sums[key] = Sides(debit, credit, max(largest, abs(entry.minor)), count + 1)
        return sums

    def totals_overflow(self) -> bool:
        """Tell whether some total is past 63 bits."""
        return any(
            max(sides.debit, sides.credit) > MAX_MINOR
            for by_month in (False, True)
            for sides in self.totals(by_month=by_month).values()
        )

    def net_worth(self) -> dict[str, tuple[int, int]]:
        """Return assets and liabilities, both signed as in the ledger, of each currency that has such accounts."""
        worth: dict[str, tuple[int, int]] = {}
        for account in self.accounts.values():
            if account.is_chained:
                assets, liabilities = worth.get(account.currency, (0, 0))
                balance = self.balance(account.id)
                is_asset = account.type == "asset"
                owned, owed = (balance, 0) if is_asset else (0, balance)
                worth[account.currency] = (assets + owned, liabilities + owed)
        return worth

    def flows(self, first: date, last: date) -> dict[tuple[UUID, str], int]:
        """Return what each category moved from *first* to *last*, per currency, signed as people read it."""
        flows: dict[tuple[UUID, str], int] = {}
        for entry in self.entries:
            account = self.accounts[entry.account]
            if account.category is not None and first <= entry.day <= last:
                key = (account.category, account.currency)
                minor = -entry.minor if account.type == "income" else entry.minor
                flows[key] = flows.get(key, 0) + minor
        return flows

    def flow_of(self, kind: str, currency: str, first: date, last: date) -> int:
        """Add up the flows of all categories of one kind."""
        flows = self.flows(first, last).items()
        wanted = (kind, currency)
        return sum(minor for (head, code), minor in flows if (self.categories[head].kind, code) == wanted)


def savings_rate(income: int, expenses: int) -> Fraction | None:
    """Return the share of income that was not spent, rounded to four decimals, half to even."""
    return Fraction(round(Fraction(income - expenses, income) * 10_000), 10_000) if income > 0 else None

"""What dashboards show. Currencies stand side by side and are never added."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from stronghold_core.exports.rules import csv_line
from stronghold_core.figures.records import (
    AccountBalance,
    CategoryFlow,
    CategoryNode,
    Flow,
    Movement,
    NetWorth,
    NetWorthPoint,
)
from stronghold_core.ids import TenantId
from stronghold_core.ledger.posting.records import TransactionRecord
from stronghold_core.money import Money
from stronghold_core.periods import Step

Row = tuple[object, ...]
"""The cells of one row of a table; None is empty."""


class Answer(BaseModel, ABC):
    """What every answer of a dashboard says about itself."""

    model_config = ConfigDict(frozen=True)

    columns: ClassVar[tuple[str, ...]]
    """The headings of the answer as a table."""

    tenant_id: TenantId
    tenant_name: str
    computed_at: datetime
    fingerprint: str | None
    """As long as it is the same for the same question, so is the answer, in every process: an HTTP ETag. None in a unit
    that may see what is not committed."""

    @abstractmethod
    def rows(self) -> Iterator[Row]:
        """Give the answer as the rows of a table under `columns`; amounts as `Money`."""

    def csv(self) -> str:
        """Write the answer as CSV: amounts as plain decimals, and no cell that a spreadsheet would calculate."""
        lines = [self.columns, *self.rows()]
        return "".join(csv_line(map(_cell, line)) for line in lines)


class AnswerOfDays(Answer, ABC):
    """An answer about some days."""

    first: date
    """The first day of the period."""
    last: date
    """The last day of the period."""


def _cell(value: object) -> str | None:
    if isinstance(value, Money):
        return f"{value.amount:f}"
    return None if value is None else str(value)


# ------------------------------------------------------------------ overview


class CurrencyOverview(BaseModel):
    """Everything in one currency."""

    model_config = ConfigDict(frozen=True)

    currency: str
    net_worth: NetWorth
    income: Money
    """What came in within the period."""
    expenses: Money
    """What was spent within the period, net of refunds."""
    savings: Money
    """Income less expenses."""
    savings_rate: Decimal | None
    """Savings as a share of income, to four decimals; none without income."""
    categories: tuple[CategoryFlow, ...]
    """What the period's money was for, the largest first within income and expenses."""
    cash_flow: tuple[Flow, ...]
    """The twelve whole months up to the one in which the period ends."""


class Overview(AnswerOfDays):
    """The one page that answers: how do we stand?"""

    currencies: tuple[CurrencyOverview, ...]
    """The base currency first, the others by code."""
    accounts: tuple[AccountBalance, ...]
    """The asset and liability accounts by name, without those that are closed and empty; at most a hundred."""
    latest: tuple[TransactionRecord, ...]
    """The latest transactions, whatever the period."""

    columns = (
        *("currency", "assets", "liabilities", "net worth"),
        *("income", "expenses", "savings", "savings rate"),
    )

    def rows(self) -> Iterator[Row]:
        """Give a row for each currency."""
        for one in self.currencies:
            worth = one.net_worth
            yield (
                *(one.currency, worth.assets, worth.liabilities, worth.net),
                *(one.income, one.expenses, one.savings, one.savings_rate),
            )


# ------------------------------------------------------------------ summary


class Trend(BaseModel):
    """An amount, beside what it was in the period before."""

    model_config = ConfigDict(frozen=True)

    now: Money
    before: Money
    difference: Money
    """Now less before."""
    change: Decimal | None
    """The difference as a share of what it was, to four decimals; none where that was not positive."""


class Health(BaseModel):
    """How soundly the tenant stands in one currency. Each ratio is none where its divisor is not positive."""

    model_config = ConfigDict(frozen=True)

    savings_rate: Decimal | None
    """What share of the period's income was not spent, to four decimals."""
    liquid: Money
    """What checking and savings accounts and cash hold together."""
    monthly_expenses: Money
    """The mean of the three whole months before the one that the figures are of, rounded down to the minor unit."""
    months_covered: Decimal | None
    """How many such months the liquid money lasts, to two decimals."""
    debt_to_assets: Decimal | None
    """What is owed as a share of what is owned, to four decimals."""


class CurrencySummary(BaseModel):
    """The headline figures of one currency."""

    model_config = ConfigDict(frozen=True)

    currency: str
    assets: Money
    liabilities: Money
    net_worth: Trend
    """Beside the day before the period."""
    income: Trend
    expenses: Trend
    savings: Trend
    health: Health


class Summary(AnswerOfDays):
    """The headline figures, each beside the period before."""

    previous_first: date
    """The period before: as many whole months, if the period consists of such; else as many days."""
    previous_last: date
    currencies: tuple[CurrencySummary, ...]
    """The base currency first, the others by code."""

    columns = ("currency", "figure", "now", "before", "difference", "change")

    def rows(self) -> Iterator[Row]:
        """Give a row for each currency and figure; those without a period before have only what they are now."""
        for one in self.currencies:
            for name in ("assets", "liabilities"):
                yield one.currency, name, getattr(one, name), None, None, None
            for name in ("net_worth", "income", "expenses", "savings"):
                found: Trend = getattr(one, name)
                yield one.currency, name.replace("_", " "), found.now, found.before, found.difference, found.change
            for name, value in one.health:
                yield one.currency, name.replace("_", " "), value, None, None, None


# ------------------------------------------------------------------ parts


class AccountBoard(Answer):
    """What each asset and liability account holds."""

    as_of: date | None
    """At the end of which day; none for everything that is booked."""
    totals: tuple[NetWorth, ...]
    """Of all accounts, also those that are not listed: one a currency, the base currency first, the others by code."""
    accounts: tuple[AccountBalance, ...]
    """By name, without those that are closed and empty."""
    has_more: bool
    """Whether there are more than are listed."""

    columns = ("id", "name", "type", "subtype", "status", "currency", "balance")

    def rows(self) -> Iterator[Row]:
        """Give a row for each account that is listed."""
        for one in self.accounts:
            yield one.id, one.name, one.type, one.subtype, one.status, one.balance.currency.code, one.balance


class CurrencyMovements(BaseModel):
    """The largest movements in one currency."""

    model_config = ConfigDict(frozen=True)

    currency: str
    largest: tuple[Movement, ...]


class TransactionBoard(AnswerOfDays):
    """What moved most, and what moved last."""

    currencies: tuple[CurrencyMovements, ...]
    """The largest single amounts on categories within the period; the base currency first, the others by code."""
    latest: tuple[TransactionRecord, ...]
    """The latest transactions, whatever the period."""

    columns = ("currency", "date", "kind", "category", "amount", "payee", "description", "transaction")

    def rows(self) -> Iterator[Row]:
        """Give a row for each of the largest movements."""
        for found in self.currencies:
            for one in found.largest:
                yield (
                    *(found.currency, one.effective_date, one.kind, one.category, one.amount),
                    *(one.payee, one.description, one.transaction_id),
                )


class BudgetBoard(AnswerOfDays):
    """How the budgets stand. There are none yet, so there are no lines."""

    lines: tuple[()]

    columns = ("currency", "line", "amount", "spent", "remaining")

    def rows(self) -> Iterator[Row]:
        """Give a row for each line."""
        yield from self.lines


class CurrencyCashFlow(BaseModel):
    """Income and expenses in one currency."""

    model_config = ConfigDict(frozen=True)

    currency: str
    total: Flow
    """Of the whole period."""
    parts: tuple[Flow, ...]
    """In order; those without anything as well."""


class CashFlow(AnswerOfDays):
    """Income and expenses, part by part."""

    step: Step
    currencies: tuple[CurrencyCashFlow, ...]
    """The base currency first, the others by code."""

    columns = ("currency", "first", "last", "income", "expenses", "savings")

    def rows(self) -> Iterator[Row]:
        """Give a row for each currency and part."""
        for one in self.currencies:
            for part in one.parts:
                yield one.currency, part.first, part.last, part.income, part.expenses, part.savings


class CurrencyNetWorth(BaseModel):
    """What was owned and owed in one currency."""

    model_config = ConfigDict(frozen=True)

    currency: str
    points: tuple[NetWorthPoint, ...]
    """At the end of each part of the period, in order."""


class NetWorthSeries(AnswerOfDays):
    """How net worth went."""

    step: Step
    currencies: tuple[CurrencyNetWorth, ...]
    """The base currency first, the others by code."""

    columns = ("currency", "day", "assets", "liabilities", "net worth")

    def rows(self) -> Iterator[Row]:
        """Give a row for each currency and part."""
        for one in self.currencies:
            for point in one.points:
                yield one.currency, point.day, point.assets, point.liabilities, point.net


class CurrencyCategories(BaseModel):
    """What money came in and went out for, in one currency."""

    model_config = ConfigDict(frozen=True)

    currency: str
    total: Flow
    """Of the whole period."""
    income: tuple[CategoryNode, ...]
    """The roots of the tree, the largest first."""
    expenses: tuple[CategoryNode, ...]


class CategoryBreakdown(AnswerOfDays):
    """What money came in and went out for, each category with those below it."""

    currencies: tuple[CurrencyCategories, ...]
    """The base currency first, the others by code."""

    columns = ("currency", "kind", "category", "own", "total", "share", "id")

    def rows(self) -> Iterator[Row]:
        """Give a row for each currency and category, named with those above it: ``Living/Food``."""
        for one in self.currencies:
            for node, path in with_paths((*one.income, *one.expenses)):
                yield one.currency, node.kind, "/".join(path), node.own, node.total, node.share, node.category_id


def with_paths(
    nodes: tuple[CategoryNode, ...], above: tuple[str, ...] = ()
) -> Iterator[tuple[CategoryNode, tuple[str, ...]]]:
    """Go through a tree from its roots, each node before those below it, with the names that lead to it."""
    for node in nodes:
        path = (*above, node.name)
        yield node, path
        yield from with_paths(node.children, path)

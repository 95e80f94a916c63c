"""What figures return: always one currency a record, signed as people read it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from stronghold_core.ids import AccountId, CategoryId, TransactionId
from stronghold_core.ledger.accounts.records import AccountStatus, AccountType
from stronghold_core.ledger.categories.records import CategoryKind
from stronghold_core.money import Money


class NetWorth(BaseModel):
    """What the tenant owns and owes in one currency."""

    model_config = ConfigDict(frozen=True)

    assets: Money
    liabilities: Money
    """What is owed: positive."""
    net: Money


class NetWorthPoint(NetWorth):
    """The same, at the end of a day."""

    day: date


class AccountBalance(BaseModel):
    """An asset or liability account and what it holds, now or at the end of a day."""

    model_config = ConfigDict(frozen=True)

    id: AccountId
    name: str
    type: AccountType
    subtype: str
    status: AccountStatus
    """Its status now, whatever the day."""
    balance: Money
    """Signed as in the ledger: debit positive, so what is owed is negative."""


class Flow(BaseModel):
    """What came in and what was spent within some days, in one currency."""

    model_config = ConfigDict(frozen=True)

    first: date
    last: date
    income: Money
    expenses: Money
    """Spending net of refunds: positive."""
    savings: Money
    """Income less expenses."""


class CategoryFlow(BaseModel):
    """What came in or went out under one category, itself only, in one currency."""

    model_config = ConfigDict(frozen=True)

    category_id: CategoryId
    name: str
    kind: CategoryKind
    parent_id: CategoryId | None
    amount: Money
    """Positive: income that came, or spending net of refunds."""


class CategoryNode(BaseModel):
    """A category among its own: what it moved itself, and with everything below it."""

    model_config = ConfigDict(frozen=True)

    category_id: CategoryId
    name: str
    kind: CategoryKind
    own: Money
    """Under the category itself."""
    total: Money
    """With the categories below it."""
    share: Decimal | None
    """The total as a share of all income, or of all expenses, to four decimals; none where these are not positive."""
    children: tuple[CategoryNode, ...]
    """The largest total first."""


class Movement(BaseModel):
    """A single amount that came in or was spent, and for what."""

    model_config = ConfigDict(frozen=True)

    transaction_id: TransactionId
    effective_date: date
    description: str | None
    payee: str | None
    category_id: CategoryId
    category: str
    kind: CategoryKind
    amount: Money
    """Positive: income that came, or spending. Negative: income paid back, or a refund."""

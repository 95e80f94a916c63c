"""What figures return: always one currency a record, signed as people read it."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict

from stronghold_core.ids import CategoryId
from stronghold_core.ledger.categories.records import CategoryKind
from stronghold_core.money import Money


class NetWorth(BaseModel):
    """What the tenant owns and owes in one currency."""

    model_config = ConfigDict(frozen=True)

    assets: Money
    liabilities: Money
    """What is owed: positive."""
    net: Money


class CategoryFlow(BaseModel):
    """What came in or went out under one category, itself only, in one currency."""

    model_config = ConfigDict(frozen=True)

    category_id: CategoryId
    name: str
    kind: CategoryKind
    parent_id: CategoryId | None
    """The category above it, so that whoever shows a tree can add up."""
    amount: Money
    """Positive: income that came, or spending net of refunds."""


class MonthFlow(BaseModel):
    """What came in and went out in one calendar month, in one currency."""

    model_config = ConfigDict(frozen=True)

    month: date
    """The first day of the month."""
    income: Money
    expenses: Money
    """Spending net of refunds: positive."""

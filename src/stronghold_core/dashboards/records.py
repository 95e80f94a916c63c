"""What dashboards show. Currencies stand side by side and are never added."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from stronghold_core.figures.records import CategoryFlow, MonthFlow, NetWorth
from stronghold_core.ids import TenantId
from stronghold_core.ledger.accounts.records import AccountRecord
from stronghold_core.ledger.posting.records import TransactionRecord
from stronghold_core.money import Money


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
    cash_flow: tuple[MonthFlow, ...]
    """The last twelve months up to the period's end."""


class Overview(BaseModel):
    """The one page that answers: how do we stand?"""

    model_config = ConfigDict(frozen=True)

    tenant_id: TenantId
    tenant_name: str
    computed_at: datetime
    first: date
    """The first day of the period."""
    last: date
    """The last day of the period."""
    currencies: tuple[CurrencyOverview, ...]
    """The base currency first, the others by code."""
    accounts: tuple[AccountRecord, ...]
    """The open asset and liability accounts by name; at most a hundred."""
    latest: tuple[TransactionRecord, ...]
    """The latest transactions, whatever the period."""

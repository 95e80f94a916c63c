"""The ledger's tables as read-only selectables, for figures that join them. Nothing outside the ledger writes them."""

from __future__ import annotations

from stronghold_core.db import table_of
from stronghold_core.ledger.accounts.models import Account
from stronghold_core.ledger.categories.models import Category
from stronghold_core.ledger.posting.models import DayTotal, Entry, MonthTotal, Transaction

account = table_of(Account)
category = table_of(Category)
day_total = table_of(DayTotal)
entry = table_of(Entry)
month_total = table_of(MonthTotal)
transaction = table_of(Transaction)

__all__ = ["account", "category", "day_total", "entry", "month_total", "transaction"]

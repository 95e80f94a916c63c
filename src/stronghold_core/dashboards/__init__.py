"""Dashboards: the figures people look at every day."""

from __future__ import annotations

from stronghold_core.dashboards.cache import AnswerCache, CacheStatistics
from stronghold_core.dashboards.records import (
    AccountBoard,
    Answer,
    BudgetBoard,
    CashFlow,
    CategoryBreakdown,
    CurrencyCashFlow,
    CurrencyCategories,
    CurrencyMovements,
    CurrencyNetWorth,
    CurrencyOverview,
    CurrencySummary,
    Health,
    NetWorthSeries,
    Overview,
    Summary,
    TransactionBoard,
    Trend,
)
from stronghold_core.dashboards.service import Dashboard

__all__ = [
    "AccountBoard",
    "Answer",
    "AnswerCache",
    "BudgetBoard",
    "CacheStatistics",
    "CashFlow",
    "CategoryBreakdown",
    "CurrencyCashFlow",
    "CurrencyCategories",
    "CurrencyMovements",
    "CurrencyNetWorth",
    "CurrencyOverview",
    "CurrencySummary",
    "Dashboard",
    "Health",
    "NetWorthSeries",
    "Overview",
    "Summary",
    "TransactionBoard",
    "Trend",
]

"""Figures: the query objects that dashboards and reports share, so that a tile and its report never differ.

They read balances and totals, never entries: what they cost depends on accounts and periods, not on transactions.
"""

from __future__ import annotations

from stronghold_core.figures.queries import cash_flow, category_flows, net_worth
from stronghold_core.figures.records import CategoryFlow, MonthFlow, NetWorth

__all__ = ["CategoryFlow", "MonthFlow", "NetWorth", "cash_flow", "category_flows", "net_worth"]

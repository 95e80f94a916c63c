"""Figures: the query objects that dashboards and reports share, so that a tile and its report never differ.

They read balances and totals: what they cost depends on accounts and periods, not on transactions. Only what is asked
of some accounts alone (income, expenses, categories and largest movements of these) is read from entries.
"""

from __future__ import annotations

from stronghold_core.figures.movements import largest_movements
from stronghold_core.figures.queries import (
    account_balances,
    balances_by_subtype,
    category_flows,
    flow_of_period,
    flows,
    net_worth,
    net_worth_series,
)
from stronghold_core.figures.records import (
    AccountBalance,
    CategoryFlow,
    CategoryNode,
    Flow,
    Movement,
    NetWorth,
    NetWorthPoint,
)
from stronghold_core.figures.rules import make_flow, net_worth_of, parts_of, share_of, sides_of, tree_of

__all__ = [
    "AccountBalance",
    "CategoryFlow",
    "CategoryNode",
    "Flow",
    "Movement",
    "NetWorth",
    "NetWorthPoint",
    "account_balances",
    "balances_by_subtype",
    "category_flows",
    "flow_of_period",
    "flows",
    "largest_movements",
    "make_flow",
    "net_worth",
    "net_worth_of",
    "net_worth_series",
    "parts_of",
    "share_of",
    "sides_of",
    "tree_of",
]

"""Dashboards: the figures people look at every day."""

from __future__ import annotations

from stronghold_core.dashboards.records import CurrencyOverview, Overview
from stronghold_core.dashboards.service import Dashboard

__all__ = ["CurrencyOverview", "Dashboard", "Overview"]

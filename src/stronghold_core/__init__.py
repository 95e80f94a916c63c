"""Exact double-entry books for many tenants, embeddable in any Python program."""

from __future__ import annotations

from stronghold_core.bank_statements import CsvLayout
from stronghold_core.clock import Clock, ManualClock, SystemClock
from stronghold_core.context import Context, Origin
from stronghold_core.currencies import Currency, get_currency, register_currency
from stronghold_core.db import HostTransaction, prepare_sqlite
from stronghold_core.errors import StrongholdError
from stronghold_core.forms import UNCHANGED
from stronghold_core.ledger import EntryDraft, Part, Post, Record, Split, Transfer
from stronghold_core.money import Money
from stronghold_core.pagination import Page
from stronghold_core.periods import DateRange
from stronghold_core.permissions import Permission
from stronghold_core.rbac import Role
from stronghold_core.settings import Settings
from stronghold_core.stronghold import Books, Stronghold

__all__ = [
    "UNCHANGED",
    "Books",
    "Clock",
    "Context",
    "CsvLayout",
    "Currency",
    "DateRange",
    "EntryDraft",
    "HostTransaction",
    "ManualClock",
    "Money",
    "Origin",
    "Page",
    "Part",
    "Permission",
    "Post",
    "Record",
    "Role",
    "Settings",
    "Split",
    "Stronghold",
    "StrongholdError",
    "SystemClock",
    "Transfer",
    "get_currency",
    "prepare_sqlite",
    "register_currency",
]

"""Plausible books of any size, the same for the same seed: for demonstrations, examples, tests and measurements.

`generate` tells a story and needs no database; `plant` posts one into a stronghold, through its public verbs;
`render_statement` writes what a bank would say of one of its accounts.
"""

from __future__ import annotations

from stronghold_core.demo_data.planting import plant
from stronghold_core.demo_data.records import (
    DemoAccount,
    DemoCategory,
    DemoEvent,
    DemoItem,
    DemoKind,
    DemoRecord,
    DemoSplit,
    DemoTransfer,
)
from stronghold_core.demo_data.statements import render_statement
from stronghold_core.demo_data.stories import first_day, generate

__all__ = [
    "DemoAccount",
    "DemoCategory",
    "DemoEvent",
    "DemoItem",
    "DemoKind",
    "DemoRecord",
    "DemoSplit",
    "DemoTransfer",
    "first_day",
    "generate",
    "plant",
    "render_statement",
]

"""What a story tells: categories, accounts, and what happened on them, day after day.

Everything goes by names, and amounts are in minor units of the account's currency, so that no database is needed to
read it. A category is named by its path from the root.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import NamedTuple

Path = tuple[str, ...]
"""A category: its name after those of the categories that it is under."""


class DemoKind(StrEnum):
    """Whose books they are."""

    HOUSEHOLD = "household"
    COMPANY = "company"
    PROVIDER = "provider"


class DemoCategory(NamedTuple):
    """A category to create; its parent comes before it."""

    path: Path
    kind: str


class DemoAccount(NamedTuple):
    """An account to open, before anything happens on it."""

    name: str
    type: str
    subtype: str
    currency: str
    on: date
    """The date of its opening balance."""
    opening_minor: int = 0
    min_minor: int | None = None
    max_minor: int | None = None


class DemoRecord(NamedTuple):
    """Money that came to an account, or left it, for one category."""

    on: date
    account: str
    minor: int
    category: Path
    payee: str
    description: str


class DemoSplit(NamedTuple):
    """Money that came or went for several categories and accounts."""

    on: date
    account: str
    minor: int
    parts: tuple[tuple[Path | str, int], ...]
    """Each a category's path, or the name of another account, with its share."""
    payee: str
    description: str


class DemoTransfer(NamedTuple):
    """Money moved between two accounts; between currencies with both amounts."""

    on: date
    from_account: str
    to_account: str
    minor: int
    to_minor: int | None
    payee: str
    description: str


DemoEvent = DemoRecord | DemoSplit | DemoTransfer
"""What becomes one transaction."""

DemoItem = DemoCategory | DemoAccount | DemoEvent
"""Anything that a story tells."""

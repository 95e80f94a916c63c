"""What callers see of accounts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from stronghold_core.currencies import Currency
from stronghold_core.ids import AccountId, CategoryId
from stronghold_core.money import Money


class AccountType(StrEnum):
    """The five kinds of account of double-entry book-keeping."""

    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"


class Purpose(StrEnum):
    """Who opened the account, and for what."""

    OWN = "own"
    """A caller did."""
    CATEGORY = "category"
    """The engine did, for one currency of a category."""
    TRADING = "trading"
    """The engine did, to balance one currency of an exchange."""
    OPENING = "opening"
    """The engine did, as the other side of opening balances."""


class AccountStatus(StrEnum):
    """Whether the account takes entries."""

    OPEN = "open"
    CLOSED = "closed"


class AccountRecord(BaseModel):
    """An account with its balance.

    ``balance`` is signed as in the ledger: debit positive. ``natural_balance`` is signed as people of the trade write
    it: a loan of 1,000 has the balance −1000 and the natural balance 1000.
    """

    model_config = ConfigDict(frozen=True)

    id: AccountId
    name: str
    type: AccountType
    subtype: str
    purpose: Purpose
    currency: str
    balance: Money
    natural_balance: Money
    held: Money
    available: Money
    """The balance less what is held, signed like the balance; a limit is not taken off. `InsufficientFundsError` means
    the same by it."""
    headroom: Money | None
    """What may still leave: what is available above `min_balance`, or nothing; None without that limit. Nothing may
    leave a closed account. `InsufficientFundsError` means the same by it."""
    min_balance: Money | None
    max_balance: Money | None
    status: AccountStatus
    external_reference: str | None
    category_id: CategoryId | None
    created_at: datetime


class AccountFacts(NamedTuple):
    """What never changes about an account, so that it may be remembered."""

    id: AccountId
    type: AccountType
    purpose: Purpose
    currency: Currency
    is_chained: bool
    category_id: CategoryId | None


class AccountFilter(NamedTuple):
    """Which accounts to list; everything given must hold."""

    text: str | None = None
    """Found in the name or the external reference, without regard to case."""
    type: AccountType | None = None
    subtype: str | None = None
    currency: str | None = None
    status: AccountStatus | None = None

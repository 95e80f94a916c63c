"""The ledger: accounts, categories, transactions, balances, and the proof that they agree."""

from __future__ import annotations

from stronghold_core.ledger.accounts.queries import account_names, chained_among, currencies_in_use, load_chained
from stronghold_core.ledger.accounts.records import AccountRecord, AccountStatus, AccountType, Purpose
from stronghold_core.ledger.accounts.service import Accounts
from stronghold_core.ledger.balances.records import HistoryRow
from stronghold_core.ledger.categories.queries import load_tree
from stronghold_core.ledger.categories.records import CategoryKind, CategoryRecord, CategoryStatus
from stronghold_core.ledger.categories.rules import paths_of
from stronghold_core.ledger.categories.service import Categories
from stronghold_core.ledger.grants.queries import granted_on_accounts, mistake_in_grants
from stronghold_core.ledger.grants.records import GrantRecord
from stronghold_core.ledger.grants.rules import GrantLevel
from stronghold_core.ledger.grants.service import Grants
from stronghold_core.ledger.posting.batch import Command, OnError
from stronghold_core.ledger.posting.memory import AccountMemory
from stronghold_core.ledger.posting.records import (
    AnyDraft,
    EntryDraft,
    EntryRecord,
    Outcome,
    Part,
    Post,
    PostResult,
    Record,
    Split,
    TransactionKind,
    TransactionRecord,
    Transfer,
)
from stronghold_core.ledger.posting.service import Poster
from stronghold_core.ledger.posting.trial import Trial
from stronghold_core.ledger.transactions.queries import latest_transactions
from stronghold_core.ledger.transactions.reversals import reverse_part
from stronghold_core.ledger.transactions.service import Transactions
from stronghold_core.ledger.verification.records import Finding, Verification
from stronghold_core.ledger.verification.service import verify_books

__all__ = [
    "AccountMemory",
    "AccountRecord",
    "AccountStatus",
    "AccountType",
    "Accounts",
    "AnyDraft",
    "Categories",
    "CategoryKind",
    "CategoryRecord",
    "CategoryStatus",
    "Command",
    "EntryDraft",
    "EntryRecord",
    "Finding",
    "GrantLevel",
    "GrantRecord",
    "Grants",
    "HistoryRow",
    "OnError",
    "Outcome",
    "Part",
    "Post",
    "PostResult",
    "Poster",
    "Purpose",
    "Record",
    "Split",
    "TransactionKind",
    "TransactionRecord",
    "Transactions",
    "Transfer",
    "Trial",
    "Verification",
    "account_names",
    "chained_among",
    "currencies_in_use",
    "granted_on_accounts",
    "latest_transactions",
    "load_chained",
    "load_tree",
    "mistake_in_grants",
    "paths_of",
    "reverse_part",
    "verify_books",
]

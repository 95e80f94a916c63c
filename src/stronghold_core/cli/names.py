"""The names behind the ids in transactions, looked up as they are needed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from stronghold_core.ledger import paths_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stronghold_core.ids import AccountId, CategoryId
    from stronghold_core.ledger import EntryRecord, TransactionRecord
    from stronghold_core.money import Money
    from stronghold_core.stronghold import Books


class Names:
    """Names of accounts and categories, each read once."""

    def __init__(self, books: Books, transactions: Iterable[TransactionRecord]) -> None:
        self._books = books
        entries = [entry for one in transactions for entry in one.entries if entry.category_id is None]
        self._accounts = {account_id: self._name(account_id) for account_id in {one.account_id for one in entries}}
        self._paths: Mapping[CategoryId, str] = paths_of(books.categories.list())

    def of(self, entry: EntryRecord) -> str:
        """Return the category's path, or the account's name."""
        return self._accounts[entry.account_id] if entry.category_id is None else self._paths[entry.category_id]

    def _name(self, account_id: AccountId) -> str:
        return self._books.accounts.get(account_id).name


class Moved:
    """What a transaction did, as one line can say it: where, what for, and how much.

    Args:
        transaction: Which.
        names: What its accounts and categories are called.
        account: From whose point of view; of the first entry without a category if nobody says.
    """

    def __init__(self, transaction: TransactionRecord, names: Names, account: AccountId | None = None) -> None:
        self._entries = transaction.entries
        self._names = names
        self._account = account

    @cached_property
    def _shown(self) -> EntryRecord:
        own = [one for one in self._entries if one.account_id == self._account]
        held = own or [one for one in self._entries if one.category_id is None] or [*self._entries]
        return held[0]

    @property
    def amount(self) -> Money:
        """What the account gained or lost."""
        return self._shown.amount

    @property
    def where(self) -> str:
        """The account."""
        return self._names.of(self._shown)

    @property
    def other(self) -> str:
        """The categories, or the other accounts."""
        return ", ".join(dict.fromkeys(self._names.of(one) for one in self._entries if one is not self._shown))

"""Transactions as one line each: who, what for, where, and how much."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stronghold_core import TransactionKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stronghold_core import (
        AccountId,
        Books,
        CategoryId,
        CategoryRecord,
        EntryRecord,
        Money,
        TransactionRecord,
    )


class Names:
    """What the accounts and categories of some transactions are called, each read once.

    Args:
        books: Where they are looked up.
        transactions: Whose.
    """

    def __init__(self, books: Books, transactions: Iterable[TransactionRecord]) -> None:
        ids = {entry.account_id for one in transactions for entry in one.entries if entry.category_id is None}
        self.accounts = {account_id: books.accounts.get(account_id) for account_id in ids}
        self.categories: Mapping[CategoryId, str] = paths_of(books.categories.list())

    def of(self, entry: EntryRecord) -> str:
        """Return the name of what an entry is on."""
        if entry.category_id is not None:
            return self.categories[entry.category_id]
        return self.accounts[entry.account_id].name

    def is_own(self, entry: EntryRecord) -> bool:
        """Tell whether the entry is on an account that holds money or owes it."""
        return entry.category_id is None and self.accounts[entry.account_id].type in ("asset", "liability")


def paths_of(categories: Sequence[CategoryRecord]) -> dict[CategoryId, str]:
    """Name each category with those above it."""
    known = {one.id: one for one in categories}

    def path(one: CategoryRecord) -> str:
        return one.name if one.parent_id is None else f"{path(known[one.parent_id])} › {one.name}"

    return {one.id: path(one) for one in categories}


class Line(NamedTuple):
    """A transaction, as a list shows it."""

    transaction: TransactionRecord
    title: str
    category: str
    account: str
    amount: Money
    is_transfer: bool


def line_of(one: TransactionRecord, names: Names, account: AccountId | None = None) -> Line:
    """Tell a transaction in one line.

    A transfer between own accounts is told from where the money arrived, everything else from the account that paid or
    was paid, which comes before the tax in it.

    Args:
        one: Which.
        names: What its accounts and categories are called.
        account: From whose point of view, if from one.
    """
    own = [entry for entry in one.entries if names.is_own(entry)] or [*one.entries]
    is_transfer = one.kind is TransactionKind.TRANSFER
    asked = [entry for entry in own if entry.account_id == account]
    shown = (asked or ([max(own, key=lambda entry: entry.amount.minor)] if is_transfer else own))[0]
    others = dict.fromkeys(names.of(entry) for entry in one.entries if entry is not shown)
    if is_transfer:
        category = "Transfer"
        place = " → ".join(dict.fromkeys(names.of(entry) for entry in sorted(own, key=lambda each: each.amount.minor)))
    else:
        category, place = ", ".join(others), names.of(shown)
    return Line(
        transaction=one,
        title=one.payee or one.description or one.kind.value.capitalize(),
        category=category,
        account=place,
        amount=shown.amount,
        is_transfer=is_transfer and account is None,
    )

"""The accounts and categories that tests of the ledger start from, each opened in a unit of its own."""

from __future__ import annotations

from datetime import date
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from stronghold_core import Books
    from stronghold_core.ledger import AccountRecord, CategoryRecord, TransactionRecord
    from tests.support.stronghold import Desk

TODAY: Final = date(2026, 11, 21)
"""What the stopped clock of the tests shows, in UTC."""
YESTERDAY: Final = date(2026, 11, 20)
TOMORROW: Final = date(2026, 11, 22)


def asking(verb: str, *arguments: Any, **fields: Any) -> Callable[[Books], Any]:  # noqa: ANN401
    """Name a verb and what it shall be called with once there are books: ``asking("accounts.open", name="Bank")``."""
    return lambda books: attrgetter(verb)(books)(*arguments, **fields)


def open_account(desk: Desk, name: str = "Bank", type: str = "asset", **fields: Any) -> AccountRecord:  # noqa: A002, ANN401
    """Open an account."""
    with desk.books() as books:
        return books.accounts.open(name=name, type=type, **fields)


def create_category(desk: Desk, name: str = "Food", kind: str = "expense", **fields: Any) -> CategoryRecord:  # noqa: ANN401
    """Create a category."""
    with desk.books() as books:
        return books.categories.create(name=name, kind=kind, **fields)


def record(desk: Desk, **fields: Any) -> TransactionRecord:  # noqa: ANN401
    """Record a transaction."""
    with desk.books() as books:
        return books.transactions.record(**fields)


def balance(desk: Desk, account: AccountRecord) -> str:
    """Return an account's present balance as text."""
    with desk.books(read_only=True) as books:
        return str(books.accounts.balance(account.id).amount)


def actions(desk: Desk) -> list[str]:
    """Return the actions in the tenant's audit log, the first one first."""
    with desk.books(read_only=True) as books:
        return [event.action for event in reversed(books.audit.list(limit=500).items)]

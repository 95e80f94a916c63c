"""What the ledger offers to other features about accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.ledger import open_account, record

if TYPE_CHECKING:
    from tests.support.stronghold import Desk


def test_my_accounts_are_the_open_ones_that_hold_money(acme: Desk, rival: Desk) -> None:
    """By name; without equity, without closed ones, without those behind categories, without another tenant's."""
    card = open_account(acme, "Card", "liability")
    open_account(acme, "Bank", opening_balance="5.00")
    open_account(acme, "Capital", "equity")
    record(acme, account=card.id, amount="-1.00")
    closed = open_account(acme, "Old")
    open_account(rival, "Theirs")
    with acme.books() as books:
        books.accounts.close(closed.id)
        accounts = books.dashboard.overview().accounts
    assert [(one.name, one.balance.minor) for one in accounts] == [("Bank", 500), ("Card", -100)]

"""What takes a transaction back, and what moves it to another category. Pure: no database here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stronghold_core.errors import NotCategorisedError, NotFoundError
from stronghold_core.ledger.accounts.records import AccountFacts, Purpose
from stronghold_core.ledger.posting.rules import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stronghold_core.ids import AccountId, CategoryId, TransactionId
    from stronghold_core.ledger.posting.records import EntryRecord


def net_by_account(entries: Iterable[EntryRecord]) -> dict[AccountId, int]:
    """Add up the entries of each account; what cancelled out is left out."""
    net: dict[AccountId, int] = {}
    for entry in entries:
        net[entry.account_id] = net.get(entry.account_id, 0) + entry.amount.minor
    return {account_id: minor for account_id, minor in net.items() if minor}


def reversing_lines(entries: Iterable[EntryRecord], facts: Mapping[AccountId, AccountFacts]) -> list[Line]:
    """Negate the net of all entries, corrections included."""
    return [Line(facts[account_id], -minor) for account_id, minor in net_by_account(entries).items()]


def line_to_replace(
    transaction_id: TransactionId,
    entries: Sequence[EntryRecord],
    facts: Mapping[AccountId, AccountFacts],
    replaces: CategoryId | None,
) -> Line:
    """Find the category account, with its net, that a correction takes the money from.

    Raises:
        NotFoundError: If *replaces* is not among the transaction's categories.
        NotCategorisedError: If there is not exactly one, and *replaces* does not say which.
    """
    net = net_by_account(entries)
    heads = [facts[account_id] for account_id in net if facts[account_id].purpose is Purpose.CATEGORY]
    if replaces is not None:
        heads = [head for head in heads if head.category_id == replaces]
        if not heads:
            raise NotFoundError(kind="category of this transaction", key=replaces)
    if not heads:
        remedy = "nothing of it is for a category, as of any transfer, so there is none to replace."
        raise NotCategorisedError(transaction_id=transaction_id, found=0, remedy=remedy)
    if len(heads) > 1:
        raise NotCategorisedError(transaction_id=transaction_id, found=len(heads))
    return Line(heads[0], net[heads[0].id])

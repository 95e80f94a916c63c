"""Showing transactions to somebody who sees some accounts only.

They see a transaction if it touches one of these accounts, with what it did to these, and what it was for; not with
what it did to others. So what they see of an account's transactions adds up to its balance, and says nothing more. The
trading accounts of an exchange hold the opposite of each side; so they are seen by those alone who see both sides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stronghold_core.errors import NotFoundError, PermissionDeniedError
from stronghold_core.ledger.accounts.queries import load_facts
from stronghold_core.ledger.accounts.records import Purpose
from stronghold_core.ledger.posting.queries import get_transaction
from stronghold_core.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stronghold_core.context import Reach
    from stronghold_core.db import Unit
    from stronghold_core.ids import AccountId, TransactionId
    from stronghold_core.ledger.posting.records import TransactionRecord


def seen_within(unit: Unit, reach: Reach, records: Iterable[TransactionRecord]) -> list[TransactionRecord]:
    """Return those of *records* that touch an account within *reach*, without their entries on other accounts."""
    found = [*records]
    if reach.accounts is None:
        return found
    purposes = _purposes(unit, found)
    return [
        _as_seen(record, reach, purposes)
        for record in found
        if any(reach.covers(entry.account_id) for entry in record.entries)
    ]


def see(unit: Unit, reach: Reach, record: TransactionRecord) -> TransactionRecord:
    """Return *record* as it is seen within *reach*.

    Raises:
        NotFoundError: If it is not.
    """
    seen = seen_within(unit, reach, [record])
    if not seen:
        raise NotFoundError(kind="transaction", key=record.id)
    return seen[0]


def get_changeable(unit: Unit, permission: Permission, transaction_id: TransactionId) -> TransactionRecord:
    """Return a transaction, if *permission* reaches every account of money that it touches, so that it may be changed.

    Whoever changes one is shown it, also if it was so already; so they must see all of it, too. One that touches no
    account of money, but only what is behind categories, is seen and changed by nobody whom grants let in.

    Raises:
        NotFoundError: If the principal does not see it.
        PermissionDeniedError: If they see it, and may not; or if they see no transaction at all.
    """
    needed = {wanted: unit.reach(wanted) for wanted in (Permission.TRANSACTION_READ, permission)}
    record = get_transaction(unit, transaction_id)
    own = _own_accounts(record, _purposes(unit, [record]))
    for wanted, reach in needed.items():
        if reach.accounts is not None and not (own and reach.cover(own)):
            see(unit, needed[Permission.TRANSACTION_READ], record)
            denial = PermissionDeniedError(principal=unit.context.principal, permission=wanted)
            unit.note_denial(denial)
            raise denial
    return record


def _purposes(unit: Unit, records: Iterable[TransactionRecord]) -> Mapping[AccountId, Purpose]:
    """Return what the accounts are for that *records* touch, without those behind categories."""
    ids = {entry.account_id for record in records for entry in record.entries if entry.category_id is None}
    return {facts.id: facts.purpose for facts in load_facts(unit, ids).values()}


def _own_accounts(record: TransactionRecord, purposes: Mapping[AccountId, Purpose]) -> frozenset[AccountId]:
    """Return the accounts that *record* touches and callers opened."""
    return _touched(record, purposes, Purpose.OWN)


def _touched(record: TransactionRecord, purposes: Mapping[AccountId, Purpose], wanted: Purpose) -> frozenset[AccountId]:
    touched = {entry.account_id for entry in record.entries}
    return frozenset(account for account in touched if purposes.get(account) is wanted)


def _as_seen(record: TransactionRecord, reach: Reach, purposes: Mapping[AccountId, Purpose]) -> TransactionRecord:
    beyond = {account for account in _own_accounts(record, purposes) if not reach.covers(account)}
    if not beyond:
        return record
    hidden = beyond | _touched(record, purposes, Purpose.TRADING)
    entries = tuple(entry for entry in record.entries if entry.account_id not in hidden)
    return record.model_copy(update={"entries": entries, "has_hidden_entries": True})

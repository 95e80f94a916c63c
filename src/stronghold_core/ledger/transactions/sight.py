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

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stronghold_core.context import Reach
    from stronghold_core.db import Unit
    from stronghold_core.ids import AccountId
    from stronghold_core.ledger.posting.records import TransactionRecord
    from stronghold_core.permissions import Permission


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


def check_all_within(unit: Unit, permission: Permission, record: TransactionRecord) -> None:
    """Pass if *permission* reaches every account of money that *record* touches, so that it may be changed.

    One that touches none, but only what is behind categories, is seen and changed by nobody whom grants let in.

    Raises:
        NotFoundError: If the principal does not see it.
        PermissionDeniedError: If they see it, and may not.
    """
    reach = unit.context.reach(permission)
    if reach.accounts is None:
        return
    own = _own_accounts(record, _purposes(unit, [record]))
    if own and reach.cover(own):
        return
    see(unit, reach, record)
    denial = PermissionDeniedError(principal=unit.context.principal, permission=permission)
    unit.note_denial(denial)
    raise denial


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

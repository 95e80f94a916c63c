"""Correcting what a transaction was for: entries appended to it, with its original date.

Only accounts without a chain are touched, so nobody's balance of money moves, and no account needs a lock. Two units
that correct one transaction at the same moment would append the same line: the entry's key lets one of them through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stronghold_core.audit import record_event
from stronghold_core.db import ConstraintError
from stronghold_core.errors import (
    AlreadyReversedError,
    CorrectionConflictError,
    TooManyEntriesError,
)
from stronghold_core.ids import CategoryId, TransactionId
from stronghold_core.ledger.accounts.queries import load_standings
from stronghold_core.ledger.accounts.records import AccountFacts, Purpose
from stronghold_core.ledger.accounts.rules import check_open
from stronghold_core.ledger.posting.batch import Request
from stronghold_core.ledger.posting.queries import find_reversal, get_transaction, lock_transaction
from stronghold_core.ledger.posting.records import Draft, TransactionRecord
from stronghold_core.ledger.posting.rules import Head, Line, Posting, Step
from stronghold_core.ledger.posting.writes import write_entries
from stronghold_core.ledger.transactions.rules import line_to_replace
from stronghold_core.ledger.transactions.sight import get_changeable
from stronghold_core.permissions import Permission

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from stronghold_core.db import Unit
    from stronghold_core.ledger.posting.service import Poster


def recategorise(
    unit: Unit, poster: Poster, transaction_id: TransactionId, *, category: UUID, replaces: UUID | None
) -> TransactionRecord:
    """Append the entries that move *transaction_id* from one category to another."""
    seen = get_changeable(unit, Permission.TRANSACTION_RECATEGORISE, transaction_id)
    lock_transaction(unit, transaction_id)
    now = get_transaction(unit, transaction_id)
    if len(now.entries) != len(seen.entries):
        # Somebody corrected it between our reading and our lock; the caller decided on what is no longer so.
        raise CorrectionConflictError(transaction_id=transaction_id)
    if reversal := find_reversal(unit, transaction_id):
        raise AlreadyReversedError(transaction_id=transaction_id, reversal_id=reversal)
    if now.reverses_id is not None:
        # The two must go on cancelling out, so neither of them is corrected any more.
        raise AlreadyReversedError(transaction_id=now.reverses_id, reversal_id=transaction_id)
    facts = poster.facts(entry.account_id for entry in now.entries)
    old = line_to_replace(transaction_id, now.entries, facts, None if replaces is None else CategoryId(replaces))
    if old.account.category_id == category:
        return now
    new = _account_of(unit, poster, Head(Purpose.CATEGORY, CategoryId(category), old.account.currency))
    recorded_at = unit.clock.now()
    _append(unit, now, [Line(old.account, -old.amount_minor), Line(new, old.amount_minor)], recorded_at)
    record_event(
        unit,
        "transaction.recategorise",
        object_type="transaction",
        object_id=transaction_id,
        payload={"before": old.account.category_id, "after": category},
        at=recorded_at,
    )
    return get_transaction(unit, transaction_id)


def _account_of(unit: Unit, poster: Poster, head: Head) -> AccountFacts:
    heads = poster.heads([head])
    if head in heads.refused:
        raise heads.refused[head]
    account = heads.found[head]
    standing = load_standings(unit, [account.id], lock=False)[0]
    check_open(account, name=standing.name, status=standing.status)
    return account


def _append(unit: Unit, transaction: TransactionRecord, lines: list[Line], recorded_at: datetime) -> None:
    count = len(transaction.entries) + len(lines)
    limit = unit.settings.max_entries_per_transaction
    if count > limit:
        raise TooManyEntriesError(kind="entries", found=count, limit=limit)
    posting = Posting(transaction.id, transaction.kind, transaction.effective_date, Draft(), lines)
    correction = Request(
        posting.draft,
        posting.kind,
        lines,
        posting=posting,
        steps=[Step(line, None, None) for line in lines],
        first_line=len(transaction.entries) + 1,
    )
    try:
        with unit.savepoint():
            write_entries(unit, [correction], {}, recorded_at=recorded_at)
    except ConstraintError as error:
        if error.constraint == "pk_stronghold_entry":
            raise CorrectionConflictError(transaction_id=transaction.id) from error
        raise

"""Taking many transactions back at once, as parts of one command."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stronghold_core.errors import ReversalDateError
from stronghold_core.ledger.posting.batch import Request
from stronghold_core.ledger.posting.queries import load_transactions, lock_transactions
from stronghold_core.ledger.posting.records import Draft, TransactionKind
from stronghold_core.ledger.transactions.rules import reversing_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from stronghold_core.db import Unit
    from stronghold_core.ids import TransactionId
    from stronghold_core.ledger.posting.batch import Command
    from stronghold_core.ledger.posting.records import TransactionRecord
    from stronghold_core.ledger.posting.service import Poster


class Reversed(NamedTuple):
    """How many transactions a part of a command took back, and how many had been before."""

    now: int
    before: int


def reverse_part(
    unit: Unit, poster: Poster, ids: Sequence[TransactionId], *, on: date | None, command: Command
) -> Reversed:
    """Take transactions back, in this order, inside a verb of its own; those that were taken back before stay so.

    Args:
        unit: The unit.
        poster: Its poster.
        ids: What to take back.
        on: The date of the reversals; that of each transaction itself if left out.
        command: What this is a part of.

    Raises:
        ReversalDateError: If *on* is before one of them.
        RuleError: If the books do not allow one; the subclass says why.
    """
    # Corrections and reversals of the same transactions wait here, so what is read next is final.
    lock_transactions(unit, ids)
    found = load_transactions(unit, ids)
    left = [transaction for transaction in found if transaction.reversed_by_id is None]
    facts = poster.facts({entry.account_id for transaction in left for entry in transaction.entries})
    requests = [
        Request(
            Draft(on=_day(transaction, on)),
            TransactionKind.REVERSAL,
            lines=lines,
            reverses_id=transaction.id,
            part_of=command.id,
        )
        for transaction in left
        if (lines := reversing_lines(transaction.entries, facts))
    ]
    poster.carry_out_part(requests, command=command, on_error="stop")
    return Reversed(now=len(requests), before=len(found) - len(requests))


def _day(transaction: TransactionRecord, on: date | None) -> date:
    if on is not None and on < transaction.effective_date:
        raise ReversalDateError(on=on, original=transaction.effective_date)
    return on or transaction.effective_date

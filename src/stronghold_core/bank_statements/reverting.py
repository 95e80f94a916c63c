"""Taking back all that an import posted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stronghold_core.audit import record_event
from stronghold_core.bank_statements.queries import forget_rows, last_transactions, mark_reverted
from stronghold_core.bank_statements.records import ImportRecord, RevertResult
from stronghold_core.ledger import Command, reverse_part

if TYPE_CHECKING:
    from datetime import date

    from stronghold_core.db import Unit
    from stronghold_core.ids import TransactionId
    from stronghold_core.ledger import Poster


def revert_import(unit: Unit, poster: Poster, record: ImportRecord, *, on: date | None, size: int) -> RevertResult:
    """Post the opposite of each transaction of an import, *size* at a time, and let its rows come again.

    Args:
        unit: The unit.
        poster: Its poster.
        record: The import, whose account is locked.
        on: The date of the reversals; that of each transaction itself if left out.
        size: How many transactions are taken back at once.
    """
    command = Command()
    now = before = 0
    last: TransactionId | None = None
    # Backwards, so that the account passes through the balances that it had, and its limits let it.
    while ids := last_transactions(unit, record.id, before=last, limit=size):
        reversed_now, reversed_before = reverse_part(unit, poster, ids, on=on, command=command)
        now, before, last = now + reversed_now, before + reversed_before, ids[-1]
    at = command.at or unit.clock.now()
    mark_reverted(unit, record.id, at)
    forget_rows(unit, record.id)
    record_event(
        unit,
        "statement.revert",
        object_type="statement",
        object_id=record.id,
        payload={"transactions": now, "already_reversed": before, "account": record.account_id, "on": on},
        at=at,
        event_id=command.id,
    )
    return RevertResult(import_id=record.id, reversed=now, already_reversed=before)

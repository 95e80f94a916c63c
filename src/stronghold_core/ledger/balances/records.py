"""What callers see of an account's history."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from stronghold_core.ids import TransactionId
from stronghold_core.ledger.posting.records import TransactionKind
from stronghold_core.money import Money


class HistoryRow(BaseModel):
    """One entry of an account, with the balance after it in the order of business dates."""

    model_config = ConfigDict(frozen=True)

    transaction_id: TransactionId
    line: int
    kind: TransactionKind
    effective_date: date
    recorded_at: datetime
    description: str | None
    payee: str | None
    amount: Money
    running_balance: Money

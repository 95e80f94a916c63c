"""What a caller may ask of transactions."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import BeforeValidator

from stronghold_core.errors import InvalidInputError
from stronghold_core.ids import AccountId, CategoryId, TransactionId, parse_id
from stronghold_core.ledger.posting.records import Draft
from stronghold_core.money import Money

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from stronghold_core.ids import AnId
    from stronghold_core.ledger.posting.records import Particulars


class Reversal(Draft):
    """Takes a transaction back, on a date of its own."""

    transaction: Annotated[TransactionId, BeforeValidator(partial(parse_id, field="transaction"))]

    if TYPE_CHECKING:

        def __init__(self, *, transaction: AnId, **particulars: Unpack[Particulars]) -> None: ...


class TransactionFilter(NamedTuple):
    """Which transactions to list; everything given must hold."""

    text: str | None = None
    """Found in description, payee, note or reference, without regard to case."""
    first: date | None = None
    last: date | None = None
    account: AccountId | None = None
    category: CategoryId | None = None
    """This category or one below it."""
    min_amount: Money | None = None
    """Some entry is at least this large, whatever its side."""
    max_amount: Money | None = None
    """Some entry is at most this large, whatever its side."""
    within: tuple[AccountId, ...] | None = None
    """The accounts that the reader sees; none if they see all. Nothing is found by what happened to others."""

    def check(self) -> None:
        """Pass if the conditions do not contradict each other in form.

        Raises:
            InvalidInputError: If the amounts are in two currencies, or negative.
        """
        low, high = self.min_amount, self.max_amount
        if low is not None and high is not None and low.currency != high.currency:
            reason = f"it is in {high.currency}, min_amount in {low.currency}; give both in one currency."
            raise InvalidInputError(field="max_amount", reason=reason)
        for field, amount in (("min_amount", low), ("max_amount", high)):
            if amount is not None and amount.minor < 0:
                raise InvalidInputError(field=field, reason="sizes are positive: both sides of an entry count.")

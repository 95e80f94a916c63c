"""What a caller may ask of transactions."""

from __future__ import annotations

from datetime import date

import pytest

from stronghold_core import Money
from stronghold_core.errors import InvalidInputError
from stronghold_core.ids import new_id
from stronghold_core.ledger.transactions.records import Reversal, TransactionFilter


def test_a_filter_without_a_condition_is_one() -> None:
    """It lets everything pass."""
    TransactionFilter().check()


def test_sizes_of_one_currency_may_bound_each_other() -> None:
    """From nothing upwards; the lower one may be the larger, which finds nothing."""
    TransactionFilter(min_amount=Money(0, "USD"), max_amount=Money(5, "USD")).check()
    TransactionFilter(min_amount=Money(9, "USD"), max_amount=Money(5, "USD")).check()


@pytest.mark.parametrize(
    ("low", "high", "field"),
    [
        (Money(1, "USD"), Money(2, "EUR"), "max_amount"),
        (Money(-1, "USD"), None, "min_amount"),
        (None, Money(-1, "USD"), "max_amount"),
    ],
)
def test_sizes_that_cannot_be_compared_are_refused(low: Money | None, high: Money | None, field: str) -> None:
    """Two currencies, or a negative size: both sides of an entry count."""
    with pytest.raises(InvalidInputError) as caught:
        TransactionFilter(min_amount=low, max_amount=high).check()
    assert caught.value.field == field


def test_a_reversal_names_its_transaction_by_id() -> None:
    """As text or as a UUID."""
    payment = new_id()
    assert Reversal(transaction=str(payment), on=date(2026, 11, 1)).transaction == payment
    with pytest.raises(InvalidInputError) as caught:
        Reversal(transaction="the last one", on=date(2026, 11, 1))
    assert caught.value.field == "transaction"

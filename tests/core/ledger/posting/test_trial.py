"""Trying what the books would say, without posting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stronghold_core.errors import (
    AccountClosedError,
    DateOutOfRangeError,
    FutureDateError,
    InsufficientFundsError,
    LossyAmountError,
    NotFoundError,
    ZeroAmountError,
)
from stronghold_core.ids import AccountId, new_id
from tests.support.ledger import TODAY, TOMORROW, open_account

if TYPE_CHECKING:
    from stronghold_core.errors import RuleError
    from tests.support.stronghold import Desk


def test_rows_are_tried_one_after_another_and_nothing_is_posted(acme: Desk) -> None:
    """Each leaves the account as posting it would, for the next one; a refused one leaves it as it was."""
    bank = open_account(acme, min_balance="0")
    with acme.books(read_only=True) as books:
        trial = books.transactions._poster.trial(bank.id, lock=False)
        trial.post(1_000, on=TODAY)
        with pytest.raises(InsufficientFundsError):
            trial.post(-1_001, on=TODAY)
        trial.post(-1_000, on=TODAY)
        assert books.accounts.get(bank.id).balance.minor == 0
        assert trial.name == "Bank"
        assert trial.minor("12.30") == 1_230


@pytest.mark.parametrize(
    ("amount", "day", "error"),
    [
        (0, TODAY, ZeroAmountError),
        (5, TOMORROW, FutureDateError),
        (5, TODAY.replace(year=1850), DateOutOfRangeError),
    ],
    ids=["zero", "tomorrow", "long ago"],
)
def test_what_posting_would_refuse_is_refused(acme: Desk, amount: int, day: object, error: type[RuleError]) -> None:
    """For the same reason."""
    bank = open_account(acme)
    with acme.books() as books, pytest.raises(error):
        books.transactions._poster.trial(bank.id, lock=True).post(amount, on=day)  # type: ignore[arg-type]


def test_a_closed_account_and_an_unknown_one_are_refused(acme: Desk) -> None:
    """As are amounts that the account's currency can't hold."""
    bank = open_account(acme)
    with acme.books() as books:
        books.accounts.close(bank.id)
        trial = books.transactions._poster.trial(bank.id, lock=False)
        with pytest.raises(AccountClosedError):
            trial.post(5, on=TODAY)
        with pytest.raises(LossyAmountError):
            trial.minor("1.234")
        with pytest.raises(NotFoundError):
            books.transactions._poster.trial(AccountId(new_id()), lock=False)

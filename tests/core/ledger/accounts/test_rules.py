"""What an account may be, decided without a database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from stronghold_core import Money, StrongholdError, get_currency
from stronghold_core.errors import (
    AmountTypeError,
    CurrencyMismatchError,
    InvalidInputError,
    LossyAmountError,
    UnknownCurrencyError,
    WithdrawnCurrencyError,
)
from stronghold_core.ledger import AccountType
from stronghold_core.ledger.accounts.rules import (
    CHAINED,
    NATURAL_SIGN,
    SUBTYPES,
    checked_limits,
    checked_subtype,
    checked_type,
    headroom_minor,
    usable_currency,
)
from stronghold_core.money import MAX_MINOR

USD = get_currency("USD")


@pytest.mark.parametrize("kind", ["asset", "liability", "equity"])
def test_people_open_accounts_of_three_types(kind: str) -> None:
    """Assets, liabilities and equity are opened by name."""
    assert checked_type(kind).value == kind


@pytest.mark.parametrize("kind", ["income", "expense"])
def test_income_and_expense_accounts_belong_to_categories(kind: str) -> None:
    """Nobody opens one; the error says what to call instead."""
    with pytest.raises(InvalidInputError, match=r"books\.categories\.create") as caught:
        checked_type(kind)
    assert caught.value.field == "type"


@pytest.mark.parametrize("kind", ["", "Asset", "bank"])
def test_no_other_type_exists(kind: str) -> None:
    """An unknown type is refused by name."""
    with pytest.raises(InvalidInputError, match="is not asset, liability or equity"):
        checked_type(kind)


@pytest.mark.parametrize("kind", list(SUBTYPES))
def test_every_subtype_of_a_type_is_allowed_for_it(kind: AccountType) -> None:
    """What the table lists can be used, "other" among it, which is the default."""
    assert {checked_subtype(subtype, kind) for subtype in SUBTYPES[kind]} == SUBTYPES[kind]
    assert "other" in SUBTYPES[kind]


def test_a_subtype_of_another_type_is_refused() -> None:
    """An asset is no credit card; the error lists what it can be."""
    with pytest.raises(InvalidInputError, match="choose one of cash, checking"):
        checked_subtype("credit_card", AccountType.ASSET)


def test_every_account_type_has_a_sign_and_only_two_are_chained() -> None:
    """Debit balances read as they stand, credit balances are turned round; assets and liabilities have chains."""
    debit = {kind for kind, sign in NATURAL_SIGN.items() if sign == 1}
    assert debit == {AccountType.ASSET, AccountType.EXPENSE}
    assert set(NATURAL_SIGN) == set(AccountType)
    assert {AccountType.ASSET, AccountType.LIABILITY} == CHAINED


def test_a_currency_is_usable_until_it_is_withdrawn() -> None:
    """The Bulgarian lev ended with January 2026: the last day of the month is still one of its days."""
    assert usable_currency("BGN", on=date(2026, 1, 31)).code == "BGN"
    with pytest.raises(WithdrawnCurrencyError) as caught:
        usable_currency("BGN", on=date(2026, 2, 1))
    assert caught.value.withdrawn_on == date(2026, 2, 1)


def test_an_unknown_currency_is_refused() -> None:
    """A code that neither ISO 4217 nor the host knows has no exponent, so no amount of it means anything."""
    with pytest.raises(UnknownCurrencyError):
        usable_currency("QQQ", on=date(2026, 1, 1))


def test_limits_are_signed_amounts_of_the_accounts_currency() -> None:
    """A card's limit of 5,000 is a lower limit of −5,000; each limit may be left out, and both may be the same."""
    asset = AccountType.ASSET
    assert checked_limits("-5000.00", None, of=AccountType.LIABILITY, currency=USD) == (-500_000, None)
    assert checked_limits(None, Decimal(10), of=asset, currency=USD) == (None, 1_000)
    assert checked_limits(Money(0, "USD"), "0.00", of=asset, currency=USD) == (0, 0)
    assert checked_limits(None, None, of=AccountType.EQUITY, currency=USD) == (None, None)


def test_what_may_leave_is_never_more_than_an_amount_can_be() -> None:
    """An account may hold the largest amount, and may owe as much."""
    assert headroom_minor(1, -MAX_MINOR) == headroom_minor(MAX_MINOR, -MAX_MINOR) == MAX_MINOR
    assert headroom_minor(MAX_MINOR, 0) == MAX_MINOR


@pytest.mark.parametrize(
    ("limits", "error"),
    [
        ((1.5, None), AmountTypeError),
        ((0, None), AmountTypeError),
        ((None, "1.001"), LossyAmountError),
        ((Money(1, "EUR"), None), CurrencyMismatchError),
        (("1.00", "0.99"), InvalidInputError),
    ],
)
def test_limits_that_cannot_be_meant_are_refused(limits: tuple[Any, Any], error: type[StrongholdError]) -> None:
    """Floats, bare numbers, too many decimals, another currency, and a lower limit above the upper one."""
    with pytest.raises(error):
        checked_limits(*limits, of=AccountType.ASSET, currency=USD)


@pytest.mark.parametrize("limits", [("0", None), (None, "0")])
def test_an_account_without_a_chain_has_no_limits(limits: tuple[Any, Any]) -> None:
    """Equity has no running balance that a posting could be checked against."""
    with pytest.raises(InvalidInputError, match="only asset and liability"):
        checked_limits(*limits, of=AccountType.EQUITY, currency=USD)

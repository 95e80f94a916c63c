"""What an account may be. Pure: no database here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stronghold_core.currencies import Currency, get_currency
from stronghold_core.errors import AccountClosedError, CategoryArchivedError, InvalidInputError, WithdrawnCurrencyError
from stronghold_core.ledger.accounts.records import AccountFacts, AccountStatus, AccountType, Purpose
from stronghold_core.money import MAX_MINOR, Money, minor_units
from stronghold_core.text import in_short, word_among

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

MAX_NAME_LENGTH: Final = 200
MAX_REFERENCE_LENGTH: Final = 200

SUBTYPES: Final[dict[AccountType, frozenset[str]]] = {
    AccountType.ASSET: frozenset(
        {"checking", "savings", "cash", "investment", "receivable", "inventory", "fixed_asset", "clearing", "other"}
    ),
    AccountType.LIABILITY: frozenset(
        {"credit_card", "loan", "mortgage", "payable", "tax", "wallet", "deferred", "other"}
    ),
    AccountType.EQUITY: frozenset({"capital", "drawings", "retained_earnings", "other"}),
}
"""What people call the accounts that they open themselves; income and expense accounts belong to categories."""

NATURAL_SIGN: Final[dict[AccountType, int]] = {
    AccountType.ASSET: 1,
    AccountType.EXPENSE: 1,
    AccountType.LIABILITY: -1,
    AccountType.EQUITY: -1,
    AccountType.INCOME: -1,
}
"""How people write a balance that the ledger keeps with debits positive.

An account whose balance normally lies on the debit side reads as it stands; the others are turned round:

>>> for kind, sign in NATURAL_SIGN.items():
...     print(f"{kind.value:10} {'debit' if sign > 0 else 'credit'}")
asset      debit
expense    debit
liability  credit
equity     credit
income     credit
"""

CHAINED: Final = frozenset({AccountType.ASSET, AccountType.LIABILITY})
"""The types whose every entry carries balance and version."""


def checked_type(value: str) -> AccountType:
    """Read the type of an account that a caller wants to open.

    >>> checked_type("asset").value
    'asset'

    Raises:
        InvalidInputError: If there is none such, or it is one that belongs to categories.
    """
    if value in (AccountType.INCOME, AccountType.EXPENSE):
        raise InvalidInputError(
            field="type",
            reason=f"{value} accounts belong to categories; use books.categories.create(kind={in_short(value)!r}).",
        )
    kind = word_among(AccountType, value)
    if kind is None:
        raise InvalidInputError(field="type", reason=f"{in_short(value)!r} is not asset, liability or equity.")
    return kind


def listed_type(value: str | None) -> AccountType | None:
    """Read the type of the accounts to list; callers may open no income or expense accounts, so none is listed.

    >>> listed_type("liability").value, listed_type(None)
    ('liability', None)
    """
    return None if value is None else checked_type(value)


def listed_status(value: str | None) -> AccountStatus | None:
    """Read the status of the accounts to list; none is both.

    >>> listed_status("closed").value, listed_status(None)
    ('closed', None)

    Raises:
        InvalidInputError: If there is no such status.
    """
    status = word_among(AccountStatus, value)
    if status is None and value is not None:
        reason = f"{in_short(value)!r} is neither 'open' nor 'closed'; leave it None for both."
        raise InvalidInputError(field="status", reason=reason)
    return status


def checked_subtype(value: str, of: AccountType) -> str:
    """Return *value* if accounts of that type may be called so.

    >>> checked_subtype("credit_card", AccountType.LIABILITY)
    'credit_card'
    """
    if not isinstance(value, str) or value not in SUBTYPES[of]:
        known = ", ".join(sorted(SUBTYPES[of]))
        raise InvalidInputError(
            field="subtype", reason=f"{in_short(value)!r} is no kind of {of.value}; choose one of {known}."
        )
    return value


def usable_currency(code: str | Currency, *, on: date) -> Currency:
    """Return the currency if money of it exists on that day.

    >>> from datetime import date
    >>> usable_currency("EUR", on=date(2026, 1, 1)).exponent
    2

    Raises:
        UnknownCurrencyError, WithdrawnCurrencyError: Otherwise.
    """
    currency = get_currency(code)
    if currency.withdrawn_on is not None and currency.is_withdrawn(on):
        raise WithdrawnCurrencyError(currency=currency.code, withdrawn_on=currency.withdrawn_on)
    return currency


def headroom_minor(available_minor: int, min_balance_minor: int) -> int:
    """Return what may still leave an account with a lower limit: what is available above it, or nothing.

    It is an amount like any other, so it is never more than the largest one.

    >>> headroom_minor(6_00, -2_00), headroom_minor(-10_00, 0)
    (800, 0)
    """
    return min(max(available_minor - min_balance_minor, 0), MAX_MINOR)


def may_leave_minor(status: AccountStatus, available_minor: int, min_balance_minor: int | None) -> int | None:
    """Return what may still leave an account; none where nothing limits it.

    >>> may_leave_minor(AccountStatus.OPEN, 6_00, -2_00), may_leave_minor(AccountStatus.CLOSED, 0, -2_00)
    (800, 0)
    """
    if status is AccountStatus.CLOSED:
        return 0
    return None if min_balance_minor is None else headroom_minor(available_minor, min_balance_minor)


def check_open(facts: AccountFacts, *, name: str, status: str) -> None:
    """Pass if the account takes entries.

    Raises:
        AccountClosedError: If it is closed.
        CategoryArchivedError: If it is the one behind a category, which nobody closes but by archiving the category.
    """
    if status == AccountStatus.OPEN:
        return
    if facts.purpose is Purpose.CATEGORY:
        raise CategoryArchivedError(name=name)
    raise AccountClosedError(name=name)


def checked_limits(
    minimum: str | Decimal | Money | None, maximum: str | Decimal | Money | None, *, of: AccountType, currency: Currency
) -> tuple[int | None, int | None]:
    """Read the signed limits of an account, in minor units.

    >>> checked_limits("-5000.00", None, of=AccountType.LIABILITY, currency=get_currency("USD"))
    (-500000, None)

    Raises:
        InvalidInputError: If the account type has no balance of its own to limit, or the limits contradict each other.
    """
    low = None if minimum is None else minor_units(minimum, currency)
    high = None if maximum is None else minor_units(maximum, currency)
    if of not in CHAINED and (low is not None or high is not None):
        raise InvalidInputError(field="min_balance", reason="only asset and liability accounts can have limits.")
    if low is not None and high is not None and low > high:
        raise InvalidInputError(field="min_balance", reason="it is above max_balance.")
    return low, high

"""Currencies: what an amount is counted in, and how many decimals its smallest unit has.

A `Currency` is an immutable value with a code and an exponent. The registry maps each code to the one object that
stands for it in this process: the currencies of ISO 4217, current and withdrawn, and those that the host registers.

Invariants:

* Currencies are interned: `get_currency("USD") is get_currency("USD")`, also after a copy or a pickle.
* The exponent of a code never changes while the process runs: stored minor units mean nothing without it.
* The registry only grows. Reading takes one dictionary look-up and no lock.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from datetime import date  # noqa: TC003 - pydantic reads the annotations of a Currency in a record
from itertools import chain
from typing import TYPE_CHECKING, Final

from stronghold_core.currencies.iso4217 import NOT_MONEY, IsoCurrency, read_list_one, read_list_three
from stronghold_core.errors import CurrencyConflictError, InvalidInputError, UnknownCurrencyError

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_CODE_LENGTH: Final = 12
MAX_EXPONENT: Final = 12

_CODE_PATTERN: Final = re.compile(rf"[A-Z][A-Z0-9]{{2,{MAX_CODE_LENGTH - 1}}}")


@dataclass(frozen=True, slots=True)
class Currency:
    """A unit of money, or of anything a host counts like money.

    Take it from `get_currency` or `register_currency`; one made by hand is checked but not interned.

    Args:
        code: 3 to 12 characters: A-Z, then A-Z or 0-9. Three letters if ISO 4217 lists it.
        exponent: Decimals of the minor unit, 0 to 12: 2 for USD (cents), 0 for JPY, 3 for KWD.
        number: ISO 4217's numeric code (36 for AUD's "036"), None for a host's own currency.
        name: The name in ISO 4217, or the host's; for display only.
        withdrawn_on: First day on which ISO 4217 no longer lists it; None while it is current.

    Raises:
        InvalidInputError: If *code* or *exponent* is out of the bounds above.
    """

    code: str
    exponent: int
    number: int | None = None
    name: str = ""
    withdrawn_on: date | None = None

    def __post_init__(self) -> None:
        _check_code(self.code)
        _check_exponent(self.exponent)

    @property
    def is_iso(self) -> bool:
        """Whether ISO 4217 lists or listed this currency.

        >>> get_currency("EUR").is_iso, get_currency("DEM").is_iso
        (True, True)
        """
        return self.number is not None

    def is_withdrawn(self, on: date) -> bool:
        """Tell whether this currency is withdrawn on the business date *on*.

        ISO 4217 names the month of a withdrawal, not the day, so it counts from the day after that month.

        >>> from datetime import date
        >>> lev = get_currency("BGN")
        >>> lev.is_withdrawn(date(2026, 1, 31)), lev.is_withdrawn(date(2026, 2, 1))
        (False, True)
        """
        return self.withdrawn_on is not None and on >= self.withdrawn_on

    def __str__(self) -> str:
        return self.code

    def __hash__(self) -> int:
        # A currency is a key in every sum; the hash of its code is cached by the string and agrees with equality.
        return hash(self.code)

    def __reduce__(self) -> tuple[Callable[[str, int], Currency], tuple[str, int]]:
        # The exponent travels along, so that a process with another idea of it refuses instead of rescaling amounts.
        return _restore_currency, (self.code, self.exponent)


def get_currency(code: str | Currency) -> Currency:
    """Return the currency of this code: current, withdrawn or registered by the host.

    A `Currency` is exchanged for the interned one of its code, which is the same object unless it was made by hand.
    Codes are case-sensitive. XXX and XTS are unknown: they name no currency.

    Raises:
        UnknownCurrencyError: If there is none of that code. The hint says what to do instead, if that is clear.
        CurrencyConflictError: If *code* is a `Currency` with another exponent than the one of this process.
        InvalidInputError: If *code* is neither a string nor a `Currency`.

    >>> get_currency("KWD").exponent
    3
    >>> get_currency("USD") is get_currency("USD")
    True
    >>> get_currency("usd")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    UnknownCurrencyError: 'usd' is not a known currency (did you mean "USD"?): ...
    """
    # Not find_currency alone: one call less on the path of every amount, which has the interned one mostly.
    if type(code) is Currency and _BY_CODE.get(code.code) is code:
        return code
    found = _BY_CODE.get(code) if isinstance(code, str) else find_currency(code)
    if found is None:
        raise UnknownCurrencyError(currency=str(code), hint=_suggest(str(code)))
    return found


def find_currency(code: str | Currency) -> Currency | None:
    """Return the currency of this code, or None if there is none.

    Raises:
        CurrencyConflictError: If *code* is a `Currency` with another exponent than the one of this process.
        InvalidInputError: If *code* is neither a string nor a `Currency`.

    >>> find_currency("CHF").name
    'Swiss Franc'
    >>> find_currency("ABC") is None
    True
    """
    if isinstance(code, str):
        return _BY_CODE.get(code)
    if type(code) is not Currency:  # Callers without a type checker pass anything.
        raise InvalidInputError(field="currency", reason="must be a currency or its code", value=code)
    found = _BY_CODE.get(code.code)
    if found is not None and found.exponent != code.exponent:
        raise CurrencyConflictError(currency=code.code, existing_exponent=found.exponent, exponent=code.exponent)
    return found


def register_currency(code: str, *, exponent: int, name: str = "") -> Currency:
    """Add a currency of the host's own to this process: a crypto-currency, loyalty points, hours.

    Do so at start-up, in every process alike, and never change an exponent that amounts are stored in. To register the
    same code and exponent again is harmless and returns the same object; the first name stays. Four characters or more
    can never meet a code that ISO 4217 gives out later.

    Raises:
        InvalidInputError: If *code* or *exponent* is out of bounds, or *code* is XXX or XTS, which name no currency.
        CurrencyConflictError: If *code* is ISO 4217's, or registered already with another exponent.

    >>> register_currency("POINTS", exponent=0, name="Loyalty points") is get_currency("POINTS")
    True
    """
    candidate = Currency(code, exponent, name=name)
    if code in NOT_MONEY:
        raise InvalidInputError(field="code", reason=NOT_MONEY[code], value=code)
    with _LOCK:
        existing = _BY_CODE.get(code)
        if existing is None:
            _BY_CODE[code] = candidate
            return candidate
    # Even with ISO's exponent: a host must not come to believe that a currency of the table is its own.
    if existing.is_iso or existing.exponent != exponent:
        raise CurrencyConflictError(currency=code, existing_exponent=existing.exponent, exponent=exponent)
    return existing


def list_currencies(*, on: date | None = None) -> tuple[Currency, ...]:
    """List the currencies that are not withdrawn on the day *on*, in the order of their codes.

    Without a day: those that are not withdrawn at all, so the answer does not depend on a clock. The table knows no
    first days: a list of 1998 includes the euro.

    >>> from datetime import date
    >>> deutsche_mark = get_currency("DEM")
    >>> deutsche_mark in list_currencies(), deutsche_mark in list_currencies(on=date(2001, 12, 31))
    (False, True)
    """
    with _LOCK:  # A registration meanwhile would change the dictionary under the loop.
        known = sorted(_BY_CODE.items())
    return tuple(
        currency
        for _, currency in known
        if currency.withdrawn_on is None or (on is not None and not currency.is_withdrawn(on))
    )


def _check_code(code: object) -> None:
    if not isinstance(code, str) or _CODE_PATTERN.fullmatch(code) is None:
        reason = f"must be 3 to {MAX_CODE_LENGTH} characters: a letter A-Z, then A-Z or 0-9"
        raise InvalidInputError(field="code", reason=reason, value=code)


def _check_exponent(exponent: object) -> None:
    # True is an int to isinstance, and a currency of one decimal by accident.
    if type(exponent) is not int or not 0 <= exponent <= MAX_EXPONENT:
        reason = f"must be a whole number of decimals from 0 to {MAX_EXPONENT}"
        raise InvalidInputError(field="exponent", reason=reason, value=exponent)


def _suggest(code: str) -> str:
    """Say what is meant by an unknown code, as a parenthesis for the error's message, or nothing.

    >>> _suggest(" usd"), _suggest("ABC")
    (' (did you mean "USD"?)', '')
    """
    if code in NOT_MONEY:
        return f" ({NOT_MONEY[code]})"
    likely = code.strip().upper()
    return f' (did you mean "{likely}"?)' if likely != code and likely in _BY_CODE else ""


def _restore_currency(code: str, exponent: int) -> Currency:
    """Return the interned currency for a copied or unpickled one; pickles name this function, so it keeps its name."""
    return get_currency(Currency(code, exponent))


def _from_row(row: IsoCurrency) -> Currency:
    return Currency(row.code, row.exponent, row.number, row.name, row.withdrawn_on)


_LOCK: Final = threading.Lock()
_BY_CODE: Final[dict[str, Currency]] = {
    row.code: _from_row(row) for row in chain(read_list_one(), read_list_three()) if row.code not in NOT_MONEY
}

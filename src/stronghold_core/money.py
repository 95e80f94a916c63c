"""Money: a whole number of minor units of one currency.

Invariants: ``minor`` is an ``int``; nothing here ever rounds; amounts of different currencies never meet. Decimals
exist only at the edge, as text or `decimal.Decimal`; binary floats never do.

An amount that somebody gives, and every balance that is kept under a lock, fits into 63 bits and a sign. What is added
up from them may be larger, so money itself holds 127 bits: no sum of rows in a database gets past those.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import total_ordering
from typing import TYPE_CHECKING, Any, Self

from pydantic_core import core_schema

from stronghold_core.currencies import Currency, get_currency
from stronghold_core.errors import (
    AmountOverflowError,
    AmountSyntaxError,
    AmountTypeError,
    CurrencyMismatchError,
    InvalidInputError,
    LossyAmountError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

MAX_MINOR = 2**63 - 1
"""The largest amount of minor units that can be posted: what a BIGINT holds."""

MAX_SUM_MINOR = 2**127 - 1
"""The largest sum of amounts: there are fewer than 2⁶³ rows to add up."""

_PLAIN_NUMBER = re.compile(r"([+-]?)(\d{1,40})(?:\.(\d{1,40}))?", re.ASCII)


@total_ordering
class Money:
    """An exact, immutable amount of one currency.

    >>> Money.of("12.30", "EUR") + Money(70, "EUR")
    Money('13.00', 'EUR')
    """

    __slots__ = ("currency", "minor")

    minor: int
    currency: Currency

    def __init__(self, minor: int, currency: str | Currency) -> None:
        """Take *minor* units (cents, pence, yen) of *currency*.

        Raises:
            AmountTypeError: If *minor* is not an int.
            AmountOverflowError: If no sum of amounts is as large: it does not fit into 127 bits.
            UnknownCurrencyError: If nobody knows the currency.
        """
        if type(minor) is not int:
            raise AmountTypeError(
                type_name=type(minor).__name__,
                subject="A number of minor units",
                remedy="pass an int, as in Money(1230, 'USD'), or read the amount with Money.of('12.30', 'USD').",
            )
        object.__setattr__(self, "minor", checked_sum(minor))
        object.__setattr__(self, "currency", get_currency(currency))

    @classmethod
    def of(cls, amount: str | Decimal | Money, currency: str | Currency) -> Self:
        """Read *amount*, which somebody gives, in units of *currency*, exactly.

        >>> Money.of("-1200.5", "USD").minor, Money.of("1200", "JPY").minor
        (-120050, 1200)

        Raises:
            AmountTypeError: If *amount* is a float, or an int, which might mean either unit.
            AmountSyntaxError: If the text is not a plain number with a decimal point.
            LossyAmountError: If it has more decimals than the currency.
            CurrencyMismatchError: If it is `Money` of another currency.
            AmountOverflowError: If it does not fit into 63 bits.
        """
        known = get_currency(currency)
        return cls(minor_units(amount, known), known)

    @property
    def amount(self) -> Decimal:
        """The amount in whole units, with exactly the currency's decimals.

        >>> Money(5, "KWD").amount
        Decimal('0.005')
        """
        return Decimal(amount_text(self.minor, self.currency))

    def allocate(self, weights: Sequence[int]) -> list[Money]:
        """Split this amount in proportion to *weights*, losing nothing.

        The remainder goes, one minor unit each, to the largest fractions first and among equals to the earliest, so
        the parts always add up to the whole (Hamilton's method of largest remainders).

        >>> [str(part) for part in Money.of("100.00", "USD").allocate([1, 1, 1])]
        ['33.34 USD', '33.33 USD', '33.33 USD']

        Raises:
            InvalidInputError: If *weights* is empty, has a negative member, or no positive one, or one that is no int.
        """
        if any(type(weight) is not int for weight in weights):
            raise InvalidInputError(field="weights", reason="weights are whole numbers.")
        total = sum(weights)
        if not weights or min(weights) < 0 or total == 0:
            raise InvalidInputError(field="weights", reason="give at least one positive weight and no negative one.")
        size, sign = abs(self.minor), -1 if self.minor < 0 else 1
        shares = [divmod(size * weight, total) for weight in weights]
        left = size - sum(whole for whole, _ in shares)
        by_fraction = sorted(range(len(weights)), key=lambda index: -shares[index][1])
        lucky = set(by_fraction[:left])
        return [Money(sign * (whole + (index in lucky)), self.currency) for index, (whole, _) in enumerate(shares)]

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Money is immutable; {name} can't be set.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"Money is immutable; {name} can't be deleted.")

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same_currency(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same_currency(other).minor, self.currency)

    def __mul__(self, factor: int) -> Money:
        if type(factor) is not int:
            raise AmountTypeError(
                type_name=type(factor).__name__,
                subject="What multiplies money",
                remedy="only an int does so exactly; to round yourself, multiply money.amount and use Money.of(…).",
            )
        return Money(self.minor * factor, self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.minor), self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        return self.minor == other.minor and self.currency == other.currency

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same_currency(other).minor

    def __hash__(self) -> int:
        return hash((self.minor, self.currency.code))

    def __str__(self) -> str:
        return money_text(self.minor, self.currency)

    def __repr__(self) -> str:
        return f"Money('{amount_text(self.minor, self.currency)}', {self.currency.code!r})"

    def __reduce__(self) -> tuple[type[Money], tuple[int, str]]:
        return Money, (self.minor, self.currency.code)

    def _same_currency(self, other: Money) -> Money:
        if not isinstance(other, Money):
            raise AmountTypeError(
                type_name=type(other).__name__,
                subject="What is added to money, taken from it or compared with it",
                remedy=f"it is money, too; make it so with Money.of(…, {self.currency.code!r}).",
            )
        if other.currency != self.currency:
            raise CurrencyMismatchError(subject=str(self), expected=self.currency.code, found=other.currency.code)
        return other

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Any], handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Let records carry Money: ``{"amount": "12.30", "currency": "USD"}`` in JSON, the object itself in Python."""
        from_mapping = core_schema.no_info_after_validator_function(
            lambda fields: _money_of_text(fields["amount"], fields["currency"]),
            core_schema.typed_dict_schema(
                {
                    "amount": core_schema.typed_dict_field(core_schema.str_schema(), required=True),
                    "currency": core_schema.typed_dict_field(core_schema.str_schema(), required=True),
                },
                extra_behavior="forbid",
            ),
        )
        return core_schema.json_or_python_schema(
            json_schema=from_mapping,
            python_schema=core_schema.union_schema(
                [core_schema.is_instance_schema(cls), from_mapping],
                custom_error_type="money",
                custom_error_message='Money is written {"amount": "12.30", "currency": "USD"}, both as text',
            ),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda money: {"amount": amount_text(money.minor, money.currency), "currency": money.currency.code}
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe that form: an amount is text, since a JSON number would be read as a binary float."""
        return {
            "title": "Money",
            "type": "object",
            "properties": {
                "amount": {
                    "type": "string",
                    "pattern": f"^{_PLAIN_NUMBER.pattern}$",
                    "description": "In whole units of the currency, with its decimals.",
                },
                "currency": {"type": "string", "description": "The code of ISO 4217, or one that the host registered."},
            },
            "required": ["amount", "currency"],
            "additionalProperties": False,
            "examples": [{"amount": "12.30", "currency": "USD"}],
        }


AnAmount = str | Decimal | Money
"""An amount as callers give it: text, or a Decimal, in units of a currency that is known from elsewhere; or money."""


def amount_text(minor: int, currency: Currency) -> str:
    """Write *minor* units as a plain decimal number with all the currency's decimals.

    >>> amount_text(-5, get_currency("USD")), amount_text(1200, get_currency("JPY"))
    ('-0.05', '1200')
    """
    sign, digits = "-" if minor < 0 else "", str(abs(minor)).rjust(currency.exponent + 1, "0")
    return (
        f"{sign}{digits[: -currency.exponent]}.{digits[-currency.exponent :]}" if currency.exponent else sign + digits
    )


def money_text(minor: int, currency: Currency) -> str:
    """Write *minor* units with their currency; `str` of money without making the object.

    >>> money_text(-5, get_currency("USD"))
    '-0.05 USD'
    """
    return f"{amount_text(minor, currency)} {currency.code}"


def check_amount_text(text: str) -> None:
    """Pass if *text* is an amount of some currency: a plain number with a decimal point.

    Raises:
        AmountSyntaxError: Otherwise.
    """
    _number(text)


def minor_units(amount: AnAmount, currency: Currency) -> int:
    """Read *amount* into minor units of *currency*; `Money.of` without making the object.

    Raises:
        The same as `Money.of`.
    """
    if isinstance(amount, str):
        return checked_minor(_minor_of_text(amount, currency), "The amount")
    if isinstance(amount, Money):
        if amount.currency != currency:
            raise CurrencyMismatchError(subject="The account", expected=currency.code, found=amount.currency.code)
        return checked_minor(amount.minor, "The amount")
    if isinstance(amount, Decimal):
        return _minor_of_decimal(amount, currency)
    raise AmountTypeError(type_name=type(amount).__name__)


def _minor_of_text(text: str, currency: Currency) -> int:
    sign, whole, decimals = _number(text)
    # Trailing zeros count, too: "12.300" may well be a bank's way to write twelve thousand three hundred.
    if len(decimals) > currency.exponent:
        raise LossyAmountError(text=text, currency=currency.code, exponent=currency.exponent)
    minor = int(whole + decimals.ljust(currency.exponent, "0"))
    return -minor if sign == "-" else minor


def _money_of_text(text: str, currency: str) -> Money:
    """Read what a record wrote: sums, too, may be in it."""
    known = get_currency(currency)
    return Money(_minor_of_text(text, known), known)


def _number(text: str) -> tuple[str, str, str]:
    match = _PLAIN_NUMBER.fullmatch(text)
    if match is None:
        raise AmountSyntaxError(text=text[:60])
    return match[1], match[2], match[3] or ""


def _minor_of_decimal(amount: Decimal, currency: Currency) -> int:
    if not amount.is_finite():
        raise AmountSyntaxError(text=str(amount))
    # A computed Decimal has whatever trailing zeros its arithmetic left, so here the value counts, not the notation.
    sign, digits, exponent = amount.as_tuple()
    significant = "".join(map(str, digits)).rstrip("0")
    if not significant:
        return 0
    shift = int(exponent) + len(digits) - len(significant) + currency.exponent
    if shift < 0:
        raise LossyAmountError(text=f"{amount}"[:60], currency=currency.code, exponent=currency.exponent)
    if len(significant) + shift > 40:  # noqa: PLR2004 - far past 63 bits; spare the giant integer
        raise AmountOverflowError(subject=f"{amount:.10E}")
    minor = int(significant) * 10**shift
    return checked_minor(-minor if sign else minor, "The amount")


def checked_minor(minor: int, subject: str) -> int:
    """Return *minor* if a BIGINT can hold it, and its negative as well.

    Raises:
        AmountOverflowError: Otherwise; it names *subject*.
    """
    if -MAX_MINOR <= minor <= MAX_MINOR:
        return minor
    raise AmountOverflowError(subject=subject)


def checked_sum(minor: int) -> int:
    """Return *minor* if amounts can add up to it.

    Raises:
        AmountOverflowError: Otherwise.
    """
    if -MAX_SUM_MINOR <= minor <= MAX_SUM_MINOR:
        return minor
    raise AmountOverflowError(subject="The amount", bits=127)


def sum_by_currency(amounts: Iterable[Money]) -> dict[str, Money]:
    """Add up *amounts*, each currency for itself, ordered by code.

    >>> sum_by_currency([Money.of("1.00", "USD"), Money.of("5", "JPY"), Money.of("2.50", "USD")])
    {'JPY': Money('5', 'JPY'), 'USD': Money('3.50', 'USD')}
    """
    totals: dict[str, int] = {}
    for money in amounts:
        totals[money.currency.code] = totals.get(money.currency.code, 0) + money.minor
    return {code: Money(minor, code) for code, minor in sorted(totals.items())}

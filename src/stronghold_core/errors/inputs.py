"""Errors of single values: fields, cursors, currencies and amounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stronghold_core.errors.families import ConflictError, RuleError

if TYPE_CHECKING:
    from datetime import date


class InvalidInputError(RuleError):
    """One field of the request has a value that can't be meant."""

    code = "input.invalid"
    template = "{field}: {reason}"
    field: str
    reason: str
    value: object = None


class InvalidCursorError(RuleError):
    """The page cursor is not one of ours, or belongs to another list."""

    code = "input.cursor"
    template = "The cursor does not belong to this list: start again from the first page."


class UnknownCurrencyError(RuleError):
    """No ISO 4217 currency and no registered one has this code."""

    code = "currency.unknown"
    template = "{currency!r} is not a known currency{hint}: use an ISO 4217 code, or register_currency() your own."
    currency: str
    hint: str = ""


class WithdrawnCurrencyError(RuleError):
    """The currency no longer exists on that day."""

    code = "currency.withdrawn"
    template = "{currency} was withdrawn on {withdrawn_on}: open new accounts in its successor."
    currency: str
    withdrawn_on: date


class CurrencyConflictError(ConflictError):
    """The code is taken, with another exponent."""

    code = "currency.conflict"
    template = "{currency} is taken, with {existing_exponent} decimals, not {exponent}: choose another code."
    currency: str
    existing_exponent: int
    exponent: int


class CurrencyMismatchError(RuleError):
    """Two currencies met where there can be only one."""

    code = "currency.mismatch"
    template = "{subject} is in {expected}, the amount is in {found}: {remedy}"
    subject: str
    expected: str
    found: str
    remedy: str = "amounts of different currencies are never added."


class AmountTypeError(RuleError, TypeError):
    """The amount is a float, or an int that might mean minor or major units; or money met something else."""

    code = "amount.type"
    template = "{subject} can't be of the type {type_name}: {remedy}"
    type_name: str
    subject: str = "An amount"
    remedy: str = "write '12.30' or a Decimal, or Money(1230, 'USD') in minor units."


class AmountSyntaxError(RuleError):
    """The text is not a plain decimal number."""

    code = "amount.syntax"
    template = "{text!r} is not an amount: write digits with a point for the decimals, such as '-1200.50'."
    text: str


class LossyAmountError(RuleError):
    """The amount has more decimals than its currency; rounding is the caller's decision."""

    code = "amount.lossy"
    template = "{text} has more decimals than {currency} has ({exponent}): round it yourself, we never do."
    text: str
    currency: str
    exponent: int


class AmountOverflowError(RuleError):
    """The amount, or what it would lead to, does not fit into 63 bits of minor units."""

    code = "amount.overflow"
    template = (
        "{subject} does not fit into {bits} bits of minor units: split it, or use a currency with fewer decimals."
    )
    subject: str
    bits: int = 63

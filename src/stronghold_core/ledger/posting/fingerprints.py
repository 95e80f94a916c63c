"""What a request under an idempotency key says, as a digest: whether it comes again, or is another one. Pure."""

from __future__ import annotations

import hashlib
import struct
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Final
from uuid import UUID
from zlib import crc32

from stronghold_core.errors import IdempotencyMismatchError
from stronghold_core.forms import Form
from stronghold_core.money import Money, amount_text, check_amount_text

if TYPE_CHECKING:
    from stronghold_core.ledger.posting.records import Draft

_AMOUNT_FIELDS: Final = frozenset({"amount", "to_amount"})
"""The fields of drafts that hold amounts."""


def fingerprint(draft: Draft) -> bytes:
    """Digest everything that a request says, so that its repetition can be told from another request.

    Layout: SHA-256 over all fields, which decides, then a CRC-32 of each, which serves only to name the one that
    differs. What joins the fields are control characters, which no text of a draft may hold.

    Raises:
        AmountSyntaxError: If an amount is no number.
    """
    whole = "\x1f".join([type(draft).__name__, *_canonical_fields(draft)]).encode()
    marks = [crc32(text) for text in whole.split(b"\x1f")]
    return hashlib.sha256(whole).digest() + struct.pack(f">{len(marks)}I", *marks)


def check_same_request(key: str, stored: bytes, draft: Draft) -> None:
    """Pass if the request under *key* was this one.

    Raises:
        IdempotencyMismatchError: If it was another; it names the first field that differs.
        AmountSyntaxError: If it can't have been any, because an amount is no number.
    """
    given = fingerprint(draft)
    if given[:32] == stored[:32]:
        return
    names = ["operation", *_compared_fields(type(draft))]
    for number, name in enumerate(names):
        at = slice(32 + 4 * number, 36 + 4 * number)
        if given[at] != stored[at]:
            raise IdempotencyMismatchError(key=key, field=name)
    raise IdempotencyMismatchError(key=key, field="request")


@cache
def _compared_fields(form: type[Form]) -> tuple[str, ...]:
    return tuple(name for name in form.model_fields if name != "idempotency_key")


def _canonical(value: object) -> str:
    """Write one field so that equal requests give equal text: 12.3 and "12.30" are one amount.

    Money says its currency as well, and the account that would say whether that goes without saying is not known here.
    """
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, tuple):
        return "\x1e".join(_canonical(member) for member in value)
    if isinstance(value, Form):
        return "\x1d".join(_canonical_fields(value))
    if isinstance(value, Money):
        return f"{_plain_number(amount_text(value.minor, value.currency))} {value.currency.code}"
    if isinstance(value, Decimal):
        return _plain_number(f"{value:f}")
    return "" if value is None else str(value)


def _canonical_fields(form: Form) -> list[str]:
    """Write the fields of a form; an amount given as text is a number, too."""
    given = vars(form)
    # Most fields of most drafts are left out.
    return ["" if given[name] is None else _canonical_field(name, given[name]) for name in _compared_fields(type(form))]


def _canonical_field(name: str, value: object) -> str:
    if isinstance(value, str):
        return _canonical_amount(value) if name in _AMOUNT_FIELDS else value
    return _canonical(value)


def _canonical_amount(text: str) -> str:
    # Before it is tidied up: "++1" would become a number by that.
    check_amount_text(text)
    return _plain_number(text)


def _plain_number(text: str) -> str:
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text.lstrip("+"))
    whole, _, decimals = digits.partition(".")
    decimals = decimals.rstrip("0")
    return f"{sign}{whole.lstrip('0') or '0'}" + (f".{decimals}" if decimals else "")

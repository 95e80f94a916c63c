"""What an event's payload looks like as bytes, and how it is committed to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

from pydantic_core import to_json

from stronghold_core.audit.records import AuditKind
from stronghold_core.errors import InvalidInputError
from stronghold_core.money import Money
from stronghold_core.text import in_short

SCHEMA_VERSION = 1
MAX_ACTION_LENGTH = 60
MAX_OBJECT_TYPE_LENGTH = 40


def canonical(payload: Mapping[str, object]) -> str:
    """Write *payload* as JSON in the one form that RFC 8785 (JCS) allows.

    Amounts are strings and floats are refused, so that the number formats of JSON never matter; keys are ours and
    ASCII, so that sorting them by code point is sorting them as the RFC says.

    >>> canonical({"name": "Café", "amount": Money.of("1.50", "EUR"), "count": 2})
    '{"amount":"1.50 EUR","count":2,"name":"Café"}'
    """
    return to_json(_plain(payload)).decode()


def commitment(salt: bytes, payload: str) -> bytes:
    """Return SHA-256 over salt and payload: it proves the payload, and tells nothing once the salt is erased.

    >>> commitment(b"0123456789abcdef", "{}").hex()[:16]
    '3601f574200e4788'
    """
    return hashlib.sha256(salt + payload.encode()).digest()


def checked_kind(kind: str) -> AuditKind:
    """Read a kind of event.

    >>> checked_kind("change")
    <AuditKind.CHANGE: 'change'>

    Raises:
        InvalidInputError: If there is no such kind.
    """
    try:
        return AuditKind(kind)
    except ValueError as error:
        reason = f"{in_short(kind, 40)!r} is none; there are {', '.join(AuditKind)}."
        raise InvalidInputError(field="kind", reason=reason) from error


def checked_number(number: int, *, field: str) -> int:
    """Return *number* if an event may have it, or 0, which stands before all.

    Raises:
        InvalidInputError: If not; it names *field*.
    """
    if type(number) is not int or not 0 <= number < 1 << 63:
        raise InvalidInputError(field=field, reason="the number of an event is a whole one, from 1; 0 is before all.")
    return number


def _plain(value: object) -> object:
    write = _WRITERS.get(type(value))
    if write is None:
        # Of a type that is one of those: a string that is a member of an enumeration, for one.
        write = next((write for kind, write in _WRITERS.items() if isinstance(value, kind)), None)
    if write is None:
        raise TypeError(f"{type(value).__name__} has no place in an audit payload.")
    return write(value)


def _same(value: object) -> object:
    return value


def _plain_mapping(value: Mapping[Any, object]) -> dict[str, object]:
    return {
        str(key): member if type(member) in _PLAIN_TYPES else _plain(member)
        for key, member in sorted(value.items())
        if member is not None
    }


def _plain_list(value: Sequence[object]) -> list[object]:
    if _PLAIN_TYPES.issuperset(map(type, value)):
        return [*value]
    return [member if type(member) in _PLAIN_TYPES else _plain(member) for member in value]


_PLAIN_TYPES: Final = frozenset({str, int})
"""Values of these types are written as they are."""

_WRITERS: Final[dict[type, Callable[[Any], object]]] = {
    dict: _plain_mapping,
    Mapping: _plain_mapping,
    list: _plain_list,
    tuple: _plain_list,
    Enum: lambda value: value.value,
    Money: str,
    UUID: str,
    datetime: datetime.isoformat,
    date: date.isoformat,
    str: _same,
    int: _same,
}
"""How values of other types are written, and of types made of these."""

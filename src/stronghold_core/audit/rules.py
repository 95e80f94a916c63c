"""What an event's payload looks like as bytes, and how it is committed to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from uuid import UUID

from stronghold_core.money import Money

SCHEMA_VERSION = 1
MAX_ACTION_LENGTH = 60


def canonical(payload: Mapping[str, object]) -> str:
    """Write *payload* as JSON in the one form that RFC 8785 (JCS) allows.

    Amounts are strings and floats are refused, so that the number formats of JSON never matter; keys are ours and
    ASCII, so that sorting them by code point is sorting them as the RFC says.

    >>> canonical({"name": "Café", "amount": Money.of("1.50", "EUR"), "count": 2})
    '{"amount":"1.50 EUR","count":2,"name":"Café"}'
    """
    return json.dumps(_plain(payload), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def commitment(salt: bytes, payload: str) -> bytes:
    """Return SHA-256 over salt and payload: it proves the payload, and tells nothing once the salt is erased.

    >>> commitment(b"0123456789abcdef", "{}").hex()[:16]
    '3601f574200e4788'
    """
    return hashlib.sha256(salt + payload.encode()).digest()


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(member) for key, member in value.items() if member is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(member) for member in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (Money, UUID)):
        return str(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (str, int)):
        return value
    raise TypeError(f"{type(value).__name__} has no place in an audit payload.")

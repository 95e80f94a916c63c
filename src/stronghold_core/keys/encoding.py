"""The text of keys and tokens, read strictly: what has two readings is refused, since two readers may differ."""

from __future__ import annotations

import base64
import json
import re
from typing import Any, Final

_BASE64URL: Final = re.compile(rb"[A-Za-z0-9_-]*")


class DuplicateMemberError(ValueError):
    """A JSON object has a member twice: one reader takes the first, another the last."""


def to_base64url(data: bytes) -> str:
    """Write *data* as tokens do (RFC 7515 §2): without padding.

    >>> to_base64url(b"hello?")
    'aGVsbG8_'
    """
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Read what `to_base64url` writes, and nothing else.

    >>> from_base64url("aGVsbG8_")
    b'hello?'

    Raises:
        ValueError: If it holds other characters, padding, or bits that say nothing: each text has one reading.
    """
    raw = text.encode("utf-8", "surrogatepass")
    if not _BASE64URL.fullmatch(raw) or len(raw) % 4 == 1:
        raise ValueError("it is not base64url.")
    data = base64.urlsafe_b64decode(raw + b"=" * (-len(raw) % 4))
    if to_base64url(data) != text:
        raise ValueError("it is not canonical base64url.")
    return data


def read_json_object(raw: bytes) -> dict[str, Any]:
    """Read one JSON object, in which no member stands twice and no number is none.

    >>> read_json_object(b'{"a": 1}')
    {'a': 1}

    Raises:
        DuplicateMemberError: If a member stands twice.
        ValueError: If it is not one, or nested too deeply to be read.
    """
    try:
        found = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except RecursionError:
        found = None
    if not isinstance(found, dict):
        # Not beside the text: it may hold secrets, as do the errors of those who read it.
        raise ValueError("it is not a JSON object.")  # noqa: TRY004 - the caller gave text, of the right type
    return found


def _unique(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise DuplicateMemberError
    return found


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no number.")

"""Words that people write: names, descriptions, references; and what they wrote, quoted in messages."""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import TypeVar

from stronghold_core.errors import InvalidInputError

AWord = TypeVar("AWord", bound=StrEnum)

_FORBIDDEN = {"Cc", "Cs"}
_ALLOWED_CONTROLS = "\n\t"


def checked_text(value: str, *, field: str, max_length: int) -> str:
    r"""Return *value* trimmed and in Unicode's composed form (NFC), if it can be stored and shown.

    >>> checked_text("  Cafe\u0301 ", field="name", max_length=200)
    'Café'

    Raises:
        InvalidInputError: If it is empty, too long, or holds control characters (PostgreSQL can't store NUL at all).
    """
    text = optional_text(value, field=field, max_length=max_length)
    if not text:
        raise InvalidInputError(field=field, reason="it is empty; write something.")
    return text


def optional_text(value: str | None, *, field: str, max_length: int) -> str | None:
    """Do the same for a field that may be left out: nothing, or only spaces, is none.

    >>> optional_text("   ", field="note", max_length=10) is None
    True
    """
    if value is None:
        return None
    if not isinstance(value, str):
        raise InvalidInputError(field=field, reason=f"it must be text, not {type(value).__name__}.")
    if value.isascii() and value.isprintable():
        text = value.strip()
    else:
        _refuse_controls(value, field)
        text = unicodedata.normalize("NFC", value).strip()
    if len(text) > max_length:
        raise InvalidInputError(field=field, reason=f"it has {len(text)} characters; at most {max_length} are kept.")
    return text or None


def in_short(value: object, most: int = 60) -> str:
    """Return what a caller gave as a text of at most *most* characters, whatever it is, so that a message can quote it.

    >>> in_short("bank"), in_short(None), in_short("long" * 100, 6)
    ('bank', 'None', 'longlo')
    >>> in_short(10**5000)
    '<int>'
    """
    try:
        return str(value)[:most]
    except Exception:  # noqa: BLE001 - an int may have too many digits, and another's object may raise what it likes
        return f"<{type(value).__name__}>"[:most]


def word_among(words: type[AWord], given: object) -> AWord | None:
    """Return which of some words a caller gave; none if it is none of them.

    The enumeration itself would quote what it does not know, and another's object may raise what it likes at that.

    >>> class Side(StrEnum):
    ...     LEFT = "left"
    >>> word_among(Side, "left"), word_among(Side, 7)
    (<Side.LEFT: 'left'>, None)
    """
    return next((word for word in words if word == given), None) if isinstance(given, str) else None


def _refuse_controls(value: str, field: str) -> None:
    for character in value:
        if character not in _ALLOWED_CONTROLS and unicodedata.category(character) in _FORBIDDEN:
            raise InvalidInputError(field=field, reason=f"it holds the control character {character!r}; remove it.")

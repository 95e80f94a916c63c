"""What a password may be. No rule about kinds of characters: length and rarity are what helps (NIST SP 800-63B-4)."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from stronghold_core.errors import PasswordRefusedError
from stronghold_core.identity.passwords.common import COMMON

if TYPE_CHECKING:
    from collections.abc import Callable

MIN_LENGTH: Final = 15
MIN_LENGTH_WITH_SECOND_FACTOR: Final = 8
MAX_BYTES: Final = 1_024
"""Far above what anybody types, and small enough that nobody keeps us busy with one password."""

_REPEATED: Final = re.compile(r"(.{1,8}?)\1+", re.DOTALL)
_EDGES: Final = re.compile(r"^[\W\d_]{0,4}(.*?)[\W\d_]{0,4}$", re.DOTALL)
"""What people put around a word to make it another one: ``password123!``."""

_WALKS: Final = tuple(
    f"1234567890{letters}" for letters in ("qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm")
)


def normalised(password: str) -> str | None:
    r"""Return a password in the one form that is hashed (NFKC), so that every keyboard writes the same.

    None if nobody can have it as a password: it is no text, longer than `MAX_BYTES`, or holds control characters.

    >>> normalised("ﬁve gold rings")
    'five gold rings'
    >>> normalised("a\x00b") is None, normalised("x" * 10_000_000) is None
    (True, True)
    """
    # Its length is looked at first: to go through ten megabytes would take a while.
    if not isinstance(password, str) or len(password) > MAX_BYTES:
        return None
    text = unicodedata.normalize("NFKC", password)
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        return None
    return text if len(text.encode()) <= MAX_BYTES else None


def checked_password(
    password: str, *, login_name: str, has_second_factor: bool, is_blocked: Callable[[str], bool] | None = None
) -> str:
    """Return a new password as it is to be hashed.

    >>> checked_password("correct horse battery staple", login_name="ada", has_second_factor=False)
    'correct horse battery staple'

    Raises:
        PasswordRefusedError: If it is too short or too long, holds control characters, or is easily guessed.
    """
    text = normalised(password)
    if text is None:
        raise PasswordRefusedError(reason=f"give text of at most {MAX_BYTES:,} bytes without control characters.")
    least = MIN_LENGTH_WITH_SECOND_FACTOR if has_second_factor else MIN_LENGTH
    if len(text) < least:
        reason = f"it has {len(text)} characters; {least} are the least. Several words that do not belong together do."
        raise PasswordRefusedError(reason=reason)
    if is_easily_guessed(text, login_name=login_name) or (is_blocked is not None and is_blocked(text)):
        raise PasswordRefusedError(reason="it is among those that are tried first: choose another one.")
    return text


def is_easily_guessed(password: str, *, login_name: str) -> bool:
    """Tell whether a password is a common one, one thing again and again, a sequence, or the name itself.

    >>> is_easily_guessed("Password123!", login_name="ada"), is_easily_guessed("abcabcabcabcabc", login_name="ada")
    (True, True)
    >>> (
    ...     is_easily_guessed("ada@example.com", login_name="ada@example.com"),
    ...     is_easily_guessed("2345678901", login_name="a"),
    ... )
    (True, True)
    >>> is_easily_guessed("two wet herons", login_name="ada")
    False
    """
    folded = password.casefold()
    core = _EDGES.sub(r"\1", folded)
    shapes = {folded, core}
    for shape in (folded, core):
        if whole := _REPEATED.fullmatch(shape):
            shapes.add(whole[1])
    if any(len(shape) == 1 for shape in shapes) or len(shapes & COMMON) > 0 or login_name.casefold() in shapes:
        return True
    # Of something short, said again and again, nothing is left to guess.
    return any(len(shape) <= 4 for shape in shapes) or _is_sequence(folded) or _is_walk(folded)  # noqa: PLR2004 - a PIN


def _is_walk(text: str) -> bool:
    """Tell whether it is what one gets by going along the rows of a keyboard."""
    return any(text in walk or text[::-1] in walk for walk in _WALKS)


def _is_sequence(text: str) -> bool:
    """Tell whether each character is the next one, or the one before; 0 comes after 9."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps <= {1, -9} or steps <= {-1, 9}

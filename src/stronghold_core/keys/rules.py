"""What a key may be called, by which algorithm it signs, and when somebody could guess it."""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import pairwise
from typing import Final

from stronghold_core.errors import InvalidInputError

MIN_SECRET_BYTES: Final = 32
"""As long as the hash of HS256 is wide (RFC 7518 §3.2), and as the secrets of the other algorithms are."""
_MIN_DISTINCT_BYTES: Final = 12
"""Of 32 random bytes some 30 differ; of 32 random digits in hexadecimal, 14."""
_KID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Algorithm(StrEnum):
    """By what a key signs; each key by one alone (RFC 8725 §3.1)."""

    EDDSA = "EdDSA"
    """Ed25519 (RFC 8037): the one to take."""
    ES256 = "ES256"
    """ECDSA on P-256, for those who must."""
    HS256 = "HS256"
    """A secret that everybody who verifies could sign with as well."""

    @property
    def is_symmetric(self) -> bool:
        """Whether the key has no public half."""
        return self is Algorithm.HS256


def checked_algorithm(algorithm: str) -> Algorithm:
    """Read the name of an algorithm.

    >>> checked_algorithm("EdDSA")
    <Algorithm.EDDSA: 'EdDSA'>

    Raises:
        InvalidInputError: If no key of ours signs by it.
    """
    try:
        return Algorithm(algorithm)
    except ValueError as error:
        known = ", ".join(Algorithm)
        raise InvalidInputError(
            field="algorithm", reason=f"{str(algorithm)[:40]!r} is none of ours; choose one of {known}."
        ) from error


def is_kid(kid: object) -> bool:
    """Tell whether a key of ours can be called so. A name only ever looks a key up; it is no path and no address.

    >>> is_kid("20261122-9f3a01c2"), is_kid("../../etc/passwd"), is_kid("")
    (True, False, False)
    """
    return isinstance(kid, str) and _KID.fullmatch(kid) is not None


def weakness_of(secret: bytes) -> str | None:
    """Say why somebody could guess *secret*; none if nothing speaks for that.

    >>> weakness_of(bytes(32))
    'its bytes repeat.'
    >>> weakness_of(b"password")
    'it has 8 bytes of at least 32.'
    >>> import secrets
    >>> weakness_of(secrets.token_bytes(32)) is None
    True
    """
    if len(secret) < MIN_SECRET_BYTES:
        return f"it has {len(secret)} bytes of at least {MIN_SECRET_BYTES}."
    if any(secret[period:] == secret[:-period] for period in range(1, len(secret) // 2 + 1)):
        return "its bytes repeat."
    if len({(after - before) % 256 for before, after in pairwise(secret)}) == 1:
        return "its bytes count up or down."
    if len(set(secret)) < _MIN_DISTINCT_BYTES:
        return "too few of its bytes differ."
    return None

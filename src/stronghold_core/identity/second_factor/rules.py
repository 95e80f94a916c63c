"""Codes of authenticator apps (TOTP, RFC 6238), and recovery codes for whoever has lost theirs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

STEP_SECONDS: Final = 30
STEPS_APART: Final = 1
"""By how many steps a device's clock may differ from ours (RFC 6238 §5.2)."""
RECOVERY_CODES: Final = 10
_RECOVERY_BYTES: Final = 10
_GROUP: Final = 4


def step_at(instant: datetime) -> int:
    """Return the time step that an instant is in.

    >>> from datetime import UTC, datetime
    >>> step_at(datetime(1970, 1, 1, 0, 1, tzinfo=UTC))
    2
    """
    return int(instant.timestamp()) // STEP_SECONDS


def matching_step(code: object, *, now: int, code_at: Callable[[int], str]) -> int | None:
    """Return the step of which *code* is the code, among those that a device's clock may be at; none if it is none.

    >>> matching_step("000 041", now=42, code_at=lambda step: f"{step:06}")
    41
    >>> matching_step("000040", now=42, code_at=lambda step: f"{step:06}") is None
    True
    """
    if not isinstance(code, str) or not code.isascii():
        return None
    given = code.replace(" ", "")
    found: int | None = None
    # All are compared, so that the time tells nothing.
    for step in range(now - STEPS_APART, now + STEPS_APART + 1):
        if hmac.compare_digest(given, code_at(step)):
            found = step
    return found


def new_recovery_codes() -> tuple[str, ...]:
    """Make recovery codes: 80 random bits each, in groups that people can copy by hand.

    >>> len(new_recovery_codes()), len(new_recovery_codes()[0])
    (10, 19)
    """
    return tuple(_grouped(secrets.token_bytes(_RECOVERY_BYTES)) for _ in range(RECOVERY_CODES))


def hash_of_recovery_code(code: object) -> bytes | None:
    """Return what is stored of a recovery code, however it was typed; none if it can be no such code.

    >>> hash_of_recovery_code("abcd efgh ijkl mnop") == hash_of_recovery_code("ABCD-EFGH-IJKL-MNOP")
    True
    >>> hash_of_recovery_code("123456") is None
    True
    """
    if not isinstance(code, str) or not code.isascii():
        return None
    letters = code.replace("-", "").replace(" ", "").upper()
    if len(letters) != _RECOVERY_BYTES * 8 // 5:
        return None
    return hashlib.sha256(letters.encode()).digest()


def _grouped(secret: bytes) -> str:
    letters = base64.b32encode(secret).decode()
    return "-".join(letters[place : place + _GROUP] for place in range(0, len(letters), _GROUP))

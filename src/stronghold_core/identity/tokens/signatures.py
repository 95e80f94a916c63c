"""The form of a signed token (RFC 7515, compact), read strictly, and its signature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from stronghold_core.identity.tokens.rules import TokenRefusal, kid_of, refuse
from stronghold_core.keys.encoding import DuplicateMemberError, from_base64url, read_json_object

if TYPE_CHECKING:
    from collections.abc import Callable

_PARTS: Final = 3


class Verifier(Protocol):
    """A key, as far as a token's reader needs it."""

    @property
    def algorithm(self) -> str:
        """By what it signs: by that alone."""
        ...

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Tell whether *signature* is this key's of *message*."""
        ...


class SignedText(NamedTuple):
    """A token taken apart; nothing of it is true yet."""

    header: dict[str, Any]
    payload: bytes
    message: bytes
    """What is signed: header and payload as they were written."""
    signature: bytes


def take_apart(token: str, *, max_length: int) -> SignedText:
    """Take a token apart.

    Raises:
        TokenRefusedError: If it is too long, which is looked at before anything else, or no token.
    """
    if not isinstance(token, str):
        refuse(TokenRefusal.MALFORMED)
    if len(token) > max_length:
        refuse(TokenRefusal.TOO_LONG)
    parts = token.split(".")
    if len(parts) != _PARTS:
        refuse(TokenRefusal.MALFORMED)
    header, payload, signature = (_decoded(part) for part in parts)
    return SignedText(_object(header), payload, f"{parts[0]}.{parts[1]}".encode("ascii"), signature)


def check_signature(signed: SignedText, find_key: Callable[[str], Verifier | None]) -> None:
    """Pass if the key that the token names has signed it.

    Raises:
        TokenRefusedError: If it names none that *find_key* finds, another algorithm than that key's, or if the
            signature is not that key's.
    """
    key = find_key(kid_of(signed.header))
    if key is None:
        refuse(TokenRefusal.UNKNOWN_KEY)
    if signed.header.get("alg") != key.algorithm:
        refuse(TokenRefusal.ALGORITHM)
    if not key.verify(signed.signature, signed.message):
        refuse(TokenRefusal.SIGNATURE)


def claims_of(signed: SignedText) -> dict[str, Any]:
    """Return what a token says, which is worth something once its signature was checked.

    Raises:
        TokenRefusedError: If it says nothing in a way that has one reading.
    """
    return _object(signed.payload)


def _decoded(part: str) -> bytes:
    try:
        return from_base64url(part)
    except ValueError:
        refuse(TokenRefusal.MALFORMED)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        return read_json_object(raw)
    except DuplicateMemberError:
        refuse(TokenRefusal.DUPLICATE_MEMBER)
    except ValueError:
        refuse(TokenRefusal.MALFORMED)

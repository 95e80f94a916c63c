"""Random secrets as text that people and programs carry: API keys, invitations, refresh tokens.

Each is ``<kind>_<id>_<secret>_<checksum>``: what it is, so that scanners of source code find one that leaked; the id by
which its row is found; 256 random bits; and a CRC-32, so that a typing error is seen without asking the database. Only
the SHA-256 of the secret is stored: of so many random bits nobody guesses any from it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import zlib
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID_DIGITS: Final = 22
_SECRET_DIGITS: Final = 43
_CHECKSUM_DIGITS: Final = 6
SECRET_BYTES: Final = 32


class CredentialKind(StrEnum):
    """What a secret is for; it stands at the beginning of its text."""

    API_KEY = "fs_live"
    INVITATION = "fs_invite"
    REFRESH_TOKEN = "fs_refresh"  # noqa: S105 # nosec B105 - what tokens begin with


_FORM: Final = re.compile(
    rf"(?P<kind>{'|'.join(CredentialKind)})_(?P<id>[0-9A-Za-z]{{{_ID_DIGITS}}})"
    rf"_(?P<secret>[0-9A-Za-z]{{{_SECRET_DIGITS}}})_(?P<checksum>[0-9A-Za-z]{{{_CHECKSUM_DIGITS}}})"
)


class Credential(NamedTuple):
    """One such secret, with the id of what it belongs to."""

    kind: CredentialKind
    id: UUID
    secret: bytes

    @property
    def hash(self) -> bytes:
        """What is stored of the secret."""
        return hashlib.sha256(self.secret).digest()

    @property
    def text(self) -> str:
        """What its holder carries.

        >>> print(Credential(CredentialKind.API_KEY, UUID(int=1), bytes(32)).text)
        fs_live_0000000000000000000001_0000000000000000000000000000000000000000000_0uAuNv
        """
        body = (
            f"{self.kind}_{_written(self.id.int, _ID_DIGITS)}_{_written(int.from_bytes(self.secret), _SECRET_DIGITS)}"
        )
        return f"{body}_{_checksum(body)}"

    def matches(self, stored: bytes) -> bool:
        """Tell whether *stored* is the hash of this secret, in a time that does not depend on where they differ."""
        return hmac.compare_digest(self.hash, stored)

    def __repr__(self) -> str:
        return f"Credential({self.kind.value}, {self.id})"


def new_credential(kind: CredentialKind, of: UUID) -> Credential:
    """Make a secret that belongs to *of*."""
    return Credential(kind, of, secrets.token_bytes(SECRET_BYTES))


def read_credential(text: object, kind: CredentialKind) -> Credential | None:
    """Read the text of a credential of that *kind*; none if it is no such text, or was mistyped.

    >>> one = new_credential(CredentialKind.INVITATION, UUID(int=7))
    >>> read_credential(one.text, CredentialKind.INVITATION) == one
    True
    >>> read_credential(one.text, CredentialKind.API_KEY) is None
    True
    """
    found = _FORM.fullmatch(text) if isinstance(text, str) else None
    if found is None or found["kind"] != kind or _checksum(found[0].rpartition("_")[0]) != found["checksum"]:
        return None
    number, secret = _read(found["id"]), _read(found["secret"])
    # Digits of 62 can write a little more than so many bits hold.
    if number.bit_length() > 128 or secret.bit_length() > SECRET_BYTES * 8:  # noqa: PLR2004 - bits of a UUID
        return None
    return Credential(kind, UUID(int=number), secret.to_bytes(SECRET_BYTES))


def sealed_for(holder: Credential, successor: bytes) -> bytes:
    """Encrypt the secret that comes after *holder*'s, so that only who has that one can read it.

    The pad is derived from 256 random bits that are used for nothing else and for one successor only, so an exclusive
    or is all it takes. Applied again, it decrypts.

    >>> old = new_credential(CredentialKind.REFRESH_TOKEN, UUID(int=7))
    >>> sealed_for(old, sealed_for(old, b"s" * 32))
    b'ssssssssssssssssssssssssssssssss'
    """
    pad = hmac.digest(holder.secret, b"stronghold refresh successor", "sha256")
    return bytes(one ^ other for one, other in zip(pad, successor, strict=True))


def _checksum(body: str) -> str:
    return _written(zlib.crc32(body.encode()), _CHECKSUM_DIGITS)


def _written(number: int, width: int) -> str:
    digits: list[str] = []
    while number:
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits)).rjust(width, _DIGITS[0])


def _read(digits: str) -> int:
    number = 0
    for digit in digits:
        number = number * len(_DIGITS) + _DIGITS.index(digit)
    return number

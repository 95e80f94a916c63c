"""Encrypting secrets of authenticator apps: each for its owner, so that none can be put in another's place."""

from __future__ import annotations

import hmac
import os
from typing import TYPE_CHECKING, Final

from stronghold_core.errors import ConfigurationError, IntegrityFaultError

if TYPE_CHECKING:
    from stronghold_core.ids import UserId

_NONCE_BYTES: Final = 12


class Sealing:
    """Encrypts and decrypts with AES-256-GCM.

    Args:
        key: The host's; what is used is derived from it.

    Raises:
        ConfigurationError: If there is no key, or the package for it is missing.
    """

    def __init__(self, key: bytes | None) -> None:
        if key is None:
            reason = "A second factor needs a key: pass Settings(second_factor_key=…), 32 random bytes that you keep."
            raise ConfigurationError(reason=reason)
        try:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - of an extra
        except ImportError as error:
            reason = "A second factor needs cryptography and pyotp: pip install 'financial-stronghold[identity]'."
            raise ConfigurationError(reason=reason) from error
        self._cipher = AESGCM(hmac.digest(key, b"stronghold second factor", "sha256"))

    def seal(self, secret: str, owner: UserId) -> bytes:
        """Encrypt a secret of *owner*'s."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret.encode(), owner.bytes)

    def unseal(self, sealed: bytes, owner: UserId) -> str:
        """Decrypt it.

        Raises:
            IntegrityFaultError: If it was encrypted for somebody else, with another key, or was altered.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - of an extra

        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], owner.bytes).decode()
        except InvalidTag as error:
            reason = f"the second factor of user {owner} was not encrypted for them with this key."
            raise IntegrityFaultError(reason=reason) from error

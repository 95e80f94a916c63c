"""A key that signs checkpoints, made anew for each test."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class TestKey:
    """An Ed25519 key."""

    __test__ = False
    algorithm = "EdDSA"

    def __init__(self, kid: str = "test") -> None:
        self.kid = kid
        self._secret = Ed25519PrivateKey.generate()

    def sign(self, message: bytes) -> bytes:
        """Sign *message*."""
        return self._secret.sign(message)

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Tell whether it signed *message*."""
        try:
            self._secret.public_key().verify(signature, message)
        except InvalidSignature:
            return False
        return True

"""Errors of identity: proofs of who is asking that prove nobody."""

from __future__ import annotations

from stronghold_core.errors.families import AuthenticationError, UnavailableError


class TokenRefusedError(AuthenticationError):
    """A token proves nobody.

    Its `refusal` is for logs and tests: whoever sent the token is told no more than that there is no valid proof.
    """

    code = "authentication.token"
    template = "The token proves nobody: {refusal}."
    refusal: str


class KeysUnavailableError(UnavailableError):
    """It can't be told whether tokens are good: their issuer's keys could not be read yet."""

    code = "unavailable.keys"
    template = "The keys of {issuer} can't be read just now, so that nobody with a token of theirs gets in: try again."
    issuer: str

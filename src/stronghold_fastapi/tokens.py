"""Access tokens: who asks, in which tenant, for a quarter of an hour.

JSON Web Tokens (RFC 7519) of the access-token profile (RFC 9068), held to RFC 8725: one algorithm, which the token has
no say in; issuer, audience and type must be ours; every claim must be there; nothing in the header is followed.
Somebody else's proofs, such as an identity provider's, come in through an `Authenticator` of their own instead.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import jwt

from stronghold_core import AuthenticationError, ConfigurationError
from stronghold_fastapi.access import Caller

if TYPE_CHECKING:
    from fastapi import Request

MIN_KEY_BYTES: Final = 32
"""As long as the hash is wide (RFC 7518 §3.2)."""
MAX_TOKEN_LENGTH: Final = 4_096
_ALGORITHM: Final = "HS256"
_TYPE: Final = "at+jwt"
_CLAIMS: Final = ("iss", "aud", "sub", "tid", "iat", "nbf", "exp", "jti")
_PRINCIPAL: Final = re.compile(r"(user|service|key):\S{1,190}")
_BEARER: Final = re.compile(r"Bearer +(\S+)", re.IGNORECASE)


class TokenIssuer:
    """Issues access tokens, and reads its own back.

    Args:
        key: A secret of at least 32 random bytes; whoever has it can be anybody.
        issuer: Who issues: the server's own URL, say.
        audience: Whom the tokens are for; tokens for others are refused.
        lifetime_seconds: How long a token is good for.
        now: The time in seconds since 1970; the machine's clock if left out.

    Raises:
        ConfigurationError: If the key is too short.
    """

    def __init__(
        self,
        key: bytes,
        *,
        issuer: str,
        audience: str,
        lifetime_seconds: int = 900,
        now: Callable[[], float] = time.time,
    ) -> None:
        if len(key) < MIN_KEY_BYTES:
            raise ConfigurationError(
                reason=f"The key of access tokens has {len(key)} bytes; make one of at least {MIN_KEY_BYTES} with "
                "secrets.token_bytes(32), and keep it secret."
            )
        self._key = key
        self._issuer = issuer
        self._audience = audience
        self._lifetime_seconds = lifetime_seconds
        self._now = now

    @property
    def lifetime_seconds(self) -> int:
        """How long a token is good for."""
        return self._lifetime_seconds

    def issue(self, caller: Caller) -> str:
        """Make a token that proves to be *caller*."""
        now = int(self._now())
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": caller.principal,
            "tid": str(caller.tenant_id),
            "iat": now,
            "nbf": now,
            "exp": now + self._lifetime_seconds,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM, headers={"typ": _TYPE})

    def read(self, token: str) -> Caller:
        """Return whom *token* proves.

        Raises:
            AuthenticationError: If it proves nobody, for whatever reason: which one is nobody's business.
        """
        try:
            return self._read(token)
        except (jwt.PyJWTError, ValueError) as error:
            raise AuthenticationError from error

    def _read(self, token: str) -> Caller:
        if len(token) > MAX_TOKEN_LENGTH:
            raise ValueError("too long")
        read = jwt.decode_complete(
            token,
            self._key,
            algorithms=[_ALGORITHM],
            issuer=self._issuer,
            audience=self._audience,
            # The times are checked here, against a clock that can be set.
            options={"require": list(_CLAIMS), "verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
        if read["header"].get("typ") != _TYPE:
            raise ValueError("of another type")
        claims = read["payload"]
        if not all(type(claims[name]) is int for name in ("iat", "nbf", "exp")):
            raise ValueError("a time that is none")
        if not max(claims["nbf"], claims["iat"]) <= self._now() < claims["exp"]:
            raise ValueError("not good now")
        if not _PRINCIPAL.fullmatch(claims["sub"]):
            raise ValueError("nobody")
        return Caller(claims["sub"], uuid.UUID(str(claims["tid"])))


class BearerTokens:
    """The authenticator of requests with ``Authorization: Bearer …`` (RFC 6750)."""

    def __init__(self, issuer: TokenIssuer) -> None:
        self._issuer = issuer

    async def __call__(self, request: Request) -> Caller:
        """Return who asks.

        Raises:
            AuthenticationError: If there is no token, two, or one that proves nobody.
        """
        given = request.headers.getlist("authorization")
        match = _BEARER.fullmatch(given[0].strip()) if len(given) == 1 else None
        if match is None:
            raise AuthenticationError
        return self._issuer.read(match[1])

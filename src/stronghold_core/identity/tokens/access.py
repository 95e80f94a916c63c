"""Access tokens of our own: issued by the active key, verified by it and by those just retired."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from stronghold_core.clock import SystemClock
from stronghold_core.errors import InvalidInputError
from stronghold_core.identity.tokens.records import AccessClaims, IssuedToken
from stronghold_core.identity.tokens.rules import (
    KEPT_FOR,
    MAX_LIFETIME,
    MAX_TOKEN_LENGTH,
    TYPE,
    check_header,
    check_origin,
    check_own_times,
    check_times,
    checked_bearer,
    checked_leeway,
    checked_lifetime,
    checked_name,
    checked_session,
    read_principal,
    read_scopes,
    read_tenant,
    read_text,
)
from stronghold_core.identity.tokens.signatures import check_signature, claims_of, take_apart
from stronghold_core.ids import parse_id
from stronghold_core.keys.encoding import to_base64url
from stronghold_core.permissions import checked_patterns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from stronghold_core.clock import Clock
    from stronghold_core.ids import AnId
    from stronghold_core.keys import Key, KeyRing

DEFAULT_LEEWAY: Final = timedelta(seconds=30)


class AccessTokens:
    """Issues access tokens, and reads its own back.

    Args:
        keys: The keys, or what gives them: `WatchedKeys`, so that a rotation needs no restart.
        issuer: Who issues: the server's own URL, say.
        audience: Whom the tokens are for; tokens for others are refused.
        lifetime: How long a token is good for, 5 to 15 minutes; what lasts longer is a session.
        leeway: By how much the clocks of machines may differ, a minute at most.
        clock: What time it is; the machine's own clock if left out.

    >>> from datetime import UTC, datetime
    >>> from stronghold_core.keys import Key, KeyRing
    >>> ring = KeyRing([Key.new(now=datetime.now(UTC))])
    >>> tokens = AccessTokens(ring, issuer="https://books.example", audience="books")
    >>> issued = tokens.issue("user:ada", "0193a5c0-0000-7000-8000-000000000001", scopes=["*:read"])
    >>> tokens.verify(issued.token).scopes
    ('*:read',)

    Raises:
        ConfigurationError: If a name is missing, or a time is out of its bounds.
    """

    may_wait: Final = False
    """It needs nothing but what is in memory, so that a server need not set a thread aside for it."""

    def __init__(
        self,
        keys: KeyRing | Callable[[], KeyRing],
        *,
        issuer: str,
        audience: str,
        lifetime: timedelta = MAX_LIFETIME,
        leeway: timedelta = DEFAULT_LEEWAY,
        clock: Clock | None = None,
    ) -> None:
        self._keys = keys if callable(keys) else lambda: keys
        self._issuer = checked_name(issuer, what="issuer")
        self._audience = checked_name(audience, what="audience")
        self._lifetime = checked_lifetime(lifetime)
        self._leeway = checked_leeway(leeway)
        self._clock = clock or SystemClock()

    @property
    def lifetime(self) -> timedelta:
        """How long a token is good for."""
        return self._lifetime

    def issue(
        self,
        principal: str,
        tenant_id: AnId,
        *,
        scopes: Iterable[str] | None = None,
        session_id: str | None = None,
    ) -> IssuedToken:
        """Make a token that proves to be *principal* in a tenant; whether they are a member is looked at on its use.

        Args:
            principal: Who it is for; not the system itself.
            tenant_id: In which tenant.
            scopes: What it is good for at most: permissions, and patterns such as ``account:*``.
            session_id: The session that it is issued in.

        Raises:
            InvalidInputError: If one of them can't be meant, or the scopes are too many for a token.
            UnknownPermissionError: If a scope names nothing.
        """
        now = self._clock.now().replace(microsecond=0)
        expires_at = now + self._lifetime
        claims: dict[str, object] = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": checked_bearer(principal),
            "tid": str(parse_id(tenant_id, field="tenant_id")),
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
            "jti": str(uuid4()),
        }
        if scopes is not None:
            claims["scope"] = " ".join(checked_patterns(scopes, field="scopes"))
        if checked_session(session_id) is not None:
            claims["sid"] = session_id
        return IssuedToken(
            token=_signed(claims, self._keys().active),
            token_id=str(claims["jti"]),
            expires_at=expires_at,
            expires_in_seconds=int(self._lifetime.total_seconds()),
        )

    def verify(self, token: str) -> AccessClaims:
        """Return what *token* says, if it is one of ours, for us, and good now.

        Raises:
            TokenRefusedError: If not; its `refusal` says why, which is nobody's business outside.
        """
        now, ring = self._clock.now(), self._keys()
        signed = take_apart(token, max_length=MAX_TOKEN_LENGTH)
        check_header(signed.header, types=(TYPE,))
        check_signature(signed, lambda kid: ring.find_accepted(kid, now, kept_for=KEPT_FOR))
        claims = claims_of(signed)
        check_origin(claims, issuer=self._issuer, audience=self._audience)
        times = check_times(claims, now, leeway=self._leeway)
        check_own_times(claims, times)
        return AccessClaims(
            principal=read_principal(claims),
            tenant_id=read_tenant(claims),
            scopes=read_scopes(claims),
            token_id=read_text(claims, "jti"),
            session_id=read_text(claims, "sid") if "sid" in claims else None,
            issued_at=times.issued_at,
            expires_at=times.expires_at,
        )

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the public halves of the keys, as ``/.well-known/jwks.json`` says them to others that verify."""
        return self._keys().jwks(self._clock.now(), kept_for=KEPT_FOR)


def _signed(claims: Mapping[str, object], key: Key) -> str:
    header = {"alg": str(key.algorithm), "kid": key.kid, "typ": TYPE}
    message = ".".join(to_base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    token = f"{message}.{to_base64url(key.sign(message.encode('ascii')))}"
    if len(token) > MAX_TOKEN_LENGTH:
        reason = f"the token would be longer than {MAX_TOKEN_LENGTH:,} characters; write patterns such as account:*."
        raise InvalidInputError(field="scopes", reason=reason)
    return token

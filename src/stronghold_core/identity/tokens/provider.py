"""Tokens of an identity provider: verified by the keys that it publishes, which change without notice.

Keys are fetched by what the host gives, are kept, and are fetched again when they are old or when a token names one
that is not known: but never more often than once in a while, whatever tokens arrive.
"""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from stronghold_core.clock import SystemClock
from stronghold_core.errors import (
    AuthenticationError,
    ConfigurationError,
    KeysUnavailableError,
    NotFoundError,
    RuleError,
    TokenRefusedError,
)
from stronghold_core.identity.tokens.key_sets import read_key_set
from stronghold_core.identity.tokens.rules import (
    MAX_PROVIDER_TOKEN_LENGTH,
    TYPE,
    TokenRefusal,
    check_header,
    check_origin,
    check_times,
    checked_bearer,
    checked_leeway,
    checked_name,
)
from stronghold_core.identity.tokens.signatures import check_signature, claims_of, take_apart
from stronghold_core.permissions import checked_patterns

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from stronghold_core.clock import Clock
    from stronghold_core.identity.tokens.key_sets import PublicKey, PublicKeys
    from stronghold_core.identity.tokens.records import Bearer

FRESH_FOR: Final = timedelta(hours=1)
"""After this, keys are fetched again by the way."""
GOOD_FOR: Final = timedelta(hours=24)
"""For how long keys are believed while they can't be fetched again."""
PAUSE: Final = timedelta(seconds=30)
"""How long nothing is fetched after it was tried, whatever tokens name."""
_NOBODY: Final = (
    *(RuleError, NotFoundError, AuthenticationError),
    *(ValueError, LookupError, TypeError, AttributeError),
)
"""What a host's reading of claims may raise where they say less than it expects; not that a database is away."""
_log = logging.getLogger("stronghold.tokens")


class IdentityProvider:
    """Verifies tokens that somebody else has issued.

    Args:
        issuer: Who issues them: their ``iss``, to the letter.
        audience: Whom they must be for: us.
        jwks: The provider's keys, or what fetches them from the address that it publishes them at, as bytes; it must
            give up after some seconds.
        identify: Makes of the claims of a good token whom it proves, and in which tenant. Where they do not say it, it
            raises what Python does of itself, such as `KeyError`, or an error of this library's rules.
        types: Which ``typ`` an access token of the provider has. Many write ``JWT``, as they do for other tokens; then
            nothing but the audience tells them apart.
        leeway: By how much clocks may differ, a minute at most.
        clock: What time it is; the machine's own clock if left out.

    Raises:
        ConfigurationError: If a name is missing, if there are no types, or if the clocks may differ too much.
        InvalidInputError: If the keys were given and can't be used.
    """

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        jwks: Mapping[str, Any] | Callable[[], bytes | Mapping[str, Any]],
        identify: Callable[[Mapping[str, Any]], Bearer],
        types: Collection[str] = (TYPE,),
        leeway: timedelta = timedelta(seconds=30),
        clock: Clock | None = None,
    ) -> None:
        self._issuer = checked_name(issuer, what="issuer")
        self._audience = checked_name(audience, what="audience")
        self._identify = identify
        self._types = _checked_types(types)
        self._leeway = checked_leeway(leeway)
        self._clock = clock or SystemClock()
        self._keys = _FetchedKeys(jwks, issuer, self._clock) if callable(jwks) else _given(jwks)
        self.may_wait = callable(jwks)
        """Whether it may wait for an answer of the provider's, so that a server sets a thread aside for it."""

    def verify(self, token: str) -> Bearer:
        """Return whom *token* proves, if it is the provider's, for us, and good now.

        Raises:
            KeysUnavailableError: If there are no keys yet to tell.
            TokenRefusedError: If it is not; its `refusal` says why, which is nobody's business outside.
        """
        signed = take_apart(token, max_length=MAX_PROVIDER_TOKEN_LENGTH)
        check_header(signed.header, types=self._types)
        check_signature(signed, self._keys)
        claims = claims_of(signed)
        check_origin(claims, issuer=self._issuer, audience=self._audience)
        check_times(claims, self._clock.now(), leeway=self._leeway)
        try:
            found = self._identify(claims)
            checked_bearer(found.principal)
            checked_patterns(found.scopes or ())
        except _NOBODY as error:
            raise TokenRefusedError(refusal=TokenRefusal.CLAIM) from error
        return found


def _checked_types(types: Collection[str]) -> frozenset[str]:
    if isinstance(types, str) or not types or not all(isinstance(one, str) and one for one in types):
        raise ConfigurationError(reason="Say which types a token of the provider may have, such as {'at+jwt'}.")
    return frozenset(types)


def _given(jwks: Mapping[str, Any]) -> Callable[[str], PublicKey | None]:
    return read_key_set(jwks).find


class _FetchedKeys:
    """Finds a provider's keys by name, and fetches them when that is due."""

    def __init__(self, fetch: Callable[[], bytes | Mapping[str, Any]], issuer: str, clock: Clock) -> None:
        self._fetch = fetch
        self._issuer = issuer
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: PublicKeys | None = None
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None

    def __call__(self, kid: str) -> PublicKey | None:
        keys = self._current()
        if keys is None or keys.find(kid) is None:
            # The provider may have made new ones since; whoever waited for the lock finds that already done.
            with self._lock:
                self._fetch_if_due()
        elif self._age() > FRESH_FOR and self._lock.acquire(blocking=False):
            # One request sees to it; the others go on with what there is.
            try:
                self._fetch_if_due()
            finally:
                self._lock.release()
        keys = self._current()
        if keys is None:
            raise KeysUnavailableError(issuer=self._issuer)
        return keys.find(kid)

    def _age(self) -> timedelta:
        return timedelta.max if self._fetched_at is None else self._clock.now() - self._fetched_at

    def _current(self) -> PublicKeys | None:
        return self._keys if self._age() <= GOOD_FOR else None

    def _fetch_if_due(self) -> None:
        now = self._clock.now()
        if self._tried_at is not None and timedelta() <= now - self._tried_at < PAUSE:
            return
        self._tried_at = now
        try:
            self._keys, self._fetched_at = read_key_set(self._fetch()), now
        except Exception as error:  # noqa: BLE001 - whatever the host's client raises: the old keys stay
            _log.warning("The keys of %s could not be fetched: %s", self._issuer, error)

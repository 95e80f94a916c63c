"""When a token is good: what its header and its claims must say.

Every refusal has a code of its own, for logs and for whoever looks for a mistake. Outside they are all one.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn, TypeGuard
from uuid import UUID

from stronghold_core.errors import ConfigurationError, InvalidInputError, TokenRefusedError, UnknownPermissionError
from stronghold_core.ids import PrincipalId, TenantId, parse_principal
from stronghold_core.permissions import checked_patterns

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

MIN_LIFETIME: Final = timedelta(minutes=5)
MAX_LIFETIME: Final = timedelta(minutes=15)
MAX_LEEWAY: Final = timedelta(seconds=60)
"""By how much the clocks of two machines may differ."""
KEPT_FOR: Final = MAX_LIFETIME + MAX_LEEWAY
"""How long a retired key verifies: what it has signed last is not good for longer."""
MAX_TOKEN_LENGTH: Final = 4_096
MAX_PROVIDER_TOKEN_LENGTH: Final = 16_384
"""Providers list groups and roles in their tokens."""
TYPE: Final = "at+jwt"
"""Of an access token (RFC 9068 §2.1): no other kind of token is taken for one."""
_FORBIDDEN: Final = frozenset({"jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc"})
"""What a header would have us fetch, believe or decompress."""
_PROVIDER_KID: Final = re.compile(r"[!-~]{1,200}")
_LATEST: Final = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())
_SESSION: Final = re.compile(r"[!-~]{1,100}")


class TokenRefusal(StrEnum):
    """Why a token proves nobody."""

    TOO_LONG = "token.too_long"
    MALFORMED = "token.malformed"
    """Not three parts of canonical base64url, or not of JSON objects."""
    DUPLICATE_MEMBER = "token.duplicate_member"
    HEADER = "token.header"
    """Its header asks for something that is not done: to fetch a key, say."""
    TYPE = "token.type"
    KID = "token.kid"
    """It names no key, or not as keys are named."""
    UNKNOWN_KEY = "token.unknown_key"
    ALGORITHM = "token.algorithm"
    """It names another algorithm than its key's, or none."""
    SIGNATURE = "token.signature"
    CLAIM = "token.claim"
    """A claim is missing, or can't be meant."""
    ISSUER = "token.issuer"
    AUDIENCE = "token.audience"
    EXPIRED = "token.expired"
    NOT_YET = "token.not_yet"
    LIFETIME = "token.lifetime"
    """It is good for longer than any token of ours."""


def refuse(refusal: TokenRefusal) -> NoReturn:
    """Refuse a token.

    Raises:
        TokenRefusedError: Always.
    """
    raise TokenRefusedError(refusal=refusal)


class Times(NamedTuple):
    """From when to when a token is good."""

    issued_at: datetime
    expires_at: datetime


def checked_lifetime(lifetime: timedelta) -> timedelta:
    """Return for how long tokens shall be good.

    >>> checked_lifetime(timedelta(minutes=10))
    datetime.timedelta(seconds=600)

    Raises:
        ConfigurationError: If that is not 5 to 15 minutes of whole seconds.
    """
    if not isinstance(lifetime, timedelta) or not MIN_LIFETIME <= lifetime <= MAX_LIFETIME or lifetime.microseconds:
        raise ConfigurationError(
            reason=f"Access tokens can't be good for {lifetime}: choose 5 to 15 minutes; sessions last longer."
        )
    return lifetime


def checked_leeway(leeway: timedelta) -> timedelta:
    """Return by how much clocks may differ.

    >>> checked_leeway(timedelta(seconds=30))
    datetime.timedelta(seconds=30)

    Raises:
        ConfigurationError: If that is more than a minute, or less than nothing.
    """
    if not isinstance(leeway, timedelta) or not timedelta() <= leeway <= MAX_LEEWAY:
        raise ConfigurationError(
            reason=f"Clocks can't differ by {leeway}: allow up to 60 seconds, and set them by NTP."
        )
    return leeway


def checked_name(name: str, *, what: str) -> str:
    """Return the name of an issuer or an audience.

    Raises:
        ConfigurationError: If it is empty or no text: any token would do.
    """
    if not isinstance(name, str) or not name.strip():
        raise ConfigurationError(reason=f"Tokens need an {what}: name it, by a URL, say.")
    return name


# ------------------------------------------------------------------ header


def check_header(header: Mapping[str, Any], *, types: Collection[str]) -> None:
    """Pass if *header* asks for nothing, and names one of *types*.

    >>> check_header({"alg": "EdDSA", "typ": "at+jwt", "kid": "k1"}, types={"at+jwt"})

    Raises:
        TokenRefusedError: If not.
    """
    if _FORBIDDEN & header.keys():
        refuse(TokenRefusal.HEADER)
    if header.get("typ") not in types:
        refuse(TokenRefusal.TYPE)


def is_provider_kid(kid: object) -> TypeGuard[str]:
    """Tell whether a key can be called so at all; providers name keys as they like.

    >>> is_provider_kid("a+b/c="), is_provider_kid("")
    (True, False)
    """
    return isinstance(kid, str) and _PROVIDER_KID.fullmatch(kid) is not None


def kid_of(header: Mapping[str, Any]) -> str:
    """Return which key *header* names: a word to look up, whatever it looks like.

    >>> kid_of({"kid": "k1"})
    'k1'

    Raises:
        TokenRefusedError: If it names none.
    """
    kid = header.get("kid")
    if not is_provider_kid(kid):
        refuse(TokenRefusal.KID)
    return kid


# ------------------------------------------------------------------ claims


def check_origin(claims: Mapping[str, Any], *, issuer: str, audience: str) -> None:
    """Pass if the token is from *issuer*, and for *audience*.

    >>> check_origin({"iss": "https://a.example", "aud": ["b", "c"]}, issuer="https://a.example", audience="b")

    Raises:
        TokenRefusedError: If not. Names are compared as they are: one that begins alike is another.
    """
    if claims.get("iss") != issuer:
        refuse(TokenRefusal.ISSUER)
    named = claims.get("aud")
    audiences = named if isinstance(named, list) else [named]
    if not all(isinstance(one, str) for one in audiences):
        refuse(TokenRefusal.CLAIM)
    if audience not in audiences:
        refuse(TokenRefusal.AUDIENCE)


def check_times(claims: Mapping[str, Any], now: datetime, *, leeway: timedelta) -> Times:
    """Return from when to when the token is good, if that is now.

    >>> now = datetime(2026, 11, 22, tzinfo=UTC)
    >>> said = {"iat": int(now.timestamp()), "nbf": int(now.timestamp()), "exp": int(now.timestamp()) + 600}
    >>> check_times(said, now, leeway=timedelta()).expires_at
    datetime.datetime(2026, 11, 22, 0, 10, tzinfo=datetime.timezone.utc)

    Raises:
        TokenRefusedError: If it is not, or if a time is none. It need not say from when it is good, only when it was
            made.
    """
    expires_at = _instant(claims, "exp")
    issued_at = _instant(claims, "iat")
    good_from = _instant(claims, "nbf") if "nbf" in claims else issued_at
    if expires_at <= now - leeway:
        refuse(TokenRefusal.EXPIRED)
    if max(issued_at, good_from) > now + leeway:
        refuse(TokenRefusal.NOT_YET)
    return Times(issued_at, expires_at)


def _instant(claims: Mapping[str, Any], name: str) -> datetime:
    """Read a time: whole seconds since 1970; True is no number here."""
    seconds = claims.get(name)
    if type(seconds) is not int or not 0 <= seconds < _LATEST:
        refuse(TokenRefusal.CLAIM)
    return datetime.fromtimestamp(seconds, UTC)


def check_own_times(claims: Mapping[str, Any], times: Times) -> None:
    """Pass if the token says from when it is good, and is so no longer than any of ours.

    Raises:
        TokenRefusedError: If not: whoever has our key for a moment may still not make a token for ever.
    """
    if "nbf" not in claims:
        refuse(TokenRefusal.CLAIM)
    if not timedelta() < times.expires_at - times.issued_at <= MAX_LIFETIME:
        refuse(TokenRefusal.LIFETIME)


def read_text(claims: Mapping[str, Any], name: str) -> str:
    """Return a claim that is a word.

    Raises:
        TokenRefusedError: If it is missing, or none.
    """
    value = claims.get(name)
    if not isinstance(value, str) or not _SESSION.fullmatch(value):
        refuse(TokenRefusal.CLAIM)
    return value


def checked_session(session_id: str | None) -> str | None:
    """Return the name of the session that a token is issued in.

    Raises:
        InvalidInputError: If it is not up to 100 printable characters without spaces.
    """
    if session_id is not None and not (isinstance(session_id, str) and _SESSION.fullmatch(session_id)):
        raise InvalidInputError(field="session_id", reason="write up to 100 printable characters without spaces.")
    return session_id


def checked_bearer(principal: str) -> PrincipalId:
    """Return for whom a token may be issued: anybody but the system itself.

    >>> checked_bearer("user:ada")
    'user:ada'

    Raises:
        InvalidInputError: If it is the system, or no principal.
    """
    checked = parse_principal(principal)
    if checked.startswith("system:"):
        raise InvalidInputError(field="principal", reason=f"{checked} needs no token, so none is good for it.")
    return checked


def read_principal(claims: Mapping[str, Any]) -> PrincipalId:
    """Return whom the token proves.

    Raises:
        TokenRefusedError: If it is nobody, or the system itself.
    """
    try:
        return checked_bearer(claims.get("sub"))  # type: ignore[arg-type]  # whatever it is: it is looked at there
    except InvalidInputError:
        refuse(TokenRefusal.CLAIM)


def read_tenant(claims: Mapping[str, Any]) -> TenantId:
    """Return in which tenant.

    >>> read_tenant({"tid": "0193a5c0-0000-7000-8000-000000000001"})
    UUID('0193a5c0-0000-7000-8000-000000000001')

    Raises:
        TokenRefusedError: If that is none, or is not written as we write it.
    """
    written = claims.get("tid")
    try:
        found = UUID(written) if isinstance(written, str) else None
    except ValueError:
        found = None
    if found is None or str(found) != written:
        refuse(TokenRefusal.CLAIM)
    return TenantId(found)


def read_scopes(claims: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return what the token is good for at most (RFC 8693 §4.2); none if it does not say.

    >>> read_scopes({"scope": "transaction:read account:*"})
    ('account:*', 'transaction:read')

    Raises:
        TokenRefusedError: If a word in it is no permission: a bound that is not understood must not be none.
    """
    if "scope" not in claims:
        return None
    written = claims["scope"]
    if not isinstance(written, str):
        refuse(TokenRefusal.CLAIM)
    try:
        return checked_patterns(written.split(" ") if written else ())
    except (UnknownPermissionError, InvalidInputError):
        refuse(TokenRefusal.CLAIM)

"""Tokens prove one principal in one tenant, and nothing else proves anybody (RFC 8725)."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import jwt
import pytest

from stronghold_core import (
    AuthenticationError,
    ConfigurationError,
    InvalidInputError,
    ManualClock,
    Permission,
    TokenRefusedError,
    UnknownPermissionError,
)
from stronghold_core.identity.tokens import AccessTokens, PublicKeys, TokenRefusal, read_key_set
from stronghold_core.keys import Algorithm, Key, KeyRing
from tests.support.tokens import AUDIENCE, ISSUER, TENANT, Forger, encoded

if TYPE_CHECKING:
    from collections.abc import Callable


def refusal_of(tokens: AccessTokens, token: str) -> str:
    """Return why *token* is refused."""
    with pytest.raises(TokenRefusedError) as refused:
        tokens.verify(token)
    return refused.value.refusal


# --- good tokens


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_token_proves_whom_it_was_issued_to(algorithm: Algorithm, clock: ManualClock) -> None:
    """With what it is good for at most, and the session that it was issued in."""
    ring = KeyRing([Key.new(now=clock.now(), algorithm=algorithm)])
    tokens = AccessTokens(ring, issuer=ISSUER, audience=AUDIENCE, clock=clock)
    issued = tokens.issue("user:ada", TENANT, scopes=["*:read", "account:write"], session_id="s-1")
    said = tokens.verify(issued.token)
    assert (said.principal, said.tenant_id, said.session_id) == ("user:ada", TENANT, "s-1")
    assert said.scopes == ("*:read", "account:write")
    assert (said.token_id, said.issued_at, said.expires_at) == (issued.token_id, clock.now(), issued.expires_at)
    assert issued.expires_at - clock.now() == timedelta(seconds=issued.expires_in_seconds) == timedelta(minutes=15)


def test_a_token_bounds_nothing_unless_it_says_so(tokens: AccessTokens) -> None:
    """No scopes are no bound; an empty list of scopes allows nothing at all."""
    unbound = tokens.verify(tokens.issue("user:ada", TENANT).token)
    assert (unbound.scopes, unbound.session_id) == (None, None)
    assert tokens.verify(tokens.issue("user:ada", TENANT, scopes=[]).token).scopes == ()


def test_no_two_tokens_are_one(tokens: AccessTokens) -> None:
    """Each has a name of its own, also within the same second."""
    assert len({tokens.issue("user:ada", TENANT).token_id for _ in range(100)}) == 100


def test_pyjwt_reads_what_we_write(tokens: AccessTokens) -> None:
    """As another service does that has nothing but the published keys."""
    token = tokens.issue("user:ada", TENANT).token
    (published,) = jwt.PyJWKSet.from_dict(tokens.jwks()).keys
    options: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
    said = jwt.decode(token, published, algorithms=["EdDSA"], audience=AUDIENCE, issuer=ISSUER, options=options)
    assert said["sub"] == "user:ada"
    assert jwt.get_unverified_header(token)["typ"] == "at+jwt"


def test_a_token_is_good_from_when_it_is_made_until_it_ends(ring: KeyRing, clock: ManualClock) -> None:
    """Give or take what clocks may differ by."""
    leeway = timedelta(seconds=10)
    tokens = AccessTokens(ring, issuer=ISSUER, audience=AUDIENCE, clock=clock, leeway=leeway)
    token = tokens.issue("user:ada", TENANT).token
    second = timedelta(seconds=1)
    for passed, refusal in [
        (-leeway - second, TokenRefusal.NOT_YET),
        (-leeway, None),
        (timedelta(minutes=15) + leeway - second, None),
        (timedelta(minutes=15) + leeway, TokenRefusal.EXPIRED),
    ]:
        at = ManualClock(clock.now() + passed)
        then = AccessTokens(ring, issuer=ISSUER, audience=AUDIENCE, clock=at, leeway=leeway)
        if refusal is None:
            assert then.verify(token).principal == "user:ada"
        else:
            assert refusal_of(then, token) == refusal


# --- bad ones, each with its reason


def _by_hmac(forge: Forger) -> str:
    """Sign with the public half as if it were a secret (CVE-2022-29217)."""
    public = forge.key.public_jwk()
    assert public is not None
    message = f"{encoded(forge.header(alg='HS256'))}.{encoded(forge.claims())}"
    secret = base64.urlsafe_b64decode(public["x"] + "=")
    return f"{message}.{encoded(hmac.digest(secret, message.encode(), 'sha256'))}"


def _unsigned(forge: Forger, algorithm: str) -> str:
    return f"{encoded(forge.header(alg=algorithm))}.{encoded(forge.claims())}."


def _stranger(forge: Forger, kid: str | None = None) -> Key:
    other = Key.new(now=forge.key.created_at)
    return Key.from_jwk(other.secret_jwk() | {"kid": kid or other.kid})


def _bits(token: str) -> str:
    """Change what the last character says beyond the last byte."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]


FORGERIES: dict[str, tuple[TokenRefusal, Any]] = {
    "empty": (TokenRefusal.MALFORMED, lambda _: ""),
    "words": (TokenRefusal.MALFORMED, lambda _: "a.b.c"),
    "two parts": (TokenRefusal.MALFORMED, lambda f: f().rpartition(".")[0]),
    "four parts": (TokenRefusal.MALFORMED, lambda f: f() + ".x"),
    "spaces": (TokenRefusal.MALFORMED, lambda f: f" {f()}"),
    "padding": (TokenRefusal.MALFORMED, lambda f: f() + "=="),
    "a line break": (TokenRefusal.MALFORMED, lambda f: f() + "\n"),
    "another writing of the signature": (TokenRefusal.MALFORMED, lambda f: _bits(f())),
    "no ASCII": (TokenRefusal.MALFORMED, lambda f: f() + "é"),
    "half a character": (TokenRefusal.MALFORMED, lambda f: f() + "\ud800"),
    "bytes": (TokenRefusal.MALFORMED, lambda f: f().encode()),
    "too long": (TokenRefusal.TOO_LONG, lambda f: f(more="x" * 5_000)),
    "ten megabytes": (TokenRefusal.TOO_LONG, lambda _: "." * 10_000_000),
    "a header that is a list": (TokenRefusal.MALFORMED, lambda f: f.signed([], f.claims())),
    "claims that are a text": (TokenRefusal.MALFORMED, lambda f: f.signed(f.header(), "user:ada")),
    "claims twice": (
        TokenRefusal.DUPLICATE_MEMBER,
        lambda f: f.signed(f.header(), json.dumps(f.claims())[:-1].encode() + b', "sub": "user:eve"}'),
    ),
    "a key's name twice": (
        TokenRefusal.DUPLICATE_MEMBER,
        lambda f: f(json.dumps(f.header())[:-1].encode() + b', "kid": "other"}'),
    ),
    "unsigned": (TokenRefusal.ALGORITHM, lambda f: _unsigned(f, "none")),
    "unsigned, in other letters": (TokenRefusal.ALGORITHM, lambda f: _unsigned(f, "nOnE")),
    "without its signature": (TokenRefusal.SIGNATURE, lambda f: f().rpartition(".")[0] + "."),
    "the public half as a secret": (TokenRefusal.ALGORITHM, _by_hmac),
    "another algorithm": (TokenRefusal.ALGORITHM, lambda f: f({"alg": "ES256"})),
    "no algorithm": (TokenRefusal.ALGORITHM, lambda f: f({"alg": None})),
    "an algorithm that is a list": (TokenRefusal.ALGORITHM, lambda f: f({"alg": ["EdDSA"]})),
    "another key of that name": (TokenRefusal.SIGNATURE, lambda f: f(key=_stranger(f, f.key.kid))),
    "another key": (TokenRefusal.UNKNOWN_KEY, lambda f: f({"kid": "other"}, key=_stranger(f))),
    "no key": (TokenRefusal.KID, lambda f: f({"kid": None})),
    "a key that is a number": (TokenRefusal.KID, lambda f: f({"kid": 0})),
    "a key that is an object": (TokenRefusal.KID, lambda f: f({"kid": {"$ne": ""}})),
    "a key of many letters": (TokenRefusal.KID, lambda f: f({"kid": "k" * 201})),
    "a key with spaces": (TokenRefusal.KID, lambda f: f({"kid": "' OR 1=1 --"})),
    "a key that is a path": (TokenRefusal.UNKNOWN_KEY, lambda f: f({"kid": "../../dev/null"})),
    "a key in the header": (
        TokenRefusal.HEADER,
        lambda f: f({"jwk": (own := _stranger(f)).public_jwk(), "kid": own.kid}, key=own),
    ),
    "an address of keys": (TokenRefusal.HEADER, lambda f: f({"jku": "http://127.0.0.1:9/keys"})),
    "an address of certificates": (TokenRefusal.HEADER, lambda f: f({"x5u": "file:///etc/passwd"})),
    "a certificate": (TokenRefusal.HEADER, lambda f: f({"x5c": ["MII"]})),
    "critical extensions": (TokenRefusal.HEADER, lambda f: f({"crit": ["exp"], "exp": 1})),
    "an encoding of its own": (TokenRefusal.HEADER, lambda f: f({"b64": False})),
    "compressed": (TokenRefusal.HEADER, lambda f: f({"zip": "DEF"})),
    "a refresh token": (TokenRefusal.TYPE, lambda f: f({"typ": "rt"})),
    "any token": (TokenRefusal.TYPE, lambda f: f({"typ": "JWT"})),
    "of no type": (TokenRefusal.TYPE, lambda f: f({"typ": None})),
    "a type in other letters": (TokenRefusal.TYPE, lambda f: f({"typ": "AT+JWT"})),
    "another issuer": (TokenRefusal.ISSUER, lambda f: f(iss="https://evil.test")),
    "an issuer that begins alike": (TokenRefusal.ISSUER, lambda f: f(iss=f"{ISSUER}.evil.test")),
    "part of the issuer": (TokenRefusal.ISSUER, lambda f: f(iss="https://books")),
    "several issuers": (TokenRefusal.ISSUER, lambda f: f(iss=[ISSUER])),
    "no issuer": (TokenRefusal.ISSUER, lambda f: f(iss=None)),
    "another audience": (TokenRefusal.AUDIENCE, lambda f: f(aud="shop")),
    "part of the audience": (TokenRefusal.AUDIENCE, lambda f: f(aud="book")),
    "other audiences": (TokenRefusal.AUDIENCE, lambda f: f(aud=["shop", "mail"])),
    "no audiences": (TokenRefusal.AUDIENCE, lambda f: f(aud=[])),
    "no audience": (TokenRefusal.CLAIM, lambda f: f(aud=None)),
    "an audience that is a number": (TokenRefusal.CLAIM, lambda f: f(aud=7)),
    "expired": (TokenRefusal.EXPIRED, lambda f: f(exp=f.claims()["iat"] - 60)),
    "not good yet": (TokenRefusal.NOT_YET, lambda f: f(nbf=f.claims()["iat"] + 60)),
    "of the future": (TokenRefusal.NOT_YET, lambda f: f(iat=f.claims()["iat"] + 60)),
    "good for a day": (TokenRefusal.LIFETIME, lambda f: f(exp=f.claims()["iat"] + 86_400)),
    "good until the year 9998": (TokenRefusal.LIFETIME, lambda f: f(exp=253_370_000_000)),
    "good beyond all years": (TokenRefusal.CLAIM, lambda f: f(exp=10**18)),
    "good for ever": (TokenRefusal.CLAIM, lambda f: f(exp=None)),
    "good until infinity": (TokenRefusal.CLAIM, lambda f: f(exp=1e300)),
    "good for fractions": (TokenRefusal.CLAIM, lambda f: f(exp=float(f.claims()["exp"]))),
    "an end that is text": (TokenRefusal.CLAIM, lambda f: f(exp="9999999999")),
    "an end that is true": (TokenRefusal.CLAIM, lambda f: f(exp=True)),
    "a time before all times": (TokenRefusal.CLAIM, lambda f: f(iat=-1)),
    "of no time": (TokenRefusal.CLAIM, lambda f: f(iat=None)),
    "from no time on": (TokenRefusal.CLAIM, lambda f: f(nbf=None)),
    "of nobody": (TokenRefusal.CLAIM, lambda f: f(sub=None)),
    "of the system": (TokenRefusal.CLAIM, lambda f: f(sub="system:verify")),
    "of a name without a kind": (TokenRefusal.CLAIM, lambda f: f(sub="ada")),
    "of two": (TokenRefusal.CLAIM, lambda f: f(sub=["user:ada"])),
    "of a name with a zero in it": (TokenRefusal.CLAIM, lambda f: f(sub="user:a\0da")),
    "of half a character": (TokenRefusal.CLAIM, lambda f: f(sub="user:\ud800")),
    "of no tenant": (TokenRefusal.CLAIM, lambda f: f(tid=None)),
    "of a tenant that is none": (TokenRefusal.CLAIM, lambda f: f(tid="acme")),
    "of a tenant that is a number": (TokenRefusal.CLAIM, lambda f: f(tid=7)),
    "of a tenant in other letters": (TokenRefusal.CLAIM, lambda f: f(tid=f"{{{TENANT}}}")),
    "nameless": (TokenRefusal.CLAIM, lambda f: f(jti=None)),
    "of a very long name": (TokenRefusal.CLAIM, lambda f: f(jti="j" * 101)),
    "in a session that is a number": (TokenRefusal.CLAIM, lambda f: f(sid=1)),
    "for what is not known": (TokenRefusal.CLAIM, lambda f: f(scope="account:read account:steal")),
    "for a list": (TokenRefusal.CLAIM, lambda f: f(scope=["account:read"])),
    "for everything by two spaces": (TokenRefusal.CLAIM, lambda f: f(scope="account:read  account:write")),
}


@pytest.mark.parametrize(("refusal", "forgery"), FORGERIES.values(), ids=FORGERIES)
def test_whatever_else_looks_like_a_token_proves_nobody(
    refusal: TokenRefusal, forgery: Callable[[Forger], str], tokens: AccessTokens, forge: Forger
) -> None:
    """Each is refused with its own code; the same token without the one fault is good."""
    assert tokens.verify(forge()).principal == "user:ada"
    assert refusal_of(tokens, forgery(forge)) == refusal


def test_every_refusal_was_seen() -> None:
    """No code is there that nothing leads to."""
    assert {refusal for refusal, _ in FORGERIES.values()} == set(TokenRefusal)


def test_a_refusal_is_an_authentication_that_failed() -> None:
    """So a host maps one family, whatever is behind it."""
    assert issubclass(TokenRefusedError, AuthenticationError)


# --- keys


def test_tokens_of_a_retired_key_are_good_until_they_end(
    tokens: AccessTokens, ring: KeyRing, clock: ManualClock
) -> None:
    """And a token that claims to be one of its later is not."""
    token = tokens.issue("user:ada", TENANT).token
    stolen = Forger(ring.active, clock)
    rotated = ring.rotated(Key.new(now=clock.now()), now=clock.now())
    after = AccessTokens(rotated, issuer=ISSUER, audience=AUDIENCE, clock=clock)
    assert after.verify(token).principal == "user:ada"
    assert len(after.jwks()["keys"]) == 2
    clock.advance(timedelta(minutes=16))
    assert refusal_of(after, stolen()) == TokenRefusal.UNKNOWN_KEY
    assert len(after.jwks()["keys"]) == 1
    assert refusal_of(AccessTokens(rotated.without(ring.active.kid), issuer=ISSUER, audience=AUDIENCE), token)


def test_a_rotation_holds_with_the_next_token(ring: KeyRing, clock: ManualClock) -> None:
    """Keys that change are asked for each time."""
    current = [ring]
    tokens = AccessTokens(lambda: current[0], issuer=ISSUER, audience=AUDIENCE, clock=clock)
    before = tokens.issue("user:ada", TENANT).token
    current[0] = ring.rotated(Key.new(now=clock.now(), algorithm="ES256"), now=clock.now())
    after = tokens.issue("user:ada", TENANT).token
    assert jwt.get_unverified_header(after)["kid"] == current[0].active.kid != ring.active.kid
    assert tokens.verify(before).tenant_id == tokens.verify(after).tenant_id == TENANT


def test_the_published_keys_verify_and_a_symmetric_one_is_not_published(clock: ManualClock) -> None:
    """Others read the document as it is served."""
    ring = KeyRing([Key.new(now=clock.now(), algorithm="HS256")])
    tokens = AccessTokens(ring, issuer=ISSUER, audience=AUDIENCE, clock=clock)
    assert tokens.jwks() == {"keys": []}
    public = AccessTokens(
        ring.rotated(Key.new(now=clock.now()), now=clock.now()), issuer=ISSUER, audience=AUDIENCE, clock=clock
    )
    read = read_key_set(json.dumps(public.jwks()).encode())
    assert isinstance(read, PublicKeys)
    assert [key.algorithm for key in read.by_kid.values()] == ["EdDSA"]


# --- mistakes of the host's

EVERY_PATTERN = [
    pattern for name in Permission for pattern in (name, f"{name.split(':')[0]}:*", f"*:{name.split(':')[1]}")
]


@pytest.mark.parametrize(
    "wrong",
    [
        {"principal": "system:verify"},
        {"principal": "ada"},
        {"principal": None},
        {"tenant_id": "acme"},
        {"scopes": "account:read"},
        {"scopes": ["account:steal"]},
        {"session_id": "a b"},
        {"session_id": 5},
        {"principal": "user:" + "😀" * 190, "session_id": "s" * 100, "scopes": EVERY_PATTERN},
    ],
    ids=range(9),
)
def test_no_token_is_issued_that_would_not_be_read(tokens: AccessTokens, wrong: dict[str, Any]) -> None:
    """The issuer learns that at once, and not its user."""
    good: dict[str, Any] = {"principal": "user:ada", "tenant_id": TENANT}
    assert tokens.issue(**good)
    with pytest.raises((InvalidInputError, UnknownPermissionError)):
        tokens.issue(**good | wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"lifetime": timedelta(minutes=4, seconds=59)},
        {"lifetime": timedelta(minutes=15, seconds=1)},
        {"lifetime": timedelta(minutes=6, microseconds=1)},
        {"lifetime": 900},
        {"leeway": timedelta(seconds=61)},
        {"leeway": timedelta(seconds=-1)},
        {"issuer": ""},
        {"audience": " "},
        {"audience": None},
    ],
    ids=str,
)
def test_what_would_make_tokens_worse_can_not_be_set(ring: KeyRing, wrong: dict[str, Any]) -> None:
    """A lifetime of 5 to 15 minutes, a minute between clocks, and a name for both sides."""
    good: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE}
    with pytest.raises(ConfigurationError):
        AccessTokens(ring, **good | wrong)
    assert AccessTokens(ring, **good, lifetime=timedelta(minutes=5)).lifetime == timedelta(minutes=5)


def test_nothing_that_is_shown_is_a_token(tokens: AccessTokens) -> None:
    """Whoever reads a log must not be able to act."""
    issued = tokens.issue("user:ada", uuid4())
    assert issued.token not in repr(issued)

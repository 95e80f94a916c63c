"""Tokens of an identity provider: good by its published keys, which change and are fetched in bounds."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from stronghold_core import (
    ConfigurationError,
    InvalidInputError,
    KeysUnavailableError,
    ManualClock,
    NotFoundError,
    TokenRefusedError,
)
from stronghold_core.identity.tokens import Bearer, IdentityProvider, TokenRefusal
from stronghold_core.identity.tokens.provider import FRESH_FOR, GOOD_FOR, PAUSE
from stronghold_core.keys import Key
from tests.support.tokens import AUDIENCE, ISSUER, TENANT, Forger

if TYPE_CHECKING:
    from collections.abc import Mapping

SECOND = timedelta(seconds=1)


class Publisher:
    """A provider's side: its keys, and how often somebody asked for them."""

    def __init__(self, *keys: Key) -> None:
        self.keys = list(keys)
        self.asked = 0
        self.is_away = False

    def __call__(self) -> Mapping[str, Any]:
        """Answer with the keys that there are now."""
        self.asked += 1
        if self.is_away:
            raise OSError("no route to host")
        return {"keys": [key.public_jwk() for key in self.keys]}


def identify(claims: Mapping[str, Any]) -> Bearer:
    """Read claims as a host would."""
    return Bearer(principal=f"user:corp.{claims['sub'].removeprefix('user:')}", tenant_id=claims["tid"])


def provider_of(jwks: Any, clock: ManualClock, **changes: Any) -> IdentityProvider:  # noqa: ANN401 - as it takes them
    """Make a provider."""
    given: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE, "identify": identify} | changes
    return IdentityProvider(jwks=jwks, clock=clock, **given)


@pytest.fixture
def key(clock: ManualClock) -> Key:
    """Make a key of the provider's."""
    return Key.new(now=clock.now(), algorithm="ES256")


@pytest.fixture
def forge(key: Key, clock: ManualClock) -> Forger:
    """Sign as the provider does."""
    return Forger(key, clock)


def refusal_of(provider: IdentityProvider, token: str) -> str:
    """Return why *token* is refused."""
    with pytest.raises(TokenRefusedError) as refused:
        provider.verify(token)
    return refused.value.refusal


def test_a_token_of_the_provider_proves_whom_the_host_reads_in_it(key: Key, forge: Forger, clock: ManualClock) -> None:
    """By keys that were given, or fetched."""
    for jwks in ({"keys": [key.public_jwk()]}, Publisher(key)):
        provider = provider_of(jwks, clock)
        assert provider.verify(forge()) == Bearer(principal="user:corp.ada", tenant_id=TENANT)
        assert provider.may_wait is callable(jwks)


@pytest.mark.parametrize(
    ("refusal", "fault"),
    [
        (TokenRefusal.TYPE, {"header": {"typ": "JWT"}}),
        (TokenRefusal.HEADER, {"header": {"jku": "https://evil.test"}}),
        (TokenRefusal.ALGORITHM, {"header": {"alg": "HS256"}}),
        (TokenRefusal.ALGORITHM, {"header": {"alg": "none"}}),
        (TokenRefusal.UNKNOWN_KEY, {"header": {"kid": "../key"}}),
        (TokenRefusal.ISSUER, {"iss": f"{ISSUER}/"}),
        (TokenRefusal.AUDIENCE, {"aud": ["other"]}),
        (TokenRefusal.EXPIRED, {"exp": 1}),
        (TokenRefusal.CLAIM, {"exp": None}),
        (TokenRefusal.CLAIM, {"sub": None}),
        (TokenRefusal.CLAIM, {"sub": 7}),
        (TokenRefusal.CLAIM, {"sub": "a b"}),
        (TokenRefusal.CLAIM, {"tid": "acme"}),
        (TokenRefusal.TOO_LONG, {"groups": ["g"] * 10_000}),
    ],
    ids=range(14),
)
def test_whatever_else_looks_like_its_token_proves_nobody(
    refusal: TokenRefusal, fault: dict[str, Any], key: Key, clock: ManualClock
) -> None:
    """A claim that the host's reading stumbles over is a refusal as well."""
    assert refusal_of(provider_of(Publisher(key), clock), Forger(key, clock)(**fault)) == refusal


def test_a_host_says_which_types_it_takes(key: Key, forge: Forger, clock: ManualClock) -> None:
    """Many providers call every token a JWT; that must be said, not guessed."""
    assert provider_of(Publisher(key), clock, types={"JWT"}).verify(forge({"typ": "JWT"})).tenant_id == TENANT
    for types in ((), "JWT", [""], [None]):
        with pytest.raises(ConfigurationError, match="types"):
            provider_of(Publisher(key), clock, types=types)


def test_an_error_of_the_hosts_reading_refuses_and_a_database_that_is_away_does_not(
    key: Key, forge: Forger, clock: ManualClock
) -> None:
    """Nobody is told that they are nobody because a database does not answer."""

    def raising(error: Exception) -> IdentityProvider:
        def fail(_: Mapping[str, Any]) -> Bearer:
            raise error

        return provider_of(Publisher(key), clock, identify=fail)

    for error in (KeyError("org"), NotFoundError(kind="tenant", key="acme"), InvalidInputError(field="a", reason="b.")):
        assert refusal_of(raising(error), forge()) == TokenRefusal.CLAIM
    for away in (KeysUnavailableError(issuer="x"), OSError("gone")):
        with pytest.raises(type(away)):
            raising(away).verify(forge())


# --- keys that change


def test_a_new_key_is_fetched_when_a_token_names_it(key: Key, clock: ManualClock) -> None:
    """So a rotation of the provider's is noticed with its first token."""
    published = Publisher(key)
    provider = provider_of(published, clock)
    provider.verify(Forger(key, clock)())
    new = Key.new(now=clock.now())
    published.keys = [new]
    clock.advance(PAUSE)
    assert provider.verify(Forger(new, clock)()).tenant_id == TENANT
    assert published.asked == 2
    assert refusal_of(provider, Forger(key, clock)()) == TokenRefusal.UNKNOWN_KEY


def test_tokens_of_unknown_keys_make_nobody_fetch_more_often(key: Key, clock: ManualClock) -> None:
    """A thousand of them are one question in half a minute."""
    published = Publisher(key)
    provider = provider_of(published, clock)
    stranger = Forger(Key.new(now=clock.now()), clock)
    for _ in range(1_000):
        assert refusal_of(provider, stranger()) == TokenRefusal.UNKNOWN_KEY
    assert published.asked == 1
    clock.advance(PAUSE)
    refusal_of(provider, stranger())
    assert published.asked == 2
    assert provider.verify(Forger(key, clock)()).tenant_id == TENANT


def test_keys_are_fetched_again_when_they_are_old(key: Key, clock: ManualClock) -> None:
    """So a key that the provider has taken back is refused after an hour, though nobody asked for another."""
    published = Publisher(key)
    provider = provider_of(published, clock)
    provider.verify(Forger(key, clock)())
    clock.advance(FRESH_FOR)
    provider.verify(Forger(key, clock)())
    assert published.asked == 1
    published.keys = [Key.new(now=clock.now())]
    clock.advance(SECOND)
    assert refusal_of(provider, Forger(key, clock)()) == TokenRefusal.UNKNOWN_KEY
    assert published.asked == 2


def test_a_provider_that_is_away_keeps_nobody_out_for_a_day(key: Key, clock: ManualClock) -> None:
    """Its last keys are believed that long; after that, it can't be told whether tokens are good."""
    published = Publisher(key)
    provider = provider_of(published, clock)
    provider.verify(Forger(key, clock)())
    published.is_away = True
    clock.advance(GOOD_FOR)
    assert provider.verify(Forger(key, clock)()).tenant_id == TENANT
    clock.advance(PAUSE)
    with pytest.raises(KeysUnavailableError, match=ISSUER):
        provider.verify(Forger(key, clock)())
    published.is_away = False
    clock.advance(PAUSE)
    assert provider.verify(Forger(key, clock)()).tenant_id == TENANT


@pytest.mark.parametrize(
    "answer", [b"<html>", b"{}", {"keys": [{"kty": "oct", "k": "AAAA", "kid": "k"}]}], ids=range(3)
)
def test_an_answer_that_is_no_set_of_keys_changes_nothing(answer: Any, key: Key, clock: ManualClock) -> None:  # noqa: ANN401
    """The keys from before stay; without any, it can't be told."""
    answers: list[Any] = [answer, {"keys": [key.public_jwk()]}, answer]
    provider = provider_of(lambda: answers.pop(0), clock)
    with pytest.raises(KeysUnavailableError):
        provider.verify(Forger(key, clock)())
    clock.advance(PAUSE)
    assert provider.verify(Forger(key, clock)()).tenant_id == TENANT
    clock.advance(FRESH_FOR + SECOND)
    assert provider.verify(Forger(key, clock)()).tenant_id == TENANT
    assert not answers


def test_many_at_once_ask_once(key: Key, clock: ManualClock) -> None:
    """Those who come first wait for one answer, however slow, and all get in by it."""
    published = Publisher(key)
    together = threading.Barrier(16)

    def fetch() -> Mapping[str, Any]:
        time.sleep(0.2)
        return published()

    provider = provider_of(fetch, clock)

    def verify(_: int) -> Bearer:
        together.wait()
        return provider.verify(Forger(key, clock)())

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(verify, range(16)))
    assert (published.asked, len({one.principal for one in found})) == (1, 1)


def test_while_old_keys_are_fetched_anew_nobody_waits(key: Key, clock: ManualClock) -> None:
    """One request sees to it; another goes on with what there is."""
    provider: IdentityProvider
    seen: list[Bearer] = []

    def fetch() -> Mapping[str, Any]:
        if seen:
            # Within this answer another request is served.
            with ThreadPoolExecutor(1) as pool:
                seen.append(pool.submit(provider.verify, Forger(key, clock)()).result(timeout=10))
        return {"keys": [key.public_jwk()]}

    provider = provider_of(fetch, clock)
    seen.append(provider.verify(Forger(key, clock)()))
    clock.advance(FRESH_FOR + SECOND)
    provider.verify(Forger(key, clock)())
    assert len(seen) == 2


def test_keys_that_are_given_are_looked_at_at_once(clock: ManualClock) -> None:
    """A mistake in a configuration shows when the program starts."""
    with pytest.raises(InvalidInputError, match="jwks"):
        provider_of({"keys": [{"kty": "oct", "k": "AAAA"}]}, clock)

"""One key: it signs what only it can have signed, and shows its secret to nobody."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import pickle
import secrets
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from stronghold_core.errors import ConfigurationError, InvalidInputError, WeakKeyError
from stronghold_core.keys import Algorithm, Key
from stronghold_core.keys.encoding import from_base64url, to_base64url

if TYPE_CHECKING:
    from datetime import datetime

FRESH = hashlib.sha256(b"as good as random, and the same in every process that collects the tests").digest()
SECRET = {Algorithm.EDDSA: "d", Algorithm.ES256: "d", Algorithm.HS256: "k"}


@pytest.fixture(params=list(Algorithm))
def key(request: pytest.FixtureRequest, now: datetime) -> Key:
    """Make a key, once of each algorithm."""
    return Key.new(now=now, algorithm=request.param)


def test_a_signature_is_good_for_one_message_by_one_key(key: Key, now: datetime) -> None:
    """Not for another message, not of another key, and not if a bit of it is another."""
    signature = key.sign(b"pay 5")
    assert key.verify(signature, b"pay 5")
    assert not key.verify(signature, b"pay 50")
    assert not Key.new(now=now, algorithm=key.algorithm).verify(signature, b"pay 5")
    for place in range(len(signature)):
        forged = signature[:place] + bytes([signature[place] ^ 1]) + signature[place + 1 :]
        assert not key.verify(forged, b"pay 5")
    assert not any(key.verify(forged, b"pay 5") for forged in (b"", signature[:-1], signature + b"\0", bytes(64)))


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_what_is_kept_is_the_key(algorithm: Algorithm, now: datetime) -> None:
    """Read again, it signs what the first one verifies: also where a number begins with zeros."""
    for _ in range(300):
        key = Key.new(now=now, algorithm=algorithm)
        again = Key.from_jwk(key.secret_jwk())
        assert key.verify(again.sign(b"m"), b"m")
        assert again.secret_jwk() == key.secret_jwk()


def test_nothing_that_is_shown_shows_the_secret(key: Key) -> None:
    """Neither its repr nor its public half, in whichever way somebody looks."""
    secret = key.secret_jwk()[SECRET[key.algorithm]]
    shown = [repr(key), str(key), f"{[key]}", json.dumps(key.public_jwk()), repr(key.retired(key.created_at))]
    assert not any(secret in text for text in shown)


def test_a_key_does_not_travel(key: Key) -> None:
    """It would end in a queue's file, or in a process that has no business with it."""
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(key)
    with pytest.raises(TypeError, match="not pickled"):
        copy.deepcopy(key)


def test_a_retired_key_only_verifies(now: datetime) -> None:
    """Its private half is gone; whoever signs with it learns that."""
    key = Key.new(now=now)
    retired = key.retired(now)
    assert retired.verify(key.sign(b"m"), b"m")
    assert "d" not in retired.secret_jwk()
    assert Key.from_jwk(retired.secret_jwk()).verify(key.sign(b"m"), b"m")
    with pytest.raises(ConfigurationError, match="its private half is gone"):
        retired.sign(b"m")


def test_a_symmetric_key_has_no_public_half(now: datetime) -> None:
    """Whoever could verify with it could sign."""
    assert Key.new(now=now, algorithm="HS256").public_jwk() is None


def test_secrets_are_derived_for_a_purpose(now: datetime) -> None:
    """From a symmetric key alone: others have a public half, and their private one only signs."""
    key = Key.new(now=now, algorithm="HS256")
    assert key.derive("totp") == Key.from_jwk(key.secret_jwk()).derive("totp") != key.derive("cookies")
    assert len(key.derive("totp")) == 32
    with pytest.raises(ConfigurationError, match="takes a key of HS256"):
        Key.new(now=now).derive("totp")


@pytest.mark.parametrize("secret", [bytes(32), b"\1" * 32, FRESH[:8] * 4, FRESH[:16]])
@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_weak_key_is_refused(algorithm: Algorithm, secret: bytes, now: datetime) -> None:
    """Whatever its algorithm; the message names the key, and not what is in it."""
    kept = Key.new(now=now, algorithm=algorithm).secret_jwk() | {SECRET[algorithm]: to_base64url(secret)}
    with pytest.raises(WeakKeyError) as refused:
        Key.from_jwk(kept)
    assert refused.value.kid == kept["kid"]
    assert to_base64url(secret) not in str(refused.value)


BROKEN: dict[str, dict[str, Any]] = {
    "no name": {"kid": None},
    "a path": {"kid": "../key"},
    "another algorithm's": {"alg": "ES256"},
    "an algorithm that is none": {"alg": "none"},
    "another type": {"kty": "EC"},
    "another curve": {"crv": "Ed448"},
    "another's public half": {"x": to_base64url(secrets.token_bytes(32))},
    "half a public half": {"x": to_base64url(secrets.token_bytes(31))},
    "no public half": {"x": None},
    "padding": {"x": base64.b64encode(secrets.token_bytes(32)).decode()},
    "a number": {"d": 5},
    "an address": {"jku": "https://example.com/keys"},
    "a certificate": {"x5c": []},
    "no day": {"created_at": None},
    "a day without a zone": {"created_at": "2026-11-22T12:00:00"},
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_what_is_no_key_of_ours_is_refused(change: dict[str, Any], now: datetime) -> None:
    """And no error on the way holds the secret: a log keeps them all."""
    kept = Key.new(now=now).secret_jwk()
    with pytest.raises(InvalidInputError) as refused:
        Key.from_jwk(kept | change)
    assert kept["d"] not in "".join(traceback.format_exception(refused.value))
    seen: BaseException | None = refused.value
    while seen is not None:
        assert kept["d"] not in f"{seen!r} {vars(seen)}"
        seen = seen.__context__


@pytest.mark.parametrize("algorithm", [Algorithm.EDDSA, Algorithm.ES256])
def test_halves_of_two_keys_are_no_key(algorithm: Algorithm, now: datetime) -> None:
    """It would sign what its own public half does not verify."""
    one, other = (Key.new(now=now, algorithm=algorithm).secret_jwk() for _ in range(2))
    with pytest.raises(InvalidInputError, match="its halves do not fit"):
        Key.from_jwk(one | {"d": other["d"]})


def test_a_key_is_written_in_one_way(now: datetime) -> None:
    """A number with zeros before it is the same number, and would be another text."""
    kept = Key.new(now=now, algorithm="ES256").secret_jwk()
    with pytest.raises(InvalidInputError, match="its halves do not fit"):
        Key.from_jwk(kept | {"d": to_base64url(b"\0" + from_base64url(kept["d"]))})

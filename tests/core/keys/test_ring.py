"""Keys that follow each other: one signs, those before verify for a while, and others see public halves alone."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from stronghold_core.errors import InvalidInputError, NotFoundError
from stronghold_core.keys import Key, KeyRing
from stronghold_core.keys.ring import MAX_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable

WHILE = timedelta(minutes=16)


def test_a_rotation_makes_the_new_key_sign_and_the_old_one_verify(now: datetime) -> None:
    """Until the longest lifetime is over, and not a moment longer."""
    old = Key.new(now=now)
    ring = KeyRing([old]).rotated(Key.new(now=now), now=now)
    signature = old.sign(b"m")
    for after, is_accepted in [(timedelta(), True), (WHILE - timedelta(seconds=1), True), (WHILE, False)]:
        found = ring.find_accepted(old.kid, now + after, kept_for=WHILE)
        assert (found is not None) is is_accepted
        assert found is None or found.verify(signature, b"m")
        assert len(ring.jwks(now + after, kept_for=WHILE)["keys"]) == 1 + is_accepted
    assert ring.find_accepted(ring.active.kid, now + timedelta(days=9_999), kept_for=WHILE) is ring.active
    assert ring.find_accepted("unknown", now, kept_for=WHILE) is None


def test_others_see_public_halves_of_keys_that_have_one(now: datetime) -> None:
    """A symmetric key is never published, not even its name; of others, only what the standard says."""
    ring = KeyRing([Key.new(now=now, algorithm="HS256")])
    for algorithm in ("EdDSA", "ES256", "HS256"):
        ring = ring.rotated(Key.new(now=now, algorithm=algorithm), now=now)
    published = ring.jwks(now, kept_for=WHILE)["keys"]
    assert [jwk["alg"] for jwk in published] == ["ES256", "EdDSA"]
    assert {name for jwk in published for name in jwk} == {"kty", "crv", "kid", "alg", "use", "x", "y"}


def test_what_is_kept_is_the_ring(now: datetime) -> None:
    """With the order of its keys, and when they were retired."""
    ring = KeyRing([Key.new(now=now)]).rotated(Key.new(now=now, algorithm="ES256"), now=now)
    again = KeyRing.from_json(ring.to_json().encode())
    assert again.to_json() == ring.to_json()
    assert (again.active.kid, again.keys[1].retired_at) == (ring.active.kid, now)


def test_a_ring_shows_names_alone(now: datetime) -> None:
    """Whatever is logged of it."""
    key = Key.new(now=now)
    assert repr(KeyRing([key])) == f"<KeyRing {key.kid}>"


def test_a_retired_key_can_be_forgotten_and_the_active_one_not(now: datetime) -> None:
    """Then what it signed is refused at once: for a key that was stolen."""
    old, new = Key.new(now=now), Key.new(now=now)
    ring = KeyRing([old]).rotated(new, now=now)
    assert ring.without(old.kid).find(old.kid) is None
    with pytest.raises(InvalidInputError, match="rotate first"):
        ring.without(new.kid)
    with pytest.raises(NotFoundError):
        ring.without("unknown")


def _twice(kept: dict[str, Any]) -> object:
    return {"keys": [*kept["keys"], kept["keys"][0] | {"retired_at": "2026-11-22T12:00:00Z"}]}


BROKEN: dict[str, Callable[[dict[str, Any]], object]] = {
    "the same name twice": _twice,
    "none": lambda _: {"keys": []},
    "two active ones": lambda kept: {"keys": [*kept["keys"], kept["keys"][0] | {"kid": "other"}]},
    "one that can't sign": lambda kept: {"keys": [{k: v for k, v in kept["keys"][0].items() if k != "d"}]},
    "all retired": lambda kept: {"keys": [kept["keys"][0] | {"retired_at": "2026-11-22T12:00:00Z"}]},
    "too many": lambda kept: {
        "keys": [kept["keys"][0] | {"kid": f"k{n}", "retired_at": "2026-11-22T12:00:00Z"} for n in range(MAX_KEYS)]
        + kept["keys"]
    },
    "something beside them": lambda kept: kept | {"jku": "https://example.com"},
    "a list": lambda kept: kept["keys"],
    "no keys": lambda _: {},
    "keys of another kind": lambda _: {"keys": ["key"]},
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_what_is_no_ring_is_refused(broken: Callable[[dict[str, Any]], object], now: datetime) -> None:
    """Two keys of one name, none that signs, members that no ring has."""
    kept = json.loads(KeyRing([Key.new(now=now)]).to_json())
    with pytest.raises(InvalidInputError):
        KeyRing.from_json(json.dumps(broken(kept)).encode())


@pytest.mark.parametrize("text", [b"", b"-----BEGIN", b"\xff", b'{"keys": [], "keys": []}'])
def test_text_that_is_no_ring_is_refused(text: bytes) -> None:
    """Without a word of what it holds."""
    with pytest.raises(InvalidInputError, match="they are not written as") as refused:
        KeyRing.from_json(text)
    assert refused.value.__context__ is None

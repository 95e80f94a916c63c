"""Whatever somebody sends as a token: it proves whom it was issued to, or the one error says that it proves nobody."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

if find_spec("cryptography") is None:
    pytest.skip("tokens need the extra identity", allow_module_level=True)

from stronghold_core import ManualClock, StrongholdError, TokenRefusedError
from stronghold_core.identity.tokens import AccessTokens, Bearer, IdentityProvider, TokenRefusal, read_key_set
from stronghold_core.keys import Key, KeyRing
from tests.support.tokens import AUDIENCE, ISSUER, TENANT, Forger

CLOCK = ManualClock("2026-11-22T12:00:00Z")
KEY = Key.new(now=CLOCK.now())
TOKENS = AccessTokens(KeyRing([KEY]), issuer=ISSUER, audience=AUDIENCE, clock=CLOCK)
PROVIDER = IdentityProvider(
    issuer=ISSUER,
    audience=AUDIENCE,
    jwks={"keys": [KEY.public_jwk()]},
    identify=lambda claims: Bearer(principal=claims["sub"], tenant_id=claims["tid"]),
    types={"at+jwt", "JWT"},
    clock=CLOCK,
)
FORGE = Forger(KEY, CLOCK)
GOOD = FORGE()

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
HEADER_NAMES = st.sampled_from(["alg", "typ", "kid", "jwk", "jku", "x5u", "x5c", "x5t", "crit", "b64", "zip", "cty"])
CLAIM_NAMES = st.sampled_from(["iss", "aud", "sub", "tid", "iat", "nbf", "exp", "jti", "scope", "sid", "more"])
PLAUSIBLE = st.sampled_from(
    ["EdDSA", "none", "HS256", "at+jwt", "JWT", KEY.kid, ISSUER, AUDIENCE, "user:ada", str(TENANT)]
)
NUMBERS = st.integers(-(10**12), 10**12) | st.integers() | st.floats()
VALUES = JSON | PLAUSIBLE | NUMBERS


def verdict(token: Any) -> str | None:  # noqa: ANN401 - whatever is sent
    """Return why a token is refused, by both that verify; none if it is good. Any other error fails the test."""
    refusals = []
    for verifier in (TOKENS, PROVIDER):
        try:
            verifier.verify(token)
        except TokenRefusedError as error:
            refusals.append(str(TokenRefusal(error.refusal)))
    return refusals[0] if refusals else None


@given(st.text() | st.text("ABCabc012-_.=", max_size=60) | JSON | st.binary())
def test_no_text_at_all_is_a_token(token: object) -> None:
    """Nor anything that is not text."""
    assert verdict(token) is not None


@given(st.lists(JSON.map(lambda part: json.dumps(part).encode()) | st.binary(max_size=40), min_size=2, max_size=2))
def test_a_good_signature_makes_no_token_of_other_parts(parts: list[bytes]) -> None:
    """Whatever is signed: a stolen moment at the key's is not enough for something that is read otherwise."""
    assert verdict(FORGE.signed(*parts)) is not None


@given(st.dictionaries(HEADER_NAMES | st.text(max_size=8), VALUES, max_size=4))
def test_a_header_changes_nothing_but_whether_a_token_is_refused(changes: dict[str, object]) -> None:
    """What is signed with the right key, and says so, is good by that alone."""
    token = FORGE.signed({**FORGE.header(), **changes}, FORGE.claims())
    try:
        said = TOKENS.verify(token)
    except TokenRefusedError:
        return
    assert (said.principal, said.tenant_id, said.scopes) == ("user:ada", TENANT, None)
    assert not {"jwk", "jku", "x5u", "x5c", "crit"} & changes.keys()
    assert (changes.get("alg", "EdDSA"), changes.get("kid", KEY.kid)) == ("EdDSA", KEY.kid)


@given(st.dictionaries(CLAIM_NAMES, VALUES, max_size=4))
def test_claims_are_believed_only_as_they_can_be_meant(changes: dict[str, Any]) -> None:
    """Or refused; nothing else comes of any value."""
    try:
        said = TOKENS.verify(FORGE.signed(FORGE.header(), FORGE.claims() | changes))
    except TokenRefusedError:
        return
    assert said.principal == changes.get("sub", "user:ada")
    assert str(said.tenant_id) == changes.get("tid", str(TENANT))
    assert said.issued_at <= said.expires_at
    assert (said.scopes is None) is ("scope" not in changes)


@given(st.integers(0, len(GOOD) - 1), st.characters())
def test_one_other_character_is_another_token(place: int, character: str) -> None:
    """Wherever it stands, in the signature's last bits as well."""
    assume(GOOD[place] != character)
    assert verdict(GOOD) is None
    assert verdict(GOOD[:place] + character + GOOD[place + 1 :]) is not None


@given(st.integers(0, len(GOOD)), st.text(min_size=1, max_size=3))
def test_nothing_can_be_put_into_a_token(place: int, more: str) -> None:
    """Neither spaces nor padding nor anything else."""
    assert verdict(GOOD[:place] + more + GOOD[place:]) is not None


@given(st.integers(0, len(GOOD) - 1))
def test_no_part_of_a_token_is_one(end: int) -> None:
    """However little is cut off."""
    assert verdict(GOOD[:end]) is not None


@given(
    st.dictionaries(
        st.sampled_from(["kty", "crv", "alg", "kid", "use", "key_ops", "x", "y", "n", "e", "d", "k"]),
        st.sampled_from(["RSA", "EC", "OKP", "oct", "P-256", "Ed25519", "RS256", "ES256", "EdDSA", "sig", "AQAB"])
        | JSON,
    )
    | JSON
)
def test_whatever_is_published_as_a_key_is_read_or_refused(jwk: object) -> None:
    """As an object and as bytes; a key that is left out is no error."""
    document = {"keys": [jwk, KEY.public_jwk()]}
    for given_as in (document, json.dumps(document).encode()):
        try:
            keys = read_key_set(given_as)
        except StrongholdError:
            continue
        assert KEY.kid in keys.by_kid


@given(st.binary(max_size=200) | JSON.map(lambda one: json.dumps(one).encode()))
def test_whatever_is_kept_as_keys_is_read_or_refused(text: bytes) -> None:
    """A file that holds something else is a mistake with a name."""
    with pytest.raises(StrongholdError):
        KeyRing.from_json(text)

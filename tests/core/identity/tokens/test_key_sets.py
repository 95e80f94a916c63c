"""Keys of others are read with suspicion: what is not for signatures, or too weak, is left out or refused."""

from __future__ import annotations

import json
import logging
from functools import cache
from math import prod
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from jwt.algorithms import get_default_algorithms

from stronghold_core import InvalidInputError
from stronghold_core.identity.tokens import read_key_set
from stronghold_core.identity.tokens.key_sets import MAX_BYTES, MAX_KEYS
from stronghold_core.identity.tokens.weak_keys import is_of_roca, weakness_of_rsa
from stronghold_core.keys.encoding import to_base64url

if TYPE_CHECKING:
    from collections.abc import Mapping

WORKERS = get_default_algorithms()


@cache
def rsa_key(bits: int = 2_048) -> rsa.RSAPrivateKey:
    """Make an RSA key, once for all tests."""
    return rsa.generate_private_key(65_537, bits)


def published(algorithm: str, private: Any, **about: object) -> dict[str, Any]:  # noqa: ANN401 - of any kind
    """Write the public half of a key as a provider does."""
    return {**WORKERS[algorithm].to_jwk(private.public_key(), as_dict=True), "kid": "k1", **about}


def ec_jwk(curve: ec.EllipticCurve | None = None, **about: object) -> dict[str, Any]:
    """Make a key of a curve, P-256 if left out, and publish it."""
    return published("ES256", ec.generate_private_key(curve or ec.SECP256R1()), **about)


def rsa_jwk(**about: object) -> dict[str, Any]:
    """Publish an RSA key."""
    jwk = published("RS256", rsa_key(), **about)
    del jwk["key_ops"]
    return jwk | about


@pytest.mark.parametrize(
    ("jwk", "algorithm"),
    [
        (rsa_jwk(), "RS256"),
        (rsa_jwk(alg="PS512"), "PS512"),
        (rsa_jwk(use="sig", key_ops=["verify"]), "RS256"),
        (ec_jwk(), "ES256"),
        (ec_jwk(ec.SECP384R1(), alg="ES384"), "ES384"),
        (ec_jwk(ec.SECP521R1()), "ES512"),
        (published("EdDSA", ed25519.Ed25519PrivateKey.generate()), "EdDSA"),
    ],
    ids=["RSA", "PS512", "for signatures", "P-256", "P-384", "P-521", "Ed25519"],
)
def test_a_key_has_the_one_algorithm_of_its_kind(jwk: dict[str, Any], algorithm: str) -> None:
    """As it says; where it does not say, as everybody takes it."""
    found = read_key_set({"keys": [jwk]}).find("k1")
    assert found is not None
    assert found.algorithm == algorithm


def test_a_key_verifies_by_its_algorithm_alone() -> None:
    """A signature of the same key by another padding is none."""
    message = b"claims"
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    signature = rsa_key().sign(message, pss, hashes.SHA256())
    for algorithm, is_good in [("PS256", True), ("RS256", False), ("PS384", False)]:
        key = read_key_set({"keys": [rsa_jwk(alg=algorithm)]}).find("k1")
        assert key is not None
        assert key.verify(signature, message) is is_good


# A modulus that the library of CVE-2017-15361 has made, published by those who found it.
ROCA = int(
    "944e13208a280c37efc31c3114485e590192adbb8e11c87cad60cdef0037ce99278330d3f471a2538fa667802ed2a3c44a8b7dea826e888d0a"
    "a341fd664f7fa7",
    16,
)

MODULI = prod(prime for prime in range(3, 168) if all(prime % divisor for divisor in range(2, prime)))
"""The primes by which they are known, multiplied."""

LEFT_OUT: dict[str, dict[str, Any]] = {
    "no name": {**ec_jwk(), "kid": None},
    "a name with spaces": {**ec_jwk(), "kid": "a b"},
    "for encryption": ec_jwk(use="enc"),
    "to sign": ec_jwk(key_ops=["sign"]),
    "uses that are none": ec_jwk(key_ops=7),
    "another algorithm": ec_jwk(alg="RS256"),
    "an algorithm of another curve": ec_jwk(alg="ES384"),
    "an algorithm that is none": rsa_jwk(alg="none"),
    "a symmetric algorithm": rsa_jwk(alg="HS256"),
    "for encryption by its algorithm": rsa_jwk(alg="RSA-OAEP"),
    "an algorithm that is a list": ec_jwk(alg=["ES256"]),
    "another curve": ec_jwk(crv="P-384"),
    "a curve of coins": published("ES256K", ec.generate_private_key(ec.SECP256K1())),
    "Ed448": published("EdDSA", ed448.Ed448PrivateKey.generate()),
    "another type": ec_jwk(kty="RSA"),
    "a type that is a list": ec_jwk(kty=["EC"]),
    "a point beside the curve": ec_jwk(y=to_base64url(b"\1" * 32)),
    "padding": rsa_jwk(e="AQAB=="),
    "no exponent": rsa_jwk(e=None),
    "the exponent one": rsa_jwk(e="AQ"),
    "the exponent three": rsa_jwk(e="Aw"),
    "an even exponent": rsa_jwk(e=to_base64url((65_538).to_bytes(3))),
    "an endless exponent": rsa_jwk(e=to_base64url(b"\1" * 200)),
    "1,024 bits": published("RS256", rsa_key(1_024), key_ops=["verify"]),
    "8,200 bits": rsa_jwk(n=to_base64url((1 << 8_199 | 1).to_bytes(1_025))),
}


@pytest.mark.parametrize("jwk", LEFT_OUT.values(), ids=LEFT_OUT)
def test_a_key_that_can_not_be_used_is_left_out(jwk: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    """The others of the set serve on, and the log says why that one does not."""
    good = ec_jwk(kid="good")
    with caplog.at_level(logging.INFO, "stronghold.tokens"):
        assert set(read_key_set({"keys": [jwk, good]}).by_kid) == {"good"}
    assert "is left out" in caplog.text


def test_keys_that_can_be_factored_are_known() -> None:
    """By the fingerprint of the chips that made them; others do not have it."""
    assert is_of_roca(ROCA)
    assert not any(is_of_roca(rsa_key(bits).public_key().public_numbers().n) for bits in (1_024, 2_048))
    assert not is_of_roca(ROCA + 2)


def test_a_key_that_can_be_factored_is_left_out() -> None:
    """However long it is."""
    modulus = MODULI * (1 << 2_048 - MODULI.bit_length()) + pow(65_537, 5, MODULI)
    numbers = rsa.RSAPublicNumbers(65_537, modulus)
    assert numbers.n.bit_length() == 2_048
    assert "ROCA" in (weakness_of_rsa(numbers) or "")
    assert weakness_of_rsa(rsa_key().public_key().public_numbers()) is None


SECRET = {"kty": "oct", "k": to_base64url(bytes(range(32))), "kid": "s1"}

REFUSED: dict[str, Mapping[str, Any] | bytes] = {
    "secrets beside public keys": {"keys": [SECRET, ec_jwk()]},
    "secrets alone": {"keys": [SECRET]},
    "a private half": {"keys": [ec_jwk(d=to_base64url(bytes(range(32))))]},
    "two of a name": {"keys": [ec_jwk(), rsa_jwk()]},
    "two of a name, one for encryption": {"keys": [ec_jwk(), ec_jwk(use="enc")]},
    "too many": {"keys": [ec_jwk(kid=f"k{number}") for number in range(2)] * (MAX_KEYS // 2) + [ec_jwk(kid="last")]},
    "no keys": {},
    "keys that are no list": {"keys": {"k1": ec_jwk()}},
    "keys that are no objects": {"keys": ["k1"]},
    "text": b"<html>",
    "members twice": b'{"keys": [], "keys": []}',
    "too large": b" " * (MAX_BYTES + 1),
    "too deep": b'{"keys": ' + b"[" * 100_000,
}


@pytest.mark.parametrize("document", REFUSED.values(), ids=REFUSED)
def test_a_set_that_nobody_should_trust_is_refused(document: Mapping[str, Any] | bytes) -> None:
    """Whoever publishes it does not know what they do."""
    with pytest.raises(InvalidInputError, match="jwks: "):
        read_key_set(document)


def test_a_set_is_read_from_bytes_as_from_an_object() -> None:
    """As it comes over the wire."""
    keys = {"keys": [ec_jwk(), rsa_jwk(kid="k2")]}
    assert read_key_set(json.dumps(keys).encode()).by_kid.keys() == read_key_set(keys).by_kid.keys() == {"k1", "k2"}

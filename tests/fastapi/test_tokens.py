"""Tokens prove one caller in one tenant, and nothing else proves anybody (RFC 8725)."""

from __future__ import annotations

import base64
import json
import secrets
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import jwt
import pytest

from stronghold_core import AuthenticationError, ConfigurationError
from stronghold_fastapi import Caller, TokenIssuer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fastapi.conftest import Guest

NOW = 1_800_000_000
KEY = secrets.token_bytes(32)
CALLER = Caller("user:ada", uuid4())


def issuer_at(now: float, **changes: Any) -> TokenIssuer:
    """Make an issuer whose clock stands still."""
    given = {"key": KEY, "issuer": "https://books.test", "audience": "books"} | changes
    return TokenIssuer(given["key"], issuer=given["issuer"], audience=given["audience"], now=lambda: now)


def forged(header: dict[str, object] | None = None, key: bytes = KEY, **claims: object) -> str:
    """Make a token like an issuer's own, but for what is given; a claim of None is left out."""
    good = jwt.decode(issuer_at(NOW).issue(CALLER), options={"verify_signature": False})
    said = {name: value for name, value in (good | claims).items() if value is not None}
    return jwt.encode(said, key, algorithm="HS256", headers={"typ": "at+jwt"} | (header or {}))


def test_a_token_proves_whom_it_was_issued_to() -> None:
    """An issuer reads its own tokens back, from the moment they are made until just before they end."""
    token = issuer_at(NOW).issue(CALLER)
    assert issuer_at(NOW).read(token) == CALLER
    assert issuer_at(NOW + 899).read(token) == CALLER
    assert issuer_at(NOW).read(forged()) == CALLER


FORGERIES: dict[str, Callable[[], str]] = {
    "empty": lambda: "",
    "no token": lambda: "a.b.c",
    "unsigned": lambda: unsigned("none"),
    "unsigned, in other letters": lambda: unsigned("nOnE"),
    "signed by another key": lambda: forged(key=secrets.token_bytes(32)),
    "signed by another method": lambda: jwt.encode(
        jwt.decode(forged(), options={"verify_signature": False}), KEY * 2, algorithm="HS512"
    ),
    "of another type": lambda: forged({"typ": "JWT"}),
    "a refresh token": lambda: forged({"typ": "rt"}),
    "from another issuer": lambda: forged(iss="https://evil.test"),
    "for another audience": lambda: forged(aud="shop"),
    "not good yet": lambda: forged(nbf=NOW + 60),
    "issued in the future": lambda: forged(iat=NOW + 60),
    "expired": lambda: forged(exp=NOW),
    "good for ever": lambda: forged(exp=None),
    "good until infinity": lambda: forged(exp=float("inf")),
    "an end that is text": lambda: forged(exp="9999999999"),
    "of nobody": lambda: forged(sub=None),
    "of the system": lambda: forged(sub="system:verify"),
    "of a principal that is none": lambda: forged(sub="ada"),
    "without a tenant": lambda: forged(tid=None),
    "of a tenant that is none": lambda: forged(tid="acme"),
    "of a tenant that is a number": lambda: forged(tid=7),
    "critical extensions": lambda: forged({"crit": ["b64"], "b64": False}),
    "too long": lambda: forged(more="x" * 5_000),
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_whatever_else_looks_like_a_token_proves_nobody(forgery: Callable[[], str]) -> None:
    """Each is refused with the one error that tells nothing about why."""
    with pytest.raises(AuthenticationError) as refused:
        issuer_at(NOW).read(forgery())
    assert str(refused.value) == str(AuthenticationError())


def test_a_key_in_the_header_is_not_followed() -> None:
    """`jwk`, `jku` and `x5u` are whoever wrote the token's; a token signed by such a key is refused."""
    key = secrets.token_bytes(32)
    encoded = base64.urlsafe_b64encode(key).rstrip(b"=").decode()
    header: dict[str, object] = {
        "jwk": {"kty": "oct", "k": encoded},
        "jku": "http://127.0.0.1:9/keys",
        "kid": "../../etc/passwd",
    }
    with pytest.raises(AuthenticationError):
        issuer_at(NOW).read(forged(header, key=key))


@pytest.mark.parametrize("size", [0, 16, 31])
def test_a_short_key_is_refused(size: int) -> None:
    """It could be guessed; 32 bytes are enough."""
    with pytest.raises(ConfigurationError, match="32"):
        issuer_at(NOW, key=b"k" * size)
    assert issuer_at(NOW, key=b"k" * 32).lifetime_seconds == 900


@pytest.mark.parametrize("header", ["", "Bearer", "Basic YTpi", "Bearer a b", "Bearer {token} {token}", "{token}"])
def test_a_request_without_one_good_token_is_not_answered(ada: Guest, header: str) -> None:
    """401, with the scheme that would do."""
    refused = ada.client.get("/tenant/info", headers={"Authorization": header.format(token=ada.token)})
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert refused.json()["code"] == "authentication.failed"


def test_two_tokens_prove_nobody(ada: Guest, eve: Guest) -> None:
    """Who sends two may mean either; a proxy and we might choose differently."""
    headers = [("Authorization", f"Bearer {ada.token}"), ("Authorization", f"Bearer {eve.token}")]
    assert ada.client.get("/tenant/info", headers=headers).status_code == 401


def unsigned(algorithm: str) -> str:
    """Make a token without a signature."""
    header, claims = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": algorithm, "typ": "at+jwt"}, jwt.decode(forged(), options={"verify_signature": False}))
    )
    return f"{header}.{claims}."

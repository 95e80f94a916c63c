"""Bearer tokens: who sends one good one is let in, and whoever does not learns nothing of why."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from stronghold_core import KeysUnavailableError, ManualClock, TokenRefusedError
from stronghold_core.identity.tokens import AccessTokens, Bearer, IdentityProvider
from stronghold_core.keys import Key, KeyRing
from stronghold_fastapi import BearerTokens, install
from tests.fastapi.conftest import Guest, usd

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from stronghold_core import Stronghold
    from tests.support.stronghold import Desk

NOW = "2026-11-22T12:00:00Z"


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


def test_every_refusal_looks_the_same_outside_and_has_its_code_in_the_log(
    ada: Guest, acme: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """Expired, forged, cut off, or none at all: byte for byte one answer, but for the request's own id."""
    clock = ManualClock(NOW)
    stranger = AccessTokens(
        KeyRing([Key.new(now=clock.now())]), issuer="https://books.test", audience="books", clock=clock
    )
    bad = [
        ada.token.rpartition(".")[0] + ".",
        ada.token + "A" * 5_000,
        "a.b.c",
        stranger.issue("user:ada", acme.tenant.id).token,
    ]
    with caplog.at_level(logging.INFO, "stronghold_fastapi"):
        answers = [ada.client.get("/tenant/info", headers={"Authorization": f"Bearer {token}"}) for token in bad]
    answers.append(ada.client.get("/tenant/info"))
    told = [{name: said for name, said in answer.json().items() if name != "request_id"} for answer in answers]
    assert [answer.status_code for answer in answers] == [401] * 5
    assert all(one == told[0] for one in told)
    assert not any("token." in answer.text for answer in answers)
    logged = [record.getMessage().rpartition(" ")[2] for record in caplog.records]
    assert logged == ["token.signature", "token.too_long", "token.malformed", "token.unknown_key"]
    assert not any(token in caplog.text for token in bad)


def test_a_token_opens_no_more_than_it_was_made_for(ada: Guest, acme: Desk, tokens: AccessTokens, bank: str) -> None:
    """Its scopes bound its bearer, an owner as well, whether a route reads or writes."""
    reader = Guest(ada.client, tokens.issue(acme.principal, acme.tenant.id, scopes=["*:read"]).token)
    assert reader.get("/api/v1/accounts").status_code == 200
    refused = reader.post("/api/v1/transactions", {"account": bank, "amount": usd("-1.00")})
    assert (refused.status_code, refused.json()["attributes"]["permission"]) == (403, "transaction:post")
    nothing = Guest(ada.client, tokens.issue(acme.principal, acme.tenant.id, scopes=[]).token)
    assert nothing.get("/api/v1/accounts").status_code == 403


def test_an_identity_provider_lets_people_in(stronghold: Stronghold, acme: Desk) -> None:
    """By keys that are fetched in a thread; while there are none, it is the server that can't answer."""
    clock = ManualClock(NOW)
    key = Key.new(now=clock.now(), algorithm="ES256")
    answers: list[Mapping[str, object]] = []
    threads: list[int] = []

    def fetch() -> Mapping[str, object]:
        threads.append(threading.get_ident())
        return answers.pop()

    def identify(claims: Mapping[str, str]) -> Bearer:
        return Bearer(principal=claims["sub"], tenant_id=acme.tenant.id)

    provider = IdentityProvider(issuer="https://id.test", audience="books", jwks=fetch, identify=identify, clock=clock)
    app = FastAPI()
    install(app, stronghold, authenticate=BearerTokens(provider))
    theirs = AccessTokens(KeyRing([key]), issuer="https://id.test", audience="books", clock=clock)
    token = theirs.issue(acme.principal, acme.tenant.id).token
    with TestClient(app, raise_server_exceptions=False) as client:
        guest = Guest(client, token)
        away = guest.get("/tenant/info")
        assert (away.status_code, away.json()["code"]) == (503, "unavailable.keys")
        answers.append({"keys": [key.public_jwk()]})
        clock.advance(timedelta(seconds=30))
        assert guest.get("/tenant/info").json()["tenant"]["id"] == str(acme.tenant.id)
        assert threading.get_ident() not in threads


def test_a_hosts_own_verifier_will_do(stronghold: Stronghold, acme: Desk) -> None:
    """Whatever knows good tokens from bad ones; what it raises otherwise is its own."""

    class Opaque:
        may_wait = False

        def verify(self, token: str) -> Bearer:
            if token == "away":
                raise KeysUnavailableError(issuer="us")
            if token != "sesame":
                raise TokenRefusedError(refusal="token.unknown_key")
            return Bearer(principal=acme.principal, tenant_id=tenant_id)

    tenant_id: UUID = acme.tenant.id
    app = FastAPI()
    install(app, stronghold, authenticate=BearerTokens(Opaque()))
    with TestClient(app, raise_server_exceptions=False) as client:
        answers = [Guest(client, token).get("/tenant/info").status_code for token in ("sesame", "other", "away")]
    assert answers == [200, 401, 503]

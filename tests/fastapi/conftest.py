"""An application with the books in it, and clients of it, on each kind of database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from stronghold_core.identity.tokens import AccessTokens
from stronghold_core.keys import Key, KeyRing
from stronghold_fastapi import BearerTokens, install

if TYPE_CHECKING:
    from collections.abc import Generator

    from httpx2 import Response

    from stronghold_core import Stronghold
    from tests.support.stronghold import Desk


@dataclass(frozen=True)
class Guest:
    """A client that asks in one caller's name."""

    client: TestClient
    token: str

    def send(self, method: str, path: str, **options: Any) -> Response:
        """Send a request with the caller's token."""
        headers = {"Authorization": f"Bearer {self.token}"} | options.pop("headers", {})
        return self.client.request(method, path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> Response:
        """Read something."""
        return self.send("GET", path, **options)

    def post(self, path: str, body: object = None, **options: Any) -> Response:
        """Send a body."""
        return self.send("POST", path, **({} if body is None else {"json": body}), **options)

    def made(self, path: str, body: object) -> dict[str, Any]:
        """Send a body that makes something, and return that."""
        answer = self.post(path, body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
def tokens() -> AccessTokens:
    """Issue tokens with a key of this test's own."""
    ring = KeyRing([Key.new(now=datetime.now(UTC))])
    return AccessTokens(ring, issuer="https://books.test", audience="books")


@pytest.fixture
def app(stronghold: Stronghold, tokens: AccessTokens) -> FastAPI:
    """Make an application with the books in it."""
    made = FastAPI()
    install(made, stronghold, authenticate=BearerTokens(tokens))
    return made


@pytest.fixture
def client(app: FastAPI) -> Generator[TestClient]:
    """Ask the application as a server would: an error of its own is an answer, too."""
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def ada(client: TestClient, acme: Desk, tokens: AccessTokens) -> Guest:
    """Ask in the name of Acme's owner."""
    return Guest(client, tokens.issue(acme.principal, acme.tenant.id).token)


@pytest.fixture
def eve(client: TestClient, rival: Desk, tokens: AccessTokens) -> Guest:
    """Ask in the name of a rival's owner."""
    return Guest(client, tokens.issue(rival.principal, rival.tenant.id).token)


@pytest.fixture
def bank(ada: Guest) -> str:
    """Open an account with 5,000 dollars, and return its id."""
    body = {"name": "Bank", "type": "asset", "subtype": "checking", "opening_balance": usd("5000.00")}
    return str(ada.made("/api/v1/accounts", body)["id"])


def usd(amount: str) -> dict[str, str]:
    """Write dollars as the API does."""
    return {"amount": amount, "currency": "USD"}

"""What whoever watches over the server is told."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.testclient import TestClient

from stronghold_core import Stronghold
from stronghold_fastapi import BearerTokens, install

if TYPE_CHECKING:
    from stronghold_core.identity.tokens import AccessTokens


def test_a_server_that_is_well_says_so_to_anybody(client: TestClient) -> None:
    """Neither answer needs a proof of who asks."""
    assert client.get("/health").json() == client.get("/health/db").json() == {"status": "ok"}


def test_a_database_without_our_tables_is_not_well(sqlite_url: str, tokens: AccessTokens) -> None:
    """The schema is looked at every time, not only at the start; the answer names no file and no table."""
    with closing(Stronghold(sqlite_url)) as stronghold, client_of(stronghold, tokens) as client:
        assert client.get("/health/db").status_code == 200
        stronghold.migrate(to="base")
        sick = client.get("/health/db")
        assert (sick.status_code, sick.json()["code"]) == (500, "schema.missing")
        assert "books.db" not in sick.text
        assert client.get("/health").status_code == 200


def test_a_database_that_does_not_answer_is_unavailable(tokens: AccessTokens) -> None:
    """503 with Retry-After: it may be back in a moment."""
    with closing(Stronghold("postgresql://nobody@127.0.0.1:1/none")) as stronghold:
        with client_of(stronghold, tokens) as client:
            gone = client.get("/health/db")
        assert (gone.status_code, gone.headers["retry-after"]) == (503, "1")


def client_of(stronghold: Stronghold, tokens: AccessTokens) -> TestClient:
    """Put *stronghold* into an application, and give a client of it."""
    app = FastAPI()
    install(app, stronghold, authenticate=BearerTokens(tokens))
    return TestClient(app, raise_server_exceptions=False)

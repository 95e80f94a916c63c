"""The ways into the books that a host's own endpoints use: what they answer is committed, or it is no success."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from stronghold_core import AuthenticationError, Stronghold
from stronghold_fastapi import AccessDep, BooksDep, Caller, ReadBooksDep, install
from tests.fastapi.conftest import usd

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy import Connection

    from tests.fastapi.conftest import Guest
    from tests.support.stronghold import Desk


@pytest.fixture
def shop(app: FastAPI) -> FastAPI:
    """Give the application endpoints of a host's own."""

    @app.post("/orders")
    def order(books: BooksDep, account: str) -> str:
        return str(books.transactions.record(account=account, amount="-5.00").id)

    @app.post("/orders-with-run")
    def order_with_run(access: AccessDep, account: str) -> str:
        return str(access.run(lambda books: books.transactions.record(account=account, amount="-5.00")).id)

    @app.get("/looks")
    def look(books: ReadBooksDep, account: str) -> str:
        return str(books.accounts.balance(account))

    @app.post("/looks")
    def look_and_write(books: ReadBooksDep, account: str) -> str:
        return str(books.transactions.record(account=account, amount="-5.00").id)

    @app.post("/bugs")
    def order_and_fail(books: BooksDep, account: str) -> str:
        books.transactions.record(account=account, amount="-5.00")
        raise RuntimeError

    return app


@contextmanager
def failing_commits(stronghold: Stronghold) -> Generator[None]:
    """Let the database refuse every COMMIT, as a full disk or a deferred constraint would."""

    def refuse(_connection: Connection) -> None:
        raise OperationalError("COMMIT", {}, Exception("the disk is on fire"))

    event.listen(stronghold.database.engine, "commit", refuse)
    yield
    event.remove(stronghold.database.engine, "commit", refuse)


@pytest.mark.parametrize("path", ["/orders", "/orders-with-run"])
@pytest.mark.usefixtures("shop")
def test_what_an_endpoint_acknowledges_is_committed(ada: Guest, acme: Desk, bank: str, path: str) -> None:
    """The id that is answered can be read by another unit at once."""
    answer = ada.send("POST", f"{path}?account={bank}")
    with acme.books(read_only=True) as books:
        assert str(books.transactions.get(answer.json()).id) == answer.json()


@pytest.mark.parametrize("path", ["/orders?account={bank}", "/orders-with-run?account={bank}", "/api/v1/transactions"])
@pytest.mark.usefixtures("shop")
def test_a_commit_that_fails_is_never_a_success(ada: Guest, acme: Desk, bank: str, path: str) -> None:
    """The answer waits for COMMIT: a unit that could not be committed is no 2xx, and is not in the books."""
    options = {"json": {"account": bank, "amount": usd("-5.00")}} if path.startswith("/api") else {}
    with failing_commits(acme.stronghold):
        answer = ada.send("POST", path.format(bank=bank), **options)
    assert answer.status_code >= 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "fire" not in answer.text
    assert ada.get(f"/looks?account={bank}").json() == "5000.00 USD"


def test_an_endpoint_that_fails_has_written_nothing(shop: FastAPI, ada: Guest, bank: str) -> None:
    """An exception after a verb takes the verb back."""
    assert ada.send("POST", f"/bugs?account={bank}").status_code == 500
    assert ada.get(f"/looks?account={bank}").json() == "5000.00 USD"


def test_a_snapshot_is_not_written_in(shop: FastAPI, ada: Guest, bank: str) -> None:
    """The endpoint that tries is wrong, not its caller."""
    answer = ada.send("POST", f"/looks?account={bank}")
    assert (answer.status_code, answer.json()["code"]) == (500, "unit.read_only")


@pytest.mark.parametrize("kind", ["plain", "coroutine"])
def test_a_host_says_in_its_own_way_who_asks(stronghold: Stronghold, acme: Desk, kind: str) -> None:
    """An authenticator is a plain function, or a coroutine function; its refusal is a 401."""

    def by_header(request: Request) -> Caller:
        if request.headers.get("x-user") != "ada":
            raise AuthenticationError
        return Caller("user:ada", acme.tenant.id)

    async def by_header_later(request: Request) -> Caller:
        return by_header(request)

    app = FastAPI()
    install(app, stronghold, authenticate=by_header_later if kind == "coroutine" else by_header, prefix="/money")
    with TestClient(app) as client:
        assert client.get("/money/tenant/info", headers={"x-user": "ada"}).json()["principal"] == "user:ada"
        assert client.get("/money/tenant/info").status_code == 401

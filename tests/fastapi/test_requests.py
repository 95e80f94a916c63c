"""Requests that no endpoint should see, and answers that every request gets: problem documents."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.testclient import TestClient

from stronghold_core import IntegrityFaultError, Stronghold, TooManyRequestsError
from stronghold_fastapi import AccessDep, BearerTokens, install
from stronghold_fastapi.access import FileEntrance
from stronghold_fastapi.requests import preferred
from tests.fastapi.conftest import usd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpx2 import Response

    from stronghold_core.identity.tokens import AccessTokens
    from tests.fastapi.conftest import Guest
    from tests.support.stronghold import Desk

PATH = "/api/v1/transactions"
JSON = {"Content-Type": "application/json"}


def is_problem(answer: Response, status: int, code: str) -> bool:
    """Tell whether an answer is the problem document that is expected."""
    said = answer.json()
    return (
        answer.headers["content-type"] == "application/problem+json"
        and (answer.status_code, said["status"], said["code"]) == (status, status, code)
        and said["type"] == f"urn:stronghold:{code}"
        and bool(said["title"] and said["detail"])
        and said["request_id"] == answer.headers["x-request-id"]
    )


def body(bank: str, **changes: object) -> dict[str, object]:
    """Write a body that is right, but for what is given."""
    return {"account": bank, "amount": usd("-5.00")} | changes


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "a field that there is none of": ({"konto": "x"}, "input.form"),
    "an amount that is a number": ({"amount": -5}, "input.form"),
    "an amount that is a float": ({"amount": {"amount": -5.0, "currency": "USD"}}, "input.form"),
    "an amount without a currency": ({"amount": {"amount": "-5.00"}}, "input.form"),
    "an amount with more beside it": ({"amount": usd("-5.00") | {"rate": "1"}}, "input.form"),
    "an amount that is no number": ({"amount": usd("five")}, "amount.syntax"),
    "an amount with too many decimals": ({"amount": usd("-5.001")}, "amount.lossy"),
    "an amount past 63 bits": ({"amount": usd("9" * 30)}, "amount.overflow"),
    "no amount": ({"amount": usd("0.00")}, "ledger.zero_amount"),
    "a currency that nobody knows": ({"amount": {"amount": "1.00", "currency": "XYZ"}}, "currency.unknown"),
    "another currency": ({"amount": {"amount": "1.00", "currency": "EUR"}}, "currency.mismatch"),
    "an account that is no id": ({"account": "bank"}, "input.form"),
    "a list for an account": ({"account": ["x"]}, "input.form"),
    "a day that is none": ({"on": "2026-02-30"}, "input.invalid"),
    "a day that is a number": ({"on": 20261101}, "input.form"),
    "a day to come": ({"on": "2030-01-01"}, "ledger.future_date"),
    "a day before all books": ({"on": "1066-10-14"}, "ledger.date_out_of_range"),
    "NUL": ({"description": "a\0b"}, "input.invalid"),
    "half a character": ({"description": "\ud800"}, "input.form"),
    "a text without end": ({"note": "x" * 4_001}, "input.form"),
}


@pytest.mark.parametrize(("changes", "code"), REFUSED.values(), ids=REFUSED)
def test_a_body_that_cannot_be_meant_is_refused_and_nothing_is_posted(
    ada: Guest, bank: str, changes: dict[str, object], code: str
) -> None:
    """422 with the rule's own code; the account holds what it held."""
    answer = ada.send("POST", PATH, content=json.dumps(body(bank, **changes)), headers=JSON)
    assert is_problem(answer, 422, code), answer.text
    assert ada.get(f"/api/v1/accounts/{bank}").json()["balance"] == usd("5000.00")


def test_each_mistake_of_a_form_is_pointed_at(ada: Guest, bank: str) -> None:
    """`errors` has a JSON pointer for each, also inside lists."""
    parts = [{"category": "x", "amount": usd("1.00")}, {"amount": 3}]
    answer = ada.post(f"{PATH}/split", body(bank, parts=parts, surprise=1))
    pointers = {one["pointer"] for one in answer.json()["errors"]}
    assert pointers == {"/parts/0/category", "/parts/1/amount", "/surprise"}
    asked = ada.get(f"{PATH}?limit=0&first=yesterday").json()
    assert {one["pointer"] for one in asked["errors"]} == {"limit", "first"}


@pytest.mark.parametrize(
    "content", ["", "{", "[" * 100_000, '{"a":' * 50_000, "\xff", "NaN", "9" * 5_000, "null", "[]"]
)
def test_what_is_no_json_object_is_refused(ada: Guest, content: str) -> None:
    """Broken, bottomless and other JSON is the caller's mistake, never the server's."""
    answer = ada.send("POST", PATH, content=content.encode("latin-1"), headers=JSON)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


def test_whoever_proves_nothing_is_told_nothing_else(client: TestClient) -> None:
    """Broken JSON, an odd type, an unknown parameter: a stranger hears of none of it."""
    for content, kind in (("{", "application/json"), ("x", "text/plain")):
        answer = client.post(f"{PATH}?frm=1", content=content, headers={"Content-Type": kind, "Accept": "image/png"})
        assert is_problem(answer, 401, "authentication.failed")


def test_a_body_is_read_no_further_than_it_may_go(ada: Guest) -> None:
    """A megabyte is enough for JSON: a larger one is refused by its announced length, or on the way."""
    large = b'{"note": "' + b"x" * 10_000_000 + b'"}'
    read = 0

    def pieces() -> Iterator[bytes]:
        nonlocal read
        for start in range(0, len(large), 65_536):
            read += 1
            yield large[start : start + 65_536]

    for content in (large, pieces()):
        answer = ada.send("POST", PATH, content=content, headers=JSON)
        assert is_problem(answer, 413, "http.content_too_large"), answer.text


def test_a_file_may_be_larger_than_json(ada: Guest, bank: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two megabytes of a bank's rows come in; past the limit of files they do not."""
    rows = b"Date,Description,Amount\n" + b"2026-11-01,%s,-1.00\n" % (b"x" * 200) * 10_000
    path = f"/api/v1/bank-statements/preview?account={bank}&rows=0"
    assert ada.post(path, files={"file": ("x.csv", rows)}).json()["summary"]["new"] == 10_000
    monkeypatch.setattr(FileEntrance, "max_body_bytes", 1_000_000)
    assert ada.post(path, files={"file": ("x.csv", rows)}).status_code == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "json", ""])
def test_a_body_of_another_kind_is_refused(ada: Guest, bank: str, kind: str) -> None:
    """Only what says that it is JSON is read as such: a form on somebody's page can't post for its visitor."""
    answer = ada.send("POST", PATH, content=json.dumps(body(bank)), headers={"Content-Type": kind})
    assert is_problem(answer, 415, "http.unsupported_media_type"), answer.text
    said = {"Content-Type": "application/json; charset=utf-8"}
    assert ada.send("POST", PATH, content=json.dumps(body(bank)), headers=said).status_code == 201


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("image/png", 406),
        ("application/json;q=0", 406),
        ("*/*", 200),
        ("application/*", 200),
        ("text/html, */*;q=0.1", 200),
    ],
)
def test_an_answer_in_a_form_that_there_is_none_in_is_not_given(ada: Guest, accept: str, status: int) -> None:
    """406 says in which forms there is one."""
    answer = ada.get("/tenant/info", headers={"Accept": accept})
    assert answer.status_code == status
    assert status == 200 or "application/json" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "application/json"),
        ("text/csv", "text/csv"),
        ("TEXT/CSV", "text/csv"),
        ("text/csv, application/json", "application/json"),
        ("text/csv, application/json;q=0.9", "text/csv"),
        ("text/*;q=0.8, */*;q=0.1", "text/csv"),
        ("*/*, application/json;q=0", "text/csv"),
        ("text/csv;q=nonsense", "text/csv"),
        ("", "application/json"),
        (",,;", None),
    ],
)
def test_of_two_forms_the_one_that_is_wanted_more_is_chosen(accept: str | None, chosen: str | None) -> None:
    """RFC 9110 §12.5.1: the most exact range decides; between equals our first."""
    assert preferred(accept, ("application/json", "text/csv")) == chosen


def test_paths_and_methods_that_there_are_none_of_are_problems_as_well(ada: Guest) -> None:
    """So are the framework's own refusals."""
    assert is_problem(ada.get("/api/v1/nothing"), 404, "http.not_found")
    answer = ada.send("DELETE", PATH)
    assert is_problem(answer, 405, "http.method_not_allowed")
    assert answer.headers["allow"]


# ------------------------------------------------------------------ traces


def test_a_request_keeps_its_id_into_the_audit_log(ada: Guest, acme: Desk, bank: str) -> None:
    """The caller's id comes back and is recorded; one that might do harm in a log is replaced."""
    kept = ada.post(PATH, body(bank), headers={"X-Request-ID": "req-17"})
    replaced = ada.post(PATH, body(bank), headers={"X-Request-ID": "a b"})
    assert kept.headers["x-request-id"] == "req-17"
    assert (replaced.status_code, " " in replaced.headers["x-request-id"]) == (201, False)
    with acme.books(read_only=True) as books:
        recorded = {event.request_id for event in books.audit.list()}
    assert {"req-17", replaced.headers["x-request-id"]} <= recorded


def test_an_odd_user_agent_is_no_reason_to_refuse_a_request(app: FastAPI, ada: Guest, bank: str) -> None:
    """It is recorded as far as it can be: without control characters, and no longer than is kept."""

    @app.get("/agent")
    def agent(access: AccessDep) -> str | None:
        return access.origin.user_agent

    odd: Any = {"User-Agent": b"evil\x9b\x85agent" + b"x" * 2_000}
    assert ada.post(PATH, body(bank), headers=odd).status_code == 201
    seen = ada.get("/agent", headers=odd).json()
    assert (seen[:4], seen.isprintable(), len(seen)) == ("evil", True, 1_000)


def test_a_repeated_request_is_answered_with_the_first_result(ada: Guest, bank: str) -> None:
    """The same key and body: the same transaction, and a header that says so; another body is refused."""
    key = {"Idempotency-Key": "order-17"}
    first, again = (ada.post(PATH, body(bank), headers=key) for _ in range(2))
    assert first.json()["id"] == again.json()["id"]
    assert (first.headers.get("idempotent-replayed"), again.headers["idempotent-replayed"]) == (None, "true")
    other = ada.post(PATH, body(bank, amount=usd("-6.00")), headers=key)
    assert is_problem(other, 422, "ledger.idempotency_mismatch")
    for wrong in ("x" * 256, ""):
        assert ada.post(PATH, body(bank), headers={"Idempotency-Key": wrong}).status_code == 422
    assert ada.get(f"/api/v1/accounts/{bank}").json()["balance"] == usd("4995.00")


# ------------------------------------------------------------------ errors of the server, and the host's own handlers


def test_an_error_of_the_servers_own_says_nothing_to_the_caller_and_all_to_the_log(
    app: FastAPI, ada: Guest, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither a bug nor books that contradict themselves are spoken of to whoever asks."""

    @app.get("/bug")
    def bug() -> None:
        raise RuntimeError("secret")

    @app.get("/fault")
    def fault() -> None:
        raise IntegrityFaultError(reason="secret")

    with caplog.at_level(logging.ERROR):
        assert is_problem(ada.get("/bug"), 500, "internal")
        answer = ada.get("/fault")
    assert is_problem(answer, 500, "integrity.fault")
    assert "secret" not in ada.get("/bug").text
    assert "secret" not in answer.text
    assert f"{answer.json()['request_id']}: The stored data contradict themselves: secret" in caplog.text


def test_whoever_is_too_fast_is_told_when_to_come_back(app: FastAPI, ada: Guest) -> None:
    """429 with Retry-After."""

    @app.get("/fast")
    def fast() -> None:
        raise TooManyRequestsError(retry_after_seconds=7)

    answer = ada.get("/fast")
    assert is_problem(answer, 429, "too_many_requests")
    assert answer.headers["retry-after"] == "7"


def test_handlers_that_the_host_has_set_stay(stronghold: Stronghold, tokens: AccessTokens) -> None:
    """Its pages for what is not there, and for a bug, are its own; our errors are problems all the same."""
    app = FastAPI()

    @app.exception_handler(HTTPException)
    async def mine(_request: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse({"mine": error.status_code}, error.status_code)

    @app.exception_handler(404)
    async def missing(_request: Request, _error: Exception) -> PlainTextResponse:
        return PlainTextResponse("host", 404)

    @app.exception_handler(500)
    async def broken(_request: Request, _error: Exception) -> PlainTextResponse:
        return PlainTextResponse("host", 500)

    @app.get("/bug")
    def bug(access: AccessDep) -> None:
        raise RuntimeError

    @app.get("/bare-bug")
    def bare_bug() -> None:
        raise RuntimeError

    install(app, stronghold, authenticate=BearerTokens(tokens))
    with TestClient(app, raise_server_exceptions=False) as client:
        assert client.get("/nothing").text == "host"
        assert client.get("/bare-bug").text == "host"
        assert is_problem(client.get("/bug"), 401, "authentication.failed")


@pytest.mark.parametrize("path", ["/api/v1/bank-statements", "/api/v1/bank-statements/preview"])
def test_nothing_is_read_of_a_file_that_nobody_sent(client: TestClient, path: str) -> None:
    """Who asks is known before the file is: otherwise strangers could fill the disk."""

    def file() -> Iterator[bytes]:
        raise AssertionError("It was read.")
        yield b""

    kind = {"Content-Type": "multipart/form-data; boundary=B"}
    answer = client.post(f"{path}?account={uuid4()}", content=file(), headers=kind)
    assert is_problem(answer, 401, "authentication.failed")


def test_no_answer_about_books_is_kept_by_a_cache(ada: Guest, bank: str) -> None:
    """A refusal neither: some statuses may be kept unless somebody says otherwise."""
    found, missing = ada.get(f"/api/v1/accounts/{bank}"), ada.get(f"/api/v1/accounts/{uuid4()}")
    assert (found.status_code, missing.status_code) == (200, 404)
    assert found.headers["cache-control"] == missing.headers["cache-control"] == "no-store"


def test_the_books_of_an_application_are_installed_once(
    app: FastAPI, stronghold: Stronghold, tokens: AccessTokens
) -> None:
    """A second set of routes would answer in the first one's place, or not at all."""
    with pytest.raises(Exception, match="already"):
        install(app, stronghold, authenticate=BearerTokens(tokens))


def test_an_endpoint_of_an_application_without_books_says_so() -> None:
    """What is missing is the call of `install`."""
    app = FastAPI()

    @app.get("/")
    def ask(access: AccessDep) -> str:
        return access.caller.principal

    with TestClient(app) as client, pytest.raises(Exception, match="install"):
        client.get("/")

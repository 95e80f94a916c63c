"""Who may see what: cookies, tokens of forms, and books of others."""

from __future__ import annotations

import asyncio
import base64
import json
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import unquote
from uuid import uuid4

import pytest
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse

from examples.reference_server.headers import MAX_BODY_BYTES, POLICY, Guard
from examples.reference_server.session import COOKIE
from tests.support.stronghold import EVE

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

    from tests.reference_server.conftest import Visitor

PAGES = ["", "/transactions", "/imports"]


@pytest.mark.parametrize("page", [*PAGES, "?range=all&currency=GBP"])
def test_a_page_about_money_asks_a_stranger_to_sign_in(stranger: Visitor, page: str) -> None:
    """And remembers where they wanted to go."""
    path = f"{stranger.home.path}{page}"
    answer = stranger.get(path)
    assert answer.status_code == 303
    assert unquote(answer.headers["location"]) == f"/sign-in?next={path}"
    sent = stranger.get(answer.headers["location"])
    assert f'name="next" value="{escape(path)}"' in sent.text


def test_the_right_password_opens_the_first_books(stranger: Visitor) -> None:
    """In a cookie that scripts can't read and other sites' forms don't bring."""
    answer = stranger.sign_in()
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert stranger.get("/").headers["location"] == stranger.home.path


def test_a_wrong_password_opens_nothing(stranger: Visitor) -> None:
    """It is said in words, with the right status, and nobody is signed in."""
    answer = stranger.sign_in("open-sesame-for-eve")
    assert answer.status_code == 401
    assert "do not belong together" in answer.text
    assert stranger.get(stranger.home.path).status_code == 303


def test_nobody_signs_in_under_a_name_that_is_not_known(stranger: Visitor) -> None:
    """Not even with no password."""
    fields = {"csrf": stranger.token(), "user": "eve", "password": ""}
    assert stranger.client.post("/sign-in", data=fields).status_code == 401


def test_signing_in_leads_to_no_other_site(stranger: Visitor) -> None:
    """An address that somebody was talked into opening can't send them on."""
    fields = {"csrf": stranger.token(), "user": "ada", "password": "open-sesame-for-ada", "next": "//evil.example"}
    assert stranger.client.post("/sign-in", data=fields).headers["location"] == "/"


def test_a_form_to_sign_in_needs_its_token(stranger: Visitor) -> None:
    """Else another site could sign its visitors in as somebody else."""
    stranger.token()
    assert stranger.client.post("/sign-in", data={"user": "ada", "password": "open-sesame-for-ada"}).status_code == 403


def test_a_cookie_that_was_changed_is_none(visitor: Visitor) -> None:
    """Nobody becomes Eve by writing her name into it."""
    head, claims, signature = visitor.client.cookies[COOKIE].split(".")
    read = json.loads(base64.urlsafe_b64decode(claims + "=="))
    written = base64.urlsafe_b64encode(json.dumps({**read, "sub": EVE}).encode()).rstrip(b"=").decode()
    visitor.client.cookies.clear()
    visitor.client.cookies[COOKIE] = f"{head}.{written}.{signature}"
    assert visitor.get(f"/t/{visitor.foreign.id}").status_code == 303


@pytest.mark.parametrize("token", ["", "wrong"])
@pytest.mark.parametrize("path", ["/sign-out", "{home}/imports/uploads/x", "{home}/imports/{id}/revert"])
def test_a_form_without_its_token_is_refused(visitor: Visitor, path: str, token: str) -> None:
    """Another site can send a form with our cookie, but can't know what the page holds."""
    answer = visitor.client.post(path.format(home=visitor.home.path, id=uuid4()), data={"csrf": token})
    assert answer.status_code == 403
    assert "not made by this page" in answer.text


def test_a_file_without_its_token_is_refused(visitor: Visitor) -> None:
    """The one form that is sent in another encoding."""
    files, fields = {"file": ("a.csv", b"x")}, {"account": str(visitor.home.checking.id)}
    assert visitor.client.post(f"{visitor.home.path}/imports", data=fields, files=files).status_code == 403


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/auth/token"])
@pytest.mark.parametrize("field", ["csrf", "user", "password", "username"])
def test_text_that_is_none_is_refused(visitor: Visitor, path: str, field: str) -> None:
    """A form may be written in a way that names half a character, which nothing can be compared with."""
    fields = {"csrf": visitor.token(visitor.home.path), "user": "ada", "username": "ada", "password": "x"}
    fields |= {"tenant": str(visitor.home.tenant.id), field: r"\ud800"}
    body = "".join(f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{fields[name]}\r\n' for name in fields)
    kind = "multipart/form-data; boundary=B; charset=raw_unicode_escape"
    answer = visitor.client.post(path, content=f"{body}--B--\r\n", headers={"Content-Type": kind})
    assert answer.status_code < 500


def test_signing_out_closes_the_books(visitor: Visitor) -> None:
    """The browser forgets the cookie, and whoever has copied it gets no further."""
    copied = visitor.client.cookies[COOKIE]
    assert visitor.post("/sign-out").status_code == 303
    assert visitor.get(visitor.home.path).status_code == 303
    visitor.client.cookies[COOKIE] = copied
    assert visitor.get(visitor.home.path).status_code == 303


def test_whoever_guesses_has_to_wait(stranger: Visitor) -> None:
    """Also for the right password, and in words."""
    for _ in range(5):
        assert stranger.sign_in("open-sesame-for-eve").status_code == 401
    answer = stranger.sign_in()
    assert answer.status_code == 401
    assert "too many failed attempts" in answer.text


@pytest.mark.parametrize("page", [*PAGES, "/transactions/{id}", "/accounts/{id}", "/imports/uploads/{id}"])
def test_books_of_others_are_not_there(visitor: Visitor, page: str) -> None:
    """Their id answers exactly like one that nobody has."""
    foreign, nobody = (visitor.get(f"/t/{tenant}{page.format(id=uuid4())}") for tenant in (visitor.foreign.id, uuid4()))
    assert (foreign.status_code, nobody.status_code) == (404, 404)
    assert "There is no tenant" in foreign.text


def test_ids_from_books_of_others_are_not_there(visitor: Visitor) -> None:
    """Within one's own books, what is Eve's is nothing."""
    with visitor.stronghold.books(visitor.foreign.id, principal=EVE) as books:
        account = books.accounts.open(name="Hers", type="asset", opening_balance="5.00")
        (transaction,) = books.transactions.list()
    for page in (f"accounts/{account.id}", f"transactions/{transaction.id}", f"transactions?account={account.id}"):
        answer = visitor.get(f"{visitor.home.path}/{page}")
        assert answer.status_code == 404, page
        assert "There is no" in answer.text


def test_only_ones_own_books_are_offered(visitor: Visitor) -> None:
    """The list to choose from names no others."""
    page = visitor.read(visitor.home.path)
    assert f'data-tenant="{visitor.home.path}"' in page
    assert f"{visitor.foreign.id}" not in page


def test_what_people_write_is_no_markup(visitor: Visitor) -> None:
    """A tenant's name with a tag in it stays a name."""
    page = visitor.read(visitor.home.path)
    assert "Ada &amp; Co &lt;b&gt;" in page
    assert "Ada & Co <b>" not in page


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/static/app.css"])
def test_every_answer_has_the_policy(stranger: Visitor, path: str) -> None:
    """Errors and files, too: nothing from elsewhere, nothing inline, no frames, no guessing of types."""
    headers = stranger.get(path).headers
    assert headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers


def test_pages_are_kept_by_nobody(visitor: Visitor) -> None:
    """What a browser keeps, the next one at the machine finds."""
    assert visitor.get(visitor.home.path).headers["cache-control"] == "no-store"


def test_pages_hold_no_code_and_no_styles(visitor: Visitor) -> None:
    """The policy would not run them, and a page that tried would be broken."""
    for page in PAGES:
        text = visitor.read(f"{visitor.home.path}{page}")
        assert " style=" not in text
        assert "<style" not in text
        assert " onclick=" not in text
        assert text.count("<script") == text.count("<script src=")


def test_a_file_that_is_too_large_is_refused(visitor: Visitor) -> None:
    """What is written to the disk must have a limit."""
    fields = {"csrf": visitor.token(visitor.home.path), "account": str(visitor.home.checking.id)}
    files = {"file": ("large.csv", b"x" * (MAX_BODY_BYTES + 1))}
    answer = visitor.client.post(f"{visitor.home.path}/imports", data=fields, files=files)
    assert answer.status_code == 413
    assert "too large" in answer.text
    assert answer.headers["content-security-policy"] == POLICY


def test_a_request_that_never_ends_is_cut_off() -> None:
    """Whatever it says of its length."""

    async def receive() -> Message:
        return {"type": "http.request", "body": b"x" * 1024**2, "more_body": True}

    async def swallow(_scope: Scope, receive: Receive, _send: Send) -> None:
        while (await receive())["more_body"]:
            pass

    async def send(_message: Message) -> None:
        pytest.fail("nothing is said before the end")

    guard = Guard(swallow, refuse=PlainTextResponse)
    with pytest.raises(HTTPException, match="too large"):
        asyncio.run(guard({"type": "http", "headers": []}, receive, send))


def test_files_are_asked_about_and_not_sent_twice(stranger: Visitor) -> None:
    """They hold no secrets, so a browser may keep them, as long as they are what the server has."""
    first = stranger.get("/static/app.css")
    assert first.headers["cache-control"] == "no-cache"
    assert stranger.get("/static/app.css", **{"If-None-Match": first.headers["etag"]}).status_code == 304

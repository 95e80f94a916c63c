"""The JSON interface beside the pages: the same books, with a token instead of a cookie."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from examples.reference_server.app import USER
from tests.reference_server.conftest import KEYS

if TYPE_CHECKING:
    from tests.reference_server.conftest import Visitor


def test_a_token_from_the_page_opens_the_books_it_was_made_for(visitor: Visitor) -> None:
    """And no others: what the token says counts, not what the path or a cookie says."""
    page = visitor.post(f"{visitor.home.path}/interface").text
    found = re.search(r"TOKEN=(\S+)", unescape(page))
    assert found
    answer = visitor.get("/tenant/info", Authorization=f"Bearer {found[1]}")
    assert answer.json()["tenant"]["id"] == str(visitor.home.tenant.id)
    assert visitor.get("/tenant/info").status_code == 401
    assert visitor.get("/api/v1/accounts").json()["code"] == "authentication.failed"


def test_others_verify_its_tokens_by_the_keys_that_it_publishes(visitor: Visitor) -> None:
    """Whoever knows the address needs no secret for it; the file with the secrets is its owner's alone."""
    (published,) = visitor.get("/.well-known/jwks.json").json()["keys"]
    assert (published["alg"], "d" in published) == ("EdDSA", False)


def test_the_page_tells_everything_there_is_to_ask(visitor: Visitor) -> None:
    """Each operation of the description has its line."""
    page = unescape(visitor.read(f"{visitor.home.path}/interface"))
    for path in visitor.get("/openapi.json").json()["paths"]:
        assert path in page


def test_name_and_password_are_exchanged_for_a_token(stranger: Visitor) -> None:
    """Wrong ones are refused, and so is somebody else's tenant when the token is used."""
    form = {"username": USER, "password": KEYS.password, "tenant": str(stranger.home.tenant.id)}

    def sent(**changes: str) -> dict[str, str]:
        answer: dict[str, str] = stranger.client.post("/auth/token", data=form | changes).json()
        return answer

    good = sent()
    assert stranger.get("/tenant/info", Authorization=f"Bearer {good['access_token']}").status_code == 200
    foreign = sent(tenant=str(stranger.foreign.id))
    assert stranger.get("/tenant/info", Authorization=f"Bearer {foreign['access_token']}").status_code == 404
    assert sent(password="guess")["code"] == sent(username="eve")["code"] == "identity.sign_in_failed"


def test_a_token_ends_with_the_session_it_was_made_in(visitor: Visitor) -> None:
    """Signing out everywhere holds for programs as well, with their next request."""
    page = visitor.post(f"{visitor.home.path}/interface").text
    found = re.search(r"TOKEN=(\S+)", unescape(page))
    assert found
    user = visitor.stronghold.identity.users.find(login_name=USER)
    assert user is not None
    visitor.stronghold.identity.sessions.end_all(user.id)
    assert visitor.get("/tenant/info", Authorization=f"Bearer {found[1]}").status_code == 401


def test_what_there_is_none_of_in_the_interface_is_a_problem_and_among_the_pages_a_page(stranger: Visitor) -> None:
    """Each half answers in its own way."""
    for path in ("/api/v1/nothing", "/financial/nothing", "/tenant/x"):
        assert stranger.get(path).headers["content-type"] == "application/problem+json"
    assert stranger.client.delete("/api/v1/accounts").status_code == 405
    assert stranger.get("/nothing").headers["content-type"].startswith("text/html")
    assert stranger.get("/health").json() == {"status": "ok"}


def test_a_cookie_is_no_token(visitor: Visitor) -> None:
    """Both are signed, with different keys: whoever steals the one can't use it as the other."""
    cookie = next(iter(visitor.client.cookies.values()))
    assert visitor.get("/tenant/info", Authorization=f"Bearer {cookie}").status_code == 401

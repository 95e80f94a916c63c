"""Another tenant's id, anywhere in a request, is answered exactly like one that never was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.fastapi.conftest import Guest, usd

if TYPE_CHECKING:
    from collections.abc import Callable

    from httpx2 import Response

    from stronghold_core.identity.tokens import AccessTokens
    from tests.support.stronghold import Desk

FILE = {"file": ("x.csv", b"Date,Amount\n2026-11-01,-3.20\n")}
Ask = tuple[str, str, dict[str, Any]]


def asks(found: dict[str, str], own: str) -> dict[str, Ask]:
    """Write every request that can name something, naming *found*; *own* is an account of the one who asks."""
    account, category, transaction, imported = (
        found[name] for name in ("account", "category", "transaction", "import")
    )
    api, board = "/api/v1", "/financial/dashboard"
    day = {"json": {"on": "2026-11-21"}}
    return {
        "account": ("GET", f"{api}/accounts/{account}", {}),
        "account's name": ("PATCH", f"{api}/accounts/{account}", {"json": {"name": "Mine"}}),
        "account's end": ("POST", f"{api}/accounts/{account}/close", {}),
        "account again": ("POST", f"{api}/accounts/{account}/reopen", {}),
        "account's history": ("GET", f"{api}/accounts/{account}/history", {}),
        "category": ("GET", f"{api}/categories/{category}", {}),
        "category's name": ("PATCH", f"{api}/categories/{category}", {"json": {"name": "Mine"}}),
        "category's end": ("POST", f"{api}/categories/{category}/archive", {}),
        "category again": ("POST", f"{api}/categories/{category}/restore", {}),
        "category below": (
            "POST",
            f"{api}/categories",
            {"json": {"name": "X", "kind": "expense", "parent": category}},
        ),
        "transaction": ("GET", f"{api}/transactions/{transaction}", {}),
        "transaction's words": ("PATCH", f"{api}/transactions/{transaction}", {"json": {"note": "Mine"}}),
        "transaction back": ("POST", f"{api}/transactions/{transaction}/reverse", day),
        "transaction's category": (
            "POST",
            f"{api}/transactions/{transaction}/recategorise",
            {"json": {"category": category}},
        ),
        "money of theirs": ("POST", f"{api}/transactions", {"json": {"account": account, "amount": usd("-1.00")}}),
        "for their category": (
            "POST",
            f"{api}/transactions",
            {"json": {"account": own, "amount": usd("-1.00"), "category": category}},
        ),
        "split to them": (
            "POST",
            f"{api}/transactions/split",
            {"json": {"account": own, "amount": usd("1.00"), "parts": [{"account": account, "amount": usd("1.00")}]}},
        ),
        "transfer from them": (
            "POST",
            f"{api}/transfers",
            {"json": {"from_account": account, "to_account": own, "amount": usd("1.00")}},
        ),
        "transfer to them": (
            "POST",
            f"{api}/transfers",
            {"json": {"from_account": own, "to_account": account, "amount": usd("1.00")}},
        ),
        "import": ("GET", f"{api}/bank-statements/{imported}", {}),
        "import back": ("POST", f"{api}/bank-statements/{imported}/revert", {"json": {}}),
        "preview for them": ("POST", f"{api}/bank-statements/preview?account={account}", {"files": FILE}),
        "import for them": ("POST", f"{api}/bank-statements?account={account}", {"files": FILE}),
        "overview": ("GET", f"{board}?account={account}", {}),
        "summary": ("GET", f"{board}/summary?account={account}", {}),
        "accounts": ("GET", f"{board}/accounts?account={account}", {}),
        "movements": ("GET", f"{board}/transactions?account={account}", {}),
        "cash flow": ("GET", f"{board}/cash-flow?account={account}", {}),
        "net worth": ("GET", f"{board}/net-worth?account={account}", {}),
        "categories": ("GET", f"{board}/categories?account={account}", {}),
    }


@pytest.fixture
def of_acme(ada: Guest, bank: str) -> dict[str, str]:
    """Fill Acme's books, and return the ids of what is in them."""
    category = ada.made("/api/v1/categories", {"name": "Rent", "kind": "expense"})["id"]
    body = {"account": bank, "amount": usd("-5.00"), "category": category}
    transaction = ada.made("/api/v1/transactions", body)["id"]
    imported = ada.post(f"/api/v1/bank-statements?account={bank}", files=FILE).json()["import_id"]
    return {"account": bank, "category": category, "transaction": transaction, "import": imported}


def test_a_stranger_is_told_of_another_tenants_things_what_is_told_of_none(
    ada: Guest, eve: Guest, of_acme: dict[str, str]
) -> None:
    """404, in the same words but for the id; and Acme's books are as they were."""
    before = books_of(ada)
    own = eve.made("/api/v1/accounts", {"name": "Own", "type": "asset"})["id"]
    nothing = {name: str(uuid4()) for name in of_acme}
    of_nobody = asks(nothing, own)
    for name, ask in asks(of_acme, own).items():
        theirs, none = sent(eve, ask), sent(eve, of_nobody[name])
        assert theirs.status_code == 404, (name, theirs.text)
        assert spoken(theirs.json(), of_acme) == spoken(none.json(), nothing), name
    assert books_of(ada) == before
    assert books_of(eve)["items"] == []


def test_whoever_owns_them_is_answered(ada: Guest, of_acme: dict[str, str]) -> None:
    """The same requests are no 404 to Ada: it is the wall that answers Eve, not a mistake in the request."""
    own = ada.made("/api/v1/accounts", {"name": "Own", "type": "asset"})["id"]
    for name, ask in asks(of_acme, own).items():
        assert sent(ada, ask).status_code != 404, name


def test_a_token_for_a_tenant_that_its_bearer_left_opens_nothing(ada: Guest, acme: Desk, tokens: AccessTokens) -> None:
    """Membership is looked up each time: a good token of a stranger, or of a tenant that is none, is a 404."""
    for principal, tenant_id in (("user:eve", acme.tenant.id), ("user:ada", uuid4())):
        stranger = Guest(ada.client, tokens.issue(principal, tenant_id).token)
        for path in ("/tenant/info", "/api/v1/accounts", "/financial/dashboard"):
            assert stranger.get(path).status_code == 404
    kim = acme.seat("user:kim", "viewer")
    guest = Guest(ada.client, tokens.issue(kim.principal, acme.tenant.id).token)
    assert guest.get("/api/v1/accounts").status_code == 200
    with acme.books() as books:
        books.members.remove("user:kim")
    assert guest.get("/api/v1/accounts").status_code == 404


@pytest.mark.parametrize(
    "forge",
    [
        lambda tenant: {"headers": {"X-Tenant-Id": tenant, "X-Tenant": tenant, "Tenant": tenant}},
        lambda tenant: {"params": {"tenant_id": tenant, "tenant": tenant}},
        lambda tenant: {"cookies": {"tenant_id": tenant}},
    ],
    ids=["in a header", "in the query", "in a cookie"],
)
@pytest.mark.usefixtures("bank")
def test_a_forged_tenant_is_nobodys_business(
    ada: Guest, eve: Guest, acme: Desk, forge: Callable[[str], dict[str, Any]]
) -> None:
    """The token alone says whose books: whatever else names a tenant is refused, or is as if it were not there."""
    before = books_of(ada)
    forged = forge(str(acme.tenant.id))
    eve.client.cookies.update(forged.pop("cookies", {}))
    seen = eve.get("/api/v1/accounts", **forged)
    assert seen.status_code == 422 or seen.json()["items"] == []
    made = eve.send("POST", "/api/v1/accounts", json={"name": "Own", "type": "asset"}, **forged)
    assert made.status_code in {201, 422}
    assert books_of(ada) == before


def test_a_forged_tenant_in_a_body_is_refused_by_name(ada: Guest, eve: Guest, acme: Desk) -> None:
    """No body has a place for one."""
    before = books_of(ada)
    answer = eve.post("/api/v1/accounts", {"name": "Own", "type": "asset", "tenant_id": str(acme.tenant.id)})
    assert (answer.status_code, "tenant_id" in answer.text) == (422, True)
    assert books_of(ada) == before


def test_who_may_only_look_changes_nothing(ada: Guest, acme: Desk, tokens: AccessTokens, bank: str) -> None:
    """403 names the permission that is missing; nothing is in the books afterwards."""
    viewer = Guest(ada.client, tokens.issue(acme.seat("user:kim", "viewer").principal, acme.tenant.id).token)
    refused = viewer.post("/api/v1/transactions", {"account": bank, "amount": usd("-1.00")})
    assert (refused.status_code, refused.json()["attributes"]["permission"]) == (403, "transaction:post")
    assert viewer.get(f"/api/v1/accounts/{bank}").json()["balance"] == usd("5000.00")


def sent(guest: Guest, ask: Ask) -> Response:
    """Send one of the requests."""
    method, path, options = ask
    return guest.send(method, path, **options)


def books_of(guest: Guest) -> dict[str, Any]:
    """Return all transactions that *guest* sees."""
    found: dict[str, Any] = guest.get("/api/v1/transactions?limit=500").json()
    return found


def spoken(problem: dict[str, Any], ids: dict[str, str]) -> str:
    """Return a problem without what is a request's own: its id, and the ids in it."""
    text = str({name: value for name, value in problem.items() if name != "request_id"})
    for name, found in ids.items():
        text = text.replace(found, name)
    return text

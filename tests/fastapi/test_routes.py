"""Each route does its verb, on both kinds of database."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.fastapi.conftest import usd

if TYPE_CHECKING:
    from tests.fastapi.conftest import Guest
    from tests.support.stronghold import Desk

CSV = b"Date,Description,Amount\n2026-11-01,Coffee,-3.20\n2026-11-02,Tea,-3.00\n"


def test_the_caller_learns_whose_books_these_are(ada: Guest, acme: Desk) -> None:
    """`/tenant/info` tells the tenant, the principal, and what they may do."""
    info = ada.get("/tenant/info").json()
    assert (info["tenant"]["id"], info["principal"]) == (str(acme.tenant.id), acme.principal)
    assert "transaction:post" in info["permissions"]


def test_money_that_is_recorded_is_in_the_books(ada: Guest, acme: Desk, bank: str) -> None:
    """What the API acknowledges, core reads, amounts and words alike."""
    rent = ada.made("/api/v1/categories", {"name": "Rent", "kind": "expense"})["id"]
    body = {"account": bank, "amount": usd("-1200.00"), "category": rent, "description": "Rent"}
    posted = ada.made("/api/v1/transactions", body)
    with acme.books(read_only=True) as books:
        assert str(books.accounts.balance(bank)) == "3800.00 USD"
        assert books.transactions.get(posted["id"]).description == "Rent"
    assert ada.get(f"/api/v1/transactions/{posted['id']}").json() == posted
    assert ada.get(f"/api/v1/accounts/{bank}").json()["balance"] == usd("3800.00")
    history = ada.get(f"/api/v1/accounts/{bank}/history").json()["items"]
    assert [row["running_balance"]["amount"] for row in history] == ["3800.00", "5000.00"]


def test_a_split_names_its_parts(ada: Guest, bank: str) -> None:
    """The parts of a split are categories with amounts; parts that do not add up are refused."""
    food, toys = (ada.made("/api/v1/categories", {"name": name, "kind": "expense"})["id"] for name in ("Food", "Toys"))
    body = {
        "account": bank,
        "amount": usd("-30.00"),
        "parts": [{"category": food, "amount": usd("-20.00")}, {"category": toys, "amount": usd("-10.00")}],
    }
    assert len(ada.made("/api/v1/transactions/split", body)["entries"]) == 3
    refused = ada.post("/api/v1/transactions/split", body | {"amount": usd("-31.00")})
    assert (refused.status_code, refused.json()["code"]) == (422, "ledger.unbalanced")


def test_a_transfer_moves_money(ada: Guest, bank: str) -> None:
    """What leaves one account arrives at the other; onto itself is refused."""
    cash = ada.made("/api/v1/accounts", {"name": "Cash", "type": "asset", "subtype": "cash"})["id"]
    body = {"from_account": bank, "to_account": cash, "amount": usd("40.00")}
    ada.made("/api/v1/transfers", body)
    assert ada.get(f"/api/v1/accounts/{cash}").json()["balance"] == usd("40.00")
    refused = ada.post("/api/v1/transfers", body | {"to_account": bank})
    assert (refused.status_code, refused.json()["code"]) == (422, "ledger.self_transfer")


def test_a_transaction_is_taken_back_once(ada: Guest, bank: str) -> None:
    """A reversal restores the balance; a second one is a conflict."""
    posted = ada.made("/api/v1/transactions", {"account": bank, "amount": usd("-5.00")})
    path = f"/api/v1/transactions/{posted['id']}/reverse"
    assert ada.made(path, {"on": "2026-11-21"})["reverses_id"] == posted["id"]
    assert ada.get(f"/api/v1/accounts/{bank}").json()["balance"] == usd("5000.00")
    assert ada.post(path, {"on": "2026-11-21"}).status_code == 409


def test_words_and_category_of_a_transaction_change_but_not_its_money(ada: Guest, bank: str) -> None:
    """A word that is left out stays, null erases it; an amount is no word."""
    posted = ada.made("/api/v1/transactions", {"account": bank, "amount": usd("-5.00"), "payee": "Kim", "note": "x"})
    path = f"/api/v1/transactions/{posted['id']}"
    edited = ada.send("PATCH", path, json={"note": None, "description": "Lunch"}).json()
    assert (edited["description"], edited["payee"], edited["note"]) == ("Lunch", "Kim", None)
    assert ada.send("PATCH", path, json={"amount": usd("-1.00")}).status_code == 422
    food = ada.made("/api/v1/categories", {"name": "Food", "kind": "expense"})["id"]
    moved = ada.post(f"{path}/recategorise", {"category": food}).json()
    assert food in {entry["category_id"] for entry in moved["entries"]}


def test_accounts_and_categories_are_named_closed_and_opened_again(ada: Guest, bank: str) -> None:
    """Their verbs are routes; closing an account that holds money is refused."""
    assert ada.send("PATCH", f"/api/v1/accounts/{bank}", json={"name": "Main"}).json()["name"] == "Main"
    assert ada.post(f"/api/v1/accounts/{bank}/close").json()["code"] == "ledger.account_not_empty"
    empty = ada.made("/api/v1/accounts", {"name": "Empty", "type": "asset"})["id"]
    assert ada.post(f"/api/v1/accounts/{empty}/close").json()["status"] == "closed"
    assert ada.get("/api/v1/accounts?status=closed").json()["items"][0]["id"] == empty
    assert ada.post(f"/api/v1/accounts/{empty}/reopen").json()["status"] == "open"
    food = ada.made("/api/v1/categories", {"name": "Food", "kind": "expense"})["id"]
    path = f"/api/v1/categories/{food}"
    assert ada.send("PATCH", path, json={"name": "Groceries"}).json()["name"] == "Groceries"
    assert ada.post(f"{path}/archive").json()["status"] == "archived"
    assert ada.post(f"{path}/restore").json() == ada.get(path).json()
    assert food in {one["id"] for one in ada.get("/api/v1/categories").json()}


def test_pages_lead_to_one_another(ada: Guest, bank: str) -> None:
    """The Link header and the cursor lead through all transactions, none twice; a foreign cursor is refused."""
    for number in range(5):
        ada.made("/api/v1/transactions", {"account": bank, "amount": usd(f"-{number + 1}.00")})
    path, seen = f"/api/v1/transactions?account={bank}&limit=2", []
    while path:
        answer = ada.get(path)
        seen += [one["id"] for one in answer.json()["items"]]
        link = answer.headers.get("link", "")
        assert bool(link) == (answer.json()["next_cursor"] is not None)
        path = link.partition(">")[0].removeprefix("<")
    assert len(seen) == len(set(seen)) == 6
    assert ada.get("/api/v1/transactions?after=nonsense").json()["code"] == "input.cursor"


def test_search_and_filters_hold_together(ada: Guest, bank: str) -> None:
    """Every condition that is given holds."""
    ada.made("/api/v1/transactions", {"account": bank, "amount": usd("-5.00"), "payee": "Kim's", "on": "2026-11-02"})
    ada.made("/api/v1/transactions", {"account": bank, "amount": usd("-50.00"), "payee": "Kim's", "on": "2026-11-09"})
    found = ada.get("/api/v1/transactions?text=kim&min_amount=10&first=2026-11-01&last=2026-11-30").json()["items"]
    assert [one["effective_date"] for one in found] == ["2026-11-09"]


def test_a_bank_file_is_looked_at_then_brought_in_then_taken_back(ada: Guest, bank: str) -> None:
    """A preview posts nothing, an import each row once, a reversal takes all of them back."""
    path = "/api/v1/bank-statements"
    preview = ada.post(f"{path}/preview?account={bank}&rows=1", files={"file": ("nov.csv", CSV)}).json()
    assert preview["summary"]["new"] == 2
    assert [row["verdict"] for row in preview["rows"]] == ["new"]
    assert ada.get(path).json()["items"] == []
    result = ada.post(f"{path}?account={bank}", files={"file": ("nov.csv", CSV)})
    assert (result.status_code, result.json()["posted"]) == (201, 2)
    again = ada.post(f"{path}?account={bank}", files={"file": ("nov.csv", CSV)}).json()
    assert (again["posted"], again["already_there"]) == (0, 2)
    kept = ada.get(f"{path}/{result.json()['import_id']}").json()
    assert (kept["source"], kept["outgoing"]) == ("nov.csv", usd("-6.20"))
    assert ada.post(f"{path}/{kept['id']}/revert", {}).json()["reversed"] == 2
    assert ada.post(f"{path}/{kept['id']}/revert", {}).status_code == 409
    assert ada.get(f"/api/v1/accounts/{bank}").json()["balance"] == usd("5000.00")


def test_a_file_that_leaves_its_reading_open_is_read_as_the_layout_says(ada: Guest, bank: str) -> None:
    """An ambiguous file is a question with its candidates; the layout that answers it comes as JSON."""
    file = {"file": ("x.csv", b"Date,Description,Amount\n03/04/2026,Tea,-3.00\n")}
    path = f"/api/v1/bank-statements/preview?account={bank}"
    asked = ada.post(path, files=file).json()
    assert (asked["code"], asked["attributes"]["field"]) == ("statement.ambiguous", "date_format")
    answered = ada.post(path, files=file, data={"layout": '{"date_format": "%d/%m/%Y"}'}).json()
    assert answered["rows"][0]["statement_line"]["on"] == "2026-04-03"
    assert ada.post(path, files=file, data={"layout": '{"date_fromat": "x"}'}).status_code == 422
    assert ada.post(path, files=file, data={"layout": "not json"}).status_code == 422


@pytest.mark.parametrize(
    "page", ["", "/summary", "/accounts", "/transactions", "/budgets", "/cash-flow", "/net-worth", "/categories"]
)
def test_a_dashboard_is_sent_anew_only_when_it_changed(ada: Guest, bank: str, page: str) -> None:
    """Every page has a tag; who has it gets 304 until something is posted; CSV has a tag of its own."""
    path = f"/financial/dashboard{page}"
    first = ada.get(path)
    assert first.status_code == 200
    tag = first.headers["etag"]
    held = ada.get(path, headers={"If-None-Match": f'"other", {tag}'})
    assert (held.status_code, held.content, held.headers["etag"]) == (304, b"", tag)
    table = ada.get(path, headers={"Accept": "text/csv"})
    assert table.headers["content-type"].startswith("text/csv")
    assert table.headers["etag"] != tag
    ada.made("/api/v1/transactions", {"account": bank, "amount": usd("-5.00")})
    assert ada.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_a_dashboard_answers_for_days_and_accounts(ada: Guest, bank: str) -> None:
    """Both ends of a period make one; one alone, or an account that is not there, is refused."""
    ada.made("/api/v1/transactions", {"account": bank, "amount": usd("-5.00"), "on": "2026-10-09"})
    path = f"/financial/dashboard/cash-flow?first=2026-10-01&last=2026-10-31&step=week&account={bank}"
    assert ada.get(path).json()["currencies"][0]["total"]["expenses"] == usd("5.00")
    assert ada.get("/financial/dashboard?first=2026-10-01").status_code == 422
    assert ada.get(f"/financial/dashboard?account={uuid4()}").status_code == 404

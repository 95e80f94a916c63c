"""What the pages show, against books that are known by heart."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from examples.reference_server.app import USER, make_app
from examples.reference_server.ranges import PRESETS
from examples.reference_server.serving import read_page
from stronghold_core import Stronghold
from tests.reference_server.conftest import KEYS, TODAY, days_ago
from tests.support.stronghold import ADA, EVE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reference_server.conftest import Visitor


def test_the_first_page_shows_the_headline_figures(visitor: Visitor) -> None:
    """Grouped digits, a currency beside each amount, and no currency added to another."""
    seen = read_page(visitor.read(visitor.home.path))
    assert seen.figures == {
        "Net worth": "11,445.60 USD",
        "Income": "12,345.60 USD",
        "Expenses": "900.00 USD",
        "Savings rate": "92.7\N{NO-BREAK SPACE}%",
    }


def test_books_without_anything_have_a_page(visitor: Visitor) -> None:
    """Somebody who was invited to books that nobody has used yet sees zeros, and no error."""
    with visitor.stronghold.books(visitor.foreign.id, principal=EVE) as books:
        books.members.add(ADA, role="viewer")
    home = f"/t/{visitor.foreign.id}"
    assert read_page(visitor.read(home)).figures["Net worth"] == "0.00 EUR"
    assert "Nothing yet." in visitor.read(f"{home}/imports")
    assert "No transaction fits" in visitor.read(f"{home}/transactions?range=all")


def test_what_a_role_does_not_allow_is_refused_in_words(visitor: Visitor) -> None:
    """Whoever may only look can't import, and reads whom to ask."""
    with visitor.stronghold.books(visitor.foreign.id, principal=EVE) as books:
        books.members.add(ADA, role="viewer")
        account = books.accounts.open(name="Bank", type="asset")
    fields = {"csrf": visitor.token(visitor.home.path), "account": str(account.id)}
    home = f"/t/{visitor.foreign.id}/imports"
    files = {"file": ("a.csv", b"Date,Description,Amount\n2026-03-28,Tea,-3.00\n")}
    sent = visitor.client.post(home, data=fields, files=files)
    refused = visitor.get(sent.headers["location"])
    assert refused.status_code == 403
    assert "ask an owner or admin" in refused.text


def test_another_currency_is_drawn_when_asked_for(visitor: Visitor) -> None:
    """It stands beside the others all the time."""
    page = visitor.read(f"{visitor.home.path}?currency=GBP")
    assert read_page(page).figures["Net worth"] == "70.00 GBP"
    assert "Currencies side by side" in page


def test_days_without_anything_are_shown_as_such(visitor: Visitor) -> None:
    """No division by nothing, and no comparison with nothing."""
    page = visitor.read(f"{visitor.home.path}?first=2001-02-01&last=2001-02-28")
    assert read_page(page).figures["Savings rate"] == "—"
    assert "Nothing was spent" in page
    assert "February 2001" in page


@pytest.mark.parametrize("preset", ["this-month", "last-month", "this-year", "last-12-months", "all", "nonsense"])
def test_every_range_with_a_name_has_a_page(visitor: Visitor, preset: str) -> None:
    """One that nobody knows is the default."""
    page = visitor.read(f"{visitor.home.path}?range={preset}")
    marked = [name for name in PRESETS.values() if f'aria-current="true">{name}<' in page]
    assert marked == [PRESETS.get(preset, "Last 12 months")]


def test_all_begins_with_the_books(visitor: Visitor) -> None:
    """Not with the calendar."""
    began = days_ago(9).replace(day=1)
    assert f'name="first" value="{began}"' in visitor.read(f"{visitor.home.path}?range=all")


@pytest.mark.parametrize("days", ["first=2026-13-01", "first=2026-05-02&last=2026-05-01"])
def test_days_that_can_not_be_meant_are_refused_in_words(visitor: Visitor, days: str) -> None:
    """The library's own words, on a page."""
    answer = visitor.get(f"{visitor.home.path}?{days}")
    assert answer.status_code == 422
    assert "period" in answer.text


def test_a_list_reaches_to_the_last_day_there_is(visitor: Visitor) -> None:
    """No day comes after it, and a page about it needs none."""
    assert "31\N{NO-BREAK SPACE}Dec\N{NO-BREAK SPACE}9999" in visitor.read(
        f"{visitor.home.path}/transactions?first=2026-01-02&last=9999-12-31"
    )


def test_spending_leads_to_its_transactions(visitor: Visitor) -> None:
    """A category, and those below it, for the days that were shown."""
    page = visitor.read(visitor.home.path)
    found = re.search(r'href="([^"]+)">All of Food<', page)
    assert found
    path = found[1].replace("&amp;", "&")
    assert f"last={TODAY}" in path
    listed = visitor.read(path)
    assert "<h1>Food</h1>" in listed
    assert listed.count('<td class="what">') == 40
    assert "Employer" not in listed


def test_the_list_goes_on_where_it_stopped(visitor: Visitor) -> None:
    """To htmx only rows are sent, to a browser without scripts the whole page."""
    page = visitor.read(f"{visitor.home.path}/transactions?text=market")
    seen = re.findall(r">(Market \d+)<", page)
    for _ in range(2):
        more = re.search(r'hx-get="([^"]+after=[^"]+)"', page)
        assert more
        path = more[1].replace("&amp;", "&")
        assert "<html" in visitor.read(path)
        page = visitor.get(path, **{"HX-Request": "true"}).text
        assert "<html" not in page
        seen += re.findall(r">(Market \d+)<", page)
    assert sorted(seen) == sorted(f"Market {number}" for number in range(90))


def test_a_search_without_a_result_says_so(visitor: Visitor) -> None:
    """With the words that were looked for, as words."""
    page = visitor.read(f"{visitor.home.path}/transactions?text=<i>nowhere")
    assert "No transaction fits “&lt;i&gt;nowhere”" in page


def test_a_search_is_answered_in_part_to_htmx_alone(visitor: Visitor) -> None:
    """Going back in the browser asks for a whole page again."""
    path = f"{visitor.home.path}/transactions?text=employer"
    part = visitor.get(path, **{"HX-Request": "true"})
    assert "<html" not in part.text
    assert "Employer" in part.text
    assert part.headers["vary"] == "HX-Request"
    assert '<div id="where" hx-swap-oob="true">' in part.text
    again = visitor.get(path, **{"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in again.text


def test_what_is_wrong_with_the_server_is_for_its_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What is said of a database may name hosts, files and tables; who reads a page can do nothing about it."""
    with closing(Stronghold("postgresql://nobody@127.0.0.1:1/none")) as stronghold:
        client = TestClient(make_app(stronghold, KEYS, tmp_path), raise_server_exceptions=False)
        token = re.search(r'name="csrf" value="([^"]+)"', client.get("/sign-in").text)
        assert token
        answer = client.post("/sign-in", data={"csrf": token[1], "user": USER, "password": KEYS.password})
    assert answer.status_code == 503
    assert "be reached just now" in answer.text
    assert "127.0.0.1" not in answer.text
    assert "127.0.0.1" in caplog.text


def test_an_error_in_a_part_of_a_page_is_a_message(visitor: Visitor) -> None:
    """It goes where messages go, and takes nothing's place."""
    answer = visitor.get(f"{visitor.home.path}/transactions?after=nonsense", **{"HX-Request": "true"})
    assert answer.status_code == 422
    assert answer.headers["hx-retarget"] == "#message"
    assert "<html" not in answer.text
    back = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<html" in visitor.get(f"{visitor.home.path}/transactions?after=nonsense", **back).text


def test_a_transaction_has_a_page_with_its_entries(visitor: Visitor) -> None:
    """Both sides of it, with the account's balance after."""
    with visitor.stronghold.books(visitor.home.tenant.id, principal=ADA) as books:
        (transaction,) = books.transactions.list(text="employer")
        books.transactions.reverse(transaction.id, on=TODAY)
    page = visitor.read(f"{visitor.home.path}/transactions/{transaction.id}")
    assert "+12,345.60" in page
    assert "−12,345.60" in page
    assert "taken back" in page


def test_a_transfer_is_neither_gained_nor_lost(visitor: Visitor) -> None:
    """It has no sign, and says from where to where."""
    page = visitor.read(f"{visitor.home.path}/transactions?account={visitor.home.savings.id}")
    assert "+500.00" in page
    everything = visitor.read(f"{visitor.home.path}/transactions?first={days_ago(2)}&last={days_ago(2)}")
    assert "Checking → Savings" in everything
    assert "+500.00" not in everything


def test_an_account_has_a_page_with_running_balances(visitor: Visitor) -> None:
    """The latest first, and the rest page by page."""
    page = visitor.read(f"{visitor.home.path}/accounts/{visitor.home.checking.id}")
    assert "10,945.60" in page
    more = re.search(r'hx-get="([^"]+)"', page)
    assert more
    assert "11,3" in visitor.get(more[1].replace("&amp;", "&"), **{"HX-Request": "true"}).text


@pytest.mark.parametrize("path", ["/nowhere", "/t/banana", "/t/1/transactions"])
def test_an_address_that_leads_nowhere_is_a_page(visitor: Visitor, path: str) -> None:
    """Not a document for programs."""
    answer = visitor.get(path)
    assert answer.status_code == 404
    assert "<h1>Not Found</h1>" in answer.text

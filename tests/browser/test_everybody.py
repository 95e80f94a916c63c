"""Every page, as everybody sees it: light and dark, at a desk and on a phone."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import LOOKS, VENDOR, visiting

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from playwright.sync_api import Browser

    from tests.browser.conftest import Look, Visit

OPEN_FILE = "Date,Description,Amount\n01/02/2026,Tea,-3.00\n03/04/2026,Tea,-4.00\n"
MIXED_FILE = "Date,Description,Amount\n2026-02-13,A,-3.00\n2026-02-30,B,-4.00\n"


def nothing_more(_visit: Visit) -> None:
    """Leave the page as it is."""


def unfold(visit: Visit) -> None:
    """Open everything that can be opened."""
    visit.page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")


def follow_first(visit: Visit) -> None:
    """Go to the first transaction, or account, of a list."""
    visit.page.locator("td.what a, .list li > a").first.click()
    visit.page.locator("p.back").wait_for()


def send(content: str) -> Callable[[Visit], None]:
    """Send a bank's file from the page on which that is done."""

    def sent(visit: Visit) -> None:
        visit.upload(visit.page.url.removeprefix(visit.address.rstrip("/")).removesuffix("/imports"), content)

    return sent


def ask_for_token(visit: Visit) -> None:
    """Make a token for the JSON interface."""
    visit.page.get_by_role("button", name="Make a token").click()
    visit.page.get_by_text("TOKEN=").wait_for()


def open_switch(visit: Visit) -> None:
    """Show the list of books."""
    visit.page.locator(".switch summary").click()


def other_books(visit: Visit) -> None:
    """Change to the company, which has more accounts than fit beside the rest."""
    visit.switch("Brightwater Design")


def unfold_other_books(visit: Visit) -> None:
    """And open everything there."""
    other_books(visit)
    unfold(visit)


PAGES: dict[str, tuple[str, Callable[[Visit], None]]] = {
    "overview": ("", nothing_more),
    "overview-unfolded": ("", unfold),
    "overview-of-a-month": ("?range=last-month", nothing_more),
    "overview-of-nothing": ("?first=2001-01-01&last=2001-01-31", nothing_more),
    "books-to-choose": ("", open_switch),
    "transactions": ("/transactions", nothing_more),
    "transactions-not-found": ("/transactions?text=nowhere", nothing_more),
    "transaction": ("/transactions", follow_first),
    "account": ("", follow_first),
    "imports": ("/imports", unfold),
    "preview": ("/imports", send(MIXED_FILE)),
    "question": ("/imports", send(OPEN_FILE)),
    "interface": ("/interface", ask_for_token),
    "company": ("", other_books),
    "company-unfolded": ("", unfold_other_books),
    "error": ("/transactions/00000000-0000-7000-8000-000000000000", nothing_more),
}


@cache
def axe() -> str:
    """Read the code that looks for barriers."""
    return (VENDOR / "axe.min.js").read_text(encoding="utf-8")


def barriers(visit: Visit) -> list[str]:
    """List what keeps people from using the page."""
    visit.page.evaluate(axe())
    found: dict[str, Any] = visit.page.evaluate("axe.run(document)")
    return [
        f"{one['id']}: {one['help']}: {node['html'][:160]} {node['any'][0]['message'] if node['any'] else ''}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def overhang(visit: Visit) -> int:
    """Say by how many pixels the page is wider than the screen."""
    width: int = visit.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


@pytest.fixture
def signed_in(browser: Browser, address: str, look: Look) -> Generator[tuple[Visit, str]]:
    """Sign in, in each look; the browser may complain about nothing, least of all what the policy forbids."""
    with visiting(browser, address, look) as visit:
        visit.sign_in()
        yield visit, visit.page.url.removeprefix(address.rstrip("/"))
        assert not visit.complaints


@pytest.mark.parametrize("name", PAGES)
def test_nothing_keeps_anybody_from_using_a_page(signed_in: tuple[Visit, str], name: str) -> None:
    """No barrier that axe knows, nothing that must be scrolled sideways, no complaint of the browser."""
    visit, home = signed_in
    path, prepare = PAGES[name]
    visit.go(home + path)
    prepare(visit)
    assert not barriers(visit)
    assert overhang(visit) <= 0


def test_nothing_keeps_anybody_from_signing_in(browser: Browser, address: str, look: Look) -> None:
    """Before and after a wrong password."""
    with visiting(browser, address, look) as visit:
        visit.go("/sign-in")
        assert not barriers(visit)
        visit.page.get_by_label("Name").fill("ada")
        visit.page.get_by_label("Password").fill("wrong")
        visit.page.get_by_role("button", name="Sign in").click()
        visit.page.get_by_role("alert").wait_for()
        assert not barriers(visit)
        assert overhang(visit) <= 0
        assert not visit.complaints


def test_barriers_and_complaints_would_be_seen(browser: Browser, address: str) -> None:
    """The tests above can fail: a picture without words, a line too long, and a style in the page are noticed."""
    with visiting(browser, address, LOOKS["phone-light"]) as visit:
        visit.go("/sign-in")
        visit.page.evaluate(
            "document.querySelector('main').insertAdjacentHTML('beforeend',"
            ' \'<img src="/static/icon.svg" width="900"><p style="color: red">red</p>\')'
        )
        visit.page.wait_for_timeout(100)
        assert [found for found in barriers(visit) if found.startswith("image-alt")]
        assert any("Content Security Policy" in complaint for complaint in visit.complaints)

"""The ways that people take through the page, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import KEYS, LOOKS, visiting

if TYPE_CHECKING:
    from collections.abc import Generator

    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Visit

FILE = (
    "Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\n"
    "DEBIT,03/28/2026,{words} MARKET,-35.18,DEBIT_CARD,,\n"
    "CREDIT,03/27/2026,{words} PAYROLL,2065.30,ACH_CREDIT,,\n"
)
ABROAD = "Ada's year abroad"


def test_the_main_way_from_signing_in_to_what_was_imported(visit: Visit) -> None:
    """Sign in, change the books, go down to the transactions of a category, import a file, find its rows."""
    page = visit.page
    visit.sign_in()
    home = visit.switch(ABROAD)
    page.get_by_role("link", name="All", exact=True).click()
    page.get_by_role("link", name="Rent", exact=True).click()
    page.get_by_role("heading", level=1, name="Rent").wait_for()
    assert page.locator("td.what").count() == 12
    visit.upload(home, FILE.format(words="MAINWAY"))
    assert page.locator(".badge.is-new").count() == 2
    page.get_by_role("button", name="Import 2 transactions").click()
    page.get_by_role("heading", name="2 transactions imported").wait_for()
    page.get_by_role("link", name="Transactions", exact=True).click()
    # What is typed before the page's scripts are there waits for the button.
    page.wait_for_load_state()
    page.get_by_label("Search").fill("mainway")
    page.wait_for_url("**text=mainway**")
    assert sorted(page.locator("td.what a").all_inner_texts()) == ["MAINWAY MARKET", "MAINWAY PAYROLL"]


def test_an_import_is_taken_back_after_a_second_thought(visit: Visit) -> None:
    """One press opens the question, another answers it."""
    page = visit.page
    visit.sign_in()
    visit.upload(visit.switch(ABROAD), FILE.format(words="REGRET"), name="regret.csv")
    page.get_by_role("button", name="Import 2 transactions").click()
    page.get_by_role("link", name="All imports").click()
    row = page.locator(".imports li", has_text="regret.csv")
    row.locator("summary").click()
    row.get_by_role("button", name="Take 2 transactions back").click()
    page.locator(".imports li", has_text="regret.csv").get_by_text("taken back").wait_for()


def test_the_line_over_time_is_drawn_and_tells_what_is_under_the_pointer(visit: Visit) -> None:
    """From the table beside it."""
    page = visit.page
    visit.sign_in()
    chart = page.locator("[data-draws=worth]")
    chart.locator("canvas").wait_for()
    told = page.locator("[data-readout=worth]")
    latest = told.inner_text()
    row = page.locator("#worth tbody tr").last
    assert (row.locator("td").last.text_content() or "nothing") in latest
    box = chart.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function(
        "before => document.querySelector('[data-readout=worth]').textContent !== before", arg=latest
    )


def test_more_rows_go_below_those_that_are_there(visit: Visit) -> None:
    """And whoever pressed the button stands on the first new one."""
    page = visit.page
    visit.sign_in()
    visit.go(f"{page.url.removeprefix(visit.address.rstrip('/'))}/transactions")
    before = page.locator("td.what").count()
    page.get_by_role("link", name="Load more").click()
    page.wait_for_function("count => document.querySelectorAll('td.what').length > count", arg=before)
    first_new = page.locator("td.what a").nth(before)
    assert first_new.evaluate("link => link === document.activeElement")


def test_what_stands_above_the_list_goes_with_the_search(visit: Visit) -> None:
    """Its heading, and the days to choose from, which keep what was searched for."""
    page = visit.page
    visit.sign_in()
    visit.go(f"{visit.switch(ABROAD)}/transactions")
    page.get_by_label("Category").select_option("Rent")
    page.get_by_role("heading", level=1, name="Rent").wait_for()
    page.wait_for_function("document.title.startsWith('Rent')")
    page.get_by_role("link", name="All", exact=True).click()
    page.wait_for_url("**range=all**")
    assert page.get_by_role("heading", level=1, name="Rent").is_visible()
    assert page.locator("td.what").count() == 12


def test_going_back_shows_the_whole_page_again(visit: Visit) -> None:
    """Although a part of it had been exchanged; and nothing about money was put into the browser's storage."""
    page = visit.page
    visit.sign_in()
    page.get_by_role("link", name="Transactions", exact=True).click()
    page.wait_for_load_state()
    page.get_by_label("Search").fill("salary")
    page.wait_for_url("**text=salary**")
    page.get_by_role("link", name="Overview", exact=True).click()
    page.go_back()
    page.get_by_role("heading", level=1, name="Transactions").wait_for()
    assert page.locator("header.top").count() == 1
    assert page.evaluate("[localStorage.length, JSON.stringify(sessionStorage).includes('amount')]") == [0, False]


# ------------------------------------------------------------------ without a mouse, without scripts


def press_until(page: Page, name: str, *, key: str = "Tab") -> None:
    """Press a key until what has that name has the focus."""
    for _ in range(80):
        page.keyboard.press(key)
        named = page.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).textContent")
        if " ".join(named.split()) == name:
            return
    pytest.fail(f"{name} can't be reached with {key}")


def test_everything_is_reached_by_keyboard(visit: Visit) -> None:
    """Signing in, changing the books, searching: no mouse is touched, and the focus is always to be seen."""
    page = visit.page
    visit.go("/sign-in")
    # The first field has the focus from the beginning.
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type(KEYS.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/t/*")
    press_until(page, "Skip to the content")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.reload()
    press_until(page, "Books: Ada and Ben's household")
    page.keyboard.press("Enter")
    press_until(page, f"{ABROAD} Owner · USD")
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name=ABROAD).wait_for()
    press_until(page, "Transactions")
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="Transactions").wait_for()
    page.wait_for_load_state()
    press_until(page, "Search")
    page.keyboard.type("coffee")
    page.wait_for_url("**text=coffee**")
    press_until(page, "LIGHTHOUSE COFFEE 2ND AVE")
    page.keyboard.press("Enter")
    page.wait_for_url("**/transactions/*")


def test_the_focus_is_always_to_be_seen(visit: Visit) -> None:
    """Each stop on the way through the dashboard has a frame."""
    page = visit.page
    visit.sign_in()
    for stop in range(30):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            "() => { const style = getComputedStyle(document.activeElement);"
            " return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2; }"
        )
        assert seen, (stop, page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))


@pytest.fixture
def plain(browser: Browser, address: str) -> Generator[Visit]:
    """Sit down at a browser in which scripts are switched off."""
    with visiting(browser, address, LOOKS["desktop-light"], has_scripts=False) as opened:
        yield opened


def test_forms_and_links_work_without_scripts(plain: Visit) -> None:
    """Searching, going on, sending a file: what htmx makes smoother works by itself."""
    page = plain.page
    plain.sign_in()
    home = plain.switch(ABROAD)
    page.get_by_role("link", name="Transactions", exact=True).click()
    page.get_by_label("Search").fill("market")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**text=market**")
    assert all("MARKET" in row.upper() for row in page.locator("td.what").all_inner_texts())
    plain.go(f"{home}/transactions")
    first = page.locator("td.what a").first.inner_text()
    page.get_by_role("link", name="Load more").click()
    page.wait_for_url("**after=**")
    assert page.locator("td.what a").first.inner_text() != first
    plain.upload(home, FILE.format(words="PLAIN"))
    assert page.locator(".badge.is-new").count() == 2

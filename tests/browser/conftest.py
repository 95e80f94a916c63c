"""A real browser in front of the reference server.

The browser is the one that is installed: Chromium, as Debian packs it. Without it these tests are skipped, or fail
where STRONGHOLD_REQUIRE_SERVICES says that nothing may be missing.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from rich.console import Console

from examples.reference_server.app import USER, make_app
from examples.reference_server.keys import Keys
from examples.reference_server.people import let_in
from examples.reference_server.seeding import make_books
from examples.reference_server.serving import Running, listen
from stronghold_core import Stronghold

if TYPE_CHECKING:
    from collections.abc import Generator

    from playwright.sync_api import Browser, ConsoleMessage, Page

VENDOR = Path(__file__).parent / "vendor"
KEYS = Keys(password="open-sesame-for-ada", cookie_key="k" * 64)
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Look(NamedTuple):
    """How a visitor sees the page."""

    scheme: str
    width: int
    height: int


LOOKS = {
    "desktop-light": Look("light", 1280, 900),
    "desktop-dark": Look("dark", 1280, 900),
    "phone-light": Look("light", 375, 812),
    "phone-dark": Look("dark", 375, 812),
}


@dataclass
class Visit:
    """Somebody in front of a browser, and what the browser complained about."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Go to a page."""
        self.page.goto(self.address + path.lstrip("/"))

    def sign_in(self) -> None:
        """Fill the form in."""
        self.go("/sign-in")
        self.page.get_by_label("Name").fill("ada")
        self.page.get_by_label("Password").fill(KEYS.password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url("**/t/*")

    def switch(self, name: str) -> str:
        """Change to other books, and return where they are."""
        self.page.locator(".switch summary").click()
        self.page.locator(".switch").get_by_role("link", name=name).click()
        self.page.get_by_role("heading", level=1, name=name).wait_for()
        return self.page.url.removeprefix(self.address.rstrip("/"))

    def upload(self, home: str, content: str, *, name: str = "march.csv") -> None:
        """Send a bank's file for the first account."""
        self.go(f"{home}/imports")
        self.page.get_by_label("File").set_input_files(
            {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
        )
        self.page.get_by_role("button", name="Preview").click()
        self.page.wait_for_url("**/uploads/*")


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Serve the demo's books, of a size that is made in seconds."""
    folder = tmp_path_factory.mktemp("server")
    with Stronghold(f"sqlite:///{folder / 'books.db'}") as stronghold:
        stronghold.migrate()
        make_books(stronghold, Console(quiet=True), transactions=1_500)
        let_in(stronghold, USER, KEYS.password)
        with listen(0) as taken, Running(make_app(stronghold, KEYS, folder), taken) as running:
            yield running.address


@pytest.fixture(scope="session")
def browser() -> Generator[Browser]:
    """Start the browser that is installed."""
    program = shutil.which("chromium")
    if program is None:
        complaint = "Chromium is not installed (on Debian and Ubuntu: apt-get install chromium)"
        if os.environ.get("STRONGHOLD_REQUIRE_SERVICES") == "1":
            pytest.fail(complaint)
        pytest.skip(complaint)
    playwright = pytest.importorskip("playwright.sync_api", reason="`./dev browser` installs playwright")
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=program, args=list(OPTIONS))
        yield launched
        launched.close()


@contextmanager
def visiting(browser: Browser, address: str, look: Look, *, has_scripts: bool = True) -> Generator[Visit]:
    """Open a window of its own, and listen to what the browser complains about."""
    context = browser.new_context(
        viewport={"width": look.width, "height": look.height},
        color_scheme="dark" if look.scheme == "dark" else "light",
        java_script_enabled=has_scripts,
        service_workers="block",
    )
    visit = Visit(context.new_page(), address)

    def listen_to(message: ConsoleMessage) -> None:
        # An answer that is an error is told of as well, whatever it was asked for.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            visit.complaints.append(message.text)

    visit.page.on("console", listen_to)
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    yield visit
    context.close()


@pytest.fixture(params=LOOKS)
def look(request: pytest.FixtureRequest) -> Look:
    """Take each look in turn."""
    name: str = request.param
    return LOOKS[name]


@pytest.fixture
def visit(browser: Browser, address: str) -> Generator[Visit]:
    """Sit down at a desk; nothing may be complained about until the end."""
    with visiting(browser, address, LOOKS["desktop-light"]) as opened:
        yield opened
        assert not opened.complaints

"""Running the server: a port, a browser, an end without a traceback; and a look at the page without a browser."""

from __future__ import annotations

import errno
import re
import socket
import threading
import webbrowser
from html import unescape
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Final, NamedTuple, Self
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console
    from starlette.types import ASGIApp

HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8765
_TRIED: Final = 20
_READY_SECONDS: Final = 30
_GRACE_SECONDS: Final = 3


class PortTakenError(Exception):
    """Somebody else listens on the port."""


def listen(port: int | None) -> socket.socket:
    """Take a port of this machine: *port*, or if nobody says which the first free one from `DEFAULT_PORT` on.

    Raises:
        PortTakenError: If it is taken.
    """
    if port is not None:
        return _bound(port)
    for candidate in range(DEFAULT_PORT, DEFAULT_PORT + _TRIED):
        try:
            return _bound(candidate)
        except PortTakenError:
            continue
    raise PortTakenError(f"The ports from {DEFAULT_PORT} to {candidate} are all taken: name a free one with --port.")


def _bound(port: int) -> socket.socket:
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((HOST, port))
        # Only who listens keeps others off a port.
        taken.listen()
    except OSError as error:
        taken.close()
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        reason = "is taken by another program" if error.errno == errno.EADDRINUSE else "may not be used"
        raise PortTakenError(f"Port {port} {reason}: name another with --port, or leave it out.") from error
    return taken


def address_of(taken: socket.socket) -> str:
    """Return the address at which a browser finds the server."""
    return f"http://{HOST}:{taken.getsockname()[1]}/"


class Server(uvicorn.Server):
    """A server that says when it is ready."""

    def __init__(self, app: ASGIApp, *, on_ready: Callable[[], object]) -> None:
        # Whoever sends slowly, or never ends, does not keep the server from stopping.
        config = uvicorn.Config(app, log_level="warning", server_header=False, timeout_graceful_shutdown=_GRACE_SECONDS)
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        self._on_ready()


def serve(app: ASGIApp, taken: socket.socket, *, opens_browser: bool) -> None:
    """Serve until somebody presses Ctrl-C.

    Raises:
        KeyboardInterrupt: Then. The server has stopped in order by that time, and passes the signal on.
    """

    def ready() -> None:
        if opens_browser:
            # Some browsers only return when they are closed.
            threading.Thread(target=webbrowser.open, args=(address_of(taken),), daemon=True).start()

    Server(app, on_ready=ready).run(sockets=[taken])


class Running:
    """A server in a thread of its own, for as long as a block lasts."""

    def __init__(self, app: ASGIApp, taken: socket.socket) -> None:
        self.address = address_of(taken)
        self._ready = threading.Event()
        self._server = Server(app, on_ready=self._ready.set)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [taken]}, daemon=True)

    def __enter__(self) -> Self:
        """Start, and wait until it answers."""
        self._thread.start()
        if not self._ready.wait(_READY_SECONDS):
            raise TimeoutError(f"The server was not ready after {_READY_SECONDS} seconds.")
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.should_exit = True
        self._thread.join(_READY_SECONDS)


# ------------------------------------------------------------------ a look at the page


class Seen(NamedTuple):
    """What a dashboard said."""

    title: str
    figures: dict[str, str]
    size: int


def check(app: ASGIApp, taken: socket.socket, *, user: str, password: str, console: Console) -> None:
    """Sign in over HTTP, look at the dashboard of each of the books, print what is there, and stop."""
    with Running(app, taken) as running:
        browser = build_opener(HTTPCookieProcessor(CookieJar()))
        form = _get(browser, f"{running.address}sign-in")
        first = _get(browser, f"{running.address}sign-in", csrf=_token(form), user=user, password=password)
        for path in dict.fromkeys(re.findall(r'data-tenant="([^"]+)"', first)):
            seen = read_page(_get(browser, f"{running.address}{path.lstrip('/')}"))
            told = ", ".join(f"{name} {value}" for name, value in seen.figures.items())
            console.print(f"{seen.title} ({seen.size:,} characters): {told}", markup=False)


def read_page(text: str) -> Seen:
    """Find the title and the headline figures of a dashboard.

    >>> page = '<title>Acme</title><b data-tile="Income" data-unit="EUR">5.00</b>'
    >>> read_page(page).figures
    {'Income': '5.00 EUR'}
    """
    title = re.search(r"<title>(.*?)</title>", text, re.DOTALL)
    tiles = re.findall(r'data-tile="([^"]+)" data-unit="([^"]*)">([^<]+)<', text)
    figures = {name: f"{unescape(value).strip()} {unit}".strip() for name, unit, value in tiles}
    return Seen(unescape(title[1]).strip() if title else "", figures, len(text))


def _get(browser: OpenerDirector, address: str, **form: str) -> str:
    """Fetch a page, or send a form; an answer that is no page raises."""
    with browser.open(address, urlencode(form).encode() if form else None, timeout=_READY_SECONDS) as answer:
        text: str = answer.read().decode()
    return text


def _token(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    return found[1] if found else ""

"""What every answer says to browsers, whoever made it: nothing from elsewhere, nothing inline, no frames.

Also a limit on how much anybody may send: what is read into memory or onto the disk must have one.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES: Final = 16 * 1024 * 1024
TOO_LARGE: Final = f"That is too large: at most {MAX_BODY_BYTES // 1024**2} MB can be sent."

_SOURCES: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}

POLICY: Final = "; ".join(f"{kind} {source}" for kind, source in _SOURCES.items())
"""What a page may load, and from where."""

HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """Adds the headers to every answer, and refuses requests that are too large.

    Args:
        app: What answers.
        refuse: Makes the page for a request that says itself that it is too large; none if the application has limits
            of its own.
    """

    def __init__(self, app: ASGIApp, *, refuse: Callable[[str], ASGIApp] | None = None) -> None:
        self._app = app
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self._refuse is None:
            await self._app(scope, receive, _headed(send))
        elif _announced(scope) > MAX_BODY_BYTES:
            # A browser shows no answer that comes before it has sent everything.
            while (await receive()).get("more_body"):
                pass
            await self._refuse(TOO_LARGE)(scope, receive, _headed(send))
        else:
            await self._app(scope, _counted(receive), _headed(send))


def _announced(scope: Scope) -> int:
    """Return how long a request says that it is; nothing if it does not say so."""
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() else 0


def _counted(receive: Receive) -> Receive:
    """Count what comes, and stop where it becomes too much, whatever was announced."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > MAX_BODY_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE)
        return message

    return counted


def _headed(send: Send) -> Send:
    """Add the headers to what goes."""

    async def headed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            # What is said of money is for one pair of eyes; files are asked about each time, and mostly not sent again.
            headers.setdefault("Cache-Control", "no-cache" if "etag" in headers else "no-store")
        await send(message)

    return headed

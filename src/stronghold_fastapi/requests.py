"""What is read off every request: where it comes from, and whether it may come in at all.

`Entrance` is the class of our routes. It refuses what no endpoint should have to look at: a body that is too large or
of another kind than the endpoint reads, and an answer asked for in a form that there is none in.
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from fastapi import HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from stronghold_core import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence

    from fastapi.dependencies.models import Dependant
    from starlette.datastructures import Headers
    from starlette.responses import Response
    from starlette.types import Message, Receive

REQUEST_ID = "X-Request-ID"
NOT_KEPT = "no-store"
"""For caches, browsers' among them: what is said of money is for one pair of eyes. Dashboards say otherwise."""
_MAX_USER_AGENT_LENGTH = 1_000
_KNOWN_GOOD_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
MEBIBYTE = 1024 * 1024


def request_id_of(request: Request) -> str:
    """Return the id that the caller gave this request, or one made for it; always the same for the same request."""
    found: str | None = getattr(request.state, "request_id", None)
    if found is None:
        given = request.headers.get(REQUEST_ID, "")
        found = given if _KNOWN_GOOD_ID.fullmatch(given) else str(uuid.uuid4())
        request.state.request_id = found
    return found


def origin_of(request: Request) -> Origin:
    """Say where a request comes from, for the audit log."""
    agent = request.headers.get("user-agent")
    return Origin(
        request_id=request_id_of(request),
        ip=None if request.client is None else request.client.host,
        # It is only ever recorded, so an odd one is no reason to refuse the request.
        user_agent=None if agent is None else _printable(agent)[:_MAX_USER_AGENT_LENGTH],
    )


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)


# ------------------------------------------------------------------ what may come in


class Entrance(APIRoute):
    """A route for JSON."""

    reads: ClassVar[str] = "application/json"
    """The kind of body that its endpoints read, if they read one."""
    max_body_bytes: ClassVar[int] = MEBIBYTE

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Check each request before FastAPI looks at it; say of each answer whose it is, and that nobody keeps it."""
        handle = super().get_route_handler()
        gives = self._media_types()
        parameters = frozenset(_query_names(self.dependant))

        async def checked(request: Request) -> Response:
            await self.admit(request)
            self._check(request.headers, gives)
            _check_query(request, parameters)
            answer = await handle(Request(request.scope, _counted(request.receive, self.max_body_bytes)))
            answer.headers.setdefault(REQUEST_ID, request_id_of(request))
            answer.headers.setdefault("Cache-Control", NOT_KEPT)
            return answer

        return checked

    async def admit(self, request: Request) -> None:
        """Let anybody in; others look first: FastAPI reads the body before it asks any dependency."""

    def _media_types(self) -> tuple[str, ...]:
        found = self.responses.get(self.status_code or 200, {})
        return ("application/json", *found.get("content", {}))

    def _check(self, headers: Headers, gives: Sequence[str]) -> None:
        if preferred(headers.get("accept"), gives) is None:
            raise HTTPException(406, f"There is no answer of the kinds asked for; it is given as {' or '.join(gives)}.")
        if self.body_field is None:
            return
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != self.reads:
            raise HTTPException(415, f"The body is of the type {kind[:80]!r}; send it as {self.reads}.")
        if (
            headers.get("content-length", "0").isdecimal()
            and int(headers.get("content-length", "0")) > self.max_body_bytes
        ):
            raise _too_large(self.max_body_bytes)


def _query_names(dependant: Dependant) -> Iterator[str]:
    """Go through the query parameters that an endpoint and its dependencies take."""
    yield from (field.alias for field in dependant.query_params)
    for below in dependant.dependencies:
        yield from _query_names(below)


def _check_query(request: Request, parameters: frozenset[str]) -> None:
    """Refuse a parameter that there is none of: a filter that is misspelt would otherwise find too much."""
    unknown = sorted(set(request.query_params) - parameters)
    if unknown:
        fact = f"There is no such parameter; there is {', '.join(sorted(parameters)) or 'none'}"
        raise RequestValidationError(
            [{"type": "extra_forbidden", "loc": ("query", name), "msg": fact} for name in unknown]
        )


def _counted(receive: Receive, limit: int) -> Receive:
    """Pass a body on, piece by piece, as long as it is no larger than *limit* bytes."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise _too_large(limit)
        return message

    return counted


def _too_large(limit: int) -> HTTPException:
    return HTTPException(413, f"The body is larger than {limit:,} bytes; send less at a time.")


# ------------------------------------------------------------------ what may go out


def preferred(accept: str | None, offered: Sequence[str]) -> str | None:
    """Choose among the media types *offered* by an ``Accept`` header (RFC 9110 §12.5.1); none if it wants none of them.

    >>> preferred("text/csv;q=0.5, */*;q=0.1", ("application/json", "text/csv"))
    'text/csv'
    >>> preferred(None, ("application/json", "text/csv")), preferred("image/png", ("application/json",))
    ('application/json', None)
    """
    if accept is None or not accept.strip():
        return offered[0]
    wanted = [_media_range(part) for part in accept.split(",")]
    best = max(offered, key=lambda media_type: _quality(media_type, wanted))
    return best if _quality(best, wanted) > 0 else None


def _media_range(part: str) -> tuple[str, float]:
    media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
    # A quality that is no number says nothing.
    return media_type, float(quality) if re.fullmatch(r"[01](\.\d{0,3})?", quality) else 1.0


def _quality(media_type: str, wanted: Sequence[tuple[str, float]]) -> float:
    """Tell how much *media_type* is wanted: the most exact range that covers it decides."""
    family = media_type.partition("/")[0]
    qualities = dict(wanted)
    return next((qualities[one] for one in (media_type, f"{family}/*", "*/*") if one in qualities), 0.0)

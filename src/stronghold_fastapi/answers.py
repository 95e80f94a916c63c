"""What goes out beside the records of core: links between pages, tags of dashboards, traces of repetition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import Request, Response

from stronghold_core import Answer, Page
from stronghold_fastapi.requests import preferred

if TYPE_CHECKING:
    from stronghold_core import TransactionRecord

CSV: Final = "text/csv"
JSON: Final = "application/json"
REPLAYED: Final = "Idempotent-Replayed"
AS_TABLE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {CSV: {"schema": {"type": "string"}}}, "headers": {"ETag": {"schema": {"type": "string"}}}},
    304: {"description": "It is still as the ETag sent in If-None-Match says."},
}
"""What OpenAPI says of a dashboard's answers."""


def link_next(request: Request, response: Response, page: Page[Any]) -> None:
    """Point to the next page, if there is one (RFC 8288)."""
    if page.next_cursor is not None:
        following = request.url.include_query_params(after=page.next_cursor)
        response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'


def mark_replay(response: Response, transaction: TransactionRecord) -> TransactionRecord:
    """Say in a header whether the same request had been carried out before."""
    if transaction.is_replay:
        response.headers[REPLAYED] = "true"
    return transaction


def answer_of(request: Request, answer: Answer) -> Response:
    """Give a dashboard's answer as JSON or CSV, or none to whoever has it already (RFC 9110 §13.1.2).

    The tag is weak: the figures are the same, byte by byte the answers need not be.
    """
    media_type = preferred(request.headers.get("accept"), (JSON, CSV)) or JSON
    tag = f'W/"{answer.fingerprint}-{media_type.rpartition("/")[2]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept, Authorization, Cookie"}
    if tag.removeprefix("W/") in _tags(request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    content = answer.csv() if media_type == CSV else answer.model_dump_json()
    return Response(content, media_type=media_type, headers=headers)


def _tags(header: str) -> set[str]:
    """Read ``If-None-Match``, in which weak and strong tags count alike.

    >>> sorted(_tags('W/"a", "b"'))
    ['"a"', '"b"']
    """
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}

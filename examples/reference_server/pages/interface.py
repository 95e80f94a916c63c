"""The JSON interface, to be tried: a token for these books, commands to paste, and everything there is to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fastapi import APIRouter, Depends, Request, Response

from examples.reference_server.desk import ASeat, guarded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from examples.reference_server.desk import Seat

router = APIRouter(prefix="/t/{tenant:uuid}/interface")


class _Operation(NamedTuple):
    method: str
    path: str
    summary: str


@router.get("")
def show(request: Request, seat: ASeat) -> Response:
    """Show what there is to ask."""
    return _page(request, seat, token=None)


@router.post("", dependencies=[Depends(guarded)])
def make_token(request: Request, seat: ASeat) -> Response:
    """Make a token that opens these books to whoever has it."""
    who = seat.session.who
    issued = seat.desk.tokens.issue(who.principal, seat.tenant.id, user=who.user, session=who.session)
    return _page(request, seat, token=issued.token)


def _page(request: Request, seat: Seat, *, token: str | None) -> Response:
    return seat.page(
        "interface.html",
        token=token,
        minutes=int(seat.desk.tokens.tokens.lifetime.total_seconds()) // 60,
        address=str(request.base_url).rstrip("/"),
        operations=list(_operations(seat.desk.interface)),
        here="interface",
    )


def _operations(document: dict[str, dict[str, dict[str, dict[str, str]]]]) -> Iterator[_Operation]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield _Operation(method.upper(), path, operation.get("description", "").partition("\n")[0])

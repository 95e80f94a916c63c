"""Signing in and out."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from examples.reference_server.desk import ADesk, ASession, Desk, ForeignFormError, FormText, guarded
from examples.reference_server.session import Login, Session
from stronghold_core import AuthenticationError, InvalidInputError, Origin, TooManyAttemptsError

router = APIRouter()


@router.get("/sign-in")
def show(request: Request, desk: ADesk, target: Annotated[str, Query(alias="next")] = "/") -> HTMLResponse:
    """Ask for name and password."""
    session = desk.sessions.find(request) or Session()
    return _form(request, desk, session, target=local_path(target))


@router.post("/sign-in")
def sign_in(
    request: Request,
    desk: ADesk,
    *,
    user: FormText = "",
    password: FormText = "",
    csrf: FormText = "",
    target: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """Begin a session for whoever knows the password."""
    before = desk.sessions.find(request)
    # Without this, another site could sign its visitors in as somebody whose books it can read.
    if before is None or not before.owns(csrf):
        raise ForeignFormError
    origin = Origin(ip=None if request.client is None else request.client.host)
    try:
        signed_in = desk.stronghold.identity.sign_in(user, password=password, origin=origin)
    except (AuthenticationError, InvalidInputError):
        message = "This name and password do not belong together. The terminal in which the demo runs shows both."
        return _form(request, desk, before, target=local_path(target), message=message, user=user)
    except TooManyAttemptsError as error:
        return _form(request, desk, before, target=local_path(target), message=f"{error}", user=user)
    answer = RedirectResponse(local_path(target), status_code=HTTPStatus.SEE_OTHER)
    # A new token as well: whoever knew the old one before knows nothing now.
    login = Login(signed_in.user.principal, signed_in.user.id, signed_in.session.id)
    desk.sessions.keep(Session(login), answer, is_secure=request.url.scheme == "https")
    return answer


@router.post("/sign-out", dependencies=[Depends(guarded)])
def sign_out(desk: ADesk, session: ASession) -> Response:
    """End the session in this browser; a copy of its cookie is worth nothing then."""
    desk.stronghold.identity.sessions.end(session.who.user, session.who.session)
    answer = RedirectResponse("/sign-in", status_code=HTTPStatus.SEE_OTHER)
    desk.sessions.drop(answer)
    return answer


def local_path(path: str) -> str:
    """Return *path* if it leads to a page of this server, else its beginning.

    >>> local_path("/t/7?range=all"), local_path("https://evil.example"), local_path("//evil.example")
    ('/t/7?range=all', '/', '/')
    """
    is_local = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_local else "/"


def _form(
    request: Request, desk: Desk, session: Session, *, target: str, message: str = "", user: str = ""
) -> HTMLResponse:
    status = HTTPStatus.UNAUTHORIZED if message else HTTPStatus.OK
    context = {"session": session, "target": target, "message": message, "user": user}
    answer = desk.page("sign_in.html", status=status, **context)
    desk.sessions.keep(session, answer, is_secure=request.url.scheme == "https")
    return answer

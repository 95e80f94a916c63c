"""Errors as pages: the library's own words, under the status that their family has; less if the server is at fault."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from examples.reference_server.desk import Desk, ForeignFormError, SignInNeededError, desk_of
from examples.reference_server.pages.asked import is_part_wanted
from stronghold_core import StrongholdError
from stronghold_fastapi import status_of

if TYPE_CHECKING:
    from fastapi import FastAPI, Request, Response

_OWN_FAULT: Final = "Something went wrong here. Look whether it was done before you ask again."
_NOT_THE_READERS: Final = {
    HTTPStatus.INTERNAL_SERVER_ERROR: _OWN_FAULT,
    HTTPStatus.SERVICE_UNAVAILABLE: "The books can't be reached just now. Look in a moment whether it was done.",
}
"""What is said of errors that are not the reader's."""
_log = logging.getLogger("reference_server")


def install_errors(app: FastAPI) -> None:
    """Have *app* answer every error with a page."""
    app.add_exception_handler(StrongholdError, _refused)
    app.add_exception_handler(SignInNeededError, _sign_in)
    app.add_exception_handler(ForeignFormError, _foreign_form)
    app.add_exception_handler(RequestValidationError, _incomplete)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _failed)


def too_large(desk: Desk, message: str) -> Response:
    """Make the page for a request of which nothing was read."""
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return desk.page("error.html", status=status, heading=status.phrase, message=message, is_signed_in=True)


def _refused(request: Request, error: Exception) -> Response:
    status = HTTPStatus(status_of(error) if isinstance(error, StrongholdError) else 500)
    if status in _NOT_THE_READERS:
        # What is said of the database or the deployment may name hosts, files and tables.
        _log.error("%s", error, exc_info=error)
    return _page(request, status, _NOT_THE_READERS.get(status, str(error)))


def _sign_in(request: Request, _error: Exception) -> Response:
    # What only a click would have read may be asked for again afterwards; a form would have to be filled in anew.
    asked = f"{request.url.path}?{request.url.query}".rstrip("?")
    where = f"?next={quote(asked)}" if request.method == "GET" else ""
    if is_part_wanted(request):
        return _page(request, HTTPStatus.UNAUTHORIZED, "You have been signed out. Load the page again to sign in.")
    return RedirectResponse(f"/sign-in{where}", status_code=HTTPStatus.SEE_OTHER)


def _foreign_form(request: Request, _error: Exception) -> Response:
    message = "The form was not made by this page, or is too old. Go back, load the page again, and send it once more."
    return _page(request, HTTPStatus.FORBIDDEN, message)


def _incomplete(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    named = ", ".join(dict.fromkeys(str(one["loc"][-1]) for one in found))
    return _page(request, HTTPStatus.UNPROCESSABLE_ENTITY, f"Something is missing or can't be read: {named}.")


def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    message = "There is no such page." if status is HTTPStatus.NOT_FOUND else str(error.detail)
    return _page(request, status, message)


def _failed(request: Request, _error: Exception) -> Response:
    # What happened is in the server's log, where it belongs.
    return _page(request, HTTPStatus.INTERNAL_SERVER_ERROR, _OWN_FAULT)


def _page(request: Request, status: HTTPStatus, message: str) -> Response:
    """Answer with a page of its own, or with a few words where only a part of a page was asked for."""
    desk = desk_of(request)
    is_part = is_part_wanted(request)
    answer = desk.page(
        "_error.html" if is_part else "error.html",
        status=status,
        heading=status.phrase,
        message=message,
        is_signed_in=desk.sessions.find(request) is not None,
    )
    if is_part:
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#message", "innerHTML"
    return answer

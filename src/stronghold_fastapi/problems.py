"""Errors as problem documents (RFC 9457): one table from families to statuses, and one shape for all.

``type`` is a URN made of the error's permanent code, which ``code`` repeats; ``detail`` is the error's message,
``attributes`` what it names. Errors that are the server's own say no more than that: its log says the rest.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast

from fastapi import FastAPI, Request
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_jsonable_python
from starlette.exceptions import HTTPException as StarletteHTTPException

from stronghold_core import (
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    IntegrityFaultError,
    Money,
    NotFoundError,
    PermissionDeniedError,
    RuleError,
    StaleVersionError,
    StrongholdError,
    TooManyRequestsError,
    UnavailableError,
)
from stronghold_fastapi.requests import NOT_KEPT, REQUEST_ID, request_id_of

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUS_OF: Final[Mapping[type[StrongholdError], int]] = {
    ConfigurationError: 500,
    RuleError: 422,
    AuthenticationError: 401,
    PermissionDeniedError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    StaleVersionError: 412,
    TooManyRequestsError: 429,
    UnavailableError: 503,
    IntegrityFaultError: 500,
}
"""What a family of errors is in HTTP."""

MEDIA_TYPE: Final = "application/problem+json"
_OWN_FAULT: Final = "The server could not do this; its log says more about the request of this id."
_NOT_THE_CALLERS: Final[Mapping[int, str]] = {
    500: _OWN_FAULT,
    503: "The books can't be reached just now. Try again in a moment: with the same Idempotency-Key that is safe, also "
    "where it is not known whether this request was carried out.",
}
"""What is said of errors that are not the caller's."""
_SAYING_MORE: Final[Mapping[int, str]] = {
    404: "There is nothing at this path; GET /openapi.json tells what there is, unless it is turned off.",
    405: "{method} is not possible here; the header Allow says what is.",
}
"""What the framework leaves at the bare name of a status."""
_log = logging.getLogger("stronghold_fastapi")


class Mistake(BaseModel):
    """One thing that is wrong with a request's form."""

    pointer: str = Field(description="Where: a JSON pointer into the body, or the name of a parameter.")
    code: str
    detail: str


class Problem(BaseModel):
    """Why a request was refused (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:stronghold:not_found",
                    "title": "Not Found",
                    "status": 404,
                    "code": "not_found",
                    "detail": "There is no account 0193… here: check the id and the tenant.",
                    "attributes": {"kind": "account", "key": "0193…"},
                    "request_id": "3b0f…",
                }
            ]
        }
    )

    type: str = Field(description="A URN with the error's permanent code.")
    title: str
    status: int
    code: str = Field(description="The error's permanent code.")
    detail: str = Field(description="What is wrong, and the way out, in a sentence.")
    request_id: str = Field(description="By which the server's log knows this request.")
    attributes: dict[str, Any] | None = Field(default=None, description="What the error names.")
    errors: list[Mistake] | None = Field(default=None, description="Each thing that is wrong with the request's form.")


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the refusals of an endpoint, for OpenAPI."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": _phrase(status), "content": {MEDIA_TYPE: {"schema": schema}}} for status in statuses
    }


# ------------------------------------------------------------------ handlers

# Starlette hands each handler what it was registered for, and calls it an exception.


def add_problem_handlers(app: FastAPI) -> None:
    """Let *app* answer with problem documents.

    Handlers that the host has set for the framework's own errors stay.
    """
    app.add_exception_handler(StrongholdError, _handle_stronghold)
    if app.exception_handlers.get(StarletteHTTPException) is http_exception_handler:
        app.add_exception_handler(StarletteHTTPException, _handle_http)
    if app.exception_handlers.get(RequestValidationError) is request_validation_exception_handler:
        app.add_exception_handler(RequestValidationError, _handle_validation)
    if not {Exception, 500} & set(app.exception_handlers):
        app.add_exception_handler(Exception, _handle_unexpected)


def status_of(error: StrongholdError) -> int:
    """Return the status that tells of *error*.

    >>> status_of(RuleError()), status_of(StrongholdError())
    (422, 500)
    """
    return next((STATUS_OF[family] for family in type(error).__mro__ if family in STATUS_OF), 500)


def _handle_stronghold(request: Request, raised: Exception) -> JSONResponse:
    error = cast("StrongholdError", raised)
    status = status_of(error)
    headers = _headers_of(error)
    if status in _NOT_THE_CALLERS:
        # What the database or the deployment said may name hosts, files and tables.
        _log.error("%s: %s", request_id_of(request), error, exc_info=error)
        return answer(request, status, code=error.code, detail=_NOT_THE_CALLERS[status], headers=headers)
    named = to_jsonable_python(error.attributes(), fallback=_plain)
    return answer(request, status, code=error.code, detail=str(error), headers=headers, attributes=named)


def _headers_of(error: StrongholdError) -> dict[str, str]:
    if isinstance(error, AuthenticationError):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, TooManyRequestsError):
        return {"Retry-After": str(error.retry_after_seconds)}
    return {"Retry-After": "1"} if isinstance(error, UnavailableError) else {}


def _plain(value: object) -> object:
    return {"amount": f"{value.amount:f}", "currency": value.currency.code} if isinstance(value, Money) else str(value)


def _handle_http(request: Request, raised: Exception) -> JSONResponse:
    error = cast("StarletteHTTPException", raised)
    status = HTTPStatus(error.status_code)
    code = _phrase(status).lower().replace(" ", "_").replace("-", "_")
    detail = _SAYING_MORE.get(status, "{detail}").format(detail=error.detail, method=request.method)
    said = detail if error.detail == status.phrase else str(error.detail)
    return answer(request, status, code=f"http.{code}", detail=said, headers=error.headers)


def _phrase(status: int) -> str:
    return _RENAMED.get(status) or HTTPStatus(status).phrase


_RENAMED: Final = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}
"""What RFC 9110 calls statuses that Python had other names for before 3.13: codes do not depend on that."""


def _handle_validation(request: Request, raised: Exception) -> JSONResponse:
    error = cast("RequestValidationError", raised)
    mistakes = [{"pointer": _pointer(one["loc"]), "code": one["type"], "detail": one["msg"]} for one in error.errors()]
    fact = "; ".join(f"{one['pointer']}: {one['detail']}" for one in mistakes[:3])
    return answer(request, 422, code="input.form", detail=f"The request can't be read. {fact}", errors=mistakes)


def _pointer(location: tuple[str | int, ...]) -> str:
    """Write where a mistake is: ``/entries/0/amount`` in a body, the bare name of a parameter elsewhere."""
    place, *path = location
    if place == "body":
        return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path) or "/"
    return ".".join(map(str, path)) or str(place)


def _handle_unexpected(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001 - the framework logs it
    return answer(request, 500, code="internal", detail=_OWN_FAULT)


def answer(
    request: Request,
    status: int,
    *,
    code: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **more: object,
) -> JSONResponse:
    """Answer a request with a problem document."""
    request_id = request_id_of(request)
    document = {
        "type": f"urn:stronghold:{code}",
        "title": _phrase(status),
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": request_id,
        **{name: value for name, value in more.items() if value},
    }
    said = {"Cache-Control": NOT_KEPT, **(headers or {}), REQUEST_ID: request_id}
    return JSONResponse(document, status, said, media_type=MEDIA_TYPE)


def describe_problems(app: FastAPI) -> None:
    """Let the application's OpenAPI say what a problem document is: FastAPI has no other way to name one."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        named = {**schema.pop("$defs"), "Problem": schema}
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.update({name: found for name, found in named.items() if name not in schemas})
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # the way FastAPI's documentation extends it

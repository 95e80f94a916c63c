"""Putting it all into an application."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fastapi import Security
from fastapi.security import HTTPBearer

from stronghold_core import ConfigurationError
from stronghold_fastapi.access import Installation
from stronghold_fastapi.problems import add_problem_handlers, describe_problems, problem_responses
from stronghold_fastapi.routers import (
    accounts,
    bank_statements,
    categories,
    dashboard,
    health,
    tenant,
    transactions,
    transfers,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI
    from fastapi.routing import APIRoute

    from stronghold_core import Stronghold
    from stronghold_fastapi.access import Authenticator

BOOKS = (
    dashboard.router,
    tenant.router,
    accounts.router,
    categories.router,
    transactions.router,
    transfers.router,
    bank_statements.files,
    bank_statements.router,
)
"""The routers that need to know who asks."""


def install(
    app: FastAPI,
    stronghold: Stronghold,
    *,
    authenticate: Authenticator,
    prefix: str = "",
    security: Callable[..., object] | None = None,
) -> None:
    """Give *app* the routes of the books, and let it answer with problem documents.

    Handlers of errors that the application has set before stay as they are.

    Args:
        app: The host's application.
        stronghold: The books; closing it is the host's.
        authenticate: Finds out who asks: `BearerTokens`, or the host's own.
        prefix: What all paths begin with, such as ``/money``.
        security: How OpenAPI describes that proof, as one of `fastapi.security`; a bearer token if left out.

    Raises:
        ConfigurationError: If it was called for the same application before.
    """
    if hasattr(app.state, "stronghold"):
        raise ConfigurationError(reason="This application has its books already: install them once.")
    app.state.stronghold = Installation(stronghold, authenticate)
    add_problem_handlers(app)
    describe_problems(app)
    proof = security or HTTPBearer(auto_error=False, bearerFormat="JWT", description="An access token.")
    refusals = problem_responses(401, 404, 406, 422, 503)
    # Each by itself: FastAPI finds its way through routers in routers anew for every request.
    include = partial(app.include_router, prefix=prefix, generate_unique_id_function=_operation_id)
    for router in BOOKS:
        include(router, dependencies=[Security(proof)], responses=refusals)
    include(health.router)


def _operation_id(route: APIRoute) -> str:
    """Name an operation as clients made from OpenAPI will: by its verb alone."""
    return route.name

"""The application, put together: guard, static files, pages. Start here to read.

session, desk     who is asking, and whose books it is about
pages/…           one module for each part of the page; they ask the library and fill templates
lines, charts, formats, ranges
                  what turns records into lines, rectangles and words
errors            what goes wrong, as a page
seeding, serving  what `./dev demo` does around it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from starlette.staticfiles import StaticFiles

from examples.reference_server.desk import ADesk, ASession, Desk
from examples.reference_server.errors import install_errors
from examples.reference_server.headers import Guard
from examples.reference_server.pages import account, dashboard, imports, sign_in, transactions
from examples.reference_server.rendering import HERE, make_environment
from examples.reference_server.session import Sessions
from examples.reference_server.uploads import Uploads

if TYPE_CHECKING:
    from pathlib import Path

    from examples.reference_server.keys import Keys
    from stronghold_core import Stronghold

USER = "ada"


def make_app(stronghold: Stronghold, keys: Keys, folder: Path) -> FastAPI:
    """Make the server's application.

    Args:
        stronghold: The books.
        keys: The password to sign in with, and what cookies are signed with.
        folder: Where files are kept between preview and import.
    """
    app = FastAPI(title="financial-stronghold", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard)
    app.mount("/static", StaticFiles(directory=HERE / "static"))
    # A JSON API belongs here, before the pages, which take every path that is left: they have errors of their own.
    app.mount("/", make_pages(stronghold, keys, folder))
    return app


def make_pages(stronghold: Stronghold, keys: Keys, folder: Path) -> FastAPI:
    """Make the pages alone: an application within the application, whose errors are pages."""
    pages = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    pages.state.desk = Desk(
        stronghold=stronghold,
        sessions=Sessions(keys.cookie_key),
        uploads=Uploads(folder / "uploads"),
        templates=make_environment(),
        users={USER: keys.password},
    )
    install_errors(pages)
    pages.add_api_route("/", begin, methods=["GET"])
    for part in (sign_in, dashboard, transactions, account, imports):
        pages.include_router(part.router)
    return pages


def begin(desk: ADesk, session: ASession) -> RedirectResponse:
    """Lead to the first books of whoever signed in."""
    tenants = desk.stronghold.tenants.list_of(session.principal or "")
    return RedirectResponse(f"/t/{tenants[0].tenant.id}" if tenants else "/sign-in")

"""The application, put together: guard, static files, pages. Start here to read.

session, desk     who is asking, and whose books it is about
pages/…           one module for each part of the page; they ask the library and fill templates
api               the same books as JSON, beside the pages
lines, charts, formats, ranges
                  what turns records into lines, rectangles and words
errors            what goes wrong, as a page
seeding, serving  what `./dev demo` does around it
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from starlette.staticfiles import StaticFiles

from examples.reference_server.api import Fork, make_api, make_tokens
from examples.reference_server.desk import ADesk, ASession, Desk
from examples.reference_server.errors import install_errors, too_large
from examples.reference_server.headers import Guard
from examples.reference_server.pages import account, dashboard, imports, interface, sign_in, transactions
from examples.reference_server.rendering import HERE, make_environment
from examples.reference_server.session import Sessions
from examples.reference_server.uploads import Uploads

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp

    from examples.reference_server.keys import Keys
    from stronghold_core import Stronghold

USER = "ada"


def make_app(stronghold: Stronghold, keys: Keys, folder: Path) -> ASGIApp:
    """Make the server's application.

    Args:
        stronghold: The books.
        keys: What cookies are signed with.
        folder: Where the keys of tokens are kept, and files between preview and import.
    """
    tokens = make_tokens(stronghold, folder)
    api = make_api(stronghold, tokens)
    desk = Desk(
        stronghold=stronghold,
        sessions=Sessions(keys.cookie_key),
        uploads=Uploads(folder / "uploads"),
        templates=make_environment(),
        tokens=tokens,
        interface=api.openapi(),
    )
    return Fork(api=Guard(api), pages=Guard(make_pages(desk), refuse=partial(too_large, desk)))


def make_pages(desk: Desk) -> FastAPI:
    """Make the pages: an application of their own, whose errors are pages."""
    pages = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    pages.state.desk = desk
    install_errors(pages)
    pages.mount("/static", StaticFiles(directory=HERE / "static"))
    pages.add_api_route("/", begin, methods=["GET"])
    for part in (sign_in, dashboard, transactions, account, imports, interface):
        pages.include_router(part.router)
    return pages


def begin(desk: ADesk, session: ASession) -> RedirectResponse:
    """Lead to the first books of whoever signed in."""
    tenants = desk.stronghold.tenants.list_of(session.who.principal)
    return RedirectResponse(f"/t/{tenants[0].tenant.id}" if tenants else "/sign-in")

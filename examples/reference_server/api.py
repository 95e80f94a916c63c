"""The JSON interface: what `stronghold_fastapi` serves, and a way to get a token for it.

It stands beside the pages rather than among them: its errors are problem documents, theirs are pages.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal
from uuid import UUID

from fastapi import FastAPI, Form
from pydantic import BaseModel

from examples.reference_server.desk import FormText
from stronghold_core import SessionTokens
from stronghold_core.identity.tokens import AccessTokens
from stronghold_core.keys import KeyFile, WatchedKeys
from stronghold_fastapi import BearerTokens, install

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from stronghold_core import Stronghold

PATHS: Final = ("/.well-known/", "/api/", "/auth/", "/financial/", "/health", "/openapi.json", "/tenant/")
"""What the paths of the interface begin with; all others are pages."""


class AccessToken(BaseModel):
    """A token, as OAuth gives it (RFC 6749 §5.1)."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the kind of token, not one
    expires_in: int
    """In seconds."""


class Fork:
    """Leads each request to the interface or to the pages."""

    def __init__(self, *, api: ASGIApp, pages: ASGIApp) -> None:
        self._api = api
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; starting and stopping is the interface's, as the pages need neither."""
        is_page = scope["type"] == "http" and not scope["path"].startswith(PATHS)
        await (self._pages if is_page else self._api)(scope, receive, send)


def make_tokens(stronghold: Stronghold, folder: Path) -> SessionTokens:
    """Make what issues the demo's tokens, with a key that is made on the first start; `stronghold keys rotate` works.

    Raises:
        ConfigurationError: If others may read the key, or none can be made.
    """
    path = folder / "token-keys.json"
    if not path.exists():
        KeyFile(path).create(now=datetime.now(UTC))
    tokens = AccessTokens(WatchedKeys(path), issuer="stronghold-demo", audience="stronghold-demo")
    return SessionTokens(tokens, stronghold.identity.sessions)


def make_api(stronghold: Stronghold, tokens: SessionTokens) -> FastAPI:
    """Make the interface.

    Args:
        stronghold: The books, and who can sign in.
        tokens: Issues and reads its tokens.
    """
    app = FastAPI(title="financial-stronghold", version="1", docs_url=None, redoc_url=None)
    install(app, stronghold, authenticate=BearerTokens(tokens))

    @app.post("/auth/token", tags=["auth"])
    def get_token(username: FormText, password: FormText, tenant: Annotated[UUID, Form()]) -> AccessToken:
        """Exchange the demo's name and password for a token that opens one tenant."""
        signed_in = stronghold.identity.sign_in(username, password=password)
        user = signed_in.user
        issued = tokens.issue(user.principal, tenant, user=user.id, session=signed_in.session.id)
        return AccessToken(access_token=issued.token, expires_in=issued.expires_in_seconds)

    @app.get("/.well-known/jwks.json", tags=["auth"])
    def get_keys() -> dict[str, list[dict[str, str]]]:
        """Publish what others verify the tokens with."""
        return tokens.tokens.jwks()

    return app

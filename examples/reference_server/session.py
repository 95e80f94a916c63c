"""Who is asking: a signed cookie, and the token that every form repeats.

The cookie is a JWT that names the principal, if anybody signed in, and a random token. Another site can make a browser
send the cookie, but can't read it; so a form without the token in it is not one of ours.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import jwt

if TYPE_CHECKING:
    from fastapi import Request, Response

COOKIE: Final = "stronghold_session"
_ALGORITHM: Final = "HS256"
_LASTS: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Session:
    """One browser, signed in or not."""

    principal: str | None = None
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    def owns(self, token: str) -> bool:
        """Tell whether a form that brings *token* was made for this session."""
        return hmac.compare_digest(token.encode(), self.csrf.encode())


class Sessions:
    """Reads and writes the cookie.

    Args:
        key: What it is signed with.
    """

    def __init__(self, key: str) -> None:
        self._key = key

    def find(self, request: Request) -> Session | None:
        """Return the session of a request; none without a cookie, or with one that is too old or not ours."""
        cookie = request.cookies.get(COOKIE)
        if cookie is None:
            return None
        try:
            claims = jwt.decode(cookie, self._key, algorithms=[_ALGORITHM], options={"require": ["exp", "csrf"]})
        except jwt.InvalidTokenError:
            return None
        return Session(principal=claims.get("sub"), csrf=claims["csrf"])

    def keep(self, session: Session, response: Response, *, is_secure: bool) -> None:
        """Have the browser keep *session*, out of the reach of scripts and of other sites' forms."""
        claims: dict[str, object] = {"csrf": session.csrf, "exp": datetime.now(UTC) + _LASTS}
        if session.principal is not None:
            claims["sub"] = session.principal
        cookie = jwt.encode(claims, self._key, algorithm=_ALGORITHM)
        response.set_cookie(COOKIE, cookie, httponly=True, samesite="lax", secure=is_secure)

    def drop(self, response: Response) -> None:
        """Have the browser forget its session."""
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")

"""Who is asking: a signed cookie, and the token that every form repeats.

The cookie is a JWT that names the principal, if anybody signed in, and a random token. Another site can make a browser
send the cookie, but can't read it; so a form without the token in it is not one of ours.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

import jwt

if TYPE_CHECKING:
    from fastapi import Request, Response

COOKIE: Final = "stronghold_session"
_ALGORITHM: Final = "HS256"
_LASTS: Final = timedelta(hours=12)


class Login(NamedTuple):
    """Somebody who signed in: the library's own session, which ends everywhere at once."""

    principal: str
    user: UUID
    session: UUID


@dataclass(frozen=True, slots=True)
class Session:
    """One browser, signed in or not."""

    login: Login | None = None
    """Who signed in; none before."""
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def who(self) -> Login:
        """Who signed in, for pages that nobody else sees."""
        assert self.login is not None
        return self.login

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
        login = Login(claims["sub"], UUID(claims["uid"]), UUID(claims["sid"])) if "sub" in claims else None
        return Session(login, claims["csrf"])

    def keep(self, session: Session, response: Response, *, is_secure: bool) -> None:
        """Have the browser keep *session*, out of the reach of scripts and of other sites' forms."""
        claims: dict[str, object] = {"csrf": session.csrf, "exp": datetime.now(UTC) + _LASTS}
        if session.login is not None:
            principal, user, login = session.login
            claims |= {"sub": principal, "uid": str(user), "sid": str(login)}
        cookie = jwt.encode(claims, self._key, algorithm=_ALGORITHM)
        response.set_cookie(COOKIE, cookie, httponly=True, samesite="lax", secure=is_secure)

    def drop(self, response: Response) -> None:
        """Have the browser forget its session."""
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")

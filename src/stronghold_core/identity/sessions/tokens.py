"""Access tokens that end with the session they were issued in, and not only when they expire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stronghold_core.errors import InvalidInputError, SessionEndedError, TokenRefusedError

if TYPE_CHECKING:
    from stronghold_core.identity.sessions.service import Sessions
    from stronghold_core.identity.tokens import AccessTokens, Bearer, IssuedToken
    from stronghold_core.ids import AnId

_BETWEEN: Final = "."
"""Between the user and the session in a token's ``sid``: only a person's own transaction finds their session."""


class SessionTokens:
    """Issues access tokens in sessions, and lets them in as long as these hold.

    Args:
        tokens: Signs and verifies.
        sessions: Says which sessions hold: `stronghold.identity.sessions`.
    """

    may_wait = True
    """It asks the database."""

    def __init__(self, tokens: AccessTokens, sessions: Sessions) -> None:
        self.tokens = tokens
        self._sessions = sessions

    def issue(self, principal: str, tenant_id: AnId, *, user: AnId, session: AnId) -> IssuedToken:
        """Make a token for somebody who is signed in, for one of the tenants that they are members of.

        Args:
            principal: What the user is called.
            tenant_id: In which tenant.
            user: Who signed in.
            session: The session that they signed in to.
        """
        return self.tokens.issue(principal, tenant_id, session_id=f"{user}{_BETWEEN}{session}")

    def verify(self, token: str) -> Bearer:
        """Return whom *token* proves.

        Raises:
            TokenRefusedError: If it proves nobody, was issued in no session, or in one that has ended.
        """
        bearer = self.tokens.verify(token)
        user, _, session = (bearer.session_id or "").partition(_BETWEEN)
        try:
            self._sessions.check(user, session)
        except (SessionEndedError, InvalidInputError) as error:
            raise TokenRefusedError(refusal="its session has ended") from error
        return bearer

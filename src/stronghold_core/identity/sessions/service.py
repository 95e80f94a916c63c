"""The verbs on sessions: `stronghold.identity.sessions`.

A refresh token is used once. If it comes a second time, either two requests crossed, or somebody has stolen it: within
the grace both get the same successor, after it the whole session ends, whoever is who (RFC 9700 §4.14.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stronghold_core.audit import AuditOutcome
from stronghold_core.errors import SessionEndedError
from stronghold_core.identity.credentials import Credential, CredentialKind, read_credential, sealed_for
from stronghold_core.identity.people import parse_user
from stronghold_core.identity.security_log.records import SecurityAction
from stronghold_core.identity.security_log.service import record_security
from stronghold_core.identity.sessions.records import SessionRecord, SignedIn
from stronghold_core.identity.sessions.rules import holds, is_in_grace
from stronghold_core.identity.sessions.store import (
    end_session,
    facts_of,
    find_session,
    find_token,
    list_sessions,
    rotate,
    session_record,
)
from stronghold_core.identity.users.queries import get_user_row, user_record
from stronghold_core.identity.users.sessions import end_all_sessions
from stronghold_core.ids import SessionId, UserId, parse_id

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from stronghold_core.context import Origin
    from stronghold_core.db import AnyRow
    from stronghold_core.identity.people import People
    from stronghold_core.ids import AnId


class Sessions:
    """Who is signed in, and where: `stronghold.identity.sessions`."""

    def __init__(self, people: People) -> None:
        self._people = people

    def refresh(self, token: str, *, origin: Origin | None = None) -> SignedIn:
        """Go on with a session: a refresh token is exchanged for the next one.

        Args:
            token: The one that signing in, or the last refresh, gave.
            origin: Where the request came from.

        Raises:
            SessionEndedError: If it does not hold: unknown, used before, too old, or the session has ended.
        """
        presented = read_credential(token, CredentialKind.REFRESH_TOKEN)
        if presented is None:
            raise SessionEndedError
        with self._people.about(UserId(presented.id)) as connection:
            signed_in = self._refreshed(connection, presented, origin)
        # Raised when what was found out is committed.
        if signed_in is None:
            raise SessionEndedError
        return signed_in

    def check(self, user: AnId, session: AnId) -> SessionRecord:
        """Pass if somebody is signed in still; for every request that brings a token made for a session.

        Raises:
            SessionEndedError: If the session has ended, or there is none such.
        """
        user_id, session_id = parse_user(user), SessionId(parse_id(session, field="session"))
        with self._people.about(user_id, read_only=True) as connection:
            found = find_session(connection, user_id, session_id)
        if found is None or not self._holds(found):
            raise SessionEndedError
        return session_record(found)

    def list(self, user: AnId) -> list[SessionRecord]:
        """List where somebody is signed in, the latest first."""
        user_id = parse_user(user)
        with self._people.about(user_id, read_only=True) as connection:
            return [session_record(row) for row in list_sessions(connection, user_id) if self._holds(row)]

    def end(self, user: AnId, session: AnId, *, origin: Origin | None = None) -> None:
        """Sign somebody out of one session, from its next request on; nothing happens if it has ended."""
        user_id, session_id = parse_user(user), SessionId(parse_id(session, field="session"))
        now = self._people.clock.now()
        with self._people.about(user_id) as connection:
            if end_session(connection, user_id, session_id, at=now):
                record_security(self._people, connection, user_id, SecurityAction.SESSION_ENDED, origin=origin)

    def end_all(self, user: AnId, *, origin: Origin | None = None) -> None:
        """Sign somebody out everywhere, from the next request on.

        Raises:
            NotFoundError: If there is no such user.
        """
        user_id = parse_user(user)
        with self._people.about(user_id) as connection:
            end_all_sessions(connection, user_id)
            record_security(self._people, connection, user_id, SecurityAction.ALL_SESSIONS_ENDED, origin=origin)

    def _refreshed(self, connection: Connection, presented: Credential, origin: Origin | None) -> SignedIn | None:
        user_id, now = UserId(presented.id), self._people.clock.now()
        stored = find_token(connection, presented)
        session = None if stored is None else find_session(connection, user_id, stored.session_id)
        if session is None or not self._holds(session):
            return None
        successor = rotate(connection, presented, session.id, at=now) or self._in_grace(connection, presented)
        if successor is None:
            # Of several that bring it at the same moment, one ends the session and records why.
            if end_session(connection, user_id, session.id, at=now):
                denied, action = AuditOutcome.DENIED, SecurityAction.REFRESH_REUSED
                record_security(self._people, connection, user_id, action, origin=origin, outcome=denied)
            return None
        return SignedIn(
            user=user_record(get_user_row(connection, user_id)),
            session=session_record(session),
            refresh_token=successor.text,
        )

    def _in_grace(self, connection: Connection, presented: Credential) -> Credential | None:
        """Return the successor that a used token was exchanged for, if that was a moment ago."""
        used = find_token(connection, presented)
        if used is None or used.rotated_at is None or used.successor is None:
            return None
        if not is_in_grace(used.rotated_at, now=self._people.clock.now(), settings=self._people.settings):
            return None
        return presented._replace(secret=sealed_for(presented, used.successor))

    def _holds(self, session: AnyRow) -> bool:
        return holds(facts_of(session), now=self._people.clock.now(), settings=self._people.settings)

"""Sessions and refresh tokens, as rows; each in a transaction about whose they are."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from stronghold_core.db import AnyRow, table_of
from stronghold_core.identity.credentials import Credential, CredentialKind, new_credential, sealed_for
from stronghold_core.identity.models import LoginSession, RefreshToken, User
from stronghold_core.identity.sessions.records import SessionRecord
from stronghold_core.identity.sessions.rules import SessionFacts
from stronghold_core.ids import SessionId, UserId, new_id

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from stronghold_core.settings import Settings

_session, _token, _user = table_of(LoginSession), table_of(RefreshToken), table_of(User)


def start_session(
    connection: Connection, user: AnyRow, *, at: datetime, user_agent: str | None, settings: Settings
) -> tuple[SessionRecord, Credential]:
    """Begin a session with its first refresh token.

    It carries the epoch that the user had when their password was looked at: if all sessions were ended since, this one
    has never held.
    """
    session = SessionRecord(
        id=SessionId(new_id()),
        user_id=UserId(user.user_id),
        started_at=at,
        used_at=at,
        expires_at=at + timedelta(days=settings.session_days),
        user_agent=user_agent,
    )
    connection.execute(insert(_session).values(**session.model_dump(), epoch=user.session_epoch))
    token = new_credential(CredentialKind.REFRESH_TOKEN, session.user_id)
    _store_token(connection, token, session.id, at=at)
    return session, token


def find_session(connection: Connection, user_id: UserId, session_id: SessionId) -> AnyRow | None:
    """Return a session with all that decides whether it holds; none if there is none."""
    query = (
        select(_session, _user.c.session_epoch, _user.c.status)
        .join(_user, _user.c.user_id == _session.c.user_id)
        .where(_session.c.user_id == user_id, _session.c.id == session_id)
    )
    return connection.execute(query).one_or_none()


def list_sessions(connection: Connection, user_id: UserId) -> list[AnyRow]:
    """Return somebody's sessions, the latest first, also those that have ended."""
    query = (
        select(_session, _user.c.session_epoch, _user.c.status)
        .join(_user, _user.c.user_id == _session.c.user_id)
        .where(_session.c.user_id == user_id)
        .order_by(_session.c.id.desc())
    )
    return [*connection.execute(query)]


def end_session(connection: Connection, user_id: UserId, session_id: SessionId, *, at: datetime) -> bool:
    """End a session with all its tokens; tell whether it had not ended before."""
    mine = update(_session).where(
        _session.c.user_id == user_id, _session.c.id == session_id, _session.c.ended_at.is_(None)
    )
    return connection.execute(mine.values(ended_at=at)).rowcount == 1


def find_token(connection: Connection, token: Credential) -> AnyRow | None:
    """Return what is stored of a refresh token; none if nothing is."""
    query = select(_token).where(_token.c.user_id == token.id, _token.c.token_hash == token.hash)
    return connection.execute(query).one_or_none()


def rotate(connection: Connection, token: Credential, session_id: SessionId, *, at: datetime) -> Credential | None:
    """Use a refresh token for the next one; none if somebody was faster.

    The condition is part of the statement, so that of any number of requests one has its way; the others find its
    successor encrypted beside the token.
    """
    successor = new_credential(CredentialKind.REFRESH_TOKEN, token.id)
    unused = update(_token).where(
        _token.c.user_id == token.id, _token.c.token_hash == token.hash, _token.c.rotated_at.is_(None)
    )
    sealed = sealed_for(token, successor.secret)
    if connection.execute(unused.values(rotated_at=at, successor=sealed)).rowcount == 0:
        return None
    _store_token(connection, successor, session_id, at=at)
    used = update(_session).where(_session.c.user_id == token.id, _session.c.id == session_id)
    connection.execute(used.values(used_at=at))
    return successor


def session_record(row: AnyRow) -> SessionRecord:
    """Make the record of a row."""
    return SessionRecord(
        id=SessionId(row.id),
        user_id=UserId(row.user_id),
        started_at=row.started_at,
        used_at=row.used_at,
        expires_at=row.expires_at,
        user_agent=row.user_agent,
    )


def facts_of(row: AnyRow) -> SessionFacts:
    """Take out of a row what decides whether the session holds."""
    return SessionFacts(row.epoch, row.session_epoch, row.status, row.used_at, row.expires_at, row.ended_at)


def _store_token(connection: Connection, token: Credential, session_id: SessionId, *, at: datetime) -> None:
    row = {"user_id": token.id, "token_hash": token.hash, "session_id": session_id, "issued_at": at}
    connection.execute(insert(_token).values(row))

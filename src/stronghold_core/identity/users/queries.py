"""Looking up users; each in a transaction that may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from stronghold_core.db import AnyRow, table_of
from stronghold_core.errors import NotFoundError
from stronghold_core.identity.models import User
from stronghold_core.identity.users.records import UserRecord, UserStatus
from stronghold_core.ids import PrincipalId, UserId
from stronghold_core.pagination import Page, checked_limit, decode_position, encode_cursor

if TYPE_CHECKING:
    from sqlalchemy import Connection

_user = table_of(User)


def find_user_row(connection: Connection, *, login_name: str) -> AnyRow | None:
    """Return the user who signs in by a folded name; none if there is none."""
    return connection.execute(select(_user).where(_user.c.login_name == login_name)).one_or_none()


def get_user_row(connection: Connection, user_id: UserId) -> AnyRow:
    """Return one user.

    Raises:
        NotFoundError: If there is none with that id.
    """
    row = connection.execute(select(_user).where(_user.c.user_id == user_id)).one_or_none()
    if row is None:
        raise NotFoundError(kind="user", key=user_id)
    return row


def list_users(connection: Connection, *, limit: int, after: str | None) -> Page[UserRecord]:
    """Return one page of all users, the oldest first."""
    query = select(_user).order_by(_user.c.user_id).limit(checked_limit(limit) + 1)
    if after is not None:
        query = query.where(_user.c.user_id > decode_position(after, UUID, scope="users")[0])
    rows = connection.execute(query).all()
    has_more, rows = len(rows) > limit, rows[:limit]
    cursor = encode_cursor([str(rows[-1].user_id)], scope="users") if has_more else None
    return Page(items=tuple(user_record(row) for row in rows), next_cursor=cursor)


def user_record(row: AnyRow) -> UserRecord:
    """Make the record of a row."""
    return UserRecord(
        id=UserId(row.user_id),
        login_name=row.login_name,
        principal=PrincipalId(row.principal_id),
        status=UserStatus(row.status),
        created_at=row.created_at,
    )

"""The hashes of passwords, as rows; each in a transaction about whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from stronghold_core.db import table_of
from stronghold_core.identity.models import PasswordHash

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from stronghold_core.ids import UserId

_password = table_of(PasswordHash)


def find_hash(connection: Connection, user_id: UserId) -> str | None:
    """Return the hash of somebody's password; none if they have none."""
    query = select(_password.c.hash).where(_password.c.user_id == user_id)
    return connection.execute(query).scalar_one_or_none()


def store_hash(connection: Connection, user_id: UserId, hashed: str, *, at: datetime) -> None:
    """Give somebody a password, in the place of any that they had."""
    changed = connection.execute(
        update(_password).where(_password.c.user_id == user_id).values(hash=hashed, changed_at=at)
    )
    if changed.rowcount == 0:
        connection.execute(insert(_password).values(user_id=user_id, hash=hashed, changed_at=at))


def replace_hash(connection: Connection, user_id: UserId, *, before: str, after: str, at: datetime) -> bool:
    """Put another hash in the place of the one that was verified; tell whether it was still there.

    Whoever hashed in the meantime, for a password that was changed, must not be undone.
    """
    unchanged = update(_password).where(_password.c.user_id == user_id, _password.c.hash == before)
    return connection.execute(unchanged.values(hash=after, changed_at=at)).rowcount == 1

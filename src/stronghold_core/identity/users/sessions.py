"""Ending all sessions of a user at once: by a number that they carry, so that none has to be found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from stronghold_core.db import table_of
from stronghold_core.errors import NotFoundError
from stronghold_core.identity.models import User

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from stronghold_core.ids import UserId

_user = table_of(User)


def end_all_sessions(connection: Connection, user_id: UserId) -> None:
    """End all sessions that somebody has by now; until the transaction ends, nobody else changes the user.

    Raises:
        NotFoundError: If there is no such user.
    """
    mine = update(_user).where(_user.c.user_id == user_id)
    if connection.execute(mine.values(session_epoch=_user.c.session_epoch + 1)).rowcount == 0:
        raise NotFoundError(kind="user", key=user_id)

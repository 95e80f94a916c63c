"""Transactions about one person: on PostgreSQL they see the rows of nobody else."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from uuid import UUID

from stronghold_core.db import own_transaction, translated
from stronghold_core.ids import UserId, parse_id

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy import Connection

    from stronghold_core.clock import Clock
    from stronghold_core.db import Database
    from stronghold_core.ids import AnId
    from stronghold_core.settings import Settings

NOBODY: Final = UserId(UUID(int=0))
"""Whom a sign-in by a name that nobody has is about."""


class People:
    """Opens transactions about people, who belong to no tenant.

    Args:
        database: Where they are.
        clock: What time it is.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self.clock = clock
        self._database = database

    @property
    def settings(self) -> Settings:
        """How the stronghold behaves."""
        return self._database.settings

    @contextmanager
    def about(self, user_id: UserId, *, read_only: bool = False) -> Generator[Connection]:
        """Open a transaction about one person, or about `NOBODY`."""
        with self.transaction(read_only=read_only) as connection:
            self.turn_to(connection, user_id)
            yield connection

    @contextmanager
    def about_all(self) -> Generator[Connection]:
        """Open a transaction that may read who there is, and what happened: a platform's view, without any secret."""
        with self.transaction(read_only=True) as connection:
            self._database.backend.set_local(connection, "platform", "on")
            yield connection

    @contextmanager
    def transaction(self, *, read_only: bool) -> Generator[Connection]:
        """Open a transaction about nobody yet."""
        self._database.ensure_ready()
        database = self._database
        engine, backend = database.reading_engine if read_only else database.engine, database.backend
        with own_transaction(engine, backend, None, read_only=read_only) as connection, translated():
            yield connection

    def turn_to(self, connection: Connection, user_id: UserId) -> None:
        """Make a transaction be about somebody from here on."""
        self._database.backend.set_local(connection, "user_id", str(user_id))

    def show(self, connection: Connection, setting: str, value: str) -> None:
        """Let a transaction find the row of which it knows this one unique value."""
        self._database.backend.set_local(connection, setting, value)


def parse_user(user: AnId) -> UserId:
    """Read the id of a user as callers give it."""
    return UserId(parse_id(user, field="user"))

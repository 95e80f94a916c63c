"""A query that a transaction begins with, on PostgreSQL in the very message that begins it.

Several statements in one message share no parameters, and the driver prepares none of them. So the query is prepared in
SQL, once for each connection, and run with literals. On a loopback connection a unit of work was begun, its opening
read, and ended in 92 µs that way; in 114 with a round trip for the query, in 209 with one that was planned each time.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID
from zlib import crc32

from sqlalchemy.exc import DBAPIError

from stronghold_core.db.fixed import FixedStatement, Message, run_text, run_together

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from stronghold_core.db.base import AnyRow

_PREPARED: Final = "stronghold_prepared"
"""The texts of the queries that a connection has prepared; None where it can't keep them."""

_MESSAGES: Final = 1_000
"""How many messages are remembered: one for each tenant and principal that come again and again."""

_NOT_KEPT: Final = frozenset({"26000", "42P05"})
"""What PostgreSQL says of a prepared statement that is not there, or was there already."""


class Question(NamedTuple):
    """A query that brings no values of its own along, and what to ask it about."""

    statement: FixedStatement
    parameters: Mapping[str, Any]
    """Ids and text."""

    def answer(self, connection: Connection) -> AnyRow | None:
        """Run it by itself; return its first row, if there is one."""
        return self.statement.row(connection, self.parameters)


def answer_after(connection: Connection, beginning: str, question: Question) -> AnyRow | None:
    """Begin a transaction of PostgreSQL as *beginning* says, and answer the *question* in it."""
    prepared = _prepared_on(connection)
    if prepared is not None:
        try:
            return _answer_at_once(connection, beginning, question, prepared)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _NOT_KEPT:
                raise
        # A pooler gave this transaction another of its connections, or a host discarded what this one had prepared.
        connection.info[_PREPARED] = None
        run_text(connection, "ROLLBACK")
    run_text(connection, beginning)
    return question.answer(connection)


def _prepared_on(connection: Connection) -> set[str] | None:
    """Return the texts of what a connection has prepared; none if its driver was told to prepare nothing."""
    info = connection.info
    if _PREPARED not in info:
        driver_connection: Any = connection.connection.dbapi_connection
        info[_PREPARED] = None if driver_connection.prepare_threshold is None else set()
    found: set[str] | None = info[_PREPARED]
    return found


def _answer_at_once(connection: Connection, beginning: str, question: Question, prepared: set[str]) -> AnyRow | None:
    text, names = question.statement.numbered(connection.dialect)
    values = tuple([question.parameters[name] for name in names])
    if text in prepared:
        message = _asking_again(beginning, text, values)
    else:
        message = Message.of(beginning, f"PREPARE {_name_of(text)} AS {text}", _execute(text, values))
    rows = run_together(connection, message)
    prepared.add(text)
    found = question.statement.records(connection.dialect, rows)
    return found[0] if found else None


@lru_cache(_MESSAGES)
def _asking_again(beginning: str, text: str, values: tuple[UUID | str, ...]) -> Message:
    """Write what most units of a tenant begin with; the driver, too, knows a message again by the object."""
    return Message.of(beginning, _execute(text, values))


def _execute(text: str, values: tuple[UUID | str, ...]) -> str:
    return f"EXECUTE {_name_of(text)} ({', '.join(map(_literal, values))})"


@cache
def _name_of(text: str) -> str:
    """Name a prepared query by what it says: other versions of this library may share the connections of a pooler."""
    return f"stronghold_{crc32(text.encode()):08x}"


def _literal(value: UUID | str) -> str:
    r"""Write a value as PostgreSQL reads it, whatever it is set to take a backslash for.

    >>> print(_literal("user:o'hara\\"))
    E'user:o''hara\\'
    """
    if isinstance(value, UUID):
        return f"'{value.hex}'"
    return "E'" + value.replace("\\", "\\\\").replace("'", "''") + "'"

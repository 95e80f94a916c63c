"""Counting failures by name, before it is known whether an attempt fails.

One statement counts and asks, so that of a thousand attempts at the same moment each is counted: an attempt is a
failure until it has succeeded. It is committed before the password is looked at: nothing that happens then undoes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import BigInteger, LargeBinary, bindparam, case, delete, select, text, update

from stronghold_core.db import FixedStatement, table_of
from stronghold_core.errors import TooManyAttemptsError
from stronghold_core.identity.attempts.rules import FREE_FAILURES, MAX_DELAY_SECONDS
from stronghold_core.identity.models import LoginCounter

if TYPE_CHECKING:
    from sqlalchemy import Connection

_counter = table_of(LoginCounter)
_LAST_DOUBLING: Final = FREE_FAILURES + 9
"""With the next failure the delay would be longer than the longest."""

_COUNT: Final = FixedStatement(
    text(
        f"""
        INSERT INTO stronghold_login_counter AS c (name_hash, failures, blocked_until_ms) VALUES (:name, 1, :now)
        ON CONFLICT (name_hash) DO UPDATE
           SET failures = c.failures + 1,
               blocked_until_ms = :now + 1000 * CASE
                   WHEN c.failures + 1 < {FREE_FAILURES} THEN 0
                   WHEN c.failures + 1 > {_LAST_DOUBLING} THEN {MAX_DELAY_SECONDS}
                   ELSE 1 << (c.failures + 1 - {FREE_FAILURES}) END
         WHERE c.blocked_until_ms <= :now
        RETURNING failures
        """  # noqa: S608 - our own constants
    )
    .bindparams(bindparam("name", type_=LargeBinary), bindparam("now", type_=BigInteger))
    .columns(failures=BigInteger)
)


def count_attempt(connection: Connection, name: bytes, *, now_ms: int) -> int:
    """Count one more failure of a name, unless it has to wait still; return how many there are now.

    Raises:
        TooManyAttemptsError: If it has to wait; that is not counted, or a program that keeps asking would never stop.
    """
    counted = _COUNT.row(connection, {"name": name, "now": now_ms})
    if counted is not None:
        return int(counted.failures)
    until = connection.execute(select(_counter.c.blocked_until_ms).where(_counter.c.name_hash == name)).scalar()
    # It is gone if they have signed in at this very moment.
    left_ms = 0 if until is None else until - now_ms
    raise TooManyAttemptsError(retry_after_seconds=max(1, -(-left_ms // 1000)))


def forgive(connection: Connection, name: bytes) -> None:
    """Forget the failures of a name: somebody has signed in by it."""
    connection.execute(delete(_counter).where(_counter.c.name_hash == name))


def take_back(connection: Connection, name: bytes, *, counted: int, now_ms: int) -> None:
    """Take back the one failure that an attempt was counted for: it did not fail, and has not succeeded either.

    The delay that it began, if it was the last one to be *counted*, goes as well: else whoever gives the password first
    and then the code would have to wait in between.
    """
    since = case((_counter.c.failures == counted, now_ms), else_=_counter.c.blocked_until_ms)
    mine = update(_counter).where(_counter.c.name_hash == name, _counter.c.failures > 0)
    connection.execute(mine.values(failures=_counter.c.failures - 1, blocked_until_ms=since))


def forget_counters(connection: Connection, *, before_ms: int) -> int:
    """Delete what was counted of names that may try again since before some time; return how many there were."""
    return connection.execute(delete(_counter).where(_counter.c.blocked_until_ms < before_ms)).rowcount

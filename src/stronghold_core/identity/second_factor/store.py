"""Second factors and recovery codes, as rows; each in a transaction about whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, or_, select, update

from stronghold_core.db import AnyRow, table_of
from stronghold_core.identity.models import RecoveryCode, SecondFactor
from stronghold_core.identity.second_factor.rules import hash_of_recovery_code

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from stronghold_core.ids import UserId

_factor, _code = table_of(SecondFactor), table_of(RecoveryCode)


def find_factor(connection: Connection, user_id: UserId) -> AnyRow | None:
    """Return somebody's second factor, confirmed or not; none if they have none."""
    return connection.execute(select(_factor).where(_factor.c.user_id == user_id)).one_or_none()


def has_factor(connection: Connection, user_id: UserId) -> bool:
    """Tell whether somebody is asked for a second factor."""
    found = find_factor(connection, user_id)
    return found is not None and found.confirmed_at is not None


def store_factor(connection: Connection, user_id: UserId, secret: bytes, *, at: datetime) -> None:
    """Keep a secret that is not confirmed yet, in the place of another that was not either."""
    connection.execute(delete(_factor).where(_factor.c.user_id == user_id, _factor.c.confirmed_at.is_(None)))
    connection.execute(insert(_factor).values(user_id=user_id, secret=secret, created_at=at))


def confirm_factor(connection: Connection, user_id: UserId, *, step: int, at: datetime) -> bool:
    """Ask for it from now on; the code that proved it is used. Tell whether it was there, and not confirmed before."""
    unconfirmed = update(_factor).where(_factor.c.user_id == user_id, _factor.c.confirmed_at.is_(None))
    return connection.execute(unconfirmed.values(confirmed_at=at, last_step=step)).rowcount == 1


def use_step(connection: Connection, user_id: UserId, step: int) -> bool:
    """Use the code of a time step; tell whether neither it nor a later one was used before (RFC 6238 §5.2)."""
    unused = or_(_factor.c.last_step.is_(None), _factor.c.last_step < step)
    mine = update(_factor).where(_factor.c.user_id == user_id, _factor.c.confirmed_at.is_not(None), unused)
    return connection.execute(mine.values(last_step=step)).rowcount == 1


def delete_factor(connection: Connection, user_id: UserId) -> None:
    """Ask for none any more."""
    connection.execute(delete(_code).where(_code.c.user_id == user_id))
    connection.execute(delete(_factor).where(_factor.c.user_id == user_id))


def store_recovery_codes(connection: Connection, user_id: UserId, codes: Iterable[str]) -> None:
    """Keep the hashes of new recovery codes, in the place of all before."""
    connection.execute(delete(_code).where(_code.c.user_id == user_id))
    connection.execute(
        insert(_code), [{"user_id": user_id, "code_hash": hash_of_recovery_code(code)} for code in codes]
    )


def use_recovery_code(connection: Connection, user_id: UserId, code: object) -> bool:
    """Use a recovery code; tell whether it was one that was not used before."""
    hashed = hash_of_recovery_code(code)
    if hashed is None:
        return False
    mine = delete(_code).where(_code.c.user_id == user_id, _code.c.code_hash == hashed)
    return connection.execute(mine).rowcount == 1

"""Proving that one is who one says, by a password: counted, with one answer and in one time for all that is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stronghold_core.identity.attempts.counters import count_attempt
from stronghold_core.identity.attempts.rules import hash_of_name, unix_ms
from stronghold_core.identity.passwords.rules import normalised
from stronghold_core.identity.passwords.store import find_hash
from stronghold_core.identity.people import NOBODY
from stronghold_core.identity.users.queries import find_user_row

if TYPE_CHECKING:
    from stronghold_core.db import AnyRow
    from stronghold_core.identity.passwords.hashing import Hashing
    from stronghold_core.identity.people import People
    from stronghold_core.ids import UserId


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody tries to prove who they are; it is counted as a failure already."""

    name: bytes
    """The hash of the name that they gave."""
    counted: int
    """How many failures of that name there are with it."""
    user_id: UserId
    """`NOBODY` if no user has it."""
    user: AnyRow | None
    """The user as it was when the attempt began: what has changed since then must not be overlooked."""
    hash: str | None
    password: str | None
    """What they gave, as it would have been hashed; none if nobody can have that as a password."""
    is_right: bool


class Attempts:
    """Judges passwords.

    Args:
        people: Opens transactions.
        hashing: Verifies.
    """

    def __init__(self, people: People, hashing: Hashing) -> None:
        self._people = people
        self._hashing = hashing

    def judge(self, login_name: str, password: str) -> Attempt:
        """Count an attempt, and see whether the password is that of the user by this name.

        No transaction is open while it is verified, which takes long.

        Raises:
            TooManyAttemptsError: If too many failed before, whether or not anybody has this name.
        """
        name, given = hash_of_name(login_name), normalised(password)
        with self._people.transaction(read_only=False) as connection:
            counted = count_attempt(connection, name, now_ms=unix_ms(self._people.clock.now()))
            self._people.show(connection, "login_name", login_name)
            user = find_user_row(connection, login_name=login_name)
            user_id: UserId = NOBODY if user is None else user.user_id
            self._people.turn_to(connection, user_id)
            stored = find_hash(connection, user_id)
        is_right = self._hashing.matches(given, stored)
        return Attempt(name, counted, user_id, user, stored, given, is_right)

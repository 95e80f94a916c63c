"""The verbs on users: `stronghold.identity.users`. The host calls them in its own name, having decided who may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, update

from stronghold_core.audit import AuditOutcome
from stronghold_core.db import ConstraintError, table_of
from stronghold_core.errors import DuplicateUserError, SignInFailedError
from stronghold_core.identity.attempts.counters import forgive
from stronghold_core.identity.attempts.rules import folded_login_name
from stronghold_core.identity.models import User
from stronghold_core.identity.passwords.rules import checked_password
from stronghold_core.identity.passwords.store import replace_hash, store_hash
from stronghold_core.identity.people import parse_user
from stronghold_core.identity.second_factor.store import delete_factor, has_factor
from stronghold_core.identity.security_log.records import SecurityAction
from stronghold_core.identity.security_log.service import record_security
from stronghold_core.identity.users.queries import find_user_row, get_user_row, list_users, user_record
from stronghold_core.identity.users.records import UserRecord, UserStatus
from stronghold_core.identity.users.sessions import end_all_sessions
from stronghold_core.ids import UserId, new_id, parse_principal
from stronghold_core.pagination import DEFAULT_PAGE_SIZE, Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from stronghold_core.context import Origin
    from stronghold_core.identity.attempts.service import Attempts
    from stronghold_core.identity.passwords.hashing import Hashing
    from stronghold_core.identity.people import People
    from stronghold_core.ids import AnId

_user = table_of(User)


class Users:
    """Who can sign in: `stronghold.identity.users`."""

    def __init__(self, people: People, hashing: Hashing, attempts: Attempts) -> None:
        self._people = people
        self._hashing = hashing
        self._attempts = attempts
        self._is_blocked: Callable[[str], bool] | None = None

    def block_passwords(self, is_blocked: Callable[[str], bool]) -> None:
        """Have new passwords asked about, beside our own short list of common ones: True refuses one."""
        self._is_blocked = is_blocked

    def create(self, login_name: str, *, password: str, principal: str | None = None) -> UserRecord:
        """Let somebody sign in from now on.

        Args:
            login_name: By which name: their e-mail address, for one; whether capital or small does not matter.
            password: The password they chose.
            principal: What they are called as members of tenants; ``user:`` and their id if left out, which says
                nothing of them in an audit log.

        Raises:
            DuplicateUserError: If somebody else has that name or principal.
            PasswordRefusedError: If the password is too short, too long or easily guessed.
            InvalidInputError: If a field can't be so.
        """
        name, user_id = folded_login_name(login_name), UserId(new_id())
        member = parse_principal(principal or f"user:{user_id}")
        hashed = self._hashing.hash(self._checked(password, name, has_second_factor=False))
        now = self._people.clock.now()
        row = {
            "user_id": user_id,
            "login_name": name,
            "principal_id": member,
            "status": UserStatus.ACTIVE.value,
            "session_epoch": 1,
            "created_at": now,
        }
        try:
            with self._people.about(user_id) as connection:
                connection.execute(insert(_user).values(row))
                store_hash(connection, user_id, hashed, at=now)
                record_security(self._people, connection, user_id, SecurityAction.USER_CREATED)
                return user_record(get_user_row(connection, user_id))
        except ConstraintError as error:
            taken = next((one for one in ("login_name", "principal") if one in error.constraint), None)
            if taken is None:
                raise
            raise DuplicateUserError(field=taken) from error

    def get(self, user: AnId) -> UserRecord:
        """Return one user.

        Raises:
            NotFoundError: If there is none with that id.
        """
        user_id = parse_user(user)
        with self._people.about(user_id, read_only=True) as connection:
            return user_record(get_user_row(connection, user_id))

    def find(self, *, login_name: str) -> UserRecord | None:
        """Return the user who signs in by that name; none if there is none."""
        name = folded_login_name(login_name)
        with self._people.transaction(read_only=True) as connection:
            self._people.show(connection, "login_name", name)
            row = find_user_row(connection, login_name=name)
        return None if row is None else user_record(row)

    def list(self, *, limit: int = DEFAULT_PAGE_SIZE, after: str | None = None) -> Page[UserRecord]:
        """List all users, the oldest first.

        Args:
            limit: How many on a page.
            after: The cursor of the page before.
        """
        with self._people.about_all() as connection:
            return list_users(connection, limit=limit, after=after)

    def disable(self, user: AnId) -> UserRecord:
        """Let somebody sign in no more, and end all their sessions, with their next request.

        Raises:
            NotFoundError: If there is no such user.
        """
        return self._switch(user, UserStatus.DISABLED, SecurityAction.USER_DISABLED)

    def enable(self, user: AnId) -> UserRecord:
        """Let somebody sign in again.

        Raises:
            NotFoundError: If there is no such user.
        """
        return self._switch(user, UserStatus.ACTIVE, SecurityAction.USER_ENABLED)

    def set_password(self, user: AnId, password: str, *, removes_second_factor: bool = False) -> None:
        """Give somebody a new password in the host's name, as when they forgot theirs; all their sessions end.

        Args:
            user: Whose.
            password: The new one.
            removes_second_factor: Whether their authenticator app and recovery codes are lost as well.

        Raises:
            PasswordRefusedError: If it is too short, too long or easily guessed.
            NotFoundError: If there is no such user.
        """
        user_id = parse_user(user)
        name = self.get(user_id).login_name
        hashed = self._hashing.hash(self._checked(password, name, has_second_factor=not removes_second_factor))
        with self._people.about(user_id) as connection:
            end_all_sessions(connection, user_id)
            if removes_second_factor:
                delete_factor(connection, user_id)
                record_security(self._people, connection, user_id, SecurityAction.SECOND_FACTOR_REMOVED)
            # Asked under the lock of the user's row: a shorter password is for those who have one, and keep it.
            self._checked(password, name, has_second_factor=has_factor(connection, user_id))
            store_hash(connection, user_id, hashed, at=self._people.clock.now())
            record_security(self._people, connection, user_id, SecurityAction.PASSWORD_SET)

    def change_password(self, user: AnId, *, current: str, new: str, origin: Origin | None = None) -> None:
        """Let somebody change their password by giving the present one; all their sessions end.

        Raises:
            SignInFailedError: If *current* is not their password.
            TooManyAttemptsError: If too many attempts by their name failed before.
            PasswordRefusedError: If *new* is too short, too long or easily guessed.
            NotFoundError: If there is no such user.
        """
        user_id = parse_user(user)
        name = self.get(user_id).login_name
        # What can't be taken anyway costs no attempt.
        chosen = self._checked(new, name, has_second_factor=True)
        attempt = self._attempts.judge(name, current)
        if attempt.hash is None or not attempt.is_right:
            with self._people.about(user_id) as connection:
                record_security(
                    self._people,
                    connection,
                    user_id,
                    SecurityAction.PASSWORD_CHANGED,
                    origin=origin,
                    outcome=AuditOutcome.DENIED,
                )
            raise SignInFailedError
        hashed, now = self._hashing.hash(chosen), self._people.clock.now()
        with self._people.about(user_id) as connection:
            end_all_sessions(connection, user_id)
            self._checked(new, name, has_second_factor=has_factor(connection, user_id))
            if not replace_hash(connection, user_id, before=attempt.hash, after=hashed, at=now):
                # Somebody else has changed it meanwhile, so the present one was not given.
                raise SignInFailedError
            forgive(connection, attempt.name)
            record_security(self._people, connection, user_id, SecurityAction.PASSWORD_CHANGED, origin=origin)

    def _switch(self, user: AnId, status: UserStatus, action: SecurityAction) -> UserRecord:
        user_id = parse_user(user)
        with self._people.about(user_id) as connection:
            get_user_row(connection, user_id)
            end_all_sessions(connection, user_id)
            connection.execute(update(_user).where(_user.c.user_id == user_id).values(status=status.value))
            record_security(self._people, connection, user_id, action)
            return user_record(get_user_row(connection, user_id))

    def _checked(self, password: str, login_name: str, *, has_second_factor: bool) -> str:
        return checked_password(
            password, login_name=login_name, has_second_factor=has_second_factor, is_blocked=self._is_blocked
        )

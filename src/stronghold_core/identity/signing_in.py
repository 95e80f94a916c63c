"""Signing in: a name, a password, and a code if there is a second factor; one answer to all that is wrong.

In two transactions, with the password verified between them, so that none is open meanwhile: the first one counts the
attempt, which nothing that happens later takes back, and the second one writes what came of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stronghold_core.audit import AuditOutcome
from stronghold_core.errors import SecondFactorNeededError, SignInFailedError
from stronghold_core.identity.attempts.counters import forgive, take_back
from stronghold_core.identity.attempts.rules import folded_login_name, unix_ms
from stronghold_core.identity.passwords.store import replace_hash
from stronghold_core.identity.second_factor.store import has_factor
from stronghold_core.identity.security_log.records import SecurityAction
from stronghold_core.identity.security_log.service import record_security
from stronghold_core.identity.sessions.records import SignedIn
from stronghold_core.identity.sessions.store import start_session
from stronghold_core.identity.users.queries import user_record
from stronghold_core.identity.users.records import UserStatus

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from stronghold_core.context import Origin
    from stronghold_core.db import AnyRow
    from stronghold_core.identity.attempts.service import Attempt, Attempts
    from stronghold_core.identity.passwords.hashing import Hashing
    from stronghold_core.identity.people import People
    from stronghold_core.identity.second_factor.service import SecondFactors


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrival:
    """Somebody whose password is right."""

    attempt: Attempt
    user: AnyRow
    code: str | None
    origin: Origin
    rehashed: str | None
    """Their password, hashed anew; none if it is hashed as it should be."""


class SigningIn:
    """Lets people in."""

    def __init__(self, people: People, hashing: Hashing, attempts: Attempts, second_factors: SecondFactors) -> None:
        self._people = people
        self._hashing = hashing
        self._attempts = attempts
        self._second_factors = second_factors

    def sign_in(self, login_name: str, password: str, code: str | None, origin: Origin) -> SignedIn:
        """Begin a session for whoever proves to be a user; `Identity.sign_in` says the rest."""
        attempt = self._attempts.judge(folded_login_name(login_name), password)
        user = attempt.user
        if user is None or not attempt.is_right or user.status != UserStatus.ACTIVE:
            with self._people.about(attempt.user_id) as connection:
                self._deny(connection, attempt, SecurityAction.SIGN_IN, origin)
            raise SignInFailedError
        rehashed = self._rehashed(attempt)
        arrival = _Arrival(attempt=attempt, user=user, code=code, origin=origin, rehashed=rehashed)
        with self._people.about(attempt.user_id) as connection:
            answer = self._answered(connection, arrival)
        # Raised when what came of it is committed.
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _answered(
        self, connection: Connection, arrival: _Arrival
    ) -> SignedIn | SecondFactorNeededError | SignInFailedError:
        attempt = arrival.attempt
        if has_factor(connection, attempt.user_id):
            if arrival.code is None:
                # The password is right, but whoever knows no more than that must not get the counter reset.
                now_ms = unix_ms(self._people.clock.now())
                take_back(connection, attempt.name, counted=attempt.counted, now_ms=now_ms)
                return SecondFactorNeededError()
            if not self._second_factors.accept(connection, attempt.user_id, arrival.code):
                self._deny(connection, attempt, SecurityAction.SECOND_FACTOR_ASKED, arrival.origin)
                return SignInFailedError()
        return self._admitted(connection, arrival)

    def _admitted(self, connection: Connection, arrival: _Arrival) -> SignedIn:
        attempt, now, settings = arrival.attempt, self._people.clock.now(), self._people.settings
        forgive(connection, attempt.name)
        if arrival.rehashed is not None and attempt.hash is not None:
            replace_hash(connection, attempt.user_id, before=attempt.hash, after=arrival.rehashed, at=now)
        session, token = start_session(
            connection, arrival.user, at=now, user_agent=arrival.origin.user_agent, settings=settings
        )
        record_security(self._people, connection, attempt.user_id, SecurityAction.SIGN_IN, origin=arrival.origin)
        return SignedIn(user=user_record(arrival.user), session=session, refresh_token=token.text)

    def _rehashed(self, attempt: Attempt) -> str | None:
        """Hash a right password anew if it was hashed with other settings: only now is it known."""
        if attempt.password is None or attempt.hash is None or not self._hashing.is_outdated(attempt.hash):
            return None
        return self._hashing.hash(attempt.password)

    def _deny(self, connection: Connection, attempt: Attempt, action: SecurityAction, origin: Origin) -> None:
        record_security(self._people, connection, attempt.user_id, action, origin=origin, outcome=AuditOutcome.DENIED)

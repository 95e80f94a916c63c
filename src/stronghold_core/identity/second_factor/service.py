"""The verbs on second factors: `stronghold.identity.second_factor`. The host calls them for whoever is signed in."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from stronghold_core.audit import AuditOutcome
from stronghold_core.db import ConstraintError
from stronghold_core.errors import PasswordRefusedError, SecondFactorStateError, SignInFailedError, WrongCodeError
from stronghold_core.identity.attempts.counters import forgive
from stronghold_core.identity.passwords.rules import MIN_LENGTH
from stronghold_core.identity.people import parse_user
from stronghold_core.identity.second_factor.records import Enrolment
from stronghold_core.identity.second_factor.rules import matching_step, new_recovery_codes, step_at
from stronghold_core.identity.second_factor.sealing import Sealing
from stronghold_core.identity.second_factor.store import (
    confirm_factor,
    delete_factor,
    find_factor,
    has_factor,
    store_factor,
    store_recovery_codes,
    use_recovery_code,
    use_step,
)
from stronghold_core.identity.security_log.records import SecurityAction
from stronghold_core.identity.security_log.service import record_security
from stronghold_core.identity.users.queries import get_user_row
from stronghold_core.identity.users.sessions import end_all_sessions

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from stronghold_core.context import Origin
    from stronghold_core.identity.attempts.service import Attempts
    from stronghold_core.identity.people import People
    from stronghold_core.ids import AnId, UserId

_THERE = "There is a second factor already: remove it before another one is begun."
_NONE = "There is no second factor that waits to be confirmed: begin one first."
_OFF = "There is no second factor: begin one and confirm it first."


class SecondFactors:
    """Authenticator apps and recovery codes: `stronghold.identity.second_factor`."""

    def __init__(self, people: People, attempts: Attempts) -> None:
        self._people = people
        self._attempts = attempts

    @cached_property
    def _sealing(self) -> Sealing:
        return Sealing(self._people.settings.second_factor_key)

    def begin(self, user: AnId, *, issuer: str) -> Enrolment:
        """Make a secret for somebody's authenticator app. It is not asked for before a code of it was confirmed.

        Args:
            user: Whose.
            issuer: What the app shall show beside their name: what your product is called.

        Raises:
            SecondFactorStateError: If they have a second factor already.
            ConfigurationError: If the settings have no key to encrypt it with.
        """
        from pyotp import random_base32  # noqa: PLC0415 - of an extra
        from pyotp.totp import TOTP  # noqa: PLC0415 - the same

        user_id, secret = parse_user(user), random_base32()
        sealed, now = self._sealing.seal(secret, user_id), self._people.clock.now()
        try:
            with self._people.about(user_id) as connection:
                name = get_user_row(connection, user_id).login_name
                store_factor(connection, user_id, sealed, at=now)
                record_security(self._people, connection, user_id, SecurityAction.SECOND_FACTOR_BEGUN)
        except ConstraintError as error:
            raise SecondFactorStateError(fact=_THERE) from error
        return Enrolment(uri=TOTP(secret).provisioning_uri(name=name, issuer_name=issuer), secret=secret)

    def confirm(self, user: AnId, *, code: str) -> tuple[str, ...]:
        """Ask somebody for codes from now on, since this one proves that their app has the secret.

        Returns:
            Recovery codes, each of which stands for a code once. They are shown this once.

        Raises:
            WrongCodeError: If the code is not the present one.
            SecondFactorStateError: If none was begun, or it is confirmed already.
        """
        user_id, now = parse_user(user), self._people.clock.now()
        codes = new_recovery_codes()
        with self._people.about(user_id) as connection:
            step = self._step_of(connection, user_id, code)
            if not confirm_factor(connection, user_id, step=step, at=now):
                raise SecondFactorStateError(fact=_NONE)
            store_recovery_codes(connection, user_id, codes)
            record_security(self._people, connection, user_id, SecurityAction.SECOND_FACTOR_CONFIRMED)
        return codes

    def renew_recovery_codes(self, user: AnId) -> tuple[str, ...]:
        """Make new recovery codes; those before hold no more.

        Raises:
            SecondFactorStateError: If there is no second factor that they could stand for.
        """
        user_id, codes = parse_user(user), new_recovery_codes()
        with self._people.about(user_id) as connection:
            if not has_factor(connection, user_id):
                raise SecondFactorStateError(fact=_OFF)
            store_recovery_codes(connection, user_id, codes)
            record_security(self._people, connection, user_id, SecurityAction.RECOVERY_CODES_RENEWED)
        return codes

    def is_on(self, user: AnId) -> bool:
        """Tell whether somebody is asked for a second factor."""
        user_id = parse_user(user)
        with self._people.about(user_id, read_only=True) as connection:
            return has_factor(connection, user_id)

    def remove(self, user: AnId, *, password: str, origin: Origin | None = None) -> None:
        """Ask somebody for no codes any more, if they give their password; all their sessions end.

        Who has lost the password as well is helped by `Users.set_password`.

        Raises:
            SignInFailedError: If it is not their password.
            PasswordRefusedError: If it is shorter than a password without a second factor may be.
            TooManyAttemptsError: If too many attempts by their name failed before.
            SecondFactorStateError: If they have none.
        """
        user_id = parse_user(user)
        with self._people.about(user_id, read_only=True) as connection:
            name = get_user_row(connection, user_id).login_name
        attempt = self._attempts.judge(name, password)
        if attempt.is_right and len(attempt.password or "") < MIN_LENGTH:
            reason = f"without a second factor it needs {MIN_LENGTH} characters: change it first."
            raise PasswordRefusedError(reason=reason)
        with self._people.about(user_id) as connection:
            if attempt.is_right:
                end_all_sessions(connection, user_id)
                if not has_factor(connection, user_id):
                    raise SecondFactorStateError(fact=_OFF)
                delete_factor(connection, user_id)
                forgive(connection, attempt.name)
            outcome = AuditOutcome.DONE if attempt.is_right else AuditOutcome.DENIED
            record_security(
                self._people, connection, user_id, SecurityAction.SECOND_FACTOR_REMOVED, origin=origin, outcome=outcome
            )
        if not attempt.is_right:
            raise SignInFailedError

    def accept(self, connection: Connection, user_id: UserId, code: str) -> bool:
        """Use a code of the app, or a recovery code, within a transaction of signing in; tell whether it holds."""
        if use_recovery_code(connection, user_id, code):
            return True
        try:
            return use_step(connection, user_id, self._step_of(connection, user_id, code))
        except WrongCodeError:
            return False

    def _step_of(self, connection: Connection, user_id: UserId, code: str) -> int:
        from pyotp.hotp import HOTP  # noqa: PLC0415 - of an extra

        factor = find_factor(connection, user_id)
        if factor is None:
            raise SecondFactorStateError(fact=_NONE)
        app = HOTP(self._sealing.unseal(factor.secret, user_id))
        step = matching_step(code, now=step_at(self._people.clock.now()), code_at=app.at)
        if step is None:
            raise WrongCodeError
        return step

"""Second factors: codes that are used once, and codes for when the app is lost."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlparse

import pyotp
import pytest

from stronghold_core import ManualClock, Settings, Stronghold
from stronghold_core.errors import (
    ConfigurationError,
    IntegrityFaultError,
    PasswordRefusedError,
    SecondFactorNeededError,
    SecondFactorStateError,
    SignInFailedError,
    StrongholdError,
    TooManyAttemptsError,
    WrongCodeError,
)
from stronghold_core.identity.attempts.rules import delay_after
from tests.support.sign_ins import OTHER_PASSWORD, PASSWORD, WRONG, Person, error_of

if TYPE_CHECKING:
    from tests.support.rows import Vault


class App:
    """An authenticator app: another implementation's codes, by the same clock."""

    def __init__(self, person: Person, clock: ManualClock) -> None:
        self._clock = clock
        enrolment = person.identity.second_factor.begin(person.user.id, issuer="Acme")
        self.uri = enrolment.uri
        self.secret = enrolment.secret
        self._totp = pyotp.TOTP(str(parse_qs(urlparse(enrolment.uri).query)["secret"][0]))

    def code(self, *, steps_later: int = 0) -> str:
        """Show the code of now, or of some steps later."""
        return self._totp.at(self._clock.now(), counter_offset=steps_later)


@pytest.fixture
def app(ada: Person, clock: ManualClock) -> App:
    """Give Ada an app, and confirm it with the code of a moment ago."""
    made = App(ada, clock)
    ada.identity.second_factor.confirm(ada.user.id, code=made.code())
    clock.advance(timedelta(seconds=60))
    return made


def test_a_code_is_asked_for_once_a_first_one_was_confirmed(ada: Person, clock: ManualClock) -> None:
    """Not before: whoever lost the QR code in between must not be locked out."""
    app = App(ada, clock)
    assert "Acme" in app.uri
    assert ada.sign_in()
    assert not ada.identity.second_factor.is_on(ada.user.id)
    for wrong in ("000000", "", "\uff11\uff12\uff13\uff14\uff15\uff16", app.code(steps_later=2), None):
        with pytest.raises(WrongCodeError):
            ada.identity.second_factor.confirm(ada.user.id, code=wrong)  # type: ignore[arg-type]
    ada.identity.second_factor.confirm(ada.user.id, code=app.code())
    assert ada.identity.second_factor.is_on(ada.user.id)
    with pytest.raises(SecondFactorNeededError):
        ada.sign_in()
    clock.advance(timedelta(seconds=30))
    assert ada.sign_in(code=app.code())


def test_a_code_is_used_once(ada: Person, app: App, clock: ManualClock) -> None:
    """Neither again, nor one that is older than the last (RFC 6238 §5.2); nor the one that confirmed the app."""
    older, code = app.code(steps_later=-1), app.code()
    assert ada.sign_in(code=f"{code[:3]} {code[3:]}")
    for used in (code, older):
        with pytest.raises(SignInFailedError):
            ada.sign_in(code=used)
    clock.advance(timedelta(seconds=30))
    assert ada.sign_in(code=app.code())
    fresh = replace_user(ada)
    other = App(fresh, clock)
    fresh.identity.second_factor.confirm(fresh.user.id, code=other.code())
    with pytest.raises(SignInFailedError):
        fresh.sign_in(code=other.code())


def replace_user(person: Person) -> Person:
    """Let another person sign in."""
    user = person.identity.users.create(f"bob-{person.user.id}", password=PASSWORD)
    return Person(person.identity, user, PASSWORD)


def test_a_devices_clock_may_be_half_a_minute_off(ada: Person, app: App, clock: ManualClock) -> None:
    """One step in either direction, and no more."""
    for steps, error in ((-2, SignInFailedError), (2, SignInFailedError), (-1, None), (1, None)):
        assert error_of(lambda steps=steps: ada.sign_in(code=app.code(steps_later=steps))) is error  # type: ignore[misc]
        clock.advance(timedelta(minutes=5))


def test_wrong_codes_count_towards_the_delay_and_the_password_alone_takes_none_back(
    ada: Person, app: App, clock: ManualClock
) -> None:
    """Whoever knows the password has five guesses at the code, however often they sign in half way; then they wait."""
    for _ in range(5):
        assert error_of(ada.sign_in) is SecondFactorNeededError
        assert error_of(lambda: ada.sign_in(code="000000")) is SignInFailedError
    for failures in (5, 6, 7):
        assert error_of(ada.sign_in) is TooManyAttemptsError
        assert error_of(lambda: ada.sign_in(code=app.code())) is TooManyAttemptsError
        clock.advance(delay_after(failures))
        assert error_of(ada.sign_in) is SecondFactorNeededError
        assert error_of(lambda: ada.sign_in(code="000000")) is SignInFailedError


def test_a_code_without_the_password_helps_nobody(ada: Person, app: App) -> None:
    """The answer is the same, and the code is not used up."""
    with pytest.raises(SignInFailedError):
        ada.identity.sign_in(ada.user.login_name, password=WRONG, code=app.code())
    assert ada.sign_in(code=app.code())


def test_a_recovery_code_stands_for_a_code_once(ada: Person, clock: ManualClock, vault: Vault) -> None:
    """However it is typed; new ones take the place of all before."""
    app = App(ada, clock)
    codes = ada.identity.second_factor.confirm(ada.user.id, code=app.code())
    assert len(set(codes)) == 10
    assert not any(code in repr(vault.rows()) for code in (*codes, app.secret))
    assert ada.sign_in(code=codes[0])
    with pytest.raises(SignInFailedError):
        ada.sign_in(code=codes[0])
    assert ada.sign_in(code=codes[1].replace("-", " ").lower())
    renewed = ada.identity.second_factor.renew_recovery_codes(ada.user.id)
    with pytest.raises(SignInFailedError):
        ada.sign_in(code=codes[2])
    assert ada.sign_in(code=renewed[0])


def test_a_second_factor_is_not_put_in_anothers_place(ada: Person, app: App) -> None:
    """Whoever finds a browser open must not bring an app of their own; what is not there has no codes."""
    factors, user = ada.identity.second_factor, ada.user.id
    with pytest.raises(SecondFactorStateError, match="already"):
        factors.begin(user, issuer="Eve")
    with pytest.raises(SecondFactorStateError):
        factors.confirm(user, code=app.code())
    bob = replace_user(ada)
    for act in (
        lambda: factors.confirm(bob.user.id, code="000000"),
        lambda: factors.renew_recovery_codes(bob.user.id),
        lambda: factors.remove(bob.user.id, password=PASSWORD),
    ):
        with pytest.raises(SecondFactorStateError):
            act()
    assert ada.sign_in(code=app.code())


def test_it_is_removed_by_the_password_and_ends_all_sessions(ada: Person, app: App) -> None:
    """Nothing happens for a wrong one."""
    signed_in = ada.sign_in(code=app.code())
    with pytest.raises(SignInFailedError):
        ada.identity.second_factor.remove(ada.user.id, password=WRONG)
    assert ada.identity.sessions.check(ada.user.id, signed_in.session.id)
    ada.identity.second_factor.remove(ada.user.id, password=PASSWORD)
    assert ada.identity.sessions.list(ada.user.id) == []
    assert ada.sign_in()
    assert ("second_factor.remove", "denied") in ada.actions()


def test_with_it_a_password_may_be_shorter_and_without_it_not(ada: Person, app: App) -> None:
    """Eight characters; who has so few keeps the second factor, or chooses a longer one."""
    users, user = ada.identity.users, ada.user.id
    users.set_password(user, "9 otters")
    short = Person(ada.identity, ada.user, "9 otters")
    assert short.sign_in(code=app.code())
    with pytest.raises(PasswordRefusedError, match="15 characters"):
        ada.identity.second_factor.remove(user, password="9 otters")
    with pytest.raises(PasswordRefusedError):
        users.set_password(user, "8 herons", removes_second_factor=True)
    users.set_password(user, OTHER_PASSWORD, removes_second_factor=True)
    assert Person(ada.identity, ada.user, OTHER_PASSWORD).sign_in()
    with pytest.raises(PasswordRefusedError):
        users.set_password(user, "8 herons")


def test_secrets_are_encrypted_for_their_owner(ada: Person, app: App, database_url: str, clock: ManualClock) -> None:
    """With another key nobody gets in, and it is no wrong code but a fault; without one no secret is made."""
    for settings, error in (
        (Settings(second_factor_key=b"another key" * 4), IntegrityFaultError),
        (Settings(), ConfigurationError),
    ):
        with closing(Stronghold(database_url, settings=settings, clock=clock)) as other:
            elsewhere = Person(other.identity, ada.user, PASSWORD)
            with pytest.raises(error):
                elsewhere.sign_in(code=app.code())
    with pytest.raises(StrongholdError):
        Settings(second_factor_key=b"short")
    assert "another key" not in f"{Settings(second_factor_key=b'another key' * 4)!r}"

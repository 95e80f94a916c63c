"""Signing in: one answer to all that is wrong, delays that no number of attempts gets around, hashes that grow."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from stronghold_core import ManualClock, Origin, Settings, Stronghold
from stronghold_core.errors import SignInFailedError, StrongholdError, TooManyAttemptsError
from stronghold_core.identity.attempts.rules import delay_after
from stronghold_core.identity.passwords.hashing import Hashing
from stronghold_core.ids import new_id
from tests.support.sign_ins import OTHER_PASSWORD, PASSWORD, Person

if TYPE_CHECKING:
    from tests.support.rows import Vault


def message_of(stronghold: Stronghold, name: str, password: str) -> str:
    """Return what somebody is told whose sign-in fails."""
    with pytest.raises(StrongholdError) as caught:
        stronghold.identity.sign_in(name, password=password)
    return f"{caught.value.code} {caught.value} {caught.value.attributes()}"


def test_the_right_password_begins_a_session(ada: Person) -> None:
    """However the name is written; and it is in the log, with where it came from."""
    origin = Origin(ip="192.0.2.7", user_agent="Browser/1", request_id="r-1")
    signed_in = ada.identity.sign_in(f"  {ada.user.login_name.upper()} ", password=PASSWORD, origin=origin)
    assert signed_in.user == ada.user
    assert signed_in.session.user_agent == "Browser/1"
    assert ada.identity.sessions.check(ada.user.id, signed_in.session.id) == signed_in.session
    latest = ada.identity.log.list(user=ada.user.id).items[0]
    assert (latest.action, latest.outcome, latest.request_id) == ("sign_in", "done", "r-1")
    assert latest.payload == {"ip": "192.0.2.7", "user_agent": "Browser/1"}


@pytest.mark.parametrize(
    "guess", ["a wrong one", "", "x" * 10_000_000, "two wet herons\x00fly", "\ud800", PASSWORD.upper(), None, 7]
)
def test_whatever_is_wrong_has_one_answer(stronghold: Stronghold, ada: Person, guess: str) -> None:
    """For a known name, one that nobody has, and a disabled user alike: no hint helps whoever guesses."""
    told = message_of(stronghold, ada.user.login_name, guess)
    assert told == message_of(stronghold, f"nobody-{new_id()}", guess)
    stronghold.identity.users.disable(ada.user.id)
    assert (
        told
        == message_of(stronghold, ada.user.login_name, guess)
        == message_of(stronghold, ada.user.login_name, PASSWORD)
    )


def test_a_password_is_the_same_from_every_keyboard(stronghold: Stronghold) -> None:
    """It is normalised to NFKC once, before it is hashed and before it is compared."""
    name = f"zoe-{new_id()}"
    stronghold.identity.users.create(name, password="ﬁve caf\u00e9s in Z\u00fcrich")
    assert stronghold.identity.sign_in(name, password="five cafe\u0301s in Zu\u0308rich").user.login_name == name


def test_a_failed_sign_in_is_recorded_though_nothing_came_of_it(stronghold: Stronghold, ada: Person) -> None:
    """That of a known user under their id; by a name that nobody has under nobody, and without the name."""
    ada.guess()
    assert ada.actions() == [("user.create", "done"), ("sign_in", "denied")]
    secret = f"typed-into-the-wrong-field-{new_id()}"
    with pytest.raises(SignInFailedError):
        stronghold.identity.sign_in(secret, password="x", origin=Origin(request_id=secret[-36:]))
    event = next(one for one in stronghold.identity.log.list(limit=500).items if one.request_id == secret[-36:])
    assert event.user_id is None
    assert secret not in event.model_dump_json()


# ------------------------------------------------------------------ delays


@pytest.mark.parametrize("whose", ["a user's", "nobody's"])
def test_delays_begin_after_five_failures_and_double(
    stronghold: Stronghold, ada: Person, clock: ManualClock, whose: str
) -> None:
    """Up to 15 minutes; also for a name that nobody has, or else the delay would tell."""
    nobodys = {"login_name": f"nobody-{new_id()}"} if whose == "nobody's" else {}
    user = ada.user.model_copy(update=nobodys)
    guesser = replace(ada, user=user)
    assert [guesser.guess() for _ in range(5)] == [SignInFailedError] * 5
    for failures in range(5, 18):
        wait = delay_after(failures)
        with pytest.raises(TooManyAttemptsError) as caught:
            stronghold.identity.sign_in(user.login_name, password=PASSWORD)
        assert caught.value.retry_after_seconds == wait.seconds
        clock.advance(wait - timedelta(milliseconds=1))
        assert guesser.guess() is TooManyAttemptsError
        clock.advance(timedelta(milliseconds=1))
        assert guesser.guess() is SignInFailedError


def test_attempts_during_a_delay_do_not_lengthen_it(ada: Person, clock: ManualClock) -> None:
    """Else whoever keeps asking could lock somebody out for good."""
    for _ in range(100):
        ada.guess()
    clock.advance(timedelta(seconds=1))
    assert ada.sign_in().user == ada.user


def test_an_attempt_that_dies_in_the_middle_has_been_counted(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the password was looked at: to break off in time is no way to guess more often."""

    def die(_hashing: Hashing, _password: str | None, _stored: str | None) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(Hashing, "matches", die)
    for _ in range(5):
        with pytest.raises(KeyboardInterrupt):
            ada.sign_in()
    monkeypatch.undo()
    assert ada.guess(PASSWORD) is TooManyAttemptsError


def test_signing_in_forgives_the_failures_before(ada: Person) -> None:
    """Four wrong passwords and a right one leave nothing behind."""
    for _ in range(3):
        assert [ada.guess() for _ in range(4)] == [SignInFailedError] * 4
        ada.sign_in()


def test_what_was_counted_is_forgotten_by_a_chore(stronghold: Stronghold, clock: ManualClock, ada: Person) -> None:
    """A day after the name could be tried again: names that nobody has would else pile up."""
    assert ada.guess() is SignInFailedError
    assert stronghold.identity.tidy() == 0
    clock.advance(timedelta(days=1, seconds=1))
    assert stronghold.identity.tidy() >= 1


# ------------------------------------------------------------------ hashes


def test_a_hash_of_other_settings_is_made_anew_at_the_next_sign_in(
    ada: Person, database_url: str, vault: Vault
) -> None:
    """Only then is the password known; a wrong one changes nothing."""

    def stored() -> str:
        with vault.engine.connect() as connection:
            rows = connection.execute(text("SELECT user_id, hash FROM stronghold_password")).all()
        ids = {ada.user.id, ada.user.id.bytes}
        return next(str(row.hash) for row in rows if row.user_id in ids)

    assert "$argon2id$v=19$m=19456,t=2,p=1$" in stored()
    with Stronghold(database_url, settings=Settings(password_iterations=3)) as dearer:
        before = stored()
        now = replace(ada, identity=dearer.identity)
        assert now.guess() is SignInFailedError
        assert stored() == before
        now.sign_in()
        assert "$m=19456,t=3,p=1$" in stored()
        now.sign_in()
    assert ada.sign_in().user == ada.user


def test_no_secret_is_stored_or_shown(ada: Person, vault: Vault) -> None:
    """Neither password nor token is in any row, nor in what records print."""
    signed_in = ada.sign_in()
    everything = repr(vault.rows())
    for secret in (PASSWORD, OTHER_PASSWORD, signed_in.refresh_token):
        assert secret not in everything
    assert signed_in.refresh_token not in repr(signed_in)

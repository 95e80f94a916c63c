"""Signing in, refreshing and accepting, by many at the same moment, and in processes of their own.

Each race is also shown with a broken twin, in which it is lost.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pytest

pytest.importorskip("argon2")
pytest.importorskip("pyotp")
pytest.importorskip("cryptography")

from stronghold_core import ManualClock, Settings, Stronghold, StrongholdError
from stronghold_core.errors import (
    InvitationRefusedError,
    SessionEndedError,
    SignInFailedError,
    TooManyAttemptsError,
)
from stronghold_core.identity.attempts import service as attempts
from stronghold_core.identity.attempts.rules import FREE_FAILURES
from stronghold_core.identity.passwords.hashing import Hashing
from stronghold_core.identity.second_factor import service as second_factor
from stronghold_core.identity.sessions import service as sessions
from stronghold_core.identity.sessions import store
from stronghold_core.ids import new_id
from tests.support.races import PATIENCE_SECONDS, split
from tests.support.sign_ins import PASSWORD, SECOND_FACTOR_KEY, WRONG, Person

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from stronghold_core import SignedIn
    from tests.support.stronghold import Desk

Result = TypeVar("Result")

on_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def stronghold(database_url: str, clock: ManualClock) -> Generator[Stronghold]:
    """Open a stronghold that can encrypt second factors, and waits for locks as long as the test does."""
    settings = Settings(second_factor_key=SECOND_FACTOR_KEY, busy_timeout_seconds=PATIENCE_SECONDS)
    with closing(Stronghold(database_url, settings=settings, clock=clock)) as opened:
        yield opened


@pytest.fixture
def ada(stronghold: Stronghold) -> Person:
    """Let Ada sign in."""
    name = f"ada-{new_id()}@example.com"
    return Person(stronghold.identity, stronghold.identity.users.create(name, password=PASSWORD), PASSWORD)


def together(count: int, act: Callable[[], Result], *, threads: int = 16) -> list[Result | StrongholdError]:
    """Do the same many times, as many at once as there are threads; return what each led to."""
    barrier = threading.Barrier(min(count, threads))
    waiting = threading.local()

    def run(_number: int) -> Result | StrongholdError:
        if not getattr(waiting, "is_over", False):
            waiting.is_over = True
            barrier.wait(PATIENCE_SECONDS)
        try:
            return act()
        except StrongholdError as error:
            return error

    with ThreadPoolExecutor(min(count, threads)) as pool:
        return list(pool.map(run, range(count)))


def kinds(outcomes: list[Any]) -> Counter[type]:
    """Count what came of it, by kind."""
    return Counter(type(outcome) for outcome in outcomes)


# ------------------------------------------------------------------ guesses


def test_a_thousand_guesses_at_once_are_no_more_than_five(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the clock stands: not one more password is even looked at, however many arrive before the first fails."""
    looked_at: list[str | None] = []
    matches = Hashing.matches

    def watched(hashing: Hashing, password: str | None, stored: str | None) -> bool:
        looked_at.append(password)
        return matches(hashing, password, stored)

    monkeypatch.setattr(Hashing, "matches", watched)
    outcomes = together(1_000, lambda: ada.identity.sign_in(ada.user.login_name, password=WRONG))
    assert kinds(outcomes) == {SignInFailedError: FREE_FAILURES, TooManyAttemptsError: 1_000 - FREE_FAILURES}
    assert len(looked_at) == FREE_FAILURES


@on_postgresql
def test_guesses_that_are_counted_when_they_have_failed_get_through(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken twin: it asks first and counts later, so all that arrive at the same moment are looked at.

    SQLite has transactions that write one after another, so there nobody can ask before another has counted.
    """
    all_here = threading.Barrier(8)

    def ask_only(_connection: object, _name: bytes, *, now_ms: int) -> int:
        all_here.wait(PATIENCE_SECONDS)
        return now_ms

    monkeypatch.setattr(attempts, "count_attempt", ask_only)
    outcomes = together(8, lambda: ada.identity.sign_in(ada.user.login_name, password=WRONG))
    assert kinds(outcomes) == {SignInFailedError: 8}


_GUESSER: Final = """
import sys
from stronghold_core import ManualClock, Settings, Stronghold, StrongholdError
url, name, instant, count = sys.argv[1:]
with Stronghold(url, settings=Settings(busy_timeout_seconds=30), clock=ManualClock(instant)) as stronghold:
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(int(count)):
        try:
            stronghold.identity.sign_in(name, password="a wrong one")
        except StrongholdError as error:
            print(error.code, flush=True)
"""


def test_guesses_of_several_processes_are_counted_together(ada: Person, database_url: str, clock: ManualClock) -> None:
    """The counter is in the database, not in anybody's memory."""
    words = [sys.executable, "-c", _GUESSER, database_url, ada.user.login_name, clock.now().isoformat(), "20"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    guessers: list[Any] = [subprocess.Popen(words, **pipes) for _ in range(2)]
    try:
        assert [guesser.stdout.readline() for guesser in guessers] == ["ready\n"] * 2
        for guesser in guessers:
            guesser.stdin.write("go\n")
            guesser.stdin.flush()
        told = Counter(line for guesser in guessers for line in guesser.communicate(timeout=60)[0].split())
    finally:
        for guesser in guessers:
            guesser.kill()
    assert told == {"identity.sign_in_failed": 5, "identity.too_many_attempts": 35}


# ------------------------------------------------------------------ refreshes


def live_tokens(stronghold: Stronghold, tokens: set[str]) -> int:
    """Count the lines that go on: each token is refreshed once more, and tokens of one line lead to one successor."""
    return len({stronghold.identity.sessions.refresh(token).refresh_token for token in tokens})


def test_fifty_refreshes_at_once_are_one_lineage(stronghold: Stronghold, ada: Person) -> None:
    """All get the same successor; nobody is signed out, and the line does not fork."""
    token = ada.sign_in().refresh_token
    answers, errors = split(together(50, lambda: stronghold.identity.sessions.refresh(token)))
    assert errors == []
    assert len({answer.refresh_token for answer in answers}) == 1
    assert live_tokens(stronghold, {answer.refresh_token for answer in answers}) == 1


def test_refreshes_without_the_condition_fork(
    stronghold: Stronghold, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken twin: it looks whether the token was used, and then uses it."""
    rotate = store.rotate

    def unconditional(connection: Any, token: Any, session_id: Any, *, at: Any) -> Any:  # noqa: ANN401 - as the original
        connection.exec_driver_sql("UPDATE stronghold_refresh_token SET rotated_at = NULL")
        return rotate(connection, token, session_id, at=at)

    monkeypatch.setattr(sessions, "rotate", unconditional)
    token = ada.sign_in().refresh_token
    answers, _ = split(together(8, lambda: stronghold.identity.sessions.refresh(token)))
    assert len({answer.refresh_token for answer in answers}) > 1


def test_a_stolen_token_ends_the_session_whoever_is_faster(
    stronghold: Stronghold, ada: Person, clock: ManualClock
) -> None:
    """After the grace: while the owner goes on, a thief brings an old token; in the end neither has anything."""
    stolen = ada.sign_in()
    owners = stronghold.identity.sessions.refresh(stolen.refresh_token)
    clock.advance(timedelta(minutes=1))
    tokens = iter([stolen.refresh_token, owners.refresh_token] * 8)
    answers, errors = split(together(16, lambda: stronghold.identity.sessions.refresh(next(tokens))))
    assert {type(error) for error in errors} == {SessionEndedError}
    for token in {stolen.refresh_token, owners.refresh_token, *(answer.refresh_token for answer in answers)}:
        with pytest.raises(SessionEndedError):
            stronghold.identity.sessions.refresh(token)
    assert [action for action, _ in ada.actions()].count("session.refresh_reuse") == 1


# ------------------------------------------------------------------ codes, invitations, epochs


@pytest.fixture
def code(ada: Person, clock: ManualClock) -> str:
    """Give Ada a second factor, and a code of it that was not used."""
    pyotp = pytest.importorskip("pyotp")
    enrolment = ada.identity.second_factor.begin(ada.user.id, issuer="Acme")
    app = pyotp.TOTP(enrolment.secret)
    ada.identity.second_factor.confirm(ada.user.id, code=app.at(clock.now()))
    clock.advance(timedelta(minutes=1))
    return str(app.at(clock.now()))


def four_times(ada: Person, code: str) -> list[SignedIn | StrongholdError]:
    """Sign in with one code by four threads: fewer than would have to wait."""
    return together(4, lambda: ada.sign_in(code=code), threads=4)


def test_a_code_lets_one_in_however_many_bring_it(ada: Person, code: str) -> None:
    """At the same moment."""
    let_in, errors = split(four_times(ada, code))
    assert len(let_in) == 1
    assert {type(error) for error in errors} == {SignInFailedError}


def test_a_recovery_code_lets_one_in_however_many_bring_it(ada: Person, code: str) -> None:
    """It goes as it is used."""
    recovery = ada.identity.second_factor.renew_recovery_codes(ada.user.id)[0]
    let_in, _ = split(four_times(ada, recovery))
    assert len(let_in) == 1


def test_a_code_without_the_condition_lets_several_in(ada: Person, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken twin: a code is compared and not used."""
    monkeypatch.setattr(second_factor, "use_step", lambda *_: True)
    let_in, _ = split(four_times(ada, code))
    assert len(let_in) == 4


def test_an_invitation_makes_one_member_however_many_bring_it(acme: Desk) -> None:
    """The others are refused, and are no members."""
    with acme.books() as books:
        token = books.invitations.create(role="viewer").token
    names = iter([f"user:guest{number}" for number in range(8)])
    accept = acme.stronghold.identity.accept_invitation
    outcomes = together(8, lambda: accept(token, principal=next(names)), threads=8)
    assert kinds([one for one in outcomes if isinstance(one, StrongholdError)]) == {InvitationRefusedError: 7}
    with acme.books() as books:
        assert len(books.members.list()) == 2


def test_no_session_outlives_signing_out_everywhere_whoever_signs_in_meanwhile(
    stronghold: Stronghold, ada: Person
) -> None:
    """Sign-ins that were judged before have sessions that never held; those judged after it hold."""
    before = [one for one in together(4, ada.sign_in, threads=4) if not isinstance(one, StrongholdError)]
    stronghold.identity.sessions.end_all(ada.user.id)
    for one in before:
        with pytest.raises(SessionEndedError):
            stronghold.identity.sessions.check(ada.user.id, one.session.id)
    assert stronghold.identity.sessions.check(ada.user.id, ada.sign_in().session.id)

"""Sessions: refresh tokens that are used once, and ends that hold on the next request."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from stronghold_core.errors import NotFoundError, SessionEndedError
from stronghold_core.identity.passwords.hashing import Hashing
from stronghold_core.ids import new_id
from tests.support.sign_ins import OTHER_PASSWORD, Person, error_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from stronghold_core import ManualClock, SignedIn, Stronghold


def holds(person: Person, signed_in: SignedIn) -> bool:
    """Tell whether a request of that session would be let through."""
    return error_of(lambda: person.identity.sessions.check(person.user.id, signed_in.session.id)) is None


def test_a_refresh_token_is_exchanged_for_the_next_one(ada: Person, clock: ManualClock) -> None:
    """Again and again, within one session."""
    signed_in = ada.sign_in()
    seen = {signed_in.refresh_token}
    for _ in range(5):
        clock.advance(timedelta(minutes=10))
        signed_in = ada.identity.sessions.refresh(signed_in.refresh_token)
        seen.add(signed_in.refresh_token)
    assert len(seen) == 6
    assert [one.id for one in ada.identity.sessions.list(ada.user.id)] == [signed_in.session.id]


def test_within_the_grace_a_used_token_gives_the_same_successor(ada: Person, clock: ManualClock) -> None:
    """Two requests of one browser may cross; the lineage does not fork."""
    first = ada.sign_in().refresh_token
    second = ada.identity.sessions.refresh(first).refresh_token
    clock.advance(timedelta(seconds=15))
    assert ada.identity.sessions.refresh(first).refresh_token == second
    assert ada.identity.sessions.refresh(second).refresh_token not in {first, second}


def test_a_token_that_is_used_after_the_grace_ends_the_session(ada: Person, clock: ManualClock) -> None:
    """Somebody has stolen it: the thief's tokens and the owner's end alike, other sessions do not; it is recorded."""
    elsewhere, here = ada.sign_in(), ada.sign_in()
    second = ada.identity.sessions.refresh(here.refresh_token)
    clock.advance(timedelta(seconds=15, milliseconds=1))
    for token in (here.refresh_token, second.refresh_token):
        with pytest.raises(SessionEndedError):
            ada.identity.sessions.refresh(token)
    assert not holds(ada, here)
    assert holds(ada, elsewhere)
    assert ada.actions()[-1] == ("session.refresh_reuse", "denied")


def test_what_is_no_token_has_the_same_answer(ada: Person, stronghold: Stronghold) -> None:
    """Unknown, mistyped, of another kind, or nothing of the sort."""
    token = ada.sign_in().refresh_token
    bob = stronghold.identity.users.create(f"bob-{new_id()}", password=OTHER_PASSWORD)
    kind, _, rest = token.rpartition("_")
    for wrong in ("", "x", token[:-1], token + "0", f"{kind}_{rest[::-1]}", token.replace("refresh", "live"), None, 7):
        with pytest.raises(SessionEndedError):
            ada.identity.sessions.refresh(wrong)  # type: ignore[arg-type]
    with pytest.raises(SessionEndedError):
        ada.identity.sessions.check(bob.id, ada.sign_in().session.id)
    assert ada.identity.sessions.refresh(token)


def test_a_session_ends_by_itself(ada: Person, clock: ManualClock) -> None:
    """Two weeks after it was last refreshed, and after thirty days whatever happens."""
    idle, busy = ada.sign_in(), ada.sign_in()
    clock.advance(timedelta(days=13))
    busy = ada.identity.sessions.refresh(busy.refresh_token)
    clock.advance(timedelta(days=1))
    assert (holds(ada, idle), holds(ada, busy)) == (False, True)
    clock.advance(timedelta(days=12))
    busy = ada.identity.sessions.refresh(busy.refresh_token)
    clock.advance(timedelta(days=4))
    assert not holds(ada, busy)
    with pytest.raises(SessionEndedError):
        ada.identity.sessions.refresh(busy.refresh_token)


def test_signing_out_ends_one_session(ada: Person) -> None:
    """Twice does no harm, and is recorded once."""
    here, elsewhere = ada.sign_in(), ada.sign_in()
    ada.identity.sessions.end(ada.user.id, here.session.id)
    ada.identity.sessions.end(ada.user.id, here.session.id)
    assert (holds(ada, here), holds(ada, elsewhere)) == (False, True)
    with pytest.raises(SessionEndedError):
        ada.identity.sessions.refresh(here.refresh_token)
    assert [action for action, _ in ada.actions()].count("session.end") == 1


ENDS: Final[dict[str, Callable[[Person], object]]] = {
    "signing out everywhere": lambda ada: ada.identity.sessions.end_all(ada.user.id),
    "changing the password": lambda ada: ada.identity.users.change_password(
        ada.user.id, current=ada.password, new=OTHER_PASSWORD
    ),
    "setting a password": lambda ada: ada.identity.users.set_password(ada.user.id, OTHER_PASSWORD),
    "being disabled": lambda ada: ada.identity.users.disable(ada.user.id),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_whatever_changes_who_may_sign_in_ends_all_sessions_at_once(
    ada: Person, end: Callable[[Person], object]
) -> None:
    """It holds on the next request, however many there are; and in the middle of signing in."""
    several = [ada.sign_in(), ada.sign_in()]
    assert all(holds(ada, one) for one in several)
    end(ada)
    assert not any(holds(ada, one) for one in several)
    for one in several:
        with pytest.raises(SessionEndedError):
            ada.identity.sessions.refresh(one.refresh_token)
    assert ada.identity.sessions.list(ada.user.id) == []


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_session_that_began_while_all_were_ended_has_never_held(
    ada: Person, end: Callable[[Person], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody signs in with the old password, and before that is written, it is another one."""
    matches = Hashing.matches
    ends = [end]

    def then_end(hashing: Hashing, password: str | None, stored: str | None) -> bool:
        is_right = matches(hashing, password, stored)
        while ends:
            ends.pop()(ada)
        return is_right

    monkeypatch.setattr(Hashing, "matches", then_end)
    assert not holds(ada, ada.sign_in())


def test_nobody_is_signed_out_who_is_not_there(stronghold: Stronghold) -> None:
    """A user that nobody is."""
    with pytest.raises(NotFoundError):
        stronghold.identity.sessions.end_all(new_id())

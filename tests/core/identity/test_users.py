"""Users: who can sign in, and what their passwords may be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from stronghold_core.errors import (
    DuplicateUserError,
    InvalidInputError,
    NotFoundError,
    PasswordRefusedError,
    SignInFailedError,
    TooManyAttemptsError,
)
from stronghold_core.ids import new_id
from tests.support.sign_ins import OTHER_PASSWORD, PASSWORD, WRONG, Person, error_of

if TYPE_CHECKING:
    from stronghold_core import Stronghold, UserRecord
    from tests.support.rows import Vault
    from tests.support.stronghold import Desk


def test_a_user_is_a_principal(stronghold: Stronghold, acme: Desk) -> None:
    """By the name the host chose, or one that says nothing of them; members of tenants are called by it."""
    named = stronghold.identity.users.create(f"{new_id()}", password=PASSWORD, principal=f"user:{new_id()}")
    unnamed = stronghold.identity.users.create(f"{new_id()}", password=PASSWORD)
    assert unnamed.principal == f"user:{unnamed.id}"
    for user in (named, unnamed):
        acme.seat(user.principal, "viewer")
        assert [one.tenant.id for one in stronghold.tenants.list_of(user.principal)] == [acme.tenant.id]
        assert stronghold.identity.users.get(user.id) == user
        assert stronghold.identity.users.find(login_name=user.login_name.upper()) == user


def test_names_and_principals_are_unique(stronghold: Stronghold, ada: Person, vault: Vault) -> None:
    """However they are written; a refusal leaves nothing behind."""
    before = vault.rows()
    with pytest.raises(DuplicateUserError, match="this login_name"):
        stronghold.identity.users.create(ada.user.login_name.upper(), password=PASSWORD)
    with pytest.raises(DuplicateUserError, match="this principal"):
        stronghold.identity.users.create(f"{new_id()}", password=PASSWORD, principal=ada.user.principal)
    assert vault.rows() == before


@pytest.mark.parametrize("name", ["", "  ", "a\x00b", "x" * 201, None])
def test_a_name_must_be_one(stronghold: Stronghold, name: str) -> None:
    """Also when somebody signs in by it."""
    with pytest.raises(InvalidInputError):
        stronghold.identity.users.create(name, password=PASSWORD)
    with pytest.raises(InvalidInputError):
        stronghold.identity.sign_in(name, password=PASSWORD)


REFUSED = [
    "fourteen chars",
    "x" * 10_000_000,
    "ä" * 600,
    "two wet herons\nfly",
    "two wet herons\x7ffly",
    "aaaaaaaaaaaaaaaaaaaa",
    "passwordpassword",
    "PasswordPassword123!",
    "abcabcabcabcabcabc",
    "123456789012345678",
    "qwertyuiopasdfgh",
    "correct-horse-battery-staple",
    None,
]


@pytest.mark.parametrize("password", REFUSED, ids=lambda password: str(password)[:20])
def test_a_password_that_is_tried_first_or_can_be_no_password_is_refused(
    stronghold: Stronghold, ada: Person, password: str
) -> None:
    """Wherever one is chosen; the old one stays, and nothing says what was given."""
    users = stronghold.identity.users
    for choose in (
        lambda: users.create(f"{new_id()}", password=password),
        lambda: users.set_password(ada.user.id, password),
        lambda: users.change_password(ada.user.id, current=PASSWORD, new=password),
    ):
        with pytest.raises(PasswordRefusedError) as caught:
            choose()
        assert str(password)[:14] not in str(caught.value) or password is None
    assert ada.sign_in()


@pytest.mark.parametrize(
    "password", ["fifteen letters", "two wet herons fly", "x7" + "é" * 300 + "!q", "🦩 and 🦦 went for a swim"]
)
def test_any_other_password_is_taken(stronghold: Stronghold, password: str) -> None:
    """Without rules about kinds of characters, up to a kibibyte of them."""
    user = stronghold.identity.users.create(f"{new_id()}", password=password)
    assert stronghold.identity.sign_in(user.login_name, password=password).user == user


def test_ones_own_name_is_no_password(stronghold: Stronghold) -> None:
    """It is the first thing that anybody tries."""
    with pytest.raises(PasswordRefusedError):
        stronghold.identity.users.create("ada.lovelace@example.com", password="Ada.Lovelace@example.com")


def test_a_host_may_block_more_passwords(stronghold: Stronghold) -> None:
    """Those that leaked, for one; it is asked about the normalised one."""
    asked: list[str] = []

    def is_leaked(password: str) -> bool:
        asked.append(password)
        return "heron" in password

    stronghold.identity.users.block_passwords(is_leaked)
    with pytest.raises(PasswordRefusedError):
        stronghold.identity.users.create(f"{new_id()}", password="ﬁve wet herons")
    assert asked == ["five wet herons"]


def test_a_password_is_changed_by_who_knows_it(ada: Person) -> None:
    """Wrong ones count towards the delay, and what can't be taken anyway does not."""
    users, user = ada.identity.users, ada.user.id
    for _ in range(10):
        assert error_of(lambda: users.change_password(user, current=WRONG, new="short")) is PasswordRefusedError
    for _ in range(4):
        assert error_of(lambda: users.change_password(user, current=WRONG, new=OTHER_PASSWORD)) is SignInFailedError
    users.change_password(user, current=PASSWORD, new=OTHER_PASSWORD)
    assert ada.guess(PASSWORD) is SignInFailedError
    assert replace(ada, password=OTHER_PASSWORD).sign_in()
    assert ada.actions()[-3:] == [("password.change", "done"), ("sign_in", "denied"), ("sign_in", "done")]
    for _ in range(5):
        ada.guess()
    with pytest.raises(TooManyAttemptsError):
        users.change_password(user, current=OTHER_PASSWORD, new=PASSWORD)


def test_a_password_that_was_changed_meanwhile_is_not_changed_again(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who gives the old one has not given the present one, however early they began."""
    from stronghold_core.identity.attempts.service import Attempts  # noqa: PLC0415 - patched here

    users, user, judge = ada.identity.users, ada.user.id, Attempts.judge

    def judge_then_change(attempts: Attempts, name: str, password: str) -> object:
        attempt = judge(attempts, name, password)
        monkeypatch.undo()
        users.set_password(user, "an otter in between")
        return attempt

    monkeypatch.setattr(Attempts, "judge", judge_then_change)
    with pytest.raises(SignInFailedError):
        users.change_password(user, current=PASSWORD, new=OTHER_PASSWORD)
    assert replace(ada, password="an otter in between").sign_in()


def test_a_disabled_user_comes_back_with_the_same_password(ada: Person) -> None:
    """And what is done to them stands in the log."""
    ada.identity.users.disable(ada.user.id)
    assert ada.guess(PASSWORD) is SignInFailedError
    assert ada.identity.users.enable(ada.user.id) == ada.user
    assert ada.sign_in()
    assert [action for action, _ in ada.actions()][-4:] == ["user.disable", "sign_in", "user.enable", "sign_in"]


def test_nothing_is_done_to_a_user_who_is_not_there(stronghold: Stronghold) -> None:
    """Each verb says so."""
    users, nobody = stronghold.identity.users, new_id()
    for act in (
        lambda: users.get(nobody),
        lambda: users.disable(nobody),
        lambda: users.enable(nobody),
        lambda: users.set_password(nobody, PASSWORD),
        lambda: users.change_password(nobody, current=PASSWORD, new=OTHER_PASSWORD),
        lambda: stronghold.identity.second_factor.begin(nobody, issuer="Acme"),
    ):
        with pytest.raises(NotFoundError):
            act()
    assert users.find(login_name=f"{nobody}") is None


def test_users_are_listed_page_by_page(stronghold: Stronghold) -> None:
    """The oldest first, each once."""
    made = [stronghold.identity.users.create(f"{new_id()}", password=PASSWORD) for _ in range(3)]
    found: list[UserRecord] = []
    after = None
    while True:
        page = stronghold.identity.users.list(limit=2, after=after)
        found += page.items
        after = page.next_cursor
        if after is None:
            break
    assert [user for user in found if user in made] == made
    assert len(found) == len({user.id for user in found})

"""API keys: what they are, whom they act for, and that they never hand on more than they were given."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from stronghold_core.errors import (
    ApiKeyRefusedError,
    EscalationError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    UnknownPermissionError,
)
from stronghold_core.ids import new_id
from tests.support.rows import AUDIT, Vault, refused

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from stronghold_core import Books, ManualClock, NewApiKey, Stronghold
    from tests.support.stronghold import Desk

BOB = "user:bob"


def made(desk: Desk, *, scopes: tuple[str, ...] = ("account:*",), days: int | None = 90) -> NewApiKey:
    """Make a key for whoever sits at the desk."""
    with desk.books() as books:
        return books.api_keys.create("exporter", scopes=scopes, days=days)


def opened(stronghold: Stronghold, text: str) -> AbstractContextManager[Books]:
    """Open books by a key, as an adapter would."""
    holder = stronghold.identity.check_api_key(text)
    return stronghold.books(holder.tenant_id, principal=holder.principal, scopes=holder.scopes)


def test_a_key_acts_for_its_maker_within_its_scopes(acme: Desk, vault: Vault) -> None:
    """It says what it is, and neither the database nor what prints it knows its secret."""
    key = made(acme)
    assert key.text.startswith("fs_live_")
    assert key.text.split("_")[3] not in repr((vault.rows(), key))
    with opened(acme.stronghold, key.text) as books:
        assert books.context.principal == acme.principal
        bank = books.accounts.open(name="Bank", type="asset")
        with pytest.raises(PermissionDeniedError):
            books.transactions.list()
        assert books.accounts.get(bank.id) == bank


def test_whatever_is_no_key_of_ours_has_one_answer(acme: Desk) -> None:
    """Mistyped, made up with a right checksum, or of another kind."""
    from stronghold_core.identity.credentials import (  # noqa: PLC0415 - to make one up
        CredentialKind,
        new_credential,
        read_credential,
    )

    text = made(acme).text
    known = read_credential(text, CredentialKind.API_KEY)
    assert known is not None
    made_up = [new_credential(CredentialKind.API_KEY, of).text for of in (known.id, new_id())]
    for wrong in (*made_up, text[:-1], text.swapcase(), text.replace("fs_live", "fs_invite"), "", None, 7, "x" * 10**7):
        with pytest.raises(ApiKeyRefusedError):
            acme.stronghold.identity.check_api_key(wrong)  # type: ignore[arg-type]


def test_a_key_holds_until_it_is_too_old_or_revoked(acme: Desk, clock: ManualClock) -> None:
    """It holds no more from the next request on."""
    check = acme.stronghold.identity.check_api_key
    short, unlimited = made(acme, days=2), made(acme, days=None)
    clock.advance(timedelta(days=2) - timedelta(microseconds=1))
    assert check(short.text).key_id == short.key.id
    clock.advance(timedelta(microseconds=1))
    with pytest.raises(ApiKeyRefusedError):
        check(short.text)
    clock.advance(timedelta(days=10_000))
    assert check(unlimited.text)
    with acme.books() as books:
        assert books.api_keys.revoke(unlimited.key.id).revoked_at == clock.now()
        assert books.api_keys.revoke(unlimited.key.id).revoked_at == clock.now()
    with pytest.raises(ApiKeyRefusedError):
        check(unlimited.text)


def test_a_key_ends_with_its_makers_membership_and_shrinks_with_their_role(acme: Desk) -> None:
    """It is an intersection: nothing has to be revoked."""
    key = made(acme.seat(BOB, "admin"), scopes=("account:*", "member:read"))
    with acme.books() as books:
        books.members.change_role(BOB, role="viewer")
    with opened(acme.stronghold, key.text) as books, pytest.raises(PermissionDeniedError):
        books.members.list()
    with acme.books() as books:
        books.members.remove(BOB)
    with pytest.raises(NotFoundError), opened(acme.stronghold, key.text):
        pass


def test_nobody_makes_a_key_for_what_they_do_not_hold(acme: Desk, vault: Vault) -> None:
    """Neither beyond their role, nor by a key for little one for everything of its maker's; it is recorded."""
    bob = acme.seat(BOB, "member")
    refused(bob, vault, EscalationError, lambda books: books.api_keys.create("x", scopes=["*:*"]), changing=AUDIT)
    small = made(acme, scopes=("key:write", "account:read"))
    with opened(acme.stronghold, small.text) as books:
        with pytest.raises(EscalationError):
            books.api_keys.create("larger", scopes=["account:*"])
        assert books.api_keys.create("as small", scopes=["account:read"])
    with acme.books() as books:
        denied = [event for event in books.audit.list().items if event.outcome == "denied"]
    assert len(denied) == 2


def test_who_may_not_make_keys_makes_none(acme: Desk) -> None:
    """Viewers look; and guests of the platform's let nothing else in."""
    viewer = acme.seat(BOB, "viewer")
    with viewer.books() as books, pytest.raises(PermissionDeniedError):
        books.api_keys.create("x", scopes=["account:read"])
    guest = f"user:{new_id()}"
    acme.stronghold.staff.appoint(guest, role="support")
    with acme.books() as books:
        books.admissions.admit(guest, role="owner", reason="Ticket 7")
    with acme.stronghold.books(acme.tenant.id, principal=guest) as books, pytest.raises(PermissionDeniedError):
        books.api_keys.create("x", scopes=["account:read"])


def test_a_member_sees_and_revokes_their_own_keys_and_an_admin_everybodys(acme: Desk) -> None:
    """What is another's is not theirs to end."""
    bob = acme.seat(BOB, "member")
    mine, theirs = made(acme), made(bob, scopes=("account:read",))
    with bob.books() as books:
        assert [key.id for key in books.api_keys.list()] == [theirs.key.id]
        with pytest.raises(PermissionDeniedError):
            books.api_keys.revoke(mine.key.id)
    with acme.books() as books:
        assert [key.id for key in books.api_keys.list()] == [mine.key.id, theirs.key.id]
        assert books.api_keys.revoke(theirs.key.id).revoked_at
        actions = [event.action for event in books.audit.list().items]
    assert actions[0] == "api_key.revoke"
    assert actions.count("api_key.create") == 2


def test_another_tenants_key_is_as_one_that_is_not_there(acme: Desk, rival: Desk) -> None:
    """Also for who may revoke all of their own."""
    key = made(acme)
    with rival.books() as books:
        for nobodys in (key.key.id, new_id()):
            with pytest.raises(NotFoundError):
                books.api_keys.revoke(nobodys)
    assert acme.stronghold.identity.check_api_key(key.text).tenant_id == acme.tenant.id


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": ""}, InvalidInputError),
        ({"name": "a\x00"}, InvalidInputError),
        ({"scopes": ["account:fly"]}, UnknownPermissionError),
        ({"scopes": "account:read"}, InvalidInputError),
        ({"days": 0}, InvalidInputError),
        ({"days": 401}, InvalidInputError),
        ({"days": True}, InvalidInputError),
    ],
)
def test_a_key_that_can_not_be_meant_is_refused(
    acme: Desk, vault: Vault, fields: dict[str, object], error: type[Exception]
) -> None:
    """And nothing is made."""
    given = {"name": "exporter", "scopes": ["account:read"], "days": 1, **fields}
    refused(acme, vault, error, lambda books: books.api_keys.create(given.pop("name"), **given), changing=AUDIT)  # type: ignore[arg-type]

"""Invitations: whoever brings the token becomes a member, once, in the name of who may let them in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from stronghold_core.errors import (
    AlreadyMemberError,
    EscalationError,
    InvalidInputError,
    InvitationRefusedError,
    NotFoundError,
    PermissionDeniedError,
)
from stronghold_core.identity.credentials import CredentialKind, new_credential
from stronghold_core.ids import new_id
from tests.support.rows import AUDIT, Vault, refused

if TYPE_CHECKING:
    from stronghold_core import ManualClock, NewInvitation
    from tests.support.stronghold import Desk

BOB, CY, EVE = "user:bob", "user:cy", "user:eve"


def invited(desk: Desk, *, role: str = "viewer", days: int = 7) -> NewInvitation:
    """Ask somebody in."""
    with desk.books() as books:
        return books.invitations.create(role=role, note="Bob of sales", days=days)


def roles_at(desk: Desk) -> dict[str, str]:
    """Return who is what."""
    with desk.books() as books:
        return {str(one.principal): one.role for one in books.members.list()}


def test_whoever_brings_the_token_becomes_a_member_once(acme: Desk, clock: ManualClock, vault: Vault) -> None:
    """In the name of who invited them, because of the invitation: that is in the log."""
    asked = invited(acme)
    assert asked.token.split("_")[3] not in repr((vault.rows(), asked))
    accept = acme.stronghold.identity.accept_invitation
    assert accept(asked.token, principal=BOB) == acme.tenant.id
    assert roles_at(acme)[BOB] == "viewer"
    with pytest.raises(InvitationRefusedError):
        accept(asked.token, principal=EVE)
    with acme.books() as books:
        added = books.audit.list(action="member.add").items[0]
        (kept,) = books.invitations.list()
    assert (added.actor, added.cause) == (acme.principal, f"invitation:{asked.invitation.id}")
    assert (kept.accepted_by, kept.accepted_at, kept.note) == (BOB, clock.now(), "Bob of sales")


def test_what_is_no_invitation_has_one_answer(acme: Desk) -> None:
    """Made up, mistyped, or of another kind."""
    asked = invited(acme)
    of_ours = new_credential(CredentialKind.INVITATION, asked.invitation.id).text
    for wrong in (of_ours, new_credential(CredentialKind.INVITATION, new_id()).text, asked.token[:-1], "", None, 7):
        with pytest.raises(InvitationRefusedError):
            acme.stronghold.identity.accept_invitation(wrong, principal=BOB)  # type: ignore[arg-type]
    assert BOB not in roles_at(acme)


def test_an_invitation_ends_by_itself_and_is_withdrawn(acme: Desk, clock: ManualClock) -> None:
    """It holds no more from the next request on."""
    late, withdrawn = invited(acme, days=1), invited(acme)
    with acme.books() as books:
        books.invitations.withdraw(withdrawn.invitation.id)
        assert [one.id for one in books.invitations.list()] == [late.invitation.id]
    clock.advance(timedelta(days=1))
    for token in (late.token, withdrawn.token):
        with pytest.raises(InvitationRefusedError):
            acme.stronghold.identity.accept_invitation(token, principal=BOB)


def test_a_member_uses_up_no_invitation(acme: Desk) -> None:
    """They are told, and somebody else may still come."""
    asked = invited(acme)
    with pytest.raises(AlreadyMemberError):
        acme.stronghold.identity.accept_invitation(asked.token, principal=acme.principal)
    assert acme.stronghold.identity.accept_invitation(asked.token, principal=CY)


@pytest.mark.parametrize("fate", ["demoted", "removed"])
def test_an_invitation_holds_as_long_as_its_author_may_let_somebody_in(acme: Desk, fate: str) -> None:
    """Else rights that were taken away would come back by a letter that was sent before; if given back, it holds."""
    admin = acme.seat(BOB, "admin")
    asked = invited(admin, role="accountant")
    with acme.books() as books:
        if fate == "demoted":
            books.members.change_role(BOB, role="member")
        else:
            books.members.remove(BOB)
    with pytest.raises(InvitationRefusedError):
        acme.stronghold.identity.accept_invitation(asked.token, principal=CY)
    assert CY not in roles_at(acme)
    with acme.books() as books:
        if fate == "demoted":
            books.members.change_role(BOB, role="admin")
        else:
            books.members.add(BOB, role="admin")
    assert acme.stronghold.identity.accept_invitation(asked.token, principal=CY)


def test_an_invitation_to_a_role_that_grew_is_judged_anew(acme: Desk) -> None:
    """What the author does not hold by now, nobody gets by their letter."""
    with acme.books() as books:
        books.roles.create("clerk", permissions=["account:read"])
    admin = acme.seat(BOB, "admin")
    asked = invited(admin, role="clerk")
    with acme.books() as books:
        books.roles.update("clerk", permissions=["owner:write"])
    with pytest.raises(InvitationRefusedError):
        acme.stronghold.identity.accept_invitation(asked.token, principal=CY)


def test_nobody_invites_beyond_what_they_hold(acme: Desk, vault: Vault) -> None:
    """As they could not add such a member; both are recorded."""
    admin, viewer = acme.seat(BOB, "admin"), acme.seat(CY, "viewer")
    refused(admin, vault, EscalationError, lambda books: books.invitations.create(role="owner"), changing=AUDIT)
    for attempt in (
        lambda books: books.invitations.create(role="viewer"),
        lambda books: books.invitations.list(),
        lambda books: books.invitations.withdraw(new_id()),
    ):
        refused(viewer, vault, PermissionDeniedError, attempt, changing=AUDIT)


@pytest.mark.parametrize("fields", [{"role": "emperor"}, {"days": 0}, {"days": 31}, {"note": "a\x00b"}])
def test_an_invitation_that_can_not_be_meant_is_refused(acme: Desk, vault: Vault, fields: dict[str, object]) -> None:
    """And nothing is made."""
    given = {"role": "viewer", **fields}
    refused(acme, vault, InvalidInputError, lambda books: books.invitations.create(**given), changing=AUDIT)  # type: ignore[arg-type]


def test_what_is_withdrawn_must_be_there(acme: Desk, rival: Desk) -> None:
    """Another tenant's is as one that nobody has sent; one that was accepted has done its work."""
    asked = invited(acme)
    with rival.books() as books:
        for nobodys in (asked.invitation.id, new_id()):
            with pytest.raises(NotFoundError):
                books.invitations.withdraw(nobodys)
    acme.stronghold.identity.accept_invitation(asked.token, principal=BOB)
    with acme.books() as books, pytest.raises(InvitationRefusedError):
        books.invitations.withdraw(asked.invitation.id)

"""Members: added, changed, removed; nobody gives or takes what they do not hold, and each refusal is recorded."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from stronghold_core import Books, Permission, Role
from stronghold_core.errors import (
    AlreadyMemberError,
    EscalationError,
    InvalidInputError,
    LastOwnerError,
    NotFoundError,
    PermissionDeniedError,
    StrongholdError,
)
from stronghold_core.rbac import BUILT_IN_ROLES
from stronghold_core.tenancy.models import Tenant
from tests.support.stronghold import ADA, EVE, NOW, Desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from stronghold_core import ManualClock
    from tests.support.rows import Vault

BOB, VERA = "user:bob", "user:vera"


def payloads(desk: Desk, action: str) -> list[dict[str, Any]]:
    """Read what the log says of one kind of action that was done, in its order."""
    with desk.books() as books:
        events = reversed(books.audit.list(action=action).items)
        return [event.payload or {} for event in events if event.outcome == "done"]


# --- members


def test_a_member_may_enter_from_the_next_unit_on(acme: Desk, clock: ManualClock) -> None:
    """With what their role allows; the log says who let them in, and as what."""
    clock.advance(timedelta(minutes=5))
    with acme.books() as books:
        added = books.members.add(BOB, role="viewer")
        assert (added.tenant_id, added.principal, added.role) == (acme.tenant.id, BOB, "viewer")
        assert added.since == NOW + timedelta(minutes=5)
        assert books.members.list()[1] == added
    with Desk(acme.stronghold, acme.tenant, BOB).books() as books:
        assert books.context.permissions == BUILT_IN_ROLES[Role.VIEWER]
    assert payloads(acme, "member.add") == [{"member": BOB, "role": "viewer"}]


def test_a_role_may_be_given_as_the_enum(acme: Desk) -> None:
    """It is stored by its value, whatever the driver makes of enums."""
    with acme.books() as books:
        assert books.members.add(BOB, role=Role.ADMIN).role == "admin"
        assert books.members.change_role(BOB, role=Role.VIEWER).role == "viewer"
    assert [member.role for member in members(acme)] == ["owner", "viewer"]


def members(desk: Desk) -> list[Any]:
    """List the members."""
    with desk.books() as books:
        return books.members.list()


def test_members_are_listed_by_how_long_they_have_been(acme: Desk, clock: ManualClock) -> None:
    """Those of the same instant by name."""
    with acme.books() as books:
        books.members.add("user:zoe", role="viewer")
        clock.advance(timedelta(seconds=1))
        for name in (VERA, BOB):
            books.members.add(name, role="viewer")
    assert [member.principal for member in members(acme)] == [ADA, "user:zoe", BOB, VERA]


def test_nobody_is_a_member_twice(acme: Desk, vault: Vault) -> None:
    """The error says which role they have."""
    acme.seat(BOB, "viewer")
    before = vault.rows(without={"stronghold_audit_event"})
    with acme.books() as books, pytest.raises(AlreadyMemberError, match="with the role viewer") as caught:
        books.members.add(BOB, role="admin")
    assert (caught.value.principal, caught.value.role) == (BOB, "viewer")
    assert vault.rows(without={"stronghold_audit_event"}) == before


def test_a_member_of_one_tenant_is_none_of_another(acme: Desk, rival: Desk) -> None:
    """And may become one there, as something else."""
    acme.seat(BOB, "owner")
    with pytest.raises(NotFoundError), Desk(acme.stronghold, rival.tenant, BOB).books():
        pass
    rival.seat(BOB, "viewer")
    assert {member.principal: member.role for member in members(rival)} == {EVE: "owner", BOB: "viewer"}


def test_a_changed_role_holds_from_the_next_unit(acme: Desk) -> None:
    """The log says what it was and what it is."""
    bob = acme.seat(BOB, "viewer")
    with acme.books() as books:
        assert books.members.change_role(BOB, role="accountant").role == "accountant"
    with bob.books() as books:
        assert books.context.permissions == BUILT_IN_ROLES[Role.ACCOUNTANT]
    assert payloads(acme, "member.change_role") == [{"member": BOB, "before": "viewer", "after": "accountant"}]


def test_who_is_removed_is_a_stranger_from_the_next_unit(acme: Desk) -> None:
    """The log keeps who it was."""
    bob = acme.seat(BOB, "member")
    with acme.books() as books:
        books.members.remove(BOB)
    with pytest.raises(NotFoundError), bob.books():
        pass
    assert [member.principal for member in members(acme)] == [ADA]
    assert payloads(acme, "member.remove") == [{"member": BOB, "role": "member"}]
    acme.seat(BOB, "viewer")


@pytest.mark.parametrize(
    "verb",
    [
        lambda books: books.members.change_role(BOB, role="viewer"),
        lambda books: books.members.remove(BOB),
    ],
    ids=["change", "remove"],
)
def test_who_is_no_member_can_be_neither_changed_nor_removed(
    acme: Desk, rival: Desk, verb: Callable[[Books], object]
) -> None:
    """Also if they are one elsewhere."""
    rival.seat(BOB, "viewer")
    with acme.books() as books, pytest.raises(NotFoundError) as caught:
        verb(books)
    assert (caught.value.kind, caught.value.key) == ("member", BOB)


@pytest.mark.parametrize(
    "verb",
    [
        lambda books: books.members.add("bob", role="viewer"),
        lambda books: books.members.add(VERA, role="boss"),
        lambda books: books.members.add(VERA, role=None),
        lambda books: books.members.change_role(BOB, role="boss"),
        lambda books: books.members.remove(""),
    ],
    ids=["no principal", "no role", "nothing", "no other role", "nobody"],
)
def test_bad_names_and_roles_change_nothing(acme: Desk, vault: Vault, verb: Callable[[Books], object]) -> None:
    """Each is an error of the input."""
    acme.seat(BOB, "viewer")
    before = vault.rows(without={"stronghold_audit_event"})
    with acme.books() as books, pytest.raises(InvalidInputError):
        verb(books)
    assert vault.rows(without={"stronghold_audit_event"}) == before


@pytest.mark.parametrize(
    ("verb", "told"),
    [
        (
            lambda books: books.members.add(BOB, role="admin"),
            ("member.add", {"code": "tenancy.already_member", "member": BOB, "role": "admin"}),
        ),
        (
            lambda books: books.members.change_role(ADA, role="viewer"),
            ("member.change_role", {"code": "tenancy.last_owner", "member": ADA, "role": "viewer"}),
        ),
        (lambda books: books.members.remove(VERA), ("member.remove", {"code": "not_found", "member": VERA})),
        (
            lambda books: books.members.add("a\x00\ud800" + "b" * 200, role="boss"),
            ("member.add", {"code": "input.invalid", "member": "a\x00\\ud800" + "b" * 97, "role": "boss"}),
        ),
    ],
    ids=["twice", "last owner", "nobody", "garbage"],
)
def test_each_refusal_is_recorded(
    acme: Desk, verb: Callable[[Books], object], told: tuple[str, dict[str, str]]
) -> None:
    """Although the unit ended in an error, with what was asked for and the code of what was wrong."""
    acme.seat(BOB, "viewer")
    with suppress(StrongholdError), acme.books() as books:
        verb(books)
    with acme.books() as books:
        event = books.audit.list().items[0]
    assert (event.kind, event.outcome, event.object_type) == ("security", "denied", "member")
    assert (event.action, event.payload) == told


# --- the last owner


@pytest.mark.parametrize(
    "verb",
    [lambda books: books.members.change_role(ADA, role="admin"), lambda books: books.members.remove(ADA)],
    ids=["change", "remove"],
)
def test_the_last_owner_stays(acme: Desk, vault: Vault, verb: Callable[[Books], object]) -> None:
    """Whatever other members there are; with a second owner either of them may go."""
    acme.seat(BOB, "admin")
    before = vault.rows(without={"stronghold_audit_event"})
    with acme.books() as books, pytest.raises(LastOwnerError) as caught:
        verb(books)
    assert caught.value.principal == ADA
    assert vault.rows(without={"stronghold_audit_event"}) == before
    with acme.books() as books:
        books.members.change_role(BOB, role="owner")
        verb(books)
    assert BOB in {member.principal for member in members(Desk(acme.stronghold, acme.tenant, BOB))}


def test_the_last_owner_may_be_told_to_be_an_owner(acme: Desk) -> None:
    """That takes nothing away."""
    with acme.books() as books:
        assert books.members.change_role(ADA, role="owner").role == "owner"


# --- no escalation


ONLY_OWNERS = {Permission.AUDIT_EXPIRE, Permission.AUDIT_REDACT, Permission.OWNER_WRITE}


def test_an_admin_makes_nobody_an_owner_nor_unmakes_one(acme: Desk, vault: Vault) -> None:
    """Not even themselves: who is an owner is for owners to say."""
    admin = acme.seat(BOB, "admin")
    acme.seat(VERA, "viewer")
    verbs: list[Callable[[Books], object]] = [
        lambda books: books.members.add("user:new", role="owner"),
        lambda books: books.members.change_role(VERA, role="owner"),
        lambda books: books.members.change_role(BOB, role="owner"),
        lambda books: books.members.change_role(ADA, role="viewer"),
        lambda books: books.members.remove(ADA),
    ]
    before = vault.rows(without={"stronghold_audit_event"})
    for verb in verbs:
        with admin.books() as books, pytest.raises(EscalationError) as caught:
            verb(books)
        assert caught.value.missing == tuple(sorted(ONLY_OWNERS))
    assert vault.rows(without={"stronghold_audit_event"}) == before
    with acme.books() as books:
        denied = [event for event in books.audit.list(actor=BOB).items if event.outcome == "denied"]
    assert [event.action for event in denied] == [min(ONLY_OWNERS)] * len(verbs)


def test_an_admin_says_who_is_anything_else(acme: Desk) -> None:
    """Another admin included."""
    admin = acme.seat(BOB, "admin")
    with admin.books() as books:
        books.members.add(VERA, role="admin")
        for role in ("accountant", "member", "viewer", "auditor", "admin"):
            assert books.members.change_role(VERA, role=role).role == role
        books.members.remove(VERA)
    assert [member.principal for member in members(acme)] == [ADA, BOB]


@pytest.mark.parametrize("role", ["accountant", "member", "viewer", "auditor"])
def test_nobody_else_says_who_belongs(acme: Desk, vault: Vault, role: str) -> None:
    """Neither of others nor of themselves; and whoever may not see the members is denied that, too."""
    desk = acme.seat(BOB, role)
    before = vault.rows(without={"stronghold_audit_event"})
    verbs: list[Callable[[Books], object]] = [
        lambda books: books.members.add(VERA, role="viewer"),
        lambda books: books.members.change_role(BOB, role="viewer"),
        lambda books: books.members.remove(BOB),
    ]
    if role in {"member", "viewer"}:
        verbs.append(lambda books: books.members.list())
    for verb in verbs:
        with desk.books() as books, pytest.raises(PermissionDeniedError):
            verb(books)
    assert vault.rows(without={"stronghold_audit_event"}) == before


def test_permissions_are_those_of_the_units_beginning(acme: Desk) -> None:
    """A unit that takes its own principal's role away ends as it began; the next one does not."""
    bob = acme.seat(BOB, "owner")
    with bob.books() as books:
        books.members.change_role(BOB, role="viewer")
        books.tenant.update(name="Last words")
    with suppress(PermissionDeniedError), bob.books() as books:
        books.tenant.update(name="One more")
    with acme.books() as books:
        assert books.tenant.get().name == "Last words"


def test_every_change_of_members_moves_the_version_that_caches_go_by(acme: Desk, vault: Vault) -> None:
    """In the same transaction; the settings' own version stays."""

    def versions() -> tuple[int, int]:
        with vault.engine.connect() as connection:
            row = connection.execute(
                select(Tenant.authz_version, Tenant.settings_version).where(Tenant.tenant_id == acme.tenant.id)
            ).one()
        return (row[0], row[1])

    verbs: list[Callable[[Books], object]] = [
        lambda books: books.members.add(BOB, role="viewer"),
        lambda books: books.members.change_role(BOB, role="member"),
        lambda books: books.members.remove(BOB),
    ]
    seen = [versions()]
    for verb in verbs:
        with acme.books() as books:
            verb(books)
        seen.append(versions())
    authz, settings = zip(*seen, strict=True)
    assert len({*authz}) == len(seen)
    assert {*settings} == {1}

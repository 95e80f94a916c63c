"""Roles of a tenant's own: defined, changed, removed, explained; and no one hands on more than they hold."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from stronghold_core import Books, Origin, Permission, Role, RoleRecord, Stronghold
from stronghold_core.errors import (
    BuiltInRoleError,
    CapabilityOffError,
    DuplicateRoleError,
    EscalationError,
    InvalidInputError,
    NotFoundError,
    OwnRoleError,
    PermissionDeniedError,
    RoleCycleError,
    RoleInUseError,
    StrongholdError,
    UnknownPermissionError,
)
from stronghold_core.ids import PrincipalId
from stronghold_core.rbac import BUILT_IN_ROLES
from stronghold_core.rbac.models import CustomRole
from stronghold_core.rbac.rules import MAX_INHERITED, MAX_ROLES
from tests.support.rows import counted_statements
from tests.support.stronghold import ADA, NOW, Desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from stronghold_core import ManualClock
    from tests.support.rows import Vault

BOB, VERA = "user:bob", "user:vera"
AUDIT = {"stronghold_audit_event"}


def define(desk: Desk, name: str, **says: Any) -> RoleRecord:  # noqa: ANN401 - whatever create() takes
    """Define a role at *desk*."""
    with desk.books() as books:
        return books.roles.create(name, **says)


def permissions(desk: Desk) -> frozenset[Permission]:
    """Return what whoever sits at *desk* may do now."""
    with desk.books(read_only=True) as books:
        return books.context.permissions


# --- defining


def test_a_role_allows_what_it_says_and_what_it_inherits(acme: Desk) -> None:
    """Wildcards are kept as they are written, and count as what they stand for."""
    role = define(
        acme,
        "cashier",
        permissions=["transaction:post", "category:*"],
        inherits=["viewer"],
        description=" Till ",
    )
    assert (role.name, role.description, role.is_built_in) == ("cashier", "Till", False)
    assert (role.permissions, role.inherits, role.changed_at) == (("category:*", "transaction:post"), ("viewer",), NOW)
    expected = BUILT_IN_ROLES[Role.VIEWER] | {Permission.TRANSACTION_POST, Permission.CATEGORY_WRITE}
    assert frozenset(role.allows) == expected == permissions(acme.seat(BOB, "cashier"))


def test_a_role_may_allow_nothing(acme: Desk) -> None:
    """Its holders are members, and that is all."""
    assert define(acme, "guest").allows == ()
    guest = acme.seat(BOB, "guest")
    assert permissions(guest) == frozenset()
    with guest.books() as books, pytest.raises(PermissionDeniedError):
        books.accounts.list()


def test_roles_are_listed_the_built_in_ones_first(acme: Desk) -> None:
    """And each can be had by its name."""
    for name in ("zebra", "ape"):
        define(acme, name)
    with acme.books() as books:
        listed = books.roles.list()
        assert [role.name for role in listed] == [*map(str, Role), "ape", "zebra"]
        assert [books.roles.get(role.name) for role in listed] == listed
        owner = listed[0]
        assert owner.is_built_in
        assert owner.allows == tuple(Permission)


def test_inheritance_reaches_any_depth_and_by_several_ways(acme: Desk) -> None:
    """A diamond counts once."""
    define(acme, "base", permissions=["account:read"])
    define(acme, "left", permissions=["category:read"], inherits=["base"])
    define(acme, "right", permissions=["dashboard:read"], inherits=["base"])
    role = define(acme, "top", inherits=["left", "right"])
    assert set(role.allows) == {"account:read", "category:read", "dashboard:read"}


def test_another_tenants_role_does_not_exist(acme: Desk, rival: Desk) -> None:
    """Neither to be held, nor inherited, nor read, changed or removed; each may have one of the same name."""
    define(acme, "cashier", permissions=["transaction:post"])
    verbs: list[Callable[[Books], object]] = [
        lambda books: books.members.add(BOB, role="cashier"),
        lambda books: books.roles.create("chief", inherits=["cashier"]),
        lambda books: books.roles.get("cashier"),
        lambda books: books.roles.update("cashier", permissions=[]),
        lambda books: books.roles.remove("cashier"),
    ]
    for verb in verbs:
        with rival.books() as books, pytest.raises((InvalidInputError, NotFoundError)):
            verb(books)
    assert define(rival, "cashier", permissions=["account:read"]).allows == (Permission.ACCOUNT_READ,)
    with acme.books() as books:
        assert books.roles.get("cashier").allows == (Permission.TRANSACTION_POST,)


@pytest.mark.parametrize("name", [[], {}, None, 7, "\ud800", "nobody"], ids=repr)
def test_what_is_no_role_is_neither_changed_nor_removed(acme: Desk, name: Any) -> None:  # noqa: ANN401
    """Whatever it is, it is refused in words of ours, and recorded."""
    for verb in ("update", "remove"):
        with acme.books() as books, pytest.raises(NotFoundError):
            getattr(books.roles, verb)(name)
        with acme.books() as books:
            event = books.audit.list().items[0]
        assert (event.action, event.outcome) == (f"role.{verb}", "denied")


@pytest.mark.parametrize(
    ("name", "says", "refusal"),
    [
        ("cashier", {}, (DuplicateRoleError, "There is a role cashier already")),
        ("viewer", {}, (BuiltInRoleError, "viewer is a built-in role")),
        ("Cashier", {}, (InvalidInputError, "can't be a role's name")),
        ("", {}, (InvalidInputError, "can't be a role's name")),
        ("x" * 41, {}, (InvalidInputError, "can't be a role's name")),
        ("a\n", {}, (InvalidInputError, "can't be a role's name")),
        (None, {}, (InvalidInputError, "can't be a role's name")),
        ("new", {"permissions": ["account:delete"]}, (UnknownPermissionError, "of account there are: read, write")),
        ("new", {"permissions": ["accounts:read"]}, (UnknownPermissionError, "the resources are account, audit")),
        ("new", {"permissions": ["acc*:read"]}, (UnknownPermissionError, "a wildcard stands for a whole segment")),
        ("new", {"permissions": ["*"]}, (UnknownPermissionError, "it is resource:action")),
        ("new", {"permissions": ["*:delete"]}, (UnknownPermissionError, "is no permission")),
        ("new", {"permissions": ["*:*:*"]}, (UnknownPermissionError, "is no permission")),
        ("new", {"permissions": [None]}, (UnknownPermissionError, "not NoneType")),
        ("new", {"permissions": "account:read"}, (InvalidInputError, "a list of permissions, not str")),
        ("new", {"permissions": ["account:read"] * 101}, (InvalidInputError, "100 are the most")),
        ("new", {"inherits": ["nobody"]}, (InvalidInputError, "'nobody' is no role; choose one of owner, admin")),
        ("new", {"inherits": ["new"]}, (RoleCycleError, "by way of new → new")),
        ("new", {"inherits": "viewer"}, (InvalidInputError, "a list of roles, not str")),
        ("new", {"inherits": [7]}, (InvalidInputError, "names of roles")),
        ("new", {"inherits": ["viewer"] * (MAX_INHERITED + 1)}, (InvalidInputError, "at most 20")),
        ("new", {"description": "x" * 201}, (InvalidInputError, "description")),
        ("new", {"description": "a\x00"}, (InvalidInputError, "description")),
    ],
    ids=range(23),
)
def test_what_can_not_be_a_role_is_refused_by_name_and_recorded(
    acme: Desk,
    vault: Vault,
    name: Any,  # noqa: ANN401
    *,
    says: dict[str, Any],
    refusal: tuple[type[StrongholdError], str],
) -> None:
    """Nothing is changed, and the log has what was wrong."""
    define(acme, "cashier")
    before = vault.rows(without=AUDIT)
    error, words = refusal
    with pytest.raises(error, match=words) as caught:
        define(acme, name, **says)
    assert vault.rows(without=AUDIT) == before
    with acme.books() as books:
        event = books.audit.list().items[0]
    assert (event.action, event.kind, event.outcome) == ("role.create", "security", "denied")
    assert (event.payload or {})["code"] == caught.value.code


def test_a_tenant_has_a_hundred_roles_at_most(acme: Desk) -> None:
    """So that reading them stays cheap."""
    with acme.books() as books:
        for number in range(MAX_ROLES):
            books.roles.create(f"role-{number}")
        with pytest.raises(InvalidInputError, match="at most 100 roles"):
            books.roles.create("one-more")
        books.roles.remove("role-0")
        books.roles.create("one-more")


# --- changing


def test_a_changed_role_holds_from_the_next_unit_of_all_who_hold_it(acme: Desk, clock: ManualClock) -> None:
    """Directly, or by way of a role that inherits it; what is not given stays."""
    define(acme, "base", permissions=["account:read"], description="Low")
    define(acme, "chief", inherits=["base"])
    direct, heir = acme.seat(BOB, "base"), acme.seat(VERA, "chief")
    clock.advance(timedelta(hours=1))
    with acme.books() as books:
        changed = books.roles.update("base", permissions=["account:*"])
    assert (changed.description, changed.inherits, changed.changed_at) == ("Low", (), NOW + timedelta(hours=1))
    assert permissions(direct) == permissions(heir) == {Permission.ACCOUNT_READ, Permission.ACCOUNT_WRITE}
    with acme.books() as books:
        books.roles.update("base", permissions=[], inherits=["auditor"], description=None)
    assert permissions(direct) == permissions(heir) == BUILT_IN_ROLES[Role.AUDITOR]
    with acme.books() as books:
        assert books.roles.get("base").description is None


def test_another_process_sees_a_revocation_in_its_next_unit(acme: Desk, database_url: str, clock: ManualClock) -> None:
    """It has its own memory of who may what, and must not trust it."""
    define(acme, "clerk", permissions=["account:read", "account:write"])
    acme.seat(BOB, "clerk")
    with Stronghold(database_url, clock=clock) as elsewhere:
        there = Desk(elsewhere, acme.tenant, BOB)
        assert permissions(there) == {Permission.ACCOUNT_READ, Permission.ACCOUNT_WRITE}
        with acme.books() as books:
            books.roles.update("clerk", permissions=["account:read"])
        assert permissions(there) == {Permission.ACCOUNT_READ}
        with acme.books() as books:
            books.members.remove(BOB)
        with pytest.raises(NotFoundError):
            permissions(there)


def test_a_change_that_was_rolled_back_never_held(acme: Desk) -> None:
    """Also for who asked while it was pending."""
    define(acme, "clerk", permissions=["account:read"])
    clerk = acme.seat(BOB, "clerk")
    with suppress(LookupError), acme.books() as books:
        books.roles.update("clerk", permissions=["account:*"])
        raise LookupError
    assert permissions(clerk) == {Permission.ACCOUNT_READ}


def test_roles_can_not_be_made_to_inherit_each_other(acme: Desk, vault: Vault) -> None:
    """The message names the way round."""
    define(acme, "a")
    define(acme, "b", inherits=["a"])
    define(acme, "c", inherits=["b"])
    before = vault.rows(without=AUDIT)
    with acme.books() as books, pytest.raises(RoleCycleError, match="by way of a → c → b → a"):
        books.roles.update("a", inherits=["c"])
    assert vault.rows(without=AUDIT) == before


def test_roles_that_somebody_made_inherit_each_other_by_hand_allow_no_more_and_end(acme: Desk, vault: Vault) -> None:
    """A loop in the stored rows neither hangs a unit nor adds rights."""
    define(acme, "a", permissions=["account:read"])
    define(acme, "b", inherits=["a"])
    clerk = acme.seat(BOB, "b")
    with vault.engine.begin() as connection:
        connection.execute(
            update(CustomRole)
            .where(CustomRole.tenant_id == acme.tenant.id, CustomRole.name == "a")
            .values(inherits='["b"]')
        )
    assert permissions(clerk) == {Permission.ACCOUNT_READ}


@pytest.mark.parametrize("name", list(Role))
def test_built_in_roles_stay_as_they_are(acme: Desk, name: Role) -> None:
    """They are the library's."""
    with acme.books() as books:
        with pytest.raises(BuiltInRoleError):
            books.roles.update(name, permissions=["*:*"])
        with pytest.raises(BuiltInRoleError):
            books.roles.remove(name)


def test_a_role_that_is_used_can_not_be_removed(acme: Desk) -> None:
    """By members or by other roles: the error names them; afterwards the name is free."""
    define(acme, "base")
    define(acme, "chief", inherits=["base"])
    acme.seat(BOB, "base")
    with acme.books() as books:
        with pytest.raises(RoleInUseError, match="by chief, user:bob: give these another one first"):
            books.roles.remove("base")
        books.roles.update("chief", inherits=[])
        with pytest.raises(RoleInUseError, match="user:bob"):
            books.roles.remove("base")
        books.members.remove(BOB)
        books.roles.remove("base")
        with pytest.raises(NotFoundError):
            books.roles.remove("base")
        books.roles.create("base", permissions=["account:read"])


def test_the_log_says_what_a_role_was_and_is(acme: Desk) -> None:
    """As it was written."""
    define(acme, "clerk", permissions=["account:*"])
    with acme.books() as books:
        books.roles.update("clerk", permissions=["*:read"], inherits=["member"])
        books.roles.remove("clerk")
    with acme.books() as books:
        events = [event for event in reversed(books.audit.list().items) if event.object_type == "role"]
    first = {"permissions": ["account:*"], "inherits": []}
    second = {"permissions": ["*:read"], "inherits": ["member"]}
    assert [(event.action, event.payload) for event in events] == [
        ("role.create", {"role": "clerk", "after": first}),
        ("role.update", {"role": "clerk", "before": first, "after": second}),
        ("role.remove", {"role": "clerk", "before": second}),
    ]


# --- no escalation


@pytest.fixture
def manager(acme: Desk) -> Desk:
    """Sit somebody at a desk who may write roles and members, post, and little else."""
    says = ["role:*", "member:*", "transaction:post", "account:read"]
    define(acme, "manager", permissions=says)
    return acme.seat("user:max", "manager")


@pytest.mark.parametrize(
    "verb",
    [
        lambda books: books.roles.create("new", permissions=["audit:read"]),
        lambda books: books.roles.create("new", permissions=["*:*"]),
        lambda books: books.roles.create("new", inherits=["viewer"]),
        lambda books: books.roles.update("low", permissions=["dashboard:read"]),
        lambda books: books.roles.update("low", inherits=["high"]),
        lambda books: books.roles.update("high", permissions=[]),
        lambda books: books.roles.update("high", description="Mine"),
        lambda books: books.roles.update("under", permissions=["account:read"]),
        lambda books: books.roles.remove("high"),
        lambda books: books.members.add("user:new", role="high"),
        lambda books: books.members.change_role(VERA, role="high"),
        lambda books: books.members.change_role(ADA, role="low"),
        lambda books: books.members.remove(ADA),
    ],
    ids=range(13),
)
def test_nobody_gives_or_takes_what_they_do_not_hold(
    acme: Desk, manager: Desk, vault: Vault, verb: Callable[[Books], object]
) -> None:
    """By whatever way: in a role, by inheritance, through a role that inherits the changed one, or by a membership."""
    define(acme, "low", permissions=["account:read"])
    define(acme, "high", permissions=["audit:read"])
    define(acme, "under")
    define(acme, "over", permissions=["tenant:write"], inherits=["under"])
    acme.seat(VERA, "low")
    before = vault.rows(without=AUDIT)
    with manager.books() as books, pytest.raises(EscalationError) as caught:
        verb(books)
    assert caught.value.missing
    assert not set(caught.value.missing) & permissions(manager)
    assert vault.rows(without=AUDIT) == before
    with acme.books() as books:
        event = books.audit.list(actor="user:max").items[0]
    assert (event.action, event.outcome) == (caught.value.permission, "denied")
    assert (event.payload or {})["missing"] == list(caught.value.missing)


def test_who_writes_roles_hands_on_what_they_hold(acme: Desk, manager: Desk) -> None:
    """All of it, and less."""
    with manager.books() as books:
        books.roles.create("all", permissions=["role:*", "member:*", "transaction:post", "account:read"])
        books.roles.create("poster", permissions=["transaction:post"])
        books.members.add(BOB, role="poster")
        books.members.change_role(BOB, role="all")
        books.roles.update("poster", permissions=["account:read"], description="Looks")
        books.roles.remove("poster")
    assert permissions(Desk(acme.stronghold, acme.tenant, BOB)) == permissions(manager)


def test_nobody_changes_the_role_they_live_under(acme: Desk, manager: Desk) -> None:
    """Neither their own nor one that it inherits; not even to allow less."""
    define(acme, "part", permissions=["account:read"])
    with acme.books() as books:
        books.roles.update("manager", inherits=["part"])
    for name in ("manager", "part"):
        with manager.books() as books:
            with pytest.raises(OwnRoleError, match=f"the role {name}, which they hold"):
                books.roles.update(name, permissions=[])
            with pytest.raises(OwnRoleError):
                books.roles.remove(name)
    with acme.books() as books:
        books.roles.update("part", permissions=[])


def test_what_was_taken_meanwhile_is_not_handed_on(acme: Desk, manager: Desk) -> None:
    """A unit that began before still has its permissions for other verbs, but not to give them away."""
    if not acme.stronghold.database.backend.locks_rows:
        pytest.skip("On SQLite nothing happens while a unit that writes is open.")
    with manager.books() as books:
        with acme.books() as other:
            other.members.change_role("user:max", role="viewer")
        with pytest.raises(PermissionDeniedError):
            books.members.add(BOB, role="viewer")
    with acme.books() as books:
        assert BOB not in {member.principal for member in books.members.list()}


@pytest.mark.parametrize("role", ["accountant", "member", "viewer", "auditor"])
def test_only_owners_and_admins_write_roles(acme: Desk, role: str) -> None:
    """Who sees members sees roles."""
    desk = acme.seat(BOB, role)
    with desk.books() as books:
        with pytest.raises(PermissionDeniedError):
            books.roles.create("new")
        if role in {"accountant", "auditor"}:
            assert books.roles.get("viewer").is_built_in
        else:
            with pytest.raises(PermissionDeniedError):
                books.roles.list()


# --- bounds: keys, tokens, acting for another


def test_scopes_only_take_away(acme: Desk) -> None:
    """A key allows what its holder may and it names, and adds nothing."""
    desk = acme.seat(BOB, "viewer")

    def held(scopes: list[str] | None) -> frozenset[Permission]:
        with desk.stronghold.books(desk.tenant.id, principal=BOB, scopes=scopes) as books:
            return books.context.permissions

    assert held(None) == BUILT_IN_ROLES[Role.VIEWER]
    assert held(["account:*", "transaction:post"]) == {Permission.ACCOUNT_READ}
    assert held(["*:*"]) == BUILT_IN_ROLES[Role.VIEWER]
    assert held([]) == frozenset()
    with pytest.raises(UnknownPermissionError):
        held(["account:delete"])
    with pytest.raises(InvalidInputError, match="scopes"):
        held("account:read")  # type: ignore[arg-type]


def test_scopes_bound_every_form_of_a_unit_and_what_is_handed_on(acme: Desk) -> None:
    """An owner's key that may write members makes nobody an owner."""
    scopes = ["member:*", "account:read"]
    bounded = acme.stronghold.books(acme.tenant.id, principal=ADA, scopes=scopes)
    with bounded as books, pytest.raises(EscalationError):
        books.members.add(BOB, role="viewer")
    with acme.books() as books:
        books.roles.create("looker", permissions=["account:read"])
    added = acme.stronghold.run(
        acme.tenant.id, principal=ADA, scopes=iter(scopes), do=lambda books: books.members.add(BOB, role="looker")
    )
    assert added.role == "looker"
    with pytest.raises(PermissionDeniedError):
        acme.stronghold.read(acme.tenant.id, principal=ADA, scopes=scopes, do=lambda books: books.categories.list())


def test_who_acts_for_another_may_do_what_both_may(acme: Desk) -> None:
    """Support that looks over a member's shoulder sees no more than the member, and does no more than support."""
    define(acme, "support", permissions=["account:*", "transaction:read"])
    acme.seat(BOB, "support")
    acme.seat(VERA, "viewer")

    def held(principal: str, behalf: str) -> frozenset[Permission]:
        origin = Origin(on_behalf_of=PrincipalId(behalf))
        with acme.stronghold.books(acme.tenant.id, principal=principal, origin=origin) as books:
            return books.context.permissions

    assert held(BOB, VERA) == held(VERA, BOB) == {Permission.ACCOUNT_READ, Permission.TRANSACTION_READ}
    with pytest.raises(NotFoundError, match="no member user:gone"):
        held(BOB, "user:gone")
    with pytest.raises(NotFoundError, match="no tenant"):
        held("user:gone", ADA)
    with acme.books() as books:
        refused = [(event.actor, event.on_behalf_of) for event in books.audit.list(action="tenant:enter").items]
    assert refused == [("user:gone", ADA), (BOB, "user:gone")]


# --- why


def test_an_explanation_names_the_role_that_allows_it(acme: Desk) -> None:
    """By the shortest way, with the words that are written there."""
    define(acme, "base", permissions=["account:*"])
    define(acme, "chief", inherits=["base"])
    acme.seat(BOB, "chief")
    with acme.books() as books:
        why = books.roles.explain(BOB, "account:write")
        assert (why.is_allowed, why.role, why.path, why.pattern) == (True, "chief", ("chief", "base"), "account:*")
        assert (
            str(why) == "user:bob may do account:write: they hold chief, which inherits base, which allows account:*."
        )
        assert books.roles.explain(ADA, Permission.OWNER_WRITE).path == ("owner",)


def test_an_explanation_says_what_is_missing(acme: Desk) -> None:
    """And which roles here would do."""
    define(acme, "poster", permissions=["transaction:post"])
    acme.seat(BOB, "viewer")
    with acme.books() as books:
        why = books.roles.explain(BOB, "transaction:post")
        assert (why.is_allowed, why.role, why.path, why.pattern) == (False, "viewer", (), None)
        assert str(why) == (
            "user:bob may not do transaction:post: the role viewer does not allow it; of the roles here, owner, admin, "
            "accountant, member, poster do."
        )
        stranger = books.roles.explain("user:eve", "account:read")
        assert (stranger.is_allowed, stranger.role) == (False, None)
        assert str(stranger) == "user:eve is no member of this tenant, so they may do nothing here."
        for wrong in ("account:*", "account:delete", "", None):
            with pytest.raises(UnknownPermissionError):
                books.roles.explain(BOB, wrong)  # type: ignore[arg-type]


def test_an_explanation_knows_of_capabilities_and_scopes(acme: Desk) -> None:
    """A role that allows it is then not enough."""
    acme.stronghold.tenants.switch_capabilities(acme.tenant.id, {"dashboards": False})
    with acme.stronghold.books(acme.tenant.id, principal=ADA, scopes=["account:read"]) as books:
        assert str(books.roles.explain(ADA, "dashboard:read")) == (
            "Nobody may do dashboard:read here: the tenant has no dashboards, which it needs."
        )
        why = books.roles.explain(ADA, "tenant:write")
        assert not why.is_allowed
        assert "its scopes do not name it" in str(why)
        assert books.roles.explain(ADA, "account:read").is_allowed


def test_an_explanation_knows_on_whose_behalf_somebody_acts(acme: Desk) -> None:
    """Of themselves alone: what somebody else may do does not depend on who asks for whom."""
    acme.seat(BOB, "viewer")
    origin = Origin(on_behalf_of=PrincipalId(BOB))
    with acme.stronghold.books(acme.tenant.id, principal=ADA, origin=origin, scopes=["*:*"]) as books:
        why = books.roles.explain(ADA, "tenant:write")
        assert (why.is_allowed, books.may("tenant:write")) == (False, False)
        assert str(why) == "user:ada may not do tenant:write on behalf of user:bob, who may not do it themselves."
        assert books.roles.explain(ADA, "account:read").is_allowed
    acme.seat(VERA, "auditor")
    with acme.stronghold.books(acme.tenant.id, principal=ADA, origin=Origin(on_behalf_of=PrincipalId(VERA))) as books:
        assert not books.roles.explain(BOB, "audit:read").is_allowed
        assert books.roles.explain(VERA, "audit:read").is_allowed


def test_anybody_may_ask_about_themselves_and_who_sees_members_about_all(acme: Desk) -> None:
    """What others may do tells who they are."""
    desk = acme.seat(BOB, "viewer")
    with desk.books() as books:
        assert books.roles.explain(BOB, "account:read").is_allowed
        with pytest.raises(PermissionDeniedError):
            books.roles.explain(ADA, "account:read")


# --- asking, for what a host does beside the books


def test_a_host_asks_for_a_permission(acme: Desk) -> None:
    """With or without an error; a refusal is recorded."""
    desk = acme.seat(BOB, "viewer")
    with desk.books() as books:
        assert books.may("account:read")
        assert not books.may("account:write")
        books.require(Permission.ACCOUNT_READ)
        with pytest.raises(PermissionDeniedError):
            books.require("account:write")
        for ask in (books.may, books.require):
            with pytest.raises(UnknownPermissionError):
                ask("account:fly")
    with acme.books() as books:
        assert [event.action for event in books.audit.list(actor=BOB).items] == ["account:write"]


# --- capabilities


def test_what_a_tenant_is_without_nobody_in_it_may(acme: Desk, rival: Desk) -> None:
    """Whatever their role; the error says that it is the tenant, not the role; other tenants keep it."""
    changed = acme.stronghold.tenants.switch_capabilities(acme.tenant.id, {"dashboards": False})
    assert changed.capabilities == {"bank_statements", "custom_roles", "audit_log"}
    with acme.books() as books:
        assert not books.may("dashboard:read")
        with pytest.raises(CapabilityOffError, match="This tenant has no dashboards, which this needs"):
            books.dashboard.overview()
        books.members.add(BOB, role="viewer")
    with rival.books() as books:
        assert books.dashboard.overview()
    acme.stronghold.tenants.switch_capabilities(acme.tenant.id, {"dashboards": True})
    with acme.books() as books:
        assert books.dashboard.overview()


def test_each_part_of_the_library_can_be_turned_off(acme: Desk) -> None:
    """Bank files, roles of its own, the log."""
    verbs: dict[str, Callable[[Books], object]] = {
        "bank_statements": lambda books: books.bank_statements.import_rows([], account=acme.tenant.id),
        "custom_roles": lambda books: books.roles.create("new"),
        "audit_log": lambda books: books.audit.list(),
        "dashboards": lambda books: books.dashboard.summary(),
    }
    for name, verb in verbs.items():
        acme.stronghold.tenants.switch_capabilities(acme.tenant.id, {name: False})
        with acme.books() as books, pytest.raises(CapabilityOffError) as caught:
            verb(books)
        assert caught.value.capability == name
        acme.stronghold.tenants.switch_capabilities(acme.tenant.id, {name: True})


def test_a_host_has_capabilities_of_its_own(acme: Desk) -> None:
    """They are off until they are turned on; a refusal is recorded."""
    with acme.books() as books:
        with pytest.raises(CapabilityOffError):
            books.require_capability("app:invoicing")
        books.require_capability("dashboards")
    acme.stronghold.tenants.switch_capabilities(acme.tenant.id, {"app:invoicing": True, "app:sso": False})
    with acme.books() as books:
        books.require_capability("app:invoicing")
        assert books.tenant.get().capabilities >= {"app:invoicing"}
        for wrong in ("invoicing", "app:", "app:No", None, 7):
            with pytest.raises(InvalidInputError):
                books.require_capability(wrong)  # type: ignore[arg-type]
        denied = [event for event in books.audit.list().items if event.outcome == "denied"]
    assert [(event.action, (event.payload or {})["capability"]) for event in denied] == [
        ("app:invoicing", "app:invoicing")
    ]


def test_a_refusal_is_recorded_under_the_longest_name_that_there_can_be(acme: Desk) -> None:
    """Together with whatever else the unit refused."""
    name = "app:" + "x" * 56
    with acme.books() as books:
        for wanted in (name, "app:sso"):
            with pytest.raises(CapabilityOffError):
                books.require_capability(wanted)
    with acme.books() as books:
        assert [event.action for event in books.audit.list().items[:2]] == ["app:sso", name]


@pytest.mark.parametrize(
    "switches",
    [
        {"dashboard": False},
        {"app:": True},
        {"dashboards": 0},
        {"app:x": None},
        {7: True},
        ["dashboards"],
        None,
        {f"app:{number}": True for number in range(201)},
    ],
    ids=range(8),
)
def test_what_is_no_capability_can_not_be_switched(acme: Desk, vault: Vault, switches: Any) -> None:  # noqa: ANN401
    """Nothing changes then."""
    before = vault.rows()
    with pytest.raises(InvalidInputError, match="capabilities"):
        acme.stronghold.tenants.switch_capabilities(acme.tenant.id, switches)
    assert vault.rows() == before


def test_the_log_says_who_switched_what(acme: Desk) -> None:
    """The platform did, not a member."""
    acme.stronghold.tenants.switch_capabilities(acme.tenant.id, {"dashboards": False, "app:sso": True})
    with acme.books() as books:
        event = books.audit.list().items[0]
    assert (event.actor, event.action) == ("system:capabilities", "tenant.switch_capabilities")
    assert event.payload == {
        "before": {"dashboards": True, "app:sso": False},
        "after": {"dashboards": False, "app:sso": True},
    }


def test_only_a_tenant_has_capabilities(stronghold: Stronghold, acme: Desk) -> None:
    """What is missing has none to switch."""
    with pytest.raises(NotFoundError):
        stronghold.tenants.switch_capabilities("019a9d3c-0000-7000-8000-000000000001", {"dashboards": False})


# --- what a process remembers


def test_what_a_role_allows_is_read_once_until_something_changes(acme: Desk) -> None:
    """A unit of whoever holds a role of the tenant's own costs no statement more than another's."""
    define(acme, "clerk", permissions=["account:read"])
    clerk, viewer = acme.seat(BOB, "clerk"), acme.seat(VERA, "viewer")

    def statements(desk: Desk) -> int:
        with counted_statements(desk.stronghold.database) as counted:
            permissions(desk)
        return len(counted)

    assert statements(clerk) == statements(viewer) + 1
    assert statements(clerk) == statements(viewer)
    with acme.books() as books:
        books.roles.update("clerk", permissions=["category:read"])
    assert statements(clerk) == statements(viewer) + 1
    assert permissions(clerk) == {Permission.CATEGORY_READ}


def test_what_was_read_of_a_change_that_is_rolled_back_is_not_remembered(acme: Desk) -> None:
    """A host's transaction changes a role, opens the books as its holder, and fails; the same again, committed."""
    define(acme, "clerk", permissions=["account:read"])
    acme.seat(BOB, "clerk")
    stronghold, tenant = acme.stronghold, acme.tenant.id

    def change(pattern: str, connection: Connection) -> frozenset[Permission]:
        with stronghold.books(tenant, principal=ADA, connection=connection) as books:
            books.roles.update("clerk", permissions=[pattern])
        with stronghold.books(tenant, principal=BOB, connection=connection) as books:
            return books.context.permissions

    with stronghold.database.engine.connect() as connection:
        with connection.begin() as transaction:
            assert change("account:*", connection) == {Permission.ACCOUNT_READ, Permission.ACCOUNT_WRITE}
            transaction.rollback()
        with connection.begin():
            assert change("category:read", connection) == {Permission.CATEGORY_READ}
    assert permissions(Desk(stronghold, acme.tenant, BOB)) == {Permission.CATEGORY_READ}

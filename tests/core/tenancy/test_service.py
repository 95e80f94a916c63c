"""Tenants and their members: created, found, changed; and nobody gives or takes what they do not hold."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError
from sqlalchemy import select, update

from stronghold_core import Books, Permission, Role, Stronghold, get_currency
from stronghold_core.errors import (
    AlreadyMemberError,
    DuplicateTenantError,
    FutureDateError,
    InvalidInputError,
    LastOwnerError,
    NotFoundError,
    PermissionDeniedError,
    StrongholdError,
    UnknownCurrencyError,
    WithdrawnCurrencyError,
)
from stronghold_core.ids import new_id
from stronghold_core.rbac import BUILT_IN_ROLES
from stronghold_core.tenancy import TenantKind
from stronghold_core.tenancy.models import Membership, Tenant, TenantDirectory
from tests.support.stronghold import ADA, EVE, NOW, Desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from stronghold_core import ManualClock
    from stronghold_core.tenancy import TenantRecord
    from tests.support.rows import Vault

BOB, VERA = "user:bob", "user:vera"


def create(stronghold: Stronghold, **values: Any) -> TenantRecord:  # noqa: ANN401 - whatever create() takes
    """Create a tenant, right unless *values* say otherwise."""
    right = {"kind": "organization", "name": "Acme", "base_currency": "USD", "owner": ADA}
    return stronghold.tenants.create(**{**right, **values})


def payloads(desk: Desk, action: str) -> list[dict[str, Any]]:
    """Read what the log says of one kind of action, in its order."""
    with desk.books() as books:
        return [event.payload or {} for event in reversed(books.audit.list(action=action).items)]


# --- creating


def test_a_tenant_has_what_it_was_created_with(stronghold: Stronghold) -> None:
    """And a first version of its settings."""
    tenant = create(stronghold, kind="user", name=" Ada ", base_currency="EUR", time_zone="Europe/Berlin", days_ahead=7)
    assert (tenant.kind, tenant.name, tenant.base_currency) == (TenantKind.USER, "Ada", "EUR")
    assert (tenant.time_zone, tenant.zone, tenant.days_ahead) == ("Europe/Berlin", ZoneInfo("Europe/Berlin"), 7)
    assert (tenant.external_reference, tenant.settings_version, tenant.created_at) == (None, 1, NOW)
    with stronghold.books(tenant.id, principal=ADA) as books:
        assert books.tenant.get() == tenant


def test_what_is_left_out_has_a_sensible_value(stronghold: Stronghold) -> None:
    """UTC, and no day ahead."""
    tenant = create(stronghold)
    assert (tenant.time_zone, tenant.days_ahead, tenant.external_reference) == ("UTC", 0, None)


def test_enums_and_currencies_may_be_given_as_themselves(stronghold: Stronghold) -> None:
    """Not only by their words."""
    tenant = create(stronghold, kind=TenantKind.USER, base_currency=get_currency("JPY"))
    assert (tenant.kind, tenant.base_currency) == (TenantKind.USER, "JPY")


def test_a_record_cannot_be_changed(acme: Desk) -> None:
    """It is what was read."""
    with pytest.raises(ValidationError, match="frozen"):
        acme.tenant.name = "Other"  # type: ignore[misc]


def test_a_tenant_begins_with_its_owner_and_one_event(stronghold: Stronghold) -> None:
    """The owner created it, so the log says."""
    desk = Desk(stronghold, create(stronghold), ADA)
    with desk.books() as books:
        assert [(member.principal, member.role, member.since) for member in books.members.list()] == [
            (ADA, "owner", NOW)
        ]
        (event,) = books.audit.list().items
    assert (event.actor, event.action, event.object_type, event.object_id) == (
        ADA,
        "tenant.create",
        "tenant",
        desk.tenant.id,
    )
    assert event.payload == {"kind": "organization", "name": "Acme", "base_currency": "USD", "owner": ADA}


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"kind": "company"}, InvalidInputError),
        ({"name": "  "}, InvalidInputError),
        ({"name": "x" * 201}, InvalidInputError),
        ({"name": "a\x00b"}, InvalidInputError),
        ({"name": None}, InvalidInputError),
        ({"base_currency": "usd"}, UnknownCurrencyError),
        ({"base_currency": "DEM"}, WithdrawnCurrencyError),
        ({"base_currency": None}, InvalidInputError),
        ({"owner": "ada"}, InvalidInputError),
        ({"time_zone": "Berlin"}, InvalidInputError),
        ({"days_ahead": 367}, InvalidInputError),
        ({"external_reference": "x" * 201}, InvalidInputError),
        ({"external_reference": 42}, InvalidInputError),
    ],
    ids=range(13),
)
def test_bad_input_creates_nothing(
    stronghold: Stronghold, vault: Vault, values: dict[str, object], error: type[StrongholdError]
) -> None:
    """Each with its own error, and no trace in any table."""
    before = vault.rows()
    with pytest.raises(error):
        create(stronghold, **values)
    assert vault.rows() == before


def test_two_tenants_may_have_the_same_name_and_owner(stronghold: Stronghold) -> None:
    """Only ids and references tell them apart."""
    assert create(stronghold).id != create(stronghold).id


# --- the host's own key


def test_a_host_finds_its_tenant_by_its_own_key(stronghold: Stronghold) -> None:
    """Trimmed as it was stored; what nobody has finds nobody."""
    key = f"customer-{new_id()}"
    tenant = create(stronghold, external_reference=f" {key} ")
    assert tenant.external_reference == key
    assert stronghold.tenants.find(external_reference=key) == tenant
    assert stronghold.tenants.find(external_reference=f"{key} ") == tenant
    assert stronghold.tenants.find(external_reference=f"{key}-x") is None


def test_a_key_leads_to_one_tenant_only(stronghold: Stronghold, vault: Vault) -> None:
    """A second one is refused, whoever creates it, and leaves nothing."""
    key = f"customer-{new_id()}"
    first = create(stronghold, external_reference=key)
    before = vault.rows()
    with pytest.raises(DuplicateTenantError, match="use that one, or choose another reference") as caught:
        create(stronghold, name="Other", owner=EVE, external_reference=key)
    assert caught.value.external_reference == key
    assert vault.rows() == before
    assert stronghold.tenants.find(external_reference=key) == first


@pytest.mark.parametrize("nothing", [None, "", "   "])
def test_tenants_without_a_key_do_not_collide(stronghold: Stronghold, nothing: str | None) -> None:
    """Nothing is not a key."""
    assert create(stronghold, external_reference=nothing).external_reference is None
    assert create(stronghold, external_reference=nothing).external_reference is None


@pytest.mark.parametrize("wrong", ["", "  ", None, 42, "x" * 201])
def test_a_key_to_look_for_is_a_key(stronghold: Stronghold, wrong: object) -> None:
    """Looking for nothing must not find one that has none."""
    with pytest.raises(InvalidInputError) as caught:
        stronghold.tenants.find(external_reference=wrong)  # type: ignore[arg-type]
    assert caught.value.field == "external_reference"


# --- lists of tenants


def test_a_principals_tenants_are_listed_with_their_roles(stronghold: Stronghold, acme: Desk, rival: Desk) -> None:
    """By name; those of others are not among them."""
    carol = f"user:{new_id()}"
    assert stronghold.tenants.list_of(carol) == []
    for desk, role in ((rival, "viewer"), (acme, "admin")):
        desk.seat(carol, role)
    found = stronghold.tenants.list_of(carol)
    assert [(one.tenant.id, one.tenant.name, one.role) for one in found] == [
        (acme.tenant.id, "Acme Ltd", "admin"),
        (rival.tenant.id, "Rival Inc", "viewer"),
    ]
    with acme.books() as books:
        books.members.remove(carol)
    assert [one.tenant.id for one in stronghold.tenants.list_of(carol)] == [rival.tenant.id]


def test_whoever_is_no_principal_has_no_list(stronghold: Stronghold) -> None:
    """A name is checked before it is looked for."""
    with pytest.raises(InvalidInputError):
        stronghold.tenants.list_of("ada")


def test_the_platform_goes_through_all_tenants(stronghold: Stronghold, acme: Desk, rival: Desk) -> None:
    """Each once, in the order in which they were created."""
    ids = list(stronghold.tenants.ids())
    assert ids == sorted(set(ids))
    assert [one for one in ids if one in {acme.tenant.id, rival.tenant.id}] == [acme.tenant.id, rival.tenant.id]


def test_units_may_be_opened_while_going_through_all_tenants(stronghold: Stronghold, acme: Desk) -> None:
    """The list is read before, so that it holds no connection and no lock."""
    for tenant_id in stronghold.tenants.ids():
        if tenant_id == acme.tenant.id:
            with acme.books() as books:
                books.tenant.update(name="Seen")


def test_a_directory_shows_a_unit_its_own_tenant_only(acme: Desk, rival: Desk) -> None:
    """What is read before a tenant is known is no way around it afterwards, on neither database."""
    with acme.books() as books:
        session = books._unit.session
        assert [row.tenant_id for row in session.scalars(select(TenantDirectory))] == [acme.tenant.id]
        assert {row.tenant_id for row in session.scalars(select(Membership))} == {acme.tenant.id}


# --- settings


def test_settings_that_are_given_change_and_the_others_stay(acme: Desk) -> None:
    """One version on, and the log says what was and what is."""
    with acme.books() as books:
        changed = books.tenant.update(name="Acme Inc", days_ahead=30)
        assert changed == books.tenant.get()
    before = acme.tenant
    assert changed == before.model_copy(update={"name": "Acme Inc", "days_ahead": 30, "settings_version": 2})
    (payload,) = payloads(acme, "tenant.update")
    assert payload == {
        "before": {"name": "Acme Ltd", "days_ahead": 0},
        "after": {"name": "Acme Inc", "days_ahead": 30},
    }


def test_a_changed_time_zone_decides_about_today_at_once(acme: Desk) -> None:
    """In Kiritimati the next day has begun at noon UTC."""
    with acme.books() as books:
        bank = books.accounts.open(name="Bank", type="asset")
        books.tenant.update(time_zone="Pacific/Kiritimati")
        at_once = books.transactions.record(account=bank.id, amount="1.00")
    with acme.books() as books:
        later = books.transactions.record(account=bank.id, amount="1.00")
    assert at_once.effective_date == later.effective_date == (NOW + timedelta(days=1)).date()


def test_days_ahead_hold_at_once(acme: Desk) -> None:
    """Whoever may date ahead from now on does so in the same unit; whoever may not is refused there."""
    ahead = (NOW + timedelta(days=3)).date()
    with acme.books() as books:
        bank = books.accounts.open(name="Bank", type="asset")
        with pytest.raises(FutureDateError):
            books.transactions.record(account=bank.id, amount="1.00", on=ahead)
        books.tenant.update(days_ahead=3)
        assert books.transactions.record(account=bank.id, amount="1.00", on=ahead).effective_date == ahead
        books.tenant.update(days_ahead=2)
        with pytest.raises(FutureDateError):
            books.transactions.record(account=bank.id, amount="1.00", on=ahead)


def test_settings_that_were_undone_never_held(acme: Desk) -> None:
    """A savepoint takes them back, and what the unit knows of them."""
    ahead = (NOW + timedelta(days=3)).date()

    def change_and_fail(books: Books) -> None:
        with books._unit.savepoint():
            books.tenant.update(days_ahead=3)
            raise LookupError

    with acme.books() as books:
        bank = books.accounts.open(name="Bank", type="asset")
        with pytest.raises(LookupError):
            change_and_fail(books)
        with pytest.raises(FutureDateError):
            books.transactions.record(account=bank.id, amount="1.00", on=ahead)


def test_settings_hold_whatever_their_version_says(acme: Desk) -> None:
    """A database that was restored under a running program may have others under the same version."""
    with acme.books() as books:
        bank = books.accounts.open(name="Bank", type="asset")
    with acme.books() as books:
        books._unit.connection.execute(
            update(Tenant).where(Tenant.tenant_id == acme.tenant.id).values(time_zone="Pacific/Kiritimati")
        )
    with acme.books() as books:
        recorded = books.transactions.record(account=bank.id, amount="1.00")
    assert recorded.effective_date == (NOW + timedelta(days=1)).date()


@pytest.mark.parametrize(
    "bad", [{"name": " "}, {"time_zone": "Berlin"}, {"days_ahead": -1}, {"name": "Good", "days_ahead": 1_000}], ids=str
)
def test_bad_settings_change_nothing(acme: Desk, vault: Vault, bad: dict[str, Any]) -> None:
    """Also those beside them that are good."""
    before = vault.rows()
    with acme.books() as books, pytest.raises(InvalidInputError):
        books.tenant.update(**bad)
    assert vault.rows() == before


@pytest.mark.parametrize("role", ["accountant", "member", "viewer", "auditor"])
def test_who_may_not_change_settings_is_denied(acme: Desk, role: str) -> None:
    """But sees them."""
    desk = acme.seat(BOB, role)
    with desk.books() as books:
        assert books.tenant.get() == acme.tenant
        with pytest.raises(PermissionDeniedError):
            books.tenant.update(name="Mine")
    with acme.books() as books:
        assert books.tenant.get() == acme.tenant


def test_another_tenants_settings_are_not_touched(acme: Desk, rival: Desk) -> None:
    """The statement names no tenant; the walls add it."""
    with acme.books() as books:
        books.tenant.update(name="Everybody")
    with rival.books() as books:
        assert books.tenant.get() == rival.tenant


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
    before = vault.rows()
    with acme.books() as books, pytest.raises(AlreadyMemberError, match="with the role viewer") as caught:
        books.members.add(BOB, role="admin")
    assert (caught.value.principal, caught.value.role) == (BOB, "viewer")
    assert vault.rows() == before


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
    before = vault.rows()
    with acme.books() as books, pytest.raises(InvalidInputError):
        verb(books)
    assert vault.rows() == before


# --- the last owner


@pytest.mark.parametrize(
    "verb",
    [lambda books: books.members.change_role(ADA, role="admin"), lambda books: books.members.remove(ADA)],
    ids=["change", "remove"],
)
def test_the_last_owner_stays(acme: Desk, vault: Vault, verb: Callable[[Books], object]) -> None:
    """Whatever other members there are; with a second owner either of them may go."""
    acme.seat(BOB, "admin")
    before = vault.rows()
    with acme.books() as books, pytest.raises(LastOwnerError) as caught:
        verb(books)
    assert caught.value.principal == ADA
    assert vault.rows() == before
    with acme.books() as books:
        books.members.change_role(BOB, role="owner")
        verb(books)
    assert BOB in {member.principal for member in members(Desk(acme.stronghold, acme.tenant, BOB))}


def test_the_last_owner_may_be_told_to_be_an_owner(acme: Desk) -> None:
    """That takes nothing away."""
    with acme.books() as books:
        assert books.members.change_role(ADA, role="owner").role == "owner"


# --- no escalation


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
        with admin.books() as books, pytest.raises(PermissionDeniedError) as caught:
            verb(books)
        assert caught.value.permission == Permission.OWNER_WRITE
    assert vault.rows(without={"stronghold_audit_event"}) == before
    with acme.books() as books:
        denied = [event for event in books.audit.list(actor=BOB).items if event.outcome == "denied"]
    assert [event.action for event in denied] == ["owner:write"] * len(verbs)


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
    assert seen == [(1, 1), (2, 1), (3, 1), (4, 1)]

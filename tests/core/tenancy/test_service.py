"""Tenants and their members: created, found, changed; and nobody gives or takes what they do not hold."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError
from sqlalchemy import select, update

from stronghold_core import Books, Stronghold, get_currency
from stronghold_core.errors import (
    DuplicateTenantError,
    FutureDateError,
    InvalidInputError,
    PermissionDeniedError,
    StrongholdError,
    UnknownCurrencyError,
    WithdrawnCurrencyError,
)
from stronghold_core.ids import new_id
from stronghold_core.tenancy import TenantKind
from stronghold_core.tenancy.models import Membership, Tenant, TenantDirectory
from tests.support.stronghold import ADA, EVE, NOW, Desk

if TYPE_CHECKING:
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

"""The platform's verbs on tenants, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from stronghold_core.errors import (
    DuplicateTenantError,
    InvalidCursorError,
    InvalidInputError,
    NotFoundError,
    UnknownCurrencyError,
    WithdrawnCurrencyError,
)
from tests.support.stronghold import ADA, EVE, NOW

if TYPE_CHECKING:
    from stronghold_core import Stronghold, StrongholdError
    from tests.support.rows import Vault

FIELDS: dict[str, Any] = {"kind": "organization", "name": "Acme", "base_currency": "EUR", "owner": ADA}
BAD_FIELDS: list[tuple[dict[str, Any], type[StrongholdError]]] = [
    ({"kind": "company"}, InvalidInputError),
    ({"name": " "}, InvalidInputError),
    ({"name": "x" * 201}, InvalidInputError),
    ({"name": "a\x00b"}, InvalidInputError),
    ({"base_currency": "QQQ"}, UnknownCurrencyError),
    ({"base_currency": "BGN"}, WithdrawnCurrencyError),
    ({"owner": "ada"}, InvalidInputError),
    ({"owner": "user:a b"}, InvalidInputError),
    ({"time_zone": "Mars/Olympus"}, InvalidInputError),
    ({"time_zone": "../../etc/passwd"}, InvalidInputError),
    ({"external_reference": "x" * 201}, InvalidInputError),
    ({"external_reference": "a\x00b"}, InvalidInputError),
    ({"days_ahead": -1}, InvalidInputError),
    ({"days_ahead": 367}, InvalidInputError),
    ({"days_ahead": 1.5}, InvalidInputError),
]


def test_a_tenant_is_created_with_its_settings_and_its_owner(stronghold: Stronghold) -> None:
    """What is not said has a sensible default; the owner may open the books at once, and the event is in the log."""
    tenant = stronghold.tenants.create(**FIELDS)
    assert (tenant.kind, tenant.name, tenant.base_currency, tenant.time_zone) == ("organization", "Acme", "EUR", "UTC")
    assert (tenant.days_ahead, tenant.external_reference, tenant.created_at) == (0, None, NOW)
    with stronghold.books(tenant.id, principal=ADA) as books:
        assert books.tenant.get() == tenant
        assert [(one.principal, one.role) for one in books.members.list()] == [(ADA, "owner")]
        (event,) = books.audit.list().items
    assert (event.action, event.actor, event.object_id) == ("tenant.create", ADA, tenant.id)


def test_every_setting_may_be_given(stronghold: Stronghold) -> None:
    """A person's books, with a zone, days ahead and the host's own key."""
    tenant = stronghold.tenants.create(
        **FIELDS | {"kind": "user"}, time_zone="Asia/Tokyo", days_ahead=7, external_reference=" customer 1 "
    )
    assert (tenant.kind, tenant.time_zone, tenant.days_ahead, tenant.external_reference) == (
        "user",
        "Asia/Tokyo",
        7,
        "customer 1",
    )


def test_a_bad_setting_creates_nothing(stronghold: Stronghold, vault: Vault, subtests: pytest.Subtests) -> None:
    """Each is refused with an error of its own."""
    before = vault.rows()
    for fields, error in BAD_FIELDS:
        with subtests.test(fields=fields), pytest.raises(error):
            stronghold.tenants.create(**FIELDS | fields)
    assert vault.rows() == before


def test_the_hosts_key_is_taken_once_among_all_tenants(stronghold: Stronghold, vault: Vault) -> None:
    """In whatever notation; without one there may be any number of tenants of one name."""
    stronghold.tenants.create(**FIELDS, external_reference="Café")
    before = vault.rows()
    with pytest.raises(DuplicateTenantError) as caught:
        stronghold.tenants.create(**FIELDS, external_reference=" Cafe\u0301")
    assert caught.value.external_reference == "Café"
    assert vault.rows() == before
    assert stronghold.tenants.create(**FIELDS).id != stronghold.tenants.create(**FIELDS).id


def test_a_tenant_is_read_by_its_id(stronghold: Stronghold) -> None:
    """By the platform, which is no member; its settings are those that hold now."""
    tenant = stronghold.tenants.create(**FIELDS)
    stronghold.tenants.create(**FIELDS)
    assert stronghold.tenants.get(tenant.id) == stronghold.tenants.get(str(tenant.id)) == tenant
    with stronghold.books(tenant.id, principal=ADA) as books:
        changed = books.tenant.update(name="Acme & Daughters")
    assert stronghold.tenants.get(tenant.id) == changed


def test_a_tenant_that_is_missing_cannot_be_read(stronghold: Stronghold) -> None:
    """A UUID of nobody is not found; what is no UUID is refused as such."""
    stronghold.tenants.create(**FIELDS)
    missing = uuid4()
    with pytest.raises(NotFoundError) as caught:
        stronghold.tenants.get(missing)
    assert (caught.value.kind, caught.value.key) == ("tenant", missing)
    with pytest.raises(InvalidInputError) as refused:
        stronghold.tenants.get("Acme")
    assert refused.value.field == "tenant_id"


def test_a_tenant_is_found_by_the_hosts_key_only(stronghold: Stronghold) -> None:
    """None if there is none; nonsense is refused before a database sees it."""
    tenant = stronghold.tenants.create(**FIELDS, external_reference="Café")
    stronghold.tenants.create(**FIELDS)
    assert stronghold.tenants.find(external_reference=" Cafe\u0301 ") == tenant
    assert stronghold.tenants.find(external_reference="café") is None
    for nonsense in ("", "a\x00b", "\ud800"):
        with pytest.raises(InvalidInputError):
            stronghold.tenants.find(external_reference=nonsense)


def test_a_principals_tenants_are_listed_by_name_with_the_role_there(stronghold: Stronghold) -> None:
    """Only those they belong to now; a stranger belongs to none."""
    made = {name: stronghold.tenants.create(**FIELDS | {"name": name}) for name in ("B", "C", "A")}
    stronghold.tenants.create(**FIELDS | {"owner": EVE})
    bob = "user:bob"
    for name, role in (("B", "viewer"), ("A", "admin"), ("C", "member")):
        with stronghold.books(made[name].id, principal=ADA) as books:
            books.members.add(bob, role=role)
    with stronghold.books(made["C"].id, principal=ADA) as books:
        books.members.remove(bob)
    assert [(one.tenant.name, one.role) for one in stronghold.tenants.list_of(bob)] == [("A", "admin"), ("B", "viewer")]
    assert stronghold.tenants.list_of("user:nobody") == []
    with pytest.raises(InvalidInputError):
        stronghold.tenants.list_of("bob")


def test_the_platform_goes_through_all_tenants(stronghold: Stronghold) -> None:
    """By id, which is the order of their making; for chores such as verifying each."""
    made = [stronghold.tenants.create(**FIELDS | {"name": name}).id for name in "BAC"]
    assert list(stronghold.tenants.ids()) == made
    assert all(stronghold.verify(tenant).is_sound for tenant in stronghold.tenants.ids())


def test_the_platform_lists_all_tenants_page_by_page(stronghold: Stronghold) -> None:
    """By id, which is the order of their making, each with its settings; a cursor of something else is refused."""
    owners = {"B": ADA, "A": ADA, "C": ADA, "D": EVE}
    made = [stronghold.tenants.create(**FIELDS | {"name": name, "owner": owner}) for name, owner in owners.items()]
    assert list(stronghold.tenants.list()) == made
    first = stronghold.tenants.list(limit=3)
    assert list(first) == made[:3]
    second = stronghold.tenants.list(limit=3, after=first.next_cursor)
    assert (list(second), second.next_cursor) == (made[3:], None)
    assert stronghold.tenants.list(limit=4).next_cursor is None
    for limit in (0, 501):
        with pytest.raises(InvalidInputError):
            stronghold.tenants.list(limit=limit)
    with pytest.raises(InvalidCursorError):
        stronghold.tenants.list(after="nonsense")


def test_to_another_tenants_owner_a_tenant_is_missing(stronghold: Stronghold) -> None:
    """Exactly like one that is not there."""
    acme = stronghold.tenants.create(**FIELDS)
    stronghold.tenants.create(**FIELDS | {"owner": EVE})
    with pytest.raises(NotFoundError) as caught, stronghold.books(acme.id, principal=EVE):
        pass
    assert (caught.value.kind, caught.value.key) == ("tenant", acme.id)

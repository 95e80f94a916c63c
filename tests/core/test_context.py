"""A context says who acts and what they may do, and never changes."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from stronghold_core import Capability, Context, Origin, Permission
from stronghold_core.capabilities import NEEDED_FOR
from stronghold_core.errors import CapabilityOffError, InvalidInputError, PermissionDeniedError
from stronghold_core.ids import PrincipalId, TenantId, new_id

ADA = PrincipalId("user:ada")
READER = Context(
    tenant_id=TenantId(new_id()),
    principal=ADA,
    permissions=frozenset({Permission.ACCOUNT_READ}),
    origin=Origin(),
)


def test_a_held_permission_passes() -> None:
    """Nothing happens, and nothing is returned that could be mistaken for a no."""
    READER.require(Permission.ACCOUNT_READ)


@pytest.mark.parametrize("permission", [one for one in Permission if one is not Permission.ACCOUNT_READ])
def test_every_other_permission_is_denied(permission: Permission) -> None:
    """The error names who asked and what was missing."""
    with pytest.raises(PermissionDeniedError) as caught:
        READER.require(permission)
    assert (caught.value.principal, caught.value.permission) == ("user:ada", permission)


def test_nobody_can_do_anything_without_permissions() -> None:
    """The default of a set is empty, and so is what it allows."""
    nobody = replace(READER, permissions=frozenset())
    for permission in Permission:
        with pytest.raises(PermissionDeniedError):
            nobody.require(permission)


@pytest.mark.parametrize("permission", list(NEEDED_FOR))
def test_what_nobody_may_for_want_of_a_capability_is_said_so(permission: Permission) -> None:
    """Else people would ask an owner, who can't help; with the capability it is their role that is wanting."""
    with pytest.raises(CapabilityOffError) as caught:
        replace(READER, capabilities=frozenset()).require(permission)
    assert (caught.value.permission, caught.value.capability) == (permission, NEEDED_FOR[permission])
    with pytest.raises(PermissionDeniedError) as denied:
        READER.require(permission)
    assert type(denied.value) is PermissionDeniedError


def test_a_tenant_has_the_librarys_capabilities_unless_it_is_said_otherwise() -> None:
    """And none of a host's."""
    for name in Capability:
        READER.require_capability(name)
    with pytest.raises(CapabilityOffError):
        READER.require_capability("app:invoicing")


@pytest.mark.parametrize("name", [*Capability, "app:invoicing"])
def test_a_capability_is_there_or_refused(name: str) -> None:
    """By its name, whatever the principal may do; the error names it."""
    replace(READER, capabilities=frozenset({name}), permissions=frozenset()).require_capability(name)
    every = frozenset({*Capability, "app:invoicing"})
    with pytest.raises(CapabilityOffError) as caught:
        replace(READER, capabilities=every - {name}, permissions=frozenset(Permission)).require_capability(name)
    assert (caught.value.principal, caught.value.capability) == ("user:ada", name)


@pytest.mark.parametrize("name", ["invoicing", "app:", "app:No", "app:" + "x" * 57, "", None, 7, []], ids=repr)
def test_what_can_be_no_capability_is_a_mistake_and_no_refusal(name: object) -> None:
    """A misspelt one would else be off for ever."""
    with pytest.raises(InvalidInputError, match="there are bank_statements, dashboards, custom_roles, audit_log"):
        READER.require_capability(name)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["tenant_id", "principal", "permissions", "origin", "capabilities", "scopes"])
def test_a_context_cannot_be_changed(name: str) -> None:
    """A unit of work serves one tenant and one principal for life."""
    with pytest.raises(FrozenInstanceError):
        setattr(READER, name, None)


def test_an_origin_is_empty_unless_something_is_known() -> None:
    """A script has no request, no address and no browser."""
    origin = Origin()
    assert (origin.request_id, origin.ip, origin.user_agent, origin.on_behalf_of, origin.cause) == (None,) * 5
    with pytest.raises(FrozenInstanceError):
        origin.ip = "203.0.113.7"  # type: ignore[misc]


def test_an_origin_keeps_what_it_is_given() -> None:
    """Trimmed, and up to the length of the columns."""
    origin = Origin(request_id=" r-1 ", ip="2001:db8::1", user_agent="x" * 1_000, cause="c" * 200, on_behalf_of=ADA)
    assert (origin.request_id, origin.ip) == ("r-1", "2001:db8::1")
    assert (len(origin.user_agent or ""), len(origin.cause or ""), origin.on_behalf_of) == (1_000, 200, ADA)


@pytest.mark.parametrize("field", ["request_id", "ip", "user_agent", "cause"])
@pytest.mark.parametrize("value", ["x" * 1_001, "a\x00b", "a\ud800b"], ids=["too long", "NUL", "half a pair"])
def test_an_origin_that_can_not_be_stored_is_refused_at_once(field: str, value: str) -> None:
    """Headers are whatever somebody sends; they must not be what makes a posting fail in the end."""
    with pytest.raises(InvalidInputError) as caught:
        Origin(**{field: value})  # type: ignore[arg-type]
    assert caught.value.field == field


def test_nobody_acts_on_behalf_of_what_is_no_principal() -> None:
    """The name is checked like that of whoever acts."""
    with pytest.raises(InvalidInputError, match="is not a principal"):
        Origin(on_behalf_of=PrincipalId("ada"))

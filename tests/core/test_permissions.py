"""The catalogue of permissions is closed, and its values are what is stored."""

from __future__ import annotations

import re

import pytest

from stronghold_core import Permission

# Stored in hosts' own tables and named in their code: a value may be added, never changed or removed.
PUBLISHED = {
    "account:read",
    "account:write",
    "audit:read",
    "books:verify",
    "category:read",
    "category:write",
    "dashboard:read",
    "member:read",
    "member:write",
    "owner:write",
    "statement:import",
    "tenant:read",
    "tenant:write",
    "transaction:annotate",
    "transaction:post",
    "transaction:read",
    "transaction:recategorise",
    "transaction:reverse",
}


def test_the_catalogue_keeps_what_it_published() -> None:
    """Removing or renaming a permission would silently take it from those who hold it."""
    assert {permission.value for permission in Permission} == PUBLISHED


@pytest.mark.parametrize("permission", list(Permission))
def test_a_permission_is_a_resource_and_an_action(permission: Permission) -> None:
    """Both in lower case, and the name in code says the same as the value."""
    assert re.fullmatch(r"[a-z]+:[a-z]+", permission)
    assert permission.name == permission.value.replace(":", "_").upper()


def test_a_permission_is_read_from_its_value() -> None:
    """What was stored comes back as the same member, and prints as it is stored."""
    assert Permission("transaction:post") is Permission.TRANSACTION_POST
    assert f"{Permission.TRANSACTION_POST}" == "transaction:post"


@pytest.mark.parametrize("unknown", ["transaction:delete", "transaction:*", "*", "", "TRANSACTION_POST"])
def test_a_permission_that_does_not_exist_cannot_be_asked_for(unknown: str) -> None:
    """A misspelling fails at once, never as a silent no, or worse, yes."""
    with pytest.raises(ValueError, match="is not a valid Permission"):
        Permission(unknown)

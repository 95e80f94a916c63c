"""`stronghold member …` and the lists of tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.stronghold import ADA

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.shell import Outcome, Shell
    from tests.support.stronghold import Desk


@pytest.fixture
def run(acme: Desk, shell: Shell) -> Callable[..., Outcome]:
    """Run a command of the group as Ada at Acme."""
    return lambda *words: shell("member", *words, "--tenant", "acme", "--as", ADA)


def test_members_come_change_and_go(run: Callable[..., Outcome]) -> None:
    """Each step is told in one line, and shows in the list."""
    assert run("add", "user:bob", "--role", "viewer").out == "user:bob is viewer now.\n"
    assert run("change", "user:bob", "--role", "admin").out == "user:bob is admin now.\n"
    assert [line.split()[:2] for line in run("list").out.splitlines()[1:]] == [[ADA, "owner"], ["user:bob", "admin"]]
    assert run("remove", "user:bob").out == "user:bob is no member any more.\n"
    assert [one["principal"] for one in run("list", "--json").document["items"]] == [ADA]


def test_what_members_may_not_is_refused(run: Callable[..., Outcome], shell: Shell) -> None:
    """The last owner stays; nobody gives what they do not hold; a stranger finds no tenant."""
    assert run("remove", ADA).code == 3
    assert run("add", "bob", "--role", "viewer").code == 3
    assert run("add", "user:bob", "--role", "emperor").code == 3
    assert run("remove", "user:bob", "--json").document["error"]["code"] == "not_found"
    assert "There is no tenant" in shell("member", "list", "--tenant", "acme", "--as", "user:eve").err


def test_tenants_are_listed_for_the_platform_and_for_a_member(acme: Desk, shell: Shell) -> None:
    """All of them, or those of one member with the role there."""
    other = acme.stronghold.tenants.create(kind="user", name="Bob", base_currency="EUR", owner="user:bob")
    acme.seat("user:bob", "viewer")
    listed = shell("tenant", "list", "--json").document["items"]
    assert [one["name"] for one in listed] == ["Acme Ltd", "Bob"]
    shown = shell("tenant", "list").out
    assert f"{other.id}" in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert shell("tenant", "list", "--limit", "1").err.startswith("There is more: --after ")
    seats = shell("tenant", "list", "--member", "user:bob", "--json").document["items"]
    assert [(seat["tenant"]["name"], seat["role"]) for seat in seats] == [("Acme Ltd", "viewer"), ("Bob", "owner")]
    assert "viewer" in shell("tenant", "list", "--member", "user:bob").out


def test_a_tenant_is_shown_and_changed(acme: Desk, shell: Shell) -> None:
    """What is not named stays."""
    words = ("--tenant", "acme", "--as", ADA)
    changed = shell("tenant", "change", *words, "--name", "Acme GmbH", "--days-ahead", "3", "--json").document
    assert (changed["name"], changed["days_ahead"], changed["time_zone"]) == ("Acme GmbH", 3, "UTC")
    shown = shell("tenant", "show", "acme").out
    assert "Acme GmbH" in shown
    assert f"{acme.tenant.id}" in shown
    assert shell("tenant", "show", "nobody").code == 3

"""`stronghold tenant add`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.stronghold import ADA

if TYPE_CHECKING:
    from tests.support.shell import Shell
    from tests.support.stronghold import Desk

LEAST = {"--base-currency": "USD", "--owner": ADA}


def words(options: dict[str, str]) -> list[str]:
    """Type *options*."""
    return [word for option in options.items() for word in option]


def test_a_tenant_is_created_with_what_was_said_of_it(shell: Shell) -> None:
    """And its owner may look at its books at once."""
    told = {"--kind": "user", "--time-zone": "Europe/Berlin", "--external-reference": "ada-1"}
    created = shell("tenant", "add", "Ada", *words(LEAST | told), "--json").document
    assert (created["name"], created["kind"], created["base_currency"]) == ("Ada", "user", "USD")
    assert (created["time_zone"], created["external_reference"]) == ("Europe/Berlin", "ada-1")
    assert shell("dashboard", "--tenant", "ada-1", "--principal", ADA).code == 0


def test_a_tenant_is_an_organization_in_utc_unless_something_else_is_said(shell: Shell) -> None:
    """Its id is shown, because without an external reference commands take that."""
    created = shell("tenant", "add", "Acme", *words(LEAST), "--json").document
    assert (created["kind"], created["time_zone"], created["external_reference"]) == ("organization", "UTC", None)
    assert shell("dashboard", "--tenant", created["id"], "--principal", ADA).code == 0


def test_a_person_is_told_the_id(shell: Shell) -> None:
    """In one line."""
    outcome = shell("tenant", "add", "Acme", *words(LEAST), "--external-reference", "acme")
    verified = shell("verify", "--tenant", outcome.out.removeprefix("Created Acme, tenant ").rstrip(".\n"))
    assert (outcome.code, verified.code) == (0, 0)


@pytest.mark.parametrize("name", ["[bold]Acme[/bold]", "Acme [/]", ":money_bag: Ltd", "[red]"])
def test_a_name_is_shown_as_it_is(shell: Shell, name: str) -> None:
    """Square brackets and colons are letters, not a way to colour the terminal."""
    outcome = shell("tenant", "add", name, *words(LEAST), "--external-reference", "odd")
    assert outcome.code == 0
    assert f"Created {name}, tenant " in outcome.out
    assert name in shell("dashboard", "--tenant", "odd", "--principal", ADA).out


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("", {}, "name: it is empty"),
        ("Acme", {"--base-currency": "XXQ"}, "'XXQ' is not a known currency"),
        ("Acme", {"--owner": "ada"}, "'ada' is not a principal; write user:…"),
        ("Acme", {"--kind": "martian"}, "kind: 'martian' is neither 'user' nor 'organization'."),
        ("Acme", {"--time-zone": "Mars/Base"}, "'Mars/Base' is no IANA time zone"),
    ],
    ids=["name", "currency", "owner", "kind", "zone"],
)
def test_what_cannot_be_meant_is_refused_by_its_name(
    shell: Shell, name: str, options: dict[str, str], said: str
) -> None:
    """Nothing is created, and verifying all tenants finds none."""
    outcome = shell("tenant", "add", name, *words(LEAST | options))
    assert (outcome.code, outcome.out) == (3, "")
    assert said in outcome.err
    assert shell("verify", "--json").document["tenants"] == 0


def test_an_external_reference_names_one_tenant_only(acme: Desk, shell: Shell) -> None:
    """The second one is refused, and the first one stays what it was."""
    outcome = shell("tenant", "add", "Other", *words(LEAST), "--external-reference", "acme")
    assert outcome.code == 3
    assert "already a tenant with the external reference 'acme'" in outcome.err
    assert shell("verify", "--tenant", "acme", "--json").document["tenants"] == 1

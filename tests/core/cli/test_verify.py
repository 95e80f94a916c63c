"""`stronghold verify`: whether the books agree with themselves."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from tests.support.ledger import open_account, record
from tests.support.stronghold import EVE, Desk

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.shell import Shell


@pytest.fixture
def rival(acme: Desk) -> Desk:
    """Create a second company in the same file."""
    tenant = acme.stronghold.tenants.create(
        kind="organization", name="Rival Inc", base_currency="USD", owner=EVE, external_reference="rival"
    )
    return Desk(acme.stronghold, tenant, EVE)


@pytest.fixture(autouse=True)
def posted(acme: Desk, rival: Desk) -> None:
    """Post one transaction at each of them."""
    for desk in (acme, rival):
        record(desk, account=open_account(desk).id, amount="30.00")


def tamper(tmp_path: Path) -> None:
    """Make the balance of every account of Acme's one cent too high, as no verb ever would."""
    with closing(sqlite3.connect(tmp_path / "books.db")) as connection, connection:
        connection.execute(
            "UPDATE stronghold_account SET balance_minor = balance_minor + 1 WHERE is_chained AND tenant_id ="
            " (SELECT tenant_id FROM stronghold_tenant WHERE external_reference = 'acme')"
        )


def test_sound_books_are_said_to_agree(shell: Shell) -> None:
    """Of all tenants, with how much was looked at."""
    outcome = shell("verify")
    assert (outcome.code, outcome.out) == (0, "The books agree: 2 tenants, 2 transactions, 4 entries.\n")


def test_one_tenant_can_be_verified_by_itself(shell: Shell, acme: Desk) -> None:
    """By its external reference or its id."""
    for key in ("acme", str(acme.tenant.id)):
        assert shell("verify", "--tenant", key).out == "The books agree: 1 tenant, 1 transaction, 2 entries.\n"


def test_an_id_is_that_tenants_though_another_has_it_as_its_reference(shell: Shell, acme: Desk, rival: Desk) -> None:
    """Who may choose a reference must not get what was meant for somebody else. One that is nobody's id is fine."""
    record(rival, account=open_account(rival, "Second").id, amount="1.00")
    strange = UUID(int=7)
    for reference in (acme.tenant.id, strange):
        acme.stronghold.tenants.create(
            kind="user", name="Mallory", base_currency="USD", owner="user:mallory", external_reference=str(reference)
        )
    for key, found in ((acme.tenant.id, "1 transaction, 2"), (rival.tenant.id, "2 transactions, 4"), (strange, "0 tr")):
        assert shell("verify", "--tenant", str(key)).out.startswith(f"The books agree: 1 tenant, {found}")
    outcome = shell("verify", "--tenant", str(UUID(int=8)))
    assert (outcome.code, outcome.out) == (3, "")


def test_a_program_reads_that_they_agree(shell: Shell) -> None:
    """And how much was looked at."""
    counts = {"tenants": 2, "transactions": 2, "entries": 4}
    assert shell("verify", "--json").document == {"is_sound": True, **counts, "findings": []}


def test_a_difference_is_shown_with_what_was_found_and_what_expected(shell: Shell, tmp_path: Path, acme: Desk) -> None:
    """Under its tenant, by the rule that it breaks; the exit code says that a check failed."""
    tamper(tmp_path)
    outcome = shell("verify")
    assert outcome.code == 1
    assert f"Tenant {acme.tenant.id}" in outcome.out
    assert "found" in outcome.out
    assert "expected" in outcome.out
    assert outcome.out.endswith("The books do not agree: 2 tenants, 2 transactions, 4 entries.\n")


def test_a_program_reads_the_differences(shell: Shell, tmp_path: Path, acme: Desk) -> None:
    """Each with its tenant; the sound tenant has none."""
    tamper(tmp_path)
    outcome = shell("verify", "--json")
    assert (outcome.code, outcome.document["is_sound"]) == (1, False)
    assert {finding["tenant_id"] for finding in outcome.document["findings"]} == {str(acme.tenant.id)}
    assert all(
        set(finding) == {"tenant_id", "rule", "where", "found", "expected"} for finding in outcome.document["findings"]
    )
    assert shell("verify", "--tenant", "rival").code == 0


@pytest.mark.parametrize("key", ["nobody", "01a1fe92-9f9b-7b0b-b4a3-709dab3ff2a3"])
def test_a_tenant_that_is_not_there_is_not_called_sound(shell: Shell, key: str) -> None:
    """Neither by reference nor by id."""
    outcome = shell("verify", "--tenant", key)
    assert (outcome.code, outcome.out) == (3, "")
    assert f"There is no tenant {key} here" in outcome.err

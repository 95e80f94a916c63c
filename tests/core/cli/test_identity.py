"""`stronghold user …`, `invitation …` and `api-key …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

pytest.importorskip("argon2")

from tests.support.sign_ins import OTHER_PASSWORD, PASSWORD
from tests.support.stronghold import ADA

if TYPE_CHECKING:
    from tests.support.shell import Shell
    from tests.support.stronghold import Desk

BOB: Final = "bob@example.com"


def test_a_user_comes_goes_and_comes_back(acme: Desk, shell: Shell) -> None:
    """Each step is told in one line; the password is asked for twice, and shown nowhere."""
    added = shell("user", "add", BOB, "--called", "user:bob", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert added.out.strip() == f"{BOB} can sign in now, and is user:bob."
    assert PASSWORD not in added.out + added.err
    sign_in = acme.stronghold.identity.sign_in
    assert sign_in(BOB, password=PASSWORD).user.principal == "user:bob"
    assert shell("user", "disable", BOB).out == f"{BOB} can't sign in any more.\n"
    assert shell("user", "list", "--json").document["items"][0]["status"] == "disabled"
    assert shell("user", "enable", BOB.upper()).out == f"{BOB} can sign in again.\n"
    found = acme.stronghold.identity.users.find(login_name=BOB)
    assert found is not None
    assert shell("user", "password", f"{found.id}", "--stdin", typed=f"{OTHER_PASSWORD}\n").code == 0
    assert sign_in(BOB, password=OTHER_PASSWORD).user == found
    shown = shell("users", "list").out
    assert BOB in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_what_can_be_no_user_is_refused(acme: Desk, shell: Shell) -> None:
    """With the reason, and without what was typed."""
    short = shell("user", "add", BOB, "--stdin", typed="short\n")
    assert (short.code, "15 are the least" in short.err, "short\n" in short.err) == (3, True, False)
    assert shell("user", "add", BOB, "--stdin", typed="").code == 3
    assert shell("user", "add", BOB, typed=f"{PASSWORD}\n{OTHER_PASSWORD}\n").code == 1
    assert shell("user", "disable", BOB, "--json").document["error"]["code"] == "not_found"
    assert shell("user", "list", "--json").document["items"] == []


def test_an_invitation_is_sent_accepted_and_withdrawn(acme: Desk, shell: Shell) -> None:
    """The token is all that standard output has of it."""
    there = ("--tenant", "acme", "--as", ADA)
    sent = shell("invitation", "send", "--role", "viewer", "--note", "Bob", *there)
    assert "send it to nobody else" in sent.err
    accepted = shell("invitation", "accept", sent.out.strip(), "--as", "user:bob")
    assert accepted.out == f"user:bob is a member of {acme.tenant.id} now.\n"
    assert shell("invitation", "accept", sent.out.strip(), "--as", "user:cy").code == 3
    other = shell("invitation", "send", "--role", "viewer", *there, "--json").document
    assert shell("invitation", "withdraw", other["invitation"]["id"], *there).code == 0
    assert shell("invitation", "accept", other["token"], "--as", "user:cy", "--json").code == 3
    assert "accepted by user:bob" in " ".join(shell("invitation", "list", *there).out.split())
    assert [one["note"] for one in shell("invitation", "list", *there, "--json").document["items"]] == ["Bob"]


def test_a_key_is_made_listed_and_revoked(acme: Desk, shell: Shell) -> None:
    """It is shown once."""
    there = ("--tenant", "acme", "--as", ADA)
    made = shell("api-key", "add", "exporter", "--scope", "*:read", "--days", "30", *there)
    assert "not shown again" in made.err
    holder = acme.stronghold.identity.check_api_key(made.out.strip())
    assert holder.scopes == ("*:read",)
    assert "exporter" in shell("api-key", "list", *there).out
    assert made.out.strip() not in shell("api-key", "list", *there, "--json").out
    assert shell("api-key", "revoke", f"{holder.key_id}", *there).out == f"exporter can't act for {ADA} any more.\n"
    assert "revoked" in shell("api-key", "list", *there).out
    assert shell("api-key", "add", "x", "--scope", "account:fly", *there).code == 3

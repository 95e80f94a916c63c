"""`stronghold grant …`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.ledger import open_account
from tests.support.stronghold import ADA

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.shell import Outcome, Shell
    from tests.support.stronghold import Desk

BOB = "user:bob"


@pytest.fixture
def run(acme: Desk, shell: Shell) -> Callable[..., Outcome]:
    """Run a command of the group as Ada at Acme, where Bob is a member and there is a purse."""
    open_account(acme, "Purse")
    with acme.books() as books:
        books.roles.create("guest", permissions=["tenant:read"])
    acme.seat(BOB, "guest")
    return lambda *words: shell("grant", *words, "--tenant", "acme", "--as", ADA)


def test_grants_are_given_changed_listed_and_taken(run: Callable[..., Outcome], acme: Desk, shell: Shell) -> None:
    """Accounts go by name; it holds from the member's next command."""
    assert run("give", BOB, "--account", "Purse", "--level", "see").out == "user:bob may see Purse now.\n"
    assert run("give", BOB, "--account", "Pur", "--level", "post", "--json").document["level"] == "post"
    assert [line.split()[:3] for line in run("list").out.splitlines()[1:]] == [[BOB, "Purse", "post"]]
    assert len(run("list", "--member", BOB, "--account", "Purse", "--json").document["items"]) == 1
    assert run("list", "--member", ADA, "--json").document["items"] == []
    seen = shell("account", "list", "--tenant", "acme", "--as", BOB, "--json").document["items"]
    assert [one["name"] for one in seen] == ["Purse"]
    assert run("take", BOB, "--account", "Purse").out == "user:bob has no grant on Purse any more.\n"
    assert run("take", BOB, "--account", "Purse", "--json").document["error"]["code"] == "not_found"
    run("give", BOB, "--account", "Purse", "--level", "see")
    assert run("take", BOB, "--account", "Purse", "--json").document == {"removed": BOB, "account": "Purse"}
    assert shell("account", "list", "--tenant", "acme", "--as", BOB).code == 3


def test_who_reads_members_lists_grants_without_the_names_of_accounts_that_they_may_not_see(
    run: Callable[..., Outcome], acme: Desk, shell: Shell
) -> None:
    """These go by their ids, and nothing was refused that anybody asked for."""
    jar = open_account(acme, "Jar")
    run("give", BOB, "--account", "Purse", "--level", "see")
    run("give", BOB, "--account", "Jar", "--level", "see")
    with acme.books() as books:
        books.roles.create("secretary", permissions=["tenant:read", "member:read"])
        books.members.change_role(BOB, role="secretary")
        books.grants.take(BOB, account=jar.id)
    acme.seat("user:sue", "secretary")
    run("give", "user:sue", "--account", "Jar", "--level", "see")
    outcome = shell("grant", "list", "--tenant", "acme", "--as", BOB)
    assert [line.split()[:3] for line in outcome.out.splitlines()[1:]] == [
        [BOB, "Purse", "see"],
        ["user:sue", str(jar.id), "see"],
    ]
    with acme.books() as books:
        assert books.audit.list(actor=BOB).items == ()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("give", BOB, "--account", "Bank", "--level", "see"), "There is no account Bank"),
        (("give", BOB, "--account", "Purse", "--level", "own"), "'own' is none of see, annotate, post"),
        (("give", "user:eve", "--account", "Purse", "--level", "see"), "There is no member user:eve"),
        (("give", "bob", "--account", "Purse", "--level", "see"), "is not a principal"),
    ],
)
def test_what_can_not_be_granted_is_refused(run: Callable[..., Outcome], words: tuple[str, ...], said: str) -> None:
    """With the words of the books."""
    outcome = run(*words)
    assert (outcome.code, outcome.out) == (3, "")
    assert said in " ".join(outcome.err.split())


def test_who_may_not_grant_is_refused(run: Callable[..., Outcome], acme: Desk, shell: Shell) -> None:
    """As everywhere else."""
    run("give", BOB, "--account", "Purse", "--level", "post")
    for words in (
        ("list",),
        ("take", BOB, "--account", "Purse"),
        ("give", BOB, "--account", "Purse", "--level", "see"),
    ):
        assert shell("grant", *words, "--tenant", "acme", "--as", BOB).code == 3
    assert len(run("list", "--json").document["items"]) == 1

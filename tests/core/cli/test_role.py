"""`stronghold role …`, and the capabilities of tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.shell import Shell
from tests.support.stronghold import ADA

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.shell import Outcome
    from tests.support.stronghold import Desk

BOB = "user:bob"


@pytest.fixture
def run(acme: Desk, shell: Shell) -> Callable[..., Outcome]:
    """Run a command of the group as Ada at Acme."""
    return lambda *words: shell("role", *words, "--tenant", "acme", "--as", ADA)


def test_roles_come_change_and_go(run: Callable[..., Outcome], shell: Shell) -> None:
    """What is named takes the place of what there was; the rest stays."""
    created = run("create", "cashier", "--allow", "account:*", "--allow", "*:post", "--inherit", "viewer", "--json")
    assert (created.document["permissions"], created.document["inherits"]) == (["*:post", "account:*"], ["viewer"])
    assert shell("member", "add", BOB, "--role", "cashier", "--tenant", "acme", "--as", ADA).code == 0
    changed = run("update", "cashier", "--allow", "transaction:post", "--description", "At the till", "--json").document
    assert (changed["permissions"], changed["inherits"]) == (["transaction:post"], ["viewer"])
    assert run("update", "cashier", "--inherit-nothing", "--json").document["allows"] == ["transaction:post"]
    assert run("update", "cashier", "--allow-nothing", "--json").document["allows"] == []
    assert run("show", "cashier", "--json").document["description"] == "At the till"
    assert run("update", "cashier", "--description", "", "--json").document["description"] is None
    assert "still held or inherited by user:bob" in run("remove", "cashier").err
    assert shell("member", "remove", BOB, "--tenant", "acme", "--as", ADA).code == 0
    assert run("remove", "cashier").out == "There is no role cashier any more.\n"
    assert run("remove", "cashier", "--json").document["error"]["code"] == "not_found"


def test_a_removed_role_is_named_to_a_program(run: Callable[..., Outcome]) -> None:
    """As a removed member is."""
    run("create", "cashier")
    assert run("remove", "cashier", "--json").document == {"removed": "cashier"}


@pytest.mark.parametrize("columns", ["80", "140"])
def test_roles_are_listed_within_the_terminal(acme: Desk, sqlite_url: str, columns: str) -> None:
    """How much each allows, and what it is meant for."""
    with acme.books() as books:
        books.roles.create("till", inherits=["viewer", "auditor"], description="Stands at the till " * 9)
    shell = Shell(sqlite_url, COLUMNS=columns)
    listed = shell("roles", "list", "--tenant", "acme", "--as", ADA)
    assert listed.code == 0
    assert max(map(len, listed.out.splitlines())) <= int(columns)
    assert [line.split()[0] for line in listed.out.splitlines()[1:]] == [
        *("owner", "admin", "accountant", "member", "viewer", "auditor"),
        "till",
    ]
    shown = shell("role", "show", "till", "--tenant", "acme", "--as", ADA).out
    assert max(map(len, shown.splitlines())) <= int(columns)
    assert "audit:read" in shown
    assert "built-in" in shell("role", "show", "owner", "--tenant", "acme", "--as", ADA).out
    documents = shell("role", "list", "--tenant", "acme", "--as", ADA, "--json").document["items"]
    assert [one["name"] for one in documents][-1] == "till"


def test_it_is_explained_who_may_do_what(acme: Desk, run: Callable[..., Outcome]) -> None:
    """In a sentence, or as a document; the answer no is an answer."""
    acme.seat(BOB, "viewer")
    allowed, refused = run("explain", ADA, "owner:write"), run("explain", BOB, "transaction:post")
    assert (allowed.code, refused.code) == (0, 0)
    assert "they hold owner, which allows owner:write." in allowed.out
    assert "user:bob may not do transaction:post" in refused.out
    assert run("explain", BOB, "account:read", "--json").document["path"] == ["viewer"]
    assert run("explain", BOB, "account:*").code == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", "viewer"), "built-in role"),
        (("create", "Till"), "can't be a role's name"),
        (("create", "till", "--allow", "account:fly"), "of account there are"),
        (("create", "till", "--inherit", "nobody"), "is no role"),
        (("update", "nobody", "--allow", "account:read"), "no role nobody"),
        (("show", "nobody"), "no role nobody"),
    ],
)
def test_what_can_not_be_a_role_is_refused_by_its_name(
    run: Callable[..., Outcome], words: tuple[str, ...], said: str
) -> None:
    """With the exit code of everything that the books refuse."""
    outcome = run(*words)
    assert (outcome.code, outcome.out) == (3, "")
    assert said in " ".join(outcome.err.split())


@pytest.mark.parametrize("option", ["allow", "inherit"])
def test_to_name_something_and_nothing_is_a_contradiction(run: Callable[..., Outcome], option: str) -> None:
    """Which of the two is meant nobody knows."""
    run("create", "till")
    outcome = run("update", "till", f"--{option}", "viewer", f"--{option}-nothing")
    assert outcome.code == 2
    assert "contradict each other" in " ".join(outcome.err.split())


def test_nobody_hands_on_what_they_lack(acme: Desk, shell: Shell, run: Callable[..., Outcome]) -> None:
    """On the command line neither."""
    run("create", "head", "--allow", "role:*", "--allow", "member:*")
    acme.seat(BOB, "head")
    outcome = shell("role", "create", "till", "--allow", "*:read", "--tenant", "acme", "--as", BOB, "--json")
    assert (outcome.code, outcome.document["error"]["code"]) == (3, "rbac.escalation")


def test_capabilities_are_turned_on_and_off(acme: Desk, shell: Shell, run: Callable[..., Outcome]) -> None:
    """By the platform; what is not named stays, and without options nothing changes."""
    switched = shell("tenant", "capability", "acme", "--off", "custom_roles", "--on", "app:sso", "--json").document
    had = ["app:sso", "audit_log", "bank_statements", "dashboards"]
    assert switched == {"tenant_id": str(acme.tenant.id), "capabilities": had}
    assert shell("tenant", "capability", "acme", "--json").document["capabilities"] == had
    assert "app:sso, audit_log" in shell("tenant", "show", "acme").out
    assert "has no custom_roles" in " ".join(run("create", "till").err.split())
    table = shell("tenant", "capability", "acme", "--on", "custom_roles", "--off", "app:sso").out
    assert [line.split() for line in table.splitlines()[1:]] == [
        ["app:sso", "off"],
        ["audit_log", "on"],
        ["bank_statements", "on"],
        ["custom_roles", "on"],
        ["dashboards", "on"],
    ]
    assert run("create", "till").code == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("acme", "--on", "sso"), 3, "'sso' is none"),
        (("nobody", "--on", "app:sso"), 3, "no tenant nobody"),
        (("acme", "--on", "app:sso", "--off", "app:sso"), 2, "can't be turned on and off"),
    ],
)
def test_what_can_not_be_switched_is_refused(
    acme: Desk, shell: Shell, *, words: tuple[str, ...], code: int, said: str
) -> None:
    """And nothing changes."""
    outcome = shell("tenant", "capability", *words)
    assert outcome.code == code
    assert said in " ".join(outcome.err.split())
    assert acme.stronghold.tenants.get(acme.tenant.id).switches == {}

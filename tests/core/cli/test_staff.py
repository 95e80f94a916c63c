"""`stronghold staff …` and `stronghold admission …`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.stronghold import ADA

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.shell import Outcome, Shell
    from tests.support.stronghold import Desk

SAM = "user:sam"


@pytest.fixture
def run(acme: Desk, shell: Shell) -> Callable[..., Outcome]:
    """Run a command of the group `admission` as Ada at Acme."""
    return lambda *words: shell("admission", *words, "--tenant", "acme", "--as", ADA)


def test_people_are_appointed_listed_and_dismissed(shell: Shell) -> None:
    """By the platform, without any tenant."""
    assert shell("staff", "appoint", SAM, "--role", "support").out == "user:sam is the platform's support now.\n"
    assert shell("staff", "appoint", SAM, "--role", "operator", "--json").document["role"] == "operator"
    assert [line.split()[:2] for line in shell("staff", "list").out.splitlines()[1:]] == [[SAM, "operator"]]
    assert [one["principal"] for one in shell("staff", "list", "--json").document["items"]] == [SAM]
    assert shell("staff", "dismiss", SAM).out == "user:sam does not work for the platform any more.\n"
    assert shell("staff", "dismiss", SAM, "--json").document["error"]["code"] == "not_found"
    shell("staff", "appoint", SAM, "--role", "support")
    assert shell("staff", "dismiss", SAM, "--json").document == {"removed": SAM}
    assert shell("staff", "list", "--json").document == {"items": []}


@pytest.mark.parametrize("words", [(SAM, "--role", "emperor"), ("sam", "--role", "support")])
def test_what_nobody_can_be_is_refused(shell: Shell, words: tuple[str, ...]) -> None:
    """No such role, no such name."""
    assert shell("staff", "appoint", *words).code == 3
    assert shell("staff", "list", "--json").document == {"items": []}


def test_a_tenant_lets_somebody_in_and_out(run: Callable[..., Outcome], shell: Shell) -> None:
    """As what, for how long, and why; they read meanwhile, and not before or after."""
    words = ("admit", SAM, "--role", "viewer", "--reason", "Ticket 7", "--days", "2")
    assert "There is no staff user:sam" in run(*words).err
    shell("staff", "appoint", SAM, "--role", "support")
    assert run(*words).out.startswith("user:sam is let in as viewer until ")
    assert run(*words, "--json").document["reason"] == "Ticket 7"
    shown = run("list").out
    assert [line.split()[:2] for line in shown.splitlines()[1:]] == [[SAM, "viewer"]]
    assert "Ticket 7" in shown
    assert [one["admitted_by"] for one in run("list", "--json").document["items"]] == [ADA]
    look = ("account", "list", "--tenant", "acme", "--as", SAM)
    assert shell(*look).code == 0
    assert run("withdraw", SAM).out == "user:sam is let in no more.\n"
    assert shell(*look).code == 3
    assert run("withdraw", SAM, "--json").document["error"]["code"] == "not_found"
    run(*words)
    assert run("withdraw", SAM, "--json").document == {"removed": SAM}


@pytest.mark.parametrize(
    "words", [("--role", "viewer", "--reason", " "), ("--role", "viewer", "--reason", "x", "--days", "31")]
)
def test_nobody_is_let_in_without_a_reason_or_for_ever(
    run: Callable[..., Outcome], shell: Shell, words: tuple[str, ...]
) -> None:
    """The books say what is wrong."""
    shell("staff", "appoint", SAM, "--role", "support")
    assert run("admit", SAM, *words).code == 3
    assert run("list", "--json").document == {"items": []}

"""Who may do what, while several people change it at once, and in processes that have a memory of their own.

For every race there is a broken twin, in which changes of one tenant do not wait for each other.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pytest

from stronghold_core.errors import (
    EscalationError,
    InvalidInputError,
    PermissionDeniedError,
    RoleCycleError,
    RoleInUseError,
    StrongholdError,
)
from stronghold_core.rbac import governance
from tests.support.races import PATIENCE_SECONDS, Arena, outcome_of, split
from tests.support.stronghold import ADA

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from stronghold_core import Books
    from tests.support.stronghold import Desk

BOB, CY, VERA = "user:bob", "user:cy", "user:vera"
MEMBERS: Final = "SELECT principal_id, role FROM stronghold_membership WHERE tenant_id = {tenant} ORDER BY 1"
ROLES: Final = "SELECT name FROM stronghold_role WHERE tenant_id = {tenant}"

on_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


def without_a_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let changes of one tenant be judged while others are made. In a file they can't: only one unit writes."""
    monkeypatch.setattr(governance, "lock_memberships", lambda _unit: None)


def demote(books: Books, member: str) -> None:
    """Make *member* somebody who only looks."""
    books.members.change_role(member, role="viewer")


def let_in(books: Books, *, role: str) -> None:
    """Make Vera a member."""
    books.members.add(VERA, role=role)


# ------------------------------------------------------------------ owners


def test_of_owners_who_demote_each_other_at_the_same_moment_one_stays(arena: Arena) -> None:
    """Whoever is first; also if they are five, and each goes for all others."""
    owners = [ADA, *(arena.desk.seat(f"user:{number}", "owner").principal for number in range(4))]
    desks = [type(arena.desk)(arena.desk.stronghold, arena.desk.tenant, owner) for owner in owners]
    barrier = threading.Barrier(len(owners))

    def go_for_the_others(desk: Desk) -> list[StrongholdError]:
        barrier.wait(PATIENCE_SECONDS)
        outcomes = [outcome_of(desk, partial(demote, member=owner)) for owner in owners if owner != desk.principal]
        return split(outcomes)[1]

    with ThreadPoolExecutor(len(owners)) as pool:
        refused = [error for errors in pool.map(go_for_the_others, desks) for error in errors]
    assert [role for _, role in arena.rows(MEMBERS)].count("owner") == 1
    assert all(isinstance(error, PermissionDeniedError) for error in refused)


# ------------------------------------------------------------------ handing on


def test_an_admin_who_is_being_demoted_lets_nobody_in_any_more(arena: Arena) -> None:
    """Their unit had begun before; what counts is what they hold when it is their turn. Another admin goes on."""
    arena.desk.seat(BOB, "admin")
    arena.desk.seat(CY, "admin")
    _, outcome = arena.duel(partial(demote, member=BOB), partial(let_in, role="admin"), late_principal=BOB)
    assert isinstance(outcome, PermissionDeniedError)
    assert arena.rows(MEMBERS) == [(ADA, "owner"), (BOB, "viewer"), (CY, "admin")]
    _, outcome = arena.duel(lambda books: books.members.remove(BOB), partial(let_in, role="admin"), late_principal=CY)
    assert outcome is None
    assert arena.rows(MEMBERS) == [(ADA, "owner"), (CY, "admin"), (VERA, "admin")]


def test_an_admin_whose_demotion_is_rolled_back_may_go_on(arena: Arena) -> None:
    """It never was."""
    arena.desk.seat(BOB, "admin")
    _, outcome = arena.duel(
        partial(demote, member=BOB), partial(let_in, role="admin"), late_principal=BOB, is_committed=False
    )
    assert outcome is None


@on_postgresql
def test_without_a_lock_an_admin_lets_somebody_in_while_they_are_demoted(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken twin: they are still an admin when it is judged, and none any more when it is committed."""
    arena.desk.seat(BOB, "admin")
    without_a_lock(monkeypatch)
    arena.duel(partial(demote, member=BOB), partial(let_in, role="admin"), late_principal=BOB)
    assert arena.rows(MEMBERS) == [(ADA, "owner"), (BOB, "viewer"), (VERA, "admin")]


# ------------------------------------------------------------------ a role that changes while it is given


@pytest.fixture
def manager(arena: Arena) -> str:
    """Seat Bob, who may let people in and holds all of what a clerk may."""
    with arena.desk.books() as books:
        books.roles.create("clerk", permissions=["account:read"])
        books.roles.create("manager", permissions=["member:*"], inherits=["clerk"])
        books.roles.create("spare")
        books.members.add(BOB, role="manager")
    return BOB


def raise_clerks(books: Books) -> None:
    """Let clerks do what Bob may not: he no longer inherits them."""
    books.roles.update("manager", permissions=["member:*", "account:read"], inherits=[])
    books.roles.update("clerk", permissions=["account:*"])


def test_nobody_gives_a_role_that_is_being_raised_above_them(arena: Arena, manager: str) -> None:
    """It was not when their unit began."""
    _, outcome = arena.duel(raise_clerks, partial(let_in, role="clerk"), late_principal=manager)
    assert isinstance(outcome, EscalationError)
    assert outcome.missing == ("account:write",)
    assert arena.rows(MEMBERS) == [(ADA, "owner"), (BOB, "manager")]


@on_postgresql
def test_without_a_lock_a_role_is_given_by_somebody_below_it(
    arena: Arena, manager: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken twin: rights grow beyond what their author held."""
    without_a_lock(monkeypatch)
    arena.duel(raise_clerks, partial(let_in, role="clerk"), late_principal=manager)
    assert (VERA, "clerk") in arena.rows(MEMBERS)


def test_nobody_is_given_a_role_that_is_being_removed(arena: Arena, manager: str) -> None:
    """Else they would hold what nobody knows."""
    _, outcome = arena.duel(
        lambda books: books.roles.remove("spare"), partial(let_in, role="spare"), late_principal=manager
    )
    assert isinstance(outcome, InvalidInputError)
    assert VERA not in dict(arena.rows(MEMBERS))


@pytest.mark.usefixtures("manager")
def test_a_role_that_is_being_given_is_not_removed(arena: Arena) -> None:
    """Whoever removes it hears who has it."""
    _, outcome = arena.duel(partial(let_in, role="spare"), lambda books: books.roles.remove("spare"))
    assert isinstance(outcome, RoleInUseError)
    assert outcome.users == VERA
    assert ("spare",) in arena.rows(ROLES)


@pytest.mark.usefixtures("manager")
def test_a_role_that_is_being_inherited_is_not_removed(arena: Arena) -> None:
    """Else what the other allows could not be said."""
    _, outcome = arena.duel(
        lambda books: books.roles.create("chief", inherits=["spare"]), lambda books: books.roles.remove("spare")
    )
    assert isinstance(outcome, RoleInUseError)


@pytest.mark.usefixtures("manager")
def test_two_roles_do_not_come_to_inherit_each_other_each_by_half(arena: Arena) -> None:
    """The second is judged by what the first made of it."""
    _, outcome = arena.duel(
        lambda books: books.roles.update("clerk", inherits=["spare"]),
        lambda books: books.roles.update("spare", inherits=["clerk"]),
    )
    assert isinstance(outcome, RoleCycleError)


@on_postgresql
def test_without_a_lock_somebody_holds_a_role_that_is_gone(
    arena: Arena, manager: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken twin: it is there when it is given, and gone when that is committed."""
    without_a_lock(monkeypatch)
    arena.duel(lambda books: books.roles.remove("spare"), partial(let_in, role="spare"), late_principal=manager)
    assert (VERA, "spare") in arena.rows(MEMBERS)
    assert ("spare",) not in arena.rows(ROLES)


# ------------------------------------------------------------------ another process

ELSEWHERE: Final = """
import sys
from stronghold_core import NotFoundError, Stronghold

url, tenant, principal = sys.argv[1:]
with Stronghold(url) as stronghold:
    for line in sys.stdin:
        try:
            with stronghold.books(tenant, principal=principal) as books:
                print(*sorted(books.context.permissions), flush=True)
        except NotFoundError:
            print("stranger", flush=True)
"""
"""A process that opens a unit, and says what its principal may do, as often as it is asked."""


@contextmanager
def another_process(url: str, desk: Desk) -> Generator[Callable[[], list[str]]]:
    """Give a question to a process that goes on running: what may whoever sits at *desk* do now?"""
    asked: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", ELSEWHERE, url, str(desk.tenant.id), desk.principal]
    with subprocess.Popen(command, **asked) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asking, answers = process.stdin, process.stdout

        def ask() -> list[str]:
            print(file=asking, flush=True)
            answer: str = answers.readline()
            return answer.split()

        yield ask
        asking.close()
        assert process.wait(PATIENCE_SECONDS) == 0


def test_a_change_holds_from_the_next_unit_of_another_process(acme: Desk, database_url: str) -> None:
    """Of a role, of what a role inherits, of a capability, and of a membership; in either direction, every time."""
    with acme.books() as books:
        books.roles.create("base", permissions=["account:read"])
        books.roles.create("clerk", permissions=["dashboard:read"], inherits=["base"])
    clerk = acme.seat(BOB, "clerk")
    switch = partial(acme.stronghold.tenants.switch_capabilities, acme.tenant.id)

    def change(act: Callable[[Books], object]) -> None:
        with acme.books() as books:
            act(books)

    with another_process(database_url, clerk) as rights:
        assert rights() == rights() == ["account:read", "dashboard:read"]
        change(lambda books: books.roles.update("base", permissions=[]))
        assert rights() == ["dashboard:read"]
        switch({"dashboards": False})
        assert rights() == []
        switch({"dashboards": True})
        assert rights() == ["dashboard:read"]
        change(lambda books: books.roles.update("clerk", permissions=["audit:read"], inherits=[]))
        assert rights() == ["audit:read"]
        change(lambda books: books.members.change_role(BOB, role="base"))
        assert rights() == []
        change(lambda books: books.members.remove(BOB))
        assert rights() == ["stranger"]
        change(lambda books: books.members.add(BOB, role="clerk"))
        assert rights() == ["audit:read"]

"""Grants on single accounts, while several people give, take and use them; and on a host's old snapshots.

For every race there is a broken twin, in which changes of one tenant do not wait for each other.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from stronghold_core.errors import (
    EscalationError,
    NotFoundError,
    PermissionDeniedError,
    RetryableConflictError,
    StrongholdError,
)
from stronghold_core.ledger.grants.rules import ALLOWS, GrantLevel
from stronghold_core.rbac import governance
from tests.support.races import PATIENCE_SECONDS, Arena, outcome_of

if TYPE_CHECKING:
    from stronghold_core import Books
    from stronghold_core.ids import AccountId

MAX, TEEN = "user:max", "user:teen"
GRANTS: Final = "SELECT principal_id, level FROM stronghold_account_grant WHERE tenant_id = {tenant}"

on_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
isolations = pytest.mark.parametrize("isolation", ["REPEATABLE READ", "SERIALIZABLE"])


@pytest.fixture
def purse(arena: Arena) -> AccountId:
    """Open a purse; Max lets people in and posts, and the teen has no account yet."""
    with arena.desk.books() as books:
        books.roles.create("guest", permissions=["tenant:read"])
        books.roles.create("looker", permissions=["member:*", *ALLOWS[GrantLevel.SEE]], inherits=["guest"])
        books.roles.create("manager", permissions=[*ALLOWS[GrantLevel.POST]], inherits=["looker"])
        books.members.add(MAX, role="manager")
        books.members.add(TEEN, role="guest")
        return books.accounts.open(name="Purse", type="asset", opening_balance="100.00").id


def give(books: Books, account: AccountId, level: str = "post") -> None:
    """Let the teen do something with *account*."""
    books.grants.give(TEEN, account=account, level=level)


def take(books: Books, account: AccountId) -> None:
    """Take it from them."""
    books.grants.take(TEEN, account=account)


def spend(books: Books, account: AccountId) -> None:
    """Take a cent from *account*."""
    books.transactions.record(account=account, amount="-0.01")


def demote(books: Books) -> None:
    """Let Max only look."""
    books.members.change_role(MAX, role="looker")


def without_a_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let changes of one tenant be judged while others are made. In a file they can't: only one unit writes."""
    monkeypatch.setattr(governance, "lock_memberships", lambda _unit: None)


# ------------------------------------------------------------------ giving and taking


def test_nobody_grants_what_is_being_taken_from_themselves(arena: Arena, purse: AccountId) -> None:
    """Max could post when their unit began; what counts is what they hold when it is their turn."""
    _, outcome = arena.duel(demote, partial(give, account=purse), late_principal=MAX)
    assert isinstance(outcome, EscalationError)
    assert arena.rows(GRANTS) == []


@on_postgresql
def test_without_a_lock_somebody_grants_what_they_do_not_hold_any_more(
    arena: Arena, purse: AccountId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken twin: it is judged before Max is demoted, and committed after that."""
    without_a_lock(monkeypatch)
    arena.duel(demote, partial(give, account=purse), late_principal=MAX)
    assert arena.rows(GRANTS) == [(TEEN, "post")]


def test_nobody_ends_a_membership_whose_grant_is_being_raised_above_them(arena: Arena, purse: AccountId) -> None:
    """Max, who only looks, could have removed the teen a moment ago."""
    with arena.desk.books() as books:
        demote(books)
    _, outcome = arena.duel(partial(give, account=purse), lambda books: books.members.remove(TEEN), late_principal=MAX)
    assert isinstance(outcome, EscalationError)
    assert arena.rows(GRANTS) == [(TEEN, "post")]


def test_nobody_is_granted_anything_while_they_are_removed(arena: Arena, purse: AccountId) -> None:
    """Else a grant would be left of nobody's, or the foreign key would say so instead of the books."""
    _, outcome = arena.duel(lambda books: books.members.remove(TEEN), partial(give, account=purse), late_principal=MAX)
    assert isinstance(outcome, NotFoundError)
    assert arena.rows(GRANTS) == []


def test_a_grant_holds_from_the_next_unit_on_and_no_longer_than_it_is_there(arena: Arena, purse: AccountId) -> None:
    """Whoever opens a unit after it was taken is denied, while others go on posting; each change holds at once."""
    teen, rounds, users = replace(arena.desk, principal=TEEN), 6, 3
    over = threading.Event()

    def post_meanwhile() -> int:
        posted = 0
        while not over.is_set():
            with suppress(RetryableConflictError):
                arena.desk.stronghold.run(arena.desk.tenant.id, principal=MAX, do=partial(spend, account=purse))
                posted += 1
        return posted

    def outcomes() -> list[StrongholdError | None]:
        barrier = threading.Barrier(users)

        def use() -> StrongholdError | None:
            barrier.wait(PATIENCE_SECONDS)
            return outcome_of(teen, partial(spend, account=purse))

        with ThreadPoolExecutor(users) as pool:
            return [future.result(PATIENCE_SECONDS) for future in [pool.submit(use) for _ in range(users)]]

    with ThreadPoolExecutor(1) as pool:
        others = pool.submit(post_meanwhile)
        try:
            for _ in range(rounds):
                with arena.desk.books() as books:
                    give(books, purse)
                assert outcomes() == [None] * users
                with arena.desk.books() as books:
                    take(books, purse)
                assert {type(error) for error in outcomes()} == {PermissionDeniedError}
        finally:
            over.set()
        cents = others.result(PATIENCE_SECONDS) + rounds * users
    assert arena.balances(purse) == [f"{(10_000 - cents) / 100:.2f}"]
    assert not arena.broken_rules()


def test_of_many_who_give_and_take_at_once_each_is_told_how_it_came_out(arena: Arena, purse: AccountId) -> None:
    """What is stored in the end is what the last of them did; the member's mark agrees with it."""
    acts = [partial(give, account=purse, level=level) for level in ("see", "annotate", "post")]
    outcomes = arena.together(*acts, *[partial(take, account=purse)] * 3)
    assert {type(outcome) for outcome in outcomes} <= {type(None), NotFoundError}
    assert outcomes[:3] == [None] * 3
    (marked,) = arena.rows(
        f"SELECT has_grants FROM stronghold_membership WHERE tenant_id = {{tenant}} AND principal_id = '{TEEN}'"
    )
    assert bool(marked[0]) == bool(arena.rows(GRANTS))


# ------------------------------------------------------------------ hosts who chose another isolation


@on_postgresql
@isolations
def test_a_host_on_an_isolation_of_its_own_posts_and_grants(arena: Arena, purse: AccountId, isolation: str) -> None:
    """As on that of ours, if nobody else is in the way."""
    desk = arena.desk
    with (
        Session(arena.engine.execution_options(isolation_level=isolation)) as host,
        host.begin(),
        desk.stronghold.books(desk.tenant.id, principal=desk.principal, session=host) as books,
    ):
        spend(books, purse)
        give(books, purse)
    assert arena.balances(purse) == ["99.99"]
    assert arena.rows(GRANTS) == [(TEEN, "post")]


@on_postgresql
@isolations
def test_on_an_old_snapshot_no_rights_are_changed(arena: Arena, purse: AccountId, isolation: str) -> None:
    """Whoever would hand on what was taken from them meanwhile is told to begin anew, and so is who would post."""
    desk = arena.desk
    for principal, act in (
        (MAX, partial(give, account=purse)),
        (MAX, lambda books: books.members.add("user:new", role="guest")),
        (desk.principal, partial(spend, account=purse)),
    ):
        with Session(arena.engine.execution_options(isolation_level=isolation)) as host:
            host.execute(text("SELECT count(*) FROM pg_class"))
            with desk.books() as books:
                books.members.change_role(MAX, role="looker")
                spend(books, purse)
            with (
                pytest.raises(RetryableConflictError),
                desk.stronghold.books(desk.tenant.id, principal=principal, session=host) as books,
            ):
                act(books)
            host.rollback()
        with desk.books() as books:
            books.members.change_role(MAX, role="manager")
    assert arena.rows(GRANTS) == []


@on_postgresql
@isolations
def test_what_an_old_snapshot_lets_somebody_do_is_what_they_held_when_it_was_taken(
    arena: Arena, purse: AccountId, isolation: str
) -> None:
    """The host chose to see the books as of then, rights as well; its next transaction is denied."""
    desk = arena.desk
    with desk.books() as books:
        give(books, purse, level="see")
    engine = arena.engine.execution_options(isolation_level=isolation)
    with Session(engine) as host:
        host.execute(text("SELECT count(*) FROM pg_class"))
        with desk.books() as books:
            take(books, purse)
        with desk.stronghold.books(desk.tenant.id, principal=TEEN, session=host) as books:
            assert books.accounts.get(purse).name == "Purse"
        host.rollback()
        with (
            pytest.raises(PermissionDeniedError),
            desk.stronghold.books(desk.tenant.id, principal=TEEN, session=host) as books,
        ):
            books.accounts.get(purse)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_on_sqlite_a_host_that_began_by_reading_writes_unless_somebody_was_faster(
    arena: Arena, purse: AccountId
) -> None:
    """A deferred transaction becomes one that writes only on the newest state; else it is told to begin anew."""
    desk, busy = arena.desk, 0
    for is_late in (False, True):
        with arena.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN DEFERRED")
            connection.exec_driver_sql("SELECT count(*) FROM stronghold_account").all()
            if is_late:
                with desk.books() as books:
                    demote(books)
            try:
                with desk.stronghold.books(desk.tenant.id, principal=MAX, connection=connection) as books:
                    give(books, purse)
                connection.commit()
            except RetryableConflictError:
                busy += 1
                connection.rollback()
    assert busy == 1
    assert arena.rows(GRANTS) == [(TEEN, "post")]

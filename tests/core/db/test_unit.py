"""A unit of work is all or nothing, for one tenant and one principal, and ends when its block does."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, insert, make_url, select, text
from sqlalchemy.exc import DBAPIError

from stronghold_core import Books, Origin, Permission, Settings, Stronghold
from stronghold_core.audit.models import AuditEvent
from stronghold_core.db import Base, ConstraintError
from stronghold_core.errors import (
    CallbackFailedError,
    ConfigurationError,
    DatabaseBusyError,
    DuplicateNameError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    ReadOnlyUnitError,
    RetryableConflictError,
    StorageFullError,
    UnavailableError,
    UnitBrokenError,
    UnitClosedError,
    ZeroAmountError,
)
from stronghold_core.ids import TenantId, new_id
from stronghold_core.ledger.categories.models import Category
from stronghold_core.stronghold.facade import _pause
from tests.support.stronghold import ADA, EVE, Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from sqlalchemy import Engine

    from tests.support.rows import Vault

CURRENCIES = Base.metadata.tables["stronghold_currency"]


def open_account(books: Books, name: str = "Bank") -> None:
    """Write something."""
    books.accounts.open(name=name, type="asset")


def names(books: Books) -> list[str]:
    """Read what was written."""
    return [account.name for account in books.accounts.list().items]


def stored(desk: Desk) -> list[str]:
    """Read it in a unit of its own."""
    return desk.stronghold.read(desk.tenant.id, principal=desk.principal, do=names)


def failing(books: Books, error: type[BaseException] = LookupError) -> None:
    """Write, and then fail, with an error of the host's own unless another one is given."""
    open_account(books)
    raise error


# --- the three forms


def test_leaving_the_block_commits(acme: Desk) -> None:
    """What one unit wrote the next one reads."""
    with acme.books() as books:
        open_account(books)
        assert names(books) == ["Bank"]
    assert stored(acme) == ["Bank"]


@pytest.mark.parametrize("error", [LookupError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_any_exception_rolls_everything_back(acme: Desk, vault: Vault, error: type[BaseException]) -> None:
    """The host's own error comes out as it is, also one that no `except Exception` would catch."""
    with acme.books() as books:
        open_account(books, "Before")
    before = vault.rows()
    with pytest.raises(error), acme.books() as books:
        failing(books, error)
    assert vault.rows() == before
    with acme.books() as books:
        assert names(books) == ["Before"]


def test_run_commits_and_returns_what_the_function_returned(acme: Desk) -> None:
    """One call for a whole unit."""

    def do(books: Books) -> list[str]:
        open_account(books)
        return names(books)

    assert acme.stronghold.run(acme.tenant.id, principal=ADA, do=do) == stored(acme) == ["Bank"]


def test_run_rolls_back_what_fails(acme: Desk) -> None:
    """And lets the error out at once: only a conflict is tried again."""
    calls: list[int] = []

    def do(books: Books) -> None:
        calls.append(1)
        failing(books)

    with pytest.raises(LookupError):
        acme.stronghold.run(acme.tenant.id, principal=ADA, do=do)
    assert (len(calls), stored(acme)) == (1, [])


@pytest.mark.parametrize(
    "write",
    [
        open_account,
        lambda books: books.categories.create(name="Rent", kind="expense"),
        lambda books: books.members.add("user:bob", role="viewer"),
        lambda books: books.tenant.update(name="Other"),
        lambda books: books.transactions.record(account=new_id(), amount="1.00"),
    ],
    ids=["accounts", "categories", "members", "tenant", "transactions"],
)
def test_a_read_unit_refuses_to_write(acme: Desk, vault: Vault, write: Callable[[Books], object]) -> None:
    """In `read` and in a block alike; reading goes on, and nothing is changed."""
    before = vault.rows()
    with pytest.raises(ReadOnlyUnitError, match=r"stronghold\.books\(…\) or stronghold\.run"):
        acme.stronghold.read(acme.tenant.id, principal=ADA, do=write)
    with acme.books(read_only=True) as books:
        with pytest.raises(ReadOnlyUnitError):
            write(books)
        assert names(books) == []
    assert vault.rows() == before


def test_a_read_unit_cannot_even_write_by_the_bare_connection(acme: Desk) -> None:
    """The database itself refuses; the next unit on the same connection writes again."""
    with pytest.raises((DBAPIError, UnavailableError, ConfigurationError)), acme.books(read_only=True) as books:
        books._unit.connection.execute(insert(CURRENCIES).values(code="POINTS", exponent=0, name=""))
    with acme.books() as books:
        open_account(books)
    assert stored(acme) == ["Bank"]


def test_a_read_unit_is_a_snapshot(acme: Desk) -> None:
    """What others commit meanwhile is seen by the next one only."""
    with acme.books() as books:
        open_account(books, "Before")
    with acme.books(read_only=True) as reader:
        assert names(reader) == ["Before"]
        with acme.books() as writer:
            open_account(writer, "Meanwhile")
        assert names(reader) == ["Before"]
    assert stored(acme) == ["Before", "Meanwhile"]


def test_who_may_not_write_is_told_so_before_that_nobody_may(acme: Desk) -> None:
    """Permission comes first, in a read unit, too."""
    viewer = acme.seat("user:vera", "viewer")
    with viewer.books(read_only=True) as books, pytest.raises(PermissionDeniedError):
        open_account(books)


# --- entering


@pytest.mark.parametrize("form", ["books", "run", "read"])
def test_a_tenant_that_is_not_there_is_missing(stronghold: Stronghold, form: str) -> None:
    """In every form."""
    unknown = new_id()
    with pytest.raises(NotFoundError) as caught:
        enter(stronghold, form, unknown, ADA)
    assert (caught.value.kind, caught.value.key) == ("tenant", unknown)


@pytest.mark.parametrize("form", ["books", "run", "read"])
def test_to_a_stranger_every_tenant_is_missing(acme: Desk, rival: Desk, form: str) -> None:
    """Word for word as if it were not there."""
    for desk, principal in ((acme, EVE), (rival, ADA)):
        with pytest.raises(NotFoundError) as caught:
            enter(desk.stronghold, form, desk.tenant.id, principal)
        assert str(caught.value) == f"There is no tenant {desk.tenant.id} here: check the id and the tenant."


def enter(stronghold: Stronghold, form: str, tenant_id: Any, principal: str) -> None:  # noqa: ANN401 - also wrong ones
    """Open a unit in one of the three forms, and do nothing in it."""
    if form == "books":
        with stronghold.books(tenant_id, principal=principal):
            return
    getattr(stronghold, form)(tenant_id, principal=principal, do=lambda _: None)


def test_ids_and_principals_are_read_before_anything_is_opened(stronghold: Stronghold) -> None:
    """A tenant's id may be text; what is none, or no principal, is named."""
    for tenant_id, principal, field in (("acme", ADA, "tenant_id"), (str(new_id()), "ada", "principal")):
        with pytest.raises(InvalidInputError) as caught:
            stronghold.books(tenant_id, principal=principal)
        assert caught.value.field == field


def test_a_tenants_id_may_be_text(acme: Desk) -> None:
    """As it comes from a URL."""
    with acme.stronghold.books(str(acme.tenant.id), principal=ADA) as books:
        assert books.context.tenant_id == acme.tenant.id


def test_books_know_their_context(acme: Desk) -> None:
    """Who acts, where, from where, and all that they may do."""
    origin = Origin(request_id="r-1", ip="203.0.113.7")
    with acme.stronghold.books(acme.tenant.id, principal=ADA, origin=origin) as books:
        context = books.context
    assert (context.tenant_id, context.principal, context.origin) == (acme.tenant.id, ADA, origin)
    assert context.permissions == frozenset(Permission)


def test_a_unit_works_as_the_app_role_for_its_tenant(acme: Desk) -> None:
    """On PostgreSQL; and a read unit is read-only and repeatable for the server, too."""
    question = text(
        "select current_user, current_setting('stronghold.tenant_id'), current_setting('transaction_isolation'),"
        " current_setting('transaction_read_only')"
    )
    with acme.books() as books, acme.books(read_only=True) as reader:
        if acme.stronghold.database.backend.name == "sqlite":
            return
        found = books._unit.connection.execute(question).one()
        assert tuple(found) == ("stronghold_app", str(acme.tenant.id), "read committed", "off")
        found = reader._unit.connection.execute(question).one()
        assert tuple(found) == ("stronghold_app", str(acme.tenant.id), "repeatable read", "on")


def test_the_dangerous_setting_works_as_the_login_itself(postgresql_url: str) -> None:
    """Named for its danger: the role is not taken on, but the tenant is named all the same."""
    settings = Settings(dangerously_skip_row_level_security=True, app_role="nobody_has_this")
    engine = create_engine(make_url(postgresql_url).set(drivername="postgresql+psycopg"))
    stronghold = Stronghold(engine, settings=settings)
    backend, tenant_id = stronghold.database.backend, TenantId(new_id())
    question = text("select current_user, current_setting('stronghold.tenant_id')")
    with engine.connect() as connection:
        backend.begin(connection, tenant_id, read_only=False)
        assert tuple(connection.execute(question).one()) == ("stronghold_member", str(tenant_id))
        backend.bind_tenant(connection, None)
        assert tuple(connection.execute(question).one()) == ("stronghold_member", "")
    engine.dispose()


# --- errors inside the block


def refused_name(books: Books) -> None:
    """Run into a constraint of the database."""
    books.categories.create(name="Rent", kind="expense")


def refused_pending(books: Books) -> None:
    """Run into the same one at a flush, with the object still pending."""
    row = Category(id=new_id(), name="Rent", kind="expense", status="open", created_at=books._unit.clock.now())
    with books._unit.savepoint():
        books._unit.session.add(row)


@pytest.mark.parametrize("reads_first", [False, True], ids=["at once", "after a read"])
@pytest.mark.parametrize(
    "refused",
    [
        refused_name,
        lambda books: books.accounts.open(name="", type="asset"),
        lambda books: books.transactions.record(account=names_id(books), amount="0.00"),
        lambda books: books.accounts.get(new_id()),
        lambda books: books.members.remove(ADA),
    ],
    ids=["a constraint", "a bad name", "nothing to move", "nothing there", "the last owner"],
)
def test_an_error_caught_in_the_block_leaves_what_is_sound(
    acme: Desk, refused: Callable[[Books], object], *, reads_first: bool
) -> None:
    """The refused verb is undone as a whole; what came before it and after it is committed."""
    with acme.books() as books:
        books.categories.create(name="Rent", kind="expense")
    with acme.books() as books:
        if reads_first:
            assert len(books.categories.list()) == 1
        open_account(books, "Before")
        with pytest.raises(
            (DuplicateNameError, InvalidInputError, ZeroAmountError, NotFoundError, Exception)
        ) as caught:
            refused(books)
        assert not isinstance(caught.value, (UnitBrokenError, DBAPIError))
        open_account(books, "Later")
        assert names(books) == ["Before", "Later"]
    assert stored(acme) == ["Before", "Later"]
    with acme.books() as books:
        assert [category.name for category in books.categories.list()] == ["Rent"]
        assert books.verify().is_sound
        assert [event.action for event in books.audit.list().items].count("account.open") == 2


def names_id(books: Books) -> Any:  # noqa: ANN401 - an account's id
    """Take some account."""
    return books.accounts.list().items[0].id


def test_a_verb_that_raises_leaves_nothing_of_itself(acme: Desk, vault: Vault) -> None:
    """Not even the first of several things that it wrote."""
    before = vault.rows()
    with acme.books() as books:
        with pytest.raises(LookupError), books._unit.verb(Permission.ACCOUNT_WRITE):
            failing(books)
        assert names(books) == []
    assert vault.rows() == before


def test_savepoints_nest(acme: Desk) -> None:
    """An inner one that is undone takes nothing of the outer one with it."""
    with acme.books() as books:
        with books._unit.savepoint():
            open_account(books, "Outer")
            with pytest.raises(LookupError), books._unit.savepoint():
                failing(books)
            open_account(books, "Outer, too")
        assert names(books) == ["Outer", "Outer, too"]
    assert stored(acme) == ["Outer", "Outer, too"]


def add_category(books: Books, name: str, error: type[BaseException] | None = None) -> None:
    """Write a category as the posting engine writes, and then perhaps fail."""
    columns = {"tenant_id": books.context.tenant_id, "kind": "expense", "created_at": books._unit.clock.now()}
    with books._unit.bare_savepoint():
        books._unit.connection.execute(insert(Category).values(**columns, id=new_id(), name=name))
        if error is not None:
            raise error


def test_a_bare_savepoint_undoes_what_ran_on_the_connection(acme: Desk) -> None:
    """What was written before it stays, be it that the session had not sent it yet, and what comes after does, too."""
    with acme.books() as books:
        columns = {"tenant_id": acme.tenant.id, "kind": "expense", "created_at": books._unit.clock.now()}
        books._unit.session.add(Category(**columns, id=new_id(), name="Before"))
        with pytest.raises(LookupError):
            add_category(books, "Inside", LookupError)
        add_category(books, "After")
    with acme.books() as books:
        assert [found.name for found in books.categories.list()] == ["After", "Before"]


def test_a_bare_savepoint_undoes_a_statement_that_failed(acme: Desk) -> None:
    """The error is told in our words, and the unit goes on, also where the database aborts a transaction."""
    with acme.books() as books:
        unit = books._unit
        open_account(books)
        with pytest.raises(ConstraintError), unit.bare_savepoint():
            unit.connection.execute(insert(Category).values(tenant_id=acme.tenant.id, id=new_id(), kind="neither"))
        open_account(books, "Cash")
    assert stored(acme) == ["Bank", "Cash"]


def test_in_a_bare_savepoint_there_is_no_session(acme: Desk) -> None:
    """If it failed to write there it would take the whole unit along."""
    with acme.books() as books:
        with pytest.raises(RuntimeError, match="does not know of the savepoint"), books._unit.bare_savepoint():
            books._unit.session.flush()
        open_account(books)
    assert stored(acme) == ["Bank"]


def test_a_bare_savepoint_that_cannot_be_undone_breaks_the_unit(acme: Desk) -> None:
    """As when the database has rolled everything back by itself; nothing is written then."""
    with pytest.raises(UnitBrokenError, match="It was lost"), acme.books() as books:
        lose_a_savepoint(books)
    assert stored(acme) == []


def lose_a_savepoint(books: Books) -> None:
    """Write, lose the savepoint that is to be undone, and hide the error."""
    open_account(books)
    with suppress(LookupError), books._unit.bare_savepoint():
        books._unit.connection.exec_driver_sql("RELEASE SAVEPOINT stronghold_bare")
        raise LookupError("It was lost.")


def test_objects_that_were_undone_are_forgotten(acme: Desk) -> None:
    """They must not be written by the next flush after all."""
    with acme.books() as books:
        books.categories.create(name="Rent", kind="expense")
        with pytest.raises(Exception, match="ux_stronghold_category_root_name"):
            refused_pending(books)
        books.categories.create(name="Food", kind="expense")
    with acme.books() as books:
        assert [category.name for category in books.categories.list()] == ["Food", "Rent"]


# --- a transaction that is spoiled


def spoil(books: Books) -> None:
    """Write, make the database give up the transaction, as it does after some failures, and hide the error."""
    open_account(books)
    connection = books._unit.connection
    if connection.dialect.name == "sqlite":
        # SQLite rolls back by itself, for instance when the disk is full.
        connection.exec_driver_sql("ROLLBACK")
    else:
        with pytest.raises(DBAPIError):
            connection.execute(text("select 1 from nowhere"))


def test_a_spoiled_unit_refuses_every_use(acme: Desk) -> None:
    """The error says that it can only be rolled back."""
    with pytest.raises(UnitBrokenError, match="the database aborted the transaction"), acme.books() as books:
        try_everything_spoiled(books)
    assert stored(acme) == []


def try_everything_spoiled(books: Books) -> None:
    """Spoil *books*, and go on using them in every way."""
    spoil(books)
    for use in USES.values():
        with pytest.raises(UnitBrokenError, match="can only be rolled back"):
            use(books)


def test_a_spoiled_unit_that_is_left_in_good_order_is_not_taken_for_committed(acme: Desk, vault: Vault) -> None:
    """PostgreSQL answers COMMIT with a silent rollback; nobody must believe that something was written."""
    before = vault.rows()
    with pytest.raises(UnitBrokenError), acme.books() as books:
        spoil(books)
    assert vault.rows() == before


def test_the_unit_after_a_spoiled_one_is_sound(acme: Desk) -> None:
    """The connection goes back to the pool as good as new."""
    for _ in range(3):
        with pytest.raises(UnitBrokenError), acme.books() as books:
            spoil(books)
        with acme.books() as books:
            assert names(books) == []


def test_a_full_disk_is_an_error_and_leaves_the_books_sound(sqlite_url: str) -> None:
    """Whatever was caught on the way: either all of the unit is written, or nothing."""
    with Stronghold(sqlite_url) as stronghold:
        tenant = stronghold.tenants.create(kind="user", name="Ada", base_currency="USD", owner=ADA)
        desk = Desk(stronghold, tenant, ADA)
        with pytest.raises(StorageFullError, match="nothing was written"), desk.books() as books:
            fill(books)
        assert stored(desk) == []
        with desk.books() as books:
            open_account(books)
            assert books.verify().is_sound
        assert stored(desk) == ["Bank"]


def fill(books: Books) -> None:
    """Write more than the file may grow by, which SQLite reports as a full disk."""
    connection = books._unit.connection
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 4}")
    for n in range(1_000):
        open_account(books, f"{n} {'x' * 150}")


# --- after the block


USES: dict[str, Callable[[Books], object]] = {
    "a write": open_account,
    "accounts": names,
    "categories": lambda books: books.categories.list(),
    "members": lambda books: books.members.list(),
    "the log": lambda books: books.audit.list(),
    "the dashboard": lambda books: books.dashboard.overview(),
    "verify": lambda books: books.verify(),
    "the connection": lambda books: books._unit.connection,
    "the session": lambda books: books._unit.session,
}


@pytest.mark.parametrize("fails", [False, True], ids=["committed", "rolled back"])
def test_books_cannot_be_used_after_their_block(acme: Desk, *, fails: bool) -> None:
    """The connection belongs to somebody else by now."""
    with suppress(LookupError), acme.books() as books:
        if fails:
            failing(books)
    for use in USES.values():
        with pytest.raises(UnitClosedError, match=r"open a new one with stronghold\.books"):
            use(books)


# --- trying again


def test_run_tries_again_from_the_start(acme: Desk) -> None:
    """Each attempt has a fresh unit; what a failed one wrote is gone."""
    seen: list[tuple[Books, list[str]]] = []

    def do(books: Books) -> str:
        seen.append((books, names(books)))
        open_account(books)
        if len(seen) < 3:
            raise RetryableConflictError
        return "done"

    assert quick(acme).run(acme.tenant.id, principal=ADA, do=do) == "done"
    assert [found for _, found in seen] == [[], [], []]
    assert len({id(books) for books, _ in seen}) == 3
    assert stored(acme) == ["Bank"]


@pytest.mark.parametrize("form", ["run", "read"])
def test_it_gives_up_after_as_many_attempts_as_the_settings_say(acme: Desk, form: str) -> None:
    """The last conflict comes out."""
    calls: list[int] = []

    def do(_: Books) -> None:
        calls.append(1)
        raise RetryableConflictError(reason=f"Attempt {len(calls)}.")

    with pytest.raises(RetryableConflictError, match="Attempt 4"):
        getattr(quick(acme, retry_attempts=4), form)(acme.tenant.id, principal=ADA, do=do)
    assert len(calls) == 4


def quick(desk: Desk, **settings: Any) -> Stronghold:  # noqa: ANN401 - whatever Settings takes
    """Share the desk's database, with next to no pauses."""
    return Stronghold(desk.stronghold.database.engine, settings=Settings(retry_first_delay_seconds=1e-6, **settings))


def test_a_block_is_never_run_again(acme: Desk) -> None:
    """A conflict comes out of it, for Python can't run a block twice."""
    with pytest.raises(RetryableConflictError), acme.books() as books:
        failing(books, RetryableConflictError)
    assert stored(acme) == []


def test_a_busy_database_is_worth_another_try(sqlite_url: str) -> None:
    """The writer lets go after the second attempt, and the third one gets through."""
    settings = Settings(busy_timeout_seconds=0, retry_first_delay_seconds=1e-6, retry_attempts=3)
    attempts: list[int] = []
    with Stronghold(sqlite_url, settings=settings) as stronghold:
        tenant = stronghold.tenants.create(kind="user", name="Ada", base_currency="USD", owner=ADA)
        with locked(stronghold.database.engine) as release:

            def note_and_release() -> None:
                attempts.append(1)
                if len(attempts) == 2:
                    release()

            with watched_pauses(note_and_release):
                stronghold.run(tenant.id, principal=ADA, do=open_account)
        assert len(attempts) == 2
        with (
            locked(stronghold.database.engine),
            pytest.raises(DatabaseBusyError, match="longer than the busy timeout"),
        ):
            stronghold.run(tenant.id, principal=ADA, do=open_account)
        assert stored(Desk(stronghold, tenant, ADA)) == ["Bank"]


@contextmanager
def locked(engine: Engine) -> Generator[Callable[[], None]]:
    """Hold the write lock of a file, until it is released."""
    with engine.connect() as writer:
        writer.exec_driver_sql("BEGIN IMMEDIATE")
        yield writer.rollback


@contextmanager
def watched_pauses(note: Callable[[], None]) -> Generator[None]:
    """Call *note* instead of pausing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "sleep", lambda _: note())
        yield


def test_pauses_grow_and_have_an_end() -> None:
    """Random, so that two in conflict part; twice as long each time on average, and a second in the end."""
    for attempt, most in ((1, 0.02), (2, 0.04), (5, 0.32), (8, 2.0), (100, 2.0)):
        pauses = [_pause(attempt, 0.01) for _ in range(200)]
        assert min(pauses) >= 0
        assert max(pauses) <= most
        assert len(set(pauses)) > 100


# --- after the commit


def test_callbacks_run_after_the_commit_in_their_order(acme: Desk) -> None:
    """By then everybody sees what was written, and the unit is over."""
    heard: list[object] = []
    with acme.books() as books:
        books.on_commit(lambda: heard.append(stored(acme)))
        books.on_commit(lambda: heard.append("second"))
        open_account(books)
        assert heard == []
    assert heard == [["Bank"], "second"]


@pytest.mark.parametrize("end", [failing, spoil])
def test_callbacks_never_run_after_a_rollback(acme: Desk, end: Callable[[Books], None]) -> None:
    """Neither after an exception nor when the transaction was lost."""
    heard: list[str] = []

    def do(books: Books) -> None:
        books.on_commit(lambda: heard.append("committed"))
        end(books)

    with pytest.raises((LookupError, UnitBrokenError)), acme.books() as books:
        do(books)
    assert heard == []


def test_only_the_attempt_that_is_committed_calls_back(acme: Desk) -> None:
    """What a failed attempt had asked for is forgotten with it."""
    heard: list[int] = []
    attempts: list[int] = []

    def do(books: Books) -> None:
        attempts.append(1)
        mine = len(attempts)
        books.on_commit(lambda: heard.append(mine))
        if mine < 3:
            raise RetryableConflictError

    quick(acme).run(acme.tenant.id, principal=ADA, do=do)
    assert heard == [3]


def test_a_callback_that_fails_takes_nothing_back(acme: Desk) -> None:
    """The money is committed, the others are called, and the unit is not run again."""
    heard: list[str] = []
    attempts: list[int] = []

    def fail() -> None:
        raise RetryableConflictError(reason="the mail server is busy.")

    def do(books: Books) -> None:
        attempts.append(1)
        open_account(books)
        books.on_commit(fail)
        books.on_commit(lambda: heard.append("second"))

    with pytest.raises(CallbackFailedError, match="is committed, but a callback after it failed") as caught:
        quick(acme).run(acme.tenant.id, principal=ADA, do=do)
    assert "the mail server is busy" in caught.value.cause
    assert (len(attempts), heard, stored(acme)) == (1, ["second"], ["Bank"])


# --- what a rollback must not take away


def denials(desk: Desk) -> list[tuple[str, str, str]]:
    """List what was refused, in the order of time: who, what, and how it ended."""
    with desk.books() as books:
        events = [event for event in books.audit.list().items if event.kind == "security"]
    return [(event.actor, event.action, event.outcome) for event in reversed(events)]


@pytest.mark.parametrize("caught_inside", [False, True], ids=["rolled back", "caught and committed"])
def test_a_denial_is_recorded_whatever_becomes_of_the_unit(acme: Desk, *, caught_inside: bool) -> None:
    """Each one once, though the unit that it happened in may leave no other trace."""
    vera = acme.seat("user:vera", "member")
    with suppress(LookupError), vera.books() as books:
        for refused in (open_account, lambda books: books.members.list()):
            with pytest.raises(PermissionDeniedError):
                refused(books)
        if not caught_inside:
            raise LookupError
    assert denials(acme) == [("user:vera", "account:write", "denied"), ("user:vera", "member:read", "denied")]


def test_a_denial_in_a_read_unit_is_recorded(acme: Desk) -> None:
    """Though that unit itself can't write."""
    vera = acme.seat("user:vera", "viewer")
    with pytest.raises(PermissionDeniedError), vera.books(read_only=True) as books:
        books.audit.list()
    assert denials(acme) == [("user:vera", "audit:read", "denied")]


def test_a_stranger_at_the_door_is_recorded(acme: Desk) -> None:
    """With where they came from; the log of the tenant they tried to enter shows it."""
    origin = Origin(request_id="r-7", ip="203.0.113.7", user_agent="curl")
    with (
        pytest.raises(NotFoundError),
        acme.stronghold.books(acme.tenant.id, principal=EVE, origin=origin),
    ):
        pass
    assert denials(acme) == [(EVE, "tenant:enter", "denied")]
    with acme.books() as books:
        event = books.audit.list(actor=EVE).items[0]
    assert (event.request_id, event.payload) == ("r-7", {"ip": "203.0.113.7", "user_agent": "curl"})


def test_nobody_is_recorded_at_a_door_that_is_not_there(stronghold: Stronghold, vault: Vault) -> None:
    """There is no tenant in whose log it could stand."""
    before = vault.rows()
    with pytest.raises(NotFoundError), stronghold.books(new_id(), principal=EVE):
        pass
    assert vault.rows() == before


def test_a_denial_that_cannot_be_recorded_is_logged_and_hides_nothing(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The caller still hears what was refused, not why it could not be written down."""
    with Stronghold(sqlite_url, settings=Settings(busy_timeout_seconds=0)) as stronghold:
        tenant = stronghold.tenants.create(kind="user", name="Ada", base_currency="USD", owner=ADA)
        vera = Desk(stronghold, tenant, ADA).seat("user:vera", "viewer")
        with (
            caplog.at_level(logging.ERROR, logger="stronghold"),
            locked(stronghold.database.engine),
            pytest.raises(PermissionDeniedError),
            vera.books(read_only=True) as books,
        ):
            books.audit.list()
    assert "user:vera was refused ['audit:read'], which could not be recorded" in caplog.text


# --- its parts


def test_a_unit_knows_whether_it_has_written(acme: Desk) -> None:
    """A cache must not be filled from one that has."""
    with acme.books() as books:
        names(books)
        assert not books._unit.has_written
        open_account(books)
        assert books._unit.has_written
        assert books._unit.knows_its_end


def test_a_unit_that_failed_to_open_leaves_the_connection_free(acme: Desk) -> None:
    """Strangers can't use up the pool."""
    engine = create_engine(acme.stronghold.database.engine.url, pool_size=1, max_overflow=0, pool_timeout=0.1)
    stronghold = Stronghold(engine)
    if engine.dialect.name == "sqlite":
        from stronghold_core import prepare_sqlite  # noqa: PLC0415

        prepare_sqlite(engine)
    for _ in range(3):
        with pytest.raises(NotFoundError), stronghold.books(acme.tenant.id, principal=EVE):
            pass
    with stronghold.books(acme.tenant.id, principal=ADA) as books:
        assert names(books) == []
    engine.dispose()


def test_the_session_reads_what_the_verbs_wrote_past_it(acme: Desk) -> None:
    """Both see one transaction."""
    with acme.books() as books:
        session = books._unit.session
        before = len(session.scalars(select(AuditEvent)).all())
        open_account(books)
        assert len(session.scalars(select(AuditEvent)).all()) == before + 1

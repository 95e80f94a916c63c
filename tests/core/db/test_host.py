"""Inside a host's transaction a unit of work is a guest: it commits nothing, and leaves everything as it found it."""

from __future__ import annotations

import logging
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, create_engine, insert, make_url, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import QueuePool

from stronghold_core import Books, SessionHost, Stronghold, prepare_sqlite
from stronghold_core.errors import (
    CallbackFailedError,
    ConfigurationError,
    NotFoundError,
    PermissionDeniedError,
    ReadOnlyUnitError,
    UnitAlreadyOpenError,
    UnitBrokenError,
)
from tests.support.stronghold import ADA, EVE, Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

    from stronghold_core import ManualClock
    from tests.support.postgres import PostgresCluster


class HostBase(DeclarativeBase):
    """The host's own tables."""


class Order(HostBase):
    """Something that the host sells."""

    __tablename__ = "host_order"

    id: Mapped[int] = mapped_column(primary_key=True)
    goods: Mapped[str]


ORDERS = Table("host_order", MetaData(), Column("id", Integer, primary_key=True), Column("goods", String))


class Host(NamedTuple):
    """A host's program: an engine of its own, and books on it."""

    engine: Engine
    stronghold: Stronghold
    acme: Desk
    rival: Desk

    @property
    def is_postgresql(self) -> bool:
        """Whether there are roles to be looked at."""
        return self.engine.dialect.name == "postgresql"

    def join(self, session: Session, *, read_only: bool = False) -> AbstractContextManager[Books]:
        """Open Acme's books inside the transaction of *session*."""
        return self.stronghold.books(self.acme.tenant.id, principal=ADA, session=session, read_only=read_only)

    def join_connection(self, connection: Connection) -> AbstractContextManager[Books]:
        """Open Acme's books inside the transaction of a bare *connection*."""
        return self.stronghold.books(self.acme.tenant.id, principal=ADA, connection=connection)

    def stored(self) -> tuple[list[str], list[str]]:
        """Read what is committed: the host's orders, and the names of Acme's accounts."""
        with self.engine.connect() as connection:
            orders = list(connection.execute(select(ORDERS.c.goods).order_by(ORDERS.c.id)).scalars())
        return orders, self.stronghold.read(self.acme.tenant.id, principal=ADA, do=names)


def names(books: Books) -> list[str]:
    """Read the names of the accounts."""
    return [account.name for account in books.accounts.list().items]


def open_account(books: Books, name: str = "Bank") -> None:
    """Write something."""
    books.accounts.open(name=name, type="asset")


@pytest.fixture
def host(request: pytest.FixtureRequest, database_url: str, clock: ManualClock) -> Generator[Host]:
    """Let the host run on either database."""
    with hosted(request, database_url, clock) as running:
        yield running


@pytest.fixture
def postgresql_host(request: pytest.FixtureRequest, postgresql_url: str, clock: ManualClock) -> Generator[Host]:
    """Let it run on PostgreSQL, where there are roles."""
    with hosted(request, postgresql_url, clock) as running:
        yield running


@contextmanager
def hosted(request: pytest.FixtureRequest, database_url: str, clock: ManualClock) -> Generator[Host]:
    """Make the host's engine with a small pool, and its table in the database that holds the books."""
    url = make_url(database_url)
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
        postgres: PostgresCluster = request.getfixturevalue("postgres")
        prepare_postgresql(postgres.url(str(url.database)))
    engine = create_engine(url, poolclass=QueuePool, pool_size=2, max_overflow=0, pool_timeout=20)
    if engine.dialect.name == "sqlite":
        prepare_sqlite(engine)
        HostBase.metadata.create_all(engine)
    stronghold = Stronghold(engine, clock=clock)
    desks = []
    for name, owner in (("Acme", ADA), ("Rival", EVE)):
        tenant = stronghold.tenants.create(kind="organization", name=name, base_currency="USD", owner=owner)
        desks.append(Desk(stronghold, tenant, owner))
    yield Host(engine, stronghold, *desks)
    engine.dispose()


def prepare_postgresql(owner_url: str) -> None:
    """Make the host's table as the owner, and empty; the app role gets nothing on it."""
    engine = create_engine(make_url(owner_url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        HostBase.metadata.create_all(connection)
        connection.execute(text("delete from host_order"))
        connection.execute(text("grant select, insert, delete on host_order to stronghold_member"))
        connection.execute(text("grant usage on sequence host_order_id_seq to stronghold_member"))
    engine.dispose()


class Failed(Exception):  # noqa: N818 - what fails here is the host
    """The host's own error."""


# --- together or not at all


def test_with_a_session_both_are_committed_by_the_host(host: Host) -> None:
    """Nothing is committed before, and then all of it at once."""
    with Session(host.engine) as session:
        session.add(Order(goods="Paper"))
        with host.join(session) as books:
            open_account(books)
        session.add(Order(goods="Ink"))
        assert host.stored() == ([], [])
        session.commit()
    assert host.stored() == (["Paper", "Ink"], ["Bank"])


def test_with_a_session_both_are_rolled_back_by_the_host(host: Host) -> None:
    """Whatever the unit had written."""
    with Session(host.engine) as session:
        session.add(Order(goods="Paper"))
        with host.join(session) as books:
            open_account(books)
        session.rollback()
    assert host.stored() == ([], [])


def test_with_a_connection_both_are_committed_by_the_host(host: Host) -> None:
    """Without any session."""
    with host.engine.begin() as connection:
        connection.execute(insert(ORDERS).values(goods="Paper"))
        with host.join_connection(connection) as books:
            open_account(books)
        connection.execute(insert(ORDERS).values(goods="Ink"))
    assert host.stored() == (["Paper", "Ink"], ["Bank"])


def test_with_a_connection_both_are_rolled_back_by_the_host(host: Host) -> None:
    """By an exception of its own after the block."""
    with suppress(Failed), host.engine.begin() as connection:
        connection.execute(insert(ORDERS).values(goods="Paper"))
        with host.join_connection(connection) as books:
            open_account(books)
        raise Failed
    assert host.stored() == ([], [])


@pytest.mark.parametrize("by", ["session", "connection"])
def test_the_host_may_roll_back_though_it_wrote_nothing_itself(host: Host, by: str) -> None:
    """A savepoint outside any transaction would commit when it is released; the unit sees to it that there is one."""
    with Session(host.engine) if by == "session" else host.engine.connect() as transaction:
        transaction.begin()
        with host.stronghold.books(host.acme.tenant.id, principal=ADA, **{by: transaction}) as books:  # type: ignore[arg-type]
            open_account(books)
        transaction.rollback()
    assert host.stored() == ([], [])


def test_what_the_host_has_not_written_yet_is_written_first(host: Host) -> None:
    """The ledger may refer to it, and its own errors come before the ledger's."""
    with Session(host.engine) as session:
        order = Order(goods="Paper")
        session.add(order)
        with host.join(session) as books:
            assert order.id is not None
            open_account(books, f"Order {order.id}")
        session.rollback()
        session.add(Order(id=1, goods="Paper"))
        session.add(Order(id=1, goods="Ink"))
        with pytest.raises(IntegrityError):
            host.join(session)


def test_an_exception_in_the_block_undoes_the_unit_alone(host: Host) -> None:
    """The host may catch it and go on: its own rows stay, also those written after."""
    with Session(host.engine) as session:
        session.add(Order(goods="Paper"))
        with suppress(Failed), host.join(session) as books:
            open_account(books)
            raise Failed
        session.add(Order(goods="Ink"))
        session.commit()
    assert host.stored() == (["Paper", "Ink"], [])


def test_a_statement_that_fails_in_the_block_does_not_spoil_the_hosts_transaction(host: Host) -> None:
    """Its savepoint takes the failure away, as well as the unit."""
    with host.engine.begin() as connection:
        connection.execute(insert(ORDERS).values(goods="Paper"))
        with suppress(UnitBrokenError), host.join_connection(connection) as books:
            open_account(books)
            with pytest.raises(DBAPIError):
                books._unit.connection.execute(text("select 1 from nowhere"))
        connection.execute(insert(ORDERS).values(goods="Ink"))
    # SQLite takes back the one statement, PostgreSQL the whole savepoint.
    assert host.stored() == (["Paper", "Ink"], [] if host.is_postgresql else ["Bank"])


def test_a_unit_sees_what_an_earlier_one_wrote_in_the_same_transaction(host: Host) -> None:
    """Though nothing of it is committed."""
    with Session(host.engine) as session:
        with host.join(session) as books:
            open_account(books, "First")
        with host.join(session) as books:
            assert names(books) == ["First"]
            open_account(books, "Second")
        session.commit()
    assert host.stored()[1] == ["First", "Second"]


def test_a_joined_unit_may_be_one_that_only_reads(host: Host) -> None:
    """Its verbs refuse to write; the host itself may go on writing after it."""
    with Session(host.engine) as session:
        with host.join(session, read_only=True) as books:
            assert names(books) == []
            with pytest.raises(ReadOnlyUnitError):
                open_account(books)
        session.add(Order(goods="Paper"))
        session.commit()
    assert host.stored() == (["Paper"], [])


@pytest.mark.parametrize("released", [True, False], ids=["released", "rolled back"])
def test_a_savepoint_of_the_hosts_decides_about_the_unit_inside(host: Host, *, released: bool) -> None:
    """As about everything else inside it."""
    with Session(host.engine) as session:
        session.add(Order(goods="Paper"))
        savepoint = session.begin_nested()
        with host.join(session) as books:
            open_account(books)
        if released:
            savepoint.commit()
        else:
            savepoint.rollback()
        session.add(Order(goods="Ink"))
        session.commit()
    assert host.stored() == (["Paper", "Ink"], ["Bank"] if released else [])


# --- what it refuses


def test_a_connection_outside_a_transaction_cannot_be_joined(host: Host) -> None:
    """There would be nothing to commit with."""
    with (
        host.engine.connect() as connection,
        pytest.raises(ConfigurationError, match=r"begin one first \(connection\.begin\(\)\)"),
        host.join_connection(connection),
    ):
        pass


def test_a_unit_joins_a_session_or_a_connection_not_both(host: Host) -> None:
    """It could not tell which of them it belongs to."""
    with (
        Session(host.engine) as session,
        pytest.raises(ConfigurationError, match="a session or a connection, not both"),
        host.stronghold.books(host.acme.tenant.id, principal=ADA, session=session, connection=session.connection()),
    ):
        pass


def test_units_of_the_same_tenant_and_principal_nest(host: Host) -> None:
    """A helper that opens books works inside and outside; the inner one may fail alone."""
    with host.engine.begin() as connection, host.join_connection(connection) as outer:
        open_account(outer, "Outer")
        with host.join_connection(connection) as inner:
            open_account(inner, "Inner")
        with suppress(Failed), host.join_connection(connection) as failing:
            open_account(failing, "Failing")
            raise Failed
        assert names(outer) == ["Inner", "Outer"]
    assert host.stored()[1] == ["Inner", "Outer"]


@pytest.mark.parametrize("who", ["another tenant", "another principal"])
def test_a_second_unit_of_somebody_else_on_the_connection_is_refused(host: Host, who: str) -> None:
    """The error names whose unit is open; that one goes on undisturbed, and afterwards the other may open theirs."""
    other = host.rival if who == "another tenant" else host.acme.seat("user:bob", "owner")
    with host.engine.begin() as connection:
        with host.join_connection(connection) as books:
            open_account(books)
            with (
                pytest.raises(UnitAlreadyOpenError, match="already serves a unit of work") as caught,
                host.stronghold.books(other.tenant.id, principal=other.principal, connection=connection),
            ):
                pass
            assert (caught.value.tenant_id, caught.value.principal) == (host.acme.tenant.id, ADA)
            assert names(books) == ["Bank"]
        with host.stronghold.books(other.tenant.id, principal=other.principal, connection=connection) as books:
            assert names(books) == ([] if other is host.rival else ["Bank"])
    assert host.stored()[1] == ["Bank"]


def test_a_stranger_gets_in_by_no_transaction(host: Host) -> None:
    """The host's own connection could read everything; the unit on it asks who it is."""
    with (
        Session(host.engine) as session,
        pytest.raises(NotFoundError),
        host.stronghold.books(host.acme.tenant.id, principal=EVE, session=session),
    ):
        pass


# --- role and tenant, as before

LOOK = text("select current_user, current_setting('role'), coalesce(current_setting('stronghold.tenant_id', true), '')")


def look(connection: Connection) -> tuple[str, ...]:
    """See whom the connection works as, and for which tenant; on SQLite there is nothing to see."""
    if connection.dialect.name == "sqlite":
        return ()
    return tuple(connection.execute(LOOK).one())


@pytest.mark.parametrize("fails", [False, True], ids=["left", "failed"])
def test_the_hosts_sql_runs_after_the_block_as_before_it(host: Host, *, fails: bool) -> None:
    """As its own login, and for no tenant: the app role may not even see the host's table."""
    with host.engine.begin() as connection:
        before = look(connection)
        with suppress(Failed), host.join_connection(connection) as books:
            open_account(books)
            assert look(connection) == (
                ("stronghold_app", "stronghold_app", str(host.acme.tenant.id)) if host.is_postgresql else ()
            )
            if fails:
                raise Failed
        assert look(connection) == before
        connection.execute(insert(ORDERS).values(goods="Paper"))
    assert host.stored() == (["Paper"], [] if fails else ["Bank"])


@pytest.mark.parametrize("fails", [False, True], ids=["left", "failed"])
def test_a_role_and_a_tenant_of_the_hosts_own_come_back(postgresql_host: Host, *, fails: bool) -> None:
    """A host that uses roles itself, or the same setting, finds them as it had set them."""
    host = postgresql_host
    with host.engine.begin() as connection:
        connection.execute(text("set local role stronghold_app"))
        connection.execute(text(f"set local stronghold.tenant_id = '{host.rival.tenant.id}'"))
        before = look(connection)
        with suppress(Failed), host.join_connection(connection) as books:
            open_account(books)
            if fails:
                raise Failed
        assert look(connection) == before == ("stronghold_app", "stronghold_app", str(host.rival.tenant.id))


def test_a_nested_unit_leaves_the_outer_one_bound(postgresql_host: Host) -> None:
    """Whether it ends well or not."""
    host = postgresql_host
    with host.engine.begin() as connection, host.join_connection(connection):
        before = look(connection)
        with host.join_connection(connection):
            pass
        assert look(connection) == before
        with suppress(Failed), host.join_connection(connection):
            raise Failed
        assert look(connection) == before


# --- after the host's commit


@pytest.mark.parametrize("commits", [True, False], ids=["commit", "rollback"])
def test_callbacks_wait_for_the_hosts_commit(host: Host, *, commits: bool) -> None:
    """Not for the end of the block; and after a rollback they are never called, nor after a later commit."""
    heard: list[str] = []
    with Session(host.engine) as session:
        with host.join(session) as books:
            open_account(books)
            books.on_commit(lambda: heard.append("committed"))
        assert heard == []
        if commits:
            session.commit()
        else:
            session.rollback()
        assert heard == (["committed"] if commits else [])
        session.add(Order(goods="Paper"))
        session.commit()
        session.rollback()
    assert heard == (["committed"] if commits else [])


def test_callbacks_of_a_failed_block_are_dropped(host: Host) -> None:
    """The host goes on and commits, but not what this unit did."""
    heard: list[str] = []
    with Session(host.engine) as session:
        with suppress(Failed), host.join(session) as books:
            books.on_commit(lambda: heard.append("committed"))
            raise Failed
        session.commit()
    assert heard == []


@pytest.mark.parametrize("fails", [False, True], ids=["ends well", "fails"])
def test_callbacks_of_a_unit_inside_another_share_its_fate(host: Host, *, fails: bool) -> None:
    """The inner one ended well, but only the outer one's end decides."""
    heard: list[str] = []
    with Session(host.engine) as session:
        with suppress(Failed), host.join(session) as outer:
            outer.on_commit(lambda: heard.append("outer"))
            with host.join(session) as inner:
                inner.on_commit(lambda: heard.append("inner"))
            if fails:
                raise Failed
        session.commit()
    assert sorted(heard) == ([] if fails else ["inner", "outer"])


def test_every_unit_in_the_transaction_calls_back_once(host: Host) -> None:
    """In their order; and so does a unit in the session's next transaction."""
    heard: list[int] = []
    with Session(host.engine) as session:
        for numbers in ((1, 2), (3,)):
            for number in numbers:
                with host.join(session) as books:
                    books.on_commit(lambda number=number: heard.append(number))  # type: ignore[misc]
            session.commit()
    assert heard == [1, 2, 3]


def test_a_callback_that_fails_keeps_no_other_from_being_called(host: Host) -> None:
    """Neither of its own unit nor of the next; the host's commit says which failed, and the session goes on."""
    heard: list[str] = []
    vera = host.acme.seat("user:vera", "viewer")
    with Session(host.engine) as session:
        with host.join(session) as books:
            open_account(books)
            books.on_commit(fail)
            books.on_commit(lambda: heard.append("same unit"))
        with (
            suppress(PermissionDeniedError),
            host.stronghold.books(vera.tenant.id, principal=vera.principal, session=session) as books,
        ):
            open_account(books)
        with host.join(session) as books:
            books.on_commit(lambda: heard.append("next unit"))
        with pytest.raises(CallbackFailedError, match=r"is committed, but .* failed \(Failed: mail\)") as caught:
            session.commit()
        assert isinstance(caught.value.__cause__, Failed)
        session.add(Order(goods="Paper"))
        session.commit()
    assert heard == ["same unit", "next unit"]
    assert host.stored() == (["Paper"], ["Bank"])
    assert recorded(host) == [("user:vera", "account:write")]


def fail() -> None:
    """Do what was to happen after the commit, badly."""
    raise Failed("mail")


def test_what_fails_after_a_rollback_is_logged(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    """Raised, it would hide why the host rolled back; and nothing is committed that its error could speak of."""
    heard: list[str] = []
    with Session(host.engine) as session:
        told = SessionHost(session)
        told.on_end(fail)
        told.on_end(lambda: heard.append("ended"))
        with host.stronghold.books(host.acme.tenant.id, principal=ADA, session=session, host=told) as books:
            open_account(books)
        session.rollback()
    assert heard == ["ended"]
    assert "after a host's rollback failed" in caplog.text
    assert host.stored() == ([], [])


@pytest.mark.parametrize("undone", ["none", "inner", "outer"])
def test_a_rolled_back_savepoint_of_the_hosts_silences_the_callbacks_inside(host: Host, undone: str) -> None:
    """Its own, or one around it that is rolled back after the inner one was released; other units still call."""
    heard: list[str] = []
    with Session(host.engine) as session:
        with host.join(session) as books:
            books.on_commit(lambda: heard.append("before"))
        outer = session.begin_nested()
        inner = session.begin_nested()
        with host.join(session) as books:
            open_account(books)
            books.on_commit(lambda: heard.append("inside"))
        if undone == "inner":
            inner.rollback()
            outer.commit()
        else:
            inner.commit()
            if undone == "outer":
                outer.rollback()
            else:
                outer.commit()
        session.commit()
    assert heard == ["before", *(["inside"] if undone == "none" else [])]
    assert host.stored()[1] == (["Bank"] if undone == "none" else [])


def test_a_bare_connection_cannot_promise_a_callback(host: Host) -> None:
    """Nobody would tell the unit of the commit, so it says so at once."""
    with (
        host.engine.begin() as connection,
        host.join_connection(connection) as books,
        pytest.raises(ConfigurationError, match="pass host=… to books"),
    ):
        books.on_commit(lambda: None)


@dataclass
class Framework:
    """A web framework that knows how its transaction ends."""

    committed: list[Callable[[], None]] = field(default_factory=list)
    ended: list[Callable[[], None]] = field(default_factory=list)

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Call it after the commit."""
        self.committed.append(callback)

    def on_end(self, callback: Callable[[], None]) -> None:
        """Call it at the end."""
        self.ended.append(callback)


def test_a_host_that_tells_is_asked_to_call_back(host: Host) -> None:
    """Two methods are all that it takes."""
    framework = Framework()
    heard: list[str] = []
    with (
        host.engine.begin() as connection,
        host.stronghold.books(host.acme.tenant.id, principal=ADA, connection=connection, host=framework) as books,
    ):
        assert books._unit.knows_its_end
        books.on_commit(lambda: heard.append("committed"))
    assert (heard, len(framework.committed), framework.ended) == ([], 1, [])
    framework.committed[0]()
    assert heard == ["committed"]


# --- denials


def recorded(host: Host) -> list[tuple[str, str]]:
    """List the denials in Acme's log."""
    with host.acme.books() as books:
        events = books.audit.list().items
    return [(event.actor, event.action) for event in events if event.outcome == "denied"]


@pytest.mark.parametrize("commits", [True, False], ids=["commit", "rollback"])
def test_a_denial_is_recorded_when_the_hosts_transaction_is_over(host: Host, *, commits: bool) -> None:
    """However that ends."""
    vera = host.acme.seat("user:vera", "viewer")
    with Session(host.engine) as session:
        session.add(Order(goods="Paper"))
        with (
            pytest.raises(PermissionDeniedError),
            host.stronghold.books(vera.tenant.id, principal=vera.principal, session=session) as books,
        ):
            open_account(books)
        if commits:
            session.commit()
        else:
            session.rollback()
    assert recorded(host) == [("user:vera", "account:write")]


def test_a_denial_on_a_bare_connection_is_recorded_at_once_or_at_least_logged(
    host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    """PostgreSQL can write beside the host's transaction; SQLite, whose only writer the host may be, can not."""
    vera = host.acme.seat("user:vera", "viewer")
    with caplog.at_level(logging.WARNING, logger="stronghold"), host.engine.begin() as connection:
        with (
            pytest.raises(PermissionDeniedError),
            host.stronghold.books(vera.tenant.id, principal=vera.principal, connection=connection) as books,
        ):
            open_account(books)
        if host.is_postgresql:
            assert recorded(host) == [("user:vera", "account:write")]
        else:
            assert "is not recorded: pass host=… to books(). ['account:write']" in caplog.text


def test_a_stranger_in_a_hosts_transaction_is_recorded(host: Host) -> None:
    """Though the unit never began."""
    with (
        Session(host.engine) as session,
        pytest.raises(NotFoundError),
        host.stronghold.books(host.acme.tenant.id, principal=EVE, session=session),
    ):
        pass
    assert recorded(host) == [(EVE, "tenant:enter")]


# --- the host's engine


def test_closing_the_stronghold_leaves_the_hosts_engine_open(host: Host) -> None:
    """It is the host's to close, with all that is checked out of it."""
    with host.engine.connect() as connection:
        with host.stronghold as stronghold:
            assert not stronghold.database.is_ours
        assert host.engine.pool.checkedout() == 1  # type: ignore[attr-defined]
        assert connection.execute(select(ORDERS)).all() == []


def test_a_reused_connection_never_carries_a_tenant_over(host: Host) -> None:
    """Two connections serve six tenants in turns, from four threads, and everything that can fail does now and then.

    Every unit finds its own rows and no others, and the host's own statements in between run as if there were no units.
    """
    desks = [host.acme, host.rival] + [
        Desk(host.stronghold, tenant, ADA)
        for tenant in [
            host.stronghold.tenants.create(kind="user", name=f"T{n}", base_currency="USD", owner=ADA) for n in range(4)
        ]
    ]
    for desk in desks:
        with desk.books() as books:
            open_account(books, desk.tenant.name)
    dice = random.Random(7)  # noqa: S311 - not a secret
    tasks = [(dice.choice(desks), dice.choice(sorted(STEPS)), dice.random() < 0.3) for _ in range(120)]
    with ThreadPoolExecutor(4) as pool:
        outcomes = Counter(pool.map(lambda task: step(host, *task), tasks))
    assert outcomes["sound"] > 60
    assert set(outcomes) == {"sound", "failed"}
    assert host.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def step(host: Host, desk: Desk, kind: str, fails: bool) -> str:  # noqa: FBT001 - one of a task's parts
    """Take one step for one tenant, look around, and perhaps fail."""
    try:
        with STEPS[kind](host, desk) as books:
            assert names(books) == [desk.tenant.name]
            assert books.context.tenant_id == desk.tenant.id
            if fails:
                open_account(books, "Never")
                books._unit.connection.execute(text("select 1 from nowhere"))
    except (DBAPIError, ConfigurationError, Exception) as error:
        if isinstance(error, AssertionError):
            raise
        return "failed"
    return "sound"


@contextmanager
def alone(_host: Host, desk: Desk) -> Generator[Books]:
    """Work in a unit of its own."""
    with desk.books() as books:
        yield books


@contextmanager
def reading(_host: Host, desk: Desk) -> Generator[Books]:
    """Work in a read unit."""
    with desk.books(read_only=True) as books:
        yield books


@contextmanager
def joining(host: Host, desk: Desk) -> Generator[Books]:
    """Work in the host's transaction, which looks at itself before and after."""
    with host.engine.connect() as connection, connection.begin():
        before = look(connection)
        assert before in {(), ("stronghold_member", "none", "")}
        with host.stronghold.books(desk.tenant.id, principal=desk.principal, connection=connection) as books:
            yield books
        assert look(connection) == before


STEPS: dict[str, Callable[[Host, Desk], AbstractContextManager[Books]]] = {
    "alone": alone,
    "joining": joining,
    "reading": reading,
}

"""What a backend does to a connection, and leaves behind on it."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from stronghold_core import Settings, Stronghold, prepare_sqlite
from stronghold_core.db.backends import Binding, PostgreSQLBackend, SQLiteBackend, backend_for
from stronghold_core.errors import ConfigurationError, UnsupportedDatabaseError
from stronghold_core.ids import TenantId, new_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

TENANT = TenantId(new_id())


@pytest.fixture
def engine(stronghold: Stronghold) -> Engine:
    """Take the engine of a migrated database."""
    return stronghold.database.engine


@pytest.fixture
def server(postgresql_url: str) -> Iterator[Engine]:
    """Connect as a plain member of the app role."""
    made = create_engine(make_url(postgresql_url).set(drivername="postgresql+psycopg"), pool_size=1, max_overflow=0)
    yield made
    made.dispose()


def test_each_kind_of_database_has_its_backend(engine: Engine) -> None:
    """Chosen by the engine, and saying whether there is a wall in the database."""
    backend = backend_for(engine, Settings())
    kind = {"sqlite": SQLiteBackend, "postgresql": PostgreSQLBackend}[engine.dialect.name]
    assert isinstance(backend, kind)
    assert (backend.name, backend.has_row_level_security) == (engine.dialect.name, kind is PostgreSQLBackend)


@pytest.mark.parametrize("kind", ["postgresql+pg8000", "mysql+pymysql"])
def test_another_driver_is_refused_also_on_an_engine_of_the_hosts(kind: str) -> None:
    """A host may bring any engine; only those that were tested are taken."""
    # Neither driver is installed, so any module stands in for it: nothing is ever sent.
    engine = create_engine(f"{kind}://ada@localhost/books", module=sqlite3)
    with pytest.raises(UnsupportedDatabaseError, match="is not supported") as caught:
        Stronghold(engine)
    assert caught.value.dialect == kind


# --- SQLite


@pytest.fixture
def file(sqlite_url: str) -> Iterator[Engine]:
    """Open a file as a host would that knows nothing of what money needs."""
    made = create_engine(sqlite_url, pool_size=1, max_overflow=0)
    yield made
    made.dispose()


def test_a_hosts_sqlite_engine_without_foreign_keys_is_refused(file: Engine) -> None:
    """Keys are a wall; the message says how to put it up, and that helps."""
    with pytest.raises(ConfigurationError, match=r"call prepare_sqlite\(engine\)"):
        Stronghold(file).tenants.list_of("user:ada")
    file.dispose()
    prepare_sqlite(file)
    assert Stronghold(file).tenants.list_of("user:ada") == []


def test_beginning_to_write_takes_the_lock_at_once(file: Engine) -> None:
    """Else two that had read the same would find out only when both try to write."""
    backend, begun = SQLiteBackend(), noted(file)
    with file.connect() as connection:
        backend.begin(connection, TENANT, read_only=False)
        assert begun == ["BEGIN IMMEDIATE"]
        assert not backend.is_spoiled(connection)
        connection.rollback()
        assert backend.is_spoiled(connection)


def begins_by_itself(engine: Engine) -> None:
    """Let an engine begin its transactions itself, as SQLAlchemy recommends for savepoints on SQLite."""

    @event.listens_for(engine, "connect")
    def _leave_transactions_alone(connection: sqlite3.Connection, _entry: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")


def test_an_engine_that_begins_by_itself_still_takes_the_lock_at_once(file: Engine) -> None:
    """Its own transaction, which has no lock, makes room; one that only reads keeps nobody from writing."""
    begins_by_itself(file)
    backend = SQLiteBackend()
    with sqlite3.connect(str(file.url.database), timeout=0) as other, file.connect() as connection:
        backend.begin(connection, TENANT, read_only=False)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        connection.rollback()
        backend.begin(connection, TENANT, read_only=True)
        other.execute("BEGIN IMMEDIATE")
        connection.rollback()
        backend.end(connection, read_only=True)
    other.close()


@pytest.mark.parametrize("prepared_first", [True, False])
def test_books_are_kept_on_an_engine_that_begins_by_itself(tmp_path: Path, *, prepared_first: bool) -> None:
    """From the first migration on: in units of their own, in read units, and in a session of the host's."""
    engine = create_engine(f"sqlite:///{tmp_path / 'books.db'}")
    steps = [prepare_sqlite, begins_by_itself]
    for step in steps if prepared_first else reversed(steps):
        step(engine)
    stronghold = Stronghold(engine)
    stronghold.migrate()
    tenant = stronghold.tenants.create(kind="organization", name="Acme", base_currency="USD", owner="user:ada")
    with stronghold.books(tenant.id, principal="user:ada") as books:
        bank = books.accounts.open(name="Bank", type="asset", opening_balance="5.00").id
    for keeps in (True, False):
        with Session(engine) as session:
            with stronghold.books(tenant.id, principal="user:ada", session=session) as books:
                books.transactions.record(account=bank, amount="-1.00")
            if keeps:
                session.commit()
    with stronghold.books(tenant.id, principal="user:ada", read_only=True) as books:
        assert str(books.accounts.balance(bank)) == "4.00 USD"
    assert stronghold.verify(tenant.id).is_sound
    engine.dispose()


def test_an_engine_that_is_in_a_transaction_once_connected_is_refused(tmp_path: Path) -> None:
    """There SQLite ignores the pragma for foreign keys; the message says what to leave out."""
    engine = create_engine(f"sqlite:///{tmp_path / 'books.db'}")
    event.listen(engine, "connect", lambda connection, _entry: connection.execute("BEGIN"))
    prepare_sqlite(engine)
    with pytest.raises(ConfigurationError, match="leave autocommit out of its connect_args"):
        Stronghold(engine).migrate()
    engine.dispose()


def test_a_read_unit_leaves_a_connection_that_writes_again(file: Engine) -> None:
    """The pragma that forbids writing would outlive the transaction."""
    backend = SQLiteBackend()
    insert = "insert into stronghold_currency values ('POINTS', 0, '')"
    with file.connect() as connection:
        backend.begin(connection, TENANT, read_only=True)
        with pytest.raises(DBAPIError, match="readonly"):
            connection.exec_driver_sql(insert)
        connection.rollback()
        backend.end(connection, read_only=True)
        connection.exec_driver_sql(insert)
        connection.rollback()


def test_there_is_nothing_to_bind_on_sqlite(file: Engine) -> None:
    """No statement is sent for it."""
    backend, sent = SQLiteBackend(), noted(file)
    with file.connect() as connection:
        backend.bind_tenant(connection, TENANT)
        backend.restore(connection, backend.binding(connection))
        backend.set_local(connection, "principal_id", "user:ada")
        backend.end(connection, read_only=False)
        assert backend.binding(connection) == Binding("", "")
    assert sent == []


@pytest.mark.parametrize("read_only", [False, True])
def test_a_hosts_transaction_is_begun_for_the_database_if_it_was_not(file: Engine, *, read_only: bool) -> None:
    """The driver waits for the first write; one that has begun is left alone."""
    prepare_sqlite(file)
    backend, sent = SQLiteBackend(), noted(file)
    with file.connect() as connection:
        connection.begin()
        for _ in range(2):
            backend.join(connection, read_only=read_only)
        begun = [statement for statement in sent if statement.startswith("BEGIN")]
        assert begun == ["BEGIN DEFERRED" if read_only else "BEGIN IMMEDIATE"]
        connection.rollback()


def noted(engine: Engine) -> list[str]:
    """Note every statement from now on."""
    sent: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *arguments: sent.append(arguments[2]))
    return sent


# --- PostgreSQL


def whom(connection: Connection) -> tuple[str, str]:
    """See whom a connection works as, and for which tenant."""
    row = connection.execute(
        text("select current_user, coalesce(current_setting('stronghold.tenant_id', true), '')")
    ).one()
    return (row[0], row[1])


def test_beginning_binds_role_and_tenant_until_the_transaction_ends(server: Engine) -> None:
    """However it ends, the same connection is nobody's afterwards."""
    backend = PostgreSQLBackend(Settings())
    for read_only in (False, True):
        for end in ("commit", "rollback"):
            with server.connect() as connection:
                backend.begin(connection, TENANT, read_only=read_only)
                assert whom(connection) == ("stronghold_app", str(TENANT))
                getattr(connection, end)()
            with server.connect() as connection:
                assert whom(connection) == ("stronghold_member", "")
                read_only_now = connection.execute(text("select current_setting('transaction_read_only')"))
                assert read_only_now.scalar_one() == "off"


def test_binding_can_be_looked_at_and_restored(server: Engine) -> None:
    """As a joined unit does."""
    backend = PostgreSQLBackend(Settings())
    with server.connect() as connection:
        connection.begin()
        before = backend.binding(connection)
        assert before == Binding("none", "")
        backend.bind_tenant(connection, TENANT)
        assert backend.binding(connection) == Binding("stronghold_app", str(TENANT))
        backend.restore(connection, before)
        assert whom(connection) == ("stronghold_member", "")


def test_a_role_that_sets_nothing_is_noticed(server: Engine) -> None:
    """To PostgreSQL the role "none" means the login itself: the unit would run without its wall."""
    backend = PostgreSQLBackend(Settings(app_role="none"))
    with (
        server.connect() as connection,
        pytest.raises(ConfigurationError, match="The unit runs as stronghold_member, not as none"),
    ):
        backend.bind_tenant(connection, TENANT)


def test_a_key_for_a_directory_is_gone_after_the_transaction(server: Engine) -> None:
    """It is a setting of ours, and local."""
    backend = PostgreSQLBackend(Settings())
    question = text("select coalesce(current_setting('stronghold.principal_id', true), '')")
    with server.connect() as connection:
        backend.set_local(connection, "principal_id", "user:ada")
        assert connection.execute(question).scalar_one() == "user:ada"
        connection.commit()
        assert connection.execute(question).scalar_one() == ""


def test_a_transaction_that_is_spoiled_or_lost_is_noticed(server: Engine) -> None:
    """After a failed statement, after its end, and after the connection is gone."""
    backend = PostgreSQLBackend(Settings())
    with server.connect() as connection:
        backend.begin(connection, TENANT, read_only=False)
        assert not backend.is_spoiled(connection)
        with pytest.raises(DBAPIError):
            connection.execute(text("select 1 from nowhere"))
        assert backend.is_spoiled(connection)
        connection.rollback()
        assert backend.is_spoiled(connection)
        connection.invalidate()
        assert backend.is_spoiled(connection)


@pytest.mark.parametrize("end", ["commit", "rollback"])
@pytest.mark.parametrize("level", ["READ COMMITTED", "AUTOCOMMIT"])
def test_the_next_user_of_a_connection_has_the_drivers_transactions_as_before(
    server: Engine, end: str, level: str
) -> None:
    """A host that shares the engine and never says BEGIN relies on them, or on there being none."""
    engine = create_engine(server.url, pool_size=1, max_overflow=0, isolation_level=level)
    backend = PostgreSQLBackend(Settings())
    with engine.connect() as connection:
        backend.begin(connection, TENANT, read_only=False)
        getattr(connection, end)()
        backend.end(connection, read_only=False)
    with engine.connect() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE notes (word text)"))
        connection.commit()
        connection.execute(text("INSERT INTO notes VALUES ('kept')"))
        connection.rollback()
        kept = connection.execute(text("SELECT count(*) FROM notes")).scalar_one()
    assert kept == (1 if level == "AUTOCOMMIT" else 0)
    engine.dispose()


def test_a_connection_that_could_not_be_rolled_back_is_given_up(server: Engine) -> None:
    """Nobody else gets it: it begins no transactions, and may be in one that is none of theirs."""
    backend = PostgreSQLBackend(Settings())
    with server.connect() as connection:
        backend.begin(connection, TENANT, read_only=False)
        lost = connection.connection.dbapi_connection
        with pytest.raises(Exception, match="INTRANS"):
            backend.end(connection, read_only=False)
        assert connection.invalidated
    with server.connect() as connection:
        assert connection.connection.dbapi_connection is not lost

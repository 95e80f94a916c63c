"""What the drivers raise becomes an error that says what it means, whoever's driver it is."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import (
    Connection,
    Engine,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    create_engine,
    insert,
    make_url,
    text,
)
from sqlalchemy.exc import DBAPIError, OperationalError

from stronghold_core import Settings, Stronghold
from stronghold_core.db import Base, ConstraintError, translate
from stronghold_core.db.engine import open_engine
from stronghold_core.errors import (
    AmountOverflowError,
    CommitOutcomeUnknownError,
    ConfigurationError,
    DatabaseBusyError,
    DatabaseFileError,
    DatabaseGoneError,
    RetryableConflictError,
    StorageFullError,
    StrongholdError,
    UnavailableError,
)
from stronghold_core.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from tests.support.postgres import PostgresCluster
    from tests.support.stronghold import Desk

TENANT, CURRENCY, DIRECTORY, CATEGORY = (
    Base.metadata.tables[f"stronghold_{name}"] for name in ("tenant", "currency", "tenant_directory", "category")
)


@dataclass
class Failure:
    """How a block failed, translated."""

    error: StrongholdError | None = None


@contextmanager
def failing(*, committing: bool = False) -> Generator[Failure]:
    """Expect the block to fail in the driver, and translate how it did."""
    failure = Failure()
    try:
        yield failure
    except DBAPIError as error:
        failure.error = translate(error, committing=committing)
    else:
        pytest.fail("nothing failed")


@contextmanager
def bound(desk: Desk) -> Generator[Connection]:
    """Open a bare connection bound to the tenant of *desk*, past every verb; roll it back in the end."""
    database = desk.stronghold.database
    with database.engine.connect() as connection:
        database.backend.begin(connection, desk.tenant.id, read_only=False)
        yield connection
        connection.rollback()


# --- constraints, on both databases


def broken_rule(desk: Desk, *statements: Any) -> str:  # noqa: ANN401 - whatever SQLAlchemy executes
    """Run *statements*, the last of which breaks a constraint, and name the one that the translation finds."""
    with bound(desk) as connection, failing() as failure:
        for statement in statements:
            connection.execute(statement)
    error = failure.error
    assert isinstance(error, ConstraintError)
    return error.constraint


def category(desk: Desk, **values: object) -> Any:  # noqa: ANN401 - an INSERT
    """Insert a category, right unless *values* say otherwise."""
    now = desk.tenant.created_at
    right = {"tenant_id": desk.tenant.id, "id": new_id(), "name": "Rent", "kind": "expense", "status": "open"}
    return insert(CATEGORY).values(**{**right, "created_at": now, **values})


def test_a_broken_primary_key_is_named(acme: Desk) -> None:
    """SQLite tells only the columns; the name is the same on both."""
    some_id = new_id()
    found = broken_rule(acme, category(acme, id=some_id, name="A"), category(acme, id=some_id, name="B"))
    assert found == "pk_stronghold_category"


def test_a_broken_unique_index_is_named(acme: Desk) -> None:
    """Also a partial one."""
    assert broken_rule(acme, category(acme), category(acme)) == "ux_stronghold_category_root_name"


def test_a_broken_check_is_named(acme: Desk) -> None:
    """By its name."""
    assert broken_rule(acme, category(acme, kind="neither")) == "ck_stronghold_category_kind"


def test_a_broken_foreign_key_is_told(acme: Desk) -> None:
    """PostgreSQL names it; SQLite only knows that it was one."""
    found = broken_rule(acme, category(acme, parent_id=new_id()))
    assert found in {"fk_stronghold_category_tenant_id_parent_id", "SQLITE_CONSTRAINT_FOREIGNKEY"}


def test_a_missing_value_is_told(acme: Desk) -> None:
    """Neither database names what has no name."""
    assert broken_rule(acme, category(acme, name=None)) in {"23502", "SQLITE_CONSTRAINT_NOTNULL"}


def uniques() -> list[tuple[str, str]]:
    """List all keys, with what SQLite says when one is broken."""
    keys = []
    for table in Base.metadata.sorted_tables:
        if not table.name.startswith("stronghold_"):
            continue
        constraints = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
        indexes = [one for one in table.indexes if one.unique]
        unique: list[PrimaryKeyConstraint | UniqueConstraint | Index] = [table.primary_key, *constraints, *indexes]
        for key in unique:
            columns = ", ".join(f"{table.name}.{column.name}" for column in key.columns)
            keys.append((str(key.name), f"UNIQUE constraint failed: {columns}"))
    # Sorted, since indexes are a set and every worker must collect the same tests.
    return sorted(keys)


@pytest.mark.parametrize(("name", "message"), uniques(), ids=lambda value: value if "." not in value else "")
def test_every_key_is_found_by_its_columns(name: str, message: str) -> None:
    """No two keys of a table are over the same columns, so what SQLite says always leads to the one."""
    error = translate(made_up(sqlite_error("SQLITE_CONSTRAINT_UNIQUE", message)))
    assert isinstance(error, ConstraintError)
    assert error.constraint == name


@pytest.mark.parametrize(
    ("message", "constraint"),
    [
        ("UNIQUE constraint failed: index 'ux_host_words'", "ux_host_words"),
        ("UNIQUE constraint failed: host_word.text", "host_word.text"),
        ("CHECK constraint failed: ck_host_word_length", "ck_host_word_length"),
        ("something new", "SQLITE_CONSTRAINT"),
    ],
)
def test_a_constraint_of_somebody_elses_is_named_as_well_as_it_goes(message: str, constraint: str) -> None:
    """By its index, its columns or its own name; in the end by SQLite's code."""
    error = translate(made_up(sqlite_error("SQLITE_CONSTRAINT", message)))
    assert isinstance(error, ConstraintError)
    assert error.constraint == constraint


# --- amounts, on both databases


def test_a_sum_that_fits_no_bigint_is_an_overflow(acme: Desk) -> None:
    """SQLite notices by itself, PostgreSQL when it is made a BIGINT again."""
    total = text("select cast(sum(n) as bigint) from (select 9223372036854775807 as n union all select 1) as amounts")
    with bound(acme) as connection, failing() as failure:
        connection.execute(total).scalar()
    assert isinstance(failure.error, AmountOverflowError)


def test_a_statement_that_makes_no_sense_is_unavailable_with_its_reason(acme: Desk) -> None:
    """A mistake of ours must not look like one of the caller's; only the first line of it is shown."""
    with bound(acme) as connection, failing() as failure:
        connection.execute(text("select 1 from nowhere"))
    error = failure.error
    assert type(error) is UnavailableError
    assert "nowhere" in str(error)
    assert "\n" not in str(error)


# --- SQLite


@pytest.fixture
def file(sqlite_url: str) -> Iterator[Engine]:
    """Open a migrated file, and wait for nobody."""
    engine = open_engine(sqlite_url, Settings(busy_timeout_seconds=0))
    yield engine
    engine.dispose()


def test_a_locked_file_is_busy(file: Engine) -> None:
    """Another writer holds it."""
    with file.connect() as writer, file.connect() as second, failing() as failure:
        writer.exec_driver_sql("BEGIN IMMEDIATE")
        second.exec_driver_sql("BEGIN IMMEDIATE")
    assert isinstance(failure.error, DatabaseBusyError)


def test_a_snapshot_that_is_too_old_to_write_is_a_conflict(file: Engine) -> None:
    """Somebody wrote since it was taken: the whole unit may be run again."""
    with file.connect() as reader, file.connect() as writer:
        reader.exec_driver_sql("BEGIN")
        reader.exec_driver_sql("select * from stronghold_currency").all()
        writer.execute(insert(CURRENCY).values(code="POINTS", exponent=0, name=""))
        writer.commit()
        with failing() as failure:
            reader.execute(insert(CURRENCY).values(code="MILES", exponent=0, name=""))
    assert type(failure.error) is RetryableConflictError


def test_a_full_disk_is_a_full_disk(file: Engine) -> None:
    """Simulated by a limit of pages, which SQLite reports in the same words."""
    with file.connect() as connection, failing() as failure:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        connection.exec_driver_sql("create table filler as select randomblob(1000000) as words")
    assert isinstance(failure.error, StorageFullError)


def test_a_file_that_may_only_be_read_cannot_be_written(file: Engine) -> None:
    """The error says that it is read-only."""
    engine = create_engine(f"sqlite:///file:{file.url.database}?mode=ro&uri=true")
    with engine.connect() as connection, failing() as failure:
        connection.execute(insert(CURRENCY).values(code="POINTS", exponent=0, name=""))
    engine.dispose()
    assert "read-only" in str(failure.error)


def test_a_damaged_file_is_damaged(tmp_path: Path, migrated_file: Path) -> None:
    """A good header before rubbish: the advice is a backup."""
    content = bytearray(migrated_file.read_bytes())
    content[4096:40960] = b"\xa5" * (40960 - 4096)
    path = tmp_path / "damaged.db"
    path.write_bytes(content)
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection, failing() as failure:
        connection.exec_driver_sql("PRAGMA integrity_check").all()
        connection.exec_driver_sql("select * from stronghold_entry, stronghold_account, stronghold_tenant").all()
    engine.dispose()
    error = failure.error
    assert isinstance(error, DatabaseFileError)
    assert error.remedy == "Restore it from a backup."


def sqlite_error(name: str, message: str) -> sqlite3.Error:
    """Make the driver's error for a code that no test can provoke."""
    error = sqlite3.OperationalError(message)
    error.sqlite_errorname = name
    return error


def made_up(cause: BaseException) -> DBAPIError:
    """Wrap a driver's error as SQLAlchemy does."""
    return OperationalError("select 1", {}, cause)


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("SQLITE_BUSY", DatabaseBusyError, "locked"),
        ("SQLITE_BUSY_TIMEOUT", DatabaseBusyError, "locked"),
        ("SQLITE_BUSY_SNAPSHOT", RetryableConflictError, "Run the whole unit again"),
        ("SQLITE_BUSY_RECOVERY", RetryableConflictError, "Run the whole unit again"),
        ("SQLITE_LOCKED_SHAREDCACHE", DatabaseBusyError, "locked"),
        ("SQLITE_FULL", StorageFullError, "disk is full"),
        ("SQLITE_READONLY_DBMOVED", DatabaseFileError, "read-only"),
        ("SQLITE_CANTOPEN_ISDIR", DatabaseFileError, "can't be opened"),
        ("SQLITE_PERM", DatabaseFileError, "can't be opened"),
        ("SQLITE_AUTH", DatabaseFileError, "can't be opened"),
        ("SQLITE_NOTADB", DatabaseFileError, "no SQLite file"),
        ("SQLITE_CORRUPT_VTAB", DatabaseFileError, "damaged"),
        ("SQLITE_FORMAT", DatabaseFileError, "damaged"),
        ("SQLITE_IOERR_FSYNC", DatabaseFileError, "reading or writing it failed"),
        ("SQLITE_NOMEM", UnavailableError, "SQLite refused: oh no."),
    ],
)
def test_every_family_of_sqlites_codes_has_its_error(name: str, kind: type[StrongholdError], words: str) -> None:
    """Codes that a test can't provoke are made up; the retryable ones are just those worth another try."""
    error = translate(made_up(sqlite_error(name, "oh no")))
    assert type(error) is kind
    assert words in str(error)


# --- PostgreSQL


@pytest.fixture
def server(postgresql_url: str) -> Iterator[Engine]:
    """Connect as a plain member of the app role."""
    engine = create_engine(make_url(postgresql_url).set(drivername="postgresql+psycopg"))
    yield engine
    engine.dispose()


@pytest.mark.parametrize(
    ("statements", "kind"),
    [
        (["set local statement_timeout = '20ms'", "select pg_sleep(5)"], DatabaseBusyError),
        (
            [
                "set transaction read only",
                "create temp table x (n int)",
                "insert into stronghold_currency values ('X')",
            ],
            None,
        ),
        (["set role stronghold_app", "delete from stronghold_entry"], ConfigurationError),
        (["set role stronghold_app", "truncate stronghold_entry"], ConfigurationError),
        (["select 32768::smallint"], AmountOverflowError),
        (["do $$ begin raise exception sqlstate '40001'; end $$"], RetryableConflictError),
        (["do $$ begin raise exception sqlstate '40P01'; end $$"], RetryableConflictError),
        (["do $$ begin raise exception sqlstate '53100'; end $$"], StorageFullError),
        (["do $$ begin raise exception sqlstate '08006'; end $$"], DatabaseGoneError),
        (["do $$ begin raise exception sqlstate '57P03'; end $$"], DatabaseGoneError),
        (["do $$ begin raise exception sqlstate '25006'; end $$"], UnavailableError),
        (["do $$ begin raise exception sqlstate 'XX000'; end $$"], UnavailableError),
        (["do $$ begin raise exception sqlstate '23514'; end $$"], ConstraintError),
    ],
    ids=range(13),
)
def test_every_family_of_sqlstates_has_its_error(
    server: Engine, statements: list[str], kind: type[StrongholdError] | None
) -> None:
    """Provoked, or raised by the server itself under the code in question."""
    with server.connect() as connection, failing() as failure:
        for statement in statements:
            connection.exec_driver_sql(statement)
    assert type(failure.error) is (kind or UnavailableError)


def test_a_lock_that_is_not_to_be_had_is_busy(server: Engine) -> None:
    """Two want the same one, and the second does not wait."""
    lock = text("select pg_advisory_xact_lock(42)")
    with server.connect() as first, server.connect() as second, failing() as failure:
        first.execute(lock)
        second.exec_driver_sql("set local lock_timeout = '10ms'")
        second.execute(lock)
    assert isinstance(failure.error, DatabaseBusyError)


def test_two_that_wait_for_each_other_are_a_conflict(server: Engine, postgres: PostgresCluster) -> None:
    """The server ends one of them; that one may be run again."""
    locks = [text(f"select pg_advisory_xact_lock({n})") for n in (1, 2)]
    caught: list[StrongholdError] = []
    both_hold_one = threading.Barrier(2)

    def cross(first: int) -> None:
        with server.connect() as connection:
            connection.execute(locks[first])
            both_hold_one.wait()
            try:
                connection.execute(locks[1 - first])
            except DBAPIError as error:
                caught.append(translate(error))

    superuser = create_engine(make_url(postgres.superuser_url()).set(drivername="postgresql+psycopg"))
    with superuser.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"alter database {server.url.database} set deadlock_timeout = '10ms'")
    superuser.dispose()
    threads = [threading.Thread(target=cross, args=(n,)) for n in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(error) for error in caught] == [RetryableConflictError]


@pytest.mark.postgres
def test_a_server_that_is_not_there_is_unavailable() -> None:
    """The message shows what was tried, and not the password."""
    with (
        Stronghold("postgresql://ada:secret@/books?host=%2Fnowhere") as stronghold,
        pytest.raises(UnavailableError, match="/nowhere") as caught,
    ):
        stronghold.tenants.list_of("user:ada")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("committing", [False, True])
def test_a_connection_that_was_cut_is_gone_unless_it_was_committing(
    server: Engine, postgres: PostgresCluster, *, committing: bool
) -> None:
    """Before COMMIT nothing was written; while it is on its way nobody knows."""
    superuser = create_engine(make_url(postgres.superuser_url()).set(drivername="postgresql+psycopg"))
    with server.connect() as connection, superuser.connect() as axe, failing(committing=committing) as failure:
        process = connection.exec_driver_sql("select pg_backend_pid()").scalar_one()
        axe.exec_driver_sql(f"select pg_terminate_backend({process})")
        axe.exec_driver_sql(f"select pg_sleep(0.01) from pg_stat_activity where pid = {process}")
        connection.exec_driver_sql("select 1")
    superuser.dispose()
    error = failure.error
    assert type(error) is (CommitOutcomeUnknownError if committing else DatabaseGoneError)


def test_a_server_that_shuts_down_while_it_commits_leaves_the_outcome_open() -> None:
    """The same by its code, where the driver has not noticed the loss yet."""

    class Shutdown(Exception):  # noqa: N818 - a driver's error
        sqlstate = "57P01"

    assert isinstance(translate(made_up(Shutdown())), DatabaseGoneError)
    assert isinstance(translate(made_up(Shutdown()), committing=True), CommitOutcomeUnknownError)


def test_a_number_that_a_driver_finds_too_large_is_an_overflow() -> None:
    """Whether it says so by its class or in its words."""
    for cause in (OverflowError("Python int too large"), ValueError("the integer is too large")):
        assert isinstance(translate(made_up(cause)), AmountOverflowError)


def test_an_error_without_any_code_is_unavailable_with_its_words() -> None:
    """Or, if it has none, with its name."""
    assert "lost at sea" in str(translate(made_up(RuntimeError("lost at sea"))))
    assert "RuntimeError" in str(translate(made_up(RuntimeError())))

"""Storage that fails: each way has an error of its own, which says what to do, and nothing is left half done."""

from __future__ import annotations

import re
import resource
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import psycopg
import pytest
from sqlalchemy import event

from stronghold_core import Settings, Stronghold
from stronghold_core.db import migrate as migrations
from stronghold_core.errors import (
    CommitOutcomeUnknownError,
    ConfigurationError,
    DatabaseBusyError,
    DatabaseFileError,
    DatabaseGoneError,
    SchemaMissingError,
    SchemaNewerError,
    SchemaOutdatedError,
    StorageFullError,
    StrongholdError,
    UnavailableError,
    UnitBrokenError,
)
from tests.support.cutter import CommitCutter, Cut
from tests.support.fixtures import binaries_or_skip
from tests.support.postgres import MEMBER_ROLE, create_database, create_roles, started_server
from tests.support.stronghold import ADA

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from stronghold_core import Books
    from stronghold_core.ids import AccountId, TenantId
    from tests.support.fixtures import DatabaseFactory
    from tests.support.postgres import PostgresCluster, PostgresServer

Result = TypeVar("Result")

HASTY: Final = Settings(busy_timeout_seconds=0.05, retry_attempts=2)
"""For tests in which waiting is in vain."""

MUCH: Final = "much " * 700
"""A note that takes about a page."""


class Till(NamedTuple):
    """An account with 100.00 in it, on a database that is about to fail."""

    url: str
    tenant: TenantId
    account: AccountId

    def pay(self, stronghold: Stronghold, *, key: str | None = None) -> bool:
        """Take 1.00 out of the till; tell whether that was a replay."""
        return self.work(stronghold, lambda books: self.pay_in(books, key=key))

    def pay_in(self, books: Books, *, key: str | None = None) -> bool:
        """Do so in a unit that is open already."""
        record = books.transactions.record(
            account=self.account, amount="-1.00", description="Stamps", note=MUCH, idempotency_key=key
        )
        return record.is_replay

    def work(self, stronghold: Stronghold, do: Callable[[Books], Result]) -> Result:
        """Do something in a unit that is not retried."""
        with stronghold.books(self.tenant, principal=ADA) as books:
            return do(books)

    def contents(self) -> str:
        """Look into the till, and at the books as a whole."""
        with Stronghold(self.url) as stronghold:
            assert stronghold.verify(self.tenant).is_sound
            return stronghold.read(
                self.tenant, principal=ADA, do=lambda books: str(books.accounts.balance(self.account).amount)
            )


def open_till(url: str) -> Till:
    """Put 100.00 into a new till, and pay once, so that nothing needs to be opened later."""
    with Stronghold(url) as stronghold:
        tenant = stronghold.tenants.create(kind="organization", name="Acme", base_currency="USD", owner=ADA).id
        with stronghold.books(tenant, principal=ADA) as books:
            account = books.accounts.open(name="Till", type="asset", opening_balance="101.00").id
        till = Till(url, tenant, account)
        till.pay(stronghold)
    return till


# ------------------------------------------------------------------ a file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Say where the file is."""
    return tmp_path / "books.db"


@pytest.fixture
def file_till(sqlite_url: str) -> Till:
    """Open a till in a file."""
    return open_till(sqlite_url)


def test_a_file_that_may_only_be_read_can_be_read(file_till: Till, path: Path) -> None:
    """A read unit needs no permission to write."""
    with Stronghold(f"sqlite:///file:{path}?mode=ro&uri=true") as stronghold:
        found = stronghold.read(file_till.tenant, principal=ADA, do=lambda books: books.accounts.list())
    assert [str(account.balance) for account in found.items] == ["100.00 USD"]


def test_a_file_that_may_only_be_read_refuses_a_posting(file_till: Till, path: Path) -> None:
    """The error says that the file is read-only, and what to allow."""
    with (
        Stronghold(f"sqlite:///file:{path}?mode=ro&uri=true") as stronghold,
        pytest.raises(DatabaseFileError, match=r"read-only.*Allow this user to write"),
    ):
        file_till.pay(stronghold)
    assert file_till.contents() == "100.00"


@pytest.mark.parametrize("act", [Stronghold.migrate, lambda stronghold: stronghold.tenants.list_of(ADA)])
def test_a_file_of_another_kind_is_refused_and_left_alone(tmp_path: Path, act: Callable[[Stronghold], object]) -> None:
    """A letter is no database, whatever its name; not even a migration may write over it."""
    letter = tmp_path / "letter.db"
    letter.write_text("Dear reader, " * 1000, encoding="utf-8")
    with (
        Stronghold(f"sqlite:///{letter}") as stronghold,
        pytest.raises(DatabaseFileError, match=r"no SQLite file.*restore it from a backup"),
    ):
        act(stronghold)
    assert letter.read_text(encoding="utf-8") == "Dear reader, " * 1000
    assert list(tmp_path.iterdir()) == [letter]


@pytest.mark.parametrize("name", ["", "missing/books.db"])
def test_a_file_that_can_not_be_opened_is_refused(tmp_path: Path, name: str) -> None:
    """A folder is no file, and a file in a folder that is not there can't be made."""
    with (
        Stronghold(f"sqlite:///{tmp_path / name}") as stronghold,
        pytest.raises(DatabaseFileError, match=r"can't be opened.*Check that the folder exists"),
    ):
        stronghold.migrate()
    assert not list(tmp_path.iterdir())


def test_a_damaged_file_is_told_from_a_sound_one(file_till: Till, path: Path) -> None:
    """Reading comes upon the damage, says so, and says what to do."""
    with path.open("r+b") as file:
        file.seek(2 * 4096)
        file.write(b"\xff" * (path.stat().st_size - 3 * 4096))
    with (
        Stronghold(file_till.url) as stronghold,
        pytest.raises(DatabaseFileError, match=r"damaged.*Restore it from a backup"),
    ):
        stronghold.read(file_till.tenant, principal=ADA, do=lambda books: books.accounts.list())


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held_by_another_process(path: Path) -> Generator[None]:
    """Let another process hold the write lock of a file."""
    command = [sys.executable, "-I", "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline()
        yield
        holder.communicate()


def test_a_file_that_another_process_locks_for_too_long_is_busy(file_till: Till, path: Path) -> None:
    """The error may be retried; once the lock is gone, the same call goes through."""
    with Stronghold(file_till.url, settings=HASTY) as stronghold:
        with held_by_another_process(path), pytest.raises(DatabaseBusyError, match="longer than the busy timeout"):
            stronghold.run(file_till.tenant, principal=ADA, do=file_till.pay_in)
        assert file_till.contents() == "100.00"
        stronghold.run(file_till.tenant, principal=ADA, do=file_till.pay_in)
    assert file_till.contents() == "99.00"


def test_a_file_that_another_process_locks_can_be_read(file_till: Till, path: Path) -> None:
    """In WAL mode a reader waits for nobody."""
    with held_by_another_process(path):
        assert file_till.contents() == "100.00"


@contextmanager
def no_more_pages(stronghold: Stronghold, path: Path) -> Generator[None]:
    """Let the file of *stronghold* grow no further, as on a full disk."""
    with closing(sqlite3.connect(path)) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()

    def limit(connection: sqlite3.Connection, *_rest: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}").close()

    event.listen(stronghold.database.engine, "checkout", limit)
    yield
    event.remove(stronghold.database.engine, "checkout", limit)
    stronghold.close()


def pay_until_full(till: Till, books: Books) -> None:
    """Pay until there is no room for another payment."""
    for _ in range(20):
        till.pay_in(books)


def name_until_full(_till: Till, books: Books) -> None:
    """Create categories until there is no room for another one: this goes through the session."""
    for number in range(200):
        books.categories.create(name=f"{number} {'long' * 40}", kind="expense")


@pytest.mark.parametrize("fill", [pay_until_full, name_until_full])
def test_a_full_disk_undoes_the_whole_unit(file_till: Till, path: Path, fill: Callable[[Till, Books], None]) -> None:
    """However much of the unit went through, none of it stays; with room again, all of it fits."""
    with Stronghold(file_till.url) as stronghold:
        with (
            no_more_pages(stronghold, path),
            pytest.raises(StorageFullError, match="disk is full: nothing was written; free space"),
        ):
            file_till.work(stronghold, partial(fill, file_till))
        assert file_till.contents() == "100.00"
        with stronghold.books(file_till.tenant, principal=ADA) as books:
            assert [category.name for category in books.categories.list()] == ["Uncategorised"]
            fill(file_till, books)


def test_a_full_disk_that_was_overlooked_is_found_at_the_end(file_till: Till, path: Path) -> None:
    """A caller who swallows the error in the block does not get a commit that silently wrote less; nor do values of
    the failed statement get into the message.
    """
    with (
        Stronghold(file_till.url) as stronghold,
        no_more_pages(stronghold, path),
        pytest.raises(UnitBrokenError, match="disk is full") as caught,
        stronghold.books(file_till.tenant, principal=ADA) as books,
        pytest.raises(StorageFullError),
    ):
        pay_until_full(file_till, books)
    assert MUCH[:40] not in str(caught.value)
    assert file_till.contents() == "100.00"


@contextmanager
def no_larger_files(size: int) -> Generator[None]:
    """Let this process write no file beyond *size* bytes, as a quota would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_write_that_the_system_refuses_undoes_the_unit(file_till: Till) -> None:
    """The file system's refusal is told as such, and the books are as before."""
    with Stronghold(file_till.url) as stronghold:
        stronghold.read(file_till.tenant, principal=ADA, do=lambda books: books.accounts.list())
        with no_larger_files(65_536), pytest.raises(DatabaseFileError, match=r"writing it failed.*Check disk"):
            stronghold.run(file_till.tenant, principal=ADA, do=lambda books: pay_until_full(file_till, books))
        assert file_till.contents() == "100.00"
        stronghold.run(file_till.tenant, principal=ADA, do=lambda books: pay_until_full(file_till, books))


# ------------------------------------------------------------------ schemas


class Deployment(NamedTuple):
    """A migrated database, as its owner and as the application reach it."""

    owner_url: str
    url: str


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def deployment(request: pytest.FixtureRequest) -> Deployment:
    """Copy a migrated database whose schema the test may change."""
    if request.param == "sqlite":
        url: str = request.getfixturevalue("sqlite_url")
        return Deployment(url, url)
    postgres: PostgresCluster = request.getfixturevalue("postgres")
    new_database: DatabaseFactory = request.getfixturevalue("new_database")
    dbname = new_database(request.getfixturevalue("migrated_template"))
    return Deployment(postgres.url(dbname), postgres.url(dbname, role=MEMBER_ROLE))


NEXT_REVISION = """
from alembic import op

revision, down_revision = "0009", {head!r}


def upgrade():
    op.execute("ALTER TABLE stronghold_tenant ADD COLUMN motto varchar(80)")


def downgrade():
    op.drop_column("stronghold_tenant", "motto")
"""


@contextmanager
def next_release(tmp_path: Path) -> Generator[None]:
    """Make the library one that has one more revision."""
    scripts = tmp_path / "migrations"
    shutil.copytree(migrations._SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    revision = NEXT_REVISION.format(head=migrations.head_revision())
    (scripts / "versions" / "0009_motto.py").write_text(revision, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrations, "_SCRIPTS", scripts)
        yield


def test_a_database_without_tables_says_to_migrate(deployment: Deployment) -> None:
    """Also one that had some before."""
    with Stronghold(deployment.owner_url) as owner:
        owner.migrate(to="base")
    refuse(deployment.url, SchemaMissingError, "run stronghold.migrate()")


def test_a_database_of_an_older_release_is_refused_until_it_is_migrated(deployment: Deployment, tmp_path: Path) -> None:
    """The error names both schemas and the command; after that, the newer release works on it."""
    till = open_till(deployment.url)
    head = migrations.head_revision()
    with next_release(tmp_path):
        refuse(
            deployment.url, SchemaOutdatedError, f"at schema {head}, this version needs 0009: run `stronghold migrate`"
        )
        with Stronghold(deployment.owner_url) as owner:
            assert owner.migrate() == "0009"
        assert till.contents() == "100.00"


def test_a_database_of_a_newer_release_is_refused(deployment: Deployment, tmp_path: Path) -> None:
    """This release neither works on it nor migrates it; the release that knows it may go back."""
    till = open_till(deployment.url)
    head = migrations.head_revision()
    with next_release(tmp_path), Stronghold(deployment.owner_url) as owner:
        owner.migrate()
    refuse(deployment.url, SchemaNewerError, "at schema 0009.*upgrade financial-stronghold")
    with Stronghold(deployment.owner_url) as owner, pytest.raises(SchemaNewerError):
        owner.migrate()
    with next_release(tmp_path / "again"), Stronghold(deployment.owner_url) as owner:
        assert owner.migrate(to=head) == head
    assert till.contents() == "100.00"


def refuse(url: str, kind: type[StrongholdError], words: str) -> None:
    """Pass if every door of a database is closed, for that reason."""
    doors: list[Callable[[Stronghold], object]] = [
        lambda stronghold: stronghold.tenants.list_of(ADA),
        lambda stronghold: stronghold.tenants.create(kind="user", name="Bob", base_currency="USD", owner="user:bob"),
        lambda stronghold: stronghold.verify("00000000-0000-7000-8000-000000000001"),
        lambda stronghold: stronghold.read(
            "00000000-0000-7000-8000-000000000001", principal=ADA, do=lambda books: books.accounts.list()
        ),
    ]
    for door in doors:
        with Stronghold(url) as stronghold, pytest.raises(kind, match=words):
            door(stronghold)


# ------------------------------------------------------------------ a server


@pytest.fixture
def server_till(postgres: PostgresCluster, new_database: DatabaseFactory, migrated_template: str) -> Till:
    """Open a till on a database of the shared server."""
    return open_till(postgres.url(new_database(migrated_template), role=MEMBER_ROLE))


@pytest.fixture
def superuser(postgres: PostgresCluster, server_till: Till) -> Generator[psycopg.Connection]:
    """Open a session of somebody who may do everything to the till's database."""
    dbname = re.split(r"[/?]", server_till.url)[3]
    with psycopg.connect(postgres.superuser_url(dbname), autocommit=True) as connection:
        yield connection


def terminate(superuser: psycopg.Connection) -> None:
    """End all sessions on the till's database but our own, and wait until they are gone."""
    superuser.execute(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def test_a_connection_lost_in_the_middle_of_a_unit_undoes_it(server_till: Till, superuser: psycopg.Connection) -> None:
    """The error says that nothing was written, and it is true."""

    def pay_twice(books: Books) -> None:
        server_till.pay_in(books)
        terminate(superuser)
        server_till.pay_in(books)

    with Stronghold(server_till.url) as stronghold, pytest.raises(DatabaseGoneError, match="nothing was written"):
        server_till.work(stronghold, pay_twice)
    assert server_till.contents() == "100.00"


def test_a_lost_connection_that_was_overlooked_is_found_at_the_end(
    server_till: Till, superuser: psycopg.Connection
) -> None:
    """A caller who swallows the error in the block does not believe that the unit was committed."""

    def pay_and_overlook(books: Books) -> None:
        server_till.pay_in(books)
        terminate(superuser)
        with pytest.raises(DatabaseGoneError):
            server_till.pay_in(books)

    with Stronghold(server_till.url) as stronghold, pytest.raises(UnitBrokenError, match="can only be rolled back"):
        server_till.work(stronghold, pay_and_overlook)
    assert server_till.contents() == "100.00"


def test_a_read_that_loses_its_connection_says_so_inside_the_block(
    server_till: Till, superuser: psycopg.Connection
) -> None:
    """A caller who handles errors where they happen meets ours there, for verbs that read as for those that write."""

    def read(books: Books) -> None:
        terminate(superuser)
        with pytest.raises(DatabaseGoneError):
            books.accounts.balance(server_till.account)

    with Stronghold(server_till.url) as stronghold, pytest.raises(UnitBrokenError):
        server_till.work(stronghold, read)


@pytest.mark.parametrize("verb", ["run", "read"])
def test_a_unit_that_loses_its_connection_is_run_again(
    server_till: Till, superuser: psycopg.Connection, verb: str
) -> None:
    """Nothing was written, so `run` and `read` start anew on a fresh connection; also a read that had all it wanted."""
    attempts = []

    def read(books: Books) -> str:
        attempts.append(books)
        if len(attempts) == 1:
            terminate(superuser)
        balance = str(books.accounts.balance(server_till.account).amount)
        if len(attempts) == 2 and verb == "read":
            terminate(superuser)
        return balance

    with Stronghold(server_till.url) as stronghold:
        do = stronghold.run if verb == "run" else stronghold.read
        assert do(server_till.tenant, principal=ADA, do=read) == "100.00"
    assert len(attempts) == (2 if verb == "run" else 3)


def test_a_connection_lost_before_commit_leaves_the_outcome_open(
    server_till: Till, superuser: psycopg.Connection
) -> None:
    """The library can't know whether COMMIT arrived, says so, and does not retry on its own."""
    attempts = []

    def pay(books: Books) -> None:
        attempts.append(books)
        server_till.pay_in(books)
        terminate(superuser)

    with (
        Stronghold(server_till.url) as stronghold,
        pytest.raises(CommitOutcomeUnknownError, match="repeat it with the same idempotency keys"),
    ):
        stronghold.run(server_till.tenant, principal=ADA, do=pay)
    assert len(attempts) == 1


def test_a_row_that_somebody_locks_for_too_long_is_busy(server_till: Till, superuser: psycopg.Connection) -> None:
    """Where the host sets a lock timeout, the error may be retried, and nothing was written."""
    superuser.execute(f"ALTER ROLE {MEMBER_ROLE} IN DATABASE {superuser.info.dbname} SET lock_timeout = '20ms'")
    with superuser.transaction(), Stronghold(server_till.url, settings=HASTY) as stronghold:
        superuser.execute("SELECT FROM stronghold_account FOR UPDATE")
        with pytest.raises(DatabaseBusyError, match="gave up waiting for a lock"):
            stronghold.run(server_till.tenant, principal=ADA, do=server_till.pay_in)
    assert server_till.contents() == "100.00"


def test_a_server_that_only_reads_says_to_write_to_the_primary(
    server_till: Till, superuser: psycopg.Connection
) -> None:
    """As a standby would; reading goes on."""
    superuser.execute(f"ALTER DATABASE {superuser.info.dbname} SET default_transaction_read_only = on")
    with (
        Stronghold(server_till.url) as stronghold,
        pytest.raises(UnavailableError, match="read-only: write to the primary"),
    ):
        server_till.pay(stronghold)
    assert server_till.contents() == "100.00"


@pytest.mark.parametrize("table", ["entry", "month_total", "audit_event"])
def test_a_full_disk_of_a_server_undoes_the_whole_unit(
    server_till: Till, superuser: psycopg.Connection, table: str
) -> None:
    """Whichever table finds no room. (A trigger plays the disk: it raises what PostgreSQL raises.)"""
    superuser.execute(
        "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$"
    )
    superuser.execute(
        f"CREATE TRIGGER full_disk BEFORE INSERT ON stronghold_{table} EXECUTE FUNCTION no_room()".encode()
    )
    with Stronghold(server_till.url) as stronghold, pytest.raises(StorageFullError, match="disk is full"):
        server_till.pay(stronghold)
    assert server_till.contents() == "100.00"


def test_a_privilege_that_is_missing_says_to_run_the_doctor(server_till: Till, superuser: psycopg.Connection) -> None:
    """Somebody changed the grants: that is a mistake of the deployment, and the unit is undone."""
    superuser.execute("REVOKE INSERT ON stronghold_month_total FROM stronghold_app")
    with Stronghold(server_till.url) as stronghold, pytest.raises(ConfigurationError, match="run `stronghold doctor`"):
        server_till.pay(stronghold)
    assert server_till.contents() == "100.00"


# ------------------------------------------------------------------ a server of the test's own


@pytest.fixture(scope="module")
def own_server() -> Generator[PostgresServer]:
    """Start a server that the tests of this file may stop."""
    with closing(started_server(binaries_or_skip(), durable=True)) as server:
        create_roles(server)
        yield server


@pytest.fixture(scope="module")
def own_till(own_server: PostgresServer) -> Till:
    """Open a till on it."""
    dbname = create_database(own_server)
    with Stronghold(own_server.url(dbname)) as owner:
        owner.migrate()
    return open_till(own_server.url(dbname, role=MEMBER_ROLE))


def test_a_server_that_is_down_is_unavailable_until_it_is_up(own_server: PostgresServer, own_till: Till) -> None:
    """An open unit is gone, a new one can't begin, nor a migration; when the server is back, so are the books."""
    before = own_till.contents()

    def pay_twice(books: Books) -> None:
        own_till.pay_in(books)
        own_server.stop("immediate")
        own_till.pay_in(books)

    with Stronghold(own_till.url) as stronghold:
        with pytest.raises(DatabaseGoneError, match="nothing was written"):
            own_till.work(stronghold, pay_twice)
        for act in (own_till.pay, Stronghold.migrate):
            with pytest.raises(UnavailableError, match="check its URL, and whether it is running"):
                act(stronghold)
        own_server.start()
        assert own_till.contents() == before
        own_till.pay(stronghold)
    assert own_till.contents() != before


@pytest.mark.parametrize(("cut", "is_written"), [(Cut.BEFORE, False), (Cut.AFTER, True)])
def test_whoever_does_not_know_whether_a_unit_was_committed_repeats_it_under_its_key(
    own_server: PostgresServer, own_till: Till, cut: Cut, *, is_written: bool
) -> None:
    """The error is the same whether COMMIT arrived or not; the repetition is a replay just if it did."""
    before = own_till.contents()
    with CommitCutter(own_server.directory) as cutter, Stronghold(cutter.url(own_till.url)) as stronghold:
        cutter.cut(cut)
        with pytest.raises(CommitOutcomeUnknownError):
            own_till.pay(stronghold, key=f"key {cut}")
        assert cutter.done[cut] == 1
        assert own_till.pay(stronghold, key=f"key {cut}") == is_written
    assert Decimal(before) - Decimal(own_till.contents()) == 1

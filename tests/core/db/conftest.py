"""Fixtures of the database layer's tests: engines as a host would make them."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, make_url

from tests.support.hosts import build_host_tables
from tests.support.shared import postgresql_url, shared_database

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy import Connection, Engine

# Logins are made through the driver.
collect_ignore = [] if find_spec("psycopg") else ["test_citus.py", "test_logins.py", "test_server_settings.py"]

# Most tests look at nothing beyond their own tenants.
__all__ = ["connection", "host_engine", "postgresql_url", "shared_database"]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def host_engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Engine]:
    """Open a database with the host's tables in it, as their owner: no row-level security helps here."""
    if request.param == "sqlite":
        engine = create_engine(f"sqlite:///{tmp_path_factory.mktemp('host') / 'host.db'}")
        build_host_tables(engine)
        yield engine
        engine.dispose()
        return
    postgres = request.getfixturevalue("postgres")
    # Only here is a driver of PostgreSQL needed, and there may be none.
    support = importlib.import_module("tests.support.postgres")
    dbname = support.create_database(postgres)
    engine = create_engine(make_url(postgres.url(dbname)).set(drivername="postgresql+psycopg"))
    build_host_tables(engine)
    yield engine
    engine.dispose()
    support.drop_database(postgres, dbname)


@pytest.fixture
def connection(host_engine: Engine) -> Generator[Connection]:
    """Open a transaction that nothing remains of, not even tables."""
    with host_engine.connect() as opened:
        opened.begin()
        if opened.dialect.name == "sqlite":
            # The driver would begin with the first row that is written.
            opened.exec_driver_sql("BEGIN")
        yield opened
        opened.rollback()

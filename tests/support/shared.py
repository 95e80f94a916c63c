"""One PostgreSQL database for many tests, each of which has tenants of its own: copying one takes longer than a test.

A folder of tests that looks at nothing beyond its tenants takes the fixtures from here into its conftest.py.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import ModuleType

    from tests.support.postgres import PostgresCluster


@pytest.fixture(scope="session")
def shared_database(postgres: PostgresCluster, migrated_template: str) -> Generator[str]:
    """Copy the migrated database once."""
    support = _support()
    dbname: str = support.create_database(postgres, migrated_template)
    yield dbname
    support.drop_database(postgres, dbname)


@pytest.fixture
def postgresql_url(postgres: PostgresCluster, shared_database: str) -> str:
    """Log in to the shared database as a plain member of the app role."""
    return postgres.url(shared_database, role=_support().MEMBER_ROLE)


def _support() -> ModuleType:
    """Import what needs the driver only where PostgreSQL is used: the folder's other tests do without."""
    return import_module("tests.support.postgres")

"""Arenas: a tenant's books in which units fight, on a shared database, or on one that the test may break."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.postgres import MEMBER_ROLE
from tests.support.races import Arena, PostgreSQLArena, SQLiteArena
from tests.support.shared import postgresql_url, shared_database

if TYPE_CHECKING:
    from tests.support.fixtures import DatabaseFactory
    from tests.support.postgres import PostgresCluster
    from tests.support.stronghold import Desk

__all__ = ["postgresql_url", "shared_database"]


@pytest.fixture
def scratch_url(postgres: PostgresCluster, new_database: DatabaseFactory, migrated_template: str) -> str:
    """Copy the migrated database for one test alone."""
    return postgres.url(new_database(migrated_template), role=MEMBER_ROLE)


@pytest.fixture
def arena(request: pytest.FixtureRequest, acme: Desk) -> Arena:
    """Let units of Acme's fight."""
    if acme.stronghold.database.engine.dialect.name == "sqlite":
        return SQLiteArena(acme)
    return PostgreSQLArena(acme, request.getfixturevalue("postgres"))

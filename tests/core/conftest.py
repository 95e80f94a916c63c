"""Fixtures of the tests of core."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from stronghold_core.ids import new_id
from tests.support.rows import Vault

if TYPE_CHECKING:
    from collections.abc import Generator
    from uuid import UUID

    from tests.support.postgres import PostgresCluster


@pytest.fixture(autouse=True)
def dawn() -> UUID:
    """Make an id that is smaller than that of every tenant which the test makes."""
    return new_id()


@pytest.fixture
def vault(request: pytest.FixtureRequest, database_url: str, dawn: UUID) -> Generator[Vault]:
    """Look at the rows of the test's tenants, and change them, past every wall."""
    url = database_url
    if url.startswith("postgresql"):
        postgres: PostgresCluster = request.getfixturevalue("postgres")
        url = postgres.superuser_url(make_url(url).database or "")
    opened = Vault(url, since=dawn)
    yield opened
    opened.engine.dispose()

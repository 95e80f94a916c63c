"""Fixtures of the property tests: somebody who sees every row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from tests.support.dump import Overseer

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.support.postgres import PostgresCluster


@pytest.fixture
def overseer(database_url: str, request: pytest.FixtureRequest) -> Generator[Overseer]:
    """Watch the database past the library, and past every policy."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        watching = Overseer.of(database_url)
    else:
        cluster: PostgresCluster = request.getfixturevalue("postgres")
        watching = Overseer.of(cluster.superuser_url(url.database or ""))
    yield watching
    watching.engine.dispose()

"""Fixtures of the attacks: databases with a host's tables, which a test may break."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from tests.support.hosted import hosted, hosted_url

if TYPE_CHECKING:
    from tests.support.postgres import PostgresCluster

__all__ = ["hosted", "hosted_url", "owner_url"]


@pytest.fixture
def owner_url(request: pytest.FixtureRequest, hosted_url: str) -> str:
    """Say how the owner of the tables reaches the same database; nothing on SQLite."""
    if hosted_url.startswith("sqlite"):
        return ""
    postgres: PostgresCluster = request.getfixturevalue("postgres")
    return postgres.url(make_url(hosted_url).database or "")

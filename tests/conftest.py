"""What holds for every test: how hard hypothesis searches, and which tests need PostgreSQL."""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.support.stronghold", *(["tests.support.fixtures"] if find_spec("psycopg") else [])]

POSTGRES_FIXTURES = frozenset({"postgres", "own_postgres"})

# On a busy machine a deadline tells about the machine, not about the code.
settings.register_profile("default", deadline=None, max_examples=50)
# The same commit gets the same verdict every time; new examples are what `fuzz` is for.
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.register_profile(
    "fuzz",
    deadline=None,
    max_examples=int(os.environ.get("STRONGHOLD_FUZZ_EXAMPLES", "2000")),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("STRONGHOLD_HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "default"))


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark each test that asks for PostgreSQL, however indirectly, so that `-m "not postgres"` leaves it out."""
    if isinstance(item, pytest.Function) and POSTGRES_FIXTURES.intersection(item.fixturenames):
        item.add_marker(pytest.mark.postgres)

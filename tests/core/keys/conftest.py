"""Fixtures of the tests of keys: an instant at which they are made."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.util import find_spec

import pytest

# Without the package that signs there are no keys, only rules of them.
collect_ignore = [] if find_spec("cryptography") else ["test_key.py", "test_ring.py", "test_places.py"]


@pytest.fixture
def now() -> datetime:
    """Say what time it is."""
    return datetime(2026, 11, 22, 12, tzinfo=UTC)

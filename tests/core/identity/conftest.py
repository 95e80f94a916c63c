"""A person who can sign in, and the errors of guesses; each test has users of its own in a shared database."""

from __future__ import annotations

from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stronghold_core import Settings, Stronghold
from stronghold_core.ids import new_id
from tests.support.shared import postgresql_url, shared_database
from tests.support.sign_ins import PASSWORD, SECOND_FACTOR_KEY, Person

if TYPE_CHECKING:
    from collections.abc import Generator

    from stronghold_core import ManualClock

__all__ = ["postgresql_url", "shared_database"]

# Without the extra nobody signs in, and nobody is identified by tokens.
has_extra = all(find_spec(package) for package in ("argon2", "cryptography", "pyotp"))
collect_ignore = [] if has_extra else ["tokens", *sorted(path.name for path in Path(__file__).parent.glob("test_*.py"))]


@pytest.fixture
def stronghold(database_url: str, clock: ManualClock) -> Generator[Stronghold]:
    """Open a stronghold that can encrypt second factors, with the stopped clock."""
    settings = Settings(second_factor_key=SECOND_FACTOR_KEY)
    with closing(Stronghold(database_url, settings=settings, clock=clock)) as opened:
        yield opened


@pytest.fixture
def ada(stronghold: Stronghold) -> Person:
    """Let Ada sign in, by a name that no other test uses."""
    name = f"ada-{new_id()}@example.com"
    return Person(stronghold.identity, stronghold.identity.users.create(name, password=PASSWORD), PASSWORD)

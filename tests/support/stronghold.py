"""Fixtures around a `Stronghold` on an empty, migrated database: every test that asks runs on each kind of database.

Migrating costs a second; so it happens once a run and kind, and each test gets a copy.
"""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from stronghold_core import Books, ManualClock, Stronghold

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from stronghold_core.tenancy import TenantRecord

ADA, EVE = "user:ada", "user:eve"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Desk:
    """A tenant and one of its principals: whoever sits at it opens books with a word."""

    stronghold: Stronghold
    tenant: TenantRecord
    principal: str

    def books(self, *, read_only: bool = False) -> AbstractContextManager[Books]:
        """Open a unit of work."""
        return self.stronghold.books(self.tenant.id, principal=self.principal, read_only=read_only)

    def seat(self, principal: str, role: str) -> Desk:
        """Make *principal* a member of the same tenant, and sit them at a desk of their own."""
        with self.books() as books:
            books.members.add(principal, role=role)
        return Desk(self.stronghold, self.tenant, principal)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrate one SQLite file for all tests to copy."""
    path = tmp_path_factory.mktemp("template") / "books.db"
    with Stronghold(f"sqlite:///{path}") as stronghold:
        stronghold.migrate()
    return path


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """Copy the migrated file."""
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'books.db')}"


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
)
def database_url(request: pytest.FixtureRequest) -> str:
    """Give the URL of an empty, migrated database; on PostgreSQL for a plain member of the app role."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def clock() -> ManualClock:
    """Stop the time at noon of a Saturday."""
    return ManualClock(NOW)


@pytest.fixture
def stronghold(database_url: str, clock: ManualClock) -> Generator[Stronghold]:
    """Open a stronghold on the database, with the stopped clock."""
    with closing(Stronghold(database_url, clock=clock)) as opened:
        yield opened


@pytest.fixture
def acme(stronghold: Stronghold) -> Desk:
    """Create a company that keeps its books in US dollars, and sit its owner Ada at the desk."""
    tenant = stronghold.tenants.create(kind="organization", name="Acme Ltd", base_currency="USD", owner=ADA)
    return Desk(stronghold, tenant, ADA)


@pytest.fixture
def rival(stronghold: Stronghold) -> Desk:
    """Create another company, whose owner Eve has no business with Acme."""
    tenant = stronghold.tenants.create(kind="organization", name="Rival Inc", base_currency="USD", owner=EVE)
    return Desk(stronghold, tenant, EVE)

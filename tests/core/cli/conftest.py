"""Fixtures of the command line's tests: a shell on a migrated file, and a company with a bank account in it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stronghold_core import Stronghold
from tests.support.shell import Shell
from tests.support.stronghold import ADA, Desk

if TYPE_CHECKING:
    from collections.abc import Generator

# Without the extra there is no command line; that it says so is what can still be tested.
collect_ignore = (
    []
    if find_spec("typer")
    else sorted(path.name for path in Path(__file__).parent.glob("test_*.py") if path.name != "test_extra.py")
)


@pytest.fixture
def empty_url(tmp_path: Path) -> str:
    """Name a file that is not there."""
    return f"sqlite:///{tmp_path / 'books.db'}"


@pytest.fixture
def shell(sqlite_url: str) -> Shell:
    """Open a shell whose variable names a migrated file."""
    return Shell(sqlite_url)


@pytest.fixture
def acme(sqlite_url: str) -> Generator[Desk]:
    """Create the company Acme, with the external reference acme, whose owner is Ada."""
    with Stronghold(sqlite_url) as stronghold:
        tenant = stronghold.tenants.create(
            kind="organization", name="Acme Ltd", base_currency="USD", owner=ADA, external_reference="acme"
        )
        yield Desk(stronghold, tenant, ADA)


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands give up at once where they would wait for a lock."""
    from stronghold_core.cli import desk  # noqa: PLC0415 - there may be no command line

    impatient = desk.SETTINGS.model_copy(update={"busy_timeout_seconds": 0, "retry_attempts": 1})
    monkeypatch.setattr(desk, "SETTINGS", impatient)

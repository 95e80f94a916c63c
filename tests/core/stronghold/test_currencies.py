"""Currencies of a host's own, as the processes on one database agree on them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from stronghold_core import Money, Stronghold, register_currency
from stronghold_core.currencies import find_currency, registry
from stronghold_core.errors import ConfigurationError, CurrencyConflictError
from tests.support.ledger import open_account
from tests.support.stronghold import ADA, Desk

if TYPE_CHECKING:
    from uuid import UUID

OTHER_PROCESS = """
import sys
from stronghold_core import Stronghold, register_currency
url, tenant, exponent = sys.argv[1:]
register_currency("MILES", exponent=int(exponent))
with Stronghold(url) as stronghold, stronghold.books(tenant, principal="user:ada") as books:
    print(books.accounts.open(name="Miles", type="asset", currency="MILES", opening_balance="100").id)
"""


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers, or learns, ends with it: the real registry never forgets."""
    monkeypatch.setattr(registry, "_BY_CODE", dict(registry._BY_CODE))


def open_elsewhere(url: str, tenant: UUID, *, exponent: int) -> str:
    """Let another process open an account in a currency of its own."""
    command = [sys.executable, "-c", OTHER_PROCESS, url, str(tenant), str(exponent)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout.strip()


def test_a_currency_that_another_process_begins_to_use_is_known_in_the_next_unit(acme: Desk, database_url: str) -> None:
    """Though this one has read all currencies before, and nobody registers that one here."""
    open_account(acme)
    account = open_elsewhere(database_url, acme.tenant.id, exponent=3)
    with acme.books() as books:
        assert books.accounts.balance(account) == Money(100_000, "MILES")
        assert len(books.accounts.list().items) == 2
    assert acme.stronghold.verify(acme.tenant.id).is_sound


def test_a_process_that_registered_it_differently_is_refused_from_then_on(acme: Desk, database_url: str) -> None:
    """It would read every stored amount as another one, and write amounts that others misread."""
    open_account(acme)
    register_currency("MILES", exponent=2)
    open_elsewhere(database_url, acme.tenant.id, exponent=0)
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="holds MILES with 0 decimals"), acme.books():
            pass
        with pytest.raises(ConfigurationError, match="holds MILES with 0 decimals"):
            acme.stronghold.verify(acme.tenant.id)


def test_a_currency_is_pinned_by_the_first_tenant_that_has_it_as_its_own(acme: Desk, database_url: str) -> None:
    """Amounts without a currency are read in it, so it must mean the same everywhere from the first day."""
    register_currency("MILES", exponent=0)
    acme.stronghold.tenants.create(kind="user", name="Flyer", base_currency="MILES", owner=ADA)
    registry._BY_CODE.pop("MILES")
    with Stronghold(database_url) as other:
        other.tenants.list_of(ADA)
        assert find_currency("MILES") is not None
    registry._BY_CODE.pop("MILES")
    register_currency("MILES", exponent=1)
    with Stronghold(database_url) as other, pytest.raises(ConfigurationError, match="holds MILES with 0 decimals"):
        other.tenants.create(kind="user", name="Flyer", base_currency="MILES", owner=ADA)


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # In a file, nobody writes beside an open unit.
def test_an_account_in_a_currency_that_is_stored_otherwise_is_not_opened(acme: Desk, database_url: str) -> None:
    """A unit that was open when the other process began finds out when it writes."""
    register_currency("MILES", exponent=2)
    with acme.books() as books:
        open_elsewhere(database_url, acme.tenant.id, exponent=0)
        with pytest.raises(CurrencyConflictError):
            books.accounts.open(name="Miles too", type="asset", currency="MILES")

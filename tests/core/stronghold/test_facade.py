"""The one object a host holds: what it offers beside units of work."""

from __future__ import annotations

import asyncio
from datetime import date
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from stronghold_core import ManualClock, Stronghold
from stronghold_core.errors import ConfigurationError, InvalidInputError, NotFoundError
from tests.support.ledger import open_account, record
from tests.support.stronghold import ADA, Desk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stronghold_core import Books
    from tests.support.rows import Vault


def test_the_platform_verifies_any_tenant(acme: Desk, rival: Desk, vault: Vault) -> None:
    """Without being a member; it counts what it went through, and finds what is wrong with that tenant only."""
    bank = open_account(acme, opening_balance="5.00")
    record(acme, account=bank.id, amount="-1.00")
    sound = acme.stronghold.verify(str(acme.tenant.id))
    assert (sound.tenant_id, sound.transactions, sound.entries, sound.findings) == (acme.tenant.id, 2, 4, ())
    vault.tamper("UPDATE stronghold_account SET balance_minor = 401 WHERE id = :id", id=bank.id)
    (finding,) = acme.stronghold.verify(acme.tenant.id).findings
    assert str(finding).startswith("balance: account ")
    assert str(finding).endswith(" has 401 as version 2, should have 400 as version 2")
    assert acme.stronghold.verify(rival.tenant.id).is_sound


def test_a_tenant_that_is_missing_cannot_be_verified(acme: Desk) -> None:
    """No tenant is not a sound one."""
    with pytest.raises(NotFoundError):
        acme.stronghold.verify(uuid4())
    with pytest.raises(InvalidInputError):
        acme.stronghold.verify("Acme")


def test_two_strongholds_on_one_database_see_the_same_books(acme: Desk, database_url: str, clock: ManualClock) -> None:
    """As two processes of a host do: what one committed the other one finds at once."""
    bank = open_account(acme)
    with Stronghold(database_url, clock=clock) as other:
        there = Desk(other, acme.tenant, ADA)
        record(there, account=bank.id, amount="2.00")
        record(acme, account=bank.id, amount="3.00")
        with there.books() as books:
            assert str(books.accounts.balance(bank.id)) == "5.00 USD"


def test_settings_that_another_process_changed_hold_in_the_next_unit(
    acme: Desk, database_url: str, clock: ManualClock
) -> None:
    """None remembers them: today is the day it is in the time zone that the tenant has now."""
    bank = open_account(acme)
    with Stronghold(database_url, clock=clock) as other, Desk(other, acme.tenant, ADA).books() as books:
        books.tenant.update(time_zone="Pacific/Auckland")
    assert record(acme, account=bank.id, amount="1.00").effective_date == date(2026, 11, 22)


def test_settings_of_a_unit_that_was_rolled_back_never_held(acme: Desk) -> None:
    """Neither in the next unit, nor once other settings get the same version."""
    bank = open_account(acme)

    def move_and_fail(books: Books) -> None:
        books.tenant.update(time_zone="Pacific/Auckland")
        raise LookupError

    with pytest.raises(LookupError):
        acme.stronghold.run(acme.tenant.id, principal=acme.principal, do=move_and_fail)
    assert record(acme, account=bank.id, amount="1.00").effective_date == date(2026, 11, 21)
    with acme.books() as books:
        books.tenant.update(name="Acme Inc")
    assert record(acme, account=bank.id, amount="1.00").effective_date == date(2026, 11, 21)


def test_leaving_its_block_closes_the_connections(tmp_path: Path) -> None:
    """A file that nobody has open any more can be moved away, and opened again."""
    path = tmp_path / "books.db"
    with Stronghold(f"sqlite:///{path}") as stronghold:
        stronghold.migrate()
        tenant = stronghold.tenants.create(kind="user", name="Ada", base_currency="EUR", owner=ADA)
    assert [one.name for one in tmp_path.iterdir()] == ["books.db"]
    moved = path.rename(tmp_path / "moved.db")
    with Stronghold(f"sqlite:///{moved}") as stronghold:
        assert list(stronghold.tenants.ids()) == [tenant.id]


# --- functions that would have to be awaited


async def open_savings(books: Books) -> None:
    """Do what only runs if somebody awaits it."""
    books.accounts.open(name="Savings", type="asset")


@pytest.mark.parametrize("verb", ["run", "read"])
@pytest.mark.parametrize("do", [open_savings, partial(open_savings)], ids=["function", "partial"])
def test_a_coroutine_function_is_refused(acme: Desk, verb: str, do: Callable[[Books], object]) -> None:
    """It would not have run before the unit ends, and an empty unit would be committed without an error."""
    with pytest.raises(ConfigurationError, match=r"do is a coroutine function.*asyncio\.to_thread"):
        getattr(acme.stronghold, verb)(acme.tenant.id, principal=acme.principal, do=do)


def test_a_result_that_is_to_be_awaited_rolls_the_unit_back(acme: Desk) -> None:
    """What a lambda hides is found when it returns; nothing that happened before that stays."""

    def begin(books: Books) -> object:
        books.accounts.open(name="Current", type="asset")
        return open_savings(books)

    with pytest.raises(ConfigurationError, match=r"to be awaited \(coroutine\).*nothing was written"):
        acme.stronghold.run(acme.tenant.id, principal=acme.principal, do=begin)
    with acme.books() as books:
        assert len(books.accounts.list()) == 0


def test_a_thread_runs_a_unit_for_asyncio(acme: Desk) -> None:
    """The way out that the error names works."""

    def count(books: Books) -> int:
        return len(books.accounts.list())

    async def answer() -> int:
        return await asyncio.to_thread(acme.stronghold.run, acme.tenant.id, principal=acme.principal, do=count)

    assert asyncio.run(answer()) == 0

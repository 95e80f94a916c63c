"""The accounts behind categories and exchanges, which the engine opens when it first needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine

from stronghold_core import ManualClock, Record, Stronghold
from stronghold_core.errors import CategoryArchivedError, RetryableConflictError
from stronghold_core.ledger import AccountType, CategoryKind, Purpose
from tests.support.ledger import asking, create_category, open_account, record
from tests.support.rows import Vault, refused
from tests.support.stronghold import ADA, Desk

if TYPE_CHECKING:
    from stronghold_core.ledger import AccountRecord


def behind(desk: Desk, account: AccountRecord, **fields: object) -> AccountRecord:
    """Record something on *account*, and return the account that its second entry is on."""
    made = record(desk, account=account.id, **fields)
    with desk.books() as books:
        return books.accounts.get(made.entries[1].account_id)


def test_a_category_has_one_account_in_each_currency(acme: Desk) -> None:
    """Opened with its first transaction, of its kind and name, and met again by every later one."""
    bank, cash = open_account(acme), open_account(acme, "Cash")
    euro = open_account(acme, "Euro", currency="EUR")
    pay = create_category(acme, "Pay", "income")
    first = behind(acme, bank, amount="1.00", category=pay.id)
    assert (first.name, first.type, first.purpose, first.currency, first.category_id) == (
        "Pay",
        AccountType.INCOME,
        Purpose.CATEGORY,
        "USD",
        pay.id,
    )
    assert behind(acme, cash, amount="1.00", category=pay.id).id == first.id
    assert behind(acme, euro, amount="1.00", category=pay.id).currency == "EUR"


def test_what_nobody_gave_a_category_goes_to_the_uncategorised_one_of_its_kind(acme: Desk) -> None:
    """Both are made when they are needed, once, also within one batch."""
    bank = open_account(acme)
    with acme.books() as books:
        books.transactions.post_many([Record(account=bank.id, amount=amount) for amount in ("-1.00", "1.00", "-2.00")])
        books.transactions.record(account=bank.id, amount="-1.00")
        names = [(one.name, one.kind) for one in books.categories.list()]
    assert names == [("Uncategorised", CategoryKind.EXPENSE), ("Uncategorised", CategoryKind.INCOME)]


def test_a_renamed_default_category_goes_on_taking_what_has_none(acme: Desk) -> None:
    """People give it a name in their own language; every process knows it by more than its name."""
    bank = open_account(acme)
    first = behind(acme, bank, amount="-1.00")
    with acme.books() as books:
        books.categories.rename(str(first.category_id), name="Sonstiges")
        ordinary = books.categories.create(name="Uncategorised", kind="expense")
    with Stronghold(acme.stronghold.database.engine) as other:
        second = behind(Desk(other, acme.tenant, ADA), bank, amount="-1.00")
        assert (second.name, second.category_id) == ("Sonstiges", first.category_id)
    with acme.books() as books:
        assert [(one.id, one.is_default) for one in books.categories.list()] == [
            (first.category_id, True),
            (ordinary.id, False),
        ]


def test_a_category_of_the_name_that_is_there_becomes_the_default(acme: Desk) -> None:
    """Whoever made one before it was needed meant the same."""
    bank = open_account(acme)
    with acme.books() as books:
        made = books.categories.create(name="Uncategorised", kind="expense")
    assert not made.is_default
    assert behind(acme, bank, amount="-1.00").category_id == made.id
    with acme.books() as books:
        assert books.categories.get(made.id).is_default


def test_an_archived_uncategorised_category_takes_nothing(acme: Desk, vault: Vault) -> None:
    """Whoever archives it wants every transaction to say what it was for."""
    bank = open_account(acme)
    head = behind(acme, bank, amount="-1.00")
    with acme.books() as books:
        books.categories.archive(str(head.category_id))
    refused(acme, vault, CategoryArchivedError, asking("transactions.record", account=bank.id, amount="-1.00"))


def test_an_exchange_goes_through_one_trading_account_a_currency(acme: Desk) -> None:
    """Their balances are the open position; the next exchange, whatever its direction, meets the same two."""
    bank = open_account(acme, opening_balance="100.00")
    euro = open_account(acme, "Euro", currency="EUR")
    with acme.books() as books:
        transfer = books.transactions.transfer
        out = transfer(from_account=bank.id, to_account=euro.id, amount="10.00", to_amount="9.00")
        back = transfer(from_account=euro.id, to_account=bank.id, amount="4.00", to_amount="5.00")
        trading = [books.accounts.get(entry.account_id) for entry in out.entries[1:3]]
        assert [(one.name, str(one.balance)) for one in trading] == [
            ("Trading USD", "5.00 USD"),
            ("Trading EUR", "-5.00 EUR"),
        ]
        assert {one.type for one in trading} == {AccountType.EQUITY}
        assert {entry.account_id for entry in back.entries[1:3]} == {one.id for one in trading}
        assert books.verify().is_sound


@pytest.mark.postgres
def test_an_account_that_a_frozen_snapshot_cannot_see_is_a_conflict(postgresql_url: str, clock: ManualClock) -> None:
    """A host's REPEATABLE READ hides what another unit opened meanwhile, so the host must run its transaction again."""
    engine = create_engine(
        postgresql_url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="REPEATABLE READ"
    )
    with Stronghold(postgresql_url, clock=clock) as stronghold:
        tenant = stronghold.tenants.create(kind="organization", name="Acme", base_currency="USD", owner=ADA)
        acme = Desk(stronghold, tenant, ADA)
        bank, food = open_account(acme), create_category(acme)
        with (  # noqa: PT012 - the conflict needs somebody else's unit inside
            pytest.raises(RetryableConflictError),
            engine.begin() as connection,
            stronghold.books(tenant.id, principal=ADA, connection=connection) as books,
        ):
            record(acme, account=bank.id, amount="-1.00", category=food.id)
            books.transactions.record(account=bank.id, amount="-1.00", category=food.id)
    engine.dispose()

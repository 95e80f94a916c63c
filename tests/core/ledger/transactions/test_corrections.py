"""Correcting what a transaction was for: what is appended, what is not touched, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from stronghold_core import ManualClock, Money, Settings, Stronghold
from stronghold_core.errors import InvalidInputError, TooManyEntriesError
from tests.support.ledger import TODAY, YESTERDAY, actions, asking, create_category, open_account, record
from tests.support.rows import Vault, refused
from tests.support.stronghold import Desk

if TYPE_CHECKING:
    from stronghold_core.ledger import CategoryRecord


def moved(desk: Desk) -> dict[str, int]:
    """Return what each category moved this month, in minor units."""
    with desk.books(read_only=True) as books:
        return {flow.name: flow.amount.minor for flow in books.dashboard.overview().currencies[0].categories}


def test_a_correction_appends_and_is_one_event(acme: Desk, vault: Vault) -> None:
    """The lines that were there stay as they were; the account of money is not touched; the log names both heads."""
    bank, food, rent = open_account(acme), create_category(acme), create_category(acme, "Rent")
    payment = record(acme, account=bank.id, amount="-3.00", category=food.id, on=YESTERDAY)
    accounts = vault.rows()["stronghold_account"]
    with acme.books() as books:
        corrected = books.transactions.recategorise(str(payment.id), category=str(rent.id))
        event = books.audit.list().items[0]
    assert corrected.entries[:2] == payment.entries
    assert [str(entry.amount) for entry in corrected.entries[2:]] == ["-3.00 USD", "3.00 USD"]
    assert [entry.account_version for entry in corrected.entries[2:]] == [None, None]
    assert corrected.effective_date == YESTERDAY
    assert (event.action, event.object_id) == ("transaction.recategorise", payment.id)
    assert event.payload == {"before": str(food.id), "after": str(rent.id)}
    assert set(accounts) < set(vault.rows()["stronghold_account"])


def test_a_correction_to_the_same_category_is_nothing(acme: Desk, vault: Vault) -> None:
    """No entry, no event."""
    bank, food = open_account(acme), create_category(acme)
    payment = record(acme, account=bank.id, amount="-3.00", category=food.id)
    before = vault.rows()
    with acme.books() as books:
        assert books.transactions.recategorise(payment.id, category=food.id) == payment
    assert vault.rows() == before


def test_a_transaction_may_be_corrected_there_and_back_again(acme: Desk) -> None:
    """Each time from where the money is now; a reversal then takes back only what is left."""
    bank, food, rent = open_account(acme), create_category(acme), create_category(acme, "Rent")
    payment = record(acme, account=bank.id, amount="-3.00", category=food.id)
    with acme.books() as books:
        for category in (rent, food, rent):
            books.transactions.recategorise(payment.id, category=category.id)
        assert len(books.transactions.get(payment.id).entries) == 8
        assert books.verify().is_sound
    assert {name: minor for name, minor in moved(acme).items() if minor} == {"Rent": 300}
    with acme.books() as books:
        assert len(books.transactions.reverse(payment.id, on=TODAY).entries) == 2
        assert books.verify().is_sound
    assert not any(moved(acme).values())


def test_a_refund_may_be_moved_between_income_and_expense(acme: Desk) -> None:
    """Money that came in was booked as income; as a refund it reduces spending."""
    bank, pay, food = open_account(acme), create_category(acme, "Pay", "income"), create_category(acme)
    record(acme, account=bank.id, amount="-5.00", category=food.id)
    came = record(acme, account=bank.id, amount="2.00", category=pay.id)
    with acme.books() as books:
        books.transactions.recategorise(came.id, category=food.id)
    assert moved(acme) == {"Food": 300, "Pay": 0}


def test_replaces_names_one_of_the_transactions_categories_by_id(acme: Desk, vault: Vault) -> None:
    """Text that is no id is refused as such, for either category."""
    bank, food = open_account(acme), create_category(acme)
    payment = record(acme, account=bank.id, amount="-3.00", category=food.id)
    for fields in ({"category": "Rent"}, {"category": food.id, "replaces": "Food"}):
        refused(acme, vault, InvalidInputError, asking("transactions.recategorise", payment.id, **fields))


def test_corrections_count_towards_the_limit_of_entries(
    acme: Desk, database_url: str, clock: ManualClock, vault: Vault
) -> None:
    """Somebody who moves a transaction to and fro is stopped where its size is."""
    bank, food, rent = open_account(acme), create_category(acme), create_category(acme, "Rent")
    payment = record(acme, account=bank.id, amount="-3.00", category=food.id)
    with Stronghold(database_url, settings=Settings(max_entries_per_transaction=4), clock=clock) as stronghold:
        narrow = Desk(stronghold, acme.tenant, acme.principal)
        with narrow.books() as books:
            books.transactions.recategorise(payment.id, category=rent.id)
        back = asking("transactions.recategorise", payment.id, category=food.id)
        assert refused(narrow, vault, TooManyEntriesError, back).found == 6


def test_a_share_of_a_split_moves_alone(acme: Desk) -> None:
    """Two shares of one category are one sum, and move together; the others stay."""
    bank = open_account(acme)
    heads: dict[str, CategoryRecord] = {name: create_category(acme, name) for name in ("Food", "Rent", "Fun")}
    with acme.books() as books:
        parts: list[tuple[Any, Any]] = [
            (heads["Food"].id, "-1.00"),
            (heads["Rent"].id, "-2.00"),
            (heads["Food"].id, Money(-300, "USD")),
        ]
        both = books.transactions.split(account=bank.id, amount="-6.00", parts=parts)
        books.transactions.recategorise(both.id, category=heads["Fun"].id, replaces=heads["Food"].id)
        assert books.verify().is_sound
    assert moved(acme) == {"Fun": 400, "Food": 0, "Rent": 200}


def test_a_transaction_of_one_currency_is_corrected_in_it(acme: Desk) -> None:
    """The new category's account in that currency is opened if there is none yet."""
    euro = open_account(acme, "Euro", currency="EUR")
    food, rent = create_category(acme), create_category(acme, "Rent")
    payment = record(acme, account=euro.id, amount="-3.00", category=food.id)
    with acme.books() as books:
        corrected = books.transactions.recategorise(payment.id, category=rent.id)
        assert books.accounts.get(corrected.entries[3].account_id).currency == "EUR"
        assert books.verify().is_sound


@pytest.mark.parametrize("words", [{"description": "x" * 501}, {"payee": "a\x00b"}, {"note": "\x1b"}, {"note": 7}])
def test_words_are_edited_within_the_same_bounds(acme: Desk, vault: Vault, words: dict[str, Any]) -> None:
    """As when the transaction was posted."""
    payment = record(acme, account=open_account(acme).id, amount="-3.00", description="Lunch")
    refused(acme, vault, InvalidInputError, asking("transactions.edit", payment.id, **words))
    assert actions(acme)[-1] == "transaction.record"

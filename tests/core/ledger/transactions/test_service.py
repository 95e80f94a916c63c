"""Correcting, describing and finding transactions."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from stronghold_core import UNCHANGED, Money, Part, Permission, Record
from stronghold_core.errors import (
    AccountClosedError,
    AlreadyReversedError,
    CategoryArchivedError,
    CurrencyMismatchError,
    DuplicateReferenceError,
    FutureDateError,
    IdempotencyMismatchError,
    InvalidCursorError,
    InvalidInputError,
    NotCategorisedError,
    NotFoundError,
    PermissionDeniedError,
    ReversalDateError,
)
from stronghold_core.ids import new_id
from tests.support.ledger import asking
from tests.support.rows import AUDIT, refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from stronghold_core import Books
    from stronghold_core.ledger import AccountRecord, CategoryRecord, TransactionRecord
    from tests.support.rows import Vault
    from tests.support.stronghold import Desk

TODAY = date(2026, 11, 21)
BEFORE = date(2026, 11, 2)


class Household:
    """A bank account, two categories, and a payment."""

    def __init__(self, desk: Desk) -> None:
        with desk.books() as books:
            self.bank: AccountRecord = books.accounts.open(name="Bank", type="asset", opening_balance="100.00")
            self.food: CategoryRecord = books.categories.create(name="Food", kind="expense")
            self.rent: CategoryRecord = books.categories.create(name="Rent", kind="expense")
            self.payment: TransactionRecord = books.transactions.record(
                account=self.bank.id, amount="-30.00", category=self.food.id, on=BEFORE, description="Market"
            )

    def spent(self, books: Books) -> dict[str, int]:
        """Return what November shows per category, in whole dollars; what is nothing is left out."""
        (dollars,) = books.dashboard.overview().currencies
        return {flow.name: flow.amount.minor // 100 for flow in dollars.categories if flow.amount}


@pytest.fixture
def house(acme: Desk) -> Household:
    """Set the household up."""
    return Household(acme)


def reverse(books: Books, *, transaction: UUID, on: date) -> TransactionRecord:
    """Take a transaction back."""
    return books.transactions.reverse(transaction, on=on)


def call(books: Books, *, verb: str, one: UUID, given: dict[str, Any]) -> object:
    """Call a verb on one transaction."""
    return getattr(books.transactions, verb)(one, **given)


# ------------------------------------------------------------------ reversing


def test_a_reversal_takes_everything_back_on_its_own_date(acme: Desk, house: Household) -> None:
    """The original stays; the account and the category are as if it had never been, from that day on."""
    with acme.books() as books:
        reversal = books.transactions.reverse(house.payment.id, on=TODAY, description="Sent back")
        assert (reversal.reverses_id, reversal.effective_date) == (house.payment.id, TODAY)
        assert str(books.accounts.balance(house.bank.id)) == "100.00 USD"
        assert books.accounts.balance(house.bank.id, on=BEFORE).minor == -3_000
        assert house.spent(books) == {}
        taken_back = house.payment.model_copy(update={"reversed_by_id": reversal.id})
        assert books.transactions.get(house.payment.id) == taken_back
        assert books.verify().is_sound


def test_a_reversal_has_words_of_its_own(acme: Desk, vault: Vault, house: Household) -> None:
    """All that a posting may say; what it does not say it does not have, whatever the original says."""
    words = {"description": "Sent back", "payee": "Market", "note": "mouldy", "reference": "CN-1"}
    with acme.books() as books:
        bare = books.transactions.record(account=house.bank.id, amount="-1.00", description="Bread", reference="R-1")
        silent = books.transactions.reverse(bare.id, on=TODAY)
        assert (silent.description, silent.reference) == (None, None)
        told = books.transactions.reverse(house.payment.id, on=TODAY, **words)
        assert {name: getattr(told, name) for name in words} == words
        assert books.transactions.find(reference="CN-1") == told
        other = books.transactions.record(account=house.bank.id, amount="-1.00")
    taken = partial(call, verb="reverse", one=other.id, given={"on": TODAY, "reference": "CN-1"})
    assert refused(acme, vault, DuplicateReferenceError, taken).transaction_id == told.id


def test_a_transaction_is_reversed_at_most_once(acme: Desk, vault: Vault, house: Household) -> None:
    """The second attempt names the reversal that is there."""
    with acme.books() as books:
        reversal = books.transactions.reverse(house.payment.id, on=TODAY)
    error = refused(
        acme, vault, AlreadyReversedError, lambda books: books.transactions.reverse(house.payment.id, on=TODAY)
    )
    assert error.reversal_id == reversal.id


def test_a_reversal_has_a_date_between_its_original_and_today(acme: Desk, vault: Vault, house: Household) -> None:
    """A day before the original's, or after today, is refused."""
    for on, error in ((date(2026, 11, 1), ReversalDateError), (date(2026, 11, 22), FutureDateError)):
        refused(acme, vault, error, partial(reverse, transaction=house.payment.id, on=on))


def test_a_reversal_takes_corrections_back_as_well(acme: Desk, house: Household) -> None:
    """It negates the net of all entries, so the category that counts in the end is the one that is cleared."""
    with acme.books() as books:
        books.transactions.recategorise(house.payment.id, category=house.rent.id)
        reversal = books.transactions.reverse(house.payment.id, on=TODAY)
        assert len(reversal.entries) == 2
        assert house.spent(books) == {}
        assert books.verify().is_sound


def test_what_was_reversed_names_its_reversal_wherever_it_is_read(acme: Desk, house: Household) -> None:
    """Alone, in lists, on the dashboard, and where its key is used again; the reversal itself was not taken back."""
    keyed = Record(account=house.bank.id, amount="-5.00", category=house.food.id, idempotency_key="tea", reference="t")
    with acme.books() as books:
        (tea,) = books.transactions.post_many([keyed])
        assert tea.transaction_id is not None
        assert books.transactions.get(tea.transaction_id).reversed_by_id is None
        undo = books.transactions.reverse(tea.transaction_id, on=TODAY)
        assert (undo.reverses_id, undo.reversed_by_id) == (tea.transaction_id, None)
    with acme.books() as books:
        verbs = books.transactions
        again = verbs.record(
            account=house.bank.id,
            amount="-5.00",
            category=house.food.id,
            idempotency_key="tea",
            reference="t",
        )
        found = {one.id: one.reversed_by_id for one in verbs.list()}
        latest = {one.id: one.reversed_by_id for one in books.dashboard.overview().latest}
        stored, referred = verbs.get(tea.transaction_id), verbs.find(reference="t")
    assert (again.is_replay, again.reversed_by_id) == (True, undo.id)
    assert referred == stored == again.model_copy(update={"is_replay": False})
    assert found == latest == {one: undo.id if one == tea.transaction_id else None for one in found}
    assert len(found) == 4


def test_a_reversal_may_be_asked_for_again_under_its_key(acme: Desk, house: Household) -> None:
    """The first result comes back, marked; another date under the same key is another request."""
    with acme.books() as books:
        first = books.transactions.reverse(house.payment.id, on=TODAY, idempotency_key="undo")
        again = books.transactions.reverse(house.payment.id, on=TODAY, idempotency_key="undo")
        assert (again.id, again.is_replay, first.is_replay) == (first.id, True, False)
        with pytest.raises(IdempotencyMismatchError, match="different on"):
            books.transactions.reverse(house.payment.id, on=BEFORE, idempotency_key="undo")


def test_nothing_is_taken_back_from_a_closed_account(acme: Desk, vault: Vault, house: Household) -> None:
    """It would get an entry; reopening it is the way."""
    with acme.books() as books:
        books.transactions.record(account=house.bank.id, amount="-70.00")
        books.accounts.close(house.bank.id)
    refused(acme, vault, AccountClosedError, lambda books: books.transactions.reverse(house.payment.id, on=TODAY))


def test_nothing_is_taken_back_under_an_archived_category(acme: Desk, vault: Vault, house: Household) -> None:
    """The account behind it would get an entry; the error speaks of the category, which is what people know."""
    with acme.books() as books:
        books.categories.archive(house.food.id)
    undo = asking("transactions.reverse", house.payment.id, on=TODAY)
    assert refused(acme, vault, CategoryArchivedError, undo).name == "Food"


# ------------------------------------------------------------------ correcting the category


def test_a_correction_counts_on_the_original_date(acme: Desk, house: Household) -> None:
    """Money moves from one category to the other, in the month in which it was spent; no account of money moves."""
    with acme.books() as books:
        corrected = books.transactions.recategorise(house.payment.id, category=house.rent.id)
        assert house.spent(books) == {"Rent": 30}
        assert [entry.line for entry in corrected.entries] == [1, 2, 3, 4]
        assert books.accounts.get(house.bank.id).balance == Money(7_000, "USD")
        assert books.transactions.recategorise(house.payment.id, category=house.rent.id) == corrected
        assert books.verify().is_sound


def test_a_split_says_which_of_its_categories_to_replace(acme: Desk, vault: Vault, house: Household) -> None:
    """Without that there would be a choice; a category that it does not have can't be replaced."""
    with acme.books() as books:
        both = books.transactions.split(
            account=house.bank.id,
            amount="-10.00",
            parts=[(house.food.id, "-4.00"), (house.rent.id, "-6.00")],
        )
        fun = books.categories.create(name="Fun", kind="expense")
    error = refused(
        acme, vault, NotCategorisedError, lambda books: books.transactions.recategorise(both.id, category=fun.id)
    )
    assert error.found == 2
    refused(
        acme,
        vault,
        NotFoundError,
        lambda books: books.transactions.recategorise(both.id, category=fun.id, replaces=fun.id),
    )
    with acme.books() as books:
        books.transactions.recategorise(both.id, category=fun.id, replaces=house.rent.id)
        assert house.spent(books) == {"Food": 34, "Fun": 6}


def test_a_part_of_a_split_may_be_another_account(acme: Desk, house: Household) -> None:
    """An instalment pays interest, which is spending, and the loan back, which is not; both are one transaction."""
    with acme.books() as books:
        loan = books.accounts.open(name="Loan", type="liability", opening_balance="-1000.00")
        before = books.accounts.balance(house.bank.id)
        paid = books.transactions.split(
            account=house.bank.id,
            amount="-60.00",
            parts=[(house.rent.id, "-10.00"), Part(account=loan.id, amount="-50.00")],
            idempotency_key="instalment 1",
        )
        assert str(books.accounts.balance(loan.id)) == "-950.00 USD"
        assert before - books.accounts.balance(house.bank.id) == Money.of("60.00", "USD")
        assert [entry.category_id for entry in paid.entries] == [None, house.rent.id, None]
        assert house.spent(books)["Rent"] == 10
        moved = books.transactions.recategorise(paid.id, category=house.food.id)
        assert house.spent(books) == {"Food": 40}
        books.transactions.reverse(moved.id, on=moved.effective_date)
        assert str(books.accounts.balance(loan.id)) == "-1000.00 USD"
        assert books.verify().is_sound


def test_the_account_of_a_part_is_in_the_currency_of_the_whole(acme: Desk, vault: Vault, house: Household) -> None:
    """Otherwise it would be an exchange, whose rate nobody gave; and it must be the tenant's."""
    with acme.books() as books:
        euro = books.accounts.open(name="Euro loan", type="liability", currency="EUR")
    for account, expected in ((euro.id, CurrencyMismatchError), (new_id(), NotFoundError)):
        attempt = asking(
            "transactions.split",
            account=house.bank.id,
            amount="-60.00",
            parts=[(house.rent.id, "-10.00"), Part(account=account, amount="-50.00")],
        )
        refused(acme, vault, expected, attempt)


@pytest.mark.parametrize("both", [True, False])
def test_a_part_names_a_category_or_an_account(both: bool) -> None:  # noqa: FBT001 - a case
    """Not both, and not neither."""
    target = new_id() if both else None
    with pytest.raises(InvalidInputError, match="either a category or an account"):
        Part(category=target, account=target, amount="1.00")


def test_the_same_split_to_another_account_is_another_request(acme: Desk, vault: Vault, house: Household) -> None:
    """Under one key only one of them is carried out."""
    with acme.books() as books:
        loans = [books.accounts.open(name=name, type="liability") for name in ("Loan", "Other loan")]
    attempts = [
        asking(
            "transactions.split",
            account=house.bank.id,
            amount="-5.00",
            parts=[Part(account=loan.id, amount="-5.00")],
            idempotency_key="instalment",
        )
        for loan in loans
    ]
    with acme.books() as books:
        attempts[0](books)
    assert refused(acme, vault, IdempotencyMismatchError, attempts[1]).field == "parts"


def test_a_transfer_has_no_category_to_correct(acme: Desk, vault: Vault, house: Household) -> None:
    """It was for nothing but itself."""
    with acme.books() as books:
        savings = books.accounts.open(name="Savings", type="asset")
        moved = books.transactions.transfer(from_account=house.bank.id, to_account=savings.id, amount="1.00")
    refused(
        acme,
        vault,
        NotCategorisedError,
        lambda books: books.transactions.recategorise(moved.id, category=house.rent.id),
    )


def test_what_was_taken_back_is_not_corrected(acme: Desk, vault: Vault, house: Household) -> None:
    """Original and reversal would no longer cancel out."""
    with acme.books() as books:
        books.transactions.reverse(house.payment.id, on=TODAY)
    refused(
        acme,
        vault,
        AlreadyReversedError,
        lambda books: books.transactions.recategorise(house.payment.id, category=house.rent.id),
    )


@pytest.mark.parametrize("gone", ["archived", "missing"])
def test_a_category_out_of_use_takes_no_correction(acme: Desk, vault: Vault, house: Household, gone: str) -> None:
    """Archived, or never there."""
    category, error = (house.rent.id, CategoryArchivedError) if gone == "archived" else (new_id(), NotFoundError)
    if gone == "archived":
        with acme.books() as books:
            books.categories.archive(house.rent.id)
    refused(
        acme,
        vault,
        error,
        lambda books: books.transactions.recategorise(house.payment.id, category=UUID(str(category))),
    )


# ------------------------------------------------------------------ words


def test_words_can_be_edited_and_erased_and_left_alone(acme: Desk, house: Household) -> None:
    """None erases, what is not given stays, and the log holds both."""
    with acme.books() as books:
        edited = books.transactions.edit(house.payment.id, description=None, payee="  Grocer  ", note=UNCHANGED)
        assert (edited.description, edited.payee, edited.note) == (None, "Grocer", None)
        assert books.transactions.get(house.payment.id) == edited
        (event,) = books.audit.list(action="transaction.edit").items
        assert event.payload == {"before": {"description": "Market"}, "after": {"payee": "Grocer"}}


def test_an_edit_that_changes_nothing_is_no_event(acme: Desk, vault: Vault, house: Household) -> None:
    """The log tells of changes, not of visits."""
    before = vault.rows()
    with acme.books() as books:
        books.transactions.edit(house.payment.id, description="Market")
    assert vault.rows() == before


# ------------------------------------------------------------------ who may, and whose it is


def test_other_peoples_transactions_are_missing(acme: Desk, rival: Desk, vault: Vault, house: Household) -> None:
    """Every verb answers to another tenant's id as to one that was never given out."""
    with rival.books() as books:
        head = books.categories.create(name="Mine", kind="expense")
    verbs: dict[str, dict[str, Any]] = {
        "get": {},
        "reverse": {"on": TODAY},
        "recategorise": {"category": head.id},
        "edit": {"note": "mine"},
    }
    for verb, given in verbs.items():
        theirs = refused(rival, vault, NotFoundError, partial(call, verb=verb, one=house.payment.id, given=given))
        nobodys = refused(rival, vault, NotFoundError, partial(call, verb=verb, one=new_id(), given=given))
        assert str(theirs).replace(str(theirs.key), "…") == str(nobodys).replace(str(nobodys.key), "…")


@pytest.mark.parametrize("role", ["viewer", "member"])
def test_who_may_not_does_not(acme: Desk, vault: Vault, house: Household, role: str) -> None:
    """A viewer changes nothing; a member describes and corrects, but takes nothing back. Each refusal is recorded."""
    clerk = acme.seat(f"user:{role}", role)

    attempt = partial(reverse, transaction=house.payment.id, on=TODAY)
    refused(clerk, vault, PermissionDeniedError, attempt, changing=AUDIT)
    with acme.books() as books:
        (event,) = books.audit.list(action="transaction:reverse").items
        assert (event.actor, event.outcome.value) == (clerk.principal, "denied")
    if role == "member":
        with clerk.books() as books:
            assert books.transactions.edit(house.payment.id, note="Mine").note == "Mine"
    else:
        refused(
            clerk,
            vault,
            PermissionDeniedError,
            lambda books: books.transactions.edit(house.payment.id, note="Mine"),
            changing=AUDIT,
        )


def test_who_may_only_post_corrects_nothing(acme: Desk, vault: Vault, house: Household) -> None:
    """Each kind of correction has a permission of its own, by what it can change."""
    corrections: dict[str, dict[str, Any]] = {
        "reverse": {"on": TODAY},
        "recategorise": {"category": house.rent.id},
        "edit": {"note": "Mine"},
    }
    with acme.books() as books:
        books.roles.create("clerk", permissions=["transaction:post"])
    clerk = acme.seat("user:carl", "clerk")
    with clerk.books() as books:
        assert books.transactions.record(account=house.bank.id, amount="-1.00", category=house.food.id)
    denied = [
        refused(
            clerk,
            vault,
            PermissionDeniedError,
            partial(call, verb=verb, one=house.payment.id, given=given),
            changing=AUDIT,
        )
        for verb, given in corrections.items()
    ]
    assert [error.permission for error in denied] == [
        Permission.TRANSACTION_REVERSE,
        Permission.TRANSACTION_RECATEGORISE,
        Permission.TRANSACTION_ANNOTATE,
    ]


@pytest.mark.parametrize("is_changed", [True, False])
def test_who_may_not_read_a_transaction_changes_nothing_about_it(
    acme: Desk, house: Household, vault: Vault, *, is_changed: bool
) -> None:
    """The answer would show it whole; also when it is so already, of which the log would say nothing."""
    with acme.books() as books:
        books.roles.create("blind", permissions=["transaction:annotate", "transaction:recategorise"])
        books.roles.create("seeing", permissions=["transaction:read"], inherits=["blind"])
        before = books.transactions.get(house.payment.id)
    words = {"note": "Edited" if is_changed else before.note}
    category = house.rent.id if is_changed else house.food.id
    verbs: list[Callable[[Books], object]] = [
        lambda books: books.transactions.edit(house.payment.id, **words),
        lambda books: books.transactions.edit(house.payment.id),
        lambda books: books.transactions.edit(new_id(), **words),
        lambda books: books.transactions.recategorise(house.payment.id, category=category),
    ]
    blind = acme.seat("user:blind", "blind")
    for verb in verbs:
        denial = refused(blind, vault, PermissionDeniedError, verb, changing=AUDIT)
        assert denial.permission == Permission.TRANSACTION_READ
    with acme.seat("user:seer", "seeing").books() as books:
        assert books.transactions.edit(house.payment.id, **words).note == words["note"]
        assert books.transactions.recategorise(house.payment.id, category=category)


def test_an_entry_tells_its_category(acme: Desk, house: Household) -> None:
    """When it is posted, read, listed and corrected alike; accounts of money, and those of exchanges, have none."""
    with acme.books() as books:
        euro = books.accounts.open(name="Euro", type="asset", currency="EUR")
        both = books.transactions.split(
            account=house.bank.id, amount="-3.00", parts=[(house.food.id, "-1.00"), (house.rent.id, "-2.00")], on=TODAY
        )
        moved = books.transactions.transfer(
            from_account=house.bank.id, to_account=euro.id, amount="1.00", to_amount="0.90", on=TODAY
        )
        for made, categories in ((both, [None, house.food.id, house.rent.id]), (moved, [None] * 4)):
            (listed,) = (one for one in books.transactions.list().items if one.id == made.id)
            for seen in (made, books.transactions.get(made.id), listed):
                assert [entry.category_id for entry in seen.entries] == categories
        corrected = books.transactions.recategorise(house.payment.id, category=house.rent.id)
        assert [entry.category_id for entry in corrected.entries] == [None, house.food.id, house.food.id, house.rent.id]


# ------------------------------------------------------------------ finding


@pytest.fixture
def shelf(acme: Desk) -> dict[str, UUID]:
    """Keep a few transactions to look for, by what is special about each."""
    with acme.books() as books:
        bank = books.accounts.open(name="Bank", type="asset")
        card = books.accounts.open(name="Card", type="liability")
        yen = books.accounts.open(name="Yen", type="asset", currency="JPY")
        home = books.categories.create(name="Home", kind="expense")
        rent = books.categories.create(name="Rent", kind="expense", parent=home.id)
        record = books.transactions.record
        found = {
            "percent": record(account=bank.id, amount="-1.00", description="100% cotton_shirt", on=date(2026, 11, 1)),
            "cafe": record(account=card.id, amount="-2.00", payee="CAFÉ Zürich", on=date(2026, 11, 2)),
            "rent": record(account=bank.id, amount="-900.00", category=rent.id, note="two rooms", on=date(2026, 11, 3)),
            "yen": record(account=yen.id, amount="-900", reference="INV-7", on=date(2026, 11, 3)),
        }
        ids = {"bank": bank.id, "card": card.id, "home": home.id, "rent category": rent.id}
    return {**{name: UUID(str(one.id)) for name, one in found.items()}, **ids}


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, ["yen", "rent", "cafe", "percent"]),
        ({"text": "COTTON"}, ["percent"]),
        ({"text": "100%"}, ["percent"]),
        ({"text": "0_c"}, []),
        ({"text": "n_s"}, ["percent"]),
        ({"text": "café zürich"}, ["cafe"]),
        ({"text": "inv-7"}, ["yen"]),
        ({"text": "two rooms"}, ["rent"]),
        ({"first": date(2026, 11, 2), "last": date(2026, 11, 2)}, ["cafe"]),
        ({"account": "bank"}, ["rent", "percent"]),
        ({"category": "home"}, ["rent"]),
        ({"category": "rent category"}, ["rent"]),
        ({"min_amount": Money.of("2.00", "USD")}, ["rent", "cafe"]),
        ({"min_amount": Money.of("2.00", "USD"), "max_amount": Money.of("2.00", "USD")}, ["cafe"]),
        ({"max_amount": Money.of("900", "JPY")}, ["yen"]),
        ({"account": "bank", "text": "cotton", "first": date(2026, 11, 2)}, []),
    ],
    ids=str,
)
def test_transactions_are_found_by_all_that_is_asked(
    acme: Desk, shelf: dict[str, UUID], wanted: dict[str, Any], names: list[str]
) -> None:
    """Each condition narrows the list; signs in the text mean themselves; the latest day comes first."""
    asked: dict[str, Any] = {
        key: shelf.get(value, value) if isinstance(value, str) else value for key, value in wanted.items()
    }
    with acme.books(read_only=True) as books:
        assert [one.id for one in books.transactions.list(**asked).items] == [shelf[name] for name in names]


def test_a_transaction_is_found_by_its_whole_reference_only(acme: Desk, shelf: dict[str, UUID]) -> None:
    """In capitals as they were given; spaces around it do not count, as when it was recorded."""
    with acme.books(read_only=True) as books:
        found = books.transactions.find(reference=" INV-7 ")
        assert found == books.transactions.get(shelf["yen"])
        assert [books.transactions.find(reference=other) for other in ("INV", "inv-7", "INV-77", "%")] == [None] * 4


def test_another_tenants_reference_is_not_found(acme: Desk, rival: Desk, shelf: dict[str, UUID]) -> None:
    """Each tenant has references of its own."""
    with rival.books(read_only=True) as books:
        assert books.transactions.find(reference="INV-7") is None


@pytest.mark.parametrize("reference", ["", "  ", "a\x00b", "x" * 201, None, 7])
def test_a_reference_that_none_can_have_is_refused(acme: Desk, shelf: dict[str, UUID], reference: Any) -> None:  # noqa: ANN401
    """No reference at all would be that of most transactions."""
    with acme.books(read_only=True) as books, pytest.raises(InvalidInputError) as caught:
        books.transactions.find(reference=reference)
    assert caught.value.field == "reference"


def test_pages_neither_repeat_nor_miss_while_rows_come_in(acme: Desk, house: Household) -> None:
    """A new transaction of a later day is before the first page; the pages go on where they were."""
    with acme.books() as books:
        for number in range(5):
            books.transactions.record(account=house.bank.id, amount="-1.00", on=BEFORE, description=str(number))
        whole = [one.id for one in books.transactions.list(last=BEFORE).items]
        page = books.transactions.list(last=BEFORE, limit=2)
        seen = [one.id for one in page.items]
        while page.next_cursor:
            books.transactions.record(account=house.bank.id, amount="-1.00", on=TODAY)
            page = books.transactions.list(last=BEFORE, limit=2, after=page.next_cursor)
            seen += [one.id for one in page.items]
        assert seen == whole


def test_a_cursor_belongs_to_its_list(acme: Desk, rival: Desk, house: Household) -> None:
    """Another filter, another tenant, or nonsense: an error, never a wrong page."""
    with acme.books() as books:
        books.transactions.record(account=house.bank.id, amount="-1.00")
        cursor = books.transactions.list(limit=1).next_cursor
        for wrong in ({"text": "x", "after": cursor}, {"after": "AAAA"}, {"after": "é"}):
            with pytest.raises(InvalidCursorError):
                books.transactions.list(**wrong)
    with rival.books() as books, pytest.raises(InvalidCursorError):
        books.transactions.list(after=cursor)


@pytest.mark.parametrize(
    "wanted",
    [
        {"limit": 0},
        {"limit": 501},
        {"min_amount": Money(-1, "USD")},
        {"min_amount": Money(1, "USD"), "max_amount": Money(1, "EUR")},
        {"account": "nonsense"},
        {"first": "yesterday"},
    ],
    ids=str,
)
def test_a_question_that_can_not_be_meant_is_refused(acme: Desk, wanted: dict[str, Any]) -> None:
    """It names the field."""
    with acme.books() as books, pytest.raises(InvalidInputError) as caught:
        books.transactions.list(**wanted)
    assert caught.value.field in wanted or caught.value.field == "max_amount"

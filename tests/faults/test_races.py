"""Two units in each other's way, and many at the same moment: each anomaly that could cost money, and what stops it.

For every rule there is a broken twin: the same race with a lock left out or a key dropped, which must show the anomaly.
So each of these tests is known to be able to fail.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from stronghold_core import Money, Record, Transfer
from stronghold_core.db import FixedStatement, lanes
from stronghold_core.db.backends import SQLiteBackend
from stronghold_core.errors import (
    AccountClosedError,
    AccountNotEmptyError,
    AlreadyReversedError,
    CategoryArchivedError,
    ConflictError,
    CorrectionConflictError,
    DuplicateReferenceError,
    IdempotencyMismatchError,
    InsufficientFundsError,
    PermissionDeniedError,
    RetryableConflictError,
    StrongholdError,
)
from stronghold_core.ledger import Accounts
from stronghold_core.ledger.accounts import queries
from stronghold_core.ledger.accounts.queries import load_standings
from stronghold_core.ledger.posting import one_statement, writes
from stronghold_core.ledger.posting import service as posting
from stronghold_core.ledger.transactions import corrections
from stronghold_core.ledger.transactions import service as transactions
from stronghold_core.rbac import governance
from tests.support.races import (
    PATIENCE_SECONDS,
    Arena,
    PostgreSQLArena,
    outcome_of,
    split,
    wait_until,
)
from tests.support.stronghold import ADA, NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from uuid import UUID

    from stronghold_core import Books, ManualClock
    from stronghold_core.db import Unit
    from stronghold_core.db.bulk import BulkInsert
    from stronghold_core.ids import AccountId, CategoryId, TransactionId

BOB = "user:bob"

on_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
on_scratch = pytest.mark.parametrize(
    "database_url", [pytest.param("scratch", marks=pytest.mark.postgres)], indirect=True
)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Posted(NamedTuple):
    """What came of a transfer, whichever way it was posted."""

    id: TransactionId | None
    is_replay: bool


class Posts(Protocol):
    """A way to post a transfer."""

    def __call__(self, books: Books, draft: Transfer) -> Posted:
        """Post *draft*."""


def singly(books: Books, draft: Transfer) -> Posted:
    """Post in the one-statement form, where there is one."""
    fields: dict[str, Any] = {name: getattr(draft, name) for name in draft.model_fields_set}
    record = books.transactions.transfer(**fields)
    return Posted(record.id, record.is_replay)


def as_batch(books: Books, draft: Transfer) -> Posted:
    """Post in the form that plans in memory."""
    (result,) = books.transactions.post_many([draft])
    return Posted(result.transaction_id, result.outcome == "replayed")


each_form = pytest.mark.parametrize("post", [singly, as_batch])


class Vault(NamedTuple):
    """Two accounts that no unit can overdraw, and a category."""

    till: AccountId
    safe: AccountId
    rent: CategoryId

    def pay(self, amount: str, **words: str) -> Transfer:
        """Draft a transfer from the till to the safe."""
        return Transfer(from_account=self.till, to_account=self.safe, amount=amount, **words)


@pytest.fixture
def vault(arena: Arena) -> Vault:
    """Put 100.00 into the till, and let the process remember both accounts, as the one-statement form demands."""
    with arena.desk.books() as books:
        till = books.accounts.open(name="Till", type="asset", min_balance="0", opening_balance="100.00")
        safe = books.accounts.open(name="Safe", type="asset", min_balance="0", opening_balance="0.01")
        rent = books.categories.create(name="Rent", kind="expense")
        books.transactions.transfer(from_account=safe.id, to_account=till.id, amount="0.01")
        books.transactions.record(account=till.id, amount="-0.01", category=rent.id)
    return Vault(till.id, safe.id, rent.id)


@pytest.fixture
def unlocked_vault(arena: Arena, vault: Vault, post: Posts) -> Vault:
    """Choose accounts on which a posting of this form does not see the one before it.

    One statement does not see what it waited for. The other form looks for keys again under its locks, and only chained
    accounts have any.
    """
    if post is singly:
        return vault
    with arena.desk.books() as books:
        capital, drawings = (books.accounts.open(name=name, type="equity").id for name in ("Capital", "Drawings"))
        books.transactions.post([(capital, "-100.00"), (drawings, "100.00")])
    return Vault(drawings, capital, vault.rent)


def unlocked(unit: Unit, ids: Iterable[AccountId], *, lock: bool) -> Any:  # noqa: ANN401 - rows
    """Read how accounts stand, as `load_standings` would without its lock."""
    return load_standings(unit, ids, lock=False)


def without_row_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the account locks out of both forms of posting."""
    original = one_statement._statement
    monkeypatch.setattr(posting, "load_standings", unlocked)
    monkeypatch.setattr(one_statement, "_statement", lambda **form: original(**form).replace("FOR NO KEY UPDATE", ""))


def without_transaction_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let corrections and reversals of one transaction happen at the same time."""
    for module in (corrections, transactions):
        monkeypatch.setattr(module, "lock_transaction", lambda _unit, _transaction_id: None)


# ------------------------------------------------------------------ lost update


@each_form
def test_two_units_that_change_one_balance_both_count(arena: Arena, vault: Vault, post: Posts) -> None:
    """The second unit waits for the first, and goes on from what that left."""
    arena.duel(lambda books: post(books, vault.pay("30.00")), lambda books: post(books, vault.pay("50.00")))
    assert arena.balances(vault.till, vault.safe) == ["20.00", "80.00"]
    assert not arena.broken_rules()


@on_postgresql
def test_without_locks_the_chain_still_stops_the_second_unit(
    arena: Arena, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should a lock ever be forgotten, the second entry after the same balance is refused by the chain's key."""
    without_row_locks(monkeypatch)
    _, second = arena.duel(partial(as_batch, draft=vault.pay("30.00")), partial(as_batch, draft=vault.pay("50.00")))
    assert isinstance(second, ConflictError)
    assert arena.balances(vault.till, vault.safe) == ["70.00", "30.00"]
    assert not arena.broken_rules()


@on_scratch
def test_without_locks_and_chain_an_update_is_lost(arena: Arena, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken twin: the second unit writes over the first, and verification says so."""
    without_row_locks(monkeypatch)
    arena.alter("DROP INDEX ux_stronghold_entry_chain")
    arena.duel(partial(as_batch, draft=vault.pay("30.00")), partial(as_batch, draft=vault.pay("50.00")))
    assert arena.balances(vault.till, vault.safe) == ["50.00", "50.00"]
    assert {"chain", "balance"} <= arena.broken_rules()


@on_sqlite
def test_without_an_immediate_lock_the_second_unit_of_a_file_fails(
    arena: Arena, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken twin on SQLite: a unit that takes the write lock late finds its snapshot overtaken, and must fail."""
    monkeypatch.setattr(
        SQLiteBackend, "_begin", staticmethod(lambda connection, _: connection.exec_driver_sql("BEGIN DEFERRED"))
    )
    _, second = arena.duel(partial(singly, draft=vault.pay("30.00")), partial(singly, draft=vault.pay("50.00")))
    assert isinstance(second, RetryableConflictError)
    assert arena.balances(vault.till) == ["70.00"]


# ------------------------------------------------------------------ limits


@each_form
def test_a_unit_can_not_spend_what_another_one_is_spending(arena: Arena, vault: Vault, post: Posts) -> None:
    """Two units that each could pay alone: the second is refused, with what is left."""
    _, second = arena.duel(lambda books: post(books, vault.pay("70.00")), lambda books: post(books, vault.pay("70.00")))
    assert isinstance(second, InsufficientFundsError)
    assert second.headroom == Money.of("30.00", "USD")
    assert arena.balances(vault.till, vault.safe) == ["30.00", "70.00"]


@each_form
def test_a_unit_can_spend_what_another_one_gave_back(arena: Arena, vault: Vault, post: Posts) -> None:
    """If the first unit is rolled back, it has spent nothing."""
    pay = partial(post, draft=vault.pay("70.00"))
    _, second = arena.duel(pay, pay, is_committed=False)
    assert isinstance(second, Posted)
    assert arena.balances(vault.till, vault.safe) == ["30.00", "70.00"]


@each_form
def test_twenty_threads_can_not_overdraw_an_account(arena: Arena, vault: Vault, post: Posts) -> None:
    """As many payments go through as there is money for, and no more."""
    outcomes = arena.together(*[partial(post, draft=vault.pay("7.00"))] * 20)
    paid, refused = split(outcomes)
    assert len(paid) == 14
    assert {type(refusal) for refusal in refused} == {InsufficientFundsError}
    assert arena.balances(vault.till, vault.safe) == ["2.00", "98.00"]
    assert not arena.broken_rules()


@on_postgresql
def test_without_locks_a_limit_is_broken(arena: Arena, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken twin: the second unit decides on a balance that is no longer so."""
    without_row_locks(monkeypatch)
    arena.duel(partial(singly, draft=vault.pay("70.00")), partial(singly, draft=vault.pay("70.00")))
    assert arena.balances(vault.till, vault.safe) == ["-40.00", "140.00"]


# ------------------------------------------------------------------ idempotency keys and references


@each_form
def test_of_one_request_sent_eight_times_at_once_one_is_posted(arena: Arena, vault: Vault, post: Posts) -> None:
    """The others get the first one's result, marked as a replay."""
    draft = vault.pay("10.00", idempotency_key="order 7")
    posted, refused = split(arena.together(*[partial(post, draft=draft)] * 8))
    assert not refused
    assert len({result.id for result in posted}) == 1
    assert sorted(result.is_replay for result in posted) == [False] + [True] * 7
    assert arena.balances(vault.till, vault.safe) == ["90.00", "10.00"]


@each_form
def test_a_repetition_is_posted_if_the_first_request_was_rolled_back(arena: Arena, vault: Vault, post: Posts) -> None:
    """A key counts only once it is committed."""
    pay = partial(post, draft=vault.pay("10.00", idempotency_key="order 7"))
    _, second = arena.duel(pay, pay, is_committed=False)
    assert isinstance(second, Posted)
    assert not second.is_replay
    assert arena.balances(vault.till, vault.safe) == ["90.00", "10.00"]


@each_form
def test_a_repetition_that_waited_for_the_first_is_a_replay_though_the_money_is_gone(
    arena: Arena, vault: Vault, post: Posts
) -> None:
    """Whoever hears "insufficient funds" of a payment that went through pays again."""
    pay = partial(post, draft=vault.pay("60.00", idempotency_key="order 7"))
    first, second = arena.duel(pay, pay)
    assert second == Posted(first.id, is_replay=True)
    assert arena.balances(vault.till) == ["40.00"]


@each_form
def test_a_reference_that_was_taken_meanwhile_is_what_a_refusal_names(arena: Arena, vault: Vault, post: Posts) -> None:
    """Not the funds that the other posting of it took."""
    pay = partial(post, draft=vault.pay("60.00", reference="invoice 7"))
    _, second = arena.duel(pay, pay)
    assert isinstance(second, DuplicateReferenceError)


def test_a_repeated_reversal_that_waited_for_the_first_is_a_replay(arena: Arena, vault: Vault) -> None:
    """It was this very request that took the transaction back."""
    with arena.desk.books() as books:
        paid = singly(books, vault.pay("10.00")).id
    assert paid is not None

    def take_back(books: Books) -> Posted:
        record = books.transactions.reverse(paid, on=NOW.date(), idempotency_key="return 7")
        return Posted(record.id, record.is_replay)

    first, second = arena.duel(take_back, take_back)
    assert second == Posted(first.id, is_replay=True)


@each_form
def test_of_two_requests_under_one_key_the_second_is_refused(arena: Arena, vault: Vault, post: Posts) -> None:
    """A key that another unit is using for something else is a mistake, not a replay."""
    _, second = arena.duel(
        partial(post, draft=vault.pay("10.00", idempotency_key="order 7")),
        partial(post, draft=vault.pay("11.00", idempotency_key="order 7")),
    )
    assert isinstance(second, IdempotencyMismatchError)
    assert second.field == "amount"
    assert arena.balances(vault.till, vault.safe) == ["90.00", "10.00"]


@on_scratch
@each_form
def test_without_its_table_s_key_a_request_is_posted_twice(arena: Arena, unlocked_vault: Vault, post: Posts) -> None:
    """The broken twin: the repetition looks before the first is committed, finds nothing, and posts."""
    arena.alter("ALTER TABLE stronghold_idempotency_key DROP CONSTRAINT pk_stronghold_idempotency_key")
    pay = partial(post, draft=unlocked_vault.pay("10.00", idempotency_key="order 7"))
    arena.duel(pay, pay)
    assert arena.balances(unlocked_vault.till) == ["80.00"]


@each_form
def test_of_one_reference_used_eight_times_at_once_one_is_posted(arena: Arena, vault: Vault, post: Posts) -> None:
    """The others are told which transaction has it."""
    draft = vault.pay("10.00", reference="invoice 7")
    (posted,), refused = split(arena.together(*[partial(post, draft=draft)] * 8))
    assert [type(refusal) for refusal in refused] == [DuplicateReferenceError] * 7
    assert {refusal.transaction_id for refusal in refused if isinstance(refusal, DuplicateReferenceError)} == {
        posted.id
    }
    assert arena.balances(vault.till, vault.safe) == ["90.00", "10.00"]


@on_scratch
@each_form
def test_without_its_index_a_reference_is_used_twice(arena: Arena, unlocked_vault: Vault, post: Posts) -> None:
    """The broken twin: the second unit looks before the first is committed, finds nothing, and posts."""
    arena.alter("DROP INDEX ux_stronghold_transaction_reference")
    pay = partial(post, draft=unlocked_vault.pay("10.00", reference="invoice 7"))
    arena.duel(pay, pay)
    assert arena.balances(unlocked_vault.till) == ["80.00"]


# ------------------------------------------------------------------ reversals and corrections


@pytest.fixture
def payment(arena: Arena, vault: Vault) -> TransactionId:
    """Pay 40.00 of rent from the till."""
    with arena.desk.books() as books:
        return books.transactions.record(account=vault.till, amount="-40.00", category=vault.rent).id


def reverse(books: Books, transaction: TransactionId) -> UUID:
    """Take *transaction* back."""
    return books.transactions.reverse(transaction, on=NOW.date()).id


def test_of_two_reversals_the_second_is_told_of_the_first(arena: Arena, vault: Vault, payment: TransactionId) -> None:
    """A transaction is taken back once, however many try."""
    first, second = arena.duel(partial(reverse, transaction=payment), partial(reverse, transaction=payment))
    assert isinstance(second, AlreadyReversedError)
    assert second.reversal_id == first
    assert arena.balances(vault.till) == ["100.00"]


def test_of_eight_reversals_at_once_one_is_posted(arena: Arena, vault: Vault, payment: TransactionId) -> None:
    """The same, in whatever order they come."""
    posted, refused = split(arena.together(*[partial(reverse, transaction=payment)] * 8))
    assert len(posted) == 1
    assert {type(refusal) for refusal in refused} == {AlreadyReversedError}
    assert arena.balances(vault.till) == ["100.00"]


@on_postgresql
def test_without_locks_the_index_still_stops_the_second_reversal(
    arena: Arena, vault: Vault, payment: TransactionId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should the lock ever be forgotten, a second reversal of the same transaction is refused by its index."""
    without_transaction_locks(monkeypatch)
    _, second = arena.duel(partial(reverse, transaction=payment), partial(reverse, transaction=payment))
    assert isinstance(second, ConflictError)
    assert arena.balances(vault.till) == ["100.00"]


@on_scratch
def test_without_lock_and_index_a_payment_is_taken_back_twice(
    arena: Arena, vault: Vault, payment: TransactionId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken twin: both units find no reversal, and both post one; verification says so."""
    without_transaction_locks(monkeypatch)
    arena.alter("DROP INDEX ux_stronghold_transaction_reverses")
    arena.duel(partial(reverse, transaction=payment), partial(reverse, transaction=payment))
    assert arena.balances(vault.till) == ["140.00"]
    assert "reversal" in arena.broken_rules()


@pytest.fixture
def categories(arena: Arena, vault: Vault) -> dict[str, CategoryId]:
    """Create two more categories to choose from."""
    with arena.desk.books() as books:
        others = {name: books.categories.create(name=name, kind="expense").id for name in ("Food", "Fun")}
    return {"Rent": vault.rent, **others}


def spent(arena: Arena) -> dict[str, int]:
    """Tell how many cents were spent on which category, leaving out those on which nothing was."""
    return dict(
        arena.rows(
            "SELECT a.name, CAST(sum(e.amount_minor) AS bigint) FROM stronghold_entry e"
            " JOIN stronghold_account a ON a.tenant_id = e.tenant_id AND a.id = e.account_id"
            " WHERE e.tenant_id = {tenant} AND a.purpose = 'category' GROUP BY a.name HAVING sum(e.amount_minor) <> 0"
        )
    )


def recategorise(books: Books, transaction: TransactionId, category: CategoryId) -> None:
    """Say that *transaction* was for *category*."""
    books.transactions.recategorise(transaction, category=category)


@on_postgresql
def test_of_two_corrections_the_second_is_told_to_look_again(
    arena: Arena, categories: dict[str, CategoryId], payment: TransactionId
) -> None:
    """It was decided on a transaction that is no longer so."""
    _, second = arena.duel(
        partial(recategorise, transaction=payment, category=categories["Food"]),
        partial(recategorise, transaction=payment, category=categories["Fun"]),
    )
    assert isinstance(second, CorrectionConflictError)
    assert spent(arena) == {"Rent": 1, "Food": 40_00}
    assert not arena.broken_rules()


@on_sqlite
def test_of_two_corrections_in_a_file_the_second_goes_on_from_the_first(
    arena: Arena, categories: dict[str, CategoryId], payment: TransactionId
) -> None:
    """There units that write come one after another, so the second knows of the first and corrects that."""
    arena.duel(
        partial(recategorise, transaction=payment, category=categories["Food"]),
        partial(recategorise, transaction=payment, category=categories["Fun"]),
    )
    assert spent(arena) == {"Rent": 1, "Fun": 40_00}
    assert not arena.broken_rules()


@on_postgresql
def test_without_locks_the_entries_key_still_stops_the_second_correction(
    arena: Arena, categories: dict[str, CategoryId], payment: TransactionId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should the lock ever be forgotten, two corrections collide on the numbers of their lines."""
    without_transaction_locks(monkeypatch)
    _, second = arena.duel(
        partial(recategorise, transaction=payment, category=categories["Food"]),
        partial(recategorise, transaction=payment, category=categories["Fun"]),
    )
    assert isinstance(second, CorrectionConflictError)
    assert spent(arena) == {"Rent": 1, "Food": 40_00}


@on_scratch
def test_without_lock_and_key_a_payment_is_corrected_twice(
    arena: Arena, categories: dict[str, CategoryId], payment: TransactionId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken twin: both take the money from the first category."""
    without_transaction_locks(monkeypatch)
    arena.alter("ALTER TABLE stronghold_entry DROP CONSTRAINT pk_stronghold_entry")
    arena.duel(
        partial(recategorise, transaction=payment, category=categories["Food"]),
        partial(recategorise, transaction=payment, category=categories["Fun"]),
    )
    assert spent(arena) == {"Rent": -39_99, "Food": 40_00, "Fun": 40_00}
    assert "complete" in arena.broken_rules()


def test_a_reversal_takes_back_a_correction_that_came_first(
    arena: Arena, categories: dict[str, CategoryId], payment: TransactionId
) -> None:
    """A reversal negates what the transaction has become, also if that happened a moment ago."""
    _, second = arena.duel(
        partial(recategorise, transaction=payment, category=categories["Food"]), partial(reverse, transaction=payment)
    )
    assert second
    assert spent(arena) == {"Rent": 1}
    assert not arena.broken_rules()


@on_postgresql
def test_without_locks_a_reversal_takes_back_what_is_no_longer_so(
    arena: Arena, categories: dict[str, CategoryId], payment: TransactionId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken twin: the reversal has read the transaction before the correction was there."""
    without_transaction_locks(monkeypatch)
    arena.duel(
        partial(recategorise, transaction=payment, category=categories["Food"]), partial(reverse, transaction=payment)
    )
    assert spent(arena) == {"Rent": -39_99, "Food": 40_00}
    assert "reversal" in arena.broken_rules()


# ------------------------------------------------------------------ accounts behind categories


def buy(books: Books, account: AccountId, category: CategoryId | None) -> TransactionId:
    """Spend a cent on *category*, or on none."""
    return books.transactions.record(account=account, amount="-0.01", category=category).id


@pytest.fixture(params=["a category", "none"])
def unused(request: pytest.FixtureRequest, arena: Arena) -> CategoryId | None:
    """Choose a category that no money has been spent on: one of our own, or "Uncategorised", which nobody made yet."""
    if request.param == "none":
        return None
    with arena.desk.books() as books:
        return books.categories.create(name="Food", kind="expense").id


HEADS = "SELECT id FROM stronghold_account WHERE tenant_id = {tenant} AND purpose = 'category' AND name <> 'Rent'"


@pytest.mark.parametrize("is_committed", [True, False])
def test_two_units_that_use_a_category_first_share_its_account(
    arena: Arena, vault: Vault, unused: CategoryId | None, *, is_committed: bool
) -> None:
    """The second waits for the first and takes its account, or opens one if the first is rolled back."""
    first = partial(buy, account=vault.till, category=unused)
    _, second = arena.duel(first, first, is_committed=is_committed)
    assert not isinstance(second, Exception)
    assert len(arena.rows(HEADS)) == 1
    assert not arena.broken_rules()


@on_scratch
@pytest.mark.parametrize("unused", ["a category"], indirect=True)
def test_without_its_index_a_category_gets_two_accounts(arena: Arena, vault: Vault, unused: CategoryId | None) -> None:
    """The broken twin: both units find none, and both open one."""
    arena.alter("DROP INDEX ux_stronghold_account_leaf")
    first = partial(buy, account=vault.till, category=unused)
    arena.duel(first, first)
    assert len(arena.rows(HEADS)) == 2


def test_a_category_that_is_archived_while_its_account_is_opened_takes_nothing_more(arena: Arena, vault: Vault) -> None:
    """Archiving waits for the account, and so closes it as well."""
    with arena.desk.books() as books:
        food = books.categories.create(name="Food", kind="expense").id
    first = partial(buy, account=vault.till, category=food)
    _, archived = arena.duel(first, lambda books: books.categories.archive(food))
    assert not isinstance(archived, Exception)
    with arena.desk.books() as books, pytest.raises(CategoryArchivedError):
        buy(books, vault.till, food)


def test_a_category_that_is_renamed_while_its_account_is_opened_gives_it_the_new_name(
    arena: Arena, vault: Vault
) -> None:
    """Renaming waits for the account, and so finds it."""
    with arena.desk.books() as books:
        food = books.categories.create(name="Food", kind="expense").id
    first = partial(buy, account=vault.till, category=food)
    arena.duel(first, lambda books: books.categories.rename(food, name="Groceries"))
    names = arena.rows("SELECT name FROM stronghold_account WHERE tenant_id = {tenant} AND purpose = 'category'")
    assert sorted(str(name) for (name,) in names) == ["Groceries", "Rent"]


def test_a_default_category_that_is_made_and_renamed_meanwhile_is_taken(arena: Arena, vault: Vault) -> None:
    """It is known by its mark, which two can't have; the second unit plans again and finds it."""

    def make_and_rename(books: Books) -> None:
        posted = books.transactions.get(buy(books, vault.till, None))
        made = posted.entries[1].category_id
        assert made is not None
        books.categories.rename(made, name="Misc")

    _, second = arena.duel(make_and_rename, partial(buy, account=vault.till, category=None))
    assert not isinstance(second, Exception)
    with arena.desk.books() as books:
        assert [one.name for one in books.categories.list() if one.is_default] == ["Misc"]


# ------------------------------------------------------------------ closing accounts


@each_form
def test_an_account_that_another_unit_pays_into_can_not_be_closed(arena: Arena, vault: Vault, post: Posts) -> None:
    """Closing waits for the payment, and then finds the account full."""
    _, second = arena.duel(partial(post, draft=vault.pay("10.00")), lambda books: books.accounts.close(vault.safe))
    assert isinstance(second, AccountNotEmptyError)
    assert second.balance == Money.of("10.00", "USD")


@each_form
def test_an_account_that_another_unit_closes_can_not_be_paid_into(arena: Arena, vault: Vault, post: Posts) -> None:
    """The payment waits for the closing, and then finds the account closed."""
    _, second = arena.duel(lambda books: books.accounts.close(vault.safe), partial(post, draft=vault.pay("10.00")))
    assert isinstance(second, AccountClosedError)
    assert arena.balances(vault.till) == ["100.00"]


@pytest.fixture
def drawings(arena: Arena, vault: Vault) -> Transfer:
    """Draft a payment to an equity account: nobody locks such a one to post to it. The process remembers it."""
    with arena.desk.books() as books:
        owner = books.accounts.open(name="Drawings", type="equity").id
        for amounts in ("0.01", "-0.01"), ("-0.01", "0.01"):
            books.transactions.post(zip((vault.till, owner), amounts, strict=True))
    return Transfer(from_account=vault.till, to_account=owner, amount="10.00")


@each_form
@pytest.mark.parametrize("is_committed", [True, False])
def test_an_equity_account_that_another_unit_pays_into_can_not_be_closed(
    arena: Arena, drawings: Transfer, post: Posts, *, is_committed: bool
) -> None:
    """Closing waits for the payment, although that does not lock the account, and counts it if it is committed."""
    _, second = arena.duel(
        partial(post, draft=drawings),
        lambda books: books.accounts.close(drawings.to_account),
        is_committed=is_committed,
    )
    if is_committed:
        assert isinstance(second, AccountNotEmptyError)
        assert second.balance == Money.of("10.00", "USD")
    else:
        assert not isinstance(second, Exception)
        assert second.status == "closed"


@each_form
@pytest.mark.parametrize("is_committed", [True, False])
def test_an_equity_account_that_another_unit_closes_can_not_be_paid_into(
    arena: Arena, vault: Vault, drawings: Transfer, post: Posts, *, is_committed: bool
) -> None:
    """The payment waits for the closing, and is refused if that is committed."""
    _, second = arena.duel(
        lambda books: books.accounts.close(drawings.to_account),
        partial(post, draft=drawings),
        is_committed=is_committed,
    )
    assert isinstance(second, AccountClosedError if is_committed else Posted)
    expected = ["100.00", "0.00"] if is_committed else ["90.00", "10.00"]
    assert arena.balances(vault.till, drawings.to_account) == expected


CLOSED_WITH = (
    "SELECT a.name, sum(e.amount_minor) FROM stronghold_account a JOIN stronghold_entry e ON e.account_id = a.id"
    " WHERE a.tenant_id = {tenant} AND a.status = 'closed' GROUP BY a.name"
)


@on_postgresql
@each_form
def test_without_locks_an_equity_account_is_closed_with_money_on_it(
    arena: Arena, drawings: Transfer, post: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken twin of the first: closing locks the account as a change of its name does, and entries slip in."""
    original = Accounts._own_row
    monkeypatch.setattr(Accounts, "_own_row", lambda accounts, account, **_: original(accounts, account))
    arena.duel(partial(post, draft=drawings), lambda books: books.accounts.close(drawings.to_account))
    assert arena.rows(CLOSED_WITH) == [("Drawings", 10_00)]


@on_postgresql
@each_form
def test_without_locks_an_equity_account_is_paid_into_after_it_was_closed(
    arena: Arena, drawings: Transfer, post: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken twin of the second: the payment has read that the account is open, and its entries do not ask."""
    statement, statements = one_statement._statement, queries._statements

    def unlocked_standing(name: str) -> Any:  # noqa: ANN401 - a statement
        original: Any = statements(name)["standing"]._statement
        standing = original._clone()
        standing._for_update_arg = None
        return FixedStatement(standing)

    monkeypatch.setattr(one_statement, "_statement", lambda **form: statement(**form).replace("FOR KEY SHARE", ""))
    monkeypatch.setattr(queries, "_statements", lambda name: statements(name) | {"standing": unlocked_standing(name)})
    arena.duel(lambda books: books.accounts.close(drawings.to_account), partial(post, draft=drawings))
    assert arena.rows(CLOSED_WITH) == [("Drawings", 10_00)]


CLOSED = "SELECT name, balance_minor FROM stronghold_account WHERE tenant_id = {tenant} AND status = 'closed'"


@on_postgresql
def test_without_a_lock_an_account_is_closed_with_money_on_it(
    arena: Arena, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken twin: closing has read the balance before the payment was there."""
    original = Accounts._row
    monkeypatch.setattr(
        Accounts, "_row", lambda accounts, account, *, within, **_: original(accounts, account, within=within)
    )
    arena.duel(partial(singly, draft=vault.pay("10.00")), lambda books: books.accounts.close(vault.safe))
    assert arena.rows(CLOSED) == [("Safe", 10_00)]


# ------------------------------------------------------------------ the last owner


def demote(books: Books, owner: str) -> None:
    """Take ownership away from *owner*."""
    books.members.change_role(owner, role="viewer")


OWNERS = "SELECT principal_id FROM stronghold_membership WHERE tenant_id = {tenant} AND role = 'owner'"


def test_two_owners_can_not_demote_each_other(arena: Arena) -> None:
    """The second waits, and then holds no more what it takes: in a unit that began before, too."""
    arena.desk.seat(BOB, "owner")
    _, second = arena.duel(partial(demote, owner=BOB), partial(demote, owner=ADA), late_principal=BOB)
    assert isinstance(second, PermissionDeniedError)
    assert arena.rows(OWNERS) == [(ADA,)]


@on_postgresql
def test_without_a_lock_two_owners_leave_a_tenant_without_any(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken twin: each counts the other."""
    arena.desk.seat(BOB, "owner")
    monkeypatch.setattr(governance, "lock_memberships", lambda _unit: None)
    arena.duel(partial(demote, owner=BOB), partial(demote, owner=ADA), late_principal=BOB)
    assert arena.rows(OWNERS) == []


# ------------------------------------------------------------------ deadlocks


def back(vault: Vault, amount: str) -> Transfer:
    """Draft a transfer from the safe to the till."""
    return Transfer(from_account=vault.safe, to_account=vault.till, amount=amount)


@each_form
def test_transfers_in_opposite_directions_wait_for_each_other_in_turn(arena: Arena, vault: Vault, post: Posts) -> None:
    """No unit fails, although none is retried: locks are taken in one order, whichever way the money goes."""
    with arena.desk.books() as books:
        books.transactions.transfer(from_account=vault.till, to_account=vault.safe, amount="50.00")
    there, there_and_back = partial(post, draft=vault.pay("1.00")), partial(post, draft=back(vault, "1.00"))
    for _ in range(4):
        _, refused = split(arena.together(*[there, there_and_back] * 5))
        assert not refused
    assert arena.balances(vault.till, vault.safe) == ["50.00", "50.00"]


@on_postgresql
def test_locks_in_the_order_of_the_draft_end_in_a_deadlock(
    arena: Arena, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken twin: each unit has locked what it takes from, and waits for what it gives to."""
    with arena.desk.books() as books:
        books.transactions.transfer(from_account=vault.till, to_account=vault.safe, amount="50.00")
    barrier = threading.Barrier(2)

    def lock_one_by_one(unit: Unit, ids: Iterable[AccountId], *, lock: bool) -> list[Any]:
        rows: list[Any] = []
        for account in ids:
            rows += load_standings(unit, [account], lock=lock)
            if lock and len(rows) == 1:
                barrier.wait(PATIENCE_SECONDS)
        return rows

    monkeypatch.setattr(posting, "load_standings", lock_one_by_one)
    outcomes = arena.together(partial(as_batch, draft=vault.pay("1.00")), partial(as_batch, draft=back(vault, "1.00")))
    (_posted,), (refused,) = split(outcomes)
    assert isinstance(refused, RetryableConflictError)


class Pause:
    """A place where one unit stops until it is told to go on."""

    def __init__(self) -> None:
        self.is_reached, self.is_over = threading.Event(), threading.Event()

    def here(self) -> None:
        """Stop here."""
        self.is_reached.set()
        assert self.is_over.wait(PATIENCE_SECONDS)


def pause_between_totals(monkeypatch: pytest.MonkeyPatch, *, is_swapped: bool) -> Pause:
    """Let the planning form stop between days and months, which it may also write in the other order."""
    pause = Pause()
    steps: list[Callable[[], None]] = []

    class Totals:
        def __init__(self, original: BulkInsert) -> None:
            self._original = original

        def run(self, *arguments: Any) -> None:  # noqa: ANN401 - whatever the original takes
            steps.append(partial(self._original.run, *arguments))
            if len(steps) == 2:
                first, second = reversed(steps) if is_swapped else steps
                first()
                pause.here()
                second()

    monkeypatch.setattr(writes, "_DAYS", Totals(writes._DAYS))
    monkeypatch.setattr(writes, "_MONTHS", Totals(writes._MONTHS))
    return pause


def meet_in_the_last_lane(arena: PostgreSQLArena, vault: Vault, pause: Pause) -> list[Any]:
    """Let both forms add to the same totals of a category: the first while it has written only half of its own."""
    with arena.desk.books() as books:
        books.transactions.transfer(from_account=vault.till, to_account=vault.safe, amount="50.00")
    batch = [Record(account=vault.till, amount="-1.00", category=vault.rent)]
    with arena.superuser() as others, arena.stand_off() as is_waiting, ThreadPoolExecutor(2) as pool:
        for lane in range(lanes.LANES - 1):
            tenant = str(arena.desk.tenant.id)
            others.execute("SELECT pg_advisory_lock(%s, hashtext(%s) # %s)", [lanes._LOCK_CLASS, tenant, lane])
        first = pool.submit(outcome_of, arena.desk, lambda books: books.transactions.post_many(batch))
        assert pause.is_reached.wait(PATIENCE_SECONDS)
        second = pool.submit(outcome_of, arena.desk, partial(buy, account=vault.safe, category=vault.rent))
        wait_until(lambda: second.done() or is_waiting())
        pause.is_over.set()
        return [first.result(PATIENCE_SECONDS), second.result(PATIENCE_SECONDS)]


@on_postgresql
def test_both_forms_of_posting_write_totals_in_the_same_order(
    arena: PostgreSQLArena, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all other lanes taken, as by many writers at once, two units share the last one, and neither fails."""
    outcomes = meet_in_the_last_lane(arena, vault, pause_between_totals(monkeypatch, is_swapped=False))
    assert not split(outcomes)[1]
    assert not arena.broken_rules()


@on_postgresql
def test_totals_in_two_orders_end_in_a_deadlock(
    arena: PostgreSQLArena, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken twin: one has the day and waits for the month, the other has the month and waits for the day."""
    outcomes = meet_in_the_last_lane(arena, vault, pause_between_totals(monkeypatch, is_swapped=True))
    (refused,) = split(outcomes)[1]
    assert isinstance(refused, RetryableConflictError)


def cross(arena: PostgreSQLArena, *, writers: int) -> list[StrongholdError]:
    """Let units in hosts' transactions each post for a category of their own, and then for all; return what failed."""
    desk = arena.desk
    with desk.books() as books:
        banks = [books.accounts.open(name=f"Bank {number}", type="asset").id for number in range(writers)]
        kinds = [books.categories.create(name=f"Kind {number}", kind="income").id for number in range(writers)]
        # The accounts behind categories are opened now: two units that each open one may well need the other's.
        for kind in kinds:
            books.transactions.record(account=banks[0], amount="1.00", category=kind)
    barrier = threading.Barrier(writers)

    def write(number: int) -> None:
        with arena.engine.connect() as connection, connection.begin():
            with desk.stronghold.books(desk.tenant.id, principal=desk.principal, connection=connection) as books:
                books.transactions.record(account=banks[number], amount="1.00", category=kinds[number])
            barrier.wait(PATIENCE_SECONDS)
            with desk.stronghold.books(desk.tenant.id, principal=desk.principal, connection=connection) as books:
                for kind in kinds:
                    books.transactions.record(account=banks[number], amount="1.00", category=kind)

    def attempt(number: int) -> StrongholdError | None:
        try:
            write(number)
        except StrongholdError as error:
            return error
        return None

    with ThreadPoolExecutor(writers) as pool:
        return [error for error in pool.map(attempt, range(writers)) if error is not None]


@on_postgresql
def test_units_in_hosts_transactions_hold_lanes_that_no_other_waits_for(arena: PostgreSQLArena) -> None:
    """A dozen of them, each of which goes on to what the others have written to, and none fails."""
    arena.engine.dispose()
    assert cross(arena, writers=12) == []
    assert not arena.broken_rules()


@on_postgresql
def test_a_lane_that_units_share_ends_in_a_deadlock(arena: PostgreSQLArena, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken twin: with all other lanes taken, units in the last one hold what each other needs."""
    with arena.superuser() as others:
        for lane in range(lanes.LANES - 1):
            tenant = str(arena.desk.tenant.id)
            others.execute("SELECT pg_advisory_lock(%s, hashtext(%s) # %s)", [lanes._LOCK_CLASS, tenant, lane])
        failed = cross(arena, writers=3)
    assert {type(error) for error in failed} == {RetryableConflictError}


# ------------------------------------------------------------------ a late row under a watermark


RECORDED = "SELECT id, recorded_at FROM stronghold_transaction WHERE tenant_id = {tenant} ORDER BY recorded_at"


class SlowAndQuick(NamedTuple):
    """Two units of which the first to post is the last to be committed, and what a reader sees in between."""

    slow: TransactionId
    quick: TransactionId
    before: datetime
    between: list[tuple[Any, ...]]
    """The transactions recorded since *before*, as a reader sees them while only the quick one is committed."""
    after: list[tuple[Any, ...]]
    """The same when both are."""
    as_recorded: dict[datetime, list[str]]
    """The balance of the slow unit's account as recorded at an instant, read at both times."""


@pytest.fixture
def slow_and_quick(arena: Arena, vault: Vault, clock: ManualClock) -> SlowAndQuick:
    """Post slowly to one account, meanwhile quickly to another."""
    with arena.desk.books() as books:
        other = books.accounts.open(name="Other", type="asset", opening_balance="5.00").id
        third = books.accounts.open(name="Third", type="asset").id
    before = clock.now()
    clock.advance(timedelta(seconds=1))
    with arena.desk.books() as slow_books:
        slow = singly(slow_books, vault.pay("10.00")).id
        clock.advance(timedelta(seconds=1))
        with arena.desk.books() as quick_books:
            quick = quick_books.transactions.transfer(from_account=other, to_account=third, amount="1.00").id
        instants = [before, clock.now()]
        clock.advance(timedelta(seconds=1))
        between = [row for row in arena.rows(RECORDED) if row[1] > before]
        early = [recorded_balance(arena, vault.till, instant) for instant in instants]
    assert slow is not None
    return SlowAndQuick(
        slow=slow,
        quick=quick,
        before=before,
        between=between,
        after=[row for row in arena.rows(RECORDED) if row[1] > before],
        as_recorded={
            instant: [balance, recorded_balance(arena, vault.till, instant)]
            for instant, balance in zip(instants, early, strict=True)
        },
    )


def recorded_balance(arena: Arena, account: AccountId, instant: datetime) -> str:
    """Read the balance as it was recorded at *instant*."""
    with arena.desk.books(read_only=True) as books:
        return str(books.accounts.balance(account, recorded_at=instant).amount)


@on_postgresql
def test_a_balance_as_recorded_before_every_running_unit_is_final(slow_and_quick: SlowAndQuick) -> None:
    """Whatever is committed later was recorded later."""
    assert slow_and_quick.as_recorded[slow_and_quick.before] == ["100.00", "100.00"]


@on_postgresql
def test_a_balance_as_recorded_since_a_unit_began_is_provisional(slow_and_quick: SlowAndQuick) -> None:
    """As the docstring of `balance` warns: what the slow unit wrote carries a time that had already passed."""
    (_, provisional) = slow_and_quick.as_recorded.values()
    assert provisional == ["100.00", "90.00"]


@on_postgresql
@pytest.mark.parametrize("column", [0, 1], ids=["id", "recorded_at"])
def test_a_reader_with_a_watermark_loses_the_late_row(slow_and_quick: SlowAndQuick, column: int) -> None:
    """The broken reader: it goes on after the greatest value it has seen, below which the slow unit then commits."""
    watermark = max(row[column] for row in slow_and_quick.between)
    seen = slow_and_quick.between + [row for row in slow_and_quick.after if row[column] > watermark]
    assert [row[0] for row in seen] == [slow_and_quick.quick]


@on_postgresql
def test_a_reader_that_stays_behind_every_running_unit_loses_nothing(slow_and_quick: SlowAndQuick) -> None:
    """What it has left out for now it reads when the slow unit has ended."""
    horizon = slow_and_quick.before
    seen = [row for row in slow_and_quick.between if row[1] <= horizon]
    seen += [row for row in slow_and_quick.after if row[1] > horizon]
    assert [row[0] for row in seen] == [slow_and_quick.slow, slow_and_quick.quick]


@on_postgresql
@pytest.mark.parametrize("is_reversed_first", [False, True], ids=["corrected first", "reversed first"])
def test_a_host_on_an_old_snapshot_corrects_nothing_that_was_corrected_since(
    arena: Arena, vault: Vault, *, is_reversed_first: bool
) -> None:
    """Under REPEATABLE READ it would reverse what is there no more, or correct what was taken back."""
    desk = arena.desk
    with desk.books() as books:
        food = books.categories.create(name="Food", kind="expense")
        books.transactions.record(account=vault.till, amount="-1.00", category=food.id)
        paid = books.transactions.record(
            account=vault.till, amount="-5.00", category=vault.rent, on=NOW.date() - timedelta(days=40)
        )

    def correct(books: Books) -> None:
        books.transactions.recategorise(paid.id, category=food.id)

    def take_back(books: Books) -> None:
        books.transactions.reverse(paid.id, on=NOW.date())

    first, second = (take_back, correct) if is_reversed_first else (correct, take_back)
    with Session(arena.engine.execution_options(isolation_level="REPEATABLE READ")) as host:
        host.execute(text("SELECT 1"))
        with desk.books() as books:
            first(books)
        with (
            pytest.raises(RetryableConflictError),
            desk.stronghold.books(desk.tenant.id, principal=desk.principal, session=host) as books,
        ):
            second(books)
        host.rollback()
    assert not arena.broken_rules()

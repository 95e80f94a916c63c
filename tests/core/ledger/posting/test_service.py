"""The posting engine on both databases: what it posts, what it refuses, and what a repetition leads to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from stronghold_core import (
    ManualClock,
    Money,
    Part,
    Post,
    Record,
    Settings,
    Split,
    Stronghold,
    StrongholdError,
    Transfer,
)
from stronghold_core.errors import (
    AccountClosedError,
    AmountOverflowError,
    AmountSyntaxError,
    AmountTypeError,
    BalanceLimitError,
    CategoryArchivedError,
    CurrencyMismatchError,
    DateOutOfRangeError,
    DuplicateReferenceError,
    FutureDateError,
    IdempotencyMismatchError,
    InsufficientFundsError,
    InvalidInputError,
    LossyAmountError,
    NotFoundError,
    SelfTransferError,
    TooManyEntriesError,
    UnbalancedError,
    ZeroAmountError,
)
from stronghold_core.ledger import Outcome
from stronghold_core.money import MAX_MINOR
from tests.support.ledger import (
    TODAY,
    TOMORROW,
    YESTERDAY,
    actions,
    asking,
    balance,
    create_category,
    open_account,
    record,
)
from tests.support.rows import Vault, refused
from tests.support.stronghold import Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from stronghold_core import Books
    from stronghold_core.ledger import AccountRecord, CategoryRecord, TransactionRecord
    from stronghold_core.ledger.posting.records import AnyDraft


@dataclass(frozen=True)
class Shelf:
    """A tenant's accounts, each good for another refusal, and the neighbour's."""

    bank: AccountRecord
    """Holds 100.00; may not fall below 0 nor rise above 1,000."""
    cash: AccountRecord
    euro: AccountRecord
    closed: AccountRecord
    food: CategoryRecord
    archived: CategoryRecord
    unused: CategoryRecord
    """Archived before it was ever used."""
    posted: TransactionRecord
    """Carries the reference r-1 and the key k-1."""
    their_account: AccountRecord
    their_category: CategoryRecord


@pytest.fixture
def shelf(acme: Desk, rival: Desk) -> Shelf:
    """Open them, and post on each, so that this process knows them all."""
    bank = open_account(acme, opening_balance="100.00", min_balance="0", max_balance="1000.00")
    cash, closed = open_account(acme, "Cash"), open_account(acme, "Closed")
    euro = open_account(acme, "Euro", currency="EUR")
    food, archived, unused = (create_category(acme, name) for name in ("Food", "Archived", "Unused"))
    with acme.books() as books:
        transactions = books.transactions
        posted = transactions.record(
            account=cash.id, amount="-1.00", category=food.id, reference="r-1", idempotency_key="k-1"
        )
        transactions.record(account=closed.id, amount="-1.00", category=archived.id)
        transactions.transfer(from_account=bank.id, to_account=closed.id, amount="1.00")
        transactions.transfer(from_account=bank.id, to_account=euro.id, amount="1.00", to_amount="1.00")
        books.accounts.close(closed.id)
        books.categories.archive(archived.id)
        books.categories.archive(unused.id)
    return Shelf(bank, cash, euro, closed, food, archived, unused, posted, open_account(rival), create_category(rival))


@pytest.fixture(params=["warm", "cold"])
def clerk(request: pytest.FixtureRequest, acme: Desk, database_url: str, clock: ManualClock) -> Generator[Desk]:
    """Sit Ada at a desk whose process knows the accounts, or has never seen one: PostgreSQL posts in two forms."""
    if request.param == "warm":
        yield acme
        return
    with Stronghold(database_url, clock=clock) as stronghold:
        yield Desk(stronghold, acme.tenant, acme.principal)


Fields = dict[str, Any]
Case = tuple[str, "Callable[[Shelf], Fields]", type[StrongholdError]]


def spent(**fields: Any) -> Callable[[Shelf], Fields]:  # noqa: ANN401
    """Take one from the bank account, unless *fields* say otherwise."""
    return lambda shelf: {"account": shelf.bank.id, "amount": "-1.00"} | fields


RECORDS: list[tuple[Callable[[Shelf], Fields], type[StrongholdError]]] = [
    (spent(amount=-1.0), AmountTypeError),
    (spent(amount=-1), AmountTypeError),
    (spent(amount="-1.001"), LossyAmountError),
    (spent(amount=Decimal("-1.001")), LossyAmountError),
    (spent(amount="1,50"), AmountSyntaxError),
    (spent(amount="1e2"), AmountSyntaxError),
    (spent(amount=Decimal("NaN")), AmountSyntaxError),
    (spent(amount="0.00"), ZeroAmountError),
    (spent(amount=Money(1, "EUR")), CurrencyMismatchError),
    (spent(amount="92233720368547758.08"), AmountOverflowError),
    (lambda shelf: {"account": shelf.cash.id, "amount": Money(-MAX_MINOR, "USD")}, AmountOverflowError),
    (spent(amount="-98.01"), InsufficientFundsError),
    (spent(amount="902.01"), BalanceLimitError),
    (spent(on=TOMORROW), FutureDateError),
    (spent(on=date(1899, 12, 31)), DateOutOfRangeError),
    (spent(on=datetime(2026, 11, 1, tzinfo=UTC)), InvalidInputError),
    (spent(description="x" * 501), InvalidInputError),
    (spent(payee="x" * 201), InvalidInputError),
    (spent(note="x" * 4001), InvalidInputError),
    (spent(reference="x" * 201), InvalidInputError),
    (spent(idempotency_key="x" * 256), InvalidInputError),
    (spent(description="a\x00b"), InvalidInputError),
    (spent(note="\x1b[2J"), InvalidInputError),
    (spent(reference="r-1"), DuplicateReferenceError),
    (spent(idempotency_key="k-1"), IdempotencyMismatchError),
    (spent(account="Bank"), InvalidInputError),
    (spent(account=uuid4()), NotFoundError),
    (spent(category=uuid4()), NotFoundError),
    (lambda shelf: {"account": shelf.their_account.id, "amount": "1.00"}, NotFoundError),
    (lambda shelf: {"account": shelf.bank.id, "amount": "-1.00", "category": shelf.their_category.id}, NotFoundError),
    (lambda shelf: {"account": shelf.closed.id, "amount": "1.00"}, AccountClosedError),
    (lambda shelf: {"account": shelf.bank.id, "amount": "-1.00", "category": shelf.archived.id}, CategoryArchivedError),
    (lambda shelf: {"account": shelf.bank.id, "amount": "-1.00", "category": shelf.unused.id}, CategoryArchivedError),
    (
        lambda shelf: {
            "account": shelf.posted.entries[1].account_id,
            "amount": "-1.00",
            "category": shelf.food.id,
        },
        SelfTransferError,
    ),
]


def split(amount: Any, *parts: Any) -> Callable[[Shelf], Fields]:  # noqa: ANN401
    """Split what the bank account lost between food and food again."""
    return lambda shelf: {
        "account": shelf.bank.id,
        "amount": amount,
        "parts": [(shelf.food.id, part) for part in parts],
    }


def split_with_itself(account: Callable[[Shelf], Any], itself: Callable[[Shelf], Part]) -> Callable[[Shelf], Fields]:
    """Split what an account lost between cash and the account itself."""
    return lambda shelf: {
        "account": account(shelf),
        "amount": "-3.00",
        "parts": [Part(account=shelf.cash.id, amount="-1.00"), itself(shelf)],
    }


def moved(source: str, target: str, amount: Any, to_amount: Any = None) -> Callable[[Shelf], Fields]:  # noqa: ANN401
    """Transfer between two of the shelf's accounts."""
    return lambda shelf: {
        "from_account": getattr(shelf, source).id,
        "to_account": getattr(shelf, target).id,
        "amount": amount,
        "to_amount": to_amount,
    }


def entered(*entries: tuple[str, Any]) -> Callable[[Shelf], Fields]:
    """Post entries on some of the shelf's accounts."""
    return lambda shelf: {"entries": [(getattr(shelf, name).id, amount) for name, amount in entries]}


OTHERS: list[Case] = [
    ("split", split("-3.00", "-1.00", "-1.99"), UnbalancedError),
    ("split", split("-3.00", "-3.00", "0.00"), ZeroAmountError),
    ("split", split("-3.00"), InvalidInputError),
    ("split", split("-3.00", -3.0), AmountTypeError),
    ("split", split("-99.00", "-50.00", "-49.00"), InsufficientFundsError),
    ("split", split("-10.00", *["-0.01"] * 1000), TooManyEntriesError),
    (
        "split",
        split_with_itself(lambda shelf: shelf.bank.id, lambda shelf: Part(account=shelf.bank.id, amount="-2.00")),
        SelfTransferError,
    ),
    (
        "split",
        split_with_itself(
            lambda shelf: shelf.posted.entries[1].account_id, lambda shelf: Part(category=shelf.food.id, amount="-2.00")
        ),
        SelfTransferError,
    ),
    ("transfer", moved("bank", "bank", "1.00"), SelfTransferError),
    ("transfer", moved("bank", "cash", "0.00"), ZeroAmountError),
    ("transfer", moved("bank", "cash", "-1.00"), InvalidInputError),
    ("transfer", moved("bank", "cash", 1.0), AmountTypeError),
    ("transfer", moved("bank", "cash", "1.00", "2.00"), InvalidInputError),
    ("transfer", moved("bank", "euro", "1.00"), CurrencyMismatchError),
    ("transfer", moved("bank", "euro", "1.00", "0.00"), ZeroAmountError),
    ("transfer", moved("bank", "euro", "1.00", 0.9), AmountTypeError),
    ("transfer", moved("bank", "euro", "98.01", "90.00"), InsufficientFundsError),
    ("transfer", moved("bank", "closed", "1.00"), AccountClosedError),
    ("transfer", moved("bank", "their_account", "1.00"), NotFoundError),
    ("transfer", moved("their_account", "bank", "1.00"), NotFoundError),
    ("transfer", moved("cash", "bank", "902.01"), BalanceLimitError),
    ("post", entered(), InvalidInputError),
    ("post", entered(("bank", "1.00")), InvalidInputError),
    ("post", entered(("bank", "1.00"), ("cash", "-0.99")), UnbalancedError),
    ("post", entered(("bank", "1.00"), ("euro", "-1.00")), UnbalancedError),
    ("post", entered(("bank", "0.00"), ("cash", "0.00")), ZeroAmountError),
    ("post", entered(("bank", "1.00"), ("bank", "-1.00")), SelfTransferError),
    ("post", entered(("bank", 1.0), ("cash", -1.0)), AmountTypeError),
    ("post", entered(("bank", "0.001"), ("cash", "-0.001")), LossyAmountError),
    ("post", entered(("bank", "1.00"), ("their_account", "-1.00")), NotFoundError),
    ("post", entered(*[("bank", "0.01"), ("cash", "-0.01")] * 501), TooManyEntriesError),
]


def test_every_bad_request_has_its_own_error_and_changes_nothing(
    clerk: Desk, shelf: Shelf, vault: Vault, subtests: pytest.Subtests
) -> None:
    """All are caught inside one block that then commits, whether the process knows the accounts already or not."""
    cases = [*(("record", fields, error) for fields, error in RECORDS), *OTHERS]
    before = vault.rows()
    with clerk.books() as books:
        for number, (verb, fields, error) in enumerate(cases):
            with subtests.test(number=number, verb=verb, error=error.__name__), pytest.raises(error):
                asking(f"transactions.{verb}", **fields(shelf))(books)
    assert vault.rows() == before


def test_another_tenants_account_answers_exactly_like_a_missing_one(acme: Desk, shelf: Shelf, vault: Vault) -> None:
    """The same error, the same words; only the id is the caller's own."""
    missing = uuid4()
    for theirs, field in ((shelf.their_account.id, "account"), (shelf.their_category.id, "category")):
        told = [
            refused(acme, vault, NotFoundError, asking("transactions.record", **spent(**{field: key})(shelf)))
            for key in (theirs, missing)
        ]
        assert str(told[0]).replace(str(theirs), str(missing)) == str(told[1])
        assert type(told[0]) is type(told[1])


def test_what_was_done_around_a_refusal_in_one_block_is_kept(clerk: Desk, shelf: Shelf) -> None:
    """A caller may catch an error and go on: the block commits what was not refused, and nothing else."""
    with clerk.books() as books:
        books.transactions.record(account=shelf.cash.id, amount="5.00")
        with pytest.raises(InsufficientFundsError):
            books.transactions.record(account=shelf.bank.id, amount="-500.00")
        with pytest.raises(NotFoundError):
            books.transactions.record(account=uuid4(), amount="1.00")
        books.transactions.record(account=shelf.cash.id, amount="7.00", category=shelf.food.id)
    assert (balance(clerk, shelf.cash), balance(clerk, shelf.bank)) == ("11.00", "98.00")
    with clerk.books() as books:
        assert books.verify().is_sound


def test_after_a_refusal_that_had_opened_a_category_account_the_next_posting_opens_it(acme: Desk) -> None:
    """What the engine learned inside the refused command is gone, in this unit and in this process."""
    bank, food = open_account(acme, min_balance="0"), create_category(acme)
    with acme.books() as books:
        with pytest.raises(InsufficientFundsError):
            books.transactions.record(account=bank.id, amount="-5.00", category=food.id)
        books.transactions.record(account=bank.id, amount="5.00", category=food.id)
    record(acme, account=bank.id, amount="-5.00", category=food.id)
    assert balance(acme, bank) == "0.00"


def test_a_setting_limits_entries_and_drafts(acme: Desk, database_url: str, clock: ManualClock, vault: Vault) -> None:
    """The limit itself is allowed; one more is refused with both numbers."""
    bank, cash = open_account(acme), open_account(acme, "Cash")
    settings = Settings(max_entries_per_transaction=3, max_drafts_per_batch=2)
    draft = Record(account=bank.id, amount="1.00")
    entries = [(bank.id, "1.00"), (bank.id, "1.00"), (cash.id, "-2.00")]
    with Stronghold(database_url, settings=settings, clock=clock) as stronghold:
        narrow = Desk(stronghold, acme.tenant, acme.principal)
        with narrow.books() as books:
            books.transactions.post(entries)
            assert len(books.transactions.post_many([draft] * 2)) == 2
        too_long = refused(
            narrow, vault, TooManyEntriesError, asking("transactions.post", [*entries, (cash.id, "0.01")])
        )
        too_many = refused(narrow, vault, TooManyEntriesError, asking("transactions.post_many", [draft] * 3))
    assert (too_long.kind, too_long.found, too_long.limit) == ("entries", 4, 3)
    assert (too_many.kind, too_many.found, too_many.limit) == ("drafts", 3, 2)


def test_a_batch_has_ten_thousand_drafts_at_most(acme: Desk, vault: Vault) -> None:
    """Unless the host says otherwise; refused before anything is read."""
    drafts = [Record(account=uuid4(), amount="1.00")] * 10_001
    assert refused(acme, vault, TooManyEntriesError, asking("transactions.post_many", drafts)).limit == 10_000


@pytest.mark.parametrize(
    ("drafts", "field"),
    [
        ([Record(account=UUID(int=1), amount="1.00"), {"account": UUID(int=1), "amount": "1.00"}], "drafts.1"),
        ([Part(category=UUID(int=1), amount="1.00")], "drafts.0"),
        (Record(account=UUID(int=1), amount="1.00"), "drafts"),
        ("draft", "drafts"),
        (None, "drafts"),
    ],
    ids=["mapping", "part", "bare draft", "text", "none"],
)
def test_a_batch_holds_nothing_but_drafts(acme: Desk, vault: Vault, drafts: Any, field: str) -> None:  # noqa: ANN401
    """The error says which member is none; nothing is posted, whatever `on_error` says."""
    error = refused(acme, vault, InvalidInputError, asking("transactions.post_many", drafts, on_error="continue"))
    assert error.field == field


def test_a_batch_may_be_made_while_it_is_read(acme: Desk) -> None:
    """Drafts may come out of a generator."""
    bank = open_account(acme)
    with acme.books() as books:
        results = books.transactions.post_many(Record(account=bank.id, amount=f"{day}.00") for day in (1, 2, 3))
        assert [result.outcome for result in results] == [Outcome.POSTED] * 3


# ------------------------------------------------------------------ dates


def test_today_is_todays_date_in_the_tenants_time_zone(stronghold: Stronghold, clock: ManualClock) -> None:
    """At noon in UTC it is tomorrow already in Auckland, and a posting without a date lies there."""
    tenant = stronghold.tenants.create(
        kind="user", name="Kiri", base_currency="NZD", owner="user:kiri", time_zone="Pacific/Auckland"
    )
    kiri = Desk(stronghold, tenant, "user:kiri")
    bank = open_account(kiri)
    assert record(kiri, account=bank.id, amount="1.00").effective_date == TOMORROW
    assert record(kiri, account=bank.id, amount="1.00", on=TOMORROW).effective_date == TOMORROW
    with kiri.books() as books, pytest.raises(FutureDateError) as caught:
        books.transactions.record(account=bank.id, amount="1.00", on=date(2026, 11, 23))
    assert caught.value.latest == TOMORROW


def test_days_ahead_are_for_accounts_without_limits(stronghold: Stronghold, vault: Vault) -> None:
    """Only there may the balance count what has not happened yet; the last day allowed is named."""
    tenant = stronghold.tenants.create(
        kind="organization", name="Ahead", base_currency="USD", owner="user:ada", days_ahead=30
    )
    ada = Desk(stronghold, tenant, "user:ada")
    free, limited = open_account(ada, "Free"), open_account(ada, "Limited", min_balance="0")
    last = TODAY + timedelta(days=30)
    for _ in range(2):
        assert record(ada, account=free.id, amount="1.00", on=last).effective_date == last
        record(ada, account=limited.id, amount="1.00")
    with ada.books() as books:
        assert books.accounts.balance(free.id) == Money(200, "USD")
        assert books.accounts.balance(free.id, on=TODAY) == Money(0, "USD")
    late = asking("transactions.record", account=free.id, amount="1.00", on=last + timedelta(days=1))
    assert refused(ada, vault, FutureDateError, late).latest == last
    into = asking("transactions.transfer", from_account=free.id, to_account=limited.id, amount="1.00", on=TOMORROW)
    assert refused(ada, vault, FutureDateError, into).latest == TODAY


def test_who_dates_ahead_is_told_how_to_allow_it(acme: Desk) -> None:
    """The error names what there is, and it helps."""
    bank = open_account(acme)
    with acme.books() as books:
        with pytest.raises(FutureDateError, match=r"without limits, books\.tenant\.update\(days_ahead=…\)"):
            books.transactions.record(account=bank.id, amount="1.00", on=TOMORROW)
        books.tenant.update(days_ahead=1)
    assert record(acme, account=bank.id, amount="1.00", on=TOMORROW).effective_date == TOMORROW


def test_the_time_of_recording_never_goes_back_on_an_account(acme: Desk, clock: ManualClock) -> None:
    """Not even when the machine's clock is set back: a chain's order and its times agree."""
    bank = open_account(acme)
    first = record(acme, account=bank.id, amount="1.00")
    clock.advance(timedelta(hours=-1))
    second = record(acme, account=bank.id, amount="1.00")
    with acme.books() as books:
        third = books.transactions.post_many([Record(account=bank.id, amount="1.00")])[0]
        assert third.transaction_id is not None
        assert books.transactions.get(third.transaction_id).recorded_at >= second.recorded_at >= first.recorded_at
        assert books.verify().is_sound


# ------------------------------------------------------------------ repetitions


def repeatable(shelf: Shelf) -> dict[str, Fields]:
    """Name a request for each verb that takes an idempotency key."""
    return {
        "record": {"account": shelf.bank.id, "amount": "-2.00", "category": shelf.food.id},
        "split": {"account": shelf.bank.id, "amount": "-2.00", "parts": [(shelf.food.id, "-2.00")]},
        "transfer": {"from_account": shelf.bank.id, "to_account": shelf.cash.id, "amount": "2.00"},
        "post": {"entries": [(shelf.bank.id, "-2.00"), (shelf.cash.id, "2.00")]},
        "reverse": {"transaction": shelf.posted.id, "on": TODAY},
    }


def test_the_same_request_again_leads_to_the_first_result(clerk: Desk, shelf: Shelf, vault: Vault) -> None:
    """In the same unit and in a later one, marked as a replay, writing nothing; for each verb that takes a key."""
    asked = [
        asking(f"transactions.{verb}", **request, idempotency_key=f"key of {verb}", description="Once")
        for verb, request in repeatable(shelf).items()
    ]
    with clerk.books() as books:
        first = [ask(books) for ask in asked]
        again = [one.model_copy(update={"is_replay": True}) for one in first]
        assert [ask(books) for ask in asked] == again
    before = vault.rows()
    with clerk.books() as books:
        assert [ask(books) for ask in asked] == again
    assert vault.rows() == before
    assert not any(one.is_replay for one in first)


def test_a_replay_does_not_ask_whether_it_could_be_posted_now(clerk: Desk, shelf: Shelf, vault: Vault) -> None:
    """The account was closed, the category archived, and a day has passed since: it happened, so that is the answer."""
    ask = asking(
        "transactions.record", account=shelf.cash.id, amount="1.00", category=shelf.food.id, idempotency_key="k-9"
    )
    with clerk.books() as books:
        first = ask(books)
        books.accounts.close(shelf.cash.id)
        books.categories.archive(shelf.food.id)
    before = vault.rows()
    with clerk.books() as books:
        assert ask(books).id == first.id
        assert [one.outcome for one in books.transactions.post_many([drafted(shelf, "1.00")])] == [Outcome.REPLAYED]
    assert vault.rows() == before


def drafted(shelf: Shelf, amount: str, **fields: Any) -> Record:  # noqa: ANN401
    """Draft what `asking` asked for above."""
    given: dict[str, Any] = {"account": shelf.cash.id, "category": shelf.food.id, "idempotency_key": "k-9"} | fields
    return Record(amount=amount, **given)


def test_a_request_without_a_date_is_the_same_tomorrow(acme: Desk, clock: ManualClock) -> None:
    """What the caller said did not change: that it was today only followed from the clock."""
    bank = open_account(acme)
    first = record(acme, account=bank.id, amount="1.00", idempotency_key="k")
    clock.advance(timedelta(days=1))
    second = record(acme, account=bank.id, amount="1.00", idempotency_key="k")
    assert (second.id, second.effective_date, second.is_replay) == (first.id, TODAY, True)


def test_under_a_key_that_is_used_an_amount_is_read_as_strictly_as_ever(acme: Desk) -> None:
    """Neither other money nor what is no number at all gets the answer of the first request."""
    bank = open_account(acme)
    first = record(acme, account=bank.id, amount="1", idempotency_key="k")
    assert record(acme, account=bank.id, amount="1.00", idempotency_key="k").id == first.id
    with pytest.raises(IdempotencyMismatchError, match="amount"):
        record(acme, account=bank.id, amount=Money(100, "EUR"), idempotency_key="k")
    with pytest.raises(AmountSyntaxError):
        record(acme, account=bank.id, amount="++1", idempotency_key="k")


CHANGES: list[tuple[Fields, str]] = [
    ({"amount": "-2.01"}, "amount"),
    ({"category": None}, "category"),
    ({"on": TODAY}, "on"),
    ({"description": "x"}, "description"),
    ({"reference": "r-9"}, "reference"),
]


def test_another_request_under_a_used_key_is_refused_by_field(clerk: Desk, shelf: Shelf, vault: Vault) -> None:
    """The error names the first field that differs; nothing is posted, singly or in a batch."""
    request = repeatable(shelf)["record"] | {"idempotency_key": "k-9"}
    with clerk.books() as books:
        books.transactions.record(**request)
    before = vault.rows()
    with clerk.books() as books:
        for changed, field in CHANGES:
            with pytest.raises(IdempotencyMismatchError) as one:
                books.transactions.record(**request | changed)
            with pytest.raises(IdempotencyMismatchError) as many:
                books.transactions.post_many([Record(**request | changed)])
            assert (one.value.key, one.value.field) == (many.value.key, many.value.field) == ("k-9", field)
    assert vault.rows() == before


def test_a_key_is_used_up_by_another_verb(clerk: Desk, shelf: Shelf, vault: Vault) -> None:
    """A transfer under a record's key is another operation; so is a reversal."""
    for verb in ("transfer", "reverse"):
        request = repeatable(shelf)[verb] | {"idempotency_key": "k-1"}
        error = refused(clerk, vault, IdempotencyMismatchError, asking(f"transactions.{verb}", **request))
        assert (error.key, error.field) == ("k-1", "operation")


def test_a_refused_request_leaves_its_key_free(clerk: Desk, shelf: Shelf) -> None:
    """Refusals are not remembered: once there is money the same request, even another one, is posted under the key."""
    ask = asking("transactions.record", account=shelf.bank.id, amount="-500.00", idempotency_key="k-9")
    with clerk.books() as books:
        with pytest.raises(InsufficientFundsError):
            ask(books)
        books.transactions.record(account=shelf.bank.id, amount="450.00")
        assert not ask(books).is_replay
        assert ask(books).is_replay
    assert balance(clerk, shelf.bank) == "48.00"


def test_keys_belong_to_a_principal(acme: Desk, shelf: Shelf) -> None:
    """Two clients may count from one without knowing of each other."""
    bob = acme.seat("user:bob", "member")
    first = record(acme, account=shelf.cash.id, amount="1.00", idempotency_key="1")
    second = record(bob, account=shelf.cash.id, amount="1.00", idempotency_key="1")
    assert first.id != second.id
    assert not second.is_replay


def test_keys_and_references_belong_to_a_tenant(acme: Desk, rival: Desk) -> None:
    """What one tenant used up is free for every other one."""
    for desk in (acme, rival):
        bank = open_account(desk)
        made = record(desk, account=bank.id, amount="1.00", idempotency_key="1", reference="1")
        assert not made.is_replay


def test_a_reference_is_taken_for_ever(clerk: Desk, shelf: Shelf, vault: Vault) -> None:
    """Also once its transaction was reversed; the error names that transaction."""
    with clerk.books() as books:
        books.transactions.reverse(shelf.posted.id, on=TODAY)
    ask = asking("transactions.record", account=shelf.cash.id, amount="1.00", reference=" r-1 ")
    error = refused(clerk, vault, DuplicateReferenceError, ask)
    assert (error.reference, error.transaction_id) == ("r-1", shelf.posted.id)


def test_a_replay_returns_the_transaction_as_it_stands_now(acme: Desk, shelf: Shelf) -> None:
    """With the words that were edited and the entries that corrected it since."""
    rent = create_category(acme, "Rent")
    request = repeatable(shelf)["record"] | {"idempotency_key": "k-9"}
    first = record(acme, **request)
    with acme.books() as books:
        books.transactions.edit(first.id, description="Edited")
        books.transactions.recategorise(first.id, category=rent.id)
    again = record(acme, **request)
    assert (again.id, again.is_replay, again.description, len(again.entries)) == (first.id, True, "Edited", 4)


# ------------------------------------------------------------------ batches


def test_a_batch_posts_drafts_of_every_kind_in_their_order(acme: Desk, shelf: Shelf) -> None:
    """Each sees what those before it left behind: the first one's money is there for the second."""
    drafts: list[AnyDraft] = [
        Transfer(from_account=shelf.cash.id, to_account=shelf.bank.id, amount="200.00"),
        Record(account=shelf.bank.id, amount="-290.00", category=shelf.food.id, description="All of it"),
        Split(account=shelf.bank.id, amount="-8.00", parts=[(shelf.food.id, "-8.00")]),
        Post(entries=[(shelf.cash.id, "1.00"), (shelf.bank.id, "-1.00")]),
        Transfer(from_account=shelf.bank.id, to_account=shelf.euro.id, amount="1.00", to_amount="0.90"),
    ]
    with acme.books() as books:
        with pytest.raises(InsufficientFundsError):
            books.transactions.post_many(drafts)
        results = books.transactions.post_many(drafts[:2])
        made = [books.transactions.get(one.transaction_id) for one in results if one.transaction_id]
        assert [one.outcome for one in results] == [Outcome.POSTED] * 2
        assert [str(one.entries[0].amount) for one in made] == ["-200.00 USD", "-290.00 USD"]
        assert [one.entries[0].account_version for one in made] == [2, 5]
        books.transactions.post_many([Record(account=shelf.bank.id, amount="10.00"), *drafts[2:]])
        assert books.verify().is_sound
    assert [balance(acme, one) for one in (shelf.bank, shelf.cash, shelf.euro)] == ["8.00", "-200.00", "1.90"]


def test_an_empty_batch_does_nothing(acme: Desk, vault: Vault) -> None:
    """No result, no event."""
    before = vault.rows()
    with acme.books() as books:
        assert books.transactions.post_many([]) == []
    assert vault.rows() == before


def test_one_refusal_stops_the_whole_batch(acme: Desk, shelf: Shelf, vault: Vault) -> None:
    """Nothing of it is posted; the error is the draft's own and says which one it was."""
    good, bad = (Record(account=shelf.bank.id, amount=amount) for amount in ("-1.00", "-500.00"))
    error = refused(acme, vault, InsufficientFundsError, asking("transactions.post_many", [good, good, bad, good]))
    assert error.requested == Money(50_000, "USD")
    assert error.draft_number == 2
    assert error.__notes__ == ["It was draft 2 of the batch, counted from 0; nothing was posted."]


def test_a_batch_may_go_on_past_its_refusals(acme: Desk, shelf: Shelf) -> None:
    """Each draft has its result in its place; a refused one changes nothing for those behind it."""
    their, bank, cash = shelf.their_account.id, shelf.bank.id, shelf.cash.id
    drafts = [
        Record(account=bank, amount="-90.00"),
        Record(account=bank, amount="-8.01"),
        Record(account=their, amount="1.00"),
        Record(account=bank, amount="-8.00", category=uuid4()),
        Record(account=bank, amount="0.001"),
        Record(account=bank, amount="-8.00", reference="r-1"),
        Record(account=cash, amount="1.00", category=shelf.food.id, idempotency_key="k-1"),
        Record(account=cash, amount="-1.00", category=shelf.food.id, reference="r-1", idempotency_key="k-1"),
        Record(account=bank, amount="-8.00"),
    ]
    with acme.books() as books:
        results = books.transactions.post_many(drafts, on_error="continue")
        assert books.verify().is_sound
    assert [type(one.error) for one in results] == [
        type(None),
        InsufficientFundsError,
        NotFoundError,
        NotFoundError,
        LossyAmountError,
        DuplicateReferenceError,
        IdempotencyMismatchError,
        type(None),
        type(None),
    ]
    posted, replayed, refusal = Outcome.POSTED, Outcome.REPLAYED, Outcome.REFUSED
    assert [one.outcome for one in results] == [posted, *[refusal] * 6, replayed, posted]
    assert results[7].transaction_id == shelf.posted.id
    assert all(one.transaction_id is None for one in results[1:7])
    assert balance(acme, shelf.bank) == "0.00"


def test_a_batch_of_refusals_changes_nothing(acme: Desk, shelf: Shelf, vault: Vault) -> None:
    """Not even the audit log: nothing was done."""
    before = vault.rows()
    with acme.books() as books:
        drafts = [Record(account=shelf.bank.id, amount="-500.00"), Record(account=uuid4(), amount="1.00")]
        results = books.transactions.post_many(drafts, on_error="continue")
    assert [one.outcome for one in results] == [Outcome.REFUSED] * 2
    assert vault.rows() == before


def test_a_key_twice_in_one_batch_is_a_replay_of_the_first(acme: Desk, shelf: Shelf) -> None:
    """As if the second had come later; with another payload it is refused, and so is a reference twice."""
    same = Record(account=shelf.bank.id, amount="-1.00", idempotency_key="k-9")
    other = Record(account=shelf.bank.id, amount="-2.00", idempotency_key="k-9")
    references = [Record(account=shelf.bank.id, amount="-1.00", reference="r-9")] * 2
    with acme.books() as books:
        results = books.transactions.post_many([same, same, other, *references], on_error="continue")
    assert [one.outcome for one in results] == [
        Outcome.POSTED,
        Outcome.REPLAYED,
        Outcome.REFUSED,
        Outcome.POSTED,
        Outcome.REFUSED,
    ]
    assert results[0].transaction_id == results[1].transaction_id
    assert isinstance(results[2].error, IdempotencyMismatchError)
    assert isinstance(results[4].error, DuplicateReferenceError)
    assert results[4].error.transaction_id == results[3].transaction_id
    assert balance(acme, shelf.bank) == "96.00"


def test_a_refused_draft_leaves_its_key_to_a_later_one_of_the_batch(acme: Desk, shelf: Shelf) -> None:
    """The first had no money behind it; the second, with the same key, is no repetition of anything."""
    poor = Record(account=shelf.bank.id, amount="-500.00", idempotency_key="k-9")
    with acme.books() as books:
        results = books.transactions.post_many(
            [poor, Record(account=shelf.bank.id, amount="450.00"), poor], on_error="continue"
        )
    assert [one.outcome for one in results] == [Outcome.REFUSED, Outcome.POSTED, Outcome.POSTED]


def test_a_batch_either_stops_or_continues(acme: Desk, vault: Vault) -> None:
    """There is no third way."""
    refused(acme, vault, InvalidInputError, asking("transactions.post_many", [], on_error="ignore"))


# ------------------------------------------------------------------ audit


def test_each_command_writes_exactly_one_event(acme: Desk, shelf: Shelf) -> None:
    """With who, what and how much; a replay and a refusal write none."""
    before = len(actions(acme))
    for verb, request in repeatable(shelf).items():
        ask = asking(f"transactions.{verb}", **request, idempotency_key=f"key of {verb}")
        with acme.books() as books:
            ask(books)
            ask(books)
    assert actions(acme)[before:] == [
        "transaction.record",
        "transaction.record",
        "transaction.transfer",
        "transaction.post",
        "transaction.reversal",
    ]


def test_the_event_of_a_posting_says_what_was_posted(clerk: Desk, shelf: Shelf) -> None:
    """Amounts as text, ids of accounts, and only the words that were given."""
    with clerk.books() as books:
        made = books.transactions.record(
            account=shelf.bank.id,
            amount="-2.00",
            category=shelf.food.id,
            on=YESTERDAY,
            description="Lunch",
            payee="Café",
            reference="r-9",
        )
        event = books.audit.list().items[0]
    assert (event.action, event.object_type, event.object_id) == ("transaction.record", "transaction", made.id)
    assert (event.actor, event.at) == ("user:ada", made.recorded_at)
    assert event.payload == {
        "date": "2026-11-20",
        "description": "Lunch",
        "payee": "Café",
        "reference": "r-9",
        "entries": [[str(shelf.bank.id), "-2.00 USD"], [str(made.entries[1].account_id), "2.00 USD"]],
    }


def test_a_batch_is_one_event_that_its_transactions_point_to(acme: Desk, shelf: Shelf, vault: Vault) -> None:
    """However many there are; a batch of one reads like a single posting."""
    draft = Record(account=shelf.cash.id, amount="1.00")
    with acme.books() as books:
        books.transactions.post_many([draft] * 3)
        event = books.audit.list().items[0]
        (alone,) = books.transactions.post_many([draft])
        single = books.audit.list().items[0]
    assert (event.action, event.object_type, event.payload) == (
        "transaction.post_many",
        "batch",
        {"transactions": 3},
    )
    assert (single.action, single.object_id) == ("transaction.post_many", alone.transaction_id)
    assert sum(repr(event.id) in row for row in vault.rows()["stronghold_transaction"]) == 3


# ------------------------------------------------------------------ what comes back


def test_what_a_posting_returns_is_what_is_stored(clerk: Desk, shelf: Shelf) -> None:
    """Every field, from either form of posting, with the running balance and version of each chained entry."""
    with clerk.books() as books:
        made = books.transactions.record(
            account=shelf.bank.id,
            amount="-2.00",
            category=shelf.food.id,
            on="2026-11-20",
            description=" Lunch ",
            payee="Café",
            note="one\n\ttwo",
            reference="r-9",
        )
        assert books.transactions.get(made.id) == made
        bank, food = made.entries
        assert (bank.account_id, bank.amount, bank.balance_after, bank.account_version) == (
            shelf.bank.id,
            Money(-200, "USD"),
            Money(9600, "USD"),
            4,
        )
        assert (food.amount, food.balance_after, food.account_version) == (Money(200, "USD"), None, None)
        assert (made.effective_date, made.description, made.note) == (YESTERDAY, "Lunch", "one\n\ttwo")


NASTY = [
    "NULL",
    "null",
    '"',
    "\\",
    "{",
    "}",
    ",",
    '{"a","b\\"}',
    "'",
    "''; --",
    "%s %(x)s",
    ":name",
    "é\n\t😀",
    "\\N",
    "()",
]


def test_words_come_back_as_they_were_written(clerk: Desk, shelf: Shelf) -> None:
    """Whatever they would mean to a database, in a batch as in a single posting."""
    with clerk.books() as books:
        for number, words in enumerate(NASTY):
            fields: Fields = {"description": words, "payee": words, "note": words, "reference": f"{number}{words}"}
            single = books.transactions.record(account=shelf.cash.id, amount="1.00", **fields)
            assert books.transactions.get(single.id).description == words
        drafts = [
            Record(account=shelf.cash.id, amount="1.00", description=words, payee=words, note=words, reference=words)
            for words in NASTY
        ]
        keyed = [Record(account=shelf.cash.id, amount="1.00", idempotency_key=words) for words in NASTY]
        made = [
            books.transactions.get(one.transaction_id)
            for one in books.transactions.post_many(drafts)
            if one.transaction_id is not None
        ]
        assert [(one.description, one.payee, one.note, one.reference) for one in made] == [(w, w, w, w) for w in NASTY]
        assert {one.outcome for one in books.transactions.post_many(keyed)} == {Outcome.POSTED}
        assert {one.outcome for one in books.transactions.post_many(keyed)} == {Outcome.REPLAYED}
        assert {type(one.error) for one in books.transactions.post_many(drafts, on_error="continue")} == {
            DuplicateReferenceError
        }


def test_amounts_and_balances_fill_63_bits(acme: Desk) -> None:
    """The largest amount goes in and out again, in currencies of any exponent, without losing a unit."""
    for name, currency in (("Dollar", "USD"), ("Yen", "JPY"), ("Dinar", "KWD")):
        account = open_account(acme, name, currency=currency)
        most = Money(MAX_MINOR, currency)
        record(acme, account=account.id, amount=most, on=YESTERDAY)
        with acme.books() as books:
            assert books.accounts.balance(account.id) == most
            books.transactions.record(account=account.id, amount=-most)
            assert books.accounts.balance(account.id) == Money(0, currency)
            assert books.verify().is_sound


def test_totals_that_would_pass_63_bits_refuse_the_posting(acme: Desk, vault: Vault) -> None:
    """Though every balance fits: what went in and out in a month is counted, too, and must fit; the unit goes on."""
    one, two = open_account(acme, "One"), open_account(acme, "Two")

    def move(source: AccountRecord, target: AccountRecord, minor: int) -> Callable[[Books], Any]:
        amount = Money(minor, "USD")
        return asking("transactions.transfer", from_account=source.id, to_account=target.id, amount=amount)

    with acme.books() as books:
        move(one, two, MAX_MINOR - 10)(books)
        move(two, one, MAX_MINOR - 10)(books)
    for minor in (10**6, 10**17):
        refused(acme, vault, AmountOverflowError, move(one, two, minor))
    with acme.books() as books:
        move(one, two, 10)(books)
        assert books.verify().is_sound

"""What a valid transaction is, and what posting does to accounts, decided without a database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from stronghold_core import Money, Post, Record, Split, StrongholdError, Transfer, get_currency
from stronghold_core.errors import (
    AccountClosedError,
    AmountOverflowError,
    AmountTypeError,
    BalanceLimitError,
    CategoryArchivedError,
    CurrencyMismatchError,
    DateOutOfRangeError,
    FutureDateError,
    InsufficientFundsError,
    InvalidInputError,
    LossyAmountError,
    SelfTransferError,
    TooManyEntriesError,
    UnbalancedError,
    ZeroAmountError,
)
from stronghold_core.ids import AccountId, CategoryId, new_id
from stronghold_core.ledger import AccountType, CategoryKind, Purpose, TransactionKind
from stronghold_core.ledger.accounts.records import AccountFacts
from stronghold_core.ledger.posting.records import AnyDraft, Draft
from stronghold_core.ledger.posting.rules import (
    Head,
    Line,
    Standing,
    Step,
    Touch,
    accounts_of,
    apply,
    check_date,
    check_lines,
    kind_of,
    lines_of,
    touches_of,
)
from stronghold_core.money import MAX_MINOR
from tests.support.ledger import TODAY, TOMORROW

if TYPE_CHECKING:
    from stronghold_core.ids import AnId
    from stronghold_core.money import AnAmount

USD, EUR = get_currency("USD"), get_currency("EUR")
FOOD, RENT = CategoryId(new_id()), CategoryId(new_id())


def account(currency: str = "USD", type: AccountType = AccountType.ASSET) -> AccountFacts:  # noqa: A002
    """Make the facts of an account."""
    return AccountFacts(
        id=AccountId(new_id()),
        type=type,
        purpose=Purpose.OWN,
        currency=get_currency(currency),
        is_chained=type in {AccountType.ASSET, AccountType.LIABILITY},
        category_id=None,
    )


BANK, CASH, EURO, REVENUE = account(), account(), account("EUR"), account(type=AccountType.INCOME)
FACTS = {one.id: one for one in (BANK, CASH, EURO, REVENUE)}


def standing(facts: AccountFacts = BANK, balance_minor: int = 0, **fields: Any) -> Standing:  # noqa: ANN401
    """Make an open account with that balance."""
    defaults: dict[str, Any] = {
        "name": "Bank",
        "status": "open",
        "version": 7,
        "held_minor": 0,
        "min_balance_minor": None,
        "max_balance_minor": None,
        "last_recorded_at": None,
    }
    return Standing(facts=facts, balance_minor=balance_minor, **(defaults | fields))


# ------------------------------------------------------------------ from a draft to lines


@pytest.mark.parametrize(("amount", "kind"), [("-12.00", CategoryKind.EXPENSE), (Decimal(12), CategoryKind.INCOME)])
def test_a_record_without_a_category_touches_the_uncategorised_one_of_its_sign(amount: Any, kind: CategoryKind) -> None:  # noqa: ANN401
    """What the account gains the category gives, and the other way round."""
    here, there = touches_of(Record(account=BANK.id, amount=amount), FACTS)
    assert here == Touch(BANK.id, 1200 if kind is CategoryKind.INCOME else -1200)
    assert there == Touch(Head(Purpose.CATEGORY, kind, USD), -here.amount_minor)


def test_a_record_touches_its_category_in_the_accounts_currency() -> None:
    """Whatever the sign: a refund comes back from the category that was spent on."""
    touches = touches_of(Record(account=EURO.id, amount=Money(5, "EUR"), category=FOOD), FACTS)
    assert touches == [Touch(EURO.id, 5), Touch(Head(Purpose.CATEGORY, FOOD, EUR), -5)]


def test_a_split_touches_each_category_with_its_share() -> None:
    """Shares have the sign of the whole; one of the other sign is a discount."""
    parts: list[tuple[AnId, AnAmount]] = [(FOOD, "-12.00"), (RENT, "+2")]
    touches = touches_of(Split(account=BANK.id, amount="-10.00", parts=parts), FACTS)
    assert touches == [
        Touch(BANK.id, -1000),
        Touch(Head(Purpose.CATEGORY, FOOD, USD), 1200),
        Touch(Head(Purpose.CATEGORY, RENT, USD), -200),
    ]


def test_a_split_that_does_not_add_up_names_the_difference() -> None:
    """The whole less the parts; it speaks of those, for whoever splits has never seen an entry."""
    parts = [(FOOD, "-9.99")]
    with pytest.raises(UnbalancedError, match=r"parts of a split.*differ by -0\.01 USD; correct a part") as caught:
        touches_of(Split(account=BANK.id, amount="-10.00", parts=parts), FACTS)
    assert caught.value.difference == Money(-1, "USD")


def test_a_transfer_between_currencies_says_what_arrives() -> None:
    """Nobody's rate is taken; the error names the argument that is missing, and what it counts."""
    lacking = Transfer(from_account=BANK.id, to_account=EURO.id, amount="1.00")
    with pytest.raises(CurrencyMismatchError, match=r"is in EUR.*say with to_amount how many EUR arrive"):
        touches_of(lacking, FACTS)


def test_a_split_has_a_part() -> None:
    """Without one there is no category at all."""
    with pytest.raises(InvalidInputError, match="at least one part"):
        touches_of(Split(account=BANK.id, amount="1.00", parts=()), FACTS)


@pytest.mark.parametrize("to_amount", [None, "3.00", Money(300, "USD")])
def test_a_transfer_within_a_currency_moves_one_amount(to_amount: Any) -> None:  # noqa: ANN401
    """What arrives may be said again, if it is the same."""
    draft = Transfer(from_account=BANK.id, to_account=CASH.id, amount="3.00", to_amount=to_amount)
    assert touches_of(draft, FACTS) == [Touch(BANK.id, -300), Touch(CASH.id, 300)]


def test_a_transfer_between_currencies_goes_through_a_trading_account_each() -> None:
    """So that each currency adds up to zero; the trading accounts hold the open position."""
    draft = Transfer(from_account=BANK.id, to_account=EURO.id, amount="3.00", to_amount="2.50")
    assert touches_of(draft, FACTS) == [
        Touch(BANK.id, -300),
        Touch(Head(Purpose.TRADING, None, USD), 300),
        Touch(Head(Purpose.TRADING, None, EUR), -250),
        Touch(EURO.id, 250),
    ]


@pytest.mark.parametrize(
    ("target", "amount", "to_amount", "error"),
    [
        (CASH, "3.00", "2.99", InvalidInputError),
        (CASH, "-3.00", None, InvalidInputError),
        (EURO, "3.00", None, CurrencyMismatchError),
        (EURO, "3.00", "-2.50", InvalidInputError),
        (EURO, "3.00", Money(250, "USD"), CurrencyMismatchError),
        (EURO, Money(300, "EUR"), "2.50", CurrencyMismatchError),
        (CASH, "3.001", None, LossyAmountError),
        (EURO, "3.00", "2.505", LossyAmountError),
    ],
)
def test_a_transfer_that_contradicts_itself_is_refused(
    target: AccountFacts,
    amount: Any,  # noqa: ANN401
    to_amount: Any,  # noqa: ANN401
    error: type[StrongholdError],
) -> None:
    """Two amounts of one currency, a negative one, one missing, or one of another currency."""
    draft = Transfer(from_account=BANK.id, to_account=target.id, amount=amount, to_amount=to_amount)
    with pytest.raises(error):
        touches_of(draft, FACTS)


def test_entries_touch_what_they_name_in_their_order() -> None:
    """Each amount is read in its own account's currency."""
    entries: list[tuple[AnId, AnAmount]] = [(EURO.id, "1.00"), (BANK.id, Money(-2, "USD"))]
    assert touches_of(Post(entries=entries), FACTS) == [Touch(EURO.id, 100), Touch(BANK.id, -2)]


@pytest.mark.parametrize(
    ("draft", "accounts", "kind"),
    [
        (Record(account=BANK.id, amount="1"), [BANK], TransactionKind.RECORD),
        (Split(account=BANK.id, amount="1", parts=()), [BANK], TransactionKind.RECORD),
        (Transfer(from_account=BANK.id, to_account=CASH.id, amount="1"), [BANK, CASH], TransactionKind.TRANSFER),
        (Post(entries=[(CASH.id, "1")]), [CASH], TransactionKind.POST),
    ],
)
def test_a_draft_names_its_accounts_and_its_kind(
    draft: AnyDraft, accounts: list[AccountFacts], kind: TransactionKind
) -> None:
    """A split is a record with several categories."""
    assert list(accounts_of(draft)) == [one.id for one in accounts]
    assert kind_of(draft) is kind


def test_lines_are_touches_with_their_accounts() -> None:
    """Heads are replaced by what they were resolved to."""
    head = Head(Purpose.TRADING, None, USD)
    lines = lines_of([Touch(BANK.id, 1), Touch(head, -1)], FACTS, {head: REVENUE})
    assert lines == [Line(BANK, 1), Line(REVENUE, -1)]


# ------------------------------------------------------------------ lines among themselves


def test_two_lines_that_add_up_are_a_transaction() -> None:
    """Also several on one account, and several currencies, each for itself; the limit itself is allowed."""
    check_lines([Line(BANK, 1), Line(CASH, -1)], max_entries=2, kind=TransactionKind.POST)
    check_lines([Line(BANK, 2), Line(BANK, -1), Line(CASH, -1)], max_entries=3, kind=TransactionKind.POST)
    two_currencies = [Line(BANK, 1), Line(CASH, -1), Line(EURO, 5), Line(account("EUR"), -5)]
    check_lines(two_currencies, max_entries=4, kind=TransactionKind.POST)


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ([], InvalidInputError),
        ([Line(BANK, 1)], InvalidInputError),
        ([Line(BANK, 1), Line(CASH, -2), Line(CASH, 1), Line(CASH, -1), Line(CASH, 1)], TooManyEntriesError),
        ([Line(BANK, 1), Line(BANK, -1)], SelfTransferError),
        ([Line(BANK, 0), Line(CASH, 0)], ZeroAmountError),
        ([Line(BANK, 1), Line(CASH, -1), Line(REVENUE, 0)], ZeroAmountError),
        ([Line(BANK, 2), Line(CASH, -1)], UnbalancedError),
        ([Line(BANK, 1), Line(EURO, -1)], UnbalancedError),
    ],
)
def test_lines_that_are_no_transaction_are_refused(lines: list[Line], error: type[StrongholdError]) -> None:
    """Too few, too many, all on one account, one of nothing, or not adding up in some currency."""
    with pytest.raises(error):
        check_lines(lines, max_entries=4, kind=TransactionKind.POST)


def test_money_that_came_or_went_did_not_come_from_its_own_account() -> None:
    """A record has one side that is its account, and others; who writes line by line may touch an account twice."""
    lines = [Line(BANK, -3), Line(CASH, 1), Line(BANK, 2)]
    check_lines(lines, max_entries=3, kind=TransactionKind.POST)
    check_lines([Line(BANK, -3), Line(CASH, 1), Line(CASH, 2)], max_entries=3, kind=TransactionKind.RECORD)
    with pytest.raises(SelfTransferError) as caught:
        check_lines(lines, max_entries=3, kind=TransactionKind.RECORD)
    assert caught.value.account_id == BANK.id


def test_an_unbalanced_transaction_names_the_difference_in_its_currency() -> None:
    """The first currency that does not add up."""
    lines = [Line(BANK, 1), Line(CASH, -1), Line(EURO, 5), Line(EURO, -2)]
    with pytest.raises(UnbalancedError) as caught:
        check_lines(lines, max_entries=9, kind=TransactionKind.POST)
    assert caught.value.difference == Money(3, "EUR")


@pytest.mark.parametrize(("day", "ahead"), [(date(1900, 1, 1), 0), (TODAY, 0), (TOMORROW, 1)])
def test_a_day_from_1900_to_today_and_the_days_ahead_is_allowed(day: date, ahead: int) -> None:
    """Both ends belong to it."""
    check_date(day, today=TODAY, days_ahead=ahead)


def test_a_day_before_1900_or_after_the_last_one_allowed_is_refused() -> None:
    """The errors name the ends."""
    with pytest.raises(DateOutOfRangeError) as early:
        check_date(date(1899, 12, 31), today=TODAY, days_ahead=0)
    assert early.value.earliest == date(1900, 1, 1)
    with pytest.raises(FutureDateError) as late:
        check_date(date(2026, 11, 23), today=TODAY, days_ahead=1)
    assert late.value.latest == TOMORROW


# ------------------------------------------------------------------ lines against accounts


def test_a_closed_account_refuses_whatever_it_is() -> None:
    """Chained or not; it is named as people named it, and behind a category it is the category that is archived."""
    behind = REVENUE._replace(purpose=Purpose.CATEGORY, category_id=FOOD)
    for facts, error in ((BANK, AccountClosedError), (REVENUE, AccountClosedError), (behind, CategoryArchivedError)):
        with pytest.raises(error, match="'Old bank'"):
            standing(facts, status="closed", name="Old bank").check(1)


def test_an_account_may_reach_its_limits_and_not_pass_them() -> None:
    """At either end, to the cent; what is held counts as gone at the lower end only."""
    standing(balance_minor=10, min_balance_minor=0, max_balance_minor=20).check(10)
    standing(balance_minor=10, min_balance_minor=0, max_balance_minor=20).check(-10)
    standing(balance_minor=10, held_minor=4, min_balance_minor=0).check(-6)
    standing(balance_minor=10, held_minor=4, max_balance_minor=20).check(10)
    with pytest.raises(BalanceLimitError) as above:
        standing(balance_minor=10, max_balance_minor=20).check(11)
    assert above.value.attributes() == {
        "name": "Bank",
        "balance": Money(21, "USD"),
        "headroom": Money(10, "USD"),
        "requested": Money(11, "USD"),
        "max_balance": Money(20, "USD"),
    }
    with pytest.raises(InsufficientFundsError) as below:
        standing(balance_minor=10, held_minor=4, min_balance_minor=-2).check(-9)
    assert below.value.attributes() == {
        "name": "Bank",
        "available": Money(6, "USD"),
        "headroom": Money(8, "USD"),
        "requested": Money(9, "USD"),
        "min_balance": Money(-2, "USD"),
    }


def test_an_account_beyond_its_limits_may_move_back_towards_them() -> None:
    """Even if it stays beyond; away from them it may not move by a cent, and nothing can be taken."""
    standing(balance_minor=-10, min_balance_minor=0).check(1)
    standing(balance_minor=30, max_balance_minor=20).check(-1)
    with pytest.raises(InsufficientFundsError) as caught:
        standing(balance_minor=-10, min_balance_minor=0).check(-1)
    assert (caught.value.available, caught.value.headroom) == (Money(-10, "USD"), Money(0, "USD"))
    with pytest.raises(BalanceLimitError):
        standing(balance_minor=30, max_balance_minor=20).check(1)


def test_a_balance_fills_63_bits_and_no_more() -> None:
    """On either side; an account without a chain keeps no balance that could overflow here."""
    standing(balance_minor=MAX_MINOR - 1).check(1)
    standing(balance_minor=1 - MAX_MINOR).check(-1)
    standing(REVENUE, balance_minor=0).check(MAX_MINOR)
    for sign in (1, -1):
        with pytest.raises(AmountOverflowError, match="Bank"):
            standing(balance_minor=sign * MAX_MINOR).check(sign)


def test_only_an_account_with_a_limit_has_limits() -> None:
    """Either one is enough."""
    assert not standing().has_limits
    assert standing(min_balance_minor=0).has_limits
    assert standing(max_balance_minor=0).has_limits


def test_lines_move_balance_and_version_one_after_another() -> None:
    """Each step says what its line led to; accounts without a chain have neither."""
    bank, revenue = standing(balance_minor=100), standing(REVENUE, version=0)
    lines = [Line(BANK, 5), Line(REVENUE, -3), Line(BANK, -2)]
    steps = apply(lines, {BANK.id: bank, REVENUE.id: revenue})
    assert steps == [Step(lines[0], 105, 8), Step(lines[1], None, None), Step(lines[2], 103, 9)]
    assert (bank.balance_minor, bank.version) == (103, 9)
    assert (revenue.balance_minor, revenue.version) == (0, 0)


def test_limits_hold_for_what_the_transaction_does_as_a_whole() -> None:
    """The order of its lines does not matter: through the limit and back again is no breach."""
    bank = standing(balance_minor=0, min_balance_minor=0)
    steps = apply([Line(BANK, -5), Line(BANK, 5), Line(CASH, 0)], {BANK.id: bank, CASH.id: standing(CASH)})
    assert [step.balance_after_minor for step in steps[:2]] == [-5, 0]


@pytest.mark.parametrize(
    ("bank", "cash"),
    [
        ({"balance_minor": 0}, {"min_balance_minor": 0}),
        ({"balance_minor": 0}, {"status": "closed"}),
        ({"balance_minor": MAX_MINOR - 4}, {"balance_minor": 5}),
    ],
)
def test_lines_that_are_refused_leave_every_account_as_it_stood(bank: dict[str, Any], cash: dict[str, Any]) -> None:
    """By a limit, a closed account, or a running balance that overflows half way."""
    standings = {BANK.id: standing(BANK, **bank), CASH.id: standing(CASH, **cash)}
    before = {key: (one.balance_minor, one.version) for key, one in standings.items()}
    with pytest.raises(StrongholdError):
        apply([Line(BANK, 5), Line(CASH, -5), Line(BANK, -5), Line(CASH, 5), Line(CASH, -1), Line(BANK, 1)], standings)
    assert {key: (one.balance_minor, one.version) for key, one in standings.items()} == before


# ------------------------------------------------------------------ the forms themselves


@pytest.mark.parametrize("amount", [1.5, 12, True, None, b"1"])
def test_an_amount_is_text_a_decimal_or_money(amount: Any) -> None:  # noqa: ANN401
    """A float has lost its cents already, and a bare number might mean either unit."""
    with pytest.raises((AmountTypeError, TypeError)):
        Record(account=BANK.id, amount=amount)


@pytest.mark.parametrize("on", ["2026-11-01", date(2026, 11, 1)])
def test_a_day_is_a_date_or_its_iso_text(on: Any) -> None:  # noqa: ANN401
    """As it comes out of a JSON body."""
    assert Draft(on=on).on == date(2026, 11, 1)

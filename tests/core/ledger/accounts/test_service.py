"""The verbs of `books.accounts`, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from stronghold_core import DateRange, ManualClock, Money, StrongholdError
from stronghold_core.errors import (
    AccountClosedError,
    AccountNotEmptyError,
    AmountOverflowError,
    AmountTypeError,
    BalanceLimitError,
    DateOutOfRangeError,
    DuplicateNameError,
    FutureDateError,
    InsufficientFundsError,
    InvalidCursorError,
    InvalidInputError,
    LossyAmountError,
    NotFoundError,
    UnknownCurrencyError,
    WithdrawnCurrencyError,
)
from stronghold_core.ledger import AccountStatus, AccountType, Purpose, TransactionKind
from tests.support.ledger import TODAY, TOMORROW, YESTERDAY, actions, asking, balance, open_account, record
from tests.support.rows import Vault, refused

if TYPE_CHECKING:
    from stronghold_core import Books
    from tests.support.stronghold import Desk

BAD_FIELDS: list[tuple[dict[str, Any], type[StrongholdError]]] = [
    ({"name": " "}, InvalidInputError),
    ({"name": "x" * 201}, InvalidInputError),
    ({"name": "a\x00b"}, InvalidInputError),
    ({"name": "bell\x07"}, InvalidInputError),
    ({"name": 7}, InvalidInputError),
    ({"external_reference": "x" * 201}, InvalidInputError),
    ({"external_reference": "a\x00b"}, InvalidInputError),
    ({"type": "income"}, InvalidInputError),
    ({"type": "bank"}, InvalidInputError),
    ({"subtype": "credit_card"}, InvalidInputError),
    ({"currency": "QQQ"}, UnknownCurrencyError),
    ({"currency": "BGN"}, WithdrawnCurrencyError),
    ({"min_balance": 0.0}, AmountTypeError),
    ({"min_balance": "1", "max_balance": "0"}, InvalidInputError),
    ({"type": "equity", "min_balance": "0"}, InvalidInputError),
    ({"opening_balance": 12.5}, AmountTypeError),
    ({"opening_balance": "0.001"}, LossyAmountError),
    ({"opening_balance": "92233720368547758.08"}, AmountOverflowError),
    ({"opening_balance": "1.00", "opened_on": TOMORROW}, FutureDateError),
    ({"opening_balance": "1.00", "opened_on": date(1899, 12, 31)}, DateOutOfRangeError),
    ({"opening_balance": "1.00", "opened_on": datetime(2026, 11, 1, 12, tzinfo=UTC)}, InvalidInputError),
    ({"opened_on": "2026-11-31"}, InvalidInputError),
    ({"opening_balance": "-0.01", "min_balance": "0"}, InsufficientFundsError),
    ({"opening_balance": "10.01", "max_balance": "10"}, BalanceLimitError),
]


def test_an_account_opens_in_the_base_currency_with_nothing_in_it(acme: Desk) -> None:
    """Only name and type must be given; the record says everything else."""
    bank = open_account(acme, "  Business checking ", subtype="checking")
    assert (bank.name, bank.type, bank.subtype) == ("Business checking", AccountType.ASSET, "checking")
    assert (bank.currency, bank.purpose, bank.status) == ("USD", Purpose.OWN, AccountStatus.OPEN)
    assert bank.balance == bank.natural_balance == bank.available == bank.held == Money(0, "USD")
    assert (bank.min_balance, bank.max_balance, bank.external_reference, bank.category_id) == (None, None, None, None)
    assert bank.created_at == datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_an_account_has_one_currency_and_limits_in_it(acme: Desk) -> None:
    """A card in yen, which has no decimals, with a limit and the host's own key."""
    card = open_account(
        acme, "Card", "liability", currency="JPY", subtype="credit_card", min_balance="-5000", external_reference="c-1"
    )
    assert (card.min_balance, card.max_balance) == (Money(-5000, "JPY"), None)
    assert card.external_reference == "c-1"


def test_an_opening_balance_is_posted_against_opening_balances(acme: Desk) -> None:
    """It is a transaction like any other, dated when the account was opened, with an equity account opposite."""
    loan = open_account(acme, "Loan", "liability", opening_balance="-1000.00", opened_on=date(2026, 1, 31))
    assert (loan.balance, loan.natural_balance) == (Money(-100_000, "USD"), Money(100_000, "USD"))
    with acme.books() as books:
        (opening,) = books.transactions.list().items
        assert (opening.kind, opening.effective_date) == (TransactionKind.OPENING, date(2026, 1, 31))
        other = books.accounts.get(opening.entries[1].account_id)
        assert (other.purpose, other.type, other.balance) == (
            Purpose.OPENING,
            AccountType.EQUITY,
            Money(100_000, "USD"),
        )
        assert books.accounts.balance(loan.id, on=date(2026, 1, 30)) == Money(0, "USD")
        assert books.verify().is_sound


@pytest.mark.parametrize("nothing", ["0", "-0.00", Money(0, "USD")], ids=str)
def test_an_opening_balance_of_zero_is_none(acme: Desk, nothing: str | Money) -> None:
    """A form sends it where nobody filled anything in: the account opens, and nothing is posted."""
    bank = open_account(acme, opening_balance=nothing)
    with acme.books() as books:
        assert len(books.transactions.list()) == 0
        assert books.audit.list()[0].payload == {"name": "Bank", "type": "asset", "currency": "USD"}
    assert (bank.balance, balance(acme, bank)) == (Money(0, "USD"), "0.00")


def test_all_opening_balances_of_a_currency_stand_against_one_account(acme: Desk) -> None:
    """A second account, also in another unit, meets the same opposite account; another currency has its own."""
    for name, currency in (("A", "USD"), ("B", "USD"), ("C", "EUR")):
        open_account(acme, name, currency=currency, opening_balance="1.00")
    with acme.books() as books:
        opposite = {
            entry.account_id for one in books.transactions.list().items for entry in one.entries if entry.line == 2
        }
    assert len(opposite) == 2


def test_an_equity_account_may_have_an_opening_balance(acme: Desk) -> None:
    """Its balance is the sum of its totals, credit first: capital of 100 reads as 100."""
    capital = open_account(acme, "Capital", "equity", subtype="capital", opening_balance="-100.00")
    assert (capital.balance, capital.natural_balance) == (Money(-10_000, "USD"), Money(10_000, "USD"))


def test_opening_an_account_is_one_command(acme: Desk, vault: Vault) -> None:
    """One audit event, with the opening balance in it; the opening transaction points to that event."""
    bank = open_account(acme, opening_balance="5.00")
    with acme.books() as books:
        event = books.audit.list().items[0]
        assert (event.action, event.object_type, event.object_id) == ("account.open", "account", bank.id)
        assert event.payload == {"name": "Bank", "type": "asset", "currency": "USD", "opening_balance": "5.00 USD"}
    assert actions(acme) == ["tenant.create", "account.open"]
    assert repr(event.id) in vault.rows()["stronghold_transaction"][0]


def test_a_bad_field_opens_nothing(acme: Desk, vault: Vault, subtests: pytest.Subtests) -> None:
    """Each is refused with an error of its own, though the block goes on and commits."""
    before = vault.rows()
    with acme.books() as books:
        for fields, error in BAD_FIELDS:
            with subtests.test(fields=fields), pytest.raises(error):
                books.accounts.open(**{"name": "B", "type": "asset"} | fields)
    assert vault.rows() == before


def test_after_a_refused_opening_balance_the_next_one_is_posted(acme: Desk) -> None:
    """The opposite account that the refused opening made is gone with it, and is made again."""
    with acme.books() as books:
        with pytest.raises(FutureDateError):
            books.accounts.open(name="Bank", type="asset", opening_balance="1.00", opened_on=TOMORROW)
        books.accounts.open(name="Bank", type="asset", opening_balance="2.00")
    open_account(acme, "Cash", opening_balance="3.00")
    with acme.books() as books:
        assert books.verify().is_sound


def test_a_withdrawn_currency_may_be_opened_on_a_day_it_existed(acme: Desk) -> None:
    """Old books can be taken over: the lev's last day was 31 January 2026."""
    assert open_account(acme, currency="BGN", opened_on=date(2026, 1, 31)).currency == "BGN"


@pytest.mark.parametrize("taken", ["name", "external_reference"])
def test_a_name_and_a_reference_are_taken_once(acme: Desk, vault: Vault, taken: str) -> None:
    """Also by a closed account, and also in another notation of the same letters (NFC)."""
    bank = open_account(acme, "Café", external_reference="Café")
    with acme.books() as books:
        books.accounts.close(bank.id)
    again = {"name": "Other", "external_reference": "other", taken: "Cafe\u0301"}
    error = refused(acme, vault, DuplicateNameError, asking("accounts.open", type="asset", **again))
    assert error.name == "Café"
    assert str(error) == (
        f"Another account has the {taken.replace('_', ' ')} 'Café': it is closed; reopen it with "
        "books.accounts.reopen(…), or choose another one."
    )
    with acme.books() as books:
        books.accounts.reopen(bank.id)
    error = refused(acme, vault, DuplicateNameError, asking("accounts.open", type="asset", **again))
    assert str(error) == f"Another account has the {taken.replace('_', ' ')} 'Café': choose another one, or use that."


def test_tenants_may_use_the_same_names(acme: Desk, rival: Desk) -> None:
    """Uniqueness ends at the tenant's wall, and tells nothing across it."""
    ours = open_account(acme, "Bank", external_reference="1")
    theirs = open_account(rival, "Bank", external_reference="1")
    assert ours.id != theirs.id


def test_an_account_is_found_by_name_or_by_reference(acme: Desk) -> None:
    """In whatever notation; none if there is none; the engine's own accounts are not found by name."""
    cafe = open_account(acme, "Café", external_reference="Ré-1", opening_balance="1.00")
    with acme.books(read_only=True) as books:
        assert books.accounts.find(name=" Cafe\u0301 ") == cafe
        assert books.accounts.find(external_reference="Re\u0301-1") == cafe
        assert books.accounts.find(name="café") is None
        assert books.accounts.find(name="Opening balances USD") is None
        assert books.accounts.find(external_reference="2") is None


@pytest.mark.parametrize(
    "names",
    [
        {},
        {"name": "Bank", "external_reference": "1"},
        {"name": "a\x00b"},
        {"name": ""},
        {"external_reference": " "},
    ],
)
def test_a_search_needs_exactly_one_name(acme: Desk, names: dict[str, str]) -> None:
    """Neither, both, an empty one and one that no database could hold are refused."""
    open_account(acme)
    with acme.books(read_only=True) as books, pytest.raises(InvalidInputError):
        books.accounts.find(**names)


def test_accounts_are_listed_by_name_with_their_balances(acme: Desk) -> None:
    """Chained and nominal ones alike; the engine's own are left out, and closed ones unless they are asked for."""
    open_account(acme, "B", opening_balance="2.00")
    open_account(acme, "C", "equity", opening_balance="-7.00")
    open_account(acme, "D", "equity")
    closed = open_account(acme, "A")
    with acme.books() as books:
        books.accounts.close(closed.id)
        listed = books.accounts.list().items
        assert [(one.name, one.balance.minor) for one in listed] == [("B", 200), ("C", -700), ("D", 0)]
        assert [one.name for one in books.accounts.list(status=None).items] == ["A", "B", "C", "D"]
        assert [one.name for one in books.accounts.list(status="closed").items] == ["A"]


@pytest.mark.parametrize(
    ("conditions", "names"),
    [
        ({"type": "liability"}, ["Visa"]),
        ({"type": "asset", "subtype": "checking"}, ["Übersee-Konto"]),
        ({"currency": "EUR"}, ["Übersee-Konto"]),
        ({"text": "übersee"}, ["Übersee-Konto"]),
        ({"text": "ÜBERSEE"}, ["Übersee-Konto"]),
        ({"text": "7*"}, ["Bank"]),
        ({"text": "%"}, []),
        ({"text": "a", "type": "asset", "currency": "USD"}, ["Bank"]),
        ({"text": " "}, ["Bank", "Visa", "Übersee-Konto"]),
        ({"type": "equity"}, []),
    ],
    ids=["type", "subtype", "currency", "text", "capitals", "reference", "sign", "all of them", "nothing", "none such"],
)
def test_a_list_of_accounts_holds_those_for_which_every_condition_is_true(
    acme: Desk, conditions: dict[str, Any], names: list[str]
) -> None:
    """Text is found in names and external references, capitals or not, and its signs stand for themselves."""
    open_account(acme, "Bank", external_reference="acc-7*1")
    open_account(acme, "Visa", "liability", subtype="credit_card")
    open_account(acme, "Übersee-Konto", subtype="checking", currency="EUR")
    with acme.books() as books:
        assert sorted(one.name for one in books.accounts.list(**conditions)) == names


@pytest.mark.parametrize(
    ("conditions", "error"),
    [
        ({"type": "income"}, InvalidInputError),
        ({"status": "archived"}, InvalidInputError),
        ({"text": 7}, InvalidInputError),
        ({"currency": "QQQ"}, UnknownCurrencyError),
    ],
    ids=["type", "status", "text", "currency"],
)
def test_a_condition_that_cannot_be_meant_is_refused(
    acme: Desk, conditions: dict[str, Any], error: type[Exception]
) -> None:
    """It would find nothing, which is not what its writer wants to know."""
    with acme.books() as books, pytest.raises(error):
        books.accounts.list(**conditions)


def test_pages_of_accounts_go_on_after_the_last_name_seen(acme: Desk) -> None:
    """An account that comes in between two pages is neither repeated nor does it hide another one."""
    for name in "bdfh":
        open_account(acme, name)
    with acme.books() as books:
        first = books.accounts.list(limit=2)
        books.accounts.open(name="a", type="asset")
        books.accounts.open(name="e", type="asset")
        second = books.accounts.list(limit=2, after=first.next_cursor)
        third = books.accounts.list(limit=2, after=second.next_cursor)
    assert ["".join(one.name for one in page.items) for page in (first, second, third)] == ["bd", "ef", "h"]
    assert third.next_cursor is None


def test_a_cursor_of_another_list_or_tenant_is_refused(acme: Desk, rival: Desk) -> None:
    """It would continue somewhere else than its holder thinks."""
    for desk in (acme, rival):
        for name in "ab":
            open_account(desk, name)
    with acme.books() as books:
        cursor = books.accounts.list(limit=1).next_cursor
        with pytest.raises(InvalidCursorError):
            books.accounts.list(limit=1, status=None, after=cursor)
        with pytest.raises(InvalidCursorError):
            books.accounts.list(limit=1, after="nonsense")
    with rival.books() as books, pytest.raises(InvalidCursorError):
        books.accounts.list(limit=1, after=cursor)


@pytest.mark.parametrize("limit", [0, 501, True, "10"])
def test_a_page_has_one_to_five_hundred_rows(acme: Desk, limit: Any) -> None:  # noqa: ANN401 - what callers pass
    """More would be a dump, fewer would be nothing."""
    with acme.books(read_only=True) as books, pytest.raises(InvalidInputError):
        books.accounts.list(limit=limit)


def test_renaming_keeps_everything_else(acme: Desk) -> None:
    """The name changes at once in lists and searches; the audit log keeps both."""
    bank = open_account(acme)
    with acme.books() as books:
        renamed = books.accounts.rename(bank.id, name=" House bank ")
        assert renamed == bank.model_copy(update={"name": "House bank"})
        assert books.accounts.find(name="Bank") is None
        event = books.audit.list().items[0]
        assert (event.action, event.object_id) == ("account.rename", bank.id)
        assert event.payload == {"before": "Bank", "after": "House bank"}


def test_an_account_is_not_renamed_to_a_name_that_is_taken_or_cannot_be(acme: Desk, vault: Vault) -> None:
    """The account keeps its name, also inside the unit that saw the refusal."""
    open_account(acme, "Cash")
    bank = open_account(acme)
    for name, error in (("Cash", DuplicateNameError), ("", InvalidInputError), ("\x1b", InvalidInputError)):
        refused(acme, vault, error, asking("accounts.rename", bank.id, name=name))
    with acme.books() as books:
        with pytest.raises(DuplicateNameError):
            books.accounts.rename(bank.id, name="Cash")
        assert books.accounts.get(bank.id) == bank


def test_accounts_of_the_engine_follow_their_category_only(acme: Desk, vault: Vault) -> None:
    """They can be read like any other, and changed by no verb on accounts."""
    bank = open_account(acme)
    entry = record(acme, account=bank.id, amount="-1.00").entries[1]
    with acme.books() as books:
        behind = books.accounts.get(entry.account_id)
        assert (behind.name, behind.purpose, behind.type) == ("Uncategorised", Purpose.CATEGORY, AccountType.EXPENSE)
        assert behind.category_id is not None
        assert behind.balance == behind.natural_balance == Money(100, "USD")
    attempts = (
        asking("accounts.rename", behind.id, name="x"),
        asking("accounts.close", behind.id),
        asking("accounts.reopen", behind.id),
        asking("accounts.set_limits", behind.id, min_balance=None, max_balance=None),
    )
    for attempt in attempts:
        refused(acme, vault, InvalidInputError, attempt)


def test_limits_are_set_and_lifted(acme: Desk) -> None:
    """Both at once; none lifts a limit; the audit log says what holds from now on."""
    bank = open_account(acme, max_balance="9.00")
    with acme.books() as books:
        limited = books.accounts.set_limits(bank.id, min_balance="-10.00", max_balance=None)
        assert (limited.min_balance, limited.max_balance) == (Money(-1000, "USD"), None)
        event = books.audit.list().items[0]
        assert (event.action, event.payload) == ("account.set_limits", {"min_balance": "-10.00 USD"})
        lifted = books.accounts.set_limits(bank.id, min_balance=None, max_balance=None)
        assert (lifted.min_balance, lifted.max_balance) == (None, None)


def test_a_limit_that_is_left_out_stays(acme: Desk, vault: Vault) -> None:
    """Each may be set, or lifted, without a word about the other; the audit log shows what holds."""
    bank = open_account(acme, min_balance="-10.00", max_balance="9.00")
    with acme.books() as books:
        raised = books.accounts.set_limits(bank.id, max_balance="20.00")
        assert (raised.min_balance, raised.max_balance) == (Money(-1000, "USD"), Money(2000, "USD"))
        assert books.audit.list().items[0].payload == {"min_balance": "-10.00 USD", "max_balance": "20.00 USD"}
        lifted = books.accounts.set_limits(bank.id, min_balance=None)
        assert (lifted.min_balance, lifted.max_balance) == (None, Money(2000, "USD"))
    contradiction = asking("accounts.set_limits", bank.id, min_balance="20.01")
    assert refused(acme, vault, InvalidInputError, contradiction).field == "min_balance"


def test_limits_of_which_none_is_given_are_no_change(acme: Desk, vault: Vault) -> None:
    """Nothing is written, the audit log included."""
    bank = open_account(acme, min_balance="-10.00")
    before = vault.rows()
    with acme.books() as books:
        assert books.accounts.set_limits(bank.id) == bank
    assert vault.rows() == before


def test_limits_that_contradict_each_other_are_refused(acme: Desk, vault: Vault) -> None:
    """As when the account was opened; and equity has none."""
    bank, capital = open_account(acme, min_balance="0"), open_account(acme, "Capital", "equity")

    def set_limits(account: Any, low: Any, high: Any) -> Any:  # noqa: ANN401 - what callers pass
        return asking("accounts.set_limits", account, min_balance=low, max_balance=high)

    refused(acme, vault, InvalidInputError, set_limits(bank.id, "2.00", "1.00"))
    refused(acme, vault, AmountTypeError, set_limits(bank.id, 1.5, None))
    refused(acme, vault, InvalidInputError, set_limits(capital.id, "0", None))


def test_an_account_beyond_a_new_limit_may_only_move_back_towards_it(acme: Desk, vault: Vault) -> None:
    """Setting the limit changes no money; from then on only payments in the right direction pass, at either end."""
    low = open_account(acme, "Low", opening_balance="-5.00")
    high = open_account(acme, "High", opening_balance="5.00")
    with acme.books() as books:
        books.accounts.set_limits(low.id, min_balance="0", max_balance=None)
        books.accounts.set_limits(high.id, min_balance=None, max_balance="0")
        books.transactions.record(account=low.id, amount="1.00")
        books.transactions.record(account=high.id, amount="-1.00")
    down = refused(acme, vault, InsufficientFundsError, asking("transactions.record", account=low.id, amount="-0.01"))
    up = refused(acme, vault, BalanceLimitError, asking("transactions.record", account=high.id, amount="0.01"))
    assert (down.headroom, down.requested, down.min_balance) == (Money(0, "USD"), Money(1, "USD"), Money(0, "USD"))
    assert (up.balance, up.max_balance) == (Money(401, "USD"), Money(0, "USD"))
    assert (up.headroom, up.requested) == (Money(0, "USD"), Money(1, "USD"))
    with acme.books(read_only=True) as books:
        assert [one.headroom for one in books.accounts.list()] == [None, Money(0, "USD")]
    assert (balance(acme, low), balance(acme, high)) == ("-4.00", "4.00")


def test_what_is_available_is_the_same_in_a_record_and_in_a_refusal(acme: Desk, vault: Vault) -> None:
    """The balance less what is held, whatever the limit; how much of it may go is a figure of its own."""
    card = open_account(acme, "Card", "liability", opening_balance="-3.00", min_balance="-10.00")
    vault.tamper("UPDATE stronghold_account SET held_minor = 50 WHERE id = :id", id=card.id)
    with acme.books(read_only=True) as books:
        shown = books.accounts.get(card.id)
    assert (shown.held, shown.available, shown.headroom) == (Money(50, "USD"), Money(-350, "USD"), Money(650, "USD"))
    error = refused(acme, vault, InsufficientFundsError, asking("transactions.record", account=card.id, amount="-6.51"))
    assert (error.available, error.headroom) == (shown.available, shown.headroom)
    assert record(acme, account=card.id, amount=-error.headroom).entries[0].balance_after == Money(-950, "USD")


def test_nothing_may_leave_a_closed_account_whatever_its_limits(acme: Desk) -> None:
    """Not even what its overdraft would let out, as long as it is closed."""
    opened = [open_account(acme, "Card", min_balance="-500.00"), open_account(acme, "Cash")]
    with acme.books() as books:
        closed = [books.accounts.close(account.id) for account in opened]
        reopened = [books.accounts.reopen(account.id) for account in opened]
    assert [account.headroom for account in closed] == [Money(0, "USD"), Money(0, "USD")]
    assert [account.headroom for account in reopened] == [Money(500_00, "USD"), None]


def test_only_an_empty_account_closes(acme: Desk, vault: Vault) -> None:
    """The refusal names what is left; once that is moved away the account closes, and keeps its history."""
    bank = open_account(acme, opening_balance="3.00")
    error = refused(acme, vault, AccountNotEmptyError, asking("accounts.close", bank.id))
    assert (error.name, error.balance) == ("Bank", Money(300, "USD"))
    record(acme, account=bank.id, amount="-3.00")
    with acme.books() as books:
        assert books.accounts.close(bank.id).status is AccountStatus.CLOSED
        assert len(books.accounts.history(bank.id).items) == 2
    assert actions(acme)[-1] == "account.close"


def test_money_that_is_held_keeps_an_account_open(acme: Desk, vault: Vault) -> None:
    """A balance of zero is not empty while something is reserved on it."""
    bank = open_account(acme)
    vault.tamper("UPDATE stronghold_account SET held_minor = 5 WHERE id = :id", id=bank.id)
    refused(acme, vault, AccountNotEmptyError, asking("accounts.close", bank.id))


def test_an_equity_account_closes_only_empty_as_well(acme: Desk, vault: Vault) -> None:
    """Its balance is the sum of its totals, and what was paid in is somebody's; it goes to another account first."""
    capital = open_account(acme, "Capital", "equity", opening_balance="-10.00")
    heirs = open_account(acme, "Heirs", "equity")
    error = refused(acme, vault, AccountNotEmptyError, asking("accounts.close", capital.id))
    assert (error.name, error.balance) == ("Capital", Money(-1000, "USD"))
    with acme.books() as books:
        books.transactions.post([(capital.id, "10.00"), (heirs.id, "-10.00")])
        closed = books.accounts.close(capital.id)
    assert (closed.status, closed.balance) == (AccountStatus.CLOSED, Money(0, "USD"))


def test_a_closed_account_takes_entries_again_once_it_is_reopened(acme: Desk, vault: Vault) -> None:
    """Closed, it refuses by name; reopened, it is as before."""
    bank = open_account(acme)
    record(acme, account=bank.id, amount="1.00")
    record(acme, account=bank.id, amount="-1.00")
    with acme.books() as books:
        books.accounts.close(bank.id)
    error = refused(acme, vault, AccountClosedError, asking("transactions.record", account=bank.id, amount="1.00"))
    assert error.name == "Bank"
    with acme.books() as books:
        assert books.accounts.reopen(bank.id).status is AccountStatus.OPEN
    record(acme, account=bank.id, amount="1.00")
    assert (balance(acme, bank), actions(acme)[-2]) == ("1.00", "account.reopen")


def test_a_balance_is_asked_for_now_on_a_day_or_at_an_instant(acme: Desk, clock: ManualClock) -> None:
    """What was recorded later, also for an earlier day, is not in the balance as it was recorded before."""
    bank = open_account(acme, opening_balance="10.00", opened_on=date(2026, 9, 30))
    clock.advance(timedelta(hours=1))
    before = clock.now()
    clock.advance(timedelta(hours=1))
    back_dated = record(acme, account=bank.id, amount="5.00", on=date(2026, 10, 1))
    head = back_dated.entries[1].account_id
    with acme.books() as books:
        read = books.accounts.balance
        assert read(bank.id) == Money(1500, "USD")
        assert read(bank.id, on=date(2026, 9, 29)) == Money(0, "USD")
        assert read(bank.id, on=date(2026, 9, 30)) == Money(1000, "USD")
        assert read(bank.id, on=date(2026, 10, 1)) == Money(1500, "USD")
        assert read(bank.id, recorded_at=before) == Money(1000, "USD")
        assert read(bank.id, recorded_at=before - timedelta(days=1)) == Money(0, "USD")
        assert read(bank.id, recorded_at=before + timedelta(days=1)) == Money(1500, "USD")
        assert read(head) == read(head, on=TODAY) == Money(-500, "USD")
        assert read(head, recorded_at=before) == read(head, on=date(2026, 9, 30)) == Money(0, "USD")


@pytest.mark.parametrize(
    "moment",
    [
        {"on": TODAY, "recorded_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"recorded_at": datetime(2026, 1, 1)},  # noqa: DTZ001 - the mistake that is meant
        {"on": datetime(2026, 11, 21, 23, tzinfo=UTC)},
        {"on": "the 21st"},
        {"recorded_at": "2026-11-21T12:00:00"},
        {"recorded_at": "noon"},
    ],
)
def test_a_balance_has_one_moment_that_can_be_understood(acme: Desk, moment: dict[str, Any]) -> None:
    """Two moments, an instant without a zone, and a timestamp in the place of a day are refused."""
    bank = open_account(acme)
    with acme.books(read_only=True) as books, pytest.raises(InvalidInputError):
        books.accounts.balance(bank.id, **moment)


def test_days_and_instants_may_be_text(acme: Desk) -> None:
    """As they come out of a URL: every verb that takes a date takes ISO text as well."""
    bank = open_account(acme, opening_balance="10.00", opened_on="2026-11-02")
    paid = record(acme, account=bank.id, amount="-1.00", on="2026-11-04")
    with acme.books() as books:
        assert books.accounts.balance(bank.id, on="2026-11-01") == Money(0, "USD")
        assert books.accounts.balance(bank.id, on="2026-11-02") == Money(1000, "USD")
        assert books.accounts.balance(bank.id, recorded_at="2026-11-21T13:00:00+01:00") == Money(900, "USD")
        assert books.accounts.balance(bank.id, recorded_at="2026-11-21T11:59:59Z") == Money(0, "USD")
        (row,) = books.accounts.history(bank.id, first="2026-11-03", last="2026-11-04").items
        (found,) = books.transactions.list(first="2026-11-03", last="2026-11-04").items
        assert row.transaction_id == found.id == paid.id
        assert books.transactions.reverse(paid.id, on="2026-11-05").effective_date == date(2026, 11, 5)
        (dollars,) = books.dashboard.overview(DateRange("2026-11-01", "2026-11-04")).currencies
        assert dollars.expenses == Money(100, "USD")
        assert books.transactions.forget_keys(used_before="2026-11-01T00:00:00Z") == 0


@pytest.mark.parametrize(
    "asked",
    [{"first": datetime(2026, 11, 1, tzinfo=UTC)}, {"last": "2026-11-31"}, {"limit": 0}, {"limit": 501}],
    ids=str,
)
def test_a_history_is_asked_for_by_days_and_pages(acme: Desk, asked: dict[str, Any]) -> None:
    """A timestamp is no day, and a page has its bounds."""
    bank = open_account(acme)
    with acme.books(read_only=True) as books, pytest.raises(InvalidInputError) as caught:
        books.accounts.history(bank.id, **asked)
    assert caught.value.field in asked


def test_an_account_that_is_missing_is_not_found(acme: Desk) -> None:
    """By its id; and what is no id at all is refused as such."""
    missing = uuid4()
    with acme.books(read_only=True) as books:
        for read in (books.accounts.get, books.accounts.balance, books.accounts.history):
            with pytest.raises(NotFoundError) as caught:
                read(missing)
            assert (caught.value.kind, caught.value.key) == ("account", missing)
            with pytest.raises(InvalidInputError):
                read("Bank")


def test_ids_may_be_text(acme: Desk) -> None:
    """As they come out of a URL."""
    bank = open_account(acme, opening_balance="1.00")
    with acme.books() as books:
        assert books.accounts.get(str(bank.id)) == bank
        assert books.accounts.balance(str(bank.id)) == Money(100, "USD")
        assert books.accounts.rename(str(bank.id), name="Cash").name == "Cash"


def test_an_account_of_a_unit_that_failed_never_was(acme: Desk, vault: Vault) -> None:
    """What was learned of it inside the unit is forgotten with it, in this process, too."""
    before = vault.rows()
    lost = []

    def open_and_fail(books: Books) -> None:
        lost.append(books.accounts.open(name="Bank", type="asset", opening_balance="1.00").id)
        books.transactions.record(account=lost[0], amount="1.00")
        raise LookupError

    with pytest.raises(LookupError):
        acme.stronghold.run(acme.tenant.id, principal=acme.principal, do=open_and_fail)
    assert vault.rows() == before
    refused(acme, vault, NotFoundError, asking("transactions.record", account=lost[0], amount="1.00"))
    again = open_account(acme, opening_balance="1.00")
    record(acme, account=again.id, amount="1.00", on=YESTERDAY)
    assert balance(acme, again) == "2.00"

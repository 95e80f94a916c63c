"""The overview: what it counts, what it leaves out, and what it costs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from stronghold_core import DateRange, Money, Record
from stronghold_core.dashboards.service import MAX_ACCOUNTS_CHOSEN
from stronghold_core.errors import InvalidInputError, NotFoundError, PermissionDeniedError
from stronghold_core.figures import share_of
from stronghold_core.money import MAX_MINOR
from tests.support.rows import counted_statements

if TYPE_CHECKING:
    from stronghold_core import ManualClock, Stronghold
    from stronghold_core.dashboards import CurrencyOverview, Overview
    from tests.support.stronghold import Desk

NOVEMBER = DateRange(date(2026, 11, 1), date(2026, 11, 30))


def overview(desk: Desk, period: DateRange | None = None) -> Overview:
    """Read the overview in a unit that only reads."""
    return desk.stronghold.read(
        desk.tenant.id, principal=desk.principal, do=lambda books: books.dashboard.overview(period)
    )


def in_currency(shown: Overview, code: str) -> CurrencyOverview:
    """Pick one currency."""
    return next(one for one in shown.currencies if one.currency == code)


def test_income_and_spending_are_those_of_the_period(acme: Desk) -> None:
    """The current month is shown if none is given; what lies before it counts in the cash flow alone."""
    with acme.books() as books:
        bank = books.accounts.open(name="Bank", type="asset")
        pay = books.categories.create(name="Salary", kind="income")
        rent = books.categories.create(name="Rent", kind="expense")
        for month in (9, 10, 11):
            books.transactions.record(account=bank.id, amount="3000.00", category=pay.id, on=date(2026, month, 1))
            books.transactions.record(account=bank.id, amount="-1000.00", category=rent.id, on=date(2026, month, 2))
    shown = overview(acme)
    dollars = in_currency(shown, "USD")
    assert (shown.first, shown.last) == (NOVEMBER.first, NOVEMBER.last)
    assert (str(dollars.income), str(dollars.expenses), str(dollars.savings)) == (
        "3000.00 USD",
        "1000.00 USD",
        "2000.00 USD",
    )
    assert dollars.savings_rate == Decimal("0.6667")
    assert str(dollars.net_worth.net) == "6000.00 USD"
    assert [flow.first.month for flow in dollars.cash_flow] == [12, *range(1, 12)]
    assert [flow.income.minor for flow in dollars.cash_flow] == [0] * 9 + [300_000] * 3


def test_sums_past_63_bits_of_one_month_are_told(acme: Desk) -> None:
    """Several categories of each kind, none of them beyond: income, spending, what is left, and what is owed."""
    most = Money(MAX_MINOR, "USD")
    with acme.books() as books:
        for number in range(3):
            bank = books.accounts.open(name=f"Bank {number}", type="asset")
            card = books.accounts.open(name=f"Card {number}", type="liability")
            pay = books.categories.create(name=f"Salary {number}", kind="income")
            rent = books.categories.create(name=f"Rent {number}", kind="expense")
            books.transactions.record(account=bank.id, amount=most, category=pay.id)
            if number:
                books.transactions.record(account=card.id, amount=-most, category=rent.id)
    dollars = in_currency(overview(acme), "USD")
    assert (dollars.income, dollars.expenses, dollars.savings) == (3 * most, 2 * most, most)
    assert dollars.savings_rate == Decimal("0.3333")
    assert (dollars.net_worth.assets, dollars.net_worth.liabilities) == (3 * most, 2 * most)
    assert (dollars.cash_flow[-1].income, dollars.cash_flow[-1].expenses) == (3 * most, 2 * most)
    assert acme.stronghold.verify(acme.tenant.id).is_sound


def test_a_refund_reduces_what_was_spent(acme: Desk) -> None:
    """Money that comes back under a category of expenses is no income."""
    with acme.books() as books:
        bank = books.accounts.open(name="Bank", type="asset")
        shoes = books.categories.create(name="Shoes", kind="expense")
        books.transactions.record(account=bank.id, amount="-80.00", category=shoes.id)
        books.transactions.record(account=bank.id, amount="30.00", category=shoes.id)
    dollars = in_currency(overview(acme), "USD")
    assert (str(dollars.expenses), str(dollars.income)) == ("50.00 USD", "0.00 USD")


def test_transfers_and_card_payments_are_neither_income_nor_spending(acme: Desk) -> None:
    """Buying with a card is spending; paying the card off is not, and nor is saving."""
    with acme.books() as books:
        bank = books.accounts.open(name="Bank", type="asset", opening_balance="500.00")
        savings = books.accounts.open(name="Savings", type="asset", subtype="savings")
        card = books.accounts.open(name="Card", type="liability", subtype="credit_card", min_balance="-1000.00")
        books.transactions.record(account=card.id, amount="-60.00")
        books.transactions.transfer(from_account=bank.id, to_account=card.id, amount="60.00")
        books.transactions.transfer(from_account=bank.id, to_account=savings.id, amount="100.00")
    dollars = in_currency(overview(acme), "USD")
    assert (str(dollars.expenses), str(dollars.income)) == ("60.00 USD", "0.00 USD")
    assert (str(dollars.net_worth.assets), str(dollars.net_worth.liabilities)) == ("440.00 USD", "0.00 USD")


def test_currencies_stand_side_by_side_with_the_base_currency_first(acme: Desk) -> None:
    """An exchange moves money between them; no figure adds them up."""
    with acme.books() as books:
        bank = books.accounts.open(name="Bank", type="asset", opening_balance="500.00")
        francs = books.accounts.open(name="Francs", type="asset", currency="CHF")
        books.transactions.transfer(from_account=bank.id, to_account=francs.id, amount="100.00", to_amount="80.00")
        books.transactions.record(account=francs.id, amount="-5.00")
    shown = overview(acme)
    assert [one.currency for one in shown.currencies] == ["USD", "CHF"]
    assert str(in_currency(shown, "USD").net_worth.net) == "400.00 USD"
    assert str(in_currency(shown, "CHF").net_worth.net) == "75.00 CHF"
    assert str(in_currency(shown, "USD").expenses) == "0.00 USD"


def test_empty_books_have_an_overview(acme: Desk) -> None:
    """It shows nothing, in the base currency."""
    shown = overview(acme)
    assert [one.currency for one in shown.currencies] == ["USD"]
    assert in_currency(shown, "USD").savings_rate is None
    assert (shown.accounts, shown.latest) == ((), ())


@pytest.mark.parametrize(
    ("period", "spent"),
    [
        (DateRange(date(2026, 10, 31), date(2026, 10, 31)), 2),
        (DateRange(date(2026, 10, 31), date(2026, 11, 1)), 6),
        (DateRange(date(2026, 10, 1), date(2026, 10, 31)), 3),
        (DateRange(date(2026, 10, 2), date(2026, 11, 1)), 6),
        (DateRange(date(2026, 9, 30), date(2026, 11, 1)), 15),
        (DateRange(date(2026, 9, 30), date(2026, 10, 30)), 9),
        (DateRange(date(2026, 10, 1), date(2026, 11, 30)), 23),
        (DateRange(date(2026, 11, 2), date(2026, 11, 20)), 16),
    ],
    ids=lambda value: f"{value.first}..{value.last}" if isinstance(value, DateRange) else "",
)
def test_any_range_of_days_adds_up(acme: Desk, period: DateRange, spent: int) -> None:
    """Whole months come from their totals and the days at the ends from theirs: none is missed, none counted twice."""
    days = {date(2026, 9, 30): 8, date(2026, 10, 1): 1, date(2026, 10, 31): 2, date(2026, 11, 1): 4}
    days[date(2026, 11, 20)] = 16
    with acme.books() as books:
        bank = books.accounts.open(name="Bank", type="asset")
        for day, dollars in days.items():
            books.transactions.record(account=bank.id, amount=f"-{dollars}.00", on=day)
    assert in_currency(overview(acme, period), "USD").expenses == Money.of(f"{spent}.00", "USD")


def test_the_tile_is_the_sum_of_its_categories(acme: Desk) -> None:
    """What stands above is what the rows below add up to."""
    with acme.books() as books:
        bank = books.accounts.open(name="Bank", type="asset")
        for number in range(1, 6):
            head = books.categories.create(name=f"Head {number}", kind="expense")
            books.transactions.record(account=bank.id, amount=f"-{number}.{number}0", category=head.id)
    dollars = in_currency(overview(acme), "USD")
    assert sum(flow.amount.minor for flow in dollars.categories) == dollars.expenses.minor == 1650
    assert [flow.name for flow in dollars.categories] == ["Head 5", "Head 4", "Head 3", "Head 2", "Head 1"]


def test_its_cost_does_not_grow_with_the_transactions(acme: Desk) -> None:
    """As many statements for a thousand as for ten."""
    with acme.books() as books:
        bank = books.accounts.open(name="Bank", type="asset")
        books.transactions.post_many([Record(account=bank.id, amount="-1.00") for _ in range(10)])
    with counted_statements(acme.stronghold.database) as few:
        overview(acme)
    with acme.books() as books:
        books.transactions.post_many([Record(account=bank.id, amount="-1.00") for _ in range(990)])
    with counted_statements(acme.stronghold.database) as many:
        assert in_currency(overview(acme), "USD").expenses == Money.of("1000.00", "USD")
    assert len(many) == len(few)


def test_it_is_for_members_with_the_permission_only(acme: Desk, rival: Desk) -> None:
    """To a stranger the tenant is missing; a viewer may look."""
    with pytest.raises(NotFoundError, match="There is no tenant"):
        acme.stronghold.read(acme.tenant.id, principal=rival.principal, do=lambda books: books.dashboard.overview())
    viewer = acme.seat("user:vic", "viewer")
    assert overview(viewer).tenant_name == "Acme Ltd"
    with viewer.books() as books, pytest.raises(PermissionDeniedError):
        books.accounts.open(name="Mine", type="asset")


def test_without_income_there_is_no_rate_of_savings() -> None:
    """A share of nothing is not a number; spending more than came in gives a negative one."""
    nothing, hundred = Money(0, "USD"), Money(10_000, "USD")
    assert share_of(nothing - hundred, nothing) is None
    assert share_of(hundred - Money(15_000, "USD"), hundred) == Decimal("-0.5000")


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 11, 2), date(2026, 11, 1)),
        (date(1899, 12, 31), date(2026, 11, 1)),
        (date(2026, 1, 1), date.max),
        (datetime(2026, 11, 1, tzinfo=UTC), date(2026, 11, 2)),
    ],
)
def test_a_period_that_cannot_be_meant_is_refused(acme: Desk, first: date, last: date) -> None:
    """It ends before it begins, lies where no books are, or begins at a time of day."""
    with pytest.raises(InvalidInputError) as caught:
        overview(acme, DateRange(first, last))
    assert caught.value.field == "period"


@pytest.mark.parametrize("page", ["overview", "summary", "accounts"])
@pytest.mark.parametrize("as_of", ["0001-01-01", "1899-12-31", "9999-01-01"])
def test_a_day_outside_of_all_books_is_refused(acme: Desk, page: str, as_of: str) -> None:
    """By the name of its argument."""
    with acme.books(read_only=True) as books, pytest.raises(InvalidInputError) as caught:
        getattr(books.dashboard, page)(as_of=as_of)
    assert caught.value.field == "as_of"


@pytest.mark.parametrize("page", ["overview", "summary", "accounts"])
@pytest.mark.parametrize("as_of", ["1900-01-01", "9998-12-31"])
def test_the_first_and_the_last_day_of_books_can_be_shown(acme: Desk, page: str, as_of: str) -> None:
    """Also where it is compared with days before."""
    with acme.books(read_only=True) as books:
        assert getattr(books.dashboard, page)(as_of=as_of).tenant_name == "Acme Ltd"


@pytest.mark.parametrize(
    ("first", "last", "before"),
    [
        ("1900-01-01", "9998-12-31", "0001-01-01"),
        ("1900-01-01", "9998-12-30", "0001-01-01"),
        ("1900-01-01", "1900-01-31", "1899-12-01"),
        ("1900-01-01", "1900-01-01", "1899-12-31"),
    ],
)
def test_a_summary_reaches_as_far_as_books_do(acme: Desk, first: str, last: str, before: str) -> None:
    """There was nothing before them, with which it is compared."""
    with acme.books() as books:
        bank = books.accounts.open(name="Bank", type="asset")
        books.transactions.record(account=bank.id, amount="-3.00", on=date(1900, 1, 1))
    with acme.books(read_only=True) as books:
        shown = books.dashboard.summary(DateRange(first, last))
    assert (shown.previous_first.isoformat(), shown.previous_last.isoformat()) == (before, "1899-12-31")
    (dollars,) = shown.currencies
    assert (str(dollars.expenses.now), str(dollars.expenses.before)) == ("3.00 USD", "0.00 USD")


def test_the_longest_period_there_is_can_be_shown(acme: Desk) -> None:
    """From the first day that books can have; a host may mean "everything"."""
    with acme.books() as books:
        bank = books.accounts.open(name="Bank", type="asset")
        books.transactions.record(account=bank.id, amount="-3.00", on=date(1900, 1, 1))
        books.transactions.record(account=bank.id, amount="-4.00")
    everything = overview(acme, DateRange(date(1900, 1, 1), date(9998, 12, 31)))
    assert in_currency(everything, "USD").expenses == Money.of("7.00", "USD")
    first_day = overview(acme, DateRange(date(1900, 1, 1), date(1900, 1, 1)))
    assert in_currency(first_day, "USD").expenses == Money.of("3.00", "USD")
    assert len(in_currency(first_day, "USD").cash_flow) == 12


def test_the_latest_transactions_are_shown_whatever_the_period(acme: Desk, rival: Desk) -> None:
    """A handful, the latest business date first; another tenant's are not among them."""
    for desk in (acme, rival):
        with desk.books() as books:
            bank = books.accounts.open(name="Bank", type="asset")
            for day in range(1, 9):
                books.transactions.record(account=bank.id, amount="-1.00", on=date(2026, 10, day))
    shown = overview(acme, DateRange(date(2026, 9, 1), date(2026, 9, 30)))
    assert [one.effective_date.day for one in shown.latest] == [8, 7, 6, 5, 4]
    with acme.books(read_only=True) as books:
        assert shown.latest == books.transactions.list(limit=5).items


def test_the_latest_transactions_of_many_accounts_take_no_more_statements(acme: Desk) -> None:
    """Of a thousand as many as of one."""
    with acme.books() as books:
        banks = [books.accounts.open(name=f"Bank {number}", type="asset").id for number in range(MAX_ACCOUNTS_CHOSEN)]
        books.transactions.post_many([Record(account=bank, amount="-1.00") for bank in banks[-20:]])
    latest, counts = [], []
    with acme.books() as books:
        for accounts in (banks[-1:], banks):
            with counted_statements(acme.stronghold.database) as statements:
                latest.append(books.dashboard.transactions(accounts=accounts, limit=5).latest)
            counts.append(len(statements))
    assert [len(one) for one in latest] == [1, 5]
    assert counts[0] == counts[1]


def test_a_transaction_that_touches_an_account_twice_is_one_of_its_latest(acme: Desk) -> None:
    """It takes no other's place."""
    with acme.books() as books:
        bank, capital = (books.accounts.open(name=name, type="asset").id for name in ("Bank", "Capital"))
        twice = [(bank, "1.00"), (bank, "2.00"), (capital, "-3.00")]
        posted = [books.transactions.post(twice, on=date(2026, 10, day)) for day in range(1, 9)]
    with acme.books(read_only=True) as books:
        shown = books.dashboard.transactions(accounts=[bank], limit=5)
    assert [one.id for one in shown.latest] == [one.id for one in reversed(posted[-5:])]


def test_the_current_month_is_the_one_it_is_in_the_tenants_time_zone(
    stronghold: Stronghold, clock: ManualClock
) -> None:
    """On the last evening of November in UTC it is December already in Auckland."""
    clock.advance(timedelta(days=9))
    tenant = stronghold.tenants.create(
        kind="user", name="Kiri", base_currency="NZD", owner="user:kiri", time_zone="Pacific/Auckland"
    )
    shown = stronghold.read(tenant.id, principal="user:kiri", do=lambda books: books.dashboard.overview())
    assert (shown.first, shown.last) == (date(2026, 12, 1), date(2026, 12, 31))

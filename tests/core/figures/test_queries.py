"""The figures that dashboards and reports share, on both databases."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, TypeVar

from stronghold_core import DateRange, Money, Record, Step
from stronghold_core.figures import category_flows, net_worth
from stronghold_core.figures import flows as flows_by_step
from stronghold_core.ledger import CategoryKind
from stronghold_core.money import MAX_MINOR
from tests.support.ledger import TODAY, create_category, open_account, record
from tests.support.rows import counted_statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from stronghold_core.db import Unit
    from stronghold_core.figures import Flow
    from tests.support.stronghold import Desk

Figure = TypeVar("Figure")

NOVEMBER = DateRange(date(2026, 11, 1), date(2026, 11, 30))
YEAR = DateRange(date(2026, 1, 1), date(2026, 12, 31))


def read(desk: Desk, figure: Callable[[Unit], Figure]) -> Figure:
    """Work a figure out in a read unit."""
    return desk.stronghold.read(desk.tenant.id, principal=desk.principal, do=lambda books: figure(books._unit))


def months(unit: Unit, period: DateRange) -> dict[str, list[Flow]]:
    """Return income and expenses month by month."""
    return flows_by_step(unit, period, Step.MONTH)


def flows(desk: Desk, period: DateRange = NOVEMBER) -> list[tuple[str, str]]:
    """Return each category's name with what it moved."""
    return [(one.name, str(one.amount)) for one in read(desk, lambda unit: category_flows(unit, period))]


# ------------------------------------------------------------------ net worth


def test_net_worth_is_what_is_owned_less_what_is_owed_in_each_currency(acme: Desk, rival: Desk) -> None:
    """Debts are positive; closed accounts are empty, equity and trading are not owned; another tenant's is not ours."""
    bank = open_account(acme, opening_balance="100.00")
    open_account(acme, "Loan", "liability", opening_balance="-30.00")
    open_account(acme, "Capital", "equity", opening_balance="-500.00")
    euro = open_account(acme, "Euro", currency="EUR")
    open_account(rival, opening_balance="7.00")
    with acme.books() as books:
        books.transactions.transfer(from_account=bank.id, to_account=euro.id, amount="10.00", to_amount="9.00")
    worth = [(str(one.assets), str(one.liabilities), str(one.net)) for one in read(acme, net_worth).values()]
    assert worth == [("9.00 EUR", "0.00 EUR", "9.00 EUR"), ("90.00 USD", "30.00 USD", "60.00 USD")]


def test_an_overdrawn_account_is_a_negative_asset_and_an_overpaid_card_a_negative_debt(acme: Desk) -> None:
    """Accounts stay on their side, whatever their balance."""
    bank, card = open_account(acme), open_account(acme, "Card", "liability")
    record(acme, account=bank.id, amount="-5.00")
    record(acme, account=card.id, amount="2.00")
    (worth,) = read(acme, net_worth).values()
    assert (str(worth.assets), str(worth.liabilities), str(worth.net)) == ("-5.00 USD", "-2.00 USD", "-3.00 USD")


def test_without_accounts_there_is_no_worth_to_speak_of(acme: Desk) -> None:
    """Not even a currency."""
    assert read(acme, net_worth) == {}


# ------------------------------------------------------------------ what categories moved


def test_a_flow_tells_which_category_stands_above_it(acme: Desk) -> None:
    """Each category is a figure of its own; whoever shows the tree adds up."""
    bank, home = open_account(acme), create_category(acme, "Home")
    rent = create_category(acme, "Rent", parent=home.id)
    for category, amount in ((home, "-1.00"), (rent, "-2.00")):
        record(acme, account=bank.id, amount=amount, category=category.id)
    shown = read(acme, lambda unit: category_flows(unit, NOVEMBER))
    assert [(one.category_id, one.parent_id) for one in shown] == [(rent.id, home.id), (home.id, None)]


def test_flows_are_read_as_people_do_the_largest_first(acme: Desk) -> None:
    """By currency, expenses before income, then by size: income that came and spending net of refunds are positive."""
    bank, euro = open_account(acme), open_account(acme, "Euro", currency="EUR")
    pay = create_category(acme, "Pay", "income")
    food, rent = create_category(acme), create_category(acme, "Rent")
    with acme.books() as books:
        for account, amount, category in (
            (bank, "50.00", pay),
            (bank, "-5.00", food),
            (bank, "1.00", food),
            (bank, "-20.00", rent),
            (euro, "-3.00", food),
            (bank, "-2.00", pay),
        ):
            books.transactions.record(account=account.id, amount=amount, category=category.id)
    assert flows(acme) == [
        ("Food", "3.00 EUR"),
        ("Rent", "20.00 USD"),
        ("Food", "4.00 USD"),
        ("Pay", "48.00 USD"),
    ]
    kinds = [one.kind for one in read(acme, lambda unit: category_flows(unit, NOVEMBER))]
    assert kinds == [*[CategoryKind.EXPENSE] * 3, CategoryKind.INCOME]


def test_a_split_moves_each_of_its_categories(acme: Desk) -> None:
    """By its own share; a parent category does not count what its children moved."""
    bank, living = open_account(acme), create_category(acme, "Living")
    food = create_category(acme, parent=living.id)
    with acme.books() as books:
        parts = [(food.id, "-7.00"), (living.id, "-3.00")]
        books.transactions.split(account=bank.id, amount="-10.00", parts=parts)
    assert flows(acme) == [("Food", "7.00 USD"), ("Living", "3.00 USD")]


def test_what_only_changes_hands_moves_no_category(acme: Desk) -> None:
    """Transfers, card payments, exchanges, opening balances and postings against equity are neither in nor out."""
    bank, card = open_account(acme, opening_balance="100.00"), open_account(acme, "Card", "liability")
    euro, capital = open_account(acme, "Euro", currency="EUR"), open_account(acme, "Capital", "equity")
    with acme.books() as books:
        books.transactions.transfer(from_account=bank.id, to_account=card.id, amount="10.00")
        books.transactions.transfer(from_account=bank.id, to_account=euro.id, amount="10.00", to_amount="9.00")
        books.transactions.post([(bank.id, "5.00"), (capital.id, "-5.00")])
    assert flows(acme) == []
    assert read(acme, lambda unit: months(unit, YEAR)) == {}


def test_a_reversal_takes_back_in_its_own_month(acme: Desk) -> None:
    """October stays as it was closed; November shows the refund."""
    bank, food = open_account(acme), create_category(acme)
    payment = record(acme, account=bank.id, amount="-5.00", category=food.id, on=date(2026, 10, 5))
    with acme.books() as books:
        books.transactions.reverse(payment.id, on=TODAY)
    assert flows(acme, DateRange(date(2026, 10, 1), date(2026, 10, 31))) == [("Food", "5.00 USD")]
    assert flows(acme) == [("Food", "-5.00 USD")]
    assert flows(acme, YEAR) == [("Food", "0.00 USD")]


def test_another_tenants_flows_are_not_ours(acme: Desk, rival: Desk) -> None:
    """Nor is a category of the same name."""
    for desk, amount in ((acme, "-1.00"), (rival, "-2.00")):
        record(desk, account=open_account(desk).id, amount=amount, category=create_category(desk).id)
    assert (flows(acme), flows(rival)) == ([("Food", "1.00 USD")], [("Food", "2.00 USD")])


# ------------------------------------------------------------------ month by month


def test_cash_flow_shows_every_month_of_its_range(acme: Desk) -> None:
    """Those without any movement, too, and each currency apart; no day outside of the range counts."""
    bank, yen = open_account(acme), open_account(acme, "Yen", currency="JPY")
    for amount, on in (("10.00", date(2026, 8, 31)), ("-4.00", date(2026, 9, 1)), ("1.00", date(2026, 11, 1))):
        record(acme, account=bank.id, amount=amount, on=on)
    record(acme, account=yen.id, amount="-70", on=date(2026, 10, 15))
    found = read(acme, lambda unit: months(unit, DateRange(date(2026, 9, 2), date(2026, 11, 2))))
    shown = {
        code: [(one.first.month, one.income.minor, one.expenses.minor) for one in rows] for code, rows in found.items()
    }
    assert shown == {"JPY": [(9, 0, 0), (10, 0, 70), (11, 0, 0)], "USD": [(9, 0, 0), (10, 0, 0), (11, 100, 0)]}


# ------------------------------------------------------------------ what they cost, and where they end


def test_each_figure_is_one_statement(acme: Desk) -> None:
    """However many transactions, accounts and months there are."""
    bank = open_account(acme)
    with acme.books() as books:
        days = [date(2026, 1 + number % 11, 1 + number % 20) for number in range(60)]
        books.transactions.post_many([Record(account=bank.id, amount="-1.00", on=day) for day in days])
        unit = books._unit
        for figure in (
            net_worth,
            lambda unit: category_flows(unit, YEAR),
            lambda unit: months(unit, YEAR),
        ):
            with counted_statements(acme.stronghold.database) as statements:
                figure(unit)
            assert len(statements) == 1


def test_sums_past_63_bits_are_told(acme: Desk) -> None:
    """Each balance fits, their sum does not: on either database the figures are exact, and the books are sound."""
    for name, on in (("One", date(2026, 10, 1)), ("Two", TODAY)):
        record(acme, account=open_account(acme, name).id, amount=Money(MAX_MINOR, "USD"), on=on)
    both = Money(2 * MAX_MINOR, "USD")
    (worth,) = read(acme, net_worth).values()
    assert (worth.assets, worth.net) == (both, both)
    (flow,) = read(acme, lambda unit: category_flows(unit, YEAR))
    assert flow.amount == both
    assert read(acme, lambda unit: months(unit, NOVEMBER))["USD"][0].income == Money(MAX_MINOR, "USD")
    with acme.books() as books:
        overview = books.dashboard.overview(YEAR)
        assert overview.currencies[0].net_worth.net == both
        assert type(overview).model_validate_json(overview.model_dump_json()) == overview
    assert acme.stronghold.verify(acme.tenant.id).findings == ()

"""The overview of a dashboard, as it is laid out for a terminal of 80 columns."""

from __future__ import annotations

from datetime import date
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from stronghold_core import Part
from stronghold_core.cli.overview import WIDTH, bar, render_overview
from stronghold_core.periods import month_of
from tests.support.ledger import create_category, open_account, record

if TYPE_CHECKING:
    from tests.support.stronghold import Desk

NOVEMBER, OCTOBER = date(2025, 11, 4), date(2025, 10, 4)


def rendered(desk: Desk) -> str:
    """Lay out November as a wide terminal without colours would show it."""
    with desk.books(read_only=True) as books:
        overview = books.dashboard.overview(month_of(NOVEMBER))
    paper = StringIO()
    Console(file=paper, width=200, color_system=None, markup=False, emoji=False).print(render_overview(overview))
    return paper.getvalue()


def line_with(words: str, page: str) -> str:
    """Find the one line with these words."""
    (line,) = [line for line in page.splitlines() if words in line]
    return line


def test_books_without_anything_in_them_have_a_title_and_zeros(acme: Desk) -> None:
    """No section stands empty."""
    page = rendered(acme)
    assert page.splitlines()[0].split() == ["Acme", "Ltd", "November", "2025"]
    for heading in ("Spending by category", "Income by category", "Month by month", "Accounts", "Latest"):
        assert heading not in page


def test_no_line_is_wider_than_the_page(acme: Desk) -> None:
    """However long the names and large the amounts are; what does not fit ends in an ellipsis."""
    bank = open_account(acme, name="A bank with a name that goes on for ever and ever, amen")
    food = create_category(acme, name="Everything that could possibly be eaten by anybody")
    words = "A description that nobody can read in one breath"
    record(acme, account=bank.id, amount="-9999999999.99", category=food.id, on=NOVEMBER, description=words)
    page = rendered(acme)
    assert max(map(len, page.splitlines())) <= WIDTH
    assert "A bank with a name that goes on for…" in page
    assert "-9,999,999,999.99 USD" in page


def test_a_line_feed_in_a_name_breaks_no_line(acme: Desk) -> None:
    """It is shown where it stands."""
    bank = open_account(acme, name="Bank\nof Elsewhere")
    food = create_category(acme, name="Food\nand drink")
    record(acme, account=bank.id, amount="-1.00", category=food.id, on=NOVEMBER, payee="Shop\nCorner")
    page = rendered(acme)
    assert "1.00" in line_with("Food␤and drink", page)
    assert "2025-11-04" in line_with("Shop␤Corner", page)
    assert "Bank␤of Elsewhere" in page


def test_the_largest_categories_come_first_with_their_share(acme: Desk) -> None:
    """Bars compare with the largest one, shares with the whole."""
    bank = open_account(acme)
    for name, amount in (("Rent", "-75.00"), ("Food", "-25.00")):
        record(acme, account=bank.id, amount=amount, category=create_category(acme, name=name).id, on=NOVEMBER)
    page = rendered(acme)
    rent, food = line_with("Rent ", page), line_with("Food ", page)
    assert page.index(rent) < page.index(food)
    assert rent.split()[:3] == ["Rent", "75.00", "75%"]
    assert food.split()[:3] == ["Food", "25.00", "25%"]
    assert rent.count("█") == 28
    assert food.count("█") == 9


def test_more_than_twelve_categories_are_summed_up(acme: Desk) -> None:
    """The rest is one line, so that the page stays one page."""
    bank = open_account(acme)
    for number in range(14):
        category = create_category(acme, name=f"Sort {number:02}")
        record(acme, account=bank.id, amount=f"-{20 - number}.00", category=category.id, on=NOVEMBER)
    page = rendered(acme)
    assert "Sort 11" in page
    assert "Sort 12" not in page.partition("Latest transactions")[0]
    assert line_with("2 more", page).split() == ["2", "more", "15.00"]


def test_a_refund_is_a_negative_category_without_a_bar(acme: Desk) -> None:
    """And where refunds outweigh all else, nobody has a share."""
    bank = open_account(acme)
    record(acme, account=bank.id, amount="12.00", category=create_category(acme).id, on=NOVEMBER)
    line = line_with("Food ", rendered(acme).partition("Latest transactions")[0])
    assert line.split() == ["Food", "-12.00"]


def test_months_before_the_first_movement_are_left_out(acme: Desk) -> None:
    """A year of zeros says nothing."""
    bank = open_account(acme)
    record(acme, account=bank.id, amount="100.00", on=OCTOBER)
    record(acme, account=bank.id, amount="-150.00", on=NOVEMBER)
    page = rendered(acme)
    assert "Sep 2025" not in page
    # Of thirty cells October fills two thirds with what was saved; November spent it all, without any income.
    assert line_with("Oct 2025", page).count("░") == 20
    assert line_with("Nov 2025", page).count("▓") == 30


def test_each_currency_has_figures_of_its_own(acme: Desk) -> None:
    """They are never added up."""
    for name, currency in (("Dollars", "USD"), ("Yen", "JPY")):
        account = open_account(acme, name=name, currency=currency)
        record(acme, account=account.id, amount="500", on=NOVEMBER)
    page = rendered(acme)
    assert "Net worth, USD" in page
    assert "Net worth, JPY" in page
    assert line_with("Yen ", page.partition("Latest transactions")[0]).split()[-2:] == ["500", "JPY"]


def test_a_transfer_is_shown_where_it_arrived(acme: Desk) -> None:
    """Once, with what it brought."""
    bank, savings = (open_account(acme, name=name) for name in ("Bank", "Savings"))
    with acme.books() as books:
        books.transactions.transfer(from_account=bank.id, to_account=savings.id, amount="5.00", on=NOVEMBER)
    latest = rendered(acme).partition("Latest transactions")[2]
    assert latest.split() == ["2025-11-04", "transfer", "Savings", "5.00", "USD"]


@pytest.mark.parametrize(
    ("part", "expected"),
    [(100, "█████"), (99, "████▉"), (20, "█"), (1, "▏"), (0, ""), (-5, "")],
)
def test_a_bar_is_drawn_down_to_an_eighth_of_a_cell(part: int, expected: str) -> None:
    """Whatever there is at all is seen; nothing is drawn of nothing, or less."""
    assert bar(part, 100, 5) == expected


def test_a_purchase_with_tax_shows_on_the_account_that_paid(acme: Desk) -> None:
    """Not on the account of the tax, although that gained something."""
    card, tax = open_account(acme, "Card", "liability"), open_account(acme, "Sales tax", "liability", subtype="tax")
    food = create_category(acme)
    with acme.books() as books:
        parts = [Part(category=food.id, amount="-10.00"), Part(account=tax.id, amount="-1.90")]
        books.transactions.split(account=card.id, amount="-11.90", parts=parts, payee="Bistro")
    latest = rendered(acme).partition("Latest transactions")[2]
    assert latest.split()[1:] == ["Bistro", "Card", "-11.90", "USD"]

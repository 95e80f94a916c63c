"""Answers as tables and as CSV: the same figures once more."""

from __future__ import annotations

import csv
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from stronghold_core import AccountBoard, DateRange
from tests.support.ledger import TODAY, create_category, open_account, record

if TYPE_CHECKING:
    from stronghold_core import Answer
    from tests.support.stronghold import Desk

YEAR = DateRange("2026-01-01", "2026-12-31")


@pytest.fixture
def busy(acme: Desk) -> Desk:
    """Spend and earn in two currencies, for a category of a name that a spreadsheet would calculate."""
    bank, euro = open_account(acme, opening_balance="100.00"), open_account(acme, "Euro", currency="EUR")
    pay, home = create_category(acme, "Pay", "income"), create_category(acme, "Home")
    odd = create_category(acme, "=1+1", parent=home.id)
    for account, amount, category in ((bank, "50.00", pay), (bank, "-20.00", odd), (euro, "-3.50", home)):
        record(acme, account=account.id, amount=amount, category=category.id, payee="@work, and on", on=TODAY)
    return acme


def look(desk: Desk, page: str) -> Answer:
    """Ask for a page of the year."""
    with desk.books(read_only=True) as books:
        board = getattr(books.dashboard, page)
        answer: Answer = board() if page == "accounts" else board(YEAR)
    return answer


def read(answer: Answer) -> list[dict[str, str]]:
    """Read the CSV back, as anybody would."""
    return list(csv.DictReader(answer.csv().splitlines()))


PAGES = ("overview", "summary", "accounts", "transactions", "budgets", "cash_flow", "net_worth", "categories")


@pytest.mark.parametrize("page", PAGES)
def test_an_answer_can_be_shared(busy: Desk, page: str) -> None:
    """It is kept for whoever asks next, so nothing in it can be changed: all the way down it has a hash."""
    answer = look(busy, page)
    assert isinstance(hash(answer), int)


@pytest.mark.parametrize("page", PAGES)
def test_every_answer_is_a_table(busy: Desk, page: str) -> None:
    """With a cell under each heading in every row; as CSV each amount is a plain decimal."""
    answer = look(busy, page)
    rows = list(answer.rows())
    assert {len(row) for row in rows} <= {len(answer.columns)}
    told = read(answer)
    assert [list(row) for row in told] == [list(answer.columns)] * len(rows)
    for row, cells in zip(rows, told, strict=True):
        for value, cell in zip(row, cells.values(), strict=True):
            if type(value).__name__ == "Money":
                assert Decimal(cell) == value.amount  # type: ignore[attr-defined]


def test_the_totals_of_accounts_are_one_a_currency(busy: Desk) -> None:
    """The base currency first."""
    board = look(busy, "accounts")
    assert isinstance(board, AccountBoard)
    assert [str(one.net) for one in board.totals] == ["130.00 USD", "-3.50 EUR"]


def test_tile_table_and_drill_down_are_one_figure(busy: Desk) -> None:
    """What an overview shows, cash flow and categories add up to, and so do the transactions behind them."""
    (dollars, euros) = look(busy, "overview").currencies  # type: ignore[attr-defined]
    spent: dict[str, Decimal] = defaultdict(Decimal)
    for row in read(look(busy, "cash_flow")):
        spent[row["currency"]] += Decimal(row["expenses"])
    assert spent == {"USD": dollars.expenses.amount, "EUR": euros.expenses.amount}
    by_category: dict[str, Decimal] = defaultdict(Decimal)
    for row in read(look(busy, "categories")):
        if row["kind"] == "expense":
            by_category[row["currency"]] += Decimal(row["own"])
    assert by_category == spent
    with busy.books(read_only=True) as books:
        home = books.categories.find(name="Home", kind="expense")
        assert home is not None
        entries = [
            entry
            for one in books.transactions.list(category=home.id, first=YEAR.first, last=YEAR.last)
            for entry in one.entries
            if entry.category_id is not None
        ]
    found = {code: sum(e.amount.amount for e in entries if e.amount.currency.code == code) for code in spent}
    assert found == spent


def test_no_cell_is_a_formula(busy: Desk) -> None:
    """A category or a payee may begin like one."""
    names = [row["category"] for row in read(look(busy, "categories"))]
    assert "Home/=1+1" in names
    payees = {row["payee"] for row in read(look(busy, "transactions"))}
    assert payees == {"'@work, and on"}
    categories = {row["category"] for row in read(look(busy, "transactions"))}
    assert "'=1+1" in categories

"""Statements: what a bank would say of one account of a story."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest

from stronghold_core.demo_data import generate, render_statement
from stronghold_core.demo_data.balances import Balances
from stronghold_core.demo_data.records import DemoAccount, DemoCategory
from stronghold_core.errors import NotFoundError

DAYS = {"first": date(2025, 1, 1), "last": date(2025, 6, 30)}


@pytest.mark.parametrize(
    ("kind", "account"),
    [("household", "Checking"), ("household", "Travel money GBP"), ("company", "Sales tax"), ("provider", "Network")],
)
def test_the_lines_of_a_statement_lead_to_the_balance(kind: str, account: str) -> None:
    """From the opening balance: records, splits and transfers, whichever side of them the account was on."""
    story = list(generate(kind, seed=2, transactions=900, **DAYS))
    balances = Balances()
    opening = 0
    for item in story:
        if isinstance(item, DemoAccount):
            balances.open(item)
            opening += item.opening_minor if item.name == account else 0
        elif not isinstance(item, DemoCategory):
            balances.apply(item)
    rows = list(csv.DictReader(io.StringIO("".join(render_statement(story, account)))))
    assert rows
    assert sum((Decimal(row["Amount"]) for row in rows), Decimal(opening) / 100) == Decimal(balances[account]) / 100
    assert [row["Date"] for row in rows] == sorted(row["Date"] for row in rows)
    assert all(row["Description"] for row in rows)


def test_an_account_that_is_not_in_the_story_has_no_statement() -> None:
    """It is said so, instead of an empty file."""
    with pytest.raises(NotFoundError, match="There is no account Checkings here"):
        list(render_statement(generate("household", seed=1, transactions=5, **DAYS), "Checkings"))

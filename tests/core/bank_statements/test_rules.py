"""How a row is known again, and how balances are added up."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stronghold_core.bank_statements import StatementLine
from stronghold_core.bank_statements.rules import BalanceCheck, Mismatch, Stated, digest, is_same_account

DAY = date(2026, 11, 1)


def line(**changes: object) -> StatementLine:
    """Make a row; two made alike are equal."""
    return StatementLine.model_validate({"line": 2, "on": DAY, "amount": "-5.00", "description": "Coffee"} | changes)


# ------------------------------------------------------------------ knowing a row again


@pytest.mark.parametrize(
    "change",
    [
        {"line": 900},
        {"amount": "-05.0"},
        {"description": " coffee"},
        {"balance": "7.00"},
        {"currency": "USD"},
    ],
)
def test_the_same_row_is_known_again(change: dict[str, object]) -> None:
    """Wherever it stands, and however its zeros and spaces are written: the next export begins elsewhere."""
    assert digest(line()) == digest(line(**change))


@pytest.mark.parametrize(
    "change",
    [{"on": date(2026, 11, 2)}, {"amount": "5.00"}, {"amount": "-50.0"}, {"description": "Tea"}, {"payee": "Bar"}],
)
def test_another_row_is_another_row(change: dict[str, object]) -> None:
    """Day, amount and words all count."""
    assert digest(line()) != digest(line(**change))


def test_a_row_with_the_banks_number_is_known_by_that_its_day_and_its_amount() -> None:
    """Some banks change words later, some give one number to a payment and its fee, some count anew in each file."""
    known = digest(line(bank_id="A1"))
    assert digest(line(bank_id="A1", description="COFFEE BAR 12")) == known
    assert digest(line(bank_id="A1", on=date(2026, 11, 3))) != known
    assert digest(line(bank_id="A1", amount="-0.50")) != known
    assert digest(line(bank_id="A2")) != known
    assert digest(line()) != known


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("DE89370400440532013000", "DE89 3704 0044 0532 0130 00", True),
        ("DE89370400440532013000", "532013000", True),
        ("00012345678", "12345678", True),
        ("****5678", "12345678", True),
        ("12345678", "87654321", False),
        ("123", "0123", False),
        ("****56", "123456", False),
        ("0042", "0042", True),
        ("****56", "****56", True),
    ],
)
def test_numbers_of_one_account_may_be_written_differently(one: str, other: str, *, is_same: bool) -> None:
    """Whole, national or hidden in part; but a few digits prove nothing."""
    assert is_same_account(one, other) is is_same
    assert is_same_account(other, one) is is_same


# ------------------------------------------------------------------ balances


def stated(amounts: list[int], *, start: int = 0) -> list[Stated | None]:
    """State the balance after each amount."""
    rows: list[Stated | None] = []
    for amount in amounts:
        start += amount
        rows.append(Stated(amount, start))
    return rows


@given(st.lists(st.integers(-1_000, 1_000), max_size=40), st.integers(1, 7), st.booleans())
def test_rows_that_add_up_have_no_mismatch(amounts: list[int], size: int, is_reversed: bool) -> None:  # noqa: FBT001
    """In either order of time, in whatever chunks they come."""
    rows = stated(amounts, start=500)
    rows = rows[::-1] if is_reversed else rows
    check = BalanceCheck()
    assert all(check.check(rows[first : first + size]) == {} for first in range(0, len(rows), size))


def test_a_wrong_balance_is_named_once() -> None:
    """The rows after it are compared with what it states, so that one fault is one."""
    rows = stated([-5, -7, 9, 11, -3])
    rows[2] = Stated(9, 1_000)
    assert BalanceCheck().check(rows) == {2: Mismatch(1_000, -3), 3: Mismatch(8, 1_011)}


@pytest.mark.parametrize("is_reversed", [False, True], ids=["early first", "late first"])
def test_a_missing_row_is_noticed(is_reversed: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """By the balance of the row after it."""
    rows = stated([100, -5, -7, 9, 11, -3])
    rows = rows[::-1] if is_reversed else rows
    del rows[3]
    assert len(BalanceCheck().check(rows)) == 1


def test_rows_without_a_balance_are_added_up_until_the_next_one() -> None:
    """Some banks state only that of a day's end."""
    rows: list[Stated | None] = [Stated(5, 105), Stated(-1, None), Stated(-2, 102), Stated(7, 109)]
    assert BalanceCheck().check(rows) == {}
    assert BalanceCheck().check(rows[::-1]) == {}
    assert BalanceCheck().check([*rows, Stated(1, None), Stated(1, 110)]) == {5: Mismatch(110, 111)}


def test_after_a_row_whose_amount_is_not_known_it_begins_anew() -> None:
    """What it moved, nobody knows."""
    assert BalanceCheck().check([Stated(5, 5), Stated(5, 10), None, Stated(1, 900), Stated(1, 901)]) == {}


def test_the_order_is_remembered_from_chunk_to_chunk() -> None:
    """So that a chunk of one row is checked as well."""
    rows = stated([100, -5, -7, 9])[::-1]
    check = BalanceCheck()
    assert check.check(rows[:3]) == {}
    assert check.check([Stated(99, 99)]) == {0: Mismatch(99, 100)}
    assert check.compared == 3

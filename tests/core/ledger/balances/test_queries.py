"""Balances now, on a day, and as recorded; and the history that runs through them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from stronghold_core import Money
from stronghold_core.errors import InvalidCursorError, InvalidInputError, NotFoundError
from stronghold_core.money import MAX_MINOR

if TYPE_CHECKING:
    from stronghold_core import Books, ManualClock
    from stronghold_core.ledger import AccountRecord
    from tests.support.stronghold import Desk

DAYS = [date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 21)]


def opened(books: Books) -> AccountRecord:
    """Open an account and post one dollar more each time, on days in a mixed order."""
    bank = books.accounts.open(name="Bank", type="asset")
    for dollars, day in zip((1, 2, 4, 8, 16), (DAYS[3], DAYS[0], DAYS[4], DAYS[1], DAYS[2]), strict=True):
        books.transactions.record(account=bank.id, amount=f"{dollars}.00", on=day)
    return bank


def test_a_balance_on_a_day_counts_all_up_to_its_end(acme: Desk) -> None:
    """Whatever the order in which the books learned of it; the day before is without it."""
    with acme.books() as books:
        bank = opened(books)
        on_days = {day: books.accounts.balance(bank.id, on=day).minor // 100 for day in DAYS}
        assert on_days == {DAYS[0]: 2, DAYS[1]: 10, DAYS[2]: 26, DAYS[3]: 27, DAYS[4]: 31}
        assert books.accounts.balance(bank.id, on=date(2026, 9, 29)).minor == 0
        assert books.accounts.balance(bank.id, on=date(2026, 10, 30)).minor == 1000
        assert books.accounts.balance(bank.id) == books.accounts.balance(bank.id, on=date(2027, 1, 1))


def test_a_balance_as_recorded_leaves_out_what_came_later(acme: Desk, clock: ManualClock) -> None:
    """Also if that was dated back: the question is what the books said then, not what is known now."""
    with acme.books() as books:
        bank = books.accounts.open(name="Bank", type="asset", opening_balance="100.00")
        food = books.categories.create(name="Food", kind="expense")
    noon = clock.now() + timedelta(minutes=1)
    clock.advance(timedelta(hours=1))
    with acme.books() as books:
        late = books.transactions.record(account=bank.id, amount="-30.00", category=food.id, on=DAYS[0])
        (leaf,) = [entry.account_id for entry in late.entries if entry.account_id != bank.id]
        assert books.accounts.balance(bank.id, recorded_at=noon).minor == 10_000
        assert books.accounts.balance(bank.id, on=DAYS[0]).minor == -3_000
        assert books.accounts.balance(bank.id).minor == 7_000
        assert books.accounts.balance(leaf, recorded_at=noon).minor == 0
        assert books.accounts.balance(leaf).minor == 3_000


def test_sums_past_63_bits_are_told(acme: Desk, clock: ManualClock) -> None:
    """Months that each fit add up to more; balances, the history and the list of accounts say how much."""
    most = Money(MAX_MINOR, "USD")
    with acme.books() as books:
        capital = books.accounts.open(name="Capital", type="equity")
        banks = [books.accounts.open(name=f"Bank {number}", type="asset") for number in range(3)]
        for bank, day in zip(banks, (DAYS[0], DAYS[1], DAYS[4]), strict=True):
            books.transactions.post([(bank.id, most), (capital.id, -most)], on=day)
    noon = clock.now()
    with acme.books() as books:
        assert books.accounts.balance(capital.id) == -3 * most
        assert books.accounts.balance(capital.id, on=DAYS[3]) == -2 * most
        assert books.accounts.balance(capital.id, recorded_at=noon) == -3 * most
        assert books.accounts.balance(capital.id, recorded_at=noon - timedelta(days=1)).minor == 0
        assert books.accounts.get(capital.id).balance == -3 * most
        assert books.accounts.list().items[-1].balance == -3 * most
        running = [row.running_balance for row in books.accounts.history(capital.id).items]
        assert running == [-3 * most, -2 * most, -most]


def test_pages_of_a_history_run_on_past_63_bits(acme: Desk) -> None:
    """Up and down again, some of it on one day: each page starts from a sum that fits into none of the columns."""
    most = Money(MAX_MINOR, "USD")
    with acme.books() as books:
        capital = books.accounts.open(name="Capital", type="equity")
        banks = [books.accounts.open(name=f"Bank {number}", type="asset") for number in range(3)]
        moves = [(0, most, DAYS[0]), (1, most, DAYS[1]), (2, -most, DAYS[4]), (2, most, DAYS[4])]
        for bank, amount, day in moves:
            books.transactions.post([(banks[bank].id, amount), (capital.id, -amount)], on=day)
        running, after = [], None
        for _ in range(4):
            page = books.accounts.history(capital.id, limit=1, after=after)
            running += [row.running_balance for row in page.items]
            after = page.next_cursor
        assert (running, after) == ([-2 * most, -most, -2 * most, -most], None)
        assert books.verify().is_sound


def test_a_day_and_an_instant_together_are_refused(acme: Desk) -> None:
    """They are two questions; and an instant without a zone is none."""
    with acme.books() as books:
        bank = opened(books)
        with pytest.raises(InvalidInputError, match="not both"):
            books.accounts.balance(bank.id, on=DAYS[0], recorded_at=datetime(2026, 1, 1).astimezone())
        with pytest.raises(InvalidInputError, match="time zone"):
            books.accounts.balance(bank.id, recorded_at=datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


def test_history_runs_in_the_order_of_business_dates(acme: Desk) -> None:
    """A back-dated entry stands where it belongs, and the balance beside each is the one of that day's end."""
    with acme.books() as books:
        bank = opened(books)
        rows = books.accounts.history(bank.id).items
        assert [row.effective_date for row in rows] == sorted(DAYS, reverse=True)
        assert [row.running_balance.minor // 100 for row in rows] == [31, 27, 26, 10, 2]


def test_pages_of_a_history_join_without_gap_or_overlap(acme: Desk) -> None:
    """Also within a day, and with the balance carried over; rows that come meanwhile change nothing already seen."""
    with acme.books() as books:
        bank = books.accounts.open(name="Bank", type="asset")
        for number in range(7):
            books.transactions.record(account=bank.id, amount=f"{number + 1}.00", on=DAYS[number % 2])
        whole = books.accounts.history(bank.id).items
        first = books.accounts.history(bank.id, limit=3)
        books.transactions.record(account=bank.id, amount="50.00", on=DAYS[4])
        second = books.accounts.history(bank.id, limit=3, after=first.next_cursor)
        third = books.accounts.history(bank.id, limit=3, after=second.next_cursor)
        assert first.items + second.items + third.items == whole
        assert third.next_cursor is None


def test_a_range_of_a_history_keeps_the_balance_of_all_before_it(acme: Desk) -> None:
    """The running balance starts from the books, not from the range."""
    with acme.books() as books:
        bank = opened(books)
        rows = books.accounts.history(bank.id, first=DAYS[1], last=DAYS[2]).items
        assert [row.running_balance.minor // 100 for row in rows] == [26, 10]


def test_a_cursor_of_another_history_is_refused(acme: Desk) -> None:
    """It would continue at a place that means nothing there."""
    with acme.books() as books:
        bank = opened(books)
        other = books.accounts.open(name="Other", type="asset")
        cursor = books.accounts.history(bank.id, limit=2).next_cursor
        for wrong in (cursor, "nonsense"):
            with pytest.raises(InvalidCursorError):
                books.accounts.history(other.id, after=wrong)


def test_another_tenants_account_is_missing(acme: Desk, rival: Desk) -> None:
    """Its id answers like one that was never given out."""
    with acme.books() as books:
        bank = opened(books)
    with rival.books() as books:
        for ask in (books.accounts.balance, books.accounts.history, books.accounts.get):
            with pytest.raises(NotFoundError, match="There is no account"):
                ask(bank.id)

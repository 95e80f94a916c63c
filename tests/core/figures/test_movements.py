"""The largest single amounts of a period."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from stronghold_core import DateRange, Record
from tests.support.ledger import TODAY, create_category, open_account, record
from tests.support.rows import counted_statements

if TYPE_CHECKING:
    from stronghold_core import Movement
    from tests.support.stronghold import Desk

DAYS = 250
FIRST = TODAY - timedelta(days=DAYS - 1)


def same_each_day(desk: Desk) -> None:
    """Spend the same amount every day."""
    bank, food = open_account(desk).id, create_category(desk).id
    with desk.books() as books:
        books.transactions.post_many(
            [
                Record(account=bank, amount="-5.00", category=food, on=FIRST + timedelta(days=number))
                for number in range(DAYS)
            ]
        )


def largest(desk: Desk, **choice: object) -> tuple[Movement, ...]:
    """Return the largest movements in dollars."""
    with desk.books(read_only=True) as books:
        board = books.dashboard.transactions(DateRange(FIRST, TODAY), **choice)  # type: ignore[arg-type]
    (dollars,) = board.currencies
    return dollars.largest


def test_of_equal_amounts_the_latest_come_first(acme: Desk) -> None:
    """In every process: what is shown must not depend on the order in which rows are read."""
    same_each_day(acme)
    found = largest(acme, limit=3)
    assert [one.effective_date for one in found] == [TODAY - timedelta(days=number) for number in range(3)]


def test_what_some_accounts_moved_is_read_from_their_entries_alone(acme: Desk) -> None:
    """However many days the others have, it is as many statements as for a single day."""
    same_each_day(acme)
    card = open_account(acme, "Card", "liability").id
    record(acme, account=card, amount="-3.00", on=TODAY)
    with counted_statements(acme.stronghold.database) as statements:
        (found,) = largest(acme, accounts=[card])
    assert str(found.amount) == "3.00 USD"
    assert sum("stronghold_day_total" in statement for statement in statements) == 0
    assert sum("ranked" in statement for statement in statements) == 1

"""What a posting writes besides its entries, and in how many statements."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from stronghold_core import Money, Record, Transfer
from tests.support.ledger import TODAY, YESTERDAY, create_category, open_account, record
from tests.support.rows import Vault, counted_statements

if TYPE_CHECKING:
    from uuid import UUID

    from tests.support.stronghold import Desk


def totals(vault: Vault, span: str, account: UUID) -> list[tuple[str, int, int, int, int, int]]:
    """Read an account's totals: the span's first day, lane, debit, credit, largest, count."""
    key = account.bytes if vault.engine.dialect.name == "sqlite" else account
    query = text(
        f"SELECT {span}, lane, debit_minor, credit_minor, largest_minor, count FROM stronghold_{span}_total"
        f" WHERE account_id = :account ORDER BY {span}, lane"
    )
    with vault.engine.connect() as connection:
        return [(str(row[0]), *row[1:]) for row in connection.execute(query, {"account": key})]


def test_totals_count_what_came_and_what_went_by_day_and_by_month(acme: Desk, vault: Vault) -> None:
    """Debits and credits apart, so that they tell how much moved; in one posting, in several, and in a batch."""
    bank, food = open_account(acme), create_category(acme)
    with acme.books() as books:
        for amount, day in (("-1.00", date(2026, 10, 31)), ("-2.00", YESTERDAY)):
            books.transactions.record(account=bank.id, amount=amount, category=food.id, on=day)
        drafts = [
            Record(account=bank.id, amount=amount, category=food.id, on=day)
            for amount, day in (("-4.00", YESTERDAY), ("0.50", YESTERDAY), ("-8.00", date(2026, 11, 1)))
        ]
        made = books.transactions.post_many(drafts)[0].transaction_id
        assert made is not None
        head = books.transactions.get(made).entries[1].account_id
    assert totals(vault, "day", bank.id) == [
        ("2026-10-31", 0, 0, 100, 100, 1),
        ("2026-11-01", 0, 0, 800, 800, 1),
        ("2026-11-20", 0, 50, 600, 400, 3),
    ]
    assert totals(vault, "month", bank.id) == [("2026-10-01", 0, 0, 100, 100, 1), ("2026-11-01", 0, 50, 1400, 800, 4)]
    assert totals(vault, "month", head) == [("2026-10-01", 0, 100, 0, 100, 1), ("2026-11-01", 0, 1400, 50, 800, 4)]


def test_the_largest_amount_of_a_span_stays_the_largest(acme: Desk, vault: Vault) -> None:
    """Smaller ones after it, on either side, its own reversal and a correction change nothing; a larger one does."""
    bank, food, rent = open_account(acme), create_category(acme), create_category(acme, "Rent")
    large = record(acme, account=bank.id, amount="-5.00", category=food.id)
    head = large.entries[1].account_id
    with acme.books() as books:
        for amount in ("-1.00", "3.00"):
            books.transactions.record(account=bank.id, amount=amount, category=food.id)
        books.transactions.post_many([Record(account=bank.id, amount="-4.00", category=food.id)] * 2)
        books.transactions.reverse(large.id, on=TODAY)
        small = books.transactions.record(account=bank.id, amount="-2.00", category=food.id)
        moved = books.transactions.recategorise(small.id, category=rent.id).entries[-1].account_id
    for span in ("day", "month"):
        assert [row[4] for row in totals(vault, span, head)] == [500]
        assert [row[4] for row in totals(vault, span, bank.id)] == [500]
        assert [row[4] for row in totals(vault, span, moved)] == [200]
    for amount, largest in (("6.00", 600), ("-7.00", 700)):
        record(acme, account=bank.id, amount=amount, category=food.id)
        assert [row[4] for row in totals(vault, "day", head)] == [largest]
        assert [row[4] for row in totals(vault, "month", bank.id)] == [largest]


def test_a_batch_takes_as_many_statements_whatever_its_size(acme: Desk) -> None:
    """Five hundred drafts over three accounts, with references and keys, are written like ten."""
    accounts = [open_account(acme, name, opening_balance="1000.00") for name in ("A", "B", "C")]
    food = create_category(acme)

    def drafts(start: int, count: int) -> list[Record | Transfer]:
        return [
            Record(
                account=accounts[number % 3].id,
                amount="-0.01",
                category=food.id,
                reference=f"r-{number}",
                idempotency_key=f"k-{number}",
            )
            if number % 2
            else Transfer(from_account=accounts[0].id, to_account=accounts[1].id, amount="0.01")
            for number in range(start, start + count)
        ]

    counts = []
    with acme.books() as books:
        books.transactions.post_many(drafts(0, 6))
        for start, count in ((100, 10), (1000, 500)):
            with counted_statements(acme.stronghold.database) as statements:
                books.transactions.post_many(drafts(start, count))
            counts.append(len(statements))
        assert books.verify().is_sound
    assert counts[0] == counts[1]
    # Savepoint, keys, references, standings twice, lane, seven tables, event, release.
    assert counts[1] <= 16


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_units_do_not_queue_for_a_nominal_account(acme: Desk, vault: Vault) -> None:
    """While one unit is open, a second one adds to the same category in a lane of its own; readers add them up."""
    one, two, revenue = open_account(acme, "One"), open_account(acme, "Two"), create_category(acme, "Sales", "income")
    # Only the very first transaction of a category opens an account, which others do wait for.
    head = record(acme, account=one.id, amount="1.00", category=revenue.id, on=YESTERDAY).entries[1].account_id
    for _ in range(2):
        with acme.books() as first:
            first.transactions.record(account=one.id, amount="1.00", category=revenue.id)
            with acme.books() as second:
                second.transactions.record(account=two.id, amount="2.00", category=revenue.id)
    assert totals(vault, "day", head)[1:] == [("2026-11-21", 0, 0, 200, 100, 2), ("2026-11-21", 1, 0, 400, 200, 2)]
    with acme.books() as books:
        assert books.accounts.balance(head) == Money(-700, "USD")
        assert books.verify().is_sound

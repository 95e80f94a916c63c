"""Transactions as text, on both databases."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import TYPE_CHECKING

import pytest

from stronghold_core import PermissionDeniedError, Record, register_currency
from stronghold_core.errors import InvalidInputError, NotFoundError
from stronghold_core.exports.service import CSV_HEADER
from tests.support.ledger import TODAY, create_category, open_account, record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stronghold_core import AccountRecord, TransactionRecord
    from tests.support.stronghold import Desk


@pytest.fixture
def bank(acme: Desk) -> AccountRecord:
    """Open a bank account with some transactions."""
    bank = open_account(acme, "Bank", opening_balance="100.00", opened_on=date(2025, 1, 1))
    rolls = create_category(acme, "Rolls", parent=create_category(acme, "Food").id)
    record(
        acme, account=bank.id, amount="-7.50", category=rolls.id, on=date(2025, 1, 3), description="=1+1", note="a,b"
    )
    record(acme, account=bank.id, amount="-2.50", category=rolls.id, on=date(2025, 1, 2), payee="Oven", reference="r")
    return bank


def test_a_csv_file_has_a_row_for_each_entry(acme: Desk, bank: AccountRecord) -> None:
    """In the order of business dates; accounts and categories go by name; no cell is a formula."""
    with acme.books(read_only=True) as books:
        lines = list(books.exports.csv())
    rows = list(csv.DictReader(io.StringIO("".join(lines))))
    assert tuple(rows[0]) == CSV_HEADER
    assert [(row["date"], row["account"] or row["category"], row["amount"]) for row in rows] == [
        ("2025-01-01", "Bank", "100.00"),
        ("2025-01-01", "Opening balances USD", "-100.00"),
        ("2025-01-02", "Bank", "-2.50"),
        ("2025-01-02", "Food/Rolls", "2.50"),
        ("2025-01-03", "Bank", "-7.50"),
        ("2025-01-03", "Food/Rolls", "7.50"),
    ]
    assert (rows[2]["payee"], rows[2]["reference"], rows[2]["currency"]) == ("Oven", "r", "USD")
    assert (rows[4]["description"], rows[4]["note"]) == ("'=1+1", "a,b")


def test_small_amounts_are_written_out(acme: Desk) -> None:
    """Not as 1E-12, which is another number to some programs, and behind a minus a formula to a spreadsheet."""
    register_currency("TESTGRAIN", exponent=12, name="Grain")
    wallet = open_account(acme, "Wallet", currency="TESTGRAIN")
    record(acme, account=wallet.id, amount="-0.000000000001", category=None, on=date(2025, 1, 2))
    with acme.books(read_only=True) as books:
        rows = list(csv.DictReader(io.StringIO("".join(books.exports.csv()))))
    assert [row["amount"] for row in rows] == ["-0.000000000001", "0.000000000001"]


def test_json_lines_are_the_records(acme: Desk, bank: AccountRecord) -> None:
    """Each as pydantic dumps it."""
    with acme.books(read_only=True) as books:
        records = list(books.transactions.iterate())
        lines = list(books.exports.json_lines())
    assert [json.loads(line) for line in lines] == [one.model_dump(mode="json") for one in records]
    assert all(line.endswith("}\n") for line in lines)


def test_only_what_is_wanted_is_exported(acme: Desk, bank: AccountRecord) -> None:
    """The conditions are those of a list of transactions."""
    with acme.books(read_only=True) as books:
        wanted = books.transactions.iterate(text="oven", account=bank.id, min_amount="2")
        assert len(list(books.exports.csv(wanted))) == 1 + 2
        assert list(books.exports.json_lines([])) == []
        assert len(list(books.exports.csv([]))) == 1


def test_iterating_meets_every_transaction_once_in_order(acme: Desk) -> None:
    """Also where pages end within a day; the same as all pages of a list, the other way round."""
    bank = open_account(acme, "Bank")
    days = [date(2025, 1, 1 + number % 3) for number in range(1_203)]
    with acme.books() as books:
        books.transactions.post_many([Record(account=bank.id, amount="1", on=day) for day in days])
    with acme.books(read_only=True) as books:
        met = list(books.transactions.iterate())
        page = books.transactions.list(limit=500)
        listed = [*page]
        while page.next_cursor is not None:
            page = books.transactions.list(limit=500, after=page.next_cursor)
            listed += page
    assert [one.effective_date for one in met] == sorted(days)
    assert met == listed[::-1]


def test_what_is_posted_meanwhile_is_not_of_that_moment(acme: Desk, bank: AccountRecord) -> None:
    """A read unit is a snapshot, from its first question to its last line."""
    with acme.books(read_only=True) as books:
        lines = books.exports.json_lines()
        next(lines)
        record(acme, account=bank.id, amount="1", on=TODAY)
        assert len(list(lines)) == 2


def test_conditions_are_checked_before_the_first_line(acme: Desk) -> None:
    """Not when somebody has begun to write a file."""
    with acme.books(read_only=True) as books, pytest.raises(InvalidInputError):
        books.transactions.iterate(first="yesterday")


def test_members_export_what_they_may_read(acme: Desk, rival: Desk, bank: AccountRecord) -> None:
    """A viewer may; another tenant's owner finds nothing of it in their own books."""
    with acme.seat("user:vic", "viewer").books(read_only=True) as books:
        assert len(list(books.exports.csv())) == 7
    with rival.books(read_only=True) as books:
        assert list(books.exports.json_lines()) == []


def test_whoever_may_not_read_transactions_exports_none(acme: Desk) -> None:
    """They are refused before the first line."""
    with acme.books() as books:
        books.roles.create("nobody")
    with acme.seat("user:nil", "nobody").books(read_only=True) as books:
        for export in (books.exports.csv, books.exports.json_lines, books.transactions.iterate):
            with pytest.raises(PermissionDeniedError):
                export()


def test_a_record_of_another_tenant_is_refused_by_what_has_no_name_here(acme: Desk, rival: Desk) -> None:
    """Its category, or else its account; a file that named them by nothing would be taken for whole."""
    theirs = open_account(rival, "Theirs", opening_balance="5.00")
    other = open_account(rival, "Other")
    paid = record(rival, account=theirs.id, amount="-1.00", category=create_category(rival, "Rent").id)
    with rival.books() as books:
        moved = books.transactions.transfer(from_account=theirs.id, to_account=other.id, amount="1.00")
    with acme.books(read_only=True) as books:
        for one, kind, keys in (
            (paid, "category", {entry.category_id for entry in paid.entries}),
            (moved, "account", {theirs.id, other.id}),
        ):
            with pytest.raises(NotFoundError) as caught:
                list(books.exports.csv([one]))
            assert caught.value.kind == kind
            assert caught.value.key in keys


def test_a_category_that_comes_while_a_file_is_written_is_named(acme: Desk, bank: AccountRecord) -> None:
    """In a unit that writes, others may come between two rows."""
    with acme.books() as books:

        def drawn() -> Iterator[TransactionRecord]:
            for number in range(600):
                yield old
                if number == 550:
                    late = books.categories.create(name="Late", kind="expense")
                    yield books.transactions.record(account=bank.id, amount="-1.00", category=late.id)

        old = books.transactions.list().items[0]
        lines = [*books.exports.csv(drawn())]
    assert sum(",Late," in line for line in lines) == 1

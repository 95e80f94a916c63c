"""The short form of a posting on SQLite: when it is taken, and what it leaves when it breaks in the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from stronghold_core.db.fixed import run_text
from stronghold_core.errors import DuplicateReferenceError
from stronghold_core.ledger.posting import few_statements
from stronghold_core.ledger.posting.rules import MAX_FEW
from tests.support.ledger import asking, create_category, open_account
from tests.support.rows import counted_statements

if TYPE_CHECKING:
    from stronghold_core import Books
    from tests.support.stronghold import Desk

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
TABLES = ("transaction", "account", "entry", "day_total", "month_total", "audit_event")


@pytest.fixture
def spending(acme: Desk) -> dict[str, Any]:
    """Say what is spent on an account and a category that this process knows."""
    fields: dict[str, Any] = {
        "account": open_account(acme, opening_balance="50.00").id,
        "category": create_category(acme).id,
    }
    with acme.books() as books:
        books.transactions.record(amount="-1.00", **fields)
    return {"amount": "-1.00", **fields}


def written(books: Books, acme: Desk, verb: str, *arguments: Any, **fields: Any) -> list[str]:  # noqa: ANN401
    """Post, and return the statements that it took, but for the savepoint's."""
    with counted_statements(acme.stronghold.database) as statements:
        asking(f"transactions.{verb}", *arguments, **fields)(books)
    return [statement.strip() for statement in statements if "SAVEPOINT" not in statement]


def test_a_posting_on_known_accounts_asks_once_and_writes_each_table_once(acme: Desk, spending: dict[str, Any]) -> None:
    """With a key, with a reference, with both."""
    with acme.books() as books:
        for extra in ({}, {"reference": "r-1"}, {"idempotency_key": "k-1"}, {"idempotency_key": "k", "reference": "r"}):
            question, *writes = written(books, acme, "record", **spending, **extra)
            assert question.startswith("SELECT")
            assert len(writes) == len(TABLES) + ("idempotency_key" in extra)
            assert all(not statement.startswith("SELECT") for statement in writes)
        assert books.verify().is_sound


def test_what_does_not_fit_takes_the_other_form(acme: Desk, spending: dict[str, Any]) -> None:
    """Too many lines, one account twice, no chain: posted all the same, with the batch's statements."""
    bank, capital = spending["account"], open_account(acme, "Capital", "equity").id
    heads = [create_category(acme, f"Head {number}").id for number in range(MAX_FEW)]
    parts = [(head, "-0.01") for head in heads]
    split = {"account": bank, "amount": f"-0.0{MAX_FEW}", "parts": parts}
    twice = [(bank, "1.00"), (bank, "1.00"), (capital, "-2.00")]
    nominal = {"account": capital, "amount": "-1.00", "category": spending["category"]}
    with acme.books() as books:
        books.transactions.split(**split)
        books.transactions.post(twice)
        for statements in (
            written(books, acme, "split", **split),
            written(books, acme, "post", twice),
            written(books, acme, "record", **nominal),
        ):
            assert "held_minor" in statements[0]
            assert "NOT EXISTS" not in statements[0]
        assert books.verify().is_sound


def test_a_posting_that_breaks_in_the_middle_leaves_the_unit_as_it_was(
    acme: Desk, spending: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event is written last; without it there is no posting, and the unit goes on."""
    with acme.books() as books:
        with monkeypatch.context() as broken:
            broken.setattr(few_statements, "_EVENT", "INSERT INTO nowhere VALUES (:id)")
            with pytest.raises(Exception, match="nowhere"):
                books.transactions.record(**spending)
        made = books.transactions.record(**spending)
    with acme.books() as books:
        assert books.accounts.balance(spending["account"]).minor == 48_00
        assert books.transactions.list(limit=1).items[0].id == made.id
        assert books.verify().is_sound


def test_a_reference_that_is_taken_is_refused_by_name(acme: Desk, spending: dict[str, Any]) -> None:
    """This form writes nothing then, and the other one says why."""
    with acme.books() as books:
        made = books.transactions.record(**spending, reference="r-1")
        with pytest.raises(DuplicateReferenceError) as caught:
            books.transactions.record(**spending, reference="r-1")
        assert caught.value.transaction_id == made.id


def test_an_instant_later_than_the_clock_is_kept(acme: Desk, spending: dict[str, Any]) -> None:
    """An account's postings never go back in time, whatever the clock of this machine."""
    later = "2031-01-01T00:00:00.000001+00:00"
    with acme.books() as books:
        run_text(books._unit.connection, "UPDATE stronghold_account SET last_recorded_at = ?", (later,))
        made = books.transactions.record(**spending)
        assert made.recorded_at.isoformat() == later
        assert books.transactions.get(made.id) == made

"""Importing a bank's file into the books, on each kind of database."""

from __future__ import annotations

import io
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from stronghold_core import CsvLayout, Origin, Settings, Stronghold
from stronghold_core.bank_statements import read_csv
from stronghold_core.errors import (
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    ReadOnlyUnitError,
    StatementColumnError,
    StatementFileError,
)
from tests.support.ledger import actions, balance, open_account
from tests.support.stronghold import EVE, Desk

if TYPE_CHECKING:
    from pathlib import Path

    from stronghold_core import ManualClock
    from stronghold_core.bank_statements import ImportResult
    from stronghold_core.ledger import AccountRecord

BOB = "user:bob"
LAYOUT = CsvLayout(date_column="Date", description_column="Text", amount_column="Amount")
HEADER = "Date,Text,Amount\n"
TWO_COFFEES = f"{HEADER}2026-11-02,Salary,2000.00\n2026-11-03,Coffee,-4.50\n2026-11-03,Coffee,-4.50\n"


@pytest.fixture
def bank(acme: Desk) -> AccountRecord:
    """Open an empty account that must not be overdrawn."""
    return open_account(acme, min_balance="0")


def load(desk: Desk, account: AccountRecord, content: str) -> ImportResult:
    """Import a file of *content* in a unit of its own."""
    with desk.books() as books:
        return books.bank_statements.import_csv(io.BytesIO(content.encode()), account=account.id, layout=LAYOUT)


def counts(result: ImportResult) -> tuple[int, int, int]:
    """Return how many rows were posted, there already, and refused."""
    return result.posted, result.already_there, result.refused


# ------------------------------------------------------------------ what is posted


def test_rows_become_transactions(acme: Desk, bank: AccountRecord) -> None:
    """With the bank's day and words, and the sign the account saw."""
    assert counts(load(acme, bank, TWO_COFFEES)) == (3, 0, 0)
    assert balance(acme, bank) == "1991.00"
    with acme.books(read_only=True) as books:
        found = books.transactions.list(text="salary").items
        assert [(one.effective_date.isoformat(), one.description) for one in found] == [("2026-11-02", "Salary")]
        assert books.verify().is_sound


def test_a_file_may_be_given_by_its_path(acme: Desk, bank: AccountRecord, tmp_path: Path) -> None:
    """As text or as a path."""
    path = tmp_path / "checking.csv"
    path.write_text(TWO_COFFEES, encoding="utf-8")
    with acme.books() as books:
        assert books.bank_statements.import_csv(path, account=bank.id, layout=LAYOUT).posted == 3
        assert books.bank_statements.import_csv(str(path), account=str(bank.id), layout=LAYOUT).already_there == 3


def test_a_file_that_can_not_be_opened_is_an_error_of_ours(acme: Desk, bank: AccountRecord, tmp_path: Path) -> None:
    """A folder is no file, and a missing one is none either."""
    with acme.books() as books:
        for path in (tmp_path, tmp_path / "missing.csv"):
            with pytest.raises(StatementFileError, match=str(path)):
                books.bank_statements.import_csv(path, account=bank.id, layout=LAYOUT)


# ------------------------------------------------------------------ what is not posted twice


@pytest.mark.parametrize(
    "file",
    [io.StringIO(HEADER), HEADER.encode(), None, 7, "a\x00b", "\ud800"],
    ids=["text file", "bytes", "none", "number", "nul", "half a character"],
)
def test_what_is_neither_a_path_nor_a_file_of_bytes_is_refused(acme: Desk, bank: AccountRecord, file: Any) -> None:  # noqa: ANN401
    """A file that was opened for reading text is the commonest mistake; the message says how to open it."""
    with acme.books() as books, pytest.raises(InvalidInputError) as caught:
        books.bank_statements.import_csv(file, account=bank.id, layout=LAYOUT)
    assert caught.value.field == "file"


@pytest.mark.parametrize("layout", [None, {"date_column": 0}], ids=["none", "mapping"])
def test_a_layout_is_made_before_it_is_used(acme: Desk, bank: AccountRecord, layout: Any) -> None:  # noqa: ANN401
    """Its fields are checked when it is made."""
    with acme.books() as books, pytest.raises(InvalidInputError) as caught:
        books.bank_statements.import_csv(io.BytesIO(HEADER.encode()), account=bank.id, layout=layout)
    assert caught.value.field == "layout"


def test_what_is_no_row_posts_nothing(acme: Desk, bank: AccountRecord) -> None:
    """Not even the rows before it; it is not counted as one that was there already."""
    row = next(read_csv(io.BytesIO(TWO_COFFEES.encode()), LAYOUT))
    wrong: list[tuple[Any, str]] = [([row, {"on": "2026-11-01"}], "rows.1"), ([None], "rows.0"), (7, "rows")]
    with acme.books() as books:
        for rows, field in wrong:
            with pytest.raises(InvalidInputError) as caught:
                books.bank_statements.import_rows(rows, account=bank.id)
            assert caught.value.field == field
    assert balance(acme, bank) == "0.00"


def test_the_same_file_twice_posts_nothing_twice(acme: Desk, bank: AccountRecord) -> None:
    """Not even the two equal purchases of one day, which are two."""
    load(acme, bank, TWO_COFFEES)
    assert counts(load(acme, bank, TWO_COFFEES)) == (0, 3, 0)
    assert balance(acme, bank) == "1991.00"


def test_an_overlapping_file_posts_only_what_is_new(acme: Desk, bank: AccountRecord) -> None:
    """A third coffee on the day of the first two is a third one, wherever its row stands."""
    load(acme, bank, TWO_COFFEES)
    again = f"{HEADER}2026-11-04,Rent,-900\n" + "2026-11-03,Coffee,-4.5\n" * 3
    assert counts(load(acme, bank, again)) == (2, 2, 0)
    assert balance(acme, bank) == "1086.50"


def test_a_file_that_somebody_else_imported_posts_nothing_twice(acme: Desk, bank: AccountRecord) -> None:
    """An idempotency key is one principal's, but a transaction is the tenant's."""
    load(acme, bank, TWO_COFFEES)
    assert counts(load(acme.seat(BOB, "member"), bank, TWO_COFFEES)) == (0, 3, 0)
    assert balance(acme, bank) == "1991.00"


def test_a_file_from_long_ago_posts_nothing_twice(acme: Desk, bank: AccountRecord, clock: ManualClock) -> None:
    """Idempotency keys may be deleted when they are old; the rows are known all the same."""
    load(acme, bank, TWO_COFFEES)
    clock.advance(timedelta(days=400))
    with acme.books() as books:
        assert books.transactions.forget_keys(used_before=clock.now()) == 3
    assert counts(load(acme, bank, TWO_COFFEES)) == (0, 3, 0)


def test_a_row_that_was_edited_or_taken_back_is_not_posted_again(acme: Desk, bank: AccountRecord) -> None:
    """What the bank said stays known, whatever people made of it."""
    load(acme, bank, TWO_COFFEES)
    with acme.books() as books:
        (salary,) = books.transactions.list(text="salary").items
        books.transactions.edit(salary.id, description="Bonus")
        coffee = books.transactions.list(text="coffee").items[0]
        books.transactions.reverse(coffee.id, on=coffee.effective_date)
    assert counts(load(acme, bank, TWO_COFFEES)) == (0, 3, 0)


def test_the_same_rows_of_another_account_are_posted(acme: Desk, bank: AccountRecord) -> None:
    """Two accounts may well see the same amount on the same day."""
    load(acme, bank, TWO_COFFEES)
    assert counts(load(acme, open_account(acme, "Savings"), TWO_COFFEES)) == (3, 0, 0)


def test_a_row_that_was_refused_is_posted_once_it_can_be(acme: Desk, bank: AccountRecord) -> None:
    """After the reason is gone, importing the file again posts what was missing and nothing else."""
    early = f"{HEADER}2026-11-01,Rent,-900\n2026-11-02,Salary,2000.00\n"
    assert counts(load(acme, bank, early)) == (1, 0, 1)
    assert counts(load(acme, bank, early)) == (1, 1, 0)
    assert balance(acme, bank) == "1100.00"


def test_a_row_of_zero_is_counted_and_not_posted(acme: Desk, bank: AccountRecord) -> None:
    """A bank's notice moves nothing: no reason to call the import faulty, at this time or the next."""
    notice = f"{TWO_COFFEES}2026-11-04,New terms,0.00\n2027-01-01,New terms,0\n"
    first, again = load(acme, bank, notice), load(acme, bank, notice)
    assert (counts(first), first.without_amount, first.rows) == ((3, 0, 0), 2, 5)
    assert (counts(again), again.without_amount, again.rows) == ((0, 3, 0), 2, 5)


# ------------------------------------------------------------------ what is refused


def test_refused_rows_are_named_in_the_order_of_the_file(acme: Desk, bank: AccountRecord) -> None:
    """Whether a row could not be read or the books did not allow it, its line and a reason are told."""
    result = load(
        acme,
        bank,
        f"{HEADER}2026-11-02,Salary,100.00\n2026-11-03,Car,-9000\n2026-02-30,Tea,-1\n2027-01-01,Tea,-1\n"
        "2026-11-03,Tea,-1.001\n2026-11-03,Tea,-1\n",
    )
    assert counts(result) == (2, 0, 4)
    assert [row.line for row in result.refused_rows] == [3, 4, 5, 6]
    reasons = [row.reason for row in result.refused_rows]
    words = ["can be taken, not", "'2026-02-30' does not exist", "is after 2026-11-21", "more decimals"]
    assert all(word in reason for word, reason in zip(words, reasons, strict=True)), reasons


def test_a_hundred_refused_rows_are_named_and_all_are_counted(acme: Desk, bank: AccountRecord) -> None:
    """Both those that can't be read and those that the books refuse."""
    result = load(acme, bank, HEADER + "yesterday,Tea,-1\n2026-11-03,Tea,-1\n" * 80)
    assert (result.posted, result.refused, len(result.refused_rows)) == (0, 160, 100)
    assert [row.line for row in result.refused_rows] == list(range(2, 102))


def test_a_wrong_column_posts_nothing(acme: Desk, bank: AccountRecord) -> None:
    """And leaves the unit as it was: the caller may try again with the right one."""
    with acme.books() as books:
        with pytest.raises(StatementColumnError):
            books.bank_statements.import_csv(
                io.BytesIO(TWO_COFFEES.encode()),
                account=bank.id,
                layout=LAYOUT.model_copy(update={"amount_column": "Betrag"}),
            )
        assert not books.transactions.list().items


def test_a_file_that_fails_in_the_middle_posts_nothing(acme: Desk, bank: AccountRecord) -> None:
    """The verb is undone as a whole, also the batches that were posted before."""

    def rows() -> object:
        yield from read_csv(io.BytesIO((HEADER + "2026-11-03,Tea,1\n" * 1_500).encode()), LAYOUT)
        raise StatementFileError(reason="the disk gave up.")

    with acme.books() as books:
        with pytest.raises(StatementFileError):
            books.bank_statements.import_rows(rows(), account=bank.id)  # type: ignore[arg-type]
        assert not books.transactions.list().items
        assert books.accounts.get(bank.id).balance.minor == 0


def test_an_unknown_account_is_refused(acme: Desk, rival: Desk) -> None:
    """Another tenant's is as unknown as none."""
    theirs = open_account(rival)
    with acme.books() as books:
        for account in (theirs.id, acme.tenant.id):
            with pytest.raises(NotFoundError):
                books.bank_statements.import_csv(io.BytesIO(TWO_COFFEES.encode()), account=account, layout=LAYOUT)
    assert balance(rival, theirs) == "0.00"


def test_importing_needs_its_permission(acme: Desk, bank: AccountRecord) -> None:
    """A viewer may look at the books; the refusal is recorded."""
    with acme.seat(EVE, "viewer").books() as books, pytest.raises(PermissionDeniedError, match="statement:import"):
        books.bank_statements.import_csv(io.BytesIO(TWO_COFFEES.encode()), account=bank.id, layout=LAYOUT)
    assert "statement:import" in actions(acme)


def test_a_read_unit_imports_nothing(acme: Desk, bank: AccountRecord) -> None:
    """Not even a file without rows, so that the mistake is seen at once."""
    with acme.books(read_only=True) as books, pytest.raises(ReadOnlyUnitError):
        books.bank_statements.import_csv(io.BytesIO(HEADER.encode()), account=bank.id, layout=LAYOUT)


# ------------------------------------------------------------------ how it is done


def test_the_audit_log_says_that_it_was_an_import(acme: Desk, bank: AccountRecord) -> None:
    """Whoever opens the unit names the cause; one event stands for a batch."""
    origin = Origin(cause="import:checking.csv")
    with acme.stronghold.books(acme.tenant.id, principal=acme.principal, origin=origin) as books:
        books.bank_statements.import_csv(io.BytesIO(TWO_COFFEES.encode()), account=bank.id, layout=LAYOUT)
    with acme.books() as books:
        (event,) = books.audit.list(action="transaction.post_many").items
        assert event.cause == "import:checking.csv"


@pytest.mark.parametrize(("limit", "batches"), [(10_000, 2), (700, 3)])
def test_rows_are_posted_in_batches(
    acme: Desk, bank: AccountRecord, database_url: str, clock: ManualClock, *, limit: int, batches: int
) -> None:
    """Of a thousand, or of what the settings allow at once; each is one event of the audit log."""
    rows = (HEADER + "2026-11-03,Tea,1\n" * 1_500).encode()
    settings = Settings(max_drafts_per_batch=limit)
    with (
        closing(Stronghold(database_url, clock=clock, settings=settings)) as stronghold,
        Desk(stronghold, acme.tenant, acme.principal).books() as books,
    ):
        assert books.bank_statements.import_csv(io.BytesIO(rows), account=bank.id, layout=LAYOUT).posted == 1_500
        assert len(books.audit.list(action="transaction.post_many").items) == batches


def test_the_parts_of_a_file_may_be_committed_one_by_one(acme: Desk, bank: AccountRecord) -> None:
    """A caller who reads the rows decides where the units end; equal rows are told apart over all of them."""
    rows = read_csv(io.BytesIO(TWO_COFFEES.encode()), LAYOUT)
    for row in rows:
        with acme.books() as books:
            assert books.bank_statements.import_rows([row], account=bank.id).posted == 1
    assert counts(load(acme, bank, TWO_COFFEES)) == (0, 3, 0)

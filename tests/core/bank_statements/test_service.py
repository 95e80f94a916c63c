"""Importing a bank's file into the books, on each kind of database."""

from __future__ import annotations

import io
from contextlib import closing
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stronghold_core import CsvLayout, Origin, Settings, Stronghold
from stronghold_core.bank_statements import Verdict, read_csv
from stronghold_core.errors import (
    AmbiguousStatementError,
    ImportRevertedError,
    InsufficientFundsError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    ReadOnlyUnitError,
    ReversalDateError,
    StatementAccountError,
    StatementBalanceError,
    StatementColumnError,
    StatementFileError,
    StatementRowError,
)
from stronghold_core.ids import new_id
from tests.support.ledger import actions, balance, open_account
from tests.support.rows import counted_statements
from tests.support.stronghold import EVE, Desk

if TYPE_CHECKING:
    from pathlib import Path

    from stronghold_core import ManualClock
    from stronghold_core.bank_statements import ImportResult, PreviewRow, PreviewSummary
    from stronghold_core.ledger import AccountRecord

BOB = "user:bob"
HEADER = "Date,Text,Amount\n"
TWO_COFFEES = f"{HEADER}2026-11-02,Salary,2000.00\n2026-11-03,Coffee,-4.50\n2026-11-03,Coffee,-4.50\n"


@pytest.fixture
def bank(acme: Desk) -> AccountRecord:
    """Open an empty account that must not be overdrawn."""
    return open_account(acme, min_balance="0")


def load(desk: Desk, account: AccountRecord, content: str, **options: Any) -> ImportResult:  # noqa: ANN401
    """Import a file of *content* in a unit of its own."""
    with desk.books() as books:
        return books.bank_statements.import_csv(io.BytesIO(content.encode()), account=account.id, **options)


def look(desk: Desk, account: AccountRecord, content: str, **options: Any) -> tuple[list[PreviewRow], PreviewSummary]:  # noqa: ANN401
    """Preview a file of *content* in a unit that only reads."""
    with (
        desk.books(read_only=True) as books,
        books.bank_statements.preview_csv(io.BytesIO(content.encode()), account=account.id, **options) as preview,
    ):
        return list(preview), preview.summary


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
        assert books.bank_statements.import_csv(path, account=bank.id).posted == 3
        assert books.bank_statements.import_csv(str(path), account=str(bank.id)).already_there == 3


def test_a_file_that_can_not_be_opened_is_an_error_of_ours(acme: Desk, bank: AccountRecord, tmp_path: Path) -> None:
    """A folder is no file, and a missing one is none either."""
    with acme.books() as books:
        for path in (tmp_path, tmp_path / "missing.csv"):
            with pytest.raises(StatementFileError, match=str(path)):
                books.bank_statements.import_csv(path, account=bank.id)


# ------------------------------------------------------------------ what is not posted twice


@pytest.mark.parametrize(
    "file",
    [io.StringIO(HEADER), HEADER.encode(), None, 7, "a\x00b", "\ud800"],
    ids=["text file", "bytes", "none", "number", "nul", "half a character"],
)
def test_what_is_neither_a_path_nor_a_file_of_bytes_is_refused(acme: Desk, bank: AccountRecord, file: Any) -> None:  # noqa: ANN401
    """A file that was opened for reading text is the commonest mistake; the message says how to open it."""
    with acme.books() as books, pytest.raises(InvalidInputError) as caught:
        books.bank_statements.import_csv(file, account=bank.id)
    assert caught.value.field == "file"


@pytest.mark.parametrize("layout", [7, {"date_column": 0}], ids=["number", "mapping"])
def test_a_layout_is_made_before_it_is_used(acme: Desk, bank: AccountRecord, layout: Any) -> None:  # noqa: ANN401
    """Its fields are checked when it is made."""
    with acme.books() as books, pytest.raises(InvalidInputError) as caught:
        books.bank_statements.import_csv(io.BytesIO(HEADER.encode()), account=bank.id, layout=layout)
    assert caught.value.field == "layout"


def test_what_is_no_row_posts_nothing(acme: Desk, bank: AccountRecord) -> None:
    """Not even the rows before it; it is not counted as one that was there already."""
    row = next(read_csv(io.BytesIO(TWO_COFFEES.encode())))
    wrong: list[tuple[Any, str]] = [
        ([row, {"on": "2026-11-01"}], "rows.1"),
        ([None], "rows.0"),
        (7, "rows"),
        ("text", "rows"),
    ]
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


def test_a_file_that_somebody_else_imported_posts_nothing_twice(acme: Desk, bank: AccountRecord) -> None:
    """An idempotency key is one principal's, but a transaction is the tenant's."""
    load(acme, bank, TWO_COFFEES)
    assert counts(load(acme.seat(BOB, "member"), bank, TWO_COFFEES)) == (0, 3, 0)
    assert balance(acme, bank) == "1991.00"


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


# ------------------------------------------------------------------ what is refused


def test_a_wrong_column_posts_nothing(acme: Desk, bank: AccountRecord) -> None:
    """And leaves the unit as it was: the caller may try again with the right one."""
    with acme.books() as books:
        with pytest.raises(StatementColumnError):
            books.bank_statements.import_csv(
                io.BytesIO(TWO_COFFEES.encode()),
                account=bank.id,
                layout=CsvLayout(amount_column="Betrag"),
            )
        assert not books.transactions.list().items


def test_a_file_that_fails_in_the_middle_posts_nothing(acme: Desk, bank: AccountRecord) -> None:
    """The verb is undone as a whole, also the batches that were posted before."""

    def rows() -> object:
        yield from read_csv(io.BytesIO((HEADER + "2026-11-03,Tea,1\n" * 1_500).encode()))
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
                books.bank_statements.import_csv(io.BytesIO(TWO_COFFEES.encode()), account=account)
    assert balance(rival, theirs) == "0.00"


def test_importing_needs_its_permission(acme: Desk, bank: AccountRecord) -> None:
    """A viewer may look at the books; the refusal is recorded."""
    with acme.seat(EVE, "viewer").books() as books, pytest.raises(PermissionDeniedError, match="statement:import"):
        books.bank_statements.import_csv(io.BytesIO(TWO_COFFEES.encode()), account=bank.id)
    assert "statement:import" in actions(acme)


def test_a_read_unit_imports_nothing(acme: Desk, bank: AccountRecord) -> None:
    """Not even a file without rows, so that the mistake is seen at once."""
    with acme.books(read_only=True) as books, pytest.raises(ReadOnlyUnitError):
        books.bank_statements.import_csv(io.BytesIO(HEADER.encode()), account=bank.id)


# ------------------------------------------------------------------ how it is done


# ------------------------------------------------------------------ what is known again


def test_an_overlapping_file_posts_only_what_is_new(acme: Desk, bank: AccountRecord) -> None:
    """A third coffee on the day of the first two is a third one, wherever its row stands."""
    load(acme, bank, TWO_COFFEES)
    again = f"{HEADER}2026-11-04,Rent,-900.00\n" + "2026-11-03,Coffee,-4.50\n" * 3
    assert counts(load(acme, bank, again)) == (2, 2, 0)
    assert balance(acme, bank) == "1086.50"


def test_half_of_a_file_and_then_all_of_it_is_all_of_it_once(acme: Desk, bank: AccountRecord) -> None:
    """Whichever of two equal rows the half has held."""
    rows = TWO_COFFEES.splitlines(keepends=True)
    assert counts(load(acme, bank, "".join(rows[:3]))) == (2, 0, 0)
    assert counts(load(acme, bank, TWO_COFFEES)) == (1, 2, 0)
    assert balance(acme, bank) == "1991.00"


def test_a_row_with_the_banks_number_is_known_again_under_other_words(acme: Desk, bank: AccountRecord) -> None:
    """And two rows of one number and amount in one file are two, not one that was dropped."""
    head = "Transaction ID,Date,Text,Amount\n"
    first = f"{head}A1,2026-11-02,Pending,5.00\nA2,2026-11-02,Gift,5.00\nA2,2026-11-02,Gift,5.00\n"
    assert counts(load(acme, bank, first, layout=CsvLayout(bank_id_column="Transaction ID"))) == (3, 0, 0)
    booked = f"{head}A1,2026-11-02,Booked as usual,5.00\nA3,2026-11-03,Gift,5.00\n"
    assert counts(load(acme, bank, booked)) == (1, 1, 0)


@pytest.mark.parametrize("stated", [None, CsvLayout(bank_id_column="Transaction ID")], ids=["found", "stated"])
@pytest.mark.parametrize("number", ["TX-{:03}", "{}", "{:09}", "TX-{}00001"])
def test_a_file_that_counts_its_rows_anew_is_no_duplicate(
    acme: Desk, bank: AccountRecord, stated: CsvLayout | None, number: str
) -> None:
    """The rent of the next month has the number and the amount of this month's, and was paid all the same."""
    head = "Transaction ID,Date,Text,Amount\n"
    ids = [number.format(one) for one in (1, 2)]
    for month in ("10", "11"):
        rows = f"{ids[0]},2026-{month}-01,Salary,2000.00\n{ids[1]},2026-{month}-03,Rent,-900.00\n"
        assert counts(load(acme, bank, head + rows, layout=stated)) == (2, 0, 0)
        assert counts(load(acme, bank, head + rows)) == (0, 2, 0)


def test_a_debit_that_was_taken_back_is_never_read_as_money_that_left(acme: Desk, bank: AccountRecord) -> None:
    """The first file shows that debits have no minus, and one that has is asked about."""
    head = "Date,Text,Debit,Credit\n"
    assert counts(load(acme, bank, f"{head}2026-11-01,Salary,,99.00\n2026-11-02,Tea,5.00,\n")) == (2, 0, 0)
    back = f"{head}2026-11-03,Tea taken back,-5.00,\n"
    with pytest.raises(StatementRowError, match="has a minus, which others have not"):
        load(acme, bank, back)
    assert counts(load(acme, bank, back, layout=CsvLayout(debit_minus="back"))) == (1, 0, 0)
    assert balance(acme, bank) == "99.00"


def test_overlapping_files_that_count_from_one_add_nothing_twice(acme: Desk, bank: AccountRecord) -> None:
    """Their numbers say where a row stands in the file, and nothing of the row."""
    head = "Transaction ID,Date,Text,Amount\n"
    first = "TX-001,2026-11-01,Salary,2000.00\nTX-002,2026-11-03,Rent,-900.00\n"
    assert counts(load(acme, bank, head + first)) == (2, 0, 0)
    later = "TX-001,2026-11-03,Rent,-900.00\nTX-002,2026-11-04,Tea,-2.50\n"
    assert counts(load(acme, bank, head + later)) == (1, 1, 0)


def test_rows_are_known_again_if_only_their_days_are_stated(acme: Desk, bank: AccountRecord) -> None:
    """The columns stay those of the files before, also where those of this one would be taken otherwise."""
    first = "Transaction ID,Date,Text,Amount\nA1F,2026-11-02,Gift,50.00\nB2E,2026-11-03,Tea,-1.00\n"
    assert counts(load(acme, bank, first)) == (2, 0, 0)
    longer = f"{first}C3D,2026-11-04,Rent,-9.00\nC3D,2026-11-04,Fee,-0.50\n"
    assert counts(load(acme, bank, longer, layout=CsvLayout(date_format="%Y-%m-%d"))) == (2, 2, 0)


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_rows_are_counted_over_the_whole_file(
    acme: Desk, bank: AccountRecord, database_url: str, clock: ManualClock, *, size: int
) -> None:
    """In however many chunks it is posted, and under one event."""
    rows = (HEADER + "2026-11-03,Tea,1.00\n" * 20).encode()
    settings_ = Settings(max_drafts_per_batch=size)
    with closing(Stronghold(database_url, clock=clock, settings=settings_)) as stronghold:
        desk = Desk(stronghold, acme.tenant, acme.principal)
        with desk.books() as books:
            assert books.bank_statements.import_csv(io.BytesIO(rows), account=bank.id).posted == 20
        with desk.books() as books:
            assert books.bank_statements.import_csv(io.BytesIO(rows), account=bank.id).already_there == 20
            assert [event.action for event in books.audit.list(limit=2)] == [
                "statement.save_layout",
                "statement.import",
            ]
            assert books.verify().is_sound


# ------------------------------------------------------------------ what is refused


BAD_ROWS = (
    f"{HEADER}2026-11-02,Salary,100.00\n2026-11-03,Car,-9000.00\n2026-02-30,Tea,-1.00\n2027-01-01,Tea,-1.00\n"
    "2026-11-03,Tea,-1.001\n2026-11-03,Tea,-1.00\n"
)


def test_a_row_that_can_not_be_posted_ends_the_import(acme: Desk, bank: AccountRecord) -> None:
    """It is named, with its reason and the way out; nothing was posted."""
    with acme.books() as books:
        with pytest.raises(StatementRowError) as caught:
            books.bank_statements.import_csv(io.BytesIO(BAD_ROWS.encode()), account=bank.id)
        assert not books.transactions.list().items
        assert not books.bank_statements.list().items
        assert books.bank_statements.layout_of(bank.id) is None
    assert caught.value.line == 4
    assert "on_invalid='skip'" in str(caught.value)


def test_rows_that_can_not_be_posted_may_be_left_out(acme: Desk, bank: AccountRecord) -> None:
    """Whether one could not be read or the books did not allow it, its line and a reason are told."""
    result = load(acme, bank, BAD_ROWS, on_invalid="skip")
    assert counts(result) == (2, 0, 4)
    assert [row.line for row in result.refused_rows] == [3, 4, 5, 6]
    reasons = [row.reason for row in result.refused_rows]
    words = ["can be taken, not", "'2026-02-30' does not exist", "is after 2026-11-21", "more decimals"]
    assert all(word in reason for word, reason in zip(words, reasons, strict=True)), reasons


def test_a_row_that_was_left_out_is_posted_once_it_can_be(acme: Desk, bank: AccountRecord) -> None:
    """After the reason is gone, importing the file again posts what was missing and nothing else."""
    early = f"{HEADER}2026-11-01,Rent,-900.00\n2026-11-02,Salary,2000.00\n"
    assert counts(load(acme, bank, early, on_invalid="skip")) == (1, 0, 1)
    assert counts(load(acme, bank, early)) == (1, 1, 0)
    assert balance(acme, bank) == "1100.00"


def test_a_hundred_refused_rows_are_named_and_all_are_counted(acme: Desk, bank: AccountRecord) -> None:
    """Both those that can't be read and those that the books refuse."""
    rows = HEADER + "2026-13-40,Tea,-1.00\n2026-11-03,Tea,-1.00\n" * 80
    result = load(acme, bank, rows, on_invalid="skip")
    assert (result.posted, result.refused, len(result.refused_rows)) == (0, 160, 100)
    assert [row.line for row in result.refused_rows] == list(range(2, 102))


@pytest.mark.parametrize(
    ("option", "field"), [({"on_invalid": "stop"}, "on_invalid"), ({"on_mismatch": ""}, "on_mismatch")]
)
def test_what_to_do_about_bad_rows_is_one_of_two_words(
    acme: Desk, bank: AccountRecord, option: dict[str, str], field: str
) -> None:
    """A misspelt one would be taken for the other."""
    with pytest.raises(InvalidInputError) as caught:
        load(acme, bank, TWO_COFFEES, **option)
    assert caught.value.field == field


def test_a_row_of_zero_is_counted_and_not_posted(acme: Desk, bank: AccountRecord) -> None:
    """A bank's notice moves nothing: no reason to call the import faulty, at this time or the next."""
    notice = f"{TWO_COFFEES}2026-11-04,New terms,0.00\n2027-01-01,New terms,0\n"
    first, again = load(acme, bank, notice), load(acme, bank, notice)
    assert (counts(first), first.without_amount, first.rows) == ((3, 0, 0), 2, 5)
    assert (counts(again), again.without_amount, again.rows) == ((0, 3, 0), 2, 5)


def test_a_row_in_another_currency_is_invalid(acme: Desk, bank: AccountRecord) -> None:
    """Its amount would silently become another money; so would one with the sign of another."""
    rows = "Date,Text,Amount,Currency\n2026-11-02,Salary,100.00,USD\n2026-11-03,Tea,-1.00,EUR\n"
    seen, _ = look(acme, bank, rows)
    assert [row.verdict for row in seen] == [Verdict.NEW, Verdict.INVALID]
    assert "is in USD, the amount is in EUR" in (seen[1].reason or "")
    (row,), _ = look(acme, bank, "Date,Text,Amount\n2026-11-02,Tea,1.00 EUR\n")
    assert row.verdict is Verdict.INVALID


def test_words_that_are_too_many_for_a_description_are_kept_whole(acme: Desk, bank: AccountRecord) -> None:
    """In the note."""
    words = "word " * 200
    load(acme, bank, f"{HEADER}2026-11-02,{words},1.00\n")
    with acme.books(read_only=True) as books:
        (transaction,) = books.transactions.list()
    assert transaction.description is not None
    assert len(transaction.description) == 500
    assert transaction.note == words.strip()


# ------------------------------------------------------------------ balances


ADDS_UP = (
    "Date,Text,Amount,Balance\n2026-11-02,Salary,100.00,100.00\n2026-11-03,Tea,-1.00,99.00\n"
    "2026-11-04,Pie,-2.00,97.00\n"
)


def test_balances_that_add_up_are_told(acme: Desk, bank: AccountRecord) -> None:
    """Whichever end of the time the file begins at."""
    head, *rows = ADDS_UP.splitlines(keepends=True)
    for text in (ADDS_UP, head + "".join(reversed(rows))):
        _, summary = look(acme, bank, text)
        assert (summary.checked_balances, summary.warnings) == (2, 0)


def test_a_balance_that_does_not_add_up_is_named(acme: Desk, bank: AccountRecord) -> None:
    """The preview warns of it; the import refuses it, unless it is told that the bank is right."""
    wrong = ADDS_UP.replace("2026-11-03,Tea,-1.00", "2026-11-03,Tea,-1.50")
    seen, summary = look(acme, bank, wrong)
    assert [row.warning is not None for row in seen] == [False, True, False]
    assert seen[1].warning == "it states a balance of 99.00 USD, but the amounts lead to 98.50 USD."
    assert (seen[1].verdict, summary.warnings) == (Verdict.NEW, 1)
    with pytest.raises(StatementBalanceError) as caught:
        load(acme, bank, wrong)
    assert (caught.value.line, caught.value.stated, caught.value.computed) == (3, "99.00 USD", "98.50 USD")
    assert balance(acme, bank) == "0.00"
    assert load(acme, bank, wrong, on_mismatch="accept").mismatches == 1


# ------------------------------------------------------------------ the account's number


def numbered(number: str) -> str:
    """Write a file whose preamble names an account."""
    return f"Account number: {number},,\n{TWO_COFFEES}"


def test_a_file_of_another_account_is_refused(acme: Desk, bank: AccountRecord) -> None:
    """The first one tells the number, in a line above the header or in a column."""
    assert load(acme, bank, numbered("12345678")).posted == 3
    with acme.books(read_only=True) as books:
        saved = books.bank_statements.layout_of(bank.id)
    assert saved is not None
    assert saved.account_number == "12345678"
    for attempt in (load, look):
        with pytest.raises(StatementAccountError) as caught:
            attempt(acme, bank, numbered("87654321"))
        assert (caught.value.found, caught.value.expected) == ("87654321", "12345678")
    column = "Date,Account Number,Text,Amount\n2026-11-05,{0},Tea,-1.00\n2026-11-06,{0},Tea,-1.00\n"
    layout = CsvLayout(account_column="Account Number")
    with pytest.raises(StatementAccountError):
        load(acme, bank, column.format("87654321"), layout=layout)
    assert load(acme, bank, column.format("1234-5678"), layout=layout).posted == 2


def test_rows_of_another_account_among_others_are_invalid(acme: Desk, bank: AccountRecord) -> None:
    """A file of several accounts is none for one."""
    rows = "Date,Account Number,Text,Amount\n2026-11-05,11112222,Tea,1.00\n2026-11-06,33334444,Tea,1.00\n"
    seen, summary = look(acme, bank, rows, layout=CsvLayout(account_column="Account Number"))
    assert [row.verdict for row in seen] == [Verdict.NEW, Verdict.INVALID]
    assert "of account 33334444" in (seen[1].reason or "")
    assert summary.account_number == "11112222"


def test_a_number_that_is_forgotten_refuses_nothing(acme: Desk, bank: AccountRecord) -> None:
    """After the bank has given the account another one."""
    load(acme, bank, numbered("12345678"))
    with acme.books() as books:
        assert books.bank_statements.forget_layout(bank.id)
        assert not books.bank_statements.forget_layout(bank.id)
    assert counts(load(acme, bank, numbered("87654321"))) == (0, 3, 0)


# ------------------------------------------------------------------ layouts


OPEN = "Date,Text,Amount\n03/04/2026,Tea,1.00\n"


def test_what_was_asked_once_is_kept_for_the_next_file(acme: Desk, bank: AccountRecord) -> None:
    """An order of days that a file leaves open is stated for the first one only."""
    with pytest.raises(AmbiguousStatementError):
        load(acme, bank, OPEN)
    assert load(acme, bank, OPEN, layout=CsvLayout(date_format="%d/%m/%Y")).posted == 1
    assert load(acme, bank, OPEN.replace("Tea", "Pie")).posted == 1
    with acme.books(read_only=True) as books:
        assert {str(one.effective_date) for one in books.transactions.list()} == {"2026-04-03"}


def test_a_layout_may_be_saved_before_any_file(acme: Desk, bank: AccountRecord) -> None:
    """And is taken wherever none is given."""
    with acme.books() as books:
        saved = books.bank_statements.save_layout(bank.id, CsvLayout(date_format="%m/%d/%Y"), account_number="4711")
        assert books.bank_statements.layout_of(bank.id) == saved
    seen, _ = look(acme, bank, OPEN)
    assert seen[0].statement_line is not None
    assert str(seen[0].statement_line.on) == "2026-03-04"
    with acme.books() as books:
        again = books.bank_statements.save_layout(bank.id, CsvLayout(date_format="%d/%m/%Y"))
        assert again.account_number == "4711"
        assert actions(acme).count("statement.save_layout") == 1


def test_a_layout_is_the_accounts_own(acme: Desk, bank: AccountRecord, rival: Desk) -> None:
    """Neither another account's nor another tenant's."""
    load(acme, bank, TWO_COFFEES)
    other = open_account(acme, "Savings")
    with acme.books() as books:
        assert books.bank_statements.layout_of(other.id) is None
    with rival.books() as books:
        assert books.bank_statements.layout_of(bank.id) is None
        with pytest.raises(NotFoundError):
            books.bank_statements.save_layout(bank.id, CsvLayout())
        assert not books.bank_statements.forget_layout(bank.id)


def test_a_file_that_the_kept_layout_does_not_fit_is_refused(acme: Desk, bank: AccountRecord) -> None:
    """Its rows could not be known again by other columns; the message says where the layout comes from."""
    load(acme, bank, TWO_COFFEES)
    other = "Datum;Zweck;Betrag\n2026-11-05;Tee;-1,00\n"
    with pytest.raises(StatementColumnError, match="earlier files"):
        load(acme, bank, other)
    assert load(acme, bank, other, layout=CsvLayout()).posted == 1


def test_a_found_encoding_is_not_kept(acme: Desk, bank: AccountRecord) -> None:
    """A file of plain words proves none, and the next one may have umlauts."""
    load(acme, bank, TWO_COFFEES)
    data = f"{HEADER}2026-11-05,Müller,1.00\n".encode("cp1252")
    with acme.books() as books:
        assert books.bank_statements.import_csv(io.BytesIO(data), account=bank.id).posted == 1
        assert books.transactions.list(text="müller").items


# ------------------------------------------------------------------ previews


def test_a_preview_says_what_would_become_of_each_row(acme: Desk, bank: AccountRecord) -> None:
    """And writes nothing."""
    load(acme, bank, TWO_COFFEES)
    text = (
        f"{TWO_COFFEES}2026-11-03,Coffee,-4.50\n2026-11-04,Terms,0.00\n2026-11-05,Car,-9000.00\n2026-11-99,Tea,1.00\n"
    )
    seen, summary = look(acme, bank, text)
    assert [row.verdict.value for row in seen] == ["duplicate"] * 3 + ["new", "empty", "invalid", "invalid"]
    with acme.books(read_only=True) as books:
        salary = books.transactions.list(text="salary")[0]
        assert seen[0].transaction_id == salary.id
        assert len(books.transactions.list()) == 3
    assert (summary.new, summary.duplicates, summary.empty, summary.invalid, summary.rows) == (1, 3, 1, 2, 7)
    assert (str(summary.incoming), str(summary.outgoing)) == ("0.00 USD", "-4.50 USD")
    assert (str(summary.first), str(summary.last)) == ("2026-11-02", "2026-11-05")
    assert summary.layout is not None
    assert summary.layout.date_format == "%Y-%m-%d"


@pytest.mark.parametrize("balances", [True, False], ids=["with balances", "without"])
def test_a_file_that_begins_with_the_latest_is_posted_from_its_end(
    acme: Desk,
    bank: AccountRecord,
    balances: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """What came in first pays for what went out later, and the history of a day reads as it happened."""
    rows = ["2026-11-03,Rent,-90.00,6.00", "2026-11-02,Tea,-4.00,96.00", "2026-11-02,Salary,100.00,100.00"]
    text = "Date,Text,Amount,Balance\n" + "\n".join(
        rows if balances else [row.rpartition(",")[0] + "," for row in rows]
    )
    seen, _ = look(acme, bank, text)
    assert [(row.line, row.verdict.value) for row in seen] == [(2, "new"), (3, "new"), (4, "new")]
    assert counts(load(acme, bank, text)) == (3, 0, 0)
    with acme.books(read_only=True) as books:
        assert [one.description for one in books.transactions.list()] == ["Rent", "Tea", "Salary"]


@given(
    st.lists(
        st.tuples(st.sampled_from(["2026-11-01", "2026-11-22", "1850-01-01", "2026-02-30"]), st.integers(-300, 300)),
        max_size=12,
    )
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_import_does_what_the_preview_says(acme: Desk, rows: list[tuple[str, int]]) -> None:
    """Row by row: what is new is posted, what is invalid is refused for the same reason."""
    bank = open_account(acme, f"Bank {new_id()}", min_balance="-2.00")
    text = HEADER + "2026-11-01,x,0.01\n" + "".join(f"{day},x,{Decimal(minor) / 100}\n" for day, minor in rows)
    seen, summary = look(acme, bank, text)
    result = load(acme, bank, text, on_invalid="skip")
    assert (summary.new, summary.duplicates, summary.empty, summary.invalid) == (
        *counts(result)[:2],
        result.without_amount,
        result.refused,
    )
    assert [(row.line, row.reason) for row in seen if row.verdict is Verdict.INVALID] == [
        (row.line, row.reason) for row in result.refused_rows
    ]
    assert Decimal(balance(acme, bank)) == summary.incoming.amount + summary.outgoing.amount


def test_rows_that_a_host_has_read_are_previewed_too(acme: Desk, bank: AccountRecord) -> None:
    """From a file of another kind."""
    rows = list(read_csv(io.BytesIO(TWO_COFFEES.encode())))
    with acme.books() as books:
        with books.bank_statements.preview_rows(rows, account=bank.id) as preview:
            assert [row.verdict for row in preview] == [Verdict.NEW] * 3
        result = books.bank_statements.import_rows(rows, account=bank.id, source="november.ofx")
        assert result.import_id is not None
        assert books.bank_statements.get(result.import_id).source == "november.ofx"


def test_a_preview_is_that_of_one_tenant(acme: Desk, rival: Desk, bank: AccountRecord) -> None:
    """Another tenant's account is as unknown as none, and its rows are nobody's duplicates."""
    load(acme, bank, TWO_COFFEES)
    with pytest.raises(NotFoundError):
        look(rival, bank, TWO_COFFEES)
    _, summary = look(rival, open_account(rival), TWO_COFFEES)
    assert summary.new == 3


# ------------------------------------------------------------------ what was imported


def test_an_import_is_one_record_and_one_event(acme: Desk, bank: AccountRecord, tmp_path: Path) -> None:
    """With what it brought, who did it, and from which file; its folders are nobody's business."""
    path = tmp_path / "november.csv"
    path.write_text(TWO_COFFEES, encoding="utf-8")
    origin = Origin(cause="import:november.csv")
    with acme.stronghold.books(acme.tenant.id, principal=acme.principal, origin=origin) as books:
        result = books.bank_statements.import_csv(path, account=bank.id)
        assert result.import_id is not None
        record = books.bank_statements.get(result.import_id)
        assert books.bank_statements.list()[0] == record
        (event,) = books.audit.list(action="statement.import")
    assert (record.source, record.imported_by, record.posted) == ("november.csv", acme.principal, 3)
    assert (str(record.incoming), str(record.outgoing)) == ("2000.00 USD", "-9.00 USD")
    assert (str(record.first), str(record.last)) == ("2026-11-02", "2026-11-03")
    assert (str(event.id), event.object_id, event.cause) == (str(record.id), record.id, "import:november.csv")
    assert event.payload is not None
    assert (event.payload["transactions"], event.payload["incoming"]) == (3, "2000.00 USD")


def test_an_import_of_nothing_is_none(acme: Desk, bank: AccountRecord) -> None:
    """There would be nothing to take back."""
    load(acme, bank, TWO_COFFEES)
    before = actions(acme)
    assert load(acme, bank, TWO_COFFEES).import_id is None
    assert load(acme, bank, HEADER).import_id is None
    assert actions(acme) == before


def test_imports_are_listed_page_by_page(acme: Desk, bank: AccountRecord, rival: Desk) -> None:
    """The latest first, of one account or of all, and of one tenant."""
    savings = open_account(acme, "Savings")
    for account, day in ((bank, 1), (savings, 2), (bank, 3)):
        load(acme, account, f"{HEADER}2026-11-0{day},Tea,1.00\n")
    with acme.books(read_only=True) as books:
        everything = books.bank_statements.list()
        assert [str(one.first)[-1] for one in everything] == ["3", "2", "1"]
        assert [str(one.first)[-1] for one in books.bank_statements.list(account=bank.id)] == ["3", "1"]
        first = books.bank_statements.list(limit=2)
        rest = books.bank_statements.list(limit=2, after=first.next_cursor)
        assert [*first, *rest] == [*everything]
    with rival.books(read_only=True) as books:
        assert not books.bank_statements.list().items
        with pytest.raises(NotFoundError):
            books.bank_statements.get(everything[0].id)


# ------------------------------------------------------------------ taking back


def test_an_import_that_is_taken_back_leaves_no_trace_in_the_figures(acme: Desk, bank: AccountRecord) -> None:
    """Each reversal has the date of its transaction; one event tells of all."""
    result = load(acme, bank, TWO_COFFEES)
    assert result.import_id is not None
    with acme.books() as books:
        reverted = books.bank_statements.revert(result.import_id)
        assert (reverted.reversed, reverted.already_reversed) == (3, 0)
        for day in (2, 3, 21):
            assert books.accounts.balance(bank.id, on=date(2026, 11, day)).minor == 0
        record = books.bank_statements.get(result.import_id)
        assert (record.reverted_at is not None, record.reverted_by) == (True, acme.principal)
        (event,) = books.audit.list(action="statement.revert")
        assert event.payload is not None
        assert (event.object_id, event.payload["transactions"]) == (record.id, 3)
        assert books.verify().is_sound


def test_a_file_whose_import_was_taken_back_can_come_again(acme: Desk, bank: AccountRecord) -> None:
    """And again."""
    for _ in range(2):
        result = load(acme, bank, TWO_COFFEES)
        assert counts(result) == (3, 0, 0)
        assert result.import_id is not None
        with acme.books() as books:
            books.bank_statements.revert(result.import_id)
    assert counts(load(acme, bank, TWO_COFFEES)) == (3, 0, 0)
    assert balance(acme, bank) == "1991.00"


def test_an_import_is_taken_back_once(acme: Desk, bank: AccountRecord) -> None:
    """The error says when it was."""
    result = load(acme, bank, TWO_COFFEES)
    assert result.import_id is not None
    with acme.books() as books:
        books.bank_statements.revert(result.import_id)
        with pytest.raises(ImportRevertedError) as caught:
            books.bank_statements.revert(result.import_id)
    assert caught.value.import_id == result.import_id
    assert balance(acme, bank) == "0.00"


def test_an_import_may_be_taken_back_on_a_later_day(acme: Desk, bank: AccountRecord) -> None:
    """Not on one before its transactions."""
    result = load(acme, bank, TWO_COFFEES)
    assert result.import_id is not None
    with acme.books() as books:
        with pytest.raises(ReversalDateError):
            books.bank_statements.revert(result.import_id, on="2026-11-02")
        assert len(books.transactions.list()) == 3
        books.bank_statements.revert(result.import_id, on="2026-11-20")
        assert str(books.accounts.balance(bank.id, on=date(2026, 11, 19)).amount) == "1991.00"
        assert books.accounts.balance(bank.id).minor == 0


def test_what_was_taken_back_or_recategorised_before_is_taken_back_once(acme: Desk, bank: AccountRecord) -> None:
    """One by one, by hand."""
    result = load(acme, bank, TWO_COFFEES)
    assert result.import_id is not None
    with acme.books() as books:
        food = books.categories.create(name="Food", kind="expense")
        one, other = books.transactions.list(text="coffee")
        books.transactions.reverse(one.id, on=one.effective_date)
        books.transactions.recategorise(other.id, category=food.id)
        reverted = books.bank_statements.revert(result.import_id)
        assert (reverted.reversed, reverted.already_reversed) == (2, 1)
        assert books.accounts.balance(bank.id).minor == 0
        assert books.verify().is_sound


def test_the_limits_of_the_account_hold_when_an_import_is_taken_back(acme: Desk, bank: AccountRecord) -> None:
    """What has been spent since can't be taken back from under it."""
    result = load(acme, bank, TWO_COFFEES)
    assert result.import_id is not None
    with acme.books() as books:
        books.transactions.record(account=bank.id, amount="-1900.00")
        with pytest.raises(InsufficientFundsError):
            books.bank_statements.revert(result.import_id)
        assert books.bank_statements.get(result.import_id).reverted_at is None
    assert balance(acme, bank) == "91.00"


def test_an_import_passes_backwards_through_the_balances_it_had(acme: Desk, bank: AccountRecord) -> None:
    """Else the salary would be taken back before what it paid for, and the limit would refuse it."""
    result = load(acme, bank, f"{HEADER}2026-11-02,Salary,10.00\n2026-11-03,Rent,-10.00\n")
    assert result.import_id is not None
    with acme.books() as books:
        assert books.bank_statements.revert(result.import_id).reversed == 2


def test_taking_back_needs_its_permission(acme: Desk, bank: AccountRecord) -> None:
    """A member may import, but not take back."""
    member = acme.seat(BOB, "member")
    result = load(member, bank, TWO_COFFEES)
    assert result.import_id is not None
    with member.books() as books, pytest.raises(PermissionDeniedError, match="transaction:reverse"):
        books.bank_statements.revert(result.import_id)
    with acme.seat(EVE, "accountant").books() as books:
        assert books.bank_statements.revert(result.import_id).reversed == 3


# ------------------------------------------------------------------ how it is done


def test_the_number_of_statements_does_not_grow_with_the_rows(acme: Desk, bank: AccountRecord) -> None:
    """A chunk takes as many for ten rows as for nine hundred."""

    def statements(rows: int, day: int) -> int:
        text = HEADER + "".join(f"2026-11-{day:02},Row {number},1.00\n" for number in range(rows))
        with counted_statements(acme.stronghold.database) as sent:
            assert load(acme, bank, text).posted == rows
        return len(sent)

    statements(5, day=1)
    assert statements(10, day=2) == statements(900, day=3)


def test_progress_is_told(acme: Desk, bank: AccountRecord) -> None:
    """By the number of rows so far, after each chunk."""
    told: list[int] = []
    load(acme, bank, HEADER + "2026-11-03,Tea,1.00\n" * 1_500, progress=told.append)
    assert told == [1_000, 1_500]


def test_an_interruption_in_the_middle_leaves_nothing(acme: Desk, bank: AccountRecord) -> None:
    """Ctrl-C arrives anywhere; the file is back at its beginning, for another try."""

    def interrupt(_rows: int) -> None:
        raise KeyboardInterrupt

    file = io.BytesIO((HEADER + "2026-11-03,Tea,1.00\n" * 1_500).encode())
    with pytest.raises(KeyboardInterrupt), acme.books() as books:
        books.bank_statements.import_csv(file, account=bank.id, progress=interrupt)
    assert file.tell() == 0
    with acme.books() as books:
        assert not books.transactions.list().items
        assert not books.bank_statements.list().items
        assert books.bank_statements.import_csv(file, account=bank.id).posted == 1_500
        assert books.verify().is_sound


def test_days_that_settle_nothing_are_asked_about_before_anything_is_posted(acme: Desk, bank: AccountRecord) -> None:
    """So is an amount that may be a thousand times as much."""
    for text in (OPEN, "Date,Text,Amount\n2026-11-01,Tea,1.234\n"):
        with pytest.raises(AmbiguousStatementError):
            load(acme, bank, text)
    assert balance(acme, bank) == "0.00"


def test_amounts_of_either_convention_are_read_as_stated(acme: Desk, bank: AccountRecord) -> None:
    """A thousand, or too many decimals for a dollar."""
    text = "Date,Text,Amount\n2026-11-01,Tea,1.234\n"
    with pytest.raises(StatementRowError, match="more decimals"):
        load(acme, bank, text, layout=CsvLayout(decimal_mark="."))
    assert load(acme, bank, text, layout=CsvLayout(decimal_mark=",", thousands_mark=".")).posted == 1
    assert balance(acme, bank) == "1234.00"

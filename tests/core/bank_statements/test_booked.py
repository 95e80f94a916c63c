"""Rows that the bank has not booked: they move nothing, until a later file says that they are booked."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

from stronghold_core import CsvLayout
from stronghold_core.bank_statements import detect_layout
from stronghold_core.bank_statements.csv_files.words import (
    BOOKED_WORDS,
    FAILED_WORDS,
    PENDING_WORDS,
    normalised,
)
from stronghold_core.errors import AmbiguousStatementError, StatementRowError
from tests.support.ledger import balance, open_account

if TYPE_CHECKING:
    from stronghold_core.bank_statements import ImportResult, Preview
    from stronghold_core.ledger import AccountRecord
    from tests.support.stronghold import Desk

HEADER = "Date,Description,Amount,Balance,Status\n"
COFFEE = "2026-11-02,Coffee,-3.50,96.50,{status}\n"
HOTEL = "2026-11-03,Hotel,-90.00,,{status}\n"
TEA = "2026-11-04,Tea,-2.50,94.00,{status}\n"


@pytest.fixture
def bank(acme: Desk) -> AccountRecord:
    """Open an account."""
    return open_account(acme)


def load(desk: Desk, account: AccountRecord, content: str, **options: Any) -> ImportResult:  # noqa: ANN401
    """Import a file of *content*."""
    with desk.books() as books:
        return books.bank_statements.import_csv(io.BytesIO(content.encode()), account=account.id, **options)


def look(desk: Desk, account: AccountRecord, content: str) -> list[tuple[str, str | None]]:
    """Return the verdicts on a file's rows, with their reasons."""
    with desk.books(read_only=True) as books:
        file = io.BytesIO(content.encode())
        with books.bank_statements.preview_csv(file, account=account.id) as preview:
            return _verdicts(preview)


def _verdicts(preview: Preview) -> list[tuple[str, str | None]]:
    return [(row.verdict.value, row.reason) for row in preview]


def file_of(*statuses: str) -> str:
    """Write a file of up to three rows, each of one status."""
    rows = [row.format(status=status) for row, status in zip((COFFEE, HOTEL, TEA), statuses, strict=False)]
    return HEADER + "".join(rows)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("Pending", "not booked yet: status 'Pending'."),
        ("Vorgemerkt", "not booked yet: status 'Vorgemerkt'."),
        ("En attente", "not booked yet: status 'En attente'."),
        ("Pendiente", "not booked yet: status 'Pendiente'."),
        ("In behandeling", "not booked yet: status 'In behandeling'."),
        ("In sospeso", "not booked yet: status 'In sospeso'."),
        ("Em processamento", "not booked yet: status 'Em processamento'."),
        ("Oczekująca", "not booked yet: status 'Oczekująca'."),
        ("DECLINED", "not booked: status 'DECLINED'."),
        ("REVERTED", "not booked: status 'REVERTED'."),
        ("Failed", "not booked: status 'Failed'."),
        ("Abgelehnt", "not booked: status 'Abgelehnt'."),
        ("Refusée", "not booked: status 'Refusée'."),
        ("Rechazada", "not booked: status 'Rechazada'."),
        ("Geweigerd", "not booked: status 'Geweigerd'."),
        ("Rifiutata", "not booked: status 'Rifiutata'."),
        ("Recusada", "not booked: status 'Recusada'."),
        ("Odrzucona", "not booked: status 'Odrzucona'."),
    ],
)
def test_what_the_bank_has_not_booked_is_not_posted(acme: Desk, bank: AccountRecord, status: str, reason: str) -> None:
    """In any of eight languages; the others are, and the row is no mistake that would end the import."""
    content = file_of("Booked", status, "Booked")
    assert look(acme, bank, content) == [("new", None), ("unbooked", reason), ("new", None)]
    result = load(acme, bank, content)
    assert (result.posted, result.unbooked, result.refused, result.rows) == (2, 1, 0, 3)
    assert balance(acme, bank) == "-6.00"


def test_a_row_is_posted_once_when_it_is_booked(acme: Desk, bank: AccountRecord) -> None:
    """By the first file that says so, and by no other."""
    assert load(acme, bank, file_of("Booked", "Pending", "Booked")).posted == 2
    later = load(acme, bank, file_of("Booked", "Booked", "Booked"), on_mismatch="accept")
    assert (later.posted, later.already_there, later.unbooked) == (1, 2, 0)
    assert load(acme, bank, file_of("Booked", "Booked", "Booked"), on_mismatch="accept").posted == 0
    assert balance(acme, bank) == "-96.00"


def test_a_row_without_a_day_may_be_pending(acme: Desk, bank: AccountRecord) -> None:
    """Some banks know the day only once they have booked."""
    assert [one for one, _ in look(acme, bank, HEADER + ",Hotel,-90.00,,Pending\n" + COFFEE)][:1] == ["unbooked"]


def test_an_empty_status_is_booked(acme: Desk, bank: AccountRecord) -> None:
    """Some banks mark only what is not."""
    result = load(acme, bank, file_of("", "Pending", ""))
    assert (result.posted, result.unbooked) == (2, 1)


def test_a_status_that_was_empty_in_the_first_file_counts_in_the_next(acme: Desk, bank: AccountRecord) -> None:
    """The layout of the first one is kept with the account."""
    assert load(acme, bank, file_of("")).posted == 1
    assert load(acme, bank, file_of("", "Pending", "")).unbooked == 1


def test_what_is_not_booked_is_in_no_balance(acme: Desk, bank: AccountRecord) -> None:
    """The balances around it are still compared with each other."""
    content = file_of("Booked", "Pending", "Booked").replace("94.00", "93.00")
    with acme.books(read_only=True) as books:
        file = io.BytesIO(content.encode())
        with books.bank_statements.preview_csv(file, account=bank.id) as preview:
            warnings = [row.warning for row in preview]
        assert preview.summary.unbooked == 1
    assert warnings[:2] == [None, None]
    assert "states a balance of 93.00 USD, but the amounts lead to 94.00 USD" in (warnings[2] or "")


def test_a_status_of_no_known_meaning_is_a_bad_row(acme: Desk, bank: AccountRecord) -> None:
    """It may mean that money moved, or not."""
    with pytest.raises(StatementRowError, match="'Wobbly' says neither that it is booked nor that it is not"):
        load(acme, bank, file_of("Booked", "Wobbly"))
    layout = CsvLayout(booked_words=("wobbly",))
    assert load(acme, bank, file_of("Booked", "Wobbly"), layout=layout).posted == 2


def test_a_file_of_unknown_statuses_is_asked_about() -> None:
    """Else its rows that are not booked would be posted: their words may be as strange."""
    file = io.BytesIO(file_of("Fertig", "Fertig").encode())
    with pytest.raises(AmbiguousStatementError) as caught:
        detect_layout(file)
    assert (caught.value.field, caught.value.candidates) == ("booked_words", (("Fertig",),))
    assert detect_layout(file, CsvLayout(booked_words=("Fertig",))).status_column == "Status"


@pytest.mark.parametrize(("word", "column"), [("CA", None), ("Completed", "State"), ("", "State")])
def test_a_state_may_be_of_an_address(word: str, column: str | None) -> None:
    """A name that means both is taken for what its words say."""
    text = f"Date,Description,Amount,State\n2026-11-02,Coffee,-3.50,{word}\n"
    assert detect_layout(io.BytesIO(text.encode())).status_column == column


def test_no_word_of_a_status_means_two_things() -> None:
    """And each is written as names are compared."""
    assert not BOOKED_WORDS & (PENDING_WORDS | FAILED_WORDS)
    assert not PENDING_WORDS & FAILED_WORDS
    assert {normalised(word) for word in BOOKED_WORDS | PENDING_WORDS | FAILED_WORDS} == (
        BOOKED_WORDS | PENDING_WORDS | FAILED_WORDS
    )


@pytest.mark.parametrize(
    "name",
    [
        *("Status", "Buchungsstatus", "Statut", "Estado", "Situación", "Boekingsstatus", "Stato", "Situação"),
        "Status transakcji",
    ],
)
def test_a_status_has_a_name_in_each_language(name: str) -> None:
    """As banks call it."""
    text = f"Date,Description,Amount,{name}\n2026-11-02,Coffee,-3.50,Pending\n"
    assert detect_layout(io.BytesIO(text.encode())).status_column == name

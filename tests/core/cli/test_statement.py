"""`stronghold import`: a bank's file into an account, as often as one likes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from stronghold_core.bank_statements import BATCH_SIZE, read_csv
from stronghold_core.errors import StatementFileError
from tests.support.ledger import open_account
from tests.support.stronghold import ADA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.shell import Outcome, Shell
    from tests.support.stronghold import Desk

COLUMNS = ("--date-column", "Date", "--description-column", "Text", "--amount-column", "Amount")
TWO_ROWS = "Date,Text,Amount\n2025-11-03,Salary,2800.00\n2025-11-04,Rent,-950.00\n"


class Clerk:
    """Writes a bank's file and imports it for Acme, as Ada if nobody else is named."""

    def __init__(self, shell: Shell, folder: Path) -> None:
        self._shell, self._path = shell, folder / "november.csv"

    def file(self, content: str | bytes) -> None:
        """Write the file."""
        self._path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def imports(
        self, *options: str, into: tuple[str, ...] = ("--account", "Bank"), columns: tuple[str, ...] = COLUMNS
    ) -> Outcome:
        """Import it; *options* come last, so that they go before those that are always given."""
        always = ("--tenant", "acme", "--principal", ADA)
        return self._shell("import", str(self._path), *always, *into, *columns, *options)


@pytest.fixture
def clerk(shell: Shell, acme: Desk, tmp_path: Path) -> Clerk:
    """Open a bank account at Acme, and lay a file of two rows beside it."""
    open_account(acme)
    clerk = Clerk(shell, tmp_path)
    clerk.file(TWO_ROWS)
    return clerk


def balance_of(desk: Desk, name: str = "Bank") -> str:
    """Return the present balance of an account by its name."""
    with desk.books(read_only=True) as books:
        found = books.accounts.find(name=name)
        assert found is not None
        return str(books.accounts.balance(found.id).amount)


# --- what is posted


def test_the_rows_are_posted_and_counted(clerk: Clerk, acme: Desk) -> None:
    """To a person in a few lines."""
    outcome = clerk.imports()
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.split() == ["2", "rows", "for", "Bank", "Posted", "2", "Already", "there", "0", "Refused", "0"]
    assert balance_of(acme) == "1850.00"


def test_a_file_may_be_imported_again(clerk: Clerk, acme: Desk) -> None:
    """Rows that are in the books already are passed over."""
    clerk.imports()
    again = clerk.imports("--json")
    assert (again.code, again.document["posted"], again.document["already_there"]) == (0, 0, 2)
    assert balance_of(acme) == "1850.00"


def test_a_program_reads_what_became_of_the_file(clerk: Clerk) -> None:
    """With the account that the rows went to."""
    told: dict[str, Any] = clerk.imports("--json").document
    assert told.pop("account_id")
    assert told == {
        "account": "Bank",
        "is_complete": True,
        "posted": 2,
        "already_there": 0,
        "without_amount": 0,
        "refused": 0,
        "refused_rows": [],
    }


def test_more_rows_than_one_batch_holds_are_posted_too(clerk: Clerk, acme: Desk) -> None:
    """Each batch is committed for itself; together they are the file."""
    rows = "".join(f"2025-11-03,Row {number},1.00\n" for number in range(BATCH_SIZE + 1))
    clerk.file("Date,Text,Amount\n" + rows)
    assert clerk.imports("--json").document["posted"] == BATCH_SIZE + 1
    assert balance_of(acme) == f"{BATCH_SIZE + 1}.00"


def test_rows_that_cannot_be_read_are_named_and_the_others_posted(clerk: Clerk, acme: Desk) -> None:
    """The exit code says that somebody has to look."""
    clerk.file(TWO_ROWS + "yesterday,Lunch,-12.00\n2025-11-05,Dinner,much\n")
    outcome = clerk.imports()
    assert outcome.code == 1
    assert "line 4" in outcome.out
    assert "line 5" in outcome.out
    assert balance_of(acme) == "1850.00"


def test_a_row_of_zero_is_no_reason_to_look(clerk: Clerk, acme: Desk) -> None:
    """It moves nothing; it is counted, and the import ends well."""
    clerk.file(TWO_ROWS + "2025-11-05,New terms,0.00\n")
    outcome = clerk.imports()
    assert outcome.code == 0
    assert "Without an amount 1" in " ".join(outcome.out.split())
    assert balance_of(acme) == "1850.00"


def test_what_a_row_says_is_shown_as_it_is(clerk: Clerk) -> None:
    """Neither square brackets nor the terminal's own control sequences in a bank's file do anything."""
    clerk.file(TWO_ROWS + '[/],"[red]Lunch",1\n2025-11-05,Dinner,\x1b[2J\n')
    outcome = clerk.imports()
    assert outcome.code == 1
    assert "[/]" in outcome.out
    assert "\x1b" not in outcome.out


def test_of_many_refused_rows_a_person_sees_the_first_twenty(clerk: Clerk) -> None:
    """And how many more there are; a program gets up to a hundred."""
    clerk.file("Date,Text,Amount\n" + "someday,Lunch,-12.00\n" * 30)
    outcome = clerk.imports()
    assert outcome.out.count("line ") == 20
    assert "… and 10 rows more; --json names the first 100" in outcome.out
    assert len(clerk.imports("--json").document["refused_rows"]) == 30


# --- where it goes


def test_an_account_is_known_by_its_name_or_its_id(clerk: Clerk, acme: Desk) -> None:
    """Whichever is at hand."""
    with acme.books(read_only=True) as books:
        found = books.accounts.find(name="Bank")
    assert found is not None
    assert clerk.imports(into=("--account", str(found.id)), columns=COLUMNS).code == 0
    assert clerk.imports("--json").document["already_there"] == 2


@pytest.mark.parametrize("key", ["Bonk", "01a1fe92-9f9b-7b0b-b4a3-709dab3ff2a3"])
def test_an_account_that_is_not_there_is_named(clerk: Clerk, key: str) -> None:
    """Nothing is opened by a typing error."""
    outcome = clerk.imports(into=("--account", key))
    assert (outcome.code, outcome.out) == (3, "")
    assert f"There is no account {key} here" in outcome.err


def test_an_account_can_be_opened_along_with_the_import(clerk: Clerk, acme: Desk) -> None:
    """The first time; afterwards it is simply used."""
    for posted in (2, 0):
        outcome = clerk.imports("--json", into=("--open-account", "Savings"))
        assert (outcome.code, outcome.document["posted"]) == (0, posted)
    assert balance_of(acme, "Savings") == "1850.00"


def test_the_account_is_opened_in_the_currency_that_was_said(clerk: Clerk, acme: Desk) -> None:
    """If it is not the tenant's own."""
    assert clerk.imports("--currency", "EUR", into=("--open-account", "Euros")).code == 0
    with acme.books(read_only=True) as books:
        found = books.accounts.find(name="Euros")
    assert found is not None
    assert found.currency == "EUR"


def test_an_account_of_another_currency_takes_no_rows(clerk: Clerk, acme: Desk) -> None:
    """The amounts of the file would silently become another money."""
    outcome = clerk.imports("--currency", "EUR", into=("--open-account", "Bank"))
    assert outcome.code == 3
    assert "Account 'Bank' is in USD, the amount is in EUR" in outcome.err
    assert balance_of(acme) == "0.00"
    assert clerk.imports("--currency", "USD", into=("--open-account", "Bank")).code == 0


@pytest.mark.parametrize(
    ("into", "said"),
    [
        ((), "give either --account or --open-account"),
        (("--account", "Bank", "--open-account", "Bank"), "give either --account or --open-account"),
        (("--account", "Bank", "--currency", "EUR"), "--currency goes with --open-account"),
    ],
    ids=["neither", "both", "currency of an account that exists"],
)
def test_it_must_be_clear_where_the_rows_go(clerk: Clerk, acme: Desk, into: tuple[str, ...], said: str) -> None:
    """An option that means nothing is not passed over."""
    outcome = clerk.imports(into=into)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err
    assert balance_of(acme) == "0.00"


# --- who imports


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--tenant", "nobody"), "There is no tenant nobody here"),
        (("--tenant", "01a1fe92-9f9b-7b0b-b4a3-709dab3ff2a3"), "There is no tenant 01a1fe92"),
        (("--principal", "user:eve"), "There is no tenant"),
        (("--principal", "eve"), "'eve' is not a principal"),
        (("--principal", "user:vic"), "user:vic may not do this: it needs the permission"),
    ],
    ids=["unknown tenant", "unknown id", "stranger", "no principal", "viewer"],
)
def test_whoever_has_no_business_there_imports_nothing(
    clerk: Clerk, acme: Desk, options: tuple[str, ...], said: str
) -> None:
    """A stranger learns no more than that there is nothing."""
    acme.seat("user:vic", "viewer")
    outcome = clerk.imports(*options)
    assert (outcome.code, outcome.out) == (3, "")
    assert said in outcome.err
    assert balance_of(acme) == "0.00"


# --- how the file is laid out


def test_a_german_banks_file_is_read_with_its_own_marks(clerk: Clerk, acme: Desk) -> None:
    """Encoding, delimiter, dates and amounts; columns may also be counted, from 0."""
    clerk.file("Buchung\tBüro\tBetrag\n03.11.2025\tMüller\t1.234,50\n".encode("cp1252"))
    outcome = clerk.imports(
        *("--encoding", "cp1252", "--delimiter", r"\t", "--date-format", "%d.%m.%Y"),
        *("--decimal-mark", ",", "--thousands-mark", "."),
        columns=("--date-column", "0", "--description-column", "Büro", "--amount-column", "2"),
    )
    assert (outcome.code, balance_of(acme)) == (0, "1234.50")
    with acme.books(read_only=True) as books:
        assert books.transactions.list().items[0].description == "Müller"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--amount-column", "Betrag"), "has no column 'Betrag', but 'Date', 'Text', 'Amount'"),
        (("--amount-column", "17"), "has no column '17'"),
        (("--amount-column", "9" * 30), "has no column"),
        (("--encoding", "klingon"), "encoding: 'klingon' is no text encoding"),
        (("--encoding", "base64"), "encoding: 'base64' is no text encoding"),
        (("--encoding", "utf-16"), "The bank's file can't be imported: reading it failed"),
        (("--delimiter", ";;"), "delimiter: it is one character"),
        (("--decimal-mark", "x"), "decimal_mark: it is a point or a comma."),
        (("--thousands-mark", "x"), "thousands_mark: it is a point"),
        (("--date-format", "%d"), "date_format: '%d' does not say day, month and year"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_layout_that_does_not_fit_is_refused_as_a_whole(
    clerk: Clerk, acme: Desk, options: tuple[str, ...], said: str
) -> None:
    """By what was typed, and before the first row is posted."""
    outcome = clerk.imports(*options)
    assert (outcome.code, outcome.out) == (3, "")
    assert said in outcome.err
    assert balance_of(acme) == "0.00"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty."),
        (bytes(range(256)) * 20, "it is not text in utf-8-sig"),
        (b"Datum;Text;Betrag\n", "has no column 'Date', but 'Datum', 'Text', 'Betrag'"),
        (b"\n\n\n", "it is empty."),
    ],
    ids=["empty", "binary", "another bank's", "blank"],
)
def test_a_file_that_is_none_of_a_banks_is_refused(clerk: Clerk, content: bytes, said: str) -> None:
    """With what it is instead."""
    clerk.file(content)
    outcome = clerk.imports()
    assert (outcome.code, outcome.out) == (3, "")
    assert said in outcome.err


def test_rows_in_another_encoding_are_refused_not_posted_with_wrong_letters(clerk: Clerk, acme: Desk) -> None:
    """Rows that hold no such letter are posted all the same."""
    clerk.file(TWO_ROWS.encode() + "2025-11-05,Müller,-1.00\n".encode("cp1252"))
    outcome = clerk.imports()
    assert outcome.code == 1
    assert "line 4" in outcome.out
    assert balance_of(acme) == "1850.00"
    assert clerk.imports("--encoding", "cp1252").code == 0
    assert balance_of(acme) == "1849.00"


@pytest.mark.parametrize(("name", "said"), [("missing.csv", "does not exist"), ("", "is a directory")])
def test_what_is_no_file_is_a_mistake_in_the_command(shell: Shell, tmp_path: Path, name: str, said: str) -> None:
    """The database is not even looked at."""
    always = ("--tenant", "acme", "--principal", ADA, "--open-account", "Bank")
    outcome = shell("import", str(tmp_path / name), *always, *COLUMNS)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in " ".join(outcome.err.replace("│", " ").split())


# --- when it stops half-way


def test_an_import_that_stops_says_how_far_it_came(clerk: Clerk, acme: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was posted stays, and the same command goes on from there."""
    clerk.file("Date,Text,Amount\n" + "".join(f"2025-11-03,Row {n},1.00\n" for n in range(BATCH_SIZE + 5)))

    def torn(*arguments: Any) -> Iterator[Any]:  # noqa: ANN401
        for number, row in enumerate(read_csv(*arguments)):
            if number == BATCH_SIZE + 2:
                raise StatementFileError(reason="the medium was taken out.")
            yield row

    with monkeypatch.context() as patch:
        patch.setattr("stronghold_core.cli.statement.read_csv", torn)
        outcome = clerk.imports()
    assert (outcome.code, outcome.out) == (3, "")
    assert "The import stopped after 1,000 rows. What was posted stays; run the same command again" in outcome.err
    assert "the medium was taken out." in outcome.err
    assert balance_of(acme) == "1000.00"
    assert clerk.imports("--json").document["posted"] == 5

"""`stronghold import`: a bank's file into an account, as often as one likes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from stronghold_core.bank_statements import BATCH_SIZE
from tests.support.ledger import open_account
from tests.support.shell import Shell
from tests.support.stronghold import ADA

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.shell import Outcome
    from tests.support.stronghold import Desk

TWO_ROWS = "Date,Text,Amount\n2025-11-03,Salary,2800.00\n2025-11-04,Rent,-950.00\n"


class Clerk:
    """Writes a bank's file and imports it for Acme, as Ada if nobody else is named."""

    def __init__(self, shell: Shell, folder: Path) -> None:
        self._shell, self._path = shell, folder / "november.csv"

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._path

    def file(self, content: str | bytes) -> None:
        """Write the file."""
        self._path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def imports(
        self, *options: str, into: tuple[str, ...] = ("--account", "Bank"), columns: tuple[str, ...] = ()
    ) -> Outcome:
        """Import it; *options* come last, so that they go before those that are always given."""
        always = ("--tenant", "acme", "--principal", ADA)
        return self._shell("import", "commit", str(self._path), *always, *into, *columns, *options)

    def run(self, *arguments: str) -> Outcome:
        """Run another of the commands."""
        return self._shell("import", *arguments, "--tenant", "acme", "--principal", ADA)

    def preview(self, *options: str) -> Outcome:
        """Look at the file."""
        return self.run("preview", str(self._path), "--account", "Bank", *options)


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
    said = "2 rows for Bank Posted 2 Already there 0 Refused 0 To take it back: stronghold import revert"
    assert " ".join(outcome.out.split()).startswith(said)
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
    assert told.pop("import_id")
    assert told == {
        "account": "Bank",
        "posted": 2,
        "already_there": 0,
        "without_amount": 0,
        "unbooked": 0,
        "refused": 0,
        "refused_rows": [],
        "mismatches": 0,
        "passed_over": 0,
    }


def test_more_rows_than_one_batch_holds_are_posted_too(clerk: Clerk, acme: Desk) -> None:
    """All of them, or none."""
    rows = "".join(f"2025-11-03,Row {number},1.00\n" for number in range(BATCH_SIZE + 1))
    clerk.file("Date,Text,Amount\n" + rows)
    assert clerk.imports("--json").document["posted"] == BATCH_SIZE + 1
    assert balance_of(acme) == f"{BATCH_SIZE + 1}.00"


def test_rows_that_cannot_be_read_are_left_out_if_one_says_so(clerk: Clerk, acme: Desk) -> None:
    """The exit code says that somebody has to look; without the option nothing is imported."""
    clerk.file(TWO_ROWS + "yesterday,Lunch,-12.00\n2025-11-05,Dinner,much\n")
    assert clerk.imports().code == 3
    assert balance_of(acme) == "0.00"
    outcome = clerk.imports("--skip-invalid")
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
    outcome = clerk.imports("--skip-invalid")
    assert outcome.code == 1
    assert "[/]" in outcome.out
    assert "\x1b" not in outcome.out


def test_of_many_refused_rows_a_person_sees_the_first_twenty(clerk: Clerk) -> None:
    """And how many more there are; a program gets up to a hundred."""
    clerk.file("Date,Text,Amount\n" + "2025-13-01,Lunch,-12.00\n" * 30)
    layout = ("--skip-invalid", "--date-format", "%Y-%m-%d")
    outcome = clerk.imports(*layout)
    assert outcome.out.count("line ") == 20
    assert "… and 10 rows more; --json names the first 100" in outcome.out
    assert len(clerk.imports("--json", *layout).document["refused_rows"]) == 30


# --- where it goes


def test_an_account_is_known_by_its_name_or_its_id(clerk: Clerk, acme: Desk) -> None:
    """Whichever is at hand."""
    with acme.books(read_only=True) as books:
        found = books.accounts.find(name="Bank")
    assert found is not None
    assert clerk.imports(into=("--account", str(found.id))).code == 0
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
        (bytes(range(256)) * 20, "it is not text in"),
        (b"Spalte;Text;Betrag\n", "has no column 'date_column', but 'Spalte', 'Text', 'Betrag'"),
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
    """Rows that hold no such letter may be posted all the same."""
    clerk.file(TWO_ROWS.encode() + "2025-11-05,Müller,-1.00\n".encode("cp1252"))
    outcome = clerk.imports("--encoding", "utf-8", "--skip-invalid")
    assert outcome.code == 1
    assert "line 4" in outcome.out
    assert balance_of(acme) == "1850.00"
    assert clerk.imports("--encoding", "cp1252").code == 0
    assert balance_of(acme) == "1849.00"


@pytest.mark.parametrize(("name", "said"), [("missing.csv", "does not exist"), ("", "is a directory")])
def test_what_is_no_file_is_a_mistake_in_the_command(shell: Shell, tmp_path: Path, name: str, said: str) -> None:
    """The database is not even looked at."""
    always = ("--tenant", "acme", "--principal", ADA, "--open-account", "Bank")
    outcome = shell("import", "commit", str(tmp_path / name), *always)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in " ".join(outcome.err.replace("│", " ").split())


# --- looking before


def test_a_preview_shows_verdicts_and_posts_nothing(clerk: Clerk, acme: Desk) -> None:
    """To a person as a table, with what the file comes to."""
    outcome = clerk.preview()
    assert (outcome.code, outcome.err) == (0, "")
    lines = [" ".join(line.split()) for line in outcome.out.splitlines()]
    assert lines[:3] == [
        "Line Verdict Day USD What the bank says",
        "2 new 2025-11-03 2,800.00 Salary",
        "3 new 2025-11-04 -950.00 Rent",
    ]
    assert "2 rows for Bank, 2025-11-03 to 2025-11-04" in lines
    assert balance_of(acme) == "0.00"
    clerk.imports()
    assert clerk.preview().out.count("duplicate") == 2


def test_a_preview_of_a_faulty_file_fails_and_names_the_rows(clerk: Clerk) -> None:
    """Also those beyond the rows that are shown."""
    clerk.file("Date,Text,Amount,Balance\n2025-11-03,A,1.00,1.00\n2025-11-04,B,1.00,3.00\n2025-11-31,C,1.00,4.00\n")
    outcome = clerk.preview("--rows", "1")
    assert outcome.code == 1
    said = " ".join(outcome.out.split())
    assert "it states a balance of 3.00 USD" in said
    assert "'2025-11-31' does not exist" in said
    assert clerk.preview("--only", "invalid").out.count("2025-11-0") == 2


def test_a_program_reads_all_rows_of_a_preview(clerk: Clerk) -> None:
    """As one document, however many there are."""
    clerk.file("Date,Text,Amount\n" + "2025-11-03,Tea,1.00\n" * 2_500)
    document = clerk.preview("--json").document
    assert len(document["rows"]) == document["summary"]["new"] == 2_500
    assert document["rows"][0]["statement_line"]["amount"] == "1.00"
    assert document["summary"]["layout"]["date_format"] == "%Y-%m-%d"
    assert clerk.preview("--json", "--only", "invalid").document["rows"] == []


@pytest.mark.parametrize("width", ["80", "140"])
def test_a_preview_keeps_to_the_width_of_the_page(sqlite_url: str, clerk: Clerk, width: str) -> None:
    """However long a bank's words are."""
    clerk.file(TWO_ROWS + f"2025-11-05,{'A very long text ' * 20},-1234567.89\n")
    shell = Shell(sqlite_url, COLUMNS=width)
    path = str(clerk.path)
    outcome = shell("import", "preview", path, "--tenant", "acme", "--principal", ADA, "--account", "Bank")
    assert outcome.code == 0
    assert max(map(len, outcome.out.splitlines())) <= int(width)
    assert "-1,234,567.89" in outcome.out


def test_what_is_open_is_asked_by_the_names_of_the_options(clerk: Clerk, acme: Desk) -> None:
    """So that they can be typed as they are shown; the answer is kept for the next file."""
    clerk.file("Date,Text,Amount\n03/04/2025,Tea,1.00\n")
    for outcome in (clerk.preview(), clerk.imports()):
        assert (outcome.code, outcome.out) == (3, "")
        assert "State it: --date-format %d/%m/%Y or --date-format %m/%d/%Y." in outcome.err
    assert clerk.imports("--date-format", "%d/%m/%Y").code == 0
    clerk.file("Date,Text,Amount\n05/04/2025,Tea,1.00\n")
    assert clerk.imports().code == 0
    assert balance_of(acme) == "2.00"


# --- afterwards


def test_imports_are_listed_and_taken_back(clerk: Clerk, acme: Desk) -> None:
    """By the id that the list shows."""
    import_id = clerk.imports("--json").document["import_id"]
    listed = clerk.run("list")
    assert import_id in listed.out
    assert clerk.run("list", "--json", "--account", "Bank").document["items"][0]["id"] == import_id
    assert clerk.run("revert", import_id).out == "Took back 2 transactions.\n"
    assert balance_of(acme) == "0.00"
    again = clerk.run("revert", import_id)
    assert (again.code, again.out) == (3, "")
    assert "taken back" in clerk.run("list").out
    assert clerk.imports("--json").document["posted"] == 2


def test_a_list_of_imports_is_whole_on_a_narrow_page(sqlite_url: str, clerk: Clerk) -> None:
    """Which file came when, into which account, and when it was taken back."""
    import_id = clerk.imports("--json").document["import_id"]
    assert clerk.run("revert", import_id).code == 0
    shell = Shell(sqlite_url, COLUMNS="80")
    listed = shell("import", "list", "--json", "--tenant", "acme", "--principal", ADA).document["items"][0]
    out = shell("import", "list", "--tenant", "acme", "--principal", ADA).out
    assert max(map(len, out.splitlines())) <= 80
    days = f"{listed['imported_at'][:10]} {ADA}", f"taken back {listed['reverted_at'][:10]}"
    assert [said for said in (import_id, *days, "Bank", clerk.path.name) if said not in out] == []


def test_an_import_is_taken_back_on_the_day_that_is_given(clerk: Clerk, acme: Desk) -> None:
    """Not before its rows."""
    import_id = clerk.imports("--json").document["import_id"]
    assert clerk.run("revert", import_id, "--on", "2025-11-01").code == 3
    assert clerk.run("revert", import_id, "--on", "2025-11-30", "--json").document["reversed"] == 2
    with acme.books(read_only=True) as books:
        assert {str(one.effective_date) for one in books.transactions.list() if one.reverses_id} == {"2025-11-30"}


def test_no_imports_are_no_error(clerk: Clerk) -> None:
    """There is just nothing to list."""
    assert clerk.run("list").out == "No imports.\n"


def test_the_layout_of_an_accounts_files_is_shown_kept_and_forgotten(clerk: Clerk) -> None:
    """With the bank's number of the account."""
    bank = ("layout", "--account", "Bank")
    assert clerk.run(*bank).out.startswith("Nothing is kept of the files of Bank")
    assert clerk.run(*bank, "--json").document is None
    kept = clerk.run(*bank, "--date-format", "%d/%m/%Y", "--number", "12345678")
    assert "%d/%m/%Y" in kept.out
    assert "12345678" in kept.out
    assert clerk.run(*bank, "--json").document["layout"]["date_format"] == "%d/%m/%Y"
    assert clerk.run(*bank, "--forget", "--number", "1").code == 2
    assert clerk.run(*bank, "--forget").out.startswith("Nothing is kept")


# --- when it stops half-way


def test_a_balance_that_does_not_add_up_may_be_accepted(clerk: Clerk, acme: Desk) -> None:
    """By somebody who knows better than the file; else nothing is imported."""
    clerk.file("Date,Text,Amount,Balance\n2025-11-03,A,1.00,1.00\n2025-11-04,B,1.00,3.00\n")
    outcome = clerk.imports()
    assert (outcome.code, outcome.out) == (3, "")
    assert "import it as it is with --accept-mismatches" in outcome.err
    assert balance_of(acme) == "0.00"
    assert clerk.imports("--accept-mismatches").code == 0
    assert balance_of(acme) == "2.00"

"""The program as a process: signals, pipes, terminals that can't show everything."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stronghold_core.cli import main
from tests.support.ledger import open_account
from tests.support.shell import PATIENCE_SECONDS, PROGRAM, URL_VARIABLE, environment, run_program
from tests.support.stronghold import ADA

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.support.stronghold import Desk

FULL = Path("/dev/full")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and named pipes of POSIX")


def test_the_package_brings_the_program() -> None:
    """Under its name, whatever the folder of scripts is."""
    (program,) = entry_points(group="console_scripts", name="stronghold")
    assert program.load() is main


def test_a_terminal_that_cannot_show_a_character_shows_a_question_mark(acme: Desk, sqlite_url: str) -> None:
    """A process whose locale is plain ASCII writes bars and umlauts as well as it goes."""
    variables = {URL_VARIABLE: sqlite_url, "PYTHONIOENCODING": "ascii"}
    outcome = run_program("dashboard", "--tenant", "acme", "--principal", ADA, **variables)
    assert (outcome.code, outcome.err) == (0, "")
    assert "??????????" in outcome.out
    outcome = run_program("verify", "--tenant", "Müller", **variables)
    assert (outcome.code, outcome.err) == (3, "Error: There is no tenant M?ller here: check the id and the tenant.\n")


def test_json_is_ascii_whatever_the_locale(sqlite_url: str) -> None:
    """No encoding can spoil it."""
    arguments = ("tenant", "add", "Müller", "--base-currency", "USD", "--owner", ADA, "--json")
    outcome = run_program(*arguments, **{URL_VARIABLE: sqlite_url, "PYTHONIOENCODING": "ascii"})
    assert outcome.document["name"] == "Müller"


DASHBOARD = ("dashboard", "--tenant", "acme", "--principal", ADA)
WRITING = pytest.mark.parametrize(
    "arguments",
    [DASHBOARD, (*DASHBOARD, "--json"), ("--help",), ("tenant", "export", "acme", "-")],
    ids=["table", "json", "help", "export"],
)


@WRITING
def test_a_reader_that_goes_away_is_no_error_of_ours(acme: Desk, sqlite_url: str, arguments: tuple[str, ...]) -> None:
    """`stronghold dashboard | head -1`: what is left unread is not complained about, nor taken for a failed check."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        result = subprocess.run(
            [*PROGRAM, *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=subprocess.PIPE,
            env=environment(**{URL_VARIABLE: sqlite_url}),
            timeout=PATIENCE_SECONDS,
        )
    finally:
        os.close(writer)
    assert (result.stderr, result.returncode) == (b"", 141)


@pytest.mark.skipif(not FULL.exists(), reason="a device that is always full, as Linux has one")
@WRITING
def test_output_that_cannot_be_written_is_said_in_a_line(
    acme: Desk, sqlite_url: str, arguments: tuple[str, ...]
) -> None:
    """A full disk behind standard output is told like one behind a file that was named."""
    with FULL.open("wb") as full:
        result = subprocess.run(
            [*PROGRAM, *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(**{URL_VARIABLE: sqlite_url}),
            timeout=PATIENCE_SECONDS,
        )
    assert result.returncode == 4
    assert result.stderr.decode() == (
        "Error: Writing failed: No space left on device. Make room, or let the output go elsewhere.\n"
    )


@pytest.mark.parametrize(
    "command", [("export", "--tenant", "acme", "--principal", ADA), ("tenant", "export", "acme", "-")]
)
def test_an_export_to_a_closed_standard_output_is_refused(
    acme: Desk, sqlite_url: str, command: tuple[str, ...]
) -> None:
    """There is no stream then, and its number may be that of a file of ours, such as the database."""
    result = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *PROGRAM, *command],
        check=False,
        stderr=subprocess.PIPE,
        env=environment(**{URL_VARIABLE: sqlite_url}),
        timeout=PATIENCE_SECONDS,
    )
    assert (result.stderr, result.returncode) == (b"Error: Standard output is closed: name a file.\n", 4)


@pytest.fixture
def listening() -> Generator[None]:
    """Listen for Ctrl-C, and let every program that is started do so: a shell's background jobs are deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


COMMIT = ("import", "commit", "--tenant", "acme", "--principal", ADA, "--account", "Bank")
ROWS = "Date,Text,Amount\n" + "".join(f"2025-11-03,Row {number},1.00\n" for number in range(30_000))


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL], ids=["interrupted", "killed"])
def test_an_import_that_ends_in_the_middle_leaves_nothing(
    acme: Desk, sqlite_url: str, tmp_path: Path, end: signal.Signals
) -> None:
    """Ctrl-C, or the end of the process, while rows are posted: none of them stays, and the file can come again."""
    account = open_account(acme)
    file = tmp_path / "long.csv"
    file.write_text(ROWS)
    importing = subprocess.Popen(
        [*PROGRAM, *COMMIT, str(file)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(**{URL_VARIABLE: sqlite_url}),
        text=True,
    )
    try:
        await_writing(sqlite_url)
        importing.send_signal(end)
        out, err = importing.communicate(timeout=PATIENCE_SECONDS)
    finally:
        importing.kill()
        importing.wait()
    assert importing.returncode == (130 if end is signal.SIGINT else -signal.SIGKILL)
    assert out == ""
    assert "Traceback" not in err
    assert ("Interrupted: nothing was imported." in err) is (end is signal.SIGINT)
    with acme.books() as books:
        assert books.accounts.balance(account.id).minor == 0
        assert not books.bank_statements.list().items
        assert books.bank_statements.import_csv(file, account=account.id).posted == 30_000


def await_writing(url: str) -> None:
    """Wait until somebody holds SQLite's lock for writing, and has used it: the log has grown by some rows."""
    log = Path(f"{url.removeprefix('sqlite:///')}-wal")
    deadline = time.monotonic() + PATIENCE_SECONDS
    before = log.stat().st_size if log.exists() else 0
    while time.monotonic() < deadline:
        if log.exists() and log.stat().st_size > before + (1 << 20):
            return
        time.sleep(0.01)
    pytest.fail("nobody writes")


def test_a_pipe_is_imported_like_a_file(acme: Desk, sqlite_url: str) -> None:
    """`zcat november.csv.gz | stronghold import commit -`."""
    open_account(acme)
    result = subprocess.run(
        [*PROGRAM, *COMMIT, "-", "--json"],
        check=False,
        input=ROWS[:10_000].rpartition("\n")[0].encode(),
        capture_output=True,
        env=environment(**{URL_VARIABLE: sqlite_url}),
        timeout=PATIENCE_SECONDS,
    )
    assert (result.returncode, result.stderr) == (0, b"")
    assert json.loads(result.stdout)["posted"] > 300


def test_a_pipe_that_was_closed_in_the_middle_of_a_row_is_imported_to_nothing(acme: Desk, sqlite_url: str) -> None:
    """What came last is no row; whether more were to come, nobody knows."""
    account = open_account(acme)
    result = subprocess.run(
        [*PROGRAM, *COMMIT, "-"],
        check=False,
        input=b"Date,Text,Amount\n2025-11-03,Tea,1.00\n2025-11-04,T",
        capture_output=True,
        env=environment(**{URL_VARIABLE: sqlite_url}),
        timeout=PATIENCE_SECONDS,
    )
    assert result.returncode == 3
    assert b"Line 3 of the bank's file can't be posted" in result.stderr
    with acme.books(read_only=True) as books:
        assert books.accounts.balance(account.id).minor == 0


@pytest.mark.usefixtures("listening")
def test_a_closed_standard_input_is_said(acme: Desk, sqlite_url: str) -> None:
    """As a service or `<&-` leaves it; no traceback, and no other file that has its number."""
    open_account(acme, "Bank")
    importing = ("import", "commit", "-", "--tenant", "acme", "--principal", ADA, "--account", "Bank")
    result = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" <&-', "sh", *PROGRAM, *importing],
        check=False,
        capture_output=True,
        env=environment(**{URL_VARIABLE: sqlite_url}),
        timeout=PATIENCE_SECONDS,
    )
    said = b"Error: The bank's file can't be imported: standard input is closed.\n"
    assert (result.returncode, result.stderr) == (3, said)


def test_a_question_that_is_interrupted_is_not_answered(acme: Desk, sqlite_url: str) -> None:
    """Ctrl-C is no "nobody is there", and drops nothing."""
    asking = subprocess.Popen(
        [*PROGRAM, "migrate", "--to", "base"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment(**{URL_VARIABLE: sqlite_url}),
    )
    watchdog = threading.Timer(PATIENCE_SECONDS, asking.kill)
    watchdog.start()
    try:
        assert asking.stderr is not None
        question = b""
        while not question.endswith(b"[y/N]:") and (byte := asking.stderr.read(1)):
            question += byte
        asking.send_signal(signal.SIGINT)
        _, err = asking.communicate(timeout=PATIENCE_SECONDS)
    finally:
        watchdog.cancel()
        asking.kill()
        asking.wait()
    assert b"Go on?" in question
    assert (asking.returncode, err.strip()) == (130, b"")
    assert run_program("verify", **{URL_VARIABLE: sqlite_url}).code == 0

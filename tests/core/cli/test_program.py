"""The program as a process: signals, pipes, terminals that can't show everything."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stronghold_core.bank_statements import BATCH_SIZE
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
    "arguments", [DASHBOARD, (*DASHBOARD, "--json"), ("--help",)], ids=["table", "json", "help"]
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
def test_output_that_cannot_be_written_is_no_failed_check(
    acme: Desk, sqlite_url: str, arguments: tuple[str, ...]
) -> None:
    """A full disk behind standard output has an exit code of its own, as everything that nobody foresaw."""
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
    assert result.returncode == 70
    assert result.stderr.startswith(b"Traceback")
    assert b"No space left on device" in result.stderr.splitlines()[-1]


@pytest.fixture
def listening() -> Generator[None]:
    """Listen for Ctrl-C, and let every program that is started do so: a shell's background jobs are deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("listening")
def test_an_interrupted_import_keeps_what_it_posted_and_says_so(acme: Desk, sqlite_url: str, tmp_path: Path) -> None:
    """Ctrl-C while the bank's file is still coming in: the batches before it are committed, none is torn."""
    account = open_account(acme)
    pipe = tmp_path / "coming.csv"
    os.mkfifo(pipe)
    columns = ("--date-column", "0", "--description-column", "1", "--amount-column", "2")
    importing = subprocess.Popen(
        [*PROGRAM, "import", str(pipe), "--tenant", "acme", "--principal", ADA, "--account", "Bank", *columns],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(**{URL_VARIABLE: sqlite_url}),
        text=True,
    )
    try:
        # Opened for both ways, so that a program which never opens it can't keep the test waiting.
        with os.fdopen(os.open(pipe, os.O_RDWR), "w", encoding="utf-8") as bank:
            bank.writelines(f"2025-11-03,Row {number},1.00\n" for number in range(2 * BATCH_SIZE - 1))
            bank.flush()
            await_balance(acme, account.id, f"{BATCH_SIZE}.00")
            importing.send_signal(signal.SIGINT)
            out, err = importing.communicate(timeout=PATIENCE_SECONDS)
    finally:
        importing.kill()
        importing.wait()
    assert importing.returncode == 130
    assert "Interrupted after 1,000 rows. What was posted stays; run the same command again to go on." in err
    assert "Traceback" not in err
    assert out.startswith("1,000 rows for Bank")
    await_balance(acme, account.id, f"{BATCH_SIZE}.00")


def await_balance(desk: Desk, account_id: object, balance: str) -> None:
    """Look again and again until the account holds *balance*, for a minute at most."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    found = ""
    while time.monotonic() < deadline:
        with desk.books(read_only=True) as books:
            found = str(books.accounts.balance(account_id).amount)  # type: ignore[arg-type]
        if found == balance:
            return
        time.sleep(0.1)
    pytest.fail(f"the account holds {found}, not {balance}")


@pytest.mark.usefixtures("listening")
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

"""`stronghold export`, `stronghold tenant export` and `restore`: files, whole or not there."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import threading
from datetime import date
from typing import TYPE_CHECKING

import pytest

from stronghold_core.demo_data import plant
from tests.support.ledger import create_category, open_account, record
from tests.support.shell import PATIENCE_SECONDS, PROGRAM, URL_VARIABLE, Shell, environment
from tests.support.stronghold import ADA

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.stronghold import Desk

SEATED = ("--tenant", "acme", "--as", ADA)


@pytest.fixture
def spent(acme: Desk) -> Desk:
    """Let Acme spend on food, in words that not every terminal can show."""
    bank, food = open_account(acme), create_category(acme)
    record(acme, account=bank.id, amount="-7.50", category=food.id, on=date(2025, 11, 3), description="=Café")
    record(acme, account=bank.id, amount="-2.50", category=food.id, on=date(2025, 11, 4), description="Tea")
    return acme


def test_transactions_go_to_a_file_in_the_format_of_its_name(spent: Desk, shell: Shell, tmp_path: Path) -> None:
    """Which its owner alone may read; in UTF-8."""
    file = tmp_path / "out.csv"
    outcome = shell("export", str(file), *SEATED)
    assert (outcome.code, outcome.out) == (0, f"Exported 2 transactions to {file}.\n")
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["category"], row["amount"], row["description"]) for row in rows[:2]] == [
        ("", "-7.50", "'=Café"),
        ("Food", "7.50", "'=Café"),
    ]
    assert file.stat().st_mode & 0o077 == 0
    lines = tmp_path / "out.jsonl"
    told = shell("export", str(lines), *SEATED, "--json").document
    assert told == {"file": str(lines), "format": "jsonl", "transactions": 2}
    assert json.loads(lines.read_text(encoding="utf-8").splitlines()[0])["description"] == "=Café"
    assert [path.name for path in sorted(tmp_path.glob("out.*"))] == ["out.csv", "out.jsonl"]


def test_only_what_is_wanted_is_exported(spent: Desk, shell: Shell) -> None:
    """To standard output if no file is named."""
    wanted = ("--account", "Ba", "--category", "Food", "--first", "2025-11-04", "--text", "tea", "--format", "jsonl")
    assert json.loads(shell("export", *SEATED, *wanted).out)["description"] == "Tea"
    assert len(shell("export", *SEATED, "--last", "2025-11-03").out.splitlines()) == 1 + 2
    assert shell("export", *SEATED, "--json").code == 2


def test_a_refused_export_leaves_no_file(spent: Desk, shell: Shell, tmp_path: Path) -> None:
    """Nor does it spoil one that is there."""
    file = tmp_path / "out.csv"
    file.write_text("kept")
    assert shell("export", str(file), *SEATED, "--first", "yesterday").code == 3
    assert shell("export", str(tmp_path / "none" / "out.csv"), *SEATED).code == 4
    assert (file.read_text(), list(tmp_path.glob("*.part"))) == ("kept", [])


def test_a_pipe_or_a_link_is_written_to_and_stays(spent: Desk, shell: Shell, tmp_path: Path) -> None:
    """A file in its place would leave its reader waiting for ever, and the linked file as old as it was."""
    pipe, linked, link = tmp_path / "pipe", tmp_path / "linked.csv", tmp_path / "link.csv"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert shell("export", str(pipe), *SEATED).code == 0
        assert os.read(reader, 5) == b"date,"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    link.symlink_to(linked)
    assert shell("export", str(link), *SEATED).code == 0
    assert link.is_symlink()
    assert linked.read_bytes().startswith(b"date,")


def test_nothing_that_lies_beside_is_written_into(spent: Desk, shell: Shell, tmp_path: Path) -> None:
    """A file that somebody has put there might be a link, or anybody's to read."""
    victim = tmp_path / "victim"
    victim.write_text("kept")
    (tmp_path / "out.csv.part").symlink_to(victim)
    assert shell("export", str(tmp_path / "out.csv"), *SEATED).code == 0
    assert victim.read_text() == "kept"


@pytest.mark.parametrize("name", [".", "..", ""])
def test_a_directory_takes_no_export(spent: Desk, shell: Shell, name: str) -> None:
    """It is said, without a traceback."""
    outcome = shell("export", name, *SEATED)
    assert (outcome.code, outcome.err) == (4, f"Error: {name!r} can't be written: Is a directory.\n")


def test_a_tenant_goes_to_a_file_and_from_there_to_another_database(
    spent: Desk, shell: Shell, tmp_path: Path, empty_url: str
) -> None:
    """Where it verifies; a second time it is refused."""
    file = tmp_path / "acme.jsonl"
    written = shell("tenant", "export", "acme", str(file), "--json").document
    assert (written["tenant_id"], written["rows"]["transaction"]) == (str(spent.tenant.id), 2)
    other = Shell(f"sqlite:///{tmp_path / 'other.db'}")
    other("migrate")
    outcome = other("tenant", "restore", str(file))
    assert (outcome.code, outcome.out.endswith("; its books agree.\n")) == (0, True)
    assert other("verify", "--tenant", "acme", "--json").document["transactions"] == 2
    added, before = set(shell("tenant", "export", "acme", "-").out.splitlines()[1:-1]), file.read_text().splitlines()
    (event,) = added - set(before)
    assert '"action":"tenant.export"' in event
    assert added > set(before[1:-1])
    assert shell("tenant", "export", "acme", "-", "--json").code == 2
    again = other("tenant", "restore", str(file))
    assert (again.code, again.out) == (3, "")
    assert "is here already" in again.err


def test_a_tenant_is_restored_from_a_pipe(spent: Desk, shell: Shell, tmp_path: Path) -> None:
    """Such as from a program that unpacks it; how far it has come can't be told then."""
    file, pipe = tmp_path / "acme.jsonl", tmp_path / "pipe"
    assert shell("tenant", "export", "acme", str(file)).code == 0
    os.mkfifo(pipe)
    other = Shell(f"sqlite:///{tmp_path / 'other.db'}")
    other("migrate")
    writer = threading.Thread(target=lambda: pipe.write_bytes(file.read_bytes()))
    writer.start()
    assert other("tenant", "restore", str(pipe)).code == 0
    writer.join()


def test_a_file_that_is_no_tenant_is_refused(shell: Shell, tmp_path: Path) -> None:
    """And one that is not there is a mistake in the command."""
    file = tmp_path / "some.jsonl"
    file.write_text("{}\n")
    outcome = shell("tenant", "restore", str(file))
    assert (outcome.code, outcome.out) == (3, "")
    assert "its first line is not that of an exported tenant" in outcome.err
    assert shell("tenant", "restore", str(tmp_path / "none.jsonl")).code == 2
    assert shell("tenant", "export", "nobody", str(file)).code == 3
    assert file.read_text() == "{}\n"


def test_a_reader_that_goes_away_ends_a_long_export(acme: Desk, sqlite_url: str) -> None:
    """With the code of a closed pipe, and without a word."""
    plant(acme.stronghold, "household", principal=ADA, transactions=900)
    arguments = ("export", "--tenant", "demo-household", "--as", ADA)
    exporting = subprocess.Popen(
        [*PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(**{URL_VARIABLE: sqlite_url}),
    )
    assert exporting.stdout is not None
    assert exporting.stderr is not None
    try:
        assert exporting.stdout.readline().startswith(b"date,")
        exporting.stdout.close()
        said = exporting.stderr.read()
        assert (exporting.wait(PATIENCE_SECONDS), said) == (141, b"")
    finally:
        exporting.kill()
        exporting.wait()
        exporting.stderr.close()

"""`./dev demo` as its readers run it: a program of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from examples.reference_server.serving import DEFAULT_PORT, PortTakenError, listen

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT = Path(__file__).parents[2]
SECONDS = 120


def command(folder: Path, *arguments: str) -> list[str]:
    """Say how it is started, with few transactions."""
    program = [sys.executable, "-m", "examples.reference_server"]
    return [*program, "--data", str(folder), "--transactions", "600", "--no-browser", *arguments]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        command(folder, *arguments),
        cwd=ROOT,
        timeout=SECONDS,
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=surroundings(),
    )


def surroundings() -> dict[str, str]:
    """Have Python write UTF-8, at once."""
    return {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"}


@contextmanager
def started(folder: Path, *arguments: str) -> Generator[tuple[subprocess.Popen[str], str, str]]:
    """Start it, wait until it says where it is, and kill it if it has not ended by then."""
    with subprocess.Popen(
        command(folder, *arguments),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=surroundings(),
    ) as process:
        try:
            assert process.stdout
            said = ""
            for line in process.stdout:
                said += line
                if "Ctrl-C" in line:
                    break
            address = re.search(r"http://127\.0\.0\.1:\d+/", said)
            password = re.search(r"password (\S+)", said)
            assert address, said
            assert password, said
            yield process, address[0], password[1]
        finally:
            process.kill()


def test_a_look_at_the_page_needs_no_browser(tmp_path: Path) -> None:
    """All three books have a dashboard, and a second start on the same folder finds them as they were."""
    first, second = (run(tmp_path / "books", "--check") for _ in range(2))
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    for name in ("Ada and Ben's household", "Ada's year abroad", "Brightwater Design"):
        assert f"{name} – Overview" in first.stdout
    assert "Net worth 17,594.99 USD" in first.stdout
    figures = [re.sub(r"\([\d,]+ characters\)", "", run.stdout) for run in (first, second)]
    assert figures[0] == figures[1]


@pytest.mark.postgres
def test_the_books_may_be_in_any_database(tmp_path: Path, postgresql_url: str) -> None:
    """The folder then keeps only keys and files that were sent."""
    done = run(tmp_path, "--check", "--database-url", postgresql_url)
    assert done.returncode == 0, done.stderr
    assert "Brightwater Design" in done.stdout
    assert not (tmp_path / "books.db").exists()


def test_nobody_else_can_read_the_keys(tmp_path: Path) -> None:
    """The password and what cookies are signed with stay with their owner, and stay the same."""
    kept = []
    for _ in range(2):
        assert run(tmp_path, "--check").returncode == 0
        kept.append((tmp_path / "keys.json").read_text(encoding="utf-8"))
    assert kept[0] == kept[1]
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


def test_interrupting_it_is_no_failure(tmp_path: Path) -> None:
    """It serves until Ctrl-C, then ends with 0 and without a traceback."""
    with started(tmp_path, "--port", "0") as (process, address, password):
        assert len(password) >= 16
        with urlopen(f"{address}sign-in", timeout=SECONDS) as answer:  # noqa: S310 - its own address
            assert b"Sign in" in answer.read()
        process.send_signal(signal.SIGINT)
        said, complaint = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert "Stopped" in said
    assert "Traceback" not in complaint


def test_a_request_that_never_ends_does_not_keep_it_from_stopping(tmp_path: Path) -> None:
    """It waits a moment for what is under way, and no longer."""
    with (
        started(tmp_path, "--port", "0") as (process, address, _),
        socket.create_connection(("127.0.0.1", urlsplit(address).port or 0)) as half,
    ):
        half.sendall(b"POST /sign-in HTTP/1.1\r\nHost: demo\r\nContent-Type: application/x-www-form-urlencoded\r\n")
        half.sendall(b"Content-Length: 50\r\n\r\nuser=")
        # Asked after the half one was sent, so that one is under way when this is answered.
        with urlopen(f"{address}sign-in", timeout=SECONDS):  # noqa: S310 - its own address
            process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert "Stopped" in said


def test_a_port_that_is_taken_is_said_before_anything_is_made(tmp_path: Path) -> None:
    """In words, with the way out."""
    with listen(0) as taken:
        port = taken.getsockname()[1]
        done = run(tmp_path / "books", "--port", str(port))
    assert done.returncode == 1
    assert f"Port {port} is taken by another program: name another with --port" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "books").exists()


@pytest.mark.parametrize("port", ["65536", "-1", "http"])
def test_a_number_that_is_no_port_is_said(tmp_path: Path, port: str) -> None:
    """As other mistakes on the command line are."""
    done = run(tmp_path / "books", f"--port={port}")
    assert done.returncode == 2
    assert f"'{port}'" in done.stderr
    assert not (tmp_path / "books").exists()


def test_a_folder_that_can_not_be_used_is_said(tmp_path: Path) -> None:
    """In words: a file in its place, or keys that are none."""
    (tmp_path / "file").touch()
    (tmp_path / "keys.json").write_text("{", encoding="utf-8")
    for folder, complaint in ((tmp_path / "file", "can't be used"), (tmp_path, "holds no keys")):
        done = run(folder, "--check")
        assert done.returncode == 1
        assert complaint in done.stderr
        assert "Traceback" not in done.stderr


def test_without_a_wish_the_next_free_port_is_taken() -> None:
    """Two demos side by side are two ports."""
    with listen(None) as first, listen(None) as second:
        ports = [taken.getsockname()[1] for taken in (first, second)]
    assert DEFAULT_PORT <= ports[0] < ports[1]


def test_a_port_that_is_asked_for_is_no_other() -> None:
    """Whoever names one wants that one."""
    with listen(0) as taken, pytest.raises(PortTakenError):
        listen(taken.getsockname()[1])

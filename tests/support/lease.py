"""Shared ownership of a temporary PostgreSQL directory, such that no way of dying leaves a server behind.

Each process that uses the server holds a shared lock on one file in the directory. The kernel drops the lock when the
process ends, however it ends. A guardian, a detached process running this very file, waits for the exclusive lock: when
it gets it nobody is left, so it stops the server and removes the directory.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from typing import Self

SHUTDOWN_SECONDS = 10


class Lease:
    """One process's claim on a server's directory."""

    def __init__(self, directory: Path, lock_file: TextIO) -> None:
        self._directory = directory
        self._lock_file = lock_file

    @classmethod
    def found(cls, directory: Path) -> Self:
        """Claim a *directory* that was just made, and set its guardian."""
        lock_path(directory).touch()
        lease = cls.join(directory)
        if lease is None:
            raise RuntimeError(f"{directory} was dismantled while it was being set up")
        subprocess.run(
            [sys.executable, __file__, str(directory)],
            check=True,
            start_new_session=True,  # so that Ctrl-C reaches the tests and not the guardian
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return lease

    @classmethod
    def join(cls, directory: Path) -> Self | None:
        """Claim a *directory* that another process founded; None if it is being, or was, dismantled."""
        try:
            lock_file = lock_path(directory).open()
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(lock_file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            lock_file.close()
            return None
        if not lock_path(directory).exists():
            lock_file.close()
            return None
        return cls(directory, lock_file)

    def release(self) -> None:
        """Give the claim up; the last to do so stops the server and removes the directory at once."""
        with self._lock_file, contextlib.suppress(BlockingIOError):
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            dismantle(self._directory)


def lock_path(directory: Path) -> Path:
    """Say which file carries the locks of *directory*."""
    return directory / "in-use"


def dismantle(directory: Path) -> None:
    """Stop the server that lives in *directory*, if it runs, and remove every trace of it."""
    pid_file = directory / "data" / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int(pid_file.read_text(encoding="utf-8").splitlines()[0]), signal.SIGQUIT)
        deadline = time.monotonic() + SHUTDOWN_SECONDS
        # The server removes the file as its last act; its process may linger as a zombie where nobody reaps it.
        while pid_file.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    shutil.rmtree(directory, ignore_errors=True)


def guard(directory: Path) -> None:
    """Wait in the background until nobody uses *directory*, then dismantle it."""
    if os.fork():
        return
    with contextlib.suppress(FileNotFoundError), lock_path(directory).open() as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        dismantle(directory)


if __name__ == "__main__":
    guard(Path(sys.argv[1]))

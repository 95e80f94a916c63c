"""Counting how often a file has said the same, however long it is.

Two equal purchases on a day are two. The counts of a file of usual length are kept in memory; those of a longer one go
into a private file of SQLite's, which is gone with it, so that memory stays flat.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Generator

_IN_MEMORY: Final = 100_000
"""How many different rows are counted in memory: about 15 MiB."""

_SCHEMA: Final = "CREATE TABLE seen (digest BLOB PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID"
_COUNT: Final = "INSERT INTO seen VALUES (?, 1) ON CONFLICT (digest) DO UPDATE SET count = count + 1 RETURNING count"
# An empty name is a file that SQLite makes, hides and removes; nothing in it has to outlive a crash.
_PRIVATE: Final = ""
_SETTINGS: Final = ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA cache_size = -16384")


class Occurrences:
    """Counts the rows of one file; opened by `counting`."""

    def __init__(self, spilled: sqlite3.Connection, limit: int) -> None:
        self._spilled = spilled
        self._limit = limit
        self._counts: Counter[bytes] | None = Counter()

    def count(self, digest: bytes) -> int:
        """Count a row once more; return how often it was said so far, this time included."""
        if self._counts is None:
            (count,) = self._spilled.execute(_COUNT, (digest,)).fetchone()
            return int(count)
        self._counts[digest] += 1
        count = self._counts[digest]
        if len(self._counts) > self._limit:
            self._spill(self._counts)
        return count

    def _spill(self, counts: Counter[bytes]) -> None:
        for statement in (*_SETTINGS, _SCHEMA):
            self._spilled.execute(statement)
        self._spilled.executemany("INSERT INTO seen VALUES (?, ?)", sorted(counts.items()))
        self._counts = None


@contextmanager
def counting(limit: int = _IN_MEMORY) -> Generator[Occurrences]:
    """Count the rows of one file within the block.

    >>> with counting(limit=1) as seen:
    ...     [seen.count(row) for row in (b"tea", b"coffee", b"tea", b"tea")]
    [1, 1, 2, 3]
    """
    with closing(sqlite3.connect(_PRIVATE, isolation_level=None)) as spilled:
        yield Occurrences(spilled, limit)

"""Counting how often a file has said the same."""

from __future__ import annotations

import tracemalloc
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from stronghold_core.bank_statements.occurrences import counting


@given(st.lists(st.binary(min_size=1, max_size=2)), st.integers(0, 20))
def test_counts_are_the_same_in_memory_and_on_disk(rows: list[bytes], limit: int) -> None:
    """Whenever the counts leave memory."""
    seen: Counter[bytes] = Counter()
    with counting(limit=limit) as occurrences:
        for row in rows:
            seen[row] += 1
            assert occurrences.count(row) == seen[row]


def test_memory_does_not_grow_with_the_rows() -> None:
    """Beyond the limit they are kept on disk."""

    def peak(rows: int) -> int:
        tracemalloc.start()
        try:
            with counting(limit=1_000) as occurrences:
                for number in range(rows):
                    occurrences.count(number.to_bytes(16, "big"))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(30_000) < peak(3_000) + (1 << 17)

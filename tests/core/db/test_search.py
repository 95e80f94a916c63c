"""Finding words: what the pattern of SQLite's GLOB looks like; both databases are asked in tests of lists."""

from __future__ import annotations

import pytest

from stronghold_core.db.search import any_case_glob


@pytest.mark.parametrize(
    ("words", "pattern"),
    [
        ("a1", "*[Aa]1*"),
        ("É", "*[Éé]*"),
        ("100%_*?", "*100%_[*][?]*"),
        ("[x]", "*[[][Xx]]*"),
        ("ß", "*ß*"),
        ("日本", "*日本*"),
    ],
)
def test_a_glob_finds_words_in_either_case_and_takes_signs_for_themselves(words: str, pattern: str) -> None:
    """Letters that have no single counterpart stand for themselves."""
    assert any_case_glob(words) == pattern

"""Finding the encoding of a bank's file."""

from __future__ import annotations

import pytest

from stronghold_core.bank_statements.csv_files.encodings import find_encoding

WORDS = {
    "German": "Bäckerei Müller, Größe, Übertrag",
    "French": "Épicerie, crêpe, déjà, garçon, où",
    "Spanish": "España, café, ñandú, ¿cómo?",
    "Italian": "città, perché, però",
    "Portuguese": "pão, mãe, ações, avó",
    "Dutch": "café, één, ruïne",
}
POLISH = "Żółw poszedł spać, książka, dziękuję, świat"


@pytest.mark.parametrize("text", WORDS.values(), ids=WORDS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_western_letters_are_read_in_any_encoding(text: str, encoding: str) -> None:
    """Whatever the language."""
    data = text.encode(encoding)
    assert data.decode(find_encoding([data])) == text


@pytest.mark.parametrize("encoding", ["utf-8", "cp1250", "iso8859-2"])
def test_polish_letters_are_read_in_any_encoding(encoding: str) -> None:
    """Windows and ISO put some of them in different places."""
    data = POLISH.encode(encoding)
    assert data.decode(find_encoding([data])) == POLISH


def test_the_first_letter_beyond_ascii_may_come_late() -> None:
    """A year of plain words says nothing about December."""
    blocks = [b"plain words\n" * 1_000] * 20
    assert find_encoding([*blocks, "Müller".encode("cp1252")]) == "cp1252"
    assert find_encoding([*blocks, "Müller".encode()]) == "utf-8"


def test_a_letter_may_be_cut_by_the_end_of_a_block() -> None:
    """Blocks know nothing of letters."""
    data = "Müller €".encode()
    assert find_encoding([data[:2], data[2:]]) == "utf-8"
    assert find_encoding([data[:-1]]) == "utf-8"

"""In which encoding a bank's file is written: a mark at its start tells, or UTF-8 that holds, or its letters.

What is not UTF-8 was written by a program of the nineties: Windows' own encoding of Western or of Central Europe, or
Latin-2. They agree on most letters; where they differ, the one that makes the most letters of these languages is meant.
"""

from __future__ import annotations

import codecs
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ASCII: Final = bytes(range(128))
_CENTRAL: Final = frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ")
_LETTERS: Final = {
    "cp1252": frozenset("äöüßÄÖÜéèêëàâçôîïûùœÉÈÀÇñáíóúÑÁÍÓÚãõâÃÕåøæìò€°"),
    "cp1250": _CENTRAL | {"€"},
    "iso8859-2": _CENTRAL,
}
"""In the order of their likelihood, which decides where letters don't."""


def find_encoding(blocks: Iterable[bytes]) -> str:
    """Find the encoding of a text, given in *blocks*.

    >>> find_encoding([b"Date;Amount"]), find_encoding([b"Caf", "é".encode("cp1252")])
    ('utf-8', 'cp1252')
    >>> find_encoding(["Żółw poszedł spać".encode("cp1250")]), find_encoding(["Data".encode("utf-16")])
    ('cp1250', 'utf-16')
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_first, is_utf8 = True, True
    letters: Counter[int] = Counter()
    for block in blocks:
        if is_first and (marked := next((name for mark, name in _MARKS if block.startswith(mark)), None)):
            return marked
        is_first = False
        letters.update(block.translate(None, _ASCII))
        if is_utf8:
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                is_utf8 = False
    cut_off, _ = decoder.getstate()
    # A letter that is cut off at the end proves nothing, if it would be the only one.
    is_utf8 = is_utf8 and (not cut_off or letters.total() > len(cut_off))
    return "utf-8" if is_utf8 else max(_LETTERS, key=lambda name: _fitness(letters, name))


def _fitness(letters: Counter[int], encoding: str) -> int:
    """Count the letters that are usual in the languages that are written in *encoding*."""
    usual = _LETTERS[encoding]
    return sum(
        count for letter, count in letters.items() if bytes([letter]).decode(encoding, errors="replace") in usual
    )

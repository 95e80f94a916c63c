"""The number of the account that a bank's file is of: above its header, or in a column. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stronghold_core.bank_statements.csv_files.words import ranks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stronghold_core.bank_statements.csv_files.cells import Row

_IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}\b")
_IBAN_LENGTHS: Final = {
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "NL"), 18),
    **dict.fromkeys(("AT", "LT", "LU"), 20),
    **dict.fromkeys(("CH", "LI"), 21),
    **dict.fromkeys(("BG", "DE", "GB", "IE"), 22),
    **dict.fromkeys(("CZ", "ES", "RO", "SE", "SK"), 24),
    **dict.fromkeys(("PT",), 25),
    **dict.fromkeys(("FR", "GR", "IT", "MC"), 27),
    **dict.fromkeys(("HU", "PL"), 28),
}
"""The countries of Europe by the length of their account numbers (ISO 13616)."""

_DIGITS: Final = re.compile(r"[\dX*•][\dX*•.\- /]{2,}\d", re.IGNORECASE)


def find_account_number(preamble: Iterable[Row]) -> str | None:
    """Find the number of the account in the lines above the header: an IBAN, or what stands beside its name.

    >>> from stronghold_core.bank_statements.csv_files.cells import split_rows
    >>> find_account_number(split_rows(["Konto;DE02 1203 0000 0000 2020 51", "Stand;21.11.2026"], ";"))
    'DE02120300000000202051'
    >>> find_account_number(split_rows(["Account number,12-3456-789"], ","))
    '123456789'
    """
    named: str | None = None
    for row in preamble:
        text = " ".join(row.cells)
        for match in _IBAN.finditer(text):
            if (iban := _as_iban(match[0])) is not None:
                return iban
        named = named or _beside_its_name(row.cells)
    return named


def account_number(text: str) -> str:
    """Write the number of an account without the marks that are put into it for reading.

    >>> account_number(" de02 1203-0000 0000 2020 51 ")
    'DE02120300000000202051'
    """
    return re.sub(r"[\s.\-/]", "", text).upper()


def _as_iban(text: str) -> str | None:
    """Return the beginning of *text* if it passes the check of ISO 13616; words may follow the number."""
    plain = text.replace(" ", "")
    number = plain[: _IBAN_LENGTHS.get(plain[:2], 0)]
    turned = number[4:] + number[:4]
    is_whole = len(number) == _IBAN_LENGTHS.get(plain[:2])
    return number if is_whole and int("".join(str(int(one, 36)) for one in turned)) % 97 == 1 else None


def _beside_its_name(cells: Sequence[str]) -> str | None:
    """Return a number that stands in the cell after a name such as "Account", or behind it in the same cell."""
    for place, cell in enumerate(cells):
        name, _, rest = cell.strip().rstrip(":").partition(":")
        for label, value in ((name, rest or (cells[place + 1] if place + 1 < len(cells) else "")), _split_label(cell)):
            is_named = "account_column" in ranks_of(label)
            if is_named and _DIGITS.fullmatch(value.strip()):
                return account_number(value)
    return None


def _split_label(cell: str) -> tuple[str, str]:
    label, _, value = cell.strip().rpartition(" ")
    return label, value


def are_accounts(values: list[str]) -> bool:
    """Tell whether *values* may be the number of the account: one everywhere, or several accounts in one file.

    Those of a second account must be refused, not posted into the first.
    """
    given = {account_number(value) for value in values if value}
    return len(set(values)) == 1 or (
        bool(given) and all(_as_iban(value) is not None or _DIGITS.fullmatch(value) for value in given)
    )

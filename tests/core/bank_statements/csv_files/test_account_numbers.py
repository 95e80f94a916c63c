"""Whose statement a file is, by what it says itself."""

from __future__ import annotations

import pytest

from stronghold_core.bank_statements.csv_files.account_numbers import account_number, find_account_number
from stronghold_core.bank_statements.csv_files.cells import split_rows

IBAN = "DE02120300000000202051"


@pytest.mark.parametrize(
    ("line", "number"),
    [
        (f"Konto;{IBAN}", IBAN),
        ("IBAN: DE02 1203 0000 0000 2020 51;Girokonto", IBAN),
        ("Statement of DE02 1203 0000 0000 2020 51 EUR", IBAN),
        ("Kontonummer:;12 345 67;EUR", None),
        ("Account number: 12345678", "12345678"),
        ("Account no;12-34-56 789", "123456789"),
        ("Account;****1234", "****1234"),
        ("Numéro de compte;00012345678", "00012345678"),
        ("Konto;Girokonto", None),
        ("Stand;21.11.2026", None),
        ("Something DE03 1203 0000 0000 2020 51", None),
    ],
)
def test_the_account_is_known_by_the_lines_above_the_header(line: str, number: str | None) -> None:
    """An IBAN whose check fails is none, and neither is any number that nothing calls an account."""
    assert find_account_number(split_rows([line], ";")) == number


def test_the_number_of_an_account_has_one_form() -> None:
    """However it is grouped."""
    assert account_number("12-34.56 / 78") == "12345678"

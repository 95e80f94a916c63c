"""The table agrees with other copies of ISO 4217 and with the invariants that it states."""

from __future__ import annotations

from datetime import date

import pycountry
import pytest

from stronghold_core.currencies.iso4217 import (
    LIST_ONE,
    LIST_THREE,
    NOT_MONEY,
    IsoCurrency,
    first_day_after,
    read_list_one,
    read_list_three,
    read_minor_unit,
)

CURRENT = {row.code: row for row in read_list_one()}
WITHDRAWN = {row.code: row for row in read_list_three()}


def test_the_current_codes_and_numbers_are_those_of_pycountry() -> None:
    """List one holds each code that pycountry holds, under the same number, and no other."""
    expected = {currency.alpha_3: int(currency.numeric) for currency in pycountry.currencies}
    assert {row.code: row.number for row in CURRENT.values()} == expected


def test_the_current_names_are_those_of_pycountry() -> None:
    """Names are ISO's, but for the typographic apostrophe and stray spaces."""
    expected = {currency.alpha_3: currency.name.replace("\u2019", "'").strip() for currency in pycountry.currencies}
    assert {row.code: row.name for row in CURRENT.values()} == expected


@pytest.mark.parametrize("text", [LIST_ONE, LIST_THREE])
def test_lines_stand_in_the_order_of_their_codes(text: str) -> None:
    """A reader finds a code where the alphabet puts it, and no code stands twice."""
    codes = [line[:3] for line in text.splitlines()]
    assert codes == sorted(set(codes))


def test_no_code_is_both_current_and_withdrawn() -> None:
    """The lists are disjoint: a code that some country still uses is current."""
    assert not CURRENT.keys() & WITHDRAWN.keys()


@pytest.mark.parametrize("row", [*CURRENT.values(), *WITHDRAWN.values()], ids=lambda row: row.code)
def test_every_line_is_well_formed(row: IsoCurrency) -> None:
    """Three capital letters, a number of three digits, an exponent from 0 to 4, a name in single spaces."""
    assert len(row.code) == 3
    assert row.code.isascii()
    assert row.code.isalpha()
    assert row.code.isupper()
    assert 0 < row.number < 1000
    assert 0 <= row.exponent <= 4
    assert row.name == " ".join(row.name.split()) != ""


def test_the_current_exponents_other_than_two_are_iso_s() -> None:
    """Two decimals are the rule; these are all the exceptions, as list one prints them."""
    exceptions = {
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        3: "BHD IQD JOD KWD LYD OMR TND",
        4: "CLF UYW",
    }
    expected = {code: exponent for exponent, codes in exceptions.items() for code in codes.split()}
    not_applicable = {line[:3] for line in LIST_ONE.splitlines() if line.split()[2] == "-"}
    found = {row.code: row.exponent for row in CURRENT.values() if row.exponent != 2}
    assert {code: exponent for code, exponent in found.items() if code not in not_applicable} == expected


@pytest.mark.parametrize(
    ("code", "exponent"),
    [
        ("CLF", 4),  # a unit of account with more decimals than its peso
        ("CLP", 0),
        ("HUF", 2),  # cash has no fillér, the standard does
        ("IDR", 2),
        ("IQD", 3),  # CLDR says 0
        ("ISK", 0),  # 2 until 2007
        ("JPY", 0),
        ("KRW", 0),
        ("KWD", 3),
        ("MGA", 2),  # a fifth of an ariary, written with 2
        ("MRU", 2),  # a fifth of an ouguiya, written with 2
        ("TND", 3),
        ("TWD", 2),
        ("UGX", 0),
        ("UYI", 0),
        ("UYW", 4),
        ("XCG", 2),
    ],
)
def test_a_tricky_current_exponent_is_iso_s(code: str, exponent: int) -> None:
    """Where usage, cash or another library differs, the standard counts."""
    assert CURRENT[code].exponent == exponent


def test_not_applicable_is_exponent_zero() -> None:
    """The thirteen codes whose minor unit is "N.A." have whole units only."""
    codes = {line[:3] for line in LIST_ONE.splitlines() if line.split()[2] == "-"}
    assert " ".join(sorted(codes)) == "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX"
    assert {CURRENT[code].exponent for code in codes} == {0}


def test_codes_that_are_no_money_are_in_list_one() -> None:
    """XXX and XTS stay in the table, so that it can be compared with the list; only the registry leaves them out."""
    assert set(NOT_MONEY) == {"XTS", "XXX"}
    assert NOT_MONEY.keys() <= CURRENT.keys()


def test_the_withdrawn_exponents_other_than_two_are_known() -> None:
    """Francs of Belgium, lire, pesetas and the like had no minor unit in the standard."""
    without_decimals = [row.code for row in WITHDRAWN.values() if row.exponent == 0]
    assert " ".join(without_decimals) == "ADP BEF BYB BYR ESP GRD ITL LUF MGF PTE ROL TPE TRL"
    assert {row.exponent for row in WITHDRAWN.values()} == {0, 2}


def test_the_money_that_the_euro_replaced_is_withdrawn() -> None:
    """Each of the twenty-one countries' own currency is in list three."""
    replaced = "ATS BEF BGN CYP DEM EEK ESP FIM FRF GRD HRK IEP ITL LTL LUF LVL MTL NLG PTE SIT SKK"
    assert set(replaced.split()) <= WITHDRAWN.keys()


@pytest.mark.parametrize(
    ("code", "number", "withdrawn_on"),
    [
        ("ANG", 532, date(2025, 4, 1)),
        ("BGN", 975, date(2026, 2, 1)),
        ("CUC", 931, date(2021, 7, 1)),
        ("DEM", 276, date(2002, 4, 1)),
        ("HRK", 191, date(2023, 2, 1)),
        ("LTL", 440, date(2015, 1, 1)),
        ("SLL", 694, date(2024, 1, 1)),
        ("VEF", 937, date(2018, 9, 1)),
        ("ZWL", 932, date(2024, 10, 1)),
    ],
)
def test_a_withdrawal_counts_from_the_day_after_its_month(code: str, number: int, withdrawn_on: date) -> None:
    """The day is the first one after the month that list three names last for the code."""
    assert WITHDRAWN[code].number == number
    assert WITHDRAWN[code].withdrawn_on == withdrawn_on


def test_only_withdrawals_since_the_euro_are_listed() -> None:
    """Older codes are left out: no digital books reach back there."""
    assert all(row.withdrawn_on is not None and row.withdrawn_on > date(1999, 1, 1) for row in WITHDRAWN.values())


def test_december_is_followed_by_january() -> None:
    """The day after a month crosses into the next year."""
    assert first_day_after("2017-12") == date(2018, 1, 1)
    assert first_day_after("2018-01") == date(2018, 2, 1)


def test_a_minor_unit_that_is_not_a_number_is_refused() -> None:
    """A slip in the table fails at import instead of giving a currency some exponent."""
    with pytest.raises(ValueError, match="two"):
        read_minor_unit("two")

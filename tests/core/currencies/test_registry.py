"""Currencies are interned, looked up by code, and registered once and for all."""

from __future__ import annotations

import copy
import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import FrozenInstanceError
from datetime import date
from typing import TYPE_CHECKING, get_type_hints

import pytest

from stronghold_core import currencies
from stronghold_core.currencies import (
    Currency,
    find_currency,
    get_currency,
    list_currencies,
    register_currency,
    registry,
)
from stronghold_core.currencies.iso4217 import NOT_MONEY, read_list_one, read_list_three
from stronghold_core.errors import CurrencyConflictError, InvalidInputError, UnknownCurrencyError

if TYPE_CHECKING:
    from collections.abc import Callable

THREADS = 8


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test begins with ISO's table alone, and what it registers ends with it: the real registry never forgets."""
    iso = {code: currency for code, currency in registry._BY_CODE.items() if currency.is_iso}
    monkeypatch.setattr(registry, "_BY_CODE", iso)


# --- looking up


def test_a_currency_is_one_object() -> None:
    """The same code gives the same object, so that `is` decides."""
    assert get_currency("USD") is get_currency("USD")
    assert find_currency("USD") is get_currency("USD")


def test_every_line_of_the_table_that_is_money_can_be_had() -> None:
    """Current and withdrawn codes are known; XXX and XTS are not among them."""
    for row in (*read_list_one(), *read_list_three()):
        found = find_currency(row.code)
        if row.code in NOT_MONEY:
            assert found is None
        else:
            assert found == Currency(row.code, row.exponent, row.number, row.name, row.withdrawn_on)


def test_a_currency_stands_for_itself() -> None:
    """Where a code is accepted, so is the currency."""
    euro = get_currency("EUR")
    assert get_currency(euro) is euro
    assert find_currency(euro) is euro


def test_a_currency_made_by_hand_is_exchanged_for_the_interned_one() -> None:
    """A hand-made object of a known code and exponent never gets in."""
    assert get_currency(Currency("EUR", 2)) is get_currency("EUR")


def test_a_currency_made_by_hand_with_another_exponent_is_refused() -> None:
    """Exchanging it silently would turn 1.00 into 10.00."""
    with pytest.raises(CurrencyConflictError) as caught:
        get_currency(Currency("EUR", 3))
    assert (caught.value.existing_exponent, caught.value.exponent) == (2, 3)


@pytest.mark.parametrize("code", ["ABC", "", "EURO", "€", "US D", "DDM"])
def test_an_unknown_code_is_refused(code: str) -> None:
    """Neither listed nor registered: `get_` raises and names the code, `find_` returns None."""
    assert find_currency(code) is None
    with pytest.raises(UnknownCurrencyError, match=repr(code)):
        get_currency(code)


def test_an_unknown_currency_made_by_hand_is_refused() -> None:
    """Making a `Currency` does not register it."""
    assert find_currency(Currency("HOURS", 2)) is None
    with pytest.raises(UnknownCurrencyError, match="HOURS"):
        get_currency(Currency("HOURS", 2))


@pytest.mark.parametrize("code", ["usd", "Usd", " USD", "usd\n"])
def test_an_almost_right_code_is_refused_with_a_suggestion(code: str) -> None:
    """Codes are case-sensitive, so that one currency has one spelling in every table; the message helps."""
    with pytest.raises(UnknownCurrencyError, match='"USD"'):
        get_currency(code)


@pytest.mark.parametrize("code", ["XXX", "XTS"])
def test_a_code_that_names_no_currency_is_unknown(code: str) -> None:
    """An amount in "no currency" or in "test" must never reach the books; the message says why."""
    with pytest.raises(UnknownCurrencyError, match=NOT_MONEY[code]):
        get_currency(code)


@pytest.mark.parametrize("value", [None, 840, b"USD", ["USD"], 1.5])
def test_what_is_neither_a_code_nor_a_currency_is_refused(value: object) -> None:
    """Input from outside may be of any type, even an unhashable one: the answer is a rule's, not a crash."""
    with pytest.raises(InvalidInputError):
        get_currency(value)  # type: ignore[arg-type]


# --- the value


def test_a_currency_never_changes() -> None:
    """Its exponent gives stored amounts their meaning."""
    with pytest.raises(FrozenInstanceError):
        get_currency("USD").exponent = 3  # type: ignore[misc]


@pytest.mark.parametrize("code", ["ABC", "A23", "POINTS", "A12345678901"])
def test_a_well_formed_code_is_accepted(code: str) -> None:
    """3 to 12 characters, a letter first, then letters or digits."""
    assert Currency(code, 2).code == code


@pytest.mark.parametrize(
    "code", ["", "AB", "A123456789012", "1BC", "abc", "AB-C", "AB C", "ABC\n", "ÄBC", "AB\u0663", None, 840]
)
def test_a_malformed_code_is_refused(code: object) -> None:
    """Other lengths, lower case, signs, other scripts' letters and digits, other types: the field `code` is named."""
    with pytest.raises(InvalidInputError) as caught:
        Currency(code, 2)  # type: ignore[arg-type]
    assert caught.value.field == "code"


@pytest.mark.parametrize("exponent", [0, 12])
def test_an_exponent_within_bounds_is_accepted(exponent: int) -> None:
    """From none to twelve decimals."""
    assert Currency("POINTS", exponent).exponent == exponent


@pytest.mark.parametrize("exponent", [-1, 13, True, 2.0, "2", None])
def test_an_exponent_out_of_bounds_is_refused(exponent: object) -> None:
    """Only whole numbers; True is not 1. The field `exponent` is named."""
    with pytest.raises(InvalidInputError) as caught:
        Currency("POINTS", exponent)  # type: ignore[arg-type]
    assert caught.value.field == "exponent"


def test_the_annotations_of_a_currency_can_be_read() -> None:
    """Pydantic reads them when a record has a currency as a field."""
    assert get_type_hints(Currency)["withdrawn_on"] == date | None


def test_a_currency_reads_as_its_code() -> None:
    """In a message or an f-string a currency is its code."""
    assert f"{get_currency('USD')}" == "USD"


def test_equal_currencies_have_equal_hashes() -> None:
    """The hash of the code agrees with equality, which compares every field."""
    franc = get_currency("CHF")
    twin = Currency(franc.code, franc.exponent, franc.number, franc.name)
    assert twin == franc
    assert hash(twin) == hash(franc)
    assert Currency("CHF", 4) != franc


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])  # noqa: S301 - our own bytes
def test_a_copy_is_the_same_object(duplicate: Callable[[Currency], Currency]) -> None:
    """Copies and pickles come back interned, a host's own currency included."""
    for currency in (get_currency("USD"), get_currency("DEM"), register_currency("BTC", exponent=8)):
        assert duplicate(currency) is currency


def test_a_pickle_from_a_process_with_another_exponent_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes that disagree on an exponent find out before an amount is rescaled."""
    here = dict(registry._BY_CODE)
    foreign = pickle.dumps(register_currency("GEMS", exponent=3))
    monkeypatch.setattr(registry, "_BY_CODE", here)
    register_currency("GEMS", exponent=0)
    with pytest.raises(CurrencyConflictError):
        pickle.loads(foreign)  # noqa: S301 - our own bytes


# --- withdrawal


def test_a_withdrawn_currency_is_so_from_its_day_on() -> None:
    """The day itself is the first one without the currency."""
    lev = get_currency("BGN")
    assert lev.withdrawn_on == date(2026, 2, 1)
    assert not lev.is_withdrawn(date(2026, 1, 31))
    assert lev.is_withdrawn(date(2026, 2, 1))


def test_a_current_currency_is_never_withdrawn() -> None:
    """Without a day of withdrawal there is none, however far ahead."""
    assert not get_currency("EUR").is_withdrawn(date.max)


# --- listing


def test_the_list_without_a_day_is_the_current_currencies() -> None:
    """All of list one that is money, and the host's own, in the order of the codes."""
    register_currency("BTC", exponent=8)
    codes = [currency.code for currency in list_currencies()]
    assert codes == sorted({row.code for row in read_list_one()} - NOT_MONEY.keys() | {"BTC"})


def test_the_list_of_a_day_includes_what_was_withdrawn_later() -> None:
    """On the last day of the franc it is there, the day after it is not."""
    franc = get_currency("FRF")
    assert franc in list_currencies(on=date(2002, 3, 31))
    assert franc not in list_currencies(on=date(2002, 4, 1))


# --- registering


def test_a_registered_currency_can_be_had() -> None:
    """A host's own currency is found like any other; it is not ISO's."""
    bitcoin = register_currency("BTC", exponent=8, name="Bitcoin")
    assert bitcoin == Currency("BTC", 8, number=None, name="Bitcoin", withdrawn_on=None)
    assert get_currency("BTC") is bitcoin
    assert not bitcoin.is_iso
    assert get_currency("USD").is_iso


def test_registering_again_gives_the_same_object() -> None:
    """Two modules may both register at start-up; the first name stays."""
    first = register_currency("POINTS", exponent=0, name="Points")
    assert register_currency("POINTS", exponent=0, name="Loyalty points") is first
    assert first.name == "Points"


def test_registering_again_with_another_exponent_is_refused() -> None:
    """Amounts already counted in it would change by powers of ten."""
    register_currency("BTC", exponent=8)
    with pytest.raises(CurrencyConflictError) as caught:
        register_currency("BTC", exponent=6)
    assert (caught.value.existing_exponent, caught.value.exponent) == (8, 6)
    assert get_currency("BTC").exponent == 8


@pytest.mark.parametrize(("code", "exponent"), [("USD", 3), ("USD", 2), ("DEM", 2), ("XAU", 4)])
def test_a_code_of_iso_can_not_be_registered(code: str, exponent: int) -> None:
    """ISO's codes, withdrawn ones and metals included, keep ISO's meaning."""
    before = get_currency(code)
    with pytest.raises(CurrencyConflictError):
        register_currency(code, exponent=exponent)
    assert get_currency(code) is before


@pytest.mark.parametrize("code", ["XXX", "XTS"])
def test_a_code_that_names_no_currency_can_not_be_registered(code: str) -> None:
    """ISO keeps these free of money for ever."""
    with pytest.raises(InvalidInputError, match=NOT_MONEY[code]):
        register_currency(code, exponent=2)


@pytest.mark.parametrize(("code", "exponent"), [("btc", 8), ("BTC", 13), ("BTC", -1)])
def test_a_refused_registration_leaves_nothing_behind(code: str, exponent: int) -> None:
    """What is checked is checked before anything is stored."""
    with pytest.raises(InvalidInputError):
        register_currency(code, exponent=exponent)
    assert find_currency(code) is None


class _SlowDict(dict[str, Currency]):
    """Widens the gap between looking and storing, so that a race shows every time."""

    def get(self, key: str) -> Currency | None:  # type: ignore[override]  # the registry gives no default
        found = super().get(key)
        time.sleep(0.02)
        return found


def _register_in_many_threads(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Register one code from many threads at once; return the identities of what they got."""
    monkeypatch.setattr(registry, "_BY_CODE", _SlowDict(registry._BY_CODE))
    start = threading.Barrier(THREADS)

    def register(_: int) -> Currency:
        start.wait()
        return register_currency("RACE", exponent=1)

    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(register, range(THREADS)))
    return {id(currency) for currency in results}


def test_threads_that_register_at_once_get_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the first stores; the others get what it stored."""
    assert len(_register_in_many_threads(monkeypatch)) == 1


def test_without_the_lock_the_race_would_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail: with a lock that does not lock, threads get different objects."""
    monkeypatch.setattr(registry, "_LOCK", nullcontext())
    assert len(_register_in_many_threads(monkeypatch)) > 1


# --- the package


def test_the_public_names_are_these() -> None:
    """A name added or lost is a decision, not an accident."""
    assert set(currencies.__all__) == {
        "MAX_CODE_LENGTH",
        "MAX_EXPONENT",
        "Currency",
        "find_currency",
        "get_currency",
        "list_currencies",
        "register_currency",
    }

"""What holds for every amount of every currency: money is counted, never computed."""

from __future__ import annotations

import decimal
import pickle
import re
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from stronghold_core import Money, get_currency, register_currency
from stronghold_core.currencies import list_currencies
from stronghold_core.currencies.iso4217 import read_list_three
from stronghold_core.errors import (
    AmountOverflowError,
    AmountSyntaxError,
    AmountTypeError,
    CurrencyMismatchError,
    LossyAmountError,
    StrongholdError,
)
from stronghold_core.figures import share_of
from stronghold_core.money import MAX_SUM_MINOR, sum_by_currency
from tests.support.auditor.wishes import MAX_MINOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from stronghold_core import Currency

WITHDRAWN: Final = [get_currency(row.code) for row in read_list_three()]
EVERY_CURRENCY: Final = (*list_currencies(), *WITHDRAWN, register_currency("TESTDUST", exponent=12))

currencies = st.sampled_from(EVERY_CURRENCY)
edges = st.sampled_from([0, 1, -1, MAX_MINOR, -MAX_MINOR, MAX_MINOR - 1, 10**15])
minors = st.one_of(st.integers(-MAX_MINOR, MAX_MINOR), st.integers(-10_000, 10_000), edges)
amounts = st.builds(Money, minors, currencies)
dollars = st.builds(Money, minors, st.just("USD"))


def exact(money: Money) -> Fraction:
    """Return the amount in whole units as a fraction."""
    return Fraction(money.minor, 10**money.currency.exponent)


def attempted(act: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever *act* returns
    """Return what *act* returns, or the code of the error that refuses it."""
    try:
        return act()
    except StrongholdError as error:
        return error.code


# --- splitting


@given(amounts, st.lists(st.integers(0, 10**6), min_size=1, max_size=12))
@example(Money(MAX_MINOR, "USD"), [1, 1, 1])
@example(Money(-1, "JPY"), [0, 10**30, 1])
def test_a_split_conserves_money_and_is_fair(money: Money, weights: list[int]) -> None:
    """The parts add up; each is its exact share, rounded to one side or the other; who weighs nothing gets nothing."""
    assume(sum(weights))
    parts = money.allocate(weights)
    assert sum(part.minor for part in parts) == money.minor
    assert {part.currency for part in parts} == {money.currency}
    for part, weight in zip(parts, weights, strict=True):
        share = Fraction(money.minor * weight, sum(weights))
        assert abs(part.minor - share) < 1
        assert part.minor * money.minor >= 0
        assert weight or not part


@given(amounts, st.lists(st.integers(0, 50), min_size=2, max_size=8))
def test_a_split_prefers_nobody(money: Money, weights: list[int]) -> None:
    """Whoever weighs more gets no less; among equals, only the earlier may have one unit more."""
    assume(sum(weights))
    sizes = [abs(part.minor) for part in money.allocate(weights)]
    for index, weight in enumerate(weights):
        for later in range(index + 1, len(weights)):
            difference = sizes[index] - sizes[later]
            if weight == weights[later]:
                assert 0 <= difference <= 1
            else:
                assert (difference >= 0) if weight > weights[later] else (difference <= 0)


@given(amounts, st.lists(st.integers(0, 50), min_size=1, max_size=8), st.integers(1, 1000))
def test_only_the_proportion_of_weights_counts(money: Money, weights: list[int], factor: int) -> None:
    """Weights in halves or in thousands split alike."""
    assume(sum(weights))
    assert money.allocate(weights) == money.allocate([weight * factor for weight in weights])


# --- there and back


@given(amounts)
def test_money_comes_back_from_every_form(money: Money) -> None:
    """Text, Decimal, JSON and pickle give the very amount back, in each of the world's currencies."""
    adapter = TypeAdapter(Money)
    text = str(money).removesuffix(f" {money.currency.code}")
    assert Money.of(text, money.currency) == money
    assert Money.of(money.amount, money.currency) == money
    assert Money.of(money, money.currency) == money
    assert adapter.validate_json(adapter.dump_json(money)) == money
    assert pickle.loads(pickle.dumps(money)) == money  # noqa: S301 - our own


@given(amounts)
def test_an_amount_shows_exactly_the_decimals_of_its_currency(money: Money) -> None:
    """No more, which would be noise; no fewer, which would be guessed at."""
    assert Fraction(money.amount) == exact(money)
    assert money.amount.as_tuple().exponent == -money.currency.exponent


@given(currencies, minors, st.integers(0, 20), st.sampled_from(["", "+"]))
def test_zeros_and_a_plus_in_front_say_nothing(currency: Currency, minor: int, zeros: int, sign: str) -> None:
    """Banks pad their numbers."""
    text = f"{Money(abs(minor), currency).amount:f}"
    assert Money.of(sign + "0" * zeros + text, currency).minor == abs(minor)
    assert Money.of("-" + "0" * zeros + text, currency).minor == -abs(minor)


# --- reading


PLAIN = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
numberlike = st.text(alphabet="0123456789.,+-eE _\u0663\uff11$", max_size=30)


@given(st.one_of(numberlike, st.text(max_size=20), st.from_regex(PLAIN, fullmatch=True)), currencies)
@example("1_000", get_currency("USD"))
@example("12\n", get_currency("USD"))
@example("", get_currency("JPY"))
def test_text_is_read_exactly_or_refused(text: str, currency: Currency) -> None:
    """Whatever the text, it is either the amount that it says, or one of three errors; nothing is ever rounded."""
    read = attempted(lambda: Money.of(text, currency))
    if PLAIN.fullmatch(text) is None:
        assert read == AmountSyntaxError.code
    elif len(text.partition(".")[2]) > currency.exponent:
        assert read == LossyAmountError.code
    elif abs(Fraction(text)) * 10**currency.exponent > MAX_MINOR:
        assert read == AmountOverflowError.code
    else:
        assert exact(read) == Fraction(text)


decimals = st.one_of(
    st.decimals(),
    st.decimals(allow_nan=False, allow_infinity=False, places=3),
    st.builds(
        lambda sign, digits, exponent: Decimal((sign, tuple(digits), exponent)),
        st.integers(0, 1),
        st.lists(st.integers(0, 9), max_size=40),
        st.one_of(st.integers(-50, 50), st.integers(-(10**6), 10**6)),
    ),
)


@given(decimals, currencies)
@example(Decimal("1E+999999"), get_currency("USD"))
@example(Decimal("0E+999999"), get_currency("USD"))
@example(Decimal("1E-999999"), get_currency("USD"))
@example(Decimal("sNaN"), get_currency("USD"))
def test_a_decimal_is_read_exactly_or_refused(amount: Decimal, currency: Currency) -> None:
    """It counts by its value, whatever zeros its arithmetic left."""
    read = attempted(lambda: Money.of(amount, currency))
    if not amount.is_finite():
        assert read == AmountSyntaxError.code
        return
    minor = _exact_or_vast(amount) * 10**currency.exponent
    faults = {LossyAmountError.code} if minor.denominator != 1 else set()
    faults |= {AmountOverflowError.code} if abs(minor) > MAX_MINOR else set()
    assert read in faults if faults else read.minor == minor


def _exact_or_vast(amount: Decimal) -> Fraction:
    """Return the value; of numbers beyond all money one that is as vast, or as small, without a million digits."""
    sign, digits, exponent = amount.as_tuple()
    number = int("".join(map(str, digits)) or "0") * (-1 if sign else 1)
    return number * Fraction(10) ** max(min(int(exponent), 100), -200)


@given(
    st.one_of(
        st.floats(),
        st.integers(),
        st.booleans(),
        st.none(),
        st.fractions(),
        st.binary(max_size=4),
        st.complex_numbers(),
    ),
    currencies,
)
def test_floats_and_ints_are_refused(amount: object, currency: Currency) -> None:
    """A float is not exact, an int might mean either unit; both errors are TypeErrors, too."""
    with pytest.raises(AmountTypeError) as caught:
        Money.of(amount, currency)  # type: ignore[arg-type]
    assert isinstance(caught.value, TypeError)
    assert caught.value.type_name == type(amount).__name__


@given(amounts, currencies)
def test_money_of_another_currency_is_refused(money: Money, currency: Currency) -> None:
    """Even nothing of one currency is not nothing of another."""
    assume(currency != money.currency)
    with pytest.raises(CurrencyMismatchError):
        Money.of(money, currency)
    with pytest.raises(CurrencyMismatchError):
        money + Money(0, currency)
    assert money != Money(money.minor, currency)


# --- counting


@given(dollars, dollars, st.integers(-(10**21), 10**21))
def test_arithmetic_is_that_of_whole_numbers(one: Money, other: Money, factor: int) -> None:
    """Sums, differences and multiples are exact, or an error past 127 bits; nothing wraps or saturates."""
    results = {
        lambda: one + other: one.minor + other.minor,
        lambda: one - other: one.minor - other.minor,
        lambda: one * factor: one.minor * factor,
        lambda: factor * one: one.minor * factor,
        lambda: -one: -one.minor,
        lambda: abs(one): abs(one.minor),
    }
    for act, expected in results.items():
        fits = abs(expected) <= MAX_SUM_MINOR
        assert attempted(act) == (Money(expected, "USD") if fits else AmountOverflowError.code)
    assert (one < other, one == other, one >= other) == (
        one.minor < other.minor,
        one.minor == other.minor,
        one.minor >= other.minor,
    )


@given(st.lists(amounts, max_size=12))
def test_amounts_add_up_currency_by_currency_in_any_order(listed: list[Money]) -> None:
    """However large a sum gets on the way, or in the end."""
    totals: dict[str, int] = {}
    for money in listed:
        totals[money.currency.code] = totals.get(money.currency.code, 0) + money.minor
    expected = {code: Money(total, code) for code, total in totals.items()}
    assert attempted(lambda: sum_by_currency(listed)) == expected
    assert attempted(lambda: sum_by_currency(listed[::-1])) == expected


# --- the caller's decimal context


contexts = st.builds(
    decimal.Context,
    prec=st.integers(1, 40),
    rounding=st.sampled_from([decimal.ROUND_UP, decimal.ROUND_DOWN, decimal.ROUND_05UP, decimal.ROUND_HALF_EVEN]),
    Emin=st.integers(-5, 0),
    Emax=st.integers(0, 5),
    clamp=st.integers(0, 1),
    traps=st.lists(st.sampled_from([decimal.Inexact, decimal.Rounded, decimal.Subnormal, decimal.FloatOperation])),
)


@given(amounts, dollars, dollars, contexts)
@example(Money(1234567, "USD"), Money(3, "USD"), Money(2, "USD"), decimal.Context(prec=1, traps=[decimal.Inexact]))
def test_the_callers_decimal_context_changes_nothing(
    money: Money, income: Money, expenses: Money, context: decimal.Context
) -> None:
    """A host may count with three digits, or trap every rounding: our amounts and figures do not notice."""
    text, amount, rate = str(money), money.amount, attempted(lambda: share_of(expenses, income))
    with localcontext(context):
        assert str(money) == text
        assert money.amount.compare_total(amount) == 0
        assert Money.of(text.split(maxsplit=1)[0], money.currency) == money
        assert Money.of(amount, money.currency) == money
        assert (-money).minor + money.minor == 0
        assert sum(part.minor for part in money.allocate([3, 1, 1])) == money.minor
        assert attempted(lambda: share_of(expenses, income)) == rate

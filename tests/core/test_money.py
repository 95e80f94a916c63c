"""Money is exact, immutable and of one currency; these are its edges."""

from __future__ import annotations

import copy
import json
import pickle
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from stronghold_core import Money, get_currency
from stronghold_core.currencies import Currency
from stronghold_core.errors import (
    AmountOverflowError,
    AmountSyntaxError,
    AmountTypeError,
    CurrencyMismatchError,
    InvalidInputError,
    LossyAmountError,
    UnknownCurrencyError,
)
from stronghold_core.money import MAX_MINOR, MAX_SUM_MINOR, amount_text, checked_minor, minor_units, sum_by_currency

USD, JPY, KWD = get_currency("USD"), get_currency("JPY"), get_currency("KWD")
TWELVE_DECIMALS = Currency("DUST", 12)


# --- making it from minor units


@pytest.mark.parametrize("minor", [0, 1, -1, MAX_MINOR, -MAX_MINOR, MAX_MINOR + 1, MAX_SUM_MINOR, -MAX_SUM_MINOR])
def test_money_holds_what_127_bits_and_a_sign_hold(minor: int) -> None:
    """Both ends are included; the range is symmetric, so every amount can be negated."""
    assert Money(minor, "USD").minor == minor
    assert (-Money(minor, "USD")).minor == -minor


@pytest.mark.parametrize("minor", [MAX_SUM_MINOR + 1, -MAX_SUM_MINOR - 1, 10**100])
def test_money_past_127_bits_is_refused(minor: int) -> None:
    """No sum of amounts is as large, so somebody made a mistake."""
    with pytest.raises(AmountOverflowError, match="The amount does not fit into 127 bits"):
        Money(minor, "USD")


@pytest.mark.parametrize("minor", [MAX_MINOR + 1, -MAX_MINOR - 1, MAX_SUM_MINOR])
def test_a_sum_past_63_bits_is_no_amount_to_post(minor: int) -> None:
    """Also the one negative number that a BIGINT could hold but not negate."""
    vast = Money(minor, "USD")
    for given in (vast, vast.amount, amount_text(minor, USD)):
        with pytest.raises(AmountOverflowError, match="does not fit into 63 bits"):
            Money.of(given, "USD")
        with pytest.raises(AmountOverflowError, match="does not fit into 63 bits"):
            minor_units(given, USD)


@pytest.mark.parametrize("minor", [1.0, "1", Decimal(1), True, None, Fraction(1)], ids=repr)
def test_minor_units_are_an_int(minor: object) -> None:
    """A float is refused even when it is whole, and so is a truth value."""
    with pytest.raises(AmountTypeError) as caught:
        Money(minor, "USD")  # type: ignore[arg-type]
    assert caught.value.type_name == type(minor).__name__
    assert str(caught.value).startswith("A number of minor units can't be of the type ")


def test_money_of_an_unknown_currency_is_refused() -> None:
    """There is no amount of nothing."""
    with pytest.raises(UnknownCurrencyError):
        Money(1, "ABC")
    with pytest.raises(UnknownCurrencyError):
        Money.of("1", "usd")


# --- reading it


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("12.30", 1230),
        ("12.3", 1230),
        ("12", 1200),
        ("0", 0),
        ("-0", 0),
        ("-0.00", 0),
        ("+7", 700),
        ("-0.05", -5),
        ("007.10", 710),
        ("92233720368547758.07", MAX_MINOR),
        ("-92233720368547758.07", -MAX_MINOR),
    ],
)
def test_text_is_read_exactly(text: str, minor: int) -> None:
    """Signs, leading zeros and missing decimals mean what they say."""
    assert Money.of(text, "USD").minor == minor


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1 ",
        " 1",
        ".5",
        "5.",
        "1,50",
        "1,000.00",
        "1.000,00",
        "1_000",
        "1e3",
        "1E+3",
        "--1",
        "+-1",
        "$1",
        "1 USD",
        "NaN",
        "Infinity",
        "0x10",
        "١٢",
        "\uff11\uff12",
        "1\n",
        "1\x00",
        "−1",
        "1" * 41,
        "1." + "0" * 41,
    ],
    ids=ascii,
)
def test_text_that_is_not_a_plain_number_is_refused(text: str) -> None:
    """Separators, exponents, spaces, foreign digits and endless ones: we do not guess what was meant."""
    with pytest.raises(AmountSyntaxError):
        Money.of(text, "USD")


def test_a_refusal_does_not_repeat_a_flood() -> None:
    """The message shows the beginning of what was written."""
    with pytest.raises(AmountSyntaxError) as caught:
        Money.of("9" * 100_000, "USD")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("text", "code"), [("0.001", "USD"), ("1.230", "USD"), ("1.0", "JPY"), ("0.0001", "KWD"), ("1." + "0" * 40, "USD")]
)
def test_more_decimals_than_the_currency_has_are_refused(text: str, code: str) -> None:
    """Rounding is the caller's decision; trailing zeros count, because "12.300" may be thousands."""
    with pytest.raises(LossyAmountError) as caught:
        Money.of(text, code)
    assert (caught.value.currency, caught.value.exponent) == (code, get_currency(code).exponent)


@pytest.mark.parametrize("text", ["92233720368547758.08", "-92233720368547758.08", "9" * 40])
def test_text_past_63_bits_is_refused(text: str) -> None:
    """One cent too much is too much."""
    with pytest.raises(AmountOverflowError):
        Money.of(text, "USD")


@pytest.mark.parametrize(
    ("amount", "minor"),
    [
        (Decimal("12.30"), 1230),
        (Decimal("12.3000"), 1230),
        (Decimal("1E+3"), 100_000),
        (Decimal("123E-2"), 123),
        (Decimal(0), 0),
        (Decimal("-0"), 0),
        (Decimal("0E+999999"), 0),
        (Decimal("0E-999999"), 0),
        (Decimal("-92233720368547758.07"), -MAX_MINOR),
    ],
    ids=str,
)
def test_a_decimal_counts_by_its_value(amount: Decimal, minor: int) -> None:
    """However it is written: trailing zeros and exponents are what its arithmetic left."""
    assert Money.of(amount, "USD").minor == minor


@pytest.mark.parametrize(
    "amount", [Decimal("0.001"), Decimal("1E-30"), Decimal("1E-999999"), Decimal("-12.345")], ids=str
)
def test_a_decimal_that_would_lose_something_is_refused(amount: Decimal) -> None:
    """Whatever the smallest part is worth."""
    with pytest.raises(LossyAmountError):
        Money.of(amount, "USD")


@pytest.mark.parametrize(
    "amount", [Decimal("1E+18"), Decimal("1E+999999"), Decimal("-1E+30"), Decimal(MAX_MINOR)], ids=str
)
def test_a_decimal_past_63_bits_is_refused(amount: Decimal) -> None:
    """Also one whose digits would fill the memory."""
    with pytest.raises(AmountOverflowError):
        Money.of(amount, "USD")


@pytest.mark.parametrize(
    "amount", [Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("-Infinity")], ids=str
)
def test_a_decimal_that_is_no_number_is_refused(amount: Decimal) -> None:
    """Decimal has its own ways to say nothing."""
    with pytest.raises(AmountSyntaxError):
        Money.of(amount, "USD")


def test_a_decimal_of_endless_digits_is_read_or_refused_like_any_other() -> None:
    """Python turns no text of so many digits into an int; a caller never hears of that."""
    assert Money.of(Decimal("1." + "0" * 5_000), "USD").minor == 100
    with pytest.raises(AmountOverflowError):
        Money.of(Decimal("1" * 5_000), "USD")
    with pytest.raises(LossyAmountError) as caught:
        Money.of(Decimal("0." + "1" * 5_000), "USD")
    assert len(str(caught.value)) < 200


def test_the_callers_decimal_context_does_not_matter() -> None:
    """A host that computes with few digits reads and writes the same money."""
    with localcontext() as context:
        context.prec = 3
        assert Money.of(Decimal("1234567.89"), "USD").minor == 123_456_789
        assert str(Money(123_456_789, "USD").amount) == "1234567.89"


@pytest.mark.parametrize("amount", [1.5, 1, True, None, Fraction(1, 2), b"1"], ids=repr)
def test_an_amount_of_another_type_is_refused(amount: object) -> None:
    """A float is inexact, and an int might mean minor or major units."""
    with pytest.raises(AmountTypeError, match=type(amount).__name__):
        Money.of(amount, "USD")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Money.of(amount, "USD")  # type: ignore[arg-type]


def test_money_is_read_as_itself_in_its_own_currency_only() -> None:
    """Money of another currency is not converted."""
    assert Money.of(Money(5, "USD"), "USD") == Money(5, "USD")
    with pytest.raises(CurrencyMismatchError, match="The account is in USD, the amount is in EUR"):
        Money.of(Money(5, "EUR"), "USD")


# --- writing it


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (0, USD, "0.00"),
        (5, USD, "0.05"),
        (-5, USD, "-0.05"),
        (-120_050, USD, "-1200.50"),
        (1200, JPY, "1200"),
        (-1, JPY, "-1"),
        (1, KWD, "0.001"),
        (1, TWELVE_DECIMALS, "0.000000000001"),
        (MAX_MINOR, USD, "92233720368547758.07"),
    ],
)
def test_an_amount_is_written_with_all_its_decimals(minor: int, currency: Currency, text: str) -> None:
    """No more and no fewer than the currency has, and what is written can be read back."""
    assert amount_text(minor, currency) == text
    assert minor_units(text, currency) == minor


def test_money_prints_with_its_currency() -> None:
    """For people, and as the code that makes it."""
    money = Money(-5, "USD")
    assert (str(money), repr(money)) == ("-0.05 USD", "Money('-0.05', 'USD')")
    assert money.amount == Decimal("-0.05")
    assert str(Money(100, "USD").amount) == "1.00"


# --- being a value


def test_money_cannot_be_changed() -> None:
    """Neither set, nor deleted, nor given anything new."""
    money: Any = Money(5, "USD")
    for name in ("minor", "currency", "anything"):
        with pytest.raises(AttributeError, match="immutable"):
            setattr(money, name, 1)
        with pytest.raises(AttributeError, match="immutable"):
            delattr(money, name)


def test_money_survives_copies_and_pickles() -> None:
    """With the one currency object of this process."""
    money = Money(5, "USD")
    for twin in (copy.copy(money), copy.deepcopy(money), pickle.loads(pickle.dumps(money))):  # noqa: S301 - our own bytes
        assert twin == money
        assert twin.currency is USD


def test_equal_money_is_equal_and_other_money_is_not() -> None:
    """Amount and currency both count, and nothing else is money."""
    assert Money(5, "USD") == Money.of("0.05", "USD")
    assert hash(Money(5, "USD")) == hash(Money(5, USD))
    assert Money(5, "USD") != Money(6, "USD")
    assert Money(5, "USD") != Money(5, "EUR")
    assert Money(0, "USD") != Money(0, "EUR")
    assert Money(5, "USD") != 5
    assert Money(5, "USD") != "0.05 USD"


def test_money_of_one_currency_is_ordered() -> None:
    """All four comparisons, and sorting."""
    low, high = Money(-1, "USD"), Money(1, "USD")
    assert low < high
    assert low <= high
    assert high > low
    assert high >= low
    assert sorted([high, low]) == [low, high]


def test_nothing_is_false_and_something_true() -> None:
    """So that `if balance:` asks whether there is anything, owed or owned."""
    assert not Money(0, "USD")
    assert Money(-1, "USD")


# --- arithmetic


def test_sums_and_differences_are_exact() -> None:
    """Also with signs."""
    assert Money(1, "USD") + Money(-3, "USD") == Money(-2, "USD")
    assert Money(1, "USD") - Money(-3, "USD") == Money(4, "USD")
    assert abs(Money(-3, "USD")) == Money(3, "USD")
    assert -Money(-3, "USD") == Money(3, "USD")


def test_sums_may_pass_63_bits() -> None:
    """What was posted bit by bit is still told."""
    most = Money(MAX_MINOR, "USD")
    assert (most + most).minor == (most * 2).minor == 2 * MAX_MINOR
    assert (-most - most).minor == -2 * MAX_MINOR


def test_a_sum_past_127_bits_is_an_error_not_a_wrap() -> None:
    """In every operation that can grow."""
    most = Money(MAX_SUM_MINOR, "USD")
    with pytest.raises(AmountOverflowError):
        _ = most + Money(1, "USD")
    with pytest.raises(AmountOverflowError):
        _ = -most - Money(1, "USD")
    with pytest.raises(AmountOverflowError):
        _ = most * 2


def test_currencies_never_meet() -> None:
    """Neither in sums nor in comparisons; not even nothing of one is added to another."""
    dollars, euros = Money(5, "USD"), Money(0, "EUR")
    for operation in ("__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"):
        with pytest.raises(CurrencyMismatchError, match="amounts of different currencies are never added"):
            getattr(dollars, operation)(euros)


@pytest.mark.parametrize("other", [1, 1.0, "1.00", Decimal(1), None], ids=repr)
def test_money_meets_only_money(other: object) -> None:
    """A bare number has no currency."""
    for operation in ("__add__", "__sub__", "__lt__"):
        with pytest.raises(AmountTypeError, match=r"compared with it.*type (int|float|str|Decimal|None).*it is money"):
            getattr(Money(5, "USD"), operation)(other)


def test_money_times_a_whole_number() -> None:
    """From either side, by nothing and by less than nothing."""
    assert Money(5, "USD") * 3 == 3 * Money(5, "USD") == Money(15, "USD")
    assert Money(5, "USD") * 0 == Money(0, "USD")
    assert Money(5, "USD") * -1 == Money(-5, "USD")


@pytest.mark.parametrize("factor", [0.5, Decimal("0.5"), True, "2", Fraction(1, 2), None], ids=repr)
def test_money_times_anything_else_is_refused(factor: object) -> None:
    """A share is made with allocate(), which loses nothing; who wants a percentage rounds it."""
    with pytest.raises(AmountTypeError, match=r"What multiplies money.*only an int.*multiply money\.amount"):
        _ = Money(5, "USD") * factor  # type: ignore[operator]


# --- splitting


@pytest.mark.parametrize(
    ("minor", "weights", "parts"),
    [
        (100, [1], [100]),
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (5, [3, 7], [2, 3]),
        (5, [7, 3], [4, 1]),
        (1, [1, 1], [1, 0]),
        (0, [1, 2], [0, 0]),
        (10, [0, 1, 0], [0, 10, 0]),
        (2, [1, 1, 1, 1], [1, 1, 0, 0]),
        (MAX_MINOR, [10**30, 1], [MAX_MINOR, 0]),
    ],
)
def test_a_split_loses_nothing(minor: int, weights: list[int], parts: list[int]) -> None:
    """What is left goes to the largest fractions, among equals to the first; nobody with no weight gets any."""
    split = Money(minor, "USD").allocate(weights)
    assert [part.minor for part in split] == parts
    assert sum(parts) == minor


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1], [-1, 3]])
def test_weights_must_weigh_something(weights: list[int]) -> None:
    """Nothing to split among, and a share of less than nothing, are mistakes."""
    with pytest.raises(InvalidInputError, match="at least one positive weight"):
        Money(100, "USD").allocate(weights)


@pytest.mark.parametrize("weights", [[0.5, 0.5], [Decimal(1)], ["1"], [None], [True]], ids=repr)
def test_weights_that_are_no_whole_numbers_are_refused(weights: object) -> None:
    """A binary fraction would decide who gets the last cent."""
    with pytest.raises((AmountTypeError, InvalidInputError)):
        Money(100, "USD").allocate(weights)  # type: ignore[arg-type]


# --- helpers


@pytest.mark.parametrize("minor", [MAX_MINOR, -MAX_MINOR, 0])
def test_a_checked_amount_is_returned(minor: int) -> None:
    """Whatever fits passes unchanged."""
    assert checked_minor(minor, "A total") == minor


def test_what_does_not_fit_is_named() -> None:
    """The error says which figure grew too large."""
    with pytest.raises(AmountOverflowError, match="A total does not fit"):
        checked_minor(MAX_MINOR + 1, "A total")


def test_amounts_add_up_each_currency_for_itself() -> None:
    """Nothing gives nothing; several currencies stay several, in the order of their codes."""
    assert sum_by_currency([]) == {}
    assert sum_by_currency([Money(5, "USD"), Money(1, "EUR"), Money(-5, "USD")]) == {
        "EUR": Money(1, "EUR"),
        "USD": Money(0, "USD"),
    }
    assert list(sum_by_currency([Money(5, "USD"), Money(1, "EUR")])) == ["EUR", "USD"]


def test_a_total_past_127_bits_is_refused() -> None:
    """On the way it may be larger, in the end it may not."""
    most = Money(MAX_SUM_MINOR, "USD")
    assert sum_by_currency([most, most, -most]) == {"USD": most}
    with pytest.raises(AmountOverflowError):
        sum_by_currency([most, Money(1, "USD")])


# --- in records


class Price(BaseModel):
    """A record that carries money."""

    amount: Money


def test_a_record_carries_money_through_json() -> None:
    """Out as a decimal string and a code, and back in."""
    price = Price(amount=Money.of("12.30", "USD"))
    assert json.loads(price.model_dump_json()) == {"amount": {"amount": "12.30", "currency": "USD"}}
    assert Price.model_validate_json(price.model_dump_json()) == price
    assert Price.model_validate({"amount": {"amount": "12.30", "currency": "USD"}}) == price


def test_a_record_keeps_the_money_it_was_given() -> None:
    """In Python it is the object itself."""
    money = Money(5, "USD")
    assert Price(amount=money).amount is money


@pytest.mark.parametrize(
    "written",
    [
        '{"amount": 12.30, "currency": "USD"}',
        '{"amount": 12, "currency": "USD"}',
        '{"amount": "12.30"}',
        '"12.30 USD"',
        "12.30",
        "null",
    ],
)
def test_a_number_in_json_is_no_money(written: str) -> None:
    """A JSON number is a float to most who read it."""
    with pytest.raises(ValidationError):
        TypeAdapter(Money).validate_json(written)


def test_bad_amounts_in_json_get_the_errors_of_bad_amounts() -> None:
    """The edge of a host says the same as the core."""
    with pytest.raises(LossyAmountError):
        TypeAdapter(Money).validate_json('{"amount": "0.001", "currency": "USD"}')
    with pytest.raises(UnknownCurrencyError):
        TypeAdapter(Money).validate_json('{"amount": "1.00", "currency": "ABC"}')


def test_a_schema_describes_money_for_people_who_call_over_http() -> None:
    """OpenAPI shows two strings, both required."""
    schema = TypeAdapter(Money).json_schema()
    assert schema["required"] == ["amount", "currency"]
    assert {name: part["type"] for name, part in schema["properties"].items()} == {
        "amount": "string",
        "currency": "string",
    }

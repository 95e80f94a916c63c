"""Reading the amounts of a bank's file, and finding out which marks it writes in them. Pure.

Nothing is rounded, dropped or guessed: 1.234 is a thousand or a little more than one, until a row says 1.234,50.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from stronghold_core.bank_statements.csv_files.records import open_question
from stronghold_core.bank_statements.csv_files.words import CREDIT_WORDS, DEBIT_WORDS
from stronghold_core.errors import InvalidInputError, StatementFileError

if TYPE_CHECKING:
    from collections.abc import Iterable

THOUSANDS: Final = {".": r"\.", ",": ",", "'": "['’]", " ": "[ \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]"}
"""What may group digits by three, and how it is written."""

_ENOUGH: Final = 2_000
"""After how many amounts no further one is asked, if they have proved a mark."""

_OTHER: Final = {".": ",", ",": "."}
_MINUS: Final = "−–-"
_SYMBOLS: Final = {"€": "EUR", "£": "GBP", "zł": "PLN", "$": None, "kr": None, "Fr.": None}
_SYMBOL: Final = "|".join([*map(re.escape, _SYMBOLS), "[A-Z]{3}"])
_SIGNED: Final = re.compile(
    rf"(?P<sign>[+{_MINUS}]?) *(?P<currency>{_SYMBOL})? *(?P<later>[+{_MINUS}]?) *(?P<digits>[\d.,'’ ]*\d)"
    rf" *(?P<behind>{_SYMBOL})? *(?P<last>[+{_MINUS}]|[A-Z]{{1,2}})?"
)
_SIGN: Final = re.compile(r"[-−–(]|[DC]R\b|\b[SH]$")
_SPACES: Final = str.maketrans(dict.fromkeys("\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\t", " "))


class AmountRead(NamedTuple):
    """What the text of an amount says."""

    number: str
    """A plain decimal number, with a point."""
    currency: str | None
    """The code beside the number, if one is there."""


def read_amount(text: str, *, decimal_mark: str | None, thousands_mark: str | None) -> AmountRead:
    """Read an amount into a plain decimal number, without rounding or dropping anything.

    A sign may stand before or behind the number, as may a currency; parentheses mean a debit.

    >>> read_amount("-1.234,50", decimal_mark=",", thousands_mark=".").number
    '-1234.50'
    >>> read_amount("12.30 EUR", decimal_mark=".", thousands_mark=None)
    AmountRead(number='12.30', currency='EUR')
    >>> read_amount("(12.30)", decimal_mark=".", thousands_mark=None).number
    '-12.30'

    Raises:
        InvalidInputError: If *text* is not a number with exactly these marks.
    """
    pattern = _pattern(decimal_mark, thousands_mark)
    match = pattern.fullmatch(text)
    if match is not None:
        return AmountRead(_plain("" if match[1] in {"", "+"} else "-", match), None)
    return _read_dressed(text, pattern, decimal_mark, thousands_mark)


def _read_dressed(
    text: str, pattern: re.Pattern[str], decimal_mark: str | None, thousands_mark: str | None
) -> AmountRead:
    """Read an amount that has more about it than a minus."""
    written = text.translate(_SPACES).strip()
    is_enclosed = written.startswith("(") and written.endswith(")")
    dress = _SIGNED.fullmatch(written[1:-1].strip() if is_enclosed else written)
    match = pattern.fullmatch(dress["digits"]) if dress is not None else None
    if dress is None or match is None:
        raise _no_number(text, decimal_mark, thousands_mark)
    signs = [sign for sign in (dress["sign"], dress["later"], dress["last"]) if sign]
    currencies = [mark for mark in (dress["currency"], dress["behind"]) if mark]
    if len(signs) + is_enclosed > 1 or len(currencies) > 1:
        raise _no_number(text, decimal_mark, thousands_mark)
    sign = "-" if is_enclosed or (signs and _is_debit(signs[0], text)) else ""
    currency = currency_code(currencies[0]) if currencies else None
    return AmountRead(_plain(sign, match), currency)


def currency_code(text: str) -> str | None:
    """Return the code of a currency; none for a symbol that several share.

    >>> currency_code("€"), currency_code("usd"), currency_code("$")
    ('EUR', 'USD', None)
    """
    return _SYMBOLS.get(text, text.upper())


def _is_debit(sign: str, text: str) -> bool:
    if sign in {"+", *_MINUS}:
        return sign != "+"
    word = sign.lower()
    if word not in DEBIT_WORDS | CREDIT_WORDS:
        raise InvalidInputError(field="amount", reason=f"{text.strip()[:40]!r} ends in {sign!r}, which is no sign.")
    return word in DEBIT_WORDS


def _no_number(text: str, decimal_mark: str | None, thousands_mark: str | None) -> InvalidInputError:
    if decimal_mark is None:
        form = "a whole number, and nothing in the file says what its marks mean; state decimal_mark"
    else:
        grouping = "no mark between thousands" if thousands_mark is None else f"{thousands_mark!r} between thousands"
        form = f"a number with {decimal_mark!r} before the decimals and {grouping}"
    return InvalidInputError(field="amount", reason=f"{text.strip()[:40]!r} is not {form}.")


def _plain(sign: str, match: re.Match[str]) -> str:
    whole = match[2]
    digits = whole if whole.isdecimal() else re.sub("[^0-9]", "", whole)
    return f"{sign}{digits}" if match[3] is None else f"{sign}{digits}.{match[3]}"


@cache
def _pattern(decimal_mark: str | None, thousands_mark: str | None) -> re.Pattern[str]:
    whole = r"\d+"
    if thousands_mark is not None:
        whole = rf"\d{{1,3}}(?:{THOUSANDS[thousands_mark]}\d{{3}})+|\d+"
    # The last group holds the decimals; without a mark before them there are none.
    decimals = r"(\Z.)?" if decimal_mark is None else rf"(?:{re.escape(decimal_mark)}(\d+))?"
    return re.compile(rf"\s*([+{_MINUS}]?)({whole}){decimals}\s*", re.ASCII)


def canonical(number: str) -> str:
    """Write a number in the one form that equal amounts share, however many zeros a bank writes.

    >>> canonical("-05.50"), canonical("+0")
    ('-5.5', '0.0')
    """
    sign, digits = ("-", number[1:]) if number.startswith("-") else ("", number.removeprefix("+"))
    whole, _, decimals = digits.partition(".")
    return f"{sign}{whole.lstrip('0') or '0'}.{decimals.rstrip('0') or '0'}"


def has_number(text: str) -> bool:
    """Tell whether *text* is an amount with whatever marks.

    >>> has_number("1.234,50-"), has_number("12 EUR"), has_number(""), has_number("Shop 4")
    (True, True, False, False)
    """
    written = text.translate(_SPACES).strip()
    return _SIGNED.fullmatch(written.removeprefix("(").removesuffix(")").strip()) is not None


# ------------------------------------------------------------------ finding the marks


class Marks(NamedTuple):
    """What stands before decimals and between thousands."""

    decimal: str | None
    thousands: str | None


def find_marks(amounts: Iterable[tuple[int, str]]) -> Marks:
    """Find the marks of *amounts*, given with the numbers of their lines; none if all are whole.

    >>> find_marks([(2, "1.234"), (3, "-3,50")])
    Marks(decimal=',', thousands='.')
    >>> find_marks([(2, "5"), (3, "12")])
    Marks(decimal=None, thousands=None)

    Raises:
        AmbiguousStatementError: If a mark could be either.
        StatementFileError: If one row proves one mark, and another one the other.
    """
    proofs: dict[str, tuple[int, str]] = {}
    grouping: Counter[str] = Counter()
    unclear = ""
    for read, (line, text) in enumerate(amounts):
        if proofs and read > _ENOUGH:
            break
        dress = _SIGNED.fullmatch(text.translate(_SPACES).strip().removeprefix("(").removesuffix(")"))
        if dress is None:
            continue
        decimal, thousands, is_open = _marks_of(dress["digits"])
        if decimal is not None:
            proofs.setdefault(decimal, (line, text.strip()))
        if thousands is not None:
            grouping[thousands] += 1
        unclear = unclear or (text.strip() if is_open else "")
    if len(proofs) > 1:
        (point_line, point), (comma_line, comma) = proofs["."], proofs[","]
        reason = (
            f"it writes decimals in two ways: {point!r} in line {point_line}, {comma!r} in line {comma_line}. State "
            "decimal_mark; then the rows that differ are named."
        )
        raise StatementFileError(reason=reason)
    return _concluded(next(iter(proofs), None), grouping, unclear)


def _concluded(decimal: str | None, grouping: Counter[str], unclear: str) -> Marks:
    if decimal is None:
        decimal = next((other for mark, other in _OTHER.items() if mark in grouping), None)
    if decimal is None:
        if unclear:
            fact = f"{unclear!r} may be a thousand times as much, and no other amount tells which"
            raise open_question("decimal_mark", fact, ",", ".")
        return Marks(None, grouping.most_common(1)[0][0] if grouping else None)
    # Once one of the two is the decimal mark, the other can only group.
    others = [mark for mark, _ in grouping.most_common() if mark != decimal]
    return Marks(decimal, others[0] if others else _OTHER[decimal])


def _marks_of(digits: str) -> tuple[str | None, str | None, bool]:
    """Return the mark before the decimals and that between thousands, as far as one number proves them; is one open?

    >>> _marks_of("1.234,5"), _marks_of("1.234"), _marks_of("1.234.567"), _marks_of("12.5"), _marks_of("0.123")
    ((',', '.', False), (None, None, True), (None, '.', False), ('.', None, False), ('.', None, False))
    """
    spaced = next((mark for mark, written in (("'", "'"), ("'", "’"), (" ", " ")) if written in digits), None)
    marks = [character for character in digits if character in ".,"]
    if not marks:
        return None, spaced, False
    if len(set(marks)) > 1:
        return (marks[-1], marks[0], False) if marks.count(marks[-1]) == 1 else (None, None, False)
    if len(marks) > 1:
        return None, marks[0], False
    whole, _, decimals = digits.partition(marks[0])
    is_open = len(decimals) == len("000") and len(whole) <= len("000") and not whole.startswith("0") and spaced is None
    return (None, None, True) if is_open else (marks[0], spaced, False)


def is_more_than_nothing(text: str) -> bool:
    """Tell whether *text* has a number that is not zero.

    >>> is_more_than_nothing("0,01"), is_more_than_nothing("0.00"), is_more_than_nothing("")
    (True, False, False)
    """
    return has_number(text) and re.search("[1-9]", text) is not None


def has_sign(text: str) -> bool:
    """Tell whether an amount says by itself which way it went: by a minus, in parentheses, or with letters behind it.

    >>> has_sign("-5.00"), has_sign("5.00 DR"), has_sign("5.00 S"), has_sign("5.00 USD")
    (True, True, True, False)
    """
    return _SIGN.search(text) is not None

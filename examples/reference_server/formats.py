"""How values are written for people: grouped digits, a real minus sign, days in words."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from stronghold_core import Money, Step

MINUS = "−"


def money(amount: Money, *, sign: bool = False) -> str:
    """Write an amount without its currency, which stands beside it.

    >>> money(Money(-123456789, "EUR")), money(Money(500, "JPY"), sign=True)
    ('−1,234,567.89', '+500')
    """
    digits = f"{abs(amount.amount):,f}"
    if amount.minor < 0:
        return MINUS + digits
    return f"+{digits}" if sign and amount.minor else digits


def plain(number: str) -> str:
    """Write a plain decimal number, as a bank's file gives it, like an amount.

    >>> plain("-1725.00")
    '−1,725.00'
    """
    return f"{Decimal(number):,f}".replace("-", MINUS)


def short(amount: Money) -> str:
    """Write an amount as an axis does: in whole units, thousands or millions.

    >>> [short(Money(minor, "EUR")) for minor in (0, 95_000, -1_250_000, 340_000_000)]
    ['0', '950', '−12.5k', '3.4M']
    """
    whole = abs(amount.amount)
    for size, letter in ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k")):
        if whole >= size:
            digits = f"{whole / size:.1f}".removesuffix(".0") + letter
            break
    else:
        digits = f"{whole.normalize():f}"
    return MINUS + digits if amount.minor < 0 else digits


def percent(share: Decimal | None, *, sign: bool = False) -> str:
    r"""Write a share of one; an em dash where there is none.

    >>> percent(Decimal("0.1234")), percent(Decimal("-0.05"), sign=True), percent(None)
    ('12.3\xa0%', '−5.0\xa0%', '—')
    """
    if share is None:
        return "—"
    text = f"{abs(share):.1%}".replace("%", "\N{NO-BREAK SPACE}%")
    if share < 0:
        return MINUS + text
    return f"+{text}" if sign and share else text


def day(value: date) -> str:
    r"""Write a day without a doubt about which number is the month.

    >>> from datetime import date
    >>> day(date(2026, 11, 2))
    '2\xa0Nov\xa02026'
    """
    return f"{value.day}\N{NO-BREAK SPACE}{value:%b}\N{NO-BREAK SPACE}{value:%Y}"


def days(first: date, last: date) -> str:
    """Name a range of days, by its month or year if it is one.

    >>> from datetime import date
    >>> days(date(2026, 2, 1), date(2026, 2, 28)), days(date(2026, 1, 1), date(2026, 12, 31))
    ('February 2026', '2026')
    """
    # No day comes after the last there is.
    after = last if last == date.max else last + timedelta(days=1)
    if first.day == after.day == 1:
        if (first.month, after.month, after.year - first.year) == (1, 1, 1):
            return f"{first:%Y}"
        if (after.year - first.year) * 12 + after.month - first.month == 1:
            return f"{first:%B} {first:%Y}"
    return f"{day(first)} – {day(last)}"


def counted(count: int, noun: str) -> str:
    """Say how many there are of something.

    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def words(value: str) -> str:
    """Write a name that programs use as people would.

    >>> words("credit_card")
    'Credit card'
    """
    return value.replace("_", " ").capitalize()


def points(difference: Decimal) -> str:
    r"""Write a difference of two shares in percentage points.

    >>> points(Decimal("0.031")), points(Decimal("-0.2"))
    ('+3.1\xa0pp', '−20.0\xa0pp')
    """
    sign = MINUS if difference < 0 else "+"
    return f"{sign}{abs(difference) * 100:.1f}\N{NO-BREAK SPACE}pp"


def part(first: date, step: Step) -> str:
    """Name a part of a period as an axis does: its month, or the day on which it begins.

    >>> from datetime import date
    >>> part(date(2026, 11, 1), Step.MONTH), part(date(2026, 11, 2), Step.WEEK)
    ("Nov '26", '2 Nov')
    """
    return f"{first:%b} '{first:%y}" if step is Step.MONTH else f"{first.day} {first:%b}"

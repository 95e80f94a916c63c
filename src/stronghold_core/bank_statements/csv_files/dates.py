"""Reading the days of a bank's file, and finding out in which order it writes day, month and year. Pure.

Nothing is guessed: 03.04.2026 is the third of April wherever points are written, but 03/04/2026 is either, until a row
says 13/04/2026; and 13-04-26 may begin with the day or with the year.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from stronghold_core.bank_statements.csv_files.records import open_question
from stronghold_core.errors import InvalidInputError, StatementFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SAMPLE_DAY: Final = date(2026, 12, 31)
_TIME: Final = re.compile(r"[T ,]+\d{1,2}[:.]\d{2}.*", re.ASCII | re.DOTALL)
_NUMERIC: Final = re.compile(r"(\d{1,4})([./\- ])(\d{1,2})\2(\d{2,4})", re.ASCII)
_WITH_MONTH: Final = ("%d %b %Y", "%d-%b-%Y", "%d/%b/%Y", "%d %b %y", "%d-%b-%y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y")
_YEARS: Final = range(1900, 2101)
_ENOUGH: Final = 2_000
"""After how many rows in agreement no further one is asked."""


def check_date_format(pattern: str) -> None:
    """Pass if *pattern* says day, month and year: tried on a day, it must give the same day back.

    >>> check_date_format("%d.%m.%Y")

    Raises:
        InvalidInputError: If not.
    """
    mistake = InvalidInputError(
        field="date_format", reason=f"{pattern!r} does not say day, month and year; write one such as %d.%m.%Y."
    )
    if not re.search("%[yY]", pattern):
        raise mistake
    try:
        found = _day_of(_SAMPLE_DAY.strftime(pattern), pattern)
    except ValueError as error:
        raise mistake from error
    if found != _SAMPLE_DAY:
        raise mistake


def read_date(text: str, pattern: str) -> date:
    """Read a day.

    >>> read_date("1.11.26", "%d.%m.%y"), read_date("2026-11-01T08:15:00Z", "%Y-%m-%d")
    (datetime.date(2026, 11, 1), datetime.date(2026, 11, 1))

    Raises:
        InvalidInputError: If *text* is not of that form, or there is no such day.
    """
    written = text.strip()
    found = _read(written, pattern)
    if found is not None:
        return found
    if _names_a_missing_day(written, pattern):
        reason = f"{written!r} does not exist: that month has fewer days."
    else:
        reason = f"{written[:40]!r} is not a day of the form {pattern}."
    raise InvalidInputError(field="date", reason=reason)


@lru_cache(maxsize=4_096)
def _read(written: str, pattern: str) -> date | None:
    """Read a day, if it is one; the rows of a file name the same few again and again."""
    for text in (written, _TIME.sub("", written, count=1)):
        try:
            return _day_of(text, pattern)
        except ValueError:
            continue
    return None


def _names_a_missing_day(text: str, pattern: str) -> bool:
    """Tell whether *text*, which is no day, has the form of one: the 31st of November, say.

    >>> _names_a_missing_day("31.11.2025", "%d.%m.%Y"), _names_a_missing_day("11/31/2025", "%d/%m/%Y")
    (True, False)
    """
    try:
        # The number of a day in its year may be any up to 366, and is not compared with the month.
        _day_of(_TIME.sub("", text, count=1), pattern.replace("%d", "%j"))
    except ValueError:
        return False
    return True


def _day_of(text: str, pattern: str) -> date:
    return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a business date has no zone


def looks_like_a_day(text: str) -> bool:
    """Tell whether *text* is a day in some form.

    >>> looks_like_a_day("13/04/2026"), looks_like_a_day("13.04"), looks_like_a_day("Total")
    (True, False, False)
    """
    return any(True for _ in _patterns(text))


def find_date_format(days: Iterable[tuple[int, str]]) -> str | None:
    """Find the form in which *days* are written, given with the numbers of their lines; none if there are none.

    >>> find_date_format([(2, "03/04/2026"), (3, "13/04/2026")])
    '%d/%m/%Y'

    Raises:
        AmbiguousStatementError: If two orders fit every row.
        StatementFileError: If one row can only be meant in one order, and another one only in the other.
    """
    fits: Counter[str] = Counter()
    only: dict[str, tuple[int, str]] = {}
    read = 0
    for line, text in days:
        patterns = list(_patterns(text))
        if not patterns:
            continue
        read += 1
        fits.update(patterns)
        if len(patterns) == 1:
            only.setdefault(patterns[0], (line, text.strip()))
        if read >= _ENOUGH and sum(count == read for count in fits.values()) == 1:
            break
    if not fits:
        return None
    best = fits.most_common(1)[0][1]
    likeliest = [pattern for pattern, count in fits.items() if count == best]
    _refuse_two_orders(only)
    if len(likeliest) > 1:
        raise open_question("date_format", "its days fit more than one order", *sorted(likeliest))
    return likeliest[0]


def _refuse_two_orders(only: dict[str, tuple[int, str]]) -> None:
    for pattern, (line, text) in only.items():
        other = pattern.replace("%d", "%-").replace("%m", "%d").replace("%-", "%m")
        if pattern.startswith("%d") and other in only:
            other_line, other_text = only[other]
            reason = (
                f"it writes days in two orders: {text!r} in line {line} has the day first, {other_text!r} in line "
                f"{other_line} the month. Two files may have been joined; import them one by one."
            )
            raise StatementFileError(reason=reason)


def _patterns(text: str) -> Iterator[str]:
    """Go through the forms in which *text* is a day."""
    written = _TIME.sub("", text.strip(), count=1)
    return iter(pattern for pattern in _candidates(written) if _is_plausible(written, pattern))


def _candidates(text: str) -> tuple[str, ...]:
    if match := _NUMERIC.fullmatch(text):
        first, mark, last = match[1], match[2], match[4]
        if len(first) == len("2026"):
            return (f"%Y{mark}%m{mark}%d",)
        year = {2: "%y", 4: "%Y"}.get(len(last))
        if year is None or len(first) > len("31"):
            return ()
        day_first = f"%d{mark}%m{mark}{year}"
        if mark == ".":
            # Nobody who writes points writes the month first.
            return (day_first,)
        year_first = (f"%y{mark}%m{mark}%d",) if year == "%y" else ()
        return (day_first, f"%m{mark}%d{mark}{year}", *year_first)
    if re.fullmatch(r"\d{8}", text, re.ASCII):
        return ("%Y%m%d", "%d%m%Y")
    return _WITH_MONTH if re.search("[A-Za-z]{3}", text) else ()


def _is_plausible(text: str, pattern: str) -> bool:
    found = _read(text, pattern)
    return found is not None and found.year in _YEARS

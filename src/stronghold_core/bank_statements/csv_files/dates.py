"""Reading the days of a bank's file, and finding out in which order it writes day, month and year. Pure.

Nothing is guessed: 03.04.2026 is the third of April wherever points are written, but 03/04/2026 is either, until a row
says 13/04/2026; and 13-04-26 or 13.04.26 may begin with the day or with the year. Names of months are read in eight
languages: each means one month in all of them.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from stronghold_core.bank_statements.csv_files.records import open_question
from stronghold_core.bank_statements.csv_files.words import MONTHS, plain_letters
from stronghold_core.errors import InvalidInputError, StatementFileError
from stronghold_core.text import in_short

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_SAMPLE_DAY: Final = date(2026, 12, 31)
_TIME: Final = re.compile(r"[T ,]+\d{1,2}[:.]\d{2}.*", re.ASCII | re.DOTALL)
_NUMERIC: Final = re.compile(r"(\d{1,4})([./\- ])(\d{1,2})\2(\d{2,4})", re.ASCII)
_WITH_MONTH: Final = ("%d %b %Y", "%d-%b-%Y", "%d/%b/%Y", "%d %b %y", "%d-%b-%y", "%b %d, %Y", "%b %d %Y")
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_NAME_FORM: Final = re.compile("%[bB]")
_BEFORE_NAME: Final = re.compile(r"(?<=[\dd])(?:er|º)?\.?(?: +de)? *$")
"""What may stand between a day, or the ``d`` of its pattern, and the name of its month: 3. März, 1er mars."""

_AFTER_NAME: Final = re.compile(r"^\.?(?: +de)? *(?=[\d%])")
_OPEN_POINTS: Final = frozenset({"%d.%m.%y", "%y.%m.%d"})
_LONG_STATEMENT: Final = timedelta(days=400)
_ABSURD_STATEMENT: Final = timedelta(days=5 * 365)
_ORDERED: Final = 8
"""How many days are in order by no accident."""

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
        field="date_format",
        reason=f"{in_short(pattern)!r} does not say day, month and year; write one such as %d.%m.%Y.",
    )
    if not re.search("%[yY]", pattern):
        raise mistake
    try:
        # Names of months are replaced first: those that strftime writes depend on the machine.
        in_numbers = _in_numbers(pattern, "M%m", _NAME_FORM)
        found = _day_of(_SAMPLE_DAY.strftime(in_numbers), in_numbers)
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
    written = normalize("NFC", text.strip())
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


def begins_like_a_day(text: str) -> bool:
    """Tell whether *text* begins as days do, with a digit or a month, also if it was cut off there.

    >>> begins_like_a_day("2026-1"), begins_like_a_day("Nov 1"), begins_like_a_day("Kind regards")
    (True, True, False)
    """
    written = text.strip()
    word = _WORD.match(written)
    return written[:1].isdecimal() or (word is not None and plain_letters(word[0]) in MONTHS)


def _day_of(text: str, pattern: str) -> date:
    if _NAME_FORM.search(pattern):
        names = [word[0] for word in _WORD.finditer(text)]
        month = MONTHS.get(plain_letters(names[0])) if len(names) == 1 else None
        if month is None:
            raise ValueError(text)
        text, pattern = _in_numbers(text, f"M{month:02}", _WORD), _in_numbers(pattern, "M%m", _NAME_FORM)
    return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a business date has no zone


def _in_numbers(text: str, month: str, name: re.Pattern[str]) -> str:
    """Write *month* in the place of its *name*, and leave out what is written around names and not around numbers.

    A letter before the number keeps it apart from the day.

    >>> _in_numbers("3 de marzo de 2025", "M03", _WORD), _in_numbers("%d. %B %Y", "M%m", _NAME_FORM)
    ('3 M03 2025', '%d M%m %Y')
    """
    found = name.search(text)
    if found is None:
        return text
    return f"{_BEFORE_NAME.sub(' ', text[: found.start()])}{month}{_AFTER_NAME.sub(' ', text[found.end() :])}"


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
    open_days: list[str] = []
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
        elif read <= _ENOUGH and _OPEN_POINTS.issuperset(patterns) and text.strip() not in open_days[-1:]:
            open_days.append(text.strip())
        if read >= _ENOUGH and sum(count == read for count in fits.values()) == 1:
            break
    if not fits:
        return None
    best = fits.most_common(1)[0][1]
    likeliest = [pattern for pattern, count in fits.items() if count == best]
    _refuse_two_orders(only)
    if set(likeliest) == _OPEN_POINTS and (settled := _settled_by_sequence(open_days)) is not None:
        return settled
    if len(likeliest) > 1:
        raise open_question("date_format", "its days fit more than one order", *sorted(likeliest))
    return likeliest[0]


def _settled_by_sequence(texts: Sequence[str]) -> str | None:
    """Find the order of days like 13.11.26 by the rows of a statement following each other; none if it stays open.

    They are in order one way and not the other. Or they lie within a year if the day stands first, as it mostly does,
    and would lie years apart if the year did.

    >>> _settled_by_sequence(["03.11.26", "14.11.26"]), _settled_by_sequence(["26.11.03"])
    ('%d.%m.%y', None)
    """
    day_first, year_first = ([_day_of(text, pattern) for text in texts] for pattern in sorted(_OPEN_POINTS))
    is_ordered, is_ordered_otherwise = _is_ordered(day_first), _is_ordered(year_first)
    if len(set(texts)) >= _ORDERED and is_ordered != is_ordered_otherwise:
        return "%d.%m.%y" if is_ordered else "%y.%m.%d"
    is_statement = is_ordered and max(day_first) - min(day_first) <= _LONG_STATEMENT
    return "%d.%m.%y" if is_statement and max(year_first) - min(year_first) > _ABSURD_STATEMENT else None


def _is_ordered(days: Sequence[date]) -> bool:
    return all(one <= other for one, other in pairwise(days)) or all(one >= other for one, other in pairwise(days))


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
    written = _TIME.sub("", normalize("NFC", text.strip()), count=1)
    return iter(pattern for pattern in _candidates(written) if _is_plausible(written, pattern))


def _candidates(text: str) -> tuple[str, ...]:
    if match := _NUMERIC.fullmatch(text):
        first, mark, last = match[1], match[2], match[4]
        if len(first) == len("2026"):
            return (f"%Y{mark}%m{mark}%d",)
        year = {2: "%y", 4: "%Y"}.get(len(last))
        if year is None or len(first) > len("31"):
            return ()
        # Nobody who writes points writes the month first.
        month_first = () if mark == "." else (f"%m{mark}%d{mark}{year}",)
        year_first = (f"%y{mark}%m{mark}%d",) if year == "%y" else ()
        return (f"%d{mark}%m{mark}{year}", *month_first, *year_first)
    if re.fullmatch(r"\d{8}", text, re.ASCII):
        return ("%Y%m%d", "%d%m%Y")
    return _WITH_MONTH if _WORD.search(text) else ()


def _is_plausible(text: str, pattern: str) -> bool:
    found = _read(text, pattern)
    return found is not None and found.year in _YEARS

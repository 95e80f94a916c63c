"""Finding out how a bank's file is laid out, from its first rows and the names of its columns. Pure.

What a caller states is kept; only what is missing is found. Where a file leaves open what would change an amount or a
day, it is asked for.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from stronghold_core.bank_statements.csv_files.amounts import find_marks, has_number
from stronghold_core.bank_statements.csv_files.cells import DELIMITERS, split_rows
from stronghold_core.bank_statements.csv_files.dates import find_date_format, looks_like_a_day
from stronghold_core.bank_statements.csv_files.records import open_question
from stronghold_core.bank_statements.csv_files.rules import names_of
from stronghold_core.bank_statements.csv_files.words import (
    BOOKED_WORDS,
    CREDIT_WORDS,
    DEBIT_WORDS,
    FAILED_WORDS,
    MAYBE_OF_AN_ADDRESS,
    PENDING_WORDS,
    normalised,
    ranks_of,
)
from stronghold_core.errors import AmbiguousStatementError, StatementColumnError, StatementFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from stronghold_core.bank_statements.csv_files.cells import Row
    from stronghold_core.bank_statements.csv_files.records import Column, CsvLayout, DebitMinus
    from stronghold_core.bank_statements.csv_files.rules import Columns

HEAD_LINES: Final = 50
"""How far down the header may stand."""

_SAMPLE_ROWS: Final = 200
_MAX_ASKED: Final = 5
"""Of how many words a question is."""

_AMOUNTS: Final = ("amount_column", "debit_column", "credit_column", "balance_column")
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
_SIGN: Final = re.compile(r"[-−–(]|[DC]R\b|\b[SH]$")
_ENOUGH_DEBITS: Final = 2_000
"""How many debits are looked at; each is compared with what they have shown when it is read."""

_STATUSES: Final = BOOKED_WORDS | PENDING_WORDS | FAILED_WORDS
_COUNTED: Final = re.compile(r"(?P<stem>.*?)(?P<number>\d+)(?P<rest>\D*)", re.ASCII | re.DOTALL)
"""An id that ends in a number; what is around it may be the same in all."""

_SMALL_DIGITS: Final = 5
_SAID_DELIMITER: Final = re.compile(r"sep=(.)\s*", re.IGNORECASE)


def find_structure(lines: Sequence[str], layout: CsvLayout) -> CsvLayout:
    """Find delimiter and columns in the first *lines* of a file.

    >>> from stronghold_core.bank_statements.csv_files.records import CsvLayout
    >>> found = find_structure(["Buchungstag;Verwendungszweck;Betrag", "01.11.2026;Kaffee;-3,50"], CsvLayout())
    >>> found.delimiter, found.date_column, found.description_column, found.amount_column
    (';', 'Buchungstag', 'Verwendungszweck', 'Betrag')

    Raises:
        StatementColumnError: If no row names the columns that are needed; it tells what names there are.
        AmbiguousStatementError: If two columns could be meant.
        StatementFileError: If nothing separates columns.
    """
    delimiter = layout.delimiter or _find_delimiter(lines, layout)
    layout = layout.model_copy(update={"delimiter": delimiter})
    rows = [row for row in split_rows(lines, delimiter) if row.fault is None]
    if layout.date_column is not None and layout.has_amounts:
        # It names all columns that count: by others, rows of an earlier file would not be known again.
        return layout
    header = max(rows[:HEAD_LINES], key=lambda row: _named_fields(row.cells), default=None)
    if header is not None and _is_enough(header.cells, layout):
        return _named_after(header, rows, layout)
    if (counted := _counted(rows, layout)) is not None:
        return counted
    found = ", ".join(repr(cell.strip()[:40]) for cell in (header.cells if header is not None else ()) if cell.strip())
    missing = "amount_column" if layout.date_column is not None or _has(header, "date_column") else "date_column"
    remedy = f"none of these is a name that is known; state {missing} as one of them, or as a number from 0."
    raise StatementColumnError(column=missing, found=found or "none at all", remedy=remedy)


def find_values(rows: Callable[[], Iterable[Row]], columns: Columns, layout: CsvLayout) -> CsvLayout:
    """Find how days and amounts are written, in as many *rows* as that takes.

    Raises:
        AmbiguousStatementError: If the rows leave it open.
        StatementFileError: If they contradict each other.
    """
    found: dict[str, Any] = {}
    if layout.date_format is None:
        found["date_format"] = _date_format(rows, columns)
    if layout.decimal_mark is None:
        marks = find_marks(_cells_of(rows(), [columns.at[field] for field in _AMOUNTS if field in columns.at]))
        found["decimal_mark"] = marks.decimal
        if layout.thousands_mark is None:
            found["thousands_mark"] = marks.thousands
    if layout.debit_minus is None and "debit_column" in columns.at:
        found["debit_minus"] = _debit_minus(_cells_of(rows(), [columns.at["debit_column"]]))
    return layout.model_copy(update=found)


def find_account_number(preamble: Iterable[Row]) -> str | None:
    """Find the number of the account in the lines above the header: an IBAN, or what stands beside its name.

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


# ------------------------------------------------------------------ the delimiter


def _find_delimiter(lines: Sequence[str], layout: CsvLayout) -> str:
    if lines and (said := _SAID_DELIMITER.fullmatch(lines[0])):
        return said[1]
    best = max(DELIMITERS, key=lambda delimiter: _fitness(lines, delimiter, layout))
    if _fitness(lines, best, layout)[2] < 2:  # noqa: PLR2004 - a day and an amount
        raise StatementFileError(reason="nothing separates its columns; if something does, state it as delimiter.")
    return best


def _fitness(lines: Sequence[str], delimiter: str, layout: CsvLayout) -> tuple[int, int, int]:
    """Say how many columns are known by their names, how many rows have as many cells, and how many that is."""
    rows = [row.cells for row in split_rows(lines, delimiter)]
    wanted = set(names_of(layout))
    named = max(
        (_named_fields(cells) + len(wanted.intersection(map(str.strip, cells))) for cells in rows[:HEAD_LINES]),
        default=0,
    )
    lengths = Counter(len(cells) for cells in rows if len(cells) > 1)
    width, count = lengths.most_common(1)[0] if lengths else (1, 0)
    return named, count, width


# ------------------------------------------------------------------ columns by their names


def _named_fields(cells: Sequence[str]) -> int:
    return len({field for cell in cells for field in ranks_of(cell)})


def _has(row: Row | None, field: str) -> bool:
    return row is not None and any(field in ranks_of(cell) for cell in row.cells)


def _is_enough(cells: Sequence[str], layout: CsvLayout) -> bool:
    """Tell whether a header names a day, and amounts in one column or two, as far as they are not stated."""
    fields = {field for cell in cells for field in ranks_of(cell)} | layout.named().keys()
    return "date_column" in fields and ("amount_column" in fields or {"debit_column", "credit_column"} <= fields)


def _named_after(header: Row, rows: Sequence[Row], layout: CsvLayout) -> CsvLayout:
    """Take the columns that a header names, and that the layout does not say."""
    cells = header.cells
    found = _likeliest(cells, layout)
    below = [row for row in rows if row.line > header.line]
    has_pair = layout.debit_column is not None or {"debit_column", "credit_column"} <= found.keys()
    if layout.amount_column is None and layout.debit_column is None and _lacks_signs(found, below):
        found.pop("amount_column")
    if layout.amount_column is not None or ("amount_column" in found and layout.debit_column is None):
        # Beside an amount, two columns of the same words only repeat it.
        found.pop("debit_column", None)
        found.pop("credit_column", None)
    elif has_pair:
        found.pop("amount_column", None)
    _drop_what_holds_nothing(found, cells, below)
    if "status_column" in found and not _tells_status(cells[found["status_column"]], found, below, layout):
        del found["status_column"]
    if "amount_column" in found and "direction_column" not in found and layout.direction_column is None:
        _add_direction(found, cells, below)
    said = {field: _name_or_number(place, cells) for field, place in found.items()}
    return layout.model_copy(update=said)


def _lacks_signs(found: Mapping[str, int], rows: Sequence[Row]) -> bool:
    """Tell whether amounts stand without a sign beside a debit of the same row, and only the pair tells what left."""
    if not {"amount_column", "debit_column", "credit_column"} <= found.keys():
        return False
    amount, debit = found["amount_column"], found["debit_column"]
    whole = [row.cells for row in rows[:_SAMPLE_ROWS] if len(row.cells) > max(amount, debit)]
    return any(_is_unsigned(cells[amount]) and _is_more_than_nothing(cells[debit]) for cells in whole)


def _likeliest(cells: Sequence[str], layout: CsvLayout) -> dict[str, int]:
    """Return for each field that is not stated the column whose name is the likeliest.

    Raises:
        AmbiguousStatementError: If two columns of a name that is needed could be meant.
    """
    ranked: dict[str, list[tuple[int, int]]] = {}
    for place, cell in enumerate(cells):
        for field, rank in ranks_of(cell).items():
            ranked.setdefault(field, []).append((rank, place))
    found: dict[str, int] = {}
    for field, places in ranked.items():
        if getattr(layout, field) is not None:
            continue
        best = min(places)
        equals = [place for rank, place in places if rank == best[0]]
        if len(equals) == 1:
            found[field] = best[1]
        elif field in {"date_column", "amount_column", "debit_column", "credit_column", "status_column"}:
            fact = f"several of its columns are called {cells[best[1]].strip()!r}"
            raise open_question(field, fact, *equals)
    return found


def _drop_what_holds_nothing(found: dict[str, int], cells: Sequence[str], rows: Sequence[Row]) -> None:
    """Drop columns whose name fits and whose cells do not."""
    whole = [row for row in rows[:_SAMPLE_ROWS] if len(row.cells) == len(cells)]
    sample = [row.cells for row in whole]
    if "direction_column" in found and not _tells_direction(found, whole):
        del found["direction_column"]
    fits: dict[str, Callable[[list[str]], bool]] = {
        "bank_id_column": _are_ids,
        "account_column": _are_accounts,
        "balance_column": lambda values: any(map(has_number, values)),
    }
    for field, is_fit in fits.items():
        if field in found and not is_fit([row[found[field]].strip() for row in sample]):
            del found[field]


def _tells_status(name: str, found: Mapping[str, int], rows: Sequence[Row], layout: CsvLayout) -> bool:
    """Tell whether a column says which rows are booked; one that is empty so far may, in the next file.

    Raises:
        AmbiguousStatementError: If it says nothing that is known: then rows that are not booked can't be told, either.
    """
    place = found["status_column"]
    words = {row.cells[place].strip() for row in rows[:_SAMPLE_ROWS] if place < len(row.cells)} - {""}
    known = _STATUSES | set(map(normalised, layout.booked_words))
    if not words or not known.isdisjoint(map(normalised, words)):
        return True
    if normalised(name) in MAYBE_OF_AN_ADDRESS:
        return False
    fact = f"its column {name.strip()!r} has no word that is known to say that a row is booked"
    raise open_question("booked_words", fact, *((word,) for word in sorted(words)[:_MAX_ASKED]))


def _are_accounts(values: list[str]) -> bool:
    """Tell whether *values* may be the number of the account: one everywhere, or several accounts in one file.

    Those of a second account must be refused, not posted into the first.
    """
    given = {account_number(value) for value in values if value}
    return len(set(values)) == 1 or (
        bool(given) and all(_as_iban(value) is not None or _DIGITS.fullmatch(value) for value in given)
    )


def _are_ids(values: list[str]) -> bool:
    """Tell whether *values* tell rows apart, also from those of other files: not so numbers that begin anew in each.

    A row that is taken for another one is money that is lost; without ids rows are known by all that they say.
    """
    given = [value for value in values if value]
    return bool(given) and len(set(given)) == len(given) and not _begin_anew(given)


def _begin_anew(ids: list[str]) -> bool:
    """Tell whether *ids* may be those of the next file as well: they only count, be it as 1, 000001 or TX-001.

    Their numbers are all small, or the first one is 1; and no other digit differs from one to the next.
    """
    counted = [match for one in ids if (match := _COUNTED.fullmatch(one)) is not None]
    stems = {match["stem"] for match in counted}
    is_one_stem = len(stems) == 1 and len(ids) > 1
    if len(counted) < len(ids) or not (is_one_stem or re.search(r"\d", "".join(stems)) is None):
        return False
    numbers = [match["number"] for match in counted]
    return all(len(number) <= _SMALL_DIGITS for number in numbers) or min(map(int, numbers)) <= 1


def _tells_direction(found: dict[str, int], rows: Sequence[Row]) -> bool:
    """Tell whether a column says what amounts without signs don't; rows where it says nothing known are refused later.

    Raises:
        StatementFileError: If only some amounts of money that left have a minus: the others may be money that came.
    """
    words = [row.cells[found["direction_column"]].strip() for row in rows]
    is_known = all(map(_is_direction, words))
    if "amount_column" not in found:
        return is_known
    amounts = [row.cells[found["amount_column"]] for row in rows]
    unsigned = next((n for n, amount in enumerate(amounts) if _is_debit(words[n]) and _is_unsigned(amount)), None)
    signed = next((n for n, amount in enumerate(amounts) if _SIGN.search(amount)), None)
    if unsigned is None:
        return is_known and signed is None
    if signed is not None:
        reason = (
            f"beside {words[unsigned]!r} in line {rows[unsigned].line} the amount has no minus, but that in line "
            f"{rows[signed].line} has a sign. State direction_column; or, if all amounts are as signed as they should "
            "be, the columns that count, without it."
        )
        raise StatementFileError(reason=reason)
    return True


def _add_direction(found: dict[str, int], cells: Sequence[str], rows: Sequence[Row]) -> None:
    """Take a column of another name, or of none, that says in each row whether money left, if no amount has a sign.

    Raises:
        AmbiguousStatementError: If several do, or one says the same throughout, which may mean anything.
    """
    sample = [row.cells for row in rows[:_SAMPLE_ROWS] if len(row.cells) == len(cells)]
    if any(_SIGN.search(row[found["amount_column"]]) for row in sample):
        return
    columns = [{row[place].strip() for row in sample} for place in range(len(cells))]
    places = [n for n, words in enumerate(columns) if any(map(_is_debit, words)) and all(map(_is_direction, words))]
    if len(places) > 1 or any(all(map(_is_debit, columns[place])) for place in places):
        raise open_question(
            "direction_column", "no amount has a sign, and what says that money left is unclear", *places
        )
    if places:
        found["direction_column"] = places[0]


def _is_direction(word: str) -> bool:
    return normalised(word) in DEBIT_WORDS | CREDIT_WORDS or word in {"+", "-"}


def _is_debit(word: str) -> bool:
    return normalised(word) in DEBIT_WORDS or word == "-"


def _is_unsigned(amount: str) -> bool:
    """Tell whether *amount* is not zero, and has no sign of its own."""
    return _is_more_than_nothing(amount) and _SIGN.search(amount) is None


def _is_more_than_nothing(amount: str) -> bool:
    return has_number(amount) and re.search("[1-9]", amount) is not None


def _name_or_number(place: int, cells: Sequence[str]) -> Column:
    """Say a column by its name, if only it has that."""
    names = [cell.strip() for cell in cells]
    return names[place] if names[place] and names.count(names[place]) == 1 else place


# ------------------------------------------------------------------ columns of a file without a header


def _counted(rows: Sequence[Row], layout: CsvLayout) -> CsvLayout | None:
    """Find the columns of a file without a header: one of days, one of amounts, one of words; none if several could be.

    The day of booking stands before the day of value; an amount has decimals or a sign in some row.
    """
    sample = [row.cells for row in rows[:_SAMPLE_ROWS]]
    width = len(sample[0]) if sample else 0
    if width < 2 or any(len(cells) != width for cells in sample):  # noqa: PLR2004 - a day and an amount
        return None
    columns = [[cells[place].strip() for cells in sample] for place in range(width)]
    days = [place for place, column in enumerate(columns) if all(map(looks_like_a_day, column))]
    amounts = [place for place, column in enumerate(columns) if place not in days and _holds_amounts(column)]
    if len(days) != 1 or len(amounts) != 1:
        return None
    words = [place for place in range(width) if place not in {*days, *amounts}]
    longest = max(words, key=lambda place: sum(map(len, columns[place])), default=None)
    return layout.model_copy(
        update={
            "date_column": days[0],
            "amount_column": amounts[0],
            "description_column": layout.description_column or longest,
        }
    )


def _holds_amounts(column: Sequence[str]) -> bool:
    return all(map(has_number, column)) and any(re.search(r"[.,+\-]", text) for text in column)


def _date_format(rows: Callable[[], Iterable[Row]], columns: Columns) -> str | None:
    """Find how days are written; where those of booking leave it open, the other days of the file may tell."""
    place = columns.at["date_column"]
    try:
        return find_date_format(_cells_of(rows(), [place]))
    except AmbiguousStatementError:
        others = [other for other, name in enumerate(columns.header or ()) if "date_column" in ranks_of(name)]
        if others in ([], [place]):
            raise
        return find_date_format(_cells_of(rows(), others))


def _debit_minus(debits: Iterable[tuple[int, str]]) -> DebitMinus | None:
    """Find whether debits have a minus; none if there is no debit.

    Raises:
        AmbiguousStatementError: If some do: then it may be that they were taken back.
    """
    first: dict[bool, tuple[int, str]] = {}
    for line, text in islice((debit for debit in debits if _is_more_than_nothing(debit[1])), _ENOUGH_DEBITS):
        first.setdefault(_SIGN.search(text) is not None, (line, text))
    if len(first) > 1:
        (line, signed), (other, unsigned) = first[True], first[False]
        fact = f"the debit {signed!r} in line {line} has a minus, {unsigned!r} in line {other} has none"
        raise open_question("debit_minus", fact, "back", "never", "always")
    return None if not first else "always" if True in first else "never"


def _cells_of(rows: Iterable[Row], places: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Go through the cells of some columns, with the numbers of their lines."""
    for row in rows:
        for place in places:
            if place < len(row.cells) and (text := row.cells[place].strip()):
                yield row.line, text

"""Which columns of a bank's CSV file are meant, by their names and by what stands below them. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stronghold_core.bank_statements.csv_files.account_numbers import are_accounts
from stronghold_core.bank_statements.csv_files.amounts import has_number, has_sign, is_more_than_nothing
from stronghold_core.bank_statements.csv_files.records import open_question
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
from stronghold_core.errors import StatementFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from stronghold_core.bank_statements.csv_files.cells import Row
    from stronghold_core.bank_statements.csv_files.records import Column, CsvLayout

HEAD_LINES: Final = 50
"""How far down the header may stand."""

SAMPLE_ROWS: Final = 200
"""How many rows below a header are looked at."""

_MAX_ASKED: Final = 5
"""Of how many words a question is."""

_STATUSES: Final = BOOKED_WORDS | PENDING_WORDS | FAILED_WORDS
_COUNTED: Final = re.compile(r"(?P<stem>.*?)(?P<number>\d+)(?P<rest>\D*)", re.ASCII | re.DOTALL)
"""An id that ends in a number; what is around it may be the same in all."""

_SMALL_DIGITS: Final = 5


def named_fields(cells: Sequence[str]) -> int:
    """Count the fields that the names in *cells* are known for."""
    return len({field for cell in cells for field in ranks_of(cell)})


def has_name(row: Row | None, field: str) -> bool:
    """Tell whether a column of *row* has a name that is known for *field*."""
    return row is not None and any(field in ranks_of(cell) for cell in row.cells)


def is_enough(cells: Sequence[str], layout: CsvLayout) -> bool:
    """Tell whether a header names a day, and amounts in one column or two, as far as they are not stated."""
    fields = {field for cell in cells for field in ranks_of(cell)} | layout.named().keys()
    return "date_column" in fields and ("amount_column" in fields or {"debit_column", "credit_column"} <= fields)


def named_after(header: Row, rows: Sequence[Row], layout: CsvLayout) -> CsvLayout:
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
    whole = [row.cells for row in rows[:SAMPLE_ROWS] if len(row.cells) > max(amount, debit)]
    return any(_is_unsigned(cells[amount]) and is_more_than_nothing(cells[debit]) for cells in whole)


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
    whole = [row for row in rows[:SAMPLE_ROWS] if len(row.cells) == len(cells)]
    sample = [row.cells for row in whole]
    if "direction_column" in found and not _tells_direction(found, whole):
        del found["direction_column"]
    fits: dict[str, Callable[[list[str]], bool]] = {
        "bank_id_column": _are_ids,
        "account_column": are_accounts,
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
    words = {row.cells[place].strip() for row in rows[:SAMPLE_ROWS] if place < len(row.cells)} - {""}
    known = _STATUSES | set(map(normalised, layout.booked_words))
    if not words or not known.isdisjoint(map(normalised, words)):
        return True
    if normalised(name) in MAYBE_OF_AN_ADDRESS:
        return False
    fact = f"its column {name.strip()!r} has no word that is known to say that a row is booked"
    raise open_question("booked_words", fact, *((word,) for word in sorted(words)[:_MAX_ASKED]))


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
    signed = next((n for n, amount in enumerate(amounts) if has_sign(amount)), None)
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
    sample = [row.cells for row in rows[:SAMPLE_ROWS] if len(row.cells) == len(cells)]
    if any(has_sign(row[found["amount_column"]]) for row in sample):
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
    return is_more_than_nothing(amount) and not has_sign(amount)


def _name_or_number(place: int, cells: Sequence[str]) -> Column:
    """Say a column by its name, if only it has that."""
    names = [cell.strip() for cell in cells]
    return names[place] if names[place] and names.count(names[place]) == 1 else place

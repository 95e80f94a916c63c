"""What a row is, how it is known again, and whether the balance beside it adds up. Pure: no database here."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from stronghold_core.bank_statements.csv_files.amounts import canonical
from stronghold_core.bank_statements.records import RefusedRow, StatementLine
from stronghold_core.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DIGEST_BYTES: Final = 16
_MIN_SHARED_DIGITS: Final = 4


# ------------------------------------------------------------------ what is a row


def checked_rows(rows: Iterable[StatementLine | RefusedRow]) -> Iterator[StatementLine | RefusedRow]:
    """Go through *rows*, and see of each that it is one.

    Raises:
        InvalidInputError: If they are no list, at once; if one is no row, when it is reached.
    """
    if not isinstance(rows, Iterable) or isinstance(rows, (str, bytes)):
        raise InvalidInputError(field="rows", reason="it is a list of rows: StatementLines, or RefusedRows.")
    return _each_checked(rows)


def _each_checked(rows: Iterable[StatementLine | RefusedRow]) -> Iterator[StatementLine | RefusedRow]:
    for number, row in enumerate(rows):
        if not isinstance(row, (StatementLine, RefusedRow)):
            reason = f"{type(row).__name__} is no row; make a StatementLine of it."
            raise InvalidInputError(field=f"rows.{number}", reason=reason)
        yield row


# ------------------------------------------------------------------ knowing a row again


def digest(line: StatementLine) -> bytes:
    """Return what tells a row of an account from every other one, but for those that say exactly the same.

    That is its day and amount with the bank's own number of it; where the bank gives none, with its words, however they
    are spaced. A number alone does not tell rows apart: the next file may count anew.

    >>> from datetime import date
    >>> from stronghold_core.bank_statements.records import StatementLine
    >>> digest(StatementLine(line=2, on=date(2026, 11, 1), amount="-5.00", description="Coffee")).hex()
    '0ddcbf899a016d00718caf9c40e28556'
    """
    amount = canonical(line.amount)
    words = ("row", line.on.isoformat(), amount, _spaced(line.description), _spaced(line.payee))
    parts = words if line.bank_id is None else ("id", line.bank_id, line.on.isoformat(), amount)
    return hashlib.sha256("\x1f".join(parts).encode()).digest()[:DIGEST_BYTES]


def _spaced(text: str | None) -> str:
    return "" if text is None else " ".join(text.casefold().split())


def is_same_account(one: str, other: str) -> bool:
    """Tell whether two numbers may be of one account: equal, or one is the visible or the national end of the other.

    >>> is_same_account("DE89370400440532013000", "0532013000"), is_same_account("XXXX1234", "99881234")
    (True, True)
    >>> is_same_account("DE89370400440532013000", "DE02120300000000202051")
    False
    """
    if one == other:
        return True
    short, long = sorted((_visible(one), _visible(other)), key=len)
    return len(short) >= _MIN_SHARED_DIGITS and long.endswith(short)


def _visible(number: str) -> str:
    return re.sub(r"[\s.\-/]", "", number.upper()).lstrip("X*•0")


# ------------------------------------------------------------------ balances


class Stated(NamedTuple):
    """What a row says of money, in minor units."""

    amount_minor: int
    balance_minor: int | None
    """None if the row states no balance."""


class Mismatch(NamedTuple):
    """A row whose balance is not what the amounts lead to."""

    stated_minor: int
    computed_minor: int


class BalanceCheck:
    """Adds the rows of a file up, beside the balances that it states, whichever end of the time it begins at.

    >>> check = BalanceCheck()
    >>> check.check([Stated(-500, 9500), Stated(-200, 9300), Stated(100, 9450)])
    {2: Mismatch(stated_minor=9450, computed_minor=9400)}
    """

    def __init__(self) -> None:
        self._runs = [_Run(is_ascending=True), _Run(is_ascending=False)]

    @property
    def compared(self) -> int:
        """How many balances were compared so far."""
        return self._runs[0].compared

    @property
    def is_ascending(self) -> bool | None:
        """Whether the file begins with the earliest; none while that can't be told."""
        return None if len(self._runs) > 1 else self._runs[0].is_ascending

    def check(self, rows: Sequence[Stated | None]) -> dict[int, Mismatch]:
        """Add the next rows up; return those that don't fit, by their places among them.

        None stands for a row whose amount is not known.
        """
        found = [(run, run.check(rows)) for run in self._runs]
        # The file begins at the end of the time that fits more of its rows; of two that fit equally, at the early one.
        best, mismatches = max(found, key=lambda each: each[0].fitting)
        if any(run.fitting != best.fitting for run in self._runs):
            self._runs = [best]
        return mismatches


class _Run:
    """Adds up in one direction of time."""

    def __init__(self, *, is_ascending: bool) -> None:
        self.is_ascending = is_ascending
        self._balance: int | None = None
        self._since = 0
        self.fitting = 0
        self.compared = 0

    def check(self, rows: Sequence[Stated | None]) -> dict[int, Mismatch]:
        mismatches: dict[int, Mismatch] = {}
        for place, row in enumerate(rows):
            if row is None:
                self._balance = None
            elif (mismatch := self._step(row)) is not None:
                mismatches[place] = mismatch
        return mismatches

    def _step(self, row: Stated) -> Mismatch | None:
        """Go past one row; from a balance that does not fit, go on with what it states."""
        change = self._since + (row.amount_minor if self.is_ascending else 0)
        before, stated = self._balance, row.balance_minor
        if stated is None:
            self._since += row.amount_minor
            return None
        self._balance = stated
        self._since = 0 if self.is_ascending else row.amount_minor
        if before is None:
            return None
        computed = before + change if self.is_ascending else before - change
        self.compared += 1
        self.fitting += computed == stated
        return None if computed == stated else Mismatch(stated, computed)

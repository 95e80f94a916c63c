"""What the rows of a file come to, so that a total below them is known by its amounts. Pure."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import TYPE_CHECKING, Final

from stronghold_core.errors import InvalidInputError

if TYPE_CHECKING:
    from stronghold_core.bank_statements.csv_files.cells import Row
    from stronghold_core.bank_statements.csv_files.rules import RowReader
    from stronghold_core.bank_statements.records import StatementLine

_EXACT: Final = Context(prec=60)
_NOTHING: Final = Decimal(0)


class Sums:
    """What came, what left, and the balances at both ends of the file."""

    def __init__(self) -> None:
        self._incoming = self._outgoing = _NOTHING
        self._balances: list[Decimal] = []

    def add(self, line: StatementLine) -> None:
        """Add a row."""
        amount = Decimal(line.amount)
        if amount > 0:
            self._incoming = _EXACT.add(self._incoming, amount)
        else:
            self._outgoing = _EXACT.subtract(self._outgoing, amount)
        if line.balance is not None:
            self._balances = [*self._balances[:1], Decimal(line.balance)]

    def has(self, reader: RowReader, total: Row) -> bool:
        """Tell whether each amount of *total* is one that the rows come to, whatever its sign."""
        known = {
            _NOTHING,
            self._incoming,
            self._outgoing,
            _EXACT.add(self._incoming, self._outgoing),
            abs(_EXACT.subtract(self._incoming, self._outgoing)),
            *map(abs, self._balances),
        }
        try:
            return all(abs(Decimal(number)) in known for number in reader.totals(total))
        except InvalidInputError:
            return False

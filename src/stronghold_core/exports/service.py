"""Taking transactions elsewhere: `books.exports`."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from stronghold_core.errors import NotFoundError
from stronghold_core.exports.rules import csv_line
from stronghold_core.ledger import account_names, paths_of
from stronghold_core.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from uuid import UUID

    from stronghold_core.db import Unit
    from stronghold_core.ids import AccountId, CategoryId
    from stronghold_core.ledger import Categories, EntryRecord, TransactionRecord, Transactions

CSV_HEADER: Final = (
    *("date", "account", "category", "amount", "currency", "description", "payee", "note", "reference"),
    *("kind", "transaction", "line", "reverses"),
)
"""The columns of a CSV file; each of its rows is an entry."""

_AT_A_TIME: Final = 500


class Exports:
    """What the tenant's members take elsewhere, as text; what to export comes from `books.transactions.iterate`."""

    def __init__(self, unit: Unit, transactions: Transactions, categories: Categories) -> None:
        self._unit = unit
        self._transactions = transactions
        self._categories = categories

    def csv(self, transactions: Iterable[TransactionRecord] | None = None) -> Iterator[str]:
        """Write transactions as a CSV file, line by line: a header, then a row for each entry.

        A cell that a spreadsheet would take for a formula gets an apostrophe in front. Use it in a read unit, and the
        file is of one moment; memory stays flat, however many transactions there are.

        Args:
            transactions: Which; all of them, the earliest business date first, if left out.

        Raises:
            NotFoundError: When it comes to a record that is not of this tenant: its accounts and categories have no
                name here.
        """
        self._unit.reach(Permission.TRANSACTION_READ)
        self._unit.reach(Permission.ACCOUNT_READ)
        self._unit.require(Permission.CATEGORY_READ)
        return self._csv(self._transactions.iterate() if transactions is None else transactions)

    def json_lines(self, transactions: Iterable[TransactionRecord] | None = None) -> Iterator[str]:
        """Write transactions as JSON lines: each as its record is dumped, with its entries.

        Args:
            transactions: As for `csv`.
        """
        self._unit.reach(Permission.TRANSACTION_READ)
        chosen = self._transactions.iterate() if transactions is None else transactions
        return (f"{one.model_dump_json()}\n" for one in chosen)

    def _csv(self, transactions: Iterable[TransactionRecord]) -> Iterator[str]:
        paths: Mapping[CategoryId, str] = {}
        yield csv_line(CSV_HEADER)
        left = iter(transactions)
        while some := list(islice(left, _AT_A_TIME)):
            paths = self._with_paths(paths, some)
            names = self._names(some)
            for one in some:
                yield from (csv_line(_cells(one, entry, names, paths)) for entry in one.entries)

    def _with_paths(
        self, known: Mapping[CategoryId, str], some: Iterable[TransactionRecord]
    ) -> Mapping[CategoryId, str]:
        """Return the paths of categories, read anew if *some* are of one that came while the file was written."""
        needed = {entry.category_id for one in some for entry in one.entries if entry.category_id is not None}
        found = known if needed <= known.keys() else paths_of(self._categories.list())
        _check_known("category", needed - found.keys())
        return found

    def _names(self, some: Iterable[TransactionRecord]) -> Mapping[AccountId, str]:
        """Return the names of the accounts that may be seen; a guest's file leaves out those of the engine's."""
        own = {entry.account_id for one in some for entry in one.entries if entry.category_id is None}
        with self._unit.reading_accounts(Permission.ACCOUNT_READ) as reach:
            seen = {*filter(reach.covers, own)}
            names = account_names(self._unit, seen)
        _check_known("account", seen - names.keys())
        return names


def _check_known(kind: str, missing: Collection[UUID]) -> None:
    if missing:
        raise NotFoundError(kind=kind, key=min(missing))


def _cells(
    one: TransactionRecord, entry: EntryRecord, names: Mapping[AccountId, str], paths: Mapping[CategoryId, str]
) -> list[str | None]:
    return [
        one.effective_date.isoformat(),
        names.get(entry.account_id) if entry.category_id is None else None,
        None if entry.category_id is None else paths[entry.category_id],
        f"{entry.amount.amount:f}",
        entry.amount.currency.code,
        one.description,
        one.payee,
        one.note,
        one.reference,
        one.kind.value,
        str(one.id),
        str(entry.line),
        None if one.reverses_id is None else str(one.reverses_id),
    ]

"""Importing what a bank sent: `books.bank_statements`."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from stronghold_core.bank_statements.csv_file import read_csv
from stronghold_core.bank_statements.records import MAX_REFUSED_ROWS, ImportResult, RefusedRow, StatementLine
from stronghold_core.bank_statements.rules import digest, is_zero
from stronghold_core.errors import DuplicateReferenceError, InvalidInputError, NotFoundError, StatementFileError
from stronghold_core.ids import AccountId, parse_id
from stronghold_core.ledger import Outcome, PostResult, Record
from stronghold_core.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from stronghold_core.bank_statements.records import CsvLayout
    from stronghold_core.db import Unit
    from stronghold_core.ids import AnId
    from stronghold_core.ledger import Poster

BATCH_SIZE: Final = 1_000
"""How many rows are posted at once."""


class BankStatements:
    """What the tenant's banks say, as transactions."""

    def __init__(self, unit: Unit, poster: Poster) -> None:
        self._unit = unit
        self._poster = poster

    def import_csv(self, file: str | Path | BinaryIO, *, account: AnId, layout: CsvLayout) -> ImportResult:
        """Post the rows of a bank's CSV file that are not in the books yet, as uncategorised transactions.

        Importing a file again, or one that overlaps with it, posts nothing twice, whoever does it. A row that can't be
        read or posted is named in the result, and the others are posted; a row of zero is only counted.

        Args:
            file: Its path, or the file itself, opened for reading bytes.
            account: Whose statement it is.
            layout: Where the file keeps what.

        Raises:
            StatementColumnError: If a named column is missing; then nothing was posted.
            StatementFileError: If the file can't be read; then nothing was posted.
            NotFoundError: If this tenant has no such account.
            InvalidInputError: If the file is not open for reading bytes, or the layout can't be meant.
        """
        self._unit.require(Permission.STATEMENT_IMPORT)
        with _opened(file) as stream:
            return self.import_rows(read_csv(stream, layout), account=account)

    def import_rows(self, rows: Iterable[StatementLine | RefusedRow], *, account: AnId) -> ImportResult:
        """Post rows that `read_csv` has read; for a caller who commits a long file part by part.

        Args:
            rows: Some or all rows of one file, in their order.
            account: Whose statement it is.

        Raises:
            NotFoundError: If this tenant has no such account.
            InvalidInputError: If one is no row; then nothing was posted.
        """
        account_id = AccountId(parse_id(account, field="account"))
        with self._unit.verb(Permission.STATEMENT_IMPORT):
            if account_id not in self._poster.facts([account_id]):
                raise NotFoundError(kind="account", key=account_id)
            result, left = ImportResult(), _checked_rows(rows)
            while batch := list(islice(left, min(BATCH_SIZE, self._unit.settings.max_drafts_per_batch))):
                result += self._post(batch, account_id)
            return result

    def _post(self, batch: list[StatementLine | RefusedRow], account_id: AccountId) -> ImportResult:
        refused = [row for row in batch if isinstance(row, RefusedRow)]
        lines = [row for row in batch if isinstance(row, StatementLine) and not is_zero(row)]
        without_amount = len(batch) - len(refused) - len(lines)
        results = self._poster.post_many([_draft(line, account_id) for line in lines], on_error="continue")
        new = sum(result.outcome is Outcome.POSTED for result in results)
        refused += [
            RefusedRow(line=line.line, reason=str(result.error))
            for line, result in zip(lines, results, strict=True)
            if result.outcome is Outcome.REFUSED and not _is_there(result)
        ]
        refused.sort(key=lambda row: row.line)
        return ImportResult(
            posted=new,
            already_there=len(batch) - new - without_amount - len(refused),
            without_amount=without_amount,
            refused=len(refused),
            refused_rows=tuple(refused[:MAX_REFUSED_ROWS]),
        )


def _opened(file: str | Path | BinaryIO) -> AbstractContextManager[BinaryIO]:
    if not isinstance(file, (str, Path)):
        return nullcontext(file)
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise StatementFileError(reason=f"{file}: {error.strerror}.") from error
    except ValueError as error:
        raise InvalidInputError(field="file", reason=f"{str(file)!r} is no path.") from error


def _checked_rows(rows: Iterable[StatementLine | RefusedRow]) -> Iterator[StatementLine | RefusedRow]:
    if not isinstance(rows, Iterable):
        raise InvalidInputError(field="rows", reason="it is a list of rows, such as read_csv gives.")
    for number, row in enumerate(rows):
        if not isinstance(row, (StatementLine, RefusedRow)):
            reason = f"{type(row).__name__} is no row; make a StatementLine of it."
            raise InvalidInputError(field=f"rows.{number}", reason=reason)
        yield row


def _draft(line: StatementLine, account_id: AccountId) -> Record:
    """Make the row a draft that can be posted only once.

    The idempotency key answers a repetition before any rule is asked. It is one principal's, and may be deleted when it
    is old; so the reference, which is the tenant's for ever, also stops everybody else, and a file from long ago.
    """
    known_as = digest(account_id, line)
    return Record(
        account=account_id,
        amount=line.amount,
        on=line.on,
        description=line.description,
        reference=known_as,
        idempotency_key=known_as,
    )


def _is_there(result: PostResult) -> bool:
    return isinstance(result.error, DuplicateReferenceError)

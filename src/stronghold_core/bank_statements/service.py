"""Importing what a bank sent: `books.bank_statements`."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal

from stronghold_core.audit import record_event
from stronghold_core.bank_statements.csv_files.rules import check_layout
from stronghold_core.bank_statements.files import MAX_SOURCE_LENGTH, name_of, opened, read_statement, rewound_on_failure
from stronghold_core.bank_statements.judging import Judge
from stronghold_core.bank_statements.occurrences import counting
from stronghold_core.bank_statements.posting import Import
from stronghold_core.bank_statements.preview import Preview
from stronghold_core.bank_statements.queries import (
    drop_layout,
    find_layout,
    get_import,
    keep_layout,
    list_imports,
)
from stronghold_core.bank_statements.records import (
    ImportRecord,
    ImportResult,
    RefusedRow,
    RevertResult,
    SavedLayout,
    StatementLine,
)
from stronghold_core.bank_statements.reverting import revert_import
from stronghold_core.bank_statements.rules import checked_rows
from stronghold_core.errors import (
    ImportRevertedError,
    InvalidInputError,
)
from stronghold_core.ids import AccountId, ImportId, parse_id
from stronghold_core.pagination import DEFAULT_PAGE_SIZE, Page, checked_limit
from stronghold_core.periods import optional_day
from stronghold_core.permissions import Permission
from stronghold_core.text import in_short, optional_text

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

    from stronghold_core.bank_statements.csv_files.reader import CsvStatement
    from stronghold_core.bank_statements.csv_files.records import CsvLayout
    from stronghold_core.db import Unit
    from stronghold_core.ids import AnId
    from stronghold_core.ledger import Poster, Trial
    from stronghold_core.periods import ADay

BATCH_SIZE: Final = 1_000
"""How many rows are judged, and posted, at once."""

OnInvalid = Literal["refuse", "skip"]
OnMismatch = Literal["refuse", "accept"]


class BankStatements:
    """What the tenant's banks say, as transactions."""

    def __init__(self, unit: Unit, poster: Poster) -> None:
        self._unit = unit
        self._poster = poster

    # ------------------------------------------------------------------ previewing

    def preview_csv(
        self, file: str | Path | BinaryIO, *, account: AnId, layout: CsvLayout | None = None
    ) -> AbstractContextManager[Preview]:
        """Show what would become of the rows of a bank's CSV file, without posting any.

        The preview is gone through once, inside a ``with`` block; then its `summary` tells the whole.

        Args:
            file: Its path, or the file itself, opened for reading bytes.
            account: Whose statement it is.
            layout: Where the file keeps what; that which was saved for the account if left out, or as far as it names
                no column. What neither says is found in the file; an empty one has everything found anew.

        Raises:
            AmbiguousStatementError: If the file leaves open how it is to be read.
            StatementColumnError: If a column is missing.
            StatementFileError: If the file can't be read.
            StatementAccountError: If the file is that of another account.
            NotFoundError: If this tenant has no such account.
        """
        self._unit.require(Permission.STATEMENT_IMPORT)
        return self._previewed_file(file, account, layout)

    def preview_rows(
        self, rows: Iterable[StatementLine | RefusedRow], *, account: AnId
    ) -> AbstractContextManager[Preview]:
        """Show what would become of rows that a caller has read from a file of another kind.

        Args:
            rows: The rows of the whole file, in its order.
            account: Whose statement it is.

        Raises:
            NotFoundError: If this tenant has no such account.
        """
        self._unit.require(Permission.STATEMENT_IMPORT)
        return self._previewed_rows(rows, account)

    # ------------------------------------------------------------------ posting

    def import_csv(
        self,
        file: str | Path | BinaryIO,
        *,
        account: AnId,
        layout: CsvLayout | None = None,
        source: str | None = None,
        on_invalid: OnInvalid = "refuse",
        on_mismatch: OnMismatch = "refuse",
        progress: Callable[[int], object] | None = None,
    ) -> ImportResult:
        """Post the rows of a bank's CSV file that are not in the books yet, as uncategorised transactions.

        All or nothing: an error, or an interruption, leaves the books as they were. Importing a file again, or one that
        overlaps with it, posts nothing twice, whoever does it. What was found out about the file is kept for the next
        one of the account, if nothing was kept before.

        Args:
            file: Its path, or the file itself, opened for reading bytes.
            account: Whose statement it is.
            layout: Where the file keeps what; that which was saved for the account if left out, or as far as it names
                no column. What neither says is found in the file; an empty one has everything found anew.
            source: The name of the file, if it does not have its own: one that came over a network.
            on_invalid: With "refuse" a row that can't be read or posted ends it, and nothing is posted; with "skip" it
                is named in the result, and the others are posted.
            on_mismatch: With "refuse" a row whose balance is not what the amounts lead to ends it; with "accept" it is
                posted like the others.
            progress: Called now and then with the number of rows so far.

        Raises:
            AmbiguousStatementError: If the file leaves open how it is to be read.
            StatementColumnError: If a column is missing.
            StatementFileError: If the file can't be read.
            StatementAccountError: If the file is that of another account.
            StatementRowError: If a row can't be read or posted; it names the first one.
            StatementBalanceError: If a balance does not add up.
            NotFoundError: If this tenant has no such account.
        """
        name = name_of(file) if source is None else optional_text(source, field="source", max_length=MAX_SOURCE_LENGTH)
        with self._unit.verb(Permission.STATEMENT_IMPORT), self._unit.reading(Permission.TRANSACTION_POST):
            trial = self._trial(account, lock=True)
            saved = find_layout(self._unit, trial.account.id)
            with opened(file) as stream, rewound_on_failure(stream):
                statement = read_statement(stream, layout, saved)
                post = self._import(name, on_invalid, on_mismatch, progress)
                result, number = self._post(post, trial, statement, number=statement.account_number, remembered=saved)
                self._learn(trial, saved, statement.layout, number=number)
                return result.model_copy(update={"passed_over": statement.passed_over})

    def import_rows(
        self,
        rows: Iterable[StatementLine | RefusedRow],
        *,
        account: AnId,
        source: str | None = None,
        on_invalid: OnInvalid = "refuse",
        on_mismatch: OnMismatch = "refuse",
        progress: Callable[[int], object] | None = None,
    ) -> ImportResult:
        """Post rows that a caller has read from a file of another kind.

        Args:
            rows: The rows of the whole file, in its order.
            account: Whose statement it is.
            source: The name of the file.
            on_invalid: As for `import_csv`; so are the rest.
            on_mismatch: As for `import_csv`.
            progress: As for `import_csv`.

        Raises:
            NotFoundError: If this tenant has no such account.
            InvalidInputError: If one is no row; then nothing was posted.
        """
        source = optional_text(source, field="source", max_length=MAX_SOURCE_LENGTH)
        with self._unit.verb(Permission.STATEMENT_IMPORT), self._unit.reading(Permission.TRANSACTION_POST):
            trial = self._trial(account, lock=True)
            saved = find_layout(self._unit, trial.account.id)
            post = self._import(source, on_invalid, on_mismatch, progress)
            result, _ = self._post(post, trial, checked_rows(rows), number=None, remembered=saved)
            return result

    # ------------------------------------------------------------------ what was imported

    def get(self, import_id: AnId) -> ImportRecord:
        """Return one import.

        Raises:
            NotFoundError: If this tenant has none with that id.
        """
        with self._unit.reading(Permission.TRANSACTION_READ):
            return get_import(self._unit, ImportId(parse_id(import_id, field="import_id")))

    def list(
        self, *, account: AnId | None = None, limit: int = DEFAULT_PAGE_SIZE, after: str | None = None
    ) -> Page[ImportRecord]:
        """List imports, the latest first.

        Args:
            account: Only those into this account.
            limit: How many on a page.
            after: The cursor of the page before.
        """
        with self._unit.reading(Permission.TRANSACTION_READ):
            account_id = None if account is None else AccountId(parse_id(account, field="account"))
            return list_imports(self._unit, account_id, limit=checked_limit(limit), after=after)

    def revert(self, import_id: AnId, *, on: ADay | None = None) -> RevertResult:
        """Take back all that an import posted, by the opposite of each transaction; then the file can come again.

        What somebody took back one by one stays as it is. The limits of accounts hold here as well.

        Args:
            import_id: The import.
            on: The date of the reversals: that of the latest transaction or later. If left out, each has the date of
                its transaction, as though the file had never been imported.

        Raises:
            ImportRevertedError: If it was taken back before.
            ReversalDateError: If *on* is before one of the transactions.
            InsufficientFundsError: If the account would fall below its limit.
            NotFoundError: If this tenant has no such import.
        """
        wanted = ImportId(parse_id(import_id, field="import_id"))
        day = optional_day(on, field="on")
        with self._unit.verb(Permission.STATEMENT_IMPORT), self._unit.reading(Permission.TRANSACTION_REVERSE):
            record = get_import(self._unit, wanted)
            # Whoever imports into the account waits, and then sees what is left.
            self._poster.trial(record.account_id, lock=True)
            if record.reverted_at is not None:
                raise ImportRevertedError(import_id=wanted, reverted_at=record.reverted_at)
            return revert_import(self._unit, self._poster, record, on=day, size=self._size())

    # ------------------------------------------------------------------ layouts

    def layout_of(self, account: AnId) -> SavedLayout | None:
        """Return how the account's files are laid out, as far as that was saved; none if nothing was."""
        with self._unit.reading(Permission.ACCOUNT_READ):
            return find_layout(self._unit, AccountId(parse_id(account, field="account")))

    def save_layout(self, account: AnId, layout: CsvLayout, *, account_number: str | None = None) -> SavedLayout:
        """Keep how the account's files are laid out, for all that come without a layout.

        Args:
            account: The account.
            layout: Where its files keep what; what it leaves out is found in each file.
            account_number: The bank's number of the account; files of another one are refused. The number that is known
                already stays if left out.

        Raises:
            InvalidInputError: If the layout can't be meant.
            NotFoundError: If this tenant has no such account.
        """
        check_layout(layout)
        number = optional_text(account_number, field="account_number", max_length=MAX_SOURCE_LENGTH)
        with self._unit.verb(Permission.STATEMENT_IMPORT):
            account_id = self._trial(account, lock=True).account.id
            before = find_layout(self._unit, account_id)
            known = None if before is None else before.account_number
            saved = SavedLayout(
                account_id=account_id,
                layout=layout,
                account_number=number or known,
                saved_at=self._unit.clock.now(),
            )
            self._keep(saved)
            return saved

    def forget_layout(self, account: AnId) -> bool:
        """Forget how the account's files are laid out, and the bank's number of it; tell whether there was something.

        Args:
            account: The account.
        """
        account_id = AccountId(parse_id(account, field="account"))
        with self._unit.verb(Permission.STATEMENT_IMPORT):
            is_dropped = drop_layout(self._unit, account_id)
            if is_dropped:
                self._record("statement.forget_layout", account_id, {})
            return is_dropped

    # ------------------------------------------------------------------ inside

    @contextmanager
    def _previewed_file(
        self, file: str | Path | BinaryIO, account: AnId, layout: CsvLayout | None
    ) -> Generator[Preview]:
        with self._unit.reading(Permission.STATEMENT_IMPORT), opened(file) as stream:
            trial = self._trial(account, lock=False)
            statement = read_statement(stream, layout, find_layout(self._unit, trial.account.id))
            with self._previewed(statement, trial, number=statement.account_number) as preview:
                yield preview

    @contextmanager
    def _previewed_rows(self, rows: Iterable[StatementLine | RefusedRow], account: AnId) -> Generator[Preview]:
        with self._unit.reading(Permission.STATEMENT_IMPORT):
            trial = self._trial(account, lock=False)
            with self._previewed(checked_rows(rows), trial, number=None) as preview:
                yield preview

    @contextmanager
    def _previewed(
        self, rows: Iterator[StatementLine | RefusedRow] | CsvStatement, trial: Trial, *, number: str | None
    ) -> Generator[Preview]:
        saved = find_layout(self._unit, trial.account.id)
        with counting() as seen:
            judge = Judge(self._unit, trial, seen, account_number=None if saved is None else saved.account_number)
            judge.check_account(number)
            yield Preview(judge, trial, rows, size=BATCH_SIZE)

    def _size(self) -> int:
        return min(BATCH_SIZE, self._unit.settings.max_drafts_per_batch)

    def _trial(self, account: AnId, *, lock: bool) -> Trial:
        return self._poster.trial(AccountId(parse_id(account, field="account")), lock=lock)

    def _import(
        self,
        source: str | None,
        on_invalid: OnInvalid,
        on_mismatch: OnMismatch,
        progress: Callable[[int], object] | None,
    ) -> Import:
        if on_invalid not in ("refuse", "skip"):
            raise InvalidInputError(
                field="on_invalid", reason=f"{in_short(on_invalid)!r} is neither 'refuse' nor 'skip'."
            )
        if on_mismatch not in ("refuse", "accept"):
            raise InvalidInputError(
                field="on_mismatch", reason=f"{in_short(on_mismatch)!r} is neither 'refuse' nor 'accept'."
            )
        return Import(
            self._unit,
            self._poster,
            source=source,
            skips_invalid=on_invalid == "skip",
            accepts_mismatches=on_mismatch == "accept",
            progress=progress,
        )

    def _post(
        self,
        post: Import,
        trial: Trial,
        rows: Iterator[StatementLine | RefusedRow] | CsvStatement,
        *,
        number: str | None,
        remembered: SavedLayout | None,
    ) -> tuple[ImportResult, str | None]:
        """Post all rows; return what became of them, and the bank's number of the account."""
        size = self._size()
        with counting() as seen:
            known = None if remembered is None else remembered.account_number
            judge = Judge(self._unit, trial, seen, account_number=known)
            judge.check_account(number)
            while chunk := list(islice(rows, size)):
                judged = judge.judge(chunk)
                post.add(judged, trial.account, happened=judge.chronological(judged))
            return post.finish(trial.account), judge.account_number

    def _learn(self, trial: Trial, saved: SavedLayout | None, layout: CsvLayout, *, number: str | None) -> None:
        """Keep what was found out about the account's files, for the next one."""
        if saved is not None and (number is None or saved.account_number is not None):
            return
        # A file of plain ASCII proves no encoding, and looking for it costs nothing.
        kept = layout.model_copy(update={"encoding": None}) if saved is None else saved.layout
        self._keep(
            SavedLayout(
                account_id=trial.account.id, layout=kept, account_number=number, saved_at=self._unit.clock.now()
            )
        )

    def _keep(self, saved: SavedLayout) -> None:
        keep_layout(self._unit, saved)
        layout = saved.layout.model_dump(mode="json", exclude_defaults=True)
        payload = {"layout": layout, "account_number": saved.account_number}
        self._record("statement.save_layout", saved.account_id, payload)

    def _record(self, action: str, account_id: AccountId, payload: Mapping[str, object]) -> None:
        record_event(self._unit, action, object_type="account", object_id=account_id, payload=payload)

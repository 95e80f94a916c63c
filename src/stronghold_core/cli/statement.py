"""`stronghold import …`: a bank's CSV file, looked at, imported, and taken back."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from stronghold_core.bank_statements import CsvLayout, Verdict
from stronghold_core.cli.csv_layout import takes_layout
from stronghold_core.cli.desk import find_tenant
from stronghold_core.cli.exits import ExitCode
from stronghold_core.cli.finding import find_account
from stronghold_core.cli.imports import (
    PreviewTable,
    render_import,
    render_imports,
    render_layout,
    tell_preview,
)
from stronghold_core.cli.options import After, Limit, Principal, Tenant
from stronghold_core.cli.terminal import counted
from stronghold_core.context import Origin
from stronghold_core.errors import CurrencyMismatchError, StatementFileError
from stronghold_core.pagination import DEFAULT_PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import BinaryIO

    from stronghold_core.bank_statements import ImportRecord, ImportResult, PreviewSummary, SavedLayout
    from stronghold_core.cli.desk import Desk
    from stronghold_core.ids import AccountId
    from stronghold_core.ledger import AccountRecord
    from stronghold_core.pagination import Page
    from stronghold_core.stronghold import Books

__all__ = ["imports", "render_import"]

_MAX_CAUSE_LENGTH: Final = 200
_SHOWN_ROWS: Final = 20
_STANDARD_INPUT: Final = "-"

imports = typer.Typer(name="import", help="Import bank's CSV files, and take imports back.", no_args_is_help=True)


def _checked_file(file: Path) -> Path:
    """Pass on a file that is there, before the database is looked at."""
    if str(file) != _STANDARD_INPUT and not file.exists():
        raise typer.BadParameter(f"file {str(file)!r} does not exist.")
    if file.is_dir():
        raise typer.BadParameter(f"file {str(file)!r} is a directory.")
    return file


_File = Annotated[
    Path,
    typer.Argument(metavar="FILE", callback=_checked_file, help="The bank's CSV file; - reads standard input."),
]
_Account = Annotated[str, typer.Option(metavar="ACCOUNT", help="The account's name or id.")]


class _Only(StrEnum):
    """Which rows a preview shows."""

    NEW = Verdict.NEW.value
    DUPLICATE = Verdict.DUPLICATE.value
    EMPTY = Verdict.EMPTY.value
    UNBOOKED = Verdict.UNBOOKED.value
    INVALID = Verdict.INVALID.value


@imports.callback()
def _group() -> None:  # pyright: ignore[reportUnusedFunction]
    """Import bank's CSV files, and take imports back."""


# ------------------------------------------------------------------ looking


@imports.command()
@takes_layout
def preview(
    context: typer.Context,
    file: _File,
    *,
    tenant: Tenant,
    principal: Principal,
    account: _Account,
    only: Annotated[_Only | None, typer.Option(help="Show only rows with that verdict.")] = None,
    rows: Annotated[int, typer.Option(metavar="NUMBER", min=0, help="How many rows to show.")] = _SHOWN_ROWS,
    layout: CsvLayout | None,
) -> None:
    """Show what would become of each row of a file, and post none.

    With --json all rows are told. The exit code is 1 if a row is invalid, or its balance does not add up.
    """
    desk: Desk = context.obj
    verdict = None if only is None else Verdict(only.value)

    def look(books: Books) -> PreviewSummary:
        found = find_account(books, account)
        with books.bank_statements.preview_csv(stream, account=found.id, layout=layout) as seen:
            if desk.terminal.is_json:
                return tell_preview(seen, found, verdict)
            table = PreviewTable(limit=rows)
            for row in seen:
                if verdict is None or row.verdict is verdict:
                    table.add(row)
            desk.terminal.show(table.render(seen.summary, found))
            return seen.summary

    # Not by `read`, which would print the rows again if it tried again.
    with (
        desk.open() as stronghold,
        _opened(file) as stream,
        stronghold.books(find_tenant(stronghold, tenant), principal=principal, read_only=True) as books,
    ):
        summary = look(books)
    if summary.invalid or summary.warnings:
        raise typer.Exit(ExitCode.CHECK_FAILED)


# ------------------------------------------------------------------ posting


@imports.command()
@takes_layout
def commit(
    context: typer.Context,
    file: _File,
    *,
    tenant: Tenant,
    principal: Principal,
    account: Annotated[
        str | None, typer.Option(metavar="ACCOUNT", help="The account's name or id; or use --open-account.")
    ] = None,
    open_account: Annotated[
        str | None, typer.Option(metavar="NAME", help="The account of that name, opened first if there is none.")
    ] = None,
    currency: Annotated[
        str | None, typer.Option(metavar="CODE", help="With --open-account: its currency, if not the tenant's own.")
    ] = None,
    skips_invalid: Annotated[
        bool, typer.Option("--skip-invalid", help="Leave out rows that can't be posted, and import the others.")
    ] = False,
    accepts_mismatches: Annotated[
        bool, typer.Option("--accept-mismatches", help="Import rows whose balance does not add up.")
    ] = False,
    layout: CsvLayout | None,
) -> None:
    """Import a bank's CSV file into an account: all of it, or nothing.

    Rows that are in the books already are passed over, so a file may be imported again. The exit code is 1 if rows were
    left out.
    """
    desk: Desk = context.obj
    _check_one_account(account, open_account, currency)
    origin = Origin(cause=f"import:{file.name}"[:_MAX_CAUSE_LENGTH])

    def post(books: Books) -> tuple[AccountRecord, ImportResult]:
        into = _open(books, open_account, currency) if open_account is not None else find_account(books, account or "")
        result = books.bank_statements.import_csv(
            stream,
            account=into.id,
            layout=layout,
            on_invalid="skip" if skips_invalid else "refuse",
            on_mismatch="accept" if accepts_mismatches else "refuse",
            progress=advance,
        )
        return into, result

    with desk.open() as stronghold, _opened(file) as stream, _progress(desk, stream) as advance, _interruptible(desk):
        into, result = stronghold.run(find_tenant(stronghold, tenant), principal=principal, origin=origin, do=post)
    _tell(desk, into, result)
    if result.refused:
        raise typer.Exit(ExitCode.CHECK_FAILED)


def _check_one_account(account: str | None, open_account: str | None, currency: str | None) -> None:
    """Pass if the options say one account.

    Raises:
        BadParameter: If they say none or two, or the currency of one that is not opened.
    """
    if (account is None) == (open_account is None):
        raise typer.BadParameter("give either --account or --open-account.")
    if currency is not None and open_account is None:
        raise typer.BadParameter("--currency goes with --open-account.")


@contextmanager
def _interruptible(desk: Desk) -> Generator[None]:
    """Say of an interruption what became of the import."""
    try:
        yield
    except KeyboardInterrupt:
        desk.terminal.note("Interrupted: nothing was imported.")
        raise


def _tell(desk: Desk, into: AccountRecord, result: ImportResult) -> None:
    if desk.terminal.is_json:
        desk.terminal.tell({"account_id": str(into.id), "account": into.name, **result.model_dump(mode="json")})
    else:
        desk.terminal.show(render_import(result, into.name))


@contextmanager
def _progress(desk: Desk, stream: BinaryIO) -> Generator[Callable[[int], None]]:
    """Show how far into the file an import has come; give what tells it."""
    size = os.fstat(stream.fileno()).st_size
    with desk.terminal.progress("rows") as progress:
        task = progress.add_task("Importing", total=size, rows="")
        yield lambda rows: progress.update(task, completed=stream.tell(), rows=counted(rows, "row"))


def _open(books: Books, name: str, currency: str | None) -> AccountRecord:
    found = books.accounts.find(name=name)
    if found is None:
        return books.accounts.open(name=name, type="asset", subtype="checking", currency=currency)
    if currency is not None and currency != found.currency:
        raise CurrencyMismatchError(subject=f"Account {name!r}", expected=found.currency, found=currency)
    return found


@contextmanager
def _opened(file: Path) -> Generator[BinaryIO]:
    """Open the file; what comes through a pipe is kept on disk meanwhile, to be read twice."""
    is_piped = str(file) == _STANDARD_INPUT
    # With standard input closed there is no stream, and its number may be that of a file of ours, such as the database.
    if is_piped and sys.stdin is None:
        raise StatementFileError(reason="standard input is closed.")
    try:
        stream = os.fdopen(os.dup(sys.stdin.fileno()), "rb") if is_piped else file.open("rb")
    except OSError as error:
        raise StatementFileError(reason=f"{file}: {error.strerror}.") from error
    with stream:
        if stream.seekable():
            yield stream
            return
        with tempfile.TemporaryFile() as kept:
            shutil.copyfileobj(stream, kept)
            kept.seek(0)
            yield kept


# ------------------------------------------------------------------ what was imported


@imports.command(name="list")
def list_(
    context: typer.Context,
    *,
    tenant: Tenant,
    principal: Principal,
    account: Annotated[str | None, typer.Option(metavar="ACCOUNT", help="Only those into it.")] = None,
    limit: Limit = DEFAULT_PAGE_SIZE,
    after: After = None,
) -> None:
    """List imports, the latest first."""
    desk: Desk = context.obj

    def read(books: Books) -> tuple[Page[ImportRecord], dict[AccountId, str]]:
        chosen = None if account is None else find_account(books, account).id
        page = books.bank_statements.list(account=chosen, limit=limit, after=after)
        return page, {
            account_id: books.accounts.get(account_id).name for account_id in {one.account_id for one in page}
        }

    page, names = desk.read(tenant, principal, read)
    desk.answer_page(page, render_imports(page.items, names))


@imports.command()
def revert(
    context: typer.Context,
    import_id: Annotated[str, typer.Argument(metavar="IMPORT", help="Its id, as `stronghold import list` tells it.")],
    *,
    tenant: Tenant,
    principal: Principal,
    on: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="The day of the reversals; that of each row if left out.")
    ] = None,
) -> None:
    """Take back all that an import posted; then the file can be imported again."""
    desk: Desk = context.obj
    result = desk.write(tenant, principal, lambda books: books.bank_statements.revert(import_id, on=on))
    before = f"; {counted(result.already_reversed, 'transaction')} had been before" if result.already_reversed else ""
    desk.answer(result, f"Took back {counted(result.reversed, 'transaction')}{before}.")


@imports.command(name="layout")
@takes_layout
def layout_(
    context: typer.Context,
    *,
    tenant: Tenant,
    principal: Principal,
    account: _Account,
    number: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="The bank's number of the account, to be kept.")
    ] = None,
    is_forgotten: Annotated[bool, typer.Option("--forget", help="Forget all that is kept.")] = False,
    layout: CsvLayout | None,
) -> None:
    """Show how an account's files are laid out; with options, keep that for all files to come."""
    desk: Desk = context.obj
    if is_forgotten and (layout is not None or number is not None):
        raise typer.BadParameter("--forget goes without any other option.")

    def change(books: Books) -> None:
        found = find_account(books, account)
        if is_forgotten:
            books.bank_statements.forget_layout(found.id)
            return
        before = books.bank_statements.layout_of(found.id)
        kept = layout or (before.layout if before is not None else CsvLayout())
        books.bank_statements.save_layout(found.id, kept, account_number=number)

    def read(books: Books) -> tuple[str, SavedLayout | None]:
        found = find_account(books, account)
        return found.name, books.bank_statements.layout_of(found.id)

    if is_forgotten or layout is not None or number is not None:
        desk.write(tenant, principal, change)
    name, saved = desk.read(tenant, principal, read)
    if desk.terminal.is_json:
        desk.terminal.tell(None if saved is None else saved.model_dump(mode="json"))
    else:
        desk.terminal.show(render_layout(saved, name))

"""`stronghold import`: a bank's CSV file into an account, batch by batch."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from stronghold_core.bank_statements import BATCH_SIZE, CsvLayout, ImportResult, read_csv
from stronghold_core.cli.desk import find_tenant
from stronghold_core.cli.exits import ExitCode
from stronghold_core.cli.finding import find_account
from stronghold_core.cli.terminal import counted
from stronghold_core.context import Origin
from stronghold_core.errors import CurrencyMismatchError, StatementFileError, StrongholdError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from typing import BinaryIO

    from stronghold_core.bank_statements import RefusedRow, StatementLine
    from stronghold_core.cli.desk import Desk
    from stronghold_core.cli.terminal import Terminal
    from stronghold_core.ids import AccountId, TenantId
    from stronghold_core.ledger import AccountRecord
    from stronghold_core.stronghold import Books, Stronghold

_MAX_CAUSE_LENGTH: Final = 200
_SHOWN_ROWS: Final = 20
_GO_ON: Final = "What was posted stays; run the same command again to go on."


class _Target(NamedTuple):
    """Where the rows go, and in whose name."""

    stronghold: Stronghold
    tenant_id: TenantId
    account_id: AccountId
    principal: str
    origin: Origin


def import_statement(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True, help="The bank's CSV file.")
    ],
    *,
    tenant: Annotated[str, typer.Option(metavar="TENANT", help="Its id or external reference.")],
    principal: Annotated[str, typer.Option(metavar="PRINCIPAL", help="Who imports, such as user:ada.")],
    account: Annotated[
        str | None, typer.Option(metavar="ACCOUNT", help="The account's name or id; or use --open-account.")
    ] = None,
    open_account: Annotated[
        str | None, typer.Option(metavar="NAME", help="The account of that name, opened first if there is none.")
    ] = None,
    currency: Annotated[
        str | None, typer.Option(metavar="CODE", help="With --open-account: its currency, if not the tenant's own.")
    ] = None,
    date_column: Annotated[str, typer.Option(metavar="COLUMN", help="Its name in the header, or number from 0.")],
    description_column: Annotated[str, typer.Option(metavar="COLUMN", help="The same.")],
    amount_column: Annotated[str, typer.Option(metavar="COLUMN", help="The same; negative if money left.")],
    date_format: Annotated[
        str | None, typer.Option(metavar="PATTERN", help="Such as %d.%m.%Y or %m/%d/%Y; ISO dates if left out.")
    ] = None,
    decimal_mark: Annotated[str, typer.Option(metavar="MARK", help="A point or a comma.")] = ".",
    thousands_mark: Annotated[
        str | None, typer.Option(metavar="MARK", help="What groups the digits of large amounts, if anything does.")
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(metavar="MARK", help="Found out among semicolon, tab and comma if left out.")
    ] = None,
    encoding: Annotated[str, typer.Option(metavar="NAME", help="Such as utf-8, cp1252 or utf-16.")] = "utf-8-sig",
) -> None:
    """Import a bank's CSV file into an account.

    Rows that are in the books already are passed over, so a file may be imported again, also after an interruption.
    Rows that can't be read or posted are named; the others are posted.
    """
    desk: Desk = context.obj
    if (account is None) == (open_account is None):
        raise typer.BadParameter("give either --account or --open-account.")
    if currency is not None and open_account is None:
        raise typer.BadParameter("--currency goes with --open-account.")
    layout = CsvLayout(
        date_column=_column(date_column),
        description_column=_column(description_column),
        amount_column=_column(amount_column),
        date_format=date_format,
        decimal_mark=decimal_mark,
        thousands_mark=thousands_mark,
        delimiter="\t" if delimiter == r"\t" else delimiter,
        encoding=encoding,
    )

    def chosen(books: Books) -> AccountRecord:
        return _open(books, open_account, currency) if open_account is not None else find_account(books, account or "")

    origin = Origin(cause=f"import:{file.name}"[:_MAX_CAUSE_LENGTH])
    with desk.open() as stronghold, _opened(file) as stream:
        tenant_id = find_tenant(stronghold, tenant)
        rows = read_csv(stream, layout)
        into = stronghold.run(tenant_id, principal=principal, origin=origin, do=chosen)
        target = _Target(stronghold, tenant_id, into.id, principal, origin)
        outcome = _import(target, rows, stream, desk.terminal)
    _report(desk.terminal, outcome, into)
    if not outcome.is_complete:
        raise typer.Exit(ExitCode.INTERRUPTED)
    if outcome.result.refused:
        raise typer.Exit(ExitCode.CHECK_FAILED)


class _Outcome(NamedTuple):
    """How far an import came."""

    result: ImportResult
    is_complete: bool


def _import(
    target: _Target, rows: Iterator[StatementLine | RefusedRow], stream: BinaryIO, terminal: Terminal
) -> _Outcome:
    """Post batch after batch, each committed for itself, so that an interruption loses at most one."""
    result = ImportResult()
    with terminal.progress("rows") as progress:
        # A pipe tells neither how long it is nor how far it was read.
        size = os.fstat(stream.fileno()).st_size if stream.seekable() else None
        task = progress.add_task("Importing", total=size, rows="")
        try:
            while batch := list(islice(rows, BATCH_SIZE)):
                result += target.stronghold.run(
                    target.tenant_id,
                    principal=target.principal,
                    origin=target.origin,
                    do=partial(_post, rows=batch, account_id=target.account_id),
                )
                at = None if size is None else stream.tell()
                progress.update(task, completed=at, rows=counted(result.rows, "row"))
        except KeyboardInterrupt:
            return _Outcome(result, is_complete=False)
        except StrongholdError:
            if result.rows:
                terminal.note(f"The import stopped after {counted(result.rows, 'row')}. {_GO_ON}")
            raise
    return _Outcome(result, is_complete=True)


def _post(books: Books, *, rows: list[StatementLine | RefusedRow], account_id: AccountId) -> ImportResult:
    return books.bank_statements.import_rows(rows, account=account_id)


def _open(books: Books, name: str, currency: str | None) -> AccountRecord:
    found = books.accounts.find(name=name)
    if found is None:
        return books.accounts.open(name=name, type="asset", subtype="checking", currency=currency)
    if currency is not None and currency != found.currency:
        raise CurrencyMismatchError(subject=f"Account {name!r}", expected=found.currency, found=currency)
    return found


@contextmanager
def _opened(file: Path) -> Generator[BinaryIO]:
    try:
        stream = file.open("rb")
    except OSError as error:
        raise StatementFileError(reason=f"{file}: {error.strerror}.") from error
    with stream:
        yield stream


def _column(given: str) -> str | int:
    return int(given) if given.isascii() and given.isdecimal() else given


# ------------------------------------------------------------------ the report


def _report(terminal: Terminal, outcome: _Outcome, into: AccountRecord) -> None:
    result = outcome.result
    if terminal.is_json:
        document = {"account_id": str(into.id), "account": into.name, "is_complete": outcome.is_complete}
        terminal.tell({**document, **result.model_dump(mode="json")})
    else:
        terminal.show(render_import(result, into.name))
    if not outcome.is_complete:
        terminal.note(f"Interrupted after {counted(result.rows, 'row')}. {_GO_ON}")


def render_import(result: ImportResult, account: str) -> Group:
    """Lay out what became of a file's rows."""
    figures = Table.grid(padding=(0, 2))
    figures.add_column()
    figures.add_column(justify="right")
    figures.add_row("  Posted", Text(f"{result.posted:,}", "bold green" if result.posted else ""))
    figures.add_row("  Already there", f"{result.already_there:,}")
    if result.without_amount:
        figures.add_row("  Without an amount", f"{result.without_amount:,}")
    figures.add_row("  Refused", Text(f"{result.refused:,}", "bold red" if result.refused else ""))
    return Group(
        Text.assemble((counted(result.rows, "row"), "bold"), " for ", (account, "bold")), figures, _refused(result)
    )


def _refused(result: ImportResult) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for row in result.refused_rows[:_SHOWN_ROWS]:
        table.add_row(f"  line {row.line:,}", row.reason)
    if result.refused > _SHOWN_ROWS:
        table.add_row("", f"… and {counted(result.refused - _SHOWN_ROWS, 'row')} more; --json names the first 100")
    return table

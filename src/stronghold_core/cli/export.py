"""`stronghold export`: transactions as a file for a spreadsheet or a program."""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, cast

import typer

from stronghold_core.cli.desk import find_tenant
from stronghold_core.cli.finding import find_account, find_category
from stronghold_core.cli.options import First, Last, Principal, Tenant
from stronghold_core.cli.terminal import counted
from stronghold_core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from typing import BinaryIO

    from stronghold_core.cli.desk import Desk
    from stronghold_core.ledger import TransactionRecord

STANDARD_OUTPUT: Final = "-"
_AT_A_TIME: Final = 500


class Format(StrEnum):
    """How transactions are written."""

    CSV = "csv"
    JSONL = "jsonl"


def export(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where to; - for standard output.")] = STANDARD_OUTPUT,
    *,
    tenant: Tenant,
    principal: Principal,
    format: Annotated[  # noqa: A002 - what people call it
        Format | None, typer.Option(help="By the name of the file if left out; csv for standard output.")
    ] = None,
    text: Annotated[str | None, typer.Option(metavar="TEXT", help="Only what mentions it.")] = None,
    first: First = None,
    last: Last = None,
    account: Annotated[str | None, typer.Option(metavar="ACCOUNT", help="Only what touched it.")] = None,
    category: Annotated[str | None, typer.Option(metavar="CATEGORY", help="Only what was for it, or below it.")] = None,
) -> None:
    """Write a tenant's transactions as CSV, a row for each entry, or as JSON lines; as of one moment."""
    desk: Desk = context.obj
    chosen = format or (Format.JSONL if file.endswith((".jsonl", ".ndjson")) else Format.CSV)
    check_output(desk, file)
    written = 0
    with (
        desk.open() as stronghold,
        stronghold.books(find_tenant(stronghold, tenant), principal=principal, read_only=True) as books,
        opened_for_writing(file) as stream,
        desk.terminal.progress("done") as progress,
    ):
        task = progress.add_task("Exporting", total=None, done="")

        def counting(transactions: Iterator[TransactionRecord]) -> Iterator[TransactionRecord]:
            nonlocal written
            for one in transactions:
                written += 1
                yield one

        wanted = counting(
            books.transactions.iterate(
                text=text,
                first=first,
                last=last,
                account=None if account is None else find_account(books, account).id,
                category=None if category is None else find_category(books, category).id,
            )
        )
        lines = books.exports.csv(wanted) if chosen is Format.CSV else books.exports.json_lines(wanted)
        while some := "".join(islice(lines, _AT_A_TIME)):
            stream.write(some.encode())
            progress.update(task, done=counted(written, "transaction"))
    _tell(desk, file, chosen, written)


def _tell(desk: Desk, file: str, chosen: Format, written: int) -> None:
    if desk.terminal.is_json:
        desk.terminal.tell({"file": file, "format": chosen.value, "transactions": written})
    elif file != STANDARD_OUTPUT:
        desk.terminal.show(f"Exported {counted(written, 'transaction')} to {file}.")


def check_output(desk: Desk, file: str) -> None:
    """Pass unless two things would go to standard output: the export, and what is told of it.

    Raises:
        BadParameter: Then.
    """
    if desk.terminal.is_json and file == STANDARD_OUTPUT:
        raise typer.BadParameter("--json tells about a file; name one, or leave --json out.")


@contextmanager
def opened_for_writing(file: str) -> Generator[BinaryIO]:
    """Open a file that gets its name only once it is complete; it is for its owner's eyes alone.

    Raises:
        ConfigurationError: If it can't be written.
    """
    if file == STANDARD_OUTPUT:
        if sys.stdout is None:
            raise ConfigurationError(reason="Standard output is closed: name a file.")
        yield typer.get_binary_stream("stdout")
        return
    path = Path(file).resolve()
    try:
        if path.exists() and not path.is_file():
            # A pipe or a device takes what comes, and must not be replaced by a file.
            with path.open("wb") as stream:
                yield stream
            return
        with _unfinished(path) as stream:
            yield stream
    except OSError as error:
        raise ConfigurationError(reason=f"{file!r} can't be written: {error.strerror}.") from error


@contextmanager
def _unfinished(path: Path) -> Generator[BinaryIO]:
    """Open a file of a name that nobody knows beside *path*, which takes its place once it is complete."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:100]}.", delete=False) as stream:
        unfinished = Path(stream.name)
        try:
            yield cast("BinaryIO", stream)
            stream.close()
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

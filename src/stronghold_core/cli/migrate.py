"""`stronghold migrate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from stronghold_core.cli.exits import ExitCode

if TYPE_CHECKING:
    from stronghold_core.cli.desk import Desk


def migrate(
    context: typer.Context,
    *,
    to: Annotated[
        str, typer.Option(metavar="REVISION", help="head, a revision, or base, which drops the tables and the money.")
    ] = "head",
    is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask before dropping everything.")] = False,
) -> None:
    """Create the tables, or bring them to the schema that this version needs."""
    desk: Desk = context.obj
    if to == "base" and not is_sure:
        _ask(desk)
    with desk.open(may_create=True) as stronghold:
        reached = stronghold.migrate(to=to)
    if desk.terminal.is_json:
        desk.terminal.tell({"schema": reached})
    elif reached is None:
        desk.terminal.show("The database holds no tables of stronghold any more.")
    else:
        desk.terminal.show(f"The database is at schema {reached}.")


def _ask(desk: Desk) -> None:
    question = "This drops every table of stronghold, and all the money in it. Go on?"
    try:
        if typer.confirm(question, err=True):
            return
    except typer.Abort as nobody:
        if isinstance(nobody.__context__, KeyboardInterrupt):
            raise typer.Exit(ExitCode.INTERRUPTED) from nobody
        desk.terminal.note("\nNobody is there to answer: pass --yes.")
        raise typer.Exit(ExitCode.MISUSED) from nobody
    raise typer.Exit(ExitCode.INTERRUPTED)

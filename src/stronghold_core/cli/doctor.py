"""`stronghold doctor`."""

from __future__ import annotations

import sys
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from sqlalchemy import MetaData

from stronghold_core.cli.exits import ExitCode
from stronghold_core.cli.terminal import counted
from stronghold_core.cli.text import Text
from stronghold_core.db import Check
from stronghold_core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stronghold_core.cli.desk import Desk
    from stronghold_core.stronghold import Stronghold


def doctor(
    context: typer.Context,
    *,
    creates_roles: Annotated[
        bool, typer.Option("--create-roles", help="First create PostgreSQL's app role, if it is missing.")
    ] = False,
    login: Annotated[
        str | None,
        typer.Option(metavar="ROLE", help="With --create-roles: who else may become the app role, such as your app."),
    ] = None,
    keys: Annotated[
        list[str] | None,
        typer.Option(metavar="PLACE", help="Look at these secret keys, too: a file, or env:NAME; may be repeated."),
    ] = None,
    tables: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODULE:METADATA",
            help="Your own tables as well, such as shop.models:Base.metadata; the module is imported. May be repeated.",
        ),
    ] = None,
) -> None:
    """Check whether the database is fit to hold money, and say what to run if it is not."""
    desk: Desk = context.obj
    if login is not None and not creates_roles:
        raise typer.BadParameter("--login goes with --create-roles.")
    own = [_metadata_of(where) for where in tables or ()]
    # The doctor itself reports a file that is missing; it does not make one.
    with desk.open(may_create=True) as stronghold:
        if creates_roles:
            stronghold.database.create_roles(login=login)
        declared = _declared(stronghold, own)
        checks = [*stronghold.doctor(keys=keys or ()), *declared]
    problems = sum(not check.is_ok for check in checks)
    if desk.terminal.is_json:
        desk.terminal.tell({"is_ok": not problems, "checks": [check.model_dump(mode="json") for check in checks]})
    else:
        desk.terminal.show(_table(checks), *_remedies(checks), _summary(problems))
    if problems:
        raise typer.Exit(ExitCode.CHECK_FAILED)


def _metadata_of(where: str) -> MetaData:
    """Import the collection of tables that *where* names, from the working directory or an installed package."""
    module, _, name = where.partition(":")
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = attrgetter(name)(import_module(module))
    except Exception as error:
        raise typer.BadParameter(f"{where} can't be imported: {error}", param_hint="--tables") from error
    finally:
        sys.path.pop(0)
    if not isinstance(found, MetaData):
        raise typer.BadParameter(
            f"{where} is no MetaData of SQLAlchemy's; write shop.models:Base.metadata.", param_hint="--tables"
        )
    return found


def _declared(stronghold: Stronghold, own: Iterable[MetaData]) -> list[Check]:
    """Register the host's tables, as its program does when it starts; what would stop it there is found here."""
    checks: list[Check] = []
    for metadata in own:
        try:
            stronghold.register_tables(metadata)
        except ConfigurationError as refusal:
            checks.append(Check(subject="your tables", is_ok=False, fact=str(refusal)))
        else:
            said = f"{counted(len(metadata.tables), 'table')}: each says whose rows it holds"
            checks.append(Check(subject="your tables", is_ok=True, fact=said))
    return checks


def _table(checks: Sequence[Check]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="dim")
    table.add_column("Check", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("What was found", ratio=1)
    for check in checks:
        mark = Text("ok", "green") if check.is_ok else Text("problem", "bold red")
        table.add_row(check.subject, mark, check.fact)
    return table


def _remedies(checks: Sequence[Check]) -> list[Text]:
    remedies = [check.remedy for check in checks if check.remedy is not None]
    # Plain, so that it can be copied as it stands.
    return [Text("To put it right:\n"), *map(Text, remedies), Text("")] if remedies else []


def _summary(problems: int) -> Text:
    if problems:
        return Text(f"{counted(problems, 'problem')} found.", "bold red")
    return Text("All is well.", "bold green")

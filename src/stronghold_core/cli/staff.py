"""`stronghold staff …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from stronghold_core.cli.layout import Column, table

if TYPE_CHECKING:
    from stronghold_core.cli.desk import Desk

staff = typer.Typer(name="staff", help="Say who works for the platform.", no_args_is_help=True)

AHelper = Annotated[str, typer.Argument(metavar="PRINCIPAL", help="A principal, such as user:sam.")]


@staff.command("list")
def list_staff(context: typer.Context) -> None:
    """List the platform's own people, the longest-standing first."""
    desk: Desk = context.obj
    with desk.open() as stronghold:
        found = stronghold.staff.list()
    if desk.terminal.is_json:
        desk.terminal.tell({"items": [one.model_dump(mode="json") for one in found]})
    else:
        columns = [Column("Principal", is_flexible=True), Column("Role"), Column("Since")]
        desk.terminal.show(table(columns, [[one.principal, one.role, f"{one.since:%Y-%m-%d}"] for one in found]))


@staff.command()
def appoint(
    context: typer.Context,
    name: AHelper,
    *,
    role: Annotated[
        str, typer.Option(metavar="ROLE", help="support, who looks things up, or operator, who also runs things.")
    ],
) -> None:
    """Make a principal one of the platform's own people, or give them another role."""
    desk: Desk = context.obj
    with desk.open() as stronghold:
        appointed = stronghold.staff.appoint(name, role=role)
    desk.answer(appointed, f"{appointed.principal} is the platform's {appointed.role} now.")


@staff.command()
def dismiss(context: typer.Context, name: AHelper) -> None:
    """Let somebody work for the platform no more; what tenants admitted them to ends with it."""
    desk: Desk = context.obj
    with desk.open() as stronghold:
        stronghold.staff.dismiss(name)
    if desk.terminal.is_json:
        desk.terminal.tell({"removed": name})
    else:
        desk.terminal.show(f"{name} does not work for the platform any more.")

"""`stronghold tenant …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from stronghold_core.cli.desk import Desk

tenant = typer.Typer(name="tenant", help="Manage tenants.", no_args_is_help=True)


@tenant.callback()
def _group() -> None:  # pyright: ignore[reportUnusedFunction]
    """Manage tenants."""


@tenant.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What people call it.")],
    *,
    base_currency: Annotated[
        str, typer.Option(metavar="CODE", help="The currency of accounts that name none, such as EUR.")
    ],
    owner: Annotated[str, typer.Option(metavar="PRINCIPAL", help="Who owns it, such as user:ada.")],
    kind: Annotated[
        str, typer.Option(metavar="KIND", help="user for a person's books, organization for a company's.")
    ] = "organization",
    time_zone: Annotated[
        str, typer.Option(metavar="ZONE", help='Decides what "today" is, such as Europe/Berlin.')
    ] = "UTC",
    external_reference: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Your own key of this customer; commands take it as --tenant.")
    ] = None,
) -> None:
    """Create a tenant with its first owner."""
    desk: Desk = context.obj
    with desk.open() as stronghold:
        created = stronghold.tenants.create(
            kind=kind,
            name=name,
            base_currency=base_currency,
            owner=owner,
            time_zone=time_zone,
            external_reference=external_reference,
        )
    if desk.terminal.is_json:
        desk.terminal.tell(created.model_dump(mode="json"))
    else:
        desk.terminal.show(f"Created {created.name}, tenant {created.id}.")

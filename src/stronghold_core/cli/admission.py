"""`stronghold admission …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from stronghold_core.cli.layout import Column, table
from stronghold_core.cli.options import Principal, Tenant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from stronghold_core.cli.desk import Desk
    from stronghold_core.rbac.staff import AdmissionRecord

admission = typer.Typer(
    name="admission", help="Let somebody of the platform's into a tenant for some days.", no_args_is_help=True
)

AHelper = Annotated[str, typer.Argument(metavar="PRINCIPAL", help="Somebody of the platform's, such as user:sam.")]


@admission.command("list")
def list_admissions(context: typer.Context, *, tenant: Tenant, principal: Principal) -> None:
    """List all admissions, the earliest first, also those whose time is over."""
    desk: Desk = context.obj
    found = desk.read(tenant, principal, lambda books: books.admissions.list())
    if desk.terminal.is_json:
        desk.terminal.tell({"items": [one.model_dump(mode="json") for one in found]})
    else:
        desk.terminal.show(render_admissions(found))


@admission.command()
def admit(
    context: typer.Context,
    name: AHelper,
    *,
    role: Annotated[str, typer.Option(metavar="ROLE", help="As what they act in the tenant, such as viewer.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="What for.")],
    days: Annotated[int, typer.Option(metavar="DAYS", help="For how long: 1 to 30.")] = 1,
    tenant: Tenant,
    principal: Principal,
) -> None:
    """Let somebody of the platform's in, instead of any admission they had."""
    desk: Desk = context.obj
    admitted = desk.write(
        tenant, principal, lambda books: books.admissions.admit(name, role=role, reason=reason, days=days)
    )
    desk.answer(
        admitted, f"{admitted.principal} is let in as {admitted.role} until {admitted.until:%Y-%m-%d %H:%M} UTC."
    )


@admission.command()
def withdraw(context: typer.Context, name: AHelper, *, tenant: Tenant, principal: Principal) -> None:
    """Let somebody in no more."""
    desk: Desk = context.obj
    desk.write(tenant, principal, lambda books: books.admissions.withdraw(name))
    if desk.terminal.is_json:
        desk.terminal.tell({"removed": name})
    else:
        desk.terminal.show(f"{name} is let in no more.")


# ------------------------------------------------------------------ for people


def render_admissions(admissions: Iterable[AdmissionRecord]) -> Table:
    """Lay out a list of admissions."""
    columns = [Column("Who", is_flexible=True), Column("As"), Column("Until"), Column("Why", is_flexible=True)]
    return table(columns, [[one.principal, one.role, f"{one.until:%Y-%m-%d %H:%M}", one.reason] for one in admissions])

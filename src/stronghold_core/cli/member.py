"""`stronghold member …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from stronghold_core.cli.layout import Column, table
from stronghold_core.cli.options import Principal, Tenant

if TYPE_CHECKING:
    from stronghold_core.cli.desk import Desk

member = typer.Typer(name="member", help="Say who may do what in a tenant.", no_args_is_help=True)

AMember = Annotated[str, typer.Argument(metavar="MEMBER", help="A principal, such as user:bob.")]
ARole = Annotated[
    str,
    typer.Option(
        metavar="ROLE", help="owner, admin, accountant, member, viewer, auditor, or a role of the tenant's own."
    ),
]


@member.command("list")
def list_members(context: typer.Context, *, tenant: Tenant, principal: Principal) -> None:
    """List all members, the longest-standing first."""
    desk: Desk = context.obj
    found = desk.read(tenant, principal, lambda books: books.members.list())
    if desk.terminal.is_json:
        desk.terminal.tell({"items": [one.model_dump(mode="json") for one in found]})
    else:
        columns = [Column("Member", is_flexible=True), Column("Role"), Column("Since")]
        desk.terminal.show(table(columns, [[one.principal, one.role, f"{one.since:%Y-%m-%d}"] for one in found]))


@member.command()
def add(context: typer.Context, name: AMember, *, role: ARole, tenant: Tenant, principal: Principal) -> None:
    """Make a principal a member."""
    desk: Desk = context.obj
    added = desk.write(tenant, principal, lambda books: books.members.add(name, role=role))
    desk.answer(added, f"{added.principal} is {added.role} now.")


@member.command()
def change(context: typer.Context, name: AMember, *, role: ARole, tenant: Tenant, principal: Principal) -> None:
    """Give a member another role."""
    desk: Desk = context.obj
    changed = desk.write(tenant, principal, lambda books: books.members.change_role(name, role=role))
    desk.answer(changed, f"{changed.principal} is {changed.role} now.")


@member.command()
def remove(context: typer.Context, name: AMember, *, tenant: Tenant, principal: Principal) -> None:
    """End a membership."""
    desk: Desk = context.obj
    desk.write(tenant, principal, lambda books: books.members.remove(name))
    if desk.terminal.is_json:
        desk.terminal.tell({"removed": name})
    else:
        desk.terminal.show(f"{name} is no member any more.")

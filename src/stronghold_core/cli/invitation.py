"""`stronghold invitation …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from stronghold_core.cli.layout import Column, table
from stronghold_core.cli.options import Principal, Tenant

if TYPE_CHECKING:
    from stronghold_core.cli.desk import Desk
    from stronghold_core.identity import InvitationRecord

invitation = typer.Typer(name="invitation", help="Ask people into a tenant.", no_args_is_help=True)


@invitation.command("list")
def list_invitations(context: typer.Context, *, tenant: Tenant, principal: Principal) -> None:
    """List all invitations, the oldest first."""
    desk: Desk = context.obj
    found = desk.read(tenant, principal, lambda books: books.invitations.list())
    if desk.terminal.is_json:
        desk.terminal.tell({"items": [one.model_dump(mode="json") for one in found]})
    else:
        columns = [Column("Id"), Column("Role"), Column("Note", is_flexible=True), Column("State")]
        desk.terminal.show(table(columns, [[f"{one.id}", one.role, one.note or "", _state(one)] for one in found]))


@invitation.command()
def send(
    context: typer.Context,
    *,
    role: Annotated[str, typer.Option(metavar="ROLE", help="As what they become a member.")],
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="Whom it is for.")] = None,
    days: Annotated[int, typer.Option(metavar="DAYS", help="For how long it holds: 1 to 30.")] = 7,
    tenant: Tenant,
    principal: Principal,
) -> None:
    """Make an invitation; its token is shown this once, for you to send."""
    desk: Desk = context.obj
    made = desk.write(tenant, principal, lambda books: books.invitations.create(role=role, note=note, days=days))
    desk.answer(made, made.token)
    desk.terminal.note("Whoever brings it becomes a member: send it to nobody else.")


@invitation.command()
def accept(
    context: typer.Context,
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="What the invitation gave.")],
    *,
    principal: Principal,
) -> None:
    """Become a member by an invitation."""
    desk: Desk = context.obj
    with desk.open() as stronghold:
        tenant_id = stronghold.identity.accept_invitation(token, principal=principal)
    if desk.terminal.is_json:
        desk.terminal.tell({"tenant_id": str(tenant_id), "principal": principal})
    else:
        desk.terminal.show(f"{principal} is a member of {tenant_id} now.")


@invitation.command()
def withdraw(
    context: typer.Context,
    one: Annotated[str, typer.Argument(metavar="ID", help="Its id.")],
    *,
    tenant: Tenant,
    principal: Principal,
) -> None:
    """Take an invitation back that nobody has accepted."""
    desk: Desk = context.obj
    desk.write(tenant, principal, lambda books: books.invitations.withdraw(one))
    if desk.terminal.is_json:
        desk.terminal.tell({"withdrawn": one})
    else:
        desk.terminal.show("Nobody can accept it any more.")


def _state(one: InvitationRecord) -> str:
    return f"until {one.expires_at:%Y-%m-%d}" if one.accepted_by is None else f"accepted by {one.accepted_by}"

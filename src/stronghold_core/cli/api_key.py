"""`stronghold api-key …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from stronghold_core.cli.layout import Column, table
from stronghold_core.cli.options import Principal, Tenant

if TYPE_CHECKING:
    from stronghold_core.cli.desk import Desk
    from stronghold_core.identity import ApiKeyRecord

api_key = typer.Typer(name="api-key", help="Let programs act for members of a tenant.", no_args_is_help=True)


@api_key.command("list")
def list_keys(context: typer.Context, *, tenant: Tenant, principal: Principal) -> None:
    """List one's own keys; everybody's for who may see the members."""
    desk: Desk = context.obj
    found = desk.read(tenant, principal, lambda books: books.api_keys.list())
    if desk.terminal.is_json:
        desk.terminal.tell({"items": [one.model_dump(mode="json") for one in found]})
    else:
        columns = [Column("Id"), Column("Name", is_flexible=True), Column("For"), Column("Until")]
        desk.terminal.show(table(columns, [[f"{one.id}", one.name, one.principal, _until(one)] for one in found]))


@api_key.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the program is called.")],
    *,
    scope: Annotated[
        list[str], typer.Option(metavar="PERMISSION", help="What it may do, such as '*:read'; may be repeated.")
    ],
    days: Annotated[int, typer.Option(metavar="DAYS", help="For how long it holds: 1 to 400.")] = 90,
    tenant: Tenant,
    principal: Principal,
) -> None:
    """Make a key that acts for you; it is shown this once."""
    desk: Desk = context.obj
    made = desk.write(tenant, principal, lambda books: books.api_keys.create(name, scopes=scope, days=days))
    desk.answer(made, made.text)
    desk.terminal.note("Keep it like a password: it is not shown again.")


@api_key.command()
def revoke(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="ID", help="Its id.")],
    *,
    tenant: Tenant,
    principal: Principal,
) -> None:
    """Let a key hold no more, from its next request on."""
    desk: Desk = context.obj
    revoked = desk.write(tenant, principal, lambda books: books.api_keys.revoke(key))
    desk.answer(revoked, f"{revoked.name} can't act for {revoked.principal} any more.")


def _until(key: ApiKeyRecord) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "for good" if key.expires_at is None else f"{key.expires_at:%Y-%m-%d}"

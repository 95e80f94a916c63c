"""`stronghold role …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from stronghold_core.cli.layout import Column, facts, table
from stronghold_core.cli.options import Principal, Tenant
from stronghold_core.forms import UNCHANGED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.table import Table

    from stronghold_core.cli.desk import Desk
    from stronghold_core.forms import Unchanged
    from stronghold_core.rbac import RoleRecord

role = typer.Typer(name="role", help="Say what a tenant's roles allow, and find out why.", no_args_is_help=True)

ARole = Annotated[str, typer.Argument(metavar="ROLE", help="Its name.")]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PERMISSION", help="What it allows, such as account:read, 'account:*' or '*:read'; may be repeated."
    ),
]
Inherit = Annotated[
    list[str] | None,
    typer.Option(metavar="ROLE", help="A role all of whose permissions it has, too; may be repeated."),
]
MeantFor = Annotated[str | None, typer.Option(metavar="TEXT", help="What it is meant for.")]


@role.command("list")
def list_roles(context: typer.Context, *, tenant: Tenant, principal: Principal) -> None:
    """List all roles, the built-in ones first."""
    desk: Desk = context.obj
    found = desk.read(tenant, principal, lambda books: books.roles.list())
    if desk.terminal.is_json:
        desk.terminal.tell({"items": [one.model_dump(mode="json") for one in found]})
    else:
        desk.terminal.show(render_roles(found))


@role.command()
def show(context: typer.Context, name: ARole, *, tenant: Tenant, principal: Principal) -> None:
    """Show one role, with everything that it allows."""
    desk: Desk = context.obj
    found = desk.read(tenant, principal, lambda books: books.roles.get(name))
    desk.answer(found, render_role(found))


@role.command()
def create(
    context: typer.Context,
    name: ARole,
    *,
    allow: Allow = None,
    inherit: Inherit = None,
    description: MeantFor = None,
    tenant: Tenant,
    principal: Principal,
) -> None:
    """Define a role of the tenant's own."""
    desk: Desk = context.obj
    created = desk.write(
        tenant,
        principal,
        lambda books: books.roles.create(
            name, permissions=allow or (), inherits=inherit or (), description=description
        ),
    )
    desk.answer(created, render_role(created))


@role.command()
def update(
    context: typer.Context,
    name: ARole,
    *,
    allow: Allow = None,
    allow_nothing: Annotated[
        bool, typer.Option("--allow-nothing", help="It allows only what it inherits from now on.")
    ] = False,
    inherit: Inherit = None,
    inherit_nothing: Annotated[bool, typer.Option("--inherit-nothing", help="It inherits no role any more.")] = False,
    description: MeantFor = None,
    tenant: Tenant,
    principal: Principal,
) -> None:
    """Define one anew: what is named takes the place of what there was, the rest stays."""
    permissions = _instead(allow, "--allow", is_emptied=allow_nothing)
    inherits = _instead(inherit, "--inherit", is_emptied=inherit_nothing)
    desk: Desk = context.obj
    updated = desk.write(
        tenant,
        principal,
        lambda books: books.roles.update(
            name,
            permissions=permissions,
            inherits=inherits,
            description=UNCHANGED if description is None else description,
        ),
    )
    desk.answer(updated, render_role(updated))


@role.command()
def remove(context: typer.Context, name: ARole, *, tenant: Tenant, principal: Principal) -> None:
    """Remove a role that nobody holds and no other role inherits."""
    desk: Desk = context.obj
    desk.write(tenant, principal, lambda books: books.roles.remove(name))
    if desk.terminal.is_json:
        desk.terminal.tell({"removed": name})
    else:
        desk.terminal.show(f"There is no role {name} any more.")


@role.command()
def explain(
    context: typer.Context,
    member: Annotated[str, typer.Argument(metavar="MEMBER", help="Whom it is about, such as user:bob.")],
    permission: Annotated[str, typer.Argument(metavar="PERMISSION", help="What they would do: transaction:post.")],
    *,
    tenant: Tenant,
    principal: Principal,
) -> None:
    """Say which role lets a member do something, or what they lack."""
    desk: Desk = context.obj
    why = desk.read(tenant, principal, lambda books: books.roles.explain(member, permission))
    desk.answer(why, str(why))


def _instead(named: list[str] | None, option: str, *, is_emptied: bool) -> Sequence[str] | Unchanged:
    """Say what takes the place of what there was."""
    if named and is_emptied:
        raise typer.BadParameter(f"{option} and {option}-nothing contradict each other.")
    return () if is_emptied else named or UNCHANGED


# ------------------------------------------------------------------ for people


def render_roles(roles: Iterable[RoleRecord]) -> Table:
    """Lay out a list of roles."""
    columns = [
        Column("Role"),
        Column("Allows", justify="right"),
        Column("Inherits", is_flexible=True),
        Column("Meant for", is_flexible=True),
    ]
    rows = [
        [
            one.name,
            str(len(one.allows)),
            ", ".join(one.inherits),
            "(built-in)" if one.is_built_in else one.description or "",
        ]
        for one in roles
    ]
    return table(columns, rows)


def render_role(one: RoleRecord) -> Table:
    """Lay out one role: as it is written, and everything that comes of it."""
    return facts(
        [
            ("Role", one.name),
            ("Meant for", "built-in" if one.is_built_in else one.description),
            ("Says", "" if one.is_built_in else ", ".join(one.permissions)),
            ("Inherits", ", ".join(one.inherits)),
            ("Allows", ", ".join(one.allows) or "nothing"),
            ("Changed", one.changed_at and f"{one.changed_at:%Y-%m-%d}"),
        ]
    )

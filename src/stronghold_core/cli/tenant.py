"""`stronghold tenant …`."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from stronghold_core.capabilities import Capability
from stronghold_core.cli.desk import find_tenant
from stronghold_core.cli.export import STANDARD_OUTPUT, check_output, opened_for_writing
from stronghold_core.cli.layout import Column, facts, table
from stronghold_core.cli.options import After, Limit, Principal, Tenant
from stronghold_core.cli.terminal import counted
from stronghold_core.pagination import DEFAULT_PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from stronghold_core.cli.desk import Desk
    from stronghold_core.tenancy import TenantRecord

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


@tenant.command("list")
def list_tenants(
    context: typer.Context,
    *,
    member: Annotated[
        str | None, typer.Option(metavar="PRINCIPAL", help="Only those this principal is a member of, with the role.")
    ] = None,
    limit: Limit = DEFAULT_PAGE_SIZE,
    after: After = None,
) -> None:
    """List the tenants of the database, the oldest first; or all those of one member, by name."""
    desk: Desk = context.obj
    if member is not None:
        _list_of(desk, member)
        return
    with desk.open() as stronghold:
        page = stronghold.tenants.list(limit=limit, after=after)
    desk.answer_page(page, render_tenants((one, None) for one in page))


def _list_of(desk: Desk, member: str) -> None:
    with desk.open() as stronghold:
        seats = stronghold.tenants.list_of(member)
    if desk.terminal.is_json:
        desk.terminal.tell({"items": [seat.model_dump(mode="json") for seat in seats]})
    else:
        desk.terminal.show(render_tenants((seat.tenant, seat.role) for seat in seats))


@tenant.command()
def show(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="TENANT", help="Its id or external reference.")],
) -> None:
    """Show a tenant and its settings."""
    desk: Desk = context.obj
    with desk.open() as stronghold:
        found = stronghold.tenants.get(find_tenant(stronghold, key))
    desk.answer(found, render_tenant(found))


@tenant.command()
def change(
    context: typer.Context,
    *,
    tenant: Tenant,
    principal: Principal,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="What people will call it.")] = None,
    time_zone: Annotated[str | None, typer.Option(metavar="ZONE", help="Such as Europe/Berlin.")] = None,
    days_ahead: Annotated[
        int | None, typer.Option(metavar="DAYS", help="How far after today transactions may be dated.")
    ] = None,
) -> None:
    """Change a tenant's settings; those that are not named stay."""
    desk: Desk = context.obj
    changed = desk.write(
        tenant,
        principal,
        lambda books: books.tenant.update(name=name, time_zone=time_zone, days_ahead=days_ahead),
    )
    desk.answer(changed, render_tenant(changed))


@tenant.command()
def capability(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="TENANT", help="Its id or external reference.")],
    *,
    on: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Turn it on; may be repeated.")] = None,
    off: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Turn it off; may be repeated.")] = None,
) -> None:
    """Turn parts of the library, and app:… of your own, on and off for a tenant; without options, show them."""
    desk: Desk = context.obj
    switches = _switches(on or [], off or [])
    with desk.open() as stronghold:
        found = find_tenant(stronghold, key)
        if switches:
            stronghold.tenants.switch_capabilities(found, switches)
        one = stronghold.tenants.get(found)
    if desk.terminal.is_json:
        desk.terminal.tell({"tenant_id": str(one.id), "capabilities": sorted(one.capabilities)})
    else:
        desk.terminal.show(render_capabilities(one))


def _switches(on: list[str], off: list[str]) -> dict[str, bool]:
    if both := sorted({*on} & {*off}):
        raise typer.BadParameter(f"{both[0]} can't be turned on and off.")
    return dict.fromkeys(on, True) | dict.fromkeys(off, False)


@tenant.command()
def export(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="TENANT", help="Its id or external reference.")],
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Where to, or - for standard output; it will hold personal data.")
    ],
) -> None:
    """Write everything that is stored for a tenant to a file, from which it can be restored elsewhere."""
    desk: Desk = context.obj
    check_output(desk, file)
    with (
        desk.open() as stronghold,
        opened_for_writing(file) as stream,
        desk.terminal.progress("rows") as progress,
    ):
        task = progress.add_task("Exporting", total=None, rows="")
        written = stronghold.tenants.export(
            find_tenant(stronghold, key),
            stream,
            progress=lambda rows: progress.update(task, rows=counted(rows, "row")),
        )
    if desk.terminal.is_json:
        desk.terminal.tell({"file": file, **written.model_dump(mode="json")})
    elif file != STANDARD_OUTPUT:
        desk.terminal.show(f"Exported {counted(written.total, 'row')} of tenant {written.tenant_id} to {file}.")


@tenant.command()
def restore(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True, help="An exported tenant.")
    ],
) -> None:
    """Bring an exported tenant into this database: all of it, verified, or nothing."""
    desk: Desk = context.obj
    with desk.open() as stronghold, file.open("rb") as stream, desk.terminal.progress("rows") as progress:
        task = progress.add_task("Restoring", total=file.stat().st_size or None, rows="")
        restored = stronghold.tenants.restore(
            stream,
            progress=lambda rows: progress.update(
                task, completed=stream.tell() if stream.seekable() else None, rows=counted(rows, "row")
            ),
        )
    desk.answer(restored, f"Restored {counted(restored.total, 'row')} of tenant {restored.tenant_id}; its books agree.")


# ------------------------------------------------------------------ for people


def render_tenants(tenants: Iterable[tuple[TenantRecord, str | None]]) -> Table:
    """Lay out a list of tenants, with a member's role in each if there is one."""
    columns = [
        Column("Name", is_flexible=True),
        Column("Reference", is_flexible=True),
        Column("Currency"),
        Column("Role"),
        Column("Id"),
    ]
    return table(
        columns,
        [[one.name, one.external_reference or "", one.base_currency, role or "", f"{one.id}"] for one, role in tenants],
    )


def render_tenant(one: TenantRecord) -> Table:
    """Lay out one tenant."""
    return facts(
        [
            ("Name", one.name),
            ("Kind", one.kind.value),
            ("Currency", one.base_currency),
            ("Time zone", one.time_zone),
            ("Days ahead", one.days_ahead),
            ("External reference", one.external_reference),
            ("Capabilities", ", ".join(sorted(one.capabilities)) or "none"),
            ("Made", f"{one.created_at:%Y-%m-%d}"),
            ("Id", one.id),
        ]
    )


def render_capabilities(one: TenantRecord) -> Table:
    """Lay out what a tenant has and has not."""
    names = sorted({*Capability, *one.switches})
    return table(
        [Column("Capability", is_flexible=True), Column("Is")],
        [[name, "on" if name in one.capabilities else "off"] for name in names],
    )

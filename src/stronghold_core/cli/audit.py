"""`stronghold audit …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from stronghold_core.audit import AuditKind, CheckpointFile
from stronghold_core.cli.desk import find_tenant
from stronghold_core.cli.exits import ExitCode
from stronghold_core.cli.layout import Column, table
from stronghold_core.cli.options import After, AnyTenant, KeptCheckpoints, Keys, Limit, Principal, Tenant
from stronghold_core.cli.terminal import counted
from stronghold_core.cli.text import Text
from stronghold_core.keys import read_keys
from stronghold_core.pagination import DEFAULT_PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from stronghold_core.audit import AuditEventRecord, Checkpoint
    from stronghold_core.cli.desk import Desk

audit = typer.Typer(name="audit", help="Look into a tenant's audit log, verify it, and prove what is in it.")

AnEvent = Annotated[str, typer.Argument(metavar="EVENT", help="Its id.")]
Basis = Annotated[str, typer.Option("--legal-basis", metavar="TEXT", help="Why; it is kept for ever.")]


@audit.command("list")
def list_events(
    context: typer.Context,
    *,
    tenant: Tenant,
    principal: Principal,
    actor: Annotated[str | None, typer.Option(metavar="PRINCIPAL", help="Who acted.")] = None,
    action: Annotated[str | None, typer.Option(metavar="ACTION", help="What was done, such as account.open.")] = None,
    kind: Annotated[AuditKind | None, typer.Option(help="What sort of thing happened.")] = None,
    object_type: Annotated[str | None, typer.Option(metavar="TYPE", help="Such as account.")] = None,
    object_id: Annotated[str | None, typer.Option("--object", metavar="ID", help="What it was done to.")] = None,
    since: Annotated[str | None, typer.Option(metavar="INSTANT", help="Not before 2026-11-01T00:00:00Z.")] = None,
    until: Annotated[str | None, typer.Option(metavar="INSTANT", help="Before that instant.")] = None,
    limit: Limit = DEFAULT_PAGE_SIZE,
    after: After = None,
) -> None:
    """List what happened, the latest first."""
    desk: Desk = context.obj
    page = desk.read(
        tenant,
        principal,
        lambda books: books.audit.list(
            actor=actor,
            action=action,
            kind=kind,
            object_type=object_type,
            object_id=object_id,
            since=since,
            until=until,
            limit=limit,
            after=after,
        ),
    )
    desk.answer_page(page, render_events(page))


@audit.command()
def checkpoints(
    context: typer.Context,
    *,
    tenant: Tenant,
    principal: Principal,
    limit: Limit = DEFAULT_PAGE_SIZE,
    after: After = None,
) -> None:
    """List what the log was each time it was sealed, the latest first."""
    desk: Desk = context.obj
    page = desk.read(tenant, principal, lambda books: books.audit.checkpoints(limit=limit, after=after))
    desk.answer_page(page, render_checkpoints(page))


@audit.command()
def proof(
    context: typer.Context,
    event: AnEvent,
    *,
    tenant: Tenant,
    principal: Principal,
    with_payload: Annotated[bool, typer.Option("--with-payload", help="Disclose and prove what it says, too.")] = False,
) -> None:
    """Prove that an event is in the log: one JSON document, checked anywhere by verify_inclusion."""
    desk: Desk = context.obj
    found = desk.read(tenant, principal, lambda books: books.audit.prove(event, with_payload=with_payload))
    # It is for a program in the end, whoever asked for it.
    desk.terminal.tell(found.model_dump(mode="json"))


@audit.command()
def verify(
    context: typer.Context,
    *,
    tenant: AnyTenant = None,
    keys: Keys = None,
    kept: KeptCheckpoints = None,
) -> None:
    """Make every hash of the sealed logs again, and name the first number that can't be relied upon."""
    desk: Desk = context.obj
    ring = None if keys is None else read_keys(keys)
    file = None if kept is None else CheckpointFile(kept)
    with desk.open() as stronghold, desk.terminal.progress() as progress:
        ids = list(stronghold.tenants.ids()) if tenant is None else [find_tenant(stronghold, tenant)]
        found = [
            stronghold.verify_log(one, since=None if file is None else file.latest(one), keys=ring)
            for one in progress.track(ids, description="Verifying")
        ]
    broken = [one for one in found if not one.is_sound]
    if desk.terminal.is_json:
        desk.terminal.tell({"is_sound": not broken, "logs": [one.model_dump(mode="json") for one in found]})
    else:
        for one in broken:
            if one.finding is not None:
                said = f"  event {one.finding.seq:,}  {one.finding.fact}"
                desk.terminal.show(Text.assemble((f"{one.tenant_id}  ", "bold"), (one.finding.rule, "red"), said))
        seen = f"{counted(len(found), 'tenant')}, {counted(sum(one.events for one in found), 'event')}"
        verdict = Text("Not as sealed: ", "bold red") if broken else Text("As sealed: ", "bold green")
        desk.terminal.show(verdict.append(f"{seen}.", "default"))
    if broken:
        raise typer.Exit(ExitCode.CHECK_FAILED)


@audit.command()
def redact(context: typer.Context, event: AnEvent, *, tenant: Tenant, principal: Principal, basis: Basis) -> None:
    """Erase what an event tells beyond who did what when; the log goes on proving that it was there."""
    desk: Desk = context.obj
    desk.write(tenant, principal, lambda books: books.audit.redact(event, legal_basis=basis))
    if desk.terminal.is_json:
        desk.terminal.tell({"event_id": event})
    else:
        desk.terminal.show(f"The payload of event {event} is erased.")


@audit.command()
def expire(
    context: typer.Context,
    *,
    sealed_before: Annotated[str, typer.Option(metavar="INSTANT", help="Batches sealed before it go.")],
    tenant: Tenant,
    principal: Principal,
    basis: Basis,
) -> None:
    """Drop the oldest events; what follows them is proved as before."""
    desk: Desk = context.obj
    done = desk.write(
        tenant, principal, lambda books: books.audit.expire(sealed_before=sealed_before, legal_basis=basis)
    )
    desk.answer(done, f"{counted(done.events, 'event')} dropped; the log begins after number {done.until:,}.")


# ------------------------------------------------------------------ for people


def render_events(events: Iterable[AuditEventRecord]) -> Table:
    """Lay out events; one that waits for its number has none."""
    columns = [
        Column("Number", "right"),
        Column("Time"),
        Column("Who"),
        Column("What"),
        Column("Object", is_flexible=True),
    ]
    rows = [
        [
            "" if one.seq is None else f"{one.seq}",
            f"{one.at:%Y-%m-%d %H:%M:%S}",
            one.actor,
            one.action if one.outcome == "done" else Text(f"{one.action} denied", "red"),
            f"{one.object_type} {one.object_id or ''}".strip(),
        ]
        for one in events
    ]
    return table(columns, rows)


def render_checkpoints(found: Iterable[Checkpoint]) -> Table:
    """Lay out checkpoints."""
    columns = [
        Column("Batch", "right"),
        Column("Events", "right"),
        Column("Sealed"),
        Column("Key"),
        Column("Root", is_flexible=True),
    ]
    rows = [
        [f"{one.batches}", f"{one.events}", f"{one.sealed_at:%Y-%m-%d %H:%M:%S}", one.key_id or "none", one.root]
        for one in found
    ]
    return table(columns, rows)

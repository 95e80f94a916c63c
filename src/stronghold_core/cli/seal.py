"""`stronghold seal`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer  # noqa: TC002 - typer reads the annotations of commands

from stronghold_core.audit import CheckpointFile
from stronghold_core.cli.desk import find_tenant
from stronghold_core.cli.options import AnyTenant, KeptCheckpoints, Keys
from stronghold_core.cli.terminal import counted
from stronghold_core.keys import read_keys

if TYPE_CHECKING:
    from stronghold_core.audit import Sealed
    from stronghold_core.cli.desk import Desk


def seal(
    context: typer.Context,
    *,
    tenant: AnyTenant = None,
    keys: Keys = None,
    checkpoints: KeptCheckpoints = None,
) -> None:
    """Seal what the audit logs recorded since the last time: number it, hash it, sign a checkpoint."""
    desk: Desk = context.obj
    signer = None if keys is None else read_keys(keys).active
    export = None if checkpoints is None else CheckpointFile(checkpoints)
    with desk.open(signer=signer) as stronghold, desk.terminal.progress("events") as progress:
        one = None if tenant is None else find_tenant(stronghold, tenant)
        total = 1 if one is not None else sum(1 for _ in stronghold.tenants.ids())
        task = progress.add_task("Sealing", total=total, events="")

        def show(done: Sealed) -> None:
            progress.update(task, completed=done.tenants, events=counted(done.events, "event"))

        done = stronghold.seal(one, export=export, progress=show)
    desk.answer(done, f"Sealed {counted(done.events, 'event')} of {counted(done.tenants, 'tenant')}.")
    if signer is None and done.batches:
        desk.terminal.note("The checkpoints are not signed: name keys by --keys, made by `stronghold keys new`.")

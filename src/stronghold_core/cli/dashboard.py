"""`stronghold dashboard`."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from stronghold_core.cli.desk import find_tenant
from stronghold_core.cli.overview import render_overview
from stronghold_core.periods import month_of

if TYPE_CHECKING:
    from stronghold_core.cli.desk import Desk


def dashboard(
    context: typer.Context,
    *,
    tenant: Annotated[str, typer.Option(metavar="TENANT", help="Its id or external reference.")],
    principal: Annotated[str, typer.Option(metavar="PRINCIPAL", help="Who looks, such as user:ada.")],
    month: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m"], metavar="YYYY-MM", help="The month to show; the current one if left out."),
    ] = None,
) -> None:
    """Show how a tenant stands, and what came and went in a month."""
    desk: Desk = context.obj
    period = None if month is None else month_of(month.date())
    with desk.open() as stronghold:
        overview = stronghold.read(
            find_tenant(stronghold, tenant),
            principal=principal,
            do=lambda books: books.dashboard.overview(period),
        )
    if desk.terminal.is_json:
        desk.terminal.tell(overview.model_dump(mode="json"))
    else:
        desk.terminal.show(render_overview(overview))

"""`stronghold demo`: plausible books on a file, and a look at them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

import typer

from stronghold_core.cli.overview import render_overview
from stronghold_core.demo_data import DemoKind, plant

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from stronghold_core.cli.desk import Desk
    from stronghold_core.cli.terminal import Terminal
    from stronghold_core.stronghold import Stronghold
    from stronghold_core.tenancy import TenantRecord

DEMO_URL: Final = "sqlite:///stronghold-demo.db"
OWNER: Final = "user:ada"


def demo(
    context: typer.Context,
    *,
    transactions: Annotated[
        int, typer.Option(metavar="NUMBER", help="How many to post, half of them for the household.")
    ] = 20_000,
    seed: Annotated[int, typer.Option(metavar="NUMBER", help="Which of all such books.")] = 1,
) -> None:
    """Make the books of a household and a company, and show them.

    They go to the file stronghold-demo.db unless --database-url names another database. What is there already is not
    posted again, so after an interruption the same command goes on. Books of another number or seed stay as they are.
    """
    desk: Desk = context.obj
    with desk.open(may_create=True, otherwise=DEMO_URL) as stronghold:
        stronghold.migrate()
        planted, others = _planted(stronghold, desk.terminal, transactions, seed)
        overviews = [
            stronghold.read(tenant.id, principal=OWNER, do=lambda books: books.dashboard.overview())
            for tenant in planted
        ]
    if others:
        desk.terminal.note(_nothing_added(others, transactions, seed))
    if desk.terminal.is_json:
        desk.terminal.tell({"tenants": [one.model_dump(mode="json") for one in planted]})
        return
    for overview in overviews:
        desk.terminal.show(render_overview(overview), "")
    desk.terminal.note("Look around: " + _advice(desk, planted[0]))


def _planted(
    stronghold: Stronghold, terminal: Terminal, transactions: int, seed: int
) -> tuple[list[TenantRecord], list[TenantRecord]]:
    """Plant both books; return them, and those of them that were there before and tell another story."""
    counts = {DemoKind.HOUSEHOLD: transactions - transactions // 2, DemoKind.COMPANY: transactions // 2}
    with terminal.progress() as progress:
        tasks = {kind: progress.add_task(f"Posting a {kind}", total=count) for kind, count in counts.items() if count}
        planted = {
            kind: plant(
                stronghold,
                kind,
                principal=OWNER,
                transactions=counts[kind],
                seed=seed,
                progress=partial(_update, progress, task),
            )
            for kind, task in tasks.items()
        }
        # Every story has an event, and whoever finds or posts it tells so.
        others = [planted[kind] for kind, task in tasks.items() if not progress.tasks[task].completed]
    return [*planted.values()], others


def _update(progress: Progress, task: TaskID, done: int) -> None:
    progress.update(task, completed=done)


def _nothing_added(others: list[TenantRecord], transactions: int, seed: int) -> str:
    names = " and ".join(f"{one.name} ({one.external_reference})" for one in others)
    return (
        f"Nothing was added: {names} {'is' if len(others) == 1 else 'are'} there already, with another number of "
        f"transactions or another seed. Books of --transactions {transactions} --seed {seed} need a file of their own, "
        "such as --database-url sqlite:///another-demo.db."
    )


def _advice(desk: Desk, tenant: TenantRecord) -> str:
    where = "" if desk.has_database else f" --database-url {DEMO_URL}"
    return f"stronghold transaction list --tenant {tenant.external_reference} --as {OWNER}{where}"

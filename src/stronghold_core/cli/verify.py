"""`stronghold verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from stronghold_core.cli.desk import find_tenant
from stronghold_core.cli.exits import ExitCode
from stronghold_core.cli.terminal import counted
from stronghold_core.cli.text import Text

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from stronghold_core.cli.desk import Desk
    from stronghold_core.cli.terminal import Terminal
    from stronghold_core.ids import TenantId
    from stronghold_core.ledger import Verification
    from stronghold_core.stronghold import Stronghold


def verify(
    context: typer.Context,
    *,
    tenant: Annotated[
        str | None, typer.Option(metavar="TENANT", help="Its id or external reference; all tenants if left out.")
    ] = None,
) -> None:
    """Recompute all balances, chains and totals, and name the first difference of each rule."""
    desk: Desk = context.obj
    transactions = entries = verified = 0
    unsound: list[Verification] = []
    with desk.open() as stronghold:
        ids = list(stronghold.tenants.ids()) if tenant is None else [find_tenant(stronghold, tenant)]
        for verification in _each(stronghold, ids, desk.terminal):
            verified += 1
            transactions += verification.transactions
            entries += verification.entries
            if not verification.is_sound:
                unsound.append(verification)
    if desk.terminal.is_json:
        desk.terminal.tell(
            {
                "is_sound": not unsound,
                "tenants": verified,
                "transactions": transactions,
                "entries": entries,
                "findings": [
                    {"tenant_id": str(one.tenant_id), **finding.model_dump(mode="json")}
                    for one in unsound
                    for finding in one.findings
                ],
            }
        )
    else:
        desk.terminal.show(*_report(unsound))
        seen = f"{counted(verified, 'tenant')}, {counted(transactions, 'transaction')}, {entries:,} entries"
        verdict = Text("The books do not agree: ", "bold red") if unsound else Text("The books agree: ", "bold green")
        desk.terminal.show(verdict.append(f"{seen}.", "default"))
    if unsound:
        raise typer.Exit(ExitCode.CHECK_FAILED)


def _each(stronghold: Stronghold, ids: Sequence[TenantId], terminal: Terminal) -> Generator[Verification]:
    with terminal.progress() as progress:
        for tenant_id in progress.track(ids, description="Verifying"):
            yield stronghold.verify(tenant_id)


def _report(unsound: Sequence[Verification]) -> Generator[Text]:
    for one in unsound:
        yield Text.assemble(("Tenant ", "bold"), (f"{one.tenant_id}", "bold"))
        for finding in one.findings:
            yield Text.assemble("  ", (finding.rule, "red"), f"  {finding.where}")
            yield Text(f"      found     {finding.found}\n      expected  {finding.expected}")

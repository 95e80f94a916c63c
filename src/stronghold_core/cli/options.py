"""Options that many commands share, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

TENANT_VARIABLE: Final = "STRONGHOLD_TENANT"
PRINCIPAL_VARIABLE: Final = "STRONGHOLD_PRINCIPAL"
KEYS_VARIABLE: Final = "STRONGHOLD_AUDIT_KEYS"

Tenant = Annotated[
    str, typer.Option(envvar=TENANT_VARIABLE, metavar="TENANT", help="Whose books: an id or an external reference.")
]
Principal = Annotated[
    str,
    typer.Option("--principal", "--as", envvar=PRINCIPAL_VARIABLE, metavar="PRINCIPAL", help="Who acts: user:ada."),
]
Limit = Annotated[int, typer.Option(metavar="ROWS", help="How many rows at most, up to 500.")]
After = Annotated[str | None, typer.Option(metavar="CURSOR", help="Go on after the last row of a list before.")]
First = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="Not before that day.")]
Last = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="Not after that day.")]
On = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="The business date; today if left out.")]
Description = Annotated[str | None, typer.Option(metavar="TEXT", help="What it was, in your words or the bank's.")]
Payee = Annotated[str | None, typer.Option(metavar="TEXT", help="Who was on the other side.")]
Note = Annotated[str | None, typer.Option(metavar="TEXT", help="Anything else.")]
Reference = Annotated[
    str | None, typer.Option(metavar="TEXT", help="Your own number of it; used once per tenant, for ever.")
]
Key = Annotated[
    str | None, typer.Option("--idempotency-key", metavar="TEXT", help="Makes it safe to run the same command again.")
]
Keys = Annotated[
    str | None,
    typer.Option(envvar=KEYS_VARIABLE, metavar="PLACE", help="The keys of checkpoints: a file, or env:NAME."),
]
KeptCheckpoints = Annotated[
    Path | None,
    typer.Option("--checkpoints", metavar="FILE", help="A file of checkpoints, one JSON document a line."),
]
AnyTenant = Annotated[
    str | None, typer.Option(metavar="TENANT", help="Its id or external reference; all tenants if left out.")
]

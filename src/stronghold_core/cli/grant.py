"""`stronghold grant …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from stronghold_core.cli.finding import find_account
from stronghold_core.cli.layout import Column, table
from stronghold_core.cli.options import Principal, Tenant
from stronghold_core.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.table import Table

    from stronghold_core.cli.desk import Desk
    from stronghold_core.ids import AccountId
    from stronghold_core.ledger import GrantRecord
    from stronghold_core.stronghold import Books

grant = typer.Typer(
    name="grant", help="Say who may do what with single accounts, beyond what their role allows.", no_args_is_help=True
)

AMember = Annotated[str, typer.Argument(metavar="MEMBER", help="A principal, such as user:bob.")]
AnAccount = Annotated[str, typer.Option(metavar="ACCOUNT", help="Its name, the beginning of it, or its id.")]


@grant.command("list")
def list_grants(
    context: typer.Context,
    *,
    member: Annotated[str | None, typer.Option(metavar="MEMBER", help="Only this member's.")] = None,
    account: Annotated[str | None, typer.Option(metavar="ACCOUNT", help="Only those on this account.")] = None,
    tenant: Tenant,
    principal: Principal,
) -> None:
    """List grants by member and account."""
    desk: Desk = context.obj
    found, names = desk.read(tenant, principal, lambda books: _found(books, member, account))
    if desk.terminal.is_json:
        desk.terminal.tell({"items": [one.model_dump(mode="json") for one in found]})
    else:
        desk.terminal.show(render_grants(found, names))


@grant.command()
def give(
    context: typer.Context,
    member: AMember,
    *,
    account: AnAccount,
    level: Annotated[
        str, typer.Option(metavar="LEVEL", help="see, annotate or post; each allows what the one before it does.")
    ],
    tenant: Tenant,
    principal: Principal,
) -> None:
    """Let a member do something with one account, instead of what was granted on it before."""
    desk: Desk = context.obj
    given = desk.write(
        tenant,
        principal,
        lambda books: books.grants.give(member, account=find_account(books, account).id, level=level),
    )
    desk.answer(given, f"{given.principal} may {given.level} {account} now.")


@grant.command()
def take(context: typer.Context, member: AMember, *, account: AnAccount, tenant: Tenant, principal: Principal) -> None:
    """Take a member's grant on one account back."""
    desk: Desk = context.obj
    desk.write(tenant, principal, lambda books: books.grants.take(member, account=find_account(books, account).id))
    if desk.terminal.is_json:
        desk.terminal.tell({"removed": member, "account": account})
    else:
        desk.terminal.show(f"{member} has no grant on {account} any more.")


def _found(books: Books, member: str | None, account: str | None) -> tuple[list[GrantRecord], Mapping[AccountId, str]]:
    wanted = None if account is None else find_account(books, account).id
    found = books.grants.list(principal=member, account=wanted)
    return found, _names(books, {grant.account_id for grant in found})


def _names(books: Books, accounts: Iterable[AccountId]) -> Mapping[AccountId, str]:
    """Return the names of those accounts that may be seen: who reads members need not read accounts."""
    sees_all, granted = books.may(Permission.ACCOUNT_READ), books.context.on_accounts
    seen = (one for one in accounts if sees_all or Permission.ACCOUNT_READ in granted.get(one, ()))
    return {one: books.accounts.get(one).name for one in seen}


# ------------------------------------------------------------------ for people


def render_grants(grants: Iterable[GrantRecord], names: Mapping[AccountId, str]) -> Table:
    """Lay out a list of grants; accounts without a name go by their id."""
    columns = [
        Column("Member", is_flexible=True),
        Column("Account", is_flexible=True),
        Column("Level"),
        Column("Since"),
    ]
    return table(
        columns,
        [
            [one.principal, names.get(one.account_id, str(one.account_id)), one.level, f"{one.since:%Y-%m-%d}"]
            for one in grants
        ],
    )

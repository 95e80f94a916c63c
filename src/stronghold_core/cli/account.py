"""`stronghold account …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from stronghold_core.cli.finding import find_account
from stronghold_core.cli.layout import Column, facts, money, table
from stronghold_core.cli.options import After, Limit, Principal, Tenant
from stronghold_core.cli.text import Text
from stronghold_core.forms import UNCHANGED
from stronghold_core.ledger import AccountStatus
from stronghold_core.pagination import DEFAULT_PAGE_SIZE

if TYPE_CHECKING:
    from rich.table import Table

    from stronghold_core.cli.desk import Desk
    from stronghold_core.forms import Unchanged
    from stronghold_core.ledger import AccountRecord
    from stronghold_core.money import Money
    from stronghold_core.pagination import Page
    from stronghold_core.stronghold import Books

account = typer.Typer(name="account", help="Open, list and change accounts.", no_args_is_help=True)

AnAccount = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="Its name, the beginning of it, its id or external reference.")
]


@account.command("list")
def list_accounts(
    context: typer.Context,
    *,
    tenant: Tenant,
    principal: Principal,
    text: Annotated[str | None, typer.Option(metavar="TEXT", help="Found in the name or external reference.")] = None,
    type: Annotated[str | None, typer.Option(metavar="TYPE", help="asset, liability or equity.")] = None,  # noqa: A002
    subtype: Annotated[str | None, typer.Option(metavar="SUBTYPE", help="Such as checking or credit_card.")] = None,
    currency: Annotated[str | None, typer.Option(metavar="CODE", help="In that currency.")] = None,
    is_closed: Annotated[
        bool, typer.Option("--closed", help="Those that are closed, not those that are open.")
    ] = False,
    limit: Limit = DEFAULT_PAGE_SIZE,
    after: After = None,
) -> None:
    """List accounts by name, with what they hold."""
    desk: Desk = context.obj
    page = desk.read(
        tenant,
        principal,
        lambda books: books.accounts.list(
            text=text,
            type=type,
            subtype=subtype,
            currency=currency,
            status="closed" if is_closed else "open",
            limit=limit,
            after=after,
        ),
    )
    desk.answer_page(page, render_accounts(page))


@account.command()
def show(context: typer.Context, name: AnAccount, *, tenant: Tenant, principal: Principal) -> None:
    """Show one account."""
    desk: Desk = context.obj
    found = desk.read(tenant, principal, lambda books: find_account(books, name))
    desk.answer(found, render_account(found))


@account.command("open")
def open_account(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What people call it.")],
    *,
    tenant: Tenant,
    principal: Principal,
    type: Annotated[str, typer.Option(metavar="TYPE", help="asset, liability or equity.")],  # noqa: A002
    subtype: Annotated[str, typer.Option(metavar="SUBTYPE", help="Such as checking or credit_card.")] = "other",
    currency: Annotated[str | None, typer.Option(metavar="CODE", help="The tenant's own if left out.")] = None,
    min_balance: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="0 for no overdraft, -5000 for a card's.")
    ] = None,
    max_balance: Annotated[str | None, typer.Option(metavar="AMOUNT", help="The most that it may hold.")] = None,
    opening_balance: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="What it holds already; debts negative.")
    ] = None,
    opened_on: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="The date of the opening balance.")
    ] = None,
    external_reference: Annotated[str | None, typer.Option(metavar="TEXT", help="Your own key of it.")] = None,
) -> None:
    """Open an account."""
    desk: Desk = context.obj
    opened = desk.write(
        tenant,
        principal,
        lambda books: books.accounts.open(
            name=name,
            type=type,
            subtype=subtype,
            currency=currency,
            min_balance=min_balance,
            max_balance=max_balance,
            opening_balance=opening_balance,
            opened_on=opened_on,
            external_reference=external_reference,
        ),
    )
    desk.answer(opened, f"Opened {opened.name}, account {opened.id}.")


@account.command()
def rename(
    context: typer.Context,
    name: AnAccount,
    new_name: Annotated[str, typer.Argument(metavar="NEW-NAME", help="What people will call it.")],
    *,
    tenant: Tenant,
    principal: Principal,
) -> None:
    """Give an account another name."""
    desk: Desk = context.obj
    changed = desk.write(
        tenant, principal, lambda books: books.accounts.rename(find_account(books, name).id, name=new_name)
    )
    desk.answer(changed, f"The account is called {changed.name} now.")


@account.command("limit")
def set_limits(
    context: typer.Context,
    name: AnAccount,
    *,
    tenant: Tenant,
    principal: Principal,
    min_balance: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="The least it may hold; none for no limit.")
    ] = None,
    max_balance: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="The most it may hold; none for no limit.")
    ] = None,
) -> None:
    """Set the limits of an account."""

    def change(books: Books) -> AccountRecord:
        found = find_account(books, name).id
        return books.accounts.set_limits(found, min_balance=_limit(min_balance), max_balance=_limit(max_balance))

    desk: Desk = context.obj
    changed = desk.write(tenant, principal, change)
    desk.answer(changed, render_account(changed))


@account.command()
def close(context: typer.Context, name: AnAccount, *, tenant: Tenant, principal: Principal) -> None:
    """Close an empty account; its history stays."""
    desk: Desk = context.obj
    changed = desk.write(tenant, principal, lambda books: books.accounts.close(find_account(books, name).id))
    desk.answer(changed, f"Closed {changed.name}.")


@account.command()
def reopen(context: typer.Context, name: AnAccount, *, tenant: Tenant, principal: Principal) -> None:
    """Let a closed account take entries again."""
    desk: Desk = context.obj
    changed = desk.write(tenant, principal, lambda books: books.accounts.reopen(find_account(books, name).id))
    desk.answer(changed, f"Reopened {changed.name}.")


def _limit(given: str | None) -> str | Unchanged | None:
    if given is None:
        return UNCHANGED
    return None if given == "none" else given


# ------------------------------------------------------------------ for people


def render_accounts(page: Page[AccountRecord]) -> Table:
    """Lay out a list of accounts."""
    columns = [
        Column("Account", is_flexible=True),
        Column("Kind"),
        Column("Balance", "right"),
        Column("May still leave", "right"),
    ]
    return table(columns, [[_named(one), kind_of(one), money(one.balance), money(one.headroom)] for one in page])


def _named(one: AccountRecord) -> Text:
    return Text(one.name) if one.status is AccountStatus.OPEN else Text(f"{one.name} (closed)", "dim")


def kind_of(one: AccountRecord) -> Text:
    """Say what sort of account it is, in one word or two."""
    return Text(one.type.value if one.subtype == "other" else one.subtype.replace("_", " "), "dim")


def render_account(one: AccountRecord) -> Table:
    """Lay out one account."""
    return facts(
        [
            ("Account", Text(one.name, "bold")),
            ("Kind", f"{one.type.value}, {one.subtype.replace('_', ' ')}"),
            ("Balance", money(one.balance, style="bold")),
            ("Held", money(one.held) if one.held else None),
            ("At least", _limit_text(one.min_balance)),
            ("At most", _limit_text(one.max_balance)),
            ("May still leave", _limit_text(one.headroom)),
            ("Status", one.status.value),
            ("External reference", one.external_reference),
            ("Id", one.id),
        ]
    )


def _limit_text(limit: Money | None) -> Text | None:
    return None if limit is None else money(limit)

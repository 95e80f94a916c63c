"""`stronghold history` and `stronghold balance`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from stronghold_core.cli.account import kind_of
from stronghold_core.cli.finding import find_account
from stronghold_core.cli.layout import Column, money, table
from stronghold_core.cli.options import After, First, Last, Limit, Principal, Tenant
from stronghold_core.cli.text import Text
from stronghold_core.money import sum_by_currency
from stronghold_core.pagination import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.table import Table

    from stronghold_core.cli.desk import Desk
    from stronghold_core.ledger import AccountRecord, HistoryRow
    from stronghold_core.money import Money
    from stronghold_core.pagination import Page
    from stronghold_core.stronghold import Books


def history(
    context: typer.Context,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Its name, the beginning of it, or its id.")],
    *,
    tenant: Tenant,
    principal: Principal,
    first: First = None,
    last: Last = None,
    limit: Limit = DEFAULT_PAGE_SIZE,
    after: After = None,
) -> None:
    """Show what happened on an account, the latest business date first, with the balance after each entry."""
    desk: Desk = context.obj
    page = desk.read(
        tenant,
        principal,
        lambda books: books.accounts.history(
            find_account(books, account).id, first=first, last=last, limit=limit, after=after
        ),
    )
    desk.answer_page(page, render_history(page))


def balance(
    context: typer.Context,
    accounts: Annotated[
        list[str] | None, typer.Argument(metavar="ACCOUNT", help="Which; all that are open if none is named.")
    ] = None,
    *,
    tenant: Tenant,
    principal: Principal,
    on: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="At the end of that day; now if left out.")
    ] = None,
) -> None:
    """Tell what accounts hold, and what that is in each currency."""
    desk: Desk = context.obj

    def look(books: Books) -> list[tuple[AccountRecord, Money]]:
        wanted = [find_account(books, name) for name in accounts] if accounts else _all(books)
        return [(one, one.balance if on is None else books.accounts.balance(one.id, on=on)) for one in wanted]

    found = desk.read(tenant, principal, look)
    totals = [*sum_by_currency(amount for _, amount in found).values()]
    if desk.terminal.is_json:
        items = [
            {"account_id": str(one.id), "account": one.name, "balance": _document(amount)} for one, amount in found
        ]
        desk.terminal.tell({"on": on, "items": items, "totals": [_document(total) for total in totals]})
    else:
        desk.terminal.show(render_balances(found, totals))


def _all(books: Books) -> Iterator[AccountRecord]:
    after = None
    while True:
        page = books.accounts.list(limit=MAX_PAGE_SIZE, after=after)
        yield from page
        after = page.next_cursor
        if after is None:
            return


def _document(amount: Money) -> dict[str, str]:
    return {"amount": f"{amount.amount:f}", "currency": amount.currency.code}


# ------------------------------------------------------------------ for people


def render_history(page: Page[HistoryRow]) -> Table:
    """Lay out an account's history."""
    columns = [Column("Date"), Column("What", is_flexible=True), Column("Amount", "right"), Column("Balance", "right")]
    rows: list[list[Text | str]] = [
        [
            f"{row.effective_date}",
            row.description or row.payee or row.kind.value,
            money(row.amount),
            money(row.running_balance),
        ]
        for row in page
    ]
    return table(columns, rows)


def render_balances(found: Sequence[tuple[AccountRecord, Money]], totals: Sequence[Money]) -> Table:
    """Lay out balances, then one total a currency."""
    rows: list[Sequence[Text | str]] = [[one.name, kind_of(one), money(amount)] for one, amount in found]
    if len(found) > 1:
        rows += [[Text("Total", "bold"), Text(), money(total, style="bold")] for total in totals]
    return table([Column("Account", is_flexible=True), Column("Kind"), Column("Balance", "right")], rows)

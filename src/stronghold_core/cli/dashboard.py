"""`stronghold dashboard`."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - typer reads the annotations
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from stronghold_core.cli.boards import render
from stronghold_core.cli.finding import find_account
from stronghold_core.cli.options import First, Last, Principal, Tenant
from stronghold_core.periods import DateRange, Step, month_of

if TYPE_CHECKING:
    from stronghold_core.cli.desk import Desk
    from stronghold_core.dashboards import Answer
    from stronghold_core.stronghold import Books


class Page(StrEnum):
    """What there is to see."""

    OVERVIEW = "overview"
    SUMMARY = "summary"
    ACCOUNTS = "accounts"
    TRANSACTIONS = "transactions"
    BUDGETS = "budgets"
    CASH_FLOW = "cash-flow"
    NET_WORTH = "net-worth"
    CATEGORIES = "categories"


_OF_A_PERIOD = frozenset(Page) - {Page.ACCOUNTS}
_OF_ACCOUNTS = frozenset(Page) - {Page.BUDGETS}
_AS_OF_A_DAY = frozenset({Page.OVERVIEW, Page.SUMMARY, Page.ACCOUNTS})
_IN_STEPS = frozenset({Page.CASH_FLOW, Page.NET_WORTH})
_LIMITED = frozenset({Page.ACCOUNTS, Page.TRANSACTIONS})


def dashboard(
    context: typer.Context,
    page: Annotated[Page, typer.Argument(metavar="PAGE", help=f"One of {', '.join(Page)}.")] = Page.OVERVIEW,
    *,
    tenant: Tenant,
    principal: Principal,
    month: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m"], metavar="YYYY-MM", help="The month to show; the current one if left out."),
    ] = None,
    first: First = None,
    last: Last = None,
    account: Annotated[
        list[str] | None, typer.Option(metavar="ACCOUNT", help="Only of that account; again for each.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="Show balances as of the end of that day.")
    ] = None,
    step: Annotated[Step | None, typer.Option(help="How finely cash flow and net worth are divided.")] = None,
    limit: Annotated[int | None, typer.Option(metavar="ROWS", help="How many accounts or movements.")] = None,
    is_csv: Annotated[bool, typer.Option("--csv", help="Write CSV.")] = False,
) -> None:
    """Show how a tenant stands, and what came and went.

    Series show the last twelve months if no days are given, all others the current month.
    """
    desk: Desk = context.obj
    if is_csv and desk.terminal.is_json:
        raise typer.BadParameter("give either --csv or --json.")
    _check_fits(page, _OF_A_PERIOD, {"--month": month, "--first": first, "--last": last})
    _check_fits(page, _OF_ACCOUNTS, {"--account": account})
    _check_fits(page, _AS_OF_A_DAY, {"--as-of": as_of})
    _check_fits(page, _IN_STEPS, {"--step": step})
    _check_fits(page, _LIMITED, {"--limit": limit})
    if month is not None and (first or last):
        raise typer.BadParameter("give either --month or --first and --last.")

    def look(books: Books) -> Answer:
        period = _period(month, first, last)
        accounts = [find_account(books, key).id for key in account] if account else None
        return _read(books, page, period=period, accounts=accounts, as_of=as_of, step=step, limit=limit)

    answer = desk.read(tenant, principal, look)
    if is_csv:
        typer.echo(answer.csv(), nl=False)
    else:
        desk.answer(answer, render(answer, width=desk.terminal.width))


def _read(books: Books, page: Page, **chosen: object) -> Answer:
    """Ask for a page, with what was given."""
    given = {name: value for name, value in chosen.items() if value is not None}
    answer: Answer = getattr(books.dashboard, page.value.replace("-", "_"))(**given)
    return answer


def _check_fits(page: Page, pages: frozenset[Page], options: dict[str, object]) -> None:
    """Refuse options that the page would leave unheard.

    Raises:
        BadParameter: If one is given.
    """
    for name, value in options.items():
        if value not in (None, []) and page not in pages:
            raise typer.BadParameter(f"{page.value} has no {name}; {', '.join(sorted(pages))} have.")


def _period(month: datetime | None, first: str | None, last: str | None) -> DateRange | None:
    """Read the days to show."""
    if month is not None:
        return month_of(month.date())
    if first is None and last is None:
        return None
    if first is None or last is None:
        raise typer.BadParameter("--first and --last go together.")
    return DateRange(first, last)

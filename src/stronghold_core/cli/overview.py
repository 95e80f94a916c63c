"""The overview of a dashboard, laid out for a terminal of 80 columns."""

from __future__ import annotations

from itertools import dropwhile
from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.table import Table

from stronghold_core.cli.terminal import grouped
from stronghold_core.cli.text import Text, one_line
from stronghold_core.ledger import CategoryKind, TransactionKind
from stronghold_core.periods import month_of

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from datetime import date

    from rich.console import RenderableType

    from stronghold_core.dashboards import CurrencyOverview, Overview
    from stronghold_core.figures import AccountBalance, CategoryFlow, Flow
    from stronghold_core.ids import AccountId
    from stronghold_core.ledger import EntryRecord, TransactionRecord
    from stronghold_core.money import Money

WIDTH: Final = 78
"""How wide it is, however wide the terminal: a bar that runs across the room says no more."""

_BAR_WIDTH: Final = 28
_FLOW_WIDTH: Final = 30
_MAX_CATEGORIES: Final = 12
_EIGHTHS: Final = "▏▎▍▌▋▊▉"


def render_overview(overview: Overview) -> Group:
    """Lay out an overview: how the tenant stands in each currency, then its accounts and latest transactions."""
    return Group(*_parts(overview))


def _parts(overview: Overview) -> Generator[RenderableType]:
    yield from _title(overview)
    for currency in overview.currencies:
        yield from _currency(currency)
    if overview.accounts:
        yield from _section("Accounts", _accounts(overview.accounts))
    if overview.latest:
        yield from _section("Latest transactions", _latest(overview.latest, overview.accounts))


def _title(overview: Overview) -> Generator[RenderableType]:
    title = Table.grid(expand=False)
    title.add_column(width=WIDTH - 24, no_wrap=True, overflow="ellipsis")
    title.add_column(width=24, justify="right", no_wrap=True)
    title.add_row(
        Text(one_line(overview.tenant_name), "bold"), Text(named_period(overview.first, overview.last), "dim")
    )
    yield title
    yield Text("━" * WIDTH, "dim")


def named_period(first: date, last: date) -> str:
    """Name the range of days.

    >>> from datetime import date
    >>> named_period(date(2026, 11, 1), date(2026, 11, 30)), named_period(date(2026, 11, 1), date(2026, 11, 3))
    ('November 2026', '2026-11-01 to 2026-11-03')
    """
    return f"{first:%B %Y}" if month_of(first) == (first, last) else f"{first} to {last}"


def _section(heading: str, body: RenderableType) -> Generator[RenderableType]:
    yield Text()
    yield Text(heading, "bold cyan")
    yield body


def _table(*columns: tuple[str, int]) -> Table:
    """Make a table of columns, each left- or right-aligned and of a width, that fills the page together."""
    table = Table.grid(padding=(0, 1), pad_edge=False)
    for alignment, width in columns:
        table.add_column(justify=alignment, width=width, no_wrap=True, overflow="ellipsis")  # type: ignore[arg-type]
    return table


# ------------------------------------------------------------------ one currency


def _currency(one: CurrencyOverview) -> Generator[RenderableType]:
    yield Text()
    yield _figures(one)
    for kind, heading in ((CategoryKind.EXPENSE, "Spending"), (CategoryKind.INCOME, "Income")):
        flows = [flow for flow in one.categories if flow.kind is kind and flow.amount]
        if flows:
            yield from _section(f"{heading} by category, {one.currency}", _categories(flows, kind))
    months = list(dropwhile(lambda month: not (month.income or month.expenses), one.cash_flow))
    if months:
        yield from _section(f"Month by month, {one.currency}", _months(months))
        yield Text.assemble(
            " " * 44, ("█", "yellow"), " spent  ", ("░", "green"), " saved  ", ("▓", "red"), " overspent"
        )


def _figures(one: CurrencyOverview) -> Table:
    table = _table(("right", 18), *[("right", 19)] * 3)
    # Before the month's salary is in, a share of the income says nothing.
    saved = "" if one.savings_rate is None or one.savings_rate < -1 else f" ({one.savings_rate:.0%})"
    table.add_row(
        *(Text(label, "dim") for label in (f"Net worth, {one.currency}", "Income", "Spending", f"Saved{saved}"))
    )
    table.add_row(
        _money(one.net_worth.net, style="bold"),
        _money(one.income, style="bold"),
        _money(one.expenses, style="bold"),
        _money(one.savings, style="bold"),
    )
    return table


def _categories(flows: Sequence[CategoryFlow], kind: CategoryKind) -> Table:
    """Show the largest categories, each with its share of the whole; refunds may make one negative."""
    table = _table(("left", 22), ("right", 15), ("right", 5), ("left", _BAR_WIDTH))
    whole = sum(flow.amount.minor for flow in flows)
    largest = max(flow.amount.minor for flow in flows)
    style = "yellow" if kind is CategoryKind.EXPENSE else "green"
    for flow in flows[:_MAX_CATEGORIES]:
        share = f"{flow.amount.minor / whole:.0%}" if whole > 0 else ""
        table.add_row(
            one_line(flow.name),
            _money(flow.amount),
            Text(share, "dim"),
            Text(bar(flow.amount.minor, largest, _BAR_WIDTH), style),
        )
    if left := flows[_MAX_CATEGORIES:]:
        rest = sum((flow.amount for flow in left[1:]), left[0].amount)
        table.add_row(Text(f"{len(left)} more", "dim"), _money(rest), "", "")
    return table


def _months(months: Sequence[Flow]) -> Table:
    table = _table(("left", 8), ("right", 15), ("right", 15), ("left", _FLOW_WIDTH))
    table.add_row(*(Text(label, "dim") for label in ("", "Income", "Spending", "")))
    largest = max(max(month.income.minor, month.expenses.minor) for month in months)
    for month in months:
        table.add_row(f"{month.first:%b %Y}", _money(month.income), _money(month.expenses), _flow(month, largest))
    return table


def _flow(month: Flow, largest: int) -> Text:
    """Draw a month: what was spent, then what was left of the income, or what was spent beyond it."""
    income = _cells(month.income.minor, largest, _FLOW_WIDTH)
    spent = _cells(month.expenses.minor, largest, _FLOW_WIDTH)
    return Text.assemble(
        ("█" * min(income, spent), "yellow"), ("░" * (income - spent), "green"), ("▓" * (spent - income), "red")
    )


# ------------------------------------------------------------------ all currencies


def _accounts(accounts: Sequence[AccountBalance]) -> Table:
    table = _table(("left", 36), ("left", 16), ("right", 24))
    for account in accounts:
        kind = account.type.value if account.subtype == "other" else account.subtype.replace("_", " ")
        table.add_row(one_line(account.name), Text(kind, "dim"), _money(account.balance, with_currency=True))
    return table


def _latest(transactions: Sequence[TransactionRecord], accounts: Sequence[AccountBalance]) -> Table:
    names = {account.id: account.name for account in accounts}
    table = _table(("left", 10), ("left", 30), ("left", 15), ("right", 20))
    for transaction in transactions:
        words = one_line(transaction.payee or transaction.description or transaction.kind.value)
        where, amount = _moved(transaction, names)
        table.add_row(
            Text(f"{transaction.effective_date}", "dim"),
            words,
            Text(one_line(where), "dim"),
            _money(amount, with_currency=True),
        )
    return table


def _moved(transaction: TransactionRecord, names: dict[AccountId, str]) -> tuple[str, Money]:
    """Say on which account a transaction shows, and what it did there."""
    shown = shown_entry(transaction, [entry for entry in transaction.entries if entry.account_id in names])
    return names.get(shown.account_id, ""), shown.amount


def shown_entry(transaction: TransactionRecord, own: Sequence[EntryRecord]) -> EntryRecord:
    """Choose the entry by which a line tells of a transaction: where a transfer arrived, else where it began.

    The account that a purchase was paid from comes first, before the tax in it, which is on an account, too.
    """
    candidates = own or transaction.entries
    if transaction.kind is TransactionKind.TRANSFER:
        return max(candidates, key=lambda entry: entry.amount.minor)
    return candidates[0]


def _money(amount: Money, *, style: str = "", with_currency: bool = False) -> Text:
    text = f"{grouped(amount)} {amount.currency.code}" if with_currency else grouped(amount)
    return Text(text, f"{style} red" if amount.minor < 0 else style)


def bar(part: int, largest: int, width: int) -> str:
    """Draw *part* as a bar, of which *largest* would fill *width* cells; down to an eighth of a cell.

    >>> bar(50, 100, 5), bar(1, 1000, 5), bar(-3, 100, 5)
    ('██▌', '▏', '')
    """
    if part <= 0 or largest <= 0:
        return ""
    whole, eighths = divmod(max(part * width * 8 // largest, 1), 8)
    return "█" * whole + (_EIGHTHS[eighths - 1] if eighths else "")


def _cells(part: int, largest: int, width: int) -> int:
    return max(round(part * width / largest), 1 if part > 0 else 0) if largest > 0 else 0

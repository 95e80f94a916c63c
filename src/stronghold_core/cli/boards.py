"""The answers of a dashboard, each laid out for a terminal: tables, bars and sparklines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Group

from stronghold_core.cli.layout import Column, facts, money, table
from stronghold_core.cli.overview import bar, named_period, render_overview, shown_entry
from stronghold_core.cli.terminal import grouped
from stronghold_core.cli.text import Text
from stronghold_core.dashboards import (
    AccountBoard,
    BudgetBoard,
    CashFlow,
    CategoryBreakdown,
    NetWorthSeries,
    Overview,
    Summary,
    TransactionBoard,
)
from stronghold_core.dashboards.records import with_paths

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from decimal import Decimal

    from rich.console import RenderableType

    from stronghold_core.dashboards import Answer, CurrencySummary, Health, Trend
    from stronghold_core.figures import CategoryNode
    from stronghold_core.money import Money

_SPARKS: Final = "▁▂▃▄▅▆▇█"
_MAX_BAR: Final = 40


def render(answer: Answer, *, width: int) -> RenderableType:
    """Lay out an answer for a terminal of *width* columns."""
    if isinstance(answer, Overview):
        return render_overview(answer)
    parts = {
        Summary: _summary,
        AccountBoard: _accounts,
        TransactionBoard: _transactions,
        BudgetBoard: _budgets,
        CashFlow: _cash_flow,
        NetWorthSeries: _net_worth,
        CategoryBreakdown: _categories,
    }
    return Group(*parts[type(answer)](answer, width))  # type: ignore[operator] # each takes its own kind


def _title(answer: Answer, days: str) -> Generator[RenderableType]:
    yield Text.assemble((answer.tenant_name, "bold"), ("  " + days, "dim"), no_wrap=True, overflow="ellipsis")


def _heading(words: str) -> Generator[RenderableType]:
    yield Text()
    yield Text(words, "bold cyan")


# ------------------------------------------------------------------ headline figures


def _summary(answer: Summary, _width: int) -> Generator[RenderableType]:
    before = named_period(answer.previous_first, answer.previous_last)
    yield from _title(answer, f"{named_period(answer.first, answer.last)}, beside {before}")
    for one in answer.currencies:
        if not _is_shown(one, answer):
            continue
        yield from _heading(one.currency)
        trends = {
            "Net worth": one.net_worth,
            "Income": one.income,
            "Spending": one.expenses,
            "Saved": one.savings,
        }
        columns = [Column("", is_flexible=True), *(Column(name, "right") for name in ("Now", "Before", "Change", ""))]
        yield table(columns, [_trend(name, trend, is_good=name != "Spending") for name, trend in trends.items()])
        yield Text()
        yield facts(_health(one.health, owned=one.assets, owed=one.liabilities))


def _is_shown(one: CurrencySummary, answer: Summary) -> bool:
    """Leave a currency out in which nothing was owned, earned or spent, unless it is the only one."""
    trends = (one.net_worth, one.income, one.expenses)
    return len(answer.currencies) == 1 or any(trend.now or trend.before for trend in trends) or bool(one.assets)


def _trend(name: str, trend: Trend, *, is_good: bool) -> list[Text | str]:
    """Lay out a figure beside what it was; a change for the better is green."""
    better = trend.difference.minor > 0 if is_good else trend.difference.minor < 0
    style = "green" if better else "yellow" if trend.difference else "dim"
    sign = "+" if trend.difference.minor > 0 else ""
    change = Text(f"{sign}{grouped(trend.difference)}", style)
    return [name, money(trend.now), money(trend.before), change, Text(_percent(trend.change, sign="+"), style)]


def _health(health: Health, *, owned: Money, owed: Money) -> list[tuple[str, Text | str]]:
    months = "–" if health.months_covered is None else f"{health.months_covered}"
    return [
        ("Owned", money(owned)),
        ("Owed", money(owed)),
        ("Liquid", money(health.liquid)),
        ("Savings rate", _percent(health.savings_rate)),
        ("Months covered", f"{months} at {grouped(health.monthly_expenses)} a month"),
        ("Debt to assets", _percent(health.debt_to_assets)),
    ]


def _percent(share: Decimal | None, *, sign: str = "") -> str:
    return "–" if share is None else f"{share:{sign}.1%}"


# ------------------------------------------------------------------ accounts and movements


def _accounts(answer: AccountBoard, _width: int) -> Generator[RenderableType]:
    yield from _title(answer, "now" if answer.as_of is None else f"at the end of {answer.as_of}")
    yield Text()
    columns = [Column("Account", is_flexible=True), Column("Kind"), Column("Balance", "right")]
    yield table(
        columns,
        [
            [
                Text(one.name, "" if one.status == "open" else "dim strike"),
                Text(one.type.value if one.subtype == "other" else one.subtype.replace("_", " "), "dim"),
                money(one.balance),
            ]
            for one in answer.accounts
        ],
    )
    if answer.has_more:
        yield Text("There are more accounts: --limit shows up to 500.", "dim")
    yield from _heading("All accounts")
    totals = [Column(name, "right") for name in ("Owned", "Owed", "Net worth")]
    yield table(
        totals,
        [[money(one.assets), money(one.liabilities), money(one.net, style="bold")] for one in answer.totals],
    )


def _transactions(answer: TransactionBoard, _width: int) -> Generator[RenderableType]:
    yield from _title(answer, named_period(answer.first, answer.last))
    for one in answer.currencies:
        if not one.largest:
            continue
        yield from _heading(f"Largest movements, {one.currency}")
        columns = [
            *(Column("Date"), Column("What", is_flexible=True), Column("For", is_flexible=True)),
            *(Column(""), Column("Amount", "right")),
        ]
        yield table(
            columns,
            [
                [
                    f"{found.effective_date}",
                    found.payee or found.description or "",
                    found.category,
                    Text("in", "green") if found.kind == "income" else Text("out", "yellow"),
                    money(found.amount),
                ]
                for found in one.largest
            ],
        )
    yield from _heading("Latest transactions")
    columns = [Column("Date"), Column("What", is_flexible=True), Column("Kind"), Column("Amount", "right")]
    yield table(
        columns,
        [
            [
                f"{one.effective_date}",
                one.payee or one.description or "",
                Text(one.kind.value, "dim"),
                money(shown_entry(one, [entry for entry in one.entries if entry.category_id is None]).amount),
            ]
            for one in answer.latest
        ],
    )


def _budgets(answer: BudgetBoard, _width: int) -> Generator[RenderableType]:
    yield from _title(answer, named_period(answer.first, answer.last))
    yield Text("There are no budgets.", "dim")


# ------------------------------------------------------------------ series


def _cash_flow(answer: CashFlow, width: int) -> Generator[RenderableType]:
    yield from _title(answer, f"cash flow by {answer.step.value}, {named_period(answer.first, answer.last)}")
    for one in answer.currencies:
        yield from _heading(one.currency)
        largest = max(max(part.income.minor, part.expenses.minor) for part in one.parts)
        cells = min(_MAX_BAR, max(4, (width - 70) // 2))
        columns = [
            *(Column(answer.step.value.capitalize()), Column("Income", "right"), Column("Spending", "right")),
            *(Column("Saved", "right"), Column("In"), Column("Out")),
        ]
        rows: list[list[Text | str]] = [
            [
                f"{part.first}",
                *(_plain(amount) for amount in (part.income, part.expenses, part.savings)),
                Text(bar(part.income.minor, largest, cells), "green"),
                Text(bar(part.expenses.minor, largest, cells), "yellow"),
            ]
            for part in one.parts
        ]
        total = [_plain(amount, "bold") for amount in (one.total.income, one.total.expenses, one.total.savings)]
        yield table(columns, [*rows, [Text("Total", "bold"), *total, "", ""]])


def _net_worth(answer: NetWorthSeries, width: int) -> Generator[RenderableType]:
    yield from _title(answer, f"net worth by {answer.step.value}, {named_period(answer.first, answer.last)}")
    for one in answer.currencies:
        if len(answer.currencies) > 1 and not any(point.assets or point.liabilities for point in one.points):
            continue
        yield from _heading(one.currency)
        yield Text(sparkline([point.net.minor for point in one.points], width), "green", no_wrap=True)
        columns = [Column("End of"), *(Column(name, "right") for name in ("Owned", "Owed", "Net worth"))]
        yield table(
            columns,
            [
                [f"{point.day}", _plain(point.assets), _plain(point.liabilities), _plain(point.net, "bold")]
                for point in one.points
            ],
        )


def sparkline(values: Sequence[int], width: int) -> str:
    """Draw values as a line of bars, the lowest and the highest of them as the limits; the latest if not all fit.

    >>> sparkline([0, 50, 100], 80), sparkline([3, 3], 80), sparkline([0, 1, 2, 3], 2), sparkline([], 80)
    ('▁▄█', '▄▄', '▁█', '')
    """
    shown = values[-width:]
    if not shown:
        return ""
    low, high = min(shown), max(shown)
    top = len(_SPARKS) - 1
    return "".join(_SPARKS[(one - low) * top // (high - low) if high > low else top // 2] for one in shown)


def _plain(amount: Money, style: str = "") -> Text:
    return Text(grouped(amount), f"{style} red".strip() if amount.minor < 0 else style)


# ------------------------------------------------------------------ categories


def _categories(answer: CategoryBreakdown, width: int) -> Generator[RenderableType]:
    yield from _title(answer, named_period(answer.first, answer.last))
    for one in answer.currencies:
        for name, roots, whole, style in (
            ("Spending", one.expenses, one.total.expenses, "yellow"),
            ("Income", one.income, one.total.income, "green"),
        ):
            if roots:
                yield from _heading(f"{name}, {one.currency}: {grouped(whole)}")
                yield _tree(roots, width=width, style=style)


def _tree(roots: tuple[CategoryNode, ...], *, width: int, style: str) -> RenderableType:
    largest = max(root.total.minor for root in roots)
    cells = min(_MAX_BAR, max(8, width - 70))
    columns = [
        *(Column("Category", is_flexible=True), Column("With all below", "right"), Column("Itself", "right")),
        *(Column("Share", "right"), Column("")),
    ]
    return table(
        columns,
        [
            [
                "  " * (len(path) - 1) + node.name,
                _plain(node.total),
                _plain(node.own) if node.children else "",
                Text(_percent(node.share), "dim"),
                Text(bar(node.total.minor, largest, cells), style if len(path) == 1 else f"dim {style}"),
            ]
            for node, path in with_paths(roots)
        ],
    )

"""What previews, imports and layouts look like, to people and to programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import typer
from rich.console import Group
from rich.padding import Padding
from rich.table import Table

from stronghold_core.bank_statements import Verdict
from stronghold_core.cli.terminal import counted, grouped
from stronghold_core.cli.text import Text
from stronghold_core.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import RenderableType

    from stronghold_core.bank_statements import (
        CsvLayout,
        ImportRecord,
        ImportResult,
        Preview,
        PreviewRow,
        PreviewSummary,
        SavedLayout,
    )
    from stronghold_core.ids import AccountId
    from stronghold_core.ledger import AccountRecord

_SHOWN_ROWS: Final = 20
_STYLES: Final = {
    Verdict.NEW: "green",
    Verdict.DUPLICATE: "dim",
    Verdict.EMPTY: "dim",
    Verdict.UNBOOKED: "yellow",
    Verdict.INVALID: "bold red",
}
_EXPLAINED: Final = {Verdict.UNBOOKED: "yellow", Verdict.INVALID: "red"}
"""Verdicts whose reason is shown, and how."""


# ------------------------------------------------------------------ a preview


class PreviewTable:
    """The first rows of a preview, and the first of those after them that somebody has to look at.

    Args:
        limit: How many rows to show.
    """

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._rows: list[PreviewRow] = []
        self._wrong: list[PreviewRow] = []

    def add(self, row: PreviewRow) -> None:
        """Keep a row, if it is to be shown."""
        if len(self._rows) < self._limit:
            self._rows.append(row)
        elif len(self._wrong) < _SHOWN_ROWS and (row.verdict is Verdict.INVALID or row.warning is not None):
            self._wrong.append(row)

    def render(self, summary: PreviewSummary, account: AccountRecord) -> Group:
        """Lay the rows out, with what the whole file comes to."""
        parts: list[RenderableType] = [_table([*self._rows, *self._wrong], account)] if self._rows else []
        left = summary.rows - len(self._rows) - len(self._wrong)
        if left > 0:
            parts.append(Text(f"… and {counted(left, 'row')} more", "dim"))
        parts += [Text()] if parts else []
        return Group(*parts, _figures(summary, account))


def _table(rows: Iterable[PreviewRow], account: AccountRecord) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("Line", justify="right", no_wrap=True)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Day", no_wrap=True)
    table.add_column(f"{account.currency}", justify="right", no_wrap=True)
    table.add_column("What the bank says", ratio=2)
    for row in rows:
        line = row.statement_line
        said = Text(" · ".join(text for text in (line.payee, line.description) if text) if line is not None else "")
        why = row.reason if row.verdict in _EXPLAINED else None
        for reason, style in ((why, _EXPLAINED.get(row.verdict, "")), (row.warning, "yellow")):
            if reason is not None:
                said = Text.assemble(said, "\n" if said else "", (reason, style))
        day, amount = ("", "") if line is None else (line.on.isoformat(), _amount(line.amount, account))
        table.add_row(f"{row.line:,}", Text(row.verdict.value, _STYLES[row.verdict]), day, amount, said)
    return table


def _amount(number: str, account: AccountRecord) -> str:
    try:
        return grouped(Money.of(number, account.currency))
    except ValueError:
        return number


def _figures(summary: PreviewSummary, account: AccountRecord) -> Group:
    figures = Table.grid(padding=(0, 2))
    figures.add_column()
    figures.add_column(justify="right")
    figures.add_row("  New", Text(f"{summary.new:,}", "bold green" if summary.new else ""))
    figures.add_row("  Already there", f"{summary.duplicates:,}")
    if summary.empty:
        figures.add_row("  Without an amount", f"{summary.empty:,}")
    if summary.unbooked:
        figures.add_row("  Not booked", Text(f"{summary.unbooked:,}", "yellow"))
    figures.add_row("  Invalid", Text(f"{summary.invalid:,}", "bold red" if summary.invalid else ""))
    if summary.warnings:
        figures.add_row("  Wrong balance", Text(f"{summary.warnings:,}", "bold yellow"))
    figures.add_row("  Would come", grouped(summary.incoming))
    figures.add_row("  Would leave", grouped(summary.outgoing))
    days = "" if summary.first is None else f", {summary.first} to {summary.last}"
    title = Text.assemble((counted(summary.rows, "row"), "bold"), " for ", (account.name, "bold"), days)
    parts: list[RenderableType] = [title, figures]
    if summary.checked_balances and not summary.warnings:
        parts.append(Text(f"  {counted(summary.checked_balances, 'balance')} add up", "green"))
    if summary.layout is not None:
        parts.append(Padding(Text(f"Read as: {_layout_in_words(summary.layout)}", "dim"), (0, 0, 0, 2)))
    return Group(*parts)


def tell_preview(preview: Preview, account: AccountRecord, only: Verdict | None) -> PreviewSummary:
    """Tell a program all rows of a preview, as they are read, and the summary after them, as one JSON document."""
    head = json.dumps({"account_id": str(account.id), "account": account.name})
    typer.echo(f'{head[:-1]}, "rows": [', nl=False)
    mark = ""
    for row in preview:
        if only is None or row.verdict is only:
            typer.echo(f"{mark}\n{json.dumps(row.model_dump(mode='json'))}", nl=False)
            mark = ","
    typer.echo(f'\n], "summary": {json.dumps(preview.summary.model_dump(mode="json"))}}}')
    return preview.summary


# ------------------------------------------------------------------ what was imported


def render_import(result: ImportResult, account: str) -> Group:
    """Lay out what became of a file's rows."""
    figures = Table.grid(padding=(0, 2))
    figures.add_column()
    figures.add_column(justify="right")
    figures.add_row("  Posted", Text(f"{result.posted:,}", "bold green" if result.posted else ""))
    figures.add_row("  Already there", f"{result.already_there:,}")
    if result.without_amount:
        figures.add_row("  Without an amount", f"{result.without_amount:,}")
    if result.unbooked:
        figures.add_row("  Not booked", Text(f"{result.unbooked:,}", "yellow"))
    figures.add_row("  Refused", Text(f"{result.refused:,}", "bold red" if result.refused else ""))
    if result.mismatches:
        figures.add_row("  Wrong balance", Text(f"{result.mismatches:,}", "bold yellow"))
    parts: list[RenderableType] = [
        Text.assemble((counted(result.rows, "row"), "bold"), " for ", (account, "bold")),
        figures,
        _refused(result),
    ]
    if result.import_id is not None:
        parts.append(Text(f"  To take it back: stronghold import revert {result.import_id}", "dim"))
    return Group(*parts)


def _refused(result: ImportResult) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for row in result.refused_rows[:_SHOWN_ROWS]:
        table.add_row(f"  line {row.line:,}", row.reason)
    if result.refused > _SHOWN_ROWS:
        table.add_row("", f"… and {counted(result.refused - _SHOWN_ROWS, 'row')} more; --json names the first 100")
    return table


def render_imports(imports: Iterable[ImportRecord], accounts: Mapping[AccountId, str]) -> RenderableType:
    """List imports, each with the id by which it can be taken back."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("Import", no_wrap=True)
    table.add_column("Into, from", overflow="ellipsis")
    for heading in ("Rows", "Money"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in imports:
        net = Money(one.incoming.minor + one.outgoing.minor, one.incoming.currency)
        style = "" if one.reverted_at is None else "dim strike"
        came = f"\n{one.imported_at:%Y-%m-%d} {one.imported_by}"
        took_back = "" if one.reverted_at is None else f"\ntaken back {one.reverted_at:%Y-%m-%d}"
        # Below the id, which has to be whole and so is wider than all that they say.
        what = Text.assemble((str(one.id), style), (came, "dim"), (took_back, "yellow"))
        where = Text.assemble((accounts.get(one.account_id, ""), style), (f"\n{one.source or ''}", "dim"))
        table.add_row(what, where, f"{one.posted:,}", f"{grouped(net)} {net.currency.code}")
    return table if table.row_count else Text("No imports.")


# ------------------------------------------------------------------ layouts


def render_layout(saved: SavedLayout | None, account: str) -> RenderableType:
    """Show what is kept of an account's files."""
    if saved is None:
        return Text(f"Nothing is kept of the files of {account}; the next one is looked at.")
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    if saved.account_number is not None:
        table.add_row("account_number", Text(saved.account_number))
    for name, value in saved.layout.model_dump(exclude_defaults=True).items():
        table.add_row(name, Text(repr(value) if name.endswith("mark") or name == "delimiter" else f"{value}"))
    return Group(Text.assemble("Files of ", (account, "bold")), table)


def _layout_in_words(layout: CsvLayout) -> str:
    columns = ", ".join(f"{field.removesuffix('_column')} {column!r}" for field, column in layout.named().items())
    decimal, thousands = layout.decimal_mark or "", layout.thousands_mark or ""
    number = f"1{thousands}234{decimal}50" if decimal else "whole amounts"
    return f"{layout.encoding}, {layout.delimiter!r}, {layout.date_format}, {number}; {columns}"

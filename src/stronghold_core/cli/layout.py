"""Tables for a terminal: as wide as it is, money to the right, what is too long cut off with an ellipsis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from rich.table import Table

from stronghold_core.cli.terminal import grouped
from stronghold_core.cli.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stronghold_core.money import Money


class Column(NamedTuple):
    """One column of a table."""

    heading: str
    justify: Literal["left", "right"] = "left"
    is_flexible: bool = False
    """Whether it gives way where the terminal is narrow; the others stay whole."""


def table(columns: Sequence[Column], rows: Iterable[Sequence[Text | str]]) -> Table:
    """Lay out *rows* under their headings."""
    laid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    for column in columns:
        heading = Text(column.heading, no_wrap=True, overflow="ellipsis")
        laid.add_column(heading, justify=column.justify, no_wrap=not column.is_flexible, overflow="ellipsis")
    for row in rows:
        laid.add_row(*(_cell(cell) for cell, _ in zip(row, columns, strict=True)))
    return laid


def _cell(cell: Text | str) -> Text:
    text = Text(cell) if isinstance(cell, str) else cell
    # The column may shrink, but it must not become two lines high; and what was cut off must not look whole.
    text.no_wrap, text.overflow = True, "ellipsis"
    # A bank's words may hold a line break.
    return text if "\n" not in text.plain else Text(" ".join(text.plain.split()), no_wrap=True, overflow="ellipsis")


def facts(pairs: Iterable[tuple[str, Any]]) -> Table:
    """Lay out one thing: what is known of it, by name; what is not known is left out."""
    laid = Table.grid(padding=(0, 2, 0, 0))
    laid.add_column(style="dim", no_wrap=True)
    laid.add_column(overflow="fold")
    for name, value in pairs:
        if value is not None and value != "":
            laid.add_row(name, value if isinstance(value, Text) else Text(str(value)))
    return laid


def money(amount: Money | None, *, style: str = "") -> Text:
    """Write an amount with its currency, red if negative; a missing one as nothing."""
    if amount is None:
        return Text()
    return Text(f"{grouped(amount)} {amount.currency.code}", f"{style} red".strip() if amount.minor < 0 else style)

"""Telling what was found: a table for the terminal, JSON, and the table in the documentation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benches.figures import Figure

PAGE: Final = Path(__file__).parents[1] / "docs" / "reference" / "benchmarks.md"
_BEGIN: Final = "<!-- figures: begin -->"
_END: Final = "<!-- figures: end -->"
_HEADER: Final = ("figure", "unit", "ours", "beside", "of", "ratio", "target", "met")


def terminal_table(figures: Sequence[Figure]) -> str:
    """Lay the figures out in columns."""
    rows = [_HEADER, *map(_cells, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def line(figure: Figure) -> str:
    """Tell one figure as soon as it is known."""
    name, unit, ours, beside, of, ratio, target, met = _cells(figure)
    return f"{name}: {ours} {unit}, {of} {beside}: ratio {ratio}" + (f" (target {target}: {met})" if target else "")


def markdown(figures: Sequence[Figure], machine: Mapping[str, str], mode: str) -> str:
    """Write the figures as the documentation shows them."""
    lines = [f"A {mode} run on:", ""]
    lines += [f"* {name}: {fact}" for name, fact in machine.items()]
    lines += ["", _markdown_row(_HEADER), "|---|---|--:|--:|---|--:|---|---|"]
    lines += [_markdown_row(_cells(figure)) for figure in figures]
    return "\n".join(lines)


def write_page(text: str, page: Path = PAGE) -> None:
    """Put *text* between the marks of the page; the prose around them stays."""
    before, _, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
    _, mark, after = rest.partition(_END)
    if not mark:
        raise LookupError(f"{page} lacks the marks {_BEGIN} and {_END}.")
    page.write_text(f"{before}{_BEGIN}\n\n{text}\n\n{_END}{after}", encoding="utf-8")


def _cells(figure: Figure) -> tuple[str, ...]:
    met = {True: "yes", False: "no", None: ""}[figure.is_met]
    target = "" if figure.target is None else str(figure.target)
    return (
        figure.name,
        figure.unit,
        _number(figure.ours),
        _number(figure.beside),
        figure.against,
        _number(figure.ratio),
        target,
        met,
    )


def _number(value: float | None) -> str:
    """Write three digits that matter: more would be noise."""
    if value is None:
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.2g}"


def _markdown_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"

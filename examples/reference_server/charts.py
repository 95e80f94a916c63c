"""The geometry of bars: from amounts to rectangles. Templates only write down what stands here.

Widths are shares of the drawing's, so that it fits any screen while its words keep their size; heights are pixels. All
amounts are whole minor units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Bar(NamedTuple):
    """A rectangle."""

    x: float
    """From the left, in percent of the width."""
    width: float
    y: float
    """From the top, in pixels."""
    height: float


class Line(NamedTuple):
    """A horizontal line, and the amount that it stands for."""

    y: float
    minor: int


class Bars(NamedTuple):
    """Groups of bars above and below a common line of zero."""

    height: int
    zero: float
    lines: tuple[Line, ...]
    groups: tuple[tuple[Bar, ...], ...]
    centres: tuple[float, ...]
    """Where the name of each group stands, in percent of the width."""


def bars(groups: Sequence[Sequence[int]], *, height: int) -> Bars:
    """Lay out groups of bars side by side, all to one scale.

    >>> drawn = bars([[100, 50], [0, -20]], height=120)
    >>> drawn.zero, [line.minor for line in drawn.lines]
    (100.0, [-20, 0, 20, 40, 60, 80, 100])
    >>> drawn.groups[0][0]
    Bar(x=10.0, width=14.0, y=0.0, height=100.0)
    """
    values = [value for group in groups for value in group]
    low, high = min(values, default=0), max(values, default=0)
    low, high = min(low, 0), max(high, 0)
    high = high or (0 if low else 100)
    lines = ticks(low, high)
    high = max(high, lines[-1])
    scale = height / (high - low)
    zero = round(high * scale, 1)
    slot = 100 / max(len(groups), 1)
    return Bars(
        height=height,
        zero=zero,
        lines=tuple(Line(round((high - minor) * scale, 1), minor) for minor in lines),
        groups=tuple(_group(group, number * slot, slot, zero=zero, scale=scale) for number, group in enumerate(groups)),
        centres=tuple(round((number + 0.5) * slot, 2) for number in range(len(groups))),
    )


def _group(group: Sequence[int], left: float, slot: float, *, zero: float, scale: float) -> tuple[Bar, ...]:
    """Lay out one group: a fifth of its place is left free on either side, and a little between its bars."""
    each = slot * 0.6 / max(len(group), 1)
    drawn = []
    for number, minor in enumerate(group):
        tall = round(abs(minor) * scale, 1)
        top = zero - tall if minor > 0 else zero
        x = left + slot * 0.2 + number * (each + slot * 0.02)
        drawn.append(Bar(round(x, 2), round(each - slot * 0.02, 2), round(top, 1), tall))
    return tuple(drawn)


def ticks(low: int, high: int) -> list[int]:
    """Choose up to eight round amounts between two, zero among them.

    >>> ticks(0, 834_000), ticks(-120, 90), ticks(0, 1)
    ([0, 200000, 400000, 600000, 800000, 1000000], [-100, -50, 0, 50, 100], [0, 1])
    """
    step = _round_up((high - low) // 6 or 1)
    first = -(-low // step) * step
    last = -(-high // step) * step
    return list(range(first, last + 1, step))


def _round_up(size: int) -> int:
    """Return the next larger number that begins with 1, 2 or 5 and goes on with zeros only.

    >>> [_round_up(size) for size in (1, 3, 70, 2_100)]
    [1, 5, 100, 5000]
    """
    power = int("1".ljust(len(str(size)), "0"))
    return next(lead * power for lead in (1, 2, 5, 10) if lead * power >= size)


def share(part: int, whole: int) -> float:
    """Return how much of a bar *part* fills, in percent: something of it always shows.

    >>> share(25, 100), share(1, 100_000), share(-5, 100), share(5, 0)
    (25.0, 0.5, 0.0, 0.0)
    """
    if part <= 0 or whole <= 0:
        return 0.0
    return max(round(100 * min(part, whole) / whole, 1), 0.5)

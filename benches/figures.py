"""A figure: what was measured on both sides, their ratio, and what that ought to be."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Target(NamedTuple):
    """What a ratio ought to be."""

    limit: float
    is_minimum: bool

    def __str__(self) -> str:
        return f"{'≥' if self.is_minimum else '≤'} {self.limit:g}"

    def is_met_by(self, ratio: float) -> bool:
        """Tell whether *ratio* is on the right side."""
        return ratio >= self.limit if self.is_minimum else ratio <= self.limit


def at_least(limit: float) -> Target:
    """Ask for a ratio of *limit* or more."""
    return Target(limit, is_minimum=True)


def at_most(limit: float) -> Target:
    """Ask for a ratio of *limit* or less."""
    return Target(limit, is_minimum=False)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the report."""

    name: str
    unit: str
    ours: float
    beside: float | None
    """The same work by the other side, which is the bare driver unless *against* names another."""
    ratio: float | None
    against: str = "raw"
    target: Target | None = None

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; none if there is no target, or nothing to compare with."""
        return None if self.target is None or self.ratio is None else self.target.is_met_by(self.ratio)

    def as_json(self) -> dict[str, object]:
        """Return everything as plain data."""
        return {**asdict(self), "target": None if self.target is None else str(self.target), "met": self.is_met}


def compared(
    name: str,
    unit: str,
    *,
    ours: Sequence[float],
    beside: Sequence[float],
    against: str = "raw",
    target: Target | None = None,
) -> Figure:
    """Make a figure of blocks that took turns.

    The ratio is the median of those of neighbouring blocks, which hardly notice when the machine slows down meanwhile.
    """
    return Figure(
        name=name,
        unit=unit,
        ours=statistics.median(ours),
        beside=statistics.median(beside),
        ratio=statistics.median(mine / other for mine, other in zip(ours, beside, strict=True)),
        against=against,
        target=target,
    )

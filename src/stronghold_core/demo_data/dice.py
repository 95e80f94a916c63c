"""Chance that is the same everywhere: one seed, one sequence, on every machine and every version of Python.

Python promises that only of `random.Random.random`, so everything here is made of it, and of whole numbers.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Face = TypeVar("Face")


class Dice:
    """A source of chance.

    >>> dice = Dice(7)
    >>> [dice.between(1, 6) for _ in range(8)]
    [2, 1, 4, 1, 4, 3, 1, 4]
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random  # noqa: S311 - it must be repeatable, not secret

    def between(self, low: int, high: int) -> int:
        """Return a whole number from *low* to *high*, each as likely as the others."""
        return low + int(self._random() * (high - low + 1))

    def percent(self, share: int) -> bool:
        """Say yes in *share* of a hundred cases."""
        return self._random() * 100 < share

    def pick(self, faces: Sequence[Face]) -> Face:
        """Return one of *faces*."""
        return faces[int(self._random() * len(faces))]

    def around(self, minor: int) -> int:
        """Return an amount around *minor*: from half of it to twice as much, the mean a little above it.

        >>> dice = Dice(1)
        >>> [dice.around(10_00) for _ in range(4)]
        [681, 1076, 970, 1339]
        """
        first, second = self._random(), self._random()
        return max(1, int(minor * (0.5 + first * second + first * 0.5)))


class Weighted(Generic[Face]):
    """Chooses among things of which some come more often; as quick for many as for few.

    >>> often = Weighted([("bread", 9), ("wine", 1)])
    >>> dice = Dice(3)
    >>> [often.pick(dice) for _ in range(4)]
    ['bread', 'bread', 'bread', 'bread']
    """

    def __init__(self, weights: Iterable[tuple[Face, int]]) -> None:
        self._faces = [face for face, weight in weights for _ in range(weight)]

    def pick(self, dice: Dice) -> Face:
        """Return one of the things."""
        return dice.pick(self._faces)

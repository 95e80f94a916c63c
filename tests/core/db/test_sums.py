"""Sums of whole numbers are exact on every database, however large they get."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import BigInteger, literal, select, union_all

from stronghold_core.db import exact_sum

if TYPE_CHECKING:
    from stronghold_core import Stronghold

MOST = 2**63 - 1


@pytest.mark.parametrize(
    "parts",
    [
        [0],
        [1, -1],
        [-1],
        [5, -12],
        [2**32, -1],
        [-(2**32), -(2**32)],
        [MOST, MOST, -MOST],
        [-MOST, -MOST, -MOST, 1],
        [MOST, MOST, MOST],
        [-MOST - 1, -MOST - 1, -MOST - 1],
    ],
    ids=repr,
)
def test_a_sum_is_that_of_whole_numbers(stronghold: Stronghold, parts: list[int]) -> None:
    """Of both signs, across the halves, past 63 bits on the way and in the end."""
    rows = union_all(*(select(literal(part, BigInteger).label("part")) for part in parts)).subquery()
    with stronghold.database.engine.connect() as connection:
        found = connection.execute(select(exact_sum(rows.c.part))).scalar_one()
    assert (found, type(found)) == (sum(parts), int)


def test_nothing_adds_up_to_zero(stronghold: Stronghold) -> None:
    """Where SQL has NULL."""
    rows = select(literal(1, BigInteger).label("part")).subquery()
    with stronghold.database.engine.connect() as connection:
        assert connection.execute(select(exact_sum(rows.c.part)).where(rows.c.part > 1)).scalar_one() == 0

"""What whoever keeps these books with a bare driver has to work out in Python, whichever the database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benches.sides import PAYEE, WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from benches.sides import Order


def payload_of(order: Order) -> str:
    """Write what the audit event of one order says."""
    return json.dumps(
        {
            "date": order.day.isoformat(),
            "description": WORDS,
            "payee": PAYEE,
            "entries": [[str(order.account), order.amount], [str(order.leaf), order.amount[1:]]],
        }
    )


def entry_rows(
    orders: Sequence[Order], ids: Sequence[UUID], standing: Mapping[UUID, list[int]]
) -> list[tuple[UUID, int, UUID, int, date, int | None, int | None]]:
    """Carry *orders* out on *standing* (balance and version of each account) and return their entries."""
    rows: list[tuple[UUID, int, UUID, int, date, int | None, int | None]] = []
    for order, transaction_id in zip(orders, ids, strict=True):
        state = standing[order.account]
        state[0] += order.amount_minor
        state[1] += 1
        rows.append((transaction_id, 1, order.account, order.amount_minor, order.day, state[0], state[1]))
        rows.append((transaction_id, 2, order.leaf, -order.amount_minor, order.day, None, None))
    return rows


def totals_of(orders: Sequence[Order], *, lane: int) -> dict[tuple[UUID, date, int], list[int]]:
    """Add up debit and credit of each account and day, find the largest amount, and count."""
    totals: dict[tuple[UUID, date, int], list[int]] = {}
    for order in orders:
        for account, amount, row in ((order.account, order.amount_minor, 0), (order.leaf, -order.amount_minor, lane)):
            sides = totals.setdefault((account, order.day, row), [0, 0, 0, 0])
            sides[0 if amount > 0 else 1] += abs(amount)
            sides[2] = max(sides[2], abs(amount))
            sides[3] += 1
    return totals


def by_month(totals: Mapping[tuple[UUID, date, int], list[int]]) -> list[tuple[UUID, date, int, int, int, int, int]]:
    """Put totals of days together by month, in the order of their keys."""
    months: dict[tuple[UUID, date, int], list[int]] = {}
    for (account, day, lane), (debit, credit, largest, count) in totals.items():
        sums = months.setdefault((account, day.replace(day=1), lane), [0, 0, 0, 0])
        sums[:] = sums[0] + debit, sums[1] + credit, max(sums[2], largest), sums[3] + count
    return [(*key, *sums) for key, sums in sorted(months.items())]  # type: ignore[misc]


def year_before(day: date) -> date:
    """Return the first day of the eleventh month before that of *day*."""
    return day.replace(year=day.year - 1, month=day.month + 1, day=1) if day.month < 12 else day.replace(month=1, day=1)

"""The story as a bank tells it: one account's statement, as the plainest CSV file that there is."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from stronghold_core.demo_data.records import DemoAccount, DemoCategory, DemoSplit, DemoTransfer
from stronghold_core.errors import NotFoundError
from stronghold_core.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stronghold_core.demo_data.records import DemoEvent, DemoItem


def render_statement(story: Iterable[DemoItem], account: str) -> Iterator[str]:
    """Write what happened on one account as lines of a CSV file: ``Date,Description,Amount``, dates in ISO form.

    Args:
        story: What `generate` tells.
        account: The account's name in it. Its opening balance is no line: a bank's file has none either.

    >>> from datetime import date
    >>> from stronghold_core.demo_data.records import DemoRecord
    >>> day = date(2025, 1, 2)
    >>> story = [
    ...     DemoAccount("Bank", "asset", "checking", "EUR", day),
    ...     DemoRecord(day, "Bank", -950, (), "", "Tea, milk"),
    ... ]
    >>> print(*render_statement(story, "Bank"), sep="", end="")
    Date,Description,Amount
    2025-01-02,"Tea, milk",-9.50

    Raises:
        NotFoundError: If there is no such account in the story.
    """
    currency = None
    for item in story:
        if isinstance(item, DemoAccount) and item.name == account:
            currency = item.currency
            yield "Date,Description,Amount\n"
        elif currency is not None and not isinstance(item, (DemoAccount, DemoCategory)):
            minor = _moved(item, account)
            if minor:
                yield _line(item.on.isoformat(), item.description, f"{Money(minor, currency).amount}")
    if currency is None:
        raise NotFoundError(kind="account", key=account)


def _moved(event: DemoEvent, account: str) -> int:
    """Say by how much an event moved the account."""
    if isinstance(event, DemoTransfer):
        arrived = event.minor if event.to_minor is None else event.to_minor
        return arrived * (event.to_account == account) - event.minor * (event.from_account == account)
    own = event.minor if event.account == account else 0
    if isinstance(event, DemoSplit):
        return own - sum(minor for target, minor in event.parts if target == account)
    return own


def _line(*cells: str) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(cells)
    return written.getvalue()

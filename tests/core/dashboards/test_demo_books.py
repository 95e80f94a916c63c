"""The figures of the demo's books against plain SQL over raw entries, whatever their size.

`STRONGHOLD_DEMO_TRANSACTIONS` says how large; a run with a million is recorded in docs/reference/benchmarks.md.
"""

from __future__ import annotations

import os
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import bindparam, text

from stronghold_core import DateRange
from stronghold_core.db import BusinessDate, Id
from stronghold_core.demo_data import DemoKind, plant
from stronghold_core.periods import Step, divided, month_of
from tests.support.ledger import TODAY
from tests.support.stronghold import ADA, Desk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stronghold_core import CategoryNode, Stronghold
    from tests.support.rows import Vault

SIZE: Final = int(os.environ.get("STRONGHOLD_DEMO_TRANSACTIONS", "20000"))

_OF_ENTRIES = """
  FROM stronghold_entry e
  JOIN stronghold_account a ON a.tenant_id = e.tenant_id AND a.id = e.account_id
 WHERE e.tenant_id = :tenant AND e.effective_date BETWEEN :first AND :last
"""
_BALANCES = f"SELECT a.name, sum(e.amount_minor) {_OF_ENTRIES} AND a.type IN ('asset', 'liability') GROUP BY a.name"
_FLOWS = (
    f"SELECT a.currency, a.type, sum(e.amount_minor) {_OF_ENTRIES} AND a.type IN ('income', 'expense')"
    " GROUP BY a.currency, a.type"
)
_CATEGORIES = (
    f"SELECT a.currency, a.category_id, sum(e.amount_minor) {_OF_ENTRIES} AND a.category_id IS NOT NULL"
    " GROUP BY a.currency, a.category_id"
)
_FIRST_DAY = f"SELECT min(e.effective_date) {_OF_ENTRIES}"
_LARGEST = f"SELECT max(abs(e.amount_minor)) {_OF_ENTRIES} AND a.category_id IS NOT NULL AND a.currency = 'EUR'"


class Entries:
    """A tenant's raw entries, added up by the database alone."""

    def __init__(self, vault: Vault, desk: Desk) -> None:
        self._vault, self._tenant = vault, desk.tenant.id

    def rows(self, statement: str, first: date, last: date) -> list[tuple[Any, ...]]:
        """Run one statement over the entries of some days."""
        days = [bindparam(name, type_=BusinessDate) for name in ("first", "last")]
        typed = text(statement).bindparams(bindparam("tenant", type_=Id), *days)
        with self._vault.engine.connect() as connection:
            return [
                tuple(row) for row in connection.execute(typed, {"tenant": self._tenant, "first": first, "last": last})
            ]

    def flow(self, code: str, days: DateRange) -> tuple[int, int]:
        """Return income and expenses in minor units."""
        found = {(currency, kind): int(minor) for currency, kind, minor in self.rows(_FLOWS, *days)}
        return -found.get((code, "income"), 0), found.get((code, "expense"), 0)

    def balances(self, on: date) -> dict[str, int]:
        """Return what each account held at the end of a day, without the empty ones."""
        return {name: int(minor) for name, minor in self.rows(_BALANCES, date(1900, 1, 1), on) if minor}


def test_every_figure_is_the_sum_of_raw_entries(stronghold: Stronghold, vault: Vault) -> None:
    """Of a household and of a company: by month, by category, by account and day, over all their years."""
    for kind in (DemoKind.HOUSEHOLD, DemoKind.COMPANY):
        tenant = plant(stronghold, kind, principal=ADA, transactions=SIZE // 2, seed=3, until=TODAY)
        desk = Desk(stronghold, tenant, ADA)
        entries = Entries(vault, desk)
        (first,) = entries.rows(_FIRST_DAY, date(1900, 1, 1), TODAY)[0]
        begun = first if isinstance(first, date) else date.fromisoformat(first)
        everything = DateRange(max(begun, TODAY - timedelta(days=365 * 20)), TODAY)
        check_flows(desk, entries, everything)
        check_balances(desk, entries, everything)
        check_categories(desk, entries, [everything, month_of(TODAY - timedelta(days=40))])


def check_flows(desk: Desk, entries: Entries, days: DateRange) -> None:
    """Compare each month, and the whole."""
    with desk.books(read_only=True) as books:
        shown = books.dashboard.cash_flow(days, step="month")
        summary = books.dashboard.summary(days)
    for one in shown.currencies:
        assert (one.total.income.minor, one.total.expenses.minor) == entries.flow(one.currency, days)
        for part in one.parts[:: max(1, len(one.parts) // 24)]:
            month = DateRange(part.first, part.last)
            assert (part.income.minor, part.expenses.minor) == entries.flow(one.currency, month)
    assert shown.currencies[0].total.expenses
    for headline in summary.currencies:
        flow = headline.income.now.minor, headline.expenses.now.minor
        assert flow == entries.flow(headline.currency, days)


def check_balances(desk: Desk, entries: Entries, days: DateRange) -> None:
    """Compare every account at the ends of some months, and net worth with them."""
    with desk.books(read_only=True) as books:
        series = books.dashboard.net_worth(days, step="month").currencies[0]
        ends = [part.last for part in divided(days, Step.MONTH)]
        assert [point.day for point in series.points] == ends
        for point in series.points[:: max(1, len(ends) // 6)]:
            board = books.dashboard.accounts(as_of=point.day, limit=500)
            held = entries.balances(point.day)
            if not board.has_more:
                assert {one.name: one.balance.minor for one in board.accounts if one.balance} == held
            assert point.net in {worth.net for worth in board.totals}
            own = {one.name for one in board.accounts if one.balance.currency.code == series.currency}
            if not board.has_more:
                assert point.net.minor == sum(minor for name, minor in held.items() if name in own)


def check_categories(desk: Desk, entries: Entries, periods: list[DateRange]) -> None:
    """Compare what each category moved, and the largest single amount."""
    for days in periods:
        with desk.books(read_only=True) as books:
            shown = books.dashboard.categories(days)
            largest = books.dashboard.transactions(days, limit=1)
        found = {
            (one.currency, node.category_id): node.own.minor
            for one in shown.currencies
            for node in every((*one.income, *one.expenses))
            if node.own
        }
        moved = {(code, category): abs(int(minor)) for code, category, minor in raw_categories(entries, days) if minor}
        assert {key: abs(minor) for key, minor in found.items()} == moved
        (most,) = entries.rows(_LARGEST, *days)[0]
        assert max(abs(one.amount.minor) for one in largest.currencies[0].largest) == int(most)


def raw_categories(entries: Entries, days: DateRange) -> Iterable[tuple[str, Any, int]]:
    """Read what each category moved; SQLite gives ids as bytes."""
    for code, category, minor in entries.rows(_CATEGORIES, *days):
        yield code, category if isinstance(category, UUID) else UUID(bytes=category), minor


def every(nodes: Iterable[CategoryNode]) -> Iterable[CategoryNode]:
    """Go through a tree."""
    for node in nodes:
        yield node
        yield from every(node.children)

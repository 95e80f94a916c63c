"""The figures of dashboards, added up by hand from raw entries: no totals, no SQL that adds, no code of the library.

Slow and obvious, so that whoever reads it sees that it is right.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from stronghold_core.ledger.tables import account, category, entry

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from sqlalchemy import Engine


class Line(NamedTuple):
    """One entry, with what its account is."""

    transaction: UUID
    number: int
    account: UUID
    day: date
    minor: int


@dataclass(frozen=True)
class PlainBooks:
    """All of one tenant."""

    lines: list[Line]
    accounts: dict[UUID, Any]
    categories: dict[UUID, Any]

    @classmethod
    def of(cls, engine: Engine, tenant_id: UUID) -> PlainBooks:
        """Read the tenant's rows, past the library."""
        with engine.connect() as connection:

            def rows(table: Any, *columns: Any) -> Any:  # noqa: ANN401 - a table and its columns
                return connection.execute(select(*(columns or (table,))).where(table.c.tenant_id == tenant_id))

            place = entry.c.transaction_id, entry.c.line
            columns = *place, entry.c.account_id, entry.c.effective_date, entry.c.amount_minor
            return cls(
                lines=[Line(*row) for row in rows(entry, *columns)],
                accounts={row.id: row for row in rows(account)},
                categories={row.id: row for row in rows(category)},
            )

    # ------------------------------------------------------------------ balances

    def balances(self, *, on: date | None = None, of: Iterable[UUID] | None = None) -> dict[UUID, int]:
        """Add up what each asset and liability account holds."""
        chosen = None if of is None else set(of)
        sums = {
            key: 0
            for key, row in self.accounts.items()
            if row.type in {"asset", "liability"} and (chosen is None or key in chosen)
        }
        for line in self.lines:
            if line.account in sums and (on is None or line.day <= on):
                sums[line.account] += line.minor
        return sums

    def net_worth(self, *, on: date | None = None, of: Iterable[UUID] | None = None) -> dict[str, tuple[int, int, int]]:
        """Return assets, liabilities (what is owed: positive) and net worth, by currency."""
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for key, minor in self.balances(on=on, of=of).items():
            row = self.accounts[key]
            sums[row.currency][0 if row.type == "asset" else 1] += minor
        return {code: (assets, -owed, assets + owed) for code, (assets, owed) in sums.items()}

    def listed(self, *, on: date | None = None, of: Iterable[UUID] | None = None) -> list[tuple[str, int]]:
        """Return the names and balances of accounts that are open, or were not empty."""
        found = self.balances(on=on, of=of)
        shown = [
            (self.accounts[key].name, minor)
            for key, minor in found.items()
            if minor or self.accounts[key].status == "open"
        ]
        return sorted(shown)

    def liquid(self, code: str, *, on: date | None = None, of: Iterable[UUID] | None = None) -> int:
        """Return what checking and savings accounts and cash hold."""
        return sum(
            minor
            for key, minor in self.balances(on=on, of=of).items()
            if self.accounts[key].currency == code and self.accounts[key].subtype in {"checking", "savings", "cash"}
        )

    # ------------------------------------------------------------------ flows

    def moves(self, first: date, last: date, *, touching: Iterable[UUID] | None = None) -> list[Line]:
        """Return the entries on categories within the days, of transactions that touch one of some accounts."""
        chosen = None if touching is None else set(touching)
        touched = {line.transaction for line in self.lines if chosen is None or line.account in chosen}
        return [
            line
            for line in self.lines
            if first <= line.day <= last and line.transaction in touched and self.category_of(line) is not None
        ]

    def category_of(self, line: Line) -> Any:  # noqa: ANN401 - a row
        """Return the category of an entry, or none."""
        found = self.accounts[line.account].category_id
        return None if found is None else self.categories[found]

    def as_read(self, line: Line) -> int:
        """Return an entry's amount as people read it: income and spending are positive."""
        return line.minor if self.category_of(line).kind == "expense" else -line.minor

    def flow(self, code: str, first: date, last: date, *, touching: Iterable[UUID] | None = None) -> tuple[int, int]:
        """Return income and expenses."""
        sums = {"income": 0, "expense": 0}
        for line in self.moves(first, last, touching=touching):
            if self.accounts[line.account].currency == code:
                sums[self.category_of(line).kind] += self.as_read(line)
        return sums["income"], sums["expense"]

    def flow_by_category(
        self, first: date, last: date, *, touching: Iterable[UUID] | None = None
    ) -> dict[tuple[str, UUID], int]:
        """Return what each category itself moved, by currency."""
        sums: dict[tuple[str, UUID], int] = defaultdict(int)
        for line in self.moves(first, last, touching=touching):
            sums[self.accounts[line.account].currency, self.category_of(line).id] += self.as_read(line)
        return dict(sums)

    def below(self, category_id: UUID) -> set[UUID]:
        """Return a category and all below it."""
        found = {category_id}
        for _ in self.categories:
            found |= {row.id for row in self.categories.values() if row.parent_id in found}
        return found

    def largest(
        self, code: str, first: date, last: date, *, count: int, touching: Iterable[UUID] | None = None
    ) -> list[Line]:
        """Return the largest single entries on categories: of equal ones the latest, then those of the first id."""
        lines = [
            line for line in self.moves(first, last, touching=touching) if self.accounts[line.account].currency == code
        ]
        lines.sort(key=lambda line: (-abs(line.minor), -line.day.toordinal(), line.transaction, line.number))
        return lines[:count]


def share(part: int, whole: int) -> Fraction | None:
    """Return what share *part* is of *whole*."""
    return Fraction(part, whole) if whole > 0 else None


def each_part(first: date, last: date, step: str) -> list[tuple[date, date]]:
    """Divide days by going through them one by one."""
    parts: list[tuple[date, date]] = []
    day = first
    while day <= last:
        begins = step == "day" or (step == "week" and day.weekday() == 0) or (step == "month" and day.day == 1)
        if begins or not parts:
            parts.append((day, day))
        else:
            parts[-1] = parts[-1][0], day
        day += timedelta(days=1)
    return parts

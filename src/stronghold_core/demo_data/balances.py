"""What the accounts of a story hold while it is told, so that it asks nothing of them that the books would refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stronghold_core.demo_data.records import DemoRecord, DemoSplit

if TYPE_CHECKING:
    from stronghold_core.demo_data.records import DemoAccount, DemoEvent


class Balances:
    """Balances in minor units, signed as in the ledger: debit positive.

    >>> from datetime import date
    >>> from stronghold_core.demo_data.records import DemoAccount
    >>> balances = Balances()
    >>> balances.open(DemoAccount("Card", "liability", "credit_card", "EUR", date(2025, 1, 1), min_minor=-500_00))
    >>> balances.apply(DemoRecord(date(2025, 1, 2), "Card", -120_00, ("Food",), "Corner shop", "Bread"))
    >>> balances.owed("Card"), balances.headroom("Card")
    (12000, 38000)
    """

    def __init__(self) -> None:
        self._minor: dict[str, int] = {}
        self._low: dict[str, int | None] = {}

    def open(self, account: DemoAccount) -> None:
        """Begin with an account's opening balance."""
        self._minor[account.name] = account.opening_minor
        self._low[account.name] = account.min_minor

    def __getitem__(self, account: str) -> int:
        return self._minor[account]

    def owed(self, account: str) -> int:
        """Return what is owed on *account*: nothing if it holds something."""
        return max(0, -self._minor[account])

    def headroom(self, account: str) -> int:
        """Return what may still leave *account*; of one without a limit, what it holds."""
        return max(0, self._minor[account] - (self._low[account] or 0))

    def apply(self, event: DemoEvent) -> None:
        """Let *event* happen."""
        if isinstance(event, DemoRecord):
            self._minor[event.account] += event.minor
        elif isinstance(event, DemoSplit):
            self._minor[event.account] += event.minor
            for target, minor in event.parts:
                if isinstance(target, str):
                    self._minor[target] -= minor
        else:
            self._minor[event.from_account] -= event.minor
            self._minor[event.to_account] += event.minor if event.to_minor is None else event.to_minor

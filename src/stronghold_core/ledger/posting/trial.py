"""What the books would say of rows that touch one account, tried one after another without posting them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stronghold_core.errors import ZeroAmountError
from stronghold_core.ledger.posting.rules import Line, Standing, apply, check_date
from stronghold_core.money import minor_units

if TYPE_CHECKING:
    from datetime import date

    from stronghold_core.ledger.accounts.records import AccountFacts


class Trial:
    """An account as it would stand after the rows so far.

    Args:
        standing: The account as it stands now.
        today: The business date.
        days_ahead: How far ahead the tenant lets accounts without limits be dated.
    """

    def __init__(self, standing: Standing, *, today: date, days_ahead: int) -> None:
        self._standing = standing
        self._today = today
        self._days_ahead = 0 if standing.has_limits else days_ahead

    @property
    def account(self) -> AccountFacts:
        """What never changes of the account."""
        return self._standing.facts

    @property
    def name(self) -> str:
        """The account's name."""
        return self._standing.name

    def minor(self, amount: str) -> int:
        """Read an amount in the account's currency.

        Raises:
            AmountSyntaxError, LossyAmountError, AmountOverflowError: As their names say.
        """
        return minor_units(amount, self.account.currency)

    def post(self, amount_minor: int, *, on: date) -> None:
        """Let the account gain *amount_minor*, if it may.

        Raises:
            RuleError: As posting it would; then the account stands as before.
        """
        if amount_minor == 0:
            raise ZeroAmountError(field="entry 1")
        check_date(on, today=self._today, days_ahead=self._days_ahead)
        apply([Line(self.account, amount_minor)], {self.account.id: self._standing})

"""What dashboards work out from figures, without a database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stronghold_core.dashboards.records import CurrencySummary, Health, Trend
from stronghold_core.figures.rules import net_worth_of, ratio, share_of, sides_of
from stronghold_core.money import Money
from stronghold_core.periods import DateRange, add_months

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from stronghold_core.figures import Flow

LIQUID: Final = frozenset({("asset", "checking"), ("asset", "savings"), ("asset", "cash")})
"""The accounts, by type and subtype, whose money can be spent at once."""

MONTHS_OF_EXPENSES: Final = 3
"""Over how many whole months monthly expenses are the mean."""


def base_first(codes: Iterable[str], base: str) -> list[str]:
    """Put currencies into the order in which they are shown; the base currency is always among them.

    >>> base_first({"CHF", "USD", "EUR"}, "USD"), base_first([], "USD")
    (['USD', 'CHF', 'EUR'], ['USD'])
    """
    return sorted({base, *codes}, key=lambda code: (code != base, code))


def months_before(day: date) -> DateRange:
    """Return the whole months over which monthly expenses are the mean.

    >>> months_before(DateRange("2026-11-21", "2026-11-21").first)
    DateRange(first=datetime.date(2026, 8, 1), last=datetime.date(2026, 10, 31))
    """
    month = day.replace(day=1)
    return DateRange(add_months(month, -MONTHS_OF_EXPENSES), month.fromordinal(month.toordinal() - 1))


def trend(now: Money, before: Money) -> Trend:
    """Compare an amount with what it was.

    >>> trend(Money.of("12.00", "EUR"), Money.of("10.00", "EUR")).change
    Decimal('0.2000')
    """
    return Trend(now=now, before=before, difference=now - before, change=share_of(now - before, before))


def summary_of(
    code: str,
    *,
    balances: Mapping[tuple[str, str], int],
    balances_before: Mapping[tuple[str, str], int],
    flow: Flow,
    flow_before: Flow,
    expenses: Money,
) -> CurrencySummary:
    """Put the headline figures of one currency together.

    Args:
        code: The currency.
        balances: What the accounts hold, in minor units, by type and subtype.
        balances_before: The same on the day before the period.
        flow: What came and went within the period.
        flow_before: The same of the period before.
        expenses: What was spent in the months over which monthly expenses are the mean.
    """
    worth, worth_before = net_worth_of(code, sides_of(balances)), net_worth_of(code, sides_of(balances_before))
    liquid = Money(sum(minor for key, minor in balances.items() if key in LIQUID), code)
    return CurrencySummary(
        currency=code,
        assets=worth.assets,
        liabilities=worth.liabilities,
        net_worth=trend(worth.net, worth_before.net),
        income=trend(flow.income, flow_before.income),
        expenses=trend(flow.expenses, flow_before.expenses),
        savings=trend(flow.savings, flow_before.savings),
        health=Health(
            savings_rate=share_of(flow.savings, flow.income),
            liquid=liquid,
            monthly_expenses=Money(expenses.minor // MONTHS_OF_EXPENSES, code),
            months_covered=ratio(liquid.minor * MONTHS_OF_EXPENSES, expenses.minor, decimals=2),
            debt_to_assets=share_of(worth.liabilities, worth.assets),
        ),
    )

"""The reads of the dashboard: `books.dashboard`."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING

from stronghold_core.clock import today
from stronghold_core.dashboards.records import CurrencyOverview, Overview
from stronghold_core.figures import CategoryFlow, MonthFlow, NetWorth, cash_flow, category_flows, net_worth
from stronghold_core.ledger import CategoryKind, latest_transactions, list_open_accounts
from stronghold_core.money import Money
from stronghold_core.periods import DateRange, add_months, checked_period, month_of, months_between
from stronghold_core.permissions import Permission

if TYPE_CHECKING:
    from stronghold_core.db import Unit
    from stronghold_core.tenancy import TenantRecord

_MONTHS_SHOWN = 12
_LATEST = 5
_ACCOUNTS = 100
_RATE = Decimal("0.0001")
_EXACT_ENOUGH = Context(prec=40, rounding=ROUND_HALF_EVEN)
"""Our own, so that a host's decimal context changes no figure."""


class Dashboard:
    """The figures people look at every day; a handful of statements, however many transactions there are."""

    def __init__(self, unit: Unit, tenant: TenantRecord) -> None:
        self._unit = unit
        self._tenant = tenant

    def overview(self, period: DateRange | None = None) -> Overview:
        """Answer how the tenant stands now, and what came and went within *period*.

        Args:
            period: Any range of days; the current month in the tenant's time zone if left out.
        """
        with self._unit.reading(Permission.DASHBOARD_READ):
            shown = month_of(today(self._unit.clock, self._tenant.zone)) if period is None else checked_period(period)
            return Overview(
                tenant_id=self._tenant.id,
                tenant_name=self._tenant.name,
                computed_at=self._unit.clock.now(),
                first=shown.first,
                last=shown.last,
                currencies=tuple(self._currencies(shown)),
                accounts=list_open_accounts(self._unit, count=_ACCOUNTS),
                latest=latest_transactions(self._unit, count=_LATEST),
            )

    def _currencies(self, period: DateRange) -> list[CurrencyOverview]:
        worth = {one.net.currency.code: one for one in net_worth(self._unit)}
        flows = category_flows(self._unit, period)
        year = DateRange(add_months(period.last.replace(day=1), 1 - _MONTHS_SHOWN), period.last)
        months = cash_flow(self._unit, year)
        codes = {*worth, *months, *(flow.amount.currency.code for flow in flows), self._tenant.base_currency}
        base_first = sorted(codes, key=lambda code: (code != self._tenant.base_currency, code))
        return [
            _overview(code, worth.get(code), flows, months.get(code) or _no_flow(code, year)) for code in base_first
        ]


def _overview(
    code: str, worth: NetWorth | None, flows: list[CategoryFlow], months: list[MonthFlow]
) -> CurrencyOverview:
    mine = [flow for flow in flows if flow.amount.currency.code == code]
    income, expenses = _total(mine, CategoryKind.INCOME, code), _total(mine, CategoryKind.EXPENSE, code)
    nothing = Money(0, code)
    return CurrencyOverview(
        currency=code,
        net_worth=worth or NetWorth(assets=nothing, liabilities=nothing, net=nothing),
        income=income,
        expenses=expenses,
        savings=income - expenses,
        savings_rate=savings_rate(income, expenses),
        categories=tuple(mine),
        cash_flow=tuple(months),
    )


def _no_flow(code: str, months: DateRange) -> list[MonthFlow]:
    nothing = Money(0, code)
    return [MonthFlow(month=month, income=nothing, expenses=nothing) for month in months_between(*months)]


def savings_rate(income: Money, expenses: Money) -> Decimal | None:
    """Return what share of the income was not spent, to four decimals.

    >>> savings_rate(Money.of("3000.00", "EUR"), Money.of("2000.00", "EUR"))
    Decimal('0.3333')
    """
    if income.minor <= 0:
        return None
    share = _EXACT_ENOUGH.divide(Decimal(income.minor - expenses.minor), Decimal(income.minor))
    return share.quantize(_RATE, context=_EXACT_ENOUGH)


def _total(flows: list[CategoryFlow], kind: CategoryKind, code: str) -> Money:
    return Money(sum(flow.amount.minor for flow in flows if flow.kind is kind), code)

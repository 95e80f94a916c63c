"""The reads of the dashboard: `books.dashboard`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar, cast

from stronghold_core.clock import today
from stronghold_core.dashboards import queries
from stronghold_core.dashboards.cache import fingerprint_of, fingerprint_of_contents
from stronghold_core.dashboards.queries import LISTED, MONTHS_SHOWN, View
from stronghold_core.dashboards.records import (
    AccountBoard,
    Answer,
    BudgetBoard,
    CashFlow,
    CategoryBreakdown,
    NetWorthSeries,
    Overview,
    Summary,
    TransactionBoard,
)
from stronghold_core.errors import InvalidInputError, NotFoundError
from stronghold_core.ids import AccountId, parse_ids
from stronghold_core.ledger import chained_among, load_chained
from stronghold_core.pagination import checked_limit
from stronghold_core.periods import (
    FIRST_DAY,
    LAST_DAY,
    DateRange,
    add_months,
    checked_period,
    checked_step,
    month_of,
    optional_day,
)
from stronghold_core.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from stronghold_core.context import Reach
    from stronghold_core.dashboards.cache import AnswerCache
    from stronghold_core.dashboards.queries import Fields
    from stronghold_core.db import Unit
    from stronghold_core.ids import AnId
    from stronghold_core.periods import ADay
    from stronghold_core.tenancy import CurrentTenant

AnyAnswer = TypeVar("AnyAnswer", bound=Answer)

MAX_ACCOUNTS_CHOSEN: Final = 1_000
"""Of how many accounts figures can be asked at once."""


class Dashboard:
    """The figures people look at every day: from balances and totals, so at a cost that depends on accounts and months.

    Only what some accounts alone earned and spent is read from entries; and the largest movements, from those of the
    few days that may hold them.

    The reads share their arguments:

    * ``period``: any range of days; the current month in the tenant's time zone if left out.
    * ``accounts``: the ids of asset and liability accounts. Balances are then theirs alone; income, expenses,
      categories and movements are those of the transactions that touch one of them. These are read from entries, so
      they cost as much as those accounts have entries in the period.
    * ``as_of``: the day at whose end balances are shown, by business date and by what is known now; everything that is
      booked if left out.

    In a unit that only reads, an answer that was given before and still holds is given again; but not to readers of
    single accounts.

    All raise NotFoundError for an account that is not there, and InvalidInputError for what can't be meant.
    """

    def __init__(self, unit: Unit, tenant: CurrentTenant, cache: AnswerCache) -> None:
        self._unit = unit
        self._tenant = tenant
        self._cache = cache

    # ------------------------------------------------------------------ the pages

    def overview(
        self, period: DateRange | None = None, *, accounts: Iterable[AnId] | None = None, as_of: ADay | None = None
    ) -> Overview:
        """Answer how the tenant stands, and what came and went within *period*."""
        with self._unit.reading_accounts(Permission.DASHBOARD_READ) as reach:
            return self._answer(Overview, self._view(reach, period, accounts, as_of=as_of), queries.overview)

    def summary(
        self, period: DateRange | None = None, *, accounts: Iterable[AnId] | None = None, as_of: ADay | None = None
    ) -> Summary:
        """Answer with the headline figures, each beside the period before, and how soundly the tenant stands.

        Balances are those at the end of *as_of*, or else of *period*; until that is over, all that is booked counts.
        """
        with self._unit.reading_accounts(Permission.DASHBOARD_READ) as reach:
            return self._answer(Summary, self._view(reach, period, accounts, as_of=as_of), queries.summary)

    # ------------------------------------------------------------------ its parts

    def accounts(
        self, *, accounts: Iterable[AnId] | None = None, as_of: ADay | None = None, limit: int = LISTED
    ) -> AccountBoard:
        """Answer what each account holds, and all of them together; *limit* of them are listed, by name."""
        with self._unit.reading_accounts(Permission.DASHBOARD_READ) as reach:
            view = self._view(reach, None, accounts, as_of=as_of, limit=limit)
            return self._answer(AccountBoard, view, queries.accounts)

    def transactions(
        self, period: DateRange | None = None, *, accounts: Iterable[AnId] | None = None, limit: int = 10
    ) -> TransactionBoard:
        """Answer with the *limit* largest movements within *period*, per currency, and the latest transactions."""
        with self._unit.reading_accounts(Permission.DASHBOARD_READ) as reach:
            view = self._view(reach, period, accounts, limit=limit)
            return self._answer(TransactionBoard, view, queries.transactions)

    def budgets(self, period: DateRange | None = None) -> BudgetBoard:
        """Answer how the budgets stand: there are none yet."""
        with self._unit.reading_accounts(Permission.DASHBOARD_READ) as reach:
            return self._answer(BudgetBoard, self._view(reach, period, None), queries.budgets)

    def cash_flow(
        self, period: DateRange | None = None, *, step: str = "month", accounts: Iterable[AnId] | None = None
    ) -> CashFlow:
        """Answer what came in and was spent day by day, week by week or month by month.

        Args:
            period: Any range of days; the last twelve months up to today if left out.
            step: ``day``, ``week`` (Monday to Sunday) or ``month``; the parts at both ends may be cut off.
            accounts: Only of transactions that touch one of these.

        Raises:
            InvalidInputError: If the period has more than a thousand parts.
        """
        with self._unit.reading_accounts(Permission.DASHBOARD_READ) as reach:
            view = self._view(reach, period or self._last_months(), accounts, step=step)
            return self._answer(CashFlow, view, queries.cash_flow)

    def net_worth(
        self, period: DateRange | None = None, *, step: str = "month", accounts: Iterable[AnId] | None = None
    ) -> NetWorthSeries:
        """Answer what was owned and owed at the end of each day, week or month.

        Args:
            period: Any range of days; the last twelve months up to today if left out.
            step: ``day``, ``week`` (Monday to Sunday) or ``month``; the last part may be cut off.
            accounts: Of these alone.

        Raises:
            InvalidInputError: If the period has more than a thousand parts.
        """
        with self._unit.reading_accounts(Permission.DASHBOARD_READ) as reach:
            view = self._view(reach, period or self._last_months(), accounts, step=step)
            return self._answer(NetWorthSeries, view, queries.net_worth_over_time)

    def categories(
        self, period: DateRange | None = None, *, accounts: Iterable[AnId] | None = None
    ) -> CategoryBreakdown:
        """Answer what money came in and went out for within *period*, each category with those below it."""
        with self._unit.reading_accounts(Permission.DASHBOARD_READ) as reach:
            return self._answer(CategoryBreakdown, self._view(reach, period, accounts), queries.categories)

    # ------------------------------------------------------------------ answering

    def _answer(self, kind: type[AnyAnswer], view: View, work_out: Callable[[Unit, View], Fields]) -> AnyAnswer:
        """Give the answer that is kept, or work it out.

        Only a snapshot of what is committed may be kept: what a unit has written, or its host has, may be rolled back.
        Of some accounts alone nothing is kept: that an answer holds no more would tell of the others.
        """
        if not self._unit.has_snapshot:
            return self._worked_out(kind, view, work_out)
        if view.within.accounts is not None:
            answer = self._worked_out(kind, view, work_out)
            return answer.model_copy(update={"fingerprint": fingerprint_of_contents(answer)})
        fingerprint = fingerprint_of(self._unit, self._tenant.record, (kind.__name__, *view))
        if (kept := self._cache.find(fingerprint)) is not None:
            return cast("AnyAnswer", kept)
        answer = self._worked_out(kind, view, work_out, fingerprint=fingerprint)
        self._cache.keep(fingerprint, answer)
        return answer

    def _worked_out(
        self,
        kind: type[AnyAnswer],
        view: View,
        work_out: Callable[[Unit, View], Fields],
        *,
        fingerprint: str | None = None,
    ) -> AnyAnswer:
        return kind(
            tenant_id=self._tenant.record.id,
            tenant_name=self._tenant.record.name,
            computed_at=self._unit.clock.now(),
            fingerprint=fingerprint,
            **work_out(self._unit, view),
        )

    def _view(
        self,
        reach: Reach,
        period: DateRange | None,
        accounts: Iterable[AnId] | None,
        *,
        as_of: ADay | None = None,
        step: str = "month",
        limit: int = LISTED,
    ) -> View:
        day, now = _checked_as_of(as_of), self._today()
        return View(
            period=month_of(day or now) if period is None else checked_period(period),
            accounts=self._chosen(accounts, reach),
            as_of=day,
            step=checked_step(step),
            limit=checked_limit(limit),
            base_currency=self._tenant.record.base_currency,
            today=now,
            within=reach,
        )

    def _chosen(self, accounts: Iterable[AnId] | None, reach: Reach) -> tuple[AccountId, ...] | None:
        """Return the accounts to look at, none for all: those that were asked for, or else all that may be seen."""
        if accounts is None:
            return None if reach.accounts is None else chained_among(self._unit, reach.accounts)
        chosen = parse_ids(accounts, field="accounts", limit=MAX_ACCOUNTS_CHOSEN)
        for account in chosen:
            # Before anything is read of it: not even its type is for everybody.
            if not reach.covers(AccountId(account)):
                raise NotFoundError(kind="account", key=account)
        return load_chained(self._unit, chosen)

    def _last_months(self) -> DateRange:
        now = self._today()
        return DateRange(add_months(now.replace(day=1), 1 - MONTHS_SHOWN), now)

    def _today(self) -> date:
        return today(self._unit.clock, self._tenant.record.zone)


def _checked_as_of(as_of: ADay | None) -> date | None:
    """Return the day at whose end balances are shown, if books reach there."""
    day = optional_day(as_of, field="as_of")
    if day is not None and not FIRST_DAY <= day <= LAST_DAY:
        raise InvalidInputError(field="as_of", reason=f"it is not between {FIRST_DAY} and {LAST_DAY}.")
    return day

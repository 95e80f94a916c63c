"""``/financial/dashboard``: the figures people look at every day, as JSON or CSV, with a tag for each answer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from stronghold_core import (
    AccountBoard,
    BudgetBoard,
    CashFlow,
    CategoryBreakdown,
    NetWorthSeries,
    Overview,
    Step,
    Summary,
    TransactionBoard,
)
from stronghold_fastapi.access import AccessDep, BooksEntrance
from stronghold_fastapi.answers import AS_TABLE, answer_of
from stronghold_fastapi.bodies import AccountSet, AsOf, Limit, Period

router = APIRouter(prefix="/financial/dashboard", tags=["dashboard"], route_class=BooksEntrance, responses=AS_TABLE)

Parts = Annotated[Step, Query(description="What the period is divided into.")]


@router.get("", response_model=Overview)
def show_overview(
    request: Request, access: AccessDep, period: Period, accounts: AccountSet = None, as_of: AsOf = None
) -> Response:
    """Answer how the tenant stands, and what came and went within the period."""
    return answer_of(
        request, access.read(lambda books: books.dashboard.overview(period, accounts=accounts, as_of=as_of))
    )


@router.get("/summary", response_model=Summary)
def show_summary(
    request: Request, access: AccessDep, period: Period, accounts: AccountSet = None, as_of: AsOf = None
) -> Response:
    """Answer with the headline figures, each beside the period before, and with financial health."""
    return answer_of(
        request, access.read(lambda books: books.dashboard.summary(period, accounts=accounts, as_of=as_of))
    )


@router.get("/accounts", response_model=AccountBoard)
def show_accounts(
    request: Request, access: AccessDep, accounts: AccountSet = None, as_of: AsOf = None, limit: Limit = 100
) -> Response:
    """Answer what each account holds, and all of them together."""
    return answer_of(
        request, access.read(lambda books: books.dashboard.accounts(accounts=accounts, as_of=as_of, limit=limit))
    )


@router.get("/transactions", response_model=TransactionBoard)
def show_transactions(
    request: Request, access: AccessDep, period: Period, accounts: AccountSet = None, limit: Limit = 10
) -> Response:
    """Answer what moved most within the period, and what moved last."""
    return answer_of(
        request, access.read(lambda books: books.dashboard.transactions(period, accounts=accounts, limit=limit))
    )


@router.get("/budgets", response_model=BudgetBoard)
def show_budgets(request: Request, access: AccessDep, period: Period) -> Response:
    """Answer how the budgets stand."""
    return answer_of(request, access.read(lambda books: books.dashboard.budgets(period)))


@router.get("/cash-flow", response_model=CashFlow)
def show_cash_flow(
    request: Request, access: AccessDep, period: Period, accounts: AccountSet = None, step: Parts = Step.MONTH
) -> Response:
    """Answer what came in and went out, part by part of the period."""
    return answer_of(
        request, access.read(lambda books: books.dashboard.cash_flow(period, step=step, accounts=accounts))
    )


@router.get("/net-worth", response_model=NetWorthSeries)
def show_net_worth(
    request: Request, access: AccessDep, period: Period, accounts: AccountSet = None, step: Parts = Step.MONTH
) -> Response:
    """Answer what was owned and owed at the end of each part of the period."""
    return answer_of(
        request, access.read(lambda books: books.dashboard.net_worth(period, step=step, accounts=accounts))
    )


@router.get("/categories", response_model=CategoryBreakdown)
def show_categories(request: Request, access: AccessDep, period: Period, accounts: AccountSet = None) -> Response:
    """Answer what money came in and went out for, each category with those below it."""
    return answer_of(request, access.read(lambda books: books.dashboard.categories(period, accounts=accounts)))

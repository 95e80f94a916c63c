"""``/api/v1/accounts``: what holds the tenant's money."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from stronghold_core import AccountRecord, AccountStatus, AccountType, HistoryRow, Page
from stronghold_fastapi.access import AccessDep, BooksEntrance
from stronghold_fastapi.answers import link_next
from stronghold_fastapi.bodies import AccountBody, After, First, Last, Limit, NameBody
from stronghold_fastapi.problems import problem_responses

router = APIRouter(prefix="/api/v1/accounts", tags=["accounts"], route_class=BooksEntrance)
WRITES = problem_responses(400, 403, 409, 413, 415)


@router.get("")
def list_accounts(
    request: Request,
    response: Response,
    access: AccessDep,
    text: Annotated[str | None, Query(description="Found in the name or the external reference.")] = None,
    type: Annotated[AccountType | None, Query()] = None,  # noqa: A002 - the bookkeeper's word
    subtype: str | None = None,
    currency: str | None = None,
    status: AccountStatus | None = AccountStatus.OPEN,
    limit: Limit = 50,
    after: After = None,
) -> Page[AccountRecord]:
    """List accounts, by name."""
    page = access.read(
        lambda books: books.accounts.list(
            text=text, type=type, subtype=subtype, currency=currency, status=status, limit=limit, after=after
        )
    )
    link_next(request, response, page)
    return page


@router.post("", status_code=201, responses=WRITES)
def open_account(access: AccessDep, body: AccountBody) -> AccountRecord:
    """Open an account."""
    return access.run(lambda books: books.accounts.open(**body.given()))


@router.get("/{account_id}")
def get_account(access: AccessDep, account_id: UUID) -> AccountRecord:
    """Return one account."""
    return access.read(lambda books: books.accounts.get(account_id))


@router.patch("/{account_id}", responses=WRITES)
def rename_account(access: AccessDep, account_id: UUID, body: NameBody) -> AccountRecord:
    """Give an account another name."""
    return access.run(lambda books: books.accounts.rename(account_id, name=body.name))


@router.post("/{account_id}/close", responses=WRITES)
def close_account(access: AccessDep, account_id: UUID) -> AccountRecord:
    """Close an account that holds nothing."""
    return access.run(lambda books: books.accounts.close(account_id))


@router.post("/{account_id}/reopen", responses=WRITES)
def reopen_account(access: AccessDep, account_id: UUID) -> AccountRecord:
    """Open a closed account again."""
    return access.run(lambda books: books.accounts.reopen(account_id))


@router.get("/{account_id}/history")
def list_history(
    request: Request,
    response: Response,
    access: AccessDep,
    account_id: UUID,
    first: First = None,
    last: Last = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[HistoryRow]:
    """List what moved an account, with its balance after each."""
    page = access.read(
        lambda books: books.accounts.history(account_id, first=first, last=last, limit=limit, after=after)
    )
    link_next(request, response, page)
    return page

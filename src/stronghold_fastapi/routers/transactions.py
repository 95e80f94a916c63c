"""``/api/v1/transactions``: what moved the tenant's money."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from stronghold_core import Page, Part, TransactionRecord
from stronghold_fastapi.access import AccessDep, BooksEntrance
from stronghold_fastapi.answers import link_next, mark_replay
from stronghold_fastapi.bodies import (
    After,
    CategoryOfBody,
    First,
    IdempotencyKey,
    Last,
    Limit,
    RecordBody,
    ReversalBody,
    SplitBody,
    WordsBody,
)
from stronghold_fastapi.problems import problem_responses

router = APIRouter(prefix="/api/v1/transactions", tags=["transactions"], route_class=BooksEntrance)
WRITES = problem_responses(400, 403, 409, 413, 415)

Amount = Annotated[str | None, Query(pattern=r"^\d{1,19}(\.\d{1,12})?$", examples=["12.30"])]


@router.get("")
def list_transactions(
    request: Request,
    response: Response,
    access: AccessDep,
    text: Annotated[str | None, Query(description="Found in description, payee, note or reference.")] = None,
    first: First = None,
    last: Last = None,
    account: UUID | None = None,
    category: UUID | None = None,
    min_amount: Amount = None,
    max_amount: Amount = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[TransactionRecord]:
    """List transactions, the latest first; every condition that is given holds."""
    page = access.read(
        lambda books: books.transactions.list(
            text=text,
            first=first,
            last=last,
            account=account,
            category=category,
            min_amount=min_amount,
            max_amount=max_amount,
            limit=limit,
            after=after,
        )
    )
    link_next(request, response, page)
    return page


@router.post("", status_code=201, responses=WRITES)
def record_transaction(
    response: Response, access: AccessDep, body: RecordBody, key: IdempotencyKey = None
) -> TransactionRecord:
    """Record money that came to an account, or left it."""
    posted = access.run(lambda books: books.transactions.record(**body.given(), idempotency_key=key))
    return mark_replay(response, posted)


@router.post("/split", status_code=201, responses=WRITES)
def split_transaction(
    response: Response, access: AccessDep, body: SplitBody, key: IdempotencyKey = None
) -> TransactionRecord:
    """Record money that came or went for several categories and accounts."""
    given: dict[str, Any] = body.given() | {"parts": [Part(**part.given()) for part in body.parts]}
    posted = access.run(lambda books: books.transactions.split(**given, idempotency_key=key))
    return mark_replay(response, posted)


@router.get("/{transaction_id}")
def get_transaction(access: AccessDep, transaction_id: UUID) -> TransactionRecord:
    """Return one transaction with its entries."""
    return access.read(lambda books: books.transactions.get(transaction_id))


@router.patch("/{transaction_id}", responses=WRITES)
def edit_transaction(access: AccessDep, transaction_id: UUID, body: WordsBody) -> TransactionRecord:
    """Change the words of a transaction; its money can't be changed."""
    return access.run(lambda books: books.transactions.edit(transaction_id, **body.given()))


@router.post("/{transaction_id}/reverse", status_code=201, responses=WRITES)
def reverse_transaction(
    response: Response, access: AccessDep, transaction_id: UUID, body: ReversalBody, key: IdempotencyKey = None
) -> TransactionRecord:
    """Take a transaction back by posting its opposite; the original stays."""
    posted = access.run(lambda books: books.transactions.reverse(transaction_id, **body.given(), idempotency_key=key))
    return mark_replay(response, posted)


@router.post("/{transaction_id}/recategorise", responses=WRITES)
def recategorise_transaction(access: AccessDep, transaction_id: UUID, body: CategoryOfBody) -> TransactionRecord:
    """Move a transaction from one category to another."""
    return access.run(lambda books: books.transactions.recategorise(transaction_id, **body.given()))

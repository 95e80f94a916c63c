"""``/api/v1/transfers``: money that moves between two accounts of the tenant."""

from __future__ import annotations

from fastapi import APIRouter, Response

from stronghold_core import TransactionRecord
from stronghold_fastapi.access import AccessDep, BooksEntrance
from stronghold_fastapi.answers import mark_replay
from stronghold_fastapi.bodies import IdempotencyKey, TransferBody
from stronghold_fastapi.problems import problem_responses

router = APIRouter(prefix="/api/v1/transfers", tags=["transfers"], route_class=BooksEntrance)


@router.post("", status_code=201, responses=problem_responses(400, 403, 409, 413, 415))
def transfer(
    response: Response, access: AccessDep, body: TransferBody, key: IdempotencyKey = None
) -> TransactionRecord:
    """Move money between two accounts; neither income nor expense."""
    posted = access.run(lambda books: books.transactions.transfer(**body.given(), idempotency_key=key))
    return mark_replay(response, posted)

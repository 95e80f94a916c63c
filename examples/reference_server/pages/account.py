"""One account: what it holds, and every entry with the balance after it."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from fastapi import APIRouter, Response

from examples.reference_server.desk import ASeat
from examples.reference_server.pages.asked import IsPart
from stronghold_core import AccountRecord, Books, HistoryRow, Page

router = APIRouter(prefix="/t/{tenant:uuid}/accounts")

_ON_A_PAGE = 40


class _Account(NamedTuple):
    account: AccountRecord
    history: Page[HistoryRow]


@router.get("/{account:uuid}")
def show(seat: ASeat, account: UUID, *, is_part: IsPart, after: str = "") -> Response:
    """Show an account; to htmx only further entries."""

    def look(books: Books) -> _Account:
        history = books.accounts.history(account, limit=_ON_A_PAGE, after=after or None)
        return _Account(books.accounts.get(account), history)

    found = seat.read(look)
    template = "_entries.html" if is_part else "account.html"
    answer = seat.page(
        template, account=found.account, history=found.history, is_continued=bool(after), here="dashboard"
    )
    answer.headers["Vary"] = "HX-Request"
    return answer

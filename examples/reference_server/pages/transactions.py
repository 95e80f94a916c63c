"""Transactions: a list to search in, and each by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse

from examples.reference_server.desk import ASeat, Seat
from examples.reference_server.lines import Line, Names, line_of
from examples.reference_server.pages.asked import AskedDays, IsPart, SomeDays
from examples.reference_server.ranges import PRESETS, Days
from stronghold_core import AccountRecord, Books, CategoryId, CategoryRecord, TransactionRecord

router = APIRouter(prefix="/t/{tenant:uuid}/transactions")

_ON_A_PAGE = 40


@dataclass(frozen=True, slots=True)
class Asked:
    """Which transactions somebody looks for."""

    days: AskedDays
    text: str
    category: str
    account: str
    after: str


def asked_for(days: SomeDays, *, text: str = "", category: str = "", account: str = "", after: str = "") -> Asked:
    """Read what the address says."""
    return Asked(days, text.strip(), category, account, after)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a list."""

    asked: Asked
    days: Days | None
    lines: tuple[Line, ...]
    next_cursor: str | None
    category: CategoryRecord | None
    category_path: str
    account: AccountRecord | None
    accounts: tuple[AccountRecord, ...]
    categories: list[tuple[CategoryId, str]]
    """All of them, by path."""

    @property
    def query(self) -> dict[str, object]:
        """How a link asks for the same again."""
        asked = self.asked
        days: dict[str, str] = {} if self.days is None else self.days.query
        return {**days, "text": asked.text, "category": asked.category, "account": asked.account}

    @property
    def heading(self) -> str:
        """What the list is of."""
        return self.category_path or ("Transactions" if self.account is None else self.account.name)

    @property
    def is_continued(self) -> bool:
        """Whether this is not the beginning of the list."""
        return bool(self.asked.after)


@router.get("")
def list_all(seat: ASeat, asked: Annotated[Asked, Depends(asked_for)], *, is_part: IsPart) -> Response:
    """List transactions; to htmx only the rows, to go below those that are there or in their place."""
    found = seat.read(lambda books: find(books, seat, asked))
    template = "transactions.html"
    if is_part:
        template = "_rows.html" if found.is_continued else "_search.html"
    answer = seat.page(template, found=found, presets=PRESETS, is_part=is_part, here="transactions")
    answer.headers["Vary"] = "HX-Request"
    return answer


@router.get("/{transaction:uuid}")
def show(seat: ASeat, transaction: UUID) -> HTMLResponse:
    """Show one transaction with its entries."""

    def look(books: Books) -> tuple[TransactionRecord, Names]:
        one = books.transactions.get(transaction)
        return one, Names(books, [one])

    one, names = seat.read(look)
    return seat.page("transaction.html", one=one, line=line_of(one, names), names=names, here="transactions")


def find(books: Books, seat: Seat, asked: Asked) -> Found:
    """Look for transactions, and for the names of what they touched.

    Raises:
        NotFoundError: If there is no such category or account.
        InvalidInputError: If what was asked can't be meant.
    """
    days = asked.days.within(books, seat) if any(asked.days) else None
    period = None if days is None else days.period
    category = books.categories.get(asked.category) if asked.category else None
    account = books.accounts.get(asked.account) if asked.account else None
    account_id = None if account is None else account.id
    page = books.transactions.list(
        text=asked.text or None,
        first=None if period is None else period.first,
        last=None if period is None else period.last,
        category=None if category is None else category.id,
        account=account_id,
        limit=_ON_A_PAGE,
        after=asked.after or None,
    )
    names = Names(books, page)
    return Found(
        asked=asked,
        days=days,
        lines=tuple(line_of(one, names, account_id) for one in page),
        next_cursor=page.next_cursor,
        category=category,
        category_path="" if category is None else names.categories[category.id],
        account=account,
        accounts=books.accounts.list(status=None, limit=500).items,
        categories=sorted(names.categories.items(), key=lambda named: named[1]),
    )

"""How PostgreSQL goes about a page of transactions: by what it did."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from stronghold_core import ManualClock, Record, Stronghold
from tests.support.ledger import TODAY
from tests.support.plans import explaining, gather_statistics
from tests.support.stronghold import ADA, NOW

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from stronghold_core import Books

pytestmark = pytest.mark.postgres

DAYS: Final = 300
A_DAY: Final = 3
PAGE: Final = 5
MOST: Final = 10 * PAGE
"""More rows than a page and the rest of its last day have, and far fewer than there are."""


def post_each_day(books: Books) -> None:
    """Post some transactions every day."""
    bank = books.accounts.open(name="Bank", type="asset").id
    days = (TODAY - timedelta(days=number % DAYS) for number in range(DAYS * A_DAY))
    books.transactions.post_many([Record(account=bank, amount="-1.00", on=day) for day in days])


def test_a_page_takes_the_rows_of_its_days(superuser_engine: Engine) -> None:
    """By the index of days, although nobody asks for any: the first page, and the next."""
    with closing(Stronghold(superuser_engine, clock=ManualClock(NOW))) as stronghold:
        tenant = stronghold.tenants.create(kind="user", name="Ada", base_currency="USD", owner=ADA)
        stronghold.run(tenant.id, principal=ADA, do=post_each_day)
        gather_statistics(superuser_engine)
        with stronghold.books(tenant.id, principal=ADA, read_only=True) as books, explaining(superuser_engine) as found:
            first = books.transactions.list(limit=PAGE)
            books.transactions.list(limit=PAGE, after=first.next_cursor)
    assert sum("ORDER BY stronghold_transaction.effective_date DESC" in one.statement for one in found) == 2
    assert [one for one in found if one.rows > MOST] == []

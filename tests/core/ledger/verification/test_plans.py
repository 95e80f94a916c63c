"""Verification takes each row a few times, however many there are: what PostgreSQL does for its rules shows it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

import pytest
from sqlalchemy import text

from stronghold_core import ManualClock, Record, Stronghold
from tests.support.ledger import TODAY
from tests.support.plans import explaining, gather_statistics
from tests.support.stronghold import ADA, NOW, Desk

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy import Engine

    from stronghold_core import Books

pytestmark = pytest.mark.postgres

SINGLE: Final = 200
BATCHED: Final = 300
MOST: Final = 3
"""How often a step of a plan may take each row of the books; a join of all with all takes them hundreds of times."""


@pytest.fixture(params=["known", "newer than the statistics"])
def acme(request: pytest.FixtureRequest, superuser_engine: Engine) -> Generator[Desk]:
    """Keep much larger books than the neighbours', with some of everything that rules look at.

    PostgreSQL takes a tenant whom it has not met when it gathered statistics for one without any rows.
    """
    with closing(Stronghold(superuser_engine, clock=ManualClock(NOW))) as stronghold:
        for name in ("Small Ltd", "Smaller Ltd"):
            neighbour = stronghold.tenants.create(kind="organization", name=name, base_currency="USD", owner=ADA)
            stronghold.run(neighbour.id, principal=ADA, do=lambda books: post(books, single=10, batched=5))
        if request.param == "newer than the statistics":
            gather_statistics(superuser_engine)
        tenant = stronghold.tenants.create(kind="organization", name="Acme Ltd", base_currency="USD", owner=ADA)
        stronghold.run(tenant.id, principal=ADA, do=lambda books: post(books, single=SINGLE, batched=BATCHED))
        if request.param == "known":
            gather_statistics(superuser_engine)
        yield Desk(stronghold, tenant, ADA)


def post(books: Books, *, single: int, batched: int) -> None:
    """Post one by one and in a batch, on several accounts, and correct some of it."""
    banks = [books.accounts.open(name=f"Bank {n}", type="asset", opening_balance="100.00") for n in range(10)]
    food, rent = (books.categories.create(name=name, kind="expense") for name in ("Food", "Rent"))
    for n in range(single):
        paid = books.transactions.record(account=banks[n % 10].id, amount="-1.00", category=food.id)
        if n % 5 == 0:
            books.transactions.reverse(paid.id, on=TODAY)
        if n % 5 == 1:
            books.transactions.recategorise(paid.id, category=rent.id)
        if n % 5 == 2:
            books.transactions.edit(paid.id, note="Paid.")
    drafts = [Record(account=banks[n % 10].id, amount="2.00", idempotency_key=f"k-{n}") for n in range(batched)]
    books.transactions.post_many(drafts)


def rows_of_books(engine: Engine) -> int:
    """Count the entries, transactions and events of everybody."""
    with engine.connect() as connection:
        counts = [
            connection.execute(text(f"SELECT count(*) FROM stronghold_{table}")).scalar_one()
            for table in ("entry", "transaction", "audit_event")
        ]
    return sum(counts)


def test_no_rule_takes_the_rows_more_than_a_few_times(acme: Desk, superuser_engine: Engine) -> None:
    """Neither by joining all with all, nor by looking through all anew for each."""
    with explaining(superuser_engine) as found:
        assert acme.stronghold.verify(acme.tenant.id).is_sound
    assert len(found) > 17
    limit = MOST * rows_of_books(superuser_engine)
    assert [one for one in found if one.rows > limit] == []


@pytest.mark.parametrize("acme", ["known"], indirect=True)
def test_a_rule_that_joined_all_with_all_would_be_seen(acme: Desk, superuser_engine: Engine) -> None:
    """What the test above looks for is what such a statement does."""
    with explaining(superuser_engine) as found, superuser_engine.connect() as connection:
        connection.execute(
            text("SELECT count(*) FROM stronghold_entry a JOIN stronghold_entry b ON a.amount_minor < b.amount_minor")
        )
    assert found[0].rows > MOST * rows_of_books(superuser_engine)

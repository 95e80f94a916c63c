"""Verification takes each row a few times, however many there are: what PostgreSQL does for its rules shows it."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest
from sqlalchemy import create_engine, event, make_url, text
from sqlalchemy.pool import NullPool

from stronghold_core import ManualClock, Record, Stronghold
from tests.support.ledger import TODAY
from tests.support.stronghold import ADA, NOW, Desk

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from sqlalchemy import Engine

    from stronghold_core import Books
    from tests.support.fixtures import DatabaseFactory
    from tests.support.postgres import PostgresCluster

pytestmark = pytest.mark.postgres

SINGLE: Final = 200
BATCHED: Final = 300
MOST: Final = 3
"""How often a step of a plan may take each row of the books; a join of all with all takes them hundreds of times."""

Step = dict[str, Any]


class Explained(NamedTuple):
    """A statement, and the most rows that one step of its plan took."""

    statement: str
    rows: float


@pytest.fixture
def engine(postgres: PostgresCluster, new_database: DatabaseFactory, migrated_template: str) -> Generator[Engine]:
    """Connect to a database that belongs to this test alone, as somebody who may do everything."""
    url = make_url(postgres.superuser_url(new_database(migrated_template)))
    opened = create_engine(url.set(drivername="postgresql+psycopg"), poolclass=NullPool)
    yield opened
    opened.dispose()


@pytest.fixture(params=["known", "newer than the statistics"])
def acme(request: pytest.FixtureRequest, engine: Engine) -> Generator[Desk]:
    """Keep much larger books than the neighbours', with some of everything that rules look at.

    PostgreSQL takes a tenant whom it has not met when it gathered statistics for one without any rows.
    """
    with closing(Stronghold(engine, clock=ManualClock(NOW))) as stronghold:
        for name in ("Small Ltd", "Smaller Ltd"):
            neighbour = stronghold.tenants.create(kind="organization", name=name, base_currency="USD", owner=ADA)
            stronghold.run(neighbour.id, principal=ADA, do=lambda books: post(books, single=10, batched=5))
        if request.param == "newer than the statistics":
            gather_statistics(engine)
        tenant = stronghold.tenants.create(kind="organization", name="Acme Ltd", base_currency="USD", owner=ADA)
        stronghold.run(tenant.id, principal=ADA, do=lambda books: post(books, single=SINGLE, batched=BATCHED))
        if request.param == "known":
            gather_statistics(engine)
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


def gather_statistics(engine: Engine) -> None:
    """Let PostgreSQL look at what there is."""
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))


@contextmanager
def explaining(engine: Engine) -> Generator[list[Explained]]:
    """Explain every question that is asked inside the block, under the settings that it is asked with."""
    found: list[Explained] = []

    def explain(_connection: object, cursor: Any, statement: str, parameters: Any, *_rest: object) -> None:  # noqa: ANN401
        if not statement.lstrip().startswith(("SELECT", "WITH")):
            return
        with cursor.connection.cursor() as second:
            second.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", parameters)
            ((plans,),) = second.fetchall()
        found.append(Explained(statement, max(rows_taken(step) for step in steps(plans[0]["Plan"]))))

    event.listen(engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", explain)


def steps(plan: Step) -> Iterator[Step]:
    """Go through the steps of a plan, the last one first."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from steps(below)


def rows_taken(step: Step) -> float:
    """Count the rows that a step looked at: those that it handed on, and those that it threw away."""
    removed: float = sum(value for name, value in step.items() if name.startswith("Rows Removed by"))
    return float((step["Actual Rows"] + removed) * step["Actual Loops"])


def rows_of_books(engine: Engine) -> int:
    """Count the entries, transactions and events of everybody."""
    with engine.connect() as connection:
        counts = [
            connection.execute(text(f"SELECT count(*) FROM stronghold_{table}")).scalar_one()
            for table in ("entry", "transaction", "audit_event")
        ]
    return sum(counts)


def test_no_rule_takes_the_rows_more_than_a_few_times(acme: Desk, engine: Engine) -> None:
    """Neither by joining all with all, nor by looking through all anew for each."""
    with explaining(engine) as found:
        assert acme.stronghold.verify(acme.tenant.id).is_sound
    assert len(found) > 17
    limit = MOST * rows_of_books(engine)
    assert [one for one in found if one.rows > limit] == []


@pytest.mark.parametrize("acme", ["known"], indirect=True)
def test_a_rule_that_joined_all_with_all_would_be_seen(acme: Desk, engine: Engine) -> None:
    """What the test above looks for is what such a statement does."""
    with explaining(engine) as found, engine.connect() as connection:
        connection.execute(
            text("SELECT count(*) FROM stronghold_entry a JOIN stronghold_entry b ON a.amount_minor < b.amount_minor")
        )
    assert found[0].rows > MOST * rows_of_books(engine)

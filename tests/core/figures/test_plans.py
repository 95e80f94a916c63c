"""How databases go about the figures: without statistics they would read all totals, or all entries, of a tenant."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest
from sqlalchemy import event, select

from stronghold_core import DateRange, ManualClock, Record, Stronghold
from stronghold_core.db.joins import one_by_one
from stronghold_core.ledger.tables import account, day_total
from tests.support.ledger import TODAY, create_category, open_account, record
from tests.support.plans import explaining, gather_statistics
from tests.support.stronghold import ADA, NOW, Desk

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy import Engine

    from stronghold_core import Books

PERIOD: Final = DateRange("2026-02-03", "2026-10-20")
LARGE: Final = "stronghold_(entry|transaction|day_total|month_total|audit_event)|touching"
READS_ALL: Final = re.compile(rf"SCAN ({LARGE})|SEARCH ({LARGE}) USING .*\(tenant_id=\?\)$")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What PostgreSQL does shows in the rows that it took, further down."""
    return sqlite_url


@pytest.fixture
def plans(acme: Desk) -> Generator[list[str]]:
    """Collect the plans of all statements."""
    found: list[str] = []
    engine: Engine = acme.stronghold.database.reading_engine

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:  # noqa: ANN401
        if statement.startswith(("SELECT", "WITH")):
            rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            found.extend(str(row[3]) for row in rows)

    event.listen(engine, "after_cursor_execute", explain)
    yield found
    event.remove(engine, "after_cursor_execute", explain)


def test_no_figure_reads_all_there_is(acme: Desk, plans: list[str]) -> None:
    """Each looks up accounts, and then their own days, months or entries; of some accounts, too, and of past days."""
    bank, food = open_account(acme).id, create_category(acme).id
    record(acme, account=bank, amount="-5.00", category=food, on=TODAY)
    plans.clear()
    with acme.books(read_only=True) as books:
        board = books.dashboard
        for accounts in (None, [bank]):
            board.overview(PERIOD, accounts=accounts, as_of="2026-05-05")
            board.summary(PERIOD, accounts=accounts)
            board.accounts(accounts=accounts, as_of="2026-05-05")
            board.transactions(PERIOD, accounts=accounts)
            board.cash_flow(PERIOD, step="week", accounts=accounts)
            board.net_worth(PERIOD, step="month", accounts=accounts)
            board.categories(PERIOD, accounts=accounts)
    assert [step for step in plans if READS_ALL.search(step)] == []
    assert any("stronghold_day_total" in step for step in plans)
    assert any("stronghold_entry" in step for step in plans)


def test_a_join_without_its_order_would(acme: Desk, plans: list[str]) -> None:
    """The broken twin: so the test above can fail."""
    on = (day_total.c.tenant_id == acme.tenant.id) & (day_total.c.account_id == account.c.id)
    wanted = account.c.tenant_id == acme.tenant.id, day_total.c.day >= TODAY
    with acme.books(read_only=True) as books:
        unit = books._unit
        unit.connection.execute(select(day_total.c.day).select_from(account.join(day_total, on)).where(*wanted))
        assert [step for step in plans if READS_ALL.search(step)] != []
        plans.clear()
        unit.connection.execute(select(day_total.c.day).select_from(one_by_one(account, day_total, on)).where(*wanted))
        assert [step for step in plans if READS_ALL.search(step)] == []


def test_the_largest_of_a_day_are_found_by_their_size(acme: Desk, plans: list[str]) -> None:
    """On either side, by the index alone: however many others there are on that day."""
    with acme.books(read_only=True) as books:
        books.dashboard.transactions(PERIOD)
    read = [step for step in plans if "stronghold_entry " in step and "account_id" in step]
    assert len(read) == 2
    for step, size in zip(read, ("amount_minor>?", "amount_minor<?"), strict=True):
        assert re.search(rf"COVERING INDEX ix_stronghold_entry_sizes .*effective_date=\? AND {size}", step)


# ------------------------------------------------------------------ PostgreSQL

DAYS: Final = 300
A_DAY: Final = 3
A_FEW: Final = 150
"""More than three months have days, and fewer than the books have entries on a category."""


def spend_each_day(books: Books) -> None:
    """Spend some amounts every day, no two of them alike."""
    bank = books.accounts.open(name="Bank", type="asset").id
    food = books.categories.create(name="Food", kind="expense").id
    books.transactions.post_many(
        [
            Record(account=bank, amount=f"-{number + 1}.00", category=food, on=TODAY - timedelta(days=number % DAYS))
            for number in range(DAYS * A_DAY)
        ]
    )


@pytest.fixture
def large(superuser_engine: Engine) -> Generator[Desk]:
    """Keep the books of two tenants, whom PostgreSQL meets when it gathers statistics."""
    with closing(Stronghold(superuser_engine, clock=ManualClock(NOW))) as stronghold:
        tenants = [
            stronghold.tenants.create(kind="user", name=name, base_currency="USD", owner=ADA) for name in ("Eve", "Ada")
        ]
        for tenant in tenants:
            stronghold.run(tenant.id, principal=ADA, do=spend_each_day)
        gather_statistics(superuser_engine)
        yield Desk(stronghold, tenants[0], ADA)


@pytest.mark.postgres
def test_the_largest_movements_take_the_rows_of_a_few_days(large: Desk, superuser_engine: Engine) -> None:
    """However long the books are: months, the days of some of them, and the entries of some of those."""
    with large.books(read_only=True) as books, explaining(superuser_engine) as found:
        board = books.dashboard.transactions(DateRange(TODAY - timedelta(days=2 * DAYS), TODAY), limit=3)
    largest = board.currencies[0].largest
    assert [str(one.amount) for one in largest] == ["900.00 USD", "899.00 USD", "898.00 USD"]
    assert any("ranked" in one.statement for one in found)
    assert [one for one in found if one.rows > A_FEW] == []


@pytest.mark.postgres
def test_what_is_too_small_for_the_largest_movements_is_not_put_in_order(large: Desk, superuser_engine: Engine) -> None:
    """The largest month says how large the day has to be that is looked into, and that day how large an entry."""
    with large.books(read_only=True) as books, explaining(superuser_engine) as found:
        board = books.dashboard.transactions(DateRange("2026-01-01", "2026-10-31"), limit=1)
    assert [str(one.amount) for one in board.currencies[0].largest] == ["900.00 USD"]
    (ranked,) = (one for one in found if "ranked" in one.statement)
    assert (ranked.chosen["stronghold_day_total"], ranked.chosen["stronghold_entry"]) == (1, 1)


@pytest.mark.postgres
def test_what_some_accounts_moved_on_a_day_takes_the_rows_of_that_day(large: Desk, superuser_engine: Engine) -> None:
    """And, of the latest transactions, of the last few days: however many others they have."""
    with large.books(read_only=True) as books:
        (bank,) = books.accounts.list().items
        with explaining(superuser_engine) as found:
            for read in ("transactions", "cash_flow", "categories"):
                getattr(books.dashboard, read)(DateRange(TODAY, TODAY), accounts=[bank.id])
    assert sum("touched" in one.statement for one in found) == 3
    assert [one for one in found if one.rows > A_FEW] == []


# ------------------------------------------------------------------ PostgreSQL, of a tenant it does not know

ACCOUNTS: Final = 60
CHOSEN: Final = 30
EACH: Final = 10
"""How often each account spends, on five categories."""
MOST: Final = 5 * ACCOUNTS * EACH
"""What there is, a few times over; if all were compared with all, it would be hundreds of times."""


@pytest.fixture(params=["never", "of another tenant"])
def unknown(request: pytest.FixtureRequest, superuser_engine: Engine) -> Generator[Desk]:
    """Keep the books of a tenant whom PostgreSQL had not met when it gathered statistics, if it ever did.

    It takes such a tenant for one with next to no rows, and then any way to them seems as good as the next.
    """
    with closing(Stronghold(superuser_engine, clock=ManualClock(NOW))) as stronghold:
        eve, ada = (
            stronghold.tenants.create(kind="user", name=name, base_currency="USD", owner=ADA) for name in ("Eve", "Ada")
        )
        if request.param == "of another tenant":
            stronghold.run(eve.id, principal=ADA, do=spend_from_each_account)
            gather_statistics(superuser_engine)
        stronghold.run(ada.id, principal=ADA, do=spend_from_each_account)
        yield Desk(stronghold, ada, ADA)


def spend_from_each_account(books: Books) -> None:
    """Spend some amounts from every account, on different days and categories."""
    banks = [books.accounts.open(name=f"Bank {number:02}", type="asset").id for number in range(ACCOUNTS)]
    heads = [books.categories.create(name=f"Head {number}", kind="expense").id for number in range(5)]
    books.transactions.post_many(
        [
            Record(
                account=bank,
                amount=f"-{number + 1}.00",
                category=heads[number % len(heads)],
                on=TODAY - timedelta(days=(number * 7 + place) % 200),
            )
            for number in range(EACH)
            for place, bank in enumerate(banks)
        ]
    )


@pytest.mark.postgres
def test_no_figure_of_a_stranger_compares_all_with_all(unknown: Desk, superuser_engine: Engine) -> None:
    """No step of a plan takes many more rows than there are, of all accounts or of some."""
    period = DateRange(TODAY - timedelta(days=100), TODAY)
    with unknown.books(read_only=True) as books:
        banks = [account.id for account in books.accounts.list(limit=CHOSEN).items]
        with explaining(superuser_engine) as found:
            for accounts in (None, banks):
                board = books.dashboard
                board.overview(period, accounts=accounts, as_of=TODAY - timedelta(days=50))
                board.summary(period, accounts=accounts)
                board.accounts(accounts=accounts, as_of=TODAY - timedelta(days=50))
                board.transactions(period, accounts=accounts)
                board.cash_flow(period, step="week", accounts=accounts)
                board.net_worth(period, step="month", accounts=accounts)
                board.categories(period, accounts=accounts)
    assert any("touched" in one.statement for one in found)
    assert [one for one in found if one.rows > MOST] == []


@pytest.mark.postgres
def test_the_largest_movements_take_few_rows_of_a_stranger_too(unknown: Desk, superuser_engine: Engine) -> None:
    """Five categories and two hundred days are looked at, and the entries of three days."""
    with unknown.books(read_only=True) as books, explaining(superuser_engine) as found:
        books.dashboard.transactions(DateRange(TODAY - timedelta(days=400), TODAY), limit=3)
    (ranked,) = (one for one in found if "ranked" in one.statement)
    assert ranked.rows <= A_FEW


@pytest.mark.postgres
def test_a_page_of_transactions_of_a_stranger_takes_its_own_rows(unknown: Desk, superuser_engine: Engine) -> None:
    """The index has them in the order of pages, so that nothing is put in order first; the next page begins there."""
    with unknown.books(read_only=True) as books, explaining(superuser_engine) as found:
        page = books.transactions.list(limit=5)
        books.transactions.list(limit=5, after=page.next_cursor)
    assert [one.chosen["stronghold_transaction"] for one in found if "stronghold_transaction" in one.chosen] == [6, 6]
    assert max(one.rows for one in found) <= A_FEW


@pytest.mark.postgres
def test_the_latest_transactions_take_no_more_rows_on_a_busy_day(large: Desk, superuser_engine: Engine) -> None:
    """However many there are on that day, and whatever their order: the index has the latest of them first."""
    with large.books() as books:
        bank, food = books.accounts.list().items[0].id, books.categories.list()[0].id
        drafts = [Record(account=bank, amount="-1.00", category=food, on=TODAY)] * (2 * A_FEW)
        books.transactions.post_many(drafts)
    gather_statistics(superuser_engine)
    with large.books(read_only=True) as books, explaining(superuser_engine) as found:
        books.dashboard.overview()
    assert any("latest" in one.statement for one in found)
    assert [one for one in found if one.rows > A_FEW] == []

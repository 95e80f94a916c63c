"""How PostgreSQL looks up what a batch refers to: by what it did, of tenants and tables that it knows and does not."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest
from sqlalchemy import text

from stronghold_core import ManualClock, Record, Stronghold
from stronghold_core.ledger.posting.queries import load_transactions, lock_transactions
from tests.support.plans import explaining, gather_statistics
from tests.support.stronghold import ADA, NOW

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from stronghold_core import Books
    from tests.support.plans import Explained

pytestmark = pytest.mark.postgres

POSTED: Final = 1_500
LOOKED_UP: Final = 50
MOST: Final = 10 * LOOKED_UP
"""More rows than are looked up, with their entries and these entries' accounts, and far fewer than there are."""
FETCHED: Final = text("SELECT idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'stronghold_transaction'")


class Found(NamedTuple):
    """What PostgreSQL did for a batch."""

    explained: list[Explained]
    fetched: int
    """How many transactions it fetched by indexes, also to see that entries and keys refer to one that is there."""
    fetched_to_lock: int
    """How many it fetched to lock those of a list."""


@pytest.fixture(params=["never", "of empty tables", "of another tenant", "of all"])
def found(request: pytest.FixtureRequest, superuser_engine: Engine) -> Found:
    """Post a batch to long books; statistics were gathered at some time or other."""
    with closing(Stronghold(superuser_engine, clock=ManualClock(NOW))) as stronghold:
        eve, ada = (
            stronghold.tenants.create(kind="user", name=name, base_currency="USD", owner=ADA) for name in ("Eve", "Ada")
        )
        if request.param == "of empty tables":
            gather_statistics(superuser_engine)
        if request.param == "of another tenant":
            stronghold.run(eve.id, principal=ADA, do=lambda books: post(books, 0, POSTED))
            gather_statistics(superuser_engine)
        stronghold.run(ada.id, principal=ADA, do=lambda books: post(books, 0, POSTED))
        if request.param == "of all":
            gather_statistics(superuser_engine)
        with stronghold.books(ada.id, principal=ADA) as books, explaining(superuser_engine) as explained:
            post(books, POSTED, POSTED + LOOKED_UP)
            fetched = fetched_so_far(books)
            latest = books.transactions.list(limit=LOOKED_UP).items
            load_transactions(books._unit, [one.id for one in latest])
            before = fetched_so_far(books)
            lock_transactions(books._unit, [one.id for one in latest])
            fetched_to_lock = fetched_so_far(books) - before
    return Found(explained, fetched, fetched_to_lock)


def fetched_so_far(books: Books) -> int:
    """Count the transactions that this unit fetched by indexes."""
    return int(books._unit.connection.execute(FETCHED).scalar_one())


def post(books: Books, first: int, end: int) -> None:
    """Post as many transactions in batches, each with a key and a reference."""
    bank = books.accounts.open(name=f"Bank {first}", type="asset").id
    for start in range(first, end, 500):
        books.transactions.post_many(
            [
                Record(account=bank, amount="-1.00", idempotency_key=f"k-{number}", reference=f"r-{number}")
                for number in range(start, min(start + 500, end))
            ]
        )


@pytest.mark.parametrize(
    "column",
    [
        "stronghold_idempotency_key.key",
        "stronghold_transaction.reference",
        "stronghold_transaction.id",
        "stronghold_entry.transaction_id",
    ],
)
def test_what_a_list_names_is_looked_up_one_by_one_by_its_index(found: Found, column: str) -> None:
    """Keys, references, transactions and their entries: however many there are, whatever PostgreSQL knows of them."""
    looked_up = [one.rows for one in found.explained if f"{column} = " in one.statement]
    assert looked_up
    assert max(looked_up) <= MOST


def test_a_transaction_is_found_by_its_id_when_an_entry_or_a_key_refers_to_it(found: Found) -> None:
    """Each of its two entries, and its key, see that it is there: by the primary key, not by the index of days."""
    assert LOOKED_UP <= found.fetched <= MOST


def test_transactions_are_locked_by_their_ids(found: Found) -> None:
    """One by one, so that an import of many is taken back without going through all others for each thousand."""
    assert LOOKED_UP <= found.fetched_to_lock <= MOST

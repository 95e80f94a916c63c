"""What a host does inside a unit's block, and should not do, or may do and must not pay for."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, event, make_url, text
from sqlalchemy.orm import Session

from stronghold_core import Settings, Stronghold, prepare_sqlite
from stronghold_core.errors import ConfigurationError, NotFoundError, TransactionEndedError
from tests.support.ledger import create_category, open_account
from tests.support.stronghold import ADA, Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager

    from sqlalchemy import Engine
    from sqlalchemy.engine.interfaces import DBAPICursor

    from stronghold_core import AccountRecord, Books, CategoryRecord, ManualClock


class Shop:
    """Books in the database of a host with an engine of its own."""

    def __init__(self, engine: Engine, desk: Desk) -> None:
        self.engine, self.desk = engine, desk
        self.bank: AccountRecord = open_account(desk, opening_balance="100.00")
        self.food: CategoryRecord = create_category(desk)

    def balance(self) -> str:
        """Read what is committed."""
        return self.desk.stronghold.read(
            self.desk.tenant.id, principal=ADA, do=lambda books: str(books.accounts.balance(self.bank.id).amount)
        )

    def join(self, **host: Any) -> AbstractContextManager[Books]:  # noqa: ANN401 - a session or a connection
        """Open the books inside the host's transaction."""
        return self.desk.stronghold.books(self.desk.tenant.id, principal=ADA, **host)

    def pay(self, desk: Desk) -> None:
        """Spend a dollar in a unit of its own."""
        with desk.books() as books:
            books.transactions.record(account=self.bank.id, amount="-1.00", category=self.food.id)


@pytest.fixture
def shop(database_url: str, clock: ManualClock) -> Generator[Shop]:
    """Open it on either database; nothing is remembered yet of the category's account."""
    url = make_url(database_url)
    engine = create_engine(url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url)
    if engine.dialect.name == "sqlite":
        prepare_sqlite(engine)
    stronghold = Stronghold(engine, clock=clock)
    tenant = stronghold.tenants.create(kind="organization", name="Acme", base_currency="USD", owner=ADA)
    yield Shop(engine, Desk(stronghold, tenant, ADA))
    engine.dispose()


# ------------------------------------------------------------------ savepoints of the host's


def test_a_savepoint_of_the_hosts_session_covers_the_postings_in_it(shop: Shop) -> None:
    """Though a session tells the database of its savepoint only when it is used, which it may never be."""
    with Session(shop.engine) as session, session.begin(), shop.join(session=session) as books:
        savepoint = session.begin_nested()
        books.transactions.record(account=shop.bank.id, amount="-5.00", category=shop.food.id)
        savepoint.rollback()
        books.transactions.record(account=shop.bank.id, amount="-7.00", category=shop.food.id)
    assert shop.balance() == "93.00"


def test_an_account_that_was_rolled_back_with_a_savepoint_is_opened_anew(shop: Shop) -> None:
    """By the unit that had opened it, and by every later one of the process that remembers it."""
    with Session(shop.engine) as session, session.begin(), shop.join(session=session) as books:
        with suppress(LookupError), session.begin_nested():
            books.transactions.record(account=shop.bank.id, amount="-5.00", category=shop.food.id)
            raise LookupError
        books.transactions.record(account=shop.bank.id, amount="-7.00", category=shop.food.id)
    shop.pay(shop.desk)
    assert shop.balance() == "92.00"
    assert shop.desk.stronghold.verify(shop.desk.tenant.id).is_sound


def test_what_the_process_wrongly_remembers_is_forgotten_by_the_next_unit(shop: Shop) -> None:
    """The host goes on to commit after its savepoint, so the unit is told that all is well."""
    with (
        Session(shop.engine) as session,
        session.begin(),
        shop.join(session=session) as books,
        suppress(LookupError),
        session.begin_nested(),
    ):
        ghost = books.accounts.open(name="Ghost", type="asset")
        books.transactions.transfer(from_account=shop.bank.id, to_account=ghost.id, amount="1.00")
        books.transactions.record(account=shop.bank.id, amount="-5.00", category=shop.food.id)
        raise LookupError
    for _ in range(2):
        shop.pay(shop.desk)
        with shop.desk.books() as books:
            with pytest.raises(NotFoundError):
                books.transactions.transfer(from_account=shop.bank.id, to_account=ghost.id, amount="1.00")
            with pytest.raises(NotFoundError):
                books.accounts.balance(ghost.id)
    assert shop.balance() == "98.00"


# ------------------------------------------------------------------ ending the transaction too early


@pytest.mark.parametrize(("end", "balance"), [(Session.commit, "95.00"), (Session.rollback, "100.00")])
@pytest.mark.filterwarnings("error")
def test_a_host_that_ends_its_transaction_inside_the_block_is_told_so(
    shop: Shop, end: Callable[[Session], None], balance: str
) -> None:
    """At the next verb, or else when the block ends; and that it must look whether the money moved."""
    for goes_on in (True, False):
        with Session(shop.engine) as session:
            with (  # noqa: PT012 - the end comes after something was posted
                pytest.raises(TransactionEndedError, match="committed if you committed"),
                shop.join(session=session) as books,
            ):
                books.transactions.record(account=shop.bank.id, amount="-2.50", category=shop.food.id)
                end(session)
                if goes_on:
                    books.transactions.record(account=shop.bank.id, amount="-50.00", category=shop.food.id)
            assert session.execute(text("SELECT 1")).scalar() == 1
    assert shop.balance() == balance


def test_the_same_on_a_bare_connection(shop: Shop) -> None:
    """There is no session to ask."""
    with shop.engine.connect() as connection:
        connection.begin()
        with pytest.raises(TransactionEndedError), shop.join(connection=connection) as books:  # noqa: PT012
            books.transactions.record(account=shop.bank.id, amount="-5.00", category=shop.food.id)
            connection.commit()
    assert shop.balance() == "95.00"


# ------------------------------------------------------------------ engines


def test_an_engine_that_does_not_enforce_foreign_keys_can_not_be_joined(sqlite_url: str, clock: ManualClock) -> None:
    """The stronghold's own engine was checked at its start; the session's may be another."""
    with Stronghold(sqlite_url, clock=clock) as stronghold:
        tenant = stronghold.tenants.create(kind="user", name="Ada", base_currency="USD", owner=ADA)
        engine = create_engine(sqlite_url)
        with (
            Session(engine) as session,
            pytest.raises(ConfigurationError, match="call prepare_sqlite"),
            stronghold.books(tenant.id, principal=ADA, session=session),
        ):
            pass
        engine.dispose()


# ------------------------------------------------------------------ interrupts


def test_an_interrupt_inside_a_statement_lets_go_of_the_file(sqlite_url: str, clock: ManualClock) -> None:
    """Also while its traceback is kept, as an interactive session keeps the last one."""
    with Stronghold(sqlite_url, clock=clock) as stronghold:
        tenant = stronghold.tenants.create(kind="user", name="Ada", base_currency="USD", owner=ADA)
        desk = Desk(stronghold, tenant, ADA)
        bank = open_account(desk)
        engine = stronghold.database.engine

        def interrupt(cursor: DBAPICursor, statement: str, parameters: Any, _context: object) -> bool:  # noqa: ANN401
            if not statement.startswith("INSERT INTO stronghold_entry"):
                return False
            cursor.executemany(statement, parameters)
            raise KeyboardInterrupt

        event.listen(engine, "do_executemany", interrupt)
        with pytest.raises(KeyboardInterrupt) as kept, desk.books() as books:
            books.transactions.record(account=bank.id, amount="1.00")
        event.remove(engine, "do_executemany", interrupt)
        patience = Settings(busy_timeout_seconds=1)
        with (
            Stronghold(sqlite_url, clock=clock, settings=patience) as other,
            Desk(other, tenant, ADA).books() as books,
        ):
            books.transactions.record(account=bank.id, amount="2.00")
            assert str(books.accounts.balance(bank.id)) == "2.00 USD"
        assert kept.value

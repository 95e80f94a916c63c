"""Whatever a PostgreSQL server, database or role is set to, money is what it was; only unreadable dates are refused."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import create_engine, make_url

from stronghold_core import ManualClock, Stronghold
from stronghold_core.errors import DateStyleError
from tests.support.postgres import MEMBER_ROLE
from tests.support.stronghold import ADA, NOW

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy import Engine

    from stronghold_core import Books
    from tests.support.fixtures import DatabaseFactory
    from tests.support.postgres import PostgresCluster

pytestmark = pytest.mark.postgres

SETTINGS = {
    "DateStyle": ("ISO, YMD", "German", "SQL, DMY", "Postgres, MDY"),
    "TimeZone": ("America/St_Johns", "<+13:45>-13:45"),
    "standard_conforming_strings": ("off",),
    "bytea_output": ("escape",),
    "IntervalStyle": ("sql_standard",),
    "default_transaction_isolation": ("serializable",),
    "extra_float_digits": ("-15",),
}


@pytest.fixture
def dbname(new_database: DatabaseFactory, migrated_template: str) -> str:
    """Make a migrated database that belongs to this test alone."""
    return new_database(migrated_template)


@pytest.fixture
def german(postgres: PostgresCluster, dbname: str) -> Generator[Engine]:
    """Make an engine as a host would, on a database that writes dates as German offices do."""
    configure(postgres, dbname, "DateStyle", "German")
    engine = create_engine(make_url(postgres.url(dbname, role=MEMBER_ROLE)).set(drivername="postgresql+psycopg"))
    yield engine
    engine.dispose()


def configure(postgres: PostgresCluster, dbname: str, name: str, value: str) -> None:
    """Set what every new connection to the database starts with."""
    names = sql.Identifier(dbname), sql.Identifier(name)
    administer(postgres, sql.SQL("ALTER DATABASE {} SET {} = {}").format(*names, sql.Literal(value)))


def administer(postgres: PostgresCluster, statement: sql.Composed) -> None:
    """Run *statement* as the superuser."""
    with psycopg.connect(postgres.superuser_url(), autocommit=True) as connection:
        connection.execute(statement)


def keep_books(books: Books) -> list[str]:
    """Write and read what is made of dates, instants, texts and bytes."""
    bank = books.accounts.open(name=r"Bank \' %s", type="asset", opening_balance="100.00", opened_on=date(2026, 2, 3))
    paid = books.transactions.record(account=bank.id, amount="-12.00", on=date(2026, 3, 2), description="'\\\x09")
    found = books.transactions.get(paid.id)
    assert (found, found.recorded_at) == (paid, NOW)
    assert books.audit.list().items[0].at == NOW
    assert books.verify().is_sound
    history = books.accounts.history(bank.id).items
    return [f"{books.accounts.get(bank.id).name}, {line.effective_date}, {line.running_balance}" for line in history]


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in SETTINGS.items() for value in values], ids=str
)
def test_no_setting_of_the_server_changes_the_books(
    postgres: PostgresCluster, dbname: str, name: str, value: str
) -> None:
    """Through an engine of ours, which is made from a URL."""
    configure(postgres, dbname, name, value)
    url = postgres.url(dbname, role=MEMBER_ROLE)
    with closing(Stronghold(url, clock=ManualClock(NOW))) as stronghold:
        acme = stronghold.tenants.create(kind="organization", name="Acme", base_currency="USD", owner=ADA)
        kept = stronghold.run(acme.id, principal=ADA, do=keep_books)
        assert kept == [r"Bank \' %s, 2026-03-02, 88.00 USD", r"Bank \' %s, 2026-02-03, 100.00 USD"]
        assert stronghold.verify(acme.id).is_sound
        assert all(check.is_ok for check in stronghold.doctor())


@pytest.mark.parametrize("value", ["serializable", "repeatable read"])
def test_a_unit_that_writes_sees_what_others_have_committed(postgres: PostgresCluster, dbname: str, value: str) -> None:
    """It waits for locks and then goes on with what it finds; a snapshot of its beginning would refuse it."""
    configure(postgres, dbname, "default_transaction_isolation", value)
    url = postgres.url(dbname, role=MEMBER_ROLE)
    with closing(Stronghold(url, clock=ManualClock(NOW))) as stronghold:
        acme = stronghold.tenants.create(kind="organization", name="Acme", base_currency="USD", owner=ADA)
        with stronghold.books(acme.id, principal=ADA) as books:
            bank = books.accounts.open(name="Bank", type="asset")
        with stronghold.books(acme.id, principal=ADA) as books:
            assert not books.accounts.balance(bank.id)
            with stronghold.books(acme.id, principal=ADA) as other:
                other.transactions.record(account=bank.id, amount="5.00")
            books.transactions.record(account=bank.id, amount="7.00")
            assert str(books.accounts.balance(bank.id)) == "12.00 USD"


def test_a_hosts_engine_that_gets_unreadable_dates_is_refused_with_the_sql_that_helps(
    postgres: PostgresCluster, dbname: str, german: Engine
) -> None:
    """The login itself may run it, and the doctor says the same; connections opened since are good."""
    stronghold = Stronghold(german)
    with pytest.raises(DateStyleError, match=r"in the style German, DMY") as refused:
        stronghold.tenants.create(kind="organization", name="Acme", base_currency="USD", owner=ADA)
    (problem,) = [check for check in stronghold.doctor() if not check.is_ok]
    assert (problem.subject, problem.remedy) == ("DateStyle", refused.value.sql)
    assert refused.value.sql == f"ALTER ROLE {MEMBER_ROLE} IN DATABASE {dbname} SET DateStyle = 'ISO';"
    with german.begin() as connection:
        connection.exec_driver_sql(refused.value.sql)
    german.dispose()
    assert all(check.is_ok for check in stronghold.doctor())
    stronghold.tenants.create(kind="organization", name="Acme", base_currency="USD", owner=ADA)


def test_a_host_may_ask_for_readable_dates_as_it_connects(
    postgres: PostgresCluster, dbname: str, german: Engine
) -> None:
    """By the driver's own option, which weighs more than what database and role are set to."""
    engine = create_engine(german.url, connect_args={"options": "-c DateStyle=ISO"})
    stronghold = Stronghold(engine)
    stronghold.tenants.create(kind="organization", name="Acme", base_currency="USD", owner=ADA)
    assert all(check.is_ok for check in stronghold.doctor())
    engine.dispose()


def test_a_unit_joins_no_connection_that_gets_unreadable_dates(
    postgres: PostgresCluster, dbname: str, german: Engine
) -> None:
    """Also if it is the host that changed its mind in between; it changes nothing, and the host may go on."""
    with closing(Stronghold(postgres.url(dbname, role=MEMBER_ROLE), clock=ManualClock(NOW))) as stronghold:
        acme = stronghold.tenants.create(kind="organization", name="Acme", base_currency="USD", owner=ADA)
        with german.begin() as connection:
            with (
                pytest.raises(DateStyleError),
                stronghold.books(acme.id, principal=ADA, connection=connection),
            ):
                pass
            connection.exec_driver_sql("SET LOCAL DateStyle = 'ISO, DMY'")
            with stronghold.books(acme.id, principal=ADA, connection=connection) as books:
                assert keep_books(books)

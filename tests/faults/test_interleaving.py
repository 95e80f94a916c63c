"""A thousand tenants work interleaved on two connections, and things break in the middle: none ever meets another.

Whatever ends a unit of work, an exception, a cancelled statement, a killed connection or an interrupt of its thread,
the next tenant on the same connection must find nothing of the one before: neither its role and tenant, nor its rows.
"""

from __future__ import annotations

import ctypes
import logging
import os
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.pool import QueuePool

from stronghold_core import Settings, Stronghold, prepare_sqlite
from stronghold_core.errors import StrongholdError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from sqlalchemy import Connection, Engine

    from stronghold_core import Books
    from stronghold_core.ids import AccountId, TenantId
    from tests.support.postgres import PostgresCluster

log = logging.getLogger("stronghold.interleaving")

TENANTS: Final = int(os.environ.get("STRONGHOLD_FAULT_TENANTS", "1000"))
VISITS: Final = 1
"""How often each tenant comes by; afterwards it looks again."""
THREADS: Final = 8
PATIENCE_SECONDS: Final = 60


class Interrupted(BaseException):
    """What a thread meets wherever it happens to be, as on Ctrl-C; nobody catches it by accident."""


class Fault(Exception):  # noqa: N818 - an event, not an error
    """What a host's own code raises in the middle of a unit."""


class Shop(NamedTuple):
    """One tenant, and a word that is in everything of its own and in nothing of others'."""

    tenant: TenantId
    principal: str
    word: str
    bank: AccountId


class Street:
    """All tenants on one engine with two connections, and what went wrong on it on purpose."""

    def __init__(self, stronghold: Stronghold, superuser_url: str | None) -> None:
        self.stronghold = stronghold
        self.faults: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.leaks: list[str] = []
        self._superuser_url = superuser_url
        self.shops = [self._opened(number) for number in range(TENANTS)]

    def _opened(self, number: int) -> Shop:
        word = f"shop{number:05}x{uuid4().hex[:6]}"
        tenant = self.stronghold.tenants.create(
            kind="organization", name=word, base_currency="USD", owner=f"user:{word}"
        )
        with self.stronghold.books(tenant.id, principal=f"user:{word}") as books:
            bank = books.accounts.open(name=f"{word} bank", type="asset", opening_balance="1000.00")
        return Shop(tenant.id, f"user:{word}", word, bank.id)

    def visit(self, shop: Shop, seed: int) -> None:
        """Work in one tenant's books, with a fault in the middle more often than not; then look at what is there."""
        chance = random.Random(seed)  # noqa: S311 - not a secret
        breaks = chance.choice([None, self._raise, self._interrupt, *self._servers_faults()])
        try:
            with self.stronghold.books(shop.tenant, principal=shop.principal) as books:
                self._look(shop, books)
                books.transactions.record(account=shop.bank, amount="-1.00", description=f"{shop.word} paid")
                if breaks is not None:
                    self.faults[breaks.__name__.strip("_")] += 1
                    breaks(books)
                books.transactions.record(account=shop.bank, amount="-1.00", description=f"{shop.word} paid again")
                self._look(shop, books)
        except (StrongholdError, Fault, Interrupted) as error:
            self.outcomes[type(error).__name__] += 1
        else:
            self.outcomes["committed"] += 1
        with suppress(Interrupted):
            # Whoever comes next on this connection, or another.
            self.stronghold.read(shop.tenant, principal=shop.principal, do=lambda books: self._look(shop, books))

    def _look(self, shop: Shop, books: Books) -> None:
        """Read all lists there are: each row must hold this tenant's own word."""
        seen = [account.name for account in books.accounts.list(limit=500).items]
        seen += [str(one.description) for one in books.transactions.list(limit=500).items if one.kind != "opening"]
        seen += [member.principal for member in books.members.list()]
        seen.append(books.tenant.get().name)
        self.leaks += [f"{shop.word} saw {one!r}" for one in seen if shop.word not in one]

    # ------------------------------------------------------------------ faults

    def _servers_faults(self) -> list[Callable[[Books], None]]:
        return [self._cancel, self._kill] if self._superuser_url else []

    def _raise(self, _books: Books) -> None:
        raise Fault

    def _interrupt(self, books: Books) -> None:
        """Interrupt this very thread while a verb is under way: at whichever line of it that happens to be."""
        own = ctypes.c_ulong(threading.get_ident())
        timer = threading.Timer(
            0.0005, lambda: ctypes.pythonapi.PyThreadState_SetAsyncExc(own, ctypes.py_object(Interrupted))
        )
        timer.start()
        try:
            for _ in range(100):
                books.accounts.list(limit=1)
        finally:
            timer.join()
        # Python drops it if it comes while something is tidied up.
        raise Interrupted

    def _cancel(self, books: Books) -> None:
        """Have the server cancel a statement that would take a while."""
        self._send("SELECT pg_cancel_backend(%s)", books, "SELECT pg_sleep(30)")

    def _kill(self, books: Books) -> None:
        """Have the server end the session under way."""
        self._send("SELECT pg_terminate_backend(%s)", books, "SELECT pg_sleep(30)")

    def _send(self, signal: str, books: Books, statement: str) -> None:
        session = books.session
        pid = session.scalar(text("SELECT pg_backend_pid()"))

        def strike() -> None:
            with psycopg.connect(str(self._superuser_url), autocommit=True) as connection:
                connection.execute(signal.encode(), [pid])

        timer = threading.Timer(0.01, strike)
        timer.start()
        try:
            session.execute(text(statement))
        finally:
            timer.join()


@pytest.fixture
def street(request: pytest.FixtureRequest, database_url: str) -> Generator[Street]:
    """Open the tenants' books on an engine whose pool has two connections for all of them."""
    engine = create_engine(
        database_url.replace("postgresql://", "postgresql+psycopg://"),
        poolclass=QueuePool,
        pool_size=2,
        max_overflow=0,
        pool_timeout=PATIENCE_SECONDS,
        **({} if database_url.startswith("postgresql") else {"connect_args": {"timeout": PATIENCE_SECONDS}}),
    )
    superuser_url = None
    if engine.dialect.name == "sqlite":
        prepare_sqlite(engine)
    else:
        postgres: PostgresCluster = request.getfixturevalue("postgres")
        superuser_url = postgres.superuser_url(engine.url.database or "")
    with closing(Stronghold(engine, settings=Settings(retry_attempts=20))) as stronghold:
        yield Street(stronghold, superuser_url)
    engine.dispose()


def watch_for_carried_over(engine: Engine) -> list[str]:
    """Collect what connections that come from the pool still hold of a tenant."""
    carried: list[str] = []

    @event.listens_for(engine, "checkout")
    def _look(connection: Connection, _entry: object, _proxy: object) -> None:
        if engine.dialect.name != "postgresql":
            return
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute(
            "SELECT current_user = session_user, coalesce(current_setting('stronghold.tenant_id', true), '')"
        )
        is_itself, tenant = cursor.fetchone()
        cursor.close()
        connection.rollback()
        if not is_itself or tenant:
            carried.append(tenant)

    return carried


# An interrupt that comes while Python tidies something up goes no further, but is told of.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_tenant_meets_another_however_units_end(street: Street) -> None:
    """Each visit reads rows of its own alone, and a connection that comes back is nobody's."""
    carried = watch_for_carried_over(street.stronghold.database.engine)
    visits = [(shop, visit * TENANTS + number) for visit in range(VISITS) for number, shop in enumerate(street.shops)]
    random.Random(1).shuffle(visits)  # noqa: S311 - not a secret
    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(street.visit, shop, seed) for shop, seed in visits]:
            done.result()
    log.info(
        "%d tenants, %d visits, faults %s, outcomes %s, %d leaks, %d carried over",
        TENANTS,
        len(visits),
        dict(street.faults),
        dict(street.outcomes),
        len(street.leaks),
        len(carried),
    )
    assert (street.leaks, carried) == ([], [])
    assert street.outcomes.total() == len(visits)
    for fault in ("raise", "interrupt", *(["cancel", "kill"] if street._superuser_url else [])):
        assert street.faults[fault] > 0
    assert street.outcomes["committed"] > 0
    for shop in street.shops[:20]:
        assert street.stronghold.verify(shop.tenant).is_sound

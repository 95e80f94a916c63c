"""Two units in each other's way, in an order that the test chooses; and many at the same moment.

`Arena.duel` opens one unit and lets it act, starts another one, waits until that is finished or stands before a lock,
and only then ends the first. So the worst interleaving happens every time, without a hook in the code under test, and
also in a deliberately broken twin of it, whose second unit does not stand before a lock but goes on.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from sqlalchemy import event

from stronghold_core import Books, StrongholdError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from contextlib import AbstractContextManager

    from tests.support.postgres import PostgresCluster
    from tests.support.stronghold import Desk

Result = TypeVar("Result")
Early = TypeVar("Early")
Late = TypeVar("Late")

PATIENCE_SECONDS = 30
"""How long to wait for what must happen; only a test that fails waits so long."""


class RolledBack(Exception):  # noqa: N818 - an event, not an error
    """What a duel raises in the first unit to make it roll back."""


class Arena(ABC):
    """A tenant's books on a database of their own, which a test may break."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.engine = desk.stronghold.database.engine

    @abstractmethod
    def alter(self, *statements: str) -> None:
        """Change the schema, as whoever owns it."""

    @abstractmethod
    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Read past the library, as whoever sees everything; ``{tenant}`` stands for the tenant's id."""

    @abstractmethod
    def stand_off(self) -> AbstractContextManager[Callable[[], bool]]:
        """Give a question: is another unit waiting for one of ours?"""

    def duel(
        self,
        early: Callable[[Books], Early],
        late: Callable[[Books], Late],
        *,
        late_principal: str | None = None,
        is_committed: bool = True,
    ) -> tuple[Early, Late | StrongholdError]:
        """Let *late* begin after *early* has acted but before it is committed; return what either led to.

        Args:
            early: What the first unit does.
            late: What the second unit does.
            late_principal: Who opens the second unit, if it is somebody else.
            is_committed: Whether the first unit is committed in the end, or rolled back.
        """
        desk = self.desk if late_principal is None else replace(self.desk, principal=late_principal)
        with ThreadPoolExecutor(1) as pool, self.stand_off() as is_waiting:
            with suppress(RolledBack), self.desk.books() as books:
                first = early(books)
                second = pool.submit(outcome_of, desk, late)
                wait_until(lambda: second.done() or is_waiting())
                if not is_committed:
                    raise RolledBack
            return first, second.result(PATIENCE_SECONDS)

    def together(self, *acts: Callable[[Books], Result]) -> list[Result | StrongholdError]:
        """Run all *acts* at the same moment, each in a unit of its own; return what each led to."""
        barrier = threading.Barrier(len(acts))

        def run(act: Callable[[Books], Result]) -> Result | StrongholdError:
            barrier.wait(PATIENCE_SECONDS)
            return outcome_of(self.desk, act)

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(run, acts))

    def balances(self, *accounts: object) -> list[str]:
        """Read the balances of *accounts*, without their currency."""
        with self.desk.books(read_only=True) as books:
            return [str(books.accounts.balance(account)).split()[0] for account in accounts]  # type: ignore[arg-type]

    def broken_rules(self) -> set[str]:
        """Name the rules that the books break."""
        return {finding.rule for finding in self.desk.stronghold.verify(self.desk.tenant.id).findings}


class PostgreSQLArena(Arena):
    """An arena whose database knows who waits for whom."""

    def __init__(self, desk: Desk, cluster: PostgresCluster) -> None:
        super().__init__(desk)
        self._dbname = self.engine.url.database or ""
        self._superuser_url = cluster.superuser_url(self._dbname)
        # So that the tests in which units do deadlock need not wait a second for the server to notice.
        self.alter(f"ALTER DATABASE {self._dbname} SET deadlock_timeout = '20ms'")
        self.engine.dispose()

    def alter(self, *statements: str) -> None:
        """Change the schema as a superuser."""
        with self.superuser() as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Read as a superuser, whom no policy hides anything from."""
        with self.superuser() as connection:
            return connection.execute(query.format(tenant=f"'{self.desk.tenant.id}'").encode()).fetchall()

    def superuser(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Open a session of somebody who may do everything."""
        return psycopg.connect(self._superuser_url, autocommit=True)

    @contextmanager
    def stand_off(self) -> Generator[Callable[[], bool]]:
        """Ask the server whether somebody waits for a lock."""
        query = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock')"
        with self.superuser() as connection:
            yield lambda: connection.execute(query, [self._dbname]).fetchone() == (True,)


class SQLiteArena(Arena):
    """An arena on a file, which tells nobody who waits: here a unit is taken to wait from its first try to write."""

    def alter(self, *statements: str) -> None:
        """Change the schema."""
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Read the file, in which ids are bytes."""
        with self.engine.connect() as connection:
            rows = connection.exec_driver_sql(query.format(tenant=f"x'{self.desk.tenant.id.hex}'"))
            return [tuple(row) for row in rows]

    @contextmanager
    def stand_off(self) -> Generator[Callable[[], bool]]:
        """Watch the statements of other threads than this one."""
        us = threading.get_ident()
        has_tried = threading.Event()

        def watch(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            if threading.get_ident() != us and statement.startswith(("BEGIN IMMEDIATE", "INSERT", "UPDATE")):
                has_tried.set()

        event.listen(self.engine, "before_cursor_execute", watch)
        try:
            yield has_tried.is_set
        finally:
            event.remove(self.engine, "before_cursor_execute", watch)


def outcome_of(desk: Desk, act: Callable[[Books], Result]) -> Result | StrongholdError:
    """Run *act* in a unit of its own, once; return its result, or why there is none."""
    try:
        with desk.books() as books:
            return act(books)
    except StrongholdError as error:
        return error


def wait_until(condition: Callable[[], bool]) -> None:
    """Return when *condition* holds; fail if it takes forever."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "what should have happened did not"
        time.sleep(0.001)


def split(outcomes: Sequence[Result | StrongholdError]) -> tuple[list[Result], list[StrongholdError]]:
    """Tell results from errors."""
    errors = [outcome for outcome in outcomes if isinstance(outcome, StrongholdError)]
    return [outcome for outcome in outcomes if not isinstance(outcome, StrongholdError)], errors

"""The bank test: processes that move money are killed, servers crash, connections break, and no cent is lost.

After Jepsen's test of that name, with the part that Jepsen leaves to the client: whoever does not know whether their
COMMIT arrived repeats the request under the same key. See docs/reference/faults.md for the method and the last figures
at full size; STRONGHOLD_FAULT_WORKERS and STRONGHOLD_FAULT_SECONDS set the size.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Self, TypeVar
from uuid import UUID

import psycopg
from sqlalchemy import NullPool, create_engine, make_url, text

from stronghold_core import Stronghold
from tests.support.bank import OPENING_MINOR, OWNER, REFUSED, Intent, Log, Plan, check, found_bank, read, read_log
from tests.support.cutter import CommitCutter, Cut
from tests.support.postgres import MEMBER_ROLE, create_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tests.support.postgres import PostgresServer

ROOT: Final = Path(__file__).parents[2]
WORKERS: Final = int(os.environ.get("STRONGHOLD_FAULT_WORKERS", "4"))
SECONDS: Final = float(os.environ.get("STRONGHOLD_FAULT_SECONDS", "12"))
PATIENCE_SECONDS: Final = 60
"""How long a worker may take to begin, or to leave; only a test that fails waits so long."""

log = logging.getLogger("tests.faults")
dice = random.SystemRandom()


def test_no_money_is_lost_or_made_when_everything_around_postgresql_breaks(
    own_postgres: PostgresServer, tmp_path: Path
) -> None:
    """Workers are killed, sessions terminated, connections cut at COMMIT, the server crashes: the books agree with what
    was acknowledged, to the cent, every intent is there once or not at all, and nobody ran into a deadlock.
    """
    dbname = create_database(own_postgres)
    with Stronghold(own_postgres.url(dbname)) as owner:
        owner.migrate()
    url = own_postgres.url(dbname, role=MEMBER_ROLE)
    plan = found_bank(url, tmp_path / "stop")
    with CommitCutter(own_postgres.directory) as cutter, Crew(plan, tmp_path, [url, cutter.url(url)], WORKERS) as crew:
        nemesis = Nemesis(own_postgres, cutter, crew)
        torment([nemesis.cut, nemesis.terminate, nemesis.kill, nemesis.cut, nemesis.terminate, nemesis.crash], SECONDS)
        nemesis.cut()
        wait_until(lambda: both_cuts_were_felt(crew.logs()), "no connection was cut at COMMIT")
        crew.dismiss()
    figures = audit(url, read_transactions(own_postgres.superuser_url(dbname)), plan, crew.logs())

    deadlocks = server_log(own_postgres).count("deadlock detected")
    log.info("The bank on PostgreSQL: %s", figures | nemesis.done | cutter.done | {"deadlocks": deadlocks})
    assert not deadlocks
    assert figures["acknowledged"]
    assert_it_was_hard(own_postgres, nemesis, cutter)


def test_no_money_is_lost_or_made_when_the_writers_of_a_file_are_killed(sqlite_url: str, tmp_path: Path) -> None:
    """Processes that share one SQLite file are killed in the middle: whatever was acknowledged is there, once."""
    plan = found_bank(sqlite_url, tmp_path / "stop")
    with Crew(plan, tmp_path, [sqlite_url], max(2, WORKERS // 2)) as crew:
        torment([crew.kill_one], SECONDS / 3)
        crew.dismiss()
    figures = audit(sqlite_url, read_transactions(sqlite_url), plan, crew.logs())
    with closing(sqlite3.connect(make_url(sqlite_url).database or "")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

    log.info("The bank on SQLite: %s", figures | {"workers killed": crew.killed})
    assert figures["acknowledged"]
    assert crew.killed


# ------------------------------------------------------------------ the workers


class Worker(NamedTuple):
    """A process that is at work, and how it reaches the database."""

    pid: int
    url: str


class Crew:
    """The worker processes, of which any may die at any time.

    Args:
        plan: What they work at.
        folder: Where their logs go.
        urls: How they reach the database; they take turns, and a successor takes its predecessor's way.
        size: How many there are at any time.
    """

    def __init__(self, plan: Plan, folder: Path, urls: list[str], size: int) -> None:
        self._plan_path = plan.save(folder / "plan.json")
        self._stop_file = Path(plan.stop_file)
        self._urls = itertools.cycle(urls)
        self._logs = (folder / f"w{number}.log" for number in itertools.count(1))
        self._size = size
        self._working: dict[Path, Worker] = {}
        self._all: list[Path] = []
        self.killed = 0

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.support.bank", str(self._plan_path)]
        self._nursery = subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(self._size):
            self._hire(next(self._urls))
        wait_until(lambda: all(log.outcomes or log.complaint for log in self.logs()), "a worker does not begin")
        return self

    def __exit__(self, *_error: object) -> None:
        for worker in self._working.values():
            os.kill(worker.pid, signal.SIGKILL)
        self._nursery.communicate()

    def kill_one(self) -> None:
        """Kill a worker, and let a new one finish what it was at."""
        path = dice.choice(list(self._working))
        worker = self._working[path]
        os.kill(worker.pid, signal.SIGKILL)
        self._say_goodbye(path, -signal.SIGKILL)
        self.killed += 1
        self._hire(worker.url, path)

    def dismiss(self) -> None:
        """Let all finish what they are at, and leave; none may have failed."""
        self._stop_file.touch()
        for path in list(self._working):
            self._say_goodbye(path, 0)

    def logs(self) -> list[Log]:
        """Read the logs of all there ever were."""
        return [read_log(path) for path in self._all]

    def _hire(self, url: str, *predecessors: Path) -> None:
        path = next(self._logs)
        path.touch()
        pid = self._ask(url, path, *predecessors)
        assert pid is not None
        self._working[path] = Worker(pid, url)
        self._all.append(path)

    def _say_goodbye(self, path: Path, expected: int) -> None:
        pid = self._working[path].pid
        status = wait_until(lambda: self._ask(pid), f"{path.stem} does not leave")
        del self._working[path]
        assert status == expected, read_log(path).complaint

    def _ask(self, *words: object) -> int | None:
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        print(json.dumps(words, default=str), file=self._nursery.stdin, flush=True)
        answer: int | None = json.loads(self._nursery.stdout.readline())
        return answer


Result = TypeVar("Result")


def wait_until(condition: Callable[[], Result | None], otherwise: str) -> Result:
    """Return what *condition* returns, as soon as that is neither none nor false; fail if it takes forever."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := condition()) is None or found is False:
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.02)
    return found


# ------------------------------------------------------------------ what goes wrong


@dataclass
class Nemesis:
    """Whatever happens to a server and its clients."""

    server: PostgresServer
    cutter: CommitCutter
    crew: Crew
    done: Counter[str] = field(default_factory=Counter)

    def cut(self) -> None:
        """Cut connections whose client has just said COMMIT."""
        self.cutter.cut(Cut.AFTER, Cut.BEFORE)

    def terminate(self) -> None:
        """End some sessions, whatever they are at."""
        with psycopg.connect(self.server.superuser_url(), autocommit=True) as connection:
            ended = connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = %s order by random() limit 2",
                [MEMBER_ROLE],
            )
            self.done["sessions terminated"] += len(ended.fetchall())

    def kill(self) -> None:
        """Kill a worker."""
        self.crew.kill_one()
        self.done["workers killed"] += 1

    def crash(self) -> None:
        """Stop the server as a crash would, and start it again."""
        self.server.restart("immediate")
        self.done["server crashes"] += 1


def torment(deeds: Sequence[Callable[[], None]], seconds: float) -> None:
    """Commit one deed after another, round after round: at least one round."""
    end = time.monotonic() + seconds
    for number, deed in enumerate(itertools.cycle(deeds)):
        if number >= len(deeds) and time.monotonic() > end:
            return
        deed()
        time.sleep(dice.uniform(0.2, 0.6))


def server_log(server: PostgresServer) -> str:
    """Return all that the server said."""
    return (server.directory / "log").read_text(encoding="utf-8")


def assert_it_was_hard(server: PostgresServer, nemesis: Nemesis, cutter: CommitCutter) -> None:
    """A nemesis that did nothing would prove nothing."""
    assert min(nemesis.done[evil] for evil in ("sessions terminated", "workers killed", "server crashes"))
    assert server_log(server).count("database system was not properly shut down") == nemesis.done["server crashes"]
    assert min(cutter.done[cut] for cut in Cut)


def both_cuts_were_felt(logs: list[Log]) -> bool:
    """Tell whether workers repeated something that was there, and something that was not."""
    counts = sum((log.counts for log in logs), Counter[str]())
    return bool(counts["unknown, then replayed"] and counts["unknown, then posted"] + counts["unknown, then refused"])


# ------------------------------------------------------------------ the auditor


Booked = dict[str, list[dict[str, int]]]
"""By description: of each transaction that has it, how it changed which account."""


def read_transactions(url: str) -> Booked:
    """Read every transaction of the workers, past the library."""
    query = text(
        "SELECT t.description, t.id, e.account_id, e.amount_minor FROM stronghold_transaction t"
        " JOIN stronghold_entry e ON e.tenant_id = t.tenant_id AND e.transaction_id = t.id"
        " WHERE t.kind IN ('transfer', 'record') AND t.description IS NOT NULL"
    )
    changes: dict[tuple[str, object], dict[str, int]] = {}
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"), poolclass=NullPool)
    with engine.connect() as connection:
        for description, transaction, account, minor in connection.execute(query):
            of_transaction = changes.setdefault((description, transaction), {})
            account_id = str(UUID(bytes=account) if isinstance(account, bytes) else account)
            of_transaction[account_id] = of_transaction.get(account_id, 0) + minor
    booked: Booked = {}
    for (description, _), of_transaction in changes.items():
        booked.setdefault(description, []).append(of_transaction)
    return booked


def audit(url: str, booked: Booked, plan: Plan, logs: list[Log]) -> Counter[str]:
    """Hold the books against the workers' logs; return what there was to see."""
    outcomes = {name: outcome for log in logs for name, outcome in log.outcomes.items()}
    # A successor repeats its predecessor's intent, so one intent may be in two logs.
    intents = {intent.moves[0].name: intent for log in logs for intent in log.intents}

    check_each_move(intents.values(), booked, outcomes)
    with Stronghold(url) as stronghold:
        check_balances(stronghold, plan, booked)
        verification = stronghold.verify(plan.tenant)
    assert verification.is_sound, verification.findings
    counts = sum((log.counts for log in logs), Counter[str]())
    return counts + Counter(
        {
            "intents": len(intents),
            "acknowledged": sum(outcome != REFUSED for outcome in outcomes.values()),
            "refused": sum(outcome == REFUSED for outcome in outcomes.values()),
            "never answered": sum(intent.moves[0].name not in outcomes for intent in intents.values()),
            "transactions": verification.transactions,
        }
    )


def check_each_move(intents: Iterable[Intent], booked: Booked, outcomes: dict[str, str]) -> None:
    """Pass if exactly what was acknowledged is booked, and what was never answered is booked whole or not at all."""
    intended = set()
    for intent in intents:
        there = {move.name for move in intent.moves if move.name in booked}
        for move in intent.moves:
            intended.add(move.name)
            if move.name in outcomes:
                assert (move.name in there) == (outcomes[move.name] != REFUSED), (move, outcomes[move.name])
            if move.name in there:
                assert booked[move.name] == [{move.source: -move.minor, move.target: move.minor}], move
        if intent.on_error == "stop":
            assert len(there) in {0, len(intent.moves)}, intent
    assert booked.keys() <= intended, "somebody posted what nobody intended"


def check_balances(stronghold: Stronghold, plan: Plan, booked: Booked) -> None:
    """Pass if each balance is what the opening balance and the booked moves come to."""
    expected = dict.fromkeys(plan.accounts, OPENING_MINOR) | {plan.fees_account: 0, plan.interest_account: 0}
    for (changes,) in booked.values():
        for account, minor in changes.items():
            expected[account] += minor
    balances = stronghold.read(plan.tenant, principal=OWNER, do=lambda books: read(books, plan))
    assert balances == expected
    check(balances, plan)

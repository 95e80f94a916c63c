"""How many requests a server of one process answers: `python -m benches.load --help`.

`wrk` asks over loopback, sixteen requests at a time, one page after another in turns, so that what else the machine
does weighs on all of them. Beside ours stands a bare endpoint of the same application: one SELECT through SQLAlchemy,
without a table even, in the thread pool like ours; without token, tenant, permission or record.

Then some threads post at once, each request twice under one Idempotency-Key: what was acknowledged must be in the
books, once, or the run fails. That is no figure but a check, at every size.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import re
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvicorn
from fastapi import FastAPI
from sqlalchemy import create_engine, text

from benches import report
from benches.figures import Figure, Target, at_least
from benches.grounds import Grounds
from stronghold_core import Money, Stronghold
from stronghold_core.demo_data import plant
from stronghold_core.identity.tokens import AccessTokens
from stronghold_core.keys import Key, KeyRing
from stronghold_fastapi import BearerTokens, install

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from benches.grounds import Ground
    from stronghold_core import AccountRecord

PAGE: Final = Path(__file__).parents[1] / "docs" / "reference" / "load.md"
ADA: Final = "user:ada"
AT_ONCE: Final = 16
POSTERS: Final = 8
_RATE: Final = re.compile(r"Requests/sec:\s*([\d.]+)")
_BAD: Final = re.compile(r"Non-2xx or 3xx responses: \d+|Socket errors: .+")


@dataclass(frozen=True)
class Size:
    """How much is done."""

    transactions: int
    rounds: int
    seconds: int
    postings: int
    """By each thread."""


SIZES: Final = {
    "smoke": Size(transactions=200, rounds=1, seconds=1, postings=5),
    "default": Size(transactions=20_000, rounds=7, seconds=2, postings=100),
}


@dataclass(frozen=True)
class Page:
    """One address that is asked for again and again."""

    name: str
    path: str
    headers: Mapping[str, str]
    target: Target | None = None


# ------------------------------------------------------------------ the server


def serve(url: str, keys: str, port: int) -> None:
    """Serve the books at *url*, and a bare endpoint beside them, until the process is ended."""
    stronghold = Stronghold(url)
    app = FastAPI()
    install(app, stronghold, authenticate=BearerTokens(_tokens(keys)))
    bare = create_engine(stronghold.database.engine.url)

    @app.get("/bare")
    def select() -> dict[str, object]:
        with bare.connect() as connection:
            row = connection.execute(text("SELECT 'Checking' AS name, 'asset' AS type, 4217 AS balance")).one()
        return dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


@contextmanager
def served(url: str, keys: str) -> Generator[int]:
    """Run a server of one process on a free port, and give the port once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(url, keys, port), daemon=True)
    process.start()
    try:
        _await(port)
        yield port
    finally:
        process.terminate()
        process.join(10)


def _await(port: int) -> None:
    for _ in range(300):
        try:
            Visitor(port, {}).ask("GET", "/health")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("The server did not answer within half a minute.")


def _tokens(keys: str) -> AccessTokens:
    return AccessTokens(KeyRing.from_json(keys.encode()), issuer="https://books.bench", audience="books")


@dataclass(frozen=True)
class Visitor:
    """Who asks a server."""

    port: int
    proof: Mapping[str, str]

    def ask(
        self, method: str, path: str, *, body: object = None, **headers: str
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Send one request, and return the status, the headers and the body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = None if body is None else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, sent, {"Content-Type": "application/json", **self.proof, **named})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()


# ------------------------------------------------------------------ measuring


def load(ground: Ground, size: Size) -> Iterator[Figure]:
    """Measure one database."""
    tenant = plant(ground.stronghold, "household", principal=ADA, transactions=size.transactions)
    with ground.stronghold.books(tenant.id, principal=ADA) as books:
        account = books.accounts.open(name="Load", type="asset")
    ground.settle()
    keys = KeyRing([Key.new(now=datetime.now(UTC))]).to_json()
    proof = {"Authorization": f"Bearer {_tokens(keys).issue(ADA, tenant.id).token}"}
    url = ground.stronghold.database.engine.url.render_as_string(hide_password=False)
    with served(url, keys) as port:
        visitor = Visitor(port, proof)
        yield from _rates(ground.name, visitor, account, size)
        yield _posted(ground.name, visitor, account, size.postings)


def _rates(database: str, visitor: Visitor, account: AccountRecord, size: Size) -> Iterator[Figure]:
    overview = "/financial/dashboard"
    _, headers, _ = visitor.ask("GET", overview)
    proof = visitor.proof
    pages = (
        Page("GET of one account", f"/api/v1/accounts/{account.id}", proof, at_least(0.6)),
        Page("GET of the overview, kept", overview, proof),
        Page("GET of the overview, 304", overview, {**proof, "If-None-Match": headers["etag"]}),
        Page("GET of fifty transactions", "/api/v1/transactions", proof),
    )
    bare = Page("bare", "/bare", {})
    rounds = [[_wrk(visitor.port, page, size.seconds) for page in (bare, *pages)] for _ in range(size.rounds)]
    for number, page in enumerate(pages, start=1):
        yield Figure(
            name=f"{database}, {page.name}",
            unit="requests/s",
            ours=statistics.median(taken[number] for taken in rounds),
            beside=statistics.median(taken[0] for taken in rounds),
            ratio=statistics.median(taken[number] / taken[0] for taken in rounds),
            against="a bare SELECT",
            target=page.target,
        )


def _wrk(port: int, page: Page, seconds: int) -> float:
    headers = [f"-H{name}: {value}" for name, value in page.headers.items()]
    command = ["wrk", "-t1", f"-c{AT_ONCE}", f"-d{seconds}s", *headers, f"http://127.0.0.1:{port}{page.path}"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - chosen above
    if bad := _BAD.search(told):
        raise RuntimeError(f"{page.name}: {bad[0]}")
    found = _RATE.search(told)
    assert found is not None, told
    return float(found[1])


def _posted(database: str, visitor: Visitor, account: AccountRecord, each: int) -> Figure:
    """Post from several threads, each request twice, and look whether the books hold each once."""
    acknowledged: list[str] = []
    start = time.perf_counter()
    threads = [threading.Thread(target=_post, args=(visitor, account, each, acknowledged)) for _ in range(POSTERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - start
    wanted = POSTERS * each
    _, _, told = visitor.ask("GET", f"/api/v1/accounts/{account.id}")
    balance = json.loads(told)["balance"]["amount"]
    if len(acknowledged) != 2 * wanted or len(set(acknowledged)) != wanted:
        raise RuntimeError(f"{len(acknowledged)} answers of {len(set(acknowledged))} postings: not {wanted} twice.")
    if balance != str(Money(wanted, account.currency).amount):
        raise RuntimeError(f"The account holds {balance} after {wanted} postings of the smallest unit.")
    return Figure(
        name=f"{database}, postings, each sent twice by one of {POSTERS} threads",
        unit="requests/s",
        ours=2 * wanted / took,
        beside=None,
        ratio=None,
    )


def _post(visitor: Visitor, account: AccountRecord, count: int, acknowledged: list[str]) -> None:
    amount = {"amount": str(Money(1, account.currency).amount), "currency": account.currency}
    body = {"account": str(account.id), "amount": amount}
    for key in (secrets.token_hex(16) for _ in range(count)):
        for _ in range(2):
            status, _, answer = visitor.ask("POST", "/api/v1/transactions", body=body, Idempotency_Key=key)
            if status != http.HTTPStatus.CREATED:
                raise RuntimeError(answer.decode())
            acknowledged.append(json.loads(answer)["id"])


# ------------------------------------------------------------------ telling


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and tell."""
    parser = argparse.ArgumentParser(prog="./dev load", description="Measure how many requests a server answers.")
    parser.add_argument("--smoke", action="store_true", help="tiny sizes: shows that all of it runs")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/reference/load.md")
    parser.add_argument("--database-url", help="a superuser's URL of a PostgreSQL server to use")
    chosen = parser.parse_args(arguments)
    if shutil.which("wrk") is None:
        parser.exit(2, "wrk is missing: install it (on Debian and Ubuntu: apt-get install wrk).\n")
    mode = "smoke" if chosen.smoke else "default"
    with Grounds(chosen.database_url) as grounds:
        figures = []
        for ground in grounds.each():
            for figure in load(ground, SIZES[mode]):
                print(report.line(figure), file=sys.stderr, flush=True)
                figures.append(figure)
        machine = grounds.machine()
    print(report.terminal_table(figures))
    if chosen.write:
        report.write_page(report.markdown(figures, machine, mode), PAGE)


if __name__ == "__main__":
    main()

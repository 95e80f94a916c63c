"""Bank statements: a CSV file previewed and imported, and the memory that takes."""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benches.figures import Figure, at_least, at_most, compared
from benches.measuring import in_turns, peak_growth
from benches.ours import open_tenant
from benches.sides import PRINCIPAL
from stronghold_core.ledger import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benches.grounds import Ground, Grounds
    from benches.sides import Tenant
    from benches.sizes import Sizes

_WANTED: Final = 10_000
"""How many rows a second a person who waits for a preview ought to get."""

_FIRST: Final = date(2020, 1, 1)
_DAYS: Final = 2_000
_CHUNK: Final = 1_000
_TIMES: Final = 5
"""How much longer the long file is."""

_COUNTS_MIB: Final = 16.0
"""What counting equal rows may take in memory before it moves to the disk, added to both sides of a ratio: below it
memory may grow with the rows, and means nothing."""

_PROGRESS_EVERY: Final = 100_000


def statements(grounds: Grounds, sizes: Sizes) -> Iterator[Figure]:
    """Both databases: a bank's file previewed (beside 10,000 rows/s), imported (beside `post_many`), and its memory."""
    with tempfile.TemporaryDirectory(prefix="stronghold-bench-") as folder:
        for ground in grounds.each():
            yield from _statements(ground, sizes, Path(folder))


def _statements(ground: Ground, sizes: Sizes, folder: Path) -> Iterator[Figure]:
    tenant = open_tenant(ground, accounts=2, categories=1)
    rows = sizes.statement_rows
    files = iter(range(1_000_000))

    def previewed() -> float:
        return _rate(rows, partial(_preview, ground, tenant, _file(folder, next(files), rows)))

    def imported() -> float:
        return _rate(rows, partial(_import, ground, tenant, _file(folder, next(files), rows)))

    def posted() -> float:
        return _rate(rows, partial(_post, ground, tenant, next(files), rows))

    seen = [previewed() for _ in range(sizes.rounds)]
    yield compared(
        f"{ground.name}, rows previewed",
        "rows/s",
        ours=seen,
        beside=[_WANTED] * len(seen),
        against="what is wanted",
        target=at_least(1),
    )
    for side in (imported, posted):
        side()
    ground.settle()
    ours, beside = in_turns([imported, posted], rounds=sizes.rounds)
    yield compared(
        f"{ground.name}, rows imported", "rows/s", ours=ours, beside=beside, against="post_many", target=at_least(0.6)
    )
    short = peak_growth(partial(_preview, ground, tenant, _file(folder, next(files), rows)))
    long = peak_growth(partial(_preview, ground, tenant, _file(folder, next(files), rows * _TIMES)))
    if short is not None and long is not None:
        yield Figure(
            name=f"{ground.name}, memory of a preview, {_TIMES} times the rows",
            unit="MiB",
            ours=long,
            beside=short,
            ratio=(long + _COUNTS_MIB) / (short + _COUNTS_MIB),
            against="the rows once",
            target=at_most(2),
        )


def long_statement(grounds: Grounds, sizes: Sizes) -> Iterator[Figure]:
    """Both databases, with --full alone: a bank's file of 200 MB previewed and imported, and the memory that takes."""
    if not sizes.statement_mib:
        return
    with tempfile.TemporaryDirectory(prefix="stronghold-bench-") as folder:
        path = Path(folder) / "long.csv"
        rows = _long_file(path, sizes.statement_mib)
        for ground in grounds.each():
            tenant = open_tenant(ground, accounts=1, categories=1)
            yield from _long_steps(ground, tenant, path, rows)


def _long_steps(ground: Ground, tenant: Tenant, path: Path, rows: int) -> Iterator[Figure]:
    for verb, step in (
        ("previewed", partial(_preview, ground, tenant, path)),
        ("imported", partial(_import, ground, tenant, path, progress=_progress())),
    ):
        start = time.perf_counter()
        grown = peak_growth(step)
        rate = rows / (time.perf_counter() - start)
        name = f"{ground.name}, {rows:,} rows of one file {verb}"
        yield Figure(name=name, unit="rows/s", ours=rate, beside=None, ratio=None)
        if grown is not None:
            mib = path.stat().st_size / 2**20
            yield Figure(
                name=f"{name}, memory",
                unit="MiB",
                ours=grown,
                beside=mib,
                ratio=grown / mib,
                against="the file",
                target=at_most(0.25),
            )


def _progress() -> Callable[[int], None]:
    """Tell now and then how far an import is."""
    told = 0

    def tell(rows: int) -> None:
        nonlocal told
        if rows >= told + _PROGRESS_EVERY:
            told = rows
            print(f"  {rows:,} rows imported", file=sys.stderr, flush=True)

    return tell


def _long_file(path: Path, mib: int) -> int:
    """Write rows as long as banks write them until the file has so many MiB; return how many."""
    rows, balance = 0, 0
    with path.open("w", encoding="utf-8") as file:
        file.write("Buchungstag;Name;IBAN;Verwendungszweck;Betrag (EUR);Saldo\n")
        while file.tell() < mib * 2**20:
            for row in range(rows, rows + _CHUNK):
                minor = 50 + row * 7 % 9_000
                balance += minor
                day = _FIRST + timedelta(days=row // _CHUNK)
                words = (
                    f"Rechnung {row} vom {day:%d.%m.%Y}, Kundennummer {row % 977:06}, vielen Dank fuer Ihren Einkauf"
                )
                shop = f"Laden {row % 4_999} GmbH & Co. KG;DE{row % 89 + 10}1005{row % 4_999:014}"
                file.write(f"{day:%d.%m.%Y};{shop};{words};{_german(minor)};{_german(balance)}\n")
            rows += _CHUNK
    return rows


def _file(folder: Path, number: int, rows: int) -> Path:
    """Write a file that is like no other, with a balance beside each row."""
    path = folder / f"{number}.csv"
    balance = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("Buchungstag;Verwendungszweck;Betrag (EUR);Saldo\n")
        for row in range(rows):
            day = _FIRST + timedelta(days=row * _DAYS // rows)
            minor = 50 + row * 7 % 9_000
            balance += minor
            file.write(f"{day:%d.%m.%Y};Zahlung {number} an Laden {row};{_german(minor)};{_german(balance)}\n")
    return path


def _german(minor: int) -> str:
    return f"{minor // 100},{minor % 100:02}"


def _preview(ground: Ground, tenant: Tenant, path: Path) -> None:
    with (
        ground.stronghold.books(tenant.id, principal=PRINCIPAL, read_only=True) as books,
        books.bank_statements.preview_csv(path, account=tenant.accounts[0]) as preview,
    ):
        for _ in preview:
            pass
        assert preview.summary.new == preview.summary.rows
        assert not preview.summary.warnings


def _import(ground: Ground, tenant: Tenant, path: Path, *, progress: Callable[[int], None] | None = None) -> None:
    with ground.stronghold.books(tenant.id, principal=PRINCIPAL) as books:
        assert books.bank_statements.import_csv(path, account=tenant.accounts[0], progress=progress).posted


def _post(ground: Ground, tenant: Tenant, number: int, rows: int) -> None:
    """Post as many uncategorised records, of as many days, in one unit."""
    with ground.stronghold.books(tenant.id, principal=PRINCIPAL) as books:
        for first in range(0, rows, _CHUNK):
            drafts = [
                Record(
                    account=tenant.accounts[0],
                    amount=f"{50 + row * 7 % 9_000}.00",
                    on=_FIRST + timedelta(days=row * _DAYS // rows),
                    description=f"Zahlung {number} an Laden {row}",
                )
                for row in range(first, min(first + _CHUNK, rows))
            ]
            books.transactions.post_many(drafts)


def _rate(rows: int, step: partial[None]) -> float:
    start = time.perf_counter()
    step()
    return rows / (time.perf_counter() - start)

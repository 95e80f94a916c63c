"""Run benchmarks: `python -m benches --help`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benches import report
from benches.batches import batch
from benches.grounds import Grounds
from benches.growth import breadth, growth
from benches.postings import hot, receivables, single, sqlite
from benches.rights import permission
from benches.sizes import DEFAULT, FULL, SMOKE
from benches.statements import long_statement, statements
from benches.storage import room
from benches.units import audit, select
from benches.walls import walls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benches.figures import Figure
    from benches.sizes import Sizes

    Benchmark = Callable[[Grounds, Sizes], Iterator[Figure]]

BENCHMARKS: Final[dict[str, Benchmark]] = {
    "single": single,
    "hot": hot,
    "receivables": receivables,
    "batch": batch,
    "sqlite": sqlite,
    "select": select,
    "audit": audit,
    "permission": permission,
    "walls": walls,
    "growth": growth,
    "breadth": breadth,
    "bytes": room,
    "statements": statements,
    "long_statement": long_statement,
}
NEEDS_POSTGRESQL: Final = {"single", "hot", "receivables"}
SIZES: Final = {"smoke": SMOKE, "default": DEFAULT, "full": FULL}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what was asked for, and tell it."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.write and (chosen.only or chosen.mode == "smoke"):
        parser.error("--write takes a whole default or full run.")
    with Grounds(chosen.database_url) as grounds:
        figures = list(_measure(grounds, SIZES[chosen.mode], chosen.only or list(BENCHMARKS)))
        machine = grounds.machine()
    print("\n".join(f"{name}: {fact}" for name, fact in machine.items()))
    print(report.terminal_table(figures))
    if chosen.json:
        told = {"mode": chosen.mode, "machine": machine, "figures": [figure.as_json() for figure in figures]}
        chosen.json.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if chosen.write:
        report.write_page(report.markdown(figures, machine, chosen.mode))


def _measure(grounds: Grounds, sizes: Sizes, names: Sequence[str]) -> Iterator[Figure]:
    for name in names:
        if name in NEEDS_POSTGRESQL and not grounds.has_postgresql:
            _tell(f"{name}: left out, there is no PostgreSQL")
            continue
        start = time.perf_counter()
        for figure in BENCHMARKS[name](grounds, sizes):
            _tell(report.line(figure))
            yield figure
        _tell(f"{name} took {time.perf_counter() - start:.0f} s")


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    described = "\n".join(f"  {name:<12} {function.__doc__}" for name, function in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benches",
        description="Measure the library beside bare drivers, in turns. Only ratios count.",
        epilog=f"benchmarks:\n{described}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--smoke", dest="mode", action="store_const", const="smoke", help="tiny: see that it runs")
    modes.add_argument("--full", dest="mode", action="store_const", const="full", help="larger, with 1M transactions")
    parser.set_defaults(mode="default")
    parser.add_argument("--only", action="append", choices=BENCHMARKS, metavar="NAME", help="may be given repeatedly")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures as JSON")
    parser.add_argument("--write", action="store_true", help="put the table into docs/reference/benchmarks.md")
    parser.add_argument(
        "--database-url",
        default=os.environ.get("STRONGHOLD_TEST_PG_URL"),
        metavar="URL",
        help="a superuser's URL of a PostgreSQL server; without it, and without STRONGHOLD_TEST_PG_URL, "
        "one is started from the wheel",
    )
    return parser


if __name__ == "__main__":
    main()

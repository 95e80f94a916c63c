"""Measuring: blocks of work that take turns, medians, and the peak of a process's memory."""

from __future__ import annotations

import gc
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_CLEAR_REFS, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")
_RESET_PEAK = "5"


def in_turns(sides: Sequence[Callable[[], float]], *, rounds: int) -> list[list[float]]:
    """Run one block of each side, then again, *rounds* times; return what each side's blocks returned."""
    seen: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for values, side in zip(seen, sides, strict=True):
            values.append(side())
    return seen


def rate(workers: Sequence[Callable[[], object]], *, seconds: float) -> float:
    """Return how many steps a second all *workers* do together, each in a thread of its own."""
    start = time.perf_counter()

    def work(step: Callable[[], object]) -> int:
        step()
        done = 1
        while time.perf_counter() < start + seconds:
            step()
            done += 1
        return done

    with ThreadPoolExecutor(len(workers)) as pool:
        done = sum(pool.map(work, workers))
    return done / (time.perf_counter() - start)


def milliseconds(step: Callable[[], object], *, seconds: float) -> float:
    """Return the mean time of one call, over as many as fit into *seconds* and at least one.

    A block's length does not depend on how fast a side is: on a busy machine short blocks would slip through where
    long ones are interrupted.
    """
    return 1000 / rate([step], seconds=seconds)


def peak_growth(step: Callable[[], object]) -> float | None:
    """Return by how many MiB the process's memory grew at its peak within *step*; none if the system can't tell.

    Linux keeps the peak of the resident memory and forgets it on demand, so this sees also what C libraries allocate.
    """
    if not _CLEAR_REFS.exists():
        return None
    gc.collect()
    _CLEAR_REFS.write_text(_RESET_PEAK)
    before = _status_kib("VmHWM")
    step()
    return (_status_kib("VmHWM") - before) / 1024


def _status_kib(name: str) -> int:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1])

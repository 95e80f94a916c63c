"""What PostgreSQL did for a statement: the rows that each step of its plan took."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import event, text

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from sqlalchemy import Engine

Step = dict[str, Any]


class Explained(NamedTuple):
    """A statement, and the most rows that one step of its plan took."""

    statement: str
    rows: float
    chosen: dict[str, float]
    """How many rows of each table were not thrown away as soon as they were read."""


def gather_statistics(engine: Engine) -> None:
    """Let PostgreSQL look at what there is."""
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))


@contextmanager
def explaining(engine: Engine) -> Generator[list[Explained]]:
    """Explain every question that is asked inside the block, under the settings that it is asked with."""
    found: list[Explained] = []

    def explain(_connection: object, cursor: Any, statement: str, parameters: Any, *_rest: object) -> None:  # noqa: ANN401
        if not statement.lstrip().startswith(("SELECT", "WITH")):
            return
        with cursor.connection.cursor() as second:
            second.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", parameters)
            ((plans,),) = second.fetchall()
        plan = [*steps(plans[0]["Plan"])]
        found.append(Explained(statement, max(rows_taken(step) for step in plan), rows_chosen(plan)))

    event.listen(engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", explain)


def steps(plan: Step) -> Iterator[Step]:
    """Go through the steps of a plan, the last one first."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from steps(below)


def rows_taken(step: Step) -> float:
    """Count the rows that a step looked at: those that it handed on, and those that it threw away."""
    removed: float = sum(value for name, value in step.items() if name.startswith("Rows Removed by"))
    return float((step["Actual Rows"] + removed) * step["Actual Loops"])


def rows_chosen(plan: list[Step]) -> dict[str, float]:
    """Count the rows that the steps which read a table handed on, by table."""
    chosen: Counter[str] = Counter()
    for step in plan:
        if "Relation Name" in step:
            chosen[step["Relation Name"]] += step["Actual Rows"] * step["Actual Loops"]
    return dict(chosen)

"""Joins whose order matters more than what a planner guesses.

SQLite knows nothing of how many rows a table has until somebody runs ANALYZE. It then takes "all rows of the tenant"
for as few as "all rows of this account within these days", and goes through whichever it likes. With CROSS JOIN it goes
through the left side first, and finds the right side's rows by their index.

PostgreSQL has statistics. But of a tenant, or of a table, that it has not met when it gathered them, it knows as
little; and how few rows a ranking leaves it never knows. So it is told to go through the left side as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.selectable import Join

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler


class one_by_one(Join):  # noqa: N801 - a clause, written like SQLAlchemy's functions
    """An inner join that looks its right side up for each row of the left: ``one_by_one(left, right, onclause)``.

    All that the look-up shall be by stands in *onclause*: on PostgreSQL, no condition outside gets to the right side.
    """

    inherit_cache = True


@compiles(one_by_one)
def _lateral_join(element: one_by_one, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    left, right = (compiler.process(side, **{**options, "asfrom": True}) for side in (element.left, element.right))
    options.pop("asfrom", None)
    on = compiler.process(element.onclause, **options)  # type: ignore[arg-type]
    # What is in brackets is called like the table in it, so that columns keep their names; OFFSET keeps PostgreSQL from
    # taking the brackets off.
    return f"{left} CROSS JOIN LATERAL (SELECT * FROM {right} WHERE {on} OFFSET 0) AS {right}"  # noqa: S608 - our own names


@compiles(one_by_one, "sqlite")
def _cross_join(element: one_by_one, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    left, right = (compiler.process(side, **{**options, "asfrom": True}) for side in (element.left, element.right))
    options.pop("asfrom", None)
    return f"{left} CROSS JOIN {right} ON {compiler.process(element.onclause, **options)}"  # type: ignore[arg-type]

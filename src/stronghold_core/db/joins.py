"""Joins whose order matters more than what a planner guesses.

SQLite knows nothing of how many rows a table has until somebody runs ANALYZE. It then takes "all rows of the tenant"
for as few as "all rows of this account within these days", and goes through whichever it likes. With CROSS JOIN it goes
through the left side first, and finds the right side's rows by their index. PostgreSQL has statistics, and decides by
itself.

But of a tenant, or of a table, that PostgreSQL has not met when it gathered its statistics, it knows as little; and how
few rows a ranking leaves it never knows. Where the left side is known to be short, it is told to go through it as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.selectable import Join

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler


class in_order(Join):  # noqa: N801 - a clause, written like SQLAlchemy's functions
    """An inner join that goes through its left side first: ``in_order(left, right, onclause)``."""

    inherit_cache = True


class one_by_one(in_order):  # noqa: N801 - the same
    """Such a join of few rows on the left with a table, on either database: no other way is open to them."""

    inherit_cache = True


@compiles(in_order)
def _join(element: in_order, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    return str(compiler.visit_join(element, **options))  # type: ignore[no-untyped-call]


@compiles(one_by_one)
def _lateral_join(element: one_by_one, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    left, right = (compiler.process(side, **{**options, "asfrom": True}) for side in (element.left, element.right))
    options.pop("asfrom", None)
    on = compiler.process(element.onclause, **options)  # type: ignore[arg-type]
    # What is in brackets is called like the table in it, so that columns keep their names; OFFSET keeps PostgreSQL from
    # taking the brackets off.
    return f"{left} CROSS JOIN LATERAL (SELECT * FROM {right} WHERE {on} OFFSET 0) AS {right}"  # noqa: S608 - our own names


@compiles(in_order, "sqlite")
@compiles(one_by_one, "sqlite")
def _cross_join(element: in_order, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    left, right = (compiler.process(side, **{**options, "asfrom": True}) for side in (element.left, element.right))
    options.pop("asfrom", None)
    return f"{left} CROSS JOIN {right} ON {compiler.process(element.onclause, **options)}"  # type: ignore[arg-type]

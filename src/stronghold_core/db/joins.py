"""Joins whose order matters more than what a planner guesses.

SQLite knows nothing of how many rows a table has until somebody runs ANALYZE. It then takes "all rows of the tenant"
for as few as "all rows of this account within these days", and goes through whichever it likes. With CROSS JOIN it goes
through the left side first, and finds the right side's rows by their index. PostgreSQL has statistics, and decides by
itself.
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


@compiles(in_order)
def _join(element: in_order, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    return str(compiler.visit_join(element, **options))  # type: ignore[no-untyped-call]


@compiles(in_order, "sqlite")
def _cross_join(element: in_order, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    left, right = (compiler.process(side, **{**options, "asfrom": True}) for side in (element.left, element.right))
    options.pop("asfrom", None)
    return f"{left} CROSS JOIN {right} ON {compiler.process(element.onclause, **options)}"  # type: ignore[arg-type]

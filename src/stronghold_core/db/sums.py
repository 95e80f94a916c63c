"""Adding up amounts exactly, however many: a sum may pass the 63 bits that each of its parts keeps to.

PostgreSQL sums BIGINT to NUMERIC, which has no end. SQLite's SUM fails as soon as it passes 63 bits, be it only on the
way; so there the halves of 32 bits are added up, each for itself, and put together by whoever reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, Dialect, Text, TypeDecorator
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from decimal import Decimal

    from sqlalchemy.sql.compiler import SQLCompiler


class _Sum(TypeDecorator[int]):
    """An int, from NUMERIC or from two halves written as text; nothing adds up to 0."""

    impl = Text
    cache_ok = True

    def process_result_value(self, value: Decimal | str | None, dialect: Dialect) -> int:  # noqa: ARG002
        """Read the sum."""
        if isinstance(value, str):
            high, low = value.split()
            return (int(high) << 32) + int(low)
        return 0 if value is None else int(value)


class exact_sum(FunctionElement[int]):  # noqa: N801 - SQLAlchemy's functions are written like SQL's
    """The exact sum of a column of whole numbers that fit into 63 bits each."""

    type = _Sum()
    name = "exact_sum"
    inherit_cache = True


class is_something(FunctionElement[bool]):  # noqa: N801 - the same
    """Whether the exact sum of such a column is another than 0."""

    type = Boolean()
    name = "is_something"
    inherit_cache = True


@compiles(exact_sum)
def _sum(element: exact_sum, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    return f"sum({compiler.process(element.clauses, **options)})"


@compiles(exact_sum, "sqlite")
def _sum_of_halves(element: exact_sum, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    column = compiler.process(element.clauses, **options)
    return f"(sum(({column}) >> 32) || ' ' || sum(({column}) & 4294967295))"


@compiles(is_something)
def _is_something(element: is_something, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    return f"sum({compiler.process(element.clauses, **options)}) <> 0"


@compiles(is_something, "sqlite")
def _are_halves_something(element: is_something, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    column = compiler.process(element.clauses, **options)
    # Past 63 bits the product becomes a float, which is not 0 either.
    return f"sum(({column}) >> 32) * 4294967296 + sum(({column}) & 4294967295) <> 0"

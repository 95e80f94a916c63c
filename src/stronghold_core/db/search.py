"""Finding words within columns, without regard to case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, func, or_

if TYPE_CHECKING:
    from collections.abc import Iterable


def mentions(columns: Iterable[ColumnElement[Any]], words: str, dialect: str) -> ColumnElement[bool]:
    """Let rows pass of which one of *columns* holds *words* as they stand, in capitals or small letters."""
    if dialect == "sqlite":
        # SQLite's lower() and LIKE know ASCII letters only.
        return or_(*(column.op("GLOB", is_comparison=True)(any_case_glob(words)) for column in columns))
    return or_(*(func.lower(column).contains(words.lower(), autoescape=True) for column in columns))


def any_case_glob(words: str) -> str:
    """Write the GLOB pattern that finds *words* anywhere, in capitals or small letters of any script.

    >>> any_case_glob("Öl *")
    '*[Öö][Ll] [*]*'
    """
    return f"*{''.join(map(_any_case, words))}*"


def _any_case(character: str) -> str:
    cases = sorted({case for case in (character, character.lower(), character.upper()) if len(case) == 1})
    return f"[{''.join(cases)}]" if len(cases) > 1 or character in "*?[" else character

"""What a grant on an account allows."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from stronghold_core.errors import InvalidInputError
from stronghold_core.permissions import Permission
from stronghold_core.text import in_short, word_among

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_GRANTS: Final = 1_000
"""On how many accounts one member may have grants; a dashboard looks at as many."""


class GrantLevel(StrEnum):
    """How far a grant on an account goes; each level allows what the one before it does."""

    SEE = "see"
    ANNOTATE = "annotate"
    POST = "post"


_SEE = frozenset({Permission.ACCOUNT_READ, Permission.TRANSACTION_READ, Permission.DASHBOARD_READ})
_ANNOTATE = _SEE | {Permission.TRANSACTION_ANNOTATE, Permission.TRANSACTION_RECATEGORISE}

ALLOWS: Final[Mapping[GrantLevel, frozenset[Permission]]] = {
    GrantLevel.SEE: _SEE,
    GrantLevel.ANNOTATE: _ANNOTATE,
    GrantLevel.POST: _ANNOTATE | {Permission.TRANSACTION_POST},
}


def checked_level(level: str) -> GrantLevel:
    """Read a level.

    >>> checked_level("see")
    <GrantLevel.SEE: 'see'>

    Raises:
        InvalidInputError: If there is none of that name.
    """
    found = word_among(GrantLevel, level)
    if found is None:
        raise InvalidInputError(field="level", reason=f"{in_short(level)!r} is none of {', '.join(GrantLevel)}.")
    return found

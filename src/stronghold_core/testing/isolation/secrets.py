"""Telling whether something that one tenant got hold of is another's.

A secret is a value that stands in the victim's rows and in none of the attacker's: an id, a name, an amount. Where both
have the same, such as the number 1 or today, seeing it proves nothing, so it is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Result, Row, inspect
from sqlalchemy.exc import NoInspectionAvailable
from sqlalchemy.orm import InstanceState

_SMALLEST_NUMBER: Final = 1_000
"""Smaller ones, such as counts and versions, come about by themselves."""


class Secrets:
    """The values that only the victim's rows hold.

    Args:
        theirs: The victim's rows.
        own: The attacker's.
    """

    def __init__(self, theirs: Iterable[Mapping[str, Any]], own: Iterable[Mapping[str, Any]]) -> None:
        known = {value for row in own for value in _scalars(row)}
        every = {value for row in theirs for value in _scalars(row)} - known
        self._values = frozenset(value for value in every if _tells_something(value))
        self._words = frozenset(value for value in self._values if isinstance(value, str))

    def find_in(self, found: object) -> object:
        """Return a secret that *found* holds, however deep; None if there is none."""
        for value in _scalars(found):
            if value in self._values:
                return value
            if isinstance(value, str) and (word := next((word for word in self._words if word in value), None)):
                return word
        return None


def _tells_something(value: object) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, (str, bytes)):
        return len(value) > 5  # noqa: PLR2004 - a currency's code is in everybody's rows, or could be
    return not isinstance(value, (int, float)) or abs(value) >= _SMALLEST_NUMBER


def _scalars(found: object) -> Iterator[Any]:
    """Go through all single values of rows, records, mapped objects and whatever holds them; ids in all their forms."""
    if isinstance(found, UUID):
        yield from (found, found.bytes, found.hex, str(found))
    elif isinstance(found, Result):
        return  # of a statement that only writes
    elif found is None or isinstance(found, (str, bytes, int, float)):
        yield found
    elif isinstance(found, BaseModel):
        yield from _scalars(vars(found))
    elif isinstance(found, Mapping):
        yield from _scalars([*found.keys(), *found.values()])
    elif isinstance(found, (Row, Iterable)):
        for part in found:
            yield from _scalars(part)
    elif (state := _mapped(found)) is not None:
        yield from _scalars(list(state.dict.values()))
    else:
        with suppress(TypeError):
            hash(found)
            yield found


def _mapped(found: object) -> InstanceState[Any] | None:
    try:
        state = inspect(found)
    except NoInspectionAvailable:
        return None
    return state if isinstance(state, InstanceState) else None

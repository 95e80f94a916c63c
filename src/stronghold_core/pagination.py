"""Pages of a list, and the opaque cursor from one page to the next.

A cursor says *after which row*, never *how many rows to skip*, so rows that come or go while somebody pages are
neither repeated nor lost. It carries a digest of the tenant and the filter it was made for, which turns a mixed-up
cursor into an error. It is not signed: it holds only what its reader was just shown, and the query that uses it is
scoped to the tenant like every other, so a forged one opens nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, overload

from pydantic import BaseModel, ConfigDict, Field

from stronghold_core.errors import InvalidCursorError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_PAGE_SIZE = 500
DEFAULT_PAGE_SIZE = 50
_VERSION = 1
_MAX_CURSOR_LENGTH = 1_000

Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """One page of a list. Going through it, counting it and indexing it mean its items.

    >>> page = Page(items=("rent", "paper"), next_cursor=None)
    >>> list(page), len(page), page[0]
    (['rent', 'paper'], 2, 'rent')
    """

    model_config = ConfigDict(frozen=True)

    items: tuple[Item, ...]
    next_cursor: Annotated[str | None, Field(description="Pass it as `after` to get the next page; none at the end.")]

    def __iter__(self) -> Iterator[Item]:  # type: ignore[override]  # pydantic's would give fields, which nobody means
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, place: int) -> Item: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Item, ...]: ...
    def __getitem__(self, place: int | slice) -> Item | tuple[Item, ...]:
        return self.items[place]


def checked_limit(limit: int) -> int:
    """Return *limit* if a page may have that size.

    Raises:
        InvalidInputError: If it is not between 1 and `MAX_PAGE_SIZE`.
    """
    if type(limit) is not int or not 1 <= limit <= MAX_PAGE_SIZE:
        raise InvalidInputError(field="limit", reason=f"a page has 1 to {MAX_PAGE_SIZE} rows.", value=limit)
    return limit


def encode_cursor(position: list[str | int], *, scope: object) -> str:
    """Make the cursor that continues after *position* in the list described by *scope*.

    >>> cursor = encode_cursor(["2026-11-01", 7], scope="transactions of 42")
    >>> decode_cursor(cursor, scope="transactions of 42")
    ['2026-11-01', 7]
    """
    text = json.dumps([_VERSION, _digest(scope), *position], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str, *, scope: object) -> list[str | int]:
    """Return the position inside *cursor*.

    Raises:
        InvalidCursorError: If the cursor is damaged, or was made for another list.
    """
    if not isinstance(cursor, str) or len(cursor) > _MAX_CURSOR_LENGTH:
        raise InvalidCursorError
    try:
        content = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError) as error:
        raise InvalidCursorError from error
    if not isinstance(content, list) or content[:2] != [_VERSION, _digest(scope)]:
        raise InvalidCursorError
    return content[2:]


def decode_position(cursor: str, *readers: Callable[[str], Any], scope: object) -> list[Any]:
    """Return the position inside *cursor*, each of its parts read by a function of its own.

    >>> from datetime import date
    >>> decode_position(encode_cursor(["2026-11-01", 7], scope="days"), date.fromisoformat, int, scope="days")
    [datetime.date(2026, 11, 1), 7]

    Raises:
        InvalidCursorError: As `decode_cursor` does, and if a part can't be read: then somebody else wrote it.
    """
    position = decode_cursor(cursor, scope=scope)
    try:
        return [read(str(part)) for read, part in zip(readers, position, strict=True)]
    except ValueError as error:
        raise InvalidCursorError from error


def _digest(scope: object) -> str:
    return hashlib.sha256(repr(scope).encode()).hexdigest()[:12]

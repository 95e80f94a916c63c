"""Pages have a bounded size, and a cursor leads on in the one list it was made for."""

from __future__ import annotations

import base64
import json
from datetime import date
from uuid import UUID

import pytest
from pydantic import ValidationError

from stronghold_core import Page
from stronghold_core.errors import InvalidCursorError, InvalidInputError
from stronghold_core.pagination import (
    DEFAULT_PAGE_SIZE,
    MAX_PAGE_SIZE,
    checked_limit,
    decode_cursor,
    decode_position,
    encode_cursor,
)

SCOPE = ("transactions", 42)


def written(content: object) -> str:
    """Write *content* in the outer form of a cursor, as somebody would who makes one up."""
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def forged(*position: object) -> str:
    """Write a cursor for the right list at a position that we never hand out."""
    version, digest = json.loads(base64.b64decode(encode_cursor([], scope=SCOPE) + "==", altchars=b"-_"))
    return written([version, digest, *position])


# --- size


@pytest.mark.parametrize("limit", [1, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE])
def test_a_page_may_have_one_row_up_to_the_maximum(limit: int) -> None:
    """Both ends are allowed, and so is what a list uses when nobody asks."""
    assert checked_limit(limit) == limit


@pytest.mark.parametrize("limit", [0, -1, MAX_PAGE_SIZE + 1, 10**30, True, 1.0, "10", None])
def test_another_size_is_refused(limit: object) -> None:
    """Nothing, too much, and what only looks like a number are refused, with the value named."""
    with pytest.raises(InvalidInputError, match=f"1 to {MAX_PAGE_SIZE} rows") as caught:
        checked_limit(limit)  # type: ignore[arg-type]
    assert (caught.value.field, caught.value.value) == ("limit", limit)


def test_a_page_cannot_be_changed() -> None:
    """What a caller got is what was read."""
    page = Page[int](items=(1, 2), next_cursor=None)
    with pytest.raises(ValidationError, match="frozen"):
        page.next_cursor = "another"  # type: ignore[misc]


# --- a page as a list


def test_a_page_is_gone_through_counted_and_indexed_by_its_items() -> None:
    """A loop over what a list returned meets its rows, not the fields of a page."""
    page = Page[str](items=("rent", "paper", "tea"), next_cursor="more")
    assert list(page) == ["rent", "paper", "tea"]
    assert len(page) == 3
    assert (page[0], page[-1], page[1:]) == ("rent", "tea", ("paper", "tea"))
    assert "paper" in page
    assert "items" not in page


def test_a_page_without_items_is_empty() -> None:
    """So it counts as false, like a list, and has no first item."""
    page = Page[str](items=(), next_cursor=None)
    assert not page
    assert list(page) == []
    with pytest.raises(IndexError):
        page[0]


def test_a_page_is_still_written_and_read_as_its_two_fields() -> None:
    """Going through the items changes neither the JSON of a page nor how pages compare and print."""
    page = Page[int](items=(1, 2), next_cursor="more")
    assert page.model_dump() == {"items": (1, 2), "next_cursor": "more"}
    assert Page[int].model_validate_json(page.model_dump_json()) == page
    assert page.model_copy(update={"next_cursor": None}) == Page[int](items=(1, 2), next_cursor=None)
    assert repr(page) == "Page[int](items=(1, 2), next_cursor='more')"


# --- cursors


@pytest.mark.parametrize("position", [[], [7], ["2026-11-01", 7], ["Café 家", "", -1, 2**63], ['a"b,c]']])
def test_a_cursor_gives_back_the_position_it_was_made_for(position: list[str | int]) -> None:
    """Texts and numbers survive, whatever is in them."""
    assert decode_cursor(encode_cursor(position, scope=SCOPE), scope=SCOPE) == position


def test_a_cursor_can_stand_in_an_address() -> None:
    """It holds only characters that need no escaping in a URL."""
    cursor = encode_cursor(["ÿ" * 40, 1], scope=SCOPE)
    assert cursor.replace("-", "").replace("_", "").isalnum()


def test_a_cursor_of_another_list_is_refused() -> None:
    """Another tenant, another filter or another kind of list: the mix-up is an error, not a wrong page."""
    cursor = encode_cursor([7], scope=("transactions", 42))
    for other in [("transactions", 43), ("accounts", 42), ("transactions", "42"), None]:
        with pytest.raises(InvalidCursorError, match="start again from the first page"):
            decode_cursor(cursor, scope=other)


@pytest.mark.parametrize(
    "damaged",
    [
        "",
        "x",
        "====",
        "not base64!",
        "ünï",
        "AAAA",
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        written({"a": 1}),
        written([]),
        written([1]),
        written(None),
        written([99, "x", 7]),
        base64.urlsafe_b64encode(b"[" * 700).decode(),
        base64.urlsafe_b64encode(b"9" * 600).decode(),
        "A" * 100_000,
    ],
    ids=range(15),
)
def test_a_damaged_cursor_is_refused(damaged: str) -> None:
    """Whatever arrives in its place, the answer is the one error."""
    with pytest.raises(InvalidCursorError):
        decode_cursor(damaged, scope=SCOPE)


@pytest.mark.parametrize("wrong", [None, 7, b"bytes", ["list"]], ids=repr)
def test_a_cursor_that_is_no_text_is_refused(wrong: object) -> None:
    """Callers without a type checker pass anything."""
    with pytest.raises(InvalidCursorError):
        decode_cursor(wrong, scope=SCOPE)  # type: ignore[arg-type]


def test_every_changed_character_is_noticed_or_harmless() -> None:
    """One wrong letter gives the error or another position of the same list, never an exception of another kind."""
    cursor = encode_cursor(["2026-11-01", 7], scope=SCOPE)
    for index in range(len(cursor)):
        changed = cursor[:index] + ("B" if cursor[index] == "A" else "A") + cursor[index + 1 :]
        try:
            assert isinstance(decode_cursor(changed, scope=SCOPE), list)
        except InvalidCursorError:
            continue


# --- positions


def test_the_parts_of_a_position_are_read_by_their_kinds() -> None:
    """A list says what its position is made of, and gets just that."""
    some_id = UUID(int=7 << 76)
    cursor = encode_cursor(["2026-11-01", 7, str(some_id)], scope=SCOPE)
    read = decode_position(cursor, date.fromisoformat, int, UUID, scope=SCOPE)
    assert read == [date(2026, 11, 1), 7, some_id]


@pytest.mark.parametrize(
    "position",
    [[], ["2026-11-01"], ["2026-11-01", 7, 8], ["no day", 7], ["2026-11-01", "no number"], [None, None], [{}, []]],
    ids=repr,
)
def test_a_forged_position_is_refused(position: list[object]) -> None:
    """Too few parts, too many, or of another kind: somebody made it up, and gets the error for that."""
    with pytest.raises(InvalidCursorError):
        decode_position(forged(*position), date.fromisoformat, int, scope=SCOPE)

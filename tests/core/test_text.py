"""Words that people write are trimmed, composed, and refused if they can't be stored and shown."""

from __future__ import annotations

import pytest

from stronghold_core.errors import InvalidInputError
from stronghold_core.text import checked_text, in_short, optional_text


@pytest.mark.parametrize("written", ["Rent", "  Rent ", "\tRent\n", "\u00a0Rent\u2003"])
def test_text_is_trimmed(written: str) -> None:
    """Spaces of any kind around it are not part of a name."""
    assert checked_text(written, field="name", max_length=10) == "Rent"


def test_text_is_stored_in_composed_form() -> None:
    """Two ways to write one accented letter give one name, so that a unique name is unique to the eye."""
    assert checked_text("Cafe\u0301", field="name", max_length=10) == checked_text(
        "Caf\u00e9", field="name", max_length=10
    )


@pytest.mark.parametrize("written", ["家賃", "Ελένη", "🏠 Rent", "Zero\u200bwidth", "it's; drop table --"])
def test_text_in_any_script_is_kept(written: str) -> None:
    """Whatever can be stored and shown is nobody's business to change."""
    assert checked_text(written, field="name", max_length=50) == written


def test_text_may_have_several_lines() -> None:
    """Line ends and tabs inside are the only control characters that a note needs."""
    assert optional_text("one\n\ttwo", field="note", max_length=50) == "one\n\ttwo"


@pytest.mark.parametrize("control", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\ud800"])
def test_control_characters_are_refused(control: str) -> None:
    """PostgreSQL can't store NUL, no database half a surrogate pair, and a terminal obeys the others."""
    with pytest.raises(InvalidInputError, match="control character") as caught:
        checked_text(f"Re{control}nt", field="name", max_length=10)
    assert caught.value.field == "name"
    str(caught.value).encode()


@pytest.mark.parametrize("nothing", ["", "   ", "\n\t", "\u3000"])
def test_text_that_must_be_there_is_not_empty(nothing: str) -> None:
    """Only spaces is nothing."""
    with pytest.raises(InvalidInputError, match="it is empty"):
        checked_text(nothing, field="name", max_length=10)


@pytest.mark.parametrize("nothing", [None, "", "   ", "\n", "\u3000"])
def test_optional_text_that_is_empty_is_none(nothing: str | None) -> None:
    """There is one way to say nothing in the database, and it is NULL."""
    assert optional_text(nothing, field="note", max_length=10) is None


def test_missing_text_that_must_be_there_is_refused() -> None:
    """None is nothing, too, though annotations forbid it."""
    with pytest.raises(InvalidInputError):
        checked_text(None, field="name", max_length=10)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [42, b"Rent", ["Rent"], True])
def test_what_is_not_text_is_refused(wrong: object) -> None:
    """The error names the type that came instead."""
    with pytest.raises(InvalidInputError, match=f"not {type(wrong).__name__}"):
        optional_text(wrong, field="note", max_length=10)  # type: ignore[arg-type]


@pytest.mark.parametrize("letter", ["x", "é", "家", "🏠"])
def test_text_may_be_exactly_as_long_as_its_column(letter: str) -> None:
    """Characters count, as the database counts them, not bytes; one more is refused, never cut off."""
    assert optional_text(letter * 10, field="note", max_length=10) == letter * 10
    with pytest.raises(InvalidInputError, match="it has 11 characters; at most 10"):
        optional_text(letter * 11, field="note", max_length=10)


def test_spaces_around_do_not_count() -> None:
    """Length is measured after trimming and composing."""
    assert optional_text(" " * 20 + "e\u0301" * 10, field="note", max_length=10) == "é" * 10


class Mute:
    """What can't be written."""

    def __str__(self) -> str:
        """Refuse."""
        raise RuntimeError("There are no words for it.")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("bank", "bank"),
        ("x" * 100, "x" * 60),
        (None, "None"),
        (10**5000, "<int>"),
        ([10**5000], "<list>"),
        (Mute(), "<Mute>"),
        ("\ud800", "\ud800"),
    ],
    ids=range(7),
)
def test_whatever_a_caller_gave_can_be_quoted(value: object, told: str) -> None:
    """At most sixty characters of it, or else what it is."""
    assert in_short(value) == told

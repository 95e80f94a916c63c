"""Drafts: what is checked when they are made, long before they are posted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from stronghold_core import EntryDraft, Part, Post, Record, Transfer
from stronghold_core.errors import AmountTypeError, InvalidInputError
from stronghold_core.ledger.posting.records import Draft

BANK = uuid4()
LENGTHS = {"description": 500, "payee": 200, "note": 4000, "reference": 200, "idempotency_key": 255}


@pytest.mark.parametrize("field", list(LENGTHS))
def test_words_are_kept_up_to_their_length_and_trimmed(field: str) -> None:
    """The limit counts what is stored, so spaces around it are free; only spaces are nothing."""
    longest = "é" * LENGTHS[field]
    assert getattr(Draft.of(**{field: f"  {longest}\n"}), field) == longest
    assert getattr(Draft.of(**{field: "   "}), field) is None


@pytest.mark.parametrize("field", list(LENGTHS))
def test_words_that_are_too_long_or_hold_control_characters_are_refused(field: str) -> None:
    """NUL, which PostgreSQL can't store, an escape, which a terminal would obey, and half a character."""
    for words in ("é" * (LENGTHS[field] + 1), "a\x00b", "\x1b[2J", "\ud800", 7):
        with pytest.raises(InvalidInputError) as caught:
            Draft.of(**{field: words})
        assert caught.value.field == field


def test_a_note_may_have_lines_and_columns() -> None:
    """New lines and tabs are the only control characters that people write."""
    assert Draft.of(note="one\n\ttwo").note == "one\n\ttwo"


@pytest.mark.parametrize("on", ["yesterday", "2026-13-01", 20261101, datetime(2026, 11, 1, tzinfo=UTC), 1.5])
def test_a_day_that_is_none_is_refused(on: Any) -> None:  # noqa: ANN401
    """A timestamp is no day: which one it falls on depends on a time zone."""
    with pytest.raises(InvalidInputError) as caught:
        Draft.of(on=on)
    assert caught.value.field == "on"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"account": "Bank", "amount": "1"}, "account"),
        ({"account": BANK, "amount": "1", "category": "Food"}, "category"),
        ({"amount": "1"}, "account"),
        ({"account": BANK}, "amount"),
        ({"account": BANK, "amount": "1", "memo": "x"}, "memo"),
    ],
)
def test_a_form_is_strict_about_its_fields(fields: dict[str, Any], field: str) -> None:
    """A missing, a mistyped and an unknown field are refused by name."""
    with pytest.raises(InvalidInputError) as caught:
        Record.of(**fields)
    assert caught.value.field == field


def test_the_error_of_a_part_names_its_place() -> None:
    """The second entry's amount is entries.1.amount."""
    with pytest.raises(InvalidInputError) as caught:
        Post.of(entries=[{"account": BANK, "amount": "1"}, {"account": BANK}])
    assert caught.value.field == "entries.1.amount"


def test_every_amount_refuses_floats() -> None:
    """In each form, wherever an amount stands."""
    with pytest.raises(AmountTypeError):
        Transfer.of(from_account=BANK, to_account=BANK, amount="1", to_amount=0.1)
    with pytest.raises(AmountTypeError):
        Part.of(category=BANK, amount=0.1)
    with pytest.raises(TypeError):
        EntryDraft.of(account=BANK, amount=0.1)


def test_a_draft_never_changes() -> None:
    """What was checked is what is posted."""
    draft = Record.of(account=BANK, amount="1")
    with pytest.raises(ValidationError):
        draft.amount = "2"  # type: ignore[misc]

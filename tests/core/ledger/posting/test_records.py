"""Drafts: what is checked when they are made, long before they are posted."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from stronghold_core import EntryDraft, Money, Part, Post, Record, Split, Transfer
from stronghold_core.errors import (
    AmountTypeError,
    BalanceLimitError,
    InvalidInputError,
    NotFoundError,
    ReversalDateError,
)
from stronghold_core.ids import TransactionId
from stronghold_core.ledger import Outcome, PostResult
from stronghold_core.ledger.posting.records import Draft

BANK, FOOD = uuid4(), uuid4()
LENGTHS = {"description": 500, "payee": 200, "note": 4000, "reference": 200, "idempotency_key": 255}


def drafted(**particulars: Any) -> Draft:  # noqa: ANN401
    """Draft nothing but words."""
    return Draft(**particulars)


@pytest.mark.parametrize("field", list(LENGTHS))
def test_words_are_kept_up_to_their_length_and_trimmed(field: str) -> None:
    """The limit counts what is stored, so spaces around it are free; only spaces are nothing."""
    longest = "é" * LENGTHS[field]
    assert getattr(drafted(**{field: f"  {longest}\n"}), field) == longest
    assert getattr(drafted(**{field: "   "}), field) is None


@pytest.mark.parametrize("field", list(LENGTHS))
def test_words_that_are_too_long_or_hold_control_characters_are_refused(field: str) -> None:
    """NUL, which PostgreSQL can't store, an escape, which a terminal would obey, and half a character."""
    for words in ("é" * (LENGTHS[field] + 1), "a\x00b", "\x1b[2J", "\ud800", 7):
        with pytest.raises(InvalidInputError) as caught:
            drafted(**{field: words})
        assert caught.value.field == field


def test_a_note_may_have_lines_and_columns() -> None:
    """New lines and tabs are the only control characters that people write."""
    assert Draft(note="one\n\ttwo").note == "one\n\ttwo"


@pytest.mark.parametrize("on", ["yesterday", "2026-13-01", 20261101, datetime(2026, 11, 1, tzinfo=UTC), 1.5])
def test_a_day_that_is_none_is_refused(on: Any) -> None:  # noqa: ANN401
    """A timestamp is no day: which one it falls on depends on a time zone."""
    with pytest.raises(InvalidInputError) as caught:
        Draft(on=on)
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
        Record(**fields)
    assert caught.value.field == field


def test_a_draft_takes_what_the_verbs_take() -> None:
    """Ids and days as text, amounts of three kinds, and lines as pairs: it comes out as if each had been made."""
    record = Record(account=str(BANK), amount="1.00", on="2026-11-01")
    assert record == Record(account=BANK, amount="1.00", on=date(2026, 11, 1))
    pairs = Split(account=BANK, amount=Decimal(3), parts=[(str(FOOD), "1.00"), (FOOD, Money(200, "USD"))])
    made = (Part(category=FOOD, amount="1.00"), Part(category=FOOD, amount=Money(200, "USD")))
    assert pairs.parts == made
    assert pairs == Split(account=BANK, amount=Decimal(3), parts=made)
    assert pairs == Split(account=BANK, amount=Decimal(3), parts=(part for part in made))
    lines = Post(entries=[(BANK, "1.00"), EntryDraft(account=FOOD, amount="-1.00")])
    assert lines.entries == (EntryDraft(account=BANK, amount="1.00"), EntryDraft(account=FOOD, amount="-1.00"))


def test_a_draft_can_be_made_of_json() -> None:
    """A host that gets a request passes it on as it is."""
    body: dict[str, Any] = {
        "account": str(BANK),
        "amount": "-1.00",
        "parts": [{"category": str(FOOD), "amount": "-1.00"}],
    }
    assert Split(**body) == Split.model_validate(body) == Split(account=BANK, amount="-1.00", parts=[(FOOD, "-1.00")])


@pytest.mark.parametrize(
    ("entries", "field"),
    [
        ([(BANK, "1"), {"account": BANK}], "entries.1.amount"),
        ([(BANK, "1"), ("Bank", "1")], "entries.1.account"),
        ([{"account": BANK, "amount": "1", "memo": "x"}], "entries.0.memo"),
        ([(BANK, "1"), (BANK, "1", "2")], "entries.1"),
        ([BANK], "entries.0"),
        ([Part(category=FOOD, amount="1")], "entries.0"),
        ({"account": BANK, "amount": "1"}, "entries"),
        ("abc", "entries"),
        (None, "entries"),
        (7, "entries"),
    ],
    ids=["missing", "no id", "unknown", "triple", "bare id", "part", "mapping", "text", "none", "number"],
)
def test_the_error_of_a_line_names_its_place(entries: Any, field: str) -> None:  # noqa: ANN401
    """Counted from 0: the second entry's amount is entries.1.amount."""
    with pytest.raises(InvalidInputError) as caught:
        Post(entries=entries)
    assert caught.value.field == field


def test_what_a_form_lacks_or_does_not_know_is_said_in_words() -> None:
    """The thing, the fact, and what it does have."""
    missing: dict[str, Any] = {"amount": "1"}
    with pytest.raises(InvalidInputError, match=r"^account: it is missing; Record needs it\.$"):
        Record(**missing)
    unknown: dict[str, Any] = {"category": FOOD, "amount": "1", "memo": "x"}
    with pytest.raises(InvalidInputError, match=r"^memo: Part has no such field; it has amount, category, account\.$"):
        Part(**unknown)


def test_a_misspelt_field_is_named_before_the_one_that_is_missing_by_it() -> None:
    """Whoever wrote `value` knows that there is an amount; the mistake is the name."""
    misspelt: dict[str, Any] = {"account": BANK, "value": "1"}
    with pytest.raises(InvalidInputError, match=r"^value: Record has no such field; it has .*amount"):
        Record(**misspelt)


def test_a_transfer_names_which_of_its_accounts_is_no_id() -> None:
    """There are two."""
    for field in ("from_account", "to_account"):
        accounts: dict[str, Any] = {"from_account": BANK, "to_account": BANK, field: "Bank"}
        with pytest.raises(InvalidInputError) as caught:
            Transfer(**accounts, amount="1")
        assert caught.value.field == field


def test_a_refusal_is_written_as_json_with_its_code_message_and_figures() -> None:
    """So a batch's results can go through an API; the error itself stays what it is."""
    key = uuid4()
    error = BalanceLimitError(
        name="Bank",
        balance=Money(2_100, "USD"),
        headroom=Money(1, "KWD"),
        requested=Money(1_100, "USD"),
        max_balance=Money(2_000, "USD"),
    )
    refusal = PostResult(outcome=Outcome.REFUSED, transaction_id=None, error=error)
    told = json.loads(refusal.model_dump_json())
    assert told == refusal.model_dump(mode="json")
    assert (told["outcome"], told["transaction_id"]) == ("refused", None)
    assert told["error"]["code"] == "ledger.balance_limit"
    assert told["error"]["message"] == str(error)
    assert told["error"]["attributes"]["balance"] == {"amount": "21.00", "currency": "USD"}
    assert told["error"]["attributes"]["headroom"] == {"amount": "0.001", "currency": "KWD"}
    assert refusal.model_dump()["error"] == told["error"]
    assert refusal.error is error
    missing = PostResult(outcome=Outcome.REFUSED, transaction_id=None, error=NotFoundError(kind="account", key=key))
    assert json.loads(missing.model_dump_json())["error"]["attributes"] == {"kind": "account", "key": str(key)}


def test_whatever_an_error_names_it_can_be_written_as_json() -> None:
    """Dates, and what a caller passed that is nothing of ours."""
    for error, written in (
        (ReversalDateError(on=date(2026, 11, 1), original=date(2026, 11, 2)), {"on": "2026-11-01"}),
        (InvalidInputError(field="amount", reason="no.", value=1j), {"value": "1j"}),
        (NotFoundError(kind="account", key=b"\xff"), {"kind": "account"}),
    ):
        document = PostResult(outcome=Outcome.REFUSED, transaction_id=None, error=error).model_dump_json()
        assert written.items() <= json.loads(document)["error"]["attributes"].items()


def test_a_result_without_an_error_has_none_in_json() -> None:
    """The transaction is there instead."""
    posted = PostResult(outcome=Outcome.POSTED, transaction_id=TransactionId(uuid4()))
    assert json.loads(posted.model_dump_json())["error"] is None


def test_every_amount_refuses_floats() -> None:
    """In each form, wherever an amount stands."""
    tenth: Any = 0.1
    with pytest.raises(AmountTypeError):
        Transfer(from_account=BANK, to_account=BANK, amount="1", to_amount=tenth)
    with pytest.raises(AmountTypeError):
        Part(category=BANK, amount=tenth)
    with pytest.raises(AmountTypeError):
        Post(entries=[(BANK, tenth)])
    with pytest.raises(TypeError):
        EntryDraft(account=BANK, amount=tenth)


def test_a_draft_never_changes() -> None:
    """What was checked is what is posted."""
    draft = Record(account=BANK, amount="1")
    with pytest.raises(ValidationError):
        draft.amount = "2"  # type: ignore[misc]

"""An event's payload has one form as bytes, and a commitment that proves it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

import pytest

from stronghold_core import Money, Role
from stronghold_core.audit.rules import canonical, commitment


class Moment(datetime):
    """An instant as a program may have it that stops the time."""


def test_keys_are_sorted_and_nothing_is_put_between() -> None:
    """The same payload is the same text, in whatever order it was put together."""
    assert canonical({"b": 1, "a": {"d": 2, "c": 3}}) == canonical({"a": {"c": 3, "d": 2}, "b": 1})
    assert canonical({"b": 1, "a": {"d": 2, "c": 3}}) == '{"a":{"c":3,"d":2},"b":1}'


def test_what_is_missing_is_left_out() -> None:
    """At every depth; but nothing is dropped from a list, where places count."""
    assert canonical({"a": None, "b": {"c": None}, "d": "", "e": 0, "f": False}) == '{"b":{},"d":"","e":0,"f":false}'


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Money.of("-1.50", "EUR"), '"-1.50 EUR"'),
        (UUID(int=7 << 76), '"00000000-0000-7000-0000-000000000000"'),
        (date(2026, 11, 21), '"2026-11-21"'),
        (datetime(2026, 11, 21, 12, 0, tzinfo=UTC), '"2026-11-21T12:00:00+00:00"'),
        (Moment(2026, 11, 21, 12, 1, tzinfo=UTC), '"2026-11-21T12:01:00+00:00"'),
        (Role.OWNER, '"owner"'),
        (MappingProxyType({"a": 1}), '{"a":1}'),
        (["a", (1, True)], '["a",[1,true]]'),
        (2**70, str(2**70)),
        ('a "b" \\ \n\x00', '"a \\"b\\" \\\\ \\n\\u0000"'),
        ("Café 家", '"Café 家"'),
    ],
    ids=str,
)
def test_values_have_one_way_to_be_written(value: object, written: str) -> None:
    """Amounts, ids and dates as text; what it says can be read by any JSON parser."""
    text = canonical({"x": value})
    assert text == f'{{"x":{written}}}'
    json.loads(text)


@pytest.mark.parametrize("value", [1.5, Decimal("1.5"), b"x", {1}, object(), float("nan")])
def test_what_has_no_exact_form_is_refused(value: object) -> None:
    """A float would be written differently elsewhere, and a proof would fail."""
    with pytest.raises(TypeError, match=f"{type(value).__name__} has no place in an audit payload"):
        canonical({"x": [value]})


def test_a_commitment_is_the_hash_of_salt_and_payload() -> None:
    """Anybody can check it with nothing but the two."""
    text = canonical({"name": "Café"})
    assert commitment(b"salt" * 4, text) == hashlib.sha256(b"salt" * 4 + text.encode()).digest()


def test_a_commitment_changes_with_every_bit() -> None:
    """Of the payload and of the salt; without the salt a guess at the payload proves nothing."""
    base = commitment(bytes(16), '{"a":1}')
    assert base != commitment(bytes(16), '{"a":2}')
    assert base != commitment(bytes(15) + b"\x01", '{"a":1}')

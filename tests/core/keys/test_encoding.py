"""Texts of keys and tokens have one reading, or none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stronghold_core.keys.encoding import from_base64url, read_json_object, to_base64url


@given(st.binary(max_size=100))
def test_what_is_written_is_read(data: bytes) -> None:
    """Whatever the bytes."""
    assert from_base64url(to_base64url(data)) == data


@given(st.text(max_size=40))
def test_a_text_that_is_read_is_the_only_one_of_its_bytes(text: str) -> None:
    """Or two tokens would be one, and a list of refused ones would miss the other."""
    try:
        data = from_base64url(text)
    except ValueError:
        return
    assert to_base64url(data) == text


@pytest.mark.parametrize("text", ["YQ==", "YR", "Y", "YQ\n", "Y Q", "a+b/", "ÿ", "\ud800", "YWJj=", "YQ.", "-_\t"])
def test_another_writing_of_the_same_bytes_is_refused(text: str) -> None:
    """Padding, bits beyond the last byte, the other alphabet, spaces."""
    with pytest.raises(ValueError, match="base64url"):
        from_base64url(text)


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers())))
def test_an_object_is_read(members: dict[str, object]) -> None:
    """As JSON has it."""
    assert read_json_object(json.dumps(members).encode()) == members


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": 1, "a": 2}',
        b'{"a": 1, "\\u0061": 1}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b"[]",
        b"1",
        b"null",
        b"",
        b"{",
        b'{"a": 1} {}',
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a": ' + b"9" * 5_000 + b"}",
    ],
)
def test_what_two_readers_may_read_differently_is_refused(raw: bytes) -> None:
    """Members that stand twice, numbers that are none, other encodings, and what is too deep or too long to read."""
    with pytest.raises(ValueError):  # noqa: PT011 - whatever Python's own reader says of it
        read_json_object(raw)

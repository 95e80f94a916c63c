"""What a key may be called, and which secrets are too weak to be one."""

from __future__ import annotations

import hashlib
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stronghold_core.errors import InvalidInputError
from stronghold_core.keys.rules import Algorithm, checked_algorithm, is_kid, weakness_of

FRESH = hashlib.sha256(b"as good as random, and the same in every process that collects the tests").digest()


@pytest.mark.parametrize("kid", ["20261122-9f3a01c2", "a", "A.b_c-d", "k" * 64])
def test_a_plain_word_names_a_key(kid: str) -> None:
    """Letters, digits, dots, dashes and underscores."""
    assert is_kid(kid)


@pytest.mark.parametrize(
    "kid", ["", "k" * 65, "../../etc/passwd", "/dev/null", ".", "..", "a b", "a\n", "a\0", "é", "' OR 1=1 --", None, 7]
)
def test_no_path_and_no_query_names_a_key(kid: object) -> None:
    """A name is looked up and nothing else, and it cannot even be written so that it would lead elsewhere."""
    assert not is_kid(kid)


def test_three_algorithms_are_ours() -> None:
    """None of them is `none`."""
    assert [checked_algorithm(name) for name in ("EdDSA", "ES256", "HS256")] == list(Algorithm)


@pytest.mark.parametrize("name", ["none", "None", "HS512", "RS256", "eddsa", ""])
def test_no_key_signs_by_another_algorithm(name: str) -> None:
    """The error lists those that there are."""
    with pytest.raises(InvalidInputError, match="choose one of EdDSA, ES256, HS256"):
        checked_algorithm(name)


@pytest.mark.parametrize(
    "secret",
    [
        b"",
        FRESH[:31],
        bytes(32),
        b"\xff" * 64,
        b"secret" * 6,
        FRESH[:16] * 2,
        bytes(range(32)),
        bytes(range(200, 0, -2)),
        b"00001111000011110000111100001110",
        b"changeme" * 4 + b"change",
    ],
)
def test_a_secret_that_can_be_guessed_is_called_weak(secret: bytes) -> None:
    """Too short, repeating, counting, or of a few bytes only."""
    assert weakness_of(secret)


@given(st.integers(32, 128))
def test_a_random_secret_is_not_weak(size: int) -> None:
    """Neither as bytes nor written in hexadecimal: both are what people take."""
    assert weakness_of(secrets.token_bytes(size)) is None
    assert weakness_of(secrets.token_hex(size).encode()) is None


@given(st.binary(min_size=1, max_size=31), st.integers(2, 40))
def test_repetition_makes_no_secret_longer(part: bytes, times: int) -> None:
    """However often it is repeated, and wherever it breaks off."""
    assert weakness_of((part * times)[: len(part) * times - len(part) // 2])

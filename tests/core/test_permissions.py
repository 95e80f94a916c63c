"""The catalogue of permissions is closed, and its values are what is stored."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stronghold_core import Permission
from stronghold_core.errors import InvalidInputError, UnknownPermissionError
from stronghold_core.permissions import MAX_PATTERNS, checked_patterns, expand, expand_all, parse_permission

# Stored in hosts' own tables and named in their code: a value may be added, never changed or removed.
PUBLISHED = {
    "account:read",
    "account:write",
    "audit:expire",
    "audit:read",
    "audit:redact",
    "books:verify",
    "category:read",
    "category:write",
    "dashboard:read",
    "key:write",
    "member:read",
    "member:write",
    "owner:write",
    "role:read",
    "role:write",
    "statement:import",
    "tenant:read",
    "tenant:write",
    "transaction:annotate",
    "transaction:post",
    "transaction:read",
    "transaction:recategorise",
    "transaction:reverse",
}


def test_the_catalogue_keeps_what_it_published() -> None:
    """Removing or renaming a permission would silently take it from those who hold it."""
    assert {permission.value for permission in Permission} == PUBLISHED


@pytest.mark.parametrize("permission", list(Permission))
def test_a_permission_is_a_resource_and_an_action(permission: Permission) -> None:
    """Both in lower case, and the name in code says the same as the value."""
    assert re.fullmatch(r"[a-z]+:[a-z]+", permission)
    assert permission.name == permission.value.replace(":", "_").upper()


def test_a_permission_is_read_from_its_value() -> None:
    """What was stored comes back as the same member, and prints as it is stored."""
    assert Permission("transaction:post") is Permission.TRANSACTION_POST
    assert f"{Permission.TRANSACTION_POST}" == "transaction:post"


@pytest.mark.parametrize("unknown", ["transaction:delete", "transaction:*", "*", "", "TRANSACTION_POST"])
def test_a_permission_that_does_not_exist_cannot_be_asked_for(unknown: str) -> None:
    """A misspelling fails at once, never as a silent no, or worse, yes."""
    with pytest.raises(ValueError, match="is not a valid Permission"):
        Permission(unknown)


# --- patterns

RESOURCES = sorted({permission.split(":")[0] for permission in Permission})
ACTIONS = sorted({permission.split(":")[1] for permission in Permission})
PATTERNS = [f"{resource}:{action}" for resource, action in product([*RESOURCES, "*"], [*ACTIONS, "*"])]
"""Everything that can be written with what there is, also what names nothing."""

patterns = st.lists(st.sampled_from([pattern for pattern in PATTERNS if "*" in pattern] + [*map(str, Permission)]))


def named_by(pattern: str) -> set[str]:
    """Say what a pattern names, by a regular expression instead of segments."""
    wanted = re.compile(pattern.replace("*", "[^:]*"))
    return {permission.value for permission in Permission if wanted.fullmatch(permission.value)}


@pytest.mark.parametrize("pattern", [pattern for pattern in PATTERNS if named_by(pattern)])
def test_a_pattern_names_what_differs_from_it_in_whole_segments_alone(pattern: str) -> None:
    """Each that can be written, over the whole catalogue."""
    assert expand(pattern) == named_by(pattern)


@pytest.mark.parametrize("pattern", [pattern for pattern in PATTERNS if not named_by(pattern)])
def test_a_pattern_that_names_nothing_is_an_error(pattern: str) -> None:
    """A role that allows nothing by mistake would be noticed by whoever needs it; a silent no is no answer."""
    with pytest.raises(UnknownPermissionError) as caught:
        expand(pattern)
    assert caught.value.permission == pattern


SHORT_OF_A_PATTERN = [
    "",
    "*",
    ":",
    "*:",
    "account",
    "account:",
    "*:*:*",
    "account:read:",
    "acc*:read",
    "account:re*",
    "**:*",
]


@pytest.mark.parametrize("text", SHORT_OF_A_PATTERN)
def test_what_is_nearly_a_pattern_is_an_error(text: str) -> None:
    """A star stands for a whole segment or for nothing, and there are two of these."""
    with pytest.raises(UnknownPermissionError):
        expand(text)


@given(st.lists(st.sampled_from([*RESOURCES, *ACTIONS, "*", "acc*", ""]), max_size=3).map(":".join))
def test_text_names_something_or_is_refused(text: str) -> None:
    """Nothing in between: no half matches, no empty sets; a star within a segment never widens it."""
    segments = text.split(":")
    is_pattern = len(segments) == 2 and all(segment == "*" or "*" not in segment for segment in segments)
    if is_pattern and named_by(text):
        assert expand(text) == named_by(text)
    else:
        with pytest.raises(UnknownPermissionError):
            expand(text)


@given(patterns, patterns)
def test_several_patterns_name_what_each_of_them_does(some: list[str], more: list[str]) -> None:
    """One more only adds, in whatever order, however often it is written."""
    assert expand_all(some) | expand_all(more) == expand_all([*more, *some, *more])
    assert expand_all(some) == set().union(*map(named_by, some))


@given(patterns)
def test_patterns_are_kept_as_they_are_written(written: list[str]) -> None:
    """Each once and in order, so that two who mean the same store the same; a wildcard stays one."""
    kept = checked_patterns(written)
    assert kept == tuple(sorted(set(written)))
    assert checked_patterns(kept) == kept
    assert expand_all(kept) == expand_all(written)


def test_patterns_may_be_permissions_and_come_from_anything_that_can_be_gone_through() -> None:
    """They are stored as plain text, whatever they were."""
    kept = checked_patterns(pattern for pattern in (Permission.ROLE_READ, "*:read"))
    assert kept == ("*:read", "role:read")
    assert {type(one) for one in kept} == {str}


@pytest.mark.parametrize("several", ["account:read", b"account:read", 7, None], ids=repr)
def test_what_is_no_list_of_patterns_is_refused(several: Any) -> None:  # noqa: ANN401 - anything
    """A text is none: its letters would be tried one by one."""
    with pytest.raises(InvalidInputError, match="list of permissions") as caught:
        expand_all(several, field="scopes")
    assert caught.value.field == "scopes"


def test_a_role_or_a_key_names_a_hundred_at_most() -> None:
    """There are far fewer to name."""
    assert checked_patterns(["account:read"] * MAX_PATTERNS) == ("account:read",)
    with pytest.raises(InvalidInputError, match="it has 101 permissions; 100 are the most"):
        checked_patterns(["account:read"] * (MAX_PATTERNS + 1))


@pytest.mark.parametrize("permission", list(Permission))
def test_one_permission_is_read_by_its_name(permission: Permission) -> None:
    """As it is stored, or as the member itself."""
    assert parse_permission(permission.value) is parse_permission(permission) is permission


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("account:*", "of account there are: read, write"),
        ("account:fly", "of account there are: read, write"),
        ("flight:book", "the resources are account, audit"),
        ("acc*:read", "a wildcard stands for a whole segment"),
        ("", "it is resource:action"),
        (" account:read", "it is resource:action"),
        (None, "not NoneType"),
        (["account:read"], "not list"),
        ("x" * 10_000, "it is resource:action"),
    ],
    ids=range(9),
)
def test_what_is_no_permission_says_what_there_is(name: Any, reason: str) -> None:  # noqa: ANN401 - anything
    """The way out stands in the message; what was given does so only as far as a reader wants it."""
    with pytest.raises(UnknownPermissionError) as caught:
        parse_permission(name)
    assert reason in str(caught.value)
    assert len(caught.value.permission) <= 100

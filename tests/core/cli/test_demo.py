"""`stronghold demo`: books to look at, made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.shell import Shell

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_demo_shows_a_household_and_a_company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a file of its own, which it makes; how to go on stands beside, and works."""
    monkeypatch.chdir(tmp_path)
    outcome = Shell()("demo", "--transactions", "400")
    assert outcome.code == 0
    assert "Ada and Ben's household" in outcome.out
    assert "Brightwater Design" in outcome.out
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".db"] == ["stronghold-demo.db"]
    _, program, *advice = outcome.err.partition("stronghold ")[2].join(("x stronghold ", "")).split()
    assert program == "stronghold"
    assert Shell()(*advice).code == 0


def test_the_demo_posts_nothing_twice(empty_url: str) -> None:
    """The second time it shows what is there; the database may be named."""
    shell = Shell(empty_url)
    first = shell("demo", "--transactions", "120", "--json").document["tenants"]
    before = shell("verify", "--json").document
    assert shell("demo", "--transactions", "120", "--json").document["tenants"] == first
    assert shell("verify", "--json").document == before
    assert before["is_sound"]
    assert before["transactions"] == 120 + 5 + 5


def test_books_that_tell_another_story_are_said_to_stay(empty_url: str) -> None:
    """What is there, and what the options would need; not so where the same story is told again."""
    shell = Shell(empty_url)
    shell("demo", "--transactions", "120")
    before = shell("verify", "--json").document
    for options in (("--transactions", "130"), ("--transactions", "120", "--seed", "2")):
        other = shell("demo", *options)
        assert other.code == 0
        assert "Nothing was added: Ada and Ben's household (demo-household) and Brightwater Design" in other.err
        assert "--database-url sqlite:///another-demo.db" in other.err
        assert "Nothing was added" in shell("demo", *options, "--json").err
    assert shell("verify", "--json").document == before
    assert "Nothing was added" not in shell("demo", "--transactions", "120").err


def test_a_demo_of_nothing_is_refused(empty_url: str) -> None:
    """As a number that can't be meant."""
    outcome = Shell(empty_url)("demo", "--transactions", "-1")
    assert outcome.code == 3
    assert "transactions: a story has from 1 to" in outcome.err

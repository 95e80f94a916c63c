"""The tables of the reference say what the code does, and its list of names is complete."""

from __future__ import annotations

import doctest
import re
from typing import TYPE_CHECKING

import pytest

import stronghold_core
from docs import generate
from stronghold_core import errors

if TYPE_CHECKING:
    from pathlib import Path

NAMES = (generate.REFERENCE / "api.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", generate.pages(), ids=lambda page: page.name)
def test_the_tables_of_a_page_are_those_of_the_code(page: Path) -> None:
    """Whoever changes an error, a permission or a setting also runs `python -m docs.generate`."""
    text = page.read_text(encoding="utf-8")
    assert text == generate.rewritten(text)


def test_a_stale_table_is_rewritten_and_the_words_around_it_stay() -> None:
    """Only what stands between the two comments belongs to the script."""
    written = generate.rewritten("before\n<!-- generated: subtypes -->\n| old |\n<!-- end -->\nafter\n")
    assert written.startswith("before\n<!-- generated: subtypes -->\n")
    assert written.endswith("\n<!-- end -->\nafter\n")
    assert "credit_card" in written
    assert "| old |" not in written


def test_each_verb_with_a_permission_is_listed_with_it() -> None:
    """A verb that reaches the poster needs what the poster asks for, besides what it asks for itself."""
    lines = generate.verb_permissions().splitlines()
    assert "| `books.transactions.record` | `transaction:post` |" in lines
    assert "| `books.bank_statements.import_csv` | `transaction:post`, `statement:import` |" in lines
    assert not [line for line in lines if line.endswith("|  |")]


@pytest.mark.parametrize("name", stronghold_core.__all__)
def test_a_public_name_is_in_the_reference(name: str) -> None:
    """What a program may import is described; the errors are, all of them, by their module."""
    described = re.findall(r"^(?:\.\. [\w:]+:: | {13})(?:[\w.]+\.)?(\w+)$", NAMES, re.MULTILINE)
    by_module = vars(errors) if ".. automodule:: stronghold_core.errors\n   :members:\n" in NAMES else {}
    assert name in described or name in by_module


def test_the_examples_of_the_script_are_true() -> None:
    """The script that writes tables has docstrings with examples, too."""
    failed, tried = doctest.testmod(generate)
    assert (failed, tried > 0) == (0, True)

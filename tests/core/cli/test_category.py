"""`stronghold category …`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.ledger import create_category
from tests.support.stronghold import ADA

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.shell import Outcome, Shell
    from tests.support.stronghold import Desk


@pytest.fixture
def run(acme: Desk, shell: Shell) -> Callable[..., Outcome]:
    """Run a command of the group as Ada at Acme."""
    return lambda *words: shell("category", *words, "--tenant", "acme", "--principal", ADA)


def test_categories_are_made_and_listed_as_a_tree(run: Callable[..., Outcome]) -> None:
    """A child has its parent's kind, and stands below it, further in."""
    assert run("add", "Food", "--kind", "expense").out.startswith("Made Food, expense category ")
    assert run("add", "Bread", "--parent", "Food", "--json").document["kind"] == "expense"
    assert run("add", "Sales", "--kind", "income").code == 0
    assert [line.rstrip() for line in run("list").out.splitlines()] == [
        "Category  Kind",
        "Food      expense",
        "  Bread   expense",
        "Sales     income",
    ]
    assert [one["name"] for one in run("list", "--json").document["items"]] == ["Food", "Bread", "Sales"]


@pytest.mark.parametrize("name", ["Bread", "bre", "Food/Bread", "food/b", "ID"])
def test_a_category_is_named_by_name_path_beginning_or_id(acme: Desk, run: Callable[..., Outcome], name: str) -> None:
    """Capitals do not matter in a beginning."""
    food = create_category(acme, "Food")
    bread = create_category(acme, "Bread", parent=food.id)
    outcome = run("rename", str(bread.id) if name == "ID" else name, "Bread and rolls", "--json")
    assert (outcome.document["id"], outcome.document["name"]) == (str(bread.id), "Bread and rolls")


def test_a_name_that_several_categories_have_is_refused(acme: Desk, run: Callable[..., Outcome]) -> None:
    """A path tells siblings of different parents apart, an id also those of different kinds."""
    food, shop = create_category(acme, "Food"), create_category(acme, "Shop", "income")
    for parent, kind in ((food, "expense"), (shop, "income")):
        create_category(acme, "Other", kind, parent=parent.id)
    outcome = run("archive", "Other")
    assert (outcome.code, outcome.out) == (3, "")
    assert "'Other' may be Food/Other (expense, " in outcome.err
    assert run("archive", "Shop/Other").out == "Archived Other.\n"
    assert run("archive", "Nothing").code == 3


def test_an_archived_category_is_marked_and_may_be_restored(acme: Desk, run: Callable[..., Outcome]) -> None:
    """It stays in the list."""
    create_category(acme, "Food")
    assert run("archive", "Food").out == "Archived Food.\n"
    assert run("list").out.splitlines()[1].split() == ["Food", "expense", "archived"]
    assert run("restore", "Food").out == "Restored Food.\n"
    assert run("list").out.splitlines()[1].split() == ["Food", "expense"]


def test_a_category_needs_a_kind_or_a_parent(run: Callable[..., Outcome]) -> None:
    """Which is said before the database is asked; a kind that is none is the books' to refuse."""
    outcome = run("add", "Food")
    assert outcome.code == 2
    assert "--parent" in outcome.err
    assert run("add", "Food", "--kind", "fun").code == 3

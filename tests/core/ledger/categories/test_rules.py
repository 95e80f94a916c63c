"""The shape of the tree of categories, decided without a database."""

from __future__ import annotations

import pytest

from stronghold_core.errors import InvalidInputError
from stronghold_core.ids import CategoryId, new_id
from stronghold_core.ledger import CategoryKind, CategoryRecord, CategoryStatus
from stronghold_core.ledger.categories.rules import (
    check_place,
    checked_kind,
    default_kind,
    in_tree_order,
    path_to_root,
)


def category(
    name: str, parent: CategoryRecord | None = None, kind: CategoryKind = CategoryKind.EXPENSE
) -> CategoryRecord:
    """Make a category without a database."""
    return CategoryRecord(
        id=CategoryId(new_id()),
        name=name,
        kind=kind,
        parent_id=None if parent is None else parent.id,
        status=CategoryStatus.OPEN,
        is_default=False,
    )


def tree_of(*categories: CategoryRecord) -> dict[CategoryId, CategoryRecord]:
    """Index categories by id."""
    return {one.id: one for one in categories}


def test_there_are_two_kinds() -> None:
    """Money comes in or goes out; whatever else it is called is refused."""
    assert [checked_kind(kind) for kind in ("income", "expense")] == list(CategoryKind)
    with pytest.raises(InvalidInputError, match="neither 'income' nor 'expense'"):
        checked_kind("asset")


def test_the_sign_suggests_the_kind() -> None:
    """What an account gained is income; what it lost, expense; nothing moved counts as spent, and is refused later."""
    assert [default_kind(minor) for minor in (1, -1, 0)] == [
        CategoryKind.INCOME,
        CategoryKind.EXPENSE,
        CategoryKind.EXPENSE,
    ]


def test_the_path_leads_from_a_category_to_its_root() -> None:
    """Itself first, the root last."""
    root = category("Living")
    middle = category("Food", root)
    leaf = category("Bread", middle)
    assert list(path_to_root(leaf.id, tree_of(root, middle, leaf))) == [leaf, middle, root]


def test_a_root_may_stand_anywhere() -> None:
    """Without a parent there is nothing to contradict."""
    check_place(CategoryKind.INCOME, None, {}, max_depth=1)


def test_a_tree_grows_to_its_depth_and_no_deeper() -> None:
    """With two levels allowed, a root may have children, and these may not."""
    root = category("Living")
    child = category("Food", root)
    check_place(CategoryKind.EXPENSE, root.id, tree_of(root, child), max_depth=2)
    with pytest.raises(InvalidInputError, match="more than 2 deep"):
        check_place(CategoryKind.EXPENSE, child.id, tree_of(root, child), max_depth=2)


def test_a_child_is_of_its_parents_kind() -> None:
    """Income below an expense would count twice, once with each sign."""
    root = category("Living")
    with pytest.raises(InvalidInputError, match="it is an expense category"):
        check_place(CategoryKind.INCOME, root.id, tree_of(root), max_depth=8)


def test_the_order_of_the_tree_puts_children_below_their_parent_and_siblings_by_name() -> None:
    """Expenses before income, names without regard to case."""
    living, cars = category("living"), category("Cars")
    food, rent = category("food", living), category("Rent", living)
    bread, pay = category("Bread", food), category("Pay", kind=CategoryKind.INCOME)
    ordered = in_tree_order([pay, rent, bread, living, food, cars])
    assert ordered == [cars, living, food, bread, rent, pay]

"""The shape of the tree of categories. Pure: no database here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stronghold_core.errors import InvalidInputError
from stronghold_core.ledger.categories.records import CategoryKind, CategoryRecord
from stronghold_core.text import in_short, word_among

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stronghold_core.ids import CategoryId

MAX_NAME_LENGTH: Final = 200
UNCATEGORISED: Final = "Uncategorised"
"""What the category of each kind is called first that takes money of which nobody said what it was for."""


def checked_kind(value: str) -> CategoryKind:
    """Read a category's kind.

    >>> checked_kind("expense").value
    'expense'
    """
    kind = word_among(CategoryKind, value)
    if kind is None:
        raise InvalidInputError(field="kind", reason=f"{in_short(value)!r} is neither 'income' nor 'expense'.")
    return kind


def default_kind(amount_minor: int) -> CategoryKind:
    """Guess the kind from the sign of what happened to the account.

    >>> default_kind(-1200).value, default_kind(1200).value
    ('expense', 'income')
    """
    return CategoryKind.INCOME if amount_minor > 0 else CategoryKind.EXPENSE


def path_to_root(category: CategoryId, tree: Mapping[CategoryId, CategoryRecord]) -> Iterator[CategoryRecord]:
    """Go from *category* up to its root."""
    here: CategoryId | None = category
    while here is not None:
        yield tree[here]
        here = tree[here].parent_id


def check_place(
    kind: CategoryKind, parent: CategoryId | None, tree: Mapping[CategoryId, CategoryRecord], *, max_depth: int
) -> None:
    """Pass if a category of *kind* may stand below *parent*.

    Raises:
        InvalidInputError: If the parent is of the other kind, or the tree would grow too deep.
    """
    if parent is None:
        return
    if tree[parent].kind != kind:
        raise InvalidInputError(field="parent", reason=f"it is an {tree[parent].kind.value} category, this one is not.")
    if sum(1 for _ in path_to_root(parent, tree)) >= max_depth:
        raise InvalidInputError(field="parent", reason=f"categories can't be nested more than {max_depth} deep.")


def in_tree_order(categories: Iterable[CategoryRecord]) -> list[CategoryRecord]:
    """Sort so that children follow their parent, and siblings stand by name."""
    rows = sorted(categories, key=lambda category: (category.kind, category.name.casefold(), category.id))
    children: dict[CategoryId | None, list[CategoryRecord]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)

    def below(parent: CategoryId | None) -> Iterator[CategoryRecord]:
        for child in children.get(parent, ()):
            yield child
            yield from below(child.id)

    return list(below(None))


def paths_of(tree: Iterable[CategoryRecord]) -> dict[CategoryId, str]:
    """Write each category's path from the root, as in ``Food/Bread``; parents come before their children."""
    paths: dict[CategoryId, str] = {}
    for one in tree:
        paths[one.id] = one.name if one.parent_id is None else f"{paths[one.parent_id]}/{one.name}"
    return paths

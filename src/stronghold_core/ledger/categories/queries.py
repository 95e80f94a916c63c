"""Reading the tree of categories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from stronghold_core.ids import AccountId, CategoryId
from stronghold_core.ledger.accounts.models import Account
from stronghold_core.ledger.categories.models import Category
from stronghold_core.ledger.categories.records import CategoryKind, CategoryRecord, CategoryStatus
from stronghold_core.ledger.categories.rules import path_to_root

if TYPE_CHECKING:
    from stronghold_core.db import Unit


def load_tree(unit: Unit) -> dict[CategoryId, CategoryRecord]:
    """Read all categories of the tenant: people make dozens, not thousands."""
    return {CategoryId(row.id): category_record(row) for row in unit.session.scalars(select(Category))}


def accounts_below(unit: Unit, category: CategoryId) -> list[AccountId]:
    """List the accounts of a category and of everything below it, in all currencies."""
    tree = load_tree(unit)
    inside = [one for one in tree if any(above.id == category for above in path_to_root(one, tree))]
    query = select(Account.id).where(Account.category_id.in_(inside))
    return [AccountId(account_id) for account_id in unit.session.scalars(query)]


def category_record(row: Category) -> CategoryRecord:
    """Make the record of one category."""
    return CategoryRecord(
        id=CategoryId(row.id),
        name=row.name,
        kind=CategoryKind(row.kind),
        parent_id=None if row.parent_id is None else CategoryId(row.parent_id),
        status=CategoryStatus(row.status),
        is_default=row.is_default,
    )

"""The verbs on categories: `books.categories`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from stronghold_core.audit import record_event
from stronghold_core.db import ConstraintError, table_of
from stronghold_core.errors import DuplicateNameError, NotFoundError
from stronghold_core.ids import CategoryId, new_id, parse_id
from stronghold_core.ledger.accounts.models import Account
from stronghold_core.ledger.categories.models import Category
from stronghold_core.ledger.categories.queries import category_record, load_tree
from stronghold_core.ledger.categories.records import CategoryRecord, CategoryStatus
from stronghold_core.ledger.categories.rules import MAX_NAME_LENGTH, check_place, checked_kind, in_tree_order
from stronghold_core.permissions import Permission
from stronghold_core.text import checked_text

if TYPE_CHECKING:
    from uuid import UUID

    from stronghold_core.db import Unit
    from stronghold_core.ids import AnId

_CONSTRAINTS = {"ux_stronghold_category_root_name", "ux_stronghold_category_child_name"}


class Categories:
    """The heads under which the tenant's money comes in and goes out."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def create(self, *, name: str, kind: str, parent: AnId | None = None) -> CategoryRecord:
        """Create a category.

        Args:
            name: Unique among its siblings.
            kind: ``income`` or ``expense``.
            parent: The category it belongs under; of the same kind.

        Raises:
            DuplicateNameError: If a sibling has that name.
            InvalidInputError: If the parent is of the other kind, or the tree would grow too deep.
        """
        checked = checked_kind(kind)
        row = Category(
            tenant_id=self._unit.tenant_id,
            id=new_id(),
            name=checked_text(name, field="name", max_length=MAX_NAME_LENGTH),
            kind=checked.value,
            parent_id=None if parent is None else parse_id(parent, field="parent"),
            created_at=self._unit.clock.now(),
        )
        with self._unit.verb(Permission.CATEGORY_WRITE):
            if row.parent_id is not None:
                above = CategoryId(self._row(row.parent_id).id)
                check_place(checked, above, load_tree(self._unit), max_depth=self._unit.settings.max_category_depth)
            self._unit.session.add(row)
            self._flush(row)
            return self._record_change(
                "category.create", row, {"name": row.name, "kind": kind, "parent": row.parent_id}
            )

    def get(self, category: AnId) -> CategoryRecord:
        """Return one category.

        Raises:
            NotFoundError: If this tenant has none with that id.
        """
        with self._unit.reading(Permission.CATEGORY_READ):
            return category_record(self._row(category))

    def find(self, *, name: str, kind: str, parent: AnId | None = None) -> CategoryRecord | None:
        """Return the category of that name below *parent*, or among the roots; none if there is none."""
        with self._unit.reading(Permission.CATEGORY_READ):
            above = None if parent is None else parse_id(parent, field="parent")
            query = select(Category).where(
                Category.name == checked_text(name, field="name", max_length=MAX_NAME_LENGTH),
                Category.kind == checked_kind(kind).value,
                Category.parent_id == above,
            )
            row = self._unit.session.scalars(query).one_or_none()
            return None if row is None else category_record(row)

    def list(self) -> list[CategoryRecord]:
        """List all categories in the order of the tree: children after their parent, siblings by name."""
        with self._unit.reading(Permission.CATEGORY_READ):
            return in_tree_order(load_tree(self._unit).values())

    def rename(self, category: AnId, *, name: str) -> CategoryRecord:
        """Give a category another name.

        Raises:
            DuplicateNameError: If a sibling has that name.
        """
        with self._unit.verb(Permission.CATEGORY_WRITE):
            row = self._row(category)
            before, row.name = row.name, checked_text(name, field="name", max_length=MAX_NAME_LENGTH)
            self._flush(row)
            self._change_accounts(row, name=row.name)
            return self._record_change("category.rename", row, {"before": before, "after": row.name})

    def archive(self, category: AnId) -> CategoryRecord:
        """Take a category out of use; its history stays, and counts."""
        return self._set_status(category, CategoryStatus.ARCHIVED, "category.archive")

    def restore(self, category: AnId) -> CategoryRecord:
        """Put an archived category back into use."""
        return self._set_status(category, CategoryStatus.OPEN, "category.restore")

    def _set_status(self, category: AnId, status: CategoryStatus, action: str) -> CategoryRecord:
        with self._unit.verb(Permission.CATEGORY_WRITE):
            row = self._row(category)
            row.status = status.value
            self._change_accounts(row, status="open" if status is CategoryStatus.OPEN else "closed")
            return self._record_change(action, row, {})

    def _change_accounts(self, row: Category, **values: str) -> None:
        self._unit.session.execute(update(Account).where(Account.category_id == row.id).values(**values))

    def _row(self, category: AnId) -> Category:
        category_id = parse_id(category, field="category")
        row = self._unit.session.scalars(select(Category).where(Category.id == category_id)).one_or_none()
        if row is None:
            raise NotFoundError(kind="category", key=category_id)
        return row

    def _flush(self, row: Category) -> None:
        name, kind, parent = row.name, row.kind, row.parent_id
        try:
            with self._unit.savepoint():
                self._unit.session.flush()
        except ConstraintError as error:
            if error.constraint in _CONSTRAINTS:
                raise self._duplicate(name, kind, parent) from error
            raise

    def _duplicate(self, name: str, kind: str, parent: UUID | None) -> DuplicateNameError:
        """Say that the name is taken; and if by an archived category, how to restore that."""
        column = table_of(Category).c
        query = select(column.status).where(
            column.tenant_id == self._unit.tenant_id,
            column.name == name,
            column.kind == kind,
            column.parent_id.is_(None) if parent is None else column.parent_id == parent,
        )
        if self._unit.connection.execute(query).scalar_one_or_none() != CategoryStatus.ARCHIVED:
            return DuplicateNameError(kind="category", name=name)
        remedy = "it is archived; restore it with books.categories.restore(…), or choose another one."
        return DuplicateNameError(kind="category", name=name, remedy=remedy)

    def _record_change(self, action: str, row: Category, payload: dict[str, object]) -> CategoryRecord:
        self._unit.session.flush()
        record_event(self._unit, action, object_type="category", object_id=row.id, payload=payload)
        return category_record(row)

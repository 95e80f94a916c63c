"""What callers see of categories."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from stronghold_core.ids import CategoryId


class CategoryKind(StrEnum):
    """Whether money under this head comes in or goes out."""

    INCOME = "income"
    EXPENSE = "expense"


class CategoryStatus(StrEnum):
    """Whether new transactions may use the category."""

    OPEN = "open"
    ARCHIVED = "archived"


class CategoryRecord(BaseModel):
    """A head under which money comes in or goes out."""

    model_config = ConfigDict(frozen=True)

    id: CategoryId
    name: str
    kind: CategoryKind
    parent_id: CategoryId | None
    status: CategoryStatus
    is_default: bool
    """Whether it takes what nobody gave a category; one of each kind does, whatever its name."""

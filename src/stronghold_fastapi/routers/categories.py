"""``/api/v1/categories``: what money comes in and goes out for."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from stronghold_core import CategoryRecord
from stronghold_fastapi.access import AccessDep, BooksEntrance
from stronghold_fastapi.bodies import CategoryBody, NameBody
from stronghold_fastapi.problems import problem_responses

router = APIRouter(prefix="/api/v1/categories", tags=["categories"], route_class=BooksEntrance)
WRITES = problem_responses(400, 403, 409, 413, 415)


@router.get("")
def list_categories(access: AccessDep) -> list[CategoryRecord]:
    """List all categories, each after the one that it belongs under."""
    return access.read(lambda books: books.categories.list())


@router.post("", status_code=201, responses=WRITES)
def create_category(access: AccessDep, body: CategoryBody) -> CategoryRecord:
    """Create a category."""
    return access.run(lambda books: books.categories.create(**body.given()))


@router.get("/{category_id}")
def get_category(access: AccessDep, category_id: UUID) -> CategoryRecord:
    """Return one category."""
    return access.read(lambda books: books.categories.get(category_id))


@router.patch("/{category_id}", responses=WRITES)
def rename_category(access: AccessDep, category_id: UUID, body: NameBody) -> CategoryRecord:
    """Give a category another name."""
    return access.run(lambda books: books.categories.rename(category_id, name=body.name))


@router.post("/{category_id}/archive", responses=WRITES)
def archive_category(access: AccessDep, category_id: UUID) -> CategoryRecord:
    """Take a category out of use; what it holds stays."""
    return access.run(lambda books: books.categories.archive(category_id))


@router.post("/{category_id}/restore", responses=WRITES)
def restore_category(access: AccessDep, category_id: UUID) -> CategoryRecord:
    """Take an archived category into use again."""
    return access.run(lambda books: books.categories.restore(category_id))

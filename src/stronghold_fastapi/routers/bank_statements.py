"""``/api/v1/bank-statements``: what the tenant's banks say, brought in as CSV files."""

from __future__ import annotations

from itertools import islice
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile
from pydantic import BaseModel, Json

from stronghold_core import (
    Books,
    CsvLayout,
    ImportRecord,
    ImportResult,
    OnInvalid,
    OnMismatch,
    Page,
    PreviewRow,
    PreviewSummary,
    RevertResult,
)
from stronghold_fastapi.access import AccessDep, BooksEntrance, FileEntrance
from stronghold_fastapi.answers import link_next
from stronghold_fastapi.bodies import After, Limit, RevertBody
from stronghold_fastapi.problems import problem_responses

router = APIRouter(prefix="/api/v1/bank-statements", tags=["bank statements"], route_class=BooksEntrance)
files = APIRouter(prefix="/api/v1/bank-statements", tags=["bank statements"], route_class=FileEntrance)
WRITES = problem_responses(400, 403, 409, 413, 415)

Layout = Annotated[
    Json[CsvLayout] | None, Form(description="Where the file keeps what, as JSON; found out if left out.")
]
ManyRows = Annotated[int, Query(ge=0, le=10_000, description="How many of the rows to return; all are counted.")]


class PreviewAnswer(BaseModel):
    """What would become of a file."""

    summary: PreviewSummary
    rows: list[PreviewRow]
    """The first rows, in the order of the file."""


@files.post("/preview", responses=WRITES)
def preview(
    access: AccessDep, account: UUID, file: Annotated[UploadFile, File()], layout: Layout = None, rows: ManyRows = 200
) -> PreviewAnswer:
    """Show what would become of a bank's CSV file, without posting anything."""

    def look(books: Books) -> PreviewAnswer:
        file.file.seek(0)
        with books.bank_statements.preview_csv(file.file, account=account, layout=layout) as found:
            first = list(islice(found, rows))
            for _ in found:
                pass
            return PreviewAnswer(summary=found.summary, rows=first)

    return access.read(look)


@files.post("", status_code=201, responses=WRITES)
def import_file(
    access: AccessDep,
    account: UUID,
    file: Annotated[UploadFile, File()],
    layout: Layout = None,
    on_invalid: OnInvalid = "refuse",
    on_mismatch: OnMismatch = "refuse",
) -> ImportResult:
    """Post the rows of a bank's CSV file that are not in the books yet: all, or nothing."""

    def bring_in(books: Books) -> ImportResult:
        file.file.seek(0)
        return books.bank_statements.import_csv(
            file.file,
            account=account,
            layout=layout,
            source=file.filename,
            on_invalid=on_invalid,
            on_mismatch=on_mismatch,
        )

    return access.run(bring_in)


@router.get("")
def list_imports(
    request: Request,
    response: Response,
    access: AccessDep,
    account: UUID | None = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[ImportRecord]:
    """List imports, the latest first."""
    page = access.read(lambda books: books.bank_statements.list(account=account, limit=limit, after=after))
    link_next(request, response, page)
    return page


@router.get("/{import_id}")
def get_import(access: AccessDep, import_id: UUID) -> ImportRecord:
    """Return one import."""
    return access.read(lambda books: books.bank_statements.get(import_id))


@router.post("/{import_id}/revert", responses=WRITES)
def revert_import(access: AccessDep, import_id: UUID, body: RevertBody) -> RevertResult:
    """Take back all that an import posted."""
    return access.run(lambda books: books.bank_statements.revert(import_id, on=body.on))

"""Importing a bank's file: send it, look at what would become of each row, then import it, or take it back later."""

from __future__ import annotations

import json
from datetime import date
from http import HTTPStatus
from itertools import islice
from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Depends, Form, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic_core import from_json

from examples.reference_server.desk import ASeat, Seat, guarded
from examples.reference_server.uploads import Upload
from stronghold_core import (
    AccountRecord,
    AmbiguousStatementError,
    Books,
    CsvLayout,
    ImportRecord,
    ImportResult,
    InvalidInputError,
    Page,
    PreviewRow,
    PreviewSummary,
)

router = APIRouter(prefix="/t/{tenant:uuid}/imports")

_ROWS_SHOWN = 200
_IMPORTS_SHOWN = 25
_SAMPLE = date(2026, 2, 3)


class Imports(NamedTuple):
    """What was imported so far, and where to."""

    accounts: list[AccountRecord]
    names: dict[UUID, str]
    page: Page[ImportRecord]


class Previewed(NamedTuple):
    """The beginning of a file, row by row, and a summary of the whole."""

    account: AccountRecord
    rows: tuple[PreviewRow, ...]
    summary: PreviewSummary


class Choice(NamedTuple):
    """One way to read a file that leaves it open."""

    value: str
    label: str


@router.get("")
def list_all(seat: ASeat, after: str = "") -> HTMLResponse:
    """Offer to import a file, and list those that were."""

    def look(books: Books) -> Imports:
        accounts = books.accounts.list(status=None, limit=500).items
        return Imports(
            accounts=[one for one in accounts if one.status == "open" and one.type in ("asset", "liability")],
            names={one.id: one.name for one in accounts},
            page=books.bank_statements.list(limit=_IMPORTS_SHOWN, after=after or None),
        )

    return seat.page("imports.html", found=seat.read(look), here="imports")


@router.post("", dependencies=[Depends(guarded)])
def upload(seat: ASeat, file: UploadFile, account: Annotated[UUID, Form()]) -> RedirectResponse:
    """Keep a file that was sent, and lead to its preview."""
    into = seat.read(lambda books: books.accounts.get(account))
    kept = seat.desk.uploads.keep(
        file.file, file.filename or "", principal=seat.principal, tenant=seat.tenant.id, account=into.id
    )
    return _to_upload(seat, kept)


@router.get("/uploads/{upload_id}")
def preview(seat: ASeat, upload_id: str) -> HTMLResponse:
    """Show what would become of each row; once imported, what became of them."""
    kept = _find(seat, upload_id)
    if kept.result is not None:
        account = seat.read(lambda books: books.accounts.get(kept.account_id))
        return seat.page("imported.html", upload=kept, account=account, here="imports")
    try:
        previewed = seat.read(lambda books: look_through(books, seat, kept))
    except AmbiguousStatementError as question:
        return seat.page("question.html", upload=kept, question=question, choices=choices_of(question), here="imports")
    return seat.page("preview.html", upload=kept, found=previewed, limit=_ROWS_SHOWN, here="imports")


@router.post("/uploads/{upload_id}/layout", dependencies=[Depends(guarded)])
def answer(
    seat: ASeat, upload_id: str, field: Annotated[str, Form()], value: Annotated[str, Form()]
) -> RedirectResponse:
    """Note how a file is to be read where it leaves that open, and lead back to its preview.

    Raises:
        InvalidInputError: If no layout says so.
    """
    kept = _find(seat, upload_id)
    if field not in CsvLayout.model_fields:
        raise InvalidInputError(field="field", reason="no layout has it.")
    try:
        # Stricter than `json`: it has a limit on depth, and text is text that can be written down.
        answers = {**kept.answers, field: from_json(value)}
    except ValueError as error:
        raise InvalidInputError(field="value", reason="it is none of the choices.") from error
    CsvLayout(**answers)
    seat.desk.uploads.note(kept.model_copy(update={"answers": answers}))
    return _to_upload(seat, kept)


@router.post("/uploads/{upload_id}", dependencies=[Depends(guarded)])
def commit(
    seat: ASeat,
    upload_id: str,
    *,
    skips_invalid: Annotated[bool, Form()] = False,
    accepts_mismatches: Annotated[bool, Form()] = False,
) -> RedirectResponse:
    """Import a file, all or nothing, and lead to what became of it."""
    kept = _find(seat, upload_id)
    if kept.result is None:
        path = seat.desk.uploads.path_of(kept)

        def post(books: Books) -> ImportResult:
            return books.bank_statements.import_csv(
                path,
                account=kept.account_id,
                layout=kept.layout,
                source=kept.name,
                on_invalid="skip" if skips_invalid else "refuse",
                on_mismatch="accept" if accepts_mismatches else "refuse",
            )

        seat.desk.uploads.note(kept.model_copy(update={"result": seat.run(post)}))
    return _to_upload(seat, kept)


@router.post("/{import_id:uuid}/revert", dependencies=[Depends(guarded)])
def revert(seat: ASeat, import_id: UUID) -> RedirectResponse:
    """Take an import back."""
    seat.run(lambda books: books.bank_statements.revert(import_id))
    return RedirectResponse(f"{seat.home}/imports", status_code=HTTPStatus.SEE_OTHER)


def look_through(books: Books, seat: Seat, kept: Upload) -> Previewed:
    """Go through a file; its first rows are shown, and all of them counted."""
    path = seat.desk.uploads.path_of(kept)
    with books.bank_statements.preview_csv(path, account=kept.account_id, layout=kept.layout) as seen:
        rows = tuple(islice(seen, _ROWS_SHOWN))
        for _ in seen:
            pass
        return Previewed(books.accounts.get(kept.account_id), rows, seen.summary)


def choices_of(question: AmbiguousStatementError) -> list[Choice]:
    """List the ways in which a file may be read."""
    if question.field not in CsvLayout.model_fields:
        return []
    return [Choice(json.dumps(one), label_of(question.field, one)) for one in question.candidates]


def label_of(field: str, candidate: object) -> str:
    """Say what a choice means: a pattern of days by a day of which no number is two things.

    >>> label_of("date_format", "%d/%m/%Y"), label_of("decimal_mark", ",")
    ('03/02/2026 is 3 February 2026', ',')
    """
    if field == "date_format":
        return f"{_SAMPLE.strftime(str(candidate))} is {_SAMPLE.day} {_SAMPLE:%B %Y}"
    return str(candidate)


def _find(seat: Seat, upload_id: str) -> Upload:
    return seat.desk.uploads.find(upload_id, principal=seat.principal, tenant=seat.tenant.id)


def _to_upload(seat: Seat, kept: Upload) -> RedirectResponse:
    return RedirectResponse(f"{seat.home}/imports/uploads/{kept.id}", status_code=HTTPStatus.SEE_OTHER)

"""A bank's file as it is handed over: by its path, or opened for reading bytes."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from stronghold_core.bank_statements.csv_files.reader import CsvStatement, read_csv
from stronghold_core.bank_statements.csv_files.records import CsvLayout
from stronghold_core.errors import InvalidInputError, StatementColumnError, StatementFileError

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import BinaryIO

    from stronghold_core.bank_statements.records import SavedLayout

MAX_SOURCE_LENGTH: Final = 200
"""How long the name of a file may be."""


@contextmanager
def opened(file: str | Path | BinaryIO) -> Generator[BinaryIO]:
    """Open a file by its path; one that is open already stays so.

    Raises:
        StatementFileError: If it can't be opened.
        InvalidInputError: If that is no path.
    """
    if not isinstance(file, (str, Path)):
        yield file
        return
    try:
        stream = Path(file).open("rb")  # noqa: SIM115 - closed below; only opening it is what these errors are of
    except OSError as error:
        raise StatementFileError(reason=f"{file}: {error.strerror}.") from error
    except ValueError as error:
        raise InvalidInputError(field="file", reason=f"{str(file)!r} is no path.") from error
    with stream:
        yield stream


@contextmanager
def rewound_on_failure(file: BinaryIO) -> Generator[None]:
    """Leave a file that can be rewound where it was if the block raises, so that the unit can be run again."""
    seekable = getattr(file, "seekable", None)
    start = file.tell() if seekable is not None and seekable() else None
    try:
        yield
    except BaseException:
        if start is not None and not file.closed:
            file.seek(start)
        raise


def name_of(file: str | Path | BinaryIO) -> str | None:
    """Return the name of a file without its folders, which are nobody's business."""
    path = file if isinstance(file, (str, Path)) else getattr(file, "name", None)
    if not isinstance(path, (str, Path)):
        return None
    name = "".join(character for character in Path(path).name if character.isprintable())
    return name[:MAX_SOURCE_LENGTH] or None


def read_statement(file: BinaryIO, layout: CsvLayout | None, saved: SavedLayout | None) -> CsvStatement:
    """Read a file by the layout that is given, or that which was saved.

    A given one that says something, but no column, keeps to those saved: by others, rows would not be known again.
    """
    if saved is None or not (layout is None or _keeps_columns(layout)):
        return read_csv(file, layout)
    given = {} if layout is None else layout.model_dump(exclude_defaults=True)
    try:
        return read_csv(file, saved.layout.model_copy(update=given))
    except StatementColumnError as error:
        # Whoever gave no layout has to be told of the one that was taken.
        remedy = (
            "the layout that was kept of the account's earlier files names it. Pass another layout, or forget that one "
            "with books.bank_statements.forget_layout(…)."
        )
        raise StatementColumnError(column=error.column, found=error.found, remedy=remedy) from error


def _keeps_columns(layout: CsvLayout) -> bool:
    return isinstance(layout, CsvLayout) and layout != CsvLayout() and not layout.named()

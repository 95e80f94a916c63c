"""How exported things are written. Pure: no database here.

A tenant's file is JSON lines in UTF-8: a head, then one line a row, table after table, then an end with the number of
rows of each table and the SHA-256 of all lines before it. So a file that was cut off or changed is not taken for whole.
"""

from __future__ import annotations

import base64
import json
import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from stronghold_core.errors import ExportFileError
from stronghold_core.money import MAX_MINOR

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMAT: Final = "stronghold-tenant"
FORMAT_VERSION: Final = 1
MAX_LINE_BYTES: Final = 4_000_000
"""No row comes near it; whatever does is no line of ours, and must not fill the memory."""

_FORMULA: Final = frozenset("=+-@\t\r")
_QUOTED: Final = re.compile(r"[,;|\t\r\n\"]")
"""What some program may take for the end of a cell, whatever it was told."""

_INNER_FORMULA: Final = re.compile(r"(?<=[;|\t\r\n])(?=[=+\-@])")
"""Where a formula would begin for a program that ends cells there: quotes within a line do not stop it."""

_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


def safe_cell(text: str) -> str:
    """Return *text* so that no spreadsheet takes it, or a part of it, for a formula; plain numbers stay as they are.

    >>> safe_cell("=HYPERLINK(1)"), safe_cell("-12.30"), safe_cell("-12 apples"), safe_cell("Tea;=1+1")
    ("'=HYPERLINK(1)", '-12.30', "'-12 apples", "Tea;'=1+1")
    """
    text = _INNER_FORMULA.sub("'", text)
    return f"'{text}" if text[:1] in _FORMULA and text and not _NUMBER.fullmatch(text) else text


def csv_line(cells: Iterable[str | None]) -> str:
    r"""Write one row of a CSV file (RFC 4180), safe for spreadsheets; a missing cell is empty.

    Quotes are also around what only other programs split at: they show that it is one cell.

    >>> csv_line(["Tea; milk", None, "@home"])
    '"Tea; milk",,\'@home\r\n'
    """
    return f"{','.join('' if cell is None else _quoted(safe_cell(cell)) for cell in cells)}\r\n"


def _quoted(text: str) -> str:
    return '"{}"'.format(text.replace('"', '""')) if _QUOTED.search(text) else text


def json_line(document: object) -> bytes:
    r"""Write one line of a file.

    >>> json_line({"name": "Café", "day": date(2026, 11, 1)})
    b'{"name":"Caf\xc3\xa9","day":"2026-11-01"}\n'
    """
    text = json.dumps(document, default=_plain, ensure_ascii=False, separators=(",", ":"))
    return f"{text}\n".encode()


def _plain(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (bytes, memoryview)):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} has no place in an export.")


def read_line(line: bytes, *, number: int) -> dict[str, Any]:
    """Read one line of a file.

    Raises:
        ExportFileError: If it is no object in JSON; it names the line.
    """
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ExportFileError(reason=f"line {number:,} is no JSON.") from error
    if not isinstance(document, dict):
        raise ExportFileError(reason=f"line {number:,} is no object.")
    return document


def read_value(kind: type, value: Any) -> Any:  # noqa: ANN401 - a column of any type
    r"""Read a column's value as the database takes it.

    >>> read_value(date, "2026-11-01"), read_value(bytes, "AQI="), read_value(int, 7), read_value(int, None)
    (datetime.date(2026, 11, 1), b'\x01\x02', 7, None)

    Raises:
        ValueError: If *value* is none of that kind.
    """
    if value is None:
        return None
    written_as = kind if kind in {int, str, bool} else str
    if type(value) is not written_as:
        raise ValueError(f"{type(value).__name__} in place of {written_as.__name__}")
    if isinstance(value, str):
        return _read_text(kind, value)
    if not -MAX_MINOR - 1 <= value <= MAX_MINOR:
        raise ValueError("a number past 63 bits")
    return value


def _read_text(kind: type, value: str) -> Any:  # noqa: ANN401 - a column of any type
    if kind is str:
        # Neither has a place in a database: NUL not on PostgreSQL, half a pair of UTF-16 nowhere.
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise ValueError("characters that no text has")
        return value
    if kind is bytes:
        return base64.b64decode(value, validate=True)
    if kind is UUID:
        return UUID(value)
    if kind is datetime:
        return _aware(datetime.fromisoformat(value))
    return date.fromisoformat(value)


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone")
    return instant


def checked_head(document: dict[str, Any], *, schema_version: str) -> tuple[UUID, list[dict[str, Any]]]:
    """Read the first line: whose rows they are, and the currencies of the host that they use.

    Raises:
        ExportFileError: If it is none of ours, or of another schema.
    """
    if document.get("format") != FORMAT:
        raise ExportFileError(reason="its first line is not that of an exported tenant.")
    if document.get("format_version") != FORMAT_VERSION:
        raise ExportFileError(reason=f"its format is {document.get('format_version')!r}, this version reads 1.")
    found = document.get("schema_version")
    if found != schema_version:
        fact = f"it is of schema {found}, this database of {schema_version}"
        raise ExportFileError(reason=f"{fact}; export and restore with the same version.")
    currencies = document.get("currencies")
    try:
        return UUID(str(document.get("tenant_id"))), list(currencies or [])
    except (ValueError, TypeError) as error:
        raise ExportFileError(reason="its first line names no tenant.") from error

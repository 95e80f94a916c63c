"""How exported things are written, and what is taken for one."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from stronghold_core.errors import ExportFileError
from stronghold_core.exports.rules import checked_head, csv_line, json_line, read_line, read_value, safe_cell

ID = UUID(int=7 << 76)
HEAD = {"format": "stronghold-tenant", "format_version": 1, "schema_version": "1", "tenant_id": str(ID)}


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\rx", "--1", "+1.", "=", "-"]
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    """Then it is text there."""
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "-12.30", "+7", "0", "Rent", "12-30", "a=b", "'=1", " =1", "–1"])
def test_what_is_harmless_stays(text: str) -> None:
    """Plain numbers above all: an amount is one."""
    assert safe_cell(text) == text


def test_a_row_is_quoted_where_it_must_be() -> None:
    """Commas, quotes and line breaks stay within their cell; a missing cell is empty."""
    assert csv_line(['a "b"', "c,d", "e\nf", None, "=1"]) == '"a ""b""","c,d","e\nf",,\'=1\r\n'


@pytest.mark.parametrize("mark", [";", "\t", "|", "\n", "\r"])
@pytest.mark.parametrize("words", ["Coffee{}=1+1", 'Coffee"{}@SUM(A1)', "{}-2+3", "a{}{}=1"])
def test_no_way_to_split_a_row_makes_a_formula(mark: str, words: str) -> None:
    """A program set to semicolons does not see the quotes in the middle of what it takes for a cell."""
    line = csv_line(["2026-11-03", words.replace("{}", mark), "-3.50"])
    assert not [part for part in line[:-2].split(mark)[1:] if part[:1] in set("=+-@")]
    assert f",{line.split(',')[1]}," in line
    assert line.split(",")[1].startswith('"')
    assert next(csv.reader(io.StringIO(line, newline="")))[0::2] == ["2026-11-03", "-3.50"]


def test_values_come_back_as_they_were() -> None:
    """Of every kind that a column has."""
    for value in (ID, date(2026, 1, 31), datetime(2026, 1, 31, 12, tzinfo=UTC), b"\x00\xff", "é", 7, True):
        written = read_line(json_line({"value": value}), number=1)["value"]
        assert read_value(type(value), written) == value
    assert read_value(UUID, None) is None


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *((int, "7"), (int, True), (int, 7.0), (bool, 1), (str, 7), (UUID, "x"), (UUID, 7), (date, "31.1.2026")),
        *((datetime, "2026-01-31T12:00:00"), (bytes, "é"), (bytes, 7), (str, ["x"])),
        *((int, 2**63), (int, -(2**63) - 1), (str, "a\0"), (str, "\ud800")),
    ],
    ids=ascii,
)
def test_a_value_of_another_kind_is_refused(kind: type, value: object) -> None:
    """Never guessed at; and never told, for it may be anybody's name."""
    with pytest.raises(ValueError, match=r".+"):
        read_value(kind, value)


@pytest.mark.parametrize("line", [b"\n", b"{\n", b"[]\n", b'"x"\n', b"\xff\n", b"[" * 100_000 + b"\n"], ids=range(6))
def test_a_line_that_is_no_object_is_refused(line: bytes) -> None:
    """With its number."""
    with pytest.raises(ExportFileError, match=r"line 1,234 is no"):
        read_line(line, number=1_234)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "beancount"}, "its first line is not that of an exported tenant"),
        ({"format_version": 2}, "its format is 2"),
        ({"schema_version": "9"}, "it is of schema 9, this database of 1"),
        ({"tenant_id": "acme"}, "names no tenant"),
        ({"tenant_id": None}, "names no tenant"),
        ({"currencies": 7}, "names no tenant"),
    ],
    ids=["format", "version", "schema", "tenant", "none", "currencies"],
)
def test_a_head_of_something_else_is_refused(change: dict[str, object], said: str) -> None:
    """It says what it is instead, and what is read here."""
    assert checked_head(HEAD, schema_version="1") == (ID, [])
    with pytest.raises(ExportFileError, match=said):
        checked_head(HEAD | change, schema_version="1")

"""Splitting a bank's file into rows and cells."""

from __future__ import annotations

import pytest

from stronghold_core.bank_statements.csv_files.cells import check_readable, split_rows
from stronghold_core.errors import StatementFileError


def test_empty_rows_are_passed_over_and_lines_keep_their_numbers() -> None:
    """A person finds a row by the number that an editor shows."""
    rows = list(split_rows(["a;b\n", "\n", " ; \n", "1;2\n"], ";"))
    assert [(row.line, list(row.cells)) for row in rows] == [(1, ["a", "b"]), (4, ["1", "2"])]


def test_a_quoted_cell_may_hold_line_ends_and_delimiters() -> None:
    """Some banks break the description in two; the row is known by its first line."""
    rows = list(split_rows(['1;"two\n', 'lines; here"\n', "2;x\n"], ";"))
    assert [(row.line, list(row.cells)) for row in rows] == [(1, ["1", "two\nlines; here"]), (3, ["2", "x"])]


def test_a_forgotten_quotation_mark_never_swallows_rows_unseen() -> None:
    """Rows that a stray quotation mark ran together are one fault that names all their lines."""
    rows = list(split_rows(["1;a\n", '2;"b\n', '3;"c"\n', "4;d\n"], ";"))
    assert [row.line for row in rows] == [1, 2, 4]
    assert rows[1].fault is not None
    assert "runs to line 3" in rows[1].fault


def test_a_quotation_mark_that_is_never_closed_is_a_fault() -> None:
    """The rest of the file is lost to it, which must be said."""
    (row,) = split_rows(['1;"a\n', "2;b\n"], ";")
    assert row.fault is not None
    assert "runs to line 2" in row.fault


def test_text_passes_and_bytes_that_are_no_text_do_not() -> None:
    """An umlaut in the wrong encoding costs its row, but a spreadsheet's own format is no CSV at all."""
    check_readable(["Date;Text;Amount\n", "2026-11-01;B\N{REPLACEMENT CHARACTER}cker;-1\n"], "utf-8")
    with pytest.raises(StatementFileError, match="an Excel workbook"):
        check_readable(["PK\x03\x04\x14\x00\x06\x00"], "utf-8")


@pytest.mark.parametrize("head", [[], ["\n", "  \n"]])
def test_an_empty_file_is_refused(head: list[str]) -> None:
    """It is no statement without transactions: that one has a header."""
    with pytest.raises(StatementFileError, match="empty"):
        check_readable(head, "utf-8")


def test_bytes_that_are_no_text_are_refused() -> None:
    """Whatever they are."""
    with pytest.raises(StatementFileError, match="not text in utf-8"):
        check_readable(["\x01\x02\x03" * 20], "utf-8")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("OFXHEADER:100\n", "OFX"),
        ('<?xml version="1.0"?>\n', "XML"),
        (":20:STARTUMSE\n", "MT940"),
        ("!Type:Bank\n", "QIF"),
        ("%PDF-1.7\n", "PDF"),
        ("<!DOCTYPE html>\n", "web page"),
    ],
    ids=lambda text: text.split()[0].strip("<!?:%"),
)
def test_a_file_of_another_kind_is_called_by_its_name(line: str, name: str) -> None:
    """So that its owner knows what to ask the bank for."""
    with pytest.raises(StatementFileError, match=name):
        check_readable([line, "anything\n"], "utf-8")


def test_mt940_is_known_by_its_tags_wherever_it_begins() -> None:
    """Banks put lines of their own before the first tag."""
    with pytest.raises(StatementFileError, match="MT940"):
        check_readable(["ABNANL2A\n", "940\n", ":60F:C020101EUR1,00\n"], "utf-8")

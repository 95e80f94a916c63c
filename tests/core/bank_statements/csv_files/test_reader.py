"""Reading a bank's CSV file."""

from __future__ import annotations

import csv
import gc
import io
import tracemalloc
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stronghold_core.bank_statements import CsvLayout, RefusedRow, StatementLine, read_csv
from stronghold_core.bank_statements.csv_files.words import is_balance
from stronghold_core.errors import InvalidInputError, StatementColumnError, StatementFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

LAYOUT = CsvLayout(
    date_column="Date",
    description_column="Text",
    amount_column="Amount",
    delimiter=",",
    encoding="utf-8-sig",
    date_format="%Y-%m-%d",
    decimal_mark=".",
)
HEADER = "Date,Text,Amount\n"
WORDS = st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="\ufffd")
"""What a bank may write; a file that holds what stands for unreadable bytes is not taken for words."""


def read(content: str | bytes, **changes: object) -> list[StatementLine | RefusedRow]:
    """Read a whole file of *content*."""
    data = content.encode() if isinstance(content, str) else content
    return list(read_csv(io.BytesIO(data), LAYOUT.model_copy(update=changes)))


def read_lines(content: str | bytes, **changes: object) -> list[StatementLine]:
    """Read a whole file that has no bad row."""
    rows = read(content, **changes)
    assert all(isinstance(row, StatementLine) for row in rows), rows
    return [row for row in rows if isinstance(row, StatementLine)]


def long_file(rows: int) -> bytes:
    """Make a file of so many equal rows."""
    return (HEADER + "2026-11-01,x,1\n" * rows).encode()


def read_counted(content: str) -> tuple[list[int], list[int], int]:
    """Return the lines that were read, those that were refused, and how many were passed over."""
    statement = read_csv(io.BytesIO(content.encode()), LAYOUT.model_copy(update={"balance_column": None}))
    rows = list(statement)
    refused = [row.line for row in rows if isinstance(row, RefusedRow)]
    return [row.line for row in rows if isinstance(row, StatementLine)], refused, statement.passed_over


TWO = "2026-11-01,Salary,100.00\n2026-11-02,Rent,-60.00\n"


@pytest.mark.parametrize(
    "total",
    [",Total,40.00", "Total,,100.00", ",Total out,-60.00", "Sum,,160.00", "Total,,0.00", "Saldo,,40.00\nThank you,,"],
)
def test_a_total_below_the_rows_is_passed_over(total: str) -> None:
    """Known by its amount: what came, what left, both, or the difference."""
    lines, refused, passed_over = read_counted(f"{HEADER}{TWO}{total}\n")
    assert (lines, refused, passed_over) == ([2, 3], [], 1 + total.count("\n"))


@pytest.mark.parametrize("total", [",Total Energies,-50.00", "Total,,50.00", "Summe,,40.00.00"])
def test_a_row_without_a_day_that_is_no_sum_is_refused(total: str) -> None:
    """It may be a purchase at a filling station that has lost its day."""
    lines, refused, passed_over = read_counted(f"{HEADER}{TWO}{total}\n")
    assert (lines, refused, passed_over) == ([2, 3], [4], 0)


def test_a_total_among_the_rows_is_refused() -> None:
    """Only below the last one is it known to be that of the file."""
    content = f"{HEADER}{TWO},Total,40.00\n2026-11-03,Tea,-1.00\n"
    assert read_counted(content) == ([2, 3, 5], [4], 0)
    (_, _, total, _) = read(content)
    assert isinstance(total, RefusedRow)
    assert "it has an amount and no day" in total.reason


def test_a_german_export_is_read_as_it_comes() -> None:
    """Lines above the header, semicolons, decimal commas, German days and Windows' encoding."""
    export = (
        'Umsatzanzeige;"Datei erstellt am: 21.11.2026"\r\n\r\nIBAN;DE02 1203 0000 0000 2020 51\r\n\r\n'
        "Buchung;Auftraggeber/Empfänger;Betrag;Währung\r\n"
        '14.11.2026;"Bäckerei Müller, Köln";-1.234,50;EUR\r\n'
        "15.11.2026;Gehalt;2.800,00;EUR\r\n"
    )
    lines = read_lines(
        export.encode("cp1252"),
        date_column="Buchung",
        description_column="Auftraggeber/Empfänger",
        amount_column="Betrag",
        encoding="cp1252",
        delimiter=";",
        date_format="%d.%m.%Y",
        decimal_mark=",",
        thousands_mark=".",
    )
    assert [(line.line, line.on, line.amount, line.description) for line in lines] == [
        (6, date(2026, 11, 14), "-1234.50", "Bäckerei Müller, Köln"),
        (7, date(2026, 11, 15), "2800.00", "Gehalt"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "utf-16", "utf-16-le", "cp1252"])
def test_a_file_is_read_in_the_encoding_that_is_stated(encoding: str) -> None:
    """A mark before the text, as Excel writes it, is no part of the first column's name."""
    (line,) = read_lines(f"{HEADER}2026-11-01,Café,-1\n".encode(encoding), encoding=encoding)
    assert line.description == "Café"


def test_a_mark_before_utf_8_does_not_disturb_by_default() -> None:
    """Excel writes one, others do not; both are read without a word about it."""
    assert len(read_lines(f"{HEADER}2026-11-01,x,1\n".encode("utf-8-sig"))) == 1


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_on_any_system(end: str) -> None:
    """A file passes through many hands."""
    lines = read_lines(f"{HEADER}2026-11-01,x,1\n2026-11-02,y,2\n".replace("\n", end))
    assert [line.line for line in lines] == [2, 3]


def test_a_header_may_be_there_or_not_when_columns_are_counted() -> None:
    """Without names only its looks tell a header."""
    counted = {"date_column": 0, "description_column": 1, "amount_column": 2}
    assert [line.line for line in read_lines(f"{HEADER}2026-11-01,x,1\n", **counted)] == [2]
    assert [line.line for line in read_lines("2026-11-01,x,1\n", **counted)] == [1]


def test_a_statement_without_transactions_is_read_as_such() -> None:
    """A header alone is a quiet month."""
    assert read(HEADER) == []


def test_each_bad_row_is_named_and_the_others_are_read() -> None:
    """One damaged row is no reason to type a year of transactions."""
    rows = read(f'{HEADER}2026-02-30,x,1\n2026-11-01,ok,1\n2026-11-01,x\n2026-11-01,x,1,5\n2026-11-01,"x"y,1\n,Tea,1\n')
    assert [(row.line, isinstance(row, RefusedRow)) for row in rows] == [
        (2, True),
        (3, False),
        (4, True),
        (5, True),
        (6, True),
        (7, True),
    ]


def test_a_row_in_another_encoding_is_named_and_the_others_are_read() -> None:
    """The reason says what to state, so that the next try reads it; what was posted meanwhile is known again."""
    rows = read(f"{HEADER}2026-11-01,Bäcker,-1\n2026-11-01,Shop,-1\n".encode("cp1252"))
    assert [row.line for row in rows] == [2, 3]
    assert isinstance(rows[0], RefusedRow)
    assert "not written in utf-8-sig" in rows[0].reason


def test_a_nul_costs_its_row_only() -> None:
    """PostgreSQL can't even store one."""
    rows = read(f"{HEADER}2026-11-01,a\x00b,1\n2026-11-01,ok,1\n")
    assert [isinstance(row, RefusedRow) for row in rows] == [True, False]


def test_a_cell_of_any_length_costs_its_row_only() -> None:
    """Neither a cell past the limit of the CSV reader nor a line read in pieces ends the file."""
    rows = read(f"{HEADER}2026-11-01,{'a' * 200_000},1\n2026-11-01,{'b' * (2 << 20)}\n2026-11-01,ok,1\n")
    assert next(row for row in rows if isinstance(row, StatementLine)).description == "ok"
    assert all(len(row.reason) < 200 for row in rows if isinstance(row, RefusedRow))


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(100), f"{HEADER}2026-11-01,x,1\n".encode("utf-16")],
    ids=["nothing", "empty lines", "a picture", "another encoding"],
)
def test_a_file_that_is_no_text_is_refused_as_a_whole(content: bytes) -> None:
    """Thousands of refused rows would say less."""
    with pytest.raises(StatementFileError):
        read(content)


def test_a_wrong_column_is_refused_before_any_row_is_read() -> None:
    """The error comes from asking for the rows, not from the first one: nothing can have been posted yet."""
    with pytest.raises(StatementColumnError):
        read_csv(io.BytesIO(f"{HEADER}2026-11-01,x,1\n".encode()), LAYOUT.model_copy(update={"date_column": "Datum"}))


def test_a_layout_that_can_not_be_meant_is_refused_before_the_file_is_read() -> None:
    """The stream is untouched then."""
    stream = io.BytesIO(HEADER.encode())
    with pytest.raises(InvalidInputError):
        read_csv(stream, LAYOUT.model_copy(update={"decimal_mark": "!"}))
    assert stream.tell() == 0


def test_rows_are_read_when_they_are_asked_for() -> None:
    """A file of any length is never in memory as a whole."""
    stream = io.BytesIO(long_file(100_000))
    rows = read_csv(stream, LAYOUT)
    next(rows)
    assert stream.tell() < 100_000


def test_reading_fails_where_the_file_fails() -> None:
    """A disk that gives up in the middle is an error of the file, not a short statement."""

    class Broken(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 50_000:
                raise OSError(5, "Input/output error")
            return super().read1(size)

    rows = read_csv(Broken(long_file(10_000)), LAYOUT)
    with pytest.raises(StatementFileError, match="Input/output error"):
        list(rows)


@pytest.mark.parametrize("is_read_to_the_end", [True, False])
def test_the_file_is_its_openers_to_close(is_read_to_the_end: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """It is open after the last row, and closing it before that disturbs nobody."""
    stream = io.BytesIO(long_file(1_000))
    rows: Iterator[StatementLine | RefusedRow] = read_csv(stream, LAYOUT)
    if is_read_to_the_end:
        assert len(list(rows)) == 1_000
        assert not stream.closed
    else:
        next(rows)
        stream.close()
    del rows
    gc.collect()
    assert stream.closed is not is_read_to_the_end


# ------------------------------------------------------------------ what is passed over, and what is not


def test_words_below_the_last_row_are_passed_over() -> None:
    """Banks close a file with a total and a greeting."""
    statement = read_csv(io.BytesIO(f"{HEADER}2026-11-01,x,1\nTotal,,1\n\nKind regards\n".encode()), LAYOUT)
    assert [row.line for row in statement] == [2]
    assert statement.passed_over == 2


def test_words_between_rows_are_refused() -> None:
    """A row that has lost its day must not be lost with it."""
    rows = read(f"{HEADER}2026-11-01,x,1\nsomething,else,entirely\n2026-11-02,y,2\n")
    assert [(row.line, isinstance(row, RefusedRow)) for row in rows] == [(2, False), (3, True), (4, False)]


def test_a_row_that_was_cut_off_is_refused() -> None:
    """The pipe was closed in the middle: what came last is no footer."""
    for end in ("2026-11-02,y", "2026-11-02", "2026-1", '2026-11-02,"y'):
        rows = read(f"{HEADER}2026-11-01,x,1\n{end}")
        assert [(row.line, isinstance(row, RefusedRow)) for row in rows] == [(2, False), (3, True)], end


def test_a_second_header_is_named_as_such() -> None:
    """Two files were joined, which is for somebody to look at."""
    (_, refused, _) = read(f"{HEADER}2026-11-01,x,1\n{HEADER}2026-11-02,y,1\n")
    assert isinstance(refused, RefusedRow)
    assert refused.line == 3
    assert "the header once more" in refused.reason


def test_of_two_header_rows_the_one_with_the_names_counts() -> None:
    """The other one stands above it, or costs its row."""
    assert [row.line for row in read(f"Day,What,How much\n{HEADER}2026-11-01,x,1\n")] == [3]
    below = read(f"{HEADER}Tag,Was,Wieviel\n2026-11-01,x,1\n")
    assert [(row.line, isinstance(row, RefusedRow)) for row in below] == [(2, True), (3, False)]


def test_a_row_of_the_other_order_is_refused_while_reading() -> None:
    """Far below where the order was found out."""
    rows = "".join(f"{number % 28 + 1:02}/11/2026,x,1.50\n" for number in range(5_000))
    statement = read_csv(io.BytesIO(f"{HEADER}{rows}11/13/2026,y,1.50\n".encode()))
    refused = [row for row in statement if isinstance(row, RefusedRow)]
    assert [row.line for row in refused] == [5_002]
    assert "is not a day of the form %d/%m/%Y" in refused[0].reason


@pytest.mark.parametrize("length", [(1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_what_stands_at_the_end_of_an_endless_line_is_no_row(length: int) -> None:
    """Cut in pieces, as the memory has it, the line would end in a row of its own."""
    rows = read(f"{HEADER}2026-11-01,x,1\n{'x' * length}2026-11-02,y,2\n2026-11-03,z,3\n")
    assert [isinstance(row, StatementLine) for row in rows] == [True, False, True]
    assert [row.line for row in rows] == [2, 3, 4]


def test_a_footer_of_any_length_is_no_footer() -> None:
    """More rows of words than a bank would write are a file that is not understood."""
    rows = read(HEADER + "2026-11-01,x,1\n" + "words,and,more\n" * 200)
    assert sum(isinstance(row, RefusedRow) for row in rows) >= 150


def test_a_long_file_takes_no_more_memory_than_a_short_one() -> None:
    """What is kept does not grow with the rows."""

    def peak(rows: int) -> int:
        file = io.BytesIO(long_file(rows))
        tracemalloc.start()
        try:
            assert sum(1 for _ in read_csv(file)) == rows
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(30_000) < peak(3_000) + (1 << 20)


@given(
    said=st.lists(
        st.tuples(
            st.dates(date(2000, 1, 1), date(2026, 11, 21)),
            st.integers(-(10**12), 10**12),
            st.text(WORDS, max_size=30).map(str.strip),
        ),
        min_size=1,
        max_size=20,
    ),
    delimiter=st.sampled_from([";", ",", "\t", "|"]),
    marks=st.sampled_from([(".", ","), (",", "."), (".", ""), (",", " "), (".", "'")]),
    form=st.sampled_from(["%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%y"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_is_written_in_any_manner_is_read_back(
    *, said: list[tuple[date, int, str]], delimiter: str, marks: tuple[str, str], form: str, encoding: str
) -> None:
    """By a layout that says the manner: the same days, amounts and words."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(["Date", "Text", "Amount"])
    for day, minor, words in said:
        writer.writerow([day.strftime(form), words, written(minor, *marks)])
    layout = CsvLayout(
        date_column="Date",
        description_column="Text",
        amount_column="Amount",
        delimiter=delimiter,
        encoding=encoding,
        date_format=form,
        decimal_mark=marks[0],
        thousands_mark=marks[1] or None,
    )
    statement = read_csv(io.BytesIO(text.getvalue().encode(encoding)), layout)
    read_back = [
        (row.on, Decimal(row.amount), row.description or "") for row in statement if isinstance(row, StatementLine)
    ]
    kept = [(day, Decimal(minor) / 100, normalize("NFC", words)) for day, minor, words in said if not is_balance(words)]
    assert read_back == kept


def written(minor: int, decimal: str, thousands: str) -> str:
    """Write an amount with any marks."""
    whole, cents = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{whole:,}".replace(",", thousands) + f"{decimal}{cents:02}"

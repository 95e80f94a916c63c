"""Finding out how a bank's file is laid out."""

from __future__ import annotations

import io
from typing import Any

import pytest

from stronghold_core.bank_statements import CsvLayout, detect_layout
from stronghold_core.errors import AmbiguousStatementError, StatementColumnError, StatementFileError

IBAN = "DE02120300000000202051"


def found(text: str, **stated: Any) -> CsvLayout:  # noqa: ANN401
    """Find the layout of a file of *text*."""
    return detect_layout(io.BytesIO(text.encode()), CsvLayout(**stated))


# ------------------------------------------------------------------ columns


def test_the_day_of_booking_is_preferred_to_the_day_of_value() -> None:
    """Books follow the bank's, wherever the columns stand."""
    assert found("Valuta;Buchungstag;Text;Betrag\n01.11.2026;02.11.2026;x;1,50\n").date_column == "Buchungstag"


def test_what_is_stated_is_kept() -> None:
    """Only what is missing is found."""
    layout = found("Buchungstag;Valuta;Text;Betrag\n02.11.2026;01.11.2026;x;1,50\n", date_column="Valuta")
    assert (layout.date_column, layout.amount_column, layout.description_column) == ("Valuta", "Betrag", "Text")
    assert (layout.delimiter, layout.date_format, layout.decimal_mark) == (";", "%d.%m.%Y", ",")


def test_columns_by_numbers_need_no_header() -> None:
    """Only how days and amounts are written is looked for."""
    layout = found("13.11.2026;x;1.234,50\n", date_column=0, description_column=1, amount_column=2)
    assert (layout.delimiter, layout.date_format, layout.thousands_mark) == (";", "%d.%m.%Y", ".")


def test_two_columns_of_one_name_are_asked_about() -> None:
    """By their numbers, which are how to state one."""
    with pytest.raises(AmbiguousStatementError) as caught:
        found("Date,Text,Amount,Amount\n2026-11-01,x,1.50,2.50\n")
    assert (caught.value.field, caught.value.candidates) == ("amount_column", (2, 3))
    assert found("Date,Text,Amount,Amount\n2026-11-01,x,1.50,2.50\n", amount_column=3).amount_column == 3


@pytest.mark.parametrize(
    ("text", "column", "names"),
    [
        ("Date,Text,Quantity\n2026-11-01,x,1.5\n", "amount_column", "'Quantity'"),
        ("Spalte A;Spalte B;Betrag\nx;y;1,50\n", "date_column", "'Spalte A'"),
        ("x,y\nz,w\n", "date_column", "'x'"),
    ],
)
def test_a_header_without_a_known_name_is_refused_with_what_it_has(text: str, column: str, names: str) -> None:
    """So that one of its names can be stated."""
    with pytest.raises(StatementColumnError) as caught:
        found(text)
    assert caught.value.column == column
    assert names in caught.value.found


def test_text_without_columns_is_refused() -> None:
    """A letter from the bank is no statement."""
    with pytest.raises(StatementFileError, match="nothing separates its columns"):
        found("Dear customer\nyour statement is ready\n")


def test_a_type_that_is_no_direction_is_none() -> None:
    """And beside signed amounts a direction would only repeat the sign."""
    assert found("Date,Type,Amount\n2026-11-01,POS,1.50\n").direction_column is None
    assert found("Date,Type,Amount\n2026-11-01,Debit,-1.50\n").direction_column is None
    assert found("Date,Type,Amount\n2026-11-01,Debit,1.50\n").direction_column == "Type"


@pytest.mark.parametrize("row", ["2026-11-02,,0.00", "2026-11-02,Notice,1.50"])
def test_one_odd_row_does_not_turn_what_left_into_what_came(row: str) -> None:
    """Without its direction the first row would be money that came; the odd row is refused when it is read."""
    text = f"Date,Type,Amount\n2026-11-01,Debit,1.50\n{row}\n2026-11-03,Credit,7.00\n"
    assert found(text).direction_column == "Type"


@pytest.mark.parametrize(
    ("name", "words", "place"),
    [
        (" ", ("S", "H"), 2),
        ("Typ", ("Lastschrift", "Gutschrift"), "Typ"),
        ("Umsatztyp", ("Ausgang", "Eingang"), "Umsatztyp"),
    ],
)
def test_a_direction_is_known_by_what_it_says(name: str, words: tuple[str, str], place: str | int) -> None:
    """Some banks give its column no name at all; without it all that left would be money that came."""
    text = f"Buchungstag;Umsatz;{name}\n02.11.2026;1,50;{words[0]}\n03.11.2026;7,00;{words[1]}\n"
    assert found(text).direction_column == place
    assert found(text.replace("1,50", "-1,50")).direction_column is None


@pytest.mark.parametrize(("rows", "places"), [(("S;D", "H;C"), (2, 3)), (("S;x", "S;y"), (2,))])
def test_an_unclear_direction_is_asked_about(rows: tuple[str, str], places: tuple[int, ...]) -> None:
    """By its number; what says "S" throughout may be a state."""
    with pytest.raises(AmbiguousStatementError) as caught:
        found("Datum;Umsatz;A;B\n02.11.2026;1,50;{}\n03.11.2026;7,00;{}\n".format(*rows))
    assert (caught.value.field, caught.value.candidates) == ("direction_column", places)


@pytest.mark.parametrize("row", ["2026-11-02,Debit,-1.50", "2026-11-02,POS,-1.50", "2026-11-02,Credit,-1.50"])
def test_directions_beside_amounts_with_and_without_signs_are_asked_about(row: str) -> None:
    """1.50 beside "Debit" may be money that left, or a refund; whoever knows states it."""
    text = f"Date,Type,Amount\n2026-11-01,Debit,1.50\n{row}\n"
    with pytest.raises(StatementFileError, match=r"line 2 the amount has no minus, but that in line 3 has a sign"):
        found(text)
    assert found(text, direction_column="Type").direction_column == "Type"
    assert found(text, date_column="Date", amount_column="Amount").direction_column is None


@pytest.mark.parametrize(
    ("ids", "are_ids"),
    [
        (("A17F3", "B04E8"), True),
        (("A17F3", ""), True),
        (("000000000000007213", "000000000000007214"), True),
        (("TX-2611000017", "TX-2611000018"), True),
        (("A17F3", "A17F3"), False),
        (("", ""), False),
        (("1", "2"), False),
        (("000001", "000002"), False),
        (("0000000002", "0000000001"), False),
        (("TX-001", "TX-002"), False),
        (("TX-0000001", "TX-0000002"), False),
        (("2026/0001", "2026/0002"), False),
        (("0017/N", "0018/N"), False),
        (("CARD-17", "SEPA-18"), False),
    ],
)
def test_only_what_tells_rows_apart_is_an_id(ids: tuple[str, str], *, are_ids: bool) -> None:
    """A row that is taken for another one is lost: also by a number that begins anew in each file."""
    text = "Date,Transaction ID,Description,Amount\n2026-11-01,{},x,1.50\n2026-11-02,{},y,1.50\n".format(*ids)
    assert found(text).bank_id_column == ("Transaction ID" if are_ids else None)


@pytest.mark.parametrize(("numbers", "is_one"), [("AAAAA", True), ("AAAAB", False)])
def test_only_the_number_that_all_of_many_rows_have_is_the_accounts(numbers: str, *, is_one: bool) -> None:
    """Some banks call that of the other side so."""
    rows = "".join(f"2026-11-01,{number}1234567,x,1.50\n" for number in numbers)
    layout = found(f"Date,Account Number,Description,Amount\n{rows}")
    assert layout.account_column == ("Account Number" if is_one else None)


def test_amounts_without_signs_give_way_to_debits_and_credits() -> None:
    """Otherwise what left would be read as money that came; signed ones say it all, and stay."""
    text = "Date,Text,Amount,Debit,Credit\n2026-11-01,x,{},3.50,\n2026-11-02,y,7.00,,7.00\n"
    layout = found(text.format("3.50"))
    assert (layout.amount_column, layout.debit_column, layout.credit_column) == (None, "Debit", "Credit")
    layout = found(text.format("-3.50"))
    assert (layout.amount_column, layout.debit_column, layout.credit_column) == ("Amount", None, None)


@pytest.mark.parametrize("numbers", [(IBAN, "NL91 ABNA 0417 1643 00"), ("12-3456-789", "12-3456-790")])
def test_a_file_of_two_accounts_keeps_their_numbers(numbers: tuple[str, str]) -> None:
    """Rows of the other account must not end in this one."""
    text = "Account;Datum;Bedrag\n{};2026-11-03;-3,50\n{};2026-11-04;-950,00\n".format(*numbers)
    assert found(text).account_column == "Account"
    text = "Account;Datum;Bedrag\nBakery;2026-11-03;-3,50\nLandlord;2026-11-04;-950,00\n"
    assert found(text).account_column is None


@pytest.mark.parametrize(
    ("debits", "rule"), [(("-3.50", "-7.00"), "always"), (("3.50", "7.00"), "never"), (("", "0.00"), None)]
)
def test_debits_show_whether_they_have_a_minus(debits: tuple[str, str], rule: str | None) -> None:
    """By all of them that are not zero."""
    text = "Date,Text,Debit,Credit\n2026-11-01,x,{},\n2026-11-02,y,{},\n2026-11-03,z,,7.00\n"
    assert found(text.format(*debits)).debit_minus == rule


def test_debits_of_which_some_have_a_minus_are_asked_about() -> None:
    """Whether those were taken back changes the amount by twice as much."""
    text = "Date,Text,Debit,Credit\n2026-11-01,x,3.50,\n2026-11-02,y,-7.00,\n"
    with pytest.raises(
        AmbiguousStatementError, match=r"'-7.00' in line 3 has a minus, '3.50' in line 2 has none"
    ) as ask:
        found(text)
    assert (ask.value.field, ask.value.candidates) == ("debit_minus", ("back", "never", "always"))
    assert found(text, debit_minus="back").debit_minus == "back"


def test_a_reference_is_no_id() -> None:
    """A standing order has the same one every month."""
    assert found("Date,Reference,Description,Amount\n2026-11-01,RENT7,x,1.50\n").bank_id_column is None


def test_once_day_and_amount_are_stated_no_other_column_is_looked_for() -> None:
    """By a column more, or one less, rows of an earlier file would not be known again."""
    text = "Date,Transaction ID,Description,Amount,Balance\n2026-11-01,A17F3,x,1.50,9.00\n"
    stated = {"date_column": "Date", "amount_column": "Amount"}
    assert found(text, **stated).named() == stated
    assert set(found(text, date_column="Date").named()) == {
        *("date_column", "amount_column", "description_column", "bank_id_column", "balance_column"),
    }


def test_a_file_of_whole_amounts_leaves_the_marks_open() -> None:
    """They are not needed for it, and not kept for the next one."""
    layout = found("Date,Amount\n2026-11-01,5\n2026-11-02,-7\n")
    assert (layout.decimal_mark, layout.thousands_mark) == (None, None)


def test_a_day_that_settles_the_order_may_stand_far_below() -> None:
    """A file that can be read again is read as far as that takes."""
    rows = "".join(f"{number % 12 + 1:02}/{number % 11 + 1:02}/2026,x,1.50\n" for number in range(5_000))
    assert found(f"Date,Text,Amount\n{rows}25/12/2026,x,1.50\n").date_format == "%d/%m/%Y"
    with pytest.raises(AmbiguousStatementError):
        found(f"Date,Text,Amount\n{rows}")


def test_an_amount_that_proves_the_mark_may_stand_far_below() -> None:
    """After thousands of whole ones, or such as may be either."""
    rows = "01.11.2026;5\n01.11.2026;1.234\n" * 4_000
    layout = found(f"Datum;Betrag\n{rows}02.11.2026;3,50\n")
    assert (layout.decimal_mark, layout.thousands_mark) == (",", ".")


def test_several_tables_of_a_file_without_header_are_asked_about() -> None:
    """Two columns of amounts, and nothing says which is the balance."""
    with pytest.raises(StatementColumnError):
        found("2026-11-01,x,1.50,9.00\n2026-11-02,y,2.50,11.50\n")

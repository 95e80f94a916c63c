"""Files as banks of many countries write them, with invented data: each is read without a word about its layout."""

from __future__ import annotations

import io
from datetime import date
from typing import Final, NamedTuple

import pytest

from stronghold_core.bank_statements import CsvLayout, RefusedRow, StatementLine, detect_layout, read_csv

IBAN: Final = "DE02120300000000202051"


class Shape(NamedTuple):
    """One bank's manner, and what its file says."""

    text: str
    said: list[tuple[str, str, str | None]]
    """Day, amount and words of each row."""
    encoding: str = "utf-8"
    layout: CsvLayout | None = None
    payees: list[str | None] | None = None
    account_number: str | None = None
    balances: list[str | None] | None = None
    passed_over: int = 0


SHAPES: Final = {
    "a plain one": Shape(
        "Date,Description,Amount\n2026-11-01,Coffee,-3.50\n2026-11-02,Salary,2800.00\n",
        [("2026-11-01", "-3.50", "Coffee"), ("2026-11-02", "2800.00", "Salary")],
    ),
    "an American checking account, latest first, with a balance": Shape(
        "Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\r\n"
        "DEBIT,11/14/2026,LUNCH PLACE #12,-12.00,DEBIT_CARD,1088.00,\r\n"
        "CREDIT,11/03/2026,PAYROLL,1100.00,ACH_CREDIT,1100.00,\r\n",
        [("2026-11-14", "-12.00", "LUNCH PLACE #12"), ("2026-11-03", "1100.00", "PAYROLL")],
        balances=["1088.00", "1100.00"],
    ),
    "an American card, dollars in parentheses, thousands in quotes": Shape(
        'Trans Date,Post Date,Description,Amount\n01/31/2026,02/01/2026,FURNITURE,"($1,234.50)"\n'
        '02/03/2026,02/04/2026,REFUND,"$20.00"\n',
        [("2026-02-01", "-1234.50", "FURNITURE"), ("2026-02-04", "20.00", "REFUND")],
    ),
    "a British one, money in and money out": Shape(
        "Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,"
        "Money Out,Money In,Balance\n"
        "13/11/2026,DEB,'11-22-33,12345678,GREEN GROCER,15.20,,984.80\n"
        "14/11/2026,BGC,'11-22-33,12345678,REFUND,,5.00,989.80\n",
        [("2026-11-13", "-15.20", "GREEN GROCER"), ("2026-11-14", "5.00", "REFUND")],
        balances=["984.80", "989.80"],
    ),
    "an Irish one, month in letters, debits and credits, totals below": Shape(
        "Account: Current - 123,,,,\nPosted Date,Description,Debit Amount,Credit Amount,Balance\n"
        "03 Nov 2026,RENT,900.00,0.00,100.00\n05 Nov 2026,WAGES,0.00,50.00,150.00\nTotal,,900.00,50.00,\n",
        [("2026-11-03", "-900.00", "RENT"), ("2026-11-05", "50.00", "WAGES")],
        passed_over=1,
    ),
    "an Australian one without a header": Shape(
        '21/11/2026,"-4.50","COFFEE CART","+995.50"\n20/11/2026,"+1000.00","SALARY","+1000.00"\n',
        [("2026-11-21", "-4.50", "COFFEE CART"), ("2026-11-20", "1000.00", "SALARY")],
        layout=CsvLayout(date_column=0, amount_column=1, description_column=2, balance_column=3),
        balances=["995.50", "1000.00"],
    ),
    "another one without a header": Shape(
        "2026-11-20,-4.50,COFFEE CART\n2026-11-21,12.00,REFUND\n",
        [("2026-11-20", "-4.50", "COFFEE CART"), ("2026-11-21", "12.00", "REFUND")],
    ),
    "a neobank, with times and a currency": Shape(
        "Type,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\n"
        "CARD_PAYMENT,2026-11-12 08:15:01,2026-11-13 10:00:00,Bakery,-3.20,0.00,EUR,COMPLETED,96.80\n",
        [("2026-11-13", "-3.20", "Bakery")],
    ),
    "a German savings bank: Windows' letters, quotes everywhere": Shape(
        '"Auftragskonto";"Buchungstag";"Valutadatum";"Buchungstext";"Verwendungszweck";'
        '"Beguenstigter/Zahlungspflichtiger";"Kontonummer";"BLZ";"Betrag";"Waehrung";"Info"\r\n'
        f'"{IBAN}";"03.11.26";"03.11.26";"KARTENZAHLUNG";"Brötchen";"Bäckerei Müller";"123";"456";"-3,80";"EUR";"x"\r\n'
        f'"{IBAN}";"14.11.26";"14.11.26";"GUTSCHRIFT";"Gehalt";"Nordwind GmbH";"9";"8";"2.800,00";"EUR";"x"\r\n',
        [("2026-11-03", "-3.80", "Brötchen"), ("2026-11-14", "2800.00", "Gehalt")],
        encoding="cp1252",
        payees=["Bäckerei Müller", "Nordwind GmbH"],
    ),
    "a German direct bank: lines above, currency in the amounts": Shape(
        f'"Girokonto";"{IBAN}"\n"Kontostand vom 21.11.2026:";"1.900,00 €"\n""\n'
        '"Buchungsdatum";"Wertstellung";"Status";"Zahlungspflichtige*r";"Zahlungsempfänger*in";"Verwendungszweck";'
        '"Umsatztyp";"IBAN";"Betrag (€)"\n'
        '"20.11.26";"20.11.26";"Gebucht";"ADA";"Stadtwerke";"Abschlag";"Ausgang";"DE00";"-1.100,00"\n'
        '"09.11.26";"09.11.26";"Gebucht";"Firma";"ADA";"Lohn";"Eingang";"DE00";"3000,00"\n',
        [("2026-11-20", "-1100.00", "Abschlag"), ("2026-11-09", "3000.00", "Lohn")],
        payees=["Stadtwerke", "ADA"],
        account_number=IBAN,
    ),
    "a German cooperative bank: balance after booking, opening and closing lines": Shape(
        "Buchung;Auftraggeber/Empfänger;Verwendungszweck;Saldo nach Buchung;Währung;Betrag;Währung\n"
        "12.11.2026;Kiosk;Zeitung;997,50;EUR;-2,50;EUR\n"
        "13.11.2026;Kiosk;Zeitung;995,00;EUR;-2,50;EUR\n;;Endsaldo;995,00;EUR;;\n",
        [("2026-11-12", "-2.50", "Zeitung"), ("2026-11-13", "-2.50", "Zeitung")],
        balances=["997.50", "995.00"],
        passed_over=1,
    ),
    "an Austrian one: debit and credit told by a letter": Shape(
        "Buchungstag;Text;Betrag;S/H\n13.11.2026;Miete;950,00;S\n14.11.2026;Zinsen;1,25;H\n",
        [("2026-11-13", "-950.00", "Miete"), ("2026-11-14", "1.25", "Zinsen")],
    ),
    "a Swiss one: apostrophes, debits in a column of their own": Shape(
        "Datum;Buchungstext;Belastung;Gutschrift;Valuta;Saldo\n"
        "13.11.2026;Miete;1'950.00;;13.11.2026;8'050.00\n25.11.2026;Lohn;;6'500.00;25.11.2026;14'550.00\n",
        [("2026-11-13", "-1950.00", "Miete"), ("2026-11-25", "6500.00", "Lohn")],
        balances=["8050.00", "14550.00"],
    ),
    "a French one: spaces between thousands, Latin letters": Shape(
        "Date;Date de valeur;Libellé;Débit euros;Crédit euros;\n"
        "13/11/2026;13/11/2026;Boulangerie du Marché;-3,20;;\n"
        "15/11/2026;15/11/2026;Virement salaire;;2\N{NO-BREAK SPACE}450,00;\n",
        [("2026-11-13", "-3.20", "Boulangerie du Marché"), ("2026-11-15", "2450.00", "Virement salaire")],
        encoding="iso8859-15",
        layout=CsvLayout(debit_column="Débit euros", credit_column="Crédit euros"),
    ),
    "another French one": Shape(
        "Date comptable;Libellé opération;Montant;Devise;Solde\n"
        "28/02/2026;Loyer février;-780,00;EUR;1 220,00\n01/03/2026;Épicerie;-20,50;EUR;1 199,50\n",
        [("2026-02-28", "-780.00", "Loyer février"), ("2026-03-01", "-20.50", "Épicerie")],
        balances=["1220.00", "1199.50"],
    ),
    "a Spanish one: tabs, words above": Shape(
        "Movimientos de la cuenta\t\t\t\n\nFecha operación\tFecha valor\tConcepto\tImporte\tSaldo\n"
        "13/11/2026\t13/11/2026\tCafetería\t-2,80\t997,20\n14/11/2026\t14/11/2026\tNómina\t1.850,00\t2.847,20\n",
        [("2026-11-13", "-2.80", "Cafetería"), ("2026-11-14", "1850.00", "Nómina")],
        balances=["997.20", "2847.20"],
    ),
    "a Dutch one: compact days, af and bij": Shape(
        '"Datum","Naam / Omschrijving","Rekening","Tegenrekening","Code","Af Bij","Bedrag (EUR)","Mutatiesoort",'
        '"Mededelingen"\n'
        '"20261113","Bakker","NL91ABNA0417164300","","BA","Af","3,45","Betaalautomaat","Pasvolgnr 1"\n'
        '"20261114","Werkgever","NL91ABNA0417164300","NL02","OV","Bij","2100,00","Overschrijving","Salaris"\n',
        [("2026-11-13", "-3.45", "Pasvolgnr 1"), ("2026-11-14", "2100.00", "Salaris")],
    ),
    "another Dutch one: signs before the amounts, a running number": Shape(
        '"IBAN/BBAN","Munt","BIC","Volgnr","Datum","Rentedatum","Bedrag","Saldo na trn","Naam tegenpartij",'
        '"Omschrijving-1"\n'
        '"NL91ABNA0417164300","EUR","X","000000000000007213","2026-11-02","2026-11-02","-12,00","+88,00","Markt","Kaas"\n'
        '"NL91ABNA0417164300","EUR","X","000000000000007214","2026-11-03","2026-11-03","+50,00","+138,00","Oma","Fiets"\n',
        [("2026-11-02", "-12.00", "Kaas"), ("2026-11-03", "50.00", "Fiets")],
        payees=["Markt", "Oma"],
        balances=["88.00", "138.00"],
    ),
    "an Italian one: dare and avere, opening and closing balance": Shape(
        "Data contabile;Data valuta;Dare;Avere;Descrizione\n;;;1.000,00;Saldo iniziale\n"
        "13/11/2026;13/11/2026;25,90;;Supermercato\n27/11/2026;27/11/2026;;1.700,00;Stipendio\n"
        "30/11/2026;;;2.674,10;Saldo finale\n",
        [("2026-11-13", "-25.90", "Supermercato"), ("2026-11-27", "1700.00", "Stipendio")],
        passed_over=2,
    ),
    "a Portuguese one: dashes between the days, a running balance": Shape(
        "Consultar saldos e movimentos à ordem - 21-11-2026\nConta ;0123456789012 - EUR\n\n"
        "Data mov. ;Data valor ;Descrição ;Débito ;Crédito ;Saldo contabilístico ;\n"
        "13-11-2026;13-11-2026;PASTELARIA;2,10;;197,90;\n14-11-2026;14-11-2026;ORDENADO;;1.200,00;1.397,90;\n"
        " ; ; ; ;Saldo contabilístico ;1.397,90 EUR ;\n",
        [("2026-11-13", "-2.10", "PASTELARIA"), ("2026-11-14", "1200.00", "ORDENADO")],
        encoding="cp1252",
        balances=["197.90", "1397.90"],
        passed_over=1,
    ),
    "a Polish one: letters of Central Europe": Shape(
        "Lista operacji;\n\nData operacji;Opis operacji;Rachunek;Kategoria;Kwota;Saldo po operacji;\n"
        "2026-11-13;Żabka śniadanie;Konto 1234;Jedzenie;-14,99 PLN;985,01 PLN;\n"
        "2026-11-14;Przelew przychodzący;Konto 1234;Wpływy;1 500,00 PLN;2 485,01 PLN;\n",
        [("2026-11-13", "-14.99", "Żabka śniadanie"), ("2026-11-14", "1500.00", "Przelew przychodzący")],
        encoding="cp1250",
        balances=["985.01", "2485.01"],
    ),
    "another Polish one: Latin-2, pluses": Shape(
        '"Data operacji","Data waluty","Typ transakcji","Kwota","Waluta","Saldo po transakcji","Opis transakcji"\n'
        '"2026-11-13","2026-11-12","Płatność kartą","-20.00","PLN","+80.00","Księgarnia"\n'
        '"2026-11-14","2026-11-14","Wpłata","+100.00","PLN","+180.00","Dziękuję"\n',
        [("2026-11-13", "-20.00", "Księgarnia"), ("2026-11-14", "100.00", "Dziękuję")],
        encoding="iso8859-2",
        balances=["80.00", "180.00"],
    ),
    "one from Excel: UTF-16, tabs, the delimiter in the first line": Shape(
        "sep=\t\nDate\tMemo\tAmount\n2026-11-13\tCoffee\t-3.50\n",
        [("2026-11-13", "-3.50", "Coffee")],
        encoding="utf-16",
    ),
    "one with bars, the sign behind the amounts": Shape(
        "Booking Date|Description|Amount\n2026-11-13|Coffee|3.50-\n2026-11-14|Refund|3.50+\n",
        [("2026-11-13", "-3.50", "Coffee"), ("2026-11-14", "3.50", "Refund")],
    ),
    "one with a credit or debit mark behind the amounts": Shape(
        "Value Date,Particulars,Amount\n2026-11-13,Cash,200.00 DR\n2026-11-14,Interest,1.50 CR\n",
        [("2026-11-13", "-200.00", "Cash"), ("2026-11-14", "1.50", "Interest")],
    ),
    "one with a transaction id and line breaks in its cells": Shape(
        "Transaction ID,Date,Description,Amount\n"
        'A-1,2026-11-13,"Two\nlines, one cell",-1.00\nA-2,2026-11-13,One,-1.00\n',
        [("2026-11-13", "-1.00", "Two\nlines, one cell"), ("2026-11-13", "-1.00", "One")],
    ),
}


@pytest.fixture(params=SHAPES, ids=lambda name: name.replace(" ", "-"))
def shape(request: pytest.FixtureRequest) -> Shape:
    """Give each bank's manner in turn."""
    return SHAPES[request.param]


def test_a_banks_file_is_read_as_it_comes(shape: Shape) -> None:
    """Days, amounts and words, and nothing else for a row."""
    statement = read_csv(io.BytesIO(shape.text.encode(shape.encoding)), shape.layout)
    lines = list(statement)
    refused = [row for row in lines if isinstance(row, RefusedRow)]
    assert refused == []
    read = [row for row in lines if isinstance(row, StatementLine)]
    assert [(line.on, line.amount, line.description) for line in read] == [
        (date.fromisoformat(day), amount, words) for day, amount, words in shape.said
    ]
    if shape.payees is not None:
        assert [line.payee for line in read] == shape.payees
    if shape.balances is not None:
        assert [line.balance for line in read] == shape.balances
    if shape.account_number is not None:
        assert statement.account_number == shape.account_number
    assert statement.passed_over == shape.passed_over


def test_the_layout_that_was_found_reads_the_file_alone(shape: Shape) -> None:
    """What was found can be kept, and needs no second look: a pipe does then."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    data = shape.text.encode(shape.encoding)
    file = io.BytesIO(data)
    found = detect_layout(file, shape.layout)
    assert file.tell() == 0
    assert found.is_complete
    assert list(read_csv(Pipe(data), found)) == list(read_csv(io.BytesIO(data), shape.layout))


def test_a_pipe_is_read_like_a_file(shape: Shape) -> None:
    """It can't be rewound, and gives what it has in small pieces."""

    class Trickle(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 7, 7) if size is None or size >= 0 else 7)

    data = shape.text.encode(shape.encoding)
    assert list(read_csv(Trickle(data), shape.layout)) == list(read_csv(io.BytesIO(data), shape.layout))

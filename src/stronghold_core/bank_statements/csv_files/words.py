"""The words of banks: what they call their columns, their balances and the two directions of money.

English, German, French, Spanish, Dutch, Italian, Portuguese and Polish. Of several columns that could be meant, the one
whose name stands first in its list is; the day of booking, say, before the day of value.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

COLUMNS: Final[dict[str, str]] = {
    "date_column": """
        booking date, posting date, post date, posted date, date posted, transaction date, trans date, date,
        completed date, started date, buchungstag, buchungsdatum, buchung, datum, date de comptabilisation,
        date comptable, date operation, date de l operation, date d operation, date mouvement, fecha de operacion,
        fecha operacion, fecha contable, f operacion, fecha, boekdatum, boekingsdatum, transactiedatum,
        data contabile, data operazione, data registrazione, data movimento, data mov, data de lancamento,
        data lancamento, data do movimento, data operacao, data operacji, data ksiegowania, data transakcji, data,
        valutadatum, wertstellung, value date, date valeur, date de valeur, fecha valor, f valor, data valuta,
        data valor, data waluty, rentedatum, valuta
    """,
    "amount_column": """
        amount, transaction amount, net amount, betrag, umsatz, buchungsbetrag, montant, montant de l operation,
        importe, cantidad, bedrag, transactiebedrag, importo, valor, montante, quantia, kwota, kwota operacji,
        kwota transakcji, value
    """,
    "debit_column": """
        debit, debit amount, debits, withdrawal, withdrawals, withdrawal amount, money out, paid out, soll, lastschrift,
        belastung, debit montant, montant debit, cargo, cargos, debe, debe importe, af, bij af debet, debet, dare,
        addebiti, addebito, uscite, uscita, debito, debitos, obciazenia, obciazenie, kwota obciazenia, wydatki, winien
    """,
    "credit_column": """
        credit, credit amount, credits, deposit, deposits, deposit amount, money in, paid in, haben, gutschrift,
        credit montant, montant credit, abono, abonos, haber, haber importe, bij, avere, accrediti, accredito, entrate,
        entrata, credito, creditos, uznania, uznanie, kwota uznania, wplywy, ma
    """,
    "direction_column": """
        credit debit indicator, debit credit, credit debit, debit credit indicator, dr cr, cr dr, d c, indicator,
        transaction direction, direction, type, transaction type, soll haben, s h, soll haben kennzeichen, kennzeichen,
        sens, debit ou credit, signo, tipo, af bij, bij af, debet credit, cd, segno, dare avere, tipo movimento,
        debito credito, natureza, strona, wn ma, rodzaj
    """,
    "description_column": """
        description, transaction description, memo, narrative, particulars, details, transaction details, purpose,
        verwendungszweck, buchungsdetails, buchungstext, beschreibung, text, libelle, libelle operation,
        libelle de l operation, libelle complet, motif, communication, concepto, descripcion, movimiento,
        mas datos, omschrijving, omschrijving 1, mededelingen, naam omschrijving, descrizione, descrizione operazione,
        causale, descricao, descritivo, historico, lancamento, opis, opis operacji, tytul, tytul operacji,
        opis transakcji, payment reference, name, naam
    """,
    "payee_column": """
        payee, partner name, merchant, merchant name, counterparty, counterparty name, counter party, payee name,
        beneficiary, beguenstigter zahlungspflichtiger, begunstigter zahlungspflichtiger, auftraggeber empfanger,
        name zahlungsbeteiligter, empfanger, auftraggeber, auftraggeber beguenstigter, zahlungsempfanger,
        zahlungsempfanger in, beneficiaire, nom du tiers, tiers, contrepartie, beneficiario, ordenante, destinatario,
        naam tegenpartij, tegenpartij, naam tegenrekening, controparte, ordinante, contraparte, kontrahent,
        nadawca odbiorca, dane kontrahenta, odbiorca
    """,
    "bank_id_column": """
        transaction id, transaction number, fitid, unique id, unique transaction id, bank id, transaktions id,
        transaktionsnummer, umsatz id, identifiant de l operation, id de transaccion, numero de operacion, volgnr,
        volgnummer, id transazione, id transacao, identyfikator transakcji, id transakcji, numer transakcji
    """,
    "balance_column": """
        balance, running balance, account balance, running bal, balance after transaction, saldo, saldo nach buchung,
        kontostand, solde, solde apres operation, saldo disponible, saldo contable, saldo na boeking, saldo na trn,
        saldo na mutatie, saldo contabile, saldo progressivo, saldo disponivel, saldo contabilistico, saldo po operacji,
        saldo po transakcji, saldo rachunku
    """,
    "currency_column": """
        currency, currency code, ccy, wahrung, waehrung, devise, monnaie, divisa, moneda, munt, muntsoort, valuta code,
        divisa conto, moeda, waluta, waluta operacji
    """,
    "account_column": """
        account number, account no, account, account iban, own account, auftragskonto, iban auftragskonto, konto,
        eigenes konto, numero de compte, compte, n de compte, numero de cuenta, cuenta, rekening, rekeningnummer,
        iban bban, eigen rekening, numero conto, conto, rapporto, conta, numero da conta, numer rachunku,
        rachunek, numer konta, product account
    """,
    "status_column": """
        status, booking status, posting status, transaction status, payment status, buchungsstatus, umsatzstatus,
        transaktionsstatus, statut, statut de l operation, estado de la operacion, estado del movimiento, situacion,
        boekingsstatus, transactiestatus, stato operazione, stato movimento, stato transazione, estado da operacao,
        estado do movimento, situacao, status operacji, status transakcji, stan operacji,
        state, etat, estado, stato
    """,
}
"""What a layout's columns may be called, the likeliest first; in the form that `normalised` gives."""


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.split(","))


DEBIT_WORDS: Final = _words(
    "d, dr, db, dbit, debit, debet, soll, s, lastschrift, belastung, cargo, debe, af, addebito, dare, debito, deb,"
    "obciazenie, wn, winien, out, outgoing, withdrawal,"
    "ausgang, uit, sortie, uscita, salida, saida, wydatek"
)
CREDIT_WORDS: Final = _words(
    "c, cr, crdt, credit, haben, h, gutschrift, abono, haber, bij, accredito, avere, credito, cred, uznanie, ma, in,"
    "incoming, deposit, eingang, entree, entrata, entrada, wplyw"
)

BOOKED_WORDS: Final = _words(
    "booked, book, posted, completed, complete, cleared, settled, executed, processed, done, successful, succeeded,"
    "success, confirmed, final, paid,"
    "gebucht, verbucht, abgeschlossen, ausgefuhrt, ausgefuehrt, abgerechnet, erledigt, erfolgreich,"
    "comptabilise, comptabilisee, execute, executee, termine, terminee, effectue, effectuee, regle, reglee,"
    "contabilizado, contabilizada, completado, completada, realizado, realizada, ejecutado, ejecutada, liquidado,"
    "liquidada, finalizado, finalizada, confirmado, confirmada,"
    "geboekt, verwerkt, uitgevoerd, voltooid, afgerond,"
    "contabilizzato, contabilizzata, eseguito, eseguita, completato, completata, registrato, registrata, regolato,"
    "regolata, concluido, concluida, executado, executada, efetuado, efetuada, efectuado, efectuada, processado,"
    "processada, zaksiegowana, zaksiegowane, zaksiegowany, zaksiegowano, zrealizowana, zrealizowane, zrealizowany,"
    "rozliczona, rozliczone, rozliczony, wykonana, wykonane, wykonany, zakonczona, zakonczone, zakonczony"
)
"""What the status of a row says if the bank has booked it."""

PENDING_WORDS: Final = _words(
    "pending, pdng, processing, in process, in progress, authorized, authorised, on hold, hold, held, scheduled,"
    "planned, futr, info, open, uncleared, unposted, not posted, not booked, waiting, awaiting,"
    "vorgemerkt, vormerkung, ausstehend, offen, in bearbeitung, nicht gebucht, noch nicht gebucht, reserviert, geplant,"
    "autorisiert, en attente, en cours, en cours de traitement, en traitement, a venir, autorise, autorisee,"
    "non comptabilise, non comptabilisee, programme, programmee, prevu, prevue,"
    "pendiente, en proceso, en curso, en tramite, retenido, retenida, autorizado, autorizada, programado, programada,"
    "no contabilizado, no contabilizada, in behandeling, in afwachting, gereserveerd, openstaand, gepland,"
    "geautoriseerd, niet geboekt, nog niet geboekt, in verwerking,"
    "in sospeso, sospeso, in attesa, in corso, in elaborazione, in lavorazione, autorizzato, autorizzata,"
    "non contabilizzato, non contabilizzata, da contabilizzare, prenotato, prenotata,"
    "pendente, em processamento, em curso, em espera, por liquidar, agendado, agendada, cativo, nao contabilizado,"
    "oczekujaca, oczekujace, oczekujacy, oczekuje, w trakcie, w trakcie realizacji, w realizacji, w toku,"
    "do realizacji, nierozliczona, nierozliczone, niezaksiegowana, niezaksiegowane, blokada, zaplanowana, zaplanowane,"
    "autoryzacja"
)
"""What it says if the bank has yet to."""

FAILED_WORDS: Final = _words(
    "declined, failed, reverted, rejected, cancelled, canceled, voided, void, expired, refused, denied, unsuccessful,"
    "abgelehnt, fehlgeschlagen, storniert, abgebrochen, zuruckgewiesen, zurueckgewiesen, abgelaufen, verfallen,"
    "nicht ausgefuhrt, nicht ausgefuehrt, refuse, refusee, rejete, rejetee, echoue, echouee, echec, annule, annulee,"
    "expiree, rechazado, rechazada, fallido, fallida, denegado, denegada, cancelado, cancelada, anulado, anulada,"
    "caducado, caducada, revertido, revertida, geweigerd, mislukt, afgewezen, geannuleerd, verlopen, teruggedraaid,"
    "rifiutato, rifiutata, fallito, fallita, respinto, respinta, annullato, annullata, negato, negata, scaduto,"
    "scaduta, stornato, stornata, non riuscito, non riuscita, recusado, recusada, falhado, falhada, falhou, rejeitado,"
    "rejeitada, negado, negada, expirado, expirada, odrzucona, odrzucone, odrzucony, anulowana, anulowane, anulowany,"
    "nieudana, nieudane, odmowa, wycofana, wycofane, wygasla, cofnieta"
)
"""What it says if the bank never will."""

MAYBE_OF_AN_ADDRESS: Final = frozenset({"state", "etat", "estado", "stato"})
"""Names of a status that a part of an address has as well."""

BALANCES: Final = _words(
    "opening balance, closing balance, previous balance, beginning balance, ending balance, balance brought forward,"
    "balance carried forward, anfangssaldo, endsaldo, alter kontostand, neuer kontostand, alter saldo, neuer saldo,"
    "solde initial, solde final, ancien solde, nouveau solde, solde precedent, saldo inicial, saldo final,"
    "saldo anterior, beginsaldo, eindsaldo, openingssaldo, slotsaldo, saldo iniziale, saldo finale, saldo poczatkowe,"
    "saldo koncowe"
)
"""What a row calls itself that tells how much there is, and moves nothing."""

_TELLS_A_BALANCE: Final = re.compile("sald|solde|balance|kontostand", re.IGNORECASE)
"""What all of them hold; looked for first, since every row is asked."""

TOTALS: Final = _words(
    "total, totals, subtotal, sum, summe, gesamt, gesamtsumme, saldo, kontostand, balance, solde, totaal, totale,"
    "totali, somma, soma, suma, razem"
)
"""With what word a row begins that has no day of its own, and adds others up."""

_CURRENCIES: Final = _words(
    "aud, bgn, brl, cad, chf, czk, dkk, eur, gbp, hkd, huf, jpy, mxn, nok, nzd, pln, ron, sek, sgd, try, usd, zar, zl"
)
_SYMBOLS: Final = frozenset("€$£")
_IN: Final = frozenset({"in", "en", "w"})
_LETTERS: Final = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe"})


_MONTHS: Final = (
    "styczen, jan, january, januar, janner, janv, janvier, ene, enero, januari, gen, gennaio, janeiro, sty, stycznia",
    "feb, february, februar, feber, fev, fevr, fevrier, febrero, februari, febbraio, fevereiro, lut, lutego, luty",
    "mar, march, marz, maerz, mrz, mars, marzo, mrt, maart, marco, marca, marzec",
    "apr, april, avr, avril, abr, abril, aprile, kwi, kwietnia, kwiecien",
    "may, mai, mayo, mei, mag, maggio, maio, maj, maja",
    "jun, june, juni, juin, junio, giu, giugno, junho, cze, czerwca, czerwiec",
    "jul, july, juli, juil, juillet, julio, lug, luglio, julho, lip, lipca, lipiec",
    "aug, august, aou, aout, ago, agosto, augustus, sie, sierpnia, sierpien",
    "sep, sept, september, septembre, septiembre, setiembre, set, sett, settembre, setembro, wrz, wrzesnia, wrzesien",
    "oct, october, okt, oktober, octobre, octubre, ott, ottobre, out, outubro, paz, pazdziernika, pazdziernik",
    "nov, november, novembre, noviembre, novembro, lis, listopada, listopad",
    "dec, december, dez, dezember, decembre, dic, diciembre, dicembre, dezembro, gru, grudnia, grudzien",
)
"""What the months are called, whole and short, in the form that `plain_letters` gives."""

MONTHS: Final = {name.strip(): number for number, names in enumerate(_MONTHS, 1) for name in names.split(",")}
"""The month that each name means; none means two, in whatever language."""


def plain_letters(text: str) -> str:
    """Write *text* without case and accents.

    >>> plain_letters("MÄR"), plain_letters("Października")
    ('mar', 'pazdziernika')
    """
    folded = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


@lru_cache(maxsize=4_096)
def normalised(name: str) -> str:
    """Write a column's name without case, accents, marks and currency.

    >>> normalised("Débit (EUR)"), normalised("Betrag in €"), normalised("Money in"), normalised("S/H")
    ('debit', 'betrag', 'money in', 's h')
    """
    words = re.findall(r"[a-z0-9]+", plain_letters(name))
    kept = [word for word in words if word not in _CURRENCIES]
    if len(kept) > 1 and kept[-1] in _IN and (len(kept) < len(words) or _SYMBOLS.intersection(name)):
        kept.pop()
    return " ".join(kept)


@lru_cache(maxsize=4_096)
def ranks_of(name: str) -> dict[str, int]:
    """Return which columns may be meant by a header's *name*, and how likely each is: the smaller, the likelier.

    >>> ranks_of("Posting Date"), ranks_of("Colour")
    ({'date_column': 1}, {})
    """
    wanted = normalised(name)
    return {field: names[wanted] for field, names in _RANKS.items() if wanted in names}


_RANKS: Final = {
    field: {name.strip(): rank for rank, name in enumerate(" ".join(names.split()).split(","))}
    for field, names in COLUMNS.items()
}


def is_balance(text: str) -> bool:
    """Tell whether a row's words are those of an opening or closing balance, and nothing else.

    >>> is_balance("SALDO INICIAL"), is_balance("Total Energies")
    (True, False)
    """
    return _TELLS_A_BALANCE.search(text) is not None and normalised(text) in BALANCES


def is_total(text: str) -> bool:
    """Tell whether a row without a day begins like a sum or a balance.

    >>> is_total("Summe November"), is_total("Coffee")
    (True, False)
    """
    wanted = normalised(text)
    return wanted in BALANCES or wanted.partition(" ")[0] in TOTALS

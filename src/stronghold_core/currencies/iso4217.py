"""ISO 4217 as data: one line a currency, copied column by column so that a reader can check it by eye.

Source: ISO 4217 as maintained by SIX (the ISO 4217 Maintenance Agency), list one (current currencies and funds) and
list three (historic ones), both in the state published on 2026-01-01, which includes Bulgaria's change to the euro
(amendment 180).

* `LIST_ONE`: code, number, minor unit, name. Every entry of list one, in the order of its codes.
* `LIST_THREE`: code, number, minor unit, month of withdrawal, name. The codes withdrawn since the euro began
  (1999-01) that no country uses any more. Of several months (one a country, or one a change of name) the last counts.

Three things differ from the lists as printed:

* A minor unit of `-` is ISO's "N.A.". It is read as exponent 0: see `IsoCurrency.exponent`.
* List three prints no minor unit. The digits are those that OpenJDK 17's currency data gives. Left out, because none is
  attested there: AON, AOR, CHC, ECS, ECV, GHP, TJR, XEU and ZRN; and XFO, XFU and XRE, which never had a number. A host
  with such history may register these codes itself.
* Names are ISO's, with a plain apostrophe and single spaces.

Invariant: a code stands on one line only, in one list only. A number does not: XCG kept the 532 of ANG.
"""

from __future__ import annotations

from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PUBLISHED_ON: Final = date(2026, 1, 1)
"""The publication date that both lists carry."""

NOT_MONEY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "XTS": "ISO 4217 reserves XTS for testing",
        "XXX": "ISO 4217 reserves XXX for transactions that involve no currency",
    }
)
"""Codes of list one that name no currency at all, and why: no amount can be held or posted in them."""

LIST_ONE: Final = """\
AED 784 2 UAE Dirham
AFN 971 2 Afghani
ALL 008 2 Lek
AMD 051 2 Armenian Dram
AOA 973 2 Kwanza
ARS 032 2 Argentine Peso
AUD 036 2 Australian Dollar
AWG 533 2 Aruban Florin
AZN 944 2 Azerbaijan Manat
BAM 977 2 Convertible Mark
BBD 052 2 Barbados Dollar
BDT 050 2 Taka
BHD 048 3 Bahraini Dinar
BIF 108 0 Burundi Franc
BMD 060 2 Bermudian Dollar
BND 096 2 Brunei Dollar
BOB 068 2 Boliviano
BOV 984 2 Mvdol
BRL 986 2 Brazilian Real
BSD 044 2 Bahamian Dollar
BTN 064 2 Ngultrum
BWP 072 2 Pula
BYN 933 2 Belarusian Ruble
BZD 084 2 Belize Dollar
CAD 124 2 Canadian Dollar
CDF 976 2 Congolese Franc
CHE 947 2 WIR Euro
CHF 756 2 Swiss Franc
CHW 948 2 WIR Franc
CLF 990 4 Unidad de Fomento
CLP 152 0 Chilean Peso
CNY 156 2 Yuan Renminbi
COP 170 2 Colombian Peso
COU 970 2 Unidad de Valor Real
CRC 188 2 Costa Rican Colon
CUP 192 2 Cuban Peso
CVE 132 2 Cabo Verde Escudo
CZK 203 2 Czech Koruna
DJF 262 0 Djibouti Franc
DKK 208 2 Danish Krone
DOP 214 2 Dominican Peso
DZD 012 2 Algerian Dinar
EGP 818 2 Egyptian Pound
ERN 232 2 Nakfa
ETB 230 2 Ethiopian Birr
EUR 978 2 Euro
FJD 242 2 Fiji Dollar
FKP 238 2 Falkland Islands Pound
GBP 826 2 Pound Sterling
GEL 981 2 Lari
GHS 936 2 Ghana Cedi
GIP 292 2 Gibraltar Pound
GMD 270 2 Dalasi
GNF 324 0 Guinean Franc
GTQ 320 2 Quetzal
GYD 328 2 Guyana Dollar
HKD 344 2 Hong Kong Dollar
HNL 340 2 Lempira
HTG 332 2 Gourde
HUF 348 2 Forint
IDR 360 2 Rupiah
ILS 376 2 New Israeli Sheqel
INR 356 2 Indian Rupee
IQD 368 3 Iraqi Dinar
IRR 364 2 Iranian Rial
ISK 352 0 Iceland Krona
JMD 388 2 Jamaican Dollar
JOD 400 3 Jordanian Dinar
JPY 392 0 Yen
KES 404 2 Kenyan Shilling
KGS 417 2 Som
KHR 116 2 Riel
KMF 174 0 Comorian Franc
KPW 408 2 North Korean Won
KRW 410 0 Won
KWD 414 3 Kuwaiti Dinar
KYD 136 2 Cayman Islands Dollar
KZT 398 2 Tenge
LAK 418 2 Lao Kip
LBP 422 2 Lebanese Pound
LKR 144 2 Sri Lanka Rupee
LRD 430 2 Liberian Dollar
LSL 426 2 Loti
LYD 434 3 Libyan Dinar
MAD 504 2 Moroccan Dirham
MDL 498 2 Moldovan Leu
MGA 969 2 Malagasy Ariary
MKD 807 2 Denar
MMK 104 2 Kyat
MNT 496 2 Tugrik
MOP 446 2 Pataca
MRU 929 2 Ouguiya
MUR 480 2 Mauritius Rupee
MVR 462 2 Rufiyaa
MWK 454 2 Malawi Kwacha
MXN 484 2 Mexican Peso
MXV 979 2 Mexican Unidad de Inversion (UDI)
MYR 458 2 Malaysian Ringgit
MZN 943 2 Mozambique Metical
NAD 516 2 Namibia Dollar
NGN 566 2 Naira
NIO 558 2 Cordoba Oro
NOK 578 2 Norwegian Krone
NPR 524 2 Nepalese Rupee
NZD 554 2 New Zealand Dollar
OMR 512 3 Rial Omani
PAB 590 2 Balboa
PEN 604 2 Sol
PGK 598 2 Kina
PHP 608 2 Philippine Peso
PKR 586 2 Pakistan Rupee
PLN 985 2 Zloty
PYG 600 0 Guarani
QAR 634 2 Qatari Rial
RON 946 2 Romanian Leu
RSD 941 2 Serbian Dinar
RUB 643 2 Russian Ruble
RWF 646 0 Rwanda Franc
SAR 682 2 Saudi Riyal
SBD 090 2 Solomon Islands Dollar
SCR 690 2 Seychelles Rupee
SDG 938 2 Sudanese Pound
SEK 752 2 Swedish Krona
SGD 702 2 Singapore Dollar
SHP 654 2 Saint Helena Pound
SLE 925 2 Leone
SOS 706 2 Somali Shilling
SRD 968 2 Surinam Dollar
SSP 728 2 South Sudanese Pound
STN 930 2 Dobra
SVC 222 2 El Salvador Colon
SYP 760 2 Syrian Pound
SZL 748 2 Lilangeni
THB 764 2 Baht
TJS 972 2 Somoni
TMT 934 2 Turkmenistan New Manat
TND 788 3 Tunisian Dinar
TOP 776 2 Pa'anga
TRY 949 2 Turkish Lira
TTD 780 2 Trinidad and Tobago Dollar
TWD 901 2 New Taiwan Dollar
TZS 834 2 Tanzanian Shilling
UAH 980 2 Hryvnia
UGX 800 0 Uganda Shilling
USD 840 2 US Dollar
USN 997 2 US Dollar (Next day)
UYI 940 0 Uruguay Peso en Unidades Indexadas (UI)
UYU 858 2 Peso Uruguayo
UYW 927 4 Unidad Previsional
UZS 860 2 Uzbekistan Sum
VED 926 2 Bolívar Soberano
VES 928 2 Bolívar Soberano
VND 704 0 Dong
VUV 548 0 Vatu
WST 882 2 Tala
XAD 396 2 Arab Accounting Dinar
XAF 950 0 CFA Franc BEAC
XAG 961 - Silver
XAU 959 - Gold
XBA 955 - Bond Markets Unit European Composite Unit (EURCO)
XBB 956 - Bond Markets Unit European Monetary Unit (E.M.U.-6)
XBC 957 - Bond Markets Unit European Unit of Account 9 (E.U.A.-9)
XBD 958 - Bond Markets Unit European Unit of Account 17 (E.U.A.-17)
XCD 951 2 East Caribbean Dollar
XCG 532 2 Caribbean Guilder
XDR 960 - SDR (Special Drawing Right)
XOF 952 0 CFA Franc BCEAO
XPD 964 - Palladium
XPF 953 0 CFP Franc
XPT 962 - Platinum
XSU 994 - Sucre
XTS 963 - Codes specifically reserved for testing purposes
XUA 965 - ADB Unit of Account
XXX 999 - The codes assigned for transactions where no currency is involved
YER 886 2 Yemeni Rial
ZAR 710 2 Rand
ZMW 967 2 Zambian Kwacha
ZWG 924 2 Zimbabwe Gold
"""

LIST_THREE: Final = """\
ADP 020 0 2003-07 Andorran Peseta
AFA 004 2 2003-01 Afghani
ANG 532 2 2025-03 Netherlands Antillean Guilder
ATS 040 2 2002-03 Schilling
AYM 945 2 2005-10 Azerbaijan Manat
AZM 031 2 2005-12 Azerbaijanian Manat
BEF 056 0 2002-03 Belgian Franc
BGL 100 2 2003-11 Lev
BGN 975 2 2026-01 Bulgarian Lev
BYB 112 0 2001-01 Belarusian Ruble
BYR 974 0 2017-01 Belarusian Ruble
CSD 891 2 2006-10 Serbian Dinar
CUC 931 2 2021-06 Peso Convertible
CYP 196 2 2008-01 Cyprus Pound
DEM 276 2 2002-03 Deutsche Mark
EEK 233 2 2011-01 Kroon
ESP 724 0 2002-03 Spanish Peseta
FIM 246 2 2002-03 Markka
FRF 250 2 2002-03 French Franc
GHC 288 2 2008-01 Cedi
GRD 300 0 2002-03 Drachma
HRK 191 2 2023-01 Kuna
IEP 372 2 2002-03 Irish Pound
ITL 380 0 2002-03 Italian Lira
LTL 440 2 2014-12 Lithuanian Litas
LUF 442 0 2002-03 Luxembourg Franc
LVL 428 2 2014-01 Latvian Lats
MGF 450 0 2004-12 Malagasy Franc
MRO 478 2 2017-12 Ouguiya
MTL 470 2 2008-01 Maltese Lira
MZM 508 2 2006-06 Mozambique Metical
NLG 528 2 2002-03 Netherlands Guilder
PTE 620 0 2002-03 Portuguese Escudo
ROL 642 0 2005-06 Old Leu
RUR 810 2 2004-01 Russian Ruble
SDD 736 2 2007-07 Sudanese Dinar
SIT 705 2 2007-01 Tolar
SKK 703 2 2009-01 Slovak Koruna
SLL 694 2 2023-12 Leone
SRG 740 2 2003-12 Surinam Guilder
STD 678 2 2017-12 Dobra
TMM 795 2 2009-01 Turkmenistan Manat
TPE 626 0 2002-11 Timor Escudo
TRL 792 0 2005-12 Old Turkish Lira
USS 998 2 2014-03 US Dollar (Same day)
VEB 862 2 2008-01 Bolivar
VEF 937 2 2018-08 Bolívar
YUM 891 2 2003-07 New Dinar
ZMK 894 2 2012-12 Zambian Kwacha
ZWD 716 2 2008-08 Zimbabwe Dollar
ZWL 932 2 2024-09 Zimbabwe Dollar
ZWN 942 2 2006-09 Zimbabwe Dollar (new)
ZWR 935 2 2009-06 Zimbabwe Dollar
"""


class IsoCurrency(NamedTuple):
    """One line of the table."""

    code: str
    number: int
    exponent: int
    """Decimals of the minor unit.

    Where ISO says "N.A." (metals, SDR and other units of account) it defines no fraction, so none is invented here: the
    exponent is 0 and the smallest amount is one whole unit, an ounce or an SDR. An exponent can never change once
    amounts are stored in it, and any other choice (3 for gold? 5?) would be ours, not the market's. 0 fails in the
    open: half an ounce is refused, never rounded. A host that needs fractions registers a code of its own with the
    exponent it trades in.
    """
    name: str
    withdrawn_on: date | None


def read_list_one() -> Iterator[IsoCurrency]:
    """Read the current currencies and funds, codes in `NOT_MONEY` included.

    >>> next(read_list_one())
    IsoCurrency(code='AED', number=784, exponent=2, name='UAE Dirham', withdrawn_on=None)
    """
    for line in LIST_ONE.splitlines():
        code, number, minor_unit, name = line.split(maxsplit=3)
        yield IsoCurrency(code, int(number), read_minor_unit(minor_unit), name, None)


def read_list_three() -> Iterator[IsoCurrency]:
    """Read the withdrawn currencies.

    >>> next(read_list_three()).withdrawn_on
    datetime.date(2003, 8, 1)
    """
    for line in LIST_THREE.splitlines():
        code, number, minor_unit, month, name = line.split(maxsplit=4)
        yield IsoCurrency(code, int(number), read_minor_unit(minor_unit), name, first_day_after(month))


def read_minor_unit(column: str) -> int:
    """Read the minor unit as an exponent; ISO's "N.A." is 0, for the reason given at `IsoCurrency.exponent`.

    >>> read_minor_unit("3"), read_minor_unit("-")
    (3, 0)
    """
    return 0 if column == "-" else int(column)


def first_day_after(month: str) -> date:
    """Return the first day after *month* (`YYYY-MM`).

    ISO names only the month of a withdrawal. Taking the day after that month errs on the side of accepting: the euro
    changeovers of single countries ran for two to eight weeks beside the old money, the lev's to 2026-01-31.

    >>> first_day_after("2026-01"), first_day_after("2005-12")
    (datetime.date(2026, 2, 1), datetime.date(2006, 1, 1))
    """
    year, month_number = map(int, month.split("-"))
    return date(year + month_number // 12, month_number % 12 + 1, 1)

"""What may be asked of the books: amounts in every spelling, right and wrong, and the drafts that hold them."""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final

from stronghold_core import EntryDraft, Money, Part, Post, Record, Split, Transfer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from uuid import UUID

    from stronghold_core import Books
    from stronghold_core.ledger import TransactionRecord

    CurrencyOf = Callable[[UUID], str]

EXPONENTS: Final = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}
"""The currencies of the auditor's world, with their decimals."""

MAX_MINOR: Final = 2**63 - 1
LONGEST: Final = {"description": 500, "payee": 200, "note": 4_000, "reference": 200, "idempotency_key": 255}

# ------------------------------------------------------------------ amounts


def spelled(minor: int, exponent: int) -> str:
    """Write *minor* units as people do, by moving the point."""
    digits = str(abs(minor)).rjust(exponent + 1, "0")
    whole, decimals = digits[: len(digits) - exponent], digits[len(digits) - exponent :]
    return ("-" if minor < 0 else "") + whole + ("." + decimals if decimals else "")


def _one_digit_more(digit: str) -> Callable[[int, str], str]:
    return lambda minor, currency: spelled(minor, EXPONENTS[currency]) + ("" if EXPONENTS[currency] else ".") + digit


def _in_another_currency(minor: int, currency: str) -> Money:
    return Money(minor, "EUR" if currency == "USD" else "USD")


RIGHT: Final[dict[str, Callable[[int, str], Any]]] = {
    "text": lambda minor, currency: spelled(minor, EXPONENTS[currency]),
    "money": Money,
    "decimal": lambda minor, currency: Decimal(spelled(minor, EXPONENTS[currency])),
    "computed": lambda minor, currency: Decimal(f"{minor}.000") * Decimal(1).scaleb(-EXPONENTS[currency]),
    "bank": lambda minor, currency: ("-" if minor < 0 else "+") + "00" + spelled(abs(minor), EXPONENTS[currency]),
}
"""The spellings that mean the amount exactly."""

WRONG: Final[dict[str, tuple[str, Callable[[int, str], Any]]]] = {
    "float": ("amount.type", lambda minor, _: minor / 100),
    "int": ("amount.type", lambda minor, _: minor),
    "lossy": ("amount.lossy", _one_digit_more("5")),
    "thousands?": ("amount.lossy", _one_digit_more("0")),
    "fraction": ("amount.lossy", lambda minor, currency: Decimal(_one_digit_more("5")(minor, currency))),
    "comma": ("amount.syntax", lambda minor, _: f"{minor},00"),
    "scientific": ("amount.syntax", lambda minor, _: f"{minor}E2"),
    "not a number": ("amount.syntax", lambda *_: Decimal("NaN")),
    "foreign": ("currency.mismatch", _in_another_currency),
}
"""The spellings that must be refused, each with the code of its error."""


@dataclass(frozen=True)
class Amount:
    """So many minor units of whatever currency the account has, in one spelling."""

    minor: int
    spelling: str = "text"

    def given(self, currency: str) -> Any:
        """Return what the caller passes."""
        if self.spelling in WRONG:
            return WRONG[self.spelling][1](self.minor, currency)
        # Nobody can make Money past 63 bits, so such an amount comes as text.
        return RIGHT[self.spelling if abs(self.minor) <= MAX_MINOR else "text"](self.minor, currency)

    def read(self, codes: set[str]) -> int | None:
        """Return the minor units; or none, and add to *codes* why it can't be read."""
        if self.spelling in WRONG:
            codes.add(WRONG[self.spelling][0])
        elif abs(self.minor) > MAX_MINOR:
            codes.add("amount.overflow")
        else:
            return self.minor
        return None

    @property
    def is_of_wrong_type(self) -> bool:
        """Whether it can't even be put into a draft."""
        return WRONG.get(self.spelling, ("", None))[0] == "amount.type"

    def says(self, currency: str) -> object:
        """Return what is the same for every right spelling of the same amount; only `Money` says its currency."""
        if self.spelling not in RIGHT:
            return self
        given = self.given(currency)
        return given if isinstance(given, Money) else Decimal(spelled(self.minor, EXPONENTS[currency]))


# ------------------------------------------------------------------ drafts


@dataclass(frozen=True, kw_only=True)
class Wish(ABC):
    """What every draft has; its fields bear the names that the library gives them."""

    verb: ClassVar[str]
    on: date | None = None
    description: str | None = None
    payee: str | None = None
    note: str | None = None
    reference: str | None = None
    idempotency_key: str | None = None

    def amounts(self) -> Iterator[Amount]:
        """Go through the amounts."""
        return iter(())

    def form_faults(self) -> set[str]:
        """Return the codes of errors that come before the books are even looked at."""
        faults = {"amount.type"} if any(amount.is_of_wrong_type for amount in self.amounts()) else set()
        for name, longest in LONGEST.items():
            text = getattr(self, name)
            if text is not None and (len(text.strip()) > longest or "\x00" in text):
                faults.add("input.invalid")
        return faults

    def arguments(self, currency_of: CurrencyOf) -> dict[str, Any]:
        """Return the keyword arguments of the verb."""
        words = ("on", *LONGEST)
        return {name: getattr(self, name) for name in words} | self.particulars(currency_of, Amount.given)

    @property
    def is_garbled(self) -> bool:
        """Whether an amount is text that is no number."""
        return any(amount.spelling in {"comma", "scientific"} for amount in self.amounts())

    def says(self, currency_of: CurrencyOf) -> dict[str, object]:
        """Return, by field, what must be the same in a repetition."""
        words = {name: cleaned(getattr(self, name)) for name in LONGEST if name != "idempotency_key"}
        return {"operation": self.verb, "on": self.on, **words, **self.particulars(currency_of, Amount.says)}

    @abstractmethod
    def particulars(self, currency_of: CurrencyOf, spell: Callable[[Amount, str], Any]) -> dict[str, Any]:
        """Return the fields of this kind of draft."""

    def send(self, books: Books, currency_of: CurrencyOf) -> TransactionRecord:
        """Call the verb."""
        record: TransactionRecord = getattr(books.transactions, self.verb)(**self.arguments(currency_of))
        return record


class DraftedWish(Wish):
    """What can also be part of a batch."""

    @abstractmethod
    def draft(self, currency_of: CurrencyOf) -> Record | Split | Transfer | Post:
        """Make the draft for a batch."""


@dataclass(frozen=True, kw_only=True)
class RecordWish(DraftedWish):
    """Money that came or left."""

    verb = "record"
    account: UUID
    amount: Amount
    category: UUID | None = None

    def amounts(self) -> Iterator[Amount]:
        yield self.amount

    def particulars(self, currency_of: CurrencyOf, spell: Callable[[Amount, str], Any]) -> dict[str, Any]:
        amount = spell(self.amount, currency_of(self.account))
        return {"account": self.account, "amount": amount, "category": self.category}

    def draft(self, currency_of: CurrencyOf) -> Record:
        return Record(**self.arguments(currency_of))


@dataclass(frozen=True, kw_only=True)
class SplitWish(DraftedWish):
    """Money that came or left for several categories."""

    verb = "split"
    account: UUID
    amount: Amount
    parts: tuple[tuple[UUID, Amount], ...]

    def amounts(self) -> Iterator[Amount]:
        yield self.amount
        yield from (amount for _, amount in self.parts)

    def particulars(self, currency_of: CurrencyOf, spell: Callable[[Amount, str], Any]) -> dict[str, Any]:
        currency = currency_of(self.account)
        parts = tuple((category, spell(amount, currency)) for category, amount in self.parts)
        return {"account": self.account, "amount": spell(self.amount, currency), "parts": parts}

    def draft(self, currency_of: CurrencyOf) -> Split:
        arguments = self.arguments(currency_of)
        parts = tuple(Part(category=category, amount=amount) for category, amount in arguments.pop("parts"))
        return Split(parts=parts, **arguments)


@dataclass(frozen=True, kw_only=True)
class TransferWish(DraftedWish):
    """Money that moved between two accounts."""

    verb = "transfer"
    from_account: UUID
    to_account: UUID
    amount: Amount
    to_amount: Amount | None = None

    def amounts(self) -> Iterator[Amount]:
        yield from (amount for amount in (self.amount, self.to_amount) if amount is not None)

    def particulars(self, currency_of: CurrencyOf, spell: Callable[[Amount, str], Any]) -> dict[str, Any]:
        arrives = None if self.to_amount is None else spell(self.to_amount, currency_of(self.to_account))
        amount = spell(self.amount, currency_of(self.from_account))
        accounts = {"from_account": self.from_account, "to_account": self.to_account}
        return {**accounts, "amount": amount, "to_amount": arrives}

    def draft(self, currency_of: CurrencyOf) -> Transfer:
        return Transfer(**self.arguments(currency_of))


@dataclass(frozen=True, kw_only=True)
class PostWish(DraftedWish):
    """A transaction line by line."""

    verb = "post"
    entries: tuple[tuple[UUID, Amount], ...]

    def amounts(self) -> Iterator[Amount]:
        yield from (amount for _, amount in self.entries)

    def particulars(self, currency_of: CurrencyOf, spell: Callable[[Amount, str], Any]) -> dict[str, Any]:
        return {"entries": tuple((account, spell(amount, currency_of(account))) for account, amount in self.entries)}

    def draft(self, currency_of: CurrencyOf) -> Post:
        arguments = self.arguments(currency_of)
        entries = tuple(EntryDraft(account=account, amount=amount) for account, amount in arguments.pop("entries"))
        return Post(entries=entries, **arguments)


@dataclass(frozen=True, kw_only=True)
class ReverseWish(Wish):
    """Takes a transaction back."""

    verb = "reverse"
    transaction: UUID

    def arguments(self, currency_of: CurrencyOf) -> dict[str, Any]:
        names = ("transaction", "on", "description", "idempotency_key")
        return {name: getattr(self, name) for name in names}

    def particulars(self, currency_of: CurrencyOf, spell: Callable[[Amount, str], Any]) -> dict[str, Any]:
        return {"transaction": self.transaction}


class SilentWish(Wish):
    """What is posted without a wish, such as an opening balance: it has no words."""

    verb = ""

    def particulars(self, currency_of: CurrencyOf, spell: Callable[[Amount, str], Any]) -> dict[str, Any]:
        return {}


def cleaned(text: str | None) -> str | None:
    """Return *text* as it is kept: composed, trimmed, and nothing instead of emptiness."""
    return None if text is None else unicodedata.normalize("NFC", text).strip() or None


def differing(first: dict[str, object], second: dict[str, object]) -> set[str]:
    """Name the fields in which two requests differ; of two operations nothing can be compared."""
    if first["operation"] != second["operation"]:
        return {"operation"}
    return {name for name in first if first[name] != second[name]}

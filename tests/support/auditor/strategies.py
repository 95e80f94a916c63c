"""How hypothesis thinks up what to ask: mostly what a tenant would ask, now and then what nobody should."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from hypothesis import strategies as st

from tests.support.auditor.books import UNCATEGORISED
from tests.support.auditor.chart import UNUSABLE, AccountWish
from tests.support.auditor.wishes import (
    EXPONENTS,
    MAX_MINOR,
    RIGHT,
    WRONG,
    Amount,
    DraftedWish,
    PostWish,
    RecordWish,
    ReverseWish,
    SplitWish,
    TransferWish,
    Wish,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.support.auditor.books import AuditorsBooks

Value = TypeVar("Value")
AnyWish = TypeVar("AnyWish", bound=Wish)

NOBODYS = UUID(int=7 << 76 | 2 << 62)
"""An id that nothing has."""

NAMES = ("Cash", "Bank", "Card", "Till", "Rent", "Food")


@st.composite
def mostly(
    draw: st.DrawFn, usual: st.SearchStrategy[Value], unusual: st.SearchStrategy[Value], *, one_in: int
) -> Value:
    """Draw what is usual, and once in a while what is not."""
    return draw(unusual if draw(chance(one_in)) else usual)


def chance(one_in: int) -> st.SearchStrategy[bool]:
    """Be true once in a while.

    Not at an end of the range: hypothesis likes to try those more often than chance would.
    """
    return st.integers(0, one_in - 1).map(lambda number: number == one_in // 2)


# ------------------------------------------------------------------ amounts

_SIZES = st.one_of(st.integers(1, 10_000), st.integers(1, 200))
_VAST = st.one_of(
    st.integers(0, 3).map(lambda less: MAX_MINOR - less),
    st.integers(-1, 1).map(lambda more: 10**15 + more),
    st.just(MAX_MINOR // 2 + 1),
    st.just(MAX_MINOR + 1),
)
_SPELLINGS = mostly(st.sampled_from(sorted(RIGHT)), st.sampled_from(sorted(WRONG)), one_in=25)
MINORS = mostly(mostly(_SIZES, _VAST, one_in=20), st.just(0), one_in=25)
"""Sizes in minor units: positive, rarely nothing, rarely vast."""


@st.composite
def amounts(draw: st.DrawFn, *, is_signed: bool = True) -> Amount:
    """Think up an amount in some spelling."""
    minor = draw(MINORS)
    is_negative = draw(st.booleans() if is_signed else chance(25))
    return Amount(-minor if is_negative else minor, draw(_SPELLINGS))


# ------------------------------------------------------------------ what there is to name


@dataclass(frozen=True)
class Sight:
    """What somebody who thinks up a wish for one tenant has in view.

    Args:
        books: The tenant's books as the auditor keeps them.
        today: The calendar day it is for the tenant.
        strangers: Ids of another tenant, by what they are: ``account``, ``category``, ``transaction``.
    """

    books: AuditorsBooks
    today: date
    strangers: Mapping[str, Sequence[UUID]]

    def account(self) -> st.SearchStrategy[UUID]:
        """Choose an account: mostly one that the tenant opened, now and then one that the engine did."""
        own = [account.id for account in self.books.own_accounts()]
        engines = [account.id for account in self.books.accounts.values() if account.purpose != "own"]
        return mostly(self._one_of("account", own), self._one_of("account", engines or own), one_in=15)

    def category(self) -> st.SearchStrategy[UUID]:
        """Choose a category."""
        return self._one_of("category", list(self.books.categories))

    def transaction(self) -> st.SearchStrategy[UUID]:
        """Choose a transaction, mostly one that has a category."""
        known = self.books.transactions
        moved = [one for one in known if any(self.books.accounts[key].category for key in self.books.net_of(one))]
        likely, any_of_them = moved or list(known), list(known)
        return mostly(self._one_of("transaction", likely), self._one_of("transaction", any_of_them), one_in=4)

    def partner(self, account: UUID, *, of_another_currency: int) -> st.SearchStrategy[UUID]:
        """Choose another account: of the same currency, or once in so many times of any."""
        currency = self.books.currency_of(account)
        alike = [one.id for one in self.books.own_accounts() if one.currency == currency and one.id != account]
        return mostly(st.sampled_from(alike), self.account(), one_in=of_another_currency) if alike else self.account()

    def day(self) -> st.SearchStrategy[date | None]:
        """Choose a business date: mostly today, or back to two years ago."""
        near = st.integers(0, 70).map(lambda days: self.today - timedelta(days=days))
        far = st.integers(0, 800).map(lambda days: self.today - timedelta(days=days))
        ahead = st.integers(1, 5).map(lambda days: self.today + timedelta(days=days))
        odd = st.sampled_from([date(1900, 1, 1), date(1899, 12, 31), date.min, date.max])
        return mostly(st.one_of(st.none(), near, far), st.one_of(ahead, odd), one_in=15)

    def _one_of(self, kind: str, usual: Sequence[UUID]) -> st.SearchStrategy[UUID]:
        strange = st.sampled_from([NOBODYS, *self.strangers[kind]])
        return mostly(st.sampled_from(usual), strange, one_in=30) if usual else strange


_DESCRIPTIONS = mostly(
    st.sampled_from([None, "Rent", " Cafe\u0301 ", ""]), st.sampled_from(["x" * 501, "a\x00"]), one_in=40
)
_REFERENCES = mostly(st.none(), st.sampled_from(["r1", "r2", " r1 ", "r3", "r4"]), one_in=5)
_KEYS = mostly(st.none(), st.sampled_from(["k1", "k2", " k1", "k3", "k4"]), one_in=3)


@st.composite
def words(draw: st.DrawFn, sight: Sight) -> dict[str, Any]:
    """Think up what every draft has."""
    return {
        "on": draw(sight.day()),
        "description": draw(_DESCRIPTIONS),
        "payee": draw(st.sampled_from([None, "Ada"])),
        "note": draw(st.sampled_from([None, "two\nlines"])),
        "reference": draw(_REFERENCES),
        "idempotency_key": draw(_KEYS),
    }


# ------------------------------------------------------------------ drafts


@st.composite
def records(draw: st.DrawFn, sight: Sight) -> RecordWish:
    """Think up money that came or left."""
    category = draw(mostly(sight.category(), st.none(), one_in=3))
    return RecordWish(account=draw(sight.account()), amount=draw(amounts()), category=category, **draw(words(sight)))


@st.composite
def transfers(draw: st.DrawFn, sight: Sight) -> TransferWish:
    """Think up a transfer, within a currency or between two."""
    source = draw(sight.account())
    target = draw(sight.partner(source, of_another_currency=4))
    is_exchange = sight.books.currency_of(source) != sight.books.currency_of(target)
    arrives = mostly(amounts(is_signed=False), st.none(), one_in=10)
    needless = mostly(st.none(), amounts(is_signed=False), one_in=10)
    return TransferWish(
        from_account=source,
        to_account=target,
        amount=draw(amounts(is_signed=False)),
        to_amount=draw(arrives if is_exchange else needless),
        **draw(words(sight)),
    )


@st.composite
def splits(draw: st.DrawFn, sight: Sight) -> SplitWish:
    """Think up a split whose parts mostly add up."""
    size = draw(mostly(st.integers(1, 4), st.just(0), one_in=20))
    parts = draw(st.lists(st.tuples(sight.category(), amounts()), min_size=size, max_size=size))
    whole = sum(amount.minor for _, amount in parts) + draw(mostly(st.just(0), st.just(1), one_in=15))
    amount = Amount(whole, draw(_SPELLINGS))
    return SplitWish(account=draw(sight.account()), amount=amount, parts=tuple(parts), **draw(words(sight)))


@st.composite
def posts(draw: st.DrawFn, sight: Sight) -> PostWish:
    """Think up a transaction line by line: pairs that mostly cancel out, sometimes back and forth, and odd lines."""
    entries: list[tuple[UUID, Amount]] = []
    for _ in range(draw(mostly(st.integers(1, 3), st.just(0), one_in=20))):
        source, amount = draw(sight.account()), draw(amounts())
        target = draw(sight.partner(source, of_another_currency=30))
        entries += [(source, amount), (target, replace(amount, minor=-amount.minor))]
    if draw(chance(8)):
        entries += [(account, replace(amount, minor=-amount.minor)) for account, amount in entries]
    if draw(chance(15)):
        entries.append((draw(sight.account()), draw(amounts())))
    return PostWish(entries=tuple(entries), **draw(words(sight)))


def drafts(sight: Sight) -> st.SearchStrategy[DraftedWish]:
    """Think up any draft that may be part of a batch."""
    return st.one_of(records(sight), transfers(sight), splits(sight), posts(sight))


@st.composite
def reversals(draw: st.DrawFn, sight: Sight) -> ReverseWish:
    """Think up taking a transaction back: mostly on its own day or later."""
    transaction = draw(sight.transaction())
    known = sight.books.transactions.get(transaction)
    days = [sight.today] if known is None else [known.day, sight.today, known.day - timedelta(days=1)]
    given = draw(words(sight))
    return ReverseWish(
        transaction=transaction,
        on=draw(mostly(st.sampled_from(days[:2]), st.sampled_from(days), one_in=8)),
        description=given["description"],
        idempotency_key=given["idempotency_key"],
    )


@st.composite
def repetitions(draw: st.DrawFn, sight: Sight, wish: AnyWish) -> AnyWish:
    """Think up sending *wish* again: the same in another spelling, or with one thing changed."""
    changes: dict[str, Any] = {}
    for name in ("amount", "to_amount"):
        amount = getattr(wish, name, None)
        if amount is not None:
            alike = {"money"} if amount.spelling == "money" else RIGHT.keys() - {"money"}
            changes[name] = replace(amount, spelling=draw(st.sampled_from(sorted(alike))))
    if draw(chance(3)):
        changes |= draw(st.sampled_from(_changes(sight, wish)))
    return replace(wish, **changes)


def _changes(sight: Sight, wish: Wish) -> list[dict[str, Any]]:
    changes: list[dict[str, Any]] = [{"description": "Changed"}, {"on": sight.today - timedelta(days=3)}]
    if not isinstance(wish, ReverseWish):
        changes += [{"note": "Changed"}, {"payee": "Changed"}, {"reference": "r9"}]
    for one in fields(wish):
        value = getattr(wish, one.name)
        if isinstance(value, Amount):
            more, less = replace(value, minor=value.minor + 1), replace(value, minor=-value.minor)
            changes += [{one.name: more}, {one.name: less}]
            changes += [{one.name: replace(value, spelling=other)} for other in ("foreign", "money", "text", "comma")]
        elif one.name in {"account", "from_account", "to_account"}:
            changes += [{one.name: account.id} for account in sight.books.own_accounts()]
    return changes


# ------------------------------------------------------------------ accounts


@st.composite
def openings(draw: st.DrawFn, sight: Sight) -> AccountWish:
    """Think up an account to open."""
    limit = mostly(st.none(), amounts(), one_in=4)
    return AccountWish(
        name=draw(mostly(st.sampled_from(NAMES), st.sampled_from(["", "n" * 201, " Savings "]), one_in=5)),
        type=draw(mostly(st.sampled_from(["asset", "liability", "equity"]), st.just("income"), one_in=20)),
        currency=draw(mostly(st.sampled_from(sorted(EXPONENTS)), st.sampled_from(sorted(UNUSABLE)), one_in=15)),
        low=draw(limit),
        high=draw(limit),
        opening=draw(st.one_of(st.none(), amounts())),
        on=draw(sight.day()),
    )


def category_names() -> st.SearchStrategy[str]:
    """Choose a name for a category."""
    return mostly(st.sampled_from(NAMES), st.just(UNCATEGORISED), one_in=15)

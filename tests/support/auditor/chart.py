"""What the auditor allows to be done to accounts and categories: for each verb the codes of what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from tests.support.auditor.books import Account, AuditorsBooks, Category
from tests.support.auditor.rules import Accepted, check_accounts, check_day, overflows, system_account
from tests.support.auditor.wishes import EXPONENTS, Amount, cleaned

if TYPE_CHECKING:
    from datetime import date, datetime

UNUSABLE = {"XYZ": "currency.unknown", "usd": "currency.unknown", "DEM": "currency.withdrawn"}
"""Currencies in which no account can be opened, with the code of the error."""


@dataclass(frozen=True, kw_only=True)
class AccountWish:
    """An account to open."""

    name: str
    type: str
    currency: str
    low: Amount | None = None
    high: Amount | None = None
    opening: Amount | None = None
    on: date | None = None

    def arguments(self) -> dict[str, object]:
        """Return the keyword arguments of the verb."""
        currency = self.currency if self.currency in EXPONENTS else "USD"
        amounts = {"min_balance": self.low, "max_balance": self.high, "opening_balance": self.opening}
        given = {name: amount and amount.given(currency) for name, amount in amounts.items()}
        return {"name": self.name, "type": self.type, "currency": self.currency, "opened_on": self.on, **given}


def judge_account(books: AuditorsBooks, wish: AccountWish, now: datetime) -> set[str]:
    """Say what is wrong with opening an account."""
    if wish.currency in UNUSABLE:
        return {UNUSABLE[wish.currency]} | (set() if wish.type in _TYPES else {"input.invalid"})
    codes = _limit_codes(wish.type, wish.low, wish.high)
    if wish.type not in _TYPES or not cleaned(wish.name) or len(wish.name.strip()) > 200:
        codes.add("input.invalid")
    if any(account.name == cleaned(wish.name) for account in books.own_accounts()):
        codes.add("ledger.duplicate_name")
    if wish.opening is not None:
        _check_opening(books, wish, codes, now)
    return codes


_TYPES = {"asset", "liability", "equity"}


def _check_opening(books: AuditorsBooks, wish: AccountWish, codes: set[str], now: datetime) -> None:
    if wish.opening is None or (minor := wish.opening.read(codes)) is None or minor == 0 or codes:
        return
    trial, account = books.copy(), new_account(wish, uuid4())
    trial.accounts[account.id] = account
    opening = opening_of(trial, account, minor, wish.on or books.today(now))
    check_day(trial, opening.day, [account], codes, books.today(now))
    check_accounts(trial, opening.lines, codes)
    if not codes and overflows(trial, opening):
        codes.add("amount.overflow")


def new_account(wish: AccountWish, account: UUID) -> Account:
    """Return the account that is opened by *wish*."""
    low, high = (None if amount is None else amount.minor for amount in (wish.low, wish.high))
    name = cleaned(wish.name) or ""
    return Account(id=account, name=name, type=wish.type, currency=wish.currency, low=low, high=high)


def opening_of(books: AuditorsBooks, account: Account, minor: int, day: date) -> Accepted:
    """Return the posting of an opening balance."""
    other = system_account(books, "opening", account.currency)
    return Accepted("opening", day, ((account.id, minor), (other, -minor)))


def judge_own(books: AuditorsBooks, account: UUID) -> set[str]:
    """Say what is wrong with changing an account at all."""
    if account not in books.accounts:
        return {"not_found"}
    return set() if books.accounts[account].purpose == "own" else {"input.invalid"}


def judge_closing(books: AuditorsBooks, account: UUID) -> set[str]:
    """Say what is wrong with closing an account: what holds money stays open, equity like the rest."""
    codes = judge_own(books, account)
    holds_money = not codes and books.balance(account) != 0
    return codes | ({"ledger.account_not_empty"} if holds_money else set())


def judge_limits(books: AuditorsBooks, account: UUID, low: Amount | None, high: Amount | None) -> set[str]:
    """Say what is wrong with new limits."""
    return judge_own(books, account) or _limit_codes(books.accounts[account].type, low, high)


def _limit_codes(kind: str, low: Amount | None, high: Amount | None) -> set[str]:
    codes: set[str] = set()
    minors = [amount.read(codes) for amount in (low, high) if amount is not None]
    if minors and kind == "equity":
        codes.add("input.invalid")
    if len(minors) == 2 and not codes and minors[0] > minors[1]:  # type: ignore[operator]
        codes.add("input.invalid")
    return codes


# ------------------------------------------------------------------ categories


def judge_category(books: AuditorsBooks, *, name: str, kind: str, parent: UUID | None) -> set[str]:
    """Say what is wrong with creating a category."""
    codes: set[str] = set()
    if parent is not None and parent not in books.categories:
        codes.add("not_found")
    elif parent is not None and (books.categories[parent].kind != kind or _depth(books, parent) >= books.max_depth):
        codes.add("input.invalid")
    return codes | judge_category_name(books, Category(id=uuid4(), name=name, kind=kind, parent=parent))


def judge_renaming(books: AuditorsBooks, category: UUID, name: str) -> set[str]:
    """Say what is wrong with another name for a category."""
    if category not in books.categories:
        return {"not_found"}
    return judge_category_name(books, replace(books.categories[category], name=name))


def judge_category_name(books: AuditorsBooks, category: Category) -> set[str]:
    """Say what is wrong with the name of a category: siblings have different ones."""
    place = (category.kind, category.parent, category.name)
    taken = any((o.kind, o.parent, o.name) == place for o in books.categories.values() if o.id != category.id)
    return {"ledger.duplicate_name"} if taken else set()


def _depth(books: AuditorsBooks, category: UUID) -> int:
    parent = books.categories[category].parent
    return 1 if parent is None else 1 + _depth(books, parent)


def change_category(
    books: AuditorsBooks, category: UUID, *, name: str | None = None, is_open: bool | None = None
) -> None:
    """Give a category, and the accounts behind it, another name or state."""
    was = books.categories[category]
    now = replace(was, name=was.name if name is None else name, is_open=was.is_open if is_open is None else is_open)
    books.categories[category] = now
    for account in books.accounts.values():
        if account.category == category:
            books.accounts[account.id] = replace(account, name=now.name, is_open=now.is_open)

"""What the auditor allows, from the written rules of the books.

A wish may break several rules at once, and which of them the library names first is its own affair. So the auditor
predicts a refusal as the set of all codes that would be right, and an acceptance as the lines that must come of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import singledispatch
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from tests.support.auditor.books import (
    UNCATEGORISED,
    Account,
    AuditorsBooks,
    Category,
    Entry,
    Head,
    KeptWish,
    Transaction,
)
from tests.support.auditor.wishes import (
    MAX_MINOR,
    Amount,
    PostWish,
    RecordWish,
    ReverseWish,
    SilentWish,
    SplitWish,
    TransferWish,
    Wish,
    cleaned,
    differing,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Line = tuple[UUID | Head, int]


@dataclass(frozen=True)
class Refused:
    """It must be refused, with one of these codes."""

    codes: frozenset[str]
    fields: frozenset[str] = frozenset()
    """Of a mismatch: the fields that differ."""


@dataclass(frozen=True)
class Repeated:
    """It was carried out before, as this transaction."""

    transaction: UUID


@dataclass(frozen=True)
class Accepted:
    """It must be carried out, with these lines."""

    kind: str
    day: date
    lines: tuple[Line, ...]
    reverses: UUID | None = None


Verdict = Refused | Repeated | Accepted

# ------------------------------------------------------------------ judging


def judge(books: AuditorsBooks, wish: Wish, *, principal: str, now: datetime, is_one_of_many: bool = False) -> Verdict:
    """Say what must become of *wish*.

    Args:
        books: The books as they stand.
        wish: What is asked.
        principal: Who asks; each has keys of their own.
        now: The time.
        is_one_of_many: Whether it is part of a batch, which is checked as a whole: an overflow of totals concerns all
            of it, and a key that the batch itself used may be found out after other faults.
    """
    if faults := wish.form_faults():
        return Refused(frozenset(faults))
    mismatch: set[str] = set()
    fields: set[str] = set()
    kept = books.keys.get((principal, cleaned(wish.idempotency_key) or ""))
    if kept is not None:
        if wish.is_garbled and not is_one_of_many:
            return Refused(frozenset({"amount.syntax"}))
        fields = differing(kept.says, wish.says(books.currency_of))
        if not fields:
            return Repeated(kept.transaction)
        mismatch.add("ledger.idempotency_mismatch")
        if not is_one_of_many:
            return Refused(frozenset(mismatch), frozenset(fields))
    codes: set[str] = set()
    verdict = _accept(books, wish, codes, books.today(now))
    if verdict is not None and not codes and not is_one_of_many and overflows(books, verdict):
        codes.add("amount.overflow")
    if codes or mismatch or verdict is None:
        return Refused(frozenset(codes | mismatch), frozenset(fields))
    return verdict


def overflows(books: AuditorsBooks, verdict: Accepted) -> bool:
    """Tell whether carrying *verdict* out would push some total past 63 bits."""
    trial = books.copy()
    enter(trial, verdict)
    return trial.totals_overflow()


def _accept(books: AuditorsBooks, wish: Wish, codes: set[str], today: date) -> Accepted | None:
    lines = _lines(wish, books, codes)
    if lines is None:
        return None
    day = wish.on or today
    reverses = wish.transaction if isinstance(wish, ReverseWish) else None
    if reverses is None:
        _check_lines(books, lines, codes, is_about_one=isinstance(wish, (RecordWish, SplitWish)))
    touched = [books.accounts[key] for key, _ in lines if not isinstance(key, Head) and key in books.accounts]
    check_day(books, day, touched, codes, today)
    check_accounts(books, lines, codes)
    if (reference := cleaned(wish.reference)) and any(t.reference == reference for t in books.transactions.values()):
        codes.add("ledger.duplicate_reference")
    kind = {"split": "record", "reverse": "reversal"}.get(wish.verb, wish.verb)
    return Accepted(kind, day, tuple(lines), reverses)


# ------------------------------------------------------------------ lines of each kind of wish


@singledispatch
def _lines(wish: Wish, books: AuditorsBooks, codes: set[str]) -> list[Line] | None:
    """Return the lines that *wish* means; or none, and add to *codes* why it means nothing."""
    raise TypeError(f"{type(wish).__name__} is no wish of which anything is known; {books} and {codes} stay.")


@_lines.register
def _of_record(wish: RecordWish, books: AuditorsBooks, codes: set[str]) -> list[Line] | None:
    account, amount = _account(books, wish.account, codes), wish.amount.read(codes)
    if account is None or amount is None:
        return None
    kind = "income" if amount > 0 else "expense"
    head = _head(books, wish.category, kind, account.currency, codes)
    return None if head is None else [(account.id, amount), (head, -amount)]


@_lines.register
def _of_split(wish: SplitWish, books: AuditorsBooks, codes: set[str]) -> list[Line] | None:
    account, amount = _account(books, wish.account, codes), wish.amount.read(codes)
    parts = [(category, part.read(codes)) for category, part in wish.parts]
    if not parts:
        codes.add("input.invalid")
    if account is None or amount is None or codes:
        return None
    lines: list[Line] = [(account.id, amount)]
    for category, part in parts:
        head = _head(books, category, "", account.currency, codes)
        if head is not None and part is not None:
            lines.append((head, -part))
    return lines


@_lines.register
def _of_transfer(wish: TransferWish, books: AuditorsBooks, codes: set[str]) -> list[Line] | None:
    source, target = _account(books, wish.from_account, codes), _account(books, wish.to_account, codes)
    leaves, arrives = _positive(wish.amount, codes), None
    if source is None or target is None:
        return None
    if source.currency != target.currency:
        if wish.to_amount is None:
            codes.add("currency.mismatch")
        else:
            arrives = _positive(wish.to_amount, codes)
    elif wish.to_amount is not None and wish.to_amount.read(codes) not in {None, leaves}:
        codes.add("input.invalid")
    if leaves is None or codes:
        return None
    if arrives is None:
        return [(source.id, -leaves), (target.id, leaves)]
    out, into = (system_account(books, "trading", account.currency) for account in (source, target))
    return [(source.id, -leaves), (out, leaves), (into, -arrives), (target.id, arrives)]


@_lines.register
def _of_post(wish: PostWish, books: AuditorsBooks, codes: set[str]) -> list[Line] | None:
    lines: list[Line] = []
    for key, amount in wish.entries:
        account, minor = _account(books, key, codes), amount.read(codes)
        if account is not None and minor is not None:
            lines.append((account.id, minor))
    return None if codes else lines


@_lines.register
def _of_reverse(wish: ReverseWish, books: AuditorsBooks, codes: set[str]) -> list[Line] | None:
    original = books.transactions.get(wish.transaction)
    if original is None:
        codes.add("not_found")
        return None
    if books.reversal_of(original.id) is not None:
        codes.add("ledger.already_reversed")
    if wish.on is not None and wish.on < original.day:
        codes.add("ledger.reversal_date")
    net = books.net_of(original.id)
    if not net:
        codes.add("input.invalid")
    return [(account, -minor) for account, minor in net.items()]


def _account(books: AuditorsBooks, account: UUID, codes: set[str]) -> Account | None:
    if account not in books.accounts:
        codes.add("not_found")
    return books.accounts.get(account)


def _positive(amount: Amount, codes: set[str]) -> int | None:
    minor = amount.read(codes)
    if minor is not None and minor < 0:
        codes.add("input.invalid")
    return minor


def _head(books: AuditorsBooks, category: UUID | None, kind: str, currency: str, codes: set[str]) -> UUID | Head | None:
    """Find the account behind a category; without one, behind the default category of *kind*."""
    known = books.default_category(kind) if category is None else category
    if known is None:
        return Head("category", kind, currency)
    if known not in books.categories:
        codes.add("not_found")
        return None
    if not books.categories[known].is_open:
        codes.add("ledger.category_archived")
    head = Head("category", known, currency)
    return books.heads.get(head, head)


def system_account(books: AuditorsBooks, purpose: str, currency: str) -> UUID | Head:
    """Find the account that the engine opened for that purpose; or name what it is still to open."""
    head = Head(purpose, None, currency)
    return books.heads.get(head, head)


# ------------------------------------------------------------------ the rules for lines


def _check_lines(books: AuditorsBooks, lines: Sequence[Line], codes: set[str], *, is_about_one: bool) -> None:
    if len(lines) < 2:
        codes.add("input.invalid")
    if len(lines) > books.max_entries:
        codes.add("ledger.too_many")
    keys = [key for key, _ in lines]
    if lines and (len(set(keys)) == 1 or (is_about_one and keys[0] in keys[1:])):
        codes.add("ledger.self_transfer")
    if any(minor == 0 for _, minor in lines):
        codes.add("ledger.zero_amount")
    sums: dict[str, int] = {}
    for key, minor in lines:
        currency = key.currency if isinstance(key, Head) else books.accounts[key].currency
        sums[currency] = sums.get(currency, 0) + minor
    for difference in sums.values():
        if difference:
            codes.add("ledger.unbalanced")


def check_day(books: AuditorsBooks, day: date, touched: Sequence[Account], codes: set[str], today: date) -> None:
    """Say what is wrong with a business date."""
    is_limited = any(account.low is not None or account.high is not None for account in touched)
    if day < date(1900, 1, 1):
        codes.add("ledger.date_out_of_range")
    if day > today + timedelta(days=0 if is_limited else books.days_ahead):
        codes.add("ledger.future_date")


def check_accounts(books: AuditorsBooks, lines: Sequence[Line], codes: set[str]) -> None:
    """Say what the accounts do not allow."""
    changes: dict[UUID, list[int]] = {}
    for key, minor in lines:
        if not isinstance(key, Head):
            changes.setdefault(key, []).append(minor)
    for key, minors in changes.items():
        account = books.accounts[key]
        if not account.is_open:
            codes.add("ledger.category_archived" if account.purpose == "category" else "ledger.account_closed")
        if account.is_chained:
            _check_balance(account, books.balance(key), minors, codes)


def _check_balance(account: Account, before: int, minors: list[int], codes: set[str]) -> None:
    change, running = sum(minors), [before + sum(minors[: count + 1]) for count in range(len(minors))]
    if any(abs(minor) > MAX_MINOR for minor in (change, *running)):
        codes.add("amount.overflow")
    if change < 0 and account.low is not None and before + change < account.low:
        codes.add("ledger.insufficient_funds")
    if change > 0 and account.high is not None and before + change > account.high:
        codes.add("ledger.balance_limit")


# ------------------------------------------------------------------ carrying out


def enter(
    books: AuditorsBooks,
    verdict: Accepted,
    *,
    transaction: UUID | None = None,
    recorded_at: datetime = datetime.max,  # noqa: DTZ901 - only ever replaced
    wish: Wish | None = None,
    principal: str = "",
    opened: Mapping[Head, Account] | None = None,
) -> None:
    """Carry *verdict* out.

    Args:
        books: The books to write in.
        verdict: What is carried out.
        transaction: Its id; made up for a trial.
        recorded_at: When it was recorded.
        wish: What asked for it.
        principal: Who did.
        opened: The accounts that were opened for it; made up for a trial.
    """
    new = transaction or uuid4()
    words = SilentWish() if wish is None else wish
    books.transactions[new] = Transaction(
        id=new,
        kind=verdict.kind,
        day=verdict.day,
        description="Opening balance" if verdict.kind == "opening" else cleaned(words.description),
        payee=cleaned(words.payee),
        note=cleaned(words.note),
        reference=cleaned(words.reference),
        reverses=verdict.reverses,
        recorded_at=recorded_at,
    )
    if wish is not None and (key := cleaned(wish.idempotency_key)):
        books.keys[principal, key] = KeptWish(wish.says(books.currency_of), new)
    keys = [_opened(books, key, opened or {}) for key, _ in verdict.lines]
    if isinstance(wish, RecordWish) and wish.category is None:
        default = books.categories[books.accounts[keys[1]].category]  # type: ignore[index]
        books.defaults[default.kind] = default.id
    lines = list(zip(keys, (minor for _, minor in verdict.lines), strict=True))
    append(books, books.transactions[new], lines, recorded_at)


def append(
    books: AuditorsBooks, transaction: Transaction, lines: Sequence[tuple[UUID, int]], recorded_at: datetime
) -> None:
    """Add entries to a transaction, each with version and balance if its account has a chain."""
    for account, minor in lines:
        before = books.entries_of(account)
        is_chained = books.accounts[account].is_chained
        books.entries.append(
            Entry(
                transaction=transaction.id,
                line=len(books.lines_of(transaction.id)) + 1,
                account=account,
                minor=minor,
                day=transaction.day,
                recorded_at=recorded_at,
                version=len(before) + 1 if is_chained else None,
                after=sum(entry.minor for entry in before) + minor if is_chained else None,
            )
        )


def _opened(books: AuditorsBooks, key: UUID | Head, opened: Mapping[Head, Account]) -> UUID:
    """Return the account behind a line, which may have been opened for it."""
    if not isinstance(key, Head):
        return key
    account = opened.get(key) or _made_up(books, key)
    if isinstance(key.category, str):
        category = Category(id=account.category or uuid4(), name=UNCATEGORISED, kind=key.category)
        books.categories.setdefault(category.id, category)
    books.accounts[account.id] = account
    books.heads[Head(key.purpose, account.category, key.currency)] = account.id
    return account.id


def expected_account(books: AuditorsBooks, head: Head, account: UUID, category: UUID | None) -> Account:
    """Say what the account that was opened behind *head* must be."""
    names = {"trading": f"Trading {head.currency}", "opening": f"Opening balances {head.currency}"}
    if head.purpose in names:
        name, kind = names[head.purpose], "equity"
    elif isinstance(head.category, str):
        name, kind = UNCATEGORISED, head.category
    else:
        known = books.categories[head.category]  # type: ignore[index]
        name, kind = known.name, known.kind
    return Account(id=account, name=name, type=kind, currency=head.currency, purpose=head.purpose, category=category)


def _made_up(books: AuditorsBooks, head: Head) -> Account:
    if head in books.heads:
        return books.accounts[books.heads[head]]
    category = uuid4() if isinstance(head.category, str) else head.category
    return expected_account(books, head, uuid4(), category)


# ------------------------------------------------------------------ corrections


def judge_recategorising(
    books: AuditorsBooks, transaction: UUID, category: UUID, replaces: UUID | None
) -> Refused | list[Line]:
    """Say what must become of moving *transaction* to *category*: the lines to append, none if nothing changes."""
    if transaction not in books.transactions:
        return Refused(frozenset({"not_found"}))
    codes: set[str] = set()
    # A reversal stands and falls with what it reverses, so neither of the two may change any more.
    if books.reversal_of(transaction) is not None or books.transactions[transaction].reverses is not None:
        codes.add("ledger.already_reversed")
    net = books.net_of(transaction)
    heads = [books.accounts[key] for key in net if books.accounts[key].purpose == "category"]
    if replaces is not None:
        heads = [head for head in heads if head.category == replaces]
    if replaces is not None and not heads:
        codes.add("not_found")
    if len(heads) != 1:
        codes.add("ledger.not_categorised")
    if codes:
        return Refused(frozenset(codes))
    old = heads[0]
    if old.category == category:
        return []
    new = _head(books, category, "", old.currency, codes)
    if len(books.lines_of(transaction)) + 2 > books.max_entries:
        codes.add("ledger.too_many")
    if new is None or codes:
        return Refused(frozenset(codes))
    return [(old.id, -net[old.id]), (new, net[old.id])]


def correct(
    books: AuditorsBooks,
    transaction: UUID,
    lines: Sequence[Line],
    *,
    recorded_at: datetime = datetime.max,  # noqa: DTZ901 - only ever replaced
    opened: Mapping[Head, Account] | None = None,
) -> None:
    """Append the lines of a correction."""
    keys = [_opened(books, key, opened or {}) for key, _ in lines]
    minors = [minor for _, minor in lines]
    append(books, books.transactions[transaction], list(zip(keys, minors, strict=True)), recorded_at)

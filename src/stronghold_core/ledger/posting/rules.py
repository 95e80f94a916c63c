"""What a valid transaction is, and what posting it does to its accounts. Pure: no database here.

Read top to bottom: a draft becomes lines (`lines_of`), lines are checked among themselves (`check_lines`), then against
the date (`check_date`) and the accounts as they stand (`Standing.apply`). Amounts are minor units, debit positive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from stronghold_core.errors import (
    BalanceLimitError,
    CurrencyMismatchError,
    DateOutOfRangeError,
    FutureDateError,
    InsufficientFundsError,
    InvalidInputError,
    RuleError,
    SelfTransferError,
    TooManyEntriesError,
    UnbalancedError,
    ZeroAmountError,
)
from stronghold_core.forms import Form
from stronghold_core.ledger.accounts.records import AccountFacts, Purpose
from stronghold_core.ledger.accounts.rules import check_open, headroom_minor
from stronghold_core.ledger.categories.rules import default_kind
from stronghold_core.ledger.posting.records import (
    AnyDraft,
    Draft,
    Part,
    Post,
    Record,
    Split,
    TransactionKind,
    Transfer,
)
from stronghold_core.money import Money, checked_minor, minor_units

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from stronghold_core.currencies import Currency
    from stronghold_core.ids import AccountId, CategoryId, TransactionId
    from stronghold_core.ledger.categories.records import CategoryKind

EARLIEST: Final = date(1900, 1, 1)
"""The first day that books may have; before it, somebody mistyped the year."""

MAX_FEW: Final = 8
"""How many lines are few. A short form of longer transactions would gain nothing: their own work outweighs the rest."""


class Head(NamedTuple):
    """Names an account that the engine opens when it is first needed."""

    purpose: Purpose
    category: CategoryId | CategoryKind | None
    """The category; only its kind for the default one; none for trading and opening balances."""
    currency: Currency


class Line(NamedTuple):
    """One line of a transaction to be."""

    account: AccountFacts
    amount_minor: int


class Touch(NamedTuple):
    """A line before its account is known: either an account, or a head to be resolved."""

    target: AccountId | Head
    amount_minor: int


@dataclass(slots=True)
class Posting:
    """A transaction ready to be checked against the accounts and written."""

    id: TransactionId
    kind: TransactionKind
    effective_date: date
    draft: Draft
    lines: Sequence[Line]
    reverses_id: TransactionId | None = None


class Step(NamedTuple):
    """What one line did to its account: the running balance and version of a chained one."""

    line: Line
    balance_after_minor: int | None
    account_version: int | None


# ------------------------------------------------------------------ from a draft to lines


def checked_drafts(drafts: Iterable[AnyDraft]) -> list[AnyDraft]:
    """Return *drafts* if that is what they are.

    Raises:
        InvalidInputError: If one is something else; it names its place.
    """
    if not isinstance(drafts, Iterable) or isinstance(drafts, (str, bytes, Mapping, Form)):
        raise InvalidInputError(field="drafts", reason="it is a list of drafts.")
    found = list(drafts)
    for number, draft in enumerate(found):
        if not isinstance(draft, AnyDraft):
            reason = f"{type(draft).__name__} is no draft; make a Record, Split, Transfer or Post of it."
            mistake = InvalidInputError(field=f"drafts.{number}", reason=reason)
            mistake.draft_number = number
            raise mistake
    return found


def touches_of(draft: AnyDraft, facts: Mapping[AccountId, AccountFacts]) -> list[Touch]:
    """Say which accounts and heads *draft* touches, and by how much.

    Raises:
        RuleError: If an amount can't be read in its account's currency, or the draft contradicts itself.
    """
    if isinstance(draft, Record):
        return _touches_of_record(draft, facts)
    if isinstance(draft, Split):
        return _touches_of_split(draft, facts)
    if isinstance(draft, Transfer):
        return _touches_of_transfer(draft, facts)
    return [Touch(entry.account, minor_units(entry.amount, facts[entry.account].currency)) for entry in draft.entries]


def _touches_of_record(draft: Record, facts: Mapping[AccountId, AccountFacts]) -> list[Touch]:
    currency = facts[draft.account].currency
    amount = minor_units(draft.amount, currency)
    head = Head(Purpose.CATEGORY, draft.category or default_kind(amount), currency)
    return [Touch(draft.account, amount), Touch(head, -amount)]


def _touches_of_split(draft: Split, facts: Mapping[AccountId, AccountFacts]) -> list[Touch]:
    currency = facts[draft.account].currency
    amount = minor_units(draft.amount, currency)
    parts = [_touch_of_part(part, currency, facts) for part in draft.parts]
    if not parts:
        raise InvalidInputError(field="parts", reason="a split needs at least one part.")
    difference = amount + sum(touch.amount_minor for touch in parts)
    if difference:
        raise UnbalancedError(
            difference=Money(difference, currency),
            fact="The parts of a split add up to its amount, and these do not",
            remedy="correct a part, or the amount.",
        )
    return [Touch(draft.account, amount), *parts]


def _touch_of_part(part: Part, currency: Currency, facts: Mapping[AccountId, AccountFacts]) -> Touch:
    amount = minor_units(part.amount, currency)
    if part.account is None:
        return Touch(Head(Purpose.CATEGORY, part.category, currency), -amount)
    other = facts[part.account].currency
    if other != currency:
        raise CurrencyMismatchError(subject="The account of a part", expected=other.code, found=currency.code)
    return Touch(part.account, -amount)


def _touches_of_transfer(draft: Transfer, facts: Mapping[AccountId, AccountFacts]) -> list[Touch]:
    source, target = facts[draft.from_account].currency, facts[draft.to_account].currency
    leaves = _positive(draft.amount, source, "amount")
    if source == target:
        if draft.to_amount is not None and minor_units(draft.to_amount, target) != leaves:
            raise InvalidInputError(field="to_amount", reason="within one currency as much arrives as leaves.")
        return [Touch(draft.from_account, -leaves), Touch(draft.to_account, leaves)]
    if draft.to_amount is None:
        raise CurrencyMismatchError(
            subject="The receiving account",
            expected=target.code,
            found=source.code,
            remedy=f"say with to_amount how many {target.code} arrive.",
        )
    arrives = _positive(draft.to_amount, target, "to_amount")
    # Each currency adds up to zero through its trading account, whose balance is the open position.
    return [
        Touch(draft.from_account, -leaves),
        Touch(Head(Purpose.TRADING, None, source), leaves),
        Touch(Head(Purpose.TRADING, None, target), -arrives),
        Touch(draft.to_account, arrives),
    ]


def _positive(amount: str | Decimal | Money, currency: Currency, field: str) -> int:
    minor = minor_units(amount, currency)
    if minor < 0:
        raise InvalidInputError(field=field, reason="a transfer's amount is positive; swap the accounts instead.")
    return minor


def lines_of(
    touches: Sequence[Touch], facts: Mapping[AccountId, AccountFacts], heads: Mapping[Head, AccountFacts]
) -> list[Line]:
    """Put accounts in the place of ids and heads."""
    return [
        Line(heads[touch.target] if isinstance(touch.target, Head) else facts[touch.target], touch.amount_minor)
        for touch in touches
    ]


def accounts_of(draft: AnyDraft) -> Iterator[AccountId]:
    """Name the accounts that *draft* names."""
    if isinstance(draft, Record):
        yield draft.account
    elif isinstance(draft, Split):
        yield draft.account
        yield from (part.account for part in draft.parts if part.account is not None)
    elif isinstance(draft, Transfer):
        yield draft.from_account
        yield draft.to_account
    else:
        yield from (entry.account for entry in draft.entries)


def kind_of(draft: AnyDraft) -> TransactionKind:
    """Say what sort of event *draft* describes."""
    if isinstance(draft, Transfer):
        return TransactionKind.TRANSFER
    return TransactionKind.POST if isinstance(draft, Post) else TransactionKind.RECORD


# ------------------------------------------------------------------ lines among themselves


def check_lines(lines: Sequence[Line], *, max_entries: int, kind: TransactionKind) -> None:
    """Pass if *lines* are a transaction: two entries or more, none of zero, adding up to zero in each currency.

    The account that a record is about is no part of itself; who posts line by line may name one twice.

    Raises:
        InvalidInputError: If there are fewer than two.
        TooManyEntriesError: If there are more than *max_entries*.
        ZeroAmountError, SelfTransferError, UnbalancedError: As their names say.
    """
    if len(lines) < 2:  # noqa: PLR2004 - "double" entry
        raise InvalidInputError(field="entries", reason="a transaction has at least two entries.")
    if len(lines) > max_entries:
        raise TooManyEntriesError(kind="entries", found=len(lines), limit=max_entries)
    first = lines[0].account.id
    times = [account.id for account, _ in lines].count(first)
    if times == len(lines) or (kind is TransactionKind.RECORD and times > 1):
        raise SelfTransferError(account_id=first)
    sums: dict[Currency, int] = {}
    for number, (account, amount_minor) in enumerate(lines, 1):
        if amount_minor == 0:
            raise ZeroAmountError(field=f"entry {number}")
        sums[account.currency] = sums.get(account.currency, 0) + amount_minor
    for currency, difference in sums.items():
        if difference:
            raise UnbalancedError(difference=Money(difference, currency))


def are_few(lines: Sequence[Line]) -> bool:
    """Tell whether *lines* are short work: few, each on an account of its own, and one of them chained at least."""
    accounts = {account.id for account, _ in lines}
    return len(accounts) == len(lines) <= MAX_FEW and True in [account.is_chained for account, _ in lines]


def check_date(day: date, *, today: date, days_ahead: int) -> None:
    """Pass if money may be dated on *day*.

    >>> check_date(date(2026, 11, 1), today=date(2026, 11, 1), days_ahead=0)

    Raises:
        DateOutOfRangeError: If *day* is before 1900.
        FutureDateError: If it is more than *days_ahead* after *today*.
    """
    if day < EARLIEST:
        raise DateOutOfRangeError(on=day, earliest=EARLIEST)
    latest = today + timedelta(days=days_ahead)
    if day > latest:
        raise FutureDateError(on=day, latest=latest)


# ------------------------------------------------------------------ lines against accounts


@dataclass(slots=True)
class Standing:
    """An account as it stands while a batch is planned. Nominal accounts have neither balance nor limits here."""

    facts: AccountFacts
    name: str
    status: str
    balance_minor: int
    version: int
    held_minor: int
    min_balance_minor: int | None
    max_balance_minor: int | None
    last_recorded_at: datetime | None

    @property
    def has_limits(self) -> bool:
        """Whether a rule bounds the balance."""
        return self.min_balance_minor is not None or self.max_balance_minor is not None

    def check(self, change_minor: int) -> None:
        """Pass if the balance may change by *change_minor*.

        A change that leads back towards the limits is always allowed, also while the account is beyond them.

        Raises:
            AccountClosedError, CategoryArchivedError, AmountOverflowError, InsufficientFundsError, BalanceLimitError:
                As their names say.
        """
        check_open(self.facts, name=self.name, status=self.status)
        if not self.facts.is_chained:
            return
        after = checked_minor(self.balance_minor + change_minor, f"The balance of account {self.name!r}")
        low, high, currency = self.min_balance_minor, self.max_balance_minor, self.facts.currency
        if change_minor < 0 and low is not None and after - self.held_minor < low:
            available = self.balance_minor - self.held_minor
            raise InsufficientFundsError(
                name=self.name,
                available=Money(available, currency),
                headroom=Money(headroom_minor(available, low), currency),
                requested=Money(-change_minor, currency),
                min_balance=Money(low, currency),
            )
        if change_minor > 0 and high is not None and after > high:
            raise BalanceLimitError(
                name=self.name,
                balance=Money(after, currency),
                headroom=Money(max(high - self.balance_minor, 0), currency),
                requested=Money(change_minor, currency),
                max_balance=Money(high, currency),
            )


def apply(lines: Sequence[Line], standings: Mapping[AccountId, Standing]) -> list[Step]:
    """Carry out *lines* on *standings*, all or none, and say what each did.

    The limits hold for what the transaction as a whole does to an account, whatever the order of its lines.

    Raises:
        RuleError: If an account is closed or would break a limit; then nothing has changed.
    """
    touched = [standings[line.account.id] for line in lines]
    before = [(standing.balance_minor, standing.version) for standing in touched]
    try:
        _check_changes(lines, touched)
        return [_step(line, standing) for line, standing in zip(lines, touched, strict=True)]
    except RuleError:
        for standing, (balance, version) in zip(reversed(touched), reversed(before), strict=True):
            standing.balance_minor, standing.version = balance, version
        raise


def _check_changes(lines: Sequence[Line], touched: Sequence[Standing]) -> None:
    changes: dict[int, int] = {}
    for line, standing in zip(lines, touched, strict=True):
        changes[id(standing)] = changes.get(id(standing), 0) + line.amount_minor
    for standing in touched:
        standing.check(changes[id(standing)])


def _step(line: Line, standing: Standing) -> Step:
    if not line.account.is_chained:
        return Step(line, None, None)
    standing.balance_minor = checked_minor(standing.balance_minor + line.amount_minor, "A running balance")
    standing.version += 1
    return Step(line, standing.balance_minor, standing.version)

"""Errors of accounts, categories and postings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stronghold_core.errors.families import ConflictError, RuleError

if TYPE_CHECKING:
    from datetime import date

    from stronghold_core.money import Money


class DuplicateNameError(ConflictError):
    """A name that must be unique is taken."""

    code = "ledger.duplicate_name"
    template = "Another {kind} has the {field} {name!r}: {remedy}"
    kind: str
    name: str
    field: str = "name"
    remedy: str = "choose another one, or use that."


class UnbalancedError(RuleError):
    """Debits and credits differ."""

    code = "ledger.unbalanced"
    template = "{fact}: they differ by {difference}; {remedy}"
    difference: Money
    fact: str = "The entries do not add up to zero"
    remedy: str = "add the missing entry."


class ZeroAmountError(RuleError):
    """An entry of nothing."""

    code = "ledger.zero_amount"
    template = "{field}: an entry of zero moves nothing; leave it out."
    field: str


class SelfTransferError(RuleError):
    """An account would pay itself, so nothing moves."""

    code = "ledger.self_transfer"
    template = "Account {account_id} would pay itself: name two different accounts."
    account_id: object


class TooManyEntriesError(RuleError):
    """The transaction, or the batch, exceeds its stated size."""

    code = "ledger.too_many"
    template = "{found} {kind} are more than the limit of {limit}: split them up."
    kind: str
    found: int
    limit: int


class AccountClosedError(RuleError):
    """The account takes no more entries."""

    code = "ledger.account_closed"
    template = "Account {name!r} is closed: reopen it with books.accounts.reopen(…), or post to another one."
    name: str


class CategoryArchivedError(RuleError):
    """The category takes no more entries."""

    code = "ledger.category_archived"
    template = "Category {name!r} is archived: restore it with books.categories.restore(…), or use another one."
    name: str


class AccountNotEmptyError(RuleError):
    """Only an empty account can be closed."""

    code = "ledger.account_not_empty"
    template = "Account {name!r} still holds {balance}: move that away before you close it."
    name: str
    balance: Money


class FutureDateError(RuleError):
    """Money can't be dated after today in the tenant's time zone."""

    code = "ledger.future_date"
    template = (
        "{on} is after {latest}, the last day allowed here: post it when its day has come. On accounts without limits, "
        "books.tenant.update(days_ahead=…) allows some days ahead."
    )
    on: date
    latest: date


class DateOutOfRangeError(RuleError):
    """A business date before 1900 is a typing error."""

    code = "ledger.date_out_of_range"
    template = "{on} is before {earliest}, the first day books can have: check the year."
    on: date
    earliest: date


class InsufficientFundsError(RuleError):
    """The account would fall below its lower limit.

    ``available`` is that of the account's record: the balance less what is held. ``headroom`` is what could still be
    taken: what is available above ``min_balance``, or nothing.
    """

    code = "ledger.insufficient_funds"
    template = (
        "Account {name!r} has {available} available and must keep {min_balance}, so {headroom} can be taken, not "
        "{requested}: lower the amount, or the limit."
    )
    name: str
    available: Money
    headroom: Money
    requested: Money
    min_balance: Money


class BalanceLimitError(RuleError):
    """The account would rise above its upper limit.

    ``balance`` is what it would have held; ``headroom`` is what could still be added, up to ``max_balance``.
    """

    code = "ledger.balance_limit"
    template = (
        "Account {name!r} may hold at most {max_balance}, and this would make it {balance}: {headroom} can be added, "
        "not {requested}: lower the amount, or raise the limit."
    )
    name: str
    balance: Money
    headroom: Money
    requested: Money
    max_balance: Money


class DuplicateReferenceError(ConflictError):
    """A reference is used once per tenant, for ever."""

    code = "ledger.duplicate_reference"
    template = "The reference {reference!r} is taken: it was posted before, and can't be posted twice."
    reference: str
    transaction_id: object = None
    """Which transaction has it; None for whoever does not see every account."""


class IdempotencyMismatchError(RuleError):
    """The key was used before, with another payload."""

    code = "ledger.idempotency_mismatch"
    template = "The idempotency key {key!r} was used with a different {field}: send the same request, or a new key."
    key: str
    field: str


class AlreadyReversedError(ConflictError):
    """A transaction is reversed at most once."""

    code = "ledger.already_reversed"
    template = (
        "Transaction {transaction_id} was reversed already, by {reversal_id}: a transaction is reversed at most once."
    )
    transaction_id: object
    reversal_id: object


class ReversalDateError(RuleError):
    """A reversal can't be dated before what it reverses."""

    code = "ledger.reversal_date"
    template = "{on} is before {original}, the date of the original: reverse it on that day or later."
    on: date
    original: date


class NotCategorisedError(RuleError):
    """Only a transaction with exactly one category can get another one without saying which."""

    code = "ledger.not_categorised"
    template = "Transaction {transaction_id} has {found} categories, not one: {remedy}"
    transaction_id: object
    found: int
    remedy: str = "say which to replace with replaces=…."


class CorrectionConflictError(ConflictError):
    """Two corrections of one transaction met."""

    code = "ledger.correction_conflict"
    template = "Transaction {transaction_id} was corrected by somebody else just now: read it again, then decide."
    transaction_id: object

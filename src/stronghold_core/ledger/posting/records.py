"""Drafts: what a caller asks the books to do. And what became of them.

A draft is plain data, checked for form when it is made; whether the books allow it is decided when it is posted.
Its constructor takes what the verb of its name takes; to a type checker it says so, for pydantic would name only the
types that fields have once they are read.

Amounts are text, `Decimal` or `Money`; they become minor units once the account's currency is known.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator, field_serializer, model_validator
from pydantic_core import to_jsonable_python

from stronghold_core.errors import AmountTypeError, InvalidInputError, StrongholdError
from stronghold_core.forms import Form, members
from stronghold_core.ids import AccountId, CategoryId, TransactionId, parse_id
from stronghold_core.money import Money
from stronghold_core.periods import optional_day
from stronghold_core.text import optional_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypedDict

    from typing_extensions import Unpack

    from stronghold_core.ids import AnId
    from stronghold_core.money import AnAmount
    from stronghold_core.periods import ADay

MAX_DESCRIPTION_LENGTH: Final = 500
MAX_PAYEE_LENGTH: Final = 200
MAX_NOTE_LENGTH: Final = 4_000
MAX_REFERENCE_LENGTH: Final = 200
MAX_KEY_LENGTH: Final = 255


def _amount(value: object) -> object:
    if isinstance(value, (str, Decimal, Money)):
        return value
    raise AmountTypeError(type_name=type(value).__name__)


def _words(field: str, max_length: int) -> BeforeValidator:
    return BeforeValidator(partial(optional_text, field=field, max_length=max_length))


Amount = Annotated[str | Decimal | Money, PlainValidator(_amount, json_schema_input_type=str)]
Day = Annotated[date | None, BeforeValidator(partial(optional_day, field="on"))]
AnAccount = Annotated[AccountId, BeforeValidator(partial(parse_id, field="account"))]
ACategory = Annotated[CategoryId, BeforeValidator(partial(parse_id, field="category"))]


if TYPE_CHECKING:

    class Particulars(TypedDict, total=False):
        """What every kind of draft takes beside the money, as callers may write it."""

        on: ADay | None
        description: str | None
        payee: str | None
        note: str | None
        reference: str | None
        idempotency_key: str | None


class Draft(Form):
    """What every kind of draft has."""

    on: Day = None
    """The business date; today in the tenant's time zone if left out."""
    description: Annotated[str | None, _words("description", MAX_DESCRIPTION_LENGTH)] = None
    payee: Annotated[str | None, _words("payee", MAX_PAYEE_LENGTH)] = None
    note: Annotated[str | None, _words("note", MAX_NOTE_LENGTH)] = None
    reference: Annotated[str | None, _words("reference", MAX_REFERENCE_LENGTH)] = None
    """The caller's own number of this transaction; used once per tenant, for ever."""
    idempotency_key: Annotated[str | None, _words("idempotency_key", MAX_KEY_LENGTH)] = None
    """Makes it safe to send the same draft again: the first result is returned."""


class Record(Draft):
    """Money that came to an account, or left it, for one category. Negative: it left."""

    account: AnAccount
    amount: Amount
    category: ACategory | None = None
    """Left out: the default category ("Uncategorised" at first) of the kind that the sign suggests."""

    if TYPE_CHECKING:

        def __init__(
            self, *, account: AnId, amount: AnAmount, category: AnId | None = None, **particulars: Unpack[Particulars]
        ) -> None: ...


class Part(Form):
    """A share of a split, with the sign of the whole: what was for a category, or went on to another account.

    Raises:
        InvalidInputError: If it names neither, or both.
    """

    pair: ClassVar[tuple[str, ...]] = ("category", "amount")

    amount: Amount
    category: ACategory | None = None
    account: AnAccount | None = None
    """Where else the money came from, or went: the loan that an instalment pays back, the tax that an invoice adds."""

    @model_validator(mode="after")
    def _check_target(self) -> Self:
        if (self.category is None) == (self.account is None):
            raise InvalidInputError(field="category", reason="a part names either a category or an account.")
        return self

    if TYPE_CHECKING:

        def __init__(self, *, amount: AnAmount, category: AnId | None = None, account: AnId | None = None) -> None: ...


class Split(Draft):
    """Money that came or went for several categories and accounts; the parts must add up to the amount."""

    account: AnAccount
    amount: Amount
    parts: Annotated[tuple[Part, ...], BeforeValidator(partial(members, of=Part, field="parts"))]

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            account: AnId,
            amount: AnAmount,
            parts: Iterable[Part | tuple[AnId, AnAmount]],
            **particulars: Unpack[Particulars],
        ) -> None: ...


class Transfer(Draft):
    """Money moved between two accounts. Between currencies, both amounts are given."""

    from_account: Annotated[AccountId, BeforeValidator(partial(parse_id, field="from_account"))]
    to_account: Annotated[AccountId, BeforeValidator(partial(parse_id, field="to_account"))]
    amount: Amount
    """What leaves *from_account*: positive."""
    to_amount: Amount | None = None
    """What arrives, if *to_account* is in another currency: positive."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            from_account: AnId,
            to_account: AnId,
            amount: AnAmount,
            to_amount: AnAmount | None = None,
            **particulars: Unpack[Particulars],
        ) -> None: ...


class EntryDraft(Form):
    """One line of a transaction: debit positive, credit negative."""

    pair: ClassVar[tuple[str, ...]] = ("account", "amount")

    account: AnAccount
    amount: Amount

    if TYPE_CHECKING:

        def __init__(self, *, account: AnId, amount: AnAmount) -> None: ...


class Post(Draft):
    """A transaction line by line; each currency must add up to zero."""

    entries: Annotated[tuple[EntryDraft, ...], BeforeValidator(partial(members, of=EntryDraft, field="entries"))]

    if TYPE_CHECKING:

        def __init__(
            self, *, entries: Iterable[EntryDraft | tuple[AnId, AnAmount]], **particulars: Unpack[Particulars]
        ) -> None: ...


AnyDraft = Record | Split | Transfer | Post


class TransactionKind(StrEnum):
    """What sort of event a transaction was."""

    RECORD = "record"
    TRANSFER = "transfer"
    POST = "post"
    OPENING = "opening"
    REVERSAL = "reversal"


class EntryRecord(BaseModel):
    """One line of a transaction, as it stands in the books."""

    model_config = ConfigDict(frozen=True)

    line: int
    account_id: AccountId
    category_id: CategoryId | None
    """The category whose account it is on; none on an account that no category stands before."""
    amount: Money
    """Debit positive, credit negative."""
    balance_after: Money | None
    """The account's balance after this entry, in posting order; none on accounts without a chain."""
    account_version: int | None


class TransactionRecord(BaseModel):
    """A transaction, as it stands in the books."""

    model_config = ConfigDict(frozen=True)

    id: TransactionId
    kind: TransactionKind
    effective_date: date
    recorded_at: datetime
    description: str | None
    payee: str | None
    note: str | None
    reference: str | None
    reverses_id: TransactionId | None
    """What this one took back."""
    reversed_by_id: TransactionId | None = None
    """What took this one back, as of when it was read; so that it can be struck through."""
    entries: tuple[EntryRecord, ...]
    has_hidden_entries: bool = False
    """Whether it also touches accounts that the reader may not see; then the entries do not add up to zero."""
    is_replay: bool = False
    """Whether this call found the transaction there already, under the same idempotency key."""


class Outcome(StrEnum):
    """What became of one draft of a batch."""

    POSTED = "posted"
    REPLAYED = "replayed"
    REFUSED = "refused"


class PostResult(BaseModel):
    """What became of one draft of a batch, in the batch's order."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    outcome: Outcome
    transaction_id: TransactionId | None
    """The new transaction, or the one of the first call; none if the draft was refused."""
    error: StrongholdError | None = None
    """Why the draft was refused; dumped, it is its code, its message and what it names, ready for JSON."""

    @field_serializer("error")
    def _error_document(self, error: StrongholdError | None) -> dict[str, Any] | None:
        if error is None:
            return None
        attributes = to_jsonable_python(error.attributes(), fallback=_plain, bytes_mode="base64")
        return {"code": error.code, "message": str(error), "attributes": attributes}


def _plain(value: object) -> object:
    """Write what an error names, as a record would; anything that a caller passed wrongly as text."""
    return {"amount": f"{value.amount}", "currency": value.currency.code} if isinstance(value, Money) else str(value)

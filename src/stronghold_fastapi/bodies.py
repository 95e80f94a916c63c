"""What requests carry: bodies and parameters. They have the names that core's verbs have; core says what they may be.

Days are ISO text and amounts money with its currency; core reads both, so that its errors speak of the same fields.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Header, Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from stronghold_core import DateRange, Money

AN_ID = "0199a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"

Day = Annotated[
    str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", json_schema_extra={"format": "date"}, examples=["2026-11-01"])
]


class Body(BaseModel):
    """Base of all: strict about names, and about types as JSON has them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def given(self) -> dict[str, Any]:
        """Return what the caller gave, by the verb's argument; what was left out is core's to choose."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def _shown(**example: JsonValue) -> ConfigDict:
    """Let OpenAPI show an example of a body."""
    return ConfigDict(json_schema_extra={"examples": [example]})


def _usd(amount: str) -> JsonValue:
    return {"amount": amount, "currency": "USD"}


class Particulars(Body):
    """What every transaction may have beside its money."""

    on: Day | None = Field(default=None, description="The business date; today in the tenant's time zone if left out.")
    description: str | None = Field(default=None, max_length=500, examples=["November rent"])
    payee: str | None = Field(default=None, max_length=200)
    note: str | None = Field(default=None, max_length=4_000)
    reference: str | None = Field(
        default=None, max_length=200, description="Your own number of this transaction; used once, for ever."
    )


class RecordBody(Particulars):
    """Money that came to an account, or left it, for one category."""

    model_config = _shown(
        account=AN_ID, amount=_usd("-1200.00"), category=AN_ID, on="2026-11-01", description="November rent"
    )

    account: UUID
    amount: Money = Field(description="Negative if the money left.")
    category: UUID | None = Field(default=None, description="Left out: the default category of the kind.")


class PartBody(Body):
    """A share of a split: for a category, or on to another account."""

    amount: Money
    category: UUID | None = None
    account: UUID | None = None


class SplitBody(Particulars):
    """Money that came or went for several things; the parts add up to the amount."""

    model_config = _shown(
        account=AN_ID,
        amount=_usd("-60.00"),
        parts=[{"category": AN_ID, "amount": _usd("-45.00")}, {"category": AN_ID, "amount": _usd("-15.00")}],
        payee="Corner Market",
    )

    account: UUID
    amount: Money = Field(description="Negative if the money left.")
    parts: list[PartBody]


class TransferBody(Particulars):
    """Money moved between two accounts."""

    model_config = _shown(from_account=AN_ID, to_account=AN_ID, amount=_usd("250.00"), description="Savings")

    from_account: UUID
    to_account: UUID
    amount: Money = Field(description="What leaves the one account: positive.")
    to_amount: Money | None = Field(default=None, description="What arrives, if the other one has another currency.")


class ReversalBody(Body):
    """How to take a transaction back."""

    model_config = _shown(on="2026-11-21", note="Paid twice")

    on: Day = Field(description="The business date of the reversal: not before that of the original.")
    description: str | None = Field(default=None, max_length=500)
    note: str | None = Field(default=None, max_length=4_000)
    reference: str | None = Field(default=None, max_length=200)


class WordsBody(Body):
    """The words of a transaction; null erases one."""

    model_config = _shown(payee="Corner Market", note=None)

    description: str | None = Field(default=None, max_length=500)
    payee: str | None = Field(default=None, max_length=200)
    note: str | None = Field(default=None, max_length=4_000)


class CategoryOfBody(Body):
    """What a transaction was for, really."""

    model_config = _shown(category=AN_ID)

    category: UUID
    replaces: UUID | None = Field(default=None, description="Which of its categories; left out if it has only one.")


class AccountBody(Body):
    """A new account."""

    model_config = _shown(
        name="Business checking",
        type="asset",
        subtype="checking",
        currency="USD",
        opening_balance=_usd("5000.00"),
    )

    name: str = Field(max_length=200)
    type: Literal["asset", "liability"]
    subtype: str = "other"
    currency: str | None = Field(default=None, description="The tenant's base currency if left out.")
    opening_balance: Money | None = None
    opened_on: Day | None = None
    min_balance: Money | None = Field(default=None, description="The lowest balance it may have.")
    max_balance: Money | None = Field(default=None, description="The highest balance it may have.")
    external_reference: str | None = Field(default=None, max_length=200)


class NameBody(Body):
    """A new name."""

    model_config = _shown(name="Joint checking")

    name: str = Field(max_length=200)


class CategoryBody(Body):
    """A new category."""

    model_config = _shown(name="Groceries", kind="expense", parent=AN_ID)

    name: str = Field(max_length=200)
    kind: Literal["income", "expense"]
    parent: UUID | None = None


class RevertBody(Body):
    """How to take an import back."""

    model_config = _shown(on="2026-11-21")

    on: Day | None = Field(default=None, description="The date of all reversals; each its transaction's if left out.")


# ------------------------------------------------------------------ parameters

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        # An empty one is a mistake of the client's, who would take itself for safe.
        min_length=1,
        max_length=255,
        description="Makes it safe to send the request again: the first result is returned. Choose a new one, such as "
        "a UUID, for each posting.",
    ),
]
After = Annotated[str | None, Query(description="The `next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=500, description="How many on a page.")]
AccountSet = Annotated[
    list[UUID] | None, Query(alias="account", max_length=1_000, description="Of these accounts alone; may be repeated.")
]
AsOf = Annotated[Day | None, Query(description="Balances at the end of this day; now if left out.")]
First = Annotated[Day | None, Query(description="The first day.")]
Last = Annotated[Day | None, Query(description="The last day.")]


def read_period(first: First = None, last: Last = None) -> DateRange | None:
    """Read the two ends of a period; none if neither is given."""
    return None if first is None and last is None else DateRange(first or "", last or "")


Period = Annotated[DateRange | None, Depends(read_period)]

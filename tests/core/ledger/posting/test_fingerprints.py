"""Which request under a key is the same one again, and what another one is refused with."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from stronghold_core import Money, Post, Record, Split, Transfer
from stronghold_core.errors import AmountSyntaxError, IdempotencyMismatchError
from stronghold_core.ids import AccountId, CategoryId, new_id
from stronghold_core.ledger.posting.fingerprints import check_same_request, fingerprint
from stronghold_core.ledger.transactions.records import Reversal
from tests.support.ledger import TODAY, YESTERDAY

if TYPE_CHECKING:
    from stronghold_core.ids import AnId
    from stronghold_core.money import AnAmount

BANK, CASH = AccountId(new_id()), AccountId(new_id())
FOOD, RENT = CategoryId(new_id()), CategoryId(new_id())

RECORDED: dict[str, Any] = {
    "account": BANK,
    "amount": "12.30",
    "category": FOOD,
    "on": YESTERDAY,
    "description": "Lunch",
    "payee": "Café",
    "note": "two",
    "reference": "r-1",
    "idempotency_key": "k-1",
}
OTHER: dict[str, Any] = {
    "account": CASH,
    "amount": "12.31",
    "category": RENT,
    "on": TODAY,
    "description": "Dinner",
    "payee": None,
    "note": "three",
    "reference": "r-2",
}


@pytest.mark.parametrize("amount", ["12.30", "12.3", "+12.30", "0012.300", Decimal("12.300")])
def test_requests_that_say_the_same_are_the_same(amount: Any) -> None:  # noqa: ANN401
    """Notations of one amount, of one text, of one id, and another key do not make another request."""
    same = RECORDED | {"amount": amount, "payee": " Cafe\u0301", "account": str(BANK), "idempotency_key": "k-2"}
    check_same_request("k-1", fingerprint(Record(**RECORDED)), Record(**same))


def test_money_says_its_currency_and_that_is_compared() -> None:
    """Euros are no dollars, and an amount that leaves the currency to the account is another request."""
    amounts = [Money(1230, "EUR"), Money(1230, "USD"), "12.30"]
    check_same_request("k-1", fingerprint(record_of(Money(1230, "EUR"))), record_of(Money(1230, "EUR")))
    for stored, given in permutations(amounts, 2):
        with pytest.raises(IdempotencyMismatchError) as caught:
            check_same_request("k-1", fingerprint(record_of(stored)), record_of(given))
        assert caught.value.field == "amount"


def record_of(amount: Any) -> Record:  # noqa: ANN401
    """Draft the record with another amount."""
    return Record(**RECORDED | {"amount": amount})


@pytest.mark.parametrize("text", ["++12.30", "+-12.30", "12.30.", "12,30", " 12.30", ""])
def test_what_is_no_amount_is_nobodys_repetition(text: str) -> None:
    """Tidied up, some of it would be the number that was recorded."""
    stored = fingerprint(Record(**RECORDED))
    with pytest.raises(AmountSyntaxError):
        check_same_request("k-1", stored, record_of(text))
    with pytest.raises(AmountSyntaxError):
        fingerprint(Split(account=BANK, amount="1", parts=[(FOOD, text)]))


@pytest.mark.parametrize("field", list(OTHER))
def test_another_request_under_the_same_key_is_refused_by_the_field_that_differs(field: str) -> None:
    """So that a caller sees at once what went wrong."""
    stored = fingerprint(Record(**RECORDED))
    with pytest.raises(IdempotencyMismatchError) as caught:
        check_same_request("k-1", stored, Record(**RECORDED | {field: OTHER[field]}))
    assert (caught.value.key, caught.value.field) == ("k-1", field)


def test_another_operation_under_the_same_key_is_refused_as_such() -> None:
    """A reversal is no record, whatever their fields."""
    stored = fingerprint(Record(**RECORDED))
    for other in (
        Reversal(transaction=uuid4(), on=TODAY),
        Transfer(from_account=BANK, to_account=CASH, amount="12.30"),
    ):
        with pytest.raises(IdempotencyMismatchError) as caught:
            check_same_request("k-1", stored, other)
        assert caught.value.field == "operation"


def test_the_parts_of_a_split_and_the_entries_of_a_post_are_compared_as_they_stand() -> None:
    """Another share, another order, and one more are other requests."""
    parts = [(FOOD, "1.00"), (RENT, "2.00")]
    stored = fingerprint(Split(account=BANK, amount="3.00", parts=parts))
    again: list[tuple[AnId, AnAmount]] = [(str(FOOD), Decimal(1)), (RENT, "+2")]
    check_same_request("k", stored, Split(account=BANK, amount="3.00", parts=again))
    for other in ([*parts, parts[0]], parts[::-1], [(FOOD, "1.01"), parts[1]]):
        with pytest.raises(IdempotencyMismatchError) as caught:
            check_same_request("k", stored, Split(account=BANK, amount="3.00", parts=other))
        assert caught.value.field == "parts"
    entries = [(BANK, "1.00"), (CASH, "-1.00")]
    with pytest.raises(IdempotencyMismatchError, match="entries"):
        check_same_request("k", fingerprint(Post(entries=entries)), Post(entries=entries[::-1]))


def test_a_difference_that_no_field_shows_is_still_refused() -> None:
    """Only the digest over everything decides; the marks behind it merely help to name a field."""
    draft = Record(**RECORDED)
    stored = bytes(32) + fingerprint(draft)[32:]
    with pytest.raises(IdempotencyMismatchError) as caught:
        check_same_request("k-1", stored, draft)
    assert caught.value.field == "request"

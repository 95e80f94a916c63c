"""A batch on its way: what becomes of a request, and what a refusal does to the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stronghold_core import Record
from stronghold_core.errors import InvalidInputError
from stronghold_core.ids import AccountId, TransactionId, new_id
from stronghold_core.ledger import Outcome, TransactionKind
from stronghold_core.ledger.posting.batch import Batch, Request
from stronghold_core.ledger.posting.rules import Touch

if TYPE_CHECKING:
    from stronghold_core.ledger.posting.batch import OnError

BANK = AccountId(new_id())


def request() -> Request:
    """Make a request for a record."""
    return Request(Record(account=BANK, amount="1.00"), TransactionKind.RECORD)


def batch_of(size: int, on_error: OnError) -> Batch:
    """Make a batch of fresh requests."""
    return Batch([request() for _ in range(size)], on_error, is_many=size > 1)


def refuse_second(batch: Batch) -> None:
    """Take each open request a step further, at which the second one is refused."""

    def step(one: Request) -> None:
        if one is batch.requests[1]:
            raise InvalidInputError(field="amount", reason="it is the second.")

    batch.each(step)


def test_a_request_that_was_not_carried_out_has_no_transaction() -> None:
    """Asking for it is a mistake of the program, not of a caller."""
    with pytest.raises(LookupError):
        request().posted()
    with pytest.raises(LookupError):
        request().record()


def test_a_refusal_stops_a_batch_and_says_which_draft_it_was() -> None:
    """A verb on one draft needs no number; a batch that happens to have one draft counts it."""
    with pytest.raises(InvalidInputError) as caught:
        refuse_second(batch_of(3, "stop"))
    assert caught.value.draft_number == 1
    assert caught.value.__notes__ == ["It was draft 1 of the batch, counted from 0; nothing was posted."]

    def refuse(_one: Request) -> None:
        raise InvalidInputError(field="amount", reason="it is the only one.")

    with pytest.raises(InvalidInputError) as alone:
        batch_of(1, "stop").each(refuse)
    assert alone.value.draft_number is None
    assert not hasattr(alone.value, "__notes__")
    with pytest.raises(InvalidInputError) as first:
        Batch([request()], "stop", is_many=True).each(refuse)
    assert first.value.draft_number == 0


def test_a_refusal_settles_only_its_own_draft_where_the_batch_goes_on() -> None:
    """The others are still open; the refused one is not asked again."""
    batch = batch_of(3, "continue")
    refuse_second(batch)
    assert list(batch.open()) == [batch.requests[0], batch.requests[2]]
    assert batch.requests[1].result().outcome is Outcome.REFUSED
    assert isinstance(batch.requests[1].result().error, InvalidInputError)
    batch.requests[1].error = None
    refuse_second(batch)
    assert batch.requests[1].is_settled


def test_a_repetition_is_settled_and_tells_the_first_transaction() -> None:
    """There is nothing left to do about it."""
    one, first = request(), TransactionId(new_id())
    one.replays = first
    assert one.is_settled
    assert (one.result().outcome, one.result().transaction_id) == (Outcome.REPLAYED, first)


def test_starting_again_forgets_what_was_found_out() -> None:
    """Repetitions and refusals, too, unless these can't have changed; lines that the caller gave are kept."""
    batch = batch_of(3, "continue")
    first, second, third = batch.requests
    first.replays, first.touches = TransactionId(new_id()), [Touch(BANK, 1)]
    refuse_second(batch)
    batch.start_again(refused_again=False)
    assert first.replays is None
    assert not first.touches
    assert not first.is_settled
    assert second.is_settled
    batch.start_again()
    assert list(batch.open()) == [first, second, third]


def test_the_name_of_a_transaction_does_not_depend_on_how_often_it_is_planned() -> None:
    """So that a refusal may name it."""
    one = request()
    named = one.id
    Batch([one], "stop").start_again()
    assert one.id == named

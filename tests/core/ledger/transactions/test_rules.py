"""What takes a transaction back and what moves it to another category, decided without a database."""

from __future__ import annotations

import pytest

from stronghold_core import Money, get_currency
from stronghold_core.errors import NotCategorisedError, NotFoundError
from stronghold_core.ids import AccountId, CategoryId, TransactionId, new_id
from stronghold_core.ledger import AccountType, EntryRecord, Purpose
from stronghold_core.ledger.accounts.records import AccountFacts
from stronghold_core.ledger.posting.rules import Line
from stronghold_core.ledger.transactions.rules import (
    line_to_replace,
    net_by_account,
    reversing_lines,
)

PAYMENT = TransactionId(new_id())


def head() -> AccountFacts:
    """Make the facts of an account behind a category."""
    return AccountFacts(
        id=AccountId(new_id()),
        type=AccountType.EXPENSE,
        purpose=Purpose.CATEGORY,
        currency=get_currency("USD"),
        is_chained=False,
        category_id=CategoryId(new_id()),
    )


FOOD, RENT = head(), head()
BANK = FOOD._replace(
    id=AccountId(new_id()), type=AccountType.ASSET, purpose=Purpose.OWN, is_chained=True, category_id=None
)
FACTS = {one.id: one for one in (FOOD, RENT, BANK)}


def entries(*lines: tuple[AccountFacts, int]) -> list[EntryRecord]:
    """Make entries of dollars."""
    return [
        EntryRecord(
            line=number,
            account_id=one.id,
            category_id=one.category_id,
            amount=Money(minor, "USD"),
            balance_after=None,
            account_version=None,
        )
        for number, (one, minor) in enumerate(lines, 1)
    ]


CORRECTED = entries((BANK, -30), (FOOD, 30), (FOOD, -30), (RENT, 30))


def test_the_net_of_a_transaction_leaves_out_what_cancelled_out() -> None:
    """Several entries of one account are one figure; nothing is no figure."""
    assert net_by_account(CORRECTED) == {BANK.id: -30, RENT.id: 30}
    assert net_by_account(entries((BANK, 1), (BANK, 2), (FOOD, -3))) == {BANK.id: 3, FOOD.id: -3}


def test_a_reversal_negates_the_net() -> None:
    """So a category that a correction emptied gets no entry."""
    assert reversing_lines(CORRECTED, FACTS) == [Line(BANK, 30), Line(RENT, -30)]


def test_the_only_category_with_money_is_the_one_to_replace() -> None:
    """Also if another one had it before."""
    assert line_to_replace(PAYMENT, CORRECTED, FACTS, None) == Line(RENT, 30)
    assert line_to_replace(PAYMENT, CORRECTED, FACTS, RENT.category_id) == Line(RENT, 30)


def test_of_several_categories_one_must_be_named() -> None:
    """The named one's share is moved, and no more."""
    both = entries((BANK, -10), (FOOD, 4), (RENT, 6))
    assert line_to_replace(PAYMENT, both, FACTS, FOOD.category_id) == Line(FOOD, 4)
    with pytest.raises(NotCategorisedError, match=r"2 categories.*replaces=") as caught:
        line_to_replace(PAYMENT, both, FACTS, None)
    assert (caught.value.transaction_id, caught.value.found) == (PAYMENT, 2)


def test_a_category_without_money_in_the_transaction_cannot_be_replaced() -> None:
    """Whether it never had any, or a correction took it."""
    for absent in (FOOD.category_id, CategoryId(new_id())):
        with pytest.raises(NotFoundError) as caught:
            line_to_replace(PAYMENT, CORRECTED, FACTS, absent)
        assert caught.value.key == absent


def test_a_transaction_without_a_category_has_none_to_replace() -> None:
    """A transfer, say."""
    with pytest.raises(NotCategorisedError, match=r"0 categories.*as of any transfer") as caught:
        line_to_replace(PAYMENT, entries((BANK, -1), (BANK, 1)), FACTS, None)
    assert caught.value.found == 0
    assert "replaces=" not in str(caught.value)

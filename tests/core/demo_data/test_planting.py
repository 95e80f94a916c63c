"""Planting: a story becomes books that verify, on both databases."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from stronghold_core.demo_data import DemoAccount, DemoCategory, DemoKind, first_day, generate, plant
from stronghold_core.demo_data.balances import Balances
from stronghold_core.errors import InvalidInputError
from stronghold_core.money import Money
from tests.support.stronghold import ADA, NOW

if TYPE_CHECKING:
    from stronghold_core import Stronghold, TenantRecord

KINDS = [kind.value for kind in DemoKind]
UNTIL = date(2025, 11, 4)


def balances_of(stronghold: Stronghold, tenant: TenantRecord) -> dict[str, Money]:
    """Read the balances of the accounts that the story names."""
    with stronghold.books(tenant.id, principal=ADA, read_only=True) as books:
        return {account.name: account.balance for account in books.accounts.list(limit=500)}


@pytest.mark.parametrize("kind", KINDS)
def test_planted_books_hold_what_the_story_tells(stronghold: Stronghold, kind: str) -> None:
    """Every event is a transaction, every balance is the story's own, and the books verify."""
    told: list[int] = []
    tenant = plant(stronghold, kind, principal=ADA, transactions=1_200, seed=4, until=UNTIL, progress=told.append)
    assert told == [1_000, 1_200]
    assert tenant.external_reference == f"demo-{kind}"
    expected, accounts, openings = Balances(), {}, 0
    first = first_day(kind, transactions=1_200, last=UNTIL)
    for item in generate(kind, seed=4, first=first, last=UNTIL, transactions=1_200):
        if isinstance(item, DemoAccount):
            accounts[item.name] = item.currency
            openings += item.opening_minor != 0
            expected.open(item)
        elif not isinstance(item, DemoCategory):
            expected.apply(item)
    assert balances_of(stronghold, tenant) == {name: Money(expected[name], code) for name, code in accounts.items()}
    verification = stronghold.verify(tenant.id)
    assert verification.is_sound, verification.findings
    assert verification.transactions == 1_200 + openings


def test_planting_again_posts_nothing(stronghold: Stronghold) -> None:
    """The tenant is found by its external reference, and each batch by the reference of its first transaction."""
    first = plant(stronghold, "company", principal=ADA, transactions=60)
    before = balances_of(stronghold, first), stronghold.verify(first.id).transactions
    again = plant(stronghold, "company", principal=ADA, transactions=60)
    assert again.id == first.id
    assert (balances_of(stronghold, first), stronghold.verify(first.id).transactions) == before


@pytest.mark.parametrize(
    "other", [{"transactions": 1_500}, {"transactions": 40}, {"seed": 2}], ids=["more", "less", "seed"]
)
def test_books_that_tell_another_story_stay_as_they_are(stronghold: Stronghold, other: dict[str, int]) -> None:
    """Two stories in the same accounts would be none."""
    tenant = plant(stronghold, "company", principal=ADA, transactions=60)
    before = balances_of(stronghold, tenant), stronghold.verify(tenant.id).transactions
    asked = {"transactions": 60, "seed": 1} | other
    assert (
        plant(stronghold, "company", principal=ADA, transactions=asked["transactions"], seed=asked["seed"]).id
        == tenant.id
    )
    assert (balances_of(stronghold, tenant), stronghold.verify(tenant.id).transactions) == before


class _Impatience(Exception):  # noqa: N818 - what a user does, not what went wrong
    pass


def test_an_interrupted_planting_goes_on_where_it_stopped(stronghold: Stronghold) -> None:
    """What was committed stays, and the books end as if nothing had happened."""

    def lose_patience(_told: int) -> None:
        raise _Impatience

    with pytest.raises(_Impatience):
        plant(stronghold, "household", principal=ADA, transactions=2_100, progress=lose_patience)
    tenant = stronghold.tenants.find(external_reference="demo-household")
    assert tenant is not None
    assert 1_000 <= stronghold.verify(tenant.id).transactions < 1_100
    plant(stronghold, "household", principal=ADA, transactions=2_100)
    verification = stronghold.verify(tenant.id)
    assert verification.is_sound
    assert verification.transactions == 2_100 + 5


def test_a_story_ends_on_the_day_on_which_its_tenant_was_made(stronghold: Stronghold) -> None:
    """If nothing else is said: today, for whoever plants now."""
    tenant = plant(stronghold, "household", principal=ADA, transactions=400)
    with stronghold.books(tenant.id, principal=ADA, read_only=True) as books:
        assert books.transactions.list(limit=1)[0].effective_date == NOW.date()


def test_a_story_begins_on_the_day_that_is_asked_for(stronghold: Stronghold) -> None:
    """Then its months are as full as they must be; asked for again, nothing is posted twice."""
    since = date(2025, 9, 1)
    tenant, _ = (
        plant(stronghold, "household", principal=ADA, transactions=900, since=since, until=UNTIL) for _ in range(2)
    )
    assert stronghold.verify(tenant.id).transactions == 900 + 5
    with stronghold.books(tenant.id, principal=ADA, read_only=True) as books:
        assert not books.transactions.list(last=date(2025, 8, 31))
        assert books.transactions.list(first=since, last=since)


def test_a_story_that_ends_before_it_begins_is_refused(stronghold: Stronghold) -> None:
    """No day would be left to post on."""
    with pytest.raises(InvalidInputError, match="before"):
        plant(stronghold, "household", principal=ADA, transactions=10, since=UNTIL, until=date(2025, 11, 3))


def test_what_was_planted_reads_as_from_a_bank(stronghold: Stronghold) -> None:
    """Words to search for, a tree of categories, and limits that were never passed."""
    tenant = plant(stronghold, "household", principal=ADA, transactions=600, until=UNTIL)
    with stronghold.books(tenant.id, principal=ADA, read_only=True) as books:
        assert len(books.transactions.list(text="elm street", last=UNTIL)) >= 5
        home = books.categories.find(name="Home", kind="expense")
        assert home is not None
        assert books.categories.find(name="Rent", kind="expense", parent=home.id) is not None
        card = books.accounts.find(name="Credit card")
        assert card is not None
        assert card.min_balance is not None
        assert all(row.running_balance >= card.min_balance for row in books.accounts.history(card.id, limit=500))

"""The one-statement form on PostgreSQL: when it is taken, and that nothing shows which form was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from stronghold_core import ManualClock, Money, Stronghold
from stronghold_core.ledger.posting.one_statement import MAX_AMOUNT_MINOR
from stronghold_core.ledger.posting.rules import MAX_FEW
from tests.support.ledger import asking, create_category, open_account
from tests.support.rows import counted_statements
from tests.support.stronghold import ADA, Desk

if TYPE_CHECKING:
    from collections.abc import Generator

    from stronghold_core.ledger import AccountRecord, CategoryRecord

pytestmark = pytest.mark.postgres


class Shop:
    """Accounts that this process knows, because it has posted on each of them."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.bank: AccountRecord = open_account(desk, min_balance="-100.00", opening_balance="50.00")
        self.cash: AccountRecord = open_account(desk, "Cash")
        self.euro: AccountRecord = open_account(desk, "Euro", currency="EUR")
        self.capital: AccountRecord = open_account(desk, "Capital", "equity")
        self.food: CategoryRecord = create_category(desk)
        self.heads: list[CategoryRecord] = [create_category(desk, f"Head {number}") for number in range(MAX_FEW)]
        with desk.books() as books:
            books.transactions.transfer(from_account=self.bank.id, to_account=self.cash.id, amount="1.00")
            books.transactions.transfer(
                from_account=self.bank.id, to_account=self.euro.id, amount="1.00", to_amount="1.00"
            )
            books.transactions.record(account=self.bank.id, amount="-1.00", category=self.food.id)
            books.transactions.post([(self.bank.id, "1.00"), (self.capital.id, "-1.00")])
            parts = [(head.id, "-0.01") for head in self.heads]
            books.transactions.split(account=self.bank.id, amount=f"-0.0{MAX_FEW}", parts=parts)

    def statements(self, verb: str, *arguments: Any, **fields: Any) -> int:  # noqa: ANN401
        """Count the statements that a posting takes."""
        with self.desk.books() as books, counted_statements(self.desk.stronghold.database) as statements:
            made = asking(f"transactions.{verb}", *arguments, **fields)(books)
            count = len(statements)
            assert books.transactions.get(made.id) == made
            assert books.verify().is_sound
        return count


@pytest.fixture
def shop(postgresql_url: str, clock: ManualClock) -> Generator[Shop]:
    """Open it on PostgreSQL, which alone has this form."""
    with Stronghold(postgresql_url, clock=clock) as stronghold:
        tenant = stronghold.tenants.create(kind="organization", name="Acme", base_currency="USD", owner=ADA)
        yield Shop(Desk(stronghold, tenant, ADA))


def test_a_posting_on_known_accounts_is_exactly_one_statement(shop: Shop) -> None:
    """A record, a transfer, also between currencies, a split and a post; with a key or with a reference."""
    bank, cash, food = shop.bank.id, shop.cash.id, shop.food.id
    heads = [(head.id, "-0.01") for head in shop.heads[: MAX_FEW - 1]]
    assert shop.statements("record", account=bank, amount="-1.00", category=food) == 1
    assert shop.statements("record", account=bank, amount="-1.00", category=food, idempotency_key="k", note="x") == 1
    assert shop.statements("record", account=bank, amount="-1.00", category=food, reference="r", payee="y") == 1
    assert shop.statements("transfer", from_account=bank, to_account=cash, amount="1.00") == 1
    assert shop.statements("transfer", from_account=bank, to_account=shop.euro.id, amount="1.00", to_amount="0.90") == 1
    assert shop.statements("split", account=bank, amount=f"-0.0{MAX_FEW - 1}", parts=heads) == 1
    assert shop.statements("post", [(bank, "1.00"), (shop.capital.id, "-1.00")]) == 1


def test_what_nobody_gave_a_category_is_one_statement_as_well(shop: Shop) -> None:
    """The default category of its kind is remembered like any other."""
    assert shop.statements("record", account=shop.bank.id, amount="-1.00") > 1
    assert shop.statements("record", account=shop.bank.id, amount="-1.00") == 1
    assert shop.statements("record", account=shop.bank.id, amount="1.00") > 1
    assert shop.statements("record", account=shop.bank.id, amount="1.00") == 1


def test_what_does_not_fit_takes_the_other_form(shop: Shop) -> None:
    """Two keys at once, too many lines, one account twice, no chain, too large: posted all the same."""
    bank, cash, food = shop.bank.id, shop.cash.id, shop.food.id
    heads = [(head.id, "-0.01") for head in shop.heads]
    large = Money(MAX_AMOUNT_MINOR + 1, "USD")
    assert shop.statements("record", account=bank, amount="1.00", category=food, idempotency_key="k", reference="r") > 1
    assert shop.statements("split", account=bank, amount=f"-0.0{MAX_FEW}", parts=heads) > 1
    assert shop.statements("post", [(bank, "1.00"), (bank, "1.00"), (cash, "-2.00")]) > 1
    assert shop.statements("post", [(shop.capital.id, "1.00"), (cash, "-1.00")]) == 1
    assert shop.statements("record", account=shop.capital.id, amount="-1.00", category=food) > 1
    assert shop.statements("record", account=cash, amount=large, category=food) > 1


def test_both_forms_leave_the_same_record_event_and_chain(shop: Shop, postgresql_url: str, clock: ManualClock) -> None:
    """One after the other on the same account, by a process that knows it and by one that does not."""
    words = {"description": "Lunch", "payee": "Café", "note": "two\nlines"}
    fields: dict[str, Any] = {"account": shop.bank.id, "amount": "-1.00", "category": shop.food.id, **words}
    with Stronghold(postgresql_url, clock=clock) as cold:
        desks = [shop.desk, Desk(cold, shop.desk.tenant, ADA)]
        made = []
        for desk in desks:
            with desk.books() as books:
                made.append(books.transactions.record(**fields))
    warm, other = made
    same = {"id", "recorded_at", "entries"}
    assert warm.model_dump(exclude=same) == other.model_dump(exclude=same)
    assert [entry.amount for entry in warm.entries] == [entry.amount for entry in other.entries]
    first, second = warm.entries[0], other.entries[0]
    assert first.account_version is not None
    assert second.account_version == first.account_version + 1
    assert first.balance_after is not None
    assert second.balance_after == first.balance_after + second.amount
    with shop.desk.books() as books:
        later, earlier = books.audit.list(action="transaction.record", limit=2).items
        varying = {"id", "at", "object_id"}
        assert later.model_dump(exclude=varying) == earlier.model_dump(exclude=varying)

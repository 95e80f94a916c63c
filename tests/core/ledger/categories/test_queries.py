"""From a category to the accounts below it: what a search by category relies on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stronghold_core.ids import CategoryId, new_id
from stronghold_core.ledger.categories.queries import accounts_below, load_tree
from tests.support.ledger import create_category, open_account, record

if TYPE_CHECKING:
    from tests.support.stronghold import Desk


def test_the_accounts_below_a_category_are_its_own_and_those_of_its_children(acme: Desk) -> None:
    """In every currency; not those of a sibling or a parent; none below a category that is not there."""
    living = create_category(acme, "Living")
    food = create_category(acme, "Food", parent=living.id)
    cars = create_category(acme, "Cars")
    heads = {}
    for currency in ("USD", "EUR"):
        account = open_account(acme, currency, currency=currency).id
        for category in (living, food, cars):
            made = record(acme, account=account, amount="-1.00", category=category.id)
            heads[category.name, currency] = made.entries[1].account_id
    with acme.books() as books:
        unit = books._unit
        assert set(load_tree(unit)) == {living.id, food.id, cars.id}
        below = {heads[name, currency] for name in ("Living", "Food") for currency in ("USD", "EUR")}
        assert set(accounts_below(unit, living.id)) == below
        assert set(accounts_below(unit, food.id)) == {heads["Food", "USD"], heads["Food", "EUR"]}
        assert accounts_below(unit, CategoryId(new_id())) == []

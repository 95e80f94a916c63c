"""The verbs of `books.categories`, on both databases."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from stronghold_core import Money, Settings, Stronghold, StrongholdError
from stronghold_core.errors import CategoryArchivedError, DuplicateNameError, InvalidInputError, NotFoundError
from stronghold_core.ledger import AccountStatus, CategoryKind, CategoryStatus
from tests.support.ledger import actions, asking, create_category, open_account, record
from tests.support.rows import Vault, refused
from tests.support.stronghold import Desk

BAD_FIELDS: list[tuple[dict[str, Any], type[StrongholdError]]] = [
    ({"name": ""}, InvalidInputError),
    ({"name": "x" * 201}, InvalidInputError),
    ({"name": "a\x00b"}, InvalidInputError),
    ({"name": None}, InvalidInputError),
    ({"kind": "asset"}, InvalidInputError),
    ({"parent": "Living"}, InvalidInputError),
    ({"parent": uuid4()}, NotFoundError),
]


def test_a_category_is_created_among_the_roots_or_below_a_parent(acme: Desk) -> None:
    """The name is trimmed; a parent may be named by the text of its id."""
    living = create_category(acme, " Living ")
    food = create_category(acme, "Food", parent=str(living.id))
    assert (living.name, living.kind, living.parent_id, living.status) == (
        "Living",
        CategoryKind.EXPENSE,
        None,
        CategoryStatus.OPEN,
    )
    assert food.parent_id == living.id
    with acme.books() as books:
        assert books.categories.get(food.id) == food
        event = books.audit.list().items[0]
    assert (event.action, event.object_type, event.object_id) == ("category.create", "category", food.id)
    assert event.payload == {"name": "Food", "kind": "expense", "parent": str(living.id)}
    assert actions(acme) == ["tenant.create", "category.create", "category.create"]


def test_a_bad_field_creates_nothing(acme: Desk, vault: Vault, subtests: pytest.Subtests) -> None:
    """Each is refused with an error of its own, though the block goes on and commits."""
    before = vault.rows()
    with acme.books() as books:
        for fields, error in BAD_FIELDS:
            with subtests.test(fields=fields), pytest.raises(error):
                books.categories.create(**{"name": "Food", "kind": "expense"} | fields)
    assert vault.rows() == before


def test_another_tenants_category_is_no_parent(acme: Desk, rival: Desk, vault: Vault) -> None:
    """It answers like one that is missing."""
    theirs = create_category(rival)
    attempt = asking("categories.create", name="Bread", kind="expense", parent=theirs.id)
    assert refused(acme, vault, NotFoundError, attempt).kind == "category"


def test_siblings_have_different_names_and_cousins_need_not(acme: Desk, vault: Vault) -> None:
    """Among roots of one kind and among the children of one parent; a unit that met a duplicate goes on."""
    cars, home = create_category(acme, "Cars"), create_category(acme, "Home")
    create_category(acme, "Insurance", parent=cars.id)
    create_category(acme, "Insurance", parent=home.id)
    create_category(acme, "Cars", kind="income")
    attempts = (
        asking("categories.create", name="Cars", kind="expense"),
        asking("categories.create", name="Insurance", kind="expense", parent=cars.id),
        asking("categories.rename", home.id, name=" Cars "),
    )
    for attempt in attempts:
        assert refused(acme, vault, DuplicateNameError, attempt).kind == "category"
    with acme.books() as books:
        with pytest.raises(DuplicateNameError):
            books.categories.rename(home.id, name="Cars")
        assert books.categories.get(home.id) == home
        assert books.categories.create(name="Boats", kind="expense").name == "Boats"


def test_the_name_of_an_archived_category_is_taken_and_that_is_said(acme: Desk, vault: Vault) -> None:
    """Among roots and below a parent, at its making and at its renaming; a namesake elsewhere does not count."""
    home, other = create_category(acme, "Home"), create_category(acme, "Other")
    gifts, repairs = create_category(acme, "Gifts"), create_category(acme, "Repairs", parent=home.id)
    create_category(acme, "Gifts", parent=home.id)
    with acme.books() as books:
        books.categories.archive(gifts.id)
        books.categories.archive(repairs.id)
    for attempt in (
        asking("categories.create", name="Gifts", kind="expense"),
        asking("categories.rename", other.id, name="Gifts"),
        asking("categories.create", name="Repairs", kind="expense", parent=home.id),
    ):
        error = refused(acme, vault, DuplicateNameError, attempt)
        assert "it is archived; restore it with books.categories.restore(…)" in str(error)
    used = refused(acme, vault, DuplicateNameError, asking("categories.create", name="Home", kind="expense"))
    assert str(used) == "Another category has the name 'Home': choose another one, or use that."
    below = asking("categories.create", name="Gifts", kind="expense", parent=home.id)
    assert "archived" not in str(refused(acme, vault, DuplicateNameError, below))


def test_the_tree_grows_to_the_depth_of_the_settings(acme: Desk, database_url: str) -> None:
    """Eight levels unless the host says otherwise."""
    parent = None
    for level in range(8):
        parent = create_category(acme, f"Level {level}", parent=parent).id
    with acme.books() as books, pytest.raises(InvalidInputError, match="more than 8 deep"):
        books.categories.create(name="Level 8", kind="expense", parent=parent)
    with Stronghold(database_url, settings=Settings(max_category_depth=9)) as deeper:
        create_category(Desk(deeper, acme.tenant, acme.principal), "Level 8", parent=parent)


def test_a_category_of_the_other_kind_is_no_parent(acme: Desk, vault: Vault) -> None:
    """Income below an expense category is refused."""
    food = create_category(acme)
    refused(acme, vault, InvalidInputError, asking("categories.create", name="Pay", kind="income", parent=food.id))


def test_a_category_is_found_by_its_name_and_place(acme: Desk) -> None:
    """Kind and parent belong to the place; the notation of letters does not; none if there is none."""
    cafe = create_category(acme, "Café")
    bread = create_category(acme, "Bread", parent=cafe.id)
    with acme.books(read_only=True) as books:
        find = books.categories.find
        assert find(name=" Cafe\u0301 ", kind="expense") == cafe
        assert find(name="Bread", kind="expense", parent=str(cafe.id)) == bread
        assert find(name="Bread", kind="expense") is None
        assert find(name="Café", kind="income") is None
        for bad in ({"name": "a\x00b", "kind": "income"}, {"name": "x", "kind": "x"}):
            with pytest.raises(InvalidInputError):
                find(**bad)


def test_categories_are_listed_in_the_order_of_the_tree(acme: Desk, rival: Desk) -> None:
    """Children after their parent, siblings by name; another tenant's are not there."""
    living = create_category(acme, "Living")
    for name in ("rent", "Food"):
        create_category(acme, name, parent=living.id)
    create_category(acme, "Cars")
    create_category(rival, "Theirs")
    with acme.books(read_only=True) as books:
        assert [one.name for one in books.categories.list()] == ["Cars", "Living", "Food", "rent"]


def test_renaming_a_category_renames_the_accounts_behind_it(acme: Desk) -> None:
    """One per currency, opened when they were first needed; the audit log keeps both names."""
    food = create_category(acme)
    for name, currency in (("Bank", "USD"), ("Euro", "EUR")):
        record(acme, account=open_account(acme, name, currency=currency).id, amount="-1.00", category=food.id)
    with acme.books() as books:
        assert books.categories.rename(food.id, name="Groceries").name == "Groceries"
        behind = [books.accounts.get(one.entries[1].account_id) for one in books.transactions.list().items]
        event = books.audit.list().items[0]
    assert {(one.name, one.currency) for one in behind} == {("Groceries", "USD"), ("Groceries", "EUR")}
    assert (event.action, event.object_id) == ("category.rename", food.id)
    assert event.payload == {"before": "Food", "after": "Groceries"}


@pytest.mark.parametrize("name", ["", "\x07", "x" * 201])
def test_a_category_is_not_renamed_to_what_cannot_be_a_name(acme: Desk, vault: Vault, name: str) -> None:
    """As when it was created."""
    food = create_category(acme)
    refused(acme, vault, InvalidInputError, asking("categories.rename", food.id, name=name))


def test_an_archived_category_takes_no_money_until_it_is_restored(acme: Desk, vault: Vault) -> None:
    """Neither in a currency it was used in nor in another one; its history stays, and counts."""
    bank, euro = open_account(acme), open_account(acme, "Euro", currency="EUR")
    food = create_category(acme)
    first = record(acme, account=bank.id, amount="-1.00", category=food.id)
    with acme.books() as books:
        assert books.categories.archive(food.id).status is CategoryStatus.ARCHIVED
        assert books.accounts.get(first.entries[1].account_id).status is AccountStatus.CLOSED
    for account in (bank, euro):
        spend = asking("transactions.record", account=account.id, amount="-1.00", category=food.id)
        error = refused(acme, vault, CategoryArchivedError, spend)
        assert str(error) == (
            "Category 'Food' is archived: restore it with books.categories.restore(…), or use another one."
        )
    with acme.books() as books:
        assert [flow.amount for flow in books.dashboard.overview().currencies[0].categories] == [Money(100, "USD")]
        assert books.categories.restore(food.id).status is CategoryStatus.OPEN
    record(acme, account=bank.id, amount="-1.00", category=food.id)
    record(acme, account=euro.id, amount="-1.00", category=food.id)
    assert [action for action in actions(acme) if action in {"category.archive", "category.restore"}] == [
        "category.archive",
        "category.restore",
    ]


def test_a_category_that_is_missing_is_not_found(acme: Desk) -> None:
    """By its id; and what is no id at all is refused as such."""
    with acme.books() as books:
        for verb in (books.categories.get, books.categories.archive, books.categories.restore):
            with pytest.raises(NotFoundError) as caught:
                verb(uuid4())
            assert caught.value.kind == "category"
            with pytest.raises(InvalidInputError):
                verb("Food")

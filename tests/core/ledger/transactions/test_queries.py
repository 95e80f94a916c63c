"""Finding transactions: what people type, and pages that neither repeat nor miss a row."""

from __future__ import annotations

import base64
import json
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from stronghold_core import Money, Record
from stronghold_core.errors import (
    AmountOverflowError,
    AmountSyntaxError,
    AmountTypeError,
    InvalidCursorError,
    InvalidInputError,
    LossyAmountError,
)
from tests.support.ledger import TODAY, create_category, open_account, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from stronghold_core import Page, StrongholdError
    from tests.support.stronghold import Desk


def found(desk: Desk, **wanted: Any) -> list[str | None]:  # noqa: ANN401
    """Return the descriptions of what a search finds."""
    with desk.books(read_only=True) as books:
        return [one.description for one in books.transactions.list(**wanted).items]


@pytest.fixture
def words(acme: Desk) -> list[str]:
    """Record transactions whose descriptions have something special."""
    bank = open_account(acme)
    described = ["100% cotton", "1000 cotton", "snake_case", "snakeXcase", "CAFÉ Ärger", "[x] *star* ?", "back\\slash"]
    for text in described:
        record(acme, account=bank.id, amount="-1.00", description=text)
    return described


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("100%", ["100% cotton"]),
        ("e_c", ["snake_case"]),
        ("café", ["CAFÉ Ärger"]),
        ("cafe\u0301 ä", ["CAFÉ Ärger"]),
        ("ÄRGER", ["CAFÉ Ärger"]),
        ("cafe", []),
        ("*", ["[x] *star* ?"]),
        ("?", ["[x] *star* ?"]),
        ("[X]", ["[x] *star* ?"]),
        ("[1-9]", []),
        ("k\\s", ["back\\slash"]),
        ("  COTTON ", ["1000 cotton", "100% cotton"]),
    ],
)
def test_text_is_found_as_it_is_written_without_regard_to_case(
    acme: Desk, words: list[str], text: str, hits: list[str]
) -> None:
    """In any script and notation; no sign is a wildcard, whatever it means to either database."""
    assert found(acme, text=text) == hits


@pytest.mark.parametrize("text", ["", "   ", None])
def test_no_text_is_no_condition(acme: Desk, words: list[str], text: str | None) -> None:
    """An empty search box finds everything."""
    assert len(found(acme, text=text)) == len(words)


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x" * 4001])
def test_text_that_no_transaction_could_hold_is_refused(acme: Desk, text: str) -> None:
    """Before it reaches a database that would choke on it."""
    with acme.books(read_only=True) as books, pytest.raises(InvalidInputError) as caught:
        books.transactions.list(text=text)
    assert caught.value.field == "text"


def test_an_amount_bounds_the_size_of_some_entry_in_its_currency(acme: Desk) -> None:
    """On either side of the books; nothing is a bound as well; the other currency's figures do not count."""
    bank, yen = open_account(acme), open_account(acme, "Yen", currency="JPY")
    for minor in (100, -250, 400):
        record(acme, account=bank.id, amount=Money(minor, "USD"), description=str(minor))
    record(acme, account=yen.id, amount="250", description="yen")
    assert found(acme, min_amount=Money(0, "USD")) == ["400", "-250", "100"]
    assert found(acme, max_amount=Money(250, "USD")) == ["-250", "100"]
    assert found(acme, min_amount=Money(250, "USD"), max_amount=Money(250, "USD")) == ["-250"]
    assert found(acme, min_amount=Money(250, "JPY")) == ["yen"]
    assert found(acme, min_amount=Money(1, "EUR")) == []


def test_an_amount_may_be_text_in_the_accounts_currency_or_the_tenants(acme: Desk) -> None:
    """As everywhere: the account's currency if one is asked for, else the one that the tenant keeps its books in."""
    bank, yen = open_account(acme), open_account(acme, "Yen", currency="JPY")
    for amount in ("1.00", "-2.50", "4.00"):
        record(acme, account=bank.id, amount=amount, description=amount)
    record(acme, account=yen.id, amount="250", description="yen")
    assert found(acme, min_amount="2.50") == ["4.00", "-2.50"]
    assert found(acme, max_amount=Decimal("2.5")) == ["-2.50", "1.00"]
    assert found(acme, min_amount="2.50", max_amount=Money(250, "USD")) == ["-2.50"]
    assert found(acme, account=yen.id, min_amount="250") == ["yen"]
    assert found(acme, account=yen.id, min_amount="251") == []
    assert found(acme, account=str(bank.id), min_amount="4") == ["4.00"]


def test_an_account_that_is_missing_has_no_transaction_of_any_size(acme: Desk, rival: Desk) -> None:
    """Another tenant's likewise: its currency is not told by what can be asked."""
    theirs = open_account(rival, "Yen", currency="JPY")
    record(rival, account=theirs.id, amount="250")
    assert found(acme, account=theirs.id, min_amount="0.01") == found(acme, account=uuid4(), min_amount="0.01") == []


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        ({"min_amount": 20}, AmountTypeError),
        ({"max_amount": 0.1}, AmountTypeError),
        ({"min_amount": "many"}, AmountSyntaxError),
        ({"max_amount": "0.001"}, LossyAmountError),
        ({"min_amount": "-1"}, InvalidInputError),
        ({"max_amount": Money(2**63, "USD")}, AmountOverflowError),
        ({"min_amount": Money(1, "EUR"), "max_amount": "2.00"}, InvalidInputError),
        ({"first": "2026-11-31"}, InvalidInputError),
        ({"last": 20261101}, InvalidInputError),
        ({"category": "Food"}, InvalidInputError),
        ({"text": 7}, InvalidInputError),
    ],
    ids=str,
)
def test_a_filter_that_cannot_be_meant_is_refused(
    acme: Desk, wanted: dict[str, Any], error: type[StrongholdError]
) -> None:
    """With the errors that posting has for the same mistakes."""
    with acme.books(read_only=True) as books, pytest.raises(error):
        books.transactions.list(**wanted)


def test_a_category_is_found_with_everything_below_it(acme: Desk) -> None:
    """Also where it is one part of a split; one that another transaction was moved away from is found there, too."""
    bank = open_account(acme)
    living = create_category(acme, "Living")
    food, rent = (create_category(acme, name, parent=living.id) for name in ("Food", "Rent"))
    cars = create_category(acme, "Cars")
    with acme.books() as books:
        record_ = books.transactions.record
        record_(account=bank.id, amount="-1.00", category=food.id, description="food")
        books.transactions.split(
            account=bank.id,
            amount="-2.00",
            parts=[(cars.id, "-1.00"), (rent.id, "-1.00")],
            description="both",
        )
        record_(account=bank.id, amount="-1.00", category=cars.id, description="car")
    assert found(acme, category=living.id) == ["both", "food"]
    assert found(acme, category=cars.id) == ["car", "both"]
    assert found(acme, category=rent.id, account=bank.id) == ["both"]
    assert found(acme, category=uuid4()) == found(acme, account=uuid4()) == []


def test_another_tenants_category_and_account_find_nothing(acme: Desk, rival: Desk) -> None:
    """Exactly like ones that never were."""
    theirs, head = open_account(rival), create_category(rival)
    record(rival, account=theirs.id, amount="-1.00", category=head.id)
    assert found(acme, account=theirs.id) == found(acme, category=head.id) == found(acme) == []


def test_days_bound_the_list_at_both_ends(acme: Desk) -> None:
    """Both days belong to it; the latest comes first, and within a day the last one posted."""
    bank = open_account(acme)
    for name, days in (("a", 3), ("b", 1), ("c", 2), ("d", 1)):
        record(acme, account=bank.id, amount="1.00", on=TODAY - timedelta(days=days), description=name)
    assert found(acme) == ["d", "b", "c", "a"]
    assert found(acme, first=date(2026, 11, 19)) == ["d", "b", "c"]
    assert found(acme, last=date(2026, 11, 19)) == ["c", "a"]
    assert found(acme, first=date(2026, 11, 20), last=date(2026, 11, 20)) == ["d", "b"]
    assert found(acme, first=date(2026, 11, 21)) == []


def test_pages_show_every_row_that_was_there_exactly_once(acme: Desk) -> None:
    """However small the pages are, and though rows come in before, between and behind what was shown."""
    bank = open_account(acme)
    with acme.books() as books:
        days = [TODAY - timedelta(days=number % 4) for number in range(17)]
        books.transactions.post_many([Record(account=bank.id, amount="1.00", on=day) for day in days])
        expected = [one.id for one in books.transactions.list().items]
        for limit in (1, 3, 16, 17, 18):
            seen, cursor, pages = [], None, 0
            while pages == 0 or cursor is not None:
                page = books.transactions.list(limit=limit, after=cursor)
                seen += [one.id for one in page.items]
                cursor, pages = page.next_cursor, pages + 1
                books.transactions.record(account=bank.id, amount="1.00", on=TODAY - timedelta(days=pages % 6))
            there = set(expected)
            assert [one for one in seen if one in there] == expected
            assert len(seen) == len(set(seen))
            expected = [one.id for one in books.transactions.list(limit=500).items]


def forged(cursor: str, position: list[Any]) -> str:
    """Write another position into a cursor, as somebody might who has read the code."""
    content = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return base64.urlsafe_b64encode(json.dumps([*content[:2], *position]).encode()).decode().rstrip("=")


POSITIONS: list[list[Any]] = [
    [],
    [""],
    [None, None],
    ["2026-11-01", "y"],
    ["2026-11-01", str(uuid4()), 10**30],
    ["2026-11-01", str(uuid4()), 0],
    ["2026-11-01", str(uuid4()), 1, 1],
    [["2026-11-01"], {}],
    ["a\x00b", "c"],
]


def test_a_forged_cursor_is_refused_and_leaves_the_unit_usable(acme: Desk) -> None:
    """In every list, whatever was written into it; it never reaches the database."""
    bank, _ = open_account(acme), open_account(acme, "Cash")
    for _ in range(2):
        record(acme, account=bank.id, amount="1.00")
    with acme.books() as books:
        lists: list[Callable[..., Page[Any]]] = [
            books.transactions.list,
            lambda **fields: books.accounts.history(bank.id, **fields),
            books.accounts.list,
            books.audit.list,
        ]
        for listed in lists:
            cursor = listed(limit=1).next_cursor
            assert cursor is not None
            for position in POSITIONS:
                with pytest.raises((InvalidCursorError, InvalidInputError)):
                    listed(limit=1, after=forged(cursor, position))
        assert books.verify().is_sound

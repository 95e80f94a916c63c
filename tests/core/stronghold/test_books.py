"""Every verb of the books: who may call it, in which unit, and what it answers to another tenant's ids."""

from __future__ import annotations

import inspect
from datetime import date, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from stronghold_core import Books, Permission, Record, StrongholdError
from stronghold_core.errors import (
    ConfigurationError,
    NotFoundError,
    PermissionDeniedError,
    ReadOnlyUnitError,
    UnavailableError,
    UnitClosedError,
)
from stronghold_core.rbac import BUILT_IN_ROLES, Role
from tests.support.ledger import TODAY, asking, create_category, open_account, record
from tests.support.rows import AUDIT, Vault, refused
from tests.support.stronghold import NOW, Desk

if TYPE_CHECKING:
    from collections.abc import Callable

Call = tuple[tuple[Any, ...], dict[str, Any]]


class Things:
    """Ids of one tenant for the verbs to work on."""

    def __init__(self, desk: Desk) -> None:
        self.bank: UUID = open_account(desk).id
        self.cash: UUID = open_account(desk, "Cash").id
        self.food: UUID = create_category(desk).id
        self.rent: UUID = create_category(desk, "Rent").id
        self.payment: UUID = record(desk, account=self.bank, amount="-1.00", category=self.food).id


def writes(things: Things) -> dict[str, Call]:
    """Call every verb that writes, with what would be carried out."""
    bank, cash, food, payment = things.bank, things.cash, things.food, things.payment
    return {
        "accounts.open": ((), {"name": "New", "type": "asset"}),
        "accounts.rename": ((cash,), {"name": "Renamed"}),
        "accounts.set_limits": ((cash,), {"min_balance": "0", "max_balance": None}),
        "accounts.close": ((cash,), {}),
        "accounts.reopen": ((cash,), {}),
        "categories.create": ((), {"name": "New", "kind": "income"}),
        "categories.rename": ((food,), {"name": "Renamed"}),
        "categories.archive": ((food,), {}),
        "categories.restore": ((food,), {}),
        "transactions.record": ((), {"account": bank, "amount": "-1.00", "category": food}),
        "transactions.split": ((), {"account": bank, "amount": "-1.00", "parts": [(food, "-1.00")]}),
        "transactions.transfer": ((), {"from_account": bank, "to_account": cash, "amount": "1.00"}),
        "transactions.post": (([(bank, "1.00"), (cash, "-1.00")],), {}),
        "transactions.post_many": (([Record(account=bank, amount="-1.00")],), {}),
        "transactions.reverse": ((payment,), {"on": TODAY}),
        "transactions.recategorise": ((payment,), {"category": things.rent}),
        "transactions.edit": ((payment,), {"note": "Edited"}),
        "transactions.forget_keys": ((), {"used_before": NOW - timedelta(days=1)}),
    }


def reads(things: Things) -> dict[str, Call]:
    """Call every verb that only reads."""
    bank, food, payment = things.bank, things.food, things.payment
    return {
        "accounts.get": ((bank,), {}),
        "accounts.find": ((), {"name": "Bank"}),
        "accounts.list": ((), {}),
        "accounts.balance": ((bank,), {}),
        "accounts.history": ((bank,), {}),
        "categories.get": ((food,), {}),
        "categories.find": ((), {"name": "Food", "kind": "expense"}),
        "categories.list": ((), {}),
        "transactions.get": ((payment,), {}),
        "transactions.find": ((), {"reference": "none"}),
        "transactions.list": ((), {}),
        "transactions.iterate": ((), {}),
        **{f"dashboard.{answer}": ((), {"accounts": [things.bank]}) for answer in ANSWERS},
        "dashboard.budgets": ((), {}),
        "verify": ((), {}),
    }


ANSWERS = ("overview", "summary", "accounts", "transactions", "cash_flow", "net_worth", "categories")
"""The reads of the dashboard that can be asked of some accounts only."""

NEEDED = {
    "accounts": Permission.ACCOUNT_WRITE,
    "categories": Permission.CATEGORY_WRITE,
    "transactions": Permission.TRANSACTION_POST,
    "transactions.reverse": Permission.TRANSACTION_REVERSE,
    "transactions.recategorise": Permission.TRANSACTION_RECATEGORISE,
    "transactions.edit": Permission.TRANSACTION_ANNOTATE,
    "transactions.forget_keys": Permission.TENANT_WRITE,
}


def permission_for(verb: str) -> Permission:
    """Name the permission that a verb which writes needs."""
    return NEEDED.get(verb) or NEEDED[verb.partition(".")[0]]


def attempt(verb: str, call: Call) -> Callable[[Books], Any]:
    """Make one of the calls above."""
    return asking(verb, *call[0], **call[1])


def rehearse(desk: Desk, ask: Callable[[Books], Any]) -> None:
    """Carry a verb out, and undo it by failing the unit: it raises LookupError if the verb itself does not."""

    def carry_out_and_fail(books: Books) -> None:
        ask(books)
        raise LookupError

    desk.stronghold.run(desk.tenant.id, principal=desk.principal, do=carry_out_and_fail)


@pytest.fixture
def things(acme: Desk) -> Things:
    """Give Acme something to work on."""
    return Things(acme)


def test_the_tables_of_this_file_name_every_verb_of_the_ledger(acme: Desk, things: Things) -> None:
    """A verb that is added later must be added here, too, or it would go unguarded."""
    with acme.books() as books:
        verbs = {
            f"{noun}.{name}"
            for noun in ("accounts", "categories", "transactions", "dashboard")
            for name, _ in inspect.getmembers(getattr(books, noun), inspect.ismethod)
            if not name.startswith("_")
        }
    assert verbs | {"verify"} == {*writes(things), *reads(things)}


def test_whoever_holds_the_permission_may_call_a_verb(acme: Desk, things: Things) -> None:
    """The owner may call them all; what one changed is undone before the next, by failing the unit."""
    for verb, call in (writes(things) | reads(things)).items():
        with pytest.raises(LookupError):
            rehearse(acme, attempt(verb, call))


GARBAGE: list[Any] = [
    *(None, 7, -1.5, True, "", "x", "a\x00b", "\ud800", b"x", [], [None], {"a": 1}, 2**70, date.max),
    # Python writes no integer of so many digits, so no message can quote it as it is.
    *(10**5000, [-(10**5000)]),
]
"""What callers pass by mistake, and what attackers do."""


def test_whatever_is_passed_to_a_verb_it_raises_errors_of_ours(
    acme: Desk, things: Things, subtests: pytest.Subtests
) -> None:
    """And none that says "try again later": a wrong argument stays wrong. What is taken is carried out, and undone."""
    for verb, (positional, named) in (writes(things) | reads(things)).items():
        with acme.books() as books:
            names = list(inspect.signature(attrgetter(verb)(books)).parameters)
        given = dict(zip(names, positional, strict=False)) | named
        for name in names:
            with subtests.test(verb=verb, argument=name):
                for garbage in GARBAGE:
                    with pytest.raises((StrongholdError, LookupError)) as caught:
                        rehearse(acme, asking(verb, **given | {name: garbage}))
                    # A subclass of LookupError would be Python's own.
                    assert isinstance(caught.value, StrongholdError) or type(caught.value) is LookupError
                    assert not isinstance(caught.value, (UnavailableError, ConfigurationError)), garbage


def test_a_viewer_changes_nothing_by_any_verb(
    acme: Desk, things: Things, vault: Vault, subtests: pytest.Subtests
) -> None:
    """Each is refused by the permission it needs, before anything else is looked at, and each refusal is recorded."""
    viewer = acme.seat("user:vic", "viewer")
    for verb, call in writes(things).items():
        with subtests.test(verb=verb):
            denial = refused(viewer, vault, PermissionDeniedError, attempt(verb, call), changing=AUDIT)
            assert (denial.principal, denial.permission) == ("user:vic", permission_for(verb))
    with acme.books() as books:
        recorded = [event.action for event in books.audit.list(actor="user:vic").items]
    assert sorted(recorded) == sorted(permission_for(verb) for verb in writes(things))


def test_each_role_may_write_what_its_permissions_say(acme: Desk, things: Things) -> None:
    """Neither less nor more: a member posts and takes nothing back, an auditor only looks."""
    for role in (Role.MEMBER, Role.AUDITOR, Role.ACCOUNTANT):
        desk = acme.seat(f"user:{role}", role)
        for verb, call in writes(things).items():
            expected = LookupError if permission_for(verb) in BUILT_IN_ROLES[role] else PermissionDeniedError
            with pytest.raises(expected):
                rehearse(desk, attempt(verb, call))


@pytest.fixture
def powerless(acme: Desk) -> Desk:
    """Sit somebody at a desk at which their role allows nothing."""
    with acme.books() as books:
        books.roles.create("nobody")
    return acme.seat("user:nil", "nobody")


def test_reading_needs_a_permission_as_well(powerless: Desk, things: Things) -> None:
    """A member whose role allows nothing sees nothing, not even whether something is there."""
    with powerless.books() as books:
        for verb, call in (writes(things) | reads(things)).items():
            with pytest.raises(PermissionDeniedError):
                attempt(verb, call)(books)


def test_a_read_unit_refuses_every_verb_that_writes(acme: Desk, things: Things, vault: Vault) -> None:
    """And answers every other one."""
    before = vault.rows()
    with acme.books(read_only=True) as books:
        for verb, call in writes(things).items():
            with pytest.raises(ReadOnlyUnitError):
                attempt(verb, call)(books)
        for verb, call in reads(things).items():
            attempt(verb, call)(books)
    assert vault.rows() == before


def test_another_tenants_ids_answer_exactly_like_missing_ones(
    acme: Desk, rival: Desk, vault: Vault, subtests: pytest.Subtests
) -> None:
    """In every verb that takes an id: the same error, the same words, and neither tenant's rows change."""
    theirs, missing = Things(rival), object.__new__(Things)
    for name in vars(theirs):
        setattr(missing, name, uuid4())
    by_theirs, by_missing = writes(theirs) | reads(theirs), writes(missing) | reads(missing)
    without_ids = {
        "accounts.open",
        "categories.create",
        "transactions.forget_keys",
        "transactions.iterate",
        *(f"{noun}.{name}" for noun in ("accounts", "categories", "transactions") for name in ("find", "list")),
        "dashboard.budgets",
        "verify",
    }
    for verb in by_theirs.keys() - without_ids:
        with subtests.test(verb=verb):
            told = [
                refused(acme, vault, NotFoundError, attempt(verb, calls[verb])) for calls in (by_theirs, by_missing)
            ]
            assert told[0].kind == told[1].kind
            assert str(told[0]).replace(str(told[0].key), "…") == str(told[1]).replace(str(told[1].key), "…")
            assert type(told[0].key) is type(told[1].key)


def test_lists_and_searches_show_no_other_tenant(acme: Desk, rival: Desk) -> None:
    """Two tenants with the same names see their own rows only."""
    ours, theirs = Things(acme), Things(rival)
    with acme.books(read_only=True) as books:
        assert {one.id for one in books.accounts.list().items} == {ours.bank, ours.cash}
        assert {one.id for one in books.categories.list()} == {ours.food, ours.rent}
        assert [one.id for one in books.transactions.list().items] == [ours.payment]
        found = books.accounts.find(name="Bank")
        assert found is not None
        assert found.id == ours.bank != theirs.bank
        assert books.dashboard.overview().tenant_id == acme.tenant.id
        assert books.verify().transactions == 1


def test_books_that_are_closed_answer_nothing(acme: Desk, things: Things) -> None:
    """Whoever keeps them beyond their block is told so by every verb."""
    with acme.books() as books:
        pass
    for verb, call in (writes(things) | reads(things)).items():
        with pytest.raises(UnitClosedError):
            attempt(verb, call)(books)

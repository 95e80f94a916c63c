"""`stronghold dashboard`: how a tenant stands, for a person or a program."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.support.ledger import create_category, open_account, record
from tests.support.stronghold import ADA

if TYPE_CHECKING:
    from tests.support.shell import Outcome, Shell
    from tests.support.stronghold import Desk

NOVEMBER, OCTOBER = date(2025, 11, 4), date(2025, 10, 4)


def look(shell: Shell, *options: str) -> Outcome:
    """Look as Ada at Acme, unless *options* say something else."""
    return shell("dashboard", "--tenant", "acme", "--principal", ADA, *options)


@pytest.fixture
def spent(acme: Desk) -> Desk:
    """Let Acme earn in October, and spend in November."""
    bank = open_account(acme, opening_balance="100.00", opened_on=OCTOBER)
    food = create_category(acme)
    record(acme, account=bank.id, amount="2800.00", description="Salary", on=OCTOBER)
    record(acme, account=bank.id, amount="-950.00", description="Dinner [fancy]", category=food.id, on=NOVEMBER)
    return acme


def test_a_person_sees_the_month_that_was_asked_for(spent: Desk, shell: Shell) -> None:
    """With figures, categories, months, accounts and the latest transactions."""
    outcome = look(shell, "--month", "2025-11")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.split("\n")[0].split() == ["Acme", "Ltd", "November", "2025"]
    for words in ("Net worth, USD", "1,950.00", "Food", "Oct 2025", "Bank", "Dinner [fancy]", "-950.00 USD"):
        assert words in outcome.out
    assert max(map(len, outcome.out.splitlines())) <= 80


def test_a_program_reads_the_same_in_json(spent: Desk, shell: Shell) -> None:
    """Amounts are text, never floating-point numbers."""
    told = look(shell, "--month", "2025-11", "--json").document
    assert (told["tenant_name"], told["first"], told["last"]) == ("Acme Ltd", "2025-11-01", "2025-11-30")
    assert [currency["currency"] for currency in told["currencies"]] == ["USD"]
    assert told["currencies"][0]["expenses"] == {"amount": "950.00", "currency": "USD"}


def test_the_current_month_is_shown_if_none_is_named(acme: Desk, shell: Shell) -> None:
    """In the tenant's time zone; books without a single account can be looked at as well."""
    before = this_month(acme)
    shown = look(shell, "--json").document["first"]
    # The month may end while the test runs.
    assert shown in {before, this_month(acme)}
    assert look(shell).code == 0


def this_month(desk: Desk) -> str:
    """Return the first day of the present month."""
    with desk.books(read_only=True) as books:
        return str(books.dashboard.overview().first)


@pytest.mark.parametrize("month", ["2025-13", "november", "2025", "2025-11-04", ""])
def test_a_month_that_is_none_is_a_mistake_in_the_command(acme: Desk, shell: Shell, month: str) -> None:
    """The option is named, and how to write it."""
    outcome = look(shell, "--month", month)
    assert (outcome.code, outcome.out) == (2, "")
    assert "--month" in outcome.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--tenant", "nobody"), "There is no tenant nobody here"),
        (("--principal", "user:eve"), "There is no tenant"),
        (("--principal", "eve"), "'eve' is not a principal"),
    ],
    ids=["unknown tenant", "stranger", "no principal"],
)
def test_whoever_has_no_business_there_sees_nothing(
    acme: Desk, shell: Shell, options: tuple[str, ...], said: str
) -> None:
    """A stranger does not even learn the tenant's name."""
    outcome = look(shell, *options)
    assert (outcome.code, outcome.out) == (3, "")
    assert said in outcome.err
    assert "Acme" not in outcome.err


def test_whoever_may_read_may_look(spent: Desk, shell: Shell) -> None:
    """The command acts with that member's permissions, and a viewer's are enough."""
    spent.seat("user:vic", "viewer")
    assert look(shell, "--principal", "user:vic").code == 0

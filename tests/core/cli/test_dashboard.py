"""`stronghold dashboard`: how a tenant stands, for a person or a program."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.support.ledger import create_category, open_account, record
from tests.support.shell import Shell
from tests.support.stronghold import ADA

if TYPE_CHECKING:
    from tests.support.shell import Outcome
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


# ------------------------------------------------------------------ the other pages


PAGES = ("summary", "accounts", "transactions", "budgets", "cash-flow", "net-worth", "categories")
IN_NOVEMBER = dict.fromkeys(PAGES, ("--month", "2025-11")) | {"accounts": ("--as-of", "2025-11-30")}


@pytest.mark.parametrize("width", ["80", "140"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_fits_the_terminal(spent: Desk, sqlite_url: str, page: str, width: str) -> None:
    """No line runs over, and each says whose figures they are and of which days."""
    outcome = look(Shell(sqlite_url, COLUMNS=width), page, *IN_NOVEMBER[page])
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("Acme Ltd  ")
    assert "2025" in outcome.out.splitlines()[0]
    assert max(map(len, outcome.out.splitlines())) <= int(width)


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("summary", ["1,950.00 USD", "2,900.00 USD", "-950.00", "-32.8%", "Months covered"]),
        ("accounts", ["Bank", "1,950.00 USD", "Net worth"]),
        ("transactions", ["Largest movements, USD", "Dinner [fancy]", "out", "-950.00 USD"]),
        ("budgets", ["There are no budgets."]),
        ("cash-flow", ["2025-11-01", "0.00", "950.00", "-950.00", "Total"]),
        ("net-worth", ["2025-11-30", "1,950.00", "▄"]),
        ("categories", ["Spending, USD: 950.00", "Food", "100.0%", "██████████"]),
    ],
)
def test_a_page_shows_its_figures(spent: Desk, shell: Shell, page: str, shown: list[str]) -> None:
    """Amounts with grouped digits, changes in percent, bars."""
    outcome = look(shell, page, *IN_NOVEMBER[page])
    assert [words for words in shown if words not in outcome.out] == []


@pytest.mark.parametrize("page", ["overview", *PAGES])
def test_each_page_is_the_answer_of_core(spent: Desk, shell: Shell, page: str) -> None:
    """As JSON all of it, as CSV its rows; both are what the library's own verb says."""
    told = look(shell, page, "--json").document
    written = look(shell, page, "--csv")
    with spent.books(read_only=True) as books:
        answer = getattr(books.dashboard, page.replace("-", "_"))()
    ours = answer.model_dump(mode="json")
    for document in (told, ours):
        document.pop("computed_at")
    assert told == ours
    assert (written.code, written.out.splitlines()) == (0, answer.csv().splitlines())


def test_some_accounts_some_days_and_a_step_can_be_chosen(spent: Desk, shell: Shell) -> None:
    """Accounts by name or its beginning."""
    days = ("--first", "2025-10-01", "--last", "2025-11-09", "--step", "week")
    told = look(shell, "cash-flow", "--account", "ban", *days, "--json").document
    assert (told["first"], told["last"], told["step"]) == ("2025-10-01", "2025-11-09", "week")
    (dollars,) = told["currencies"]
    assert [part["expenses"]["amount"] for part in dollars["parts"]] == ["0.00"] * 5 + ["950.00"]
    assert len(look(shell, "accounts", "--limit", "1", "--json").document["accounts"]) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("nonsense",), "nonsense"),
        (("accounts", "--month", "2025-11"), "accounts has no --month"),
        (("budgets", "--account", "Bank"), "budgets has no --account"),
        (("categories", "--as-of", "2025-11-01"), "categories has no --as-of"),
        (("overview", "--step", "day"), "overview has no --step"),
        (("summary", "--limit", "3"), "summary has no --limit"),
        (("summary", "--limit", "0"), "summary has no --limit"),
        (("cash-flow", "--as-of", ""), "cash-flow has no --as-of"),
        (("--month", "2025-11", "--first", "2025-11-01"), "either --month"),
        (("--last", "2025-11-01"), "go together"),
        (("--csv", "--json"), "either --csv"),
    ],
)
def test_what_a_page_would_not_hear_is_a_mistake_in_the_command(
    acme: Desk, shell: Shell, options: tuple[str, ...], said: str
) -> None:
    """Rather than figures that are not what was asked for."""
    outcome = look(shell, *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in " ".join(outcome.err.replace("│", " ").split())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("cash-flow", "--account", "Nowhere"), "There is no account Nowhere here"),
        (("summary", "--as-of", "yesterday"), "'yesterday' is not a day"),
        (("--first", "2025-11-02", "--last", "2025-11-01"), "before it begins"),
        (("cash-flow", "--first", "2000-01-01", "--last", "2025-11-01", "--step", "day"), "more than 1,000 days"),
    ],
)
def test_what_the_books_can_not_show_is_refused(acme: Desk, shell: Shell, options: tuple[str, ...], said: str) -> None:
    """With the library's own words."""
    outcome = look(shell, *options)
    assert (outcome.code, outcome.out) == (3, "")
    assert said in outcome.err

"""`stronghold transaction …`, `history` and `balance`."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.support.ledger import create_category, open_account, record
from tests.support.shell import Shell
from tests.support.stronghold import ADA

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.shell import Outcome
    from tests.support.stronghold import Desk

DAY = date(2025, 11, 4)
SEATED = ("--tenant", "acme", "--as", ADA)


@pytest.fixture
def run(acme: Desk, shell: Shell) -> Callable[..., Outcome]:
    """Run a command of the group as Ada at Acme, who has a bank, a card, savings in euros, and food."""
    open_account(acme, "Bank", opening_balance="100.00", opened_on=DAY)
    open_account(acme, "Card", "liability", subtype="credit_card")
    open_account(acme, "Euros", currency="EUR")
    create_category(acme, "Bread", parent=create_category(acme, "Food").id)
    return lambda *words: shell("transaction", *words, *SEATED)


def test_money_that_left_is_recorded(run: Callable[..., Outcome]) -> None:
    """An amount may begin with a sign; accounts and categories go by name."""
    said = ("--description", "Rolls [6]", "--payee", "Oven", "--note", "n", "--reference", "r1", "--on", "2025-11-05")
    outcome = run("add", "--account", "Bank", "--amount", "-12.30", "--category", "Food/Bread", *said)
    assert (outcome.code, outcome.err) == (0, "")
    for words in ("Rolls [6]", "Oven", "r1", "2025-11-05", "-12.30 USD", "87.70 USD", "Food/Bread"):
        assert words in outcome.out
    found = run("show", "r1", "--json").document
    assert (found["payee"], found["note"], found["effective_date"]) == ("Oven", "n", "2025-11-05")


def test_a_split_names_its_parts(run: Callable[..., Outcome]) -> None:
    """Which must add up; a name may hold the sign that stands before an amount."""
    run("add", "--account", "Bank", "--amount", "1")
    parts = ("--part", "Bread=-10", "--part", "Food=-2.30")
    posted = run("add", "--account", "Bank", "--amount", "-12.30", *parts, "--json").document
    assert [entry["amount"]["amount"] for entry in posted["entries"]] == ["-12.30", "10.00", "2.30"]
    assert run("add", "--account", "Bank", "--amount", "-12.31", *parts).code == 3
    assert run("add", "--account", "Bank", "--amount", "-1", "--part", "Bread").code == 2
    assert run("add", "--account", "Bank", "--amount", "-1", "--part", "Bread=-1", "--category", "Food").code == 2


def test_money_is_transferred_also_into_another_currency(run: Callable[..., Outcome]) -> None:
    """Then with both amounts."""
    moved = run("transfer", "--from", "Bank", "--to", "Card", "--amount", "40", "--json").document
    assert [entry["balance_after"]["amount"] for entry in moved["entries"]] == ["60.00", "40.00"]
    assert run("transfer", "--from", "Bank", "--to", "Euros", "--amount", "10").code == 3
    shown = run("transfer", "--from", "Bank", "--to", "Euros", "--amount", "10", "--to-amount", "9.20")
    assert (shown.code, "9.20 EUR" in shown.out) == (0, True)


def test_a_transaction_is_reversed_recategorised_and_edited(run: Callable[..., Outcome]) -> None:
    """Each by its reference; what was taken back says by what."""
    run("add", "--account", "Bank", "--amount", "-5", "--category", "Food", "--reference", "r1", "--on", "2025-11-05")
    changed = run("recategorise", "r1", "--category", "Bread", "--json").document
    assert len(changed["entries"]) == 4
    edited = run("edit", "r1", "--payee", "Oven", "--note", "", "--json").document
    assert (edited["payee"], edited["note"]) == ("Oven", None)
    reversal = run("reverse", "r1", "--on", "2025-11-06", "--description", "Twice", "--json").document
    assert run("show", "r1", "--json").document["reversed_by_id"] == reversal["id"]
    assert "Taken back by" in run("show", "r1").out
    assert run("reverse", "r1", "--on", "2025-11-06").code == 3
    assert run("reverse", "r9", "--on", "2025-11-06").code == 3


def test_the_same_key_posts_once(run: Callable[..., Outcome]) -> None:
    """The second time it is said so."""
    said = ("add", "--account", "Bank", "--amount", "-5", "--on", "2025-11-05", "--idempotency-key", "k1")
    first, second = run(*said, "--json").document, run(*said, "--json").document
    assert (first["id"], second["is_replay"]) == (second["id"], True)
    assert "under the same idempotency key" in run(*said).out


def test_transactions_are_listed_and_filtered(acme: Desk, run: Callable[..., Outcome], sqlite_url: str) -> None:
    """One line each, however long its words; every condition must hold."""
    bank = open_account(acme, "Vault", opening_balance="5000.00", opened_on=DAY)
    for number in range(4):
        words = "A very long description that does not fit into any terminal\nof eighty columns"
        record(acme, account=bank.id, amount=f"-{number + 1}.00", description=words, on=date(2025, 11, 5 + number))
    outcome = run("list", "--account", "Vault", "--first", "2025-11-06")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines[1:]] == ["2025-11-08", "2025-11-07", "2025-11-06"]
    assert all("…" in line and line.rstrip().endswith("USD") for line in lines[1:])
    sizes = ("--min-amount", "2", "--max-amount", "3", "--text", "LONG", "--last", "2025-11-08", "--category", "Uncat")
    assert len(run("list", *sizes, "--json").document["items"]) == 2
    page = run("list", "--account", "Vault", "--limit", "2")
    rest = run("list", "--account", "Vault", "--limit", "9", "--after", page.err.split()[-1], "--json").document
    assert len(rest["items"]) == 3
    assert run("list", "--after", page.err.split()[-1]).code == 3


def test_a_wide_terminal_shows_ids_and_a_narrow_one_if_asked(
    acme: Desk, run: Callable[..., Outcome], sqlite_url: str
) -> None:
    """Whole ones, for what else could one copy."""
    posted = run("add", "--account", "Bank", "--amount", "-5", "--category", "Food", "--json").document["id"]
    wide = Shell(sqlite_url, COLUMNS="140")("transaction", "list", *SEATED).out
    narrow = run("list", "--ids").out
    assert posted not in run("list").out
    assert all(posted in shown for shown in (wide, narrow))
    assert "Food" in wide
    assert max(map(len, narrow.splitlines())) <= 80
    assert max(map(len, wide.splitlines())) <= 140


def test_an_accounts_history_runs(acme: Desk, run: Callable[..., Outcome], shell: Shell) -> None:
    """The latest first, with the balance after each."""
    run("add", "--account", "Bank", "--amount", "-5", "--description", "Tea", "--on", "2025-11-05")
    lines = shell("history", "Bank", *SEATED).out.splitlines()
    assert lines[1].split() == ["2025-11-05", "Tea", "-5.00", "USD", "95.00", "USD"]
    assert lines[2].split() == ["2025-11-04", "Opening", "balance", "100.00", "USD", "100.00", "USD"]
    rows = shell("history", "Bank", *SEATED, "--last", "2025-11-04", "--json").document["items"]
    assert [row["running_balance"]["amount"] for row in rows] == ["100.00"]
    assert shell("history", "Banque", *SEATED).code == 3


def test_balances_are_told_with_a_total_a_currency(run: Callable[..., Outcome], shell: Shell) -> None:
    """Of all open accounts, or of those that are named; now, or at the end of a day."""
    run("add", "--account", "Bank", "--amount", "-5", "--on", "2025-11-05")
    run("add", "--account", "Euros", "--amount", "7", "--on", "2025-11-05")
    told = shell("balance", *SEATED, "--json").document
    assert [(one["account"], one["balance"]["amount"]) for one in told["items"]] == [
        *(("Bank", "95.00"), ("Card", "0.00"), ("Euros", "7.00")),
    ]
    assert told["totals"] == [{"amount": "7.00", "currency": "EUR"}, {"amount": "95.00", "currency": "USD"}]
    assert shell("balance", "Bank", "Card", *SEATED, "--on", "2025-11-04").out.splitlines()[-1].split() == [
        *("Total", "100.00", "USD"),
    ]
    assert "Total" not in shell("balance", "Bank", *SEATED).out


@pytest.mark.parametrize("plural", ["accounts", "transactions", "categories", "members", "grants", "tenants"])
def test_a_group_is_understood_in_the_plural(acme: Desk, shell: Shell, plural: str) -> None:
    """People say either; the help names one."""
    seat = () if plural == "tenants" else SEATED
    assert shell(plural, "list", *seat).code == 0
    assert f"│ {plural} " not in shell("--help").out

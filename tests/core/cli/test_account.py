"""`stronghold account …`: what a caller may do with accounts from Python, from a shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.ledger import open_account
from tests.support.shell import Shell
from tests.support.stronghold import ADA

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.shell import Outcome
    from tests.support.stronghold import Desk


@pytest.fixture
def run(acme: Desk, shell: Shell) -> Callable[..., Outcome]:
    """Run a command of the group as Ada at Acme."""
    return lambda *words: shell("account", *words, "--tenant", "acme", "--as", ADA)


def test_an_account_is_opened_with_what_was_said_of_it(run: Callable[..., Outcome]) -> None:
    """In one line for a person, as its record for a program."""
    said = ("--type", "liability", "--subtype", "credit_card", "--currency", "EUR", "--min-balance", "-500")
    opened = run("open", "Visa", *said, "--opening-balance", "-12.30", "--external-reference", "v1", "--json").document
    assert (opened["name"], opened["type"], opened["subtype"]) == ("Visa", "liability", "credit_card")
    assert opened["balance"] == {"amount": "-12.30", "currency": "EUR"}
    assert (opened["min_balance"]["amount"], opened["external_reference"]) == ("-500.00", "v1")
    assert run("open", "Bank", "--type", "asset").out.startswith("Opened Bank, account ")


def test_accounts_are_listed_with_what_they_hold(acme: Desk, run: Callable[..., Outcome]) -> None:
    """Those of a kind if one is named; the closed ones only if they are asked for."""
    open_account(acme, "Bank [main]", subtype="checking", opening_balance="1234.50", min_balance="-100")
    open_account(acme, "Visa", "liability", subtype="credit_card")
    assert run("close", "Visa").out == "Closed Visa.\n"
    outcome = run("list")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines()[1].split() == [
        *("Bank", "[main]", "checking", "1,234.50", "USD", "1,334.50", "USD"),
    ]
    assert "Visa" not in outcome.out
    assert "Visa" in run("list", "--closed").out
    assert run("reopen", "Visa").out == "Reopened Visa.\n"
    assert [one["name"] for one in run("list", "--type", "liability", "--json").document["items"]] == ["Visa"]
    assert [one["name"] for one in run("list", "--text", "MAIN", "--json").document["items"]] == ["Bank [main]"]


def test_a_list_goes_on_after_its_cursor(acme: Desk, run: Callable[..., Outcome]) -> None:
    """The cursor stands on standard error for a person, in the document for a program."""
    for name in ("a", "b", "c"):
        open_account(acme, name)
    first = run("list", "--limit", "2")
    assert first.err.startswith("There is more: --after ")
    rest = run("list", "--limit", "2", "--after", first.err.split()[-1])
    assert (rest.out.splitlines()[1].split()[0], rest.err) == ("c", "")
    document = run("list", "--limit", "2", "--json")
    assert (document.err, document.document["next_cursor"]) == ("", first.err.split()[-1])


@pytest.mark.parametrize("name", ["Bank", "bank", "ba", "b-1", "ID"])
def test_an_account_is_named_by_name_id_reference_or_the_beginning_of_its_name(
    acme: Desk, run: Callable[..., Outcome], name: str
) -> None:
    """Capitals do not matter in a beginning."""
    bank = open_account(acme, "Bank", external_reference="b-1")
    open_account(acme, "Cash")
    shown = run("show", str(bank.id) if name == "ID" else name, "--json").document
    assert shown["id"] == str(bank.id)


def test_a_whole_name_wins_over_a_beginning_and_several_beginnings_are_refused(
    acme: Desk, run: Callable[..., Outcome]
) -> None:
    """The candidates are named, so that the next try succeeds."""
    for name in ("Bank", "Bank reserve", "Barter"):
        open_account(acme, name)
    assert run("show", "Bank", "--json").document["name"] == "Bank"
    outcome = run("show", "Ba")
    assert (outcome.code, outcome.out) == (3, "")
    assert "'Ba' may be Bank, Bank reserve, Barter; write more of it, or its id." in outcome.err
    missing = run("show", "Bak")
    assert (missing.code, missing.out) == (3, "")
    assert "There is no account Bak here" in missing.err


def test_an_account_is_renamed_and_limited(acme: Desk, run: Callable[..., Outcome]) -> None:
    """What is not named stays; none lifts a limit."""
    open_account(acme, "Bank", max_balance="50")
    assert run("rename", "Bank", "House bank").out == "The account is called House bank now.\n"
    changed = run("limit", "House", "--min-balance", "-20.00", "--json").document
    assert (changed["min_balance"]["amount"], changed["max_balance"]["amount"]) == ("-20.00", "50.00")
    changed = run("limit", "House", "--min-balance", "none", "--json").document
    assert (changed["min_balance"], changed["max_balance"]["amount"]) == (None, "50.00")


def test_what_the_books_refuse_is_told_in_their_words(acme: Desk, run: Callable[..., Outcome], shell: Shell) -> None:
    """With exit code 3, and nothing on standard output."""
    open_account(acme, "Bank", opening_balance="5.00")
    for words, said in (
        (("close", "Bank"), "Bank"),
        (("open", "Bank", "--type", "asset"), "'Bank'"),
        (("open", "Shop", "--type", "income"), "income accounts belong to categories"),
        (("list", "--currency", "QQQ"), "'QQQ' is not a known currency"),
        (("list", "--limit", "0"), "a page has 1 to 500 rows"),
        (("limit", "Bank", "--min-balance", "x"), "'x' is not an amount"),
    ):
        outcome = run(*words)
        assert (outcome.code, outcome.out) == (3, ""), words
        assert said in outcome.err
    acme.seat("user:vic", "viewer")
    outcome = shell("account", "close", "Bank", "--tenant", "acme", "--principal", "user:vic")
    assert outcome.code == 3
    assert "account:write" in outcome.err


def test_tenant_and_principal_may_come_from_the_environment(acme: Desk, sqlite_url: str) -> None:
    """As the database may; without them the command is not understood, and says which variable it looked at."""
    open_account(acme, "Bank")
    named = Shell(sqlite_url, STRONGHOLD_TENANT="acme", STRONGHOLD_PRINCIPAL=ADA)
    assert named("account", "show", "Bank").code == 0
    outcome = Shell(sqlite_url)("account", "show", "Bank")
    assert outcome.code == 2
    assert "STRONGHOLD_TENANT" in outcome.err

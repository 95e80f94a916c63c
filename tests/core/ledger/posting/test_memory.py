"""What a process remembers about accounts: only what never changes, and only once it is committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stronghold_core import Stronghold, get_currency
from stronghold_core.errors import AccountClosedError, NotFoundError
from stronghold_core.ids import AccountId, TenantId, new_id
from stronghold_core.ledger import AccountMemory, AccountType, Purpose
from stronghold_core.ledger.accounts.records import AccountFacts
from stronghold_core.ledger.posting.rules import Head
from tests.support.ledger import asking, create_category, open_account, record
from tests.support.rows import Vault, refused
from tests.support.stronghold import Desk

if TYPE_CHECKING:
    from stronghold_core import ManualClock

ACME, RIVAL = TenantId(new_id()), TenantId(new_id())
HEAD = Head(Purpose.TRADING, None, get_currency("USD"))


def facts() -> AccountFacts:
    """Make the facts of an account."""
    return AccountFacts(AccountId(new_id()), AccountType.ASSET, Purpose.OWN, get_currency("USD"), True, None)  # noqa: FBT003


def test_facts_are_recalled_by_tenant_and_key() -> None:
    """By id or by head; what another tenant's process-mate learned is not there."""
    memory, bank, trading = AccountMemory(), facts(), facts()
    memory.remember(ACME, {bank.id: bank, HEAD: trading})
    assert memory.recall(ACME, bank.id) == bank
    assert memory.recall(ACME, HEAD) == trading
    assert memory.recall(RIVAL, bank.id) is None
    assert memory.recall(RIVAL, HEAD) is None
    assert memory.recall(ACME, AccountId(new_id())) is None


def test_the_memory_is_bounded() -> None:
    """What was not used for longest is forgotten first."""
    memory, known = AccountMemory(2), [facts() for _ in range(3)]
    for one in known[:2]:
        memory.remember(ACME, {one.id: one})
    memory.recall(ACME, known[0].id)
    memory.remember(ACME, {known[2].id: known[2]})
    assert [memory.recall(ACME, one.id) is not None for one in known] == [True, False, True]


def test_what_can_change_is_never_remembered(acme: Desk, vault: Vault) -> None:
    """An account that was renamed, limited or closed elsewhere is so at the next posting."""
    bank, food = open_account(acme), create_category(acme)
    for _ in range(2):
        record(acme, account=bank.id, amount="1.00", category=food.id)
    vault.tamper("UPDATE stronghold_account SET status = 'closed', name = 'Elsewhere' WHERE id = :id", id=bank.id)
    attempt = asking("transactions.record", account=bank.id, amount="1.00", category=food.id)
    assert refused(acme, vault, AccountClosedError, attempt).name == "Elsewhere"


@pytest.mark.parametrize("is_told", [True, False])
def test_a_joined_units_accounts_are_remembered_once_the_host_has_committed(
    acme: Desk, stronghold: Stronghold, *, is_told: bool
) -> None:
    """Whether or not anybody tells of it; rolled back, they never were, and answer like missing ones."""
    engine = stronghold.database.engine

    class Host:
        def on_commit(self, callback: object) -> None:
            """Take note, and never call: this host rolls back."""

        on_end = on_commit

    with engine.connect() as connection:
        connection.begin()
        host = Host() if is_told else None
        with stronghold.books(acme.tenant.id, principal=acme.principal, connection=connection, host=host) as books:
            lost = books.accounts.open(name="Bank", type="asset", opening_balance="1.00")
            books.transactions.record(account=lost.id, amount="1.00")
        connection.rollback()
    with acme.books() as books, pytest.raises(NotFoundError):
        books.transactions.record(account=lost.id, amount="1.00")
    kept = open_account(acme, opening_balance="1.00")
    record(acme, account=kept.id, amount="1.00")


# What a backup did not know yet, the rows that refer to others first.
NEWER_THAN_THE_BACKUP = (
    "DELETE FROM stronghold_entry WHERE transaction_id = :paid",
    "DELETE FROM stronghold_transaction WHERE id = :paid",
    "DELETE FROM stronghold_audit_event WHERE object_id = :paid",
    "DELETE FROM stronghold_day_total WHERE account_id IN (:bank, :leaf)",
    "DELETE FROM stronghold_month_total WHERE account_id IN (:bank, :leaf)",
    "DELETE FROM stronghold_account WHERE id = :leaf",
    "UPDATE stronghold_account SET balance_minor = 0, version = 0, last_recorded_at = NULL WHERE id = :bank",
)


@pytest.mark.parametrize("first", ["who remembers", "another process"])
def test_an_account_that_a_backup_took_back_is_opened_anew_and_once(
    acme: Desk, database_url: str, clock: ManualClock, vault: Vault, *, first: str
) -> None:
    """A database is restored under a program that goes on: whoever remembers the old account finds it gone."""
    bank, food = open_account(acme), create_category(acme)
    paid = record(acme, account=bank.id, amount="-1.00", category=food.id)
    leaf = paid.entries[1].account_id
    for statement in NEWER_THAN_THE_BACKUP:
        known = {"paid": paid.id, "bank": bank.id, "leaf": leaf}
        vault.tamper(statement, **{name: id_ for name, id_ in known.items() if f":{name}" in statement})
    with Stronghold(database_url, clock=clock) as elsewhere:
        desks = [acme, Desk(elsewhere, acme.tenant, acme.principal)]
        in_turn = desks if first == "who remembers" else desks[::-1]
        posted = [record(desk, account=bank.id, amount="-2.00", category=food.id) for desk in in_turn]
    (opened,) = {transaction.entries[1].account_id for transaction in posted}
    assert opened != leaf
    with acme.books() as books, pytest.raises(NotFoundError):
        books.transactions.transfer(from_account=leaf, to_account=bank.id, amount="1.00")
    assert acme.stronghold.verify(acme.tenant.id).is_sound

"""Verification finds what somebody changed by hand, by the rule that it breaks, and names the place."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import pytest

from stronghold_core import Record
from stronghold_core.money import MAX_MINOR, Money

if TYPE_CHECKING:
    from stronghold_core import ManualClock
    from stronghold_core.ledger import Verification
    from tests.support.rows import Vault
    from tests.support.stronghold import Desk

OCTOBER = date(2026, 10, 5)


class Ids(NamedTuple):
    """What a tampering refers to."""

    tenant: UUID
    bank: UUID
    payment: UUID
    reversal: UUID
    event: UUID


@pytest.fixture
def ids(acme: Desk, clock: ManualClock) -> Ids:
    """Keep sound books: an opening balance, payments one by one and in a batch; one taken back, one corrected."""
    with acme.books() as books:
        bank = books.accounts.open(name="Bank", type="asset", opening_balance="100.00", opened_on=OCTOBER)
        books.accounts.open(name="Capital", type="equity")
        food = books.categories.create(name="Food", kind="expense")
        payment = books.transactions.record(
            account=bank.id, amount="-30.00", on=OCTOBER, reference="INV-7", idempotency_key="k1"
        )
        clock.advance(timedelta(seconds=1))
        taken_back = books.transactions.record(
            account=bank.id, amount="-5.00", category=food.id, idempotency_key="k2", description='a "quoted" Café\n家'
        )
        clock.advance(timedelta(seconds=1))
        books.transactions.recategorise(payment.id, category=food.id)
        reversal = books.transactions.reverse(taken_back.id, on=date(2026, 11, 21))
        clock.advance(timedelta(seconds=1))
        books.transactions.post_many([Record(account=bank.id, amount=amount) for amount in ("1.00", "2.00")])
        books.transactions.post_many([Record(account=bank.id, amount="-3.00")])
        books.transactions.edit(payment.id, note="Paid at last.")
        (event,) = books.audit.list(object_id=payment.id, action="transaction.record").items
        assert books.verify().findings == ()
    return Ids(
        UUID(str(acme.tenant.id)),
        UUID(str(bank.id)),
        UUID(str(payment.id)),
        UUID(str(reversal.id)),
        UUID(str(event.id)),
    )


def verified(desk: Desk) -> Verification:
    """Verify in a read unit, as an auditor would."""
    return desk.stronghold.read(desk.tenant.id, principal=desk.principal, do=lambda books: books.verify())


TAMPERINGS = {
    "a changed amount": (
        "UPDATE stronghold_entry SET amount_minor = -2999 WHERE transaction_id = :payment AND line = 1",
        {"balanced", "chain", "balance", "day_total", "month_total", "told_entries"},
    ),
    "both sides of a transaction changed": (
        "UPDATE stronghold_entry SET amount_minor = 2 * amount_minor WHERE transaction_id = :payment",
        {"chain", "balance", "day_total", "month_total", "told_entries"},
    ),
    "a deleted entry": (
        "DELETE FROM stronghold_entry WHERE transaction_id = :payment AND line = 1",
        {"complete", "balanced", "chain", "balance", "day_total", "month_total", "told", "told_entries"},
    ),
    "a transaction deleted with its entries": (
        "DELETE FROM stronghold_entry WHERE transaction_id = :payment",
        {"complete", "chain", "balance", "day_total", "month_total", "told", "told_entries"},
    ),
    "a transaction deleted without its entries": (
        "DELETE FROM stronghold_transaction WHERE id = :payment",
        {"orphaned", "posted", "key"},
    ),
    "a wrong balance": (
        "UPDATE stronghold_account SET balance_minor = balance_minor + 1 WHERE id = :bank",
        {"balance"},
    ),
    "a wrong version": (
        "UPDATE stronghold_account SET version = version + 1 WHERE id = :bank",
        {"balance"},
    ),
    "a broken chain of balances": (
        (
            "UPDATE stronghold_entry SET balance_after_minor = balance_after_minor + 1"
            " WHERE transaction_id = :payment AND line = 1"
        ),
        {"chain"},
    ),
    "a gap in the chain of versions": (
        "UPDATE stronghold_entry SET account_version = 99 WHERE transaction_id = :payment AND line = 1",
        {"chain"},
    ),
    "a wrong day total": (
        "UPDATE stronghold_day_total SET debit_minor = debit_minor + 1 WHERE account_id = :bank",
        {"day_total"},
    ),
    "a wrong largest amount of a day": (
        "UPDATE stronghold_day_total SET largest_minor = largest_minor + 1 WHERE account_id = :bank",
        {"day_total"},
    ),
    "a wrong largest amount of a month": (
        "UPDATE stronghold_month_total SET largest_minor = 1 WHERE account_id = :bank",
        {"month_total"},
    ),
    "a deleted month total": (
        "DELETE FROM stronghold_month_total WHERE account_id = :bank",
        {"month_total"},
    ),
    "a month total of the same net": (
        (
            "UPDATE stronghold_month_total SET debit_minor = debit_minor + 7, credit_minor = credit_minor + 7"
            " WHERE account_id = :bank"
        ),
        {"month_total"},
    ),
    "a changed date": (
        "UPDATE stronghold_transaction SET effective_date = '2026-09-05' WHERE id = :payment",
        {"orphaned", "told"},
    ),
    "a reversal that points elsewhere": (
        "UPDATE stronghold_transaction SET reverses_id = :payment WHERE id = :reversal",
        {"reversal", "told"},
    ),
    "a missing audit event": (
        "DELETE FROM stronghold_audit_event WHERE id = :event",
        {"audited"},
    ),
    "a first line that is none": (
        "UPDATE stronghold_entry SET line = 0 WHERE transaction_id = :payment AND line = 1",
        {"complete", "told_entries"},
    ),
    "a reversal that reverses none": (
        "UPDATE stronghold_transaction SET reverses_id = NULL WHERE id = :reversal",
        {"kind", "told"},
    ),
    "another kind": (
        "UPDATE stronghold_transaction SET kind = 'transfer' WHERE id = :payment",
        {"audited"},
    ),
    "the kind of a reversal": (
        "UPDATE stronghold_transaction SET kind = 'reversal' WHERE id = :payment",
        {"kind", "audited"},
    ),
    "the kind of an opening balance": (
        "UPDATE stronghold_transaction SET kind = 'opening' WHERE id = :payment",
        {"audited"},
    ),
    "another reference": (
        "UPDATE stronghold_transaction SET reference = 'INV-8' WHERE id = :payment",
        {"told"},
    ),
    "a removed reference": (
        "UPDATE stronghold_transaction SET reference = NULL WHERE id = :payment",
        {"told"},
    ),
    "another time of a transaction": (
        "UPDATE stronghold_transaction SET recorded_at = '1999-01-01T00:00:00.000000+00:00' WHERE id = :payment",
        {"recorded", "key", "audited"},
    ),
    "another time of an entry without a chain": (
        (
            "UPDATE stronghold_entry SET recorded_at = '1999-01-01T00:00:00.000000+00:00'"
            " WHERE transaction_id = :payment AND line = 2"
        ),
        {"recorded"},
    ),
    "another time of a correction": (
        (
            "UPDATE stronghold_entry SET recorded_at = '2999-01-01T00:00:00.000000+00:00'"
            " WHERE transaction_id = :payment AND line = 4"
        ),
        {"recorded"},
    ),
    "an account recorded in the future": (
        "UPDATE stronghold_account SET last_recorded_at = '2999-01-01T00:00:00.000000+00:00' WHERE id = :bank",
        {"last_recorded"},
    ),
    "an account never recorded": (
        "UPDATE stronghold_account SET last_recorded_at = NULL WHERE id = :bank",
        {"last_recorded"},
    ),
    "an asset that turns into a liability": (
        "UPDATE stronghold_account SET type = 'liability' WHERE id = :bank",
        {"account"},
    ),
    "an expense that turns into income": (
        (
            "UPDATE stronghold_account SET type = 'income'"
            " WHERE purpose = 'category' AND type = 'expense' AND tenant_id = :tenant"
        ),
        {"account"},
    ),
    "opening balances that turn into an account of the callers": (
        "UPDATE stronghold_account SET purpose = 'own' WHERE purpose = 'opening' AND tenant_id = :tenant",
        {"account"},
    ),
    "an account of the callers that turns into the engine's": (
        (
            "UPDATE stronghold_account SET purpose = 'trading', type = 'expense'"
            " WHERE name = 'Capital' AND tenant_id = :tenant"
        ),
        {"account"},
    ),
    "another currency of an account": (
        "UPDATE stronghold_account SET currency = 'EUR' WHERE name = 'Capital' AND tenant_id = :tenant",
        {"account"},
    ),
    "another currency of all accounts": (
        "UPDATE stronghold_account SET currency = 'EUR' WHERE tenant_id = :tenant",
        {"account", "told_entries"},
    ),
    "a key that points to another transaction": (
        (
            "UPDATE stronghold_idempotency_key SET transaction_id ="
            " (SELECT transaction_id FROM stronghold_idempotency_key WHERE key = 'k2' AND tenant_id = :tenant)"
            " WHERE key = 'k1' AND tenant_id = :tenant"
        ),
        {"key"},
    ),
    "a key that points to no transaction": (
        "UPDATE stronghold_idempotency_key SET transaction_id = :bank WHERE key = 'k1' AND tenant_id = :tenant",
        {"key"},
    ),
    "a key of another principal": (
        "UPDATE stronghold_idempotency_key SET principal_id = 'user:eve' WHERE key = 'k1' AND tenant_id = :tenant",
        {"key"},
    ),
    "an event of another": (
        (
            "UPDATE stronghold_transaction SET audit_id = (SELECT id FROM stronghold_audit_event"
            " WHERE action = 'category.create' AND tenant_id = :tenant) WHERE id = :payment"
        ),
        {"audited", "posted"},
    ),
    "an event about another": (
        "UPDATE stronghold_audit_event SET object_id = :reversal WHERE id = :event",
        {"audited", "told_entries"},
    ),
    "a changed payload": (
        "UPDATE stronghold_audit_event SET payload = '{}' WHERE id = :event",
        {"committed", "told"},
    ),
    "a payload that is no JSON": (
        "UPDATE stronghold_audit_event SET payload = 'Café' WHERE id = :event",
        {"committed", "told", "told_entries"},
    ),
    "a payload without its salt": (
        "UPDATE stronghold_audit_event SET salt = NULL WHERE id = :event",
        {"committed"},
    ),
    "the payload of any other event": (
        (
            'UPDATE stronghold_audit_event SET payload = \'{"name":"Fraud"}\''
            " WHERE action = 'category.create' AND tenant_id = :tenant"
        ),
        {"committed"},
    ),
    "a correction that nobody made": (
        "DELETE FROM stronghold_audit_event WHERE action = 'transaction.recategorise' AND tenant_id = :tenant",
        {"recorded", "told"},
    ),
    "a correction that is gone": (
        "DELETE FROM stronghold_entry WHERE transaction_id = :payment AND line > 2",
        {"day_total", "month_total", "told"},
    ),
    "the actor of a keyed posting": (
        "UPDATE stronghold_audit_event SET actor = 'user:eve' WHERE id = :event",
        {"key"},
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_what_was_changed_by_hand_is_found(acme: Desk, vault: Vault, ids: Ids, name: str) -> None:
    """Each change breaks exactly the rules that it must, and each finding says where, what is there, and what not."""
    statement, rules = TAMPERINGS[name]
    used = {key: value for key, value in ids._asdict().items() if f":{key}" in statement}
    vault.tamper(statement, **used)
    found = verified(acme)
    assert {finding.rule for finding in found.findings} == rules
    assert not found.is_sound
    for finding in found.findings:
        assert finding.where
        assert finding.found != finding.expected


def test_a_finding_names_its_place(acme: Desk, vault: Vault, ids: Ids) -> None:
    """The account of a wrong balance is named by its id, with both figures in minor units."""
    vault.tamper("UPDATE stronghold_account SET balance_minor = 1 WHERE id = :bank", bank=ids.bank)
    (finding,) = verified(acme).findings
    assert finding.where.replace("-", "") == f"account {ids.bank.hex}"
    assert (finding.found, finding.expected) == ("1 as version 7", "7000 as version 7")


def test_another_tenants_fault_is_not_mine(acme: Desk, rival: Desk, vault: Vault, ids: Ids) -> None:
    """A verification reads its own tenant's rows only."""
    vault.tamper("UPDATE stronghold_account SET balance_minor = 1 WHERE id = :bank", bank=ids.bank)
    assert not verified(acme).is_sound
    assert verified(rival).is_sound


REMOVALS = {
    "single": "action = 'transaction.post_many' AND object_type = 'transaction'",
    "batch": "action = 'transaction.post_many' AND object_type = 'batch'",
    "opening": "action = 'account.open' AND object_id = :bank",
}


@pytest.mark.parametrize("what", REMOVALS)
def test_an_event_whose_transaction_is_gone_is_found(acme: Desk, vault: Vault, ids: Ids, what: str) -> None:
    """However well the rest was made to agree: a transaction alone, one of a batch, and one that opened an account."""
    events = f"SELECT id FROM stronghold_audit_event WHERE tenant_id = :tenant AND {REMOVALS[what]}"
    chosen = f"tenant_id = :tenant AND audit_id IN ({events}) ORDER BY id LIMIT 1"
    gone = f"SELECT id FROM stronghold_transaction WHERE {chosen}"
    used = {key: value for key, value in ids._asdict().items() if f":{key}" in gone}
    vault.tamper(f"DELETE FROM stronghold_entry WHERE transaction_id = ({gone})", **used)
    vault.tamper(f"DELETE FROM stronghold_transaction WHERE id = ({gone})", **used)
    finding = next(finding for finding in verified(acme).findings if finding.rule == "posted")
    assert int(finding.found) == int(finding.expected) - 1


def test_an_erased_payload_is_sound(acme: Desk, vault: Vault, ids: Ids) -> None:
    """With its salt, as erasing takes both: nobody can tell any more what it was."""
    vault.tamper(
        "UPDATE stronghold_audit_event SET payload = NULL, salt = NULL WHERE tenant_id = :tenant",
        tenant=ids.tenant,
    )
    assert verified(acme).findings == ()


def test_a_number_that_is_not_whole_is_found_on_sqlite(acme: Desk, vault: Vault, ids: Ids) -> None:
    """A column of SQLite takes anything, though its totals would round it."""
    if acme.stronghold.database.backend.name == "postgresql":
        pytest.skip("PostgreSQL takes whole numbers only")
    vault.tamper(
        "UPDATE stronghold_entry SET amount_minor = amount_minor + 0.25 WHERE transaction_id = :payment AND line = 1",
        payment=ids.payment,
    )
    assert "whole" in {finding.rule for finding in verified(acme).findings}


def test_sums_past_63_bits_are_compared_exactly(acme: Desk, vault: Vault, ids: Ids) -> None:
    """On the way they are honest, and a difference of one unit is found in the end."""
    with acme.books() as books:
        accounts = [books.accounts.open(name=f"A{number}", type="asset").id for number in range(4)]
        most = Money(MAX_MINOR, "USD")
        lines = [(accounts[0], -most), (accounts[1], -most), (accounts[2], most), (accounts[3], most)]
        vast = books.transactions.post(lines)
    assert verified(acme).findings == ()
    vault.tamper(
        "UPDATE stronghold_entry SET amount_minor = amount_minor - 1 WHERE transaction_id = :vast AND line = 4",
        vast=UUID(str(vast.id)),
    )
    findings = {finding.rule: finding for finding in verified(acme).findings}
    assert findings["balanced"].found == "-1"


def test_a_sum_past_63_bits_is_a_finding(acme: Desk, vault: Vault, ids: Ids) -> None:
    """Nor does it make the verification fail."""
    vault.tamper(
        "UPDATE stronghold_month_total SET debit_minor = 9223372036854775807, credit_minor = 9223372036854775807"
        " WHERE account_id = :bank",
        bank=ids.bank,
    )
    assert "month_total" in {finding.rule for finding in verified(acme).findings}

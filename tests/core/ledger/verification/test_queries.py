"""Verification finds what somebody changed by hand, by the rule that it breaks, and names the place."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import pytest

if TYPE_CHECKING:
    from stronghold_core.ledger import Verification
    from tests.support.rows import Vault
    from tests.support.stronghold import Desk

OCTOBER = date(2026, 10, 5)


class Ids(NamedTuple):
    """What a tampering refers to."""

    bank: UUID
    payment: UUID
    reversal: UUID
    event: UUID


@pytest.fixture
def ids(acme: Desk, vault: Vault) -> Ids:
    """Keep sound books: an opening balance, two payments, one of them taken back, one corrected."""
    with acme.books() as books:
        bank = books.accounts.open(name="Bank", type="asset", opening_balance="100.00", opened_on=OCTOBER)
        food = books.categories.create(name="Food", kind="expense")
        payment = books.transactions.record(account=bank.id, amount="-30.00", on=OCTOBER)
        taken_back = books.transactions.record(account=bank.id, amount="-5.00", category=food.id)
        books.transactions.recategorise(payment.id, category=food.id)
        reversal = books.transactions.reverse(taken_back.id, on=date(2026, 11, 21))
        (event,) = books.audit.list(object_id=payment.id, action="transaction.record").items
        assert books.verify().is_sound
    return Ids(UUID(str(bank.id)), UUID(str(payment.id)), UUID(str(reversal.id)), UUID(str(event.id)))


def verified(desk: Desk) -> Verification:
    """Verify in a read unit, as an auditor would."""
    return desk.stronghold.read(desk.tenant.id, principal=desk.principal, do=lambda books: books.verify())


TAMPERINGS = {
    "a changed amount": (
        "UPDATE stronghold_entry SET amount_minor = -2999 WHERE transaction_id = :payment AND line = 1",
        {"balanced", "chain", "balance", "day_total", "month_total"},
    ),
    "both sides of a transaction changed": (
        "UPDATE stronghold_entry SET amount_minor = 2 * amount_minor WHERE transaction_id = :payment",
        {"chain", "balance", "day_total", "month_total"},
    ),
    "a deleted entry": (
        "DELETE FROM stronghold_entry WHERE transaction_id = :payment AND line = 1",
        {"complete", "balanced", "chain", "balance", "day_total", "month_total"},
    ),
    "a transaction deleted with its entries": (
        "DELETE FROM stronghold_entry WHERE transaction_id = :payment",
        {"complete", "chain", "balance", "day_total", "month_total"},
    ),
    "a transaction deleted without its entries": (
        "DELETE FROM stronghold_transaction WHERE id = :payment",
        {"orphaned"},
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
        {"orphaned"},
    ),
    "a reversal that points elsewhere": (
        "UPDATE stronghold_transaction SET reverses_id = :payment WHERE id = :reversal",
        {"reversal"},
    ),
    "a missing audit event": (
        "DELETE FROM stronghold_audit_event WHERE id = :event",
        {"audited"},
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
    assert (finding.found, finding.expected) == ("1 as version 4", "7000 as version 4")


def test_another_tenants_fault_is_not_mine(acme: Desk, rival: Desk, vault: Vault, ids: Ids) -> None:
    """A verification reads its own tenant's rows only."""
    vault.tamper("UPDATE stronghold_account SET balance_minor = 1 WHERE id = :bank", bank=ids.bank)
    assert not verified(acme).is_sound
    assert verified(rival).is_sound


def test_a_sum_past_63_bits_is_a_finding(acme: Desk, vault: Vault, ids: Ids) -> None:
    """Honest books never get there, so the verification says so instead of failing."""
    vault.tamper(
        "UPDATE stronghold_month_total SET debit_minor = 9223372036854775807, credit_minor = 9223372036854775807"
        " WHERE account_id = :bank",
        bank=ids.bank,
    )
    assert "month_total" in {finding.rule for finding in verified(acme).findings}

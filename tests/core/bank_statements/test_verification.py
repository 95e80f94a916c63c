"""What verification says of imports, and of those that were taken back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from stronghold_core import StatementLine
from tests.support.ledger import open_account

if TYPE_CHECKING:
    from stronghold_core import ManualClock
    from tests.support.rows import Vault
    from tests.support.stronghold import Desk

EVENT = "SELECT id FROM stronghold_audit_event WHERE tenant_id = :tenant AND action = 'statement.{0}'"
GONE = f"SELECT id FROM stronghold_transaction WHERE tenant_id = :tenant AND audit_id IN ({EVENT}) ORDER BY id LIMIT 1"
CHANGE = "UPDATE stronghold_audit_event SET {0} WHERE tenant_id = :tenant AND action = 'statement.import'"
TAMPERINGS = {
    "a transaction that an import brought is gone": (
        [
            f"DELETE FROM stronghold_entry WHERE transaction_id = ({GONE.format('import')})",
            f"DELETE FROM stronghold_transaction WHERE id = ({GONE.format('import')})",
        ],
        "posted",
    ),
    "a reversal is gone": (
        [
            f"DELETE FROM stronghold_entry WHERE transaction_id = ({GONE.format('revert')})",
            f"DELETE FROM stronghold_transaction WHERE id = ({GONE.format('revert')})",
        ],
        "posted",
    ),
    "an import that calls itself something else": (
        [CHANGE.format("action = 'statement.revert'")],
        "audited",
    ),
    "an import of another time": (
        [CHANGE.format("at = (SELECT max(at) FROM stronghold_audit_event WHERE tenant_id = :tenant)")],
        "audited",
    ),
}


@pytest.fixture
def books_with_imports(acme: Desk, clock: ManualClock) -> None:
    """Import two files, and take the second one back, a tick of the clock later each."""
    bank = open_account(acme)
    with acme.books() as books:
        for words in ("Tea", "Pie"):
            rows = [StatementLine(line=n, on=date(2026, 11, 3), amount="1.00", description=words) for n in (2, 3)]
            books.bank_statements.import_rows(rows, account=bank.id)
        clock.advance(timedelta(seconds=1))
        books.bank_statements.revert(books.bank_statements.list()[0].id)
        assert books.verify().is_sound


@pytest.mark.parametrize("name", TAMPERINGS)
def test_what_was_changed_by_hand_is_found(acme: Desk, vault: Vault, books_with_imports: None, name: str) -> None:
    """One event stands for all that came with a file, and tells how many they were."""
    statements, rule = TAMPERINGS[name]
    for statement in statements:
        vault.tamper(statement, tenant=acme.tenant.id)
    with acme.books(read_only=True) as books:
        assert rule in {finding.rule for finding in books.verify().findings}

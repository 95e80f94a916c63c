"""Idempotency keys, and that they can be forgotten by age."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from stronghold_core.errors import DuplicateReferenceError, InvalidInputError, PermissionDeniedError
from tests.support.ledger import asking, open_account, record
from tests.support.rows import AUDIT, Vault, refused

if TYPE_CHECKING:
    from stronghold_core import ManualClock
    from tests.support.stronghold import Desk


def test_keys_are_forgotten_by_age(acme: Desk, rival: Desk, clock: ManualClock) -> None:
    """Requests under older keys are carried out anew; younger keys and another tenant's stay; it is recorded."""
    bank, theirs = open_account(acme), open_account(rival)
    old = record(acme, account=bank.id, amount="1.00", idempotency_key="old")
    other = record(rival, account=theirs.id, amount="1.00", idempotency_key="old")
    clock.advance(timedelta(hours=2))
    young = record(acme, account=bank.id, amount="1.00", idempotency_key="young")
    with acme.books() as books:
        assert books.transactions.forget_keys(used_before=clock.now() - timedelta(hours=1)) == 1
        event = books.audit.list().items[0]
        assert (event.action, event.payload is not None and event.payload["count"]) == ("idempotency_key.forget", 1)
    assert record(acme, account=bank.id, amount="1.00", idempotency_key="old").id != old.id
    assert record(acme, account=bank.id, amount="1.00", idempotency_key="young").id == young.id
    assert record(rival, account=theirs.id, amount="1.00", idempotency_key="old").id == other.id


def test_a_reference_outlives_its_key(acme: Desk, clock: ManualClock, vault: Vault) -> None:
    """Who needs more than a while gives each transaction a number of his own."""
    bank = open_account(acme)
    request = {"account": bank.id, "amount": "1.00", "idempotency_key": "k", "reference": "r"}
    record(acme, **request)
    clock.advance(timedelta(days=400))
    with acme.books() as books:
        books.transactions.forget_keys(used_before=clock.now())
    refused(acme, vault, DuplicateReferenceError, asking("transactions.record", **request))


def test_keys_are_not_forgotten_by_whoever_posts(acme: Desk, clock: ManualClock, vault: Vault) -> None:
    """It is a matter of the tenant's settings; and an instant needs a zone."""
    member = acme.seat("user:bob", "accountant")
    forget = asking("transactions.forget_keys", used_before=clock.now())
    refused(member, vault, PermissionDeniedError, forget, changing=AUDIT)
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - the mistake that is meant
    with acme.books() as books, pytest.raises(InvalidInputError):
        books.transactions.forget_keys(used_before=naive)

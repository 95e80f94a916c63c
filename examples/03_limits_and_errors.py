"""Limits that hold, requests that may be sent twice, and errors that say what is wrong."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from stronghold_core import (
    AmountTypeError,
    Books,
    IdempotencyMismatchError,
    InsufficientFundsError,
    LossyAmountError,
    Money,
    PermissionDeniedError,
    Record,
    Stronghold,
    StrongholdError,
)

DAY = date(2025, 11, 14)

stronghold = Stronghold("sqlite://")
stronghold.migrate()
shop = stronghold.tenants.create(kind="organization", name="Shop", base_currency="USD", owner="user:ada")

with stronghold.books(shop.id, principal="user:ada") as books:
    till = books.accounts.open(name="Till", type="asset", min_balance="0", opening_balance="100.00", opened_on=DAY)
    books.members.add("user:bob", role="viewer")


def refused(error: type[StrongholdError], *, amount: object, key: str | None = None) -> StrongholdError:
    """Try to record an amount, and return the error that it must lead to."""
    try:
        with stronghold.books(shop.id, principal="user:ada") as books:
            books.transactions.record(account=till.id, amount=amount, on=DAY, idempotency_key=key)  # type: ignore[arg-type]
    except error as caught:
        return caught
    raise AssertionError(f"{amount} was accepted")


# An account never falls below its limit. The error carries the figures, and nothing has changed.
too_much = refused(InsufficientFundsError, amount="-100.01")
assert isinstance(too_much, InsufficientFundsError)
assert too_much.headroom == Money.of("100.00", "USD")
print(too_much)

# An amount is exact or it is refused: no binary floats, no silent rounding.
refused(AmountTypeError, amount=-12.30)
refused(LossyAmountError, amount="-12.345")


# With an idempotency key a request may be sent again, for instance after a timeout: it happens once.
def pay(books: Books) -> bool:
    paid = books.transactions.record(account=till.id, amount="-40.00", on=DAY, idempotency_key="order-7")
    return paid.is_replay


assert [stronghold.run(shop.id, principal="user:ada", do=pay) for _ in range(3)] == [False, True, True]
mismatch = refused(IdempotencyMismatchError, amount="-41.00", key="order-7")
assert "different amount" in str(mismatch)

# Many at once: each draft has its own answer, and a refusal does not stop the others.
with stronghold.books(shop.id, principal="user:ada") as books:
    drafts = [Record(account=till.id, amount=amount, on=DAY) for amount in ("-50.00", "-50.00", "25.00")]
    outcomes = [result.outcome.value for result in books.transactions.post_many(drafts, on_error="continue")]
    assert outcomes == ["posted", "refused", "posted"]
    assert books.accounts.balance(till.id) == Money.of("35.00", "USD")

# Permissions are checked in core, so they hold for whoever calls it. A refusal is recorded, although nothing was done.
with suppress(PermissionDeniedError):
    stronghold.run(shop.id, principal="user:bob", do=pay)
with stronghold.books(shop.id, principal="user:ada") as books:
    (denial,) = books.audit.list(actor="user:bob").items
    assert (denial.action, denial.outcome.value) == ("transaction:post", "denied")
assert stronghold.verify(shop.id).is_sound

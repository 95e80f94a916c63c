"""First books: a tenant, an account, a category, and money that moves between them."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from stronghold_core import AmountSyntaxError, DateRange, Money, Stronghold

stronghold = Stronghold("sqlite://")  # in memory; sqlite:///books.db or postgresql+psycopg://… keep what you write
stronghold.migrate()

acme = stronghold.tenants.create(kind="organization", name="Acme Ltd", base_currency="USD", owner="user:ada")

# One block is one transaction of the database, in one tenant, by one principal. Leaving it commits.
with stronghold.books(acme.id, principal="user:ada") as books:
    bank = books.accounts.open(
        name="Business checking",
        type="asset",
        subtype="checking",
        opening_balance="5000.00",
        opened_on=date(2025, 10, 31),
    )
    sales = books.categories.create(name="Sales", kind="income")
    rent = books.categories.create(name="Rent", kind="expense")
    books.transactions.record(
        account=bank.id, amount="1800.00", category=sales.id, description="Invoice 17", on=date(2025, 11, 3)
    )
    november = books.transactions.record(
        account=bank.id, amount="-1200.00", category=rent.id, description="November rent", on=date(2025, 11, 4)
    )

# Every transaction has two sides: what the account lost, the category took.
assert [entry.amount for entry in november.entries] == [Money.of("-1200.00", "USD"), Money.of("1200.00", "USD")]

with stronghold.books(acme.id, principal="user:ada") as books:
    assert books.accounts.balance(bank.id) == Money.of("5600.00", "USD")
    assert books.accounts.balance(bank.id, on=date(2025, 11, 3)) == Money.of("6800.00", "USD")

    # Nothing that was posted is changed or deleted. A mistake is taken back, and both stay to be seen.
    books.transactions.reverse(november.id, on=date(2025, 11, 5), description="Paid twice")
    assert books.accounts.balance(bank.id) == Money.of("6800.00", "USD")
    assert len(books.transactions.list(text="november rent").items) == 1

# An exception takes everything back that the block did: here the second line, so the first one as well.
with suppress(AmountSyntaxError), stronghold.books(acme.id, principal="user:ada") as books:
    books.transactions.record(account=bank.id, amount="-6800.00", on=date(2025, 11, 6))
    books.transactions.record(account=bank.id, amount="lots", on=date(2025, 11, 6))

overview = stronghold.read(
    acme.id,
    principal="user:ada",
    do=lambda books: books.dashboard.overview(DateRange(date(2025, 11, 1), date(2025, 11, 30))),
)
(dollars,) = overview.currencies
print(f"{overview.tenant_name} has {dollars.net_worth.net}; November brought {dollars.income}.")
assert dollars.net_worth.net == Money.of("6800.00", "USD")
assert dollars.income == Money.of("1800.00", "USD")
assert not dollars.expenses  # the rent was taken back

assert stronghold.verify(acme.id).is_sound

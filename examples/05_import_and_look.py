"""A bank's CSV file becomes transactions; the dashboard reads them."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path

from stronghold_core import DateRange, Money, Stronghold

STATEMENT = Path(__file__).parent / "data" / "checking.csv"

stronghold = Stronghold("sqlite://")
stronghold.migrate()
ada = stronghold.tenants.create(kind="user", name="Ada", base_currency="USD", owner="user:ada")

with stronghold.books(ada.id, principal="user:ada") as books:
    checking = books.accounts.open(
        name="Checking", type="asset", opening_balance="2150.00", opened_on=date(2024, 12, 31)
    )
    # Nothing is said about the file: it is found out, and asked for where the file leaves it open.
    first = books.bank_statements.import_csv(STATEMENT, account=checking.id)
    again = books.bank_statements.import_csv(STATEMENT, account=checking.id)

# The same file twice posts nothing twice, but two coffees on one morning are two coffees.
assert (first.posted, first.refused) == (162, 0)
assert (again.posted, again.already_there) == (0, 162)

with stronghold.books(ada.id, principal="user:ada") as books:
    coffees = books.transactions.list(text="lighthouse coffee", first=date(2025, 3, 6), last=date(2025, 3, 6))
    assert len(coffees) == 2

    # Rows arrive uncategorised; what they were for is said afterwards.
    rent = books.categories.create(name="Rent", kind="expense")
    for paid in books.transactions.list(text="property mgmt"):
        books.transactions.recategorise(paid.id, category=rent.id)

    year = books.dashboard.overview(DateRange(date(2025, 1, 1), date(2025, 12, 31)))

(dollars,) = year.currencies
print(f"{year.first} to {year.last}: in {dollars.income}, out {dollars.expenses}, now {dollars.net_worth.net}")
for flow in dollars.categories:
    print(f"  {flow.name:<15}{flow.amount!s:>15}")

# The bank's file states a balance in its latest row; the books agree.
assert dollars.net_worth.net == Money.of("17594.99", "USD")
assert [flow.amount for flow in dollars.categories if flow.name == "Rent"] == [Money.of("20700.00", "USD")]

# A row that can't be read is named with its line; without on_invalid="skip" nothing of the file would be posted.
damaged = BytesIO(b"Posting Date,Description,Amount,Balance\n02/30/2025,Tea,-3.00,\n02/28/2025,Tea,-3.00,\n")
with stronghold.books(ada.id, principal="user:ada") as books:
    result = books.bank_statements.import_csv(damaged, account=checking.id, on_invalid="skip")
assert result.posted == 1
assert [row.line for row in result.refused_rows] == [2]

# What was imported can be taken back as a whole.
with stronghold.books(ada.id, principal="user:ada") as books:
    assert result.import_id is not None
    assert books.bank_statements.revert(result.import_id).reversed == 1
    assert books.accounts.balance(checking.id) == Money.of("17594.99", "USD")
assert stronghold.verify(ada.id).is_sound

"""One receipt for two things, money that comes back, and money that only changes its place."""

from __future__ import annotations

from datetime import date

from stronghold_core import DateRange, Money, Stronghold

DAY = date(2025, 11, 14)

stronghold = Stronghold("sqlite://")
stronghold.migrate()
ada = stronghold.tenants.create(kind="user", name="Ada", base_currency="EUR", owner="user:ada")

with stronghold.books(ada.id, principal="user:ada") as books:
    checking = books.accounts.open(name="Checking", type="asset", opening_balance="2000.00", opened_on=DAY)
    savings = books.accounts.open(name="Savings", type="asset")
    dollars = books.accounts.open(name="Dollars", type="asset", currency="USD")
    card = books.accounts.open(name="Card", type="liability", subtype="credit_card")
    food = books.categories.create(name="Groceries", kind="expense")
    home = books.categories.create(name="Household", kind="expense")

    # A receipt for two categories. The parts must add up to the whole.
    books.transactions.split(
        account=card.id, amount="-80.00", parts=[(food.id, "-62.50"), (home.id, "-17.50")], on=DAY, payee="Market"
    )

    # A refund is no income: it makes the spending smaller.
    books.transactions.record(account=card.id, amount="7.50", category=home.id, on=DAY, description="Bottles returned")

    # Money that moves between one's own accounts is neither income nor spending: saving, or paying the card.
    books.transactions.transfer(from_account=checking.id, to_account=savings.id, amount="500.00", on=DAY)
    books.transactions.transfer(from_account=checking.id, to_account=card.id, amount="72.50", on=DAY)

    # Between currencies both amounts are given; each currency still adds up to zero, through a trading account.
    exchange = books.transactions.transfer(
        from_account=checking.id, to_account=dollars.id, amount="100.00", to_amount="108.40", on=DAY
    )

    # What a transaction was for may be corrected; its money may not.
    guess = books.transactions.record(account=checking.id, amount="-12.00", on=DAY, description="Light bulbs")
    books.transactions.recategorise(guess.id, category=home.id)

with stronghold.books(ada.id, principal="user:ada", read_only=True) as books:
    balances = {account.name: str(account.balance) for account in books.accounts.list().items}
    overview = books.dashboard.overview(DateRange(DAY, DAY))

print(balances)
assert balances == {
    "Card": "0.00 EUR",
    "Checking": "1315.50 EUR",
    "Dollars": "108.40 USD",
    "Savings": "500.00 EUR",
}
assert len(exchange.entries) == 4

euros, us_dollars = overview.currencies  # side by side, never added
assert {flow.name: flow.amount for flow in euros.categories if flow.amount} == {
    "Groceries": Money.of("62.50", "EUR"),
    "Household": Money.of("22.00", "EUR"),  # 17.50 − 7.50 + 12.00
}
assert not euros.income
assert us_dollars.net_worth.net == Money.of("108.40", "USD")
assert stronghold.verify(ada.id).is_sound

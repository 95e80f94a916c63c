"""The library's side: everything goes through `books`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benches.sides import PAYEE, PRINCIPAL, WORDS, Order, Tenant
from stronghold_core.ledger import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benches.grounds import Ground
    from stronghold_core import Stronghold

CURRENCY = "USD"


class Ours:
    """One tenant's books through the library."""

    def __init__(self, stronghold: Stronghold, tenant: Tenant) -> None:
        self._stronghold = stronghold
        self._tenant = tenant

    def post(self, order: Order) -> None:
        """Post one order in a unit of its own."""
        with self._stronghold.books(self._tenant.id, principal=PRINCIPAL) as books:
            books.transactions.record(
                account=order.account,
                amount=order.amount,
                category=order.category,
                on=order.day,
                description=WORDS,
                payee=PAYEE,
                idempotency_key=order.key,
            )

    def post_many(self, orders: Sequence[Order]) -> None:
        """Post many orders in one unit; making the drafts counts."""
        drafts = [
            Record(
                account=order.account,
                amount=order.amount,
                category=order.category,
                on=order.day,
                description=WORDS,
                payee=PAYEE,
                idempotency_key=order.key,
            )
            for order in orders
        ]
        with self._stronghold.books(self._tenant.id, principal=PRINCIPAL) as books:
            books.transactions.post_many(drafts)

    def read_account(self) -> int:
        """Read one account in a unit of its own."""
        with self._stronghold.books(self._tenant.id, principal=PRINCIPAL, read_only=True) as books:
            return books.accounts.get(self._tenant.accounts[0]).balance.minor

    def overview(self) -> int:
        """Read the overview of the current month in a unit of its own, although it was read before."""
        self._stronghold.dashboard_cache.clear()
        return self.kept_overview()

    def look(self, name: str) -> None:
        """Read one answer of the dashboard in a unit of its own, although it was read before."""
        self._stronghold.dashboard_cache.clear()
        with self._stronghold.books(self._tenant.id, principal=PRINCIPAL, read_only=True) as books:
            getattr(books.dashboard, name)()

    def kept_overview(self) -> int:
        """Read the overview of the current month in a unit of its own; it may be kept since it was read before."""
        with self._stronghold.books(self._tenant.id, principal=PRINCIPAL, read_only=True) as books:
            return books.dashboard.overview().currencies[0].net_worth.net.minor


def open_tenant(ground: Ground, *, accounts: int, categories: int, kind: str = "expense") -> Tenant:
    """Create a tenant with its accounts and categories, and post once to each category, which opens its account."""
    stronghold = ground.stronghold
    tenant = stronghold.tenants.create(kind="organization", name="Bench", base_currency=CURRENCY, owner=PRINCIPAL)
    with stronghold.books(tenant.id, principal=PRINCIPAL) as books:
        opened = [books.accounts.open(name=f"Account {n}", type="asset").id for n in range(accounts)]
        heads = [books.categories.create(name=f"Category {n}", kind=kind).id for n in range(categories)]
        for head in heads:
            books.transactions.record(account=opened[0], amount="1.00", category=head)
    return Tenant(tenant.id, opened, ground.leaves_of(tenant.id))

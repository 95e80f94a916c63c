"""Your tables and the ledger in one transaction: both are written, or neither."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import StaticPool

from stronghold_core import BalanceLimitError, Money, Stronghold, prepare_sqlite


class Base(DeclarativeBase):
    """What a host's application already has."""


class Order(Base):
    """What a customer bought."""

    __tablename__ = "shop_order"

    number: Mapped[int] = mapped_column(primary_key=True)
    paid_with: Mapped[str]


# The host's own engine. On SQLite it needs foreign keys and the write-ahead log, which one call switches on.
engine = create_engine("sqlite://", poolclass=StaticPool)
prepare_sqlite(engine)
stronghold = Stronghold(engine)
stronghold.migrate()
Base.metadata.create_all(engine)

shop = stronghold.tenants.create(kind="organization", name="Shop", base_currency="USD", owner="service:shop")
with stronghold.books(shop.id, principal="service:shop") as books:
    wallet = books.accounts.open(
        name="Customer 7", type="liability", subtype="wallet", max_balance="0", opening_balance="-50.00"
    )
    sales = books.categories.create(name="Sales", kind="income")

told: list[str] = []


def place_order(session: Session, number: int, amount: str) -> None:
    """Write the order and charge the wallet, in the transaction that the host has begun."""
    session.add(Order(number=number, paid_with="wallet"))
    with stronghold.books(shop.id, principal="service:shop", session=session) as books:
        # The shop owes its customer less, and has sold something.
        books.transactions.record(account=wallet.id, amount=amount, category=sales.id, description=f"Order {number}")
        # For what can't be taken back, such as an e-mail: it waits until the host has committed.
        books.on_commit(lambda: told.append(f"order {number} is paid"))


# The host commits, so both are there.
with Session(engine) as session, session.begin():
    place_order(session, 1, "30.00")
    assert not told
assert told == ["order 1 is paid"]

# The ledger refuses, so there is no order either.
with suppress(BalanceLimitError), Session(engine) as session, session.begin():
    place_order(session, 2, "30.00")

# The host changes its mind, so the ledger forgets.
with Session(engine) as session:
    place_order(session, 3, "10.00")
    session.rollback()

with Session(engine) as session:
    assert session.scalar(select(func.count()).select_from(Order)) == 1
with stronghold.books(shop.id, principal="service:shop") as books:
    assert books.accounts.get(wallet.id).natural_balance == Money.of("20.00", "USD")
assert told == ["order 1 is paid"]
assert stronghold.verify(shop.id).is_sound

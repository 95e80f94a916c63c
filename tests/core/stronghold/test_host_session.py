"""The host's own code works on its own tables inside a unit, in a session that stays within the tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import MetaData, bindparam, delete, func, insert, literal, select, text, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from stronghold_core.db import Base, ConstraintError, Id
from stronghold_core.errors import (
    DatabaseFileError,
    ForeignTenantRowError,
    InvalidInputError,
    LedgerTableError,
    ReadOnlyUnitError,
    TenantTableError,
    TransactionEndedError,
    UnavailableError,
    UnitClosedError,
    UnscopedStatementError,
)
from tests.support.hosts import COUNTRIES, SHELVES, Book, Country, Shelf
from tests.support.stronghold import ADA, EVE, Desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from stronghold_core import Books, HostSession, Stronghold

ACCOUNTS, ENTRIES = Base.metadata.tables["stronghold_account"], Base.metadata.tables["stronghold_entry"]


@pytest.fixture
def acme(hosted: Stronghold) -> Desk:
    """Create a company with one shelf."""
    return desk_with_shelf(hosted, ADA)


@pytest.fixture
def rival(hosted: Stronghold) -> Desk:
    """Create another company with one shelf."""
    return desk_with_shelf(hosted, EVE)


def desk_with_shelf(stronghold: Stronghold, owner: str) -> Desk:
    """Create a tenant, and put a shelf with a book into the host's tables."""
    tenant = stronghold.tenants.create(kind="organization", name=owner, base_currency="USD", owner=owner)
    desk = Desk(stronghold, tenant, owner)
    with desk.books() as books:
        books.session.add(Shelf(id=1, name=owner, books=[Book(id=1, title=f"{owner}'s book")]))
    return desk


def names(desk: Desk) -> list[str]:
    """Read the names of a tenant's shelves."""
    with desk.books(read_only=True) as books:
        return list(books.session.scalars(select(Shelf.name).order_by(Shelf.id)))


def run(desk: Desk, work: Callable[[Books], None]) -> None:
    """Do *work* in a unit of its own."""
    desk.stronghold.run(desk.tenant.id, principal=desk.principal, do=work)


def test_what_is_added_is_the_tenants_and_committed_with_the_unit(acme: Desk, rival: Desk) -> None:
    """Nobody says the tenant; each reads their own."""
    assert (names(acme), names(rival)) == ([ADA], [EVE])


def test_what_fails_takes_the_hosts_rows_along(acme: Desk) -> None:
    """One transaction: the ledger's rows and the host's are written together or not at all."""

    def work(books: Books) -> None:
        books.accounts.open(name="Bank", type="asset")
        books.session.add(Shelf(id=2, name="second"))
        books.session.flush()
        raise LookupError

    with pytest.raises(LookupError):
        run(acme, work)
    assert names(acme) == [ADA]
    with acme.books() as books:
        assert books.accounts.find(name="Bank") is None


def test_a_verb_that_is_refused_leaves_what_the_host_wrote_before(acme: Desk) -> None:
    """Its savepoint begins after that."""
    with acme.books() as books:
        books.session.add(Shelf(id=2, name="second"))
        with pytest.raises(InvalidInputError, match="colour"):
            books.accounts.open(name="Bank", type="colour")
    assert names(acme) == [ADA, "second"]


def test_the_ledger_may_be_read_along(acme: Desk, rival: Desk) -> None:
    """In a statement that compares the tenant in both tables, or links them."""
    for desk in (acme, rival):
        with desk.books() as books:
            books.accounts.open(name=f"{desk.principal}'s bank", type="asset")
    with acme.books() as books:
        joined = select(Shelf.name, ACCOUNTS.c.name).join(ACCOUNTS, ACCOUNTS.c.tenant_id == Shelf.tenant_id)
        assert books.session.execute(joined).all() == [(ADA, f"{ADA}'s bank")]


REFUSED: dict[str, tuple[Callable[[Books, Desk], object], type[Exception]]] = {
    "a Core table": (lambda b, _: b.session.execute(select(SHELVES)), UnscopedStatementError),
    "another's rows": (
        lambda b, d: b.session.execute(select(SHELVES).where(SHELVES.c.tenant_id == d.tenant.id)),
        UnscopedStatementError,
    ),
    "text": (lambda b, _: b.session.execute(text("select * from host_shelf")), UnscopedStatementError),
    "the connection": (lambda b, _: b.session.connection(), UnscopedStatementError),
    "a row for another": (
        lambda b, d: b.session.add(Shelf(tenant_id=d.tenant.id, id=9, name="x")),
        ForeignTenantRowError,
    ),
    "an insert into the ledger": (
        lambda b, _: b.session.execute(insert(ENTRIES).values(tenant_id=b.context.tenant_id, line=1)),
        LedgerTableError,
    ),
    "an update of the ledger": (
        lambda b, _: b.session.execute(
            update(ACCOUNTS).where(ACCOUNTS.c.tenant_id == b.context.tenant_id).values(balance_minor=10**9)
        ),
        LedgerTableError,
    ),
    "a delete from the ledger": (
        lambda b, _: b.session.execute(delete(ENTRIES).where(ENTRIES.c.tenant_id == b.context.tenant_id)),
        LedgerTableError,
    ),
    "an insert inside a query": (
        lambda b, _: b.session.execute(
            select(literal(1)).add_cte(
                update(ACCOUNTS).where(ACCOUNTS.c.tenant_id == b.context.tenant_id).values(version=0).cte()
            )
        ),
        LedgerTableError,
    ),
    "text that writes the ledger": (
        lambda b, _: b.session.execute(
            text("update stronghold_account set version = 0 where tenant_id = :tenant_id"),
            {"tenant_id": b.context.tenant_id},
        ),
        LedgerTableError,
    ),
    "text inside a query": (
        lambda b, _: b.session.execute(
            select(COUNTRIES).where(text("exists (select 1 from stronghold_account where tenant_id = :tenant_id)")),
            {"tenant_id": b.context.tenant_id},
        ),
        LedgerTableError,
    ),
}


@pytest.mark.parametrize(("attempt", "error"), REFUSED.values(), ids=REFUSED.keys())
def test_what_leaves_the_tenant_or_writes_the_ledger_is_refused(
    acme: Desk, rival: Desk, attempt: Callable[[Books, Desk], object], error: type[Exception]
) -> None:
    """Before it reaches the database; the unit goes on."""
    with acme.books() as books:
        with pytest.raises(error):
            attempt(books, rival)
        books.session.add(Shelf(id=2, name="second"))
    assert (names(acme), names(rival)) == ([ADA, "second"], [EVE])


def test_tables_of_nobody_are_the_hosts_to_write(acme: Desk) -> None:
    """The guard asks for a tenant only where there is one."""
    with acme.books() as books:
        books.session.add(Country(code="IS", name="Iceland"))
        books.session.flush()
        assert books.session.execute(text("select name from host_country")).scalars().all() == ["Iceland"]


def test_a_read_unit_writes_none_of_the_hosts_rows_either(acme: Desk) -> None:
    """It says why."""
    for write in (
        lambda s: s.execute(insert(Shelf).values(tenant_id=acme.tenant.id, id=2, name="x")),
        lambda s: s.execute(update(Shelf).values(name="x")),
        lambda s: s.execute(delete(Book)),
        lambda s: (s.add(Shelf(id=2, name="x")), s.flush()),
    ):
        with pytest.raises(ReadOnlyUnitError), acme.books(read_only=True) as books:
            write(books.session)
    assert names(acme) == [ADA]


def test_text_that_writes_is_refused_by_the_database_in_a_read_unit(acme: Desk) -> None:
    """Nobody here can tell what text does."""
    statement = text("update host_shelf set name = 'x' where tenant_id = :tenant_id").bindparams(
        bindparam("tenant_id", type_=Id)
    )
    with pytest.raises((DatabaseFileError, UnavailableError)), acme.books(read_only=True) as books:
        books.session.execute(statement, {"tenant_id": acme.tenant.id})
    assert names(acme) == [ADA]


def test_a_mistake_of_the_hosts_undoes_the_unit(acme: Desk) -> None:
    """What the database says comes out of the block as an error of this library, with the rule's name."""

    def work(books: Books) -> None:
        books.accounts.open(name="Bank", type="asset")
        books.session.add(Shelf(id=1, name="again"))
        books.session.flush()

    with pytest.raises(ConstraintError, match="host_shelf"):
        run(acme, work)
    with acme.books() as books:
        assert books.accounts.find(name="Bank") is None


def test_the_unit_commits_and_not_the_session(acme: Desk) -> None:
    """`commit` flushes; `rollback` ends the unit, which then refuses to go on as if nothing had happened."""

    def commit_and_fail(books: Books) -> None:
        books.session.add(Shelf(id=2, name="second"))
        books.session.commit()
        raise LookupError

    def roll_back(books: Books) -> None:
        books.session.add(Shelf(id=2, name="second"))
        books.session.flush()
        books.session.rollback()

    with pytest.raises(LookupError):
        run(acme, commit_and_fail)
    with pytest.raises(TransactionEndedError):
        run(acme, roll_back)
    assert names(acme) == [ADA]


def test_the_session_ends_with_its_unit(acme: Desk) -> None:
    """Books that are kept give none."""
    with acme.books() as books:
        kept = books
    with pytest.raises(UnitClosedError):
        _ = kept.session


def test_a_joined_unit_has_one_as_well(acme: Desk) -> None:
    """It works in the host's transaction, which decides."""
    stronghold = acme.stronghold
    with Session(stronghold.database.engine) as host:
        with stronghold.books(acme.tenant.id, principal=ADA, session=host) as books:
            books.session.add(Shelf(id=2, name="second"))
        host.rollback()
    assert names(acme) == [ADA]


class Root(DeclarativeBase):
    """A base whose class forgets the mixin."""

    metadata = MetaData()


class Careless(Root):
    """Mapped to a tenant's table without `TenantScoped`."""

    __tablename__ = "host_shelf"

    tenant_id: Mapped[Any] = mapped_column(Id, primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]


CARELESS: dict[str, tuple[Callable[[HostSession, Desk], object], type[Exception]]] = {
    "a query": (lambda s, _: s.scalars(select(Careless)).all(), UnscopedStatementError),
    "a count": (lambda s, _: s.scalar(select(func.count()).select_from(Careless)), UnscopedStatementError),
    "get": (lambda s, d: s.get(Careless, (d.tenant.id, 1)), UnscopedStatementError),
    "an update": (lambda s, _: s.execute(update(Careless).values(name="x")), UnscopedStatementError),
    "a delete": (lambda s, _: s.execute(delete(Careless)), UnscopedStatementError),
    "an insert": (
        lambda s, d: s.execute(insert(Careless).values(tenant_id=d.tenant.id, id=9, name="x")),
        UnscopedStatementError,
    ),
    "an object": (lambda s, d: s.add(Careless(tenant_id=d.tenant.id, id=9, name="x")), TenantTableError),
}


@pytest.mark.parametrize(("attempt", "error"), CARELESS.values(), ids=CARELESS.keys())
def test_a_class_that_forgets_the_mixin_leads_nowhere(
    acme: Desk, rival: Desk, attempt: Callable[[HostSession, Desk], object], error: type[Exception]
) -> None:
    """No criteria reach it, so it is judged as Core is; and no object of it gets in."""
    with acme.books() as books, pytest.raises(error):
        attempt(books.session, rival)
    assert (names(acme), names(rival)) == ([ADA], [EVE])


def test_a_loaded_object_of_such_a_class_is_not_written(acme: Desk, rival: Desk) -> None:
    """A query that compares the tenant may load it; nobody would see to where it goes."""
    with acme.books() as books:
        loaded = books.session.scalars(select(Careless).where(Careless.tenant_id == acme.tenant.id)).one()
        loaded.tenant_id = rival.tenant.id
        with pytest.raises(TenantTableError, match="Careless is mapped to it without TenantScoped"):
            books.session.flush()
        books.session.expunge_all()
    assert (names(acme), names(rival)) == ([ADA], [EVE])

"""A session of one tenant reaches that tenant's rows only: every way to read or write stays inside, or is refused.

The tables are a host's own. No row-level security stands behind them, so what holds here holds by the guard alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    bindparam,
    column,
    delete,
    exists,
    func,
    insert,
    intersect,
    lambda_stmt,
    literal,
    literal_column,
    select,
    text,
    true,
    union,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import (
    Bundle,
    Session,
    aliased,
    contains_eager,
    joinedload,
    lazyload,
    selectinload,
    subqueryload,
)

from stronghold_core.db import Id
from stronghold_core.db.base import is_tenant_table
from stronghold_core.db.session import TenantSession
from stronghold_core.errors import ForeignTenantRowError, UnscopedStatementError
from tests.support.hosts import BOOKS, COUNTRIES, MINE, SHELVES, THEIRS, WORDS, Book, Country, Shelf

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from stronghold_core.ids import TenantId

REFUSALS = (UnscopedStatementError, ForeignTenantRowError)
OtherShelf = aliased(Shelf, name="other_shelf")


@dataclass(frozen=True)
class Seat:
    """A tenant's session, and what its rows are called; the other tenant's rows have the same keys."""

    session: TenantSession
    tenant: TenantId

    @property
    def other(self) -> TenantId:
        """The tenant that must stay out of sight."""
        return THEIRS if self.tenant == MINE else MINE

    def word(self, what: str) -> str:
        """Name a row of this tenant."""
        return f"{WORDS[self.tenant]} {what}"

    def foreign(self, what: str) -> str:
        """Name a row of the other tenant."""
        return f"{WORDS[self.other]} {what}"

    def rows(self, statement: Any, parameters: Any = None) -> list[Any]:  # noqa: ANN401 - whatever a test executes
        """Execute, and flatten what comes back."""
        result = self.session.execute(statement, parameters)
        return [value for row in result.unique() for value in row]


@pytest.fixture
def seat(connection: Connection) -> Iterator[Seat]:
    """Sit down as MINE."""
    with seated(connection, MINE) as taken:
        yield taken


@contextmanager
def seated(connection: Connection, tenant: TenantId) -> Iterator[Seat]:
    """Sit down as *tenant*."""
    with TenantSession(connection, tenant) as session:
        yield Seat(session, tenant)


def contents(connection: Connection, tenant: UUID) -> dict[str, list[tuple[Any, ...]]]:
    """Read everything that one tenant has, past the session."""
    found = {}
    for table in (SHELVES, BOOKS):
        rows = connection.execute(select(table).where(table.c.tenant_id == tenant).order_by(table.c.id))
        found[table.name] = [(*row,) for row in rows]
    return found


def titles(shelves: Sequence[Shelf]) -> list[str]:
    """Go from shelves to their books, whichever way those are loaded."""
    return [book.title for shelf in shelves for book in shelf.books]


def namesakes(books: Sequence[Book]) -> list[str]:
    """Go from books to the shelves of their number, along a relationship that forgets the tenant."""
    return [shelf.name for book in books for shelf in book.namesakes]


# --- reading through mapped classes

Read: TypeAlias = Callable[[Seat], object]

SHELF: Read = lambda seat: [seat.word("shelf")]  # noqa: E731 - the answers stand beside the questions below
BOOK: Read = lambda seat: [seat.word("book")]  # noqa: E731
BOTH: Read = lambda seat: [seat.word("shelf"), seat.word("book")]  # noqa: E731
ONE: Read = lambda _: [1]  # noqa: E731
NOTHING: Read = lambda _: []  # noqa: E731

SCOPED_READS: dict[str, tuple[Read, Read]] = {
    "objects": (lambda s: [shelf.name for shelf in s.session.scalars(select(Shelf))], SHELF),
    "columns": (lambda s: s.rows(select(Shelf.name)), SHELF),
    "a labelled expression": (lambda s: s.rows(select((Shelf.name + "").label("x"))), SHELF),
    "a bundle": (lambda s: [bundle.name for bundle in s.rows(select(Bundle("b", Shelf.name)))], SHELF),
    "a count": (lambda s: s.rows(select(func.count()).select_from(Shelf)), ONE),
    "a count of a column": (lambda s: s.rows(select(func.count(Shelf.id))), ONE),
    "an aggregate": (lambda s: s.rows(select(func.max(Shelf.name))), SHELF),
    "an alias": (lambda s: s.rows(select(OtherShelf.name)), SHELF),
    "an alias of a subquery": (lambda s: s.rows(select(aliased(Shelf, select(Shelf).subquery()).name)), SHELF),
    "a join along a relationship": (lambda s: s.rows(select(Shelf.name, Book.title).join(Shelf.books)), BOTH),
    "a join with an ON of its own": (
        lambda s: s.rows(select(Shelf.name, Book.title).join(Book, Book.shelf_id == Shelf.id)),
        BOTH,
    ),
    "a join that crosses everything": (lambda s: s.rows(select(Shelf.name, Book.title).join(Book, true())), BOTH),
    "an outer join": (
        lambda s: s.rows(select(Shelf.name, Book.title).outerjoin(Book, Book.shelf_id == Shelf.id)),
        BOTH,
    ),
    "a full join": (
        lambda s: s.rows(select(Shelf.name, Book.title).join(Book, Book.shelf_id == Shelf.id, full=True)),
        BOTH,
    ),
    "a join to an alias": (lambda s: s.rows(select(Book.title).join(OtherShelf, OtherShelf.id == Book.shelf_id)), BOOK),
    "a join along a careless relationship": (
        lambda s: s.rows(select(Shelf.name, Book.title).select_from(Book).join(Book.namesakes)),
        BOTH,
    ),
    "two classes in WHERE": (lambda s: s.rows(select(Shelf.name, Book.title).where(Shelf.id == Book.shelf_id)), BOTH),
    "a class that only WHERE names": (
        lambda s: s.rows(select(Shelf.name).where(Shelf.id == Book.shelf_id, Book.title == s.foreign("book"))),
        NOTHING,
    ),
    "a subquery": (lambda s: s.rows(select(select(Shelf.name).subquery())), SHELF),
    "a common table expression": (lambda s: s.rows(select(select(Shelf.name).cte("all_shelves"))), SHELF),
    "a scalar subquery": (lambda s: s.rows(select(select(func.max(Book.title)).scalar_subquery())), BOOK),
    "a union": (lambda s: sorted(s.rows(union(select(Shelf.name), select(Shelf.name)))), SHELF),
    "a union of two classes": (
        lambda s: sorted(s.rows(union(select(Shelf.name), select(Book.title))), reverse=True),
        BOTH,
    ),
    "a union in a subquery": (
        lambda s: s.rows(select(union(select(Shelf.name), select(Shelf.name)).subquery())),
        SHELF,
    ),
    "an intersection": (lambda s: s.rows(intersect(select(Shelf.name), select(Shelf.name))), SHELF),
    "from a union": (
        lambda s: [
            shelf.name for shelf in s.session.scalars(select(Shelf).from_statement(union(select(Shelf), select(Shelf))))
        ],
        SHELF,
    ),
    "exists": (
        lambda s: s.rows(select(Shelf.name).where(exists().where(Book.title == s.foreign("book")))),
        NOTHING,
    ),
    "exists of a query": (
        lambda s: s.rows(select(Shelf.name).where(select(Book).where(Book.title == s.foreign("book")).exists())),
        NOTHING,
    ),
    "exists alone, of a query": (
        lambda s: [int(x) for x in s.rows(select(exists(select(Shelf).where(Shelf.name == s.foreign("shelf")))))],
        lambda _: [0],
    ),
    "a class in WHERE only": (lambda s: s.rows(select(SHELVES.c.name).where(Shelf.id == 1)), SHELF),
    "a function of a class": (
        lambda s: s.rows(select(func.lower(Shelf.name)).where(func.lower(Shelf.name) != "")),
        SHELF,
    ),
    "a relationship joined": (lambda s: s.rows(select(Shelf.name, BOOKS.c.title).join(Shelf.books)), BOTH),
    "in a subquery": (
        lambda s: s.rows(select(Shelf.name).where(literal(s.foreign("book")).in_(select(Book.title)))),
        NOTHING,
    ),
    "any": (lambda s: s.rows(select(Shelf.name).where(Shelf.books.any(Book.title == s.foreign("book")))), NOTHING),
    "any at all": (lambda s: s.rows(select(Shelf.name).where(Shelf.books.any())), SHELF),
    "has": (lambda s: s.rows(select(Book.title).where(Book.shelf.has(Shelf.name == s.foreign("shelf")))), NOTHING),
    "any along a careless relationship": (
        lambda s: s.rows(select(Book.title).where(Book.namesakes.any(Shelf.name == s.foreign("shelf")))),
        NOTHING,
    ),
    "not any along a careless relationship": (
        lambda s: s.rows(select(Book.title).where(~Book.namesakes.any(Shelf.name == s.word("shelf")))),
        NOTHING,
    ),
    "any of an alias": (
        lambda s: s.rows(
            select(Book.title).where(Book.namesakes.of_type(OtherShelf).any(OtherShelf.name == s.foreign("shelf")))
        ),
        NOTHING,
    ),
    "lazy loading": (lambda s: titles(s.session.scalars(select(Shelf).options(lazyload(Shelf.books))).all()), BOOK),
    "lazy loading of a parent": (lambda s: [book.shelf.name for book in s.session.scalars(select(Book))], SHELF),
    "careless lazy loading": (lambda s: namesakes(s.session.scalars(select(Book)).all()), SHELF),
    "careless selectin loading": (
        lambda s: namesakes(s.session.scalars(select(Book).options(selectinload(Book.namesakes))).all()),
        SHELF,
    ),
    "careless joined loading": (
        lambda s: namesakes(s.session.scalars(select(Book).options(joinedload(Book.namesakes))).unique().all()),
        SHELF,
    ),
    "careless joined loading of a page": (
        lambda s: namesakes(
            s.session.scalars(select(Book).options(joinedload(Book.namesakes)).limit(5)).unique().all()
        ),
        SHELF,
    ),
    "careless subquery loading": (
        lambda s: namesakes(s.session.scalars(select(Book).options(subqueryload(Book.namesakes))).all()),
        SHELF,
    ),
    "careless eager loading of a join": (
        lambda s: namesakes(
            s.session.scalars(select(Book).join(Book.namesakes).options(contains_eager(Book.namesakes))).unique().all()
        ),
        SHELF,
    ),
    "a lambda": (lambda s: [shelf.name for shelf in s.session.scalars(lambda_stmt(lambda: select(Shelf)))], SHELF),
    "rows in portions": (
        lambda s: [shelf.name for shelf in s.session.scalars(select(Shelf).execution_options(yield_per=1))],
        SHELF,
    ),
    "a legacy query": (lambda s: [shelf.name for shelf in s.session.query(Shelf)], SHELF),
    "a legacy count": (lambda s: [s.session.query(Shelf).count()], ONE),
    "parameters in a list": (lambda s: s.rows(select(Shelf.name), [{"tenant_id": s.tenant}]), SHELF),
    "parameters that name the other": (lambda s: s.rows(select(Shelf.name), {"tenant_id": s.other}), SHELF),
    "a condition on the other tenant": (
        lambda s: s.rows(select(Shelf.name).where(Shelf.tenant_id == s.other)),
        NOTHING,
    ),
    "a Core table that is linked to a class": (
        lambda s: s.rows(
            select(Shelf.name, BOOKS.c.title).join(
                BOOKS, and_(BOOKS.c.shelf_id == Shelf.id, BOOKS.c.tenant_id == Shelf.tenant_id)
            )
        ),
        BOTH,
    ),
    "a correlated Core subquery that is linked": (
        lambda s: s.rows(
            select(
                select(func.max(BOOKS.c.title)).where(BOOKS.c.tenant_id == Shelf.tenant_id).scalar_subquery()
            ).select_from(Shelf)
        ),
        BOOK,
    ),
    "a class of nobody's": (lambda s: s.rows(select(Country.name)), lambda _: ["Iceland"]),
    "a class of nobody's beside a tenant's": (
        lambda s: s.rows(select(Country.name, Shelf.name).join(Shelf, true())),
        lambda s: ["Iceland", s.word("shelf")],
    ),
    "Core that compares the tenant": (
        lambda s: s.rows(select(SHELVES.c.name).where(SHELVES.c.tenant_id == s.tenant)),
        SHELF,
    ),
    "Core on a table of nobody's": (lambda s: s.rows(select(COUNTRIES.c.name)), lambda _: ["Iceland"]),
    "text on a table of nobody's": (lambda s: s.rows(text("select name from host_country")), lambda _: ["Iceland"]),
}


@pytest.mark.parametrize(("read", "expected"), SCOPED_READS.values(), ids=SCOPED_READS.keys())
def test_a_read_finds_the_tenants_own_rows_only(connection: Connection, read: Read, expected: Read) -> None:
    """It answers as if the other tenant did not exist; so it does for the next tenant, with every cache still warm."""
    for tenant in (MINE, THEIRS, MINE):
        with seated(connection, tenant) as seat:
            assert read(seat) == expected(seat)


REFUSED_READS: dict[str, Read] = {
    "a Core table": lambda s: s.rows(select(SHELVES)),
    "a Core table of the other tenant": lambda s: s.rows(select(SHELVES).where(SHELVES.c.tenant_id == s.other)),
    "a Core column beside a class": lambda s: s.rows(select(Shelf.name, BOOKS.c.title)),
    "a Core table beside a class": lambda s: s.rows(select(Shelf, BOOKS)),
    "a Core table in a join": lambda s: s.rows(select(Shelf.name).join(BOOKS, BOOKS.c.shelf_id == Shelf.id)),
    "a Core table under a class": lambda s: s.rows(select(Book.title).select_from(SHELVES.join(BOOKS, true()))),
    "a Core column in WHERE": lambda s: s.rows(select(Shelf.name).where(BOOKS.c.title == s.foreign("book"))),
    "a Core subquery": lambda s: s.rows(select(Shelf.name, select(func.max(BOOKS.c.title)).scalar_subquery())),
    "a Core subquery in WHERE": lambda s: s.rows(select(Shelf.name).where(Shelf.name.in_(select(SHELVES.c.name)))),
    "a Core subquery in ORDER BY": lambda s: s.rows(
        select(Shelf.name).order_by(select(func.max(BOOKS.c.title)).scalar_subquery())
    ),
    "a Core subquery in HAVING": lambda s: s.rows(
        select(Shelf.name).group_by(Shelf.name).having(select(func.count(BOOKS.c.id)).scalar_subquery() > 1)
    ),
    "a Core subquery in FROM": lambda s: s.rows(select(Shelf.name, select(BOOKS.c.title).subquery())),
    "a Core exists": lambda s: s.rows(select(Shelf.name).where(exists().where(BOOKS.c.title == s.foreign("book")))),
    "a Core side of a union": lambda s: s.rows(union_all(select(Shelf.name), select(BOOKS.c.title))),
    "text": lambda s: s.rows(text("select name from host_shelf")),
    "text for the other tenant": lambda s: s.rows(
        text("select name from host_shelf where tenant_id = :tenant_id").bindparams(bindparam("tenant_id", type_=Id)),
        {"tenant_id": s.other},
    ),
    "text with columns": lambda s: s.rows(text("select name from host_shelf").columns(column("name", String))),
    "text as a subquery beside a class": lambda s: s.rows(
        select(Shelf.name, text("select title from host_book").columns(column("title", String)).subquery())
    ),
    "text in WHERE": lambda s: s.rows(select(Shelf.name).where(text("exists (select 1 from host_book)"))),
    "text as a column": lambda s: s.rows(select(Shelf.id, literal_column("(select max(title) from host_book)"))),
    "text at the end": lambda s: s.rows(select(Shelf.name).suffix_with(text("union select title from host_book"))),
    "objects from text": lambda s: s.session.scalars(
        select(Shelf).from_statement(text("select * from host_shelf"))
    ).all(),
    "objects from text with columns": lambda s: s.session.scalars(
        select(Shelf).from_statement(text("select * from host_shelf").columns(Shelf.tenant_id, Shelf.id, Shelf.name))
    ).all(),
    "objects from Core": lambda s: s.session.scalars(select(Shelf).from_statement(select(SHELVES))).all(),
    "objects from text by a legacy query": lambda s: (
        s.session.query(Shelf).from_statement(text("select * from host_shelf")).all()
    ),
    "the connection": lambda s: s.session.connection().execute(select(Shelf)),
    # A class is named, but SQLAlchemy would add no criteria there.
    "exists alone": lambda s: s.rows(select(exists().where(Shelf.name == s.foreign("shelf")))),
    "exists alone, beside a literal": lambda s: s.rows(
        select(literal("there is one")).where(exists().where(Shelf.name == s.foreign("shelf")))
    ),
    "exists of a function": lambda s: s.rows(
        select(Shelf.name).where(exists().where(func.lower(Book.title) == s.foreign("book")))
    ),
    "a class in ORDER BY only": lambda s: s.rows(select(Shelf.name, BOOKS.c.title).order_by(Book.id)),
    "a class in GROUP BY only": lambda s: s.rows(select(func.max(BOOKS.c.title)).group_by(Book.id)),
    "a class in HAVING only": lambda s: s.rows(select(func.max(BOOKS.c.title)).having(func.max(Book.id) > 0)),
    "a class in a function in WHERE only": lambda s: s.rows(select(literal(1)).where(func.lower(Book.title) != "")),
    "a class in ON only": lambda s: s.rows(select(BOOKS.c.title).select_from(Country).join(BOOKS, Book.id > 0)),
    "a Core table in FROM before its class": lambda s: s.rows(select(BOOKS.c.title).select_from(BOOKS, Book)),
    "a class in a CTE beside Core": lambda s: s.rows(
        select(COUNTRIES.c.name).add_cte(select(Book.title).cte("titles")).where(text("exists (select 1 from titles)"))
    ),
    "a hint at the end": lambda s: s.rows(
        select(literal("")).with_statement_hint("union all select title from host_book")
    ),
    "a hint on a table": lambda s: s.rows(select(Country.name).with_hint(Country, "join host_book on true")),
    "what an insert copies from a class": lambda s: s.rows(
        insert(Country).values(code="XX", name=select(func.max(Book.title)).scalar_subquery()).returning(Country.name)
    ),
    "what an insert of rows copies from Core": lambda s: s.rows(
        insert(COUNTRIES)
        .values([{"code": "XX", "name": select(func.max(BOOKS.c.title)).scalar_subquery()}])
        .returning(COUNTRIES.c.name)
    ),
    "what an insert copies from a query": lambda s: s.rows(
        insert(Country).from_select(["code", "name"], select(Book.title, Book.title)).returning(Country.name)
    ),
    "what an insert returns": lambda s: s.rows(
        insert(SHELVES)
        .values(tenant_id=s.tenant, id=9, name="x")
        .returning(select(func.max(Book.title)).scalar_subquery())
    ),
    "what a Core update copies from a class": lambda s: s.rows(
        update(COUNTRIES).values(name=select(func.max(Book.title)).scalar_subquery()).returning(COUNTRIES.c.name)
    ),
    "a Core update that asks whether": lambda s: s.rows(
        update(SHELVES)
        .where(SHELVES.c.tenant_id == s.tenant, exists().where(Book.title == s.foreign("book")))
        .values(name="x")
        .returning(SHELVES.c.name)
    ),
}


@pytest.mark.parametrize("read", REFUSED_READS.values(), ids=REFUSED_READS.keys())
def test_a_read_that_would_pass_the_tenant_by_is_refused(seat: Seat, read: Read) -> None:
    """Nothing is sent to the database; the error says what to do instead."""
    with pytest.raises(UnscopedStatementError):
        read(seat)


# --- objects of another tenant


def foreign_shelf(seat: Seat) -> Shelf:
    """Load an object of the other tenant elsewhere, as a host does who keeps one in a cache."""
    with Session(seat.session.get_bind()) as elsewhere:
        shelf = elsewhere.scalars(select(Shelf).where(Shelf.tenant_id == seat.other)).one()
        elsewhere.expunge(shelf)
    return shelf


def expired_shelf(seat: Seat) -> Shelf:
    """Load one, and let it forget everything but its key."""
    with Session(seat.session.get_bind()) as elsewhere:
        shelf = elsewhere.scalars(select(Shelf).where(Shelf.tenant_id == seat.other)).one()
        elsewhere.expire(shelf)
        elsewhere.expunge(shelf)
    return shelf


def test_get_finds_no_row_of_another_tenant(connection: Connection) -> None:
    """By its whole key it is not there, whatever was loaded before under the same number."""
    for tenant in (MINE, THEIRS):
        with seated(connection, tenant) as seat:
            own = seat.session.get_one(Shelf, (seat.tenant, 1))
            assert own.name == seat.word("shelf")
            assert seat.session.get(Shelf, (seat.other, 1)) is None


def test_an_own_object_can_be_refreshed(seat: Seat, connection: Connection) -> None:
    """What somebody wrote past the session is seen."""
    shelf = seat.session.scalars(select(Shelf)).one()
    connection.execute(update(SHELVES).where(SHELVES.c.tenant_id == MINE).values(name="mine again"))
    seat.session.refresh(shelf)
    assert shelf.name == "mine again"


def test_an_own_row_is_read_anew_each_time(seat: Seat, connection: Connection) -> None:
    """The posting engine writes past the session, so a query never answers from what was loaded before."""
    shelf = seat.session.scalars(select(Shelf)).one()
    connection.execute(update(SHELVES).where(SHELVES.c.tenant_id == MINE).values(name="mine again"))
    assert seat.session.scalars(select(Shelf)).one() is shelf
    assert shelf.name == "mine again"


@pytest.mark.parametrize("make", [foreign_shelf, expired_shelf])
@pytest.mark.parametrize(
    "attach",
    [
        lambda session, row: session.add(row),
        lambda session, row: session.add_all([row]),
        lambda session, row: session.delete(row),
        lambda session, row: session.merge(row, load=False),
        lambda session, row: session.add(Book(id=9, title="x", shelf=row)),
    ],
    ids=["add", "add_all", "delete", "merge without loading", "as the parent of an own row"],
)
def test_an_object_of_another_tenant_never_gets_into_the_session(
    seat: Seat, make: Callable[[Seat], Shelf], attach: Callable[[TenantSession, Shelf], None]
) -> None:
    """Once inside, a mere look at an expired attribute would read its row."""
    row = make(seat)
    with pytest.raises(ForeignTenantRowError) as caught:
        attach(seat.session, row)
    assert (caught.value.table, caught.value.found, caught.value.expected) == ("host_shelf", THEIRS, MINE)


def merged(seat: Seat, row: object) -> None:
    """Merge *row* and write it."""
    seat.session.merge(row)
    seat.session.flush()


def test_merging_an_object_of_another_tenant_is_refused_and_tells_nothing(seat: Seat, connection: Connection) -> None:
    """The answer is the same whether a row of that key exists or not."""
    before = contents(connection, THEIRS)
    for key in (1, 99):
        with pytest.raises(ForeignTenantRowError):
            merged(seat, Shelf(tenant_id=THEIRS, id=key, name="x"))
        seat.session.expunge_all()
    assert contents(connection, THEIRS) == before


def test_merging_an_own_object_updates_its_row(seat: Seat, connection: Connection) -> None:
    """The space that the rule leaves."""
    merged(seat, Shelf(tenant_id=MINE, id=1, name="mine, merged"))
    assert contents(connection, MINE)["host_shelf"] == [(MINE, 1, "mine, merged")]


# --- writing

Write: TypeAlias = Callable[[Seat], object]


def upsert(seat: Seat) -> Callable[..., Any]:
    """Choose the INSERT … ON CONFLICT of the database."""
    return postgresql.insert if seat.session.get_bind().dialect.name == "postgresql" else sqlite.insert


def flushed(seat: Seat, *rows: object) -> None:
    """Add *rows* and write them."""
    seat.session.add_all(rows)
    seat.session.flush()


def moved(seat: Seat, to: UUID) -> None:
    """Give the own book to another tenant by its attribute."""
    book = seat.session.scalars(select(Book)).one()
    book.tenant_id, book.id = to, 55
    seat.session.flush()


UNSYNCHRONISED = {"synchronize_session": False}

REFUSED_WRITES: dict[str, Write] = {
    "a new object": lambda s: flushed(s, Shelf(tenant_id=s.other, id=9, name="x")),
    "a new object below an own one": lambda s: flushed(
        s, Shelf(id=9, name="x", books=[Book(tenant_id=s.other, id=9, title="x")])
    ),
    "an own object that moves": lambda s: moved(s, s.other),
    "ORM insert": lambda s: s.session.execute(insert(Shelf).values(tenant_id=s.other, id=9, name="x")),
    "ORM insert without a tenant": lambda s: s.session.execute(insert(Shelf).values(id=9, name="x")),
    "ORM insert of rows": lambda s: s.session.execute(insert(Shelf), [{"tenant_id": s.other, "id": 9, "name": "x"}]),
    "ORM insert of mixed rows": lambda s: s.session.execute(
        insert(Shelf), [{"tenant_id": tenant, "id": 9, "name": "x"} for tenant in (s.tenant, s.other)]
    ),
    "ORM insert of rows without a tenant": lambda s: s.session.execute(insert(Shelf), [{"id": 9, "name": "x"}]),
    "ORM insert of many values": lambda s: s.session.execute(
        insert(Shelf).values([{"tenant_id": tenant, "id": 9, "name": "x"} for tenant in (s.tenant, s.other)])
    ),
    "ORM insert of a query": lambda s: s.session.execute(
        insert(Shelf).from_select(["tenant_id", "id", "name"], select(literal(s.other, Id), Shelf.id + 8, Shelf.name))
    ),
    "ORM insert that hides its tenant": lambda s: s.session.execute(
        insert(Shelf).values(tenant_id=s.other), [{"tenant_id": s.tenant, "id": 9, "name": "x"}]
    ),
    "Core insert": lambda s: s.session.execute(insert(SHELVES).values(tenant_id=s.other, id=9, name="x")),
    "Core insert that hides its tenant": lambda s: s.session.execute(
        insert(SHELVES).values(tenant_id=s.other), {"tenant_id": s.tenant, "id": 9, "name": "x"}
    ),
    "an upsert that moves a row": lambda s: s.session.execute(
        upsert(s)(Book)
        .values(tenant_id=s.tenant, id=1, shelf_id=1, title="x")
        .on_conflict_do_update(index_elements=["tenant_id", "id"], set_={"tenant_id": s.other, "id": 9})
    ),
    "ORM update that moves rows": lambda s: s.session.execute(
        update(Book).values(tenant_id=s.other, id=9).execution_options(**UNSYNCHRONISED)
    ),
    "ORM update that moves rows by an expression": lambda s: s.session.execute(
        update(Book).values(tenant_id=literal(s.other, Id), id=9).execution_options(**UNSYNCHRONISED)
    ),
    "ORM update that moves rows in order": lambda s: s.session.execute(
        update(Book).ordered_values((Book.tenant_id, s.other), (Book.id, 9)).execution_options(**UNSYNCHRONISED)
    ),
    "ORM update that moves rows by parameters": lambda s: s.session.execute(
        update(Book).execution_options(**UNSYNCHRONISED), {"tenant_id": s.other, "id": 9}
    ),
    "ORM update by key": lambda s: s.session.execute(update(Shelf), [{"tenant_id": s.other, "id": 1, "name": "x"}]),
    "ORM update by mixed keys": lambda s: s.session.execute(
        update(Shelf), [{"tenant_id": tenant, "id": 1, "name": "x"} for tenant in (s.tenant, s.other)]
    ),
    "ORM update by half a key": lambda s: s.session.execute(update(Shelf), [{"id": 1, "name": "x"}]),
    "ORM update past the criteria": lambda s: s.session.execute(
        update(Shelf).where(Shelf.id == bindparam("key")).values(name="x"),
        [{"key": 1, "tenant_id": s.tenant}],
        execution_options={"dml_strategy": "core_only"},
    ),
    "ORM delete past the criteria": lambda s: s.session.execute(
        delete(Book), execution_options={"dml_strategy": "core_only"}
    ),
    "ORM update that looks at the other": lambda s: s.session.execute(
        update(Shelf).where(Book.title == s.foreign("book")).values(name="x").execution_options(**UNSYNCHRONISED)
    ),
    "ORM update that copies from Core": lambda s: s.session.execute(
        update(Shelf).values(name=select(func.max(BOOKS.c.title)).scalar_subquery()).execution_options(**UNSYNCHRONISED)
    ),
    "Core update": lambda s: s.session.execute(update(SHELVES).values(name="x")),
    "Core update of the other": lambda s: s.session.execute(
        update(SHELVES).where(SHELVES.c.tenant_id == s.other).values(name="x")
    ),
    "Core update that moves rows": lambda s: s.session.execute(
        update(BOOKS).where(BOOKS.c.tenant_id == s.tenant).values(tenant_id=s.other, id=9)
    ),
    "Core update that moves rows by parameters": lambda s: s.session.execute(
        update(BOOKS).where(BOOKS.c.tenant_id == s.tenant), {"tenant_id": s.other, "id": 9}
    ),
    "Core delete": lambda s: s.session.execute(delete(BOOKS)),
    "Core delete of the other": lambda s: s.session.execute(delete(BOOKS).where(BOOKS.c.tenant_id == s.other)),
    "Core update by a class": lambda s: s.session.execute(update(SHELVES).where(Shelf.id == 1).values(name="x")),
    "Core delete by a class": lambda s: s.session.execute(delete(BOOKS).where(Book.id == 1)),
    "an upsert by a key that all tenants share": lambda s: s.session.execute(
        upsert(s)(Shelf)
        .values(tenant_id=s.tenant, id=1, name="x")
        .on_conflict_do_update(index_elements=["name"], set_={"name": "x"})
    ),
    "an insert that replaces": lambda s: s.session.execute(
        insert(SHELVES).prefix_with("OR REPLACE").values(tenant_id=s.tenant, id=1, name="x")
    ),
    "text": lambda s: s.session.execute(text("update host_shelf set name = 'x'")),
    "a legacy update that moves rows": lambda s: s.session.query(Book).update(
        {"tenant_id": s.other, "id": 9}, synchronize_session=False
    ),
    "a legacy bulk save": lambda s: s.session.bulk_save_objects([Shelf(tenant_id=s.other, id=9, name="x")]),
    "a legacy bulk insert": lambda s: s.session.bulk_insert_mappings(Shelf, [{"tenant_id": s.other, "id": 9}]),
    "a legacy bulk update": lambda s: s.session.bulk_update_mappings(Shelf, [{"tenant_id": s.other, "id": 1}]),
}


@pytest.mark.parametrize("write", REFUSED_WRITES.values(), ids=REFUSED_WRITES.keys())
def test_a_write_that_would_reach_another_tenant_is_refused(seat: Seat, connection: Connection, write: Write) -> None:
    """Neither tenant's rows are changed: not the other's, and none of the own ones moves over."""
    before = contents(connection, MINE), contents(connection, THEIRS)
    with pytest.raises(REFUSALS):
        write(seat)
    seat.session.expunge_all()
    assert (contents(connection, MINE), contents(connection, THEIRS)) == before


@pytest.mark.parametrize(
    "write",
    [
        lambda s: s.session.execute(delete(Book), [{"tenant_id": s.tenant}]),
        lambda s: s.session.execute(
            delete(Book).where(Book.id == bindparam("key")), [{"tenant_id": s.tenant, "key": 1}]
        ),
        lambda s: s.session.execute(update(Shelf).values(name="x"), [{"tenant_id": s.tenant}]),
    ],
    ids=["a delete of rows", "a delete of rows by a parameter", "an update of rows without their key"],
)
def test_what_sqlalchemy_itself_refuses_changes_nothing(seat: Seat, connection: Connection, write: Write) -> None:
    """Bulk forms that SQLAlchemy does not know must not start to work by surprise in a later version."""
    before = contents(connection, MINE), contents(connection, THEIRS)
    with pytest.raises((InvalidRequestError, *REFUSALS)):
        write(seat)
    assert (contents(connection, MINE), contents(connection, THEIRS)) == before


OWN = Shelf.name == "own"
ALLOWED_WRITES: dict[str, Write] = {
    "a new object": lambda s: flushed(s, Shelf(tenant_id=s.tenant, id=9, name="own")),
    "a new object that says no tenant": lambda s: flushed(s, Shelf(id=9, name="own")),
    "ORM insert": lambda s: s.session.execute(insert(Shelf).values(tenant_id=s.tenant, id=9, name="own")),
    "ORM insert of rows": lambda s: s.session.execute(insert(Shelf), [{"tenant_id": s.tenant, "id": 9, "name": "own"}]),
    "ORM update": lambda s: s.session.execute(update(Shelf).values(name="own")),
    "ORM update that names the other": lambda s: s.session.execute(
        update(Shelf).where(Shelf.tenant_id.in_([s.tenant, s.other])).values(name="own")
    ),
    "ORM update by key": lambda s: s.session.execute(update(Shelf), [{"tenant_id": s.tenant, "id": 1, "name": "own"}]),
    "Core insert": lambda s: s.session.execute(insert(SHELVES).values(tenant_id=s.tenant, id=9, name="own")),
    "Core update": lambda s: s.session.execute(
        update(SHELVES).where(SHELVES.c.tenant_id == s.tenant).values(name="own")
    ),
    "an upsert": lambda s: s.session.execute(
        upsert(s)(Shelf)
        .values(tenant_id=s.tenant, id=1, name="own")
        .on_conflict_do_update(index_elements=["tenant_id", "id"], set_={"name": "own"})
    ),
    "text": lambda s: s.session.execute(
        text("update host_shelf set name = 'own' where tenant_id = :tenant_id").bindparams(
            bindparam("tenant_id", type_=Id)
        ),
        {"tenant_id": s.tenant},
    ),
    "a legacy update": lambda s: s.session.query(Shelf).update({"name": "own"}),
}


@pytest.mark.parametrize("write", ALLOWED_WRITES.values(), ids=ALLOWED_WRITES.keys())
def test_a_write_reaches_the_own_rows_only(connection: Connection, write: Write) -> None:
    """It is carried out, and leaves the other tenant's rows as they were; for either tenant, with caches warm."""
    for tenant in (MINE, THEIRS):
        with connection.begin_nested() as undo, seated(connection, tenant) as seat:
            before = contents(connection, seat.other)
            write(seat)
            assert seat.session.scalar(select(func.count()).select_from(Shelf).where(OWN)) == 1
            assert contents(connection, seat.other) == before
            undo.rollback()


@pytest.mark.parametrize("legacy", [False, True], ids=["a statement", "a legacy query"])
def test_a_delete_takes_the_own_rows_only(seat: Seat, connection: Connection, *, legacy: bool) -> None:
    """Even one without any condition."""
    before = contents(connection, THEIRS)
    if legacy:
        seat.session.query(Book).delete()
    else:
        seat.session.execute(delete(Book))
    assert contents(connection, MINE)["host_book"] == []
    assert contents(connection, THEIRS) == before


# --- the session itself


def test_a_session_keeps_its_tenant_for_life(seat: Seat) -> None:
    """There is no way to give it another one."""
    session: Any = seat.session
    with pytest.raises(AttributeError):
        session.tenant_id = THEIRS
    assert session.tenant_id == MINE


@pytest.mark.parametrize("end", [TenantSession.commit, TenantSession.close], ids=["commit", "close"])
def test_a_session_never_ends_the_transaction_of_its_unit(
    seat: Seat, connection: Connection, end: Callable[[TenantSession], None]
) -> None:
    """Whether to commit is the unit's decision, or the host's."""
    flushed(seat, Shelf(id=9, name="own"))
    end(seat.session)
    assert connection.in_transaction()
    connection.rollback()
    assert len(contents(connection, MINE)["host_shelf"]) == 1


def test_a_hosts_own_sessions_are_left_alone(connection: Connection) -> None:
    """A plain session on the same connection reads and writes every tenant's rows, also beside one of ours."""
    with seated(connection, MINE) as seat, Session(connection) as host:
        assert seat.rows(select(Shelf.name)) == ["mine shelf"]
        assert set(host.scalars(select(Shelf.name))) == {"mine shelf", "theirs shelf"}
        host.add_all([Shelf(tenant_id=THEIRS, id=9, name="x"), Shelf(tenant_id=MINE, id=9, name="x")])
        host.flush()
        host.execute(text("update host_shelf set name = 'y'"))
        assert host.scalar(select(func.count()).select_from(SHELVES).where(named("y"))) == 4


def named(name: str) -> ColumnElement[bool]:
    """Say the condition in Core."""
    return SHELVES.c.name == name


def test_sqlalchemys_global_session_has_no_listener_of_ours() -> None:
    """Importing this library changes nothing for programs that use SQLAlchemy themselves."""
    with Session() as plain:
        for name in ("do_orm_execute", "before_flush", "before_attach", "after_begin", "after_commit"):
            assert not list(getattr(plain.dispatch, name)), name


def test_a_class_on_a_base_of_the_hosts_is_known_as_a_tenants() -> None:
    """The mixin is all it takes; a class without it is nobody's."""
    assert [is_tenant_table(table) for table in (SHELVES, BOOKS, COUNTRIES)] == [True, True, False]

"""What the guard makes of a statement: it passes if every part of it is bound to the tenant, and is refused otherwise.

These tests run nothing. Whether a passed statement reads only the tenant's rows is for the tests of the session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import (
    Column,
    Executable,
    Integer,
    MetaData,
    String,
    Table,
    and_,
    bindparam,
    case,
    column,
    delete,
    exists,
    func,
    insert,
    lateral,
    literal,
    literal_column,
    not_,
    or_,
    select,
    table,
    text,
    tuple_,
    union,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from stronghold_core.db import Id, guard
from stronghold_core.db.base import tenant_table_names
from stronghold_core.db.guard import check_statement
from stronghold_core.errors import UnscopedStatementError
from tests.support.hosts import BOOKS, COUNTRIES, MINE, SHELVES, THEIRS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stronghold_core.ids import TenantId

S, B = SHELVES.c, BOOKS.c
OF_MINE = S.tenant_id == MINE
OTHER_SHELF = SHELVES.alias("other_shelf")
SAME_TENANT = B.tenant_id == S.tenant_id
SCOPED_SHELVES = select(S.name).where(OF_MINE)
SCOPED_BOOKS = select(B.title).where(B.tenant_id == MINE)
LIGHT = table("host_shelf", column("name"), column("tenant_id", Id))
REFLECTED = Table("host_shelf", MetaData(), Column("tenant_id", Id), Column("name", String))
ALL_SHELVES = select(SHELVES).subquery()
LEFT = SHELVES.outerjoin(BOOKS, SAME_TENANT)

SCOPED: dict[str, Executable] = {
    "compared with the tenant": SCOPED_SHELVES,
    "compared the other way round": select(S.name).where(literal(MINE, Id) == S.tenant_id),
    "one of several conditions": select(S.name).where(S.id == 1, OF_MINE),
    "inside nested ands": select(S.name).where(and_(S.id == 1, and_(OF_MINE, S.name != ""))),
    "both sources compared": select(S.name, B.title).where(OF_MINE, B.tenant_id == MINE),
    "linked in WHERE": select(S.name, B.title).where(OF_MINE, SAME_TENANT),
    "linked in ON": select(S.name, B.title).select_from(SHELVES.join(BOOKS, SAME_TENANT)).where(OF_MINE),
    "compared in the ON of an inner join": select(B.title).select_from(SHELVES.join(BOOKS, and_(OF_MINE, SAME_TENANT))),
    "linked over three": select(S.name)
    .select_from(SHELVES.join(BOOKS, SAME_TENANT).join(OTHER_SHELF, OTHER_SHELF.c.tenant_id == B.tenant_id))
    .where(OF_MINE),
    "an outer join whose right side is linked": select(S.name, B.title).select_from(LEFT).where(OF_MINE),
    "an outer join whose right side is compared in ON": select(S.name, B.title)
    .select_from(SHELVES.outerjoin(BOOKS, and_(S.id == B.shelf_id, B.tenant_id == MINE)))
    .where(OF_MINE),
    "an alias": select(OTHER_SHELF.c.name).where(OTHER_SHELF.c.tenant_id == MINE),
    "a subquery": select(SCOPED_SHELVES.subquery()),
    "a common table expression": select(SCOPED_SHELVES.cte("own")),
    "a union": union(SCOPED_SHELVES, SCOPED_BOOKS),
    "a scalar subquery": select(SCOPED_SHELVES.scalar_subquery()),
    "a correlated subquery": select(S.name, select(func.count(B.id)).where(SAME_TENANT).scalar_subquery()).where(
        OF_MINE
    ),
    "exists": select(exists().where(OF_MINE)),
    "a correlated subquery that says so": SCOPED_SHELVES.where(
        select(B.id).where(SAME_TENANT).correlate(SHELVES).exists()
    ),
    "a correlated subquery that says what it reads": SCOPED_SHELVES.where(
        select(B.id).where(SAME_TENANT).correlate_except(BOOKS).exists()
    ),
    "an aggregate": select(func.count()).select_from(SHELVES).where(OF_MINE),
    "a table of nobody": select(COUNTRIES),
    "no table at all": select(literal(1)),
    "a table of nobody beside a tenant's": select(S.name, COUNTRIES.c.name).where(OF_MINE),
    "an insert": insert(SHELVES).values(tenant_id=MINE, id=9, name="x"),
    "an insert by column": insert(SHELVES).values({S.tenant_id: MINE, S.id: 9, S.name: "x"}),
    "an insert for nobody": insert(COUNTRIES).values(code="NO", name="Norway"),
    "an insert of what a query finds for nobody": insert(COUNTRIES).from_select(["name"], SCOPED_SHELVES),
    "an update": update(SHELVES).where(OF_MINE).values(name="x"),
    "an update that repeats the tenant": update(SHELVES).where(OF_MINE).values(tenant_id=MINE, name="x"),
    "an update with a linked table": update(SHELVES).where(OF_MINE, SAME_TENANT, B.title == "x").values(name="y"),
    "an update by a subquery": update(SHELVES).where(OF_MINE).values(name=SCOPED_BOOKS.scalar_subquery()),
    "a delete": delete(SHELVES).where(OF_MINE),
    "a delete with a linked table": delete(BOOKS).where(OF_MINE, SAME_TENANT),
    "an update for nobody": update(COUNTRIES).values(name="x"),
    "text without a table": text("select 1"),
    "text on a table of nobody": text("select name from host_country"),
    "a table that only sounds like it": text("select 1 as host_shelf_count"),
    "a literal column without a table": select(literal_column("42")),
    "a lightweight table that is compared": select(LIGHT.c.name).where(LIGHT.c.tenant_id == MINE),
}

UNSCOPED: dict[str, Executable] = {
    "a table in an operator's text": select(literal(1).op("+ (select max(id) from host_shelf) +")(1)),
    "a whole table": select(SHELVES),
    "one column": select(S.name),
    "a key alone": select(S.name).where(S.id == 1),
    "another tenant": select(S.name).where(S.tenant_id == THEIRS),
    "every other tenant": select(S.name).where(S.tenant_id != MINE),
    "any tenant of a list": select(S.name).where(S.tenant_id.in_([MINE, THEIRS])),
    "its own tenant": select(S.name).where(S.tenant_id == S.tenant_id),
    "or": select(S.name).where(or_(OF_MINE, S.id > 0)),
    "not": select(S.name).where(not_(and_(OF_MINE, S.id == 1))),
    "and inside or": select(S.name).where(or_(and_(OF_MINE, S.id == 1), S.id == 2)),
    "a comparison that is only shown": select(S.name, OF_MINE),
    "a comparison inside a case": select(S.name).where(case((OF_MINE, True), else_=True)),
    "a comparison after grouping": select(func.max(S.name)).group_by(S.tenant_id).having(OF_MINE),
    "a comparison of a function": select(S.name).where(func.coalesce(S.tenant_id, literal(MINE, Id)) == MINE),
    "a comparison of rows": select(S.name).where(tuple_(S.tenant_id, S.id) == tuple_(literal(MINE, Id), S.id)),
    "a constant compared with itself": select(S.name).where(literal(MINE, Id) == literal(MINE, Id)),
    "the tenant compared as another column": select(S.name).where(S.id == literal(1), B.tenant_id == MINE),
    "an aggregate": select(func.count()).select_from(SHELVES),
    "a second source": select(S.name, B.title).where(OF_MINE),
    "a second source in a condition": select(S.name).where(OF_MINE, B.title == "x"),
    "a second source in an order": select(S.name).where(OF_MINE).order_by(select(func.max(B.title)).scalar_subquery()),
    "a join by number": select(S.name, B.title).select_from(SHELVES.join(BOOKS, S.id == B.shelf_id)).where(OF_MINE),
    "an outer join by number": select(S.name, B.title)
    .select_from(SHELVES.outerjoin(BOOKS, S.id == B.shelf_id))
    .where(OF_MINE),
    # All rows of the left side come through an outer join, whatever its ON says of them.
    "a left side bound only in ON": select(S.name).select_from(SHELVES.outerjoin(BOOKS, and_(OF_MINE, SAME_TENANT))),
    "a left side linked only in ON": select(S.name).select_from(
        SHELVES.outerjoin(BOOKS, and_(SAME_TENANT, B.tenant_id == MINE))
    ),
    "a full join bound only in ON": select(S.name, B.title).select_from(
        SHELVES.join(BOOKS, and_(OF_MINE, SAME_TENANT), full=True)
    ),
    "a full join linked only in ON": select(S.name, B.title)
    .select_from(SHELVES.join(BOOKS, SAME_TENANT, full=True))
    .where(OF_MINE),
    "an alias": select(OTHER_SHELF.c.name),
    "an alias beside its bound table": select(OTHER_SHELF.c.name).where(OF_MINE),
    "an alias of an alias": select(OTHER_SHELF.alias().c.name).where(OTHER_SHELF.c.tenant_id == MINE),
    "a sample": select(func.count()).select_from(SHELVES.tablesample(50)),
    "a subquery": select(select(SHELVES).subquery()),
    "a subquery bound from outside by another column": select(ALL_SHELVES.c.name).where(ALL_SHELVES.c.id == 1),
    "a common table expression": select(select(SHELVES).cte("all_shelves")),
    "a lateral subquery": select(S.name, lateral(select(B.title)).c.title).where(OF_MINE),
    "one side of a union": union(SCOPED_SHELVES, select(B.title)),
    "a union inside a subquery": select(union_all(SCOPED_SHELVES, select(S.name)).subquery()),
    "a scalar subquery": select(select(func.max(S.name)).scalar_subquery()),
    "a subquery in a condition": SCOPED_SHELVES.where(S.id.in_(select(B.shelf_id))),
    "a subquery on the same table": SCOPED_SHELVES.where(S.id.in_(select(S.id))),
    "a subquery that does not refer to the query around it": SCOPED_SHELVES.where(
        S.id.in_(select(B.id).where(SAME_TENANT).correlate(None))
    ),
    "a subquery that refers to another one": SCOPED_SHELVES.where(
        S.id.in_(select(B.id).where(SAME_TENANT).correlate(OTHER_SHELF))
    ),
    "a subquery in a subquery": SCOPED_SHELVES.where(
        exists().where(COUNTRIES.c.code == "IS", exists().where(SAME_TENANT, COUNTRIES.c.code != ""))
    ),
    "exists": select(exists().where(S.id == 1)),
    "exists inside a bound query": SCOPED_SHELVES.where(exists().where(B.shelf_id == S.id)),
    "an insert without a tenant": insert(SHELVES).values(id=9, name="x"),
    "an insert for another": insert(SHELVES).values(tenant_id=THEIRS, id=9, name="x"),
    "an insert of many": insert(SHELVES).values([{"tenant_id": MINE, "id": 8}, {"tenant_id": THEIRS, "id": 9}]),
    "an insert of what a query computes": insert(SHELVES).values(
        tenant_id=select(func.max(S.tenant_id)).scalar_subquery(), id=9, name="x"
    ),
    "an insert from another's rows": insert(COUNTRIES).from_select(["name"], select(S.name)),
    "an insert of own rows for another": insert(SHELVES).from_select(
        ["tenant_id", "id", "name"], select(literal(THEIRS, Id), S.id + 50, S.name).where(OF_MINE)
    ),
    "a value read from another": insert(SHELVES).values(
        tenant_id=MINE, id=9, name=select(func.max(B.title)).scalar_subquery()
    ),
    "an update of all": update(SHELVES).values(name="x"),
    "an update of another": update(SHELVES).where(S.tenant_id == THEIRS).values(name="x"),
    "an update that moves rows": update(SHELVES).where(OF_MINE).values(tenant_id=THEIRS),
    "an update that moves rows, in order": update(SHELVES).where(OF_MINE).ordered_values((S.tenant_id, THEIRS)),
    "an update that moves rows by an expression": update(SHELVES).where(OF_MINE).values(tenant_id=literal(THEIRS, Id)),
    "an update that looks at another": update(SHELVES).where(OF_MINE, B.title == "theirs book").values(name="x"),
    "an update that reads another": update(SHELVES)
    .where(OF_MINE)
    .values(name=select(func.max(B.title)).scalar_subquery()),
    "an update that copies from another": update(SHELVES).where(OF_MINE).values(name=B.title),
    "a delete of all": delete(SHELVES),
    "a delete of another": delete(SHELVES).where(S.tenant_id == THEIRS),
    "a delete that looks at another": delete(SHELVES).where(OF_MINE, B.title == "theirs book"),
    "an upsert that moves rows": sqlite.insert(SHELVES)
    .values(tenant_id=MINE, id=1, name="x")
    .on_conflict_do_update(index_elements=["tenant_id", "id"], set_={"tenant_id": THEIRS}),
    "an upsert that moves rows on PostgreSQL": postgresql.insert(SHELVES)
    .values(tenant_id=MINE, id=1, name="x")
    .on_conflict_do_update(index_elements=["tenant_id", "id"], set_={S.tenant_id: THEIRS}),
    "text": text("select name from host_shelf"),
    "text that shouts": text("SELECT NAME FROM HOST_SHELF"),
    "quoted text": text('select name from "host_shelf"'),
    "text that writes": text("update host_shelf set name = 'x'"),
    "text that drops": text("drop table host_shelf"),
    "text with columns": text("select name from host_shelf").columns(column("name", String)),
    "text as a subquery": select(text("select name from host_shelf").columns(column("name", String)).subquery()),
    "text as a column": select(text("name from host_shelf")),
    "text as a source": select(column("name")).select_from(text("host_shelf")),
    "text as a condition": SCOPED_BOOKS.where(text("exists (select 1 from host_shelf)")),
    "text before the columns": select(literal(1)).prefix_with(text("(select max(name) from host_shelf),")),
    "text at the end": select(literal("x")).suffix_with(text("union select name from host_shelf")),
    "a literal column": select(literal_column("(select max(name) from host_shelf)")),
    "a lightweight table": select(LIGHT.c.name),
    "a table of the same name, declared again": select(REFLECTED.c.name),
}


@pytest.mark.parametrize("statement", SCOPED.values(), ids=SCOPED.keys())
def test_a_statement_passes_if_every_part_of_it_is_bound(statement: Executable) -> None:
    """What a programmer writes who thinks of the tenant is let through as it is."""
    check_statement(statement, None, MINE)


@pytest.mark.parametrize("statement", UNSCOPED.values(), ids=UNSCOPED.keys())
def test_a_statement_with_a_part_that_is_not_bound_is_refused(statement: Executable) -> None:
    """One part is enough, however deep; the error names the table, and what to do."""
    with pytest.raises(UnscopedStatementError, match="add that condition, or query the mapped class") as caught:
        check_statement(statement, None, MINE)
    assert caught.value.table in {"host_shelf", "host_book"}


# --- values that come with the execution

BOUND_LATER = select(S.name).where(S.tenant_id == bindparam("tenant"))
TEXT = text("select name from host_shelf where tenant_id = :tenant_id and id = :id")
ONE_INSERT = insert(SHELVES)


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        (BOUND_LATER, {"tenant": MINE}),
        (BOUND_LATER, [{"tenant": MINE}, {"tenant": MINE}]),
        (TEXT, {"tenant_id": MINE, "id": 1}),
        (TEXT, {"tenant_id": str(MINE), "id": 1}),
        (
            text("select 1 from host_shelf where cast(id as int) = 1 and tenant_id=CAST(:tenant_id AS uuid)"),
            {"tenant_id": MINE},
        ),
        (ONE_INSERT, {"tenant_id": MINE, "id": 9, "name": "x"}),
        (ONE_INSERT, [{"tenant_id": MINE, "id": 8, "name": "x"}, {"tenant_id": MINE, "id": 9, "name": "x"}]),
        (ONE_INSERT.values(tenant_id=MINE), [{"id": 8, "name": "x"}, {"id": 9, "name": "x"}]),
        (update(SHELVES).where(OF_MINE), {"name": "x"}),
    ],
    ids=range(9),
)
def test_the_tenant_may_come_with_the_parameters(
    statement: Executable, parameters: Mapping[str, object] | list[Mapping[str, object]]
) -> None:
    """A statement that is prepared once and run for many is judged by what it is run with."""
    check_statement(statement, parameters, MINE)


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        (BOUND_LATER, None),
        (BOUND_LATER, {"tenant": THEIRS}),
        (BOUND_LATER, {"other": MINE}),
        (BOUND_LATER, [{"tenant": MINE}, {"tenant": THEIRS}]),
        (TEXT, None),
        (TEXT, {"tenant_id": THEIRS, "id": 1}),
        (TEXT, [{"tenant_id": MINE}, {"tenant_id": THEIRS}]),
        (text("select name from host_shelf where id = :id"), {"id": 1, "tenant_id": MINE}),
        (text("select name from host_shelf where tenant_id <> :tenant_id"), {"tenant_id": MINE}),
        (
            text("select name from host_shelf where tenant_id = :tenant_id_2"),
            {"tenant_id": MINE, "tenant_id_2": THEIRS},
        ),
        (text("select name from host_shelf where tenant_id = :tenant_id").bindparams(tenant_id=THEIRS), None),
        (ONE_INSERT, {"tenant_id": THEIRS, "id": 9, "name": "x"}),
        (ONE_INSERT, {"id": 9, "name": "x"}),
        (ONE_INSERT, [{"tenant_id": MINE, "id": 8}, {"tenant_id": THEIRS, "id": 9}]),
        (ONE_INSERT, [{"tenant_id": MINE, "id": 8}, {"id": 9}]),
        (update(SHELVES), {"tenant_id": MINE, "name": "x"}),
        (update(SHELVES).where(OF_MINE), {"tenant_id": THEIRS}),
        (update(SHELVES).where(OF_MINE), [{"tenant_id": MINE}, {"tenant_id": THEIRS}]),
        (delete(SHELVES), {"tenant_id": MINE}),
    ],
    ids=range(19),
)
def test_a_tenant_that_comes_with_the_parameters_must_be_this_one(
    statement: Executable, parameters: Mapping[str, object] | list[Mapping[str, object]] | None
) -> None:
    """In every row of them; a parameter that no condition uses binds nothing."""
    with pytest.raises(UnscopedStatementError):
        check_statement(statement, parameters, MINE)


@pytest.mark.parametrize("value", [None, THEIRS], ids=["nothing", "another tenant"])
def test_a_value_that_is_fixed_in_the_statement_counts_not_one_beside_it(value: object) -> None:
    """An INSERT that names its tenant is not believed for a parameter that it would ignore."""
    statement = insert(SHELVES).values(tenant_id=value, id=9, name="x")
    with pytest.raises(UnscopedStatementError):
        check_statement(statement, {"other": MINE}, MINE)


def is_let_through(statement: Executable, tenant_id: TenantId) -> bool:
    """Tell the guard's verdict."""
    try:
        check_statement(statement, None, tenant_id)
    except UnscopedStatementError:
        return False
    return True


def test_what_passed_once_is_remembered_for_no_other_statement_and_no_other_tenant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every statement of this file, for both tenants, gets the verdict that a guard without a memory gives."""
    statements = [*SCOPED.values(), *UNSCOPED.values(), BOUND_LATER, TEXT]
    asked = [(statement, tenant_id) for tenant_id in (MINE, THEIRS) for statement in statements] * 2
    with monkeypatch.context() as forgetful:
        forgetful.setattr(guard, "_question_of", lambda *_: None)
        judged = [is_let_through(statement, tenant_id) for statement, tenant_id in asked]
    assert [is_let_through(statement, tenant_id) for statement, tenant_id in asked] == judged
    assert True in judged
    assert False in judged


def test_a_query_built_anew_is_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It differs from the one before in bound values only; judging costs more than running it."""
    check_statement(select(S.name).where(OF_MINE, S.id == 7), None, MINE)
    monkeypatch.setattr(guard, "_Judge", None)
    check_statement(select(S.name).where(OF_MINE, S.id == 8), None, MINE)


def test_a_text_that_passed_is_judged_anew_once_more_tables_are_known() -> None:
    """What it names may have become a tenant's table since."""
    statement: Executable = select(literal_column("1")).select_from(text("host_latecomer"))
    check_statement(statement, None, MINE)
    tenant_table_names().add("host_latecomer")
    try:
        with pytest.raises(UnscopedStatementError):
            check_statement(statement, None, MINE)
    finally:
        tenant_table_names().discard("host_latecomer")


def test_a_table_with_a_tenant_id_that_no_mixin_declares_is_the_hosts_own_affair() -> None:
    """The guard knows the tables that were declared as a tenant's, not every column of that name."""
    check_statement(select(Table("host_log", MetaData(), Column("tenant_id", Id), Column("n", Integer))), None, MINE)

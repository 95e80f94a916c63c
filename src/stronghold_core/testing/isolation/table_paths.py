"""The ways by which a program reaches rows through tables, text and the connection, tried at another tenant's rows.

What a path writes, the kit sees in the victim's rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    literal_column,
    select,
    text,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from stronghold_core.db import Id
from stronghold_core.testing.isolation.targets import Counted, Path, Seen, Target, another

if TYPE_CHECKING:
    from stronghold_core.testing.isolation.seats import Seat


def rows_by(seat: Seat, statement: Any, parameters: Any = None) -> list[tuple[Any, ...]]:  # noqa: ANN401
    """Run a statement, and return what comes of it."""
    return [tuple(row) for row in seat.session.execute(statement, parameters)]


# ------------------------------------------------------------------ reading tables


def sql_name(seat: Seat, target: Target) -> str:
    """Write the table's name as the database reads it."""
    return seat.session.get_bind().dialect.identifier_preparer.format_table(target.table)


def _copied_out(seat: Seat, target: Target) -> object:
    if not seat.is_postgresql:
        return None
    cursor: Any = seat.session.connection().connection.cursor()
    with cursor.copy(f"COPY {sql_name(seat, target)} TO STDOUT") as copied:
        return [str(bytes(line), "utf-8") for line in copied]


READS: Final[dict[str, Path]] = {
    "Core, all rows": lambda s, t: rows_by(s, select(t.table)),
    "Core, by the key": lambda s, t: rows_by(s, select(t.table).where(t.of_theirs())),
    "Core, by the tenant": lambda s, t: rows_by(s, select(t.table).where(t.table.c.tenant_id == t.victim)),
    "Core, an alias": lambda s, t: rows_by(s, select(t.table.alias("other"))),
    "Core, a subquery": lambda s, t: rows_by(s, select(select(t.table).subquery())),
    "Core, a common table expression": lambda s, t: rows_by(s, select(select(t.table).cte("every"))),
    "Core, a join": lambda s, t: rows_by(s, select(t.table.alias("one").join(t.table.alias("two"), true()))),
    "Core, a union": lambda s, t: rows_by(
        s, union_all(select(t.table.c.tenant_id), select(t.table.alias("two").c.tenant_id))
    ),
    "Core, a scalar subquery": lambda s, t: rows_by(
        s, select(select(t.table.c.tenant_id).where(t.table.c.tenant_id == t.victim).limit(1).scalar_subquery())
    ),
    "Core, a count": lambda s, t: Counted(rows_by(s, select(func.count()).select_from(t.table))[0][0]),
    "Core, exists": lambda s, t: Seen(bool(rows_by(s, select(exists().where(t.table.c.tenant_id == t.victim)))[0][0])),
    "text": lambda s, t: rows_by(s, text(f"SELECT * FROM {sql_name(s, t)}")),  # noqa: S608 - the table's own name
    "text, by the tenant": lambda s, t: rows_by(
        s,
        text(f"SELECT * FROM {sql_name(s, t)} WHERE tenant_id = :tenant_id").bindparams(  # noqa: S608
            bindparam("tenant_id", type_=Id)
        ),
        {"tenant_id": t.victim},
    ),
    "text in a column": lambda s, t: Counted(
        rows_by(s, select(literal_column(f"(SELECT count(*) FROM {sql_name(s, t)})")))[0][0]  # noqa: S608
    ),
    "the connection": lambda s, t: [tuple(row) for row in s.session.connection().execute(select(t.table))],
    "a copy out": _copied_out,
}


# ------------------------------------------------------------------ writing tables


def _moved_by_core(seat: Seat, target: Target) -> None:
    """Give the attacker's own row to the victim."""
    free = {name: another(value) for name, value in target.rest.items()}
    own = update(target.table).where(target.table.c.tenant_id == seat.tenant_id)
    seat.session.execute(own.values(tenant_id=target.victim, **free))


def _upserted(seat: Seat, target: Target) -> None:
    """Take over the victim's row by inserting one with its key."""
    maker = postgresql.insert if seat.is_postgresql else sqlite.insert
    statement = maker(target.table).values({**target.theirs, **target.stolen})
    keys = [column.name for column in target.table.primary_key]
    seat.session.execute(
        statement.on_conflict_do_update(index_elements=keys, set_=target.stolen or {keys[0]: target.victim})
    )


def _copied_over(seat: Seat, target: Target) -> None:
    """Take a copy of the victim's row for one's own."""
    columns = [column for column in target.table.columns if column.name != "tenant_id"]
    theirs = select(literal(seat.tenant_id, Id), *columns).where(target.table.c.tenant_id == target.victim)
    seat.session.execute(insert(target.table).from_select(["tenant_id", *(c.name for c in columns)], theirs))


def _truncated(seat: Seat, target: Target) -> None:
    raw = seat.session.connection()
    word = "TRUNCATE" if seat.is_postgresql else "DELETE FROM"
    raw.exec_driver_sql(f"{word} {sql_name(seat, target)}{' CASCADE' if seat.is_postgresql else ''}")


WRITES: Final[dict[str, Path]] = {
    "Core insert": lambda s, t: s.session.execute(insert(t.table).values(t.moved_row())),
    "Core insert of many": lambda s, t: s.session.execute(insert(t.table), [t.moved_row()]),
    "Core insert that copies": _copied_over,
    "Core upsert": _upserted,
    "Core update of all": lambda s, t: t.stolen and s.session.execute(update(t.table).values(t.stolen)),
    "Core update by the key": lambda s, t: (
        t.stolen and s.session.execute(update(t.table).where(t.of_theirs()).values(t.stolen))
    ),
    "Core update by the tenant": lambda s, t: (
        t.stolen and s.session.execute(update(t.table).where(t.table.c.tenant_id == t.victim).values(t.stolen))
    ),
    "Core update that gives away": _moved_by_core,
    "Core delete of all": lambda s, t: s.session.execute(delete(t.table)),
    "Core delete by the tenant": lambda s, t: s.session.execute(delete(t.table).where(t.table.c.tenant_id == t.victim)),
    "text that deletes": lambda s, t: s.session.execute(text(f"DELETE FROM {sql_name(s, t)}")),  # noqa: S608
    "the connection, all rows removed": _truncated,
}


# ------------------------------------------------------------------ referring


def _referred(seat: Seat, target: Target) -> None:
    """Lead a new row of one's own, along each foreign key, to the victim's."""
    for key in target.table.foreign_key_constraints:
        theirs = {name: target.theirs[name] for name in key.column_keys if name != "tenant_id"}
        if any(value is None for value in theirs.values()) or not theirs:
            continue
        free = {name: another(target.own[name]) for name in target.rest if name not in theirs}
        seat.session.execute(insert(target.table).values({**target.own, **free, **theirs}))


def _redirected(seat: Seat, target: Target) -> None:
    """Lead the rows of one's own, along each foreign key, to the victim's."""
    for key in target.table.foreign_key_constraints:
        theirs = {name: target.theirs[name] for name in key.column_keys if name != "tenant_id"}
        if theirs:
            own = update(target.table).where(target.table.c.tenant_id == seat.tenant_id)
            seat.session.execute(own.values(theirs))


REFERENCES: Final[dict[str, Path]] = {
    "a new row that refers to theirs": _referred,
    "an own row that is led to theirs": _redirected,
}

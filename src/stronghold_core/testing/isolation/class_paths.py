"""The ways by which a program reaches rows through mapped classes, tried from one tenant at another's.

They are those that were measured to leak where a session adds the tenant to queries and nothing else is done: bulk
updates by key, objects of another tenant, `any` and `has`, text and Core behind a class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, exists, func, insert, inspect, select, text, true, union_all, update
from sqlalchemy.orm import aliased, joinedload, selectinload, subqueryload

from stronghold_core.testing.isolation.table_paths import rows_by, sql_name
from stronghold_core.testing.isolation.targets import Counted, Path, Seen, Target, another

if TYPE_CHECKING:
    from collections.abc import Callable

    from stronghold_core.testing.isolation.seats import Seat

_QUIET: Final = {"synchronize_session": False}


# ------------------------------------------------------------------ reading classes


def _each_loaded(seat: Seat, target: Target, option: Callable[[Any], Any] | None) -> object:
    """Go along every relationship from the attacker's own rows."""
    cls: Any = target.cls
    found: list[object] = []
    for key in target.mapped.relationships.keys():  # noqa: SIM118 - a collection of SQLAlchemy's own
        query = select(cls) if option is None else select(cls).options(option(getattr(cls, key)))
        found += [getattr(row, key) for row in seat.session.scalars(query).unique()]
    return [
        inspect(one).dict for related in found for one in (related if isinstance(related, list) else [related]) if one
    ]


def _any_related(seat: Seat, target: Target) -> object:
    """Ask whether an own row is related to one of the victim's."""
    cls: Any = target.cls
    found = False
    for relationship in target.mapped.relationships:
        attribute, related = getattr(cls, relationship.key), relationship.mapper.class_
        condition = related.tenant_id == target.victim
        is_related = attribute.any(condition) if relationship.uselist else attribute.has(condition)
        found = found or bool(seat.session.scalars(select(cls).where(is_related)).unique().all())
    return Seen(found)


def _got(seat: Seat, target: Target) -> object:
    key = tuple(target.key[column.name] for column in target.mapped.primary_key)
    row = seat.session.get(target.cls, key)
    return None if row is None else inspect(row).dict


def _refreshed(seat: Seat, target: Target) -> object:
    row = target.thing(seat.session)
    seat.session.refresh(row)
    return inspect(row).dict


def _looked_at(seat: Seat, target: Target) -> object:
    """Look at an attribute of an object that has forgotten everything but its key."""
    row = target.thing(seat.session)
    return [getattr(row, attribute.key) for attribute in target.mapped.column_attrs]


def _objects(seat: Seat, statement: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    return [inspect(row).dict for row in seat.session.scalars(statement).unique()]


def _attributes(target: Target) -> list[Any]:
    return [getattr(target.cls, attribute.key) for attribute in target.mapped.column_attrs]


def _words(target: Target) -> list[Any]:
    """Name the attributes that hold words: SQLite finds a largest of anything, PostgreSQL of no id."""
    mapper = target.mapped
    return [
        getattr(mapper.class_, attribute.key)
        for attribute in mapper.column_attrs
        if isinstance(target.theirs[attribute.columns[0].name], str)
    ]


READS: Final[dict[str, Path]] = {
    "objects": lambda s, t: _objects(s, select(t.cls)),
    "objects by the tenant": lambda s, t: _objects(s, select(t.cls).where(t.cls.tenant_id == t.victim)),
    "columns": lambda s, t: rows_by(s, select(*_attributes(t))),
    "a count": lambda s, t: Counted(s.session.scalar(select(func.count()).select_from(t.cls)) or 0),
    "an aggregate": lambda s, t: [rows_by(s, select(func.max(word), func.min(word))) for word in _words(t)],
    "an alias": lambda s, t: _objects(s, select(aliased(t.cls))),
    "a join": lambda s, t: rows_by(s, select(t.cls.tenant_id, (a := aliased(t.cls)).tenant_id).join(a, true())),
    "a subquery": lambda s, t: rows_by(s, select(select(t.cls).subquery())),
    "a common table expression": lambda s, t: rows_by(s, select(select(t.cls).cte("every"))),
    "a union": lambda s, t: rows_by(s, union_all(select(t.cls.tenant_id), select(t.cls.tenant_id))),
    "exists": lambda s, t: Seen(
        bool(rows_by(s, select(t.cls).where(exists().where(aliased(t.cls).tenant_id == t.victim))))
    ),
    "from text": lambda s, t: _objects(
        s,
        select(t.cls).from_statement(text(f"SELECT * FROM {sql_name(s, t)}").columns(*t.table.columns)),  # noqa: S608
    ),
    "from a statement of Core": lambda s, t: _objects(s, select(t.cls).from_statement(select(t.table))),
    "a legacy query": lambda s, t: [inspect(row).dict for row in s.session.query(t.cls)],
    "get": _got,
    "refresh": _refreshed,
    "a look at a forgotten attribute": _looked_at,
    "any and has": _any_related,
    "lazy loading": lambda s, t: _each_loaded(s, t, None),
    "selectin loading": lambda s, t: _each_loaded(s, t, selectinload),
    "joined loading": lambda s, t: _each_loaded(s, t, joinedload),
    "subquery loading": lambda s, t: _each_loaded(s, t, subqueryload),
}


# ------------------------------------------------------------------ writing classes


def _flushed(seat: Seat, *rows: object) -> None:
    seat.session.add_all(rows)
    seat.session.flush()


def _changed(seat: Seat, target: Target) -> None:
    if target.stolen:
        target.thing(seat.session, **target.stolen)
        seat.session.flush()


def _removed(seat: Seat, target: Target) -> None:
    seat.session.delete(target.thing(seat.session))
    seat.session.flush()


def _merged(seat: Seat, target: Target) -> None:
    seat.session.merge(target.made({**target.theirs, **target.stolen}))
    seat.session.flush()


def _given_away(seat: Seat, target: Target) -> None:
    """Give an own object to the victim."""
    row: Any = seat.session.scalars(select(target.cls).where(target.cls.tenant_id == seat.tenant_id)).first()
    for name, value in target.attributes({name: another(value) for name, value in target.rest.items()}).items():
        setattr(row, name, value)
    row.tenant_id = target.victim
    seat.session.flush()


def _by_name(target: Target) -> dict[Any, Any]:
    return {**target.attributes(target.stolen)}


def _bulk(target: Target) -> list[dict[str, Any]]:
    return [target.attributes({**target.key, **target.stolen})]


WRITES: Final[dict[str, Path]] = {
    "a new object": lambda s, t: _flushed(s, t.made(t.moved_row())),
    "a foreign object that is changed": _changed,
    "a foreign object that is deleted": _removed,
    "merge": _merged,
    "an own object that is given away": _given_away,
    "insert": lambda s, t: s.session.execute(insert(t.cls).values(t.attributes(t.moved_row()))),
    "insert of many": lambda s, t: s.session.execute(insert(t.cls), [t.attributes(t.moved_row())]),
    "update of all": lambda s, t: (
        t.stolen and s.session.execute(update(t.cls).values(t.attributes(t.stolen)).execution_options(**_QUIET))
    ),
    "update by the tenant": lambda s, t: (
        t.stolen
        and s.session.execute(
            update(t.cls).where(t.cls.tenant_id == t.victim).values(t.attributes(t.stolen)).execution_options(**_QUIET)
        )
    ),
    "update by keys": lambda s, t: t.stolen and s.session.execute(update(t.cls), _bulk(t)),
    "delete of all": lambda s, t: s.session.execute(delete(t.cls).execution_options(**_QUIET)),
    "a legacy update": lambda s, t: t.stolen and s.session.query(t.cls).update(_by_name(t), synchronize_session=False),
    "a legacy delete": lambda s, t: s.session.query(t.cls).delete(synchronize_session=False),
    "bulk_update_mappings": lambda s, t: s.session.bulk_update_mappings(t.mapped, _bulk(t)) if t.stolen else None,
    "bulk_insert_mappings": lambda s, t: s.session.bulk_insert_mappings(t.mapped, [t.attributes(t.moved_row())]),
    "bulk_save_objects": lambda s, t: s.session.bulk_save_objects([t.made(t.moved_row())]),
}

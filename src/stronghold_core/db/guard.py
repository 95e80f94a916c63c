"""Deciding whether a statement stays within one tenant. Pure: it reads statements and runs none.

A part of a statement (each SELECT in it, or its UPDATE, DELETE or INSERT) is *scoped* if every tenant table it reads
or writes is compared to the tenant in a condition that must hold: a member of the AND of its WHERE and ON clauses,
either ``table.tenant_id = <this tenant>`` or equality with the tenant_id of a table that is scoped so. What comes
through a mapped class is scoped by the criteria that the session adds, where SQLAlchemy lets them reach it (`_Around`,
`_mapped_sources`). Whatever is not understood is refused.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, cast
from uuid import UUID
from weakref import WeakKeyDictionary

from cachetools import LRUCache
from sqlalchemy import (
    Alias,
    BindParameter,
    ClauseElement,
    ColumnElement,
    Delete,
    Insert,
    Join,
    Lateral,
    Select,
    SelectBase,
    TableClause,
    TableSample,
    TextClause,
    Update,
)
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression, BooleanClauseList, ColumnClause
from sqlalchemy.sql.selectable import AliasedReturnsRows

from stronghold_core.db.base import Base, TenantScoped, is_tenant_table, tenant_table_names
from stronghold_core.errors import LedgerTableError, UnscopedStatementError

if TYPE_CHECKING:
    from sqlalchemy import Executable, FromClause

    from stronghold_core.ids import TenantId

Rows: TypeAlias = list[Mapping[str, Any]]
Sources: TypeAlias = "frozenset[FromClause]"
Conditions: TypeAlias = "list[ColumnElement[Any]]"
_Question: TypeAlias = "tuple[tuple[Any, ...], tuple[bool, ...], int]"

# Judging takes several times as long as running most queries. Only what passed is remembered.
_lock: Final = threading.Lock()
_passed: Final[LRUCache[_Question, bool]] = LRUCache(2_000)


class _Around(NamedTuple):
    """The scoped sources that a part may refer to, without reading them itself, because a query around it does."""

    near: Sources = frozenset()
    """Those of the query that it stands in."""
    far: Sources = frozenset()
    """Those of all queries around it."""
    has_criteria: bool = False
    """Whether the session's criteria reach mapped classes there."""


_ALIASES = (Alias, TableSample)


def check_statement(statement: Executable, parameters: object, tenant_id: TenantId) -> None:
    """Let *statement* pass if every part of it is scoped to this tenant.

    Raises:
        UnscopedStatementError: Otherwise; it names the table.
    """
    question = None if parameters else _question_of(cast("ClauseElement", statement), tenant_id)
    with _lock:
        is_answered = question in _passed
    if not is_answered:
        around = _Around(has_criteria=_is_orm(cast("ClauseElement", statement)))
        _Judge(rows_of(parameters), tenant_id).judge(cast("ClauseElement", statement), around)
        if question is not None:
            with _lock:
                _passed[question] = True


def check_writes_no_ledger(statement: Executable) -> None:
    """Let a statement of the host's pass if it writes no table of this library, and is no text that names one.

    Raises:
        LedgerTableError: Otherwise.
    """
    for element in _all_elements(cast("ClauseElement", statement)):
        if isinstance(element, (Insert, Update, Delete)) and _table_name(element.table) in Base.metadata.tables:
            raise LedgerTableError(table=_table_name(element.table))
        for text in _texts_of(element):
            if named := sorted(Base.metadata.tables.keys() & _words_of(text)):
                raise LedgerTableError(table=named[0])


def _all_elements(element: ClauseElement) -> Iterator[ClauseElement]:
    yield element
    for child in chain(element.get_children(), _values_of_many_rows(element)):
        yield from _all_elements(child)


def _question_of(statement: ClauseElement, tenant_id: TenantId) -> _Question | None:
    """Return all that the verdict on a query without parameters depends on; None if that can't be told.

    It is what SQLAlchemy keeps compiled statements by, so equal queries differ in bound values alone; and of each of
    these only matters whether it is the tenant. A text that passed may name what has since become a tenant table.
    """
    # Recipes in SQLAlchemy's documentation key their caches by it.
    key = (
        statement._generate_cache_key()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        if isinstance(statement, SelectBase)
        else None
    )
    if key is None:
        return None
    values = (bind.effective_value for bind in key.bindparams)
    is_tenant = tuple(isinstance(value, UUID) and value == tenant_id for value in values)
    return key.key, is_tenant, len(tenant_table_names())


def rows_of(parameters: object) -> Rows:
    """Return the parameter sets of an execution: none, one, or many."""
    if not parameters:
        return []
    if isinstance(parameters, (list, tuple)):
        return list(cast("Iterable[Mapping[str, Any]]", parameters))
    return [cast("Mapping[str, Any]", parameters)]


def inserted_tenants(statement: Any, rows: Rows) -> set[Any]:  # noqa: ANN401 - INSERT in its Core and ORM forms
    """Return the tenants that an INSERT or a bulk UPDATE names; None stands for a row that names none."""
    fixed = _values_of(statement)
    return {fixed.get("tenant_id", row.get("tenant_id")) for row in rows or [{}]}


class _Judge:
    """Judges the parts of one statement, run with *rows* of parameters for one tenant."""

    def __init__(self, rows: Rows, tenant_id: TenantId) -> None:
        self._rows = rows
        self._tenant_id = tenant_id

    def judge(self, element: ClauseElement, around: _Around) -> None:
        """Check *element* and all below it."""
        if isinstance(element, (Insert, Update, Delete)) and not _takes_criteria(element):
            around = around._replace(has_criteria=False)
        if isinstance(element, Insert):
            self._check_insert(element)
        if isinstance(element, (Select, Update, Delete)):
            around = self._check_part(element, around)
        elif isinstance(element, AliasedReturnsRows) and not isinstance(element, (Lateral, *_ALIASES)):
            # A subquery in FROM, or a common table expression: it sees nothing of the query around it.
            around = _Around(has_criteria=around.has_criteria)
        for text in _texts_of(element):
            self._check_text(text)
        for child in chain(element.get_children(), _values_of_many_rows(element)):
            self.judge(child, around)

    def _check_insert(self, statement: Insert) -> None:
        if not is_tenant_table(statement.table):
            return
        if inserted_tenants(statement, self._rows) != {self._tenant_id} or _may_take_over_rows(statement):
            raise UnscopedStatementError(table=_table_name(statement.table))

    def _check_part(self, part: Select[Any] | Update | Delete, around: _Around) -> _Around:
        """Check one part; return what the queries inside it may refer to."""
        if isinstance(part, Update) and is_tenant_table(part.table):
            moved_to = {row["tenant_id"] for row in self._rows if "tenant_id" in row}
            if "tenant_id" in (fixed := _values_of(part)):
                moved_to.add(fixed["tenant_id"])
            if not moved_to <= {self._tenant_id}:
                raise UnscopedStatementError(table=_table_name(part.table))
        sources = _Sources(part)
        scoped = self._scoped(
            sources.conditions, _correlated(part, around) | _mapped_sources(part, sources.all, around)
        )
        for joined, conditions in sources.outer_joins:
            scoped |= self._scoped(conditions, scoped) & joined
        for source in sources.all - scoped:
            table = _table_behind(source)
            if table is not None and is_tenant_table(table):
                raise UnscopedStatementError(table=_table_name(table))
        return _Around(near=scoped & sources.all, far=scoped | around.far, has_criteria=around.has_criteria)

    def _scoped(self, conditions: Conditions, known: Sources) -> Sources:
        """Add to the *known* scoped sources those that *conditions* compare to the tenant, or to a scoped one."""
        scoped = set(known)
        links: list[set[FromClause]] = []
        for condition in conditions:
            if not isinstance(condition, BinaryExpression) or condition.operator is not operators.eq:
                continue
            sides = (condition.left, condition.right)
            sources = {source for side in sides if (source := _source_of_tenant_id(side)) is not None}
            if len(sources) > 1:
                links.append(sources)
            elif any(self._is_this_tenant(side) for side in sides):
                scoped |= sources
        while reached := {source for link in links if link & scoped for source in link} - scoped:
            scoped |= reached
        return frozenset(scoped)

    def _is_this_tenant(self, side: ColumnElement[Any]) -> bool:
        if not isinstance(side, BindParameter):
            return False
        given = {row[side.key] for row in self._rows if side.key in row} or {side.effective_value}
        return given == {self._tenant_id}

    def _check_text(self, text: str | TextClause) -> None:
        """Let text pass if it names no tenant table, or compares ``tenant_id = :tenant_id`` with this tenant.

        Text can't be understood without a parser, so this is a guard against oversight, not against intent; on
        PostgreSQL row-level security stands behind it.
        """
        tables = _tables_named_in(text)
        if not tables:
            return
        named = {str(row.get("tenant_id")) for row in self._rows}
        if named != {str(self._tenant_id)} or not _TENANT_BIND.search(str(text)):
            raise UnscopedStatementError(table=tables[0])


class _Sources:
    """What a part reads or writes, and the conditions that hold for it."""

    def __init__(self, part: Select[Any] | Update | Delete) -> None:
        self.all: set[FromClause] = set()
        self.conditions: Conditions = list(_conjuncts(part.whereclause))
        """Those that hold for every row."""
        self.outer_joins: list[tuple[Sources, Conditions]] = []
        """Those that hold for the optional side of a join alone."""
        froms = part.get_final_froms() if isinstance(part, Select) else [part.table, *_froms_of_columns(part)]
        for clause in froms:
            self._take_apart(clause)

    def _take_apart(self, clause: FromClause) -> Sources:
        if not isinstance(clause, Join):
            self.all.add(clause)
            return frozenset({clause})
        left, right = self._take_apart(clause.left), self._take_apart(clause.right)
        on = list(_conjuncts(clause.onclause))
        if clause.isouter and not clause.full:
            self.outer_joins.append((right, on))
        elif not clause.full:
            self.conditions += on
        return left | right


# SQLAlchemy says the following nowhere in public. Should it ever name them otherwise, the defaults refuse more.


def _correlated(part: Select[Any] | Update | Delete, around: _Around) -> Sources:
    """Return the sources around *part* that SQLAlchemy leaves out of its own FROM."""
    if not isinstance(part, Select):
        return frozenset()
    if named := getattr(part, "_correlate", ()):
        return around.far.intersection(named)
    if (excepted := getattr(part, "_correlate_except", None)) is not None:
        return around.far.difference(excepted)
    # By itself it refers to the query it stands in only, and never with its one source.
    is_automatic = getattr(part, "_auto_correlate", False) and len(part.get_final_froms()) > 1
    return around.near if is_automatic else frozenset()


def _is_orm(statement: ClauseElement) -> bool:
    """Tell whether SQLAlchemy compiles *statement* for mapped classes; by the outermost one it decides for all."""
    return getattr(statement, "_propagate_attrs", {}).get("compile_state_plugin") == "orm"


def _takes_criteria(statement: Insert | Update | Delete) -> bool:
    """Tell whether criteria reach what *statement* reads and writes: never an INSERT, nor what changes a bare table."""
    return not isinstance(statement, Insert) and _is_mapped(statement.table)


def _mapped_sources(part: Select[Any] | Update | Delete, sources: set[FromClause], around: _Around) -> Sources:
    """Return the sources of *part* that come through a mapped class, so that the session's criteria reach them.

    A class makes a source of a SELECT in its columns, FROM, joins and WHERE; one that is only sorted or grouped by, or
    named in an ON clause, gets no criteria.
    """
    if not around.has_criteria or not _is_orm(part):
        return frozenset()
    if not isinstance(part, Select):
        return frozenset({part.table} if _gets_criteria(part.table) else ())
    elements = [element for element in chain(_naming_elements(part), sources) if _gets_criteria(element)]
    return frozenset(source for element in elements if (source := _plain(element)) is not None)


def _is_mapped(element: ClauseElement) -> bool:
    return "parententity" in getattr(element, "_annotations", ())


def _gets_criteria(element: ClauseElement) -> bool:
    """Tell whether an element comes through a class with the mixin: the session adds the tenant to no other."""
    entity = getattr(element, "_annotations", {}).get("parententity")
    return entity is not None and issubclass(entity.mapper.class_, TenantScoped)


def _plain(element: ClauseElement) -> FromClause | None:
    """Return the source behind an element: itself, or the one that a column is of."""
    return element.table if isinstance(element, ColumnClause) else cast("FromClause", element)


def _naming_elements(part: Select[Any]) -> Iterator[ClauseElement]:
    """Go through the elements of *part* whose mapped classes become sources: of a condition, its surface only."""
    for root in (*getattr(part, "_raw_columns", ()), *dict.fromkeys(getattr(part, "_from_obj", ()))):
        if not isinstance(root, SelectBase):
            yield root
            yield from _own_elements(root)
    if part.whereclause is not None:
        yield from _surface(part.whereclause)


def _surface(element: ClauseElement) -> Iterator[ClauseElement]:
    """Go as deep into a condition as SQLAlchemy does to find classes: not into a function's arguments, for one."""
    yield element
    if isinstance(element, ColumnElement):
        for child in element.get_children():
            yield from _surface(child)


def _own_elements(part: ClauseElement) -> Iterator[ClauseElement]:
    """Go through all elements of a part but those of the queries inside it."""
    for child in part.get_children():
        if not isinstance(child, SelectBase):
            yield child
            yield from _own_elements(child)


def _froms_of_columns(part: Update | Delete) -> set[FromClause]:
    return {
        element.table
        for element in _own_elements(part)
        if isinstance(element, ColumnClause) and element.table is not None
    }


def _conjuncts(condition: ColumnElement[Any] | None) -> Iterator[ColumnElement[Any]]:
    if isinstance(condition, BooleanClauseList) and condition.operator is operators.and_:
        for member in condition.clauses:
            yield from _conjuncts(member)
    elif condition is not None:
        yield condition


def _source_of_tenant_id(side: ColumnElement[Any]) -> FromClause | None:
    return side.table if isinstance(side, ColumnClause) and side.name == "tenant_id" else None


def _table_behind(source: FromClause) -> TableClause | None:
    while isinstance(source, _ALIASES):
        source = source.element
    return source if isinstance(source, TableClause) else None


def _table_name(table: object) -> str:
    return str(getattr(table, "name", table))


def _values_of(statement: object) -> dict[str, Any]:
    """Return what INSERT or UPDATE sets by itself, by column; of what is computed, the expression."""
    values: Iterable[tuple[Any, Any]] = chain(
        dict(getattr(statement, "_values", None) or {}).items(), getattr(statement, "_ordered_values", None) or ()
    )
    return {_name(key): getattr(value, "value", value) for key, value in values}


def _values_of_many_rows(element: ClauseElement) -> Iterator[ClauseElement]:
    """Go through the expressions among the rows of an INSERT, which SQLAlchemy does not count as its children."""
    for rows in getattr(element, "_multi_values", ()):
        for row in rows:
            values = row.values() if isinstance(row, Mapping) else row
            yield from (value for value in values if isinstance(value, ClauseElement))


def _may_take_over_rows(statement: Insert) -> bool:
    """Tell whether an INSERT may change or replace rows that are there: another tenant's, if a key has no tenant."""
    if any("replace" in _words_of(str(prefix)) for prefix, _dialect in getattr(statement, "_prefixes", ())):
        return True
    upsert = getattr(statement, "_post_values_clause", None)
    changed = dict(getattr(upsert, "update_values_to_set", ()))
    if not changed:
        return False
    key = map(_name, getattr(upsert, "inferred_target_elements", None) or ())
    return "tenant_id" in map(_name, changed) or "tenant_id" not in key


def _name(key: object) -> str:
    return str(getattr(key, "key", key))


_TENANT_BIND = re.compile(r"tenant_id\s*=\s*(?:cast\s*\(\s*)?:tenant_id\b", re.IGNORECASE)
_words: WeakKeyDictionary[TextClause, frozenset[str]] = WeakKeyDictionary()


def _texts_of(element: ClauseElement) -> Iterator[str | TextClause]:
    """Go through the SQL that *element* holds as text."""
    if isinstance(element, TextClause):
        yield element
    elif isinstance(element, ColumnClause) and element.is_literal:
        yield element.name
    for written in (getattr(getattr(element, part, None), "opstring", None) for part in ("operator", "modifier")):
        if isinstance(written, str):
            yield written
    for fragment, _dialect in (*getattr(element, "_prefixes", ()), *getattr(element, "_suffixes", ())):
        yield fragment
    for _dialect, hint in getattr(element, "_statement_hints", ()):
        yield hint
    yield from dict(getattr(element, "_hints", ())).values()


def _tables_named_in(text: str | TextClause) -> list[str]:
    return sorted(tenant_table_names().intersection(_words_of(text)))


def _words_of(text: str | TextClause) -> frozenset[str]:
    if isinstance(text, str):
        return frozenset(re.findall(r"\w+", text.lower()))
    if text not in _words:
        _words[text] = _words_of(text.text)
    return _words[text]

"""Statements that are made once and run often, on the driver's own cursor.

SQLAlchemy takes some fifty microseconds to run even a statement that it has compiled before, which is more than most of
these need in the database. So each is compiled once for each dialect, and its text then goes to the cursor directly.
Nothing else is lost: what the driver raises comes out as SQLAlchemy has it, which gives up a connection that broke; and
where somebody listens to statements, or has them echoed, SQLAlchemy runs them.

No guard looks at them, as at nothing that runs on the bare connection: each names its tenant itself.
"""

from __future__ import annotations

import re
from collections import namedtuple
from functools import cache, cached_property
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn, TypeAlias, cast
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import ClauseElement, ColumnElement, Connection, Dialect
    from sqlalchemy.engine.interfaces import DBAPICursor
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.types import TypeEngine

    from stronghold_core.db.base import AnyRow

Parameters: TypeAlias = "Mapping[str, Any] | Sequence[Any]"
_Convert: TypeAlias = "Callable[[Any], Any] | None"

_LENGTH_REMEMBERED: Final = 16
"""Longer lists are spelt out anew for each run, which does not weigh beside looking their values up."""

_CURSORS: Final = "stronghold_cursors"
_FEW_ROWS: Final = 100
"""A cursor that read more of them is not kept, because it would keep them as well."""

_NAMED: Final = re.compile(r"%\((\w+)\)s")

# What SQLAlchemy looks at before it tells anybody of a statement.
_WATCHERS: Final = attrgetter("_has_events", "_echo", "engine._has_events", "dialect._has_events")


class FixedStatement:
    """A statement whose text depends on nothing but the dialect, and the length of the lists it is given.

    Args:
        statement: What to run. Its parameters have types, and so have the columns that it returns.
    """

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: WeakKeyDictionary[Dialect, _Compiled] = WeakKeyDictionary()

    def rows(self, connection: Connection, parameters: Mapping[str, Any]) -> list[AnyRow]:
        """Run it, and return its rows."""
        compiled = self._for(connection.dialect)
        text, given = compiled.prepared(parameters)
        return compiled.records(run_text(connection, text, given, has_rows=True))

    def row(self, connection: Connection, parameters: Mapping[str, Any]) -> AnyRow | None:
        """Run it, and return its first row, if there is one."""
        found = self.rows(connection, parameters)
        return found[0] if found else None

    def numbered(self, dialect: Dialect) -> tuple[str, list[str]]:
        """Return its text with ``$1``, ``$2`` … in the place of parameters, and their names in that order."""
        return self._for(dialect).numbered

    def records(self, dialect: Dialect, rows: Sequence[Sequence[Any]]) -> list[AnyRow]:
        """Turn rows that the driver returned for it into those of `rows`."""
        return self._for(dialect).records(rows)

    def run(self, connection: Connection, parameters: Mapping[str, Any]) -> None:
        """Run it for what it does."""
        text, given = self._for(connection.dialect).prepared(parameters)
        run_text(connection, text, given)

    def _for(self, dialect: Dialect) -> _Compiled:
        found = self._compiled.get(dialect)
        if found is None:
            found = self._compiled[dialect] = _Compiled(self._statement, dialect)
        return found


def run_text(
    connection: Connection, text: str, parameters: Parameters | None = None, *, has_rows: bool = False
) -> Sequence[Any]:
    """Run *text* with *parameters*, both as the driver takes them; return its rows, if it *has_rows*."""
    if _is_watched(connection):
        options = {"no_parameters": parameters is None}
        result = connection.exec_driver_sql(text, cast("Any", parameters), execution_options=options)
        return result.all() if has_rows else ()
    cursor = _cursor_of(connection, "" if parameters is None else text)
    try:
        if parameters is None:
            # A driver that is given none does not look for places to put them.
            cursor.execute(text)
        elif connection.dialect.name == "postgresql":
            numbered, values_of = _numbered(text)
            cursor.execute(numbered, values_of(parameters))
        else:
            cursor.execute(text, parameters)
        rows = cursor.fetchall() if has_rows else ()
    except BaseException as error:  # noqa: BLE001 - an interrupt, too, leaves the connection in the midst of something
        _fail(connection, cursor, text, parameters, error=error)
    if len(rows) > _FEW_ROWS:
        connection.info.pop(_CURSORS, None)
    return rows


class Message(NamedTuple):
    """Statements without parameters that PostgreSQL takes together."""

    texts: tuple[str, ...]
    whole: str

    @classmethod
    def of(cls, *texts: str) -> Message:
        """Put *texts* into one message."""
        return cls(texts, "; ".join(texts))


def run_together(connection: Connection, message: Message) -> Sequence[Any]:
    """Run the statements of a *message*; return the rows of the last one."""
    if _is_watched(connection):
        *before, last = message.texts
        for text in before:
            run_text(connection, text)
        return run_text(connection, last, has_rows=True)
    text, cursor = message.whole, _cursor_of(connection)
    try:
        cursor.execute(text)
        while cursor.nextset():
            pass
        return cursor.fetchall()
    except BaseException as error:  # noqa: BLE001 - an interrupt, too, leaves the connection in the midst of something
        _fail(connection, cursor, text, None, error=error)


def run_for_each(connection: Connection, text: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run *text* for each of *rows*, as the driver takes them; there is one at least."""
    if _is_watched(connection):
        connection.exec_driver_sql(text, [*rows])
        return
    cursor = connection.connection.cursor()
    try:
        cursor.executemany(text, rows)
    except BaseException as error:  # noqa: BLE001 - an interrupt, too, leaves the connection in the midst of something
        _fail(connection, cursor, text, rows, error=error)


def run_in_turn(connection: Connection, steps: Iterable[tuple[str, Sequence[Mapping[str, Any]]]]) -> None:
    """Run each text of *steps* for each of its rows, as the driver takes them; there is one at least."""
    if _is_watched(connection):
        for text, rows in steps:
            connection.exec_driver_sql(text, [*rows])
        return
    cursor = connection.connection.cursor()
    text, rows = "", ()
    try:
        for text, rows in steps:
            cursor.executemany(text, rows)
    except BaseException as error:  # noqa: BLE001 - an interrupt, too, leaves the connection in the midst of something
        _fail(connection, cursor, text, rows, error=error)


class _Compiled:
    """A statement's text for one dialect, and how values get into it and out again."""

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiler = cast("SQLCompiler", statement.compile(dialect=dialect))
        self._compiler = compiler
        binds = compiler.binds
        self._own: dict[str, Any] = {name: bind.effective_value for name, bind in binds.items() if not bind.required}
        self._lists = [name for name, bind in binds.items() if bind.expanding]
        converts = {name: _impl(bind.type, dialect).bind_processor(dialect) for name, bind in binds.items()}
        order = binds if compiler.positiontup is None else compiler.positiontup
        self._order: list[tuple[str, _Convert]] = [(name, converts[name]) for name in order]
        self._is_positional = compiler.positiontup is not None
        self._texts: dict[tuple[int, ...], str] = {}
        self._text = None if self._lists else str(compiler)
        columns: list[ColumnElement[Any]] = list(getattr(statement, "exported_columns", ()))
        names = [str(getattr(column, "name", "_")) for column in columns]
        self._record: Callable[[Sequence[Any]], Any] = cast("Any", _named_tuple(names))._make
        outs = [_impl(column.type, dialect).result_processor(dialect, None) for column in columns]
        self._outs = [(place, convert) for place, convert in enumerate(outs) if convert is not None]

    def prepared(self, parameters: Mapping[str, Any]) -> tuple[str, Parameters]:
        """Return the text, and the parameters as the driver takes them."""
        values: Mapping[str, Any] = {**self._own, **parameters} if self._own else parameters
        if not self._is_positional:
            named = {name: values[name] if convert is None else convert(values[name]) for name, convert in self._order}
            return self._text_for(values), named
        if self._text is not None:
            single = [values[name] if convert is None else convert(values[name]) for name, convert in self._order]
            return self._text, tuple(single)
        given: list[Any] = []
        for name, convert in self._order:
            several: Sequence[Any] = values[name] if name in self._lists else (values[name],)
            given += several if convert is None else map(convert, several)
        return self._text_for(values), tuple(given)

    @cached_property
    def numbered(self) -> tuple[str, list[str]]:
        """The text with numbers in the place of parameters, and the parameters in the order of their numbers."""
        names = [name for name, _ in self._order]
        return str(self._compiler) % {name: f"${number}" for number, name in enumerate(names, 1)}, names

    def records(self, rows: Sequence[Sequence[Any]]) -> list[AnyRow]:
        """Turn the driver's rows into rows of Python's values."""
        record, outs = self._record, self._outs
        if not outs:
            return [cast("AnyRow", record(row)) for row in rows]
        found: list[AnyRow] = []
        for row in rows:
            values = [*row]
            for place, convert in outs:
                values[place] = convert(values[place])
            found.append(cast("AnyRow", record(values)))
        return found

    def _text_for(self, values: Mapping[str, Any]) -> str:
        if self._text is not None:
            return self._text
        lengths = tuple(len(values[name]) for name in self._lists)
        text = self._texts.get(lengths)
        if text is None:
            text = self._compiler.construct_expanded_state(values).statement
            if max(lengths) <= _LENGTH_REMEMBERED:
                self._texts[lengths] = text
        return text


def _named_tuple(names: Sequence[str]) -> type[tuple[Any, ...]]:
    # A NamedTuple would need the names now.
    return namedtuple("Row", names, rename=True)  # noqa: PYI024 # pyright: ignore[reportUntypedNamedTuple]


def _impl(kind: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    return kind.dialect_impl(dialect)


def _cursor_of(connection: Connection, text: str = "") -> DBAPICursor:
    """Return a cursor for a statement whose rows are read at once.

    psycopg finds out for each cursor anew how values of each type are written and read, and again with each other text:
    25 µs of a short statement. So cursors stay with their connection, one for each *text* that takes parameters and one
    for the rest, as long as the server writes what they depend on in the same way.
    """
    opened = connection.connection
    if connection.dialect.name != "postgresql":
        return opened.cursor()
    driver_connection: Any = opened.dbapi_connection
    told = driver_connection.pgconn.parameter_status
    ways = (told(b"client_encoding"), told(b"DateStyle"), told(b"TimeZone"))
    info = opened.info
    kept: tuple[object, dict[str, DBAPICursor]] | None = info.get(_CURSORS)
    if kept is None or kept[0] != ways:
        kept = info[_CURSORS] = (ways, {})
    cursor = kept[1].get(text)
    if cursor is None:
        cursor = kept[1][text] = _numbered_cursor(driver_connection) if text else opened.cursor()
    return cursor


def _numbered_cursor(driver_connection: Any) -> DBAPICursor:  # noqa: ANN401 - psycopg's, which may be missing
    """Make a cursor that takes ``$1``, ``$2`` … as PostgreSQL does, and spares psycopg to look for names in a text."""
    from psycopg import RawCursor  # noqa: PLC0415 - whoever has no PostgreSQL has no driver of it

    return cast("DBAPICursor", RawCursor(driver_connection))


@cache
def _numbered(text: str) -> tuple[str, Callable[[Any], Sequence[Any]]]:
    """Put numbers in the place of the names in *text*, and say how to put parameters into their order."""
    names = [*dict.fromkeys(_NAMED.findall(text))]
    numbered = text % {name: f"${number}" for number, name in enumerate(names, 1)}
    return numbered, itemgetter(*names) if len(names) > 1 else lambda parameters: [parameters[name] for name in names]


def _is_watched(connection: Connection) -> bool:
    """Tell whether somebody wants to see what runs, or a transaction has to begin first."""
    return any(_WATCHERS(connection)) or not connection.in_transaction()


def _fail(connection: Connection, cursor: DBAPICursor, text: str, given: object, *, error: BaseException) -> NoReturn:
    """Raise *error* as SQLAlchemy does, which also lets go of a connection that broke."""
    # SQLAlchemy closes it.
    connection.info.pop(_CURSORS, None)
    is_drivers = isinstance(error, connection.dialect.loaded_dbapi.Error)
    # What is no error of the driver passes as it is.
    told = text if is_drivers else None
    connection._handle_dbapi_exception(error, told, cast("Any", given), cursor, None)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]

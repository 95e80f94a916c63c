"""All rows of a database, past every wall: to see that a refusal changed none, and to change some behind our back."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from sqlalchemy import Engine, bindparam, create_engine, event, select, text

from stronghold_core.db import Base, Id

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator
    from uuid import UUID

    from sqlalchemy import Select, Table

    from stronghold_core import Books, Database
    from tests.support.stronghold import Desk

Refusal = TypeVar("Refusal", bound=BaseException)

AUDIT = frozenset({"stronghold_audit_event"})


class Vault:
    """The rows of one database, seen by somebody whom no policy and no trigger stops.

    Args:
        url: How to connect: as a superuser on PostgreSQL.
        since: Rows of tenants with smaller ids, those of earlier tests, are left out.
    """

    def __init__(self, url: str, *, since: UUID) -> None:
        self.engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        self._since = since

    def rows(self, *, without: Collection[str] = ()) -> dict[str, list[str]]:
        """Return every committed row of every table, as text, in an order that depends on nothing but the rows."""
        with self.engine.connect() as connection:
            return {
                table.name: sorted(repr(tuple(row)) for row in connection.execute(self._rows_of(table)))
                for table in Base.metadata.sorted_tables
                if table.name not in without
            }

    def _rows_of(self, table: Table) -> Select[*tuple[Any, ...]]:
        query = select(table)
        return query.where(table.c.tenant_id > self._since) if "tenant_id" in table.c else query

    def count(self, table: str) -> int:
        """Count the rows of one table."""
        return len(self.rows()[table])

    def tamper(self, statement: str, **ids: UUID) -> None:
        """Change what nobody may change: triggers, keys and privileges are out of the way."""
        with self.engine.begin() as connection:
            if self.engine.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            else:
                triggers = connection.execute(text("SELECT name FROM sqlite_schema WHERE type = 'trigger'"))
                for name in triggers.scalars().all():
                    connection.execute(text(f"DROP TRIGGER {name}"))
            parameters = [bindparam(name, type_=Id) for name in ids]
            changed = connection.execute(text(statement).bindparams(*parameters), ids)
            # A statement that meets no row would make the test that relies on it say nothing.
            assert changed.rowcount > 0


def refused(
    desk: Desk,
    vault: Vault,
    error: type[Refusal],
    attempt: Callable[[Books], object],
    *,
    changing: Collection[str] = (),
) -> Refusal:
    """Let *attempt* fail inside a unit that then commits: it must leave every row as it was; return its error.

    Args:
        desk: Who attempts it.
        vault: The database.
        error: What the attempt must raise.
        attempt: A verb or several.
        changing: Tables that may change, because a denial is recorded there.
    """
    before = vault.rows(without=changing)
    with desk.books() as books, pytest.raises(error) as caught:
        attempt(books)
    assert vault.rows(without=changing) == before
    return caught.value


@contextmanager
def counted_statements(of: Database | Engine) -> Generator[list[str]]:
    """Collect the statements that an engine sends within the block, or a database by both of its engines."""
    statements: list[str] = []
    engines = {of} if isinstance(of, Engine) else {of.engine, of.reading_engine}

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)

"""A column is compared with a list of any length, alike on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Column, MetaData, String, Table, event, insert, select

from stronghold_core.db import FixedStatement, Id
from stronghold_core.db.lists import is_listed, rows_of_list
from stronghold_core.ids import new_id

if TYPE_CHECKING:
    from sqlalchemy import Connection

WORDS = Table("host_word", MetaData(), Column("id", Id, primary_key=True), Column("word", String(20)))


@pytest.fixture(autouse=True)
def _table(connection: Connection) -> None:
    WORDS.create(connection)


def found(connection: Connection, column: str, values: list[object]) -> list[str]:
    """Find the words whose *column* is in the list."""
    query = FixedStatement(select(WORDS.c.word).where(is_listed(WORDS.c[column], connection.dialect.name)))
    return sorted(row.word for row in rows_of_list(connection, query, values, {}))


def test_ids_and_words_are_found_by_a_list(connection: Connection) -> None:
    """Those that are listed, once each, and no others."""
    ids = {word: new_id() for word in ("one", "two", "it's", "NULL")}
    connection.execute(insert(WORDS), [{"id": some_id, "word": word} for word, some_id in ids.items()])
    assert found(connection, "id", [ids["two"], ids["it's"], new_id()]) == ["it's", "two"]
    assert found(connection, "word", ["NULL", "one", "three"]) == ["NULL", "one"]


def test_an_empty_list_finds_nothing_and_asks_nothing(connection: Connection) -> None:
    """There is nothing to ask for."""
    sent: list[str] = []
    event.listen(connection, "before_cursor_execute", lambda *arguments: sent.append(arguments[2]))
    assert found(connection, "id", []) == []
    assert sent == []


def test_a_list_may_be_longer_than_a_statement_has_parameters(connection: Connection) -> None:
    """It is asked for in parts, and nothing at their ends is lost."""
    ids = [new_id() for _ in range(20_001)]
    marked = [ids[0], ids[9_999], ids[10_000], ids[-1]]
    connection.execute(insert(WORDS), [{"id": some_id, "word": str(n)} for n, some_id in enumerate(marked)])
    assert found(connection, "id", list(ids)) == ["0", "1", "2", "3"]

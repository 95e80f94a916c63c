"""`stronghold migrate`: makes the tables, and drops them only if somebody is sure."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from stronghold_core.db.migrate import VERSION_TABLE, head_revision
from tests.support.shell import Shell

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fixtures import DatabaseFactory
    from tests.support.postgres import PostgresCluster
    from tests.support.stronghold import Desk


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def shell_on_nothing(request: pytest.FixtureRequest, empty_url: str) -> Shell:
    """Open a shell on a database without tables; on PostgreSQL as its owner."""
    if request.param == "sqlite":
        return Shell(empty_url)
    postgres: PostgresCluster = request.getfixturevalue("postgres")
    new_database: DatabaseFactory = request.getfixturevalue("new_database")
    return Shell(postgres.url(new_database()))


def test_the_tables_are_made_and_the_schema_is_named(shell_on_nothing: Shell) -> None:
    """Twice is as good as once."""
    for _ in range(2):
        outcome = shell_on_nothing("migrate")
        assert (outcome.code, outcome.out) == (0, f"The database is at schema {head_revision()}.\n")
    assert shell_on_nothing("verify").code == 0


def test_the_schema_can_be_read_by_a_program(shell_on_nothing: Shell) -> None:
    """Before and after everything was dropped."""
    assert shell_on_nothing("migrate", "--json").document == {"schema": head_revision()}
    assert shell_on_nothing("migrate", "--to", "base", "--yes", "--json").document == {"schema": None}


def test_dropping_everything_is_said_as_clearly_as_it_was_asked_for(shell_on_nothing: Shell) -> None:
    """And then the tables are gone."""
    shell_on_nothing("migrate")
    outcome = shell_on_nothing("migrate", "--to", "base", "--yes")
    assert (outcome.code, outcome.out) == (0, "The database holds no tables of stronghold any more.\n")
    assert shell_on_nothing("verify").code == 4


def test_somebody_is_asked_before_money_is_dropped(acme: Desk, shell: Shell) -> None:
    """The question goes to standard error, so that a pipe does not swallow it; a yes is enough."""
    outcome = shell("migrate", "--to", "base", typed="y\n")
    assert outcome.code == 0
    assert "all the money in it. Go on?" in outcome.err
    assert shell("verify").code == 4


@pytest.mark.parametrize("answer", ["n\n", "\n"])
def test_whoever_does_not_say_yes_keeps_the_money(acme: Desk, shell: Shell, answer: str) -> None:
    """Enter alone is a no, and the command ends as if it had been interrupted."""
    assert shell("migrate", "--to", "base", typed=answer).code == 130
    assert shell("verify").code == 0


def test_where_nobody_can_answer_nothing_is_dropped(acme: Desk, shell: Shell) -> None:
    """A script has to be sure beforehand, and is told how."""
    outcome = shell("migrate", "--to", "base")
    assert outcome.code == 2
    assert "Nobody is there to answer: pass --yes." in outcome.err
    assert shell("verify").code == 0


def test_a_revision_that_is_not_there_is_refused(shell: Shell) -> None:
    """With those that can be meant."""
    outcome = shell("migrate", "--to", "9999")
    assert outcome.code == 3
    assert "there is no revision '9999'; give head, base, or one of ours." in outcome.err


def test_a_database_of_a_newer_version_is_left_alone(shell: Shell, tmp_path: Path) -> None:
    """Neither used nor migrated nor dropped: this version does not know what it holds."""
    with closing(sqlite3.connect(tmp_path / "books.db")) as connection, connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    for command in (("verify",), ("migrate",), ("migrate", "--to", "base", "--yes")):
        outcome = shell(*command)
        assert outcome.code == 4
        assert "at schema 9999, which this version does not know: upgrade financial-stronghold." in outcome.err


def test_a_file_in_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """A folder is nobody's to make but the user's."""
    outcome = Shell(f"sqlite:///{tmp_path / 'nowhere' / 'books.db'}")("migrate")
    assert outcome.code == 4
    assert "it can't be opened. Check that the folder exists and may be written." in outcome.err

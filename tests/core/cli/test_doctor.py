"""`stronghold doctor`: what is found, what to run, and the roles that PostgreSQL needs."""

from __future__ import annotations

import importlib
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from tests.support.postgres import PostgresServer


def test_a_sound_database_is_said_to_be_well(database_url: str) -> None:
    """With one line for each thing that was looked at."""
    outcome = Shell(database_url)("doctor")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.endswith("All is well.\n")
    assert "problem" not in outcome.out


def test_a_program_reads_every_check(database_url: str) -> None:
    """With its subject, what was found, and what to run, if anything."""
    outcome = Shell(database_url)("doctor", "--json")
    assert (outcome.code, outcome.document["is_ok"]) == (0, True)
    for check in outcome.document["checks"]:
        assert set(check) == {"subject", "is_ok", "fact", "remedy"}
        assert (check["is_ok"], check["remedy"]) == (True, None)


def test_a_problem_is_shown_with_what_to_run(tmp_path: Path) -> None:
    """The command stands in a line by itself, to be copied; the exit code stops a deployment."""
    (tmp_path / "books.db").touch()
    outcome = Shell(f"sqlite:///{tmp_path / 'books.db'}")("doctor")
    assert outcome.code == 1
    assert "To put it right:\n\nstronghold migrate\n" in outcome.out
    assert outcome.out.endswith("1 problem found.\n")


def test_a_problem_is_read_by_a_program(tmp_path: Path) -> None:
    """Among the checks that passed."""
    (tmp_path / "books.db").touch()
    outcome = Shell(f"sqlite:///{tmp_path / 'books.db'}")("doctor", "--json")
    assert (outcome.code, outcome.document["is_ok"]) == (1, False)
    remedies = {check["subject"]: check["remedy"] for check in outcome.document["checks"] if not check["is_ok"]}
    assert remedies == {"schema": "stronghold migrate"}


def test_a_file_that_is_not_there_is_a_finding_and_is_not_made(empty_url: str, tmp_path: Path) -> None:
    """A doctor who makes the patient would find it healthy."""
    outcome = Shell(empty_url)("doctor")
    assert outcome.code == 1
    assert "there is no file" in outcome.out
    assert not (tmp_path / "books.db").exists()


@pytest.mark.usefixtures("no_waiting")
def test_a_lock_that_somebody_holds_is_a_finding(acme: Any, shell: Shell) -> None:  # noqa: ANN401
    """Without the advice that a unit of work would get."""
    with acme.books() as books:
        books.accounts.open(name="Bank", type="asset")
        outcome = shell("doctor")
    assert outcome.code == 1
    assert "locked by another writer" in " ".join(outcome.out.split())
    assert "stronghold.run" not in outcome.out


def test_sqlite_has_no_roles_to_create(shell: Shell) -> None:
    """Whoever asks for them has the wrong database in mind."""
    outcome = shell("doctor", "--create-roles")
    assert (outcome.code, outcome.out) == (4, "")
    assert "SQLite has no roles to create" in outcome.err


# --- the host's own tables

MODELS = """
from sqlalchemy import Column, Integer, MetaData, Table
from stronghold_core import Id

sound, silent, leaky = MetaData(), MetaData(), MetaData()
own = [Column("tenant_id", Id, primary_key=True), Column("id", Integer, primary_key=True)]
Table("shop_lamp", sound, *own, info={"stronghold": "tenant"})
Table("shop_country", sound, Column("id", Integer, primary_key=True), info={"stronghold": "global"})
Table("shop_silent", silent, Column("id", Integer, primary_key=True))
Table("shop_leaky", leaky, Column("id", Integer, primary_key=True), info={"stronghold": "tenant"})
number = 7
"""


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write a host's module into the working directory, under a name that no other test imports."""
    name = f"shop_models_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(MODELS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return name


def test_tables_of_the_hosts_that_are_sound_pass(shell: Shell, models: str) -> None:
    """The module is found where the command runs, and leaves no trace in the search path."""
    before = [*sys.path]
    outcome = shell("doctor", "--tables", f"{models}:sound", "--json")
    assert sys.path == before
    assert (outcome.code, outcome.document["is_ok"]) == (0, True)
    (check,) = (check for check in outcome.document["checks"] if check["subject"] == "your tables")
    assert check["fact"] == "2 tables: each says whose rows it holds"


@pytest.mark.parametrize(("name", "table"), [("silent", "shop_silent"), ("leaky", "shop_leaky")])
def test_a_table_that_would_stop_the_program_is_found(shell: Shell, models: str, name: str, table: str) -> None:
    """By name and with the way out, as start-up says it; beside what else was looked at."""
    outcome = shell("doctor", "--tables", f"{models}:sound", "--tables", f"{models}:{name}", "--json")
    assert (outcome.code, outcome.document["is_ok"]) == (1, False)
    (found,) = (check["fact"] for check in outcome.document["checks"] if not check["is_ok"])
    assert table in found
    assert len(outcome.document["checks"]) > 2
    assert "1 problem found." in shell("doctor", "--tables", f"{models}:{name}").out


@pytest.mark.parametrize(
    "where", ["{models}:missing", "{models}:number", "{models}", "no_such_module:metadata", ":x", "{models}:"]
)
def test_what_is_no_collection_of_tables_is_a_mistake_of_typing(shell: Shell, models: str, where: str) -> None:
    """Nothing is looked at then."""
    outcome = shell("doctor", "--tables", where.format(models=models))
    assert (outcome.code, outcome.out) == (2, "")
    assert "--tables" in outcome.err


@pytest.mark.postgres
def test_a_table_without_a_wall_is_found(postgresql_url: str, models: str) -> None:
    """On PostgreSQL, with the SQL that builds it."""
    outcome = Shell(postgresql_url)("doctor", "--tables", f"{models}:sound", "--json")
    assert (outcome.code, outcome.document["is_ok"]) == (1, False)
    (check,) = (check for check in outcome.document["checks"] if not check["is_ok"])
    assert (check["subject"], "shop_lamp is missing" in check["fact"]) == ("host tables", True)


# --- roles, on a server that has none of ours yet


@pytest.fixture
def bare_postgres() -> Generator[PostgresServer]:
    """Start a server without the roles that the other tests share; a database and three logins are there."""
    fixtures = importlib.import_module("tests.support.fixtures")
    support = importlib.import_module("tests.support.postgres")
    with closing(support.started_server(fixtures.binaries_or_skip())) as server:
        administer(server, "create role books_owner login", "create role shop login", "create role guest login")
        administer(server, "create database books owner books_owner")
        yield server


def administer(server: PostgresServer, *statements: str) -> None:
    """Run *statements* as the superuser."""
    psycopg = importlib.import_module("psycopg")
    with psycopg.connect(server.superuser_url(), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.postgres
def test_from_nothing_to_a_sound_database_on_postgresql(bare_postgres: PostgresServer) -> None:
    """As the how-to tells it: an administrator lets both logins in, the owner migrates, and the program works."""
    admin = Shell(bare_postgres.superuser_url("books"))
    owner, shop, guest = (Shell(bare_postgres.url("books", role=role)) for role in ("books_owner", "shop", "guest"))
    assert "stronghold doctor --create-roles --login books_owner" in owner("migrate").err
    for login in ("books_owner", "shop"):
        # The tables are still missing, and that is found.
        outcome = admin("doctor", "--create-roles", "--login", login, "--json")
        assert outcome.code == 1
        assert [check["subject"] for check in outcome.document["checks"] if not check["is_ok"]] == ["schema"]
    assert owner("migrate").code == 0
    assert shop("doctor").code == 0
    assert shop("tenant", "add", "Acme", "--base-currency", "USD", "--owner", "user:ada").code == 0
    refused = guest("doctor")
    assert refused.code == 1
    assert 'GRANT "stronghold_app" TO "guest";' in refused.out
    assert guest("verify").code == 4


@pytest.mark.postgres
def test_a_login_that_may_create_no_roles_says_the_sql_for_somebody_who_may(bare_postgres: PostgresServer) -> None:
    """Instead of "permission denied"; and that SQL is all that it takes."""
    shop = Shell(bare_postgres.url("books", role="shop"))
    outcome = shop("doctor", "--create-roles")
    assert (outcome.code, outcome.out) == (4, "")
    sql = outcome.err[outcome.err.index("CREATE ROLE") :]
    assert sql.splitlines() == [
        'CREATE ROLE "stronghold_app" NOLOGIN NOSUPERUSER NOBYPASSRLS;',
        'GRANT "stronghold_app" TO "shop";',
    ]
    administer(bare_postgres, *sql.splitlines())
    checks = shop("doctor", "--json").document["checks"]
    assert {check["subject"]: check["is_ok"] for check in checks}["app role"]


@pytest.mark.postgres
def test_a_login_that_the_server_does_not_know_is_refused(bare_postgres: PostgresServer) -> None:
    """No role is made of a typing error."""
    outcome = Shell(bare_postgres.superuser_url("books"))("doctor", "--create-roles", "--login", "shopp")
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err == "Error: login: the server has no role 'shopp'; create it first.\n"

"""How a tenant is bound where Citus spreads the tables over workers.

There is no Citus here. What is run is the real thing on a plain PostgreSQL, which takes the settings of an extension
that it does not have; that it has one is written into its catalogue. So what is sent is tested, and that it binds; not
that workers get it.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text

from stronghold_core import Settings, Stronghold
from stronghold_core.db.backends import Binding, CitusBackend, PostgreSQLBackend
from stronghold_core.errors import ConfigurationError
from stronghold_core.ids import new_id
from stronghold_core.testing.isolation import check_isolation
from tests.support.postgres import OWNER_ROLE
from tests.support.rows import counted_statements

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.support.fixtures import DatabaseFactory
    from tests.support.postgres import PostgresCluster

PRETENCE = """
    INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    VALUES (99999, 'citus', 10, 'public'::regnamespace, false, '13.2')
"""
PROPAGATION = "SET LOCAL citus.propagate_set_commands = 'local'"


@pytest.fixture
def citus(postgres: PostgresCluster, new_database: DatabaseFactory) -> Generator[Stronghold]:
    """Open a migrated database that says it has Citus, as the app role itself."""
    dbname = new_database()
    role = f"app_{dbname[-12:]}"
    with psycopg.connect(postgres.superuser_url(dbname), autocommit=True) as connection:
        name = sql.Identifier(role)
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(role)))
        connection.execute(sql.SQL("GRANT {} TO {}").format(name, sql.Identifier(OWNER_ROLE)))
        with closing(Stronghold(postgres.url(dbname), settings=Settings(app_role=role))) as stronghold:
            stronghold.migrate()
        connection.execute(PRETENCE)
        with closing(Stronghold(postgres.url(dbname, role=role), settings=Settings(app_role=role))) as stronghold:
            yield stronghold
        connection.execute(sql.SQL("DROP OWNED BY {}").format(name))
        connection.execute(sql.SQL("REVOKE {} FROM {}").format(name, sql.Identifier(OWNER_ROLE)))
        connection.execute(sql.SQL("DROP ROLE {}").format(name))


def test_a_unit_tells_workers_of_its_tenant_by_a_literal_that_is_passed_on(citus: Stronghold) -> None:
    """In the message that begins the transaction; and nothing is set in a way that workers do not hear of."""
    acme = citus.tenants.create(kind="user", name="Ada", base_currency="USD", owner="user:ada")
    assert isinstance(citus.database.backend, CitusBackend)
    with counted_statements(citus.database) as sent, citus.books(acme.id, principal="user:ada") as books:
        books.accounts.open(name="Bank", type="asset", opening_balance="10.00")
    begin = f"BEGIN ISOLATION LEVEL READ COMMITTED; {PROPAGATION}; SET LOCAL stronghold.tenant_id = '{acme.id}'"
    assert sent[0].startswith(begin)
    assert not [
        statement for statement in sent if "set_config('stronghold.tenant_id'" in statement or "ROLE" in statement
    ]


def test_a_joined_unit_binds_by_the_same_literal_and_restores_by_it(citus: Stronghold) -> None:
    """The host's transaction gets back what it had."""
    acme = citus.tenants.create(kind="user", name="Ada", base_currency="USD", owner="user:ada")
    before = new_id()
    setting = text("SELECT current_setting('stronghold.tenant_id', true)")
    with citus.database.engine.connect() as connection, connection.begin():
        connection.exec_driver_sql(f"SET LOCAL stronghold.tenant_id = '{before}'")
        with counted_statements(citus.database) as sent:
            with citus.books(acme.id, principal="user:ada", connection=connection):
                assert connection.execute(setting).scalar_one() == str(acme.id)
            assert connection.execute(setting).scalar_one() == str(before)
    bound = [statement for statement in sent if statement.startswith(PROPAGATION)]
    assert [statement.rpartition(" ")[2] for statement in bound] == [f"'{acme.id}'", f"'{before}'"]


@pytest.mark.parametrize("reference", ["acme", "O'Reilly", "a\\b'; DROP TABLE stronghold_entry; --", "100 %s %%"])
def test_workers_hear_of_what_the_directory_is_asked_for(citus: Stronghold, reference: str) -> None:
    """Whatever the words are, they arrive as they are, in a literal that is passed on."""
    acme = citus.tenants.create(
        kind="user", name="Ada", base_currency="USD", owner="user:ada", external_reference=reference
    )
    with counted_statements(citus.database) as sent:
        assert citus.tenants.find(external_reference=reference) == acme
        assert [one.tenant.id for one in citus.tenants.list_of("user:ada")] == [acme.id]
    told = [statement for statement in sent if "stronghold.external_reference" in statement]
    assert [statement.startswith(f"{PROPAGATION}; SET LOCAL stronghold.") for statement in told] == [True]
    assert not [statement for statement in sent if "set_config('stronghold." in statement]


def test_no_tenant_reaches_another(citus: Stronghold) -> None:
    """The literal binds as firmly as a parameter does."""
    assert check_isolation(citus).faults == []


def test_what_is_no_id_never_becomes_part_of_a_statement(citus: Stronghold) -> None:
    """A host may have set anything; nothing of it is run."""
    backend = CitusBackend(Settings())
    with citus.database.engine.connect() as connection, pytest.raises(ValueError, match=r"DROP TABLE|badly formed"):
        backend.restore(connection, Binding("", "'; DROP TABLE stronghold_entry; --"))


def test_a_login_that_is_not_the_app_role_is_refused(postgres: PostgresCluster, citus: Stronghold) -> None:
    """Workers are told of no other role."""
    url = postgres.url(citus.database.engine.url.database or "")
    with (
        closing(Stronghold(url, settings=Settings(app_role=citus.database.settings.app_role))) as other,
        pytest.raises(ConfigurationError, match=f"log in as app_\\w+, not as {OWNER_ROLE}"),
    ):
        other.tenants.create(kind="user", name="Ada", base_currency="USD", owner="user:ada")


def test_without_citus_nothing_is_said_of_it(postgresql_url: str) -> None:
    """A plain server has its own way."""
    with closing(Stronghold(postgresql_url)) as stronghold, counted_statements(stronghold.database) as sent:
        stronghold.tenants.create(kind="user", name="Ada", base_currency="USD", owner="user:ada")
        assert type(stronghold.database.backend) is PostgreSQLBackend
    assert not [statement for statement in sent if "propagate" in statement]

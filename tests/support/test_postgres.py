"""The server of the tests is a real one, and its roles have no more power than a host's would."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from stronghold_core import Stronghold
from tests.support.postgres import APP_ROLE, MEMBER_ROLE, OWNER_ROLE, PostgresCluster, PostgresServer

if TYPE_CHECKING:
    from tests.support.fixtures import DatabaseFactory


@pytest.mark.parametrize("role", [OWNER_ROLE, MEMBER_ROLE])
def test_a_login_role_is_no_superuser_and_may_become_the_app_role(
    postgres: PostgresCluster, new_database: DatabaseFactory, role: str
) -> None:
    """Neither the owner nor the member passes row-level security, yet both can take on the app role."""
    with psycopg.connect(postgres.url(new_database(), role=role)) as connection:
        powers = connection.execute("select rolsuper, rolbypassrls from pg_roles where rolname = current_user")
        assert powers.fetchone() == (False, False)
        connection.execute("select set_config('role', %s, true)", [APP_ROLE])
        assert connection.execute("select current_user").fetchone() == (APP_ROLE,)


def test_a_copied_database_has_what_its_template_had(postgres: PostgresCluster, new_database: DatabaseFactory) -> None:
    """The owner may create tables in its database, and a copy of it holds them."""
    template = new_database()
    with psycopg.connect(postgres.url(template)) as connection:
        connection.execute("create table kept as select 42 as answer")
    with psycopg.connect(postgres.url(new_database(template))) as connection:
        assert connection.execute("select answer from kept").fetchone() == (42,)


def test_what_was_committed_survives_a_crash_of_a_server_of_our_own(own_postgres: PostgresServer) -> None:
    """A durable server can be stopped as by a crash, and comes back with its data."""
    with psycopg.connect(own_postgres.superuser_url()) as connection:
        connection.execute("create table kept as select 42 as answer")
    own_postgres.restart("immediate")
    with psycopg.connect(own_postgres.superuser_url()) as connection:
        assert connection.execute("select answer from kept").fetchone() == (42,)


def test_the_tests_of_behaviour_log_in_as_plain_roles_and_work_as_the_app_role(postgresql_url: str) -> None:
    """What every test gets that asks for a database: a login with no power, whose units become the app role."""
    engine = create_engine(make_url(postgresql_url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with closing(Stronghold(engine)) as stronghold, engine.connect() as connection:
        powers = text("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = session_user")
        assert tuple(connection.execute(powers).one()) == (MEMBER_ROLE, False, False)
        tenant = stronghold.tenants.create(kind="user", name="Ada", base_currency="USD", owner="user:ada")
        for read_only in (False, True):
            with stronghold.books(tenant.id, principal="user:ada", read_only=read_only) as books:
                assert books.session.scalar(text("SELECT current_user::text")) == APP_ROLE


# What a superuser does passes row-level security unseen, so a test of behaviour that worked as one would show nothing.
SUPERUSERS = {
    "core/bank_statements/test_plans.py": "looks at plans, for which a module of the server has to be loaded",
    "core/figures/test_plans.py": "the same",
    "core/ledger/posting/test_plans.py": "the same",
    "core/ledger/transactions/test_plans.py": "the same",
    "core/ledger/verification/test_plans.py": "the same",
    "core/cli/test_doctor.py": "creates roles",
    "core/conftest.py": "looks at all rows, and tampers with them",
    "core/db/test_catalogue.py": "breaks a rule of the catalogue, to see that it is found",
    "core/db/test_citus.py": "creates a role, and writes an extension into the catalogue",
    "core/db/test_doctor.py": "creates roles, and damages what the doctor is to find",
    "core/db/test_logins.py": "creates roles",
    "core/db/test_migrate.py": "creates roles, and looks at the catalogue",
    "core/db/test_server_settings.py": "changes the server's settings",
    "core/db/test_translate.py": "fills the server up",
    "faults/test_bank.py": "kills, and looks at all rows",
    "faults/test_interleaving.py": "cancels and kills",
    "faults/test_races.py": "sees who waits for whom",
    "faults/test_storage.py": "kills and damages",
    "properties/conftest.py": "looks at all rows",
    "properties/test_posting_forms.py": "looks at all rows",
}
"""The files, beside those of tests/support, in which a superuser connects, and what for."""


def test_a_superuser_only_sets_up_tampers_and_looks() -> None:
    """Whoever lets one connect in another file says here what for."""
    tests = Path(__file__).parents[1]
    named = re.compile(r"superuser(?:_url|_engine)\b|\.superuser\(\)")
    found = {
        path.relative_to(tests).as_posix()
        for path in tests.rglob("*.py")
        if path.parent.name != "support" and named.search(path.read_text(encoding="utf-8"))
    }
    assert found == set(SUPERUSERS)

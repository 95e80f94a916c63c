"""The server of the tests is a real one, and its roles have no more power than a host's would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

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

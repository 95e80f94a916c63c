"""Who may work on a PostgreSQL database: a login that can become the app role, however it was let in."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from stronghold_core import Stronghold
from stronghold_core.errors import RoleMissingError

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.support.postgres import PostgresCluster


@pytest.fixture
def login(postgres: PostgresCluster, postgresql_url: str) -> Generator[str]:
    """Create a login that has nothing to do with the app role yet."""
    name = f"login_{make_url(postgresql_url).database}"
    administer(postgres, sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(name)))
    yield name
    administer(postgres, sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


@pytest.fixture
def login_url(postgres: PostgresCluster, postgresql_url: str, login: str) -> str:
    """Say how that login reaches the migrated database."""
    return postgres.url(make_url(postgresql_url).database or "", role=login)


def administer(postgres: PostgresCluster, statement: sql.SQL | sql.Composed) -> None:
    """Run *statement* as the superuser."""
    with psycopg.connect(postgres.superuser_url(), autocommit=True) as connection:
        connection.execute(statement)


def create_tenant(url: str) -> None:
    """Do what needs a unit of work."""
    with closing(Stronghold(url)) as stronghold:
        stronghold.tenants.create(kind="organization", name="Acme", base_currency="USD", owner="user:ada")


def test_a_login_that_is_no_member_is_refused_with_the_sql_that_lets_it_in(
    postgres: PostgresCluster, login_url: str, login: str
) -> None:
    """The likeliest mistake of a deployment must not end in "permission denied", at the start or at the doctor's."""
    with pytest.raises(RoleMissingError) as refused:
        create_tenant(login_url)
    with closing(Stronghold(login_url)) as stronghold:
        (problem,) = [check for check in stronghold.doctor() if not check.is_ok]
    assert (problem.subject, problem.remedy) == ("app role", refused.value.sql)
    assert login in refused.value.sql
    administer(postgres, sql.SQL(refused.value.sql))
    create_tenant(login_url)


@pytest.mark.parametrize("inheritance", ["INHERIT", "NOINHERIT"])
def test_a_member_may_work_whether_or_not_it_inherits(
    postgres: PostgresCluster, login_url: str, login: str, inheritance: str
) -> None:
    """A unit becomes the app role, so the login itself needs none of its privileges."""
    administer(postgres, sql.SQL(f"ALTER ROLE {{}} {inheritance}").format(sql.Identifier(login)))
    administer(postgres, sql.SQL("GRANT stronghold_app TO {}").format(sql.Identifier(login)))
    create_tenant(login_url)
    with closing(Stronghold(login_url)) as stronghold:
        assert all(check.is_ok for check in stronghold.doctor())


def test_a_member_that_may_not_become_the_app_role_is_refused(
    postgres: PostgresCluster, login_url: str, login: str
) -> None:
    """PostgreSQL 16 can grant what a role may do without granting to be it; that is not enough."""
    administer(postgres, sql.SQL("GRANT stronghold_app TO {} WITH SET FALSE").format(sql.Identifier(login)))
    with pytest.raises(RoleMissingError):
        create_tenant(login_url)

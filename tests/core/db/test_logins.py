"""Who may work on a PostgreSQL database: a login that can become the app role, however it was let in."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from stronghold_core import Stronghold
from stronghold_core.errors import InvalidInputError, RoleMissingError

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.support.postgres import PostgresCluster


@pytest.fixture
def login(postgres: PostgresCluster, postgresql_url: str) -> Generator[str]:
    """Create a login that has nothing to do with the app role yet."""
    name = f"login_{make_url(postgresql_url).database}"
    administer(postgres, sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(name)))
    yield name
    administer(postgres, sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(f"group_{name}")))
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


@pytest.mark.parametrize("way", ["directly", "through a group"])
def test_a_member_that_may_not_become_the_app_role_is_refused_with_the_sql_that_lets_it(
    postgres: PostgresCluster, login_url: str, login: str, way: str
) -> None:
    """PostgreSQL 16 can grant what a role may do without granting to be it; a plain GRANT changes nothing then."""
    require_set_option(postgres)
    let_in_without_set(postgres, login, is_direct=way == "directly")
    with pytest.raises(RoleMissingError, match="it is a member WITH SET FALSE") as refused:
        create_tenant(login_url)
    with closing(Stronghold(login_url)) as stronghold:
        (problem,) = [check for check in stronghold.doctor() if not check.is_ok]
    assert (problem.subject, problem.remedy) == ("app role", refused.value.sql)
    assert refused.value.sql == f'GRANT "stronghold_app" TO "{login}" WITH SET TRUE;'
    administer(postgres, sql.SQL(refused.value.sql))
    create_tenant(login_url)
    with closing(Stronghold(login_url)) as stronghold:
        assert all(check.is_ok for check in stronghold.doctor())


def require_set_option(postgres: PostgresCluster) -> None:
    """Skip the test on a server before 16, whose members may always become the role."""
    with psycopg.connect(postgres.superuser_url()) as connection:
        if connection.info.server_version < 160_000:
            pytest.skip("this PostgreSQL knows no membership WITH SET FALSE")


def let_in_without_set(postgres: PostgresCluster, login: str, *, is_direct: bool) -> None:
    """Make *login* a member that may not become the app role; the group goes with the login."""
    name, app = sql.Identifier(login), sql.Identifier("stronghold_app")
    if is_direct:
        administer(postgres, sql.SQL("GRANT {} TO {} WITH SET FALSE").format(app, name))
        return
    group = sql.Identifier(f"group_{login}")
    administer(postgres, sql.SQL("CREATE ROLE {} NOLOGIN").format(group))
    administer(postgres, sql.SQL("GRANT {} TO {} WITH SET FALSE").format(app, group))
    administer(postgres, sql.SQL("GRANT {} TO {}").format(group, name))


def test_create_roles_lets_a_member_in_that_could_not_become_the_app_role(
    postgres: PostgresCluster, postgresql_url: str, login_url: str, login: str
) -> None:
    """Somebody who may grant names the login."""
    require_set_option(postgres)
    let_in_without_set(postgres, login, is_direct=True)
    with closing(Stronghold(postgres.superuser_url(make_url(postgresql_url).database or ""))) as stronghold:
        stronghold.database.create_roles(login=login)
    create_tenant(login_url)


def test_create_roles_names_the_sql_if_its_own_login_may_not_let_another_in(
    postgres: PostgresCluster, postgresql_url: str, login_url: str, login: str
) -> None:
    """A member without ADMIN OPTION can let nobody in; the SQL is for somebody who can."""
    with closing(Stronghold(postgresql_url)) as stronghold, pytest.raises(RoleMissingError) as refused:
        stronghold.database.create_roles(login=login)
    assert refused.value.login == login
    administer(postgres, sql.SQL(refused.value.sql))
    create_tenant(login_url)


def test_create_roles_refuses_a_login_that_the_server_does_not_know(postgresql_url: str) -> None:
    """A typing error makes no role: it could log in nowhere."""
    with closing(Stronghold(postgresql_url)) as stronghold, pytest.raises(InvalidInputError) as refused:
        stronghold.database.create_roles(login="nobody_at_all")
    assert str(refused.value) == "login: the server has no role 'nobody_at_all'; create it first."

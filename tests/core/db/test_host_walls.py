"""PostgreSQL's wall around the host's tables: what is missing of it is found, at the start and by the doctor."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, make_url
from sqlalchemy.pool import NullPool

from stronghold_core import Settings, Stronghold
from stronghold_core.db import Id, host_table_sql
from stronghold_core.errors import ConfigurationError, OpenTableError

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy import Engine

    from stronghold_core.db import Check
    from tests.support.fixtures import DatabaseFactory
    from tests.support.postgres import PostgresCluster

METADATA = MetaData()
INVOICES = Table(
    "shop_Invoice",  # a name that has to be quoted
    METADATA,
    Column("tenant_id", Id, primary_key=True),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("words", String),
    info={"stronghold": "tenant"},
)
NAME = '"shop_Invoice"'
MINE = "tenant_id = nullif(current_setting('stronghold.tenant_id', true), '')::uuid"


def test_the_sql_has_a_policy_for_each_command_whatever_is_granted() -> None:
    """A grant that comes later meets a policy that is there already."""
    for allow, granted in ((["select", "insert"], "SELECT, INSERT"), (["delete", "select"], "SELECT, DELETE")):
        statements = host_table_sql(INVOICES, allow=allow)
        commands = [statement.split(" FOR ")[1].split()[0] for statement in statements if "POLICY" in statement]
        assert commands == ["SELECT", "INSERT", "UPDATE", "DELETE"]
        assert statements[-1] == f'GRANT {granted} ON {NAME} TO "stronghold_app"'
    assert not [statement for statement in host_table_sql(INVOICES, allow=[]) if "GRANT" in statement]


def test_a_name_may_be_given_as_sql_writes_it() -> None:
    """A migration should not depend on what a class has become since."""
    assert host_table_sql(NAME) == host_table_sql(INVOICES)
    assert host_table_sql(NAME, app_role="other")[-1].endswith('TO "other"')


def test_a_word_that_is_no_command_is_refused() -> None:
    """Also one that row-level security does not hold for."""
    with pytest.raises(ConfigurationError, match="allow names 'truncate'"):
        host_table_sql(INVOICES, allow=["select", "truncate"])


# --- on a database


@pytest.fixture
def owner(postgres: PostgresCluster, new_database: DatabaseFactory, migrated_template: str) -> Generator[Engine]:
    """Open a migrated database of this test alone, as its owner."""
    url = make_url(postgres.url(new_database(migrated_template)))
    engine = create_engine(url.set(drivername="postgresql+psycopg"), poolclass=NullPool)
    yield engine
    engine.dispose()


def run(engine: Engine, *statements: str) -> None:
    """Run *statements* as the owner."""
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.fixture
def walled(owner: Engine) -> Engine:
    """Create the host's table, and build the wall around it."""
    METADATA.create_all(owner)
    run(owner, *host_table_sql(INVOICES))
    return owner


def open_unit(engine: Engine) -> None:
    """Start, with the host's table registered."""
    with closing(Stronghold(engine)) as stronghold:
        stronghold.register_tables(METADATA)
        stronghold.tenants.create(kind="user", name="Ada", base_currency="USD", owner="user:ada")


def examined(engine: Engine) -> Check:
    """Let the doctor look at the host's tables."""
    with closing(Stronghold(engine)) as stronghold:
        stronghold.register_tables(METADATA)
        (check,) = [check for check in stronghold.doctor() if check.subject == "host tables"]
        return check


def test_a_table_behind_its_wall_passes(walled: Engine) -> None:
    """The SQL that the library gives is what it asks for."""
    open_unit(walled)
    check = examined(walled)
    assert (check.is_ok, check.fact) == (True, "all 1 stand behind the wall")


def test_without_tables_of_the_hosts_the_doctor_says_nothing_of_them(owner: Engine) -> None:
    """Most programs have none."""
    with closing(Stronghold(owner)) as stronghold:
        assert "host tables" not in {check.subject for check in stronghold.doctor()}


BREACHES = {
    "row-level security off": ([f"ALTER TABLE {NAME} DISABLE ROW LEVEL SECURITY"], "is not forced on"),
    "not forced": ([f"ALTER TABLE {NAME} NO FORCE ROW LEVEL SECURITY"], "is not forced on"),
    **{
        f"no policy to {command}": ([f"DROP POLICY {policy} ON {NAME}"], f"lacks its policy {policy}")
        for command, policy in {
            "read": "stronghold_read",
            "add": "stronghold_add",
            "change": "stronghold_change",
            "remove": "stronghold_remove",
        }.items()
    },
    "an altered policy": ([f"ALTER POLICY stronghold_read ON {NAME} USING (true)"], "has a policy stronghold_read"),
    "a policy of somebody's": ([f"CREATE POLICY all_see ON {NAME} FOR SELECT USING (true)"], "has a policy all_see"),
    "a policy for the app role": (
        [f"CREATE POLICY app_sees ON {NAME} FOR SELECT TO stronghold_app USING (true)"],
        "has a policy app_sees",
    ),
    "no grant to read": ([f"REVOKE SELECT ON {NAME} FROM stronghold_app"], "no SELECT on"),
    "no grant to add": ([f"REVOKE INSERT ON {NAME} FROM stronghold_app"], "no INSERT on"),
    "a grant to truncate": ([f"GRANT TRUNCATE ON {NAME} TO stronghold_app"], "TRUNCATE on"),
    "a grant to truncate for all": ([f"GRANT TRUNCATE ON {NAME} TO PUBLIC"], "TRUNCATE on"),
    "a grant of triggers": ([f"GRANT TRIGGER ON {NAME} TO stronghold_app"], "TRIGGER on"),
}


@pytest.mark.parametrize(("breach", "fact"), BREACHES.values(), ids=BREACHES.keys())
def test_a_breach_is_refused_at_the_start_and_found_by_the_doctor(walled: Engine, breach: list[str], fact: str) -> None:
    """Both print the same SQL, and it puts the wall right."""
    run(walled, *breach)
    with pytest.raises(OpenTableError) as refused:
        open_unit(walled)
    assert fact in refused.value.facts
    check = examined(walled)
    assert (check.is_ok, check.fact, check.remedy) == (False, refused.value.facts, refused.value.sql)
    run(walled, refused.value.sql)
    open_unit(walled)


@pytest.mark.parametrize(
    "policy",
    [
        f"CREATE POLICY narrow ON {NAME} AS RESTRICTIVE FOR SELECT USING (words <> '')",
        f"CREATE POLICY office ON {NAME} FOR SELECT TO stronghold_owner USING (true)",
    ],
    ids=["one that narrows", "one for another role"],
)
def test_a_hosts_own_policy_is_let_be_if_it_lets_no_more_through(walled: Engine, policy: str) -> None:
    """A host may have reasons of its own."""
    run(walled, policy)
    open_unit(walled)


def test_a_table_that_is_not_walled_at_all_is_mended_by_what_is_printed(owner: Engine) -> None:
    """The likeliest mistake: the migration forgot it."""
    METADATA.create_all(owner)
    with pytest.raises(OpenTableError) as refused:
        open_unit(owner)
    run(owner, refused.value.sql)
    open_unit(owner)


def test_a_table_that_is_not_there_is_named(owner: Engine) -> None:
    """Nobody would look at it again once it is made."""
    with pytest.raises(OpenTableError, match="is missing"):
        open_unit(owner)


def test_where_the_settings_skip_the_wall_nothing_is_asked_of_it(owner: Engine) -> None:
    """The setting is named for its danger."""
    METADATA.create_all(owner)
    with closing(Stronghold(owner, settings=Settings(dangerously_skip_row_level_security=True))) as stronghold:
        stronghold.register_tables(METADATA)
        stronghold.tenants.create(kind="user", name="Ada", base_currency="USD", owner="user:ada")

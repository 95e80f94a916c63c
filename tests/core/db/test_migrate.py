"""Migrations build the walls, and the walls stand: by themselves, whatever the program above them does."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import (
    CheckConstraint,
    Connection,
    Engine,
    Table,
    create_engine,
    delete,
    func,
    insert,
    inspect,
    make_url,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import NullPool

from stronghold_core import CsvLayout, Settings, StatementLine, Stronghold
from stronghold_core.db import Base, Scope
from stronghold_core.db.expected import DELETABLE, DUTIES, UPDATABLE
from stronghold_core.db.migrate import VERSION_TABLE, current_revision, head_revision
from stronghold_core.errors import (
    ConfigurationError,
    InvalidInputError,
    RoleMissingError,
    SchemaMissingError,
    SchemaNewerError,
    SchemaOutdatedError,
    UnavailableError,
    UnsafeRoleError,
)
from stronghold_core.ids import TenantId, new_id
from tests.support.stronghold import ADA, Desk

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy import Column

    from tests.support.fixtures import DatabaseFactory
    from tests.support.postgres import PostgresCluster

TABLES = {table.name: table for table in Base.metadata.sorted_tables if table.name.startswith("stronghold_")}
OF_TENANTS = {name: table for name, table in TABLES.items() if table.info["scope"] in {Scope.TENANT, Scope.DIRECTORY}}
OF_PEOPLE = {name: table for name, table in TABLES.items() if table.info["scope"] is Scope.PERSON}


def plain(url: str) -> Engine:
    """Make an engine that keeps no connection, so that a database can be dropped at any time."""
    parsed = make_url(url)
    return create_engine(
        parsed if parsed.get_backend_name() == "sqlite" else parsed.set(drivername="postgresql+psycopg"),
        poolclass=NullPool,
    )


def tables_in(url: str) -> set[str]:
    """Name the tables of a database."""
    return set(inspect(plain(url)).get_table_names())


# --- up and down


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Name an empty database; on PostgreSQL for its owner, who is nothing more than that."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'books.db'}"
    postgres: PostgresCluster = request.getfixturevalue("postgres")
    new_database: DatabaseFactory = request.getfixturevalue("new_database")
    return postgres.url(new_database())


@pytest.fixture
def empty(empty_url: str) -> Iterator[Stronghold]:
    """Open the empty database."""
    with Stronghold(empty_url) as stronghold:
        yield stronghold


def test_up_down_to_nothing_and_up_again(empty: Stronghold, empty_url: str) -> None:
    """Each way leaves just what it should; a host's own table is not touched, and twice is as good as once."""
    with plain(empty_url).begin() as connection:
        connection.execute(text("create table host_order (id int)"))
    for _ in range(2):
        assert empty.migrate() == empty.migrate() == head_revision()
        assert tables_in(empty_url) == {"host_order", VERSION_TABLE, *TABLES}
        create_tenant(empty)
        assert empty.migrate(to="base") is None
        assert tables_in(empty_url) == {"host_order", VERSION_TABLE}
        with pytest.raises(SchemaMissingError):
            create_tenant(empty)


def create_tenant(stronghold: Stronghold) -> Desk:
    """Use the database."""
    tenant = stronghold.tenants.create(kind="user", name="Ada", base_currency="USD", owner=ADA)
    return Desk(stronghold, tenant, ADA)


def test_nothing_of_ours_outlives_the_way_down(empty: Stronghold, empty_url: str) -> None:
    """Neither functions nor triggers, indexes or types."""
    empty.migrate()
    empty.migrate(to="base")
    is_sqlite = empty_url.startswith("sqlite")
    left = text(
        "select name from sqlite_master where tbl_name like 'stronghold%'"
        if is_sqlite
        else "select proname as name from pg_proc where proname like 'stronghold%'"
        " union select relname from pg_class where relname like 'stronghold%'"
    )
    with plain(empty_url).connect() as connection:
        found = set(connection.execute(left).scalars())
    assert {name for name in found if VERSION_TABLE not in name} == set()


def test_a_revision_may_be_named(empty: Stronghold) -> None:
    """The one it is at already changes nothing."""
    assert empty.migrate(to="0001") == "0001"
    assert empty.migrate(to="0001") == "0001"


def test_a_revision_that_is_not_there_is_refused(empty: Stronghold) -> None:
    """By the argument's name, and nothing is changed."""
    empty.migrate()
    for unknown in ("9999", "nonsense", ""):
        with pytest.raises(InvalidInputError, match="there is no revision") as caught:
            empty.migrate(to=unknown)
        assert caught.value.field == "to"
    create_tenant(empty)


def test_a_migration_that_fails_leaves_nothing_behind(empty: Stronghold, empty_url: str) -> None:
    """A table in the way is found half-way through; all of it is one transaction."""
    with plain(empty_url).begin() as connection:
        connection.execute(text("create table stronghold_month_total (id int)"))
    with pytest.raises((UnavailableError, ConfigurationError)):
        empty.migrate()
    assert tables_in(empty_url) - {VERSION_TABLE} == {"stronghold_month_total"}
    with plain(empty_url).connect() as connection:
        assert current_revision(connection) is None


def test_the_tables_are_those_that_the_models_declare(empty: Stronghold, empty_url: str) -> None:
    """Alembic finds nothing to add, drop or alter; it does not look for indexes that only the other database has."""
    empty.migrate()
    elsewhere = f"ix_stronghold_entry_{'history' if empty_url.startswith('sqlite') else 'sizes'}"
    assert elsewhere not in {index["name"] for index in inspect(plain(empty_url)).get_indexes("stronghold_entry")}
    options = {
        "include_object": lambda _item, name, kind, *_: name != elsewhere and (kind != "table" or name in TABLES),
        "compare_type": True,
        "compare_server_default": True,
    }
    with plain(empty_url).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []


def test_the_checks_are_those_that_the_models_declare(empty: Stronghold, empty_url: str) -> None:
    """Alembic does not compare them; SQLite has one more on the totals, which keeps sums from becoming floats."""
    empty.migrate()
    inspector = inspect(plain(empty_url))
    for name, table in TABLES.items():
        declared = {str(check.name) for check in table.constraints if isinstance(check, CheckConstraint)}
        if not empty_url.startswith("sqlite"):
            declared = {check for check in declared if not check.endswith("_exact")}
        assert {str(check["name"]) for check in inspector.get_check_constraints(name)} == declared


# --- a schema that does not fit


def test_a_database_without_tables_says_what_to_run(empty: Stronghold) -> None:
    """Before anything else is tried."""
    with pytest.raises(SchemaMissingError, match=r"run stronghold\.migrate\(\) or `stronghold migrate`"):
        create_tenant(empty)
    empty.migrate()
    create_tenant(empty)


def test_a_database_of_a_newer_version_is_left_alone(empty: Stronghold, empty_url: str) -> None:
    """It can neither be used nor migrated, up or down: this version does not know what it holds."""
    empty.migrate()
    set_revision(empty_url, "9999")
    with Stronghold(empty_url) as old, pytest.raises(SchemaNewerError, match="upgrade financial-stronghold"):
        create_tenant(old)
    for to in ("head", "base", "0001"):
        with pytest.raises(SchemaNewerError) as caught:
            empty.migrate(to=to)
        assert caught.value.found == "9999"
    assert set(TABLES) < tables_in(empty_url)


def set_revision(url: str, revision: str) -> None:
    """Pretend that another version had migrated the database."""
    with plain(url).begin() as connection:
        connection.execute(text(f"update {VERSION_TABLE} set version_num = '{revision}'"))


def test_a_database_of_an_older_version_says_what_to_run(empty: Stronghold, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both revisions are named."""
    empty.migrate()
    monkeypatch.setattr("stronghold_core.db.migrate.head_revision", lambda: "0002")
    with pytest.raises(SchemaOutdatedError, match="run `stronghold migrate`") as caught:
        create_tenant(empty)
    assert (caught.value.found, caught.value.needed) == ("0001", "0002")


# --- roles


class RoleFactory(Protocol):
    """Creates a role of the cluster that goes with the test, and returns its name."""

    def __call__(self, attributes: str = "", *, name: str | None = None) -> str:
        """Create it with *attributes*; without any, only choose a name, and see to it that it goes."""


@pytest.fixture
def new_role(postgres: PostgresCluster) -> Generator[RoleFactory]:
    """Make roles that vanish when the test is over, after its databases; so ask for this before them."""
    made: list[str] = []

    def create(attributes: str = "", *, name: str | None = None) -> str:
        role = name or f"stronghold_test_{new_id().hex[-12:]}"
        made.append(role)
        if attributes:
            as_superuser(postgres, f'create role "{role}" {attributes}')
        return role

    yield create
    for role in made:
        as_superuser(postgres, f'drop role if exists "{role}"')


def as_superuser(postgres: PostgresCluster, *statements: str, dbname: str = "postgres") -> None:
    """Run *statements* as somebody who may do everything."""
    with plain(postgres.superuser_url(dbname)).begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def url_for(postgres: PostgresCluster, dbname: str, role: str) -> str:
    """Say how *role* logs in, whichever it is."""
    return postgres.url(dbname, role=role)


def test_the_owner_of_the_tables_is_nothing_more(postgres: PostgresCluster, new_database: DatabaseFactory) -> None:
    """No superuser is needed to migrate, and none owns the tables afterwards."""
    url = postgres.url(new_database())
    with Stronghold(url) as stronghold:
        stronghold.migrate()
    owners = text(
        "select distinct r.rolname, r.rolsuper, r.rolbypassrls, r.rolcreaterole from pg_class c"
        " join pg_roles r on r.oid = c.relowner where c.relname like 'stronghold%'"
    )
    with plain(url).connect() as connection:
        assert [tuple(row) for row in connection.execute(owners)] == [("stronghold_owner", False, False, False)]


def test_a_login_that_is_no_member_of_the_app_role_is_told_the_sql(
    new_role: RoleFactory, postgres: PostgresCluster, new_database: DatabaseFactory, migrated_template: str
) -> None:
    """And that SQL helps."""
    login, dbname = new_role("login"), new_database(migrated_template)
    with Stronghold(url_for(postgres, dbname, login)) as stronghold:
        with pytest.raises(RoleMissingError, match="it is not a member") as caught:
            create_tenant(stronghold)
        assert (caught.value.login, caught.value.app_role) == (login, "stronghold_app")
        as_superuser(postgres, caught.value.sql)
        create_tenant(stronghold)


def test_a_login_that_cannot_create_the_app_role_is_told_the_sql(
    new_role: RoleFactory, postgres: PostgresCluster, new_database: DatabaseFactory
) -> None:
    """Migrating needs it for its grants; somebody who may runs the SQL once, and then a plain owner migrates."""
    settings = Settings(app_role=new_role())
    with Stronghold(postgres.url(new_database()), settings=settings) as stronghold:
        with pytest.raises(RoleMissingError, match="it can't be created or granted by this login") as caught:
            stronghold.migrate()
        as_superuser(postgres, caught.value.sql)
        stronghold.migrate()
        create_tenant(stronghold)


def test_a_missing_app_role_is_named_before_the_first_unit(
    new_role: RoleFactory, postgres: PostgresCluster, new_database: DatabaseFactory, migrated_template: str
) -> None:
    """A database that was moved to another cluster has tables but no role."""
    settings = Settings(app_role=new_role())
    dbname = new_database(migrated_template)
    with (
        Stronghold(postgres.url(dbname), settings=settings) as stronghold,
        pytest.raises(RoleMissingError, match="it does not exist") as caught,
    ):
        create_tenant(stronghold)
    assert caught.value.sql.startswith(f'CREATE ROLE "{settings.app_role}" NOLOGIN NOSUPERUSER NOBYPASSRLS;\nGRANT')


def test_a_login_that_may_create_roles_does_so_while_it_migrates(
    new_role: RoleFactory, postgres: PostgresCluster, new_database: DatabaseFactory
) -> None:
    """The first migration of a developer's own database needs no second command."""
    app_role, login, dbname = new_role(), new_role("login createrole"), new_database()
    as_superuser(postgres, f'alter database "{dbname}" owner to "{login}"')
    as_superuser(postgres, f'grant all on schema public to "{login}"', dbname=dbname)
    with Stronghold(url_for(postgres, dbname, login), settings=Settings(app_role=app_role)) as stronghold:
        stronghold.migrate()
        create_tenant(stronghold)


def test_create_roles_lets_another_login_in(
    new_role: RoleFactory, postgres: PostgresCluster, new_database: DatabaseFactory
) -> None:
    """The one that the host's application logs in as; and twice is as good as once."""
    app_role, owner, login = new_role(), new_role("login createrole"), new_role("login")
    dbname = new_database()
    with Stronghold(url_for(postgres, dbname, owner), settings=Settings(app_role=app_role)) as stronghold:
        for _ in range(2):
            stronghold.database.create_roles(login=login)
    is_member = text("select pg_has_role(:login, :role, 'MEMBER')")
    with plain(postgres.superuser_url()).connect() as connection:
        assert connection.execute(is_member, {"login": login, "role": app_role}).scalar_one()


def test_sqlite_has_no_roles_to_create(sqlite_url: str) -> None:
    """And says so instead of doing nothing."""
    with Stronghold(sqlite_url) as stronghold, pytest.raises(ConfigurationError, match="SQLite has no roles"):
        stronghold.database.create_roles()


@pytest.mark.parametrize("attributes", ["superuser", "bypassrls"])
def test_an_app_role_that_walks_through_walls_is_refused(
    new_role: RoleFactory, postgres: PostgresCluster, new_database: DatabaseFactory, attributes: str
) -> None:
    """Neither migration nor unit goes on with it."""
    settings = Settings(app_role=new_role(f"nologin {attributes}"))
    as_superuser(postgres, f'grant "{settings.app_role}" to stronghold_owner')
    with Stronghold(postgres.url(new_database()), settings=settings) as stronghold:
        with pytest.raises(UnsafeRoleError, match="is a superuser or has BYPASSRLS") as caught:
            stronghold.migrate()
        as_superuser(postgres, caught.value.remedy)
        stronghold.migrate()
        create_tenant(stronghold)
        as_superuser(postgres, f'alter role "{settings.app_role}" {attributes}')
        with pytest.raises(UnsafeRoleError):
            stronghold.database.check()


@pytest.mark.parametrize("how", ["is", "inherits from"])
def test_an_app_role_that_owns_the_tables_is_refused(
    new_role: RoleFactory, postgres: PostgresCluster, new_database: DatabaseFactory, how: str
) -> None:
    """An owner may switch walls off and has every privilege, and so has a role that is a member of the owner."""
    app_role = "stronghold_owner" if how == "is" else new_role("nologin")
    with Stronghold(postgres.url(new_database()), settings=Settings(app_role=app_role)) as stronghold:
        if how == "inherits from":
            owner = new_role("nologin")
            as_superuser(postgres, f'grant "{app_role}" to stronghold_owner')
            stronghold.migrate()
            as_superuser(postgres, f'grant "{owner}" to "{app_role}"')
            dbname = str(stronghold.database.engine.url.database)
            as_superuser(
                postgres,
                f'grant usage on schema public to "{owner}"',
                f'alter table stronghold_entry owner to "{owner}"',
                dbname=dbname,
            )
        else:
            stronghold.migrate()
        with pytest.raises(UnsafeRoleError, match="owns the tables"):
            create_tenant(stronghold)


def test_the_dangerous_setting_does_without_the_app_role(
    new_role: RoleFactory, postgres: PostgresCluster, new_database: DatabaseFactory
) -> None:
    """Where roles can't be had at all: none is asked for or made, and the owner of the tables works as itself."""
    settings = Settings(dangerously_skip_row_level_security=True, app_role=new_role())
    with Stronghold(postgres.url(new_database()), settings=settings) as stronghold:
        assert stronghold.migrate() == stronghold.migrate() == head_revision()
        stronghold.database.check()
        settle(create_tenant(stronghold))
        assert catalogue(stronghold, f"select from pg_roles where rolname = '{settings.app_role}'") == []
        assert stronghold.migrate(to="base") is None


def test_without_the_app_role_the_policies_still_bind_the_owner_of_the_tables(
    postgres: PostgresCluster, new_database: DatabaseFactory
) -> None:
    """The dangerous setting takes the role away, not the walls: raw SQL reads the bound tenant's rows only."""
    settings = Settings(dangerously_skip_row_level_security=True)
    with Stronghold(postgres.url(new_database()), settings=settings) as stronghold:
        stronghold.migrate()
        mine, theirs = create_tenant(stronghold), create_tenant(stronghold)
        settle(mine)
        settle(theirs)
        with Town(stronghold, mine, theirs).bound(mine.tenant.id) as connection:
            for name, table in OF_TENANTS.items():
                assert count(connection, table) == count(connection, table, mine.tenant.id) > 0, name


def test_the_dangerous_setting_grants_nothing_to_anybody(
    postgres: PostgresCluster, new_database: DatabaseFactory
) -> None:
    """Also not to an app role that happens to be there: whoever skips the wall has not looked whether it is safe."""
    settings = Settings(dangerously_skip_row_level_security=True)
    with Stronghold(postgres.url(new_database()), settings=settings) as stronghold:
        stronghold.migrate()
        grantees = (
            "select distinct grantee from information_schema.table_privileges where table_name like 'stronghold%'"
        )
        assert catalogue(stronghold, grantees) == [("stronghold_owner",)]


# --- what the catalogue says


def catalogue(stronghold: Stronghold, question: str) -> list[tuple[Any, ...]]:
    """Ask PostgreSQL about itself."""
    with stronghold.database.engine.connect() as connection:
        return [(*row,) for row in connection.execute(text(question))]


@pytest.fixture
def walled(postgresql_url: str) -> Iterator[Stronghold]:
    """Open the migrated database of PostgreSQL."""
    with Stronghold(postgresql_url) as stronghold:
        yield stronghold


def test_row_level_security_is_forced_on_every_table_of_tenants_and_people(walled: Stronghold) -> None:
    """For the owner as well; a new table can't be forgotten."""
    found = catalogue(
        walled,
        "select relname, relrowsecurity, relforcerowsecurity from pg_class"
        " where relname like 'stronghold%' and relkind in ('r', 'p')",
    )
    assert {name for name, *_ in found} == {*TABLES, VERSION_TABLE}
    assert {name for name, enabled, forced in found if enabled and forced} == {*OF_TENANTS, *OF_PEOPLE}


def test_every_command_that_is_granted_has_a_policy_of_its_own(walled: Stronghold) -> None:
    """Not one for all: the condition of such a one would be added to what may be read."""
    granted = {
        (table, command)
        for table, command in catalogue(
            walled,
            "select distinct table_name, privilege_type from information_schema.column_privileges"
            " where grantee = 'stronghold_app' union select table_name, privilege_type"
            " from information_schema.table_privileges where grantee = 'stronghold_app'",
        )
        if table in {*OF_TENANTS, *OF_PEOPLE}
    }
    policies = catalogue(walled, "select tablename, cmd, roles::text, permissive from pg_policies")
    assert {(table, command) for table, command, *_ in policies} == granted
    assert len(policies) == len(granted)
    assert {(roles, permissive) for _, _, roles, permissive in policies} == {("{public}", "PERMISSIVE")}


def test_every_policy_compares_the_tenant_or_the_person_in_a_plain_expression(walled: Stronghold) -> None:
    """Citus allows no subquery in a policy, and what is written is checked as well as what is read."""
    for table, command, using, check in catalogue(walled, "select tablename, cmd, qual, with_check from pg_policies"):
        whose = "user_id" if table in OF_PEOPLE else "tenant_id"
        mine = f"{whose} = (NULLIF(current_setting('stronghold.{whose}'::text, true), ''::text))::uuid"
        for condition in [using] * (command != "INSERT") + [check] * (command in {"INSERT", "UPDATE"}):
            assert mine in condition, (table, command)
            assert "select" not in condition.lower()


def test_the_app_role_may_do_what_verbs_need_and_no_more(walled: Stronghold) -> None:
    """Column by column: amounts, accounts and dates of what was posted are not among those that may change."""
    for name in TABLES:
        rights = dict(
            catalogue(
                walled,
                f"select p, has_table_privilege('stronghold_app', '{name}', p)"
                " from unnest(array['SELECT', 'INSERT', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p",
            )
        )
        assert rights == {
            "SELECT": True,
            "INSERT": True,
            "DELETE": name in DELETABLE,
            "TRUNCATE": False,
            "REFERENCES": False,
            "TRIGGER": False,
        }
        columns = catalogue(
            walled,
            f"select attname from pg_attribute where attrelid = '{name}'::regclass and attnum > 0"
            f" and not attisdropped and has_column_privilege('stronghold_app', '{name}', attname, 'UPDATE')",
        )
        assert {column for (column,) in columns} == UPDATABLE.get(name, frozenset())


def test_nobody_else_may_do_anything(walled: Stronghold) -> None:
    """Not the public, and not the login itself, until it becomes the app role."""
    found = catalogue(
        walled,
        "select distinct grantee from information_schema.table_privileges where table_name like 'stronghold%'",
    )
    assert {grantee for (grantee,) in found} <= {"stronghold_app", "stronghold_owner"}


def test_every_key_in_the_database_begins_with_the_tenant_or_the_person(walled: Stronghold) -> None:
    """Primary, unique and foreign keys, as the server sees them; the few of another order are known."""
    leading = catalogue(
        walled,
        "select c.relname, i.relname, a.attname from pg_index x join pg_class c on c.oid = x.indrelid"
        " join pg_class i on i.oid = x.indexrelid join pg_attribute a on a.attrelid = c.oid and a.attnum = x.indkey[0]"
        " where x.indisunique and c.relname like 'stronghold%'"
        " union select c.relname, k.conname, a.attname || '>' || f.attname from pg_constraint k"
        " join pg_class c on c.oid = k.conrelid join pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1]"
        " join pg_attribute f on f.attrelid = k.confrelid and f.attnum = k.confkey[1]"
        " where k.contype = 'f' and c.relname like 'stronghold%'",
    )
    owners = {"tenant_id", "tenant_id>tenant_id"}, {"user_id", "user_id>user_id"}
    others = {(table, key) for table, key, column in leading if column not in owners[table in OF_PEOPLE]}
    assert others == {
        (VERSION_TABLE, f"{VERSION_TABLE}_pkc"),
        ("stronghold_currency", "pk_stronghold_currency"),
        ("stronghold_login_counter", "pk_stronghold_login_counter"),
        ("stronghold_staff", "pk_stronghold_staff"),
        ("stronghold_tenant_directory", "uq_stronghold_tenant_directory_external_reference"),
        ("stronghold_user", "uq_stronghold_user_login_name"),
        ("stronghold_user", "uq_stronghold_user_principal_id"),
    }


def test_nothing_in_the_database_works_with_somebody_elses_rights(walled: Stronghold) -> None:
    """A view or a function that runs as its owner would look over the wall."""
    assert catalogue(walled, "select proname from pg_proc where prosecdef and proname like 'stronghold%'") == []
    assert (
        catalogue(walled, "select relname from pg_class where relkind in ('v', 'm') and relname like 'stronghold%'")
        == []
    )


# --- the walls by themselves: raw SQL, past the session and its guard


class Town(NamedTuple):
    """Two tenants with a row in every table, and the stronghold that they live in."""

    stronghold: Stronghold
    mine: Desk
    theirs: Desk

    @property
    def is_postgresql(self) -> bool:
        """Whether the database has roles and policies."""
        return self.stronghold.database.backend.has_row_level_security

    @contextmanager
    def bound(self, tenant_id: UUID | None) -> Generator[Connection]:
        """Open a connection as a unit does, bound to a tenant or to none; roll it back in the end."""
        database = self.stronghold.database
        with database.engine.connect() as connection:
            bound_to = None if tenant_id is None else TenantId(tenant_id)
            database.backend.begin(connection, bound_to, read_only=False)
            yield connection
            connection.rollback()


def settle(desk: Desk) -> None:
    """Give a tenant a row in every table."""
    guest = f"user:{new_id()}"
    desk.stronghold.staff.appoint(guest, role="support")
    with desk.books() as books:
        bank = books.accounts.open(name="Bank", type="asset", opening_balance="100.00")
        rent = books.categories.create(name="Rent", kind="expense")
        paid = books.transactions.record(
            account=bank.id, amount="-30.00", category=rent.id, note="private", idempotency_key="k"
        )
        books.transactions.reverse(paid.id, on=paid.effective_date)
        line = StatementLine(line=2, on=paid.effective_date, amount="5.00")
        books.bank_statements.import_rows([line], account=bank.id)
        books.bank_statements.save_layout(bank.id, CsvLayout())
        books.roles.create("clerk", permissions=["transaction:post"])
        books.grants.give(desk.principal, account=bank.id, level="see")
        books.members.add(f"user:z{new_id()}", role="viewer")
        books.admissions.admit(guest, role="viewer", reason="Ticket 7")
        books.api_keys.create("exporter", scopes=["account:read"])
        books.invitations.create(role="viewer")
    desk.stronghold.seal(desk.tenant.id)


@pytest.fixture
def town(acme: Desk, rival: Desk) -> Town:
    """Let both tenants settle."""
    settle(acme)
    settle(rival)
    return Town(acme.stronghold, acme, rival)


@pytest.fixture
def walled_town(walled: Stronghold) -> Town:
    """Let them settle on PostgreSQL."""
    desks = [create_tenant(walled) for _ in range(2)]
    for desk in desks:
        settle(desk)
    return Town(walled, *desks)


def count(connection: Connection, table: Table, tenant_id: UUID | None = None) -> int:
    """Count the rows that can be seen, of one tenant or of all."""
    query = select(func.count()).select_from(table)
    return connection.execute(query if tenant_id is None else query.where(table.c.tenant_id == tenant_id)).scalar_one()


def test_raw_sql_reads_the_bound_tenants_rows_only(walled_town: Town) -> None:
    """In every table, without any condition; the other tenant's are as if they were not there."""
    mine, theirs = walled_town.mine.tenant.id, walled_town.theirs.tenant.id
    with walled_town.bound(mine) as connection:
        for name, table in OF_TENANTS.items():
            assert count(connection, table) == count(connection, table, mine) > 0, name
            assert count(connection, table, theirs) == 0, name


@pytest.mark.parametrize("setting", ["unset", "empty"])
def test_raw_sql_without_a_tenant_reads_nothing(walled_town: Town, setting: str) -> None:
    """An empty setting is what a pooled connection has after its first unit: no rows, and no error."""
    with walled_town.bound(None) as connection:
        if setting == "unset":
            connection.execute(text("reset stronghold.tenant_id"))
        for name, table in OF_TENANTS.items():
            assert count(connection, table) == 0, name


def test_a_setting_that_is_no_id_is_an_error_not_a_door(walled_town: Town) -> None:
    """It fails closed."""
    with walled_town.bound(None) as connection:
        connection.execute(text("set local stronghold.tenant_id = 'everybody'"))
        with pytest.raises(DBAPIError, match="invalid input syntax for type uuid"):
            count(connection, TABLES["stronghold_account"])


def test_raw_sql_changes_and_deletes_the_bound_tenants_rows_only(walled_town: Town) -> None:
    """An UPDATE or DELETE without any condition leaves the other tenant's rows alone."""
    mine, theirs = walled_town.mine.tenant.id, walled_town.theirs.tenant.id
    with walled_town.bound(mine) as connection:
        for name in sorted(OF_TENANTS.keys() & UPDATABLE.keys() - DUTIES.keys()):
            column = min(UPDATABLE[name])
            table = TABLES[name]
            assert connection.execute(update(table).values({column: table.c[column]})).rowcount > 0
            assert (
                connection.execute(update(table).where(table.c.tenant_id == theirs).values({column: None})).rowcount
                == 0
            )
        for name in sorted(OF_TENANTS.keys() & DELETABLE - DUTIES.keys()):
            assert connection.execute(delete(TABLES[name]).where(TABLES[name].c.tenant_id == theirs)).rowcount == 0
            assert connection.execute(delete(TABLES[name])).rowcount > 0


def test_raw_sql_adds_no_row_to_another_tenant(walled_town: Town) -> None:
    """A copy of an own row, with the other's tenant_id, in every table."""
    mine, theirs = walled_town.mine.tenant.id, walled_town.theirs.tenant.id
    with walled_town.bound(mine) as connection:
        for table in OF_TENANTS.values():
            row = {**first_row(connection, table, mine), "tenant_id": theirs}
            savepoint = connection.begin_nested()
            with pytest.raises(DBAPIError, match="violates row-level security policy"):
                connection.execute(insert(table).values(row))
            savepoint.rollback()


def test_no_row_can_be_moved_to_another_tenant(walled_town: Town) -> None:
    """tenant_id is not among the columns that may change, in no table."""
    theirs = walled_town.theirs.tenant.id
    assert passed(walled_town, [f"update {name} set tenant_id = '{theirs}'" for name in OF_TENANTS]) == []


def test_the_tables_owner_sees_nothing_either(walled_town: Town, postgres: PostgresCluster) -> None:
    """Row-level security is forced: a data migration that forgets to bind a tenant finds no rows."""
    dbname = str(walled_town.stronghold.database.engine.url.database)
    with plain(postgres.url(dbname)).connect() as connection:
        assert {name for name, table in OF_TENANTS.items() if count(connection, table)} == set()


def first_row(connection: Connection, table: Table, tenant_id: UUID) -> dict[str, Any]:
    """Take some row of one tenant."""
    rows = connection.execute(select(table).where(table.c.tenant_id == tenant_id).limit(1)).mappings()
    return dict(rows.one())


MONEY = [
    "update stronghold_entry set amount_minor = 1",
    "update stronghold_entry set account_id = account_id",
    "update stronghold_entry set effective_date = effective_date",
    "update stronghold_entry set balance_after_minor = 0",
    "update stronghold_transaction set effective_date = effective_date",
    "update stronghold_transaction set recorded_at = recorded_at",
    "update stronghold_transaction set reference = 'x'",
    "update stronghold_transaction set reverses_id = null",
    "update stronghold_audit_event set actor = 'user:nobody'",
    "update stronghold_audit_event set commitment = commitment",
    "delete from stronghold_entry",
    "delete from stronghold_transaction",
    "delete from stronghold_audit_batch",
    "update stronghold_audit_batch set root = root",
]


def test_what_was_posted_cannot_be_changed_or_deleted(town: Town) -> None:
    """By privileges on PostgreSQL, by triggers on SQLite; also not by somebody who is bound to the right tenant."""
    assert passed(town, MONEY) == []


def test_no_table_can_be_emptied_or_altered(walled_town: Town) -> None:
    """TRUNCATE is not subject to row-level security, so nobody has it; and walls can't be taken down from inside."""
    statements = [f"{verb} {name} cascade" for verb in ("truncate", "drop table") for name in TABLES]
    statements += [f"alter table {name} disable row level security" for name in TABLES]
    statements += [f"drop policy {name}_read on {name}" for name in OF_TENANTS]
    assert passed(walled_town, statements) == []


def passed(town: Town, statements: list[str]) -> list[str]:
    """Try *statements* as a unit's connection would, each by itself, and return those that nobody refused."""
    with town.bound(town.mine.tenant.id) as connection:
        answers = {statement: answer(connection, statement) for statement in statements}
    refusal = re.compile("permission denied|must be owner|append-only")
    return [f"{statement}: {said}" for statement, said in answers.items() if not refusal.search(said)]


def answer(connection: Connection, statement: str) -> str:
    """Say how the database answers *statement*, and undo it."""
    savepoint = connection.begin_nested()
    try:
        connection.execute(text(statement))
    except DBAPIError as error:
        said = str(error.orig)
    else:
        said = "done"
    savepoint.rollback()
    return said


def test_words_may_be_changed_and_personal_data_erased(town: Town) -> None:
    """The space that the rule leaves: words of a transaction; on SQLite the eraser's part of an event as well."""
    with town.bound(town.mine.tenant.id) as connection:
        connection.execute(text("update stronghold_transaction set description = 'x', payee = null, note = null"))
        connection.execute(text("update stronghold_account set name = name || '!'"))
        if not town.is_postgresql:
            connection.execute(text("update stronghold_audit_event set payload = null, salt = null"))


# --- keys by themselves

FRESH: dict[str, dict[str, Any]] = {
    "stronghold_account": {"name": "Copy", "external_reference": None, "purpose": "category", "currency": "EUR"},
    "stronghold_category": {"name": "Copy"},
    "stronghold_entry": {"line": 99, "account_version": None, "balance_after_minor": None},
    "stronghold_idempotency_key": {"key": "copy"},
    "stronghold_transaction": {"reference": None},
    "stronghold_day_total": {"lane": 9},
    "stronghold_month_total": {"lane": 9},
    "stronghold_statement_row": {"occurrence": 9},
}
REFERENCES = [
    (table.name, constraint.column_keys[1])
    for table in OF_TENANTS.values()
    for constraint in sorted(table.foreign_key_constraints, key=lambda one: str(one.name))
    if len(constraint.columns) == 2
]


def test_no_row_can_point_at_another_tenants(town: Town, vault_engine: Engine) -> None:
    """Keys alone stop it, for somebody whom no policy stops; the same row pointing at an own one is welcome."""
    assert len(REFERENCES) > 5
    with vault_engine.connect() as connection:
        connection.begin()
        if not town.is_postgresql:
            connection.exec_driver_sql("BEGIN")
        for name, column in REFERENCES:
            point_across(connection, town, OF_TENANTS[name], column)
        connection.rollback()


def point_across(connection: Connection, town: Town, table: Table, column: str) -> None:
    """Copy an own row, once pointing at the other tenant's, and once at an own one."""
    row = {**first_row(connection, table, town.mine.tenant.id), **FRESH.get(table.name, {})}
    if "id" in row:
        row["id"] = new_id()
    target = next(key.column for key in table.c[column].foreign_keys)
    own, foreign = (some_id(connection, target, desk.tenant.id) for desk in (town.mine, town.theirs))
    savepoint = connection.begin_nested()
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        connection.execute(insert(table).values({**row, column: foreign}))
    savepoint.rollback()
    savepoint = connection.begin_nested()
    if table.name != "stronghold_entry":  # a lone entry would not balance
        connection.execute(insert(table).values({**row, column: own}))
    savepoint.rollback()


def some_id(connection: Connection, column: Column[Any], tenant_id: UUID) -> Any:  # noqa: ANN401 - an id or a name
    """Take some key of one tenant that nothing else points at yet, if there is one."""
    query = select(column).where(column.table.c.tenant_id == tenant_id).order_by(column.desc()).limit(1)
    return connection.execute(query).scalar_one()


@pytest.fixture
def vault_engine(request: pytest.FixtureRequest, database_url: str) -> Iterator[Engine]:
    """Connect as somebody whom no policy stops."""
    url = database_url
    if url.startswith("postgresql"):
        url = request.getfixturevalue("postgres").superuser_url(make_url(url).database)
    engine = plain(url)
    if engine.dialect.name == "sqlite":
        from stronghold_core import prepare_sqlite  # noqa: PLC0415

        prepare_sqlite(engine)
    yield engine
    engine.dispose()


# --- the second net under the posting engine


def entries(town: Town, connection: Connection, *amounts: int) -> list[dict[str, Any]]:
    """Prepare raw entries of one transaction, one account after another."""
    template = first_row(connection, TABLES["stronghold_entry"], town.mine.tenant.id)
    accounts = TABLES["stronghold_account"]
    bank = connection.execute(select(accounts.c.id).where(accounts.c.name == "Bank")).scalar_one()
    return [
        {**template, "line": 90 + n, "account_id": bank, "amount_minor": amount, **FRESH_ENTRY}
        for n, amount in enumerate(amounts)
    ]


FRESH_ENTRY = {"account_version": None, "balance_after_minor": None}


@pytest.mark.parametrize("amounts", [(5,), (5, -4), (5, 5)])
def test_postgresql_takes_no_statement_that_does_not_balance(walled_town: Town, amounts: tuple[int, ...]) -> None:
    """Whatever wrote it: the constraint is named like any other."""
    with walled_town.bound(walled_town.mine.tenant.id) as connection, pytest.raises(IntegrityError) as caught:
        connection.execute(insert(TABLES["stronghold_entry"]).values(entries(walled_town, connection, *amounts)))
    assert "ck_stronghold_entry_balanced" in repr(caught.value.orig.diag.constraint_name)  # type: ignore[union-attr]


def test_a_temporary_table_does_not_disarm_the_balance(walled_town: Town) -> None:
    """The app role may make one under the name of ours, which PostgreSQL would find first."""
    with walled_town.bound(walled_town.mine.tenant.id) as connection:
        rows = entries(walled_town, connection, 777)
        connection.execute(text("CREATE TEMP TABLE stronghold_account (tenant_id uuid, id uuid, currency text)"))
        with pytest.raises(IntegrityError, match="does not balance"):
            connection.execute(insert(TABLES["stronghold_entry"]).values(rows))


def test_another_tenant_named_on_the_way_does_not_disarm_the_balance(walled_town: Town) -> None:
    """Once RETURNING has named it, the trigger can't see the accounts, and refuses what it can't add up."""
    with walled_town.bound(walled_town.mine.tenant.id) as connection:
        rows = entries(walled_town, connection, 777)
        named = text(f"set_config('stronghold.tenant_id', '{walled_town.theirs.tenant.id}', true)")
        with pytest.raises(IntegrityError, match="does not balance"):
            connection.execute(insert(TABLES["stronghold_entry"]).values(rows).returning(named))


def test_the_balance_is_kept_in_a_schema_of_the_hosts_choice(
    postgres: PostgresCluster, new_database: DatabaseFactory
) -> None:
    """Whatever its name; and the doctor finds all as it was made."""
    url = postgres.url(new_database())
    with plain(url).begin() as connection:
        connection.execute(text('CREATE SCHEMA "Our Books"'))
    there = make_url(url).update_query_dict({"options": '-csearch_path="Our\\ Books"'})
    with Stronghold(there.render_as_string(hide_password=False)) as stronghold:
        stronghold.migrate()
        with plain(url).begin() as connection:
            connection.execute(text('GRANT USAGE ON SCHEMA "Our Books" TO stronghold_app'))
        town = Town(stronghold, create_tenant(stronghold), create_tenant(stronghold))
        settle(town.mine)
        assert {check.subject: check.remedy for check in stronghold.doctor() if not check.is_ok} == {}
        with town.bound(town.mine.tenant.id) as connection, pytest.raises(IntegrityError, match="does not balance"):
            connection.execute(insert(TABLES["stronghold_entry"]).values(entries(town, connection, 777)))


def test_postgresql_takes_a_statement_that_balances(walled_town: Town) -> None:
    """Of any number of entries."""
    with walled_town.bound(walled_town.mine.tenant.id) as connection:
        connection.execute(insert(TABLES["stronghold_entry"]).values(entries(walled_town, connection, 5, -3, -2)))
        # Checked at once, not at a COMMIT that comes after a joined unit has handed role and tenant back.
        assert count(connection, TABLES["stronghold_entry"]) > 3


def test_two_currencies_balance_each_by_itself(walled_town: Town) -> None:
    """Five dollars against five euros is nothing that balances."""
    with walled_town.mine.books() as books:
        euros = books.accounts.open(name="Euros", type="asset", currency="EUR")
    with walled_town.bound(walled_town.mine.tenant.id) as connection:
        rows = entries(walled_town, connection, 5, -5)
        rows[1]["account_id"] = euros.id
        with pytest.raises(IntegrityError):
            connection.execute(insert(TABLES["stronghold_entry"]).values(rows))


def test_sqlite_keeps_totals_exact(sqlite_url: str) -> None:
    """A sum past 63 bits, which SQLite would store as a float, breaks a check."""
    with Stronghold(sqlite_url) as stronghold:
        desk = create_tenant(stronghold)
        settle(desk)
        with Town(stronghold, desk, desk).bound(desk.tenant.id) as connection, pytest.raises(IntegrityError):
            connection.execute(text("update stronghold_day_total set debit_minor = 9223372036854775807 + 1"))

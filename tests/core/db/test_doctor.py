"""The doctor finds what is wrong with a real database, names what to run, and is content once that was run."""

from __future__ import annotations

import importlib
import re
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.pool import NullPool

from stronghold_core import Settings, Stronghold, SystemClock
from stronghold_core.db import prepare_sqlite
from stronghold_core.db.doctor import examine
from stronghold_core.db.expected import APPEND_ONLY
from stronghold_core.db.migrate import VERSION_TABLE, head_revision
from stronghold_core.db.triggers import sealed_once_sql
from stronghold_core.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from datetime import datetime
    from pathlib import Path

    from stronghold_core.db import Check
    from tests.support.fixtures import DatabaseFactory
    from tests.support.postgres import PostgresCluster

SUBJECTS = {
    "sqlite": ["connection", "schema", "foreign_keys", "journal_mode", "synchronous", "append-only", "writable"],
    "postgresql": [
        "connection",
        "writable",
        "clock",
        "DateStyle",
        "app role",
        "schema",
        "row-level security",
        "policies",
        "grants",
        "balance",
    ],
}
MINE = "tenant_id = nullif(current_setting('stronghold.tenant_id', true), '')::uuid"


def examined(target: str | Engine, **settings: Any) -> tuple[Check, ...]:  # noqa: ANN401
    """Let the doctor look, without waiting for locks."""
    with Stronghold(target, settings=Settings(busy_timeout_seconds=0, **settings)) as stronghold:
        return stronghold.doctor()


def problems(target: str | Engine, **settings: Any) -> dict[str, Check]:  # noqa: ANN401
    """Return what the doctor finds wrong, by subject."""
    return {check.subject: check for check in examined(target, **settings) if not check.is_ok}


def use(target: str | Engine, **settings: Any) -> None:  # noqa: ANN401
    """Run a unit of work."""
    with Stronghold(target, settings=Settings(**settings)) as stronghold:
        stronghold.tenants.create(kind="user", name="Ada", base_currency="USD", owner="user:ada")


# --- a good database


def test_a_good_database_has_nothing_wrong(database_url: str) -> None:
    """Everything was looked at, each fact is told, and there is nothing to run."""
    checks = examined(database_url)
    assert [check.subject for check in checks] == SUBJECTS[make_url(database_url).get_backend_name()]
    assert [(check.is_ok, check.remedy) for check in checks] == [(True, None)] * len(checks)
    assert all(check.fact for check in checks)


def test_looking_changes_nothing(database_url: str) -> None:
    """Twice in a row gives the same, and units work before and after."""
    use(database_url)
    assert examined(database_url) == examined(database_url)
    use(database_url)


# --- the clock


@pytest.mark.parametrize(
    ("ours_off_by", "fact"),
    [
        (timedelta(seconds=4), None),
        (timedelta(seconds=-4), None),
        (timedelta(hours=1), "seconds behind ours"),
        (timedelta(hours=-1), "seconds ahead of ours"),
    ],
)
def test_a_clock_that_is_far_from_the_databases_is_found(
    postgresql_url: str, ours_off_by: timedelta, fact: str | None
) -> None:
    """A few seconds are nothing; an hour is a time zone that somebody set by hand."""
    with Stronghold(postgresql_url) as stronghold:
        database = stronghold.database
        checks = examine(database.engine, database.backend, database.settings, clock=Off(ours_off_by))
    (check,) = [check for check in checks if check.subject == "clock"]
    assert check.is_ok is (fact is None)
    if fact is not None:
        assert re.fullmatch(rf"the database's is (3600|3599|3601) {fact}", check.fact)
        assert check.remedy == "set both machines' clocks by NTP"


class Off(SystemClock):
    """A clock that is wrong by as much as it is told."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        """Tell the wrong time."""
        return super().now() + self._by


# --- the schema


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def own_url(request: pytest.FixtureRequest) -> str:
    """Give a migrated database that belongs to this test alone; on PostgreSQL for its owner."""
    if request.param == "sqlite":
        url: str = request.getfixturevalue("sqlite_url")
        return url
    postgres: PostgresCluster = request.getfixturevalue("postgres")
    new_database: DatabaseFactory = request.getfixturevalue("new_database")
    return postgres.url(new_database(request.getfixturevalue("migrated_template")))


def run(url: str, *statements: str) -> None:
    """Run *statements* as whoever *url* names."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            # Several statements at once are one text, as in a console; and a percent sign is no placeholder.
            if parsed.get_backend_name() == "postgresql":
                connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
            else:
                connection.connection.executescript(statement)


def test_a_database_without_tables_needs_a_migration(own_url: str) -> None:
    """And after it nothing any more."""
    with Stronghold(own_url) as stronghold:
        stronghold.migrate(to="base")
        (problem,) = problems(own_url).values()
        assert (problem.subject, problem.fact) == ("schema", f"none yet; {head_revision()} is needed")
        assert problem.remedy == "stronghold migrate"
        stronghold.migrate()
    assert problems(own_url) == {}


def test_an_older_schema_needs_a_migration(own_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are named."""
    for module in ("migrate", "doctor"):
        monkeypatch.setattr(f"stronghold_core.db.{module}.head_revision", lambda: "0002")
    problem = problems(own_url)["schema"]
    assert (problem.fact, problem.remedy) == ("0001; 0002 is needed", "stronghold migrate")


def test_a_newer_schema_needs_a_newer_library(own_url: str) -> None:
    """A migration would be refused; that it holds more than this version knows is no further problem."""
    run(own_url, f"update {VERSION_TABLE} set version_num = '9999'")
    (problem,) = problems(own_url).values()
    assert problem.fact == f"9999, which this version does not know; it needs {head_revision()}"
    assert problem.remedy == "pip install --upgrade financial-stronghold"


# --- SQLite


def test_a_file_that_is_not_there_is_found_and_not_made(tmp_path: Path) -> None:
    """It is all that is found."""
    (problem,) = examined(f"sqlite:///{tmp_path / 'books.db'}")
    assert (problem.subject, problem.is_ok, problem.remedy) == ("connection", False, "stronghold migrate")
    assert str(tmp_path / "books.db") in problem.fact
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_something_else_is_found(tmp_path: Path) -> None:
    """With what SQLite says of it."""
    (tmp_path / "books.db").write_text("Date,Text,Amount\n" * 100, encoding="utf-8")
    (problem,) = problems(f"sqlite:///{tmp_path / 'books.db'}").values()
    assert problem.subject == "connection"
    assert "it is no SQLite file" in problem.fact


def test_a_file_that_may_only_be_read_is_found(sqlite_url: str, tmp_path: Path) -> None:
    """SQLite begins a writing transaction on it all the same, so that would prove nothing."""
    (problem,) = problems(f"sqlite:///file:{tmp_path / 'books.db'}?mode=ro&uri=true").values()
    assert problem.subject == "writable"
    assert "it is read-only. Allow this user to write the file and its folder." in problem.fact


def test_a_lock_that_somebody_holds_is_found(sqlite_url: str) -> None:
    """Without advice about units of work; once it is free, so is the doctor's mind."""
    engine = create_engine(sqlite_url, poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        (problem,) = problems(sqlite_url).values()
        connection.rollback()
    assert problem.subject == "writable"
    assert "locked by another writer" in problem.fact
    assert "stronghold.run" not in problem.fact
    assert problems(sqlite_url) == {}


@pytest.mark.parametrize(
    ("pragma", "subject", "words"),
    [
        ("foreign_keys = OFF", "foreign_keys", "not enforced (0)"),
        ("journal_mode = DELETE", "journal_mode", "no write-ahead log (delete)"),
        ("synchronous = NORMAL", "synchronous", "a power cut may lose commits (1)"),
    ],
)
def test_a_hosts_engine_that_was_not_prepared_is_found(sqlite_url: str, pragma: str, subject: str, words: str) -> None:
    """Each setting by itself; to prepare the engine is what the doctor says, and what helps."""
    engine = create_engine(sqlite_url)
    prepare_sqlite(engine)

    @event.listens_for(engine, "connect")
    def _spoil(connection: Any, _entry: object) -> None:  # noqa: ANN401
        connection.execute(f"PRAGMA {pragma}")

    (problem,) = problems(engine).values()
    engine.dispose()
    assert (problem.subject, problem.fact) == (subject, words)
    assert problem.remedy == "call prepare_sqlite(engine) once, right after creating the engine"


def test_a_hosts_engine_that_was_prepared_is_as_good_as_ours(sqlite_url: str) -> None:
    """One made by SQLAlchemy's defaults is not."""
    engine = create_engine(sqlite_url)
    assert "foreign_keys" in problems(engine)
    engine.dispose()
    prepare_sqlite(engine)
    assert problems(engine) == {}
    engine.dispose()


TRIGGERS = sorted([*(f"{table}_{suffix}" for table in APPEND_ONLY for suffix in ("keep", "stay")), *sealed_once_sql()])


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize("how", ["missing", "hollow"])
def test_a_trigger_that_keeps_nothing_is_found_and_mended(sqlite_url: str, trigger: str, how: str) -> None:
    """Whether it is gone, or one that does nothing has its name; the SQL that is named makes it anew."""
    table = trigger.rpartition("_")[0]
    run(sqlite_url, f"DROP TRIGGER {trigger}")
    if how == "hollow":
        run(sqlite_url, f"CREATE TRIGGER {trigger} BEFORE DELETE ON {table} BEGIN SELECT 1; END")
    (problem,) = problems(sqlite_url).values()
    said = "is missing" if how == "missing" else "is not as it was made"
    assert (problem.subject, problem.fact) == ("append-only", f"{trigger} {said}")
    run(sqlite_url, problem.remedy or "")
    assert problems(sqlite_url) == {}


def test_all_triggers_at_once_are_found_and_mended(sqlite_url: str) -> None:
    """As after a copy with a tool that takes only tables along."""
    run(sqlite_url, *(f"DROP TRIGGER {trigger}" for trigger in TRIGGERS))
    run(sqlite_url, problems(sqlite_url)["append-only"].remedy or "")
    assert problems(sqlite_url) == {}


def test_a_hosts_own_triggers_are_none_of_the_doctors_business(sqlite_url: str) -> None:
    """Whatever they do."""
    run(sqlite_url, "CREATE TABLE host (id INT)", "CREATE TRIGGER host_t BEFORE DELETE ON host BEGIN SELECT 1; END")
    assert problems(sqlite_url) == {}


# --- PostgreSQL: a database of this test's own


class Patient(NamedTuple):
    """One database, and how those who have to do with it log in."""

    member: str
    """What a host's application logs in as."""
    owner: str
    superuser: str


@pytest.fixture
def patient(postgres: PostgresCluster, new_database: DatabaseFactory, migrated_template: str) -> Patient:
    """Copy the migrated database."""
    dbname = new_database(migrated_template)
    role = importlib.import_module("tests.support.postgres").MEMBER_ROLE
    return Patient(postgres.url(dbname, role=role), postgres.url(dbname), postgres.superuser_url(dbname))


def finds_and_heals(patient: Patient, damage: str, subject: str, words: str) -> None:
    """See the damage found, as one problem of that subject; run what the doctor says as the owner; see it gone."""
    run(patient.superuser, damage)
    found = problems(patient.member)
    assert list(found) == [subject]
    assert words in found[subject].fact
    run(patient.owner, found[subject].remedy or "")
    assert problems(patient.member) == {}
    use(patient.member)


@pytest.mark.parametrize("what", ["disable", "no force"])
@pytest.mark.parametrize("table", ["stronghold_entry", "stronghold_tenant_directory"])
def test_a_wall_that_is_down_is_found_and_put_up(patient: Patient, table: str, what: str) -> None:
    """Off altogether, or not for the owner."""
    damage = f"alter table {table} {what} row level security"
    finds_and_heals(patient, damage, "row-level security", f"not forced on {table}")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("drop policy stronghold_entry_read on stronghold_entry", "stronghold_entry lacks its policy"),
        (
            "alter policy stronghold_entry_read on stronghold_entry using (true)",
            "stronghold_entry_read that is not ours",
        ),
        (
            f"alter policy stronghold_entry_read on stronghold_entry using ({MINE} or true)",
            "stronghold_entry_read that is not ours",
        ),
        (
            "alter policy stronghold_entry_add on stronghold_entry with check (true)",
            "stronghold_entry_add that is not ours",
        ),
        (
            "alter policy stronghold_account_change on stronghold_account using (true)",
            "stronghold_account_change that is not ours",
        ),
        (
            "alter policy stronghold_account_change on stronghold_account with check (true)",
            "stronghold_account_change that is not ours",
        ),
        (
            "alter policy stronghold_membership_remove on stronghold_membership using (true)",
            "stronghold_membership_remove that is not ours",
        ),
        (
            f"alter policy stronghold_tenant_directory_read on stronghold_tenant_directory using ({MINE} or true)",
            "stronghold_tenant_directory_read that is not ours",
        ),
        (
            "alter policy stronghold_entry_read on stronghold_entry to stronghold_owner",
            "stronghold_entry_read that is not ours",
        ),
        (
            (
                "drop policy stronghold_entry_read on stronghold_entry;"
                f" create policy stronghold_entry_read on stronghold_entry for all using ({MINE})"
            ),
            "stronghold_entry_read that is not ours",
        ),
        ("create policy everybody on stronghold_entry using (true)", "stronghold_entry has a policy everybody"),
        ('create policy "For ""all""" on stronghold_entry using (true)', 'has a policy For "all" that is not ours'),
        (
            "create policy stronghold_entry_change on stronghold_entry for update using (true)",
            "stronghold_entry_change that is not ours",
        ),
    ],
    ids=[
        "dropped",
        "open to read",
        "open by an or",
        "open to add",
        "open to change",
        "open to change into",
        "open to remove",
        "open directory",
        "for one role only",
        "for all commands",
        "another one",
        "another one with an odd name",
        "of ours by its name",
    ],
)
def test_a_policy_with_a_hole_is_found_and_closed(patient: Patient, damage: str, words: str) -> None:
    """Each must be exactly as it was made: permissive policies add up, so one that is open opens the wall."""
    finds_and_heals(patient, damage, "policies", words)


APP = "stronghold_app"


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (f"revoke select on stronghold_entry from {APP}", "no SELECT on stronghold_entry"),
        (f"revoke insert on stronghold_entry from {APP}", "no INSERT on stronghold_entry"),
        (f"revoke delete on stronghold_membership from {APP}", "no DELETE on stronghold_membership"),
        (f"revoke update (name) on stronghold_account from {APP}", "no UPDATE of name on stronghold_account"),
        (f"revoke select on stronghold_schema_version from {APP}", "no SELECT on stronghold_schema_version"),
        (f"revoke insert on stronghold_currency from {APP}", "no INSERT on stronghold_currency"),
        (f"grant delete on stronghold_entry to {APP}", "DELETE on stronghold_entry"),
        (f"grant truncate on stronghold_entry to {APP}", "TRUNCATE on stronghold_entry"),
        (f"grant trigger on stronghold_entry to {APP}", "TRIGGER on stronghold_entry"),
        (f"grant references on stronghold_entry to {APP}", "REFERENCES on stronghold_entry"),
        (f"grant update on stronghold_account to {APP}", "currency"),
        (f"grant update (amount_minor) on stronghold_entry to {APP}", "UPDATE of amount_minor on stronghold_entry"),
        (f"grant update on stronghold_schema_version to {APP}", "UPDATE of version_num on stronghold_schema_version"),
        (f"grant insert on stronghold_schema_version to {APP}", "INSERT on stronghold_schema_version"),
        (f"grant update on stronghold_currency to {APP}", "UPDATE of code, exponent, name on stronghold_currency"),
        ("grant delete on stronghold_entry to public", "DELETE on stronghold_entry"),
        ("grant update on stronghold_entry to public", "amount_minor"),
        (f"revoke all on all tables in schema public from {APP}", "no UPDATE of description, note, payee"),
        (f"grant all on all tables in schema public to {APP}", "TRUNCATE on stronghold_transaction"),
    ],
)
def test_a_privilege_too_few_or_too_many_is_found_and_put_right(patient: Patient, damage: str, words: str) -> None:
    """One that is missing stops a verb, one too many is a hole in the wall; by column, and also if everybody has it."""
    finds_and_heals(patient, damage, "grants", words)


def test_a_schema_that_the_app_role_may_not_enter_is_found_and_opened(patient: Patient) -> None:
    """Its tables are as if they were not there; yet to migrate would not help."""
    finds_and_heals(patient, "revoke usage on schema public from public", "grants", "no USAGE on schema public")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("drop trigger stronghold_entry_balanced on stronghold_entry", "is missing"),
        ("drop function stronghold_refuse_unbalanced cascade", "is missing"),
        ("alter table stronghold_entry disable trigger stronghold_entry_balanced", "is disabled"),
        ("alter table stronghold_entry enable replica trigger stronghold_entry_balanced", "is disabled"),
        (
            (
                "create or replace function stronghold_refuse_unbalanced() returns trigger language plpgsql as"
                " 'begin return null; end'"
            ),
            "is not as it was made",
        ),
        ("alter function stronghold_refuse_unbalanced reset search_path", "is not as it was made"),
        ("alter function stronghold_refuse_unbalanced set search_path = pg_temp, public", "is not as it was made"),
    ],
    ids=["trigger", "function", "disabled", "for replicas only", "hollow", "no path", "another path"],
)
def test_entries_that_may_be_out_of_balance_are_found_and_stopped(patient: Patient, damage: str, words: str) -> None:
    """The trigger is the second net under the posting engine."""
    finds_and_heals(patient, damage, "balance", words)


def test_several_problems_are_all_found_and_healed_together(patient: Patient) -> None:
    """What is found first hides nothing that comes after it."""
    run(
        patient.superuser,
        "alter table stronghold_entry no force row level security",
        "alter table stronghold_account disable row level security",
        "drop policy stronghold_entry_read on stronghold_entry",
        f"revoke select on stronghold_schema_version from {APP}",
        "alter table stronghold_entry disable trigger stronghold_entry_balanced",
    )
    found = problems(patient.member)
    assert sorted(found) == ["balance", "grants", "policies", "row-level security"]
    run(patient.owner, *(check.remedy or "" for check in found.values()))
    assert problems(patient.member) == {}


def test_a_table_that_is_gone_is_found(patient: Patient) -> None:
    """No SQL brings it back: it has to come from a backup."""
    run(patient.superuser, "drop table stronghold_idempotency_key")
    (problem,) = problems(patient.member).values()
    assert (problem.subject, problem.remedy) == ("row-level security", None)
    assert problem.fact == "stronghold_idempotency_key is missing"


def test_a_database_that_takes_no_writes_is_found(patient: Patient) -> None:
    """As a standby would; there is no SQL for that."""
    dbname = make_url(patient.superuser).database
    run(patient.superuser, f'alter database "{dbname}" set default_transaction_read_only = on')
    (problem,) = problems(patient.member).values()
    assert (problem.subject, problem.remedy) == ("writable", "use the primary")


@pytest.mark.postgres
def test_a_server_that_does_not_answer_is_found(tmp_path: Path) -> None:
    """Not raised: to find that is what a doctor is for."""
    pytest.importorskip("psycopg")
    (problem,) = examined(f"postgresql+psycopg://ada@/books?host={tmp_path}")
    assert (problem.subject, problem.is_ok) == ("connection", False)
    assert "can't be reached" in problem.fact


# --- PostgreSQL: roles


@pytest.fixture
def role(postgres: PostgresCluster) -> Generator[Callable[[str], str]]:
    """Make app roles of this test's own; those that it only names go as well."""
    made: list[str] = []

    def create(attributes: str) -> str:
        made.append(f"stronghold_test_{new_id().hex[-12:]}")
        if attributes:
            run(postgres.superuser_url(), f'create role "{made[-1]}" {attributes}')
        return made[-1]

    yield create
    for name in made:
        run(postgres.superuser_url(), f'drop role if exists "{name}"')


@pytest.fixture
def own_database(
    role: Callable[[str], str], postgres: PostgresCluster, new_database: DatabaseFactory
) -> Callable[[], str]:
    """Make empty databases, which are dropped before the roles that have something in them."""
    return lambda: postgres.url(new_database())


@pytest.mark.parametrize("attribute", ["superuser", "bypassrls"])
def test_an_app_role_that_walks_through_walls_is_found_and_cut_down(
    role: Callable[[str], str], own_database: Callable[[], str], postgres: PostgresCluster, attribute: str
) -> None:
    """No policy holds for it; nothing else is wrong, or the same again: a superuser may do everything."""
    app_role, url = role("nologin"), own_database()
    run(postgres.superuser_url(), f'grant "{app_role}" to stronghold_owner')
    with Stronghold(url, settings=Settings(app_role=app_role)) as stronghold:
        stronghold.migrate()
    assert problems(url, app_role=app_role) == {}
    run(postgres.superuser_url(), f'alter role "{app_role}" {attribute}')
    problem = problems(url, app_role=app_role)["app role"]
    assert problem.fact == f"{app_role} is a superuser or has BYPASSRLS"
    run(postgres.superuser_url(), problem.remedy or "")
    assert problems(url, app_role=app_role) == {}


def test_an_app_role_that_owns_the_tables_is_found(patient: Patient) -> None:
    """It could take every wall down; no single statement changes that, so it is said in words."""
    problem = problems(patient.owner, app_role="stronghold_owner")["app role"]
    assert problem.fact == "stronghold_owner owns the tables"
    assert problem.remedy == "migrate as another role, and let that one own the tables."


def test_a_missing_app_role_is_found_and_made(
    role: Callable[[str], str], postgres: PostgresCluster, patient: Patient
) -> None:
    """As after a move to another server: first the role, then what it was granted."""
    app_role = role("")
    found = problems(patient.owner, app_role=app_role)
    assert list(found) == ["app role"]
    assert found["app role"].fact == f"stronghold_owner can't become {app_role}: it does not exist"
    run(patient.superuser, found["app role"].remedy or "")
    found = problems(patient.owner, app_role=app_role)
    assert list(found) == ["grants"]
    run(patient.owner, found["grants"].remedy or "")
    assert problems(patient.owner, app_role=app_role) == {}
    use(patient.owner, app_role=app_role)


def test_a_login_that_may_not_even_read_the_schema_hears_of_the_role_only(
    role: Callable[[str], str], patient: Patient
) -> None:
    """Without the app role it sees nothing; "permission denied" would send it to the doctor, where it is."""
    found = problems(patient.member, app_role=role(""))
    assert list(found) == ["app role"]


def test_the_wall_can_be_put_up_after_a_migration_without_the_app_role(
    role: Callable[[str], str], own_database: Callable[[], str], postgres: PostgresCluster
) -> None:
    """The doctor names each grant that was left out, and afterwards units run as the app role."""
    app_role, url = role(""), own_database()
    skipping = Settings(dangerously_skip_row_level_security=True)
    with closing(Stronghold(url, settings=skipping)) as stronghold:
        stronghold.migrate()
    use(url, dangerously_skip_row_level_security=True)
    run(postgres.superuser_url(), problems(url, app_role=app_role)["app role"].remedy or "")
    found = problems(url, app_role=app_role)
    assert list(found) == ["grants"]
    run(url, found["grants"].remedy or "")
    assert problems(url, app_role=app_role) == {}
    use(url, app_role=app_role)


def test_the_dangerous_setting_stays_a_problem(patient: Patient) -> None:
    """Somebody chose it, and everybody shall know; there is nothing to run."""
    (problem,) = problems(patient.owner, dangerously_skip_row_level_security=True).values()
    assert (problem.subject, problem.remedy) == ("app role", None)
    assert problem.fact == "skipped: the settings switch row-level security off"

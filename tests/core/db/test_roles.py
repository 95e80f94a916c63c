"""What PostgreSQL says about roles is judged, and the SQL for walls is written, without a database."""

from __future__ import annotations

import pytest

from stronghold_core.db.roles import TENANT, RoleFacts, check_roles, role_missing, role_sql, tenant_table_sql
from stronghold_core.errors import RoleMissingError, UnsafeRoleError

SOUND = RoleFacts(
    login="web",
    exists=True,
    is_superuser=False,
    bypasses=False,
    is_member=True,
    may_become=True,
    is_owner=False,
)
STRANGER = SOUND._replace(is_member=False, may_become=False)


def test_a_sound_role_passes() -> None:
    """It exists, the login may become it, and it is nothing more."""
    check_roles(SOUND, "app")


@pytest.mark.parametrize(
    ("facts", "error", "words"),
    [
        (STRANGER._replace(exists=False), RoleMissingError, "it does not exist"),
        (STRANGER, RoleMissingError, "it is not a member"),
        (SOUND._replace(may_become=False), RoleMissingError, "it is a member WITH SET FALSE"),
        (SOUND._replace(is_superuser=True), UnsafeRoleError, 'ALTER ROLE "app" NOSUPERUSER NOBYPASSRLS;'),
        (SOUND._replace(bypasses=True), UnsafeRoleError, "has BYPASSRLS"),
        (SOUND._replace(is_owner=True), UnsafeRoleError, "owns the tables"),
    ],
    ids=["missing", "no member", "barred member", "superuser", "bypasses", "owner"],
)
def test_a_role_that_is_not_sound_is_refused_with_what_to_do(
    facts: RoleFacts, error: type[Exception], words: str
) -> None:
    """Each fact by itself is enough."""
    with pytest.raises(error) as caught:
        check_roles(facts, "app")
    assert words in str(caught.value)


def test_the_sql_for_a_role_creates_it_with_no_powers() -> None:
    """It can't log in, is no superuser, and does not pass row-level security."""
    assert role_sql(STRANGER._replace(exists=False), "app") == [
        'CREATE ROLE "app" NOLOGIN NOSUPERUSER NOBYPASSRLS',
        'GRANT "app" TO "web"',
    ]


def test_a_role_that_exists_is_not_created_again() -> None:
    """The statement would fail, and take the grant after it along."""
    assert role_sql(STRANGER, "app") == ['GRANT "app" TO "web"']


def test_a_member_that_may_not_become_the_role_is_let_in_by_name_of_the_option() -> None:
    """Without it the grant would change nothing; with it a server before PostgreSQL 16 would not understand."""
    assert role_sql(SOUND._replace(may_become=False), "app") == ['GRANT "app" TO "web" WITH SET TRUE']


def test_a_login_is_quoted_whatever_it_is_called() -> None:
    """A quotation mark ends no name."""
    assert role_sql(STRANGER._replace(login='we"b'), "app") == ['GRANT "app" TO "we""b"']


def test_the_error_says_which_sql_to_run() -> None:
    """The same as a program would send, each statement ready to be pasted."""
    error = role_missing(STRANGER._replace(exists=False), "app", fact="it does not exist")
    assert error.sql == 'CREATE ROLE "app" NOLOGIN NOSUPERUSER NOBYPASSRLS;\nGRANT "app" TO "web";'
    assert "stronghold doctor --create-roles --login web" in str(error)


def test_a_table_is_walled_in_with_one_policy_a_command() -> None:
    """What is granted has a policy, and what is not granted has none."""
    least = tenant_table_sql("host_order", "app")
    assert [statement.split(" ON ")[0] for statement in least] == [
        "ALTER TABLE host_order ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE host_order FORCE ROW LEVEL SECURITY",
        "CREATE POLICY host_order_read",
        "CREATE POLICY host_order_add",
        "GRANT SELECT, INSERT",
    ]
    most = tenant_table_sql("host_order", "app", updatable=["name", "price"], deletable=True)
    assert [statement.split(" ON ")[0] for statement in most[4:]] == [
        "CREATE POLICY host_order_change",
        "CREATE POLICY host_order_remove",
        "GRANT SELECT, INSERT",
        "GRANT UPDATE (name, price)",
        "GRANT DELETE",
    ]
    assert all(TENANT in statement for statement in most if statement.startswith("CREATE POLICY"))


def test_a_table_is_walled_in_without_a_role_to_grant_to() -> None:
    """Policies name no role, so they stand all the same; only the grants are left out."""
    options = {"updatable": ["name"], "deletable": True}
    granting = tenant_table_sql("host_order", "app", **options)  # type: ignore[arg-type]
    alone = tenant_table_sql("host_order", None, **options)  # type: ignore[arg-type]
    assert alone == [statement for statement in granting if not statement.startswith("GRANT")]


def test_a_directory_may_be_read_under_one_more_condition_and_written_under_none() -> None:
    """The condition widens what is read, never what is added, changed or removed."""
    statements = tenant_table_sql("host_door", "app", updatable=["name"], deletable=True, selectable_if="key = 'x'")
    assert [statement.split(" ON ")[0] for statement in statements if "key = 'x'" in statement] == [
        "CREATE POLICY host_door_read"
    ]
